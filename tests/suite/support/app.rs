//! A fresh desk for each test: its own database, a clock that stands still, and one of each kind of person.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::dev::ServerHandle;
use clap::Parser;
use paydesk::app;
use paydesk::clock::Clock;
use paydesk::config::{Config, RateLimits, ServeArgs};
use paydesk::domain::books::{About, Books};
use paydesk::domain::caller::{Caller, Via, Who};
use paydesk::domain::command::{LinkRecord, PayoutRecord};
use paydesk::domain::ids::{ClientId, Mint, PayoutId, PayoutLinkId, StaffId};
use paydesk::domain::ledger::{Account, Kind, Posting};
use paydesk::domain::money::{Currency, Money};
use paydesk::domain::payout_link::Method;
use paydesk::domain::staff::{Role, Scope};
use paydesk::domain::wallet::Wallet;
use paydesk::jobs;
use paydesk::keys::Keys;
use paydesk::service::access::Access;
use paydesk::service::credentials::{self, NewCredential};
use paydesk::service::links::{self, ClaimInput, LinkInput};
use paydesk::service::payouts::{self, PayeeInput, PayoutInput};
use paydesk::service::sign_in::Visit;
use paydesk::service::staff::{self, NewMember};
use paydesk::service::{Desk, tokens, verify};
use paydesk::store::{Location, Reader, bulk};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::proxy::Proxy;

/// 15 January 2026, 10:30 UTC, in Unix microseconds.
pub const NOW: i64 = 1_768_473_000_000_000;
pub const SECOND: i64 = 1_000_000;
pub const PASSWORD: &str = "correct horse battery staple";

/// Wallet numbers. Each starts with 1,000,000.00 (or the currency's equivalent digits), approval above 1,000.00.
pub const USD: i64 = 1;
pub const EUR: i64 = 2;
pub const JPY: i64 = 3;
pub const KWD: i64 = 4;
/// The wallet of the other client, in USD.
pub const OTHER_USD: i64 = 5;

/// A desk without a server.
pub struct TestDesk {
    pub desk: Desk,
    pub clock: Clock,
    pub location: Location,
    pub viewer: Caller,
    pub operator: Caller,
    pub approver: Caller,
    pub admin: Caller,
    /// Access tokens of programs owned by the admin: all scopes but the sensitive one, only READ, and the other
    /// client's.
    pub token: String,
    pub readonly_token: String,
    pub other_token: String,
    pub credential: (String, String),
    /// Keeps the directory until the test ends.
    _directory: TempDir,
}

/// A desk behind its server.
pub struct TestApp {
    pub test: TestDesk,
    pub base_url: String,
    /// Access tokens that programs of this desk were given, by the program's name.
    pub(super) tokens: Mutex<HashMap<String, String>>,
    server: ServerHandle,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

impl TestApp {
    /// Ends the server and its desk, and starts others on the same data.
    pub async fn restart(&mut self) {
        self.server.stop(false).await;
        self.test.desk.store.close().await;
        let listener = free_port();
        let config = Config { public_url: address(&listener), ..(*self.test.desk.config).clone() };
        let (location, clock) = (&self.test.location, self.test.clock.clone());
        let mut desk = app::desk(location, config, Keys::derive(&[7; 32]), clock).await.expect("a desk");
        desk.access = Arc::new(Access::with_address_limit(1_000_000));
        self.base_url = address(&listener);
        self.server = app::server(&desk, listener, 1).expect("a server").handle_spawned();
        self.test.desk = desk;
    }
}

/// A fresh desk.
pub async fn desk() -> TestDesk {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let location = location(&directory).await;
    open(location, directory, config("http://127.0.0.1:1")).await
}

/// A desk whose connections to PostgreSQL can be cut; none where tests run on SQLite.
pub async fn desk_through_proxy() -> Option<(TestDesk, Proxy)> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let Location::Postgres(url) = location(&directory).await else { return None };
    let (proxy, url) = Proxy::before(&url).await;
    Some((open(Location::Postgres(url), directory, config("http://127.0.0.1:1")).await, proxy))
}

/// A desk as a first `serve` finds it, for a server on this socket: no clients, no wallets, no staff.
pub async fn empty_desk(listener: &TcpListener) -> TestDesk {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let location = location(&directory).await;
    let clock = Clock::fixed(NOW);
    let desk = app::desk(&location, config(&address(listener)), Keys::derive(&[7; 32]), clock.clone()).await;
    let nobody = |role| caller(StaffId::first_at(0), "Nobody", role);
    TestDesk {
        desk: desk.expect("a desk"),
        clock,
        location,
        viewer: nobody(Role::Viewer),
        operator: nobody(Role::Operator),
        approver: nobody(Role::Approver),
        admin: nobody(Role::Admin),
        token: String::new(),
        readonly_token: String::new(),
        other_token: String::new(),
        credential: Default::default(),
        _directory: directory,
    }
}

/// A fresh desk behind a server on a free port.
pub async fn spawn() -> TestApp {
    spawn_with(|_| {}).await
}

/// The same with other settings.
pub async fn spawn_with(change: impl FnOnce(&mut Config)) -> TestApp {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let location = location(&directory).await;
    let listener = free_port();
    let mut config = config(&address(&listener));
    change(&mut config);
    serve(open(location, directory, config).await, listener)
}

/// Puts a desk behind a server.
pub fn serve(test: TestDesk, listener: TcpListener) -> TestApp {
    let base_url = address(&listener);
    let server = app::server(&test.desk, listener, 1).expect("a server").handle_spawned();
    TestApp { test, base_url, tokens: Mutex::default(), server }
}

pub fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// Starts a server in the background.
trait Spawned {
    fn handle_spawned(self) -> ServerHandle;
}

impl Spawned for actix_web::dev::Server {
    fn handle_spawned(self) -> ServerHandle {
        let handle = self.handle();
        tokio::spawn(self);
        handle
    }
}

async fn open(location: Location, directory: TempDir, config: Config) -> TestDesk {
    let clock = Clock::fixed(NOW);
    let keys = Keys::derive(&[7; 32]);
    let mut desk = app::desk(&location, config, keys, clock.clone()).await.expect("a desk");
    desk.access = Arc::new(Access::with_address_limit(1_000_000));
    books(&desk).await;
    let viewer = person(&desk, "vera@example.com", "Vera Viewer", Role::Viewer).await;
    let operator = person(&desk, "olga@example.com", "Olga Operator", Role::Operator).await;
    let approver = person(&desk, "axel@example.com", "Axel Approver", Role::Approver).await;
    let admin = person(&desk, "anna@example.com", "Anna Admin", Role::Admin).await;
    let all = [Scope::Read, Scope::Write, Scope::Pay];
    let (token, credential) = program(&desk, "1", &all).await;
    let (readonly_token, _) = program(&desk, "1", &[Scope::Read]).await;
    let (other_token, _) = program(&desk, "2", &all).await;
    TestDesk {
        desk,
        clock,
        location,
        viewer,
        operator,
        approver,
        admin,
        token,
        readonly_token,
        other_token,
        credential,
        _directory: directory,
    }
}

impl TestDesk {
    /// Makes a payout of the USD wallet as the operator; `amount` in major units.
    pub async fn payout(&self, amount: &str) -> PayoutRecord {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let reference = format!("TEST_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let input = input(&reference, USD, "USD", amount);
        payouts::create(&self.desk, &self.operator, &input, None).await.expect("a payout").value
    }

    /// Makes a payout link of the USD wallet as the operator, open for a day; `amount` in major units.
    pub async fn link(&self, amount: &str) -> LinkRecord {
        links::create(&self.desk, &self.operator, &link_input(amount), None).await.expect("a payout link").value
    }

    /// The secret in a link's address.
    pub fn secret(&self, record: &LinkRecord) -> String {
        let address = links::address(&self.desk, &record.link).expect("an address");
        address.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// The link as it stands.
    pub async fn get_link(&self, id: PayoutLinkId) -> LinkRecord {
        links::get(&self.desk, &self.admin, id).await.expect("the link")
    }

    /// A payout that was paid.
    pub async fn completed(&self, amount: &str) -> PayoutRecord {
        let id = self.payout(amount).await.payout.id;
        self.run_jobs(60).await;
        self.get(id).await
    }

    /// Moves the clock second by second and lets the jobs look each time.
    pub async fn run_jobs(&self, seconds: i64) {
        for _ in 0..seconds {
            self.clock.advance(SECOND);
            jobs::look(&self.desk).await.expect("jobs");
        }
    }

    pub async fn get(&self, id: PayoutId) -> PayoutRecord {
        payouts::get(&self.desk, &self.admin, id).await.expect("the payout")
    }

    /// What a wallet has available and held, in minor units.
    pub async fn balances(&self, wallet: i64) -> (i64, i64) {
        let wallet = paydesk::service::wallets::get(&self.desk, &self.admin, wallet).await.expect("the wallet");
        (wallet.available_minor, wallet.held_minor)
    }

    /// Fails the test unless everything adds up.
    pub async fn verify(&self) {
        let mut reader = Reader::open(&self.location).await.expect("a reader");
        let report = verify::verify(&mut reader, &self.desk.keys.ids()).await.expect("a report");
        assert_eq!(report.differences, Vec::<String>::new());
    }

    /// The one text a query answers.
    pub async fn text(&self, sql: &str) -> String {
        let mut reader = self.desk.store.read().await.expect("a reader");
        reader.text(sql.to_owned(), &[]).await.expect("a text").unwrap_or_default()
    }

    /// The one number a query answers.
    pub async fn int(&self, sql: &str) -> i64 {
        let mut reader = self.desk.store.read().await.expect("a reader");
        reader.int(sql.to_owned(), &[]).await.expect("a number").unwrap_or(0)
    }
}

/// A payout link to John Doe from the USD wallet, as typed, open for a day.
pub fn link_input(amount: &str) -> LinkInput {
    LinkInput {
        wallet_id: Some(USD.to_string()),
        amount: Some(amount.into()),
        currency: Some("USD".into()),
        contact_name: Some("John Doe".into()),
        contact_email: Some("john.doe@example.com".into()),
        expire_by: Some("2026-01-16T10:30:00Z".into()),
        ..LinkInput::default()
    }
}

/// What John Doe gives to be paid. Accounts that end in 9041 are refused by the sandbox.
pub fn claim_input(account: &str) -> ClaimInput {
    ClaimInput {
        method: Method::BankAccount,
        first_name: Some("John".into()),
        last_name: Some("Doe".into()),
        email: None,
        country: Some("US".into()),
        identifiers: Some(format!("{{\"account_number\":\"{account}\",\"routing_number\":\"021000021\"}}")),
        label: None,
    }
}

/// Somebody who opened a link's address.
pub fn visit() -> Visit {
    Visit { via: Via::Page, ip: Some("127.0.0.1".into()), user_agent: None, request_id: "test".into() }
}

/// A payout to John Doe, as typed.
pub fn input(reference: &str, wallet: i64, currency: &str, amount: &str) -> PayoutInput {
    PayoutInput {
        reference_id: Some(reference.into()),
        wallet_id: Some(wallet.to_string()),
        amount: Some(amount.into()),
        currency: Some(currency.into()),
        beneficiary: PayeeInput {
            email: Some("john.doe@example.com".into()),
            first_name: Some("John".into()),
            last_name: Some("Doe".into()),
            country: Some("US".into()),
            ..PayeeInput::default()
        },
        ..PayoutInput::default()
    }
}

/// The settings of tests: those of `serve`, with no limit on requests.
pub fn config(public_url: &str) -> Config {
    let limits = ["", "-revolut", "-razorpay", "-masspay"].map(|of| format!("--rate-limit{of}=0"));
    settings(["--public-url", public_url].into_iter().chain(limits.iter().map(String::as_str)))
}

/// How often programs may ask unless something else is set; tests ask as often as they like.
pub fn usual_limits() -> RateLimits {
    settings([]).rate_limits
}

fn settings<'a>(args: impl IntoIterator<Item = &'a str>) -> Config {
    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        serve: ServeArgs,
    }
    Settings::parse_from(["test"].into_iter().chain(args)).serve.config().expect("settings")
}

/// A file of its own, or a schema of its own where `TEST_DATABASE_URL` names a PostgreSQL server.
pub async fn location(directory: &TempDir) -> Location {
    let Ok(url) = std::env::var("TEST_DATABASE_URL") else {
        return Location::Directory(directory.path().to_owned());
    };
    sqlx::any::install_default_drivers();
    let schema = format!("t_{:016x}", rand::random::<u64>());
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&url).await.expect("PostgreSQL");
    let sql = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
    sqlx::raw_sql(sql).execute(&mut connection).await.expect("a schema");
    let separator = if url.contains('?') { '&' } else { '?' };
    Location::Postgres(format!("{url}{separator}options=-c%20search_path%3D{schema}"))
}

async fn books(desk: &Desk) {
    let mut mint = Mint::new(rand::random::<u64>);
    mint.turn_to(NOW - 1_000 * SECOND);
    let clients: Vec<(ClientId, i64, String)> =
        vec![(mint.next(), 1, "Larkfield Studios".into()), (mint.next(), 2, "Brightwater Logistics".into())];
    let wanted = [(0, Currency::USD), (0, Currency::EUR), (0, Currency::JPY), (0, Currency::KWD), (1, Currency::USD)];
    let wallets: Vec<Wallet> = wanted
        .into_iter()
        .zip(1..)
        .map(|((client, currency), number)| wallet(&mut mint, clients[client].0, currency, number))
        .collect();
    let mut books = Books::default();
    books.wallets = wallets.iter().map(|wallet| (wallet.id, wallet.clone())).collect();
    for wallet in &wallets {
        let posting = Posting::new(
            Account::Funding(wallet.currency),
            Account::Available(wallet.id),
            Money::new(100_000_000, wallet.currency),
        );
        let about = About { remarks: "Top-up".into(), ..About::default() };
        books.post(&mut mint, Kind::Funding, wallet.id, [posting], about).expect("funds");
    }
    let (books, clients, wallets) = (Arc::new(books), Arc::new(clients), Arc::new(wallets));
    desk.store
        .write(move |tx| {
            let (books, clients, wallets) = (Arc::clone(&books), Arc::clone(&clients), Arc::clone(&wallets));
            Box::pin(async move {
                bulk::insert_wallets(tx, &clients, &wallets).await?;
                bulk::write_books(tx, &books).await
            })
        })
        .await
        .expect("books");
}

fn wallet(mint: &mut Mint, client_id: ClientId, currency: Currency, number: i64) -> Wallet {
    Wallet {
        id: mint.next(),
        number,
        client_id,
        name: format!("Main {}", currency.code()),
        currency,
        available_minor: 0,
        held_minor: 0,
        approval_limit_minor: Some(100_000),
        fee_basis_points: 150,
        fee_fixed_minor: 0,
        fee_minimum_minor: 0,
        threshold_minor: Some(10_000),
        rail: "sandbox".into(),
        created_at: mint.now(),
        updated_at: mint.now(),
        closed_at: None,
        version: 1,
    }
}

async fn person(desk: &Desk, email: &str, name: &str, role: Role) -> Caller {
    let command = Caller::system(Via::Command, "test");
    let new = NewMember {
        email: email.into(),
        name: name.into(),
        role: role.name().into(),
        zone: String::new(),
        password: PASSWORD.into(),
    };
    let member = staff::add(desk, &command, &new).await.expect("a staff member");
    caller(member.id, name, role)
}

/// A signed-in person.
pub fn caller(id: StaffId, name: &str, role: Role) -> Caller {
    let who = Who::Staff { id, name: name.into(), role };
    Caller { who, via: Via::Page, ip: Some("127.0.0.1".into()), request_id: "test".into() }
}

async fn program(desk: &Desk, client: &str, scopes: &[Scope]) -> (String, (String, String)) {
    let command = Caller::system(Via::Command, "test");
    let new = NewCredential {
        client: client.into(),
        owner: "anna@example.com".into(),
        name: format!("Program of client {client} with {} scopes", scopes.len()),
        scopes: scopes.iter().map(|scope| scope.name().to_owned()).collect(),
        ip_list: String::new(),
        ..NewCredential::default()
    };
    let issued = credentials::create(desk, &command, &new).await.expect("a credential");
    let token = tokens::mint_access_token(desk, &issued.credential, 3_600 * SECOND * 24);
    (token, (issued.credential.username, issued.secret.expect("a password")))
}
