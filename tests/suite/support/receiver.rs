//! A receiver of webhooks: a real HTTP server that keeps what it hears and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What one request is answered with.
#[derive(Debug, Clone, Copy)]
pub enum Says {
    Status(u16),
    /// 302, to a place on this server that would take it.
    Elsewhere,
    /// Nothing, for ever.
    Nothing,
    /// 200, after a while.
    Slowly(Duration),
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Heard {
    /// `POST /hooks HTTP/1.1` and the headers.
    pub head: String,
    pub body: String,
}

pub struct Receiver {
    port: u16,
    answers: Arc<Mutex<VecDeque<Says>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let receiver = Receiver { port, answers: Arc::default(), heard: Arc::default() };
        let (answers, heard) = (Arc::clone(&receiver.answers), Arc::clone(&receiver.heard));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&answers), Arc::clone(&heard)));
            }
        });
        receiver
    }

    /// The address of a webhook; the settings of tests allow it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    /// What the next requests are answered; after that it is 200.
    pub fn answers(&self, answers: impl IntoIterator<Item = Says>) {
        self.answers.lock().expect("no panic").extend(answers);
    }

    /// Everything heard so far, in the order it came.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("no panic").clone()
    }
}

impl Heard {
    /// A header, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        let found = self.head.lines().filter_map(|line| line.split_once(": "));
        found.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The `event` member of the body.
    pub fn event(&self) -> String {
        self.json()["event"].as_str().expect("an event").to_owned()
    }
}

async fn converse(stream: TcpStream, answers: Arc<Mutex<VecDeque<Says>>>, heard: Arc<Mutex<Vec<Heard>>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.is_ok_and(|read| read > 0) {}
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if head.is_empty() || stream.read_exact(&mut body).await.is_err() {
        return;
    }
    let body = String::from_utf8(body).expect("UTF-8");
    heard.lock().expect("no panic").push(Heard { head, body });
    let says = answers.lock().expect("no panic").pop_front().unwrap_or(Says::Status(200));
    let (status, more) = match says {
        Says::Status(status) => (status, ""),
        Says::Elsewhere => (302, "Location: /elsewhere\r\n"),
        Says::Nothing => return tokio::time::sleep(Duration::from_secs(600)).await,
        Says::Slowly(pause) => {
            tokio::time::sleep(pause).await;
            (200, "")
        }
    };
    let text = format!("heard as {status}");
    let answer =
        format!("HTTP/1.1 {status} Played\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len());
    let _ = stream.get_mut().write_all(answer.as_bytes()).await;
}
