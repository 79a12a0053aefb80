//! How SQLite reads the list: each filter and each two of them by an index, without sorting.

use super::{Filter, LinkBucket, Search, page_select};
use crate::clock::Clock;
use crate::domain::ids::{ClientId, CredentialId, PayeeId, PayoutLinkId, WalletId};
use crate::domain::money::Currency;
use crate::domain::payout_link::State;
use crate::store::payouts::Cursor;
use crate::store::{Location, Reader, Store};

type Change = fn(&mut Filter);

/// Name, what it sets, and which other filters cannot stand beside it.
const FILTERS: &[(&str, Change, &str)] = &[
    ("issued", |f| f.bucket = Some(LinkBucket::Is(State::Issued)), "tab"),
    ("paid", |f| f.bucket = Some(LinkBucket::Is(State::Processed)), "tab"),
    ("reopened", |f| f.bucket = Some(LinkBucket::Reopened), "tab"),
    ("state", |f| f.state = Some(State::Failed), "tab"),
    ("client", |f| f.client = Some(ClientId::first_at(1)), "owner"),
    ("wallet", |f| f.wallet = Some(WalletId::first_at(1)), "owner"),
    ("currency", |f| f.currency = Some(Currency::USD), "currency"),
    ("amount", |f| (f.currency, f.amount) = (Some(Currency::USD), Some(1)), "currency"),
    ("contact", |f| f.contact = Some(PayeeId::first_at(1)), "contact"),
    ("rail", |f| f.rail = Some("sandbox".into()), "rail"),
    ("credential", |f| f.credential = Some(CredentialId::first_at(1)), "credential"),
    ("from", |f| f.from = Some(1_000_000), "from"),
    ("to", |f| f.to = Some(2_000_000), "to"),
    ("ids", |f| f.search = Some(Search::Exact(vec!["A".into()])), "search"),
    ("start", |f| f.search = Some(Search::Start { text: "A".into(), client: None }), "search"),
    ("own", |f| f.search = Some(Search::Start { text: "A".into(), client: Some(ClientId::first_at(1)) }), "search"),
];

/// From the newest on: a rail's links are looked for so, because its wallets' indexes do not have the order.
const BY_ID: &str = "SCAN l USING INDEX sqlite_autoindex_payout_links_";

#[tokio::test]
async fn every_filter_and_every_two_find_an_index_that_has_the_order() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::Directory(directory.path().to_owned()), Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let mut wrong = Vec::new();
    for (first, change, group) in FILTERS {
        for (second, also, other_group) in FILTERS {
            if first != second && group == other_group {
                continue;
            }
            let mut filter = Filter::default();
            change(&mut filter);
            also(&mut filter);
            let cursor = PayoutLinkId::first_at(1);
            for cursor in [Cursor::Newest, Cursor::After(cursor), Cursor::Before(cursor)] {
                let plan = plan(&mut reader, &filter, cursor).await;
                let sorts = plan.contains("TEMP B-TREE FOR ORDER BY");
                // The first step makes the page; what follows joins its few rows.
                let links = plan.lines().nth(1).unwrap_or_default();
                let scans = ["SEARCH l USING", "SCAN l USING INDEX payout_links_", BY_ID]
                    .iter()
                    .all(|way| !links.starts_with(way));
                // What starts like something is found by index, however it is looked for.
                let walks = plan.contains("SCAN q");
                if sorts || scans || walks {
                    wrong.push(format!("{first} and {second}, {cursor:?}:\n{plan}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_open_again_has_indexes_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::Directory(directory.path().to_owned()), Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let reopened = Filter { bucket: Some(LinkBucket::Reopened), ..Filter::default() };
    for filter in [
        Filter { client: Some(ClientId::first_at(1)), ..reopened.clone() },
        Filter { wallet: Some(WalletId::first_at(1)), ..reopened.clone() },
        reopened,
    ] {
        let plan = plan(&mut reader, &filter, Cursor::Newest).await;
        assert!(plan.contains("payout_links_reopened"), "{filter:?}\n{plan}");
    }
}

/// The steps, one a line.
async fn plan(reader: &mut Reader, filter: &Filter, cursor: Cursor<PayoutLinkId>) -> String {
    let select = page_select(reader.engine, filter, cursor, 51);
    crate::store::sql::plan(&mut reader.connection, &select).await.unwrap()
}
