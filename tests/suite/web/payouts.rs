//! Payouts by page: making one after a refusal, and what a search finds or refuses.

use paydesk::domain::books::Books;
use paydesk::domain::ids::{ClientId, Mint};
use paydesk::domain::payee::PayeeDetails;
use paydesk::store::bulk;

use crate::support::app::{NOW, TestApp, USD, input, spawn};

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
async fn a_payout_that_is_asked_for_twice_is_told_to_be_there_already() {
    let app = spawn().await;
    let olga = app.person("olga@example.com").await;
    let before = app.test.balances(1).await;
    let mut made = Vec::new();
    // The form, the same form again, and the same reference and data in another form.
    for (key, words) in [("key-1", "Payout of USD 25.00 made"), ("key-1", "already"), ("key-2", "already")] {
        let fields = [
            ("wallet", "1"),
            ("amount", "25.00"),
            ("reference", "TWICE"),
            ("to", "new"),
            ("first_name", "John"),
            ("last_name", "Doe"),
            ("email", "john.doe@example.com"),
            ("country", "US"),
            ("confirmed", "yes"),
            ("idempotency_key", key),
        ];
        let sent = olga.post("/payouts", &fields).await;
        assert_eq!(sent.status, 303, "{}", sent.main());
        let page = olga.get(sent.location()).await.text;
        assert!(page.contains(words), "{words} is missing");
        let again = words == "already";
        assert_eq!(page.contains("had been made already"), again, "{key}");
        assert_eq!(page.contains("nothing was debited again"), again, "{key}");
        assert_eq!(page.contains("Payout of USD 25.00 made"), !again, "{key}");
        made.push((sent.location().to_owned(), app.test.balances(1).await));
    }
    assert!(made.iter().all(|one| *one == made[0]), "{made:?}");
    assert_ne!(made[0].1, before);
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

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_matches_more_than_500_payees_has_to_be_narrowed() {
    let app = spawn().await;
    let client = app.test.payout("10.00").await.payout.client_id;
    many_payees(&app, client, 500).await;
    let vera = app.person("vera@example.com").await;
    assert_eq!(vera.get("/payouts?q=many").await.status, 200, "500 are not too many");
    many_payees(&app, client, 1).await;
    for path in ["/payouts?q=many", "/payouts/export.csv?q=many"] {
        let refused = vera.get(path).await;
        assert_eq!(refused.status, 422, "{path}");
        let words = "matches more than 500 payees: narrow the search by typing more";
        assert!(refused.main().contains(words), "{}", refused.main());
    }
    app.api().get("/payouts?search=many").await.refuses_member("search matches more than 500 payees");
    assert_eq!(vera.get("/payouts?q=many1").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_matches_more_than_10_000_payouts_has_to_be_narrowed() {
    let app = spawn().await;
    many_payouts(&app, 1, 10_000).await;
    let vera = app.person("vera@example.com").await;
    let found = vera.get("/payouts?q=COPY_").await;
    assert_eq!(found.status, 200, "{}", found.main());
    many_payouts(&app, 10_001, 10_001).await;
    let refused = vera.get("/payouts?q=COPY_").await;
    assert_eq!(refused.status, 422);
    let words = "matches more than 10,000 payouts: narrow the search by typing more";
    assert!(refused.main().contains(words), "{}", refused.main());
    assert_eq!(vera.get("/payouts?q=COPY_1").await.status, 200);
}

/// Saves payees whose first name starts with `Many`.
async fn many_payees(app: &TestApp, client_id: ClientId, count: usize) {
    app.test
        .desk
        .store
        .write(move |tx| {
            Box::pin(async move {
                let mut mint = Mint::new(rand::random::<u64>);
                mint.turn_to(NOW);
                let mut books = Books::default();
                books.changes.new_payees = (0..count)
                    .map(|number| {
                        let details = PayeeDetails {
                            email: Some(format!("{number}@example.com")),
                            first_name: format!("Many{number}"),
                            last_name: "Payee".into(),
                            fingerprint: format!("{:032x}", rand::random::<u128>()),
                            ..PayeeDetails::default()
                        };
                        details.into_payee(client_id, &mut mint)
                    })
                    .collect();
                bulk::write_books(tx, &books).await
            })
        })
        .await
        .expect("payees");
}

/// Copies of a payout with the references `COPY_` and a number from `first` to `last`. They have no ledger.
async fn many_payouts(app: &TestApp, first: i64, last: i64) {
    app.test.payout("10.00").await;
    let sql = "WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $2) INSERT \
               INTO payouts (id, client_id, wallet_id, payee_id, reference_id, origin, state, amount_minor, \
               fees_minor, currency, destination_minor, destination_currency, reversed_minor, reversed_source_minor, \
               reversed_done_minor, rail, maker_staff_id, version) SELECT SUBSTR(p.id, 1, 22) || CAST(10000000 + n.i \
               AS TEXT), p.client_id, p.wallet_id, p.payee_id, 'COPY_' || CAST(n.i AS TEXT), p.origin, 'queued', \
               p.amount_minor, p.fees_minor, p.currency, p.destination_minor, p.destination_currency, 0, 0, 0, p.rail, \
               p.maker_staff_id, 1 FROM n JOIN payouts p ON p.id = (SELECT MAX(id) FROM payouts WHERE reference_id LIKE \
               'TEST%')";
    let written = app
        .test
        .desk
        .store
        .write(move |tx| Box::pin(async move { tx.execute(sql, &[first.into(), last.into()]).await }));
    assert_eq!(written.await.expect("payouts"), (last - first + 1).unsigned_abs());
}
