//! What a set of units needs to know, read in one query as one row.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::sql::{self, Engine};
use super::tables::{CANCELLATIONS, EVENTS, KEYS, LINK_EVENTS, LINKS, PAYEES, PAYOUTS, REVERSALS, WALLETS};
use crate::domain::audit::Head;
use crate::domain::books::{Books, StoredKey};
use crate::domain::cancellation::Cancellation;
use crate::domain::command::{Command, IdempotencyKey, LinkRecord, PayeeChoice, PayoutRecord, Unit};
use crate::domain::ids::ClientId;
use crate::domain::payee::Payee;
use crate::domain::reversal::Reversal;
use crate::domain::wallet::Wallet;

/// The query, built once: its text is long and always the same.
#[derive(Debug)]
pub struct Loader {
    query: Arc<str>,
    lock: String,
    engine: Engine,
}

/// What the units of a set name.
#[derive(Debug, Default)]
struct Wanted<'a> {
    payouts: BTreeSet<String>,
    asks: BTreeSet<String>,
    wallets: BTreeSet<i64>,
    references: Vec<Reference<'a>>,
    payees: BTreeSet<String>,
    fingerprints: Vec<Fingerprint<'a>>,
    reversals: BTreeSet<String>,
    transfers: Vec<Transfer<'a>>,
    keys: Vec<&'a IdempotencyKey>,
    links: BTreeSet<String>,
    requests: Vec<Request<'a>>,
    claims: Vec<Claim<'a>>,
    /// Wallets that new links are made from.
    issuers: BTreeSet<i64>,
}

/// A request id that may have made a link before.
#[derive(Debug, Serialize)]
struct Request<'a> {
    wallet: i64,
    request: &'a str,
}

/// The payee that a claim names, to be found when paid before.
#[derive(Debug, Serialize)]
struct Claim<'a> {
    link: String,
    fingerprint: &'a str,
}

#[derive(Debug, Serialize)]
struct Reference<'a> {
    wallet: i64,
    reference: &'a str,
}

#[derive(Debug, Serialize)]
struct Fingerprint<'a> {
    wallet: i64,
    fingerprint: &'a str,
}

#[derive(Debug, Serialize)]
struct Transfer<'a> {
    payout: String,
    transfer: &'a str,
}

/// Who pays what a new link is about.
#[derive(Debug, Deserialize)]
struct ClientName {
    id: ClientId,
    name: String,
}

#[derive(Debug, Deserialize)]
struct UsedTransfer {
    client_id: ClientId,
    client_transfer_id: String,
}

/// Chain heads are read inside the transaction, never cached: another process may have written to the chain.
const HEAD: &str = "SELECT chain, seq, hash FROM audit_log WHERE chain = {chain} ORDER BY seq DESC LIMIT 1";

impl Loader {
    pub fn new(engine: Engine) -> Loader {
        let record = record_object(engine);
        let joins = record_joins();
        let each = |place| engine.each(place);
        let texts = |place| engine.texts(place);
        let wanted_payouts = format!(
            "payouts p {joins} WHERE p.id IN ({} UNION SELECT q.id FROM {} JOIN wallets v \
             ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN payouts q ON q.reference_id = value ->> 'reference' \
             AND q.client_id = v.client_id)",
            texts(1),
            each(2)
        );
        let columns = [
            engine.text_array(&record, &wanted_payouts),
            engine.text_array(
                &WALLETS.object(engine, "w"),
                &format!(
                    "wallets w WHERE w.id IN (SELECT wallet_id FROM payouts WHERE id IN ({}) UNION ALL SELECT \
                     wallet_id FROM payout_links WHERE id IN ({})) OR w.number IN (SELECT CAST(value ->> 'number' AS \
                     BIGINT) FROM {})",
                    texts(1),
                    texts(11),
                    each(3)
                ),
            ),
            engine.text_array(
                &PAYEES.object(engine, "b"),
                &format!(
                    "payees b WHERE b.id IN ({} UNION SELECT c.id FROM {} JOIN wallets v ON v.number = \
                     CAST(value ->> 'wallet' AS BIGINT) JOIN payees c ON c.client_id = v.client_id AND \
                     c.fingerprint = value ->> 'fingerprint' AND c.deleted_at IS NULL UNION SELECT c.id FROM {} JOIN \
                     payout_links l ON l.id = value ->> 'link' JOIN payees c ON c.client_id = l.client_id AND \
                     c.fingerprint = value ->> 'fingerprint' AND c.deleted_at IS NULL)",
                    texts(4),
                    each(5),
                    each(13)
                ),
            ),
            engine.text_array(&REVERSALS.object(engine, "r"), &format!("reversals r WHERE r.id IN ({})", texts(6))),
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
                &format!("cancellations c WHERE c.payout_id IN ({})", texts(8)),
            ),
            engine.text_array(
                &KEYS.object(engine, "k"),
                &format!(
                    "{} JOIN idempotency_keys k ON k.caller = value ->> 'caller' AND k.operation = \
                     value ->> 'operation' AND k.key = value ->> 'key'",
                    each(9)
                ),
            ),
            engine.array(&["chain", "seq", "hash"], &HEAD.replace("{chain}", "$10")),
            engine.text_array(
                &link_object(engine),
                &format!(
                    "payout_links l {} WHERE l.id IN ({} UNION SELECT link_id FROM payouts WHERE id IN ({}) UNION \
                     SELECT q.id FROM {} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN \
                     payout_links q ON q.client_id = v.client_id AND q.request_id = value ->> 'request')",
                    link_joins(),
                    texts(11),
                    texts(1),
                    each(12)
                ),
            ),
            engine.array(
                &["id", "name"],
                &format!(
                    "SELECT DISTINCT c.id, c.name FROM {} JOIN wallets v ON v.number = CAST(value ->> 'number' AS \
                     BIGINT) JOIN clients c ON c.id = v.client_id",
                    each(14)
                ),
            ),
        ];
        let query = format!("SELECT {}", columns.join(",\n")).into();
        let lock = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM wallets w WHERE w.id IN (SELECT wallet_id FROM payouts WHERE id IN \
             ({}) UNION ALL SELECT wallet_id FROM payout_links WHERE id IN ({})) OR w.number IN (SELECT CAST(value ->> \
             'number' AS BIGINT) FROM {}) ORDER BY w.id FOR UPDATE) AS q",
            texts(1),
            texts(3),
            each(2)
        );
        Loader { query, lock, engine }
    }

    /// Reads everything the units name, and the head of the audit chain.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        units: &[&Unit],
        chain: &str,
    ) -> Result<(Books, Head), sqlx::Error> {
        let wanted = Wanted::of(units);
        if self.engine == Engine::Postgres {
            self.lock_wallets(connection, &wanted).await?;
        }
        let mut values = wanted.values();
        values.push(sql::Value::from(chain));
        values.extend(wanted.link_values());
        let columns = sql::read_arrays(connection, Arc::clone(&self.query), &values, 10).await?;
        let records: Vec<PayoutRecord> = sql::decode(&columns[0])?;
        let wallets: Vec<Wallet> = sql::decode(&columns[1])?;
        let payees: Vec<Payee> = sql::decode(&columns[2])?;
        let reversals: Vec<Reversal> = sql::decode(&columns[3])?;
        let transfers: Vec<UsedTransfer> = sql::decode(&columns[4])?;
        let cancellations: Vec<Cancellation> = sql::decode(&columns[5])?;
        let keys: Vec<StoredKey> = sql::decode(&columns[6])?;
        let heads: Vec<Head> = sql::decode(&columns[7])?;
        let links: Vec<LinkRecord> = sql::decode(&columns[8])?;
        let mut books = Books::default();
        books.links = by(links, |record| record.link.id);
        let clients: Vec<ClientName> = sql::decode(&columns[9])?;
        books.clients = clients.into_iter().map(|client| (client.id, client.name)).collect();
        books.payouts = by(records, |record| record.payout.id);
        books.wallets = by(wallets, |wallet| wallet.id);
        books.payees = by(payees, |payee| payee.id);
        books.reversals = by(reversals, |reversal| reversal.id);
        books.cancellations = by(cancellations, |cancellation| cancellation.id);
        books.transfer_ids = transfers.into_iter().map(|used| (used.client_id, used.client_transfer_id)).collect();
        books.keys =
            by(keys, |stored| (stored.key.caller.clone(), stored.key.operation.clone(), stored.key.key.clone()));
        Ok((books, heads.into_iter().next().unwrap_or_else(|| Head::start(chain))))
    }

    /// Locks the wallets first and in id order, so that two processes queue up instead of meeting in a deadlock.
    async fn lock_wallets(&self, connection: &mut AnyConnection, wanted: &Wanted<'_>) -> Result<(), sqlx::Error> {
        let values = [json(&wanted.payouts), wanted.wallet_numbers(), json(&wanted.links)];
        sql::read_int(connection, self.lock.clone(), &values).await.map(|_| ())
    }
}

/// The head of a chain alone, for transactions without units.
pub async fn head(connection: &mut AnyConnection, engine: Engine, chain: &str) -> Result<Head, sqlx::Error> {
    let inner = HEAD.replace("{chain}", "$1");
    let heads: Vec<Head> = sql::read(connection, engine, &["chain", "seq", "hash"], &inner, &[chain.into()]).await?;
    Ok(heads.into_iter().next().unwrap_or_else(|| Head::start(chain)))
}

/// A [`PayoutRecord`] as a JSON object, over the joins of [`record_joins`].
pub fn record_object(engine: Engine) -> String {
    let events = engine
        .collect(&EVENTS.array(engine, "e"), "(SELECT * FROM payout_events WHERE payout_id = p.id ORDER BY seq) AS e");
    engine.object(&[
        ("payout", PAYOUTS.array(engine, "p")),
        ("payee", PAYEES.array(engine, "b")),
        ("wallet_number", "w.number".into()),
        ("wallet_name", "w.name".into()),
        ("events", events),
    ])
}

/// What [`record_object`] needs beside `payouts p`.
pub fn record_joins() -> &'static str {
    "JOIN payees b ON b.id = p.payee_id JOIN wallets w ON w.id = p.wallet_id"
}

/// A [`LinkRecord`] as a JSON object, over the joins of [`link_joins`].
pub fn link_object(engine: Engine) -> String {
    let events = engine.collect(
        &LINK_EVENTS.array(engine, "e"),
        "(SELECT * FROM payout_link_events WHERE link_id = l.id ORDER BY seq) AS e",
    );
    let sent = |channel: &str| {
        format!(
            "(SELECT MIN(m.sent_at) FROM messages m WHERE m.about_id = l.id AND m.kind = 'link_issued' AND m.channel = \
             '{channel}')"
        )
    };
    engine.object(&[
        ("link", LINKS.array(engine, "l")),
        ("wallet_number", "w.number".into()),
        ("wallet_name", "w.name".into()),
        ("client_name", "k.name".into()),
        ("emailed_at", sent("email")),
        ("texted_at", sent("sms")),
        ("events", events),
    ])
}

/// What [`link_object`] needs beside `payout_links l`.
pub fn link_joins() -> &'static str {
    "JOIN wallets w ON w.id = l.wallet_id JOIN clients k ON k.id = l.client_id"
}

impl<'a> Wanted<'a> {
    fn of(units: &[&'a Unit]) -> Wanted<'a> {
        let mut wanted = Wanted::default();
        for unit in units {
            wanted.keys.extend(&unit.key);
            wanted.payouts.extend(unit.command.payout_id().map(|id| id.to_string()));
            wanted.links.extend(unit.command.link_id().map(|id| id.to_string()));
            match &unit.command {
                Command::Create(new) => {
                    wanted.wallets.insert(new.wallet_number);
                    wanted.references.push(Reference { wallet: new.wallet_number, reference: &new.reference_id });
                    match &new.payee {
                        PayeeChoice::Saved(id) => {
                            wanted.payees.insert(id.to_string());
                        }
                        PayeeChoice::Inline(details) => wanted
                            .fingerprints
                            .push(Fingerprint { wallet: new.wallet_number, fingerprint: &details.fingerprint }),
                    }
                }
                Command::Reverse(new) => {
                    let transfer = new.client_transfer_id.as_deref();
                    wanted
                        .transfers
                        .extend(transfer.map(|transfer| Transfer { payout: new.payout_id.to_string(), transfer }));
                }
                Command::ReversalNews(news) => {
                    wanted.reversals.insert(news.reversal_id.to_string());
                }
                Command::AskToCancel(_) | Command::CancellationNews(_) => {
                    wanted.asks.extend(unit.command.payout_id().map(|id| id.to_string()));
                }
                Command::TopUp(top_up) => {
                    wanted.wallets.insert(top_up.wallet_number);
                }
                Command::CreateLink(create) => {
                    let (wallet, new) = (create.new.wallet_number, &create.new);
                    wanted.wallets.insert(wallet);
                    wanted.issuers.insert(wallet);
                    wanted.payees.extend(new.contact.id.map(|id| id.to_string()));
                    wanted.requests.extend(new.request_id.as_deref().map(|request| Request { wallet, request }));
                }
                Command::ClaimLink(claim) => {
                    let fingerprint = &claim.details.fingerprint;
                    wanted.claims.push(Claim { link: claim.link_id.to_string(), fingerprint });
                }
                Command::Cancel(_)
                | Command::Decide(_)
                | Command::Advance(_)
                | Command::CancelLink(_)
                | Command::ReplaceLink(_)
                | Command::ExtendLink(_)
                | Command::ResendLink(_)
                | Command::DecideLink(_)
                | Command::DeclineLink(_)
                | Command::ExpireLink(_) => {}
            }
        }
        wanted
    }

    fn wallet_numbers(&self) -> sql::Value {
        numbers(&self.wallets)
    }

    /// What stands after the chain's name, from `$11` on.
    fn link_values(&self) -> [sql::Value; 4] {
        [json(&self.links), json(&self.requests), json(&self.claims), numbers(&self.issuers)]
    }

    fn values(&self) -> Vec<sql::Value> {
        vec![
            json(&self.payouts),
            json(&self.references),
            self.wallet_numbers(),
            json(&self.payees),
            json(&self.fingerprints),
            json(&self.reversals),
            json(&self.transfers),
            json(&self.asks),
            json(&self.keys),
        ]
    }
}

fn numbers(numbers: &BTreeSet<i64>) -> sql::Value {
    #[derive(Serialize)]
    struct Number {
        number: i64,
    }
    json(&numbers.iter().map(|number| Number { number: *number }).collect::<Vec<_>>())
}

fn json(value: &impl Serialize) -> sql::Value {
    sql::Value::Text(serde_json::to_string(value).expect("texts and integers"))
}

fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}
