//! Reading the payouts, payout links and requests that wait for a checker.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::payouts::COUNT_CAP;
use super::sql::Value;
use super::{Reader, StoreError};
use crate::domain::ids::{ApprovalRequestId, ClientId, IdError, PayoutId, PayoutLinkId, StaffId};
use crate::domain::money::{Currency, Money};
use crate::domain::staff::Role;

/// Whose records to list: those of others are the ones that a person may decide. A record is of whoever made it, of the
/// owner of the credential that made it, and of whoever created that credential. What the person has approved already, or
/// what a rule leaves to admins alone, waits for others just as well.
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
    Request(ApprovalRequestId),
}

/// A payout, a payout link or a request that waits. Amounts in minor units, times in Unix microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingLine {
    pub id: WaitingId,
    /// A link may have none; of a request it is what would be done.
    pub reference_id: Option<String>,
    /// None where a request is about no amount.
    pub amount_minor: Option<i64>,
    pub fees_minor: Option<i64>,
    pub currency: Option<Currency>,
    /// When it expires if nobody decides.
    pub due_at: Option<i64>,
    pub payee_first_name: String,
    /// Empty for a link, whose contact has one name.
    pub payee_last_name: String,
    /// None for a request.
    pub wallet_name: Option<String>,
    pub approval_limit_minor: Option<i64>,
    pub client_name: Option<String>,
    /// How many people have to approve it, and how many have; none where the wallet's limit asks for one.
    pub people: Option<i64>,
    pub given: i64,
    /// 1 for one that waits for others.
    pub own: i64,
    pub maker_name: Option<String>,
    /// The program, when one made it.
    pub credential_name: Option<String>,
}

/// How many wait and how much, per currency, of the person asked about (`own` is 1) and of all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingTotal {
    pub own: i64,
    /// None for requests that are about no amount.
    pub currency: Option<Currency>,
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
    "people",
    "given",
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
            WaitingId::Request(id) => id.created_at(),
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
            WaitingId::Request(id) => id.fmt(f),
        }
    }
}

impl FromStr for WaitingId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<WaitingId, IdError> {
        let link = || text.parse().map(WaitingId::Link);
        text.parse().map(WaitingId::Payout).or_else(|_| link()).or_else(|_| text.parse().map(WaitingId::Request))
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
    pub fn amount(&self) -> Option<Money> {
        Some(Money::new(self.amount_minor?, self.currency?))
    }

    pub fn fees(&self) -> Option<Money> {
        Some(Money::new(self.fees_minor?, self.currency?))
    }

    pub fn payee_name(&self) -> String {
        format!("{} {}", self.payee_first_name, self.payee_last_name).trim().to_owned()
    }
}

/// Oldest first, newer than `after`, as this person of this role sees them.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    (person, role): (StaffId, Role),
    made: Made,
    after: Option<WaitingId>,
    limit: i64,
) -> Result<Vec<WaitingLine>, StoreError> {
    let mut values = vec![person.to_string().into(), limit.into(), role.name().into()];
    let of_client = of_client(client, &mut values);
    let after = after.map(|after| {
        values.push(after.place().into());
        values.len()
    });
    let more = |kind: &Waiting| {
        let made = match made {
            Made::BySelf => format!(" AND {} = 1", kind.own()),
            Made::ByOthers => format!(" AND {} = 0", kind.own()),
            Made::ByAnyone => String::new(),
        };
        let newer = after.map(|place| format!(" AND p.id > '{}_' || ${place}", kind.prefix));
        format!("{of_client}{made}{}", newer.unwrap_or_default())
    };
    // Each kind by its own index first, so that the three are put in order among few.
    let inner = |kind: &Waiting| {
        let Waiting { table, waits, .. } = kind;
        format!("(SELECT p.* FROM {table} p WHERE {waits}{} ORDER BY p.id LIMIT $2) AS p", more(kind))
    };
    let common = |kind: &Waiting| {
        format!(
            "{} AS people, {} AS given, {} AS own, (SELECT name FROM staff WHERE id = p.maker_staff_id) AS maker_name",
            kind.people,
            kind.given(),
            kind.own()
        )
    };
    let made_by = "(SELECT name FROM credentials WHERE id = p.maker_credential_id) AS credential_name";
    let payouts = format!(
        "SELECT p.id, p.reference_id, p.amount_minor, p.fees_minor, p.currency, p.due_at, b.first_name AS \
         payee_first_name, b.last_name AS payee_last_name, w.name AS wallet_name, w.approval_limit_minor, c.name AS \
         client_name, {}, {made_by} FROM {} JOIN payees b ON b.id = p.payee_id JOIN wallets w ON w.id = p.wallet_id \
         JOIN clients c ON c.id = p.client_id",
        common(&PAYOUTS),
        inner(&PAYOUTS)
    );
    let links = format!(
        "SELECT p.id, COALESCE(p.reference, p.receipt) AS reference_id, p.amount_minor, p.fees_minor, p.currency, \
         p.due_at, p.contact_name AS payee_first_name, '' AS payee_last_name, w.name AS wallet_name, \
         w.approval_limit_minor, c.name AS client_name, {}, {made_by} FROM {} JOIN wallets w ON w.id = p.wallet_id JOIN \
         clients c ON c.id = p.client_id",
        common(&LINKS),
        inner(&LINKS)
    );
    let none = "CAST(NULL AS BIGINT)";
    let requests = format!(
        "SELECT p.id, p.title AS reference_id, p.amount_minor, {none} AS fees_minor, p.currency, p.expires_at AS due_at, \
         '' AS payee_first_name, '' AS payee_last_name, CAST(NULL AS TEXT) AS wallet_name, {none} AS \
         approval_limit_minor, c.name AS client_name, {}, CAST(NULL AS TEXT) AS credential_name FROM {} LEFT JOIN \
         clients c ON c.id = p.client_id",
        common(&REQUESTS),
        inner(&REQUESTS)
    );
    let inner = format!(
        "SELECT * FROM ({payouts} UNION ALL {links} UNION ALL {requests}) AS q ORDER BY SUBSTR(q.id, 5) LIMIT $2"
    );
    reader.rows(COLUMNS, &inner, &values).await
}

/// Counts and sums over all that wait, per currency; of each kind beyond [`COUNT_CAP`] the oldest.
pub async fn totals(
    reader: &mut Reader,
    client: Option<ClientId>,
    (person, role): (StaffId, Role),
) -> Result<Vec<WaitingTotal>, StoreError> {
    let mut values = vec![person.to_string().into(), COUNT_CAP.into(), role.name().into()];
    let more = of_client(client, &mut values);
    let of = |kind: &Waiting| {
        let Waiting { table, waits, .. } = kind;
        let own = kind.own();
        format!(
            "SELECT * FROM (SELECT {own} AS own, COALESCE(p.currency, '') AS currency, COALESCE(p.amount_minor, 0) AS \
             amount_minor FROM {table} p WHERE {waits}{more} ORDER BY p.id LIMIT $2) AS {table}_waiting"
        )
    };
    let inner = format!(
        "SELECT q.own, NULLIF(q.currency, '') AS currency, COUNT(*) AS payouts, CAST(SUM(q.amount_minor) AS BIGINT) AS \
         amount_minor FROM ({} UNION ALL {} UNION ALL {}) AS q GROUP BY q.own, q.currency ORDER BY q.currency, q.own",
        of(&PAYOUTS),
        of(&LINKS),
        of(&REQUESTS)
    );
    reader.rows(&["own", "currency", "payouts", "amount_minor"], &inner, &values).await
}

/// A kind of record that waits, as SQL over its table `p`.
struct Waiting {
    table: &'static str,
    prefix: &'static str,
    /// Written out as the partial index has it.
    waits: &'static str,
    /// The number of what is shown; see `domain::books::approvals::shown`.
    shown: &'static str,
    /// How many have to approve it, if a rule asks.
    people: &'static str,
    role: &'static str,
    /// Who created the credential that made it.
    creator: &'static str,
}

/// The number of what is shown with a payout, over `payouts p`.
pub const SHOWN: &str = "((SELECT y.version FROM payees y WHERE y.id = p.payee_id) * 2 + COALESCE((SELECT CASE WHEN \
                         x.disabled_at IS NULL AND x.deleted_at IS NULL THEN 0 ELSE 1 END FROM payee_accounts x WHERE \
                         x.id = p.account_id), 0))";

const PAYOUTS: Waiting = Waiting {
    table: "payouts",
    prefix: "pyt",
    waits: "p.state = 'action_required' AND p.action = 'approval'",
    shown: SHOWN,
    people: "(SELECT n.people FROM approval_needs n WHERE n.subject_id = p.id)",
    role: "(SELECT n.role FROM approval_needs n WHERE n.subject_id = p.id)",
    creator: "p.credential_creator_id",
};
const LINKS: Waiting =
    Waiting { table: "payout_links", prefix: "lnk", waits: "p.state = 'pending'", shown: "0", ..PAYOUTS };
const REQUESTS: Waiting = Waiting {
    table: "approval_requests",
    prefix: "apr",
    waits: "p.state = 'open'",
    shown: "0",
    people: "p.people",
    role: "p.role",
    creator: "p.maker_staff_id",
};

impl Waiting {
    /// 1 for a record that waits for others than the person in $1 with the role in $3, otherwise 0.
    fn own(&self) -> String {
        let Waiting { shown, role, creator, .. } = self;
        format!(
            "CASE WHEN p.maker_staff_id = $1 OR {creator} = $1 OR ($3 <> 'admin' AND {role} = 'admin') OR EXISTS (SELECT \
             1 FROM approvals a WHERE a.subject_id = p.id AND (a.staff_id = $1 OR a.creator_staff_id = $1) AND a.shown = \
             {shown}) THEN 1 ELSE 0 END"
        )
    }

    /// How many have approved what is shown.
    fn given(&self) -> String {
        let shown = self.shown;
        format!("(SELECT COUNT(*) FROM approvals a WHERE a.subject_id = p.id AND a.shown = {shown})")
    }
}

fn of_client(client: Option<ClientId>, values: &mut Vec<Value>) -> String {
    client.map_or_else(String::new, |client| {
        values.push(client.to_string().into());
        format!(" AND p.client_id = ${}", values.len())
    })
}
