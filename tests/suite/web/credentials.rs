//! Credentials by page: made for each API, their secrets shown once, replaced, certified and revoked.

use paydesk::domain::dialect::Dialect;
use paydesk::service::api_keys;

use crate::support::api::Answer;
use crate::support::app::{TestApp, spawn};
use crate::support::person::Person;
use crate::support::programs::{ISSUER, OTHER_SIGNER, SIGNER, arrival, form, issue};

const LIST: &str = "/settings/credentials";

async fn admin() -> (TestApp, Person) {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    (app, admin)
}

/// Makes a credential of this dialect by the form.
async fn make(admin: &Person, dialect: &str, more: &[(&str, &str)]) -> Answer {
    let fields = [
        ("dialect", dialect),
        ("name", "Nightly"),
        ("client", "1"),
        ("owner", "anna@example.com"),
        ("scope", "READ"),
        ("scope", "PAY"),
    ];
    admin.post(LIST, &[&fields, more].concat()).await
}

/// The address of the record, from the page that shows the secret.
fn record(answer: &Answer) -> String {
    let at = answer.text.find("/settings/credentials/key_").expect("a link to the record");
    answer.text[at..].chars().take_while(|c| *c != '"' && *c != '?').collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_api_has_the_fields_it_needs() {
    let (_app, admin) = admin().await;
    for (dialect, issuer) in [("wallet", false), ("revolut", true), ("razorpay", false), ("masspay", false)] {
        let page = admin.get(&format!("{LIST}/new?dialect={dialect}")).await;
        assert_eq!(page.field("dialect").as_deref(), Some(dialect));
        assert_eq!(page.field("issuer").is_some(), issuer, "{dialect}");
        assert_eq!(page.text.contains("name=\"certificate\""), issuer, "{dialect}");
        let refused = admin.post(LIST, &[("dialect", dialect)]).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.field("dialect").as_deref(), Some(dialect), "the form comes back for the same API");
        assert_eq!(refused.main().contains("Issuer is required"), issuer, "{}", refused.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_with_a_call_that_uses_it() {
    let (app, admin) = admin().await;
    let made = make(&admin, "razorpay", &[("ip_list", "127.0.0.1")]).await;
    assert_eq!(made.status, 200, "{}", made.main());
    let (id, secret) = (made.field_of("username"), made.field_of("secret"));
    assert!(id.starts_with("rzp_test_"));
    let call = format!("curl -sS '{}/v1/contacts?count=10' \\ -u '{id}:{secret}'", app.base_url);
    assert!(made.main().contains(&call), "{}", made.main());
    assert!(api_keys::basic(&app.test.desk, &id, &secret, &arrival()).await.is_ok());
    let page = admin.get(&record(&made)).await;
    assert!(page.main().contains(&id) && !page.text.contains(&secret));
    assert!(page.main().contains(&format!("{}/v1", app.base_url)));
    assert!(!admin.get(LIST).await.text.contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn caps_and_the_last_day_stand_on_the_record() {
    let (_app, admin) = admin().await;
    let limits =
        [("last_day", "2026-12-31"), ("cap_currency", "USD"), ("most_per_call", "500"), ("most_per_day", "2000.50")];
    let made = make(&admin, "masspay", &limits).await;
    let page = admin.get(&record(&made)).await.main();
    for words in ["USD 500.00 in one call", "USD 2,000.50 in one day of UTC, of which USD 0.00 went out today"] {
        assert!(page.contains(words), "{page}");
    }
    assert!(page.contains("Works until 1 Jan 2027, 00:00"), "{page}");
    let wrong = [("last_day", "2025-12-31"), ("cap_currency", ""), ("most_per_call", "500")];
    let refused = make(&admin, "masspay", &wrong).await;
    for words in ["Last day must not be over", "Cap currency is required for a cap"] {
        assert!(refused.main().contains(words), "{}", refused.main());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_made_after_the_confirm_step() {
    let (app, admin) = admin().await;
    let first = make(&admin, "masspay", &[]).await;
    let (old, path) = (first.field_of("secret"), record(&first));
    let step = admin.get(&format!("{path}/rotation")).await;
    let version = step.field("version").expect("a version");
    let works = async |key: &str| api_keys::api_key(&app.test.desk, key, &arrival()).await.is_ok();
    assert!(works(&old).await);
    let unknown = admin.post(&format!("{path}/rotation"), &[("overlap", "5"), ("version", &version)]).await;
    assert_eq!(unknown.status, 422);
    let form = [("overlap", "24"), ("version", version.as_str())];
    let made = admin.post(&format!("{path}/rotation"), &form).await;
    let new = made.field_of("secret");
    assert!(made.main().contains("The one before works until 16 January 2026"), "{}", made.main());
    assert!(works(&old).await && works(&new).await && old != new);
    let record = admin.get(&path).await.main();
    assert!(record.contains("The one before Works until 16 Jan 2026"), "{record}");
    // Sent again, it makes no third one.
    let again = admin.post(&format!("{path}/rotation"), &form).await;
    assert_eq!(again.status, 409);
    assert!(again.main().contains("changed while you were reading"), "{}", again.main());
    let gone = admin.post(&format!("{path}/revocation"), &[]).await;
    assert_eq!(gone.status, 303);
    assert!(!works(&old).await && !works(&new).await);
    assert_eq!(admin.get(&format!("{path}/rotation")).await.location(), path);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_revolut_is_set_up_step_by_step() {
    let (app, admin) = admin().await;
    let made = make(&admin, "revolut", &[("issuer", ISSUER)]).await;
    assert_eq!(made.status, 200, "{}", made.main());
    assert!(made.main().contains("Upload certificate"));
    let path = record(&made);
    let page = admin.get(&path).await.main();
    assert!(page.contains("No certificate") && page.contains("It cannot sign in yet"), "{page}");
    assert_eq!(admin.get(&format!("{path}/code")).await.location(), path);
    assert_eq!(admin.post(&format!("{path}/code"), &[]).await.location(), path);

    let upload = async |pem: &str, hours: &str| {
        let version = admin.get(&format!("{path}/certificate")).await.field("version").expect("a version");
        let form = [("certificate", pem), ("overlap", hours), ("version", version.as_str())];
        admin.post(&format!("{path}/certificate"), &form).await
    };
    let refused = upload("hello", "0").await;
    assert_eq!(refused.status, 422);
    assert!(refused.main().contains("Certificate must be an X.509 certificate in PEM"), "{}", refused.main());
    assert!(refused.text.contains(">hello</textarea>"));
    assert_eq!(upload("", "0").await.status, 422);
    assert_eq!(upload(&SIGNER.public, "0").await.location(), path);
    assert!(admin.get(&path).await.main().contains("2048 bits"));

    let code = admin.post(&format!("{path}/code"), &[]).await;
    assert!(code.field_of("code").starts_with("oa_sand_"));
    let call = format!("curl -sS {}/api/1.0/auth/token", app.base_url);
    assert!(code.main().contains(&call) && code.main().contains(&code.field_of("code")));
    assert_eq!(upload(&OTHER_SIGNER.public, "1").await.location(), path);
    assert!(admin.get(&path).await.main().contains("The one before Works until 15 Jan 2026"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_says_which_api_and_whether_it_still_works() {
    let (app, admin) = admin().await;
    for dialect in Dialect::ALL {
        issue(&app.test, &form(dialect)).await;
    }
    let list = admin.get(LIST).await.main();
    for api in ["Revolut · ", "Razorpay · rzp_test_", "MassPay · mp_test_", "Paydesk · pd_"] {
        assert!(list.contains(api), "{list}");
    }
    app.test.clock.advance(1);
    let ended =
        paydesk::service::credentials::NewCredential { last_day: "2026-01-15".into(), ..form(Dialect::MassPay) };
    let ended = issue(&app.test, &ended).await.credential;
    app.test.clock.advance(14 * 3_600 * crate::support::app::SECOND);
    let admin = app.person("anna@example.com").await;
    let page = admin.get(&format!("{LIST}/{}", ended.id)).await.main();
    assert!(page.contains("Expired") && page.contains("Every call is refused"), "{page}");
}

impl Answer {
    /// The value of the input with this id.
    fn field_of(&self, id: &str) -> String {
        let page = scraper::Html::parse_document(&self.text);
        let field = scraper::Selector::parse(&format!("input#{id}")).expect("a selector");
        let found = page.select(&field).next().and_then(|field| field.value().attr("value"));
        found.unwrap_or_else(|| panic!("no #{id} in {}", self.main())).to_owned()
    }
}
