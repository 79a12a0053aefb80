//! Recipients of payout links: how often they may come, how they prove to be the contact, and what they give.

use super::links::{self, ClaimInput, Opened};
use super::passes::Pass;
use super::sign_in::Visit;
use super::{Desk, audit_only, messages, rates, throttle};
use crate::config::LinkProof;
use crate::domain::audit::Entry;
use crate::domain::bank;
use crate::domain::ids::PayoutLinkId;
use crate::domain::message::{About, Channel, Facts, Kind, NewMessage, State as Sending, phone};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{Method, PayoutLink, State};
use crate::domain::recipient::{CODE_LASTS, CODE_PAUSE, CODE_TRIES, masked_email, masked_phone, receipt_tail};
use crate::error::{Error, FieldError};
use crate::store::link_codes::{self as codes, Code};
use crate::store::payout_links::{self, Attempt};
use crate::store::{Tx, messages as message_rows};

/// What is asked of somebody who opened a link before they may give bank details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A one-time code, sent one of these ways.
    Code(Vec<Way>),
    /// The last digits of the receipt.
    Receipt,
    /// Nothing: no code can be sent, and the desk lets the address be enough.
    Nothing,
    /// No code can be sent, and the desk asks for more than there is.
    Impossible,
}

/// Where a code can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub channel: Channel,
    /// As much of the address as may be shown.
    pub shown: String,
    recipient: String,
}

/// A code that is still good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub channel: Channel,
    /// In Unix microseconds.
    pub sent_at: i64,
    /// The server did not take it.
    pub failed: bool,
}

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
/// How many codes are sent for one link within an hour.
const CODES: i64 = 5;
/// How many wrong codes or digits are taken for one link within an hour.
const TRIES: i64 = 10;
/// The same of one address, for each failure that it may have.
const TRIES_OF_ADDRESS: i64 = 4;

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

/// What is asked of whoever opens this link. Where a code can be sent, nothing less will do.
pub fn proof(desk: &Desk, link: &PayoutLink) -> Proof {
    let email = link.contact_email.clone().map(|recipient| Way {
        channel: Channel::Email,
        shown: masked_email(&recipient),
        recipient,
    });
    let sms = link.contact_phone.as_deref().and_then(phone).map(|recipient| Way {
        channel: Channel::Sms,
        shown: masked_phone(&recipient),
        recipient,
    });
    let ways: Vec<Way> = email.into_iter().chain(sms).filter(|way| desk.messenger.has(way.channel)).collect();
    if !ways.is_empty() {
        return Proof::Code(ways);
    }
    match (desk.config.link_proof, link.receipt.as_deref().and_then(receipt_tail)) {
        (LinkProof::None, _) => Proof::Nothing,
        (LinkProof::Receipt, Some(_)) => Proof::Receipt,
        (LinkProof::Code | LinkProof::Receipt, _) => Proof::Impossible,
    }
}

/// The code of this link that is still good.
pub async fn sent_code(desk: &Desk, id: PayoutLinkId) -> Result<Option<Sent>, Error> {
    let mut reader = desk.store.read().await?;
    let code = codes::find(&mut reader, id).await?;
    let Some(code) = code.filter(|code| code.expires_at > desk.clock.now() && code.tries < CODE_TRIES) else {
        return Ok(None);
    };
    let newest = message_rows::about(&mut reader, &id.to_string(), 20).await?;
    let message = newest.into_iter().find(|message| message.kind == Kind::LinkCode);
    let failed = message.is_some_and(|message| matches!(message.state, Sending::Failed | Sending::NotSent));
    Ok(Some(Sent { channel: code.channel, sent_at: code.sent_at, failed }))
}

/// Sends a new code; the one before is dead. Asked again within a minute, the code just sent stays.
///
/// Errors: no code can be sent that way; too many were sent.
pub async fn send_code(desk: &Desk, visit: &Visit, token: &str, channel: &str) -> Result<(), Error> {
    let opened = links::by_token(desk, token).await?;
    let record = opened.record;
    let link = record.link;
    answerable(&link, opened.claim)?;
    let Proof::Code(ways) = proof(desk, &link) else {
        return Err(Error::field("channel", "is not needed: no code is asked for"));
    };
    let way = match ways.iter().find(|way| name(way.channel) == channel) {
        Some(way) => way.clone(),
        None => return Err(Error::field("channel", "must be chosen")),
    };
    let text = format!("{:06}", rand::random_range(0..1_000_000_u32));
    let facts = Facts {
        minutes: Some(CODE_LASTS / 60_000_000),
        ..Facts::of(record.client_name, link.contact_name.clone(), link.amount())
    };
    let message = NewMessage {
        about: About::Link,
        about_id: link.id.to_string(),
        client_id: link.client_id,
        kind: Kind::LinkCode,
        channel: way.channel,
        recipient: way.recipient,
        facts,
        secret: messages::seal_code(&desk.keys, &text),
    };
    let (id, code_hash) = (link.id, code_hash(desk, link.id, &text));
    let entry = Entry::done(&links::recipient(visit, &link), 0, "payout_link.send_code").about(id);
    let entry = entry.because(Some(format!("to {}", way.shown)));
    let limits = [
        (format!("link-codes:{id}"), limit(CODES)),
        (format!("link-codes-{}", address(visit)), limit(TRIES_OF_ADDRESS * desk.access.address_limit())),
    ];
    let sent = desk
        .store
        .write(move |tx| {
            let (message, code_hash, limits) = (message.clone(), code_hash.clone(), limits.clone());
            let entry = Entry { at: tx.now(), ..entry.clone() };
            Box::pin(async move {
                let now = tx.now();
                let last = codes::get(tx, id).await?.map(|code| code.sent_at);
                if last.is_some_and(|at| now - at < CODE_PAUSE) {
                    return Ok(Ok(()));
                }
                if let Err(wait) = take(tx, &limits).await? {
                    tx.audit(entry.refused(&too_often("Codes were asked for too often.")));
                    return Ok(Err(wait));
                }
                let channel = message.channel;
                let code = Code { code_hash, channel, tries: 0, sent_at: now, expires_at: now + CODE_LASTS };
                codes::put(tx, id, &code).await?;
                let row = message.row(tx.mint());
                message_rows::insert(tx, &[row]).await?;
                tx.audit(entry);
                Ok(Ok(()))
            })
        })
        .await?;
    sent.map_err(|retry_after| Error::TooManyAttempts { retry_after })?;
    desk.wake.notify_one();
    Ok(())
}

/// Somebody types the code, or the last digits of the receipt; right ones give the browser a better pass.
///
/// Each try is counted before it is looked at, for the code, the link and the address.
/// Errors: wrong, with the field `code` or `receipt`; too many tries.
pub async fn prove(desk: &Desk, visit: &Visit, token: &str, pass: &Pass, typed: &str) -> Result<Pass, Error> {
    let opened = links::by_token(desk, token).await?;
    let link = opened.record.link;
    answerable(&link, opened.claim)?;
    let typed: String = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    let (field, expected) = match proof(desk, &link) {
        Proof::Code(_) => ("code", None),
        Proof::Receipt => ("receipt", link.receipt.as_deref().and_then(receipt_tail)),
        Proof::Nothing | Proof::Impossible => return Err(Error::field("code", "is not asked for")),
    };
    if typed.is_empty() {
        return Err(Error::field(field, "is required"));
    }
    let right_receipt = expected.map(|expected| expected == typed);
    let (id, hash) = (link.id, code_hash(desk, link.id, &typed));
    let entry = Entry::done(&links::recipient(visit, &link), 0, "payout_link.prove").about(id);
    let limits = [
        (format!("link-tries:{id}"), limit(TRIES)),
        (format!("link-tries-{}", address(visit)), limit(TRIES_OF_ADDRESS * desk.access.address_limit())),
    ];
    let tried = desk
        .store
        .write(move |tx| {
            let (limits, hash) = (limits.clone(), hash.clone());
            let entry = Entry { at: tx.now(), ..entry.clone() };
            Box::pin(async move {
                if let Err(wait) = take(tx, &limits).await? {
                    tx.audit(entry.refused(&too_often("Too many tries were wrong.")));
                    return Ok(Tried::Wait(wait));
                }
                let tried = match right_receipt {
                    Some(true) => Tried::Right,
                    Some(false) => Tried::Wrong,
                    None => try_code(tx, id, &hash).await?,
                };
                match tried {
                    Tried::Right => {
                        throttle::forgive(tx, &limits[0].0).await?;
                        tx.audit(entry);
                    }
                    _ => {
                        let refusal = Refusal::new(Rule::Forbidden, "What was typed did not prove who it is.");
                        tx.audit(entry.refused(&refusal));
                    }
                }
                Ok(tried)
            })
        })
        .await?;
    match tried {
        Tried::Right => Ok(pass.proved(desk.clock.now())),
        Tried::Wait(retry_after) => Err(Error::TooManyAttempts { retry_after }),
        Tried::NoCode => Err(Error::field(field, "is too old, or was tried too often: get a new one")),
        Tried::Last => Err(Error::field(field, "did not match, and was tried too often: get a new one")),
        Tried::Wrong if field == "code" => {
            Err(Error::field(field, "did not match: compare it with the newest message digit by digit"))
        }
        Tried::Wrong => Err(Error::field(field, "did not match the receipt: type its last 4 digits")),
    }
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

/// The name of a channel in forms.
pub fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "email",
        Channel::Sms => "sms",
    }
}

/// What one try came to.
#[derive(Debug, Clone, Copy)]
enum Tried {
    Right,
    Wrong,
    /// Wrong once too often: the code is dead.
    Last,
    /// There is none that is still good.
    NoCode,
    /// Too many tries: so many seconds to wait.
    Wait(u64),
}

async fn try_code(tx: &mut Tx<'_>, id: PayoutLinkId, hash: &str) -> Result<Tried, sqlx::Error> {
    if !codes::count_try(tx, id, CODE_TRIES).await? {
        return Ok(Tried::NoCode);
    }
    // Hashes under a secret key tell nothing by how long their comparison takes.
    match codes::get(tx, id).await? {
        Some(code) if code.code_hash == hash => {
            codes::remove(tx, id).await?;
            Ok(Tried::Right)
        }
        Some(code) if code.tries >= CODE_TRIES => Ok(Tried::Last),
        _ => Ok(Tried::Wrong),
    }
}

/// Counts one under each name, or answers the seconds to wait.
async fn take(tx: &mut Tx<'_>, limits: &[(String, throttle::Limit)]) -> Result<Result<(), u64>, sqlx::Error> {
    for (name, limit) in limits {
        if let Err(until) = throttle::take(tx, name, *limit).await? {
            return Ok(Err(throttle::seconds_until(until, tx.now())));
        }
    }
    Ok(Ok(()))
}

/// Whether there is anything to prove oneself for: it can be claimed, or is claimed and can be followed.
fn answerable(link: &PayoutLink, claim: Result<(), Refusal>) -> Result<(), Error> {
    match link.state {
        State::Processing | State::Processed => Ok(()),
        _ => Ok(claim?),
    }
}

fn offered_as(method: bank::Method) -> Method {
    if method == bank::Method::Upi { Method::Upi } else { Method::BankAccount }
}

fn limit(most: i64) -> throttle::Limit {
    throttle::Limit { most, within: throttle::LONGEST }
}

fn address(visit: &Visit) -> String {
    throttle::address(visit.ip.as_deref()).unwrap_or_else(|| "ip:unknown".into())
}

fn too_often(reason: &str) -> Refusal {
    Refusal::new(Rule::WrongState, reason)
}

fn code_hash(desk: &Desk, id: PayoutLinkId, code: &str) -> String {
    desk.keys.fingerprint(&format!("{id} {code}"))
}
