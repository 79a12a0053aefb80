//! Lists of payees and reversals: filters and counts.

use std::time::Duration;

use paydesk::service::links::{self, LinkInput};
use paydesk::service::payees;
use paydesk::service::payouts::{PayeeFields, PayeeInput};
use paydesk::service::reversals::{self, ReversalInput};

use crate::support::app::{TestApp, link_input, spawn};

async fn save(app: &TestApp, client: &str, first_name: &str) {
    let input = PayeeInput {
        email: Some(format!("{}@example.com", first_name.to_lowercase())),
        first_name: Some(first_name.into()),
        last_name: Some("Payee".into()),
        country: Some("US".into()),
        ..PayeeInput::default()
    };
    payees::create(&app.test.desk, &app.test.operator, Some(client), &input, PayeeFields::OWN, None)
        .await
        .expect("a payee");
}

#[tokio::test(flavor = "multi_thread")]
async fn payees_are_listed_by_client_and_by_the_start_of_a_name() {
    let app = spawn().await;
    save(&app, "1", "Pat").await;
    save(&app, "1", "Robin").await;
    save(&app, "2", "Paula").await;
    let vera = app.person("vera@example.com").await;
    for (query, expected) in [
        ("", &["Paula Payee", "Robin Payee", "Pat Payee"][..]),
        ("client=1", &["Robin Payee", "Pat Payee"]),
        ("client=2", &["Paula Payee"]),
        ("client=1&q=pa", &["Robin Payee", "Pat Payee"]),
        ("client=1&q=pat", &["Pat Payee"]),
        ("client=2&q=pat", &[]),
        ("client=77", &[]),
        ("client=x", &[]),
    ] {
        let page = vera.get(&format!("/payees?{query}")).await;
        assert_eq!(page.status, 200);
        let names: Vec<&str> = page
            .text
            .split("<a class=\"cell-main\" href=\"/payees/ben_")
            .skip(1)
            .map(|rest| rest.split(['>', '<']).nth(1).expect("a name"))
            .collect();
        assert_eq!(names, expected, "{query}");
    }
    let page = vera.get("/payees?client=2&q=pa").await;
    assert!(page.main().contains("Client: Brightwater Logistics"), "{}", page.main());
    assert!(page.text.contains("href=\"/payees?q=pa\""), "one filter is removed, the other stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn reversals_are_counted_on_their_tabs() {
    let app = spawn().await;
    let part = ReversalInput { amount: Some("1.00".into()), reason: Some("agreed".into()), ..ReversalInput::default() };
    let [back, refused] = [app.test.completed("50.00").await, app.test.completed("90.48").await].map(|r| r.payout.id);
    for id in [back, back, refused] {
        reversals::reverse(&app.test.desk, &app.test.operator, id, &part, None, None, Duration::ZERO).await.unwrap();
        app.test.run_jobs(2).await;
    }
    reversals::reverse(&app.test.desk, &app.test.operator, back, &part, None, None, Duration::ZERO).await.unwrap();
    let vera = app.person("vera@example.com").await;
    let said = vera.get("/reversals").await.main();
    assert!(said.contains("All 4 Asked for 1 Money is back 2 Refused 1"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_found_by_its_phone_as_it_is_shown_or_typed() {
    let app = spawn().await;
    let input = LinkInput { contact_phone: Some("+1 202 555 0136".into()), ..link_input("10.00") };
    links::create(&app.test.desk, &app.test.operator, &input, None).await.expect("a link");
    app.test.link("10.00").await;
    let vera = app.person("vera@example.com").await;
    for (typed, found) in
        [("%2B1%20202%20555%200136", 1), ("%2B12025550136", 1), ("1-202-555", 1), ("12025550137", 0), ("%2B", 0)]
    {
        let page = vera.get(&format!("/payout-links?q={typed}")).await;
        assert_eq!(page.text.matches("class=\"cell-main\" href=\"/payout-links/").count(), found, "{typed}");
    }
}
