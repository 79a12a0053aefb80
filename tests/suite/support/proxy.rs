//! A way to PostgreSQL that can be cut at the moment of a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to the next COMMIT.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Nothing,
    /// It never reaches the server.
    Before,
    /// The server gets it, and its answer is lost.
    After,
    /// The same, and nobody reaches the server any more.
    ForGood,
}

pub struct Proxy {
    cut: Arc<AtomicU8>,
}

impl Proxy {
    /// Stands before the server of this address; answers the address to use instead.
    pub async fn before(url: &str) -> (Proxy, String) {
        let host = url.split('@').nth(1).and_then(|rest| rest.split('/').next()).expect("a host").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("an address").to_string();
        let through = url.replacen(&host, &own, 1);
        let cut = Arc::new(AtomicU8::new(Cut::Nothing as u8));
        let told = Arc::clone(&cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if told.load(Ordering::SeqCst) == Cut::ForGood as u8 + 1 {
                    continue;
                }
                let server = TcpStream::connect(&host).await.expect("PostgreSQL");
                tokio::spawn(carry(client, server, Arc::clone(&told)));
            }
        });
        (Proxy { cut }, through)
    }

    pub fn cut(&self, next: Cut) {
        self.cut.store(next as u8, Ordering::SeqCst);
    }
}

async fn carry(client: TcpStream, server: TcpStream, cut: Arc<AtomicU8>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let answers = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from_client.read(&mut buffer).await {
        let is_commit = buffer[..read].windows(7).any(|bytes| bytes == b"COMMIT\0");
        let now = cut.load(Ordering::SeqCst);
        if is_commit && now != Cut::Nothing as u8 {
            cut.store(if now == Cut::ForGood as u8 { now + 1 } else { Cut::Nothing as u8 }, Ordering::SeqCst);
            answers.abort();
            if now != Cut::Before as u8 {
                let _ = to_server.write_all(&buffer[..read]).await;
                // The server does its work; nobody listens.
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            return;
        }
        if to_server.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
