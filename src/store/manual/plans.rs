//! How SQLite reads the worklist: by the indexes of what is open, never by a walk over all payouts.

use super::{Part, WorkFilter, questions, work};
use crate::clock::Clock;
use crate::domain::ids::{PayoutId, StaffId, WalletId};
use crate::store::sql::{Select, plan};
use crate::store::{Location, Store};

async fn steps(selects: Vec<Select>) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::Directory(directory.path().to_owned()), Clock::fixed(1), 1).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let mut plans = Vec::new();
    for select in selects {
        plans.push(plan(&mut reader.connection, &select).await.unwrap());
    }
    plans
}

#[tokio::test]
async fn the_worklist_is_read_by_the_index_of_what_is_paid_by_hand() {
    let (wallet, taker) = (Some(WalletId::first_at(1)), Some(StaffId::first_at(1)));
    let filters = [
        WorkFilter::default(),
        WorkFilter { wallet, taker: None },
        WorkFilter { wallet: None, taker },
        WorkFilter { wallet, taker },
    ];
    let mut selects = Vec::new();
    for filter in &filters {
        for part in [Part::ToPay, Part::Taken] {
            for after in [None, Some(PayoutId::first_at(1))] {
                selects.push(work::select(part, filter, after, 51));
            }
            selects.push(work::select_totals(part, filter));
        }
    }
    let open =
        ["payouts_by_hand (state=?", "payouts_by_wallet_state (wallet_id=? AND state=?", "manual_takings_of_staff"];
    for plan in steps(selects).await {
        let first = plan.lines().find(|step| !step.starts_with("CO-ROUTINE")).unwrap_or_default();
        assert!(open.iter().any(|index| first.contains(index)), "{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{plan}");
    }
}

#[tokio::test]
async fn questions_and_their_number_are_read_by_the_indexes_of_what_is_open() {
    let selects = vec![
        questions::select(None, 51),
        questions::select(Some("can_01h455vb4pex5vsknk084sn02q"), 51),
        questions::select_waiting(),
    ];
    for plan in steps(selects).await {
        for index in ["cancellations_by_hand", "reversals_by_state (state=?", "manual_answers_aftermaths"] {
            assert!(plan.contains(index), "{index}\n{plan}");
        }
        for all in ["payouts_by_rail", "AUTOMATIC", "manual_answers_of_payout"] {
            assert!(!plan.contains(all), "{all}\n{plan}");
        }
    }
}
