//! Lists of payout links: collections, windows and filters.

use serde_json::json;

use crate::support::app::{NOW, SECOND, spawn};
use crate::support::razorpay::{encoded, link, link_with};

const BEGAN: i64 = NOW / SECOND;

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_counts_what_it_holds_newest_first() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    // In another currency, and so not of this API's lists.
    app.test.link("10.00").await;
    let empty = program.get("/v1/payout-links").await;
    assert_eq!(empty.json(), json!({"entity": "collection", "count": 0, "items": []}));
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.insert(0, program.post("/v1/payout-links", link(&account)).await.id());
        app.test.clock.advance(SECOND);
    }
    assert_eq!(program.get("/v1/payout-links").await.ids(), ids[..10]);
    for (query, expected) in [
        ("count=3", &ids[..3]),
        ("count=3&skip=2", &ids[2..5]),
        ("count=100", &ids[..]),
        ("skip=10", &ids[10..]),
        ("skip=100000", &[]),
        // Both seconds count.
        (&format!("from={}&to={}", BEGAN + 2, BEGAN + 4), &ids[7..10]),
        (&format!("from={}", BEGAN + 11), &ids[..1]),
        (&format!("to={BEGAN}"), &ids[11..]),
        ("from=1&to=2", &[]),
        ("colour=red&count=1", &ids[..1]),
    ] {
        assert_eq!(program.get(&format!("/v1/payout-links?{query}")).await.ids(), expected, "{query}");
    }
    for (query, description, field) in [
        ("count=0", "The count must be at least 1.", "count"),
        ("count=101", "The count may not be greater than 100.", "count"),
        ("count=x", "The count must be an integer.", "count"),
        ("skip=-1", "The skip must be at least 0.", "skip"),
        ("skip=100001", "The skip may not be greater than 100000.", "skip"),
        ("from=yesterday", "The from must be an integer.", "from"),
        ("to=99999999999999", "The to may not be greater than 253402300799.", "to"),
        ("status=failed", "The status is invalid.", "status"),
        ("id=poutlk_1", "poutlk_1 is not a valid id.", "id"),
        ("contact_id=x", "x is not a valid id.", "contact_id"),
    ] {
        program.get(&format!("/v1/payout-links?{query}")).await.errs_input(description, field);
    }
    assert_eq!(app.other_razorpay().await.get("/v1/payout-links").await.ids(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_finds_its_own() {
    let app = spawn().await;
    let (_, account) = app.test.rupees().await;
    let program = app.razorpay().await;
    let plain = program.post("/v1/payout-links", link(&account)).await.id();
    let other = json!({"name": "Asha Rao", "contact": "+91 98765-43210", "email": "Asha@example.com"});
    let mut body = link_with(&account, "contact", other);
    body["purpose"] = json!("salary");
    body["receipt"] = json!("R/2 & co");
    let special = program.post("/v1/payout-links", body).await;
    let cancelled = program.post("/v1/payout-links", link(&account)).await.id();
    program.post_nothing(&format!("/v1/payout-links/{cancelled}/cancel")).await;
    let url = special.member("short_url").as_str().unwrap().to_owned();
    let special = special.id();
    let found = async |parameters: &[(&str, &str)]| {
        let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        program.get(&format!("/v1/payout-links?{}", pairs.join("&"))).await.ids()
    };
    for parameters in [
        [("id", special.as_str())],
        [("contact_phone_number", "919876543210")],
        [("contact_phone_number", "+91 9876543210")],
        [("contact_email", "asha@example.com")],
        [("purpose", "salary")],
        [("receipt", "R/2 & co")],
        [("short_url", url.as_str())],
    ] {
        assert_eq!(found(&parameters).await, std::slice::from_ref(&special), "{parameters:?}");
    }
    assert_eq!(found(&[("status", "issued")]).await, [special.clone(), plain.clone()]);
    assert_eq!(found(&[("status", "cancelled")]).await, std::slice::from_ref(&cancelled));
    assert_eq!(found(&[("status", "issued"), ("purpose", "refund")]).await, [plain]);
    for nothing in [
        [("id", "poutlk_00000000000001")],
        [("contact_id", "cont_00000000000001")],
        [("fund_account_id", "fa_00000000000001")],
        [("status", "processed")],
        [("receipt", "R/2")],
        [("short_url", "https://rzp.io/i/3b1Tw6")],
        [("contact_email", "912345678")],
    ] {
        assert_eq!(found(&nothing).await, Vec::<String>::new(), "{nothing:?}");
    }
}
