//! A mail server and a gateway for text messages, as far as a desk talks to them, each playing what a test asks for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use paydesk::config::{MessageConfig, Secret, Sms, Smtp, SmtpTls};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the mail server does with one connection; it takes the mail when nothing is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Play {
    /// Answers the recipient like this.
    Recipient(&'static str),
    /// Goes away before the mail has ended.
    BreakInData,
    /// Does not know the user.
    RefuseSignIn,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: String,
    /// Head and body as they came, dots restored.
    pub text: String,
}

/// A server for plain SMTP.
pub struct SmtpServer {
    port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
    plays: Arc<Mutex<VecDeque<Play>>>,
}

/// A gateway that answers with these statuses in turn, and 200 afterwards.
pub struct Gateway {
    port: u16,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    /// Heads and bodies.
    requests: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
}

impl SmtpServer {
    pub async fn start() -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let server = SmtpServer { port, mails: Arc::default(), plays: Arc::default() };
        let (mails, plays) = (Arc::clone(&server.mails), Arc::clone(&server.plays));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let play = plays.lock().expect("no panic").pop_front();
                let mails = Arc::clone(&mails);
                tokio::spawn(async move {
                    // A client that goes away ends the conversation.
                    let _ = converse(stream, play, &mails).await;
                });
            }
        });
        server
    }

    /// Settings of a desk that sends through this server.
    pub fn config(&self) -> MessageConfig {
        let smtp = Smtp {
            host: "127.0.0.1".into(),
            port: self.port,
            tls: SmtpTls::None,
            sign_in: Some(("desk".into(), Secret("a password".into()))),
            from: "pay@desk.example.com".into(),
        };
        MessageConfig { smtp: Some(smtp), sms: None }
    }

    /// What the next connections get, in turn.
    pub fn plays(&self, plays: impl IntoIterator<Item = Play>) {
        self.plays.lock().expect("no panic").extend(plays);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("no panic").clone()
    }
}

impl Mail {
    /// The text with the line breaks of its transport taken out.
    pub fn words(&self) -> String {
        self.text.replace("=\r\n", "").replace("=3D", "=")
    }

    /// A line of the head.
    pub fn header(&self, name: &str) -> String {
        let start = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.text)).to_owned()
    }
}

async fn converse(stream: TcpStream, play: Option<Play>, mails: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut mail = Mail { from: String::new(), to: String::new(), text: String::new() };
    say(&mut stream, "220 test at your service").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let argument = || line.split_once(':').map_or("", |(_, rest)| rest).to_owned();
        match line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say(&mut stream, "250-test\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN").await?,
            "AUTH" if matches!(play, Some(Play::RefuseSignIn)) => say(&mut stream, "535 5.7.8 who are you?").await?,
            "AUTH" => say(&mut stream, "235 2.7.0 hello").await?,
            "MAIL" => {
                mail.from = argument();
                say(&mut stream, "250 2.1.0 go on").await?;
            }
            "RCPT" => {
                mail.to = argument();
                match play {
                    Some(Play::Recipient(answer)) => say(&mut stream, answer).await?,
                    _ => say(&mut stream, "250 2.1.5 go on").await?,
                }
            }
            "DATA" => {
                say(&mut stream, "354 end with a dot").await?;
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await? == 0 || matches!(play, Some(Play::BreakInData)) {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                mails.lock().expect("no panic").push(mail.clone());
                mail.text.clear();
                say(&mut stream, "250 2.0.0 queued as 4711").await?;
            }
            "QUIT" => return say(&mut stream, "221 2.0.0 bye").await,
            _ => say(&mut stream, "250 2.0.0 fine").await?,
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await
}

impl Gateway {
    pub async fn start() -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let gateway = Gateway { port, statuses: Arc::default(), requests: Arc::default() };
        let (statuses, requests) = (Arc::clone(&gateway.statuses), Arc::clone(&gateway.requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (head, body, mut stream) = request(stream).await.expect("a request");
                requests.lock().expect("no panic").push((head, body));
                let status = statuses.lock().expect("no panic").pop_front().unwrap_or(200);
                let answer = format!("HTTP/1.1 {status} Played\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.get_mut().write_all(answer.as_bytes()).await;
            }
        });
        gateway
    }

    /// Settings of a desk that texts through this gateway.
    pub fn config(&self) -> MessageConfig {
        let url = format!("http://127.0.0.1:{}/send", self.port);
        MessageConfig { smtp: None, sms: Some(Sms { url, token: Some(Secret("token-1".into())) }) }
    }

    pub fn answers(&self, statuses: impl IntoIterator<Item = u16>) {
        self.statuses.lock().expect("no panic").extend(statuses);
    }

    pub fn requests(&self) -> Vec<(String, serde_json::Value)> {
        self.requests.lock().expect("no panic").clone()
    }
}

async fn request(stream: TcpStream) -> std::io::Result<(String, serde_json::Value, BufReader<TcpStream>)> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let body = serde_json::from_slice(&body).expect("JSON");
    Ok((head, body, stream))
}
