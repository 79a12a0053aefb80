//! Batches over `/api/v1`.

use paydesk::jobs;
use serde_json::{Value, json};

use crate::support::api::{Answer, Api, send};
use crate::support::app::{TestApp, spawn};

async fn sorted(app: &TestApp, api: &Api, body: Value) -> Answer {
    let made = api.post("/batches", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    jobs::batches::finish(&app.test.desk).await.unwrap();
    api.get(&format!("/batches/{}", made.id())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_makes_confirms_and_follows_a_batch() {
    let app = spawn().await;
    let api = app.api();
    let (one, other) = (app.test.payout("20.00").await.payout, app.test.payout("30.00").await.payout);
    let body = json!({ "verb": "cancel", "ids": [one.id, "nothing"], "reason": "faulty run" });
    let batch = sorted(&app, &api, body).await;
    assert_eq!(batch.member("status"), "ready", "{}", batch.text);
    let counts = batch.member("counts");
    assert_eq!((&counts["items"], &counts["acting"], &counts["refused"]), (&json!(2), &json!(1), &json!(1)));
    let preview = batch.member("preview");
    assert_eq!(preview["groups"][0]["fate"], "now");
    assert!(batch.text.contains("\"amount\":20.30"), "{}", batch.text);
    assert_eq!(preview["wallets"][0]["change_minor"], 2_030);
    let path = format!("/batches/{}", batch.id());
    let confirmation = format!("{path}/confirmation");
    api.post(&confirmation, json!({ "count": 2 })).await.refuses_member("count must be 1");
    api.post(&confirmation, json!({ "sum": 1 })).await.refuses_member("sum is not a member");
    // Of two at once one starts it, and the same key is the same start.
    let confirm = |key: &'static str| {
        send(api.request("POST", &confirmation).header("Idempotency-Key", key).json(&json!({ "count": 1 })))
    };
    let (first, second) = tokio::join!(confirm("one"), confirm("two"));
    assert_eq!([first.status, second.status].into_iter().filter(|status| *status == 200).count(), 1);
    let key = if first.status == 200 { "one" } else { "two" };
    assert_eq!(confirm(key).await.header("idempotent-replayed"), "true");
    jobs::batches::finish(&app.test.desk).await.unwrap();
    let done = api.get(&path).await;
    assert_eq!((done.member("status"), &done.member("counts")["done"]), (json!("done"), &json!(1)));
    let items = api.get(&format!("{path}/items")).await.json();
    assert_eq!((&items[0]["status"], &items[0]["payout_id"]), (&json!("done"), &json!(one.id)));
    assert_eq!((&items[1]["status"], &items[1]["rule"]), (&json!("refused"), &json!("not_found")));
    let refused = api.get(&format!("{path}/items?status=refused&limit=1&after=0")).await.json();
    assert_eq!(refused.as_array().unwrap().len(), 1);
    assert_eq!(api.get(&format!("/payouts/{}", one.id)).await.member("status"), "cancelled");
    assert_ne!(api.get(&format!("/payouts/{}", other.id)).await.member("status"), "cancelled");
    assert_eq!(api.get("/batches").await.json().as_array().unwrap().len(), 1);
    app.test.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_clients_and_other_programs_have_no_say() {
    let app = spawn().await;
    let (api, other) = (app.api(), app.other_api());
    let payout = app.test.payout("20.00").await.payout;
    let theirs = sorted(&app, &other, json!({ "verb": "cancel", "references": [payout.reference_id] })).await;
    assert_eq!(theirs.member("counts")["acting"], 0, "another client's payout is unknown");
    assert_eq!(api.get(&format!("/batches/{}", theirs.id())).await.status, 404);
    assert_eq!(api.post_nothing(&format!("/batches/{}/stop", theirs.id())).await.status, 404);
    assert_eq!(api.get("/batches").await.json(), json!([]));
    let own = sorted(&app, &api, json!({ "verb": "cancel", "ids": [payout.id], "reason": "r" })).await;
    let readonly = app.readonly_api();
    assert_eq!(readonly.get(&format!("/batches/{}", own.id())).await.status, 200);
    for act in ["confirmation", "pause", "resume", "stop"] {
        assert_eq!(readonly.post(&format!("/batches/{}/{act}", own.id()), json!({})).await.status, 403);
    }
    assert_eq!(readonly.post("/batches", json!({ "verb": "cancel", "ids": ["x"] })).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_batch_is_made_from_is_said_in_one_way() {
    let app = spawn().await;
    let api = app.api();
    for (body, start) in [
        (json!({ "ids": ["x"] }), "verb is required"),
        (json!({ "verb": "create_payouts", "ids": ["x"] }), "verb must be cancel, approve or reverse"),
        (json!({ "verb": "cancel" }), "exactly one of ids, references, filter and undone_of"),
        (json!({ "verb": "cancel", "ids": ["x"], "references": ["y"] }), "exactly one of"),
        (json!({ "verb": "cancel", "ids": [] }), "ids must hold at least one"),
        (json!({ "verb": "cancel", "filter": { "state": "queued" } }), "filter cannot be read"),
        (json!({ "verb": "cancel", "filter": { "status": "paid" } }), "status must be one of"),
        (json!({ "verb": "cancel", "filter": { "beneficiary_id": "x" } }), "beneficiary_id must be the id of a payee"),
        (json!({ "verb": "cancel", "filter": { "search": "x,".repeat(1_001) + "y" } }), "search holds 1002 ids"),
        (json!({ "verb": "cancel", "undone_of": "x" }), "undone_of must be the id of a batch"),
        (json!({ "verb": "cancel", "ids": ["x"], "all": true }), "all is not a member"),
    ] {
        api.post("/batches", body).await.refuses_member(start);
    }
    assert_eq!(
        api.post("/batches", json!({ "verb": "cancel", "undone_of": "bat_01h455vb4pex5vsknk084sn02q" })).await.status,
        404
    );
    app.test.payout("20.00").await;
    let all = sorted(&app, &api, json!({ "verb": "cancel", "filter": { "status": "created" } })).await;
    assert_eq!(all.member("counts")["acting"], 1);
    // What is null is as good as left out.
    let nulls = json!({ "status": "created", "search": null, "from": null, "to": null, "wallet_id": null,
                        "currency": null, "beneficiary_id": null, "reversed": null });
    let same = sorted(&app, &api, json!({ "verb": "cancel", "filter": nulls })).await;
    assert_eq!(same.member("counts")["acting"], 1);
    // No text in the database holds U+0000.
    let strange = sorted(&app, &api, json!({ "verb": "cancel", "filter": { "search": "a\0b\nc" } })).await;
    assert_eq!(strange.member("made_from"), "All payouts that match: search a b c");
    let confirmation = format!("/batches/{}/confirmation", all.id());
    api.post(&confirmation, json!({ "count": 1 })).await.refuses_member("reason is required");
    let pause = api.post_nothing(&format!("/batches/{}/pause", all.id())).await;
    pause.refuses_member("batch cannot be changed in current status");
    let stopped = api.post_nothing(&format!("/batches/{}/stop", all.id())).await;
    assert_eq!((stopped.status, stopped.member("status")), (200, json!("stopped")));
}
