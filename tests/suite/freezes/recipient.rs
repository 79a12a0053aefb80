//! Recipients of payout links under a freeze: told calmly, and nothing of theirs is lost.

use paydesk::domain::freeze::Scope;
use paydesk::domain::payout::{Rule, State as PayoutState};
use paydesk::domain::payout_link::State;
use paydesk::service::{freezes, links};

use super::{freeze, lift, new, rule};
use crate::support::app::{USD, claim_input, desk, spawn, visit};

const ACCOUNT: &[(&str, &str)] = &[
    ("first_name", "John"),
    ("last_name", "Doe"),
    ("method", "us"),
    ("us-routing_number", "021000021"),
    ("us-account_number", "123456789"),
    ("us-account_type", "checking"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_link_says_so_calmly_keeps_its_money_and_is_claimed_after_the_lift() {
    let app = spawn().await;
    let record = app.test.link("100.00").await;
    let link = format!("/l/{}", app.test.secret(&record));
    let held = app.test.balances(USD).await;
    let person = app.visitor();
    assert_eq!(person.get(&link).await.status, 200);
    let review = person.post_link(&link, "/details", ACCOUNT).await;
    let key = review.field("key").expect("a key");
    let frozen = freeze(&app.test, Scope::Wallet, USD).await;
    let calm = "This payment cannot be claimed right now";
    let page = person.get(&link).await;
    assert_eq!(page.status, 200);
    assert!(page.main().contains(calm) && page.main().contains("Nothing is lost"), "{}", page.main());
    // Nothing of why, and of whom else it concerns.
    for secret in ["frozen", "fraud", "Main USD", "frz_"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
    let fields: Vec<_> = ACCOUNT.iter().copied().chain([("key", key.as_str())]).collect();
    let sent = person.post_link(&link, "/claim", &fields).await;
    assert_eq!(sent.status, 409);
    assert!(sent.main().contains(calm) && sent.main().contains("was not used"), "{}", sent.main());
    assert_eq!(app.test.get_link(record.link.id).await.link.state, State::Issued);
    assert_eq!(app.test.balances(USD).await, held);
    lift(&app.test, &frozen).await;
    let review = person.post_link(&link, "/details", ACCOUNT).await;
    let key = review.field("key").expect("a key");
    let fields: Vec<_> = ACCOUNT.iter().copied().chain([("key", key.as_str())]).collect();
    assert_eq!(person.post_link(&link, "/claim", &fields).await.status, 303);
    app.test.run_jobs(60).await;
    assert_eq!(app.test.get_link(record.link.id).await.link.state, State::Processed);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_claimed_before_is_told_that_it_waits() {
    let app = spawn().await;
    let record = app.test.link("100.00").await;
    let link = format!("/l/{}", app.test.secret(&record));
    let person = app.visitor();
    let review = person.post_link(&link, "/details", ACCOUNT).await;
    let key = review.field("key").expect("a key");
    let fields: Vec<_> = ACCOUNT.iter().copied().chain([("key", key.as_str())]).collect();
    assert_eq!(person.post_link(&link, "/claim", &fields).await.status, 303);
    freeze(&app.test, Scope::Client, 1).await;
    app.test.run_jobs(40).await;
    let page = person.get(&link).await;
    assert!(page.main().contains("goes on by itself"), "{}", page.main());
    let payout = app.test.get_link(record.link.id).await.link.payout_id.unwrap();
    assert_eq!(app.test.get(payout).await.payout.state, PayoutState::Queued);
}

#[tokio::test(flavor = "multi_thread")]
async fn declining_and_the_end_of_its_time_still_bring_the_money_back() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let (declined, expired) = (test.link("100.00").await, test.link("50.00").await);
    freeze(&test, Scope::Everything, "").await;
    links::decline(&test.desk, &visit(), &test.secret(&declined), Some("Not me")).await.unwrap();
    test.clock.advance(2 * 24 * 3_600 * crate::support::app::SECOND);
    test.run_jobs(1).await;
    assert_eq!(test.get_link(expired.link.id).await.link.state, State::Expired);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_and_a_claim_at_the_same_moment_have_one_winner_and_both_are_told() {
    let test = desk().await;
    for _ in 0..12 {
        let record = test.link("10.00").await;
        let secret = test.secret(&record);
        let order = new(Scope::Wallet, USD);
        let (visit, claim) = (visit(), claim_input("123456789"));
        let (made, claimed) = tokio::join!(
            freezes::create(&test.desk, &test.operator, &order, None),
            links::claim(&test.desk, &visit, &secret, &claim, None)
        );
        let frozen = made.unwrap().value;
        let link = test.get_link(record.link.id).await.link;
        match claimed {
            Ok(answered) => {
                assert_eq!((answered.link.state, link.state), (State::Processing, State::Processing));
                assert!(link.claimed_at.unwrap() <= frozen.id.created_at());
                // Claimed before, but not handed over any more.
                let payout = test.get(link.payout_id.unwrap()).await.payout;
                assert_eq!(payout.state, PayoutState::Queued);
            }
            refused => assert_eq!((rule(refused), link.state), (Rule::Frozen, State::Issued)),
        }
        test.run_jobs(40).await;
        if let Some(payout) = link.payout_id {
            assert_eq!(test.get(payout).await.payout.state, PayoutState::Queued);
        }
        lift(&test, &frozen).await;
    }
    test.verify().await;
}
