//! Payouts: make, find, cancel, approve and reject.

use actix_web::{HttpRequest, HttpResponse, web};

use super::auth::Key;
use super::error::RazorpayError;
use super::parameters::{Account, PayoutFilter, PayoutKey, Window};
use super::payout_links::purpose;
use super::posted::{Body, Posted};
use super::query::{CONTACT, FUND_ACCOUNT, PAYOUT, Parameters, read_id};
use super::wire::new_payout::{Decision, NewPayout};
use super::wire::payout::{Extra, Payout, standings, status};
use super::wire::{Payouts, kinds};
use super::{contact, fund_account};
use crate::config::RazorpayKey;
use crate::domain::caller::Caller;
use crate::domain::command::{self, KeyTerms, LowFunds, PayeeChoice, Terms};
use crate::domain::ids::PayoutId;
use crate::domain::money::{Currency, Money};
use crate::domain::payout::{CancelPolicy, Origin, Rule};
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::collections;
use crate::service::payees::input::PayeeInput;
use crate::service::{Desk, contacts, payouts, permit};

/// A key stands for its payout for seven days; what was refused may be asked for again.
const KEYS: KeyTerms = KeyTerms { lasts: 7 * 24 * 3600 * 1_000_000, keeps_refusals: false };

/// Ways to send money, as they are written.
pub const MODES: [&str; 6] = ["NEFT", "RTGS", "IMPS", "UPI", "card", "amazonpay"];

/// List payouts
///
/// Those of one account, newest first.
#[utoipa::path(
    get,
    path = "/v1/payouts",
    tag = "Payouts",
    operation_id = "list_payouts",
    params(Account, Window, PayoutFilter),
    responses(
        (status = 200, description = "The payouts that were asked for.", body = Payouts),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn index(
    Key(caller): Key,
    desk: web::Data<Desk>,
    request: HttpRequest,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let parameters = Parameters::of(&request)?;
    let account = parameters.account_number()?;
    let window = parameters.window()?;
    let text = |name| parameters.text(name).map(|text| text.map(str::to_owned));
    let status = match parameters.text("status")? {
        Some(name) => Some(standings(name).ok_or_else(|| RazorpayError::input("The status is invalid.").on("status"))?),
        None => None,
    };
    let filter = collections::PayoutFilter {
        standings: status.unwrap_or_default().to_vec(),
        // A status that no payout ever has.
        nothing: status.is_some_and(<[_]>::is_empty),
        payee: parameters.id("contact_id", CONTACT)?,
        account: parameters.id("fund_account_id", FUND_ACCOUNT)?,
        reference: text("reference_id")?,
        mode: text("mode")?,
    };
    let records = collections::payouts(&desk, &caller, account, &filter, window).await?;
    Ok(HttpResponse::Ok().json(Payouts::of(records.iter().map(Payout::read).collect())))
}

/// Make a payout
///
/// To a fund account by its id, or to one that comes with its contact in `fund_account`. The same key with an equal body answers the payout that is there already, as it stands now; with another body it is refused. Members that are not named here are ignored.
#[utoipa::path(
    post,
    path = "/v1/payouts",
    tag = "Payouts",
    operation_id = "create_payout",
    params(PayoutKey),
    request_body = NewPayout,
    responses(
        (status = 200, description = "The payout: `processing` or `queued`, or `pending` when a checker has to approve it first.", body = Payout),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
pub async fn create(Key(caller): Key, desk: web::Data<Desk>, posted: Posted) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::MakePayout).await?;
    let key = posted.key()?;
    if key.is_none() && desk.config.razorpay.key == RazorpayKey::Required {
        return Err(RazorpayError::no_key_of_request());
    }
    let new = read(&desk, &caller, &posted.body()?).await?;
    let mut made = payouts::issue(&desk, &caller, new, key.as_deref(), KEYS).await?;
    if made.replayed {
        // A repeat is told where the payout stands now.
        made.value = payouts::get(&desk, &caller, made.value.payout.id).await?;
    }
    Ok(HttpResponse::Ok().json(Payout::of(&made.value)))
}

/// Show a payout
#[utoipa::path(
    get,
    path = "/v1/payouts/{id}",
    tag = "Payouts",
    operation_id = "get_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    responses(
        (status = 200, description = "The payout.", body = Payout),
    ),
    security(("razorpay_key" = ["READ"])),
)]
pub async fn show(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::ReadPayouts).await?;
    let record = payouts::get(&desk, &caller, read_id(&id, PAYOUT)?).await?;
    Ok(HttpResponse::Ok().json(Payout::read(&record)))
}

/// Cancel a payout
///
/// Only while it is `queued`. No body is needed, and whatever is sent is ignored.
#[utoipa::path(
    post,
    path = "/v1/payouts/{id}/cancel",
    tag = "Payouts",
    operation_id = "cancel_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    responses(
        (status = 200, description = "The cancelled payout.", body = Payout),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
pub async fn cancel(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
) -> Result<HttpResponse, RazorpayError> {
    permit(&desk, &caller, Operation::CancelPayout).await?;
    let id: PayoutId = read_id(&id, PAYOUT)?;
    match payouts::cancel_within(&desk, &caller, id, CancelPolicy::RAZORPAY, None, None, None).await {
        Ok(cancelled) => Ok(HttpResponse::Ok().json(Payout::of(&cancelled.value))),
        Err(Error::Refused(refusal)) if matches!(refusal.rule, Rule::NotCancellable | Rule::AlreadyCompleted) => {
            let record = payouts::get(&desk, &caller, id).await?;
            Err(RazorpayError::payout_not_cancellable(status(&record.payout)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Approve a payout
///
/// For payouts that are `pending`. Whoever made the payout cannot approve it, not even through a key that they own.
#[utoipa::path(
    post,
    path = "/v1/payouts/{id}/approve",
    tag = "Payouts",
    operation_id = "approve_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    request_body = Decision,
    responses(
        (status = 200, description = "The payout, which goes on.", body = Payout),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
pub async fn approve(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, RazorpayError> {
    decide(&desk, &caller, &id, &posted, true).await
}

/// Reject a payout
///
/// For payouts that are `pending`. Whoever made the payout cannot reject it, not even through a key that they own.
#[utoipa::path(
    post,
    path = "/v1/payouts/{id}/reject",
    tag = "Payouts",
    operation_id = "reject_payout",
    params(("id" = kinds::PayoutId, Path, description = "The payout.")),
    request_body = Decision,
    responses(
        (status = 200, description = "The payout, which is `rejected`.", body = Payout),
    ),
    security(("razorpay_key" = ["PAY"])),
)]
pub async fn reject(
    Key(caller): Key,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    posted: Posted,
) -> Result<HttpResponse, RazorpayError> {
    decide(&desk, &caller, &id, &posted, false).await
}

async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: &str,
    posted: &Posted,
    yes: bool,
) -> Result<HttpResponse, RazorpayError> {
    permit(desk, caller, Operation::DecidePayout).await?;
    let id = read_id(id, PAYOUT)?;
    let remarks = posted.body()?.required("remarks", 255)?;
    let decided = payouts::decide(desk, caller, id, yes, Some(&remarks), None, None).await?;
    Ok(HttpResponse::Ok().json(Payout::of(&decided.value)))
}

/// The members of a payout to make (`contracts/razorpay.md` 4.2), in the order of the contract.
async fn read(desk: &Desk, caller: &Caller, body: &Body) -> Result<command::NewPayout, RazorpayError> {
    let config = &desk.config.razorpay;
    let account = body.required("account_number", 40)?;
    let wallet_number = Wallet::number_of_account(&account).ok_or_else(RazorpayError::account_number)?;
    let whom = whom(desk, body)?;
    let amount = Money::new(body.amount()?, Currency::INR);
    body.rupees()?;
    let mode = body.required("mode", 20)?;
    if !MODES.contains(&mode.as_str()) {
        return Err(RazorpayError::input("Payout mode is invalid").on("mode"));
    }
    let purpose = purpose(config, body)?;
    let waits = body.flag("queue_if_low_balance")?;
    let reference_id = body.optional("reference_id", 40)?;
    let narration = body.optional("narration", 30)?;
    let plain = |text: &String| text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    if narration.as_ref().is_some_and(|text| !plain(text)) {
        return Err(body.wrong("narration", "format is invalid."));
    }
    let notes = body.notes()?;
    let extra = Extra { mode: Some(mode), purpose: Some(purpose), narration: narration.clone() };
    Ok(command::NewPayout {
        wallet_number,
        amount,
        payee: payee(desk, caller, whom).await?,
        reference_id: reference_id.unwrap_or_default(),
        description: narration,
        metadata: notes,
        terms: Terms {
            origin: Origin::Razorpay,
            extra: Some(extra.text()),
            low_funds: if waits { LowFunds::Wait } else { LowFunds::Refuse },
            ..Terms::default()
        },
    })
}

/// Whom a payout goes to.
enum Whom {
    Account(String),
    Given(Box<(PayeeInput, fund_account::Given)>),
}

/// A fund account by its id, or one with its contact, which come with the payout.
fn whom(desk: &Desk, body: &Body) -> Result<Whom, RazorpayError> {
    let given = body.object("fund_account", "fund_account.")?;
    match (body.text("fund_account_id")?, given) {
        (Some(_), Some(_)) => Err(body.wrong("fund_account_id", "must not come together with fund_account.")),
        (Some(id), None) => Ok(Whom::Account(id)),
        (None, Some(account)) => {
            let Some(contact) = account.object("contact", "fund_account.contact.")? else {
                return Err(account.missing("contact"));
            };
            let contact = contact::whole(&desk.config.razorpay, &contact)?;
            Ok(Whom::Given(Box::new((contact, fund_account::read(&account)?))))
        }
        (None, None) => Err(body.missing("fund_account_id")),
    }
}

async fn payee(desk: &Desk, caller: &Caller, whom: Whom) -> Result<PayeeChoice, RazorpayError> {
    match whom {
        Whom::Account(id) => {
            let id = read_id(&id, FUND_ACCOUNT).map_err(|error| error.on("fund_account_id"))?;
            contacts::saved_account(desk, caller, id).await.map_err(|error| match error {
                Error::NotFound(_) => RazorpayError::unknown_id().on("fund_account_id"),
                error => error.into(),
            })
        }
        Whom::Given(given) => {
            let (contact, account) = *given;
            Ok(contacts::given_account(desk, caller, &contact, &account.input()).await?)
        }
    }
}
