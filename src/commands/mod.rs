//! The command line: `serve`, `demo`, `staff add`, `credential add`, `key rotate`, `key drop-old`, `seed`, `verify`.

mod demo;
mod key;
mod people;
mod sample;
mod seed;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, DataArgs, ServeArgs};
use crate::error::Error;
use crate::keys::{Keys, Ring};
use crate::service::credentials::NewCredential;
use crate::service::verify;
use crate::store::{Location, Reader, StoreError};

/// Paydesk: the payouts desk a finance team runs itself.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    data: DataArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves pages and APIs and runs the jobs (the default).
    Serve(ServeArgs),
    /// Makes a fresh database full of sample data and serves it.
    Demo(DemoArgs),
    /// People.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Programs.
    Credential {
        #[command(subcommand)]
        command: CredentialCommand,
    },
    /// The secret key that seals account details and signs sessions and tokens.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Adds made-up payouts, fast and always the same, for benchmarks.
    Seed {
        /// How many.
        #[arg(long)]
        payouts: u64,
    },
    /// Re-adds the ledger and checks every promise; exit code 1 and the exact rows on any difference.
    Verify,
}

#[derive(Debug, Args)]
struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Where to write sign-ins, tokens and sample ids, once it serves.
    #[arg(long)]
    credentials: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Adds a person; prints the password when none is given.
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// viewer, operator, approver or admin
        #[arg(long, default_value = "viewer")]
        role: String,
        /// Read from this variable rather than typed, so that it stands in no list of processes.
        #[arg(long, env = "PAYDESK_PASSWORD", hide_env_values = true)]
        password: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Makes a new secret and seals everything anew under it. The server must be stopped.
    Rotate {
        /// Also drops the old secrets, which ends every session and token: for a secret that has leaked.
        #[arg(long)]
        drop_old: bool,
    },
    /// Drops the old secrets, which ends the sessions and tokens that still live by them. The server must be stopped.
    DropOld,
}

#[derive(Debug, Subcommand)]
enum CredentialCommand {
    /// Adds a program and prints its secret once. It works at once: no approval rule binds the owner of the machine.
    Add(CredentialArgs),
}

#[derive(Debug, Args)]
struct CredentialArgs {
    #[arg(long)]
    name: String,
    /// The API it speaks: wallet (/api/v1), revolut, razorpay or masspay.
    #[arg(long, default_value = "wallet")]
    dialect: String,
    /// The client's number.
    #[arg(long)]
    client: i64,
    /// The email of the person it acts for.
    #[arg(long)]
    owner: String,
    /// READ, WRITE, PAY, READ_SENSITIVE; separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "READ")]
    scopes: Vec<String>,
    /// Networks it may call from; separated by commas.
    #[arg(long, value_delimiter = ',')]
    ip: Vec<String>,
    /// The last day on which it works: 2027-12-31.
    #[arg(long)]
    expires: Option<String>,
    /// What the caps are in: USD.
    #[arg(long)]
    cap_currency: Option<String>,
    /// The most it may send out in one call: 500.00.
    #[arg(long)]
    most_per_call: Option<String>,
    /// The most it may send out in one day (UTC).
    #[arg(long)]
    most_per_day: Option<String>,
    /// For revolut: the host that its assertions name as iss, such as example.com.
    #[arg(long)]
    issuer: Option<String>,
    /// For revolut: the file with the certificate (PEM) that its assertions are signed with.
    #[arg(long)]
    certificate: Option<PathBuf>,
}

/// Runs what the command line asks for. The error is one sentence for the person at the terminal.
pub async fn run(cli: Cli) -> Result<ExitCode, String> {
    log(&cli);
    let location = cli.data.location()?;
    match cli.command {
        None => {
            let args = ServeOnly::parse_from(["paydesk"]).serve;
            serve::serve(&cli.data, &location, &args).await.map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Serve(args)) => serve::serve(&cli.data, &location, &args).await.map(|()| ExitCode::SUCCESS),
        Some(Command::Demo(args)) => {
            demo::demo(&cli.data, &location, &args.serve, args.credentials.as_deref()).await.map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Staff { command: StaffCommand::Add { email, name, role, password } }) => {
            let desk = serve::open(&cli.data, &location, &quiet_config()?).await?;
            people::add_staff(&desk, email, name, role, password).await.map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Credential { command: CredentialCommand::Add(args) }) => {
            let new = args.read()?;
            let desk = serve::open(&cli.data, &location, &quiet_config()?).await?;
            people::add_credential(&desk, &new).await.map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Key { command }) => match command {
            KeyCommand::Rotate { drop_old } => key::rotate(&cli.data, &location, drop_old).await,
            KeyCommand::DropOld => key::drop_old(&cli.data, &location).await,
        }
        .map(|()| ExitCode::SUCCESS),
        Some(Command::Seed { payouts }) => {
            let desk = serve::open(&cli.data, &location, &quiet_config()?).await?;
            seed::seed(&desk, payouts).await.map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Verify) => check(&cli.data, &location).await,
    }
}

impl CredentialArgs {
    /// The credential as typed, with what the named file holds.
    fn read(self) -> Result<NewCredential, String> {
        let certificate = match &self.certificate {
            Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => String::new(),
        };
        Ok(NewCredential {
            dialect: self.dialect,
            client: self.client.to_string(),
            owner: self.owner,
            name: self.name,
            scopes: self.scopes,
            ip_list: self.ip.join("\n"),
            last_day: self.expires.unwrap_or_default(),
            cap_currency: self.cap_currency.unwrap_or_default(),
            most_per_call: self.most_per_call.unwrap_or_default(),
            most_per_day: self.most_per_day.unwrap_or_default(),
            issuer: self.issuer.unwrap_or_default(),
            certificate,
        })
    }
}

/// `serve` without its name, so that `paydesk` alone reads the same settings.
#[derive(Debug, Parser)]
struct ServeOnly {
    #[command(flatten)]
    serve: ServeArgs,
}

/// Settings for commands that serve nothing.
fn quiet_config() -> Result<Config, String> {
    ServeOnly::parse_from(["paydesk"]).serve.config()
}

async fn check(data: &DataArgs, location: &Location) -> Result<ExitCode, String> {
    let mut reader = Reader::open(location).await.map_err(words)?;
    let report = verify::verify(&mut reader, &known_keys(data)?).await.map_err(|error| error.to_string())?;
    for difference in &report.differences {
        println!("DIFFERENCE {difference}");
    }
    for head in &report.heads {
        println!("audit chain {} has {} rows and ends in {}", head.chain, head.seq, head.hash);
    }
    println!(
        "{} payouts, {} ledger transactions, {} audit rows: {}",
        report.payouts,
        report.ledger_transactions,
        report.audit_rows,
        if report.differences.is_empty() { "everything adds up" } else { "there are differences" }
    );
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Loads the keys that belong to the data.
fn keys(data: &DataArgs) -> Result<Keys, String> {
    std::fs::create_dir_all(&data.data).map_err(|error| format!("{}: {error}", data.data.display()))?;
    Keys::load(&data.data, std::env::var("PAYDESK_KEY").ok().as_deref()).map_err(|error| error.to_string())
}

/// The ids of the keys that there are; none is made.
fn known_keys(data: &DataArgs) -> Result<Vec<String>, String> {
    let ring = match std::env::var("PAYDESK_KEY") {
        Ok(text) => Ring::parse(&text).map(Some),
        Err(_) => Ring::read(&data.data),
    };
    Ok(ring.map_err(|error| error.to_string())?.map(|ring| Keys::of(&ring).ids()).unwrap_or_default())
}

fn words(error: StoreError) -> String {
    error.to_string()
}

/// An error for the terminal: every field with its message.
fn terminal(error: Error) -> String {
    match error {
        Error::Validation(errors) => {
            errors.into_iter().map(|error| format!("{} {}", error.field, error.message)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

/// JSON lines for a server, plain ones for the other commands.
fn log(cli: &Cli) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_env("PAYDESK_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let serves = matches!(cli.command, None | Some(Command::Serve(_) | Command::Demo(_)));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if serves {
        builder.json().flatten_event(true).init();
    } else {
        builder.without_time().with_target(false).init();
    }
}
