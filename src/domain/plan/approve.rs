//! Several people approve: what a record needs, counting each yes, and what only a request may do.

use super::cancel::cancel_effect;
use super::link::link_cancel_effect;
use crate::domain::approval::{
    Act, Approval, Count, Need, Proposal, Verb, needed, needed_of, needed_to_create, reversal_amounts,
};
use crate::domain::books::Books;
use crate::domain::books::approvals::shown;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{Command, PayoutRecord, Unit};
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

/// How many more people have to approve a payout as it stands.
pub(super) fn left(books: &Books, record: &PayoutRecord) -> i64 {
    let (payout, approvals) = (&record.payout, &books.approvals);
    let subject = payout.id.to_string();
    let now = needed(&approvals.rules, Verb::Create, Some(payout.client_id), Some(payout.amount()));
    let need = now.into_iter().fold(approvals.fixed(&subject), Need::and);
    need.left(&approvals.people, approvals.given(&subject), shown(record))
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
    // The start of its batch was approved by enough people: they saw this item among its sums.
    let given = unit.item.and_then(|item| books.approvals.batches.get(&item.batch_id));
    if given.is_some_and(|given| given.covers(&need)) {
        return Ok(());
    }
    let instead = match &unit.command {
        Command::ReplaceLink(_) => "Cancel the link first: that is asked for. Then make another one.",
        _ if unit.item.is_some() => "Make a batch of what is left: its start is asked for.",
        _ => "Staff ask for that on the pages of the desk.",
    };
    Err(need.first().instead(instead))
}

/// What the rules ask for before this may be done; none when they do not, or when it may not be done anyway.
fn need_of(books: &Books, caller: &Caller, command: &Command, now: i64) -> Option<Need> {
    let rules = &books.approvals.rules;
    let (verb, client, amounts) = match command {
        Command::Cancel(cancel) => {
            let payout = books.payout(cancel.payout_id, caller).ok()?;
            payout.check(Step::Cancel, cancel.policy).ok()?;
            (Verb::Cancel, payout.client_id, vec![payout.amount()])
        }
        Command::AskToCancel(ask) => {
            let payout = books.payout(ask.payout_id, caller).ok()?;
            payout.check(Step::AskToCancel, CancelPolicy::DESK).ok()?;
            (Verb::Cancel, payout.client_id, vec![payout.amount()])
        }
        Command::Reverse(new) => {
            let payout = books.payout(new.payout_id, caller).ok()?;
            payout.check(Step::Reverse, CancelPolicy::DESK).ok()?;
            let minor = new.amount_minor.unwrap_or(payout.reversible().minor);
            (Verb::Reverse, payout.client_id, reversal_amounts(payout, minor))
        }
        Command::CancelLink(cancel) => {
            let link = books.link(cancel.link_id, caller).ok()?;
            link.check(payout_link::Step::Cancel(cancel.policy), now).ok()?;
            (Verb::Cancel, link.client_id, vec![link.amount()])
        }
        // The old one is cancelled.
        Command::ReplaceLink(replace) => {
            let link = books.link(replace.link_id, caller).ok()?;
            link.check(payout_link::Step::Replace, now).ok()?;
            (Verb::Cancel, link.client_id, vec![link.amount()])
        }
        Command::TopUp(top_up) => {
            let wallet = books.open_wallet(top_up.wallet_number, top_up.amount.currency, caller).ok()?;
            (Verb::Adjustment, wallet.client_id, vec![top_up.amount])
        }
        _ => return None,
    };
    needed_of(rules, verb, Some(client), amounts)
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
            let counts_as = reversal_amounts(payout, amount.minor);
            let mut facts = vec![
                ("Payee", record.payee.name()),
                ("Comes back", format!("{amount} of {left}, which leaves {rest}")),
                ("Wallet", record.wallet_name.clone()),
            ];
            if payout.reversed_minor > 0 {
                facts.push(("Reversed with it", format!("{} of {}", counts_as[0], payout.destination())));
            }
            let mut act = act.clone();
            if let Act::Reverse { counts, .. } = &mut act {
                *counts = counts_as;
            }
            Ok(Proposal {
                act,
                subject_id: payout.id.to_string(),
                client_id: Some(payout.client_id),
                amount: Some(amount),
                title: format!("Reverse payout {}", named(&payout.reference_id, &payout.id)),
                facts,
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
