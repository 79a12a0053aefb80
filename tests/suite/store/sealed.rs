//! Account numbers at rest: sealed, found again without being readable, and moved to another key whole.

use std::sync::Arc;

use paydesk::keys::{Keys, Ring};
use paydesk::service::payouts::{self, PayoutInput};
use paydesk::service::rotation::{RotationError, settle};
use paydesk::service::{accounts, verify};
use paydesk::store::{Location, Reader, sealed};

use crate::support::app::{TestDesk, USD, desk, input};

const NUMBER: &str = "000123456789";

fn with_account(reference: &str) -> PayoutInput {
    let mut input = input(reference, USD, "USD", "10.00");
    input.beneficiary.identifiers = Some(format!(r#"{{"account_number":"{NUMBER}"}}"#));
    input
}

/// Keys of these secrets, the current one first; tests open their desk with 7.
fn ring(secrets: &[u8]) -> Keys {
    Keys::of(&Ring::of(secrets.iter().map(|byte| vec![*byte; 32]).collect()))
}

/// The account that was paid.
async fn pay(test: &TestDesk, reference: &str) -> String {
    let made = payouts::create(&test.desk, &test.operator, &with_account(reference), Some(reference)).await.unwrap();
    made.value.payout.account_id.unwrap().to_string()
}

/// Everything the database keeps, as text.
async fn everything(test: &TestDesk) -> String {
    match &test.location {
        Location::Directory(directory) => {
            let files = ["paydesk.db", "paydesk.db-wal"].map(|name| std::fs::read(directory.join(name)).unwrap());
            String::from_utf8_lossy(&files.concat()).into_owned()
        }
        Location::Postgres(_) => {
            let mut reader = test.desk.store.read().await.unwrap();
            let mut all = String::new();
            for table in
                ["payees", "payee_accounts", "payouts", "payout_events", "idempotency_keys", "audit_log", "meta"]
            {
                let sql = format!("SELECT COALESCE(CAST(json_agg(t) AS TEXT), '') FROM {table} AS t");
                all += &reader.text(sql, &[]).await.unwrap().unwrap_or_default();
            }
            all
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_never_holds_an_account_number() {
    let test = desk().await;
    let account = pay(&test, "SEALED_1").await;
    let kept = everything(&test).await;
    assert!(kept.contains(&account) && kept.contains("•• 6789"), "what may be seen is there");
    assert!(!kept.contains(NUMBER));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_details_are_the_same_account_and_the_same_request_though_sealed_anew_each_time() {
    let test = desk().await;
    let first = pay(&test, "SEALED_1").await;
    assert_eq!(pay(&test, "SEALED_2").await, first);
    assert_eq!(pay(&test, "SEALED_1").await, first, "a retry under its key");
    let mut other = with_account("SEALED_1");
    other.beneficiary.identifiers = Some(r#"{"account_number":"000123456780"}"#.into());
    let refused = payouts::create(&test.desk, &test.operator, &other, Some("SEALED_1")).await;
    assert!(refused.is_err(), "another account under the same key");
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM payee_accounts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_key_remembers_holds_no_sealed_account() {
    let test = desk().await;
    pay(&test, "SEALED_1").await;
    let sealed = test.text("SELECT identifiers FROM payee_accounts").await;
    assert!(sealed.starts_with("v1."), "{sealed}");
    let outcome = test.text("SELECT outcome FROM idempotency_keys").await;
    assert!(outcome.contains("•• 6789") && !outcome.contains(&sealed) && !outcome.contains("\"v1."), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_moves_to_a_new_key_and_the_old_one_is_needed_no_more() {
    let mut test = desk().await;
    assert!(!settle(&test.desk.store, &test.desk.keys).await.unwrap(), "the first start notes its key");
    let account = pay(&test, "SEALED_1").await;
    let both = ring(&[8, 7]);
    assert!(settle(&test.desk.store, &both).await.unwrap());
    assert!(!settle(&test.desk.store, &both).await.unwrap(), "once");
    let new = ring(&[8]);
    assert!(!settle(&test.desk.store, &new).await.unwrap());
    let mut reader = Reader::open(&test.location).await.unwrap();
    assert_eq!(verify::verify(&mut reader, &new.ids()).await.unwrap().differences, Vec::<String>::new());
    let old = verify::verify(&mut reader, &test.desk.keys.ids()).await.unwrap().differences;
    assert!(old.len() == 1 && old[0].contains(&account), "{old:?}");
    test.desk.keys = Arc::new(new);
    assert_eq!(pay(&test, "SEALED_2").await, account, "the same details still find their payee and account");
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 1);
    let hash = accounts::number_hash(&test.desk.keys, NUMBER).unwrap();
    let found = format!("SELECT id FROM payee_accounts WHERE number_hash = '{hash}'");
    assert_eq!(test.text(&found).await, account, "and so does the number");
    let record = payouts::create(&test.desk, &test.operator, &with_account("SEALED_2"), None).await.unwrap().value;
    let opened = accounts::open(&test.desk.keys, record.account.as_ref().unwrap()).unwrap();
    assert_eq!(opened, r#"{"account_number":"000123456789"}"#);
    // Opened for the rail too: this account's payouts are played as paid.
    test.run_jobs(60).await;
    assert_eq!(test.get(record.payout.id).await.payout.state.name(), "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_cut_short_is_finished_by_the_next_start_and_by_no_one_without_the_key() {
    let test = desk().await;
    settle(&test.desk.store, &test.desk.keys).await.unwrap();
    for n in 0..3 {
        let mut one = with_account(&format!("SEALED_{n}"));
        one.beneficiary.email = Some(format!("payee{n}@example.com"));
        payouts::create(&test.desk, &test.operator, &one, None).await.unwrap();
    }
    // The new key was noted and one value moved; then the power went.
    let both = ring(&[8, 7]);
    let mut reader = test.desk.store.read().await.unwrap();
    let row = sealed::chunk(&mut reader, &sealed::PAYEE_ACCOUNT, "", 1).await.unwrap().remove(0);
    drop(reader);
    let text = both.open(&sealed::PAYEE_ACCOUNT.purpose(), &row.value).unwrap();
    let moved =
        sealed::Resealed { id: row.id, before: row.value, after: both.seal(&sealed::PAYEE_ACCOUNT.purpose(), &text) };
    let current = both.current().to_owned();
    let write = test.desk.store.write(move |tx| {
        let (current, moved) = (current.clone(), moved.clone());
        Box::pin(async move {
            sealed::begin(tx, &current).await?;
            sealed::replace(tx, &sealed::PAYEE_ACCOUNT, &[moved]).await
        })
    });
    write.await.unwrap();
    let lacking = settle(&test.desk.store, &test.desk.keys).await;
    assert!(matches!(lacking, Err(RotationError::UnknownKey(_))), "{lacking:?}");
    let too_early = settle(&test.desk.store, &ring(&[8])).await;
    assert!(matches!(too_early, Err(RotationError::Unsealable(..))), "{too_early:?}");
    assert!(settle(&test.desk.store, &both).await.unwrap());
    let mut reader = Reader::open(&test.location).await.unwrap();
    let report = verify::verify(&mut reader, &ring(&[8]).ids()).await.unwrap();
    assert_eq!(report.differences, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_whose_account_cannot_be_opened_waits_and_goes_on_with_the_key() {
    let mut test = desk().await;
    let made = payouts::create(&test.desk, &test.operator, &with_account("SEALED_1"), None).await.unwrap().value;
    let keys = Arc::clone(&test.desk.keys);
    test.desk.keys = Arc::new(ring(&[9]));
    test.run_jobs(120).await;
    let waits = test.get(made.payout.id).await.payout;
    assert_eq!((waits.state.name(), waits.outcome_unknown_since), ("processing", None), "no rail was told anything");
    test.desk.keys = keys;
    test.run_jobs(120).await;
    assert_eq!(test.get(made.payout.id).await.payout.state.name(), "completed");
    test.verify().await;
}
