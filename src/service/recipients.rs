//! Recipients of payout links: how often they may come, how they prove to be the contact, and what they give.

mod proof;

pub use self::proof::{Proof, Sent, Way, name, proof, prove, send_code, sent_code};
use super::links::{self, ClaimInput, Opened};
use super::passes::Pass;
use super::sign_in::Visit;
use super::{Desk, audit_only, rates};
use crate::domain::audit::Entry;
use crate::domain::bank;
use crate::domain::ids::PayoutLinkId;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{Method, PayoutLink};
use crate::error::{Error, FieldError};
use crate::store::payout_links::{self, Attempt};

/// What a recipient typed to be paid.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The name of a [`bank::Method`].
    pub method: String,
    pub first_name: String,
    pub last_name: String,
    /// Fields of the method.
    pub typed: bank::Typed,
}

/// The same, when all of it can be right.
#[derive(Debug, Clone)]
pub struct Checked {
    pub account: bank::Account,
    pub name: String,
    claim: ClaimInput,
}

/// Requests a minute of one address, and for one link, for each failure that an address may have.
const PAGES_OF_ADDRESS: i64 = 24;
const PAGES_OF_LINK: i64 = 12;

/// The link behind the secret of an address, unless it is asked for too often. Opening it changes nothing.
pub async fn open(desk: &Desk, ip: Option<&str>, token: &str) -> Result<Opened, Error> {
    let often = |count: i64| u32::try_from(count * desk.access.address_limit()).unwrap_or(u32::MAX);
    if let Some(ip) = ip {
        rates::take_page(desk, format!("ip:{ip}"), often(PAGES_OF_ADDRESS))?;
    }
    let opened = links::by_token(desk, token).await?;
    rates::take_page(desk, opened.record.link.id.to_string(), often(PAGES_OF_LINK))?;
    Ok(opened)
}

/// The ways to be paid that this link offers, the likeliest first.
pub fn methods(link: &PayoutLink) -> Vec<bank::Method> {
    let mut methods = bank::methods_anywhere(link.currency);
    methods.retain(|method| link.payout_methods.0.contains(&offered_as(*method)));
    methods
}

/// Checks what was typed. Errors: [`Error::Validation`] with every field that cannot be right.
pub fn check(link: &PayoutLink, given: &Given) -> Result<Checked, Error> {
    let mut errors = Vec::new();
    let mut name = |field: &'static str, text: &str| {
        let text = text.trim();
        let wrong = match text {
            "" => Some("is required"),
            text if text.chars().count() > 100 => Some("must have at most 100 characters"),
            text if text.chars().any(char::is_control) => Some("must be on one line"),
            _ => None,
        };
        errors.extend(wrong.map(|message| FieldError { field, message: message.into() }));
        text.to_owned()
    };
    let (first_name, last_name) = (name("first_name", &given.first_name), name("last_name", &given.last_name));
    let method = methods(link).into_iter().find(|method| method.name() == given.method);
    let account = match method.map(|method| bank::check(method, &given.typed)) {
        Some(Ok(account)) => Some(account),
        Some(Err(problems)) => {
            let wrong = |problem: bank::Problem| FieldError { field: problem.field, message: problem.message };
            errors.extend(problems.into_iter().map(wrong));
            None
        }
        None => {
            errors.push(FieldError { field: "method", message: "must be chosen".into() });
            None
        }
    };
    let Some(account) = account.filter(|_| errors.is_empty()) else { return Err(Error::Validation(errors)) };
    let claim = ClaimInput {
        method: offered_as(account.method),
        first_name: Some(first_name.clone()),
        last_name: Some(last_name.clone()),
        email: None,
        country: Some(account.country.clone()),
        identifiers: Some(serde_json::Value::Object(account.identifiers.clone()).to_string()),
        label: Some(account.label.clone()),
    };
    Ok(Checked { account, name: format!("{first_name} {last_name}"), claim })
}

/// Claims the link with what was typed, and answers a pass that follows the payout. `key` makes a repeat harmless.
///
/// Errors: [`Error::Unauthenticated`] when the browser has yet to prove that it is the contact's, or its proof is old.
pub async fn claim(
    desk: &Desk,
    visit: &Visit,
    token: &str,
    pass: &Pass,
    given: &Given,
    key: &str,
) -> Result<Pass, Error> {
    let opened = links::by_token(desk, token).await?;
    let link = opened.record.link;
    let checked = check(&link, given)?;
    let now = desk.clock.now();
    if proof(desk, &link) != Proof::Nothing && !pass.may_give(now) {
        let refusal = Refusal::new(Rule::Forbidden, "Nobody has proved to be the contact.");
        let entry = Entry::done(&links::recipient(visit, &link), now, "payout_link.claim").about(link.id);
        audit_only(desk, entry.refused(&refusal)).await?;
        return Err(Error::Unauthenticated);
    }
    let record = links::claim(desk, visit, token, &checked.claim, Some(key)).await?;
    Ok(pass.claimed(record.link.payout_id, desk.clock.now()))
}

/// The newest payout of a link: the attempt after which it is open again.
pub async fn last_attempt(desk: &Desk, id: PayoutLinkId) -> Result<Option<Attempt>, Error> {
    let mut reader = desk.store.read().await?;
    let detail = payout_links::detail(&mut reader, id).await?;
    Ok(detail.and_then(|mut detail| detail.attempts.pop()))
}

fn offered_as(method: bank::Method) -> Method {
    if method == bank::Method::Upi { Method::Upi } else { Method::BankAccount }
}
