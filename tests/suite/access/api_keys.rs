//! Keys that come with every request: Razorpay's and MassPay's, and passwords of our own API while they are replaced.

use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::payout::Rule;
use paydesk::error::Error;
use paydesk::service::credentials::{self, Issued, NewCredential};
use paydesk::service::{api_keys, rates, staff, tokens};

use crate::support::app::{SECOND, TestDesk, desk, spawn_with, usual_limits, visit};
use crate::support::programs::{arrival, arrival_from, form, issue};

const HOUR: i64 = 3_600 * SECOND;
const KEYS: [Dialect; 2] = [Dialect::Razorpay, Dialect::MassPay];

async fn enter(test: &TestDesk, issued: &Issued, secret: &str, from: Option<&str>) -> Result<Caller, Error> {
    let arrival = from.map_or_else(arrival, arrival_from);
    match issued.credential.dialect {
        Dialect::Razorpay => api_keys::basic(&test.desk, &issued.credential.username, secret, &arrival).await,
        _ => api_keys::api_key(&test.desk, secret, &arrival).await,
    }
}

fn secret(issued: &Issued) -> &str {
    issued.secret.as_deref().expect("a secret")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_its_own_dialect_and_nothing_else() {
    let test = desk().await;
    let (razorpay, masspay) = (issue(&test, &form(KEYS[0])).await, issue(&test, &form(KEYS[1])).await);
    assert!(razorpay.credential.username.starts_with("rzp_test_"));
    assert!(secret(&masspay).starts_with(&masspay.credential.username));
    for (issued, via) in [(&razorpay, Via::Razorpay), (&masspay, Via::MassPay)] {
        let caller = enter(&test, issued, secret(issued), None).await.expect("a program");
        assert_eq!((caller.via, caller.credential()), (via, Some(issued.credential.id)));
    }
    let (open, inner) = secret(&masspay).split_once('.').expect("two parts");
    let (id, desk) = (&razorpay.credential.username, &test.desk);
    for (id, secret) in [
        (id.as_str(), "wrong"),
        (id, ""),
        (id, &secret(&razorpay)[1..]),
        ("rzp_test_unknown", secret(&razorpay)),
        ("", ""),
        (open, inner),
        ("a\0b", "c"),
        (&"x".repeat(10_000), "c"),
    ] {
        assert!(matches!(api_keys::basic(desk, id, secret, &arrival()).await, Err(Error::Unauthenticated)), "{id:.99}");
    }
    for key in ["", ".", open, &format!("{open}."), &format!("{id}.{}", secret(&razorpay)), "a\0b.c"] {
        assert!(matches!(api_keys::api_key(desk, key, &arrival()).await, Err(Error::Unauthenticated)), "{key:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_stop_with_their_credential_their_owner_and_their_time() {
    for dialect in KEYS {
        let test = desk().await;
        let revoked = issue(&test, &form(dialect)).await;
        let orphan = issue(&test, &NewCredential { owner: "axel@example.com".into(), ..form(dialect) }).await;
        let ended = issue(&test, &NewCredential { last_day: "2026-01-15".into(), ..form(dialect) }).await;
        for issued in [&revoked, &orphan, &ended] {
            enter(&test, issued, secret(issued), None).await.expect("a program");
        }
        credentials::revoke(&test.desk, &test.admin, revoked.credential.id).await.unwrap();
        let owner = test.approver.person().expect("a person");
        staff::disable(&test.desk, &test.admin, owner).await.unwrap();
        test.clock.advance(14 * HOUR);
        for issued in [&revoked, &orphan, &ended] {
            let answer = enter(&test, issued, secret(issued), None).await;
            assert!(matches!(answer, Err(Error::Unauthenticated)), "{answer:?}");
        }
        staff::enable(&test.desk, &test.admin, owner).await.unwrap();
        enter(&test, &orphan, secret(&orphan), None).await.expect("a program again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_only_work_from_their_addresses() {
    let test = desk().await;
    for dialect in KEYS {
        let issued = issue(&test, &NewCredential { ip_list: "203.0.113.7".into(), ..form(dialect) }).await;
        enter(&test, &issued, secret(&issued), Some("203.0.113.7")).await.expect("a program");
        for from in [Some("203.0.113.8"), None] {
            assert!(matches!(enter(&test, &issued, secret(&issued), from).await, Err(Error::Forbidden)));
        }
    }
    assert_eq!(test.int("SELECT COUNT(*) FROM audit_log WHERE action = 'permission.refused'").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_lets_the_one_before_live_on_as_long_as_chosen() {
    for dialect in KEYS {
        let test = desk().await;
        let first = issue(&test, &form(dialect)).await;
        let rotate = async |hours: &str, version: i64| {
            credentials::rotate(&test.desk, &test.admin, first.credential.id, hours, version).await
        };
        enter(&test, &first, secret(&first), None).await.expect("a program");
        let second = rotate("24", 1).await.unwrap();
        assert_eq!(second.credential.old_secret_until, Some(test.clock.now() + 24 * HOUR));
        for issued in [&first, &second] {
            enter(&test, issued, secret(issued), None).await.expect("both work");
        }
        test.clock.advance(24 * HOUR);
        assert!(matches!(enter(&test, &first, secret(&first), None).await, Err(Error::Unauthenticated)));
        enter(&test, &second, secret(&second), None).await.expect("the new one works");
        let third = rotate("0", 2).await.unwrap();
        assert!(matches!(enter(&test, &second, secret(&second), None).await, Err(Error::Unauthenticated)));
        enter(&test, &third, secret(&third), None).await.expect("the newest one works");

        // The same form again gives no other secret, and no time that was not offered is taken.
        let stale = rotate("0", 2).await.unwrap_err();
        assert!(matches!(stale, Error::Refused(refusal) if refusal.rule == Rule::Stale));
        for hours in ["2", "-1", "", "1e3"] {
            assert!(matches!(rotate(hours, 3).await, Err(Error::Validation(_))), "{hours}");
        }
        credentials::revoke(&test.desk, &test.admin, first.credential.id).await.unwrap();
        assert!(matches!(rotate("0", 4).await, Err(Error::Refused(refusal)) if refusal.rule == Rule::WrongState));
        test.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_passwords_sign_in_while_one_is_replaced() {
    let test = desk().await;
    let first = issue(&test, &form(Dialect::Wallet)).await;
    let login =
        async |issued: &Issued| tokens::login(&test.desk, &visit(), &issued.credential.username, secret(issued)).await;
    let before = login(&first).await.unwrap();
    let second = credentials::rotate(&test.desk, &test.admin, first.credential.id, "1", 1).await.unwrap();
    assert!(login(&first).await.is_ok() && login(&second).await.is_ok());
    test.clock.advance(HOUR);
    assert!(matches!(login(&first).await, Err(Error::InvalidCredentials)));
    assert!(login(&second).await.is_ok());
    credentials::rotate(&test.desk, &test.admin, first.credential.id, "0", 2).await.unwrap();
    let after = tokens::refresh(&test.desk, &visit(), &before.refresh_token).await;
    assert!(matches!(after, Err(Error::InvalidCredentials)));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_dialect_has_the_limit_of_its_contract() {
    let app = spawn_with(|config| config.rate_limits = usual_limits()).await;
    let test = &app.test;
    let mut callers = Vec::new();
    for dialect in KEYS {
        for _ in 0..2 {
            let issued = issue(test, &form(dialect)).await;
            callers.push(enter(test, &issued, secret(&issued), None).await.unwrap());
        }
    }
    let quota = |caller: &Caller| rates::take(&test.desk, caller).expect("a limit");
    let (razorpay, masspay) = (quota(&callers[0]), quota(&callers[2]));
    assert_eq!((razorpay.limit, razorpay.window), (10, 1));
    assert_eq!((masspay.limit, masspay.window), (6_000, 60));
    // Revolut's is one for the whole business, however many programs it has.
    let mut programs = Vec::new();
    for _ in 0..2 {
        let issued = issue(test, &form(Dialect::Revolut)).await;
        let header = crate::support::programs::header(test, &issued).await;
        let token = header.strip_prefix("Bearer ").expect("a token");
        programs.push(paydesk::service::oauth::bearer(&test.desk, token, &arrival()).await.unwrap());
    }
    for n in 0..60 {
        assert_eq!(quota(&programs[n % 2]).retry_after, None, "{n}");
    }
    assert!(programs.iter().all(|program| quota(program).retry_after.is_some()));
}
