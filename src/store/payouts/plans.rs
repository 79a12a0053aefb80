//! How SQLite reads the list: each filter and each two of them by an index, without sorting.

use super::{Bucket, Cursor, Filter, Search, page_select};
use crate::clock::Clock;
use crate::domain::ids::{ClientId, CredentialId, Id, PayeeId, PayoutId, WalletId};
use crate::domain::money::Currency;
use crate::domain::payout::State;
use crate::store::{Location, Reader, Store};

type Change = fn(&mut Filter);

/// Name, what it sets, and which other filters cannot stand beside it.
const FILTERS: &[(&str, Change, &str)] = &[
    ("to approve", |f| f.bucket = Some(Bucket::ToApprove), "tab"),
    ("unknown", |f| f.bucket = Some(Bucket::Unknown), "tab"),
    ("action required", |f| f.bucket = Some(Bucket::Is(State::ActionRequired)), "tab"),
    ("queued", |f| f.bucket = Some(Bucket::Is(State::Queued)), "tab"),
    ("processing", |f| f.bucket = Some(Bucket::Is(State::Processing)), "tab"),
    ("completed", |f| f.bucket = Some(Bucket::Is(State::Completed)), "tab"),
    ("state", |f| f.state = Some(State::Failed), "tab"),
    ("client", |f| f.client = Some(ClientId::first_at(1)), "owner"),
    ("wallet", |f| f.wallet = Some(WalletId::first_at(1)), "owner"),
    ("payee", |f| f.payee = Some(PayeeId::first_at(1)), "payee"),
    ("rail", |f| f.rail = Some("sandbox".into()), "rail"),
    ("by hand", |f| f.rail = Some("manual".into()), "rail"),
    ("credential", |f| f.credential = Some(CredentialId::first_at(1)), "credential"),
    ("currency", |f| f.currency = Some(Currency::USD), "currency"),
    ("from", |f| f.from = Some(1_000_000), "from"),
    ("to", |f| f.to = Some(2_000_000), "to"),
    ("reversed", |f| f.reversed = true, "reversed"),
    ("ids", |f| f.search = Some(Search::Exact(vec!["A".into()])), "search"),
    (
        "start",
        |f| f.search = Some(Search::Start { reference: "A".into(), payees: vec![PayeeId::first_at(1)], client: None }),
        "search",
    ),
];

#[tokio::test]
async fn every_filter_and_every_two_find_an_index_that_has_the_order() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Directory(directory.path().to_owned());
    let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let mut wrong = Vec::new();
    for (first, change, group) in FILTERS {
        for (second, also, other_group) in FILTERS {
            let alone = first == second;
            if !alone && group == other_group {
                continue;
            }
            let mut filter = Filter::default();
            change(&mut filter);
            also(&mut filter);
            let cursor = PayoutId::first_at(1);
            for cursor in [Cursor::Newest, Cursor::After(cursor), Cursor::Before(cursor)] {
                let plan = plan(&mut reader, &filter, cursor).await;
                let sorts = plan.contains("TEMP B-TREE FOR ORDER BY");
                // The first step makes the page; what follows joins its few rows.
                let payouts = plan.lines().nth(1).unwrap_or_default();
                let scans =
                    !payouts.starts_with("SEARCH p USING") && !payouts.starts_with("SCAN p USING INDEX payouts_");
                if sorts || scans {
                    wrong.push(format!("{first} and {second}, {cursor:?}:\n{plan}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn filters_for_few_rows_use_the_index_of_those_few() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Directory(directory.path().to_owned());
    let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let owner = |client: bool| Filter {
        client: client.then(|| Id::first_at(1)),
        wallet: (!client).then(|| Id::first_at(1)),
        ..Filter::default()
    };
    for (bucket, reversed, index) in [
        (Some(Bucket::ToApprove), false, "_action"),
        (Some(Bucket::Is(State::ActionRequired)), false, "_action"),
        (Some(Bucket::Unknown), false, "payouts_unknown_by_"),
        (None, true, "payouts_reversed_by_"),
        (Some(Bucket::Is(State::Completed)), true, "payouts_reversed_by_"),
    ] {
        for client in [true, false] {
            let filter = Filter { bucket, reversed, ..owner(client) };
            let plan = plan(&mut reader, &filter, Cursor::Newest).await;
            assert!(plan.contains(index), "{filter:?}\n{plan}");
        }
    }
}

#[tokio::test]
async fn what_is_named_is_found_by_its_id_or_its_reference_alone() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Directory(directory.path().to_owned());
    let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    for client in [None, Some(ClientId::first_at(1))] {
        let select = super::sortable::select_named(reader.engine, &["A".into()], client);
        let plan = crate::store::sql::plan(&mut reader.connection, &select).await.unwrap();
        let by = |index: &str| plan.lines().filter(|step| step.contains(index)).count();
        assert_eq!(by("SEARCH p USING INDEX sqlite_autoindex_payouts_1 (id=?)"), 3, "{plan}");
        assert_eq!(by("payouts_by_reference (reference_id=?"), 3, "{plan}");
        assert_eq!(by("SCAN p") + by("SCAN q") + by("(client_id=?"), 0, "{plan}");
    }
}

/// The steps, one a line.
async fn plan(reader: &mut Reader, filter: &Filter, cursor: Cursor) -> String {
    let select = page_select(reader.engine, filter, cursor, 51);
    crate::store::sql::plan(&mut reader.connection, &select).await.unwrap()
}
