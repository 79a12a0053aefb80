//! The real binary on a free port, with a database of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::Client;

/// The binary that cargo built beside this benchmark, or another one to compare with.
pub fn binary() -> String {
    std::env::var("PAYDESK_BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_paydesk").to_owned())
}

const PASSWORD: &str = "a long password for benchmarks";

pub struct Server {
    pub address: SocketAddr,
    pub token: String,
    directory: TempDir,
    child: Option<Child>,
    group: usize,
}

/// Looks at memory and WAL until it is stopped.
pub struct Watch {
    stop: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    wal: Arc<AtomicU64>,
}

impl Server {
    pub async fn seeded(payouts: usize) -> Server {
        Server::with_group(payouts, 128).await
    }

    /// `group` 1 gives each request a transaction of its own.
    pub async fn with_group(payouts: usize, group: usize) -> Server {
        let directory = tempfile::tempdir().expect("a directory");
        let data = directory.path();
        run(data, &["seed", "--payouts", &payouts.to_string()]);
        run(data, &["staff", "add", "--email", "bench@example.com", "--name", "Bench", "--role", "admin"]);
        let secret = run(
            data,
            &[
                "credential",
                "add",
                "--name",
                "bench",
                "--client",
                "1",
                "--owner",
                "bench@example.com",
                "--scopes",
                "READ,WRITE,PAY",
            ],
        );
        let value = |name: &str| {
            let line = secret.lines().find(|line| line.starts_with(name)).expect("a secret");
            line.rsplit(": ").next().expect("a value").to_owned()
        };
        let mut server = Server { address: free(), token: String::new(), directory, child: None, group };
        server.start_again().await;
        let body = format!(r#"{{"username":"{}","password":"{}"}}"#, value("username"), value("password"));
        let mut client = Client::connect(server.address).await;
        assert_eq!(client.post("/auth/login", "content-type: application/json\r\n", &body).await.0, 200);
        let answer = client.last.split(r#""access_token":""#).nth(1).expect("a token");
        server.token = answer.split('"').next().expect("a token").to_owned();
        server
    }

    /// Starts on the same data and answers how long it took until ready.
    pub async fn start_again(&mut self) -> Duration {
        self.address = free();
        let began = Instant::now();
        let child = Command::new(binary())
            .args(["serve", "--rate-limit", "0", "--access-token", "1440"])
            .args(["--listen", &self.address.to_string(), "--write-group", &self.group.to_string()])
            .arg("--data")
            .arg(self.directory.path())
            .env("PAYDESK_LOG", "warn")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        self.child = Some(child);
        loop {
            if tokio::net::TcpStream::connect(self.address).await.is_ok()
                && Client::connect(self.address).await.get("/readyz", "").await.0 == 200
            {
                return began.elapsed();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }

    pub fn database(&self) -> PathBuf {
        self.directory.path().join("paydesk.db")
    }

    /// The database as it is now, for somebody else to write to.
    pub fn copy(&self) -> PathBuf {
        let copy = self.directory.path().join("copy.db");
        crate::raw::copy(&self.database(), &copy);
        copy
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// A client that has signed in as staff.
    pub async fn signed_in(&self) -> Client {
        let mut client = Client::connect(self.address).await;
        client.get("/sign-in", "").await;
        let cookie = cookie_of(&client.last);
        let token =
            client.last.split(r#"name="csrf" value=""#).nth(1).expect("a form").split('"').next().unwrap_or_default();
        let body = format!("csrf={token}&email=bench%40example.com&password={}&next=", PASSWORD.replace(' ', "+"));
        let headers = format!(
            "cookie: {cookie}\r\norigin: http://{}\r\ncontent-type: application/x-www-form-urlencoded\r\n",
            self.address
        );
        let status = client.post("/sign-in", &headers, &body).await.0;
        assert_eq!(status, 303, "signed in");
        client.headers = format!("cookie: {}\r\n", cookie_of(&client.last));
        client
    }

    pub fn watch(&self) -> Watch {
        let watch = Watch { stop: Arc::default(), peak: Arc::default(), wal: Arc::default() };
        let (stop, peak, wal) = (Arc::clone(&watch.stop), Arc::clone(&watch.peak), Arc::clone(&watch.wal));
        let (pid, path) = (self.pid(), self.directory.path().join("paydesk.db-wal"));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                peak.fetch_max(rss(pid), Ordering::Relaxed);
                wal.fetch_max(std::fs::metadata(&path).map_or(0, |data| data.len()), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        watch
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Watch {
    /// The most memory and the largest WAL seen, in bytes.
    pub fn stop(self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        (self.peak.load(Ordering::Relaxed), self.wal.load(Ordering::Relaxed))
    }
}

/// Resident memory of a process, in bytes.
pub fn rss(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn run(data: &Path, args: &[&str]) -> String {
    let output = Command::new(binary())
        .args(args)
        .arg("--data")
        .arg(data)
        .env("PAYDESK_PASSWORD", PASSWORD)
        .env("PAYDESK_LOG", "error")
        .output()
        .expect("a command");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}

/// The last cookie that an answer sets.
fn cookie_of(answer: &str) -> String {
    let mut lines = answer.lines().filter(|line| line.to_lowercase().starts_with("set-cookie: "));
    let line = lines.next_back().expect("a cookie");
    line["set-cookie: ".len()..].split(';').next().unwrap_or_default().to_owned()
}
