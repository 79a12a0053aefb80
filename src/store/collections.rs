//! Lists as Razorpay's dialect asks for them (`contracts/razorpay.md` 3.4, 4.3): newest first by `count` and `skip`,
//! within wallets, narrowed by nearly any member.

mod payouts;
#[cfg(test)]
mod plans;

pub use self::payouts::{PayoutFilter, Standing, of_link, payouts};
use super::load_links::{link_joins, link_object};
use super::payouts::NumberedTransaction;
use super::sql::{self, Conditions, Value};
use super::tables::LEDGER;
use super::wallets::statement::{SLACK, number_since, numbered_columns};
use super::{Reader, StoreError};
use crate::domain::command::LinkRecord;
use crate::domain::ids::{AccountId, Id, Kind, LedgerTransactionId, PayeeId, PayoutLinkId, WalletId};
use crate::domain::payout_link::State;

/// Which part of a list. Times in Unix microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many at most.
    pub count: i64,
    /// How many newer ones are left out, up to [`sql::DEEPEST`].
    pub skip: i64,
    /// Made at or after.
    pub from: Option<i64>,
    /// Made before.
    pub to: Option<i64>,
}

/// Which payout links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    /// Of these wallets; none have no links.
    pub wallets: Vec<WalletId>,
    /// In one of these states; empty means every state.
    pub states: Vec<State>,
    pub id: Option<PayoutLinkId>,
    /// The payee that the contact was taken from.
    pub contact: Option<PayeeId>,
    /// The contact's phone number, digits only.
    pub phone: Option<String>,
    pub email: Option<String>,
    /// The account of the claim that stands.
    pub account: Option<AccountId>,
    pub purpose: Option<String>,
    pub receipt: Option<String>,
    /// SHA-256 in hex of the secret in its address.
    pub token_hash: Option<String>,
}

/// Whole records of links.
pub async fn links(reader: &mut Reader, filter: &LinkFilter, window: Window) -> Result<Vec<LinkRecord>, StoreError> {
    if filter.wallets.is_empty() {
        return Ok(Vec::new());
    }
    let engine = reader.engine;
    let (inner, values) = links_page(filter, window);
    let record = link_object(engine);
    let from = format!("(SELECT {record} AS record FROM ({inner}) AS l {} ORDER BY l.id DESC) AS r", link_joins());
    reader.records(&from, &values).await
}

/// The rows of one page of links, and the values they need.
fn links_page(filter: &LinkFilter, window: Window) -> (String, Vec<Value>) {
    let mut branches = Branches::new::<_>("payout_links", "l", window, PayoutLinkId::first_at);
    for (value, condition) in [
        (filter.id.map(|id| id.to_string()), "l.id = ?"),
        (filter.contact.map(|id| id.to_string()), "l.id IN (SELECT q.id FROM payout_links q WHERE q.contact_id = ?)"),
        (filter.phone.clone(), "l.id IN (SELECT q.link_id FROM payout_link_words q WHERE q.word = ?)"),
        (
            filter.email.as_ref().map(|email| email.to_lowercase()),
            "LOWER(l.contact_email) = ? AND l.id IN (SELECT q.link_id FROM payout_link_words q WHERE q.word = ?)",
        ),
        (filter.account.map(|id| id.to_string()), "l.id IN (SELECT q.id FROM payout_links q WHERE q.account_id = ?)"),
        (filter.receipt.clone(), "l.id IN (SELECT q.id FROM payout_links q WHERE q.receipt = ?)"),
        (filter.token_hash.clone(), "l.id IN (SELECT q.id FROM payout_links q WHERE q.token_hash = ?)"),
        (filter.purpose.clone(), "l.purpose = ?"),
    ] {
        branches.all(condition, value.map(Value::from));
    }
    let states = filter.states.iter().map(|state| format!("l.state = '{}'", state.name()));
    let states: Vec<String> = if filter.states.is_empty() { vec![String::new()] } else { states.collect() };
    for wallet in &filter.wallets {
        branches.of_wallet(*wallet, &states);
    }
    branches.page()
}

/// Ledger transactions of a wallet that touch its available money.
pub async fn transactions(
    reader: &mut Reader,
    wallet: WalletId,
    window: Window,
) -> Result<Vec<NumberedTransaction>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("t.wallet_id = ? AND t.available_delta_minor <> 0", [wallet.to_string().into()]);
    // By number, which has an index for each wallet; by id exactly, which tells the time.
    if let Some(from) = window.from {
        let Some(first) = number_since(reader, from - SLACK).await? else { return Ok(Vec::new()) };
        let id = LedgerTransactionId::first_at(from).to_string();
        conditions.and("t.number >= ? AND t.id >= ?", [first.into(), id.into()]);
    }
    if let Some(to) = window.to {
        conditions.and("t.id < ?", [LedgerTransactionId::first_at(to).to_string().into()]);
        if let Some(end) = number_since(reader, to + SLACK).await? {
            conditions.and("t.number < ?", [end.into()]);
        }
    }
    let rest = sql::window(&mut conditions, window.skip, window.count);
    let inner = format!(
        "SELECT t.number, {} FROM ledger_transactions t {} ORDER BY t.number DESC {rest}",
        LEDGER.select("t"),
        conditions.where_clause()
    );
    reader.rows(&numbered_columns(), &inner, conditions.values()).await
}

/// A page put together from ways through indexes that each have the order already: as many rows of each as the page
/// reaches, then the newest of those.
struct Branches {
    table: &'static str,
    alias: &'static str,
    window: Window,
    values: Conditions,
    /// Conditions of every way.
    common: Vec<String>,
    ways: Vec<String>,
    reach: String,
}

impl Branches {
    fn new<K: Kind>(table: &'static str, alias: &'static str, window: Window, first_at: fn(i64) -> Id<K>) -> Branches {
        let mut values = Conditions::default();
        let mut common = Vec::new();
        for (at, operator) in [(window.from, ">="), (window.to, "<")] {
            if let Some(at) = at {
                let place = values.bind(first_at(at).to_string().into());
                common.push(format!("{alias}.id {operator} {place}"));
            }
        }
        let reach = values.bind(Value::Int(window.skip.min(sql::DEEPEST) + window.count));
        Branches { table, alias, window, values, common, ways: Vec::new(), reach }
    }

    /// A condition for every way, if there is a value for its `?`.
    fn all(&mut self, condition: &str, value: Option<Value>) {
        if let Some(value) = value {
            let place = self.values.bind(value);
            self.common.push(condition.replace('?', &place));
        }
    }

    /// One way through a wallet's rows for each of these conditions, which have no values; a blank one is all of them.
    fn of_wallet(&mut self, wallet: WalletId, conditions: &[String]) {
        let Branches { table, alias, .. } = *self;
        let wallet = self.values.bind(wallet.to_string().into());
        for condition in conditions {
            let mut all = vec![format!("{alias}.wallet_id = {wallet}")];
            all.extend(Some(condition.clone()).filter(|condition| !condition.is_empty()));
            all.extend(self.common.iter().cloned());
            self.ways.push(format!(
                "SELECT w.id FROM (SELECT {alias}.id FROM {table} {alias} WHERE {} ORDER BY {alias}.id DESC LIMIT {}) \
                 AS w",
                all.join(" AND "),
                self.reach
            ));
        }
    }

    /// The rows of the page, newest first, and all values.
    fn page(mut self) -> (String, Vec<Value>) {
        let rest = sql::window(&mut self.values, self.window.skip, self.window.count);
        let Branches { table, alias, .. } = self;
        let page = format!(
            "SELECT {alias}.* FROM {table} {alias} WHERE {alias}.id IN ({}) ORDER BY {alias}.id DESC {rest}",
            self.ways.join(" UNION ALL ")
        );
        (page, self.values.values().to_vec())
    }
}
