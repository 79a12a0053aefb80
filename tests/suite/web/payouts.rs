//! Payouts by page: making one after a refusal, and what a search finds or refuses.

use crate::support::app::{USD, input, spawn};

#[tokio::test(flavor = "multi_thread")]
async fn a_payout_whose_reference_was_taken_is_made_once_it_has_another() {
    let app = spawn().await;
    let taken = app.test.payout("10").await.payout.reference_id;
    let olga = app.person("olga@example.com").await;
    let form = |reference: &str, key: &str| {
        [
            ("wallet", "1"),
            ("amount", "25.00"),
            ("reference", reference),
            ("to", "new"),
            ("first_name", "John"),
            ("last_name", "Doe"),
            ("email", "john.doe@example.com"),
            ("country", "US"),
            ("confirmed", "yes"),
            ("idempotency_key", key),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let first = olga.get("/payouts/new").await.field("idempotency_key").expect("a key");
    let sent = form(&taken, &first);
    let fields: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = olga.post("/payouts", &fields).await;
    assert_eq!(refused.status, 409, "{}", refused.main());
    let second = refused.field("idempotency_key").expect("a key");
    assert_ne!(first, second);
    let sent = form("ANOTHER", &second);
    let fields: Vec<_> = sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let made = olga.post("/payouts", &fields).await;
    assert_eq!(made.status, 303, "{}", made.main());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_by_the_start_of_a_reference_or_payee_and_refuses_too_many_ids() {
    let app = spawn().await;
    for reference in ["SEARCH_1", "SEARCH_2", "OTHER_1"] {
        let input = input(reference, USD, "USD", "10");
        paydesk::service::payouts::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a payout");
    }
    let olga = app.person("olga@example.com").await;
    for (search, found) in [("SEARCH", 2), ("john", 3), ("doe", 3), ("SEARCH_1,OTHER_1", 2), ("nobody", 0)] {
        let csv = olga.get(&format!("/payouts/export.csv?q={search}")).await;
        assert_eq!(csv.text.lines().count() - 1, found, "{search}: {}", csv.text);
        let page = olga.get(&format!("/payouts?q={search}")).await;
        assert_eq!(page.text.matches("href=\"/payouts/pyt_").count() > 0, found > 0, "{search}");
    }
    for (client, wallet, currency, found) in
        [("1", "1", "", 3), ("2", "1", "", 0), ("", "1", "EUR", 0), ("1", "", "USD", 3), ("1", "", "JPY", 0)]
    {
        let path = format!("/payouts/export.csv?client={client}&wallet={wallet}&currency={currency}");
        let csv = olga.get(&path).await;
        assert_eq!(csv.text.lines().count() - 1, found, "{path}: {}", csv.text);
    }
    let many = |count: usize| format!("/payouts?q={}", vec!["A"; count].join(","));
    assert_eq!(olga.get(&many(1_000)).await.status, 200);
    let refused = olga.get(&many(1_001)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.main().contains("at most 1,000"), "{}", refused.main());
}
