//! Payout links through the database: races, time, failed attempts.

use futures_util::future::{join, join_all};
use paydesk::domain::payout::{Rule, State};
use paydesk::domain::payout_link::{CloseReason, LinkPolicy, State as LinkState};
use paydesk::error::Error;
use paydesk::jobs;
use paydesk::service::links::{self, LinkInput};
use paydesk::service::{duplicates, payouts};

use crate::support::app::{EUR, OTHER_USD, SECOND, TestDesk, USD, claim_input, desk, input, link_input, visit};

const GOOD: &str = "000123456789";
/// The sandbox refuses it.
const CLOSED: &str = "000123459041";

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (Rule, String) {
    match result {
        Err(Error::Refused(refusal)) => (refusal.rule, refusal.state.unwrap_or_default()),
        other => panic!("should be refused: {other:?}"),
    }
}

async fn count(test: &TestDesk, kind: &str) -> i64 {
    test.int(&format!("SELECT COUNT(*) FROM ledger_transactions WHERE kind = '{kind}'")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_claimed_and_paid_and_the_wallet_adds_up_at_each_step() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.link("100.00").await;
    assert_eq!(test.balances(USD).await, (before.0 - 10_150, before.1 + 10_150));
    assert_eq!(test.get_link(made.link.id).await, made, "the answer is what is stored");
    let secret = test.secret(&made);
    assert_eq!(secret.len(), 27, "160 bits");
    let opened = links::by_token(&test.desk, &secret).await.unwrap();
    assert_eq!((opened.record.client_name.as_str(), opened.claim), ("Larkfield Studios", Ok(())));
    assert_eq!(test.get_link(made.link.id).await, made, "opening it changes nothing");
    let claimed = links::claim(&test.desk, &visit(), &secret, &claim_input(GOOD), None).await.unwrap();
    assert_eq!(claimed.link.state, LinkState::Processing);
    assert_eq!(test.balances(USD).await, (before.0 - 10_150, before.1 + 10_150));
    test.verify().await;
    let again = links::claim(&test.desk, &visit(), &secret, &claim_input(GOOD), None).await;
    assert_eq!(refusal(again), (Rule::LinkNotClaimable, "processing".into()));
    test.run_jobs(60).await;
    let paid = links::by_token(&test.desk, &secret).await.unwrap();
    assert_eq!(paid.record.link.state, LinkState::Processed);
    let payout = paid.payout.unwrap();
    assert_eq!(payout.payout.state, State::Completed);
    assert_eq!(payout.payee.email.as_deref(), Some("john.doe@example.com"));
    assert_eq!(test.balances(USD).await, (before.0 - 10_150, 0));
    assert_eq!((count(&test, "LINK_HOLD").await, count(&test, "LINK_RELEASE").await), (1, 1));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_cancel_one_link_and_one_wins() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let id = test.link("100.00").await.link.id;
    let cancel = || links::cancel(&test.desk, &test.operator, id, LinkPolicy::DESK, None, None, None);
    let results = join_all((0..64).map(|_| cancel())).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(count(&test, "LINK_RELEASE").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log WHERE action = 'payout_link.cancel'").await, 64);
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_races_of_claim_and_cancel_have_one_winner_each() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let links = join_all((0..200).map(|_| test.link("10.00"))).await;
    let races = links.iter().enumerate().map(|(number, record)| {
        let (test, secret, id) = (&test, test.secret(record), record.link.id);
        async move {
            let (visit, details) = (visit(), claim_input(GOOD));
            let claim = links::claim(&test.desk, &visit, &secret, &details, None);
            let cancel = links::cancel(&test.desk, &test.operator, id, LinkPolicy::DESK, None, None, None);
            // Whichever is asked for first has the better chance, so they take turns.
            if number % 2 == 0 {
                join(claim, cancel).await
            } else {
                let (cancel, claim) = join(cancel, claim).await;
                (claim, cancel)
            }
        }
    });
    let mut claimed = 0;
    for (claim, cancel) in join_all(races).await {
        match (claim, cancel) {
            (Ok(_), lost) => {
                claimed += 1;
                assert_eq!(refusal(lost), (Rule::LinkNotCancellable, "processing".into()));
            }
            (lost, Ok(_)) => assert_eq!(refusal(lost), (Rule::LinkNotClaimable, "cancelled".into())),
            both => panic!("nobody won: {both:?}"),
        }
    }
    assert_eq!(count(&test, "LINK_RELEASE").await, 200);
    assert_eq!(test.int("SELECT COUNT(*) FROM payouts").await, claimed);
    assert_eq!(test.balances(USD).await, (before.0 - 1_015 * claimed, 1_015 * claimed));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_returns_its_money_within_one_look_and_is_never_claimed_late() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.link("100.00").await;
    let secret = test.secret(&made);
    test.clock.advance(24 * 3_600 * SECOND - 1);
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.get_link(made.link.id).await.link.state, LinkState::Issued);
    test.clock.advance(1);
    let late = links::claim(&test.desk, &visit(), &secret, &claim_input(GOOD), None).await;
    assert_eq!(refusal(late).0, Rule::LinkExpired);
    assert_eq!(test.balances(USD).await.1, 10_150);
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(test.get_link(made.link.id).await.link.state, LinkState::Expired);
    assert_eq!(test.balances(USD).await, before);
    jobs::look(&test.desk).await.unwrap();
    assert_eq!(count(&test, "LINK_RELEASE").await, 1);
    let late = links::claim(&test.desk, &visit(), &secret, &claim_input(GOOD), None).await;
    assert_eq!(refusal(late), (Rule::LinkNotClaimable, "expired".into()));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_account_can_be_corrected_and_the_third_wrong_one_closes_the_link() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let (corrected, given_up) = (test.link("100.00").await, test.link("50.00").await);
    let attempt = async |secret: &str, account: &str| {
        links::claim(&test.desk, &visit(), secret, &claim_input(account), None).await.unwrap();
        test.run_jobs(60).await;
        links::by_token(&test.desk, secret).await.unwrap().record.link
    };
    let secret = test.secret(&corrected);
    let link = attempt(&secret, CLOSED).await;
    assert_eq!((link.state, link.attempt_count, link.failure_count), (LinkState::Issued, 1, 1));
    assert!(link.is_reopened());
    test.verify().await;
    assert_eq!(attempt(&secret, GOOD).await.state, LinkState::Processed);
    let secret = test.secret(&given_up);
    for _ in 0..2 {
        assert_eq!(attempt(&secret, CLOSED).await.state, LinkState::Issued);
    }
    let link = attempt(&secret, CLOSED).await;
    assert_eq!((link.state, link.close_reason), (LinkState::Failed, Some(CloseReason::TooManyAttempts)));
    assert_eq!(test.balances(USD).await, (before.0 - 10_150, 0));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn above_the_limit_a_second_person_issues_the_link() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.link("2000.00").await;
    assert_eq!((made.link.state, test.balances(USD).await), (LinkState::Pending, before));
    let opened = links::by_token(&test.desk, &test.secret(&made)).await.unwrap();
    assert_eq!(opened.claim.unwrap_err().state.as_deref(), Some("pending"));
    let decide = |who, approve| links::decide(&test.desk, who, made.link.id, approve, None, None, None);
    assert!(matches!(decide(&test.operator, true).await, Err(Error::Forbidden)));
    let issued = decide(&test.approver, true).await.unwrap().value;
    assert_eq!((issued.link.state, test.balances(USD).await.1), (LinkState::Issued, 203_000));
    let own = links::create(&test.desk, &test.approver, &link_input("2000.00"), None).await.unwrap().value.link.id;
    let checked = links::decide(&test.desk, &test.approver, own, true, None, None, None).await;
    assert_eq!(refusal(checked).0, Rule::MakerIsChecker);
    links::decide(&test.desk, &test.admin, own, false, Some("twice"), None, None).await.unwrap();
    assert_eq!(test.get_link(own).await.link.state, LinkState::Rejected);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_link_is_refused() {
    let test = desk().await;
    let test = &test;
    let make = |input: LinkInput| async move { links::create(&test.desk, &test.operator, &input, None).await };
    // Leaves 1,240.00, which one link of 999.00 with its fee fits into.
    test.payout("984000.00").await;
    test.link("999.00").await;
    assert_eq!(refusal(make(link_input("999.00")).await).0, Rule::InsufficientFunds);
    let euros = LinkInput { wallet_id: Some(EUR.to_string()), ..link_input("10.00") };
    assert_eq!(refusal(make(euros).await).0, Rule::CurrencyMismatch);
    let soon = LinkInput { expire_by: Some("2026-01-15T10:44:00Z".into()), ..link_input("0.01") };
    assert_eq!(refusal(make(soon).await).0, Rule::ExpiryTooSoon);
    let nobody = LinkInput { contact_name: None, ..link_input("1.00") };
    assert!(matches!(make(nobody).await, Err(Error::Validation(fields)) if fields[0].field == "contact_name"));
    let unsent = LinkInput { send_sms: true, ..link_input("1.00") };
    assert!(matches!(make(unsent).await, Err(Error::Validation(fields)) if fields[0].field == "contact_phone"));
    assert!(matches!(links::create(&test.desk, &test.viewer, &link_input("1.00"), None).await, Err(Error::Forbidden)));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_or_request_id_makes_no_second_link() {
    let test = desk().await;
    let input = LinkInput { request_id: Some("rent-1".into()), ..link_input("10.00") };
    let create = |key| links::create(&test.desk, &test.operator, &input, key);
    let results = join_all((0..32).map(|_| create(Some("the-same-key")))).await;
    let first = results[0].as_ref().unwrap().value.clone();
    assert!(results.iter().all(|answered| answered.as_ref().unwrap().value.link.id == first.link.id));
    let secret = |record| links::address(&test.desk, record).unwrap();
    assert!(results.iter().all(|answered| secret(&answered.as_ref().unwrap().value.link) == secret(&first.link)));
    assert_eq!(create(None).await.unwrap().value.link.id, first.link.id);
    let other = LinkInput { amount: Some("11.00".into()), ..input.clone() };
    let other = links::create(&test.desk, &test.operator, &other, None).await;
    assert_eq!(refusal(other).0, Rule::RequestIdTaken);
    assert_eq!(test.int("SELECT COUNT(*) FROM payout_links").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM idempotency_keys WHERE outcome LIKE '%v1.%'").await, 0);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replacing_and_declining_keep_the_books() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let old = test.link("100.00").await;
    let secret = test.secret(&old);
    let next = links::replace(&test.desk, &test.operator, old.link.id, Some("typo"), None, None).await.unwrap().value;
    assert_eq!(test.balances(USD).await.1, 10_150);
    let dead = links::by_token(&test.desk, &secret).await.unwrap();
    assert_eq!(dead.record.link.close_reason, Some(CloseReason::Replaced));
    assert_ne!(test.secret(&next), secret);
    links::decline(&test.desk, &visit(), &test.secret(&next), Some("not me")).await.unwrap();
    let link = test.get_link(next.link.id).await.link;
    assert_eq!((link.close_reason, link.cancel_reason.as_deref()), (Some(CloseReason::Declined), Some("not me")));
    assert_eq!(test.balances(USD).await, before);
    assert!(matches!(links::by_token(&test.desk, "unknown").await, Err(Error::NotFound(_))));
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_the_payout_of_a_link_opens_it_again() {
    let test = desk().await;
    let before = test.balances(USD).await;
    let made = test.link("100.00").await;
    let claimed = links::claim(&test.desk, &visit(), &test.secret(&made), &claim_input(GOOD), None).await.unwrap();
    let payout = claimed.link.payout_id.unwrap();
    payouts::cancel(&test.desk, &test.operator, payout, None, None, None).await.unwrap();
    let link = test.get_link(made.link.id).await.link;
    assert_eq!((link.state, link.attempt_count, link.failure_count), (LinkState::Issued, 1, 0));
    test.verify().await;
    let shown = links::show(&test.desk, &test.operator, made.link.id).await.unwrap();
    let kinds: Vec<_> = shown.detail.ledger.iter().map(|entry| entry.transaction.kind.name()).collect();
    assert_eq!(kinds, ["LINK_HOLD", "LINK_RELEASE", "PAYOUT", "PAYOUT_REFUND", "LINK_HOLD"]);
    assert_eq!((shown.detail.attempts.len(), shown.acts.cancel.unwrap().release.minor), (1, 10_150));
    links::cancel(&test.desk, &test.operator, made.link.id, LinkPolicy::DESK, None, None, None).await.unwrap();
    assert_eq!(test.balances(USD).await, before);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_kept_once_paid_when_the_link_says_so() {
    let test = desk().await;
    let input = LinkInput { save_payee: true, ..link_input("10.00") };
    for _ in 0..2 {
        let made = links::create(&test.desk, &test.operator, &input, None).await.unwrap().value;
        links::claim(&test.desk, &visit(), &test.secret(&made), &claim_input(GOOD), None).await.unwrap();
        test.run_jobs(60).await;
    }
    assert_eq!(test.int("SELECT COUNT(*) FROM payees WHERE saved_at IS NOT NULL").await, 1);
    assert_eq!(test.int("SELECT COUNT(*) FROM payees").await, 1);
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_what_the_filter_matches_and_no_address() {
    use futures_util::TryStreamExt;
    use paydesk::service::link_exports;
    use paydesk::service::link_list::LinkQuery;

    let test = desk().await;
    let (kept, gone) = (test.link("10.00").await, test.link("20.00").await);
    links::cancel(&test.desk, &test.operator, gone.link.id, LinkPolicy::DESK, None, None, None).await.unwrap();
    let query = LinkQuery { status: "issued".into(), ..LinkQuery::default() };
    let export = link_exports::links(&test.desk, &test.viewer, &query, chrono_tz::Tz::UTC).await.unwrap();
    let text = String::from_utf8(export.try_collect::<Vec<_>>().await.unwrap().concat()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains(&format!("{},", kept.link.id)) && text.contains(",USD,10.00,0.15,10.15,"), "{text}");
    assert!(!text.contains(&test.secret(&kept)));
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_look_like_one_made_just_before_are_pointed_out() {
    let test = desk().await;
    let first = test.payout("10.00").await.payout;
    let other_amount = test.payout("10.01").await.payout;
    let second = test.payout("10.00").await.payout;
    let of = async |payout| duplicates::of_payout(&test.desk, &test.operator, payout).await.unwrap();
    assert_eq!(of(&second).await, [duplicates::Duplicate::Payout(first.id)]);
    assert_eq!(of(&other_amount).await, []);
    payouts::cancel(&test.desk, &test.operator, first.id, None, None, None).await.unwrap();
    assert_eq!(of(&second).await, []);

    let of = async |link| duplicates::of_link(&test.desk, &test.operator, link).await.unwrap();
    let (first, second) = (test.link("10.00").await.link, test.link("10.00").await.link);
    assert_eq!(of(&second).await, [duplicates::Duplicate::Link(first.id)]);
    let theirs = LinkInput { wallet_id: Some(OTHER_USD.to_string()), ..link_input("10.00") };
    let theirs = links::create(&test.desk, &test.operator, &theirs, None).await.unwrap().value.link;
    assert_eq!(of(&theirs).await, [], "another client's links are nobody's business");
    test.clock.advance(8 * 24 * 3_600 * SECOND);
    let late = LinkInput { expire_by: None, ..link_input("10.00") };
    let late = links::create(&test.desk, &test.operator, &late, None).await.unwrap().value.link;
    assert_eq!(of(&late).await, []);
    let again = input("later", USD, "USD", "10.00");
    let again = payouts::create(&test.desk, &test.operator, &again, None).await.unwrap().value.payout;
    assert_eq!(duplicates::of_payout(&test.desk, &test.operator, &again).await.unwrap(), []);
}
