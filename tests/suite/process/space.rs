//! No space left: nothing is half done, and it works again by itself when there is some.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::token;
use crate::support::api::{Api, payout_with};
use crate::support::process::{Ground, Process};

#[tokio::test(flavor = "multi_thread")]
async fn without_space_nothing_is_half_done_and_it_works_again_by_itself() {
    if Command::new("prlimit").arg("--version").output().is_err() {
        return skipped("without_space", "prlimit (package util-linux) is not installed");
    }
    let ground = Ground::file();
    ground.demo().await.kill();
    let process = Process::start(ground.command_after("trap '' XFSZ", &["serve"])).await;
    let limit = |size: &str| {
        let set = Command::new("prlimit").args(["--pid", &process.id(), &format!("--fsize={size}:")]).status();
        assert!(set.expect("prlimit").success());
    };
    space_runs_out(&process, &ground.credentials(), || limit("4096"), || limit("unlimited")).await;
    process.kill();
    ground.verify();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_survived_the_same_way() {
    let ground = Ground::file();
    std::fs::create_dir(ground.data()).expect("a directory");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]).arg(ground.data()).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return skipped("a_full_disk", "a small disk can only be mounted as root");
    }
    let unmount = Unmount(ground.data());
    ground.demo().await.kill();
    let process = ground.serve().await;
    let filler = ground.data().join("filler");
    let fill = || {
        let mut file = std::fs::File::create(&filler).expect("a file");
        let chunk = vec![0; 4_096];
        while file.write_all(&chunk).is_ok() {}
    };
    let free = || std::fs::remove_file(&filler).expect("the filler");
    space_runs_out(&process, &ground.credentials(), fill, free).await;
    process.kill();
    ground.verify();
    drop(unmount);
}

/// Says so past the capture of output, so that it is seen.
fn skipped(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {why}");
}

/// Takes the space away from a running desk and gives it back.
async fn space_runs_out(process: &Process, credentials: &Value, take: impl Fn(), give_back: impl Fn()) {
    let api = Api::at(&process.base_url, Some(&token(credentials, "wallet")));
    let wallet = credentials["samples"]["wallet_id"].clone();
    let body = |reference: &str| payout_with(reference, "wallet_id", wallet.clone());
    let mut before = Vec::new();
    for n in 0..40 {
        let made = api.post("/payouts", body(&format!("BEFORE_{n}"))).await;
        assert_eq!(made.status, 201, "{}", made.text);
        before.push(made.id());
    }
    let balance = available(&api, &wallet).await;

    take();
    let mut refused = Vec::new();
    for n in 0..2_000 {
        let reference = format!("FULL_{n}");
        let answer = api.post("/payouts", body(&reference)).await;
        match answer.status {
            // What space there was is used up first.
            201 => continue,
            503 => refused.push(reference),
            other => panic!("{other}: {}", answer.text),
        }
        assert!(!answer.header("retry-after").is_empty());
        if refused.len() == 3 {
            break;
        }
    }
    assert_eq!(refused.len(), 3);
    // A cancel is smaller than a payout, so some may still find room.
    let (mut cancelled, mut stays) = (0, None);
    for id in &before {
        match api.post_nothing(&format!("/payouts/{id}/cancel")).await.status {
            200 => cancelled += 1,
            503 => {
                stays = Some(id);
                break;
            }
            other => panic!("{other}"),
        }
    }
    let stays = stays.expect("a cancel without room");
    assert_eq!(process.status("/readyz").await, Some(503));
    assert_eq!(process.status("/healthz").await, Some(200));
    let read = api.get(&format!("/payouts/{stays}")).await.member("status");
    assert!(read == "created" || read == "queued", "reading goes on: {read}");

    give_back();
    process.until_answers("/readyz", 200).await;
    let full = available(&api, &wallet).await;
    for reference in &refused {
        assert_eq!(api.post("/payouts", body(reference)).await.status, 201, "{reference} was not made before");
    }
    assert_eq!(full - available(&api, &wallet).await, 3 * 10_150);
    assert!(balance + cancelled * 10_150 >= full);
    assert_eq!(api.post_nothing(&format!("/payouts/{stays}/cancel")).await.status, 200);
}

/// Takes the small disk away again, also when the test fails.
struct Unmount(PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// What the wallet has available, in minor units.
async fn available(api: &Api, wallet: &Value) -> i64 {
    let wallet = api.get(&format!("/wallets/{wallet}")).await;
    let minor = &wallet.json()["amount_minor"];
    minor.as_i64().unwrap_or_else(|| panic!("{}", wallet.text))
}
