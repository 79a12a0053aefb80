//! Transactions as Revolut's dialect lists them: payouts, transfers, top-ups and reversals in one order.

use serde::Deserialize;
use uuid::Uuid;

use super::sql::Value;
use super::tables::{LEDGER, REVERSALS};
use super::{Reader, StoreError, payouts, transfers};
use crate::domain::command::PayoutRecord;
use crate::domain::ids::{
    self, ClientId, Id, LedgerTransactionId, PayeeId, PayoutId, ReversalId, TransferId, WalletId,
};
use crate::domain::ledger::LedgerTransaction;
use crate::domain::reversal::{Reversal, State as ReversalState};
use crate::domain::transaction::{DECLINING_CODES, Kind, State};
use crate::domain::transfer::{State as TransferState, Transfer};

/// One of the records that are transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transaction {
    Payout(Box<PayoutRecord>),
    Transfer(Box<Transfer>),
    /// Money that came in and that staff booked.
    TopUp(Box<LedgerTransaction>),
    Refund(Box<Reversal>),
}

/// Which transactions. Times in Unix microseconds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub client: Option<ClientId>,
    pub wallet: Option<WalletId>,
    pub payee: Option<PayeeId>,
    /// Made at or after.
    pub from: Option<i64>,
    /// Made before.
    pub to: Option<i64>,
    pub request_id: Option<String>,
    /// Of these kinds; none means all.
    pub kinds: Option<Vec<Kind>>,
    /// In these states; none means all.
    pub states: Option<Vec<State>>,
}

/// An id of any kind, as the list finds it.
#[derive(Debug, Deserialize)]
struct Found {
    id: String,
}

impl Transaction {
    pub fn uuid(&self) -> Uuid {
        match self {
            Transaction::Payout(record) => record.payout.id.uuid(),
            Transaction::Transfer(transfer) => transfer.id.uuid(),
            Transaction::TopUp(entry) => entry.id.uuid(),
            Transaction::Refund(reversal) => reversal.id.uuid(),
        }
    }

    pub fn client_id(&self) -> ClientId {
        match self {
            Transaction::Payout(record) => record.payout.client_id,
            Transaction::Transfer(transfer) => transfer.client_id,
            Transaction::TopUp(entry) => entry.client_id,
            Transaction::Refund(reversal) => reversal.client_id,
        }
    }
}

/// Newest first, at most `limit`.
pub async fn newest(reader: &mut Reader, filter: &Filter, limit: i64) -> Result<Vec<Transaction>, StoreError> {
    let ways = Ways::of(filter, limit);
    if ways.parts.is_empty() {
        return Ok(Vec::new());
    }
    // Every way ends at its own index; the ids of all kinds sort by what follows their prefix.
    let inner = format!(
        "SELECT u.id FROM ({}) AS u ORDER BY SUBSTR(u.id, 5) DESC LIMIT {}",
        ways.parts.join(" UNION ALL "),
        ways.limit
    );
    let found: Vec<Found> = reader.rows(&["id"], &inner, &ways.values).await?;
    records(reader, &found).await
}

/// The transaction of this id, whatever it is.
pub async fn find(reader: &mut Reader, id: Uuid) -> Result<Option<Transaction>, StoreError> {
    let ids = [
        PayoutId::from_uuid(id).to_string(),
        TransferId::from_uuid(id).to_string(),
        LedgerTransactionId::from_uuid(id).to_string(),
        ReversalId::from_uuid(id).to_string(),
    ];
    let found: Vec<Found> = ids.into_iter().map(|id| Found { id }).collect();
    Ok(records(reader, &found).await?.into_iter().next())
}

/// The whole records of these ids, newest first.
async fn records(reader: &mut Reader, found: &[Found]) -> Result<Vec<Transaction>, StoreError> {
    fn of<T: std::str::FromStr>(found: &[Found]) -> Vec<T> {
        found.iter().filter_map(|found| found.id.parse().ok()).collect()
    }
    let mut all = Vec::with_capacity(found.len());
    let ids: Vec<PayoutId> = of(found);
    if !ids.is_empty() {
        let records = payouts::records(reader, &ids).await?;
        all.extend(records.into_iter().map(|record| Transaction::Payout(Box::new(record))));
    }
    let ids: Vec<TransferId> = of(found);
    if !ids.is_empty() {
        let records = transfers::records(reader, &ids).await?;
        all.extend(records.into_iter().map(|transfer| Transaction::Transfer(Box::new(transfer))));
    }
    let ids: Vec<LedgerTransactionId> = of(found);
    if !ids.is_empty() {
        let inner = format!(
            "SELECT {} FROM ledger_transactions t WHERE t.id IN ({}) AND t.kind = 'FUNDING' AND t.transfer_id IS NULL",
            LEDGER.select("t"),
            reader.engine.texts(1)
        );
        let values = [Value::json(&ids)];
        let entries: Vec<LedgerTransaction> = reader.rows(&LEDGER.columns(), &inner, &values).await?;
        all.extend(entries.into_iter().map(|entry| Transaction::TopUp(Box::new(entry))));
    }
    let ids: Vec<ReversalId> = of(found);
    if !ids.is_empty() {
        let inner =
            format!("SELECT {} FROM reversals r WHERE r.id IN ({})", REVERSALS.select("r"), reader.engine.texts(1));
        let values = [Value::json(&ids)];
        let reversals: Vec<Reversal> = reader.rows(&REVERSALS.columns(), &inner, &values).await?;
        all.extend(reversals.into_iter().map(|reversal| Transaction::Refund(Box::new(reversal))));
    }
    all.sort_by_key(|transaction| std::cmp::Reverse(transaction.uuid()));
    Ok(all)
}

/// Queries for the newest ids of each kind in each state, each at its own index, and the values they share.
struct Ways {
    parts: Vec<String>,
    values: Vec<Value>,
    limit: String,
}

impl Ways {
    fn of(filter: &Filter, limit: i64) -> Ways {
        let mut ways = Ways { parts: Vec::new(), values: Vec::new(), limit: String::new() };
        ways.limit = ways.bind(limit.into());
        let wants = |kind| filter.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        let (transfers, top_ups, refunds) = (wants(Kind::Transfer), wants(Kind::TopUp), wants(Kind::Refund));
        if transfers {
            ways.payouts(filter);
        }
        if filter.payee.is_none() {
            ways.transfers(filter, transfers, top_ups);
            if filter.request_id.is_none() {
                ways.others(filter, top_ups, refunds);
            }
        }
        ways
    }

    fn payouts(&mut self, filter: &Filter) {
        let mut conditions = self.range::<ids::PayoutKind>(filter);
        match filter.payee {
            Some(payee) => {
                let payee = self.bind(payee.to_string().into());
                conditions.push(format!("x.payee_id = {payee}"));
                // The payee has the shorter way to its rows; the owner is only checked.
                conditions.extend(self.owner(filter, "x.client_id || ''", "x.wallet_id || ''"));
            }
            None => conditions.extend(self.owner(filter, "x.client_id", "x.wallet_id")),
        }
        conditions.extend(self.request(filter));
        let codes = DECLINING_CODES.map(|code| format!("'{code}'")).join(", ");
        let each = |state: &State| -> Vec<String> {
            let is = |name: &str| format!("x.state = '{name}'");
            let failed = |rest: &str| format!("x.state = 'failed' AND COALESCE(x.failure_code, '') {rest} ({codes})");
            match state {
                State::Created => vec![is("created"), "x.action = 'approval'".into()],
                State::Pending => {
                    vec![is("queued"), is("processing"), is("settling"), "x.action = 'verification'".into()]
                }
                State::Completed => vec!["x.state = 'completed' AND x.returned_at IS NULL".into()],
                State::Reverted => vec!["x.returned_at IS NOT NULL".into()],
                State::Declined => vec![is("cancelled"), failed("IN")],
                State::Failed => vec![is("expired"), failed("NOT IN")],
            }
        };
        self.newest(
            "payouts",
            &conditions,
            filter.states.as_ref().map(|states| states.iter().flat_map(each).collect()),
        );
    }

    /// Between own wallets, and what the sandbox played as money from outside.
    fn transfers(&mut self, filter: &Filter, own: bool, outside: bool) {
        if !own && !outside {
            return;
        }
        let mut conditions = self.range::<ids::TransferKind>(filter);
        conditions.extend(self.request(filter));
        match (own, outside) {
            (true, false) => conditions.push("x.source_wallet_id IS NOT NULL".into()),
            (false, true) => conditions.push("x.source_wallet_id IS NULL".into()),
            _ => {}
        }
        let each = |state: &State| {
            let states = TransferState::ALL.into_iter().filter(|own| State::of_transfer(*own) == *state);
            states.map(|own| format!("x.state = '{}'", own.name())).collect::<Vec<_>>()
        };
        let states: Option<Vec<String>> = filter.states.as_ref().map(|states| states.iter().flat_map(each).collect());
        match filter.wallet {
            Some(wallet) => {
                let wallet = self.bind(wallet.to_string().into());
                for end in ["source", "target"] {
                    let mut conditions = conditions.clone();
                    conditions.push(format!("x.{end}_wallet_id = {wallet}"));
                    self.newest("transfers", &conditions, states.clone());
                }
            }
            None => {
                conditions.extend(self.owner(filter, "x.client_id", ""));
                self.newest("transfers", &conditions, states);
            }
        }
    }

    /// Top-ups that staff booked, and reversals.
    fn others(&mut self, filter: &Filter, top_ups: bool, refunds: bool) {
        let completed = filter.states.as_ref().is_none_or(|states| states.contains(&State::Completed));
        if top_ups && completed {
            let mut conditions = self.range::<ids::LedgerTransactionKind>(filter);
            conditions.extend(self.owner(filter, "x.client_id", "x.wallet_id"));
            conditions.push("x.kind = 'FUNDING' AND x.transfer_id IS NULL".into());
            self.newest("ledger_transactions", &conditions, None);
        }
        if refunds {
            let mut conditions = self.range::<ids::ReversalKind>(filter);
            conditions.extend(self.owner(filter, "x.client_id", "x.wallet_id"));
            let each = |state: &State| {
                let states = ReversalState::ALL.into_iter().filter(|own| State::of_reversal(*own) == *state);
                states.map(|own| format!("x.state || '' = '{}'", own.name())).collect::<Vec<_>>()
            };
            let states = filter.states.as_ref().map(|states| states.iter().flat_map(each).collect());
            self.newest("reversals", &conditions, states);
        }
    }

    /// Conditions on when it was made, which its id says.
    fn range<K: ids::Kind>(&mut self, filter: &Filter) -> Vec<String> {
        let mut conditions = Vec::new();
        if let Some(from) = filter.from {
            let from = self.bind(Id::<K>::first_at(from).to_string().into());
            conditions.push(format!("x.id >= {from}"));
        }
        if let Some(to) = filter.to {
            let to = self.bind(Id::<K>::first_at(to).to_string().into());
            conditions.push(format!("x.id < {to}"));
        }
        conditions
    }

    /// The wallet, which the caller has found to be the client's, or the client.
    fn owner(&mut self, filter: &Filter, client: &str, wallet: &str) -> Option<String> {
        match (filter.wallet, filter.client) {
            (Some(id), _) => Some(format!("{wallet} = {}", self.bind(id.to_string().into()))),
            (None, Some(id)) => Some(format!("{client} = {}", self.bind(id.to_string().into()))),
            (None, None) => None,
        }
    }

    fn request(&mut self, filter: &Filter) -> Option<String> {
        let request = filter.request_id.as_deref()?;
        Some(format!("x.request_id = {}", self.bind(request.into())))
    }

    fn newest(&mut self, table: &str, conditions: &[String], states: Option<Vec<String>>) {
        let states = states.map_or_else(|| vec![None], |states| states.into_iter().map(Some).collect());
        for state in states {
            let all: Vec<String> = conditions.iter().cloned().chain(state).collect();
            let clause = if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) };
            let limit = &self.limit;
            self.parts.push(format!(
                "SELECT q.id FROM (SELECT x.id FROM {table} x {clause} ORDER BY x.id DESC LIMIT {limit}) AS q"
            ));
        }
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::sql::{self, Select};
    use crate::store::{Location, Store};

    #[tokio::test]
    async fn every_filter_finds_an_index_that_has_the_order() {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::Directory(directory.path().to_owned());
        let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let client = Some(ClientId::first_at(1));
        let states = [None, Some(State::ALL.to_vec()), Some(vec![State::Declined]), Some(vec![State::Reverted])];
        for (wallet, payee) in [(None, None), (Some(WalletId::first_at(1)), None), (None, Some(PayeeId::first_at(1)))] {
            for states in states.clone() {
                for kinds in [None, Some(vec![Kind::TopUp]), Some(vec![Kind::Refund]), Some(vec![Kind::Transfer])] {
                    for to in [None, Some(2_000_000)] {
                        let filter = Filter {
                            client,
                            wallet,
                            payee,
                            to,
                            kinds: kinds.clone(),
                            states: states.clone(),
                            ..Filter::default()
                        };
                        let ways = Ways::of(&filter, 51);
                        for part in ways.parts {
                            let select =
                                Select { columns: vec!["id"], inner: part.clone(), values: ways.values.clone() };
                            let plan = sql::plan(&mut reader.connection, &select).await.unwrap();
                            let scans = plan.contains("SCAN x");
                            assert!(!plan.contains("TEMP B-TREE") && !scans, "{part}\n{plan}");
                        }
                    }
                }
            }
        }
    }
}
