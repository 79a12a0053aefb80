//! Which payouts a list shows, as conditions that each find their index.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ClientId, CredentialId, PayeeId, PayoutId, WalletId};
use crate::domain::manual;
use crate::domain::money::Currency;
use crate::domain::payout::State;
use crate::store::sql::{Conditions, Engine, Value};
use crate::store::{Reader, StoreError};

/// Which payouts, for pages, JSON and exports alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    pub bucket: Option<Bucket>,
    /// In this state, whichever tab it stands in.
    pub state: Option<State>,
    pub client: Option<ClientId>,
    pub wallet: Option<WalletId>,
    pub payee: Option<PayeeId>,
    /// The name of the rail that carries them.
    pub rail: Option<String>,
    /// The program that made them.
    pub credential: Option<CredentialId>,
    pub currency: Option<Currency>,
    /// Made at or after, in Unix microseconds.
    pub from: Option<i64>,
    /// Made before, in Unix microseconds.
    pub to: Option<i64>,
    /// Only payouts with a reversal.
    pub reversed: bool,
    /// Only payouts that are not over yet.
    pub open: bool,
    pub search: Option<Search>,
    /// Nothing can match, for example a wallet that does not exist: no row is looked at.
    pub nothing: bool,
}

/// What to look for. All that matches is collected by index before it is put in order, so it has to be few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Search {
    /// Ids or references, exactly.
    Exact(Vec<String>),
    /// A reference (of the client's) that starts like this, or one of these payees.
    Start { reference: String, payees: Vec<PayeeId>, client: Option<ClientId> },
}

/// A tab of the list: a state, apart from what waits for a checker and what nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Bucket {
    ToApprove,
    Unknown,
    /// The state without the two above.
    Is(State),
}

/// The states of what is not over, as SQL names them.
const OPEN: &str = "'created', 'queued', 'processing', 'settling', 'action_required'";

/// How many payouts a search matches, each way counted up to a cap.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Matches {
    pub by_reference: i64,
    pub by_payee: i64,
}

/// The states of what is not over.
pub(super) fn open_states() -> impl Iterator<Item = &'static str> {
    OPEN.split(", ")
}

impl Bucket {
    /// Every tab, in the order of a payout's life.
    pub const ALL: [Bucket; 11] = [
        Bucket::ToApprove,
        Bucket::Is(State::Created),
        Bucket::Is(State::Queued),
        Bucket::Is(State::Processing),
        Bucket::Unknown,
        Bucket::Is(State::Settling),
        Bucket::Is(State::ActionRequired),
        Bucket::Is(State::Completed),
        Bucket::Is(State::Failed),
        Bucket::Is(State::Cancelled),
        Bucket::Is(State::Expired),
    ];

    /// The name in URLs and in the counter table.
    pub fn name(self) -> &'static str {
        match self {
            Bucket::ToApprove => "to_approve",
            Bucket::Unknown => "unknown",
            Bucket::Is(state) => state.name(),
        }
    }

    pub fn from_name(name: &str) -> Option<Bucket> {
        Bucket::ALL.into_iter().find(|bucket| bucket.name() == name)
    }
}

impl Filter {
    /// Whether the counter table alone can answer counts and sums.
    pub(super) fn is_counted(&self) -> bool {
        let narrowed = self.state.is_some() || self.payee.is_some() || self.from.is_some() || self.to.is_some();
        let carried = self.rail.is_some() || self.credential.is_some() || self.open;
        !narrowed && !carried && !self.reversed && self.search.is_none()
    }

    /// Whether something besides the rail and the days has an index of its own.
    fn is_narrow(&self) -> bool {
        let owned = self.client.is_some() || self.wallet.is_some() || self.payee.is_some();
        let sorted = self.bucket.is_some() || self.state.is_some() || self.currency.is_some();
        owned || sorted || self.credential.is_some() || self.reversed || self.open || self.search.is_some()
    }

    /// Whether an index has the order of what is open in it, state by state.
    pub(super) fn is_open_by_state(&self) -> bool {
        let few = self.payee.is_some() || self.credential.is_some() || self.search.is_some();
        self.open && !few && self.bucket.is_none() && self.state.is_none()
    }

    /// Conditions on `payouts p`.
    pub(super) fn conditions(&self, engine: Engine) -> Conditions {
        let mut conditions = self.conditions_in_any_state(engine);
        if self.open {
            // Not by the index of states: beside a payee or a program that is the longer way.
            conditions.and(&format!("(p.state || '') IN ({OPEN})"), []);
        }
        conditions
    }

    /// The same, whether open or over.
    pub(super) fn conditions_in_any_state(&self, engine: Engine) -> Conditions {
        let mut conditions = Conditions::default();
        if self.nothing {
            conditions.and("1 = 0", []);
        }
        self.in_bucket(&mut conditions);
        let mut equal = |column: &str, value: Option<String>| {
            if let Some(value) = value {
                conditions.and(&format!("p.{column} = ?"), [value.into()]);
            }
        };
        equal("state", self.state.map(|state| state.name().to_owned()));
        equal("client_id", self.client.map(|id| id.to_string()));
        equal("wallet_id", self.wallet.map(|id| id.to_string()));
        equal("payee_id", self.payee.map(|id| id.to_string()));
        equal("maker_credential_id", self.credential.map(|id| id.to_string()));
        equal("currency", self.currency.map(|currency| currency.code().to_owned()));
        match &self.rail {
            None => {}
            // Written out, so that the index of what staff pay is used.
            Some(rail) if rail == manual::NAME => conditions.and("p.rail = 'manual'", []),
            // A program carries most of what there is: beside anything narrower its index is the longer way, and none.
            Some(rail) if self.is_narrow() => conditions.and("(p.rail || '') = ?", [rail.as_str().into()]),
            Some(rail) => conditions.and("p.rail = ?", [rail.as_str().into()]),
        }
        if let Some(from) = self.from {
            conditions.and("p.id >= ?", [PayoutId::first_at(from).to_string().into()]);
        }
        if let Some(to) = self.to {
            conditions.and("p.id < ?", [PayoutId::first_at(to).to_string().into()]);
        }
        if self.reversed {
            // Written out, so that the indexes of the few that are reversed are used.
            conditions.and("p.reversed_minor > 0", []);
        }
        if let Some(search) = &self.search {
            search.narrow(&mut conditions, engine);
        }
        conditions
    }

    /// Conditions on the counter table, which knows neither payees nor rails, programs and days.
    pub(super) fn counted_conditions(&self) -> Conditions {
        let mut conditions = Conditions::default();
        if self.nothing {
            conditions.and("1 = 0", []);
        }
        let mut equal = |column: &str, value: Option<String>| {
            if let Some(value) = value {
                conditions.and(&format!("{column} = ?"), [value.into()]);
            }
        };
        equal("client_id", self.client.map(|id| id.to_string()));
        equal("wallet_id", self.wallet.map(|id| id.to_string()));
        equal("currency", self.currency.map(|currency| currency.code().to_owned()));
        conditions
    }

    fn in_bucket(&self, conditions: &mut Conditions) {
        // Only what waits for somebody has an action; written out, because few rows have one and an index of their own.
        match self.bucket {
            None => return,
            Some(Bucket::ToApprove) => conditions.and("p.action = 'approval'", []),
            Some(Bucket::Unknown) => conditions.and("p.outcome_unknown_since IS NOT NULL", []),
            Some(Bucket::Is(State::ActionRequired)) => conditions.and("p.action = 'verification'", []),
            // Only completed payouts are ever reversed.
            Some(Bucket::Is(State::Completed)) if self.reversed => {}
            Some(Bucket::Is(state)) => conditions.and("p.state = ?", [state.name().into()]),
        }
        if matches!(self.bucket, Some(Bucket::Is(State::Processing | State::Settling | State::ActionRequired))) {
            conditions.and("p.outcome_unknown_since IS NULL", []);
        }
    }
}

impl Search {
    fn narrow(&self, conditions: &mut Conditions, engine: Engine) {
        let place = conditions.next_place();
        match self {
            Search::Exact(texts) => {
                let json = serde_json::to_string(texts).expect("texts");
                let (ids, references) = (engine.texts(place), engine.texts(place + 1));
                let condition =
                    format!("p.id IN ({ids} UNION SELECT q.id FROM payouts q WHERE q.reference_id IN ({references}))");
                conditions.and_numbered(&condition, [json.clone().into(), json.into()]);
            }
            Search::Start { reference, payees, client } => {
                let end = format!("{reference}\u{10ffff}");
                let payees = serde_json::to_string(payees).expect("ids");
                let of = client.map_or_else(String::new, |_| format!(" AND q.client_id = ${}", place + 3));
                let condition = format!(
                    "p.id IN (SELECT q.id FROM payouts q WHERE q.reference_id >= ${place} AND q.reference_id < ${}{of} \
                     UNION SELECT q.id FROM payouts q WHERE q.payee_id IN ({}))",
                    place + 1,
                    engine.texts(place + 2)
                );
                let client = client.map(|client| Value::from(client.to_string()));
                let values = [reference.as_str().into(), end.into(), payees.into()];
                conditions.and_numbered(&condition, values.into_iter().chain(client));
            }
        }
    }
}

/// How many payouts have a reference (of the client's) that starts like this, and how many one of these payees, each up to `cap`.
pub async fn matches_of(
    reader: &mut Reader,
    reference: &str,
    payees: &[PayeeId],
    client: Option<ClientId>,
    cap: i64,
) -> Result<Matches, StoreError> {
    let of = client.map_or("", |_| " AND client_id = $5");
    let inner = format!(
        "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM payouts WHERE reference_id >= $1 AND reference_id < $2{of} LIMIT $4) \
         AS a) AS by_reference, (SELECT COUNT(*) FROM (SELECT 1 FROM payouts WHERE payee_id IN ({}) LIMIT $4) AS b) \
         AS by_payee",
        reader.engine.texts(3)
    );
    let payees = serde_json::to_string(payees).expect("ids");
    let mut values = vec![reference.into(), format!("{reference}\u{10ffff}").into(), payees.into(), Value::Int(cap)];
    values.extend(client.map(|client| Value::from(client.to_string())));
    let found = reader.rows(&["by_reference", "by_payee"], &inner, &values).await?;
    Ok(found.into_iter().next().unwrap_or(Matches { by_reference: 0, by_payee: 0 }))
}

/// Payees whose email, name or last name starts like this, at most `limit`.
pub async fn payees_starting(
    reader: &mut Reader,
    text: &str,
    client: Option<ClientId>,
    limit: i64,
) -> Result<Vec<PayeeId>, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        payee_id: PayeeId,
    }
    let start = text.to_lowercase();
    let end = format!("{start}\u{10ffff}");
    let mut conditions = Conditions::default();
    conditions.and("w.word >= ? AND w.word < ?", [start.into(), end.into()]);
    let mut from = "payee_words w".to_owned();
    if let Some(client) = client {
        from.push_str(" JOIN payees b ON b.id = w.payee_id");
        conditions.and("b.client_id = ?", [client.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let inner = format!("SELECT DISTINCT w.payee_id FROM {from} {} LIMIT {limit}", conditions.where_clause());
    let found: Vec<Found> = reader.rows(&["payee_id"], &inner, conditions.values()).await?;
    Ok(found.into_iter().map(|found| found.payee_id).collect())
}
