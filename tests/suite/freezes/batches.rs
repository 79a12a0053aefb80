//! Batches that know freezes: what one would refuse is told before, and the incident of each scope leads to the batch of
//! exactly what it stops.

use paydesk::domain::batch::{Batch, Fate, Verb};
use paydesk::domain::caller::Caller;
use paydesk::domain::freeze::Scope;
use paydesk::jobs;
use paydesk::service::batches::{self, NewBatch, Source};
use paydesk::service::payout_list::{self, ListQuery};

use super::{freeze, lift};
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
        let incident = olga.get(&format!("/freezes/{}", frozen.id)).await;
        let href = format!("/batches/new?verb=cancel&list={}", filter.replace('=', "%3D"));
        assert!(incident.text.contains(&href.replace('&', "&#38;")), "{}", incident.text);
        let form = olga.get(&href).await;
        assert_eq!((form.status, form.field("list").as_deref()), (200, Some(filter)));
        let query = ListQuery {
            provider: if scope == Scope::Rail { subject.into() } else { String::new() },
            credential: if scope == Scope::Credential { subject.into() } else { String::new() },
            ..ListQuery::default()
        };
        let found = payout_list::page(&test.desk, &test.operator, &query, chrono_tz::UTC, 10).await.unwrap();
        assert_eq!(found.lines.len(), 1);
        let batch = sorted(test, &test.operator, Verb::Cancel, Source::Matching(Box::new(query), chrono_tz::UTC)).await;
        assert_eq!((batch.items, batch.acting), (1, 1));
        lift(test, &frozen).await;
    }
    let wrong = olga.get("/payouts?credential=x").await;
    assert_eq!(wrong.status, 422);
    test.verify().await;
}
