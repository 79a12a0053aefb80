//! What goes on without anybody clicking: payouts move, rails are asked, links run out, old rows are cleaned up.

mod approvals;
pub mod batches;
mod cancellations;
mod freezes;
mod links;
mod messages;
mod payouts;
mod reversals;
mod webhooks;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::domain::batch::Step;
use crate::domain::caller::{Caller, Via};
use crate::domain::case::Kind;
use crate::domain::command::{Command, KeyTerms, Outcome, PayoutRecord, Unit};
use crate::error::Error;
use crate::rails::Order;
use crate::service::Desk;
use crate::service::accounts;
use crate::service::batches::work as batch_work;
use crate::service::sessions;
use crate::store::{
    batches as batch_rows, case_work, deliveries, keys, payout_links as link_rows, payouts as payout_rows, quotes,
    reversals as reversal_rows, webhooks as webhook_rows,
};

/// How many records one look takes.
const LOOK: i64 = 200;
/// How many sets one look works through before the other jobs get their turn.
const ROUNDS: usize = 20;
/// How many calls to rails run at once.
const CALLS: usize = 16;
/// How long a rail may take to answer; after that nobody knows what it did. Unit tests wait less.
const RAIL_PATIENCE: Duration = if cfg!(test) { Duration::from_millis(50) } else { Duration::from_secs(15) };
/// A payout whose hand-over got no further is asked about after this, in microseconds.
const LEASE: i64 = 60 * 1_000_000;
/// The longest pause between two questions about an unknown outcome, in microseconds.
const LONGEST_PAUSE: i64 = 10 * 60 * 1_000_000;
/// What could not be written is tried again after this, in microseconds.
const BROKEN_PAUSE: i64 = 60 * 1_000_000;
/// A quote that ran out is told as such for 30 days, in microseconds; afterwards it is unknown.
const QUOTES_KEPT: i64 = 30 * 24 * 3600 * 1_000_000;
/// What the rows of a file said is kept for 30 days after its batch has ended, to try again what was not done; in
/// microseconds.
const CONTENTS_KEPT: i64 = 30 * 24 * 3600 * 1_000_000;
/// A batch that nobody starts for 30 days is stopped: what it would do was sorted long ago. In microseconds.
const START_AWAITED: i64 = 30 * 24 * 3600 * 1_000_000;
/// The results of a batch are kept for 400 days after its end, in microseconds: longer than a year has days.
const BATCHES_KEPT: i64 = 400 * 24 * 3600 * 1_000_000;
/// How often old rows are cleaned up, in microseconds.
const CLEAN_UP: i64 = 3_600 * 1_000_000;
/// How long a message that is on its way may still take when the desk stops.
const PARTING: Duration = Duration::from_secs(10);
/// How many rows one clean-up transaction removes, so that nobody waits long behind it.
const CHUNK: i64 = 5_000;

/// Works until told to stop. Messages, webhooks and batches have loops of their own: no payout waits for a mail server,
/// no mail for a webhook, and none of them for a batch.
pub async fn run(desk: Desk, stop: watch::Receiver<bool>) {
    tokio::join!(work(&desk, stop.clone()), carry(&desk, stop.clone()), tell(&desk, stop.clone()), batch(&desk, stop));
}

/// Works through batches, chunk by chunk.
async fn batch(desk: &Desk, mut stop: watch::Receiver<bool>) {
    let mut worker = batches::Worker::default();
    while !*stop.borrow() {
        match part("batches", worker.round(desk)).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "batches could not go on; the next look tries again"),
        }
        tokio::select! {
            () = desk.batches.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Tells webhooks, and looks again whenever one of them has answered.
async fn tell(desk: &Desk, mut stop: watch::Receiver<bool>) {
    let mut courier = webhooks::Courier::new(desk);
    while !*stop.borrow() {
        if let Err(error) = part("webhooks", courier.take_off()).await {
            tracing::warn!(%error, "webhooks could not be told; the next look tries again");
        }
        tokio::select! {
            () = courier.land(), if !courier.is_idle() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
    let landed = async {
        while !courier.is_idle() {
            courier.land().await;
        }
    };
    let _ = timeout(PARTING, landed).await;
}

/// Sends messages, every second what has become due.
async fn carry(desk: &Desk, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let mut stopped = stop.clone();
        let enough = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
            tokio::time::sleep(PARTING).await;
        };
        tokio::select! {
            done = part("messages", messages::deliver(desk)) => if let Err(error) = done {
                tracing::warn!(%error, "messages could not be sent; the next look tries again");
            },
            () = enough => return,
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Moves money: looks when woken, and every half second for what has become due.
async fn work(desk: &Desk, mut stop: watch::Receiver<bool>) {
    let mut cleaned_at = None;
    while !*stop.borrow() {
        if let Err(error) = look_at_payouts(desk).await {
            tracing::warn!(%error, "a look at due work failed; the next one tries again");
        }
        let now = desk.clock.now();
        if cleaned_at.is_none_or(|at| now - at >= CLEAN_UP) {
            cleaned_at = Some(now);
            let cleaned = async {
                clean_up(desk).await;
                Ok(())
            };
            let _ = part("clean-up", cleaned).await;
        }
        tokio::select! {
            () = desk.wake.notified() => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One look at everything that is due now; a part that fails does not keep the others from theirs.
///
/// Tests call this with their own clock. Errors: the first one, after all parts had their turn.
pub async fn look(desk: &Desk) -> Result<(), Error> {
    let payouts = look_at_payouts(desk).await;
    let messages = part("messages", messages::deliver(desk)).await;
    let webhooks = part("webhooks", webhooks::deliver(desk)).await;
    let batches = part("batches", batches::finish(desk)).await;
    payouts.and(messages).and(webhooks).and(batches)
}

async fn look_at_payouts(desk: &Desk) -> Result<(), Error> {
    // First: what it wakes goes on in the same look.
    let lifted = part("lifted freezes", freezes::resume(desk)).await;
    let payouts = part("payouts", payouts::advance(desk)).await;
    let reversals = part("reversals", reversals::ask(desk)).await;
    let cancellations = part("cancellations", cancellations::ask(desk)).await;
    let links = part("links", links::expire(desk)).await;
    let reminders = part("reminders", links::remind(desk)).await;
    let requests = part("requests", approvals::expire(desk)).await;
    lifted.and(payouts).and(reversals).and(cancellations).and(links).and(reminders).and(requests)
}

/// One part of the work. A bug in it must not be the end of the others, nor of the next looks: a panic is an error.
async fn part<T>(name: &'static str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(part = name, "a panic in a job");
        Err(Error::Internal)
    })
}

/// Removes what nobody asks for any more.
pub async fn clean_up(desk: &Desk) {
    if let Err(error) = forget_keys(desk).await {
        tracing::warn!(%error, "old idempotency keys could not be removed");
    }
    if let Err(error) = forget_quotes(desk).await {
        tracing::warn!(%error, "old quotes could not be removed");
    }
    if let Err(error) = forget_ended(desk).await {
        tracing::warn!(%error, "old sessions could not be removed");
    }
    if let Err(error) = forget_deliveries(desk).await {
        tracing::warn!(%error, "what was sent to webhooks long ago could not be removed");
    }
    if let Err(error) = forget_batches(desk).await {
        tracing::warn!(%error, "old batches could not be removed");
    }
}

async fn forget_keys(desk: &Desk) -> Result<(), Error> {
    let kept_since = desk.clock.now() - KeyTerms::default().lasts;
    while desk.store.write(move |tx| Box::pin(keys::forget(tx, kept_since, CHUNK))).await? >= CHUNK as u64 {}
    Ok(())
}

async fn forget_quotes(desk: &Desk) -> Result<(), Error> {
    let kept_since = desk.clock.now() - QUOTES_KEPT;
    while desk.store.write(move |tx| Box::pin(quotes::forget(tx, kept_since, CHUNK))).await? >= CHUNK as u64 {}
    Ok(())
}

async fn forget_ended(desk: &Desk) -> Result<(), Error> {
    while sessions::forget_ended(desk, CHUNK).await? >= CHUNK as u64 {}
    Ok(())
}

async fn forget_deliveries(desk: &Desk) -> Result<(), Error> {
    let kept_since = desk.clock.now() - desk.config.webhooks.kept;
    while desk.store.write(move |tx| Box::pin(deliveries::forget(tx, kept_since, CHUNK))).await? >= CHUNK as u64 {}
    while desk.store.write(move |tx| Box::pin(webhook_rows::forget_deleted(tx, CHUNK))).await? >= CHUNK as u64 {}
    Ok(())
}

async fn forget_batches(desk: &Desk) -> Result<(), Error> {
    let now = desk.clock.now();
    let (contents, ended) = (now - CONTENTS_KEPT, now - BATCHES_KEPT);
    let mut reader = desk.store.read().await?;
    let waiting = batch_rows::never_started(&mut reader, now - START_AWAITED, LOOK).await?;
    drop(reader);
    for batch in waiting {
        batch_work::step(desk, &batch, Step::Stop, Some("Nobody started it for 30 days.".to_owned())).await?;
    }
    while desk.store.write(move |tx| Box::pin(batch_rows::forget_contents(tx, contents, CHUNK))).await? >= CHUNK as u64
    {
    }
    while desk.store.write(move |tx| Box::pin(batch_rows::forget_items(tx, ended, CHUNK))).await? >= CHUNK as u64 {}
    while desk.store.write(move |tx| Box::pin(batch_rows::forget(tx, ended, CHUNK))).await? >= CHUNK as u64 {}
    Ok(())
}

/// Commits units as one set and answers the outcomes of those that were written.
///
/// One that cannot be written is put off, so that it does not come back with every look.
/// Errors: nothing can be written at all.
async fn commit(desk: &Desk, units: Vec<Unit>) -> Result<Vec<Outcome>, Error> {
    let commands: Vec<Command> = units.iter().map(|unit| unit.command.clone()).collect();
    let mut written = Vec::with_capacity(commands.len());
    for (command, result) in commands.into_iter().zip(desk.store.run_each(units).await?) {
        match result {
            Ok(outcome) => written.push(outcome),
            Err(error) => {
                tracing::error!(%error, action = command.action(), payout = ?command.payout_id(), "a job could not write");
                put_off(desk, command).await?;
            }
        }
    }
    Ok(written)
}

/// Counts on the open cases of these subjects that their rails are asked now.
async fn count_questions(desk: &Desk, kind: Kind, subjects: Vec<String>) -> Result<(), Error> {
    if subjects.is_empty() {
        return Ok(());
    }
    let subjects = std::sync::Arc::new(subjects);
    let counted = desk.store.write(move |tx| {
        let subjects = std::sync::Arc::clone(&subjects);
        Box::pin(async move { case_work::count_questions(tx, kind, &subjects).await })
    });
    Ok(counted.await?)
}

async fn put_off(desk: &Desk, command: Command) -> Result<(), Error> {
    let due_at = desk.clock.now() + BROKEN_PAUSE;
    match command {
        Command::ReversalNews(news) => {
            let id = news.reversal_id;
            desk.store.write(move |tx| Box::pin(reversal_rows::postpone(tx, id, due_at))).await?;
        }
        Command::CancellationNews(news) => {
            let id = news.cancellation_id;
            desk.store.write(move |tx| Box::pin(reversal_rows::postpone_cancellation(tx, id, due_at))).await?;
        }
        Command::RemindLink(remind) => {
            let id = remind.link_id;
            desk.store.write(move |tx| Box::pin(link_rows::postpone_reminder(tx, id, due_at))).await?;
        }
        command => {
            if let Some(id) = command.link_id() {
                desk.store.write(move |tx| Box::pin(link_rows::postpone(tx, id, due_at))).await?;
            }
            if let Some(id) = command.payout_id() {
                desk.store.write(move |tx| Box::pin(payout_rows::postpone(tx, id, due_at))).await?;
            }
        }
    }
    Ok(())
}

/// What a rail is told of a payout. None, and a line in the log, when the account cannot be opened: then no rail may
/// be called, and the caller puts its work off.
fn order(desk: &Desk, record: PayoutRecord) -> Option<Order> {
    let id = record.payout.id;
    match record.account.as_ref().map(|account| accounts::open(&desk.keys, account)).transpose() {
        Ok(account_identifiers) => Some(Order { payout: record.payout, account_identifiers }),
        Err(error) => {
            tracing::error!(%error, payout = %id, "an account cannot be opened, so its payout stays where it is");
            None
        }
    }
}

/// A rail's answer, or `silence` when it takes too long, or when a bug ends the call: nobody knows then what it did.
async fn heard<T>(call: impl Future<Output = T>, silence: T) -> T {
    match timeout(RAIL_PATIENCE, AssertUnwindSafe(call).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            tracing::error!("a panic in a call to a rail; its outcome is unknown");
            silence
        }
        Err(_) => silence,
    }
}

fn caller(job: &str) -> Caller {
    Caller::system(Via::Job, format!("job_{job}_{:08x}", rand::random::<u32>()))
}

/// When to ask again about something that has been open for `age`: as long again, between a step and ten minutes.
fn pause(age: i64, step: i64) -> i64 {
    age.clamp(step.max(1), LONGEST_PAUSE)
}
