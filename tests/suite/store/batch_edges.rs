//! Batches at their edges: names that stand for many, two processes, items that cannot be done, rows that nobody wants.

use paydesk::domain::batch::{State, Verb};
use paydesk::domain::command::{Command, NewPayout, PayeeChoice, Terms, Unit};
use paydesk::domain::ids::{ClientId, PayoutId};
use paydesk::domain::money::{Currency, Money};
use paydesk::domain::payout::{Origin, State as PayoutState};
use paydesk::jobs::{self, batches::Worker};
use paydesk::service::batches::{self, Source, file};
use paydesk::store::payouts as payout_rows;
use paydesk::store::sealed::BATCH_ROW;

use super::batches::{batch_of, get, many, names, once_each, run, start};
use crate::support::app::{SECOND, TestDesk, USD, desk};

const DAY: i64 = 24 * 3_600 * SECOND;

/// Payouts of the USD wallet with one reference, as a dialect makes them.
async fn alike(test: &TestDesk, reference: &str, count: usize) -> Vec<PayoutId> {
    let payee = test.payout("1.00").await.payee.id;
    let new = || NewPayout {
        wallet_number: USD,
        amount: Money::new(100, Currency::USD),
        payee: PayeeChoice::Saved(payee, None),
        reference_id: reference.to_owned(),
        description: None,
        metadata: None,
        terms: Terms { origin: Origin::Razorpay, ..Terms::default() },
    };
    let unit =
        || Unit { caller: test.operator.clone(), key: None, command: Command::Create(Box::new(new())), item: None };
    let outcomes = test.desk.store.run_set((0..count).map(|_| unit()).collect()).await.expect("payouts");
    let id = |outcome: paydesk::domain::command::Outcome| match outcome.result {
        Ok(paydesk::domain::command::Done::Payout(record)) => record.payout.id,
        other => panic!("{other:?}"),
    };
    outcomes.into_iter().map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_of_many_is_named_in_vain_and_only_two_of_them_are_read() {
    let test = desk().await;
    let several = alike(&test, "SAME", 120).await;
    let one = alike(&test, "ALONE", 1).await[0];
    let named = ["SAME".to_owned(), "ALONE".to_owned(), several[7].to_string()];
    let mut reader = test.desk.store.read().await.unwrap();
    let client = test.get(one).await.payout.client_id;
    for sight in [None, Some(client)] {
        let found = payout_rows::named(&mut reader, &named, sight).await.unwrap();
        let of = |name: &str| found.iter().filter(|one| one.named == name).count();
        assert_eq!((of("SAME"), of("ALONE"), of(&named[2])), (2, 1, 1), "{sight:?}");
    }
    let other = payout_rows::named(&mut reader, &named, Some(ClientId::first_at(1))).await.unwrap();
    assert!(other.is_empty(), "another client's are not there");
    drop(reader);
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &named).await;
    assert_eq!((batch.acting, batch.refused), (2, 1));
    let (lines, _) = batches::results::items(&test.desk, &test.admin, batch.id, None, 0, 10).await.unwrap();
    let reason = lines[0].item.reason.clone().unwrap_or_default();
    assert_eq!(lines[0].item.rule.as_deref(), Some("ambiguous_reference"));
    assert!(reason.starts_with("Several payouts have this reference."), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_at_one_batch_keep_their_places_and_leave_nothing_undone() {
    let test = desk().await;
    let ids = many(&test, 800).await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    start(&test, &test.operator, &batch).await.unwrap();
    let (mut one, mut other) = (Worker::default(), Worker::default());
    // The first has read the second set ahead when the other one does it.
    assert!(one.round(&test.desk).await.unwrap());
    assert!(other.round(&test.desk).await.unwrap());
    assert!(!one.round(&test.desk).await.unwrap(), "the other one goes first");
    assert_eq!(get(&test, batch.id).await.done, 500, "nothing was done twice");
    // It goes on behind that, and finds at the end what was passed over.
    let mut rounds = 0;
    while get(&test, batch.id).await.state == State::Running {
        one.round(&test.desk).await.unwrap();
        other.round(&test.desk).await.unwrap();
        rounds += 1;
        assert!(rounds < 20, "it does not end");
    }
    let done = get(&test, batch.id).await;
    assert_eq!((done.state, done.done), (State::Done, 800));
    once_each(&test, &done).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_cannot_be_made_any_more_says_why() {
    let test = desk().await;
    let text = "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,beneficiary_last_name,\
                beneficiary_country\nE1,1,10.00,USD,a@example.com,Ann,One,DE\nE2,1,20.00,USD,b@example.com,Bob,Two,DE\n\
                E3,1,30.00,USD,c@example.com,Cia,Three,DE\n";
    let checked = file::create(&test.desk, &test.operator, Verb::CreatePayouts, "e.csv", text.as_bytes()).await;
    let Ok(file::Checked::Ready(made)) = checked else { panic!("{checked:?}") };
    // What was right when the file came may be so no longer, and a row may not be there any more.
    let (wrong, gone) = (format!("{}:1", made.value.id), format!("{}:2", made.value.id));
    let sealed = test.text(&format!("SELECT content FROM batch_rows WHERE id = '{wrong}'")).await;
    let content = test.desk.keys.open(&BATCH_ROW.purpose(), &sealed).expect("its content");
    let spoilt = test.desk.keys.seal(&BATCH_ROW.purpose(), &content.replace("\"10.00\"", "\"1e2\""));
    let write = test.desk.store.write(move |tx| {
        let (wrong, gone, spoilt) = (wrong.clone(), gone.clone(), spoilt.clone());
        Box::pin(async move {
            tx.execute("UPDATE batch_rows SET content = $2 WHERE id = $1", &[wrong.into(), spoilt.into()]).await?;
            tx.execute("DELETE FROM batch_rows WHERE id = $1", &[gone.into()]).await
        })
    });
    assert_eq!(write.await.unwrap(), 1);
    let done = run(&test, &test.operator, &made.value).await;
    assert_eq!((done.state, done.done, done.failed), (State::Done, 1, 2));
    let (lines, _) = batches::results::items(&test.desk, &test.admin, done.id, None, 0, 10).await.unwrap();
    let reasons: Vec<_> = lines.iter().map(|line| line.item.reason.clone().unwrap_or_default()).collect();
    assert!(reasons[0].starts_with("amount "), "{reasons:?}");
    assert_eq!(reasons[1], "row cannot be read any more; nothing of it was done");
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_is_sorted_from_is_gone_once_it_is_sorted_or_stopped() {
    let test = desk().await;
    let ids = many(&test, 3).await;
    let inputs = async || test.int("SELECT COUNT(*) FROM batch_inputs").await;
    let batch = batch_of(&test, &test.operator, Verb::Cancel, &names(&ids)).await;
    assert_eq!((batch.state, inputs().await), (State::Ready, 0));
    let source = Source::Names(names(&ids), "Test".into());
    let new = batches::NewBatch { verb: Verb::Cancel, source, reason: Some("r".into()) };
    let unsorted = batches::create(&test.desk, &test.operator, new, None).await.unwrap().value;
    assert_eq!((unsorted.state, inputs().await), (State::Sorting, 1));
    batches::stop(&test.desk, &test.operator, unsorted.id).await.unwrap();
    assert_eq!((get(&test, unsorted.id).await.state, inputs().await), (State::Stopped, 0));
    jobs::batches::finish(&test.desk).await.unwrap();
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_nobody_starts_for_a_month_is_stopped_and_its_rows_go_a_month_later() {
    let test = desk().await;
    let text = "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,beneficiary_last_name,\
                beneficiary_country\nN1,1,10.00,USD,a@example.com,Ann,One,DE\n";
    let upload = async || {
        let checked = file::create(&test.desk, &test.operator, Verb::CreatePayouts, "never.csv", text.as_bytes()).await;
        let Ok(file::Checked::Ready(made)) = checked else { panic!("{checked:?}") };
        *made
    };
    let first = upload().await.value;
    let rows = async || test.int("SELECT COUNT(*) FROM batch_rows").await;
    test.clock.advance(29 * DAY);
    jobs::clean_up(&test.desk).await;
    assert_eq!((get(&test, first.id).await.state, rows().await), (State::Ready, 1));
    assert!(upload().await.repeated, "it waits still");
    test.clock.advance(2 * DAY);
    jobs::clean_up(&test.desk).await;
    let stopped = get(&test, first.id).await;
    assert_eq!((stopped.state, stopped.note.as_deref()), (State::Stopped, Some("Nobody started it for 30 days.")));
    assert!(start(&test, &test.operator, &stopped).await.is_err());
    assert_eq!(rows().await, 1, "what was not done can be tried again");
    // The same file is a new batch now.
    let second = upload().await;
    assert!(!second.repeated);
    let done = run(&test, &test.operator, &second.value).await;
    assert_eq!((done.state, done.done), (State::Done, 1));
    test.clock.advance(31 * DAY);
    jobs::clean_up(&test.desk).await;
    assert_eq!(rows().await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_nothing_but_wrong_is_told_in_short() {
    let test = desk().await;
    let wrong = async |text: String| match file::create(
        &test.desk,
        &test.operator,
        Verb::CreatePayouts,
        "bad.csv",
        text.as_bytes(),
    )
    .await
    {
        Ok(file::Checked::Wrong(wrong)) => wrong,
        other => panic!("{other:?}"),
    };
    let commas = wrong(",".repeat(1_000_000)).await;
    assert_eq!(commas.len(), 1);
    assert!(commas[0].fix.starts_with("has 1,000,001 columns in its head"), "{commas:?}");
    let head = "reference_id,wallet_id,amount,currency,beneficiary_email,beneficiary_first_name,beneficiary_last_name,\
                beneficiary_country\n";
    let many = wrong(format!("{head}{}", "x,y,z,q,w,,,\n".repeat(4_000))).await;
    assert_eq!((many.len(), many[0].row), (200, 2), "the first ones of the file");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_look_asks_about_every_cancellation_that_is_due() {
    let test = desk().await;
    test.top_up(USD, "100000").await;
    let payee = test.payout("1.00").await.payee.id;
    let unit = |number: i64| {
        let new = NewPayout {
            wallet_number: USD,
            amount: Money::new(9_051, Currency::USD),
            payee: PayeeChoice::Saved(payee, None),
            reference_id: format!("DUE_{number}"),
            description: None,
            metadata: None,
            terms: Terms::default(),
        };
        Unit { caller: test.operator.clone(), key: None, command: Command::Create(Box::new(new)), item: None }
    };
    let outcomes = test.desk.store.run_set((0..450).map(unit).collect()).await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    test.run_jobs(20).await;
    for outcome in outcomes {
        let Ok(paydesk::domain::command::Done::Payout(record)) = outcome.result else { panic!("a payout") };
        paydesk::service::payouts::ask_to_cancel(&test.desk, &test.operator, record.payout.id, None, None)
            .await
            .unwrap();
    }
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.int("SELECT COUNT(*) FROM cancellations WHERE state = 'requested'").await, 0);
    let stopped = format!("SELECT COUNT(*) FROM payouts WHERE state = '{}'", PayoutState::Cancelled.name());
    assert_eq!(test.int(&stopped).await, 450);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_off_is_never_called_forward() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    let due = async || test.get(id).await.payout.due_at;
    let postpone =
        async |at: i64| test.desk.store.write(move |tx| Box::pin(payout_rows::postpone(tx, id, at))).await.unwrap();
    let before = due().await.unwrap();
    assert_eq!((postpone(before - SECOND).await, due().await), (0, Some(before)), "it is due later already");
    assert_eq!((postpone(before + SECOND).await, due().await), (1, Some(before + SECOND)));
    test.run_jobs(90).await;
    assert_eq!(due().await, None, "it is over");
    assert_eq!((postpone(test.clock.now() + SECOND).await, due().await), (0, None), "and stays it");
}
