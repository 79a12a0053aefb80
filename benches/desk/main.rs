//! What the README's figures come from: one run, one machine, ratios between things measured side by side.
//!
//!     cargo bench                       # everything, about ten minutes
//!     cargo bench -- cancels            # one part: cancels, batch, lists, export, start
//!     PAYDESK_BENCH_PAYOUTS=100000 cargo bench -- lists

mod batch;
mod client;
mod raw;
mod reference;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use client::Client;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use reference::Reference;
use server::{Server, rss};

/// How many clients cancel at the same time.
const CLIENTS: usize = 64;
/// How many cancels are timed each way.
const CANCELS: usize = 12_000;
/// The contract's way: a commit for each.
const ALONE: usize = 3_000;

#[tokio::main]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let runs = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    let many: usize =
        std::env::var("PAYDESK_BENCH_PAYOUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    if runs("cancels") {
        cancels().await;
    }
    if runs("batch") {
        batch::cancels(many / 10).await;
    }
    if runs("lists") || runs("export") {
        let small = Server::seeded(10_000).await;
        let (first_small, _) = lists("10,000 payouts", small, 10_000).await;
        let seeded = Instant::now();
        let large = Server::seeded(many).await;
        println!("seed --payouts {many}, and start: {:.1} s", seeded.elapsed().as_secs_f32());
        let (first, large) = lists("many payouts", large, many).await;
        println!("first page, many rows / 10,000 rows (p50): {:.2}", first / first_small);
        if runs("export") {
            export(large).await;
        }
    }
    if runs("start") {
        start().await;
    }
}

/// Durable single cancels: in groups, one transaction each, and the same rows by C in this process.
///
/// Neighbours share pages, so cancels in the order in which payouts were made cost both sides less than cancels here
/// and there, which is what a desk sees.
async fn cancels() {
    let mut grouped = Server::seeded(10 * (2 * CANCELS + 2_000)).await;
    let copy = grouped.copy();
    let ids = raw::queued(&grouped.database(), 2 * CANCELS + 1_000);
    let (warm, timed) = ids.split_at(1_000);
    let (in_order, scattered) = timed.split_at(CANCELS);
    let mut scattered = scattered.to_vec();
    scattered.shuffle(&mut StdRng::seed_from_u64(1));
    cancel_all(&grouped, warm).await;
    let mut rates = Vec::new();
    for (name, ids) in [("in order", in_order), ("here and there", &scattered)] {
        let (rate, mut times) = cancel_all(&grouped, ids).await;
        times.sort();
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1_000.0;
        println!(
            "cancels over HTTP, {CLIENTS} clients, {name}: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms, p99 / p50 {:.1}",
            at(50),
            at(99),
            at(99) / at(50)
        );
        rates.push(rate);
    }
    grouped.stop();
    for ((name, ids), rate) in [("in order", in_order), ("here and there", &scattered)].into_iter().zip(&rates) {
        let raw_rate = raw::cancels(&copy, ids, 64);
        println!("the same rows by C in process, 64 per commit, {name}: {raw_rate:.0}/s");
        println!("over HTTP / C, {name}: {:.2}", rate / raw_rate);
    }
    let alone = Server::with_group(10 * (ALONE + 1_000), 1).await;
    let ids = raw::queued(&alone.database(), ALONE);
    let (alone_rate, _) = cancel_all(&alone, &ids).await;
    println!("one transaction per request, in order: {alone_rate:.0}/s");
    println!("in groups / one transaction per request: {:.1}", rates[0] / alone_rate);
}

/// Cancels every id once, in their order, from many connections; answers the rate per second and each answer's time.
async fn cancel_all(server: &Server, ids: &[String]) -> (f64, Vec<Duration>) {
    let started = Instant::now();
    let ids: Arc<[String]> = ids.into();
    let next = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (ids, next) = (Arc::clone(&ids), Arc::clone(&next));
            let (address, token) = (server.address, server.token.clone());
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut times = Vec::with_capacity(ids.len() / CLIENTS);
                while let Some(id) = ids.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let began = Instant::now();
                    let path = format!("/api/v1/payouts/{id}/cancel");
                    let status = client.post(&path, &format!("authorization: Bearer {token}\r\n"), "").await.0;
                    assert_eq!(status, 200, "{id}");
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("a client"));
    }
    (ids.len() as f64 / started.elapsed().as_secs_f64(), times)
}

/// The list of staff, first page and a page deep inside; answers the first page's p50 in milliseconds.
async fn lists(name: &str, server: Server, payouts: usize) -> (f64, Server) {
    let deep = raw::nth_newest(&server.database(), (payouts / 2).min(500_000));
    let mut client = server.signed_in().await;
    let first = page(&mut client, "/payouts").await;
    let inside = page(&mut client, &format!("/payouts?after={deep}")).await;
    println!("list of {name}: first page p50 {first:.2} ms, 10,000 pages deep p50 {inside:.2} ms");
    println!("deep page / first page: {:.2}", inside / first);
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(server.signed_in().await);
    }
    let rate = pages_per_second(clients, "/payouts").await;
    let reference = Reference::start(&server.database());
    let mut clients = Vec::new();
    for _ in 0..8 {
        clients.push(Client::connect(reference.address).await);
    }
    let raw_rate = pages_per_second(clients, "/").await;
    reference.stop().await;
    println!("pages per second, 8 clients: {rate:.0}; its rows read by C in a bare handler: {raw_rate:.0}");
    println!("pages / C in a handler: {:.2}", rate / raw_rate);
    (first, server)
}

async fn page(client: &mut Client, path: &str) -> f64 {
    for _ in 0..50 {
        assert_eq!(client.get(path, "").await.0, 200);
    }
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..400 {
        let began = Instant::now();
        client.get(path, "").await;
        times.push(began.elapsed());
    }
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1_000.0
}

/// Each client asks for the page again and again.
async fn pages_per_second(clients: Vec<Client>, path: &'static str) -> f64 {
    const EACH: usize = 300;
    let pages = clients.len() * EACH;
    let started = Instant::now();
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|mut client| {
            tokio::spawn(async move {
                for _ in 0..EACH {
                    assert_eq!(client.get(path, "").await.0, 200);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a client");
    }
    pages as f64 / started.elapsed().as_secs_f64()
}

/// The whole list as CSV while others cancel: peak memory of the server, and the size of its WAL.
async fn export(server: Server) {
    let ids = raw::queued(&server.database(), 5_000);
    let mut client = server.signed_in().await;
    let before = rss(server.pid());
    let writing = async {
        let (rate, _) = cancel_all(&server, &ids).await;
        rate
    };
    let reading = async {
        let began = Instant::now();
        let (status, bytes) = client.get("/payouts/export.csv", "").await;
        assert_eq!(status, 200);
        (bytes, began.elapsed())
    };
    let watching = server.watch();
    let (rate, (bytes, took)) = tokio::join!(writing, reading);
    let (peak, wal) = watching.stop();
    println!(
        "CSV of everything: {:.0} MB in {:.1} s while {rate:.0} cancels/s; memory {:.0} MB before, {:.0} MB peak; WAL {:.0} MB peak",
        bytes as f64 / 1e6,
        took.as_secs_f64(),
        before as f64 / 1e6,
        peak as f64 / 1e6,
        wal as f64 / 1e6
    );
}

/// From start to ready on a file that exists, and memory when idle.
async fn start() {
    let mut server = Server::seeded(10_000).await;
    server.stop();
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..10 {
        times.push(server.start_again().await);
        server.stop();
    }
    times.sort();
    server.start_again().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!(
        "ready after {:.0} ms (median of 10); idle memory {:.1} MB; binary {:.1} MB",
        times[5].as_secs_f64() * 1_000.0,
        rss(server.pid()) as f64 / 1e6,
        std::fs::metadata(server::binary()).map_or(0, |data| data.len()) as f64 / 1e6
    );
}
