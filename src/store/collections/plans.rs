//! How SQLite reads these lists: each way by an index that has the order, whatever narrows it.

use super::payouts::payouts_page;
use super::{LinkFilter, PayoutFilter, Standing, Window, links_page};
use crate::clock::Clock;
use crate::domain::ids::{AccountId, PayeeId, PayoutLinkId, WalletId};
use crate::domain::payout::State;
use crate::domain::payout_link::State as LinkState;
use crate::store::sql::{self, Select, Value};
use crate::store::{Location, Reader, Store};

const WINDOWS: [Window; 2] =
    [Window { count: 10, skip: 0, from: None, to: None }, Window { count: 10, skip: 20, from: Some(1), to: Some(2) }];

type Narrow<F> = fn(&mut F);

const LINKS: &[Narrow<LinkFilter>] = &[
    |_| {},
    |f| f.states = vec![LinkState::Issued],
    |f| f.states = vec![LinkState::Cancelled, LinkState::Failed],
    |f| f.id = Some(PayoutLinkId::first_at(1)),
    |f| f.contact = Some(PayeeId::first_at(1)),
    |f| f.phone = Some("912345678".into()),
    |f| f.email = Some("a@example.com".into()),
    |f| f.account = Some(AccountId::first_at(1)),
    |f| f.purpose = Some("refund".into()),
    |f| f.receipt = Some("R1".into()),
    |f| f.token_hash = Some("x".into()),
];

const PAYOUTS: &[Narrow<PayoutFilter>] = &[
    |_| {},
    |f| f.standings = vec![Standing::Is(State::Created), Standing::Is(State::Queued)],
    |f| f.standings = vec![Standing::ForApproval],
    |f| f.standings = vec![Standing::ForVerification, Standing::Paid],
    |f| f.standings = vec![Standing::Returned],
    |f| f.standings = vec![Standing::SentBack],
    |f| f.standings = vec![Standing::Withdrawn],
    |f| f.payee = Some(PayeeId::first_at(1)),
    |f| f.account = Some(AccountId::first_at(1)),
    |f| f.reference = Some("R1".into()),
    |f| f.mode = Some("IMPS".into()),
];

#[tokio::test]
async fn every_filter_and_every_two_find_an_index_that_has_the_order() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::Directory(directory.path().to_owned()), Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    for window in WINDOWS {
        for first in LINKS {
            for second in LINKS {
                let mut filter =
                    LinkFilter { wallets: vec![WalletId::first_at(1), WalletId::first_at(2)], ..LinkFilter::default() };
                first(&mut filter);
                second(&mut filter);
                let (inner, values) = links_page(&filter, window);
                holds(&mut reader, &format!("{filter:?}"), inner, values, "l").await;
            }
        }
        for first in PAYOUTS {
            for second in PAYOUTS {
                let mut filter = PayoutFilter::default();
                first(&mut filter);
                second(&mut filter);
                let (inner, values) = payouts_page(reader.engine, WalletId::first_at(1), &filter, window);
                holds(&mut reader, &format!("{filter:?}"), inner, values, "p").await;
            }
        }
    }
}

async fn holds(reader: &mut Reader, name: &str, inner: String, values: Vec<Value>, alias: &str) {
    let select = Select { columns: Vec::new(), inner, values };
    let plan = sql::plan(&mut reader.connection, &select).await.unwrap();
    let scans = plan.contains(&format!("SCAN {alias}")) || plan.contains("SCAN q");
    assert!(!scans && !plan.contains("TEMP B-TREE FOR ORDER BY"), "{name}\n{plan}");
}
