//! A batch cancel against the same rows by C, and what clerks and readers feel of it meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::raw;
use crate::server::Server;

/// How many clerks cancel, one payout after the other, while the batch runs.
const CLERKS: usize = 16;
/// How long a clerk looks at the screen between two clicks.
const LOOK: Duration = Duration::from_millis(20);
/// How many cancels of clerks are timed each way, at most.
const CLICKS: usize = 4_000;

/// Cancels `count` payouts as one batch with nobody else there, and as many while others work.
pub async fn cancels(count: usize) {
    let mut server = Server::seeded(10 * (2 * count + 2 * CLICKS + 1_000)).await;
    let copy = server.copy();
    let ids = raw::queued(&server.database(), 2 * count + 2 * CLICKS);
    let (clicks, ids) = ids.split_at(2 * CLICKS);
    let (alone, ids) = ids.split_at(count);
    let (before, during) = clicks.split_at(CLICKS);
    let headers = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", server.token);
    let mut client = Client::connect(server.address).await;
    let hook = r#"{"url":"https://hooks.invalid/bench","events":["payout.cancelled"]}"#;
    assert_eq!(client.post("/api/v1/webhooks", &headers, hook).await.0, 201, "{}", client.last);

    let (sorting, took) = batch(&mut client, &headers, alone).await;
    let rate = count as f64 / took;
    println!("sorting {count} payouts: {sorting:.1} s");
    println!("batch cancel of {count}: {took:.1} s, {rate:.0}/s");

    let quiet = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&quiet);
    let timer = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        stop.store(true, Ordering::Relaxed);
    });
    let (calm, calm_pages) =
        tokio::join!(clerks(&server, before, Arc::clone(&quiet)), reader(&server, Arc::clone(&quiet)));
    timer.await.expect("a timer");

    let over = Arc::new(AtomicBool::new(false));
    let working = async {
        let (_, took) = batch(&mut client, &headers, ids).await;
        over.store(true, Ordering::Relaxed);
        took
    };
    let (took, busy, busy_pages) =
        tokio::join!(working, clerks(&server, during, Arc::clone(&over)), reader(&server, Arc::clone(&over)));
    println!("batch cancel of {count} while {CLERKS} clerks click: {took:.1} s, {:.0}/s", count as f64 / took);
    println!("a clerk's cancel, p99: {:.1} ms without a batch, {:.1} ms beside it", p99(&calm), p99(&busy));
    println!("p99 beside / without: {:.1}", p99(&busy) / p99(&calm));
    println!("a reader's page, p99: {:.1} ms without a batch, {:.1} ms beside it", p99(&calm_pages), p99(&busy_pages));
    println!("p99 beside / without: {:.1}", p99(&busy_pages) / p99(&calm_pages));
    server.stop();
    let raw_rate = raw::cancels(&copy, alone, 64);
    println!("the same rows by C in process, 64 per commit: {raw_rate:.0}/s");
    println!("batch / C: {:.2}", rate / raw_rate);
}

/// Cancels these as one batch; answers the seconds of its sorting and of its doing.
async fn batch(client: &mut Client, headers: &str, ids: &[String]) -> (f64, f64) {
    let list: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
    let body = format!(r#"{{"verb":"cancel","reason":"bench","ids":[{}]}}"#, list.join(","));
    let began = Instant::now();
    assert_eq!(client.post("/api/v1/batches", headers, &body).await.0, 201, "{}", client.last);
    let id = client.last.split(r#""id":""#).nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned();
    until(client, headers, &id, "ready").await;
    let sorting = began.elapsed().as_secs_f64();
    let started = Instant::now();
    let confirmed = format!(r#"{{"count":{}}}"#, ids.len());
    assert_eq!(client.post(&format!("/api/v1/batches/{id}/confirmation"), headers, &confirmed).await.0, 200);
    until(client, headers, &id, "done").await;
    (sorting, started.elapsed().as_secs_f64())
}

/// Waits until the batch stands in this state.
async fn until(client: &mut Client, headers: &str, id: &str, state: &str) {
    loop {
        client.get(&format!("/api/v1/batches/{id}"), headers).await;
        if client.last.contains(&format!(r#""status":"{state}""#)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Clerks cancel one by one until it is over; answers each click's time.
async fn clerks(server: &Server, ids: &[String], over: Arc<AtomicBool>) -> Vec<Duration> {
    let tasks: Vec<_> = ids
        .chunks(ids.len().div_ceil(CLERKS))
        .map(|ids| {
            let (ids, over) = (ids.to_vec(), Arc::clone(&over));
            let (address, token) = (server.address, server.token.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut times = Vec::new();
                for id in ids {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    let began = Instant::now();
                    let path = format!("/api/v1/payouts/{id}/cancel");
                    let status = client.post(&path, &format!("authorization: Bearer {token}\r\n"), "").await.0;
                    assert_eq!(status, 200, "{id}");
                    times.push(began.elapsed());
                    tokio::time::sleep(LOOK).await;
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("a clerk"));
    }
    times
}

/// Somebody reads the list until it is over; answers each page's time.
async fn reader(server: &Server, over: Arc<AtomicBool>) -> Vec<Duration> {
    let mut client = server.signed_in().await;
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        assert_eq!(client.get("/payouts", "").await.0, 200);
        times.push(began.elapsed());
        tokio::time::sleep(LOOK).await;
    }
    times
}

/// In milliseconds.
fn p99(times: &[Duration]) -> f64 {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() * 99 / 100].as_secs_f64() * 1_000.0
}
