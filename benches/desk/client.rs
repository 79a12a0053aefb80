//! A small HTTP client that keeps its connection: what is measured should be the server.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Sent with every request, such as a cookie.
    pub headers: String,
    /// The last answer's head and the start of its body.
    pub last: String,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Client { stream, buffer: vec![0; 64 * 1024], headers: String::new(), last: String::new() }
    }

    /// Status, and how many bytes the body had.
    pub async fn get(&mut self, path: &str, headers: &str) -> (u16, usize) {
        let own = &self.headers;
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{own}{headers}\r\n")).await
    }

    pub async fn post(&mut self, path: &str, headers: &str, body: &str) -> (u16, usize) {
        let (own, length) = (&self.headers, body.len());
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{own}{headers}content-length: {length}\r\n\r\n");
        self.send(head + body).await
    }

    async fn send(&mut self, request: String) -> (u16, usize) {
        self.stream.write_all(request.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        let end = loop {
            let read = self.stream.read(&mut self.buffer).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
            head.extend_from_slice(&self.buffer[..read]);
            if let Some(end) = find(&head, b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = String::from_utf8_lossy(&head[..end]).to_lowercase();
        let status = text[9..12].parse().expect("a status");
        let length = text.lines().find_map(|line| {
            line.strip_prefix("content-length: ").and_then(|length| length.trim().parse::<usize>().ok())
        });
        self.last = String::from_utf8_lossy(&head).into_owned();
        let mut got = head.len() - end;
        match length {
            Some(length) => {
                while got < length {
                    let read = self.stream.read(&mut self.buffer).await.expect("a body");
                    if self.last.len() < 200_000 {
                        self.last.push_str(&String::from_utf8_lossy(&self.buffer[..read]));
                    }
                    got += read;
                }
            }
            None => {
                let mut tail = head[end..].to_vec();
                while !tail.ends_with(b"0\r\n\r\n") {
                    let read = self.stream.read(&mut self.buffer).await.expect("a body");
                    assert!(read > 0, "the server closed the connection");
                    tail.extend_from_slice(&self.buffer[..read]);
                    got += read;
                    let keep = tail.len().saturating_sub(8);
                    tail.drain(..keep);
                }
            }
        }
        (status, got)
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
