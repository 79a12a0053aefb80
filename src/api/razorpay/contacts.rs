//! Contacts: make, find, change.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::contact;
use super::error::RazorpayError;
use super::parameters::Window;
use super::posted::Posted;
use super::query::{CONTACT, Parameters, read_id};
use super::wire::contact::{ChangedContact, Contact, NewContact};
use super::wire::{Contacts, kinds};
use crate::domain::ids::PayeeId;
use crate::domain::payout::Rule;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::service::payees::input::{PayeeFields, PayeeInput};
use crate::service::payees::{self, PayeeQuery};
use crate::service::{Desk, permit};

/// List contacts
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/v1/contacts",
    tag = "Contacts",
    operation_id = "list_contacts",
    params(Window),
    responses(
        (status = 200, description = "The contacts that were asked for.", body = Contacts),
    ),
    security(("razorpay_key" = ["READ"])),
)]
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
    Ok(HttpResponse::Ok().json(Contacts::of(items)))
}

/// Make a contact
///
/// If there is one with the same name, email address, phone number, type and reference, it is answered instead. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1/contacts",
    tag = "Contacts",
    operation_id = "create_contact",
    request_body = NewContact,
    responses(
        (status = 200, description = "The contact, or the one that has these details already.", body = Contact),
    ),
    security(("razorpay_key" = ["WRITE"])),
)]
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ChangePayees).await?;
    let body = posted.body()?;
    let input = contact::whole(&desk.config.razorpay, &body)?;
    let saved = payees::create(&desk, &caller, None, &input, PayeeFields::NAMED, None).await?;
    Ok(HttpResponse::Ok().json(Contact::of(&saved.value.payee)))
}

/// Show a contact
#[utoipa::path(
    get,
    path = "/v1/contacts/{id}",
    tag = "Contacts",
    operation_id = "get_contact",
    params(("id" = kinds::ContactId, Path, description = "The contact.")),
    responses(
        (status = 200, description = "The contact.", body = Contact),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayees).await?;
    let line = payees::get(&desk, &caller, read_id(&id, CONTACT)?).await?;
    Ok(HttpResponse::Ok().json(Contact::of(&line.payee)))
}

/// Change a contact
///
/// What is not said stays, a blank text is taken away. Nothing is sent to a contact whose `active` is false.
#[utoipa::path(
    patch,
    path = "/v1/contacts/{id}",
    tag = "Contacts",
    operation_id = "update_contact",
    params(("id" = kinds::ContactId, Path, description = "The contact.")),
    request_body = ChangedContact,
    responses(
        (status = 200, description = "The contact as it is now.", body = Contact),
    ),
    security(("razorpay_key" = ["WRITE"])),
)]
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
