//! Approval rules: making them, and ending them with a second admin.

use serde::{Deserialize, Serialize};

use super::approval_tables::RULES;
use super::load_approvals::MOST_PEOPLE;
use super::sql::Script;
use super::{Reader, StoreError, Tx};
use crate::domain::approval::{ApprovalRule, Person, Verb};
use crate::domain::ids::ApprovalRuleId;

/// A rule with the names that it goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    #[serde(flatten)]
    pub rule: ApprovalRule,
    pub client_name: Option<String>,
    pub maker_name: String,
    pub asker_name: Option<String>,
    pub ender_name: Option<String>,
}

/// The most rules that stand at once: a page shows them all, and each unit reads those of its verb.
pub const MOST_RULES: i64 = 200;

const NAMES: &[&str] = &["client_name", "maker_name", "asker_name", "ender_name"];

/// Those that stand, by verb, oldest first; then those that ended last, at most `ended`.
pub async fn list(reader: &mut Reader, ended: i64) -> Result<Vec<RuleLine>, StoreError> {
    let inner = format!(
        "SELECT * FROM ({} WHERE r.ended_at IS NULL ORDER BY r.verb, r.id LIMIT $1) AS standing UNION ALL SELECT * FROM \
         ({} WHERE r.ended_at IS NOT NULL ORDER BY r.ended_at DESC, r.id DESC LIMIT $2) AS ended",
        select(),
        select()
    );
    reader.rows(&columns(), &inner, &[MOST_RULES.into(), ended.into()]).await
}

/// Those whose end is asked for, at most `limit`; who asked first comes first.
pub async fn ending(reader: &mut Reader, limit: i64) -> Result<Vec<RuleLine>, StoreError> {
    let inner = format!(
        "{} WHERE r.ended_at IS NULL AND r.end_asked_by IS NOT NULL ORDER BY r.end_asked_at, r.id LIMIT $1",
        select()
    );
    reader.rows(&columns(), &inner, &[limit.into()]).await
}

pub async fn get(reader: &mut Reader, id: ApprovalRuleId) -> Result<Option<RuleLine>, StoreError> {
    let inner = format!("{} WHERE r.id = $1", select());
    Ok(reader.rows(&columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// Those that stand on a verb.
pub async fn standing(reader: &mut Reader, verb: Verb) -> Result<Vec<ApprovalRule>, StoreError> {
    let sql = format!("SELECT {} FROM approval_rules r WHERE r.verb = $1 AND r.ended_at IS NULL", RULES.select("r"));
    reader.rows(&RULES.columns(), &sql, &[verb.name().into()]).await
}

/// The same inside a unit.
pub async fn standing_now(tx: &mut Tx<'_>, verb: Verb) -> Result<Vec<ApprovalRule>, sqlx::Error> {
    let sql = format!("SELECT {} FROM approval_rules r WHERE r.verb = $1 AND r.ended_at IS NULL", RULES.select("r"));
    tx.rows(&RULES.columns(), &sql, &[verb.name().into()]).await
}

/// Everybody enabled who may do more than look, by name.
pub async fn people(reader: &mut Reader) -> Result<Vec<Person>, StoreError> {
    reader.rows(&["id", "name", "role"], PEOPLE, &[MOST_PEOPLE.into()]).await
}

/// The same inside a unit.
pub async fn people_now(tx: &mut Tx<'_>) -> Result<Vec<Person>, sqlx::Error> {
    tx.rows(&["id", "name", "role"], PEOPLE, &[MOST_PEOPLE.into()]).await
}

/// How many stand.
pub async fn count(tx: &mut Tx<'_>) -> Result<i64, sqlx::Error> {
    Ok(tx.int("SELECT COUNT(*) FROM approval_rules WHERE ended_at IS NULL", &[]).await?.unwrap_or(0))
}

pub async fn find(tx: &mut Tx<'_>, id: ApprovalRuleId) -> Result<Option<ApprovalRule>, sqlx::Error> {
    // On PostgreSQL the row stays as it is until this unit ends, whoever else wants to change it.
    tx.execute("UPDATE approval_rules SET version = version WHERE id = $1", &[id.to_string().into()]).await?;
    let sql = format!("SELECT {} FROM approval_rules r WHERE r.id = $1", RULES.select("r"));
    Ok(tx.rows(&RULES.columns(), &sql, &[id.to_string().into()]).await?.into_iter().next())
}

pub async fn insert(tx: &mut Tx<'_>, rule: &ApprovalRule) -> Result<(), sqlx::Error> {
    let mut script = Script::new(tx.engine());
    script.insert(&RULES, std::slice::from_ref(rule));
    tx.script(script).await
}

/// Writes what asking for the end, keeping it and ending it change.
pub async fn update(tx: &mut Tx<'_>, rule: &ApprovalRule) -> Result<(), sqlx::Error> {
    const CHANGES: &[&str] = &["end_asked_by", "end_asked_at", "ended_by", "ended_at", "version"];
    let mut script = Script::new(tx.engine());
    let sql = format!(
        "UPDATE approval_rules SET {} FROM {{rows}} WHERE approval_rules.id = value ->> 'id' AND \
         approval_rules.ended_at IS NULL",
        RULES.assignments(CHANGES)
    );
    script.add(&sql, std::slice::from_ref(rule), 1);
    tx.script(script).await
}

const PEOPLE: &str =
    "SELECT id, name, role FROM staff WHERE disabled_at IS NULL AND role <> 'viewer' ORDER BY name, id LIMIT $1";

fn columns() -> Vec<&'static str> {
    RULES.columns().into_iter().chain(NAMES.iter().copied()).collect()
}

fn select() -> String {
    let staff = |column: &str| format!("(SELECT m.name FROM staff m WHERE m.id = r.{column})");
    format!(
        "SELECT {}, (SELECT c.name FROM clients c WHERE c.id = r.client_id) AS client_name, {} AS maker_name, {} AS \
         asker_name, {} AS ender_name FROM approval_rules r",
        RULES.select("r"),
        staff("made_by"),
        staff("end_asked_by"),
        staff("ended_by")
    )
}
