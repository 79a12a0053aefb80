//! How somebody who opened a payout link proves to be its contact: a one-time code, or the end of the receipt.

use crate::config::LinkProof;
use crate::domain::audit::Entry;
use crate::domain::ids::PayoutLinkId;
use crate::domain::message::{About, Channel, Facts, Kind, NewMessage, State as Sending, phone};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{PayoutLink, State};
use crate::domain::recipient::{CODE_LASTS, CODE_PAUSE, CODE_TRIES, masked_email, masked_phone, receipt_tail};
use crate::error::Error;
use crate::service::passes::Pass;
use crate::service::sign_in::Visit;
use crate::service::{Desk, links, messages, throttle};
use crate::store::link_codes::{self as codes, Code};
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

/// How many codes are sent for one link within an hour.
const CODES: i64 = 5;
/// How many wrong codes or digits are taken for one link within an hour.
const TRIES: i64 = 10;
/// The same of one address, for each failure that it may have.
const TRIES_OF_ADDRESS: i64 = 4;

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
