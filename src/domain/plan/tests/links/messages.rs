//! What recipients are written, and when.

use super::*;
use crate::domain::message::{Channel, Kind as Message};

fn written(world: &World) -> Vec<(Message, Channel)> {
    world.books.changes.messages.iter().map(|message| (message.kind, message.channel)).collect()
}

fn remind(world: &mut World, link_id: PayoutLinkId) -> Result<Done, Refusal> {
    world.run(system(), Command::RemindLink(RemindLink { link_id, version: None }))
}

#[test]
fn what_was_asked_for_is_written_in_the_unit_it_tells_of() {
    let mut world = World::new(Currency::USD);
    let contact = Contact { phone: Some("+1 202 555 0142".into()), ..new().contact };
    let wanted = NewLink { contact, send_email: true, send_sms: true, ..new() };
    let id = link_of(&world.run(maker(), make(wanted.clone())).unwrap()).id;
    assert_eq!(written(&world), [(Message::LinkIssued, Channel::Email), (Message::LinkIssued, Channel::Sms)]);
    let message = &world.books.changes.messages[0];
    assert_eq!((message.recipient.as_str(), message.link_token.as_deref()), ("john.doe@example.com", Some("sealed")));
    assert!(message.data.contains("Larkfield Studios"));
    world.fail(id);
    assert_eq!(written(&world)[2].0, Message::LinkAttemptFailed);
    world.run(maker(), cancel_link(id)).unwrap();
    assert_eq!(written(&world)[4].0, Message::LinkCancelled);
    assert_eq!(written(&world).len(), 6);

    // Nothing was asked for: nothing is written, until somebody sends it again.
    let quiet = world.issue(100);
    let resend = |id| Command::ResendLink(ResendLink { link_id: id, version: None });
    assert_eq!(written(&world).len(), 6);
    world.run(maker(), resend(quiet)).unwrap();
    assert_eq!(written(&world)[6..], [(Message::LinkIssued, Channel::Email)]);
    assert_eq!(rule(world.run(maker(), resend(quiet))), Rule::WrongState);
    world.now += HOUR;
    world.run(maker(), resend(quiet)).unwrap();
    let pending =
        link_of(&world.run(maker(), make(NewLink { amount: Money::new(6_000, Currency::USD), ..wanted })).unwrap());
    assert_eq!((written(&world).len(), pending.state), (8, LinkState::Pending));
    assert_eq!(rule(world.run(maker(), resend(pending.id))), Rule::WrongState);
    world.run(checker(), decide_link(pending.id, true)).unwrap();
    assert_eq!(written(&world).len(), 10);
}

#[test]
fn a_recipient_is_reminded_once_before_the_end() {
    let mut world = World::new(Currency::USD);
    let open = |world: &mut World, hours: i64, send_email| {
        let expire_by = Some(world.now + hours * HOUR);
        let made = world.run(maker(), make(NewLink { expire_by, send_email, ..new() }));
        link_of(&made.unwrap())
    };
    // A day before, or in the last quarter; never for a few hours, nor when no messages were asked for.
    for (hours, send_email, ahead) in [(240, true, Some(24)), (8, true, Some(2)), (3, true, None), (240, false, None)] {
        let link = open(&mut world, hours, send_email);
        let end = link.expire_by.unwrap();
        // Issued a moment after the end was chosen.
        let reminded = link.remind_at.map(|at| (end - at + HOUR / 2) / HOUR);
        assert_eq!(reminded, ahead, "{hours} hours, {send_email}");
    }
    let id = open(&mut world, 8, true).id;
    world.now += 6 * HOUR;
    assert_eq!(written(&world).last(), Some(&(Message::LinkIssued, Channel::Email)));
    remind(&mut world, id).unwrap();
    let all = written(&world);
    assert_eq!(all.last(), Some(&(Message::LinkReminder, Channel::Email)));
    assert_eq!(world.link(id).remind_at, None);
    // Not again, whatever happens to it.
    assert_eq!(rule(remind(&mut world, id)), Rule::WrongState);
    world.run(maker(), extend(id, world.now + 200 * HOUR)).unwrap();
    assert_eq!(world.link(id).remind_at, None);
    assert_eq!(rule(remind(&mut world, id)), Rule::WrongState);
    assert_eq!(written(&world), all);
}

#[test]
fn nobody_is_reminded_of_what_is_claimed_or_over() {
    let mut world = World::new(Currency::USD);
    let expire_by = Some(world.now + 240 * HOUR);
    let made = world.run(maker(), make(NewLink { expire_by, send_email: true, ..new() }));
    let id = link_of(&made.unwrap()).id;
    let at = world.link(id).remind_at;
    let payout = world.claim(id).unwrap();
    assert_eq!((world.link(id).remind_at, rule(remind(&mut world, id))), (None, Rule::WrongState));
    // Open again: the reminder is due as before.
    world.advance(payout, News::Submitted).unwrap();
    world.advance(payout, News::Failed { code: "closed".into(), reason: "The account is closed.".into() }).unwrap();
    assert_eq!(world.link(id).remind_at, at);
    world.now += 250 * HOUR;
    assert_eq!(rule(remind(&mut world, id)), Rule::LinkExpired);
    world.run(system(), expire(id)).unwrap();
    assert_eq!(world.link(id).remind_at, None);
}
