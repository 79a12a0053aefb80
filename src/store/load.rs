//! What a set of units needs to know, read in one query as one row.

mod seen;
mod wanted;

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::AnyConnection;

use self::seen::SeenLoader;
pub use self::wanted::Fingerprints;
use self::wanted::Wanted;
use super::load_approvals::ApprovalLoader;
use super::load_cases::CaseLoader;
use super::load_items::ItemLoader;
use super::load_links::LinkLoader;
use super::load_quotes::QuoteLoader;
use super::load_transfers::TransferLoader;
use super::manual::ManualLoader;
use super::sql::{self, Engine};
use super::tables::{CANCELLATIONS, EVENTS, KEYS, PAYEE_ACCOUNTS, PAYEES, PAYOUTS, REVERSALS, WALLETS};
use super::{credentials, freezes, hold};
use crate::domain::audit::Head;
use crate::domain::books::{Books, StoredKey};
use crate::domain::cancellation::Cancellation;
use crate::domain::command::{PayoutRecord, Unit};
use crate::domain::credential::Spending;
use crate::domain::freeze::Freezes;
use crate::domain::ids::ClientId;
use crate::domain::payee::Payee;
use crate::domain::payee_account::PayeeAccount;
use crate::domain::reversal::Reversal;
use crate::domain::wallet::Wallet;
use crate::domain::webhook;

/// The query, built once: its text is long and always the same.
#[derive(Debug)]
pub struct Loader {
    query: Arc<str>,
    seen: SeenLoader,
    links: LinkLoader,
    quotes: QuoteLoader,
    transfers: TransferLoader,
    items: ItemLoader,
    cases: CaseLoader,
    approvals: ApprovalLoader,
    by_hand: ManualLoader,
    lock: String,
    /// The same for units that a freeze may stop.
    gate: String,
    engine: Engine,
}

/// A payee and the account of it that is wanted, over `payees b` and `payee_accounts a`.
#[derive(Debug, Deserialize)]
pub struct Paid {
    payee: Payee,
    account: Option<PayeeAccount>,
}

#[derive(Debug, Deserialize)]
struct UsedTransfer {
    client_id: ClientId,
    client_transfer_id: String,
}

/// Chain heads are read inside the transaction, never cached: another process may have written to the chain.
const HEAD: &str = "SELECT chain, seq, hash FROM audit_log WHERE chain = {chain} ORDER BY seq DESC LIMIT 1";

/// How many parts the query has.
const PARTS: usize = 14;

impl Loader {
    pub fn new(engine: Engine) -> Loader {
        let record = record_object(engine);
        let joins = record_joins();
        let wallet = wallet_object(engine);
        let (each, names) = (|place| engine.each(place), |place| engine.each_text(place));
        // What is asked for drives each part by a join: an `IN (SELECT …)` would fill a table of its own first.
        let columns = [
            engine.text_array(&record, &format!("{} JOIN payouts p ON p.id = value {joins}", names(1))),
            engine.text_array(
                &record,
                &format!(
                    "{} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN payouts p ON \
                     p.reference_id = value ->> 'reference' AND p.client_id = v.client_id AND p.origin = 'desk' {joins}",
                    each(2)
                ),
            ),
            engine.text_array(
                &wallet,
                &format!(
                    "(SELECT DISTINCT p.wallet_id FROM {} JOIN payouts p ON p.id = value) AS named JOIN wallets w ON \
                     w.id = named.wallet_id",
                    names(1)
                ),
            ),
            engine.text_array(
                &wallet,
                &format!("{} JOIN wallets w ON w.number = CAST(value ->> 'number' AS BIGINT)", each(3)),
            ),
            engine.text_array(
                &Paid::object(engine),
                &format!(
                    "{} JOIN payees b ON b.id = value ->> 'payee' LEFT JOIN payee_accounts a ON a.id = \
                     COALESCE(value ->> 'account', (SELECT d.id FROM payee_accounts d WHERE d.payee_id = b.id AND \
                     d.deleted_at IS NULL AND d.disabled_at IS NULL ORDER BY d.id DESC LIMIT 1))",
                    each(4)
                ),
            ),
            engine.text_array(
                &Paid::object(engine),
                &format!(
                    "{} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) {}",
                    each(5),
                    Paid::alike("v.client_id")
                ),
            ),
            engine
                .text_array(&REVERSALS.object(engine, "r"), &format!("{} JOIN reversals r ON r.id = value", names(6))),
            engine.text_array(
                &engine.object(&[
                    ("client_id", "r.client_id".into()),
                    ("client_transfer_id", "r.client_transfer_id".into()),
                ]),
                &format!(
                    "{} JOIN payouts p ON p.id = value ->> 'payout' JOIN reversals r ON r.client_id = p.client_id \
                     AND r.client_transfer_id = value ->> 'transfer'",
                    each(7)
                ),
            ),
            engine.text_array(
                &CANCELLATIONS.object(engine, "c"),
                &format!("{} JOIN cancellations c ON c.payout_id = value", names(8)),
            ),
            engine.text_array(
                &KEYS.object(engine, "k"),
                &format!(
                    "{} JOIN idempotency_keys k ON k.caller = value ->> 'caller' AND k.operation = \
                     value ->> 'operation' AND k.key = value ->> 'key'",
                    each(9)
                ),
            ),
            engine.array(&["chain", "seq", "hash"], &HEAD.replace("{chain}", "$12")),
            engine.text_array(&credentials::spending_object(engine), &credentials::spending_of(&names(10))),
            engine.text_array(&freezes::FREEZES.array(engine, "f"), &freezes::stopping(&names(11))),
            engine.text_array(
                "r.people",
                &format!("{} JOIN approval_rules r ON r.verb = value AND r.ended_at IS NULL", names(13)),
            ),
        ];
        let query = format!("SELECT {}", columns.join(",\n")).into();
        let lock = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM wallets w WHERE w.id IN (SELECT wallet_id FROM payouts WHERE id IN \
             ({}) UNION ALL SELECT wallet_id FROM payout_links WHERE id IN ({})) OR w.number IN (SELECT CAST(value ->> \
             'number' AS BIGINT) FROM {}) ORDER BY w.id FOR UPDATE) AS q",
            engine.texts(1),
            engine.texts(3),
            each(2)
        );
        let gate = hold::through_gate(&lock);
        let (links, quotes, transfers) =
            (LinkLoader::new(engine), QuoteLoader::new(engine), TransferLoader::new(engine));
        let (items, cases) = (ItemLoader::new(engine), CaseLoader::new(engine));
        let (approvals, by_hand) = (ApprovalLoader::new(engine), ManualLoader::new(engine));
        let seen = SeenLoader::new(engine);
        Loader { query, seen, links, quotes, transfers, items, cases, approvals, by_hand, lock, gate, engine }
    }

    /// Reads everything the units name, and the head of the audit chain. Payouts that a reader has `seen` are read only
    /// if they have changed since.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        units: &[&Unit],
        seen: &[&PayoutRecord],
        chain: &str,
    ) -> Result<(Books, Head), sqlx::Error> {
        let mut wanted = Wanted::of(units);
        wanted.add_wallets_of(seen);
        if self.engine == Engine::Postgres {
            self.lock_wallets(connection, &wanted).await?;
        }
        let still = self.seen.still(connection, seen).await?;
        wanted.leave_out(&still);
        let mut values = wanted.values();
        values.extend([sql::Value::from(chain), wanted.approvals.verbs()]);
        let parts = sql::read_arrays(connection, Arc::clone(&self.query), &values, PARTS).await?;
        let parts: [String; PARTS] = parts.try_into().expect("as many as asked for");
        let [
            named,
            referred,
            held,
            numbered,
            saved,
            alike,
            reversals,
            transfers,
            cancellations,
            keys,
            heads,
            spending,
            frozen,
            rules,
        ] = &parts;
        let records = both::<PayoutRecord>(named, referred)?;
        let transfers: Vec<UsedTransfer> = sql::decode(transfers)?;
        let heads: Vec<Head> = sql::decode(heads)?;
        let mut books = Books::default();
        books.payouts = by(records, |record| record.payout.id);
        let standing = seen.iter().filter(|record| still.contains(&record.payout.id));
        books.payouts.extend(standing.map(|record| (record.payout.id, (*record).clone())));
        add_wallets(&mut books, both(held, numbered)?);
        both::<Paid>(saved, alike)?.into_iter().for_each(|paid| paid.enter(&mut books));
        books.reversals = by(sql::decode(reversals)?, |reversal: &Reversal| reversal.id);
        books.cancellations = by(sql::decode(cancellations)?, |cancellation: &Cancellation| cancellation.id);
        books.transfer_ids = transfers.into_iter().map(|used| (used.client_id, used.client_transfer_id)).collect();
        books.keys = by(sql::decode(keys)?, |stored: &StoredKey| {
            (stored.key.caller.clone(), stored.key.operation.clone(), stored.key.key.clone())
        });
        books.spending = by(sql::decode(spending)?, |spending: &Spending| spending.credential_id);
        books.freezes = Freezes(sql::decode(frozen)?);
        self.links.load(connection, wanted.links, &mut books).await?;
        self.quotes.load(connection, wanted.quotes, &mut books).await?;
        self.transfers.load(connection, wanted.moves, &mut books).await?;
        self.items.load(connection, wanted.items, &mut books).await?;
        self.cases.load(connection, wanted.cases, &mut books).await?;
        self.approvals.load(connection, wanted.approvals, rules != "[]", &mut books).await?;
        self.by_hand.load(connection, wanted.by_hand, &mut books).await?;
        Ok((books, heads.into_iter().next().unwrap_or_else(|| Head::start(chain))))
    }

    /// Locks the wallets first and in id order, so that two processes queue up instead of meeting in a deadlock.
    async fn lock_wallets(&self, connection: &mut AnyConnection, wanted: &Wanted<'_>) -> Result<(), sqlx::Error> {
        let values = wanted.values();
        let sql = if wanted.freezes.is_empty() { &self.lock } else { &self.gate };
        sql::read_int(connection, sql.clone(), &[values[0].clone(), values[2].clone(), wanted.links.ids()])
            .await
            .map(|_| ())
    }
}

/// The head of a chain alone, for transactions without units.
pub async fn head(connection: &mut AnyConnection, engine: Engine, chain: &str) -> Result<Head, sqlx::Error> {
    let inner = HEAD.replace("{chain}", "$1");
    let heads: Vec<Head> = sql::read(connection, engine, &["chain", "seq", "hash"], &inner, &[chain.into()]).await?;
    Ok(heads.into_iter().next().unwrap_or_else(|| Head::start(chain)))
}

/// A wallet, and what the webhooks of its client want to know.
#[derive(Debug, Deserialize)]
pub struct LoadedWallet {
    wallet: Wallet,
    /// Kinds separated by blanks, once for each webhook; none where there is no webhook.
    listeners: Option<Vec<String>>,
}

/// A [`LoadedWallet`] over `wallets w`: a client without webhooks costs one look into a small index.
pub fn wallet_object(engine: Engine) -> String {
    let listeners = engine.collect("h.kinds", "webhooks h WHERE h.client_id = w.client_id AND h.state = 'active'");
    engine.object(&[("wallet", WALLETS.array(engine, "w")), ("listeners", listeners)])
}

pub fn add_wallets(books: &mut Books, loaded: Vec<LoadedWallet>) {
    for LoadedWallet { wallet, listeners } in loaded {
        let kinds = listeners.iter().flatten().flat_map(|kinds| kinds.split(' ')).filter_map(webhook::Kind::from_name);
        let mut kinds = kinds.peekable();
        if kinds.peek().is_some() {
            books.listeners.entry(wallet.client_id).or_default().extend(kinds);
        }
        books.wallets.insert(wallet.id, wallet);
    }
}

/// A [`PayoutRecord`] as a JSON object, over the joins of [`record_joins`].
pub fn record_object(engine: Engine) -> String {
    // Not ordered here, which would build a table for each payout; reading the record puts them in order.
    let events = engine.collect(&EVENTS.array(engine, "e"), "payout_events e WHERE e.payout_id = p.id");
    engine.object(&[
        ("payout", PAYOUTS.array(engine, "p")),
        ("payee", PAYEES.array(engine, "b")),
        ("account", account(engine)),
        ("wallet_number", "w.number".into()),
        ("wallet_name", "w.name".into()),
        ("events", events),
    ])
}

/// What [`record_object`] needs beside `payouts p`.
pub fn record_joins() -> &'static str {
    "JOIN payees b ON b.id = p.payee_id LEFT JOIN payee_accounts a ON a.id = p.account_id JOIN wallets w ON w.id = \
     p.wallet_id"
}

impl Paid {
    pub fn object(engine: Engine) -> String {
        engine.object(&[("payee", PAYEES.array(engine, "b")), ("account", account(engine))])
    }

    /// The joins that find the payee of [`Fingerprints`] in `value`, and its account, among those of a client.
    pub fn alike(client: &str) -> String {
        format!(
            "JOIN payees b ON b.client_id = {client} AND b.fingerprint = value ->> 'fingerprint' AND b.deleted_at IS \
             NULL LEFT JOIN payee_accounts a ON a.payee_id = b.id AND a.fingerprint = value ->> 'account' AND \
             a.deleted_at IS NULL"
        )
    }

    pub fn enter(self, books: &mut Books) {
        books.payees.insert(self.payee.id, self.payee);
        books.accounts.extend(self.account.map(|account| (account.id, account)));
    }
}

/// The account in `payee_accounts a`, or null.
fn account(engine: Engine) -> String {
    format!("CASE WHEN a.id IS NULL THEN NULL ELSE {} END", PAYEE_ACCOUNTS.array(engine, "a"))
}

/// The rows of two parts; what both name is there twice.
fn both<T: DeserializeOwned>(one: &str, other: &str) -> Result<Vec<T>, sqlx::Error> {
    let mut rows: Vec<T> = sql::decode(one)?;
    rows.append(&mut sql::decode(other)?);
    Ok(rows)
}

fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
