//! What units on payout links, on payouts that pay one, and on payouts and reversals that the payee is told of need to know
//! besides; read only for these.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::load::{Fingerprints, Paid, add_wallets, wallet_object};
use super::sql::{self, Engine, Value};
use super::tables::{LINK_EVENTS, LINKS};
use crate::domain::books::Books;
use crate::domain::command::{Command, LinkRecord, Unit};
use crate::domain::ids::ClientId;

/// The query, built once.
#[derive(Debug)]
pub struct LinkLoader {
    query: Arc<str>,
}

/// What the units of a set name.
#[derive(Debug, Default)]
pub struct WantedLinks<'a> {
    links: BTreeSet<String>,
    requests: Vec<Request<'a>>,
    claims: Vec<Claim<'a>>,
    /// Wallets that new links are made from.
    issuers: Vec<Issuer>,
}

#[derive(Debug, Serialize)]
struct Issuer {
    number: i64,
}

/// A request id that may have made a link before.
#[derive(Debug, Serialize)]
struct Request<'a> {
    wallet: i64,
    request: &'a str,
}

/// The payee and the account that a claim names, to be found when paid before.
#[derive(Debug, Serialize)]
struct Claim<'a> {
    link: String,
    #[serde(flatten)]
    of: Fingerprints<'a>,
}

/// Who pays what a message tells of.
#[derive(Debug, Deserialize)]
struct ClientName {
    id: ClientId,
    name: String,
}

/// How many parts the query has.
const PARTS: usize = 5;

impl LinkLoader {
    pub fn new(engine: Engine) -> LinkLoader {
        let (record, joins) = (link_object(engine), link_joins());
        let (each, names) = (|place| engine.each(place), |place| engine.each_text(place));
        let columns = [
            engine.text_array(&record, &format!("{} JOIN payout_links l ON l.id = value {joins}", names(1))),
            engine.text_array(
                &record,
                &format!(
                    "{} JOIN wallets v ON v.number = CAST(value ->> 'wallet' AS BIGINT) JOIN payout_links l ON \
                     l.request_id = value ->> 'request' AND l.client_id = v.client_id {joins}",
                    each(2)
                ),
            ),
            engine.text_array(
                &wallet_object(engine),
                &format!(
                    "(SELECT DISTINCT l.wallet_id FROM {} JOIN payout_links l ON l.id = value) AS named JOIN wallets w \
                     ON w.id = named.wallet_id",
                    names(1)
                ),
            ),
            engine.text_array(
                &Paid::object(engine),
                &format!("{} JOIN payout_links l ON l.id = value ->> 'link' {}", each(3), Paid::alike("l.client_id")),
            ),
            engine.array(
                &["id", "name"],
                &format!(
                    "SELECT c.id, c.name FROM {} JOIN wallets v ON v.number = CAST(value ->> 'number' AS BIGINT) JOIN \
                     clients c ON c.id = v.client_id UNION SELECT c.id, c.name FROM {} JOIN clients c ON c.id = value",
                    each(4),
                    names(5)
                ),
            ),
        ];
        LinkLoader { query: format!("SELECT {}", columns.join(",\n")).into() }
    }

    /// Adds to the books what the units name, and the links of the payouts that are in the books.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        mut wanted: WantedLinks<'_>,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        let paying = books.payouts.values().filter_map(|record| record.payout.link_id);
        wanted.links.extend(paying.map(|id| id.to_string()));
        let told = books.reversals.values().filter(|reversal| reversal.notify);
        let paid = books.payouts.values().map(|record| &record.payout).filter(|payout| payout.notify);
        let told = told.map(|reversal| reversal.client_id).chain(paid.map(|payout| payout.client_id));
        let told: BTreeSet<String> = told.map(|client| client.to_string()).collect();
        if wanted.links.is_empty() && wanted.issuers.is_empty() && told.is_empty() {
            return Ok(());
        }
        let values = [
            Value::json(&wanted.links),
            Value::json(&wanted.requests),
            Value::json(&wanted.claims),
            Value::json(&wanted.issuers),
            Value::json(&told),
        ];
        let parts = sql::read_arrays(connection, Arc::clone(&self.query), &values, PARTS).await?;
        let parts: [String; PARTS] = parts.try_into().expect("as many as asked for");
        let [named, requested, held, alike, clients] = &parts;
        for part in [named, requested] {
            let records: Vec<LinkRecord> = sql::decode(part)?;
            books.links.extend(records.into_iter().map(|record| (record.link.id, record)));
        }
        add_wallets(books, sql::decode(held)?);
        let paid: Vec<Paid> = sql::decode(alike)?;
        paid.into_iter().for_each(|paid| paid.enter(books));
        let clients: Vec<ClientName> = sql::decode(clients)?;
        books.clients = clients.into_iter().map(|client| (client.id, client.name)).collect::<HashMap<_, _>>();
        Ok(())
    }
}

impl<'a> WantedLinks<'a> {
    pub fn add(&mut self, unit: &'a Unit) {
        self.links.extend(unit.command.link_id().map(|id| id.to_string()));
        match &unit.command {
            Command::CreateLink(create) => {
                let wallet = create.new.wallet_number;
                self.issuers.push(Issuer { number: wallet });
                let request = create.new.request_id.as_deref();
                self.requests.extend(request.map(|request| Request { wallet, request }));
            }
            Command::ClaimLink(claim) => {
                let of = Fingerprints::of(&claim.details);
                self.claims.push(Claim { link: claim.link_id.to_string(), of });
            }
            _ => {}
        }
    }

    /// The ids of the links that are named, as a JSON array.
    pub fn ids(&self) -> Value {
        Value::json(&self.links)
    }
}

/// A [`LinkRecord`] as a JSON object, over the joins of [`link_joins`].
pub fn link_object(engine: Engine) -> String {
    // Not ordered here, which would build a table for each link; reading the record puts them in order.
    let events = engine.collect(&LINK_EVENTS.array(engine, "e"), "payout_link_events e WHERE e.link_id = l.id");
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
