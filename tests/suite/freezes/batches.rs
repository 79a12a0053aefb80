//! Batches that know freezes: what one would refuse is told before, and the incident of each scope leads to the batch of
//! exactly what it stops.

use paydesk::domain::batch::{Batch, Fate, State, Verb};
use paydesk::domain::caller::Caller;
use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::{Rule, State as PayoutState};
use paydesk::jobs;
use paydesk::service::batches::{self, NewBatch, Source};
use paydesk::service::freezes::{self, NewFreeze};
use paydesk::service::payouts;

use super::{freeze, lift, new, rule};
use crate::manual;
use crate::support::api::payout;
use crate::support::app::{TestDesk, spawn};

async fn sorted(test: &TestDesk, caller: &Caller, verb: Verb, source: Source) -> Batch {
    let new = NewBatch { verb, source, reason: None };
    let id = batches::create(&test.desk, caller, new, None).await.expect("a batch").value.id;
    jobs::batches::finish(&test.desk).await.expect("sorted");
    batches::get(&test.desk, &test.admin, id).await.expect("the batch")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_freeze_would_refuse_stands_under_cannot_with_its_sentence() {
    let app = spawn().await;
    let test = &app.test;
    let ids = [test.payout("2000.00").await.payout.id, test.payout("3000.00").await.payout.id];
    let names = || Source::Names(ids.iter().map(ToString::to_string).collect(), "Test".into());
    let wallet = test.text("SELECT id FROM wallets WHERE number = 1").await;
    let frozen = freeze(test, Scope::Wallet, &wallet).await;
    let batch = sorted(test, &test.approver, Verb::Approve, names()).await;
    let summary = batch.summary();
    assert_eq!((batch.acting, summary.groups.len(), summary.groups[0].fate), (0, 1, Fate::Cannot));
    let reason = summary.groups[0].reason.clone().expect("a reason");
    assert!(reason.contains(&format!("is frozen ({}): nothing of it is approved.", frozen.id)), "{reason}");
    assert!(summary.wallets.is_empty(), "and nothing is said to leave the wallet");
    assert_eq!(sorted(test, &test.approver, Verb::Cancel, names()).await.acting, 2, "cancelling goes on");
    lift(test, &frozen).await;
    assert_eq!(sorted(test, &test.approver, Verb::Approve, names()).await.acting, 2);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_incident_of_a_provider_or_a_program_leads_to_the_batch_of_what_it_stops() {
    let app = spawn().await;
    let test = &app.test;
    let wallet = manual::wallet(test).await;
    let by_hand = manual::queued(test, wallet, "BY-HAND", "10.00").await;
    let made = app.api().post("/payouts", payout("BY-PROGRAM")).await;
    assert_eq!(made.status, 201, "{}", made.text);
    test.payout("5.00").await;
    let key = test.text("SELECT maker_credential_id FROM payouts WHERE reference_id = 'BY-PROGRAM'").await;
    let program = test.text("SELECT id FROM payouts WHERE reference_id = 'BY-PROGRAM'").await;
    let olga = app.person("olga@example.com").await;
    for (scope, subject, filter, id) in [
        (Scope::Rail, "manual", "provider=manual", by_hand.to_string()),
        (Scope::Credential, key.as_str(), &format!("credential={key}"), program),
    ] {
        let frozen = freeze(test, scope, subject).await;
        let list = olga.get(&format!("/payouts?{filter}")).await;
        assert!(list.main().contains("1 payout matches") && list.text.contains(&id), "{}", list.main());
        let csv = olga.get(&format!("/payouts/export.csv?{filter}")).await;
        assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
        let batch = sorted(test, &test.operator, Verb::Cancel, Source::Incident(frozen.id)).await;
        assert_eq!((batch.items, batch.acting), (1, 1));
        lift(test, &frozen).await;
    }
    let wrong = olga.get("/payouts?credential=x").await;
    assert_eq!(wrong.status, 422);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_an_incident_takes_what_is_not_over_and_stands_on_its_page() {
    let app = spawn().await;
    let test = &app.test;
    let (over, open) = (test.payout("3.00").await.payout.id, test.payout("12.34").await.payout.id);
    payouts::cancel(&test.desk, &test.operator, over, None, None, None).await.expect("cancelled");
    let wallet = test.text("SELECT id FROM wallets WHERE number = 1").await;
    for (scope, subject) in [(Scope::Everything, String::new()), (Scope::Client, "1".into()), (Scope::Wallet, wallet)] {
        let frozen = freeze(test, scope, &subject).await;
        let batch = sorted(test, &test.operator, Verb::Cancel, Source::Incident(frozen.id)).await;
        assert_eq!((batch.items, batch.acting, batch.freeze_id), (1, 1, Some(frozen.id)), "{scope:?}");
        let page = app.person("vera@example.com").await.get(&format!("/freezes/{}", frozen.id)).await;
        for part in ["Cancel 1 payout", "1 at once (USD ", "Not started", "made the batch"] {
            assert!(page.main().contains(part), "{part}\n{}", page.main());
        }
        if scope == Scope::Wallet {
            let start = batches::start(&test.desk, &test.operator, batch.id, Some("1"), Some("Fraud"), None);
            start.await.expect("started");
            jobs::batches::finish(&test.desk).await.expect("done");
            assert_eq!(test.get(open).await.payout.state, PayoutState::Cancelled);
            let page = app.person("vera@example.com").await.get(&format!("/freezes/{}", frozen.id)).await;
            for part in ["1 cancelled", "started the batch", "Done: Cancel 1 payout"] {
                assert!(page.main().contains(part), "{part}\n{}", page.main());
            }
        }
        lift(test, &frozen).await;
        let late = NewBatch { verb: Verb::Cancel, source: Source::Incident(frozen.id), reason: None };
        assert_eq!(rule(batches::create(&test.desk, &test.operator, late, None).await), Rule::WrongState);
    }
    let frozen = freeze(test, Scope::Everything, "").await;
    let other = NewBatch { verb: Verb::Approve, source: Source::Incident(frozen.id), reason: None };
    assert!(batches::create(&test.desk, &test.approver, other, None).await.is_err());
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_goes_through_a_batch_and_touches_no_payout() {
    let app = spawn().await;
    let test = &app.test;
    let first = test.payout("5.00").await.payout.id;
    test.run_jobs(1).await;
    let ids = [first, test.payout("6.00").await.payout.id, test.payout("2000.00").await.payout.id];
    let drill = NewFreeze { drill: true, ..new(Scope::Everything, "") };
    let drill = freezes::create(&test.desk, &test.operator, &drill, None).await.expect("a drill").value;
    let seen = async || {
        let rows = "SELECT CAST(COUNT(*) * 1000000 + SUM(version) AS BIGINT) FROM payouts";
        let events = "SELECT (SELECT COUNT(*) FROM ledger_transactions) * 1000 + (SELECT COUNT(*) FROM cancellations)";
        (test.int(rows).await, test.int(events).await)
    };
    let before = seen().await;
    let batch = sorted(test, &test.operator, Verb::Cancel, Source::Incident(drill.id)).await;
    assert_eq!((batch.drill, batch.items, batch.acting), (true, 3, 3));
    let page = app.person("olga@example.com").await.get(&format!("/batches/{}", batch.id)).await;
    for part in ["Drill: cancel 3 payouts?", "This is a drill", "would be cancelled", "Yes, practise with 3 payouts"] {
        assert!(page.main().contains(part), "{part}\n{}", page.main());
    }
    let wrong = batches::start(&test.desk, &test.operator, batch.id, Some("2"), Some("Practice"), None).await;
    assert!(wrong.is_err(), "the count is typed here too");
    batches::start(&test.desk, &test.operator, batch.id, Some("3"), Some("Practice"), None).await.expect("started");
    batches::pause(&test.desk, &test.operator, batch.id).await.expect("paused");
    jobs::batches::finish(&test.desk).await.expect("nothing to do");
    assert_eq!(batches::get(&test.desk, &test.admin, batch.id).await.expect("it").pending, 3);
    batches::resume(&test.desk, &test.operator, batch.id).await.expect("goes on");
    jobs::batches::finish(&test.desk).await.expect("done");
    let done = batches::get(&test.desk, &test.admin, batch.id).await.expect("it");
    assert_eq!((done.state, done.pending, done.done + done.asked), (State::Done, 0, 3));
    assert_eq!(seen().await, before, "nothing was written to any payout");
    for id in ids {
        assert_ne!(test.get(id).await.payout.state, PayoutState::Cancelled);
    }
    let olga = app.person("olga@example.com").await;
    for path in [format!("/batches/{}", batch.id), format!("/freezes/{}", drill.id)] {
        let page = olga.get(&path).await;
        assert!(page.main().to_lowercase().contains("would have been cancelled"), "{path}\n{}", page.main());
        assert!(!page.main().contains("stays frozen"), "{}", page.main());
    }
    let csv = olga.get(&format!("/batches/{}/results.csv", batch.id)).await;
    assert_eq!(csv.text.matches(",drill_").count(), 3, "{}", csv.text);
    let ask = olga.get(&format!("/freezes/{}/request", drill.id)).await;
    assert!(ask.main().contains("Ask for the end of the drill?"), "{}", ask.main());
    for word in ["stays frozen", "Frozen by", "lift it"] {
        assert!(!ask.main().contains(word), "{word}\n{}", ask.main());
    }
    lift(test, &drill).await;
    assert!(olga.get(&format!("/freezes/{}", drill.id)).await.main().contains("ended the drill"));
    test.verify().await;
}
