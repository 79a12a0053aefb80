//! Planning: what each unit changes, decided here and nowhere else.

mod advance;
mod aftermath;
mod approve;
mod by_hand;
mod cancel;
mod create;
mod decide;
mod item;
mod link;
mod link_issue;
mod link_life;
mod link_message;
mod notice;
mod payee;
mod quote;
mod request;
mod reverse;
mod settle;
mod top_up;
mod transfer;

use std::borrow::Cow;

use super::audit::{self, Entry};
use super::books::{Books, StoredKey};
use super::caller::{Caller, Who};
use super::command::{Command, Done, IdempotencyKey, Outcome, Unit};
use super::ids::Mint;
use super::payout::{Refusal, Rule};

pub use advance::REFUSED_PAUSE;
pub use cancel::{CancelEffect, cancel_effect};
pub use create::INSUFFICIENT_FUNDS;
pub use link::{LinkEffect, ReplacementEffect, link_cancel_effect, link_replacement_effect};

/// Plans one unit on the books: its outcome, its audit row, and its key record.
///
/// A refusal is an outcome like any other: it is written and remembered, it just moves no money.
///
/// An item of a batch that has its result already, or whose batch does not run, changes nothing and is not written down.
pub fn plan(books: &mut Books, unit: &Unit, mint: &mut Mint) -> Outcome {
    let Some(item) = unit.item else { return plan_unit(books, unit, mint) };
    if !books.items.remove(&item) {
        return Outcome { repeated: false, replayed: false, result: Err(Refusal::not_pending()) };
    }
    let outcome = plan_unit(books, unit, mint);
    books.changes.items.push(item::result(books, (item, &unit.command), &outcome, mint.now()));
    outcome
}

fn plan_unit(books: &mut Books, unit: &Unit, mint: &mut Mint) -> Outcome {
    if let Some(key) = &unit.key
        && let Some(earlier) = books.keys.get(&name(key)).cloned()
        && mint.now() - earlier.created_at < key.terms.lasts
    {
        return repeat(books, unit, key, &earlier, mint.now());
    }
    let ran = run(books, unit, mint);
    if let (Ok(_), Some(payout_id)) = (&ran, unit.command.payout_id()) {
        link_life::follow(books, &unit.caller, payout_id, mint);
        cancel::follow(books, &unit.caller, payout_id, mint);
        by_hand::follow(books, payout_id, mint.now());
    }
    books.write_news(mint);
    books.write_cases(mint);
    let (result, repeated, quiet) = match ran {
        Ok(Ran::New(done)) => (Ok(done), false, false),
        Ok(Ran::Earlier(done)) => (Ok(done), true, false),
        Ok(Ran::Quiet(done)) => (Ok(done), false, true),
        Err(refusal) => {
            let quiet = is_quiet(unit, &refusal);
            (Err(refusal), false, quiet)
        }
    };
    if let Some(key) = &unit.key {
        remember(books, key, &result, mint.now());
    }
    if !quiet {
        let entry = entry(books, unit, &result, repeated, mint.now());
        books.changes.audit.push(entry);
    }
    Outcome { repeated, replayed: false, result }
}

/// What a command came to: something new, the record an earlier one made, or nothing worth a row in the audit log.
enum Ran {
    New(Done),
    Earlier(Done),
    Quiet(Done),
}

fn run(books: &mut Books, unit: &Unit, mint: &mut Mint) -> Result<Ran, Refusal> {
    approve::gate(books, unit, mint.now())?;
    run_command(books, &unit.caller, &unit.command, mint)
}

/// Does it, whatever rules say: they were asked before.
fn run_command(books: &mut Books, caller: &Caller, command: &Command, mint: &mut Mint) -> Result<Ran, Refusal> {
    let done = match command {
        Command::Create(new) => return create::plan(books, caller, new, mint),
        Command::Cancel(cancel) => cancel::plan(books, caller, cancel, mint)?,
        Command::Decide(decide) => decide::plan(books, caller, decide, mint)?,
        Command::Reverse(reversal) => reverse::plan(books, caller, reversal, mint)?,
        Command::Quote(new) => return quote::plan(books, caller, new, mint),
        Command::CommitQuote(commit) => return quote::plan_commit(books, caller, commit, mint),
        Command::AskToCancel(ask) => cancel::plan_question(books, caller, ask, mint)?,
        Command::TopUp(top_up) => top_up::plan(books, caller, top_up, mint)?,
        Command::Transfer(new) => transfer::plan(books, caller, new, mint)?,
        Command::SimulateTopUp(top_up) => transfer::plan_top_up(books, caller, top_up, mint)?,
        Command::EndTransfer(end) => transfer::plan_end(books, caller, end, mint)?,
        Command::Advance(advance) => return advance::plan(books, caller, advance, mint),
        Command::ReversalNews(news) => return reverse::plan_news(books, caller, news, mint),
        Command::CancellationNews(news) => return cancel::plan_answer(books, caller, news, mint),
        Command::ByHand(by_hand) => by_hand::plan(books, caller, by_hand, mint)?,
        Command::Settle(confirmed) => settle::plan(books, caller, confirmed, mint)?,
        Command::CreateLink(create) => return link_issue::plan(books, caller, create, mint),
        Command::CancelLink(cancel) => link::plan_cancel(books, caller, cancel, mint)?,
        Command::ReplaceLink(replace) => link::plan_replacement(books, caller, replace, mint)?,
        Command::ExtendLink(extend) => link::plan_extension(books, caller, extend, mint)?,
        Command::ResendLink(resend) => link_message::plan_resending(books, caller, resend, mint)?,
        Command::DecideLink(decide) => link::plan_decision(books, caller, decide, mint)?,
        Command::ClaimLink(claim) => link_life::plan_claim(books, caller, claim, mint)?,
        Command::DeclineLink(decline) => link_life::plan_decline(books, caller, decline, mint)?,
        Command::RemindLink(remind) => link_message::plan_reminder(books, caller, remind, mint)?,
        Command::ExpireLink(expire) => link_life::plan_expiry(books, caller, expire, mint)?,
        Command::Ask(ask) => request::plan(books, caller, ask, mint)?,
        Command::AnswerRequest(answer) => request::plan_answer(books, caller, answer, mint)?,
    };
    Ok(Ran::New(done))
}

/// The first outcome again, with its audit row.
fn repeat(books: &mut Books, unit: &Unit, key: &IdempotencyKey, earlier: &StoredKey, now: i64) -> Outcome {
    let outcome = again(key, earlier);
    let entry = entry(books, unit, &outcome.result, true, now);
    books.changes.audit.push(entry);
    outcome
}

/// The first outcome under a key again, or a refusal when the key came with another request.
pub fn again(key: &IdempotencyKey, earlier: &StoredKey) -> Outcome {
    let first = (key.request_hash == earlier.key.request_hash)
        .then(|| serde_json::from_str::<Result<Done, Refusal>>(&earlier.outcome));
    let replayed = matches!(first, Some(Ok(_)));
    let result = match first {
        Some(Ok(first)) => first,
        // Written by another version of the program, or damaged; the record itself still tells what became of it.
        Some(Err(_)) => Err(Refusal::new(Rule::OutcomeLost, "The first outcome can no longer be read.")
            .instead("Look at the record itself before you ask again with a new key.")),
        None => Err(Refusal::key_reused()),
    };
    Outcome { repeated: true, replayed, result }
}

fn remember(books: &mut Books, key: &IdempotencyKey, result: &Result<Done, Refusal>, now: i64) {
    if result.is_err() && !key.terms.keeps_refusals {
        return;
    }
    let outcome = serde_json::to_string(&without_secrets(result)).expect("outcomes are texts and integers");
    let stored = StoredKey { key: key.clone(), outcome, created_at: now };
    if let Some(worn) = books.keys.insert(name(key), stored.clone()) {
        books.changes.worn_keys.push(worn);
    }
    books.changes.keys.push(stored);
}

/// What is remembered of an outcome: what is sealed stands with its account or link alone, where a new key finds it.
fn without_secrets(result: &Result<Done, Refusal>) -> Cow<'_, Result<Done, Refusal>> {
    match result {
        Ok(Done::Payout(record)) if record.account.is_some() => {
            let mut record = record.clone();
            record.forget_secrets();
            Cow::Owned(Ok(Done::Payout(record)))
        }
        Ok(Done::Link(record)) => {
            let mut record = record.clone();
            record.link.token_sealed = String::new();
            Cow::Owned(Ok(Done::Link(record)))
        }
        result => Cow::Borrowed(result),
    }
}

fn entry(books: &Books, unit: &Unit, result: &Result<Done, Refusal>, repeated: bool, now: i64) -> Entry {
    let mut entry = Entry::done(&unit.caller, now, unit.command.action()).because(unit.command.reason());
    let payout_id = match result {
        Ok(Done::Payout(record)) => Some(record.payout.id),
        _ => unit.command.payout_id(),
    };
    if let Some(id) = payout_id {
        entry = entry.about(id);
        let client = books.payouts.get(&id).map(|record| record.payout.client_id);
        entry.client_id = entry.client_id.or(client);
    }
    if let Ok(Done::Quote(quoted)) = result {
        entry = entry.about(quoted.quote.id);
        entry.client_id = Some(quoted.quote.client_id);
    }
    let link_id = match result {
        Ok(Done::Link(record)) => Some(record.link.id),
        _ => unit.command.link_id(),
    };
    if let Some(id) = link_id {
        entry = entry.about(id);
        let client = books.links.get(&id).map(|record| record.link.client_id);
        entry.client_id = entry.client_id.or(client);
    }
    if let Ok(Done::TopUp(transaction)) = result {
        entry = entry.about(transaction.wallet_id);
        entry.client_id = Some(transaction.client_id);
    }
    if let Ok(Done::Transfer(transfer)) = result {
        entry = entry.about(transfer.id);
        entry.client_id = Some(transfer.client_id);
    }
    if let Ok(Done::Request(request)) = result {
        entry = entry.about(request.id);
        entry.client_id = entry.client_id.or(request.client_id);
        entry.reason = request.answer.clone().or(entry.reason);
    }
    if let Command::Advance(advance) = &unit.command {
        entry.reason = Some(advance::words(&advance.news));
    }
    let no_quote = match result {
        Ok(Done::Quote(quoted)) => quoted.refusal.as_ref(),
        _ => None,
    };
    if let Some(refusal) = result.as_ref().err().or(no_quote) {
        entry = entry.refused(refusal);
    } else if repeated {
        entry.outcome = audit::Outcome::Repeated;
    }
    entry
}

/// A job that comes too late, or twice, is nobody's attempt at anything.
fn is_quiet(unit: &Unit, refusal: &Refusal) -> bool {
    match &unit.command {
        // What a job finds frozen is looked at again and again; somebody who plays the provider tries once.
        Command::Advance(_) => refusal.rule != Rule::Frozen || unit.caller.who == Who::System,
        Command::ExpireLink(_) | Command::RemindLink(_) => true,
        Command::ReversalNews(_) => refusal.rule == Rule::Stale,
        // The payout ended meanwhile, and its question with it.
        Command::CancellationNews(_) => matches!(refusal.rule, Rule::Stale | Rule::WrongState),
        _ => false,
    }
}

fn name(key: &IdempotencyKey) -> (String, String, String) {
    (key.caller.clone(), key.operation.clone(), key.key.clone())
}

/// Refuses when the form was made from facts that changed since.
fn check_version(version: Option<i64>, now: i64) -> Result<(), Refusal> {
    match version {
        Some(seen) if seen != now => Err(Refusal::new(Rule::Stale, "It changed while you were reading.")
            .instead("Look at the new facts, then decide again.")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
