//! Which payout links a list shows, as conditions that each find their index.

use crate::domain::ids::{ClientId, CredentialId, PayeeId, PayoutLinkId, WalletId};
use crate::domain::money::Currency;
use crate::domain::payout_link::{State, searched_word};
use crate::store::sql::{Conditions, Engine, Value};
use crate::store::{Reader, StoreError};

/// Which payout links, for pages, JSON and exports alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub bucket: Option<LinkBucket>,
    /// In this state, whichever tab it stands in.
    pub state: Option<State>,
    pub client: Option<ClientId>,
    pub wallet: Option<WalletId>,
    pub currency: Option<Currency>,
    /// Of exactly this amount, in the currency's minor units; only together with a currency.
    pub amount: Option<i64>,
    /// To this contact, who is a payee.
    pub contact: Option<PayeeId>,
    /// The name of the rail that their payouts would take.
    pub rail: Option<String>,
    /// The program that made them.
    pub credential: Option<CredentialId>,
    /// Made at or after, in Unix microseconds.
    pub from: Option<i64>,
    /// Made before, in Unix microseconds.
    pub to: Option<i64>,
    pub search: Option<Search>,
    /// Nothing can match, for example a wallet that does not exist: no row is looked at.
    pub nothing: bool,
}

/// What to look for. All that matches is collected by index before it is put in order, so it has to be few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// Ids, references or receipts, exactly.
    Exact(Vec<String>),
    /// A reference, a receipt or a word of the contact (of the client's) that starts like this.
    Start { text: String, client: Option<ClientId> },
}

/// A tab of the list: a state, apart from what is open again after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkBucket {
    Reopened,
    /// The state without the one above.
    Is(State),
}

impl LinkBucket {
    /// Every tab, in the order of a link's life.
    pub const ALL: [LinkBucket; 9] = [
        LinkBucket::Is(State::Issued),
        LinkBucket::Is(State::Pending),
        LinkBucket::Is(State::Processing),
        LinkBucket::Is(State::Processed),
        LinkBucket::Is(State::Expired),
        LinkBucket::Is(State::Cancelled),
        LinkBucket::Is(State::Rejected),
        LinkBucket::Is(State::Failed),
        LinkBucket::Reopened,
    ];

    /// The name in URLs and in the counter table.
    pub fn name(self) -> &'static str {
        match self {
            LinkBucket::Reopened => "reopened",
            LinkBucket::Is(state) => state.name(),
        }
    }

    pub fn from_name(name: &str) -> Option<LinkBucket> {
        LinkBucket::ALL.into_iter().find(|bucket| bucket.name() == name)
    }
}

impl Filter {
    /// Whether the counter table alone can answer counts and sums.
    pub(super) fn is_counted(&self) -> bool {
        let narrowed = self.state.is_some() || self.amount.is_some() || self.from.is_some() || self.to.is_some();
        let carried = self.contact.is_some() || self.rail.is_some() || self.credential.is_some();
        !narrowed && !carried && self.search.is_none()
    }

    /// Conditions on `payout_links l`.
    pub(super) fn conditions(&self, engine: Engine) -> Conditions {
        let mut conditions = Conditions::default();
        if self.nothing {
            conditions.and("1 = 0", []);
        }
        match self.bucket {
            None => {}
            // Written out, so that the indexes of the few that are open again are used.
            Some(LinkBucket::Reopened) => conditions.and("l.reopened_at IS NOT NULL", []),
            Some(LinkBucket::Is(State::Issued)) => {
                conditions.and("l.state = ? AND l.reopened_at IS NULL", [State::Issued.name().into()]);
            }
            Some(LinkBucket::Is(state)) => conditions.and("l.state = ?", [state.name().into()]),
        }
        let mut equal = |column: &str, value: Option<String>| {
            if let Some(value) = value {
                conditions.and(&format!("l.{column} = ?"), [value.into()]);
            }
        };
        equal("state", self.state.map(|state| state.name().to_owned()));
        equal("client_id", self.client.map(|id| id.to_string()));
        equal("wallet_id", self.wallet.map(|id| id.to_string()));
        equal("currency", self.currency.map(|currency| currency.code().to_owned()));
        equal("contact_id", self.contact.map(|id| id.to_string()));
        equal("maker_credential_id", self.credential.map(|id| id.to_string()));
        if let Some(rail) = &self.rail {
            // Its wallets are few, and their links most of what there is: an index of theirs would not have the order.
            let wallets = "(l.wallet_id || '') IN (SELECT w.id FROM wallets w WHERE w.rail = ?)";
            conditions.and(wallets, [rail.as_str().into()]);
        }
        if let Some(minor) = self.amount {
            conditions.and("l.amount_minor = ?", [minor.into()]);
        }
        if let Some(from) = self.from {
            conditions.and("l.id >= ?", [PayoutLinkId::first_at(from).to_string().into()]);
        }
        if let Some(to) = self.to {
            conditions.and("l.id < ?", [PayoutLinkId::first_at(to).to_string().into()]);
        }
        if let Some(search) = &self.search {
            search.narrow(&mut conditions, engine);
        }
        conditions
    }

    /// Conditions on the counter table, which knows neither amounts, contacts, rails, programs nor days.
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
}

impl Search {
    fn narrow(&self, conditions: &mut Conditions, engine: Engine) {
        let place = conditions.next_place();
        match self {
            Search::Exact(texts) => {
                let json = serde_json::to_string(texts).expect("texts");
                let [ids, references, receipts] = [0, 1, 2].map(|offset| engine.texts(place + offset));
                let condition = format!(
                    "l.id IN ({ids} UNION SELECT q.id FROM payout_links q WHERE q.reference IN ({references}) UNION \
                     SELECT q.id FROM payout_links q WHERE q.receipt IN ({receipts}))"
                );
                let values = [json.clone(), json.clone(), json];
                conditions.and_numbered(&condition, values.map(Value::from));
            }
            Search::Start { text, client } => {
                let (found, values) = starting(text, *client, place, "");
                conditions.and_numbered(&format!("l.id IN ({found})"), values);
            }
        }
    }
}

/// A query for the ids of links found by what starts like `text`, from place `$place` on, and its values. Each way to
/// find them is cut off by `limit`.
fn starting(text: &str, client: Option<ClientId>, place: usize, limit: &str) -> (String, Vec<Value>) {
    let of = client.map_or_else(String::new, |_| format!(" AND q.client_id = ${}", place + 4));
    let way = |table: &str, id: &str, column: &str, from: usize| {
        format!(
            "SELECT {id} AS id FROM (SELECT q.{id} FROM {table} q WHERE q.{column} >= ${from} AND q.{column} < \
             ${}{of}{limit}) AS by_{column}",
            from + 1
        )
    };
    let ways = [
        way("payout_links", "id", "reference", place),
        way("payout_links", "id", "receipt", place),
        way("payout_link_words", "link_id", "word", place + 2),
    ];
    let word = searched_word(text);
    let mut values = vec![
        Value::from(text),
        format!("{text}\u{10ffff}").into(),
        word.as_str().into(),
        format!("{word}\u{10ffff}").into(),
    ];
    values.extend(client.map(|client| Value::from(client.to_string())));
    (ways.join(" UNION "), values)
}

/// How many links a search for what starts like `text` finds (the client's), counted up to `cap` in each of its ways.
pub async fn matching(reader: &mut Reader, text: &str, client: Option<ClientId>, cap: i64) -> Result<i64, StoreError> {
    let places = if client.is_some() { 5 } else { 4 };
    let (found, mut values) = starting(text, client, 1, &format!(" LIMIT ${}", places + 1));
    values.push(cap.into());
    Ok(reader.int(format!("SELECT COUNT(*) FROM ({found}) AS q"), &values).await?.unwrap_or(0))
}
