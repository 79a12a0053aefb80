//! `key rotate` and `key drop-old`, as whoever runs the desk meets them.

use paydesk::keys::Ring;

use super::token;
use crate::support::api::Api;
use crate::support::process::{Ground, text};

async fn status(base_url: &str, token: &str) -> u16 {
    Api::at(base_url, Some(token)).get("/payouts?limit=1").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_needs_the_data_for_itself_and_ends_no_session_until_the_old_secret_goes() {
    let ground = Ground::new().await;
    let process = ground.demo().await;
    let token = token(&ground.credentials(), "wallet");
    let secret = || Ring::read(&ground.data()).unwrap().unwrap();
    let first = secret();
    for arguments in [["key", "rotate"], ["key", "drop-old"]] {
        let refused = ground.run(&arguments);
        assert!(!refused.status.success());
        assert!(text(&refused.stderr).contains("stop it first"), "{}", text(&refused.stderr));
    }
    assert_eq!(secret(), first, "a refused rotation leaves the secret alone");
    process.kill();
    let rotated = ground.run(&["key", "rotate"]);
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    assert_eq!(secret().old(), 1);
    ground.verify();
    let process = ground.serve().await;
    assert_eq!(status(&process.base_url, &token).await, 200, "tokens made before stay good");
    process.kill();
    let dropped = ground.run(&["key", "drop-old"]);
    assert!(dropped.status.success(), "{}", text(&dropped.stderr));
    assert_eq!(secret().old(), 0);
    ground.verify();
    let process = ground.serve().await;
    assert_eq!(status(&process.base_url, &token).await, 401);
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_finishes_what_a_rotation_began_and_refuses_data_of_another_key() {
    let ground = Ground::file();
    ground.demo().await.kill();
    let before = Ring::read(&ground.data()).unwrap().unwrap();
    // The file was replaced, then the power went.
    before.with_new().write(&ground.data()).unwrap();
    ground.serve().await.kill();
    let after = Ring::read(&ground.data()).unwrap().unwrap();
    after.without_old().write(&ground.data()).unwrap();
    ground.verify();
    before.write(&ground.data()).unwrap();
    let verified = ground.run(&["verify"]);
    assert!(text(&verified.stdout).contains("payee_accounts.identifiers"), "{}", text(&verified.stdout));
    let refused = ground.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("add the secret"), "{}", text(&refused.stderr));
    assert!(!ground.run(&["key", "rotate"]).status.success());
    assert_eq!(Ring::read(&ground.data()).unwrap().unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_leaked_is_dropped_with_its_rotation() {
    let ground = Ground::file();
    ground.demo().await.kill();
    let rotated = ground.run(&["key", "rotate", "--drop-old"]);
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    assert_eq!(Ring::read(&ground.data()).unwrap().unwrap().old(), 0);
    ground.verify();
    let process = ground.serve().await;
    assert_eq!(status(&process.base_url, &token(&ground.credentials(), "wallet")).await, 401);
    process.kill();
}
