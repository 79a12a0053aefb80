//! Payout links: make, find, cancel.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::contact;
use super::error::RazorpayError;
use super::parameters::{Expand, LinkFilter, Window};
use super::posted::{Body, Posted};
use super::query::{CONTACT, FUND_ACCOUNT, LAST_SECOND, LINK, Parameters, read_id};
use super::wire::link::{Link, NewLink, states};
use super::wire::payout::Payout;
use super::wire::{PayoutLinks, Payouts, kinds};
use crate::config::RazorpayConfig;
use crate::domain::caller::Caller;
use crate::domain::command;
use crate::domain::ids::PayeeId;
use crate::domain::money::{Currency, Money};
use crate::domain::payout_link::{LinkPolicy, Method, Methods, phone_digits};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::collections;
use crate::service::{Desk, contacts, links, permit};

/// List payout links
///
/// Newest first. `count` in the answer is how many are in it, not how many there are.
#[utoipa::path(
    get,
    path = "/v1/payout-links",
    tag = "Payout links",
    operation_id = "list_payout_links",
    params(Window, LinkFilter),
    responses(
        (status = 200, description = "The payout links that were asked for.", body = PayoutLinks),
    ),
    security(("razorpay_key" = ["READ"])),
)]
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
    let filter = collections::LinkFilter {
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
        ..collections::LinkFilter::default()
    };
    // The secret is what stands last in an address.
    let secret = parameters.text("short_url")?.map(|url| url.rsplit('/').next().unwrap_or_default());
    let records = collections::links(&desk, &caller, filter, secret, window).await?;
    let items = records.iter().map(|record| Link::of(&desk, record)).collect::<Result<Vec<_>, Error>>()?;
    Ok(HttpResponse::Ok().json(PayoutLinks::of(items)))
}

/// Make a payout link
///
/// The amount is held in the wallet until the link is claimed or ends. It is `issued` at once, or `pending` when a checker has to approve it first. There is no idempotency key here: a repeat makes another link. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1/payout-links",
    tag = "Payout links",
    operation_id = "create_payout_link",
    request_body = NewLink,
    responses(
        (status = 200, description = "The link with its address in `short_url`.", body = Link),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::MakeLink).await?;
    let new = read(&desk, &caller, &posted.body()?).await?;
    let made = links::issue(&desk, &caller, new, None).await?;
    Ok(HttpResponse::Ok().json(Link::of(&desk, &made.value)?))
}

/// Show a payout link
#[utoipa::path(
    get,
    path = "/v1/payout-links/{id}",
    tag = "Payout links",
    operation_id = "get_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link."), Expand),
    responses(
        (status = 200, description = "The payout link; with `expand[]=payouts` its attempts, too.", body = Link),
    ),
    security(("razorpay_key" = ["READ"])),
)]
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
    link.payouts = wants_payouts.then(|| Payouts::of(attempts.iter().map(Payout::read).collect()));
    Ok(HttpResponse::Ok().json(link))
}

/// Cancel a payout link
///
/// Only while it is `issued`: its address then says that it is cancelled, and the wallet has the amount back. No body is needed, and whatever is sent is ignored.
#[utoipa::path(
    post,
    path = "/v1/payout-links/{id}/cancel",
    tag = "Payout links",
    operation_id = "cancel_payout_link",
    params(("id" = kinds::PayoutLinkId, Path, description = "The payout link.")),
    responses(
        (status = 200, description = "The cancelled link.", body = Link),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
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
async fn read(desk: &Desk, caller: &Caller, body: &Body) -> Result<command::NewLink, RazorpayError> {
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
    Ok(command::NewLink {
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
