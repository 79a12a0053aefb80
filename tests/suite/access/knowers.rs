//! Whoever has seen a secret that still works is behind what is done with it.

use paydesk::domain::approval::RequestState;
use paydesk::domain::caller::{Caller, Via};
use paydesk::domain::dialect::Dialect;
use paydesk::domain::ids::ApprovalRequestId;
use paydesk::domain::payout::Rule;
use paydesk::domain::staff::Role;
use paydesk::error::Error;
use paydesk::jobs;
use paydesk::service::approval_rules::{self, Ending, RuleInput};
use paydesk::service::credentials::{self, Issued, NewCredential};
use paydesk::service::{api_keys, approval_requests, freezes, links, oauth, payouts, tokens};
use serde_json::json;

use crate::freezes::rule as refused;
use crate::support::api::{Answer, link_with, payout_with, send};
use crate::support::app::{SECOND, TestApp, TestDesk, USD, spawn, visit};
use crate::support::programs::{OTHER_SIGNER, SIGNER, arrival, claims, form, issue};

const HOUR: i64 = 3_600 * SECOND;

/// A program of the operator's, made from the command line.
async fn program(test: &TestDesk, dialect: Dialect) -> Issued {
    issue(test, &NewCredential { owner: "olga@example.com".into(), ..form(dialect) }).await
}

fn secret(issued: &Issued) -> &str {
    issued.secret.as_deref().expect("a secret")
}

/// Signs in to the desk's own API; the access token.
async fn sign_in(app: &TestApp, issued: &Issued) -> Option<String> {
    let tokens = tokens::login(&app.test.desk, &visit(), &issued.credential.username, secret(issued)).await;
    tokens.ok().map(|tokens| tokens.access_token)
}

async fn rule(test: &TestDesk, people: i64) {
    let rule = RuleInput {
        verb: "new_credential".into(),
        people: people.to_string(),
        role: Role::Approver.name().into(),
        ..RuleInput::default()
    };
    approval_rules::make(&test.desk, &test.admin, &rule).await.expect("a rule");
}

async fn answer(test: &TestDesk, caller: &Caller, id: ApprovalRequestId, approve: bool) -> Result<RequestState, Error> {
    let answered = approval_requests::answer(&test.desk, caller, id, approve, Some("Looked at"), None, None).await?;
    Ok(answered.value.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_rotates_a_secret_approves_nothing_that_is_made_with_it() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    let old = program(test, Dialect::Wallet).await;
    let new = credentials::rotate(desk, &test.admin, old.credential.id, "24", 1).await.expect("another secret");
    for (issued, by_admin) in [(&new, true), (&old, false)] {
        let api = app.api_with(sign_in(&app, issued).await.as_deref());
        let made = api.post("/payouts", payout_with(&format!("P_{by_admin}"), "amount", json!(1500))).await;
        let id = made.id().parse().expect("an id");
        let said = payouts::decide(desk, &test.admin, id, true, None, None, None).await;
        let link = api.post("/payout-links", link_with("amount", json!(1500))).await;
        assert_eq!(link.member("status"), json!("pending"), "{}", link.text);
        let link = link.id().parse().expect("an id");
        let said_of_link = links::decide(desk, &test.admin, link, true, None, None, None).await;
        let freeze = api.post("/freezes", json!({"scope": "wallet", "subject_id": USD, "reason": "r"})).await;
        let asked = api.post(&format!("/freezes/{}/lift-request", freeze.id()), json!({"reason": "over"})).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let freeze = freeze.id().parse().expect("an id");
        let lifted = freezes::lift(desk, &test.admin, freeze, None, None).await;
        if by_admin {
            assert_eq!(refused(said), Rule::MakerIsChecker);
            assert_eq!(refused(said_of_link), Rule::MakerIsChecker);
            assert_eq!(refused(lifted), Rule::MakerIsChecker);
            freezes::lift(desk, &test.approver, freeze, None, None).await.expect("by somebody else");
            payouts::decide(desk, &test.approver, id, true, None, None, None).await.expect("by somebody else");
        } else {
            // The admin has never seen the secret before.
            said.expect("approved");
            said_of_link.expect("approved");
            lifted.expect("lifted");
        }
    }
    test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_remembers_whose_secret_it_came_from() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    let first = program(test, Dialect::Wallet).await;
    let second = credentials::rotate(desk, &test.admin, first.credential.id, "24", 1).await.expect("another secret");
    let signed_in = tokens::login(desk, &visit(), &second.credential.username, secret(&second)).await.expect("tokens");
    // It is rotated again from the command line; the sign-in goes on.
    let host = Caller::system(Via::Command, "test");
    credentials::rotate(desk, &host, first.credential.id, "24", 2).await.expect("a third secret");
    let mut refresh = signed_in.refresh_token;
    for _ in 0..2 {
        let tokens = tokens::refresh(desk, &visit(), &refresh).await.expect("tokens");
        let caller = tokens::authenticate(desk, &tokens.access_token, &arrival()).await.expect("a program");
        assert_eq!(caller.credential_creator(), test.admin.person());
        refresh = tokens.refresh_token;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_known_by_whoever_made_them() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    let admin = test.admin.person();
    for dialect in [Dialect::Razorpay, Dialect::MassPay] {
        let old = program(test, dialect).await;
        let new = credentials::rotate(desk, &test.admin, old.credential.id, "1", 1).await.expect("another secret");
        let enter = async |issued: &Issued| match dialect {
            Dialect::Razorpay => api_keys::basic(desk, &issued.credential.username, secret(issued), &arrival()).await,
            _ => api_keys::api_key(desk, secret(issued), &arrival()).await,
        };
        // Twice: from the database, and from memory.
        for _ in 0..2 {
            assert_eq!(enter(&old).await.expect("a program").credential_creator(), None);
            assert_eq!(enter(&new).await.expect("a program").credential_creator(), admin);
        }
        test.clock.advance(HOUR);
        assert!(matches!(enter(&old).await, Err(Error::Unauthenticated)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_uploads_a_certificate_is_behind_what_its_key_signs() {
    let app = spawn().await;
    let (test, desk) = (&app.test, &app.test.desk);
    let admin = test.admin.person();
    let revolut = program(test, Dialect::Revolut).await.credential;
    let (uploaded, _) =
        credentials::upload_certificate(desk, &test.admin, revolut.id, &OTHER_SIGNER.public, "24", revolut.version)
            .await
            .expect("uploaded");
    assert_eq!((uploaded.created_by, uploaded.secret_by), (None, admin));
    for (signer, by) in [(&*SIGNER, None), (&*OTHER_SIGNER, admin)] {
        let (_, code) = credentials::make_code(desk, &test.admin, revolut.id).await.expect("a code");
        let access = revolut_token(&app, &code, &signer.sign(&claims(&revolut.username))).await;
        let access = access.member("access_token").as_str().expect("a token").to_owned();
        for _ in 0..2 {
            let caller = oauth::bearer(desk, &access, &arrival()).await.expect("a program");
            assert_eq!(caller.credential_creator(), by);
        }
    }
}

async fn revolut_token(app: &TestApp, code: &str, assertion: &str) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ];
    send(app.visitor().request("POST", "/api/1.0/auth/token").form(&form)).await
}

/// Whether a program gets in with its first secret, in each dialect.
async fn works(app: &TestApp, issued: &Issued) -> bool {
    let desk = &app.test.desk;
    match issued.credential.dialect {
        Dialect::Wallet => sign_in(app, issued).await.is_some(),
        Dialect::Razorpay => {
            api_keys::basic(desk, &issued.credential.username, secret(issued), &arrival()).await.is_ok()
        }
        Dialect::MassPay => api_keys::api_key(desk, secret(issued), &arrival()).await.is_ok(),
        Dialect::Revolut => {
            let Ok((_, code)) = credentials::make_code(desk, &app.test.admin, issued.credential.id).await else {
                return false;
            };
            let assertion = SIGNER.sign(&claims(&issued.credential.username));
            revolut_token(app, &code, &assertion).await.status == 200
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_credential_works_once_it_is_approved() {
    for dialect in Dialect::ALL {
        let app = spawn().await;
        let test = &app.test;
        rule(test, 1).await;
        let make = async |name: &str| {
            let new = NewCredential { name: name.into(), ..form(dialect) };
            credentials::create(&test.desk, &test.admin, &new).await.expect("a credential")
        };
        let issued = make("One").await;
        let request = issued.waits.expect("a request");
        assert_eq!(issued.secret.is_some(), dialect != Dialect::Revolut, "it is shown at once");
        assert!(!works(&app, &issued).await, "{dialect:?}");
        // A token that was handed out in some other way does not work either.
        if dialect == Dialect::Wallet {
            let token = tokens::mint_access_token(&test.desk, &issued.credential, HOUR);
            let answer = app.api_with(Some(&token)).get("/payouts").await;
            answer.refuses(401, "Unauthorized", "Invalid or expired token");
        }
        let stored = test.text("SELECT act || facts || title FROM approval_requests").await;
        assert!(issued.secret.as_deref().is_none_or(|secret| !stored.contains(secret)), "no secret in {stored}");
        assert_eq!(refused(answer(test, &test.admin, request, true).await), Rule::MakerIsChecker);
        // What is approved is what was shown.
        let changed = match dialect {
            Dialect::Revolut => {
                let (id, pem) = (issued.credential.id, &OTHER_SIGNER.public);
                credentials::upload_certificate(&test.desk, &test.admin, id, pem, "0", 1).await.map(|_| ())
            }
            _ => credentials::rotate(&test.desk, &test.admin, issued.credential.id, "0", 1).await.map(|_| ()),
        };
        assert_eq!(refused(changed), Rule::WrongState);
        assert_eq!(answer(test, &test.approver, request, true).await.expect("approved"), RequestState::Approved);
        assert!(works(&app, &issued).await, "{dialect:?}");
        // Sent back, taken back or not answered in time, it is revoked.
        let back = make("Two").await;
        answer(test, &test.approver, back.waits.expect("a request"), false).await.expect("sent back");
        let own = make("Three").await;
        answer(test, &test.admin, own.waits.expect("a request"), false).await.expect("taken back");
        let late = make("Four").await;
        test.clock.advance(31 * 24 * HOUR);
        jobs::look(&test.desk).await.expect("jobs");
        for issued in [&back, &own, &late] {
            let now = credentials::get(&test.desk, &test.admin, issued.credential.id).await.expect("there");
            assert!(now.revoked_at.is_some() && !works(&app, issued).await, "{dialect:?}");
        }
        // Revoked before the answer, nothing is left to approve.
        let gone = make("Five").await;
        credentials::revoke(&test.desk, &test.admin, gone.credential.id).await.expect("revoked");
        let said = answer(test, &test.approver, gone.waits.expect("a request"), true).await;
        assert_eq!(refused(said), Rule::NotWaitingForApproval);
        assert!(!works(&app, &gone).await);
        // Whoever owns the machine needs nobody.
        assert!(works(&app, &issue(test, &form(dialect)).await).await || dialect == Dialect::Revolut);
        test.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_secret_works_once_it_is_approved_and_the_one_before_goes_on_until_then() {
    for dialect in [Dialect::Wallet, Dialect::Razorpay, Dialect::MassPay] {
        let app = spawn().await;
        let (test, desk) = (&app.test, &app.test.desk);
        let first = issue(test, &form(dialect)).await;
        let id = first.credential.id;
        rule(test, 1).await;
        let rotate = async |hours: &str| {
            let version = credentials::get(desk, &test.admin, id).await.expect("there").version;
            credentials::rotate(desk, &test.admin, id, hours, version).await
        };
        let second = rotate("0").await.expect("another secret");
        assert!(works(&app, &first).await && !works(&app, &second).await, "{dialect:?}");
        assert_eq!(refused(rotate("0").await), Rule::WrongState, "one waits already");
        answer(test, &test.approver, second.waits.expect("a request"), false).await.expect("sent back");
        assert!(works(&app, &first).await && !works(&app, &second).await);
        let third = rotate("0").await.expect("another secret");
        answer(test, &test.approver, third.waits.expect("a request"), true).await.expect("approved");
        assert!(!works(&app, &first).await && !works(&app, &second).await && works(&app, &third).await);
        let fourth = rotate("24").await.expect("another secret");
        test.clock.advance(48 * HOUR);
        answer(test, &test.approver, fourth.waits.expect("a request"), true).await.expect("approved");
        assert!(works(&app, &third).await && works(&app, &fourth).await, "the day begins with the approval");
        test.clock.advance(24 * HOUR);
        assert!(!works(&app, &third).await && works(&app, &fourth).await);
        // With the end of the rule a secret is replaced at once, and nothing is left to approve.
        let fifth = rotate("0").await.expect("another secret");
        let ending = test.text("SELECT id FROM approval_rules").await.parse().expect("a rule");
        approval_rules::end(desk, &test.admin, ending, Ending::Ask, None).await.expect("ended");
        let sixth = rotate("0").await.expect("another secret");
        assert!(sixth.waits.is_none() && works(&app, &sixth).await);
        let said = answer(test, &test.approver, fifth.waits.expect("a request"), true).await.expect("an answer");
        assert_eq!(said, RequestState::Stale);
        assert!(works(&app, &sixth).await && !works(&app, &fifth).await);
        test.verify().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_approve_is_not_made() {
    let app = spawn().await;
    let test = &app.test;
    rule(test, 2).await;
    let before = test.int("SELECT COUNT(*) FROM credentials").await;
    let made = credentials::create(&test.desk, &test.admin, &form(Dialect::MassPay)).await;
    assert_eq!(refused(made), Rule::NobodyCanApprove);
    assert_eq!(test.int("SELECT COUNT(*) FROM credentials").await, before);
    let sql = "SELECT COUNT(*) FROM audit_log WHERE action = 'credential.create' AND outcome = 'refused'";
    assert_eq!(test.int(sql).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_what_waits_and_who_can_approve_it() {
    let app = spawn().await;
    rule(&app.test, 1).await;
    let admin = app.person("anna@example.com").await;
    let page = admin.get("/settings/credentials/new").await;
    assert!(page.main().contains("Needs an approver") && page.main().contains("Axel Approver can approve it."));
    let new =
        [("dialect", "masspay"), ("name", "ERP"), ("client", "1"), ("owner", "anna@example.com"), ("scope", "READ")];
    let made = admin.post("/settings/credentials", &new).await;
    assert!(made.main().contains("works once it is approved"), "{}", made.main());
    let request = made.text.split("href=\"/approvals/").nth(1).and_then(|rest| rest.split('"').next()).expect("a link");
    let approver = app.person("axel@example.com").await;
    let path = format!("/approvals/{request}");
    let page = approver.get(&path).await;
    for words in ["Use the new credential ERP", "Anna Admin", "READ", "Any address", "Every call is refused"] {
        assert!(page.main().contains(words), "{words} in {}", page.main());
    }
    let id = app.test.text("SELECT subject_id FROM approval_requests").await;
    let shown = format!("/settings/credentials/{id}");
    let page = admin.get(&shown).await.main();
    for words in ["Waits for approval", "Every call is refused", "Axel Approver can approve it."] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains("Make new"), "nothing to change before: {page}");
    assert_eq!(approver.post(&path, &[("decision", "approve"), ("note", "")]).await.status, 303);
    let page = admin.get(&shown).await.main();
    assert!(page.contains("Active") && page.contains("Make new"), "{page}");
    // Another secret: its page says so too, and the record who made it.
    let rotation = admin.get(&format!("{shown}/rotation")).await;
    assert!(rotation.main().contains("Needs an approver"), "{}", rotation.main());
    let version = rotation.field("version").expect("a version");
    let made = admin.post(&format!("{shown}/rotation"), &[("overlap", "24"), ("version", &version)]).await;
    assert!(made.main().contains("The new one works once it is approved."), "{}", made.main());
    let page = admin.get(&shown).await.main();
    assert!(page.contains("Another secret or certificate waits for approval"), "{page}");
    app.test.verify().await;
}
