//! Payout links: make, find, cancel.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::contact;
use super::error::RazorpayError;
use super::posted::{Body, Posted};
use super::query::{CONTACT, FUND_ACCOUNT, LAST_SECOND, LINK, Parameters, read_id};
use super::wire::Collection;
use super::wire::link::{Link, states};
use super::wire::payout::Payout;
use crate::config::RazorpayConfig;
use crate::domain::caller::Caller;
use crate::domain::command::NewLink;
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::domain::payout_link::{LinkPolicy, Method, Methods, phone_digits};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::collections::{self, LinkFilter};
use crate::service::{Desk, contacts, links, permit};

/// GET /v1/payout-links
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let parameters = Parameters::of(&request)?;
    let window = parameters.window()?;
    let text = |name| parameters.text(name).map(|text| text.map(str::to_owned));
    let status = parameters.text("status")?;
    let filter = LinkFilter {
        states: match status {
            Some(name) => states(name).ok_or_else(|| RazorpayError::input("The status is invalid.").on("status"))?,
            None => Vec::new(),
        },
        id: parameters.id("id", LINK)?,
        contact: parameters.id("contact_id", CONTACT)?,
        phone: parameters.text("contact_phone_number")?.map(phone_digits),
        email: text("contact_email")?,
        account: parameters.id("fund_account_id", FUND_ACCOUNT)?,
        purpose: text("purpose")?,
        receipt: text("receipt")?,
        ..LinkFilter::default()
    };
    // The secret is what stands last in an address.
    let secret = parameters.text("short_url")?.map(|url| url.rsplit('/').next().unwrap_or_default());
    let records = collections::links(&desk, &caller, filter, secret, window).await?;
    let items = records.iter().map(|record| Link::of(&desk, record)).collect::<Result<Vec<_>, Error>>()?;
    Ok(HttpResponse::Ok().json(Collection::of(items)))
}

/// POST /v1/payout-links
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::MakeLink).await?;
    let new = read(&desk, &caller, &posted.body()?).await?;
    let made = links::issue(&desk, &caller, new, None).await?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &made.value)?))
}

/// GET /v1/payout-links/{id}
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadLinks).await?;
    let id = read_id(&id, LINK)?;
    let wants_payouts = Parameters::of(&request)?.lists("expand", "payouts");
    let record = links::get(&desk, &caller, id).await?;
    let mut link = Link::of(&desk, &record)?;
    let attempts = match wants_payouts {
        true => collections::payouts_of_link(&desk, &caller, id).await?,
        false => Vec::new(),
    };
    link.payouts = wants_payouts.then(|| Collection::of(attempts.iter().map(Payout::read).collect()));
    Ok(HttpResponse::Ok().json(link))
}

/// POST /v1/payout-links/{id}/cancel, whatever body it has
pub async fn cancel(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::CancelLink).await?;
    let id = read_id(&id, LINK)?;
    let cancelled = links::cancel(&desk, &caller, id, LinkPolicy::RAZORPAY, None, None, None).await?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &cancelled.value)?))
}

/// The members of a link to make (`contracts/razorpay.md` 3.3), in the order of the contract.
async fn read(desk: &Desk, caller: &Caller, body: &Body) -> Result<NewLink, RazorpayError> {
    let config = &desk.config.razorpay;
    let account = body.required("account_number", 40)?;
    let wallet_number = Wallet::number_of_account(&account).ok_or_else(RazorpayError::account_number)?;
    let whom = whom(config, body)?;
    let amount = Money::new(body.amount()?, Currency::INR);
    body.rupees()?;
    let purpose = purpose(config, body)?;
    let description = body.required("description", 500)?;
    let receipt = body.optional("receipt", 100)?;
    let (send_sms, send_email) = (body.flag("send_sms")?, body.flag("send_email")?);
    let notes = body.notes()?;
    let expire_by = match body.integer("expire_by")? {
        Some(second) if !(0..=LAST_SECOND).contains(&second) => {
            return Err(body.wrong("expire_by", "must be a time in Unix seconds."));
        }
        second => second.map(|second| second * 1_000_000),
    };
    let contact = match whom {
        Whom::Saved(id) => contacts::saved_contact(desk, caller, id).await.map_err(|error| match error {
            Error::NotFound(_) => RazorpayError::input("The contact id provided does not exist.").on("contact.id"),
            error => error.into(),
        })?,
        Whom::Given(given) => contacts::given_contact(desk, caller, &given.input()).await?,
    };
    Ok(NewLink {
        wallet_number,
        amount,
        // Nothing can be sent to an address that nobody knows.
        send_sms: send_sms && contact.phone.is_some(),
        send_email: send_email && contact.email.is_some(),
        contact,
        purpose: Some(purpose),
        description: Some(description),
        receipt,
        reference: None,
        notes,
        expire_by,
        payout_methods: Methods(vec![Method::BankAccount, Method::Upi]),
        transfer_reason: None,
        save_payee: false,
        request_id: None,
    })
}

/// Whom a link is for.
enum Whom {
    Saved(PayeeId),
    Given(contact::Given),
}

/// A saved contact by its id alone, or a name with a phone number or an email address.
fn whom(config: &RazorpayConfig, body: &Body) -> Result<Whom, RazorpayError> {
    let Some(contact) = body.object("contact", "contact.")? else { return Err(body.missing("contact")) };
    if let Some(id) = contact.text("id")? {
        if contact.says_any(&["name", "contact", "email", "type"]) {
            return Err(contact.wrong("id", "must stand alone."));
        }
        return Ok(Whom::Saved(read_id(&id, CONTACT).map_err(|error| error.on("contact.id"))?));
    }
    let given = contact::read(config, &contact)?;
    if given.phone.is_none() && given.email.is_none() {
        return Err(RazorpayError::input("The contact.contact field is required when contact.email is not present.")
            .on("contact.contact"));
    }
    Ok(Whom::Given(given))
}

/// What the money is for: one of the provider's words, or of the settings'.
pub fn purpose(config: &RazorpayConfig, body: &Body) -> Result<String, RazorpayError> {
    let purpose = body.required("purpose", 100)?;
    if config.knows_purpose(&purpose) {
        return Ok(purpose);
    }
    Err(RazorpayError::input(format!("Invalid purpose: {purpose}")).on("purpose"))
}
