//! A wallet's statement: what it says, how it is filtered, and its file.

use paydesk::service::payouts;
use paydesk::service::top_ups::{self, TopUpInput};

use crate::support::api::Answer;
use crate::support::app::{SECOND, TestApp, USD, spawn};
use crate::support::person::Person;

const DAY: i64 = 24 * 3_600 * SECOND;

/// One payout that is cancelled on 15 January, one that is paid two days later, and a top-up two days after that.
async fn history(app: &TestApp) -> (String, String) {
    let cancelled = app.test.payout("100.00").await.payout;
    payouts::cancel(&app.test.desk, &app.test.operator, cancelled.id, None, None, None).await.expect("a refund");
    app.test.clock.advance(2 * DAY);
    let paid = app.test.completed("50.00").await.payout;
    app.test.clock.advance(2 * DAY);
    let input = TopUpInput { amount: "7.00".into(), reference: "=TRF 1".into() };
    top_ups::create(&app.test.desk, &app.test.admin, USD, &input, Some("key-of-top-up-1")).await.expect("a top-up");
    (cancelled.reference_id, paid.reference_id)
}

/// The kinds in a file, newest first.
fn kinds(csv: &Answer) -> Vec<String> {
    assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", csv.text);
    csv.text.lines().skip(1).map(|line| line.split(',').nth(3).expect("a kind").to_owned()).collect()
}

/// How many lines a page of the statement has.
fn lines(page: &Answer) -> usize {
    page.text.matches("data-label=\"Held after\"").count()
}

async fn both(person: &Person, query: &str) -> (Vec<String>, usize) {
    let csv = person.get(&format!("/wallets/1/statement.csv?{query}")).await;
    let page = person.get(&format!("/wallets/1?{query}")).await;
    assert_eq!(page.status, 200);
    (kinds(&csv), lines(&page))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_has_exactly_the_lines_of_the_filtered_statement() {
    let app = spawn().await;
    history(&app).await;
    let olga = app.person("olga@example.com").await;
    let all = ["FUNDING", "PAYOUT_SETTLED", "PAYOUT", "PAYOUT_REFUND", "PAYOUT", "FUNDING"];
    for (query, expected) in [
        ("", &all[..]),
        ("kind=PAYOUT_REFUND", &["PAYOUT_REFUND"]),
        ("kind=PAYOUT", &["PAYOUT", "PAYOUT"]),
        ("kind=ADJUSTMENT", &[]),
        ("from=2026-01-15&to=2026-01-15", &["PAYOUT_REFUND", "PAYOUT", "FUNDING"]),
        ("from=2026-01-16", &["FUNDING", "PAYOUT_SETTLED", "PAYOUT"]),
        ("from=2026-01-17&to=2026-01-18", &["PAYOUT_SETTLED", "PAYOUT"]),
        ("from=2026-01-16&kind=PAYOUT", &["PAYOUT"]),
        ("to=2026-01-16&kind=FUNDING", &["FUNDING"]),
        ("to=2026-01-14", &[]),
        ("from=2026-01-20", &[]),
        ("from=2026-02-20", &[]),
        ("from=0001-01-01&to=0001-01-02", &[]),
    ] {
        let (file, shown) = both(&olga, query).await;
        assert_eq!(file, expected, "{query}");
        assert_eq!(shown, expected.len(), "{query}");
    }
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_names_its_payout_and_a_top_up_who_booked_it() {
    let app = spawn().await;
    let (cancelled, _) = history(&app).await;
    let vera = app.person("vera@example.com").await;
    let refunds = vera.get("/wallets/1?kind=PAYOUT_REFUND").await.main();
    assert!(refunds.contains(&cancelled), "{refunds}");
    let csv = vera.get("/wallets/1/statement.csv?kind=PAYOUT_REFUND").await.text;
    let row = csv.lines().nth(1).expect("a row");
    assert!(row.contains(&format!(",{cancelled},Refund of cancelled payout,Main USD,1,USD,101.50,-101.50,")), "{row}");
    // A text that a spreadsheet would run is none in the file.
    let csv = vera.get("/wallets/1/statement.csv?kind=FUNDING").await.text;
    assert!(csv.contains(",'=TRF 1,"), "{csv}");
    let entry = csv.lines().nth(1).and_then(|line| line.split(',').next()).expect("a number");
    let record = vera.get(&format!("/wallets/1/top-ups/{entry}")).await.main();
    assert!(record.contains("Booked by Anna Admin"), "{record}");
    let first = app.test.int("SELECT MIN(number) FROM ledger_transactions WHERE kind = 'FUNDING'").await;
    let record = vera.get(&format!("/wallets/1/top-ups/{first}")).await.main();
    assert!(record.contains("Booked by Paydesk"), "{record}");
    let exports = "SELECT COUNT(*) FROM audit_log WHERE action = 'wallet.export' AND actor_name = 'Vera Viewer'";
    assert_eq!(app.test.int(exports).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_filter_that_cannot_be_read_is_told_at_its_field() {
    let app = spawn().await;
    let vera = app.person("vera@example.com").await;
    for (query, said) in [
        ("kind=GIFT", "Kind must be one of the kinds of entries"),
        ("from=yesterday", "From must be a day such as 2026-01-15"),
        ("to=2026-13-01", "To must be a day such as 2026-01-15"),
    ] {
        let page = vera.get(&format!("/wallets/1?{query}")).await;
        assert_eq!(page.status, 422, "{query}");
        assert!(page.main().contains(said), "{}", page.main());
        assert_eq!(vera.get(&format!("/wallets/1/statement.csv?{query}")).await.status, 422, "{query}");
    }
    assert_eq!(vera.get("/wallets/99/statement.csv").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_of_a_filtered_statement_keeps_the_filter() {
    let app = spawn().await;
    for _ in 0..52 {
        app.test.payout("1.00").await;
    }
    let vera = app.person("vera@example.com").await;
    let page = vera.get("/wallets/1?kind=PAYOUT&from=2026-01-15").await;
    assert_eq!(lines(&page), 50);
    let next = page.text.split("href=\"").find(|rest| rest.contains("before=")).expect("a next page");
    let next = next.split('"').next().expect("an address").replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.starts_with("/wallets/1?kind=PAYOUT&from=2026-01-15&before="), "{next}");
    assert_eq!(lines(&vera.get(&next).await), 2);
}
