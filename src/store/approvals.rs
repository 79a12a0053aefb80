//! Reading the payouts and payout links that wait for a checker.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::payouts::COUNT_CAP;
use super::sql::Value;
use super::{Reader, StoreError};
use crate::domain::ids::{ClientId, IdError, PayoutId, PayoutLinkId, StaffId};
use crate::domain::money::{Currency, Money};

/// Whose records to list: those of others are the ones that a person may decide. A record is of whoever made it, of the
/// owner of the credential that made it, and of whoever created that credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    BySelf,
    ByOthers,
    ByAnyone,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WaitingId {
    Payout(PayoutId),
    Link(PayoutLinkId),
}

/// A payout or a payout link that waits. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    pub id: WaitingId,
    /// A link may have none.
    pub reference_id: Option<String>,
    pub amount_minor: i64,
    pub fees_minor: i64,
    pub currency: Currency,
    /// When it expires if nobody decides.
    pub due_at: Option<i64>,
    pub payee_first_name: String,
    /// Empty for a link, whose contact has one name.
    pub payee_last_name: String,
    pub wallet_name: String,
    pub approval_limit_minor: Option<i64>,
    pub client_name: String,
    /// 1 for one of the person who asks.
    pub own: i64,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
}

/// How many wait and how much, per currency, of the person asked about (`own` is 1) and of all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingTotal {
    pub own: i64,
    pub currency: Currency,
    pub payouts: i64,
    pub amount_minor: i64,
}

const COLUMNS: &[&str] = &[
    "id",
    "reference_id",
    "amount_minor",
    "fees_minor",
    "currency",
    "due_at",
    "payee_first_name",
    "payee_last_name",
    "wallet_name",
    "approval_limit_minor",
    "client_name",
    "own",
    "maker_name",
    "credential_name",
];

impl WaitingId {
    /// When it was made, in Unix microseconds.
    pub fn created_at(self) -> i64 {
        match self {
            WaitingId::Payout(id) => id.created_at(),
            WaitingId::Link(id) => id.created_at(),
        }
    }

    /// What both kinds are in order by: the id without what it names.
    fn place(self) -> String {
        self.to_string().split_once('_').map(|(_, place)| place.to_owned()).unwrap_or_default()
    }
}

impl fmt::Display for WaitingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitingId::Payout(id) => id.fmt(f),
            WaitingId::Link(id) => id.fmt(f),
        }
    }
}

impl FromStr for WaitingId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<WaitingId, IdError> {
        text.parse().map(WaitingId::Payout).or_else(|_| text.parse().map(WaitingId::Link))
    }
}

impl TryFrom<String> for WaitingId {
    type Error = IdError;

    fn try_from(text: String) -> Result<WaitingId, IdError> {
        text.parse()
    }
}

impl From<WaitingId> for String {
    fn from(id: WaitingId) -> String {
        id.to_string()
    }
}

impl WaitingLine {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, self.currency)
    }

    pub fn fees(&self) -> Money {
        Money::new(self.fees_minor, self.currency)
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

/// Oldest first, newer than `after`.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    person: StaffId,
    made: Made,
    after: Option<WaitingId>,
    limit: i64,
) -> Result<Vec<WaitingLine>, StoreError> {
    let mut values = vec![person.to_string().into(), limit.into()];
    let mut more = of_client(client, &mut values);
    match made {
        Made::BySelf => more.push_str(&format!(" AND {OWN} = 1")),
        Made::ByOthers => more.push_str(&format!(" AND {OWN} = 0")),
        Made::ByAnyone => {}
    }
    let after = after.map(|after| {
        values.push(after.place().into());
        values.len()
    });
    let newer = |prefix: &str| after.map_or_else(String::new, |place| format!(" AND p.id > '{prefix}_' || ${place}"));
    // Each kind by its own index first, so that the two are put in order among few.
    let common = format!(
        "w.name AS wallet_name, w.approval_limit_minor, c.name AS client_name, {OWN} AS own, (SELECT name FROM staff \
         WHERE id = p.maker_staff_id) AS maker_name, (SELECT name FROM credentials WHERE id = p.maker_credential_id) \
         AS credential_name"
    );
    let payouts = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.fees_minor, p.currency, p.due_at, b.first_name AS \
         payee_first_name, b.last_name AS payee_last_name, {common} FROM (SELECT p.* FROM payouts p WHERE \
         {PAYOUTS}{more}{} ORDER BY p.id LIMIT $2) AS p JOIN payees b ON b.id = p.payee_id JOIN wallets w ON w.id = \
         p.wallet_id JOIN clients c ON c.id = p.client_id",
        newer("pyt")
    );
    let links = format!(
        "SELECT p.id, COALESCE(p.reference, p.receipt) AS reference_id, p.amount_minor, p.fees_minor, p.currency, \
         p.due_at, p.contact_name AS payee_first_name, '' AS payee_last_name, {common} FROM (SELECT p.* FROM \
         payout_links p WHERE {LINKS}{more}{} ORDER BY p.id LIMIT $2) AS p JOIN wallets w ON w.id = p.wallet_id JOIN \
         clients c ON c.id = p.client_id",
        newer("lnk")
    );
    let inner = format!("SELECT * FROM ({payouts} UNION ALL {links}) AS q ORDER BY SUBSTR(q.id, 5) LIMIT $2");
    reader.rows(COLUMNS, &inner, &values).await
}

/// Counts and sums over all that wait; of each kind beyond [`COUNT_CAP`] the oldest.
pub async fn totals(
    reader: &mut Reader,
    client: Option<ClientId>,
    person: StaffId,
) -> Result<Vec<WaitingTotal>, StoreError> {
    let mut values = vec![person.to_string().into(), COUNT_CAP.into()];
    let more = of_client(client, &mut values);
    let of = |table: &str, waits: &str| {
        format!(
            "SELECT * FROM (SELECT {OWN} AS own, p.currency, p.amount_minor FROM {table} p WHERE {waits}{more} ORDER \
             BY p.id LIMIT $2) AS {table}_waiting"
        )
    };
    let inner = format!(
        "SELECT q.own, q.currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS amount_minor FROM ({} \
         UNION ALL {}) AS q GROUP BY q.own, q.currency ORDER BY q.currency, q.own",
        of("payouts", PAYOUTS),
        of("payout_links", LINKS)
    );
    reader.rows(&["own", "currency", "payouts", "amount_minor"], &inner, &values).await
}

/// 1 for a record of the person, otherwise 0; over `payouts p` or `payout_links p`.
const OWN: &str = "CASE WHEN p.maker_staff_id = $1 OR p.credential_creator_id = $1 THEN 1 ELSE 0 END";
/// Written out as the partial index has it.
const PAYOUTS: &str = "p.state = 'action_required' AND p.action = 'approval'";
const LINKS: &str = "p.state = 'pending'";

fn of_client(client: Option<ClientId>, values: &mut Vec<Value>) -> String {
    client.map_or_else(String::new, |client| {
        values.push(client.to_string().into());
        format!(" AND p.client_id = ${}", values.len())
    })
}
