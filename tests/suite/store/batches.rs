//! Batches: sorted, started once, done once, whatever happens in between.

use paydesk::domain::batch::{Batch, Fate, ItemState, State, Verb};
use paydesk::domain::caller::Caller;
use paydesk::domain::command::{Command, NewPayout, PayeeChoice, Terms, Unit};
use paydesk::domain::ids::{BatchId, PayoutId};
use paydesk::domain::money::{Currency, Money};
use paydesk::domain::payout::{Rule, State as PayoutState};
use paydesk::error::Error;
use paydesk::jobs::{self, batches::Worker};
use paydesk::service::batches::{self, NewBatch, Source};
use paydesk::service::payout_list::ListQuery;
use paydesk::service::payouts;
use std::time::Duration;

use crate::support::app::{TestDesk, USD, desk, input};

/// A batch of these payouts, sorted.
pub async fn batch_of(test: &TestDesk, caller: &Caller, verb: Verb, names: &[String]) -> Batch {
    let source = Source::Names(names.to_vec(), "Test".into());
    made(test, caller, verb, source).await
}

async fn made(test: &TestDesk, caller: &Caller, verb: Verb, source: Source) -> Batch {
    let new = NewBatch { verb, source, reason: Some("Suspected fraud".into()) };
    let id = batches::create(&test.desk, caller, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(&test.desk).await.expect("sorted");
    get(test, id).await
}

pub async fn get(test: &TestDesk, id: BatchId) -> Batch {
    batches::get(&test.desk, &test.admin, id).await.expect("the batch")
}

pub async fn start(test: &TestDesk, caller: &Caller, batch: &Batch) -> Result<Batch, Error> {
    let count = batch.acting.to_string();
    batches::start(&test.desk, caller, batch.id, Some(&count), None, None).await.map(|started| started.value)
}

/// Starts it and works until nothing is left to do.
pub async fn run(test: &TestDesk, caller: &Caller, batch: &Batch) -> Batch {
    start(test, caller, batch).await.expect("started");
    jobs::batches::finish(&test.desk).await.expect("done");
    get(test, batch.id).await
}

/// Many payouts of the USD wallet, made by the operator.
pub async fn many(test: &TestDesk, count: i64) -> Vec<PayoutId> {
    let payee = test.payout("1.00").await.payee.id;
    let run: u32 = rand::random();
    let unit = |number: i64| {
        let new = NewPayout {
            wallet_number: USD,
            amount: Money::new(100, Currency::USD),
            payee: PayeeChoice::Saved(payee, None),
            reference_id: format!("MANY_{run:08x}_{number}"),
            description: None,
            metadata: None,
            terms: Terms::default(),
        };
        Unit { caller: test.operator.clone(), key: None, command: Command::Create(Box::new(new)), item: None }
    };
    let outcomes = test.desk.store.run_set((0..count).map(unit).collect()).await.expect("payouts");
    let id = |outcome: paydesk::domain::command::Outcome| match outcome.result {
        Ok(paydesk::domain::command::Done::Payout(record)) => record.payout.id,
        other => panic!("{other:?}"),
    };
    outcomes.into_iter().map(id).collect()
}

pub fn names(ids: &[PayoutId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// What stands with each item of a batch: state and rule.
async fn results(test: &TestDesk, id: BatchId) -> Vec<(ItemState, String)> {
    let (lines, _) = batches::results::items(&test.desk, &test.admin, id, None, 0, 5_000).await.expect("items");
    lines.into_iter().map(|line| (line.item.state, line.item.rule.unwrap_or_default())).collect()
}

/// How often each of the payouts was refunded, and how many items have a result: both must be once each.
pub async fn once_each(test: &TestDesk, batch: &Batch) {
    let refunds = format!(
        "SELECT COUNT(*) FROM ledger_transactions t JOIN batch_items i ON i.subject = t.payout_id WHERE i.batch_id = '{}' \
         AND t.kind = 'PAYOUT_REFUND'",
        batch.id
    );
    assert_eq!(test.int(&refunds).await, batch.done);
    let told = format!(
        "SELECT COUNT(*) FROM audit_log WHERE request_id = '{}' AND action = 'payout.cancel' AND outcome = 'done'",
        batch.id
    );
    assert_eq!(test.int(&told).await, batch.done, "each item is written down once");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_what_it_would_do_and_then_does_exactly_that() {
    let test = desk().await;
    let paid = test.completed("10.00").await.payout.id;
    let with_the_rail = test.payout("90.52").await.payout.id;
    test.run_jobs(20).await;
    let (now, referred) = (test.payout("20.00").await.payout, test.payout("30.00").await.payout);
    let given = [
        now.id.to_string(),
        referred.reference_id.clone(),
        with_the_rail.to_string(),
        paid.to_string(),
        "no-such-reference".to_owned(),
        // The same payouts once more.
        now.reference_id.clone(),
        now.id.to_string(),
    ];
    let before = test.balances(USD).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &given).await;
    assert_eq!((batch.state, batch.items, batch.acting, batch.refused), (State::Ready, 5, 3, 2));
    let summary = batch.summary();
    assert_eq!(summary.repeats, 1);
    let told: Vec<_> = summary.groups.iter().map(|group| (group.fate, group.items)).collect();
    assert_eq!(told, [(Fate::Now, 2), (Fate::Ask, 1), (Fate::Cannot, 1), (Fate::Cannot, 1)]);
    assert_eq!(summary.groups[0].sums, [Money::new(5_075, Currency::USD)]);
    assert_eq!(summary.wallets[0].change_minor, 5_075);
    assert_eq!(test.balances(USD).await, before, "nothing has changed yet");
    let done = run(&test, &test.operator, &batch).await;
    assert_eq!((done.state, done.done, done.asked, done.refused, done.pending), (State::Done, 2, 1, 2, 0));
    assert_eq!(test.balances(USD).await.0, before.0 + 5_075, "as the preview said");
    assert_eq!(test.get(now.id).await.payout.state, PayoutState::Cancelled);
    assert_eq!(test.get(with_the_rail).await.payout.state, PayoutState::Processing);
    let told = results(&test, batch.id).await;
    assert_eq!(told[2], (ItemState::Asked, String::new()));
    assert_eq!(told[3].1, "already_completed");
    assert_eq!(told[4].1, "not_found");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_are_those_made_before() {
    let test = desk().await;
    let made = many(&test, 30).await;
    let query = ListQuery { status: "created".into(), ..ListQuery::default() };
    let source = Source::Matching(Box::new(query), chrono_tz::UTC);
    let new = NewBatch { verb: Verb::Cancel, source, reason: Some("r".into()) };
    let id = batches::create(&test.desk, &test.operator, new, None).await.unwrap().value.id;
    test.clock.advance(1_000_000);
    let later = test.payout("5.00").await.payout.id;
    jobs::batches::finish(&test.desk).await.unwrap();
    let batch = get(&test, id).await;
    assert_eq!(batch.items, 31);
    let done = run(&test, &test.operator, &batch).await;
    assert_eq!(done.done, 31);
    assert_eq!(test.get(made[0]).await.payout.state, PayoutState::Cancelled);
    assert_ne!(test.get(later).await.payout.state, PayoutState::Cancelled);
    once_each(&test, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_in_the_middle_leaves_nothing_half_done_and_nothing_is_done_twice() {
    let test = desk().await;
    let ids = many(&test, 1_100).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    start(&test, &test.operator, &batch).await.unwrap();
    // Ended at any moment, also between a commit and its answer.
    for pause in [5, 20, 60] {
        let desk = test.desk.clone();
        let worker = tokio::spawn(async move { while Worker::default().round(&desk).await.unwrap_or(true) {} });
        tokio::time::sleep(Duration::from_millis(pause)).await;
        worker.abort();
        test.verify().await;
    }
    // Two at once, as two processes would.
    let (one, other) = tokio::join!(jobs::batches::finish(&test.desk), jobs::batches::finish(&test.desk));
    one.and(other).unwrap();
    let done = get(&test, batch.id).await;
    assert_eq!((done.state, done.done, done.pending), (State::Done, 1_100, 0));
    once_each(&test, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_cannot_be_written_is_told_and_stops_no_other() {
    let test = desk().await;
    let ids = many(&test, 12).await;
    let ended = test.payout("30.00").await.payout;
    payouts::cancel(&test.desk, &test.operator, ended.id, None, None, None).await.unwrap();
    // A hold that is closed already cannot be closed again: the whole set with this one rolls back.
    let (hold, ended, broken) = (ended.hold_id.unwrap().to_string(), ended.id.to_string(), ids[5].to_string());
    let before = test.text(&format!("SELECT hold_id FROM payouts WHERE id = '{broken}'")).await;
    let one = broken.clone();
    let swap = test.desk.store.write(move |tx| {
        let (broken, ended, hold) = (one.clone(), ended.clone(), hold.clone());
        Box::pin(async move {
            tx.execute("UPDATE payouts SET hold_id = NULL WHERE id = $1", &[ended.into()]).await?;
            tx.execute("UPDATE payouts SET hold_id = $2 WHERE id = $1", &[broken.into(), hold.into()]).await
        })
    });
    swap.await.unwrap();
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    let done = run(&test, &test.operator, &batch).await;
    assert_eq!((done.state, done.done, done.failed), (State::Done, 11, 1));
    assert_eq!(results(&test, batch.id).await[5], (ItemState::Failed, "not_done".into()));
    // Once what was wrong with it is right, what was not done is done by a new batch.
    let right = test.desk.store.write(move |tx| {
        let (broken, hold) = (broken.clone(), before.clone());
        Box::pin(async move {
            tx.execute("UPDATE payouts SET hold_id = $2 WHERE id = $1", &[broken.into(), hold.into()]).await
        })
    });
    right.await.unwrap();
    let again = made(&test, &test.operator, Verb::Cancel, Source::Undone(batch.id)).await;
    assert_eq!((again.items, again.acting), (1, 1));
    assert_eq!(run(&test, &test.operator, &again).await.done, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_started_once_with_the_right_count_by_whoever_made_it() {
    let test = desk().await;
    let ids = many(&test, 3).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    let attempt = async |caller: &Caller, count: &str, key: Option<&str>| {
        batches::start(&test.desk, caller, batch.id, Some(count), None, key).await
    };
    for count in ["2", "4", "", "three"] {
        assert!(matches!(attempt(&test.operator, count, None).await, Err(Error::Validation(_))), "{count}");
    }
    let other = attempt(&test.approver, "3", None).await;
    assert!(matches!(other, Err(Error::Refused(refusal)) if refusal.rule == Rule::Forbidden));
    assert!(matches!(attempt(&test.viewer, "3", None).await, Err(Error::Forbidden)));
    let (one, two) = tokio::join!(attempt(&test.operator, "3", Some("a")), attempt(&test.operator, "3", Some("b")));
    let refused = [&one, &two].into_iter().find_map(|started| started.as_ref().err()).expect("one of them is too late");
    assert!(matches!(refused, Error::Refused(refusal) if refusal.rule == Rule::WrongState), "{refused}");
    assert!(one.is_ok() != two.is_ok());
    let key = if one.is_ok() { "a" } else { "b" };
    assert!(attempt(&test.operator, "3", Some(key)).await.unwrap().repeated, "the same click twice is one");
    jobs::batches::finish(&test.desk).await.unwrap();
    let done = get(&test, batch.id).await;
    assert_eq!(done.done, 3);
    once_each(&test, &done).await;
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log WHERE action = 'batch.start' AND outcome = 'done'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_cancel_and_a_batch_on_the_same_payout_give_one_refund() {
    let test = desk().await;
    let ids = many(&test, 600).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    start(&test, &test.operator, &batch).await.unwrap();
    let clerk = async {
        let mut won = 0;
        for id in ids.iter().rev().take(40) {
            won += i64::from(payouts::cancel(&test.desk, &test.approver, *id, None, None, None).await.is_ok());
        }
        won
    };
    let (won, worked) = tokio::join!(clerk, jobs::batches::finish(&test.desk));
    worked.unwrap();
    let done = get(&test, batch.id).await;
    assert_eq!((done.done + won, done.refused), (600, won));
    assert_eq!(test.int("SELECT COUNT(*) FROM ledger_transactions WHERE kind = 'PAYOUT_REFUND'").await, 600);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_stands_still_and_what_is_stopped_ends() {
    let test = desk().await;
    let ids = many(&test, 700).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    start(&test, &test.operator, &batch).await.unwrap();
    let mut worker = Worker::default();
    worker.round(&test.desk).await.unwrap();
    // Of two people at once one pauses it; the other is told.
    let (one, two) = tokio::join!(
        batches::pause(&test.desk, &test.operator, batch.id),
        batches::pause(&test.desk, &test.approver, batch.id)
    );
    assert!(one.is_ok() != two.is_ok());
    let paused = get(&test, batch.id).await;
    assert!(paused.done > 0 && paused.pending > 0);
    jobs::batches::finish(&test.desk).await.unwrap();
    assert_eq!(get(&test, batch.id).await, paused, "nothing goes on");
    test.verify().await;
    batches::resume(&test.desk, &test.approver, batch.id).await.unwrap();
    worker.round(&test.desk).await.unwrap();
    let (stopped, paused) = tokio::join!(
        batches::stop(&test.desk, &test.operator, batch.id),
        batches::pause(&test.desk, &test.approver, batch.id)
    );
    // Stopping wins in the end, whoever came first.
    assert!(stopped.is_ok(), "{stopped:?} {paused:?}");
    jobs::batches::finish(&test.desk).await.unwrap();
    let ended = get(&test, batch.id).await;
    assert_eq!(ended.state, State::Stopped);
    assert!(ended.pending > 0 && ended.done + ended.pending == 700);
    assert!(batches::resume(&test.desk, &test.operator, batch.id).await.is_err());
    once_each(&test, &ended).await;
    // The rest is taken up by a new batch.
    let rest = made(&test, &test.operator, Verb::Cancel, Source::Undone(batch.id)).await;
    assert_eq!(rest.items, ended.pending);
    assert_eq!(run(&test, &test.operator, &rest).await.done, ended.pending);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_approvals_keeps_makers_and_checkers_apart_and_to_what_was_shown() {
    let test = desk().await;
    let own = input("OWN", USD, "USD", "2000.00");
    let mine = payouts::create(&test.desk, &test.approver, &own, None).await.unwrap().value.payout.id;
    let (kept, changed) = (test.payout("2000.00").await.payout, test.payout("3000.00").await.payout);
    let small = test.payout("5.00").await.payout.id;
    let given = names(&[mine, kept.id, changed.id, small]);
    let operator = NewBatch { verb: Verb::Approve, source: Source::Names(given.clone(), "Test".into()), reason: None };
    assert!(matches!(batches::create(&test.desk, &test.operator, operator, None).await, Err(Error::Forbidden)));
    let batch = batch_of(&test, &test.approver, Verb::Approve, &given).await;
    assert_eq!((batch.items, batch.acting), (4, 2));
    // Sent back meanwhile by somebody else.
    payouts::decide(&test.desk, &test.admin, changed.id, false, Some("no"), None, None).await.unwrap();
    let done = run(&test, &test.approver, &batch).await;
    assert_eq!((done.done, done.refused), (1, 3));
    assert_eq!(test.get(kept.id).await.payout.state, PayoutState::Queued);
    assert_eq!(test.get(changed.id).await.payout.state, PayoutState::Cancelled);
    let told = results(&test, batch.id).await;
    assert_eq!(told[0].1, "maker_is_checker");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_reversals_asks_for_all_that_is_left_and_no_more() {
    let test = desk().await;
    let whole = test.completed("50.00").await.payout.id;
    let part = test.completed("40.00").await.payout.id;
    let open = test.payout("5.00").await.payout.id;
    let batch = batch_of(&test, &test.operator, Verb::Reverse, &names(&[whole, part, open])).await;
    assert_eq!((batch.items, batch.acting), (3, 2));
    // Less is left by then than was shown.
    let input = paydesk::service::reversals::ReversalInput {
        amount: Some("1.00".into()),
        reason: Some("r".into()),
        ..Default::default()
    };
    paydesk::service::reversals::reverse(&test.desk, &test.operator, part, &input, None, None, Duration::ZERO)
        .await
        .unwrap();
    let done = run(&test, &test.operator, &batch).await;
    assert_eq!((done.done, done.refused), (1, 2));
    assert_eq!(results(&test, batch.id).await[1].1, "reversal_too_large");
    assert_eq!(test.get(whole).await.payout.reversible().minor, 0);
    test.run_jobs(3).await;
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_starter_has_lost_access_stands_still() {
    let test = desk().await;
    let ids = many(&test, 3).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    start(&test, &test.operator, &batch).await.unwrap();
    let lost = test.desk.store.write(|tx| {
        let sql = "UPDATE staff SET disabled_at = 1 WHERE email = 'olga@example.com'";
        Box::pin(async move { tx.execute(sql, &[]).await })
    });
    lost.await.unwrap();
    jobs::batches::finish(&test.desk).await.unwrap();
    let held = get(&test, batch.id).await;
    assert_eq!((held.state, held.done), (State::Paused, 0));
    assert_eq!(held.note.as_deref(), Some("Olga Operator has no access any more."));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_makes_one_batch() {
    let test = desk().await;
    let ids = many(&test, 2).await;
    let new = |names: Vec<String>| NewBatch {
        verb: Verb::Cancel,
        source: Source::Names(names, "Test".into()),
        reason: Some("r".into()),
    };
    let first = batches::create(&test.desk, &test.operator, new(names(&ids)), Some("one")).await.unwrap();
    let again = batches::create(&test.desk, &test.operator, new(names(&ids)), Some("one")).await.unwrap();
    assert!(again.replayed && first.value.id == again.value.id);
    let other = batches::create(&test.desk, &test.operator, new(names(&ids[..1])), Some("one")).await;
    assert!(matches!(other, Err(Error::Refused(refusal)) if refusal.rule == Rule::KeyReused));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_cannot_be_read_stops_no_other() {
    let test = desk().await;
    let ids = many(&test, 3).await;
    let make = async || {
        let source = Source::Names(names(&ids), "Test".into());
        let new = NewBatch { verb: Verb::Cancel, source, reason: Some("r".into()) };
        batches::create(&test.desk, &test.operator, new, None).await.expect("a batch").value.id
    };
    let (broken, whole) = (make().await, make().await);
    let id = broken.to_string();
    let spoilt = test.desk.store.write(move |tx| {
        let id = id.clone();
        Box::pin(async move {
            tx.execute("UPDATE batch_inputs SET input = 'spoilt' WHERE batch_id = $1", &[id.into()]).await
        })
    });
    spoilt.await.unwrap();
    assert!(jobs::batches::finish(&test.desk).await.is_err());
    assert_eq!((get(&test, broken).await.state, get(&test, whole).await.state), (State::Sorting, State::Ready));
    start(&test, &test.operator, &get(&test, whole).await).await.unwrap();
    assert!(jobs::batches::finish(&test.desk).await.is_err());
    assert_eq!(get(&test, whole).await.state, State::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_said_is_kept_for_a_month_and_what_became_of_it_for_more_than_a_year() {
    const DAY: i64 = 24 * 3_600 * 1_000_000;
    let test = desk().await;
    let file = "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,beneficiary_last_name,\
                beneficiary_country\nC1,1,10.00,USD,a@example.com,Ann,One,DE\nC2,1,20.00,USD,b@example.com,Bob,Two,DE\n";
    let checked =
        batches::file::create(&test.desk, &test.operator, Verb::CreatePayouts, "may.csv", file.as_bytes()).await;
    let Ok(batches::file::Checked::Ready(given)) = checked else { panic!("{checked:?}") };
    // Taken before the batch comes to it.
    payouts::create(&test.desk, &test.operator, &input("C2", USD, "USD", "7.00"), None).await.unwrap();
    let done = run(&test, &test.operator, &given.value).await;
    assert_eq!((done.state, done.done, done.refused), (State::Done, 1, 1));
    let rows = async |table: &str| test.int(&format!("SELECT COUNT(*) FROM {table}")).await;
    jobs::clean_up(&test.desk).await;
    assert_eq!((rows("batch_rows").await, rows("batch_items").await), (2, 2));
    test.clock.advance(31 * DAY);
    jobs::clean_up(&test.desk).await;
    assert_eq!((rows("batch_rows").await, rows("batch_items").await), (0, 2));
    let again = made(&test, &test.operator, Verb::CreatePayouts, Source::Undone(done.id)).await;
    assert_eq!((again.acting, again.refused), (0, 1));
    assert_eq!(results(&test, again.id).await, [(ItemState::Refused, "row_removed".into())]);
    batches::stop(&test.desk, &test.operator, again.id).await.unwrap();
    test.verify().await;
    test.clock.advance(370 * DAY);
    jobs::clean_up(&test.desk).await;
    assert_eq!((rows("batches").await, rows("batch_items").await), (1, 1), "the one that ended later stays");
    test.clock.advance(31 * DAY);
    jobs::clean_up(&test.desk).await;
    assert_eq!((rows("batches").await, rows("batch_items").await), (0, 0));
    test.verify().await;
}
