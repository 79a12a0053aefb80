//! What a payout link's recipient is written, queued in the unit that it tells of.

use super::check_version;
use super::link::done;
use crate::domain::books::{Books, LinkLine};
use crate::domain::caller::Caller;
use crate::domain::command::{Done, RemindLink, ResendLink};
use crate::domain::event::EventType;
use crate::domain::ids::{Mint, PayoutLinkId};
use crate::domain::message::{About, Channel, Facts, Kind, NewMessage, Secret, phone};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{PayoutLink, Step};

/// Between two messages that somebody asks for, in microseconds: a click too many is no second message.
const PAUSE: i64 = 60 * 1_000_000;

/// Queues a message on each channel that was asked for when the link was made.
pub(super) fn write(books: &mut Books, id: PayoutLinkId, kind: Kind, reason: Option<&str>, mint: &mut Mint) {
    let link = &books.links[&id].link;
    let mut channels = channels(link);
    channels.retain(|(channel, _)| match channel {
        Channel::Email => link.send_email,
        Channel::Sms => link.send_sms,
    });
    queue(books, id, kind, channels, reason, mint);
}

/// Sends the address again, to every address on file.
pub(super) fn plan_resending(
    books: &mut Books,
    caller: &Caller,
    resend: &ResendLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (resend.link_id, mint.now());
    let link = books.link(id, caller)?;
    let state = link.check(Step::Resend, now)?;
    check_version(resend.version, link.version)?;
    let channels = channels(link);
    if channels.is_empty() {
        return Err(Refusal::new(Rule::WrongState, "There is no email address and no phone number to send it to.")
            .instead("Copy its address and hand it over yourself."));
    }
    let events = &books.links[&id].events;
    if events.iter().any(|event| event.event_type == EventType::Message && now - event.created_at < PAUSE) {
        return Err(Refusal::new(Rule::WrongState, "It was sent less than a minute ago.")
            .instead("Give the message a moment to arrive."));
    }
    queue(books, id, Kind::LinkIssued, channels, None, mint);
    // The history is part of the record: whoever read it before has read another version.
    books.change_link(id, |_| {});
    let line = LinkLine::remark(EventType::Message, state, "Payout link sent again", None);
    books.link_event(id, caller, now, line);
    Ok(done(books, id))
}

/// Reminds the recipient that the link's time runs out, once.
pub(super) fn plan_reminder(
    books: &mut Books,
    caller: &Caller,
    remind: &RemindLink,
    mint: &mut Mint,
) -> Result<Done, Refusal> {
    let (id, now) = (remind.link_id, mint.now());
    let link = books.link(id, caller)?;
    let state = link.check(Step::Remind, now)?;
    check_version(remind.version, link.version)?;
    write(books, id, Kind::LinkReminder, None, mint);
    books.change_link(id, |link| {
        link.reminded_at = Some(now);
        link.schedule(now);
    });
    let line = LinkLine::remark(EventType::Message, state, "Recipient reminded that the payout link expires", None);
    books.link_event(id, caller, now, line);
    Ok(done(books, id))
}

/// Where messages can go: the email address, and the phone number if it names its country.
fn channels(link: &PayoutLink) -> Vec<(Channel, String)> {
    let email = link.contact_email.clone().map(|email| (Channel::Email, email));
    let sms = link.contact_phone.as_deref().and_then(phone).map(|number| (Channel::Sms, number));
    email.into_iter().chain(sms).collect()
}

fn queue(
    books: &mut Books,
    id: PayoutLinkId,
    kind: Kind,
    channels: Vec<(Channel, String)>,
    reason: Option<&str>,
    mint: &mut Mint,
) {
    let record = &books.links[&id];
    let link = record.link.clone();
    let paid = link.payout_id.and_then(|payout| books.payouts.get(&payout));
    let account = paid.and_then(|record| record.account_label()).map(str::to_owned);
    let facts = Facts {
        purpose: link.description.clone().or_else(|| link.purpose.clone()),
        reference: link.reference.clone().or_else(|| link.receipt.clone()),
        expires_at: link.expire_by,
        account,
        reason: reason.map(str::to_owned),
        ..Facts::of(record.client_name.clone(), link.contact_name.clone(), link.amount())
    };
    let opens = matches!(kind, Kind::LinkIssued | Kind::LinkReminder | Kind::LinkAttemptFailed);
    for (channel, recipient) in channels {
        let message = NewMessage {
            about: About::Link,
            about_id: id.to_string(),
            client_id: link.client_id,
            kind,
            channel,
            recipient,
            facts: facts.clone(),
            secret: if opens { Secret::Link(link.token_sealed.clone()) } else { Secret::None },
        };
        books.tell(mint, message);
    }
}
