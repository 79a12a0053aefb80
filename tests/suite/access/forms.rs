//! Forms are taken from our own pages only.

use super::table::PAGES;
use crate::support::app::spawn;

/// The addresses that take a form, with nothing real in their places.
fn forms() -> impl Iterator<Item = String> {
    PAGES.iter().filter(|(method, ..)| *method == "POST").map(|(_, path, _)| {
        path.replace("{id}", "x").replace("{handle}", "x").replace("{token}", "x").replace("{account}", "x")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_its_sessions_token_is_refused() {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    let others_token = app.person("olga@example.com").await.token().await;
    let own = admin.token().await;
    let garbled = own.chars().rev().collect::<String>();
    let audited = app.test.int("SELECT COUNT(*) FROM audit_log").await;
    for path in forms() {
        assert_eq!(admin.post_only(&path, &[("a", "b")]).await.status, 403, "{path} without a token");
        for token in ["", &garbled, &others_token, &own[1..]] {
            let answer = admin.post_only(&path, &[("csrf", token)]).await;
            assert_eq!(answer.status, 403, "{path} with {token}");
        }
        let in_address = admin.post_only(&format!("{path}?csrf={own}"), &[]).await;
        assert!([400, 403].contains(&in_address.status), "{path}: a token in the address is none");
    }
    assert_eq!(app.test.int("SELECT COUNT(*) FROM audit_log").await, audited, "nothing happened");
    assert!(admin.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_from_another_site_is_refused_although_its_token_is_right() {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    let token = admin.token().await;
    let own = app.base_url.as_str();
    for path in forms() {
        for (name, value) in [
            ("Origin", "https://evil.example.com"),
            ("Origin", "null"),
            ("Origin", "http://127.0.0.1:1"),
            ("Sec-Fetch-Site", "cross-site"),
            ("Sec-Fetch-Site", "same-site"),
        ] {
            let request = admin.request("POST", &path).header(name, value).form(&[("csrf", &token)]);
            assert_eq!(admin.send(request).await.status, 403, "{path} with {name}: {value}");
        }
    }
    let form = [("csrf", token.as_str()), ("name", "Anna Admin"), ("theme", "dark"), ("zone", "UTC")];
    for (name, value) in [("Origin", own), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none")] {
        let request = admin.request("POST", "/settings/profile").header(name, value).form(&form);
        assert_eq!(admin.send(request).await.status, 303, "{name}: {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_needs_the_token_too() {
    let app = spawn().await;
    let visitor = app.visitor();
    let fields = [("email", "anna@example.com"), ("password", crate::support::app::PASSWORD)];
    let answer = visitor.post_only("/sign-in", &fields).await;
    assert_eq!(answer.status, 403);
    assert!(answer.field("csrf").is_some(), "the form is there again, with a token");
    assert!(!visitor.is_signed_in().await);
    let stranger = app.visitor().token().await;
    let with_strangers: Vec<_> = fields.into_iter().chain([("csrf", stranger.as_str())]).collect();
    assert_eq!(visitor.post_only("/sign-in", &with_strangers).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_form_is_refused_clearly() {
    let app = spawn().await;
    let admin = app.person("anna@example.com").await;
    let token = admin.token().await;
    let json = admin.request("POST", "/payees").json(&[("csrf", &token)]);
    assert_eq!(admin.send(json).await.status, 415);
    let text = admin.request("POST", "/payees").header("Content-Type", "text/plain").body(format!("csrf={token}"));
    assert_eq!(admin.send(text).await.status, 415);
    let form = "application/x-www-form-urlencoded";
    let large = format!("csrf={token}&note={}", "x".repeat(200_000));
    let large = admin.request("POST", "/payees").header("Content-Type", form).body(large);
    assert_eq!(admin.send(large).await.status, 413);
    let nul =
        admin.request("POST", "/payees").header("Content-Type", form).body(format!("csrf={token}&first_name=%00"));
    assert_eq!(admin.send(nul).await.status, 400);
    let bytes = [format!("csrf={token}&first_name=").as_bytes(), &[0xff, 0xfe]].concat();
    let bytes = admin.request("POST", "/payees").header("Content-Type", form).body(bytes);
    assert_eq!(admin.send(bytes).await.status, 400);
    for (method, path) in [("PUT", "/payouts"), ("DELETE", "/payees/x"), ("POST", "/audit"), ("PATCH", "/")] {
        let answer = admin.send(admin.request(method, path).form(&[("csrf", &token)])).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(answer.text.contains("</html>"), "{method} {path} is answered with a page");
    }
}
