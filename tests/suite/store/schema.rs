//! The database itself: what it refuses, and that both engines have the same tables.

use std::collections::{BTreeMap, BTreeSet};

use paydesk::store::{Engine, migrations};

use crate::support::app::desk;

#[tokio::test(flavor = "multi_thread")]
async fn ledger_events_and_audit_rows_are_never_changed_or_deleted() {
    let test = desk().await;
    let id = test.payout("10.00").await.payout.id;
    test.link("10.00").await;
    paydesk::service::payouts::cancel(&test.desk, &test.operator, id, None, None, None).await.unwrap();
    for table in ["ledger_transactions", "postings", "payout_events", "payout_link_events", "audit_log"] {
        let column = if table == "postings" { "position" } else { "number" };
        for sql in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
            let change = sql.clone();
            let result = test
                .desk
                .store
                .write(move |tx| {
                    let sql = change.clone();
                    Box::pin(async move { tx.execute(&sql, &[]).await })
                })
                .await;
            assert!(result.is_err(), "{sql}");
        }
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reversal_beyond_the_amount_is_refused_by_the_database_too() {
    let test = desk().await;
    let id = test.completed("10.00").await.payout.id.to_string();
    let result = test
        .desk
        .store
        .write(move |tx| {
            let id = id.clone();
            Box::pin(async move {
                let sql = "INSERT INTO reversals (id, payout_id, client_id, wallet_id, state, amount_minor, currency, \
                           remaining_minor, reason, maker_staff_id, version) SELECT 'rev_x', id, client_id, wallet_id, \
                           'pending', 1001, currency, 0, 'r', maker_staff_id, 1 FROM payouts WHERE id = $1";
                tx.execute(sql, &[id.into()]).await
            })
        })
        .await;
    assert!(result.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_a_row_that_does_not_add_up() {
    let test = desk().await;
    test.payout("10.00").await;
    test.verify().await;
    test.desk
        .store
        .write(|tx| Box::pin(async move { tx.execute("UPDATE wallets SET held_minor = held_minor + 1", &[]).await }))
        .await
        .unwrap();
    let mut reader = paydesk::store::Reader::open(&test.location).await.unwrap();
    let report = paydesk::service::verify::verify(&mut reader, &test.desk.keys.ids()).await.unwrap();
    assert_eq!(report.differences.len(), 5, "{:?}", report.differences);
}

/// Tables and their columns, as the two migration folders write them.
#[test]
fn both_engines_have_the_same_tables_and_columns() {
    assert_eq!(tables(Engine::Sqlite), tables(Engine::Postgres));
    let versions =
        |engine| migrations(engine).into_iter().map(|(version, name, _)| (version, name)).collect::<Vec<_>>();
    assert_eq!(versions(Engine::Sqlite), versions(Engine::Postgres));
}

fn tables(engine: Engine) -> BTreeMap<String, BTreeSet<String>> {
    let mut tables = BTreeMap::new();
    for (_, _, text) in migrations(engine) {
        let mut current: Option<(String, BTreeSet<String>)> = None;
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ") {
                current = Some((name.trim_end_matches(" (").to_owned(), BTreeSet::new()));
            } else if line.starts_with(')') {
                tables.extend(current.take());
            } else if let Some((_, columns)) = &mut current {
                let word = line.trim().split(' ').next().unwrap_or_default();
                if line.starts_with("    ") && !line.starts_with("     ") && word.starts_with(char::is_lowercase) {
                    let kind = line.trim().split(' ').nth(1).unwrap_or_default();
                    let kind = kind.trim_end_matches(',');
                    let kind = if kind == "BIGINT" { "INTEGER" } else { kind };
                    columns.insert(format!("{word} {kind}"));
                }
            }
        }
    }
    assert!(tables.len() > 15);
    tables
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_id_of_masspay_names_one_payout_of_a_client() {
    let test = desk().await;
    let name = async |amount: &str| {
        let id = test.payout(amount).await.payout.id.to_string();
        let named = test.desk.store.write(move |tx| {
            let id = id.clone();
            let sql = "UPDATE payouts SET origin = 'masspay', request_id = 'T-1' WHERE id = $1";
            Box::pin(async move { tx.execute(sql, &[id.into()]).await })
        });
        named.await
    };
    assert!(name("10.00").await.is_ok());
    assert!(name("20.00").await.is_err());
}
