//! Contacts: make, find, change.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::contact;
use super::error::RazorpayError;
use super::posted::Posted;
use super::query::{CONTACT, Parameters, read_id};
use super::wire::Collection;
use super::wire::contact::Contact;
use crate::domain::ids::PayeeId;
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::payees::input::{PayeeFields, PayeeInput};
use crate::service::payees::{self, PayeeQuery};
use crate::service::{Desk, permit};

/// GET /v1/contacts
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let window = Parameters::of(&request)?.window()?;
    let query = PayeeQuery { from: window.from, to: window.to, ..PayeeQuery::default() };
    let lines = payees::skipped(&desk, &caller, &query, (window.skip, window.count)).await?;
    let items = lines.iter().map(|line| Contact::of(&line.payee)).collect();
    Ok(HttpResponse::Ok().json(Collection::of(items)))
}

/// POST /v1/contacts
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let body = posted.body()?;
    let given = contact::read(&desk.config.razorpay, &body)?;
    let input = PayeeInput { reference: body.optional("reference_id", 40)?, metadata: body.notes()?, ..given.input() };
    let saved = payees::create(&desk, &caller, None, &input, PayeeFields::NAMED, None).await?;
    Ok(HttpResponse::Ok().json(Contact::of(&saved.value.payee)))
}

/// GET /v1/contacts/{id}
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let line = payees::get(&desk, &caller, read_id(&id, CONTACT)?).await?;
    Ok(HttpResponse::Ok().json(Contact::of(&line.payee)))
}

/// PATCH /v1/contacts/{id}: what is not said stays, a blank text is taken away.
pub async fn update(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let id: PayeeId = read_id(&id, CONTACT)?;
    let body = posted.body()?;
    let config = &desk.config.razorpay;
    let (first_name, last_name) = match body.has("name") {
        true => contact::split(&contact::name(&body)?),
        false => (None, None),
    };
    let or_blank = |name, value: Option<String>| if body.has(name) { value.or(Some(String::new())) } else { None };
    let input = PayeeInput {
        first_name,
        last_name,
        email: or_blank("email", contact::email(&body)?),
        phone: or_blank("contact", contact::phone(&body)?),
        contact_type: or_blank("type", contact::kind(config, &body)?),
        reference: or_blank("reference_id", body.optional("reference_id", 40)?),
        metadata: or_blank("notes", body.notes()?),
        ..PayeeInput::default()
    };
    let active = if body.has("active") { Some(body.flag("active")?) } else { None };
    let changed = payees::update(&desk, &caller, id, &input, PayeeFields::NAMED, active).await;
    let line = changed.map_err(|error| match &error {
        Error::Refused(refusal) if refusal.rule == Rule::PayeeExists => {
            RazorpayError::input("Another contact has these details already.")
        }
        _ => error.into(),
    })?;
    Ok(HttpResponse::Ok().json(Contact::of(&line.payee)))
}
