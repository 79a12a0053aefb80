//! Each operation needs exactly the scopes of `contracts/revolut.md` section 2.

use paydesk::domain::staff::Scope::{self, Pay, Read, Write};
use serde_json::json;

use crate::support::api::send;
use crate::support::revolut::spawn;

const UNKNOWN: &str = "12dcd8c2-6408-458f-98a9-3f4abc180898";

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_needs_all_of_its_scopes_and_no_other() {
    let app = spawn().await;
    let one = |path: &str| format!("{path}/{UNKNOWN}");
    let operations: Vec<(&str, String, &[Scope])> = vec![
        ("GET", "/accounts".into(), &[Read]),
        ("GET", one("/accounts"), &[Read]),
        ("GET", "/payout-links".into(), &[Read]),
        ("GET", one("/payout-links"), &[Read]),
        ("GET", "/transactions".into(), &[Read]),
        ("GET", one("/transaction"), &[Read]),
        ("GET", "/counterparties".into(), &[Read]),
        ("GET", one("/counterparty"), &[Read]),
        ("GET", "/transfer-reasons".into(), &[Read]),
        ("POST", "/payout-links".into(), &[Pay, Write]),
        ("POST", one("/payout-links") + "/cancel", &[Read, Write]),
        ("POST", "/pay".into(), &[Read, Pay]),
        ("POST", "/transfer".into(), &[Read, Pay]),
        ("POST", "/counterparty".into(), &[Read, Write]),
        ("DELETE", one("/counterparty"), &[Read, Write]),
        ("POST", "/sandbox/topup".into(), &[Write]),
        ("POST", one("/sandbox/transactions") + "/complete", &[Write]),
    ];
    for held in [&[Read][..], &[Write], &[Pay], &[Read, Write], &[Read, Pay], &[Write, Pay], &[Read, Write, Pay]] {
        let api = app.revolut_for("1", held).await;
        for (method, path, needed) in &operations {
            let answer = send(api.request(method, &format!("/api/1.0{path}")).json(&json!({}))).await;
            let may = needed.iter().all(|scope| held.contains(scope));
            if may {
                assert_ne!(answer.status, 403, "{method} {path} with {held:?}: {}", answer.text);
            } else {
                answer.is_error(403, 9002, "This action is forbidden");
            }
        }
    }
    app.test.verify().await;
}
