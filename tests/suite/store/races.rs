//! Races over the same payouts: cancel against completion, failure, expiry, a freeze and a batch, in two processes at
//! once. One of them wins, and everyone is told the truth.

use std::collections::HashMap;

use paydesk::app;
use paydesk::domain::batch::{State as BatchState, Verb};
use paydesk::domain::command::{
    Advance, AskToCancel, Cancel, Command, Done, NewPayout, News, PayeeChoice, Terms, Unit,
};
use paydesk::domain::freeze::Scope;
use paydesk::domain::ids::PayoutId;
use paydesk::domain::money::{Currency, Money};
use paydesk::domain::payout::{CancelPolicy, State};
use paydesk::jobs;
use paydesk::keys::Keys;
use paydesk::service::Desk;
use paydesk::service::batches::{self, NewBatch, Source};
use rand::seq::SliceRandom;
use serde::Deserialize;

use crate::freezes::{freeze, lift};
use crate::support::app::{TestDesk, USD, config, desk};

/// How many payouts are raced for; `PAYDESK_RACES=5000` takes some minutes.
fn races() -> usize {
    std::env::var("PAYDESK_RACES").ok().and_then(|text| text.parse().ok()).unwrap_or(240)
}

/// Who races, each for every payout.
const RACERS: [Racer; 8] = [
    Racer::HandOver,
    Racer::HandOver,
    Racer::Pays,
    Racer::Fails,
    Racer::Expires,
    Racer::Clerk,
    Racer::OtherClerk,
    Racer::Asks,
];

#[derive(Debug, Clone, Copy)]
enum Racer {
    /// A job hands it to the provider.
    HandOver,
    /// The provider says that it paid.
    Pays,
    Fails,
    Expires,
    Clerk,
    OtherClerk,
    Asks,
}

impl Racer {
    fn unit(self, test: &TestDesk, payout_id: PayoutId) -> Unit {
        let advance = |news| Command::Advance(Advance { payout_id, version: None, news, due_at: None });
        let cancel = || Command::Cancel(Cancel { payout_id, policy: CancelPolicy::DESK, reason: None, version: None });
        let (caller, command) = match self {
            Racer::HandOver => (&test.admin, advance(News::Submitted)),
            Racer::Pays => (&test.admin, advance(News::Completed { reference: Some("BANK".into()) })),
            Racer::Fails => (&test.admin, advance(News::Failed { code: "no".into(), reason: "No.".into() })),
            Racer::Expires => (&test.admin, advance(News::Expired)),
            Racer::Clerk => (&test.operator, cancel()),
            Racer::OtherClerk => (&test.approver, cancel()),
            Racer::Asks => (&test.operator, Command::AskToCancel(AskToCancel { payout_id, reason: None })),
        };
        Unit { caller: caller.clone(), key: None, command, item: None }
    }

    /// The state in which whoever won leaves the payout for good.
    fn ends(self) -> Option<State> {
        match self {
            Racer::HandOver | Racer::Asks => None,
            Racer::Pays => Some(State::Completed),
            Racer::Fails => Some(State::Failed),
            Racer::Expires => Some(State::Expired),
            Racer::Clerk | Racer::OtherClerk => Some(State::Cancelled),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_payout_has_one_end_and_everyone_is_told_the_truth() {
    let test = desk().await;
    let other = app::desk(&test.location, config("http://127.0.0.1:1"), Keys::derive(&[7; 32]), test.clock.clone());
    let other = other.await.expect("another process");
    let ids = queued(&test, races()).await;
    let batch = sorted(&test, &ids).await;
    let mut runs: Vec<(PayoutId, Racer)> =
        ids.iter().flat_map(|id| RACERS.into_iter().map(move |racer| (*id, racer))).collect();
    runs.shuffle(&mut rand::rng());
    let tasks: Vec<_> = runs
        .chunks(runs.len().div_ceil(24))
        .enumerate()
        .map(|(number, runs)| {
            let desk = if number % 2 == 0 { &test.desk } else { &other };
            let units = runs.iter().map(|(id, racer)| (*id, *racer, racer.unit(&test, *id))).collect();
            tokio::spawn(race(desk.clone(), units))
        })
        .collect();
    let frozen = async {
        for _ in 0..3 {
            let frozen = freeze(&test, Scope::Wallet, USD).await;
            tokio::task::yield_now().await;
            lift(&test, &frozen).await;
        }
    };
    let (worked, ()) = tokio::join!(jobs::batches::finish(&other), frozen);
    worked.expect("the batch");
    let mut won: HashMap<PayoutId, Vec<State>> = HashMap::new();
    for task in tasks {
        for (id, state) in task.await.expect("a racer") {
            won.entry(id).or_default().push(state);
        }
    }
    jobs::batches::finish(&test.desk).await.expect("the batch");
    let ended = batches::get(&test.desk, &test.admin, batch).await.expect("the batch");
    assert_eq!((ended.state, ended.pending, ended.failed), (BatchState::Done, 0, 0));
    for (id, item) in items(&test, &ids).await {
        if item {
            won.entry(id).or_default().push(State::Cancelled);
        }
    }
    for end in ends(&test, &ids).await {
        let told = won.remove(&end.id).unwrap_or_default();
        let refunded = matches!(end.state, State::Cancelled | State::Failed | State::Expired);
        // Whoever was told that it was theirs is right, and is the only one.
        assert_eq!(told, if end.state.is_final() { vec![end.state] } else { vec![] }, "{}", end.id);
        assert_eq!(end.refunds, i64::from(refunded), "{}", end.id);
        assert_eq!(end.ends, i64::from(end.state.is_final()), "{}", end.id);
    }
    assert!(won.is_empty());
    test.verify().await;
}

/// Does these one after the other; answers who brought which payout to its end.
async fn race(desk: Desk, units: Vec<(PayoutId, Racer, Unit)>) -> Vec<(PayoutId, State)> {
    let mut won = Vec::new();
    for (id, racer, unit) in units {
        let outcome = desk.store.run(unit).await.expect("an outcome");
        if let Ok(Done::Payout(record)) = &outcome.result
            && !outcome.repeated
            && let Some(end) = racer.ends().filter(|end| *end == record.payout.state)
        {
            won.push((id, end));
        }
    }
    won
}

/// Payouts of the USD wallet that wait for a job to hand them over.
async fn queued(test: &TestDesk, count: usize) -> Vec<PayoutId> {
    let payee = test.payout("1.00").await.payee.id;
    let unit = |number: usize| {
        let new = NewPayout {
            wallet_number: USD,
            amount: Money::new(100, Currency::USD),
            payee: PayeeChoice::Saved(payee, None),
            reference_id: format!("RACE_{number}"),
            description: None,
            metadata: None,
            terms: Terms { queue_delay: Some(0), ..Terms::default() },
        };
        Unit { caller: test.operator.clone(), key: None, command: Command::Create(Box::new(new)), item: None }
    };
    let units: Vec<Unit> = (0..count).map(unit).collect();
    let mut ids = Vec::new();
    for units in units.chunks(250) {
        for outcome in test.desk.store.run_set(units.to_vec()).await.expect("payouts") {
            let Ok(Done::Payout(record)) = outcome.result else { panic!("{outcome:?}") };
            assert_eq!(record.payout.state, State::Queued);
            ids.push(record.payout.id);
        }
    }
    ids
}

/// A batch that cancels every other one, running.
async fn sorted(test: &TestDesk, ids: &[PayoutId]) -> paydesk::domain::ids::BatchId {
    let names = ids.iter().step_by(2).map(ToString::to_string).collect();
    let new = NewBatch {
        verb: Verb::Cancel,
        source: Source::Names(names, "Race".into()),
        reason: Some("Suspected fraud".into()),
    };
    let id = batches::create(&test.desk, &test.operator, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(&test.desk).await.expect("sorted");
    let batch = batches::get(&test.desk, &test.operator, id).await.expect("the batch");
    let count = batch.acting.to_string();
    batches::start(&test.desk, &test.operator, id, Some(&count), None, None).await.expect("started");
    id
}

#[derive(Debug, Deserialize)]
struct Ending {
    id: PayoutId,
    state: State,
    refunds: i64,
    ends: i64,
}

/// What the database says of each.
async fn ends(test: &TestDesk, ids: &[PayoutId]) -> Vec<Ending> {
    let sql = "SELECT p.id AS id, p.state AS state, (SELECT COUNT(*) FROM ledger_transactions t WHERE t.payout_id = \
               p.id AND t.kind = 'PAYOUT_REFUND') AS refunds, (SELECT COUNT(*) FROM payout_events e WHERE e.payout_id \
               = p.id AND e.to_state IN ('completed', 'failed', 'cancelled', 'expired') AND e.from_state <> \
               e.to_state) AS ends FROM payouts p WHERE p.reference_id LIKE 'RACE%'";
    let mut reader = test.desk.store.read().await.expect("a reader");
    let rows: Vec<Ending> = reader.rows(&["id", "state", "refunds", "ends"], sql, &[]).await.expect("the payouts");
    assert_eq!(rows.len(), ids.len());
    rows
}

/// Each item of the batch, and whether it says that the batch cancelled the payout.
async fn items(test: &TestDesk, ids: &[PayoutId]) -> Vec<(PayoutId, bool)> {
    #[derive(Deserialize)]
    struct Item {
        subject: PayoutId,
        state: String,
    }
    let mut reader = test.desk.store.read().await.expect("a reader");
    let sql = "SELECT subject, state FROM batch_items";
    let rows: Vec<Item> = reader.rows(&["subject", "state"], sql, &[]).await.expect("the items");
    assert_eq!(rows.len(), ids.len().div_ceil(2));
    rows.into_iter().map(|item| (item.subject, item.state == "done")).collect()
}
