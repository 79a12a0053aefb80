//! Payout links that a program asks for with a `request_id` (`contracts/revolut.md` section 4).

use super::{finish, new_token};
use crate::domain::caller::Caller;
use crate::domain::command::{Command, CreateLink, LinkRecord, NewLink, Unit};
use crate::domain::ids::WalletId;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{Contact, Method, Methods, amount_bounds};
use crate::domain::reasons;
use crate::domain::staff::Operation;
use crate::error::Error;
use crate::rails;
use crate::service::idempotency::Answered;
use crate::service::{Desk, permit, wallets};

/// A link to make; texts are checked for their length.
#[derive(Debug, Clone)]
pub struct RequestedLink {
    pub contact_name: String,
    pub request_id: String,
    pub wallet_id: WalletId,
    pub amount: Money,
    pub reference: String,
    pub save_payee: bool,
    /// None offers Revolut and bank account.
    pub payout_methods: Option<Methods>,
    /// One to seven days, in microseconds; none means seven.
    pub open_for: Option<i64>,
    pub transfer_reason: Option<String>,
}

const DAY: i64 = 24 * 3_600 * 1_000_000;
/// How long a link is open at least, at most, and when nobody says.
const SHORTEST: i64 = DAY;
const LONGEST: i64 = 7 * DAY;

/// Makes a payout link, once per `request_id`: a repeat answers the first one, as `repeated`, if it is the same, and
/// [`Rule::RequestIdTaken`] otherwise. With too little money the link is made and has failed.
///
/// Errors: no such wallet; an amount or a period out of bounds; a method that the sandbox does not have; a missing
/// reason.
pub async fn request(desk: &Desk, caller: &Caller, asked: RequestedLink) -> Result<Answered<LinkRecord>, Error> {
    permit(desk, caller, Operation::MakeLink).await?;
    let wallet = wallets::find(desk, caller, asked.wallet_id).await?;
    let (amount, open_for) = (asked.amount, asked.open_for.unwrap_or(LONGEST));
    if let Some((least, most)) = amount_bounds(amount.currency)
        && (amount.minor < least.minor || amount.minor > most.minor)
    {
        return Err(Error::field("amount", format!("must be between {least} and {most}")));
    }
    if !(SHORTEST..=LONGEST).contains(&open_for) {
        return Err(Error::field("expiry_period", "must be between P1D and P7D"));
    }
    let payout_methods = asked.payout_methods.unwrap_or_else(|| Methods(vec![Method::Revolut, Method::BankAccount]));
    if payout_methods.0.contains(&Method::Card) && wallet.rail == rails::SANDBOX {
        return Err(Error::field("payout_methods", "must not hold card, which the sandbox does not pay to"));
    }
    let transfer_reason = reason(asked.transfer_reason, None, amount)?;
    let new = NewLink {
        wallet_number: wallet.number,
        amount,
        contact: Contact { id: None, name: asked.contact_name, kind: None, phone: None, email: None },
        purpose: None,
        description: None,
        receipt: None,
        reference: Some(asked.reference),
        notes: None,
        send_sms: false,
        send_email: false,
        expire_by: None,
        payout_methods,
        transfer_reason,
        save_payee: asked.save_payee,
        request_id: Some(asked.request_id),
    };
    let token = new_token(&desk.keys);
    let create = CreateLink { new, token, open_for: Some(open_for), may_fail: true };
    finish(desk, Unit { caller: caller.clone(), key: None, command: Command::CreateLink(Box::new(create)), item: None })
        .await
}

/// The reason that goes with a payment to this country in this currency.
///
/// Errors: it is needed and missing, or needed and none of the known ones. Elsewhere it may be anything.
pub fn reason(given: Option<String>, country: Option<&str>, amount: Money) -> Result<Option<String>, Error> {
    if !reasons::is_needed(country, amount.currency) {
        return Ok(given);
    }
    match given {
        None => Err(Refusal::new(Rule::ReasonRequired, "The country it goes to wants a reason.").into()),
        Some(code) if !reasons::is_known(&code) => {
            Err(Error::field("transfer_reason_code", "must be one of the codes of GET /transfer-reasons"))
        }
        code => Ok(code),
    }
}
