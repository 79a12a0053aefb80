//! Freezes, and what stands in them.

use serde::Deserialize;

use super::sql::{Conditions, Script, Select, Table, Value, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::freeze::{Freeze, Scope, Standing};
use crate::domain::ids::{ClientId, FreezeId, PayoutId};

pub const FREEZES: Table = Table {
    name: "freezes",
    columns: &[
        text("id"),
        text("scope"),
        text("subject"),
        text("subject_name"),
        text("client_id"),
        text("reason"),
        int("drill"),
        text("state"),
        text("maker_staff_id"),
        text("maker_name"),
        text("maker_credential_id"),
        text("stood"),
        text("lifted_stood"),
        int("asked_at"),
        text("asker_staff_id"),
        text("asker_name"),
        text("asker_credential_id"),
        text("asker_creator_id"),
        text("asked_reason"),
        int("lifted_at"),
        text("lifter_name"),
        int("resumed_at"),
        int("version"),
    ],
};

/// Of a payee and a credential so many of the newest payouts and links are looked at.
pub const LOOKED_AT: i64 = 10_000;

/// What a set of units reads them from: those in the states named by `states` (one column `value`), without drills.
pub fn stopping(states: &str) -> String {
    format!("{states} JOIN freezes f ON f.state = value AND f.drill = 0")
}

/// Those that stand, drills too; the oldest first.
pub async fn active(reader: &mut Reader) -> Result<Vec<Freeze>, StoreError> {
    reader.rows(&FREEZES.columns(), &select("WHERE f.state = 'active' ORDER BY f.id"), &[]).await
}

/// The same as the unit finds them.
pub async fn active_now(tx: &mut Tx<'_>) -> Result<Vec<Freeze>, sqlx::Error> {
    tx.rows(&FREEZES.columns(), &select("WHERE f.state = 'active' ORDER BY f.id"), &[]).await
}

/// The names of the rails that wallets have.
pub async fn rails(reader: &mut Reader) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Name {
        rail: String,
    }
    let sql = "SELECT DISTINCT rail FROM wallets ORDER BY rail LIMIT 100";
    let names: Vec<Name> = reader.rows(&["rail"], sql, &[]).await?;
    Ok(names.into_iter().map(|name| name.rail).collect())
}

/// A payee as it is told apart from others.
#[derive(Debug, Clone, Deserialize)]
pub struct NamedPayee {
    pub id: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    pub client_id: ClientId,
    pub client_name: String,
}

impl NamedPayee {
    pub fn name(&self) -> String {
        let parts = [&self.first_name, &self.last_name].map(|part| part.as_deref().unwrap_or_default());
        parts.join(" ").trim().to_owned()
    }

    /// With email and client.
    pub fn in_full(&self) -> String {
        let parts = [self.name(), self.email.clone().unwrap_or_default(), self.client_name.clone()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

/// Payees of whose name or email a word starts like this, saved or only paid, at most `limit`.
pub async fn payees_starting(
    reader: &mut Reader,
    text: &str,
    client: Option<ClientId>,
    limit: i64,
) -> Result<Vec<NamedPayee>, StoreError> {
    let start = text.to_lowercase();
    let mut conditions = Conditions::default();
    conditions.and("w.word >= ? AND w.word < ?", [start.clone().into(), format!("{start}\u{10ffff}").into()]);
    if let Some(client) = client {
        conditions.and("b.client_id = ?", [client.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let columns = ["id", "first_name", "last_name", "email", "client_id", "client_name"];
    let inner = format!(
        "SELECT DISTINCT b.id, b.first_name, b.last_name, b.email, b.client_id, c.name AS client_name FROM payee_words w \
         JOIN payees b ON b.id = w.payee_id JOIN clients c ON c.id = b.client_id {} LIMIT {limit}",
        conditions.where_clause()
    );
    reader.rows(&columns, &inner, conditions.values()).await
}

/// Newest first, older than `before`; of one client only, where one is named.
pub async fn list(
    reader: &mut Reader,
    client: Option<ClientId>,
    before: Option<FreezeId>,
    limit: i64,
) -> Result<Vec<Freeze>, StoreError> {
    let mut conditions = Conditions::default();
    if let Some(client) = client {
        conditions.and("f.client_id = ?", [client.to_string().into()]);
    }
    if let Some(before) = before {
        conditions.and("f.id < ?", [before.to_string().into()]);
    }
    let limit = conditions.bind(Value::Int(limit));
    let rest = format!("{} ORDER BY f.id DESC LIMIT {limit}", conditions.where_clause());
    reader.rows(&FREEZES.columns(), &select(&rest), conditions.values()).await
}

pub async fn find(reader: &mut Reader, id: FreezeId) -> Result<Option<Freeze>, StoreError> {
    let rows = reader.rows(&FREEZES.columns(), &select("WHERE f.id = $1"), &[id.to_string().into()]).await?;
    Ok(rows.into_iter().next())
}

pub async fn get(tx: &mut Tx<'_>, id: FreezeId) -> Result<Option<Freeze>, sqlx::Error> {
    // On PostgreSQL the row stays as it is until this unit ends, whoever else wants to change it.
    tx.execute("UPDATE freezes SET version = version WHERE id = $1", &[id.to_string().into()]).await?;
    Ok(tx.rows(&FREEZES.columns(), &select("WHERE f.id = $1"), &[id.to_string().into()]).await?.into_iter().next())
}

/// The one that stands for the same.
pub async fn same(tx: &mut Tx<'_>, scope: Scope, subject: &str, drill: bool) -> Result<Option<Freeze>, sqlx::Error> {
    let rest = "WHERE f.scope = $1 AND f.subject = $2 AND f.drill = $3 AND f.state = 'active'";
    let values = [scope.name().into(), subject.into(), i64::from(drill).into()];
    Ok(tx.rows(&FREEZES.columns(), &select(rest), &values).await?.into_iter().next())
}

/// Those that stand for exactly this, drills too.
pub async fn of_subject(reader: &mut Reader, scope: Scope, subject: &str) -> Result<Vec<Freeze>, StoreError> {
    let rest = "WHERE f.scope = $1 AND f.subject = $2 AND f.state = 'active' ORDER BY f.id";
    reader.rows(&FREEZES.columns(), &select(rest), &[scope.name().into(), subject.into()]).await
}

pub async fn insert(tx: &mut Tx<'_>, freeze: &Freeze) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&FREEZES, std::slice::from_ref(freeze));
    tx.script(script).await
}

/// Writes what asking, keeping and lifting change.
pub async fn update(tx: &mut Tx<'_>, freeze: &Freeze) -> Result<(), sqlx::Error> {
    const CHANGES: &[&str] = &[
        "state",
        "asked_at",
        "asker_staff_id",
        "asker_name",
        "asker_credential_id",
        "asker_creator_id",
        "asked_reason",
        "lifted_at",
        "lifter_name",
        "lifted_stood",
        "resumed_at",
        "version",
    ];
    let mut script = Script::new(tx.engine());
    let sql = format!(
        "UPDATE freezes SET {} FROM {{rows}} WHERE freezes.id = value ->> 'id' AND freezes.state = 'active'",
        FREEZES.assignments(CHANGES)
    );
    script.add(&sql, std::slice::from_ref(freeze), 1);
    tx.script(script).await
}

/// How much stands in each state and currency.
pub async fn standing(reader: &mut Reader, scope: Scope, subject: &str) -> Result<Vec<Standing>, StoreError> {
    reader.select(&standing_select(scope, subject)).await
}

/// The same inside the unit that freezes it.
pub async fn standing_now(tx: &mut Tx<'_>, scope: Scope, subject: &str) -> Result<Vec<Standing>, sqlx::Error> {
    let Select { columns, inner, values } = standing_select(scope, subject);
    tx.rows(&columns, &inner, &values).await
}

/// What nobody knows of payouts in it that were made before a time (Unix microseconds), each up to [`LOOKED_AT`]:
/// those with an unknown outcome, as bucket `unknown`, and those that their provider was asked to stop and has not
/// answered for, as bucket `asked`.
pub async fn doubts(
    reader: &mut Reader,
    scope: Scope,
    subject: &str,
    before: i64,
) -> Result<Vec<Standing>, StoreError> {
    let covers = match scope {
        // Bound all the same: PostgreSQL wants every value used.
        Scope::Everything => "$1 = ''",
        Scope::Client => "p.client_id = $1",
        Scope::Wallet => "p.wallet_id = $1",
        // Not by the indexes of these: what is in doubt is few among many.
        Scope::Payee => "(p.payee_id || '') = $1",
        Scope::Rail => "(p.rail || '') = $1",
        Scope::Credential => "(p.maker_credential_id || '') = $1",
    };
    let sums = |bucket: &str, from: &str| {
        format!(
            "SELECT 'payout' AS kind, '{bucket}' AS bucket, q.currency, COUNT(*) AS records, CAST(SUM(q.amount_minor) \
             AS BIGINT) AS amount_minor FROM (SELECT p.currency, p.amount_minor FROM {from} AND {covers} AND p.id < $2 \
             LIMIT $3) AS q GROUP BY q.currency"
        )
    };
    let both = [
        sums("unknown", "payouts p WHERE p.outcome_unknown_since IS NOT NULL"),
        sums(
            "asked",
            // In this order: few are asked about, and many payouts may be in it.
            "cancellations n CROSS JOIN payouts p WHERE p.id = n.payout_id AND n.state IN ('requested', 'unanswered')",
        ),
    ];
    let values = [subject.into(), PayoutId::first_at(before).to_string().into(), LOOKED_AT.into()];
    reader.rows(&["kind", "bucket", "currency", "records", "amount_minor"], &both.join(" UNION ALL "), &values).await
}

/// Those that were lifted, while what they held back is not all due again.
pub async fn to_resume(reader: &mut Reader) -> Result<Vec<Freeze>, StoreError> {
    let rest = "WHERE f.state = 'lifted' AND f.resumed_at IS NULL ORDER BY f.id LIMIT 100";
    reader.rows(&FREEZES.columns(), &select(rest), &[]).await
}

/// Makes payouts due again that the freeze held back: queued ones to be looked at only later, up to `latest`, although
/// their provider would take what was queued by `queued_by`. Answers how many, at most `limit`.
pub async fn resume(
    tx: &mut Tx<'_>,
    freeze: &Freeze,
    latest: i64,
    queued_by: i64,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let covers = match freeze.scope {
        // Bound all the same: PostgreSQL wants every value used.
        Scope::Everything => "$5 = ''",
        Scope::Client => "p.client_id = $5",
        Scope::Wallet => "p.wallet_id = $5",
        Scope::Payee => "p.payee_id = $5",
        Scope::Rail => "p.rail = $5",
        Scope::Credential => "p.maker_credential_id = $5",
    };
    let sql = format!(
        "UPDATE payouts SET due_at = $1 WHERE state = 'queued' AND id IN (SELECT p.id FROM payouts p WHERE p.due_at IS \
         NOT NULL AND p.due_at > $1 AND p.due_at <= $2 AND p.state = 'queued' AND p.hold_id IS NOT NULL AND p.queued_at \
         <= $3 AND {covers} ORDER BY p.due_at LIMIT $4)"
    );
    let values = [tx.now().into(), latest.into(), queued_by.into(), limit.into(), Value::from(freeze.subject.as_str())];
    tx.execute(&sql, &values).await
}

/// Says that all that it held back is due again.
pub async fn resumed(tx: &mut Tx<'_>, id: FreezeId) -> Result<u64, sqlx::Error> {
    let sql = "UPDATE freezes SET resumed_at = $2 WHERE id = $1 AND resumed_at IS NULL";
    tx.execute(sql, &[id.to_string().into(), tx.now().into()]).await
}

fn select(rest: &str) -> String {
    format!("SELECT {} FROM freezes f {rest}", FREEZES.select("f"))
}

fn standing_select(scope: Scope, subject: &str) -> Select {
    let counted = match scope {
        Scope::Everything => Some("$1 = ''"),
        Scope::Client => Some("c.client_id = $1"),
        Scope::Wallet => Some("c.wallet_id = $1"),
        Scope::Rail => Some("c.wallet_id IN (SELECT w.id FROM wallets w WHERE w.rail = $1)"),
        Scope::Payee | Scope::Credential => None,
    };
    let (inner, values) = match counted {
        Some(covers) => {
            let of = |kind: &str, table: &str| {
                format!(
                    "SELECT '{kind}' AS kind, c.bucket, c.currency, CAST(SUM(c.payouts) AS BIGINT) AS records, \
                     CAST(SUM(c.amount_minor) AS BIGINT) AS amount_minor FROM {table} c WHERE {covers} GROUP BY \
                     c.bucket, c.currency HAVING SUM(c.payouts) > 0"
                )
            };
            let both = [of("payout", "payout_counters"), of("link", "payout_link_counters")];
            (both.join(" UNION ALL "), vec![Value::from(subject)])
        }
        None => {
            let (payouts, links) = match scope {
                Scope::Payee => ("payee_id", "contact_id"),
                _ => ("maker_credential_id", "maker_credential_id"),
            };
            let of = |kind: &str, table: &str, bucket: &str, column: &str| {
                format!(
                    "SELECT '{kind}' AS kind, q.bucket, q.currency, COUNT(*) AS records, CAST(SUM(q.amount_minor) AS \
                     BIGINT) AS amount_minor FROM (SELECT {bucket} AS bucket, p.currency, p.amount_minor FROM {table} \
                     p WHERE p.{column} = $1 ORDER BY p.id DESC LIMIT $2) AS q GROUP BY q.bucket, q.currency"
                )
            };
            let both =
                [of("payout", "payouts", PAYOUT_BUCKET, payouts), of("link", "payout_links", LINK_BUCKET, links)];
            (both.join(" UNION ALL "), vec![Value::from(subject), LOOKED_AT.into()])
        }
    };
    Select { columns: vec!["kind", "bucket", "currency", "records", "amount_minor"], inner, values }
}

/// The tab a payout link stands under, as `domain::books::link_bucket` says it.
const LINK_BUCKET: &str = "CASE WHEN p.reopened_at IS NOT NULL THEN 'reopened' ELSE p.state END";

/// The tab a payout stands under, as `domain::books::bucket` says it.
const PAYOUT_BUCKET: &str = "CASE WHEN p.state = 'action_required' AND p.action = 'approval' THEN 'to_approve' WHEN \
     p.outcome_unknown_since IS NOT NULL THEN 'unknown' ELSE p.state END";
