//! Quotes and their payouts across currencies.

use paydesk::domain::freeze::Scope;
use paydesk::domain::ids::{PayeeId, PayoutId};
use paydesk::domain::payout::{Origin, Rule};
use paydesk::error::Error;
use paydesk::keys::Keys;
use paydesk::service::idempotency::Given;
use paydesk::service::payout_quotes;
use serde_json::{Value, json};

use super::{App, MassPay, refuses, says, spawn, user_token, wallet_token, with_jobs};
use crate::freezes::{freeze, lift};
use crate::support::api::{Answer, send};
use crate::support::app::{EUR, JPY, KWD, SECOND, USD};

/// Who is paid, and from where.
struct Ground {
    app: App,
    masspay: MassPay,
    user: String,
    /// Where the user is paid.
    destination: String,
}

impl Ground {
    async fn new() -> Ground {
        let app = spawn().await;
        let masspay = MassPay::of(&app);
        let record = app.test.payout("1.00").await;
        let destination = record.payout.payee_id.token("dst_");
        let user = user_token(&record);
        Ground { app, masspay, user, destination }
    }

    async fn source(&self, wallet: i64) -> String {
        let wallet = paydesk::service::wallets::get(&self.app.test.desk, &self.app.test.admin, wallet).await;
        wallet_token(wallet.unwrap().id)
    }

    /// The members of a request from the wallet with its currency.
    async fn body(&self, wallet: i64, from: &str, to: &str, more: Value) -> Value {
        let mut body = json!({"source_token": self.source(wallet).await, "destination_token": self.destination,
                              "source_currency_code": from, "destination_currency_code": to});
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body
    }

    async fn quote(&self, wallet: i64, from: &str, to: &str, more: Value) -> Answer {
        let body = self.body(wallet, from, to, more).await;
        self.masspay.post(&format!("/payout/{}", self.user), body).await
    }

    fn path(&self, quote: &Answer) -> String {
        format!("/payout/{}/{}", self.user, quote.member("payout_token").as_str().unwrap())
    }

    /// Commits it and lets it be paid.
    async fn paid(&self, quote: &Answer) -> String {
        let path = self.path(quote);
        let committed = self.masspay.put(&path).await;
        assert_eq!((committed.status, committed.member("status")), (200, json!("success")), "{}", committed.text);
        self.app.test.run_jobs(60).await;
        assert_eq!(self.masspay.get(&path).await.member("status"), "COMPLETED");
        path
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_tells_everything_and_its_payout_takes_its_token() {
    let ground = Ground::new().await;
    let before = ground.app.test.balances(USD).await;
    let more = json!({"source_amount": 100, "client_transfer_id": "t-1", "metadata": {"order": 7},
                      "attr_set_token": "attr_set_1", "notify_user": false});
    let quote = ground.quote(USD, "USD", "MXN", more).await;
    let token = quote.member("payout_token");
    let expected = json!({
        "payout_token": token, "client_transfer_id": "t-1", "source_currency_code": "USD",
        "destination_currency_code": "MXN", "source_token": ground.source(USD).await,
        "destination_token": ground.destination, "destination_amount": 1705.0, "source_amount": 100.0,
        "attr_set_token": "attr_set_1", "exchange_rate": 17.05, "fee": 1.5,
        "expiration": "2026-01-15T10:32:00.000Z", "pickup_code": "", "status": "PENDING", "payer_name": "Sandbox",
        "delivery_type": "BANK_DEPOSIT", "country_code": "USA", "estimated_availability": "2026-01-16T10:30:00.000Z",
        "metadata": {"order": 7}, "reversible_amount": 0.0,
    });
    let mut told = quote.json();
    // Ids of one transaction follow each other by a microsecond; the hours are those of the clock.
    told["estimated_availability"] = json!(told["estimated_availability"].as_str().unwrap());
    assert_eq!((quote.status, told), (201, expected));
    assert_eq!(ground.app.test.balances(USD).await, before, "a quote sets nothing aside");
    let path = ground.path(&quote);
    assert_eq!(ground.masspay.get(&path).await.text, quote.text);
    let list = ground.masspay.get(&format!("/payout/{}", ground.user)).await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    let committed = ground.masspay.put(&path).await;
    assert_eq!((committed.status, committed.json()), (200, json!({"payout_token": token, "status": "success"})));
    assert_eq!(ground.app.test.balances(USD).await, (before.0 - 10_150, before.1 + 10_150));
    assert_eq!(ground.masspay.put(&path).await.text, committed.text, "committed once, told twice");
    let open = ground.masspay.get(&path).await;
    assert_eq!((open.member("status"), open.member("destination_amount")), (json!("PENDING"), json!(1705.0)));
    ground.app.test.run_jobs(60).await;
    let paid = ground.masspay.get(&path).await;
    for member in
        ["payout_token", "client_transfer_id", "exchange_rate", "fee", "expiration", "attr_set_token", "metadata"]
    {
        assert_eq!(paid.member(member), quote.member(member), "{member}");
    }
    assert_eq!((paid.member("status"), paid.member("reversible_amount")), (json!("COMPLETED"), json!(1705.0)));
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_is_told_that_it_is_paid_when_that_is_wished() {
    let ground = Ground::new().await;
    for (notify, told) in [(false, 0), (true, 1)] {
        let quote = ground.quote(USD, "USD", "MXN", json!({"source_amount": 10, "notify_user": notify})).await;
        ground.paid(&quote).await;
        let sql = "SELECT COUNT(*) FROM messages WHERE kind = 'payout_notice' AND data LIKE '%17050%' AND data LIKE \
                   '%Larkfield%'";
        assert_eq!(ground.app.test.int(sql).await, told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_parts_across_currencies_bring_back_exactly_what_was_paid() {
    let ground = Ground::new().await;
    for (wallet, from, to, amount, parts) in [
        (USD, "USD", "MXN", "10.01", ["33.33", "100.01"]),
        (JPY, "JPY", "KWD", "1000", ["0.001", "1.111"]),
        (KWD, "KWD", "JPY", "1.003", ["1", "300"]),
    ] {
        let (before, _) = ground.app.test.balances(wallet).await;
        let source: Value = serde_json::from_str(amount).unwrap();
        let quote = ground.quote(wallet, from, to, json!({"source_amount": source})).await;
        assert_eq!(quote.status, 201, "{}", quote.text);
        let path = ground.paid(&quote).await;
        let fee = quote.member("fee");
        for part in parts {
            let part: Value = serde_json::from_str(part).unwrap();
            let done =
                with_jobs(&ground.app, ground.masspay.post(&format!("{path}/reversal"), json!({"amount": part}))).await;
            assert_eq!((done.status, done.member("amount")), (201, part), "{}", done.text);
            assert_eq!(done.member("destination_currency_code"), to);
        }
        let rest = with_jobs(&ground.app, ground.masspay.post(&format!("{path}/reversal"), json!({}))).await;
        assert_eq!((rest.status, rest.member("reversible_amount").as_f64()), (201, Some(0.0)));
        let (after, held) = ground.app.test.balances(wallet).await;
        let id = PayoutId::from_token("payout_", quote.member("payout_token").as_str().unwrap()).unwrap();
        let payout = ground.app.test.get(id).await.payout;
        assert_eq!(
            (payout.reversed_source_minor, payout.reversed_done_minor),
            (payout.amount_minor, payout.destination_minor)
        );
        assert_eq!(before - after, payout.fees_minor, "only the fee of {fee} is gone");
        assert!(held == 0 || wallet == USD);
    }
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_amount_is_rounded_so_that_nobody_is_short() {
    let ground = Ground::new().await;
    for (wallet, from, to, more, source, destination) in [
        (USD, "USD", "MXN", json!({"destination_amount": 100}), json!(5.87), json!(100.0)),
        (USD, "USD", "JPY", json!({"source_amount": 0.99}), json!(0.99), json!(148)),
        (EUR, "EUR", "EUR", json!({"destination_amount": 7.5}), json!(7.5), json!(7.5)),
        (JPY, "JPY", "KWD", json!({"destination_amount": 0.001}), json!(1), json!(0.001)),
        (USD, "USD", "MXN", json!({"source_amount": 10.0, "limit": 1}), json!(10.0), json!(170.5)),
    ] {
        let quote = ground.quote(wallet, from, to, more).await;
        assert_eq!(
            (quote.member("source_amount"), quote.member("destination_amount")),
            (source, destination),
            "{}",
            quote.text
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_lowers_the_amount_until_it_fits_with_its_fee() {
    let ground = Ground::new().await;
    let body = ground.body(USD, "USD", "MXN", json!({"source_amount": 200})).await;
    let at = |limit: &str| format!("/payout/{}?limit={limit}&dry_run=false", ground.user);
    let capped = ground.masspay.post(&at("101.50"), body.clone()).await;
    assert_eq!((capped.member("source_amount"), capped.member("fee")), (json!(100.0), json!(1.5)), "{}", capped.text);
    assert_eq!(capped.member("destination_amount"), json!(1705.0));
    let free = ground.masspay.post(&at("203"), body.clone()).await;
    assert_eq!(free.member("source_amount"), json!(200.0));
    let nothing = ground.masspay.post(&at("0.00"), body.clone()).await;
    refuses(&nothing, "validation_failed", "limit must be more than 0.");
    let words = ground.masspay.post(&at("much"), body).await;
    assert_eq!(words.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_little_money_and_a_used_id_are_told_in_place_of_a_token() {
    let ground = Ground::new().await;
    let poor = ground.quote(USD, "USD", "MXN", json!({"source_amount": 1_000_000})).await;
    assert_eq!((poor.status, poor.member("payout_token"), poor.member("fee")), (201, json!("NSF"), json!(15_000.0)));
    assert_eq!(poor.member("status"), "ERROR");
    let at_once = json!({"source_amount": 1_000_000, "auto_commit": true});
    let poor = ground.quote(USD, "USD", "USD", at_once).await;
    assert_eq!((poor.status, poor.member("payout_token"), poor.member("status")), (201, json!("NSF"), json!("nsf")));
    let named = json!({"source_amount": 5, "client_transfer_id": "t"});
    let first = ground.quote(USD, "USD", "MXN", named.clone()).await;
    // An open quote holds the id, then its payout does.
    for _ in 0..2 {
        let again = ground.quote(USD, "USD", "MXN", named.clone()).await;
        assert_eq!((again.status, again.member("payout_token")), (201, json!("DUPLICATE")));
        ground.masspay.put(&ground.path(&first)).await;
        ground.app.test.clock.advance(180 * SECOND);
    }
    let other = MassPay::at(&ground.app.base_url, Some(&ground.app.other_key));
    says(&other.post(&format!("/payout/{}", ground.user), json!({})).await, 404, "Not found.");
    // A quote that ran out lets go of the id.
    let named = json!({"source_amount": 5, "client_transfer_id": "u"});
    ground.quote(USD, "USD", "MXN", named.clone()).await;
    ground.app.test.clock.advance(121 * SECOND);
    let fresh = ground.quote(USD, "USD", "MXN", named).await;
    assert!(fresh.member("payout_token").as_str().unwrap().starts_with("payout_"));
    assert_eq!(ground.app.test.int("SELECT COUNT(*) FROM payouts WHERE origin = 'masspay'").await, 1);
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_ran_out_or_cannot_be_paid_any_more_says_so() {
    let ground = Ground::new().await;
    let quote = ground.quote(USD, "USD", "MXN", json!({"source_amount": 5})).await;
    let path = ground.path(&quote);
    ground.app.test.clock.advance(119 * SECOND);
    let late = ground.quote(USD, "USD", "MXN", json!({"source_amount": 5})).await;
    assert_eq!(ground.masspay.put(&ground.path(&late)).await.member("status"), "success");
    ground.app.test.clock.advance(SECOND);
    let keyed = || send(ground.masspay.request("PUT", &path).header("Idempotency-Key", "late"));
    let over = keyed().await;
    assert_eq!((over.status, over.member("status")), (200, json!("ex_rate_expired")));
    assert!(over.member("errors").is_string());
    assert_eq!(keyed().await.text, over.text);
    assert_eq!(ground.masspay.get(&path).await.member("status"), "CANCELLED");
    // The money goes elsewhere in between.
    let all = ground.quote(EUR, "EUR", "EUR", json!({"source_amount": 800_000})).await;
    let most = ground.quote(EUR, "EUR", "EUR", json!({"source_amount": 700_000})).await;
    assert_eq!(ground.masspay.put(&ground.path(&all)).await.member("status"), "success");
    assert_eq!(ground.masspay.get(&ground.path(&all)).await.member("status"), "HOLD", "above the limit");
    let nsf = ground.masspay.put(&ground.path(&most)).await;
    assert_eq!((nsf.status, nsf.member("status")), (200, json!("nsf")));
    // After thirty days the job forgets it, and it is unknown.
    ground.app.test.clock.advance(31 * 24 * 3600 * SECOND);
    paydesk::jobs::clean_up(&ground.app.test.desk).await;
    says(&ground.masspay.put(&path).await, 404, "Not found.");
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_who_commit_at_the_same_moment_make_one_payout() {
    let ground = Ground::new().await;
    let before = ground.app.test.balances(USD).await;
    let quote = ground.quote(USD, "USD", "MXN", json!({"source_amount": 100})).await;
    let path = ground.path(&quote);
    let tries: Vec<_> = (0..32)
        .map(|number| {
            let (masspay, path) = (ground.masspay.clone(), path.clone());
            let key = format!("k-{}", number % 3);
            tokio::spawn(async move { send(masspay.request("PUT", &path).header("Idempotency-Key", key)).await })
        })
        .collect();
    for one in tries {
        let answer = one.await.unwrap();
        assert_eq!((answer.status, answer.member("status")), (200, json!("success")));
    }
    assert_eq!(ground.app.test.balances(USD).await, (before.0 - 10_150, before.1 + 10_150));
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_with_the_same_key_or_the_same_id_make_one_payout() {
    let ground = Ground::new().await;
    let body = ground.body(USD, "USD", "USD", json!({"source_amount": 5, "auto_commit": true})).await;
    let named = ground
        .body(USD, "USD", "USD", json!({"source_amount": 5, "auto_commit": true, "client_transfer_id": "t"}))
        .await;
    let path = format!("/payout/{}", ground.user);
    let tries: Vec<_> = (0..32)
        .map(|number| {
            let (masspay, path) = (ground.masspay.clone(), path.clone());
            let body = if number % 2 == 0 { body.clone() } else { named.clone() };
            tokio::spawn(async move {
                match number % 2 {
                    0 => masspay.post_with("once", &path, &body).await,
                    _ => masspay.post(&path, body).await,
                }
            })
        })
        .collect();
    let (mut keyed, mut named) = (std::collections::BTreeSet::new(), Vec::new());
    for (number, one) in tries.into_iter().enumerate() {
        let answer = one.await.unwrap();
        assert_eq!(answer.status, 201);
        match number % 2 {
            0 => drop(keyed.insert(answer.text)),
            _ => named.push(answer.member("payout_token")),
        }
    }
    assert_eq!((keyed.len(), named.iter().filter(|token| **token != "DUPLICATE").count()), (1, 1));
    assert_eq!(ground.app.test.int("SELECT COUNT(*) FROM payouts WHERE origin = 'masspay'").await, 2);
    ground.app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_named() {
    let ground = Ground::new().await;
    let path = format!("/payout/{}", ground.user);
    let empty = ground.masspay.post(&path, json!({})).await;
    let details = refuses(&empty, "validation_failed", "source_token is required.");
    assert_eq!(
        details,
        json!([
            "source_token: is required",
            "destination_token: is required",
            "destination_currency_code: is required",
            "source_amount: is required, or destination_amount"
        ])
    );
    for (member, value, detail) in [
        ("source_token", json!("clnt_wlt_x"), "source_token: must be the token of one of your account balances"),
        ("destination_token", json!("dst_x"), "destination_token: must be the token of one of the user's destinations"),
        ("source_currency_code", json!("EUR"), "source_currency_code: must be USD, the currency of the source"),
        (
            "destination_currency_code",
            json!("XXX"),
            "destination_currency_code: must be a currency that USD is exchanged into, which XXX is not",
        ),
        (
            "destination_amount",
            json!(1),
            "destination_amount: must not come together with source_amount: give one of them",
        ),
        ("source_amount", json!(1.001), "source_amount: has too many decimals: USD has 2"),
        ("auto_commit", json!(true), "auto_commit: must not be true when the currencies differ: commit the quote"),
        ("client_transfer_id", json!("x".repeat(51)), "client_transfer_id: must have at most 50 characters"),
        ("notify_user", json!(1), "notify_user: must be true or false"),
    ] {
        let mut body = ground.body(USD, "USD", "MXN", json!({"source_amount": 5})).await;
        body[member] = value;
        let answer = ground.masspay.post(&path, body).await;
        assert_eq!((answer.status, answer.json()["error"]["details"].clone()), (400, json!([detail])));
    }
    // The currency is USD where none is said, and a wallet of the other client is unknown.
    let mut body = ground.body(USD, "USD", "MXN", json!({"source_amount": 5})).await;
    body.as_object_mut().unwrap().remove("source_currency_code");
    assert_eq!(ground.masspay.post(&path, body.clone()).await.status, 201);
    body["source_token"] = json!(ground.source(crate::support::app::OTHER_USD).await);
    assert_eq!(ground.masspay.post(&path, body).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_key_is_told_rates_and_commits_nothing() {
    let ground = Ground::new().await;
    let test = &ground.app.test;
    let first = ground.quote(USD, "USD", "EUR", json!({"source_amount": "10.00"})).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let credential = test.text("SELECT actor_id FROM audit_log WHERE action = 'payout.quote'").await;
    let frozen = freeze(test, Scope::Credential, credential).await;
    let what = format!("{} is frozen ({}): nothing leaves it.", frozen.what(), frozen.id);
    refuses(&ground.masspay.put(&ground.path(&first)).await, "frozen", &what);
    let at_once = json!({"source_amount": "10.00", "auto_commit": true});
    refuses(&ground.quote(USD, "USD", "USD", at_once).await, "frozen", &what);
    let second = ground.quote(USD, "USD", "EUR", json!({"source_amount": "10.00"})).await;
    assert_eq!(second.status, 201, "{}", second.text);
    lift(test, &frozen).await;
    ground.paid(&first).await;
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_that_commit_one_transfer_id_at_once_one_makes_the_payout() {
    let ground = Ground::new().await;
    let test = &ground.app.test;
    let config = crate::support::app::config("http://127.0.0.1:1");
    let other = paydesk::app::desk(&test.location, config, Keys::derive(&[7; 32]), test.clock.clone()).await;
    let other = other.expect("a second desk");
    let payee: PayeeId = test.text("SELECT payee_id FROM payouts").await.parse().unwrap();
    for round in 0..8 {
        let mut quotes = Vec::new();
        // From two wallets, whose rows do not make one of them wait for the other.
        for (wallet, currency) in [(USD, "USD"), (EUR, "EUR")] {
            assert_eq!(ground.quote(wallet, currency, currency, json!({"source_amount": 5})).await.status, 201);
            let newest = test.text("SELECT id FROM quotes ORDER BY id DESC LIMIT 1").await;
            quotes.push(newest.parse::<PayoutId>().unwrap());
        }
        // Each process found the name free when it made its quote.
        let named = test.desk.store.write(move |tx| {
            let sql = "UPDATE quotes SET client_transfer_id = $1 WHERE committed_at IS NULL";
            Box::pin(async move { tx.execute(sql, &[format!("T-{round}").into()]).await })
        });
        named.await.unwrap();
        let commit =
            |desk, quote| payout_quotes::commit(desk, &test.operator, payee, quote, Origin::MassPay, Given::None);
        let (one, two) = tokio::join!(commit(&test.desk, quotes[0]), commit(&other, quotes[1]));
        let refused: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
        assert!(
            matches!(refused.as_slice(), [Error::Refused(refusal)] if refusal.rule == Rule::TransferIdTaken),
            "{refused:?}"
        );
        let over = test.desk.store.write(|tx| {
            Box::pin(async move { tx.execute("DELETE FROM quotes WHERE committed_at IS NULL", &[]).await })
        });
        over.await.unwrap();
    }
    other.store.close().await;
    test.verify().await;
}
