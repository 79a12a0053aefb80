//! A connection that is lost while a commit is on its way (PostgreSQL).

use paydesk::error::Error;
use paydesk::service::payouts;

use crate::support::app::{USD, desk_through_proxy, input};
use crate::support::proxy::Cut;

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_was_lost_is_answered_as_done() {
    let Some((test, proxy)) = desk_through_proxy().await else { return };
    for n in 0..3 {
        proxy.cut(Cut::After);
        let input = input(&format!("LOST_{n}"), USD, "USD", "5.00");
        let made = payouts::create(&test.desk, &test.operator, &input, None).await.expect("a payout that was made");
        assert!(!made.repeated);
        assert_eq!(test.get(made.value.payout.id).await, made.value);
    }
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, 3);
    assert!(test.desk.store.is_healthy());
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_never_arrived_is_answered_as_not_done() {
    let Some((test, proxy)) = desk_through_proxy().await else { return };
    let before = test.balances(USD).await;
    let input = input("CUT", USD, "USD", "5.00");
    proxy.cut(Cut::Before);
    let refused = payouts::create(&test.desk, &test.operator, &input, Some("key-of-the-cut")).await;
    assert!(matches!(refused, Err(Error::Unavailable)), "{refused:?}");
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, 0);
    assert_eq!(test.balances(USD).await, before);
    let made = payouts::create(&test.desk, &test.operator, &input, Some("key-of-the-cut")).await.expect("a payout");
    assert!(!made.repeated);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_can_ask_about_is_told_as_unknown_and_its_key_finds_the_outcome() {
    let Some((test, proxy)) = desk_through_proxy().await else { return };
    let input = input("GONE", USD, "USD", "5.00");
    proxy.cut(Cut::ForGood);
    let told = payouts::create(&test.desk, &test.operator, &input, Some("key-of-the-gone")).await;
    assert!(matches!(told, Err(Error::InDoubt)), "{told:?}");
    proxy.cut(Cut::Nothing);
    let found = payouts::create(&test.desk, &test.operator, &input, Some("key-of-the-gone")).await.expect("the payout");
    assert!(found.replayed, "it had been made");
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, 1);
    test.verify().await;
}
