//! `demo`: a fresh database, richly filled, served with the sandbox provider.

mod programs;

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::people::{caller, made_up_password};
use super::sample::{self, Cast, SAMPLE_WALLET, Sample};
use super::serve::{bind, open, until_stopped};
use super::{terminal, words};
use crate::config::{DataArgs, RateLimits, ServeArgs};
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::staff::Role;
use crate::http;
use crate::service::Desk;
use crate::service::access::Access;
use crate::service::staff::{self, NewMember};
use crate::store::{Location, Reader, bulk};

const PEOPLE: [(&str, &str, Role); 4] = [
    ("Vera Holm", "vera@example.com", Role::Viewer),
    ("Ada Quist", "ada@example.com", Role::Operator),
    ("Grace Oyelaran", "grace@example.com", Role::Approver),
    ("Alan Brandt", "alan@example.com", Role::Admin),
];

/// Whoever tries the demo out should not have to wait because of how fast they try.
const DEMO_LIMITS: RateLimits = RateLimits { v1: 600_000, revolut: 600_000, razorpay: 600_000, masspay: 600_000 };

/// Makes the data and serves it; `credentials` is written once requests are answered.
pub async fn demo(
    data: &DataArgs,
    location: &Location,
    args: &ServeArgs,
    credentials: Option<&Path>,
) -> Result<(), String> {
    let mut config = args.config()?;
    config.rate_limits = args.rate_limits(DEMO_LIMITS);
    http::health::record();
    let listener = bind(&config)?;
    start_fresh(location).await?;
    let mut desk = open(data, location, &config).await?;
    desk.access = Arc::new(Access::with_address_limit(1_000));
    let credentials_file = fill(&desk).await?;
    let text = serde_json::to_string_pretty(&credentials_file).expect("texts and numbers") + "\n";
    let ready = async {
        match credentials {
            Some(path) => match write_private(path, &text) {
                Ok(()) => println!("Paydesk serves at {}; sign-ins are in {}", desk.config.public_url, path.display()),
                Err(error) => eprintln!("paydesk: {}: {error}", path.display()),
            },
            None => println!("Paydesk serves at {}\n{}", desk.config.public_url, sign_ins(&credentials_file)),
        }
    };
    until_stopped(desk.clone(), listener, ready).await
}

/// Refuses data that a demo did not make; an earlier demo's is made anew.
async fn start_fresh(location: &Location) -> Result<(), String> {
    const REFUSAL: &str = "there is data that no demo has made: choose another directory with --data";
    let Some(file) = location.file() else {
        return Ok(());
    };
    if !file.exists() {
        return Ok(());
    }
    let mut reader = Reader::open(location).await.map_err(words)?;
    let made = reader.text("SELECT value FROM meta WHERE name = 'made_by'".into(), &[]).await;
    reader.close().await.map_err(words)?;
    if made.map_err(|_| REFUSAL)?.as_deref() != Some("demo") {
        return Err(REFUSAL.into());
    }
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.clone().into_os_string();
        name.push(ending);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
    }
    Ok(())
}

/// The sign-ins and tokens to read from a terminal; the sample ids are only in the file.
fn sign_ins(credentials: &serde_json::Value) -> String {
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines: Vec<String> = credentials["users"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|user| format!("  {:<9} {:<18} {}", word(&user["role"]), word(&user["email"]), word(&user["password"])))
        .collect();
    let tokens = &credentials["tokens"];
    lines.push(format!("Token for /api/v1: {}", word(&tokens["wallet"]["access_token"])));
    lines.push(format!("The same, only to read: {}", word(&tokens["readonly"]["wallet"]["access_token"])));
    lines.push("--credentials FILE writes these and sample ids as JSON.".into());
    lines.join("\n")
}

/// Writes people, programs and the history, and answers what the credentials file says.
async fn fill(desk: &Desk) -> Result<serde_json::Value, String> {
    mark(desk).await?;
    let mut users = Vec::new();
    let mut ids = Vec::new();
    for (name, email, role) in PEOPLE {
        let password = made_up_password();
        let new = NewMember {
            email: email.into(),
            name: name.into(),
            role: role.name().into(),
            zone: String::new(),
            password: password.clone(),
        };
        let member = staff::add(desk, &caller("demo"), &new).await.map_err(terminal)?;
        users.push(json!({ "email": email, "password": password, "role": role.name() }));
        ids.push(member.id);
    }
    let cast = Cast {
        operator: (ids[1], PEOPLE[1].0.into()),
        approver: (ids[2], PEOPLE[2].0.into()),
        program: (crate::domain::ids::Id::first_at(desk.clock.now()), "ERP nightly".into()),
        program_owner: ids[3],
    };
    let sample = sample::play(desk.clock.now(), &cast, &desk.keys);
    let sample = write(desk, sample).await?;
    let (completed, cancelled) = (sample.samples["completed"][0], sample.samples["cancelled"][0]);
    sample::webhooks::make(desk, &caller("demo"), completed, cancelled).await.map_err(terminal)?;
    let staff = |place: usize| {
        let (name, _, role) = PEOPLE[place];
        let who = Who::Staff { id: ids[place], name: name.into(), role };
        Caller { who, via: Via::Page, ..caller("demo") }
    };
    sample::freezes::make(desk, &staff(1), &staff(2)).await.map_err(terminal)?;
    sample::manual::make(desk, &staff(1), &staff(3)).await.map_err(terminal)?;
    let waiting: Vec<_> = ["created", "queued", "completed"].iter().map(|state| sample.samples[state][1]).collect();
    sample::batches::make(desk, &staff(1), &waiting).await.map_err(terminal)?;
    sample::approvals::make(desk, &staff(1), &staff(2), &staff(3)).await.map_err(terminal)?;
    let tokens = programs::make(desk, &sample).await?;
    Ok(json!({
        "base_url": desk.config.public_url,
        "users": users,
        "tokens": tokens,
        "samples": {
            "wallet_id": SAMPLE_WALLET,
            "payouts": sample.samples,
            "links": sample.link_samples,
            "revolut": sample.revolut,
            "masspay": {
                "user_token": sample.masspay.0.token("usr_"),
                "payout_token_completed": sample.masspay.1.token("payout_"),
            },
        },
    }))
}

/// Says that a demo made this database, before anything else is in it.
async fn mark(desk: &Desk) -> Result<(), String> {
    let marked = desk.store.write(|tx| {
        Box::pin(async move {
            let there = tx.int("SELECT (SELECT COUNT(*) FROM clients) + (SELECT COUNT(*) FROM staff)", &[]).await?;
            let made = tx.text("SELECT value FROM meta WHERE name = 'made_by'", &[]).await?;
            if there != Some(0) || made.is_some() {
                return Ok(false);
            }
            let sql =
                "INSERT INTO meta (name, value) VALUES ('made_by', 'demo'), ('organisation', 'Larkfield Studios')";
            tx.execute(sql, &[]).await.map(|_| true)
        })
    });
    if marked.await.map_err(words)? {
        Ok(())
    } else {
        Err("this database holds data already: the demo needs an empty one".into())
    }
}

async fn write(desk: &Desk, sample: Sample) -> Result<Arc<Sample>, String> {
    let sample = Arc::new(sample);
    let written = Arc::clone(&sample);
    desk.store
        .write(move |tx| {
            let sample = Arc::clone(&written);
            Box::pin(async move {
                let clients: Vec<_> =
                    sample.clients.iter().map(|(id, number, name)| (*id, *number, (*name).to_owned())).collect();
                bulk::insert_wallets(tx, &clients, &sample.wallets).await?;
                bulk::write_books(tx, &sample.books).await
            })
        })
        .await
        .map_err(words)?;
    Ok(sample)
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("part");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&temporary)?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(temporary, path)
}
