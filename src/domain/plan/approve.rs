//! Several people approve: what a record needs, counting each yes, and what only a request may do.

use super::cancel::cancel_effect;
use super::link::link_cancel_effect;
use crate::domain::approval::{Act, Approval, Count, Need, Proposal, Verb, needed, needed_to_create};
use crate::domain::books::Books;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{Command, Unit};
use crate::domain::maker::Maker;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Refusal, Rule, Step};
use crate::domain::payout_link::{self, LinkPolicy};
use crate::domain::wallet::Wallet;

/// What a new payout or payout link needs before it goes on. Comes before anything is changed.
///
/// Errors: nobody could ever approve it. What only the wallet's limit asks for is refused on pages alone: programs' answers
/// do not change with who works at the desk today.
pub(super) fn need(
    books: &Books,
    caller: &Caller,
    wallet: &Wallet,
    amount_minor: i64,
) -> Result<Option<Need>, Refusal> {
    let need = needed_to_create(&books.approvals.rules, wallet, amount_minor);
    if let Some(need) = &need
        && (!need.rules.is_empty() || caller.via == Via::Page)
    {
        need.check_possible(&books.approvals.people, &Maker::of(caller))?;
    }
    Ok(need)
}

/// Why it waits, for its history.
pub(super) fn waits(what: &str, need: &Need) -> String {
    match need.rules.is_empty() {
        true => format!("{what} waits for approval: it is above the wallet's limit"),
        false => format!("{what} waits for approval: a rule asks for {}", need.words()),
    }
}

/// One more yes to a payout or payout link: by what was fixed when it was made, and by the rules that stand now if they ask
/// for more.
pub(super) fn count(
    books: &Books,
    caller: &Caller,
    subject_id: &str,
    maker: &Maker,
    (wallet, amount): (&Wallet, Money),
    shown: i64,
) -> Result<Count, Refusal> {
    let approvals = &books.approvals;
    let now = needed(&approvals.rules, Verb::Create, Some(wallet.client_id), Some(amount));
    let fixed = approvals.fixed(subject_id);
    let need = now.into_iter().fold(fixed, Need::and);
    need.count(caller, maker, &approvals.people, approvals.given(subject_id), shown)
}

/// Writes a yes down.
pub(super) fn give(books: &mut Books, caller: &Caller, subject_id: String, shown: i64, note: Option<String>, now: i64) {
    let approval = Approval::of(caller, subject_id, shown, note, now);
    approval.into_iter().for_each(|approval| books.approvals.give(approval));
}

/// Said in a history when what was approved has changed since; nothing when no yes is lost.
pub(super) fn dead(count: &Count) -> Option<String> {
    match count.dead {
        0 => None,
        1 => Some("One approval no longer counts: the payee's details have changed".to_owned()),
        dead => Some(format!("{dead} approvals no longer count: the payee's details have changed")),
    }
}

/// Refuses what a rule wants approved first: staff ask for it, and what they ask for comes here again once it is.
///
/// What could not be done anyway is refused for that reason, by the command's own plan.
pub(super) fn gate(books: &Books, unit: &Unit, now: i64) -> Result<(), Refusal> {
    if books.approvals.rules.is_empty() || matches!(unit.caller.who, Who::System | Who::Recipient { .. }) {
        return Ok(());
    }
    let Some(need) = need_of(books, &unit.caller, &unit.command, now) else { return Ok(()) };
    let words = need.words();
    let is = if need.people == 1 { "has" } else { "have" };
    Err(Refusal::new(Rule::NeedsApproval, format!("A rule of the desk says that {words} {is} to approve it first."))
        .instead("Staff ask for that on the pages of the desk."))
}

/// What the rules ask for before this may be done; none when they do not, or when it may not be done anyway.
fn need_of(books: &Books, caller: &Caller, command: &Command, now: i64) -> Option<Need> {
    let rules = &books.approvals.rules;
    let (verb, client, amount) = match command {
        Command::Cancel(cancel) => {
            let payout = books.payout(cancel.payout_id, caller).ok()?;
            payout.check(Step::Cancel, cancel.policy).ok()?;
            (Verb::Cancel, payout.client_id, payout.amount())
        }
        Command::AskToCancel(ask) => {
            let payout = books.payout(ask.payout_id, caller).ok()?;
            payout.check(Step::AskToCancel, CancelPolicy::DESK).ok()?;
            (Verb::Cancel, payout.client_id, payout.amount())
        }
        Command::Reverse(new) => {
            let payout = books.payout(new.payout_id, caller).ok()?;
            payout.check(Step::Reverse, CancelPolicy::DESK).ok()?;
            let left = payout.reversible();
            let minor = new.amount_minor.unwrap_or(left.minor);
            (Verb::Reverse, payout.client_id, Money::new(minor, left.currency))
        }
        Command::CancelLink(cancel) => {
            let link = books.link(cancel.link_id, caller).ok()?;
            link.check(payout_link::Step::Cancel(cancel.policy), now).ok()?;
            (Verb::Cancel, link.client_id, link.amount())
        }
        // The old one is cancelled.
        Command::ReplaceLink(replace) => {
            let link = books.link(replace.link_id, caller).ok()?;
            link.check(payout_link::Step::Replace, now).ok()?;
            (Verb::Cancel, link.client_id, link.amount())
        }
        Command::TopUp(top_up) => {
            let wallet = books.open_wallet(top_up.wallet_number, top_up.amount.currency, caller).ok()?;
            (Verb::Adjustment, wallet.client_id, top_up.amount)
        }
        _ => return None,
    };
    needed(rules, verb, Some(client), Some(amount))
}

/// What doing it now would do, to the cent, or why it may not be done.
pub(super) fn subject(books: &Books, caller: &Caller, act: &Act, now: i64) -> Result<Proposal, Refusal> {
    let moves = |wallet: &Wallet, after: Money| {
        ("Wallet", format!("{}: {} available, {after} after", wallet.name, wallet.available()))
    };
    match act {
        Act::Cancel { payout_id, version, .. } | Act::AskToCancel { payout_id, version, .. } => {
            let record = books.payout(*payout_id, caller).map(|payout| &books.payouts[&payout.id])?;
            let (payout, wallet) = (&record.payout, &books.wallets[&record.payout.wallet_id]);
            let mut facts = vec![("Payee", record.payee.name())];
            let verb = if matches!(act, Act::Cancel { .. }) {
                let effect = cancel_effect(payout, wallet, CancelPolicy::DESK)?;
                facts.push(("Refund", format!("{}: {} and {} of fees", effect.refund, effect.amount, effect.fees)));
                facts.push(moves(wallet, effect.available_after));
                "Cancel payout"
            } else {
                payout.check(Step::AskToCancel, CancelPolicy::DESK)?;
                if books.cancellations.values().any(|asked| asked.payout_id == payout.id && asked.state.is_open()) {
                    return Err(Refusal::asked_already());
                }
                facts.push(("If the provider agrees", format!("{} goes back to {}", payout.total(), wallet.name)));
                "Ask the provider to cancel payout"
            };
            super::check_version(Some(*version), payout.version)?;
            Ok(Proposal {
                act: act.clone(),
                subject_id: payout.id.to_string(),
                client_id: Some(payout.client_id),
                amount: Some(payout.amount()),
                title: format!("{verb} {}", named(&payout.reference_id, &payout.id)),
                facts,
            })
        }
        Act::Reverse { payout_id, amount_minor, version, .. } => {
            let record = books.payout(*payout_id, caller).map(|payout| &books.payouts[&payout.id])?;
            let payout = &record.payout;
            payout.check(Step::Reverse, CancelPolicy::DESK)?;
            super::check_version(Some(*version), payout.version)?;
            let left = payout.reversible();
            let amount = Money::new(*amount_minor, left.currency);
            if amount.minor > left.minor {
                let reason = format!("{amount} is more than the {left} that can still be reversed.");
                return Err(Refusal::new(Rule::ReversalTooLarge, reason).instead(format!("Reverse {left} or less.")));
            }
            let rest = Money::new(left.minor - amount.minor, left.currency);
            Ok(Proposal {
                act: act.clone(),
                subject_id: payout.id.to_string(),
                client_id: Some(payout.client_id),
                amount: Some(amount),
                title: format!("Reverse payout {}", named(&payout.reference_id, &payout.id)),
                facts: vec![
                    ("Payee", record.payee.name()),
                    ("Comes back", format!("{amount} of {left}, which leaves {rest}")),
                    ("Wallet", record.wallet_name.clone()),
                ],
            })
        }
        Act::CancelLink { link_id, version, .. } => {
            let record = books.link(*link_id, caller).map(|link| &books.links[&link.id])?;
            let (link, wallet) = (&record.link, &books.wallets[&record.link.wallet_id]);
            let effect = link_cancel_effect(link, wallet, LinkPolicy::DESK, now)?;
            super::check_version(Some(*version), link.version)?;
            let name = link.reference.clone().unwrap_or_default();
            Ok(Proposal {
                act: act.clone(),
                subject_id: link.id.to_string(),
                client_id: Some(link.client_id),
                amount: Some(link.amount()),
                title: format!("Cancel payout link {}", named(&name, &link.id)),
                facts: vec![
                    ("Recipient", link.contact_name.clone()),
                    ("Comes back", effect.release.to_string()),
                    moves(wallet, effect.available_after),
                ],
            })
        }
        Act::StartBatch { .. } | Act::UseAccount { .. } | Act::UseCredential { .. } | Act::UseSecret { .. } => {
            Err(Refusal::new(Rule::Invalid, "It is asked for in another way."))
        }
        Act::TopUp { wallet_number, amount_minor, currency, .. } => {
            let amount = Money::new(*amount_minor, *currency);
            let wallet = books.open_wallet(*wallet_number, *currency, caller)?;
            books.check_room(wallet.id, amount)?;
            Ok(Proposal {
                act: act.clone(),
                subject_id: wallet.id.to_string(),
                client_id: Some(wallet.client_id),
                amount: Some(amount),
                title: format!("Book {amount} into {}", wallet.name),
                facts: vec![moves(wallet, Money::new(wallet.available_minor + amount.minor, *currency))],
            })
        }
    }
}

/// A record by its reference, or by its id where it has none.
fn named(reference: &str, id: &impl ToString) -> String {
    if reference.is_empty() { id.to_string() } else { reference.to_owned() }
}
