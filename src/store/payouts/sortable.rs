//! Payouts as batches sort them: set by set, with what the checks need and nothing else.

use serde::{Deserialize, Serialize};

use super::Filter;
use super::filter::open_states;
use crate::domain::ids::{ClientId, PayoutId};
use crate::domain::payout::Payout;
use crate::store::approvals::SHOWN;
use crate::store::sql::{self, Conditions, Engine, Select, Value};
use crate::store::tables::PAYOUTS;
use crate::store::{Reader, StoreError};

/// How many parts the query of names has.
const NAMED_PARTS: usize = 3;

/// A payout, and whether its provider was asked to stop it and has not answered yet.
#[derive(Debug, Clone, Deserialize)]
pub struct Sortable {
    pub payout: Payout,
    pub asked: i64,
    /// The number of what else is shown with it; see `domain::books::approvals::shown`. Nought where it waits for no
    /// approval, which nothing is bound to.
    pub shown: i64,
}

/// The same with the id or reference that named it.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    pub named: String,
    #[serde(flatten)]
    pub found: Sortable,
}

/// The matching payouts that are older than `before`, newest first.
pub async fn matching(
    reader: &mut Reader,
    filter: &Filter,
    before: PayoutId,
    limit: i64,
) -> Result<Vec<Sortable>, StoreError> {
    let engine = reader.engine;
    let (from, conditions) = matching_from(engine, filter, before, limit);
    let mut found: Vec<Sortable> = reader.list(&engine.object(&members(engine)), &from, conditions.values()).await?;
    found.sort_by_key(|one| std::cmp::Reverse(one.payout.id));
    Ok(found)
}

fn matching_from(engine: Engine, filter: &Filter, before: PayoutId, limit: i64) -> (String, Conditions) {
    let by_state = filter.is_open_by_state();
    let mut conditions = if by_state { filter.conditions_in_any_state(engine) } else { filter.conditions(engine) };
    conditions.and("p.id < ?", [before.to_string().into()]);
    let limit = conditions.bind(Value::Int(limit));
    let wanted = conditions.where_clause();
    if !by_state {
        return (format!("(SELECT p.* FROM payouts p {wanted} ORDER BY p.id DESC LIMIT {limit}) AS p"), conditions);
    }
    // The newest of each state by its index, and the newest of those.
    let one = |state| {
        format!(
            "SELECT * FROM (SELECT p.id FROM payouts p {wanted} AND p.state = {state} ORDER BY p.id DESC LIMIT {limit}) \
             AS one"
        )
    };
    let each = open_states().map(one).collect::<Vec<_>>().join(" UNION ALL ");
    let newest = format!("SELECT q.id FROM ({each}) AS q ORDER BY q.id DESC LIMIT {limit}");
    (format!("(SELECT p.* FROM ({newest}) AS newest JOIN payouts p ON p.id = newest.id) AS p"), conditions)
}

/// The payouts that these ids and references name, in the sight of a client or in everyone's. What is unknown is not in
/// it; a reference that several payouts have is there twice, however many they are.
pub async fn named(reader: &mut Reader, names: &[String], client: Option<ClientId>) -> Result<Vec<Named>, StoreError> {
    let select = select_named(reader.engine, names, client);
    let parts = sql::read_arrays(&mut reader.connection, select.inner.into(), &select.values, NAMED_PARTS).await?;
    let mut found: Vec<Named> = Vec::new();
    for part in parts {
        found.append(&mut sql::decode::<Vec<Named>>(&part)?);
    }
    Ok(found)
}

/// Ids, then one payout of each reference and another one: two of many are enough to know that there are several.
pub(super) fn select_named(engine: Engine, names: &[String], client: Option<ClientId>) -> Select {
    let mut members = members(engine);
    members.push(("named", "value".into()));
    let object = engine.object(&members);
    let each = engine.each_text(1);
    let own = |client_id: &str| client.map(|_| format!(" AND {client_id} = $2")).unwrap_or_default();
    let of = |reference: &str| {
        format!("SELECT q.id FROM payouts q WHERE q.reference_id = {reference}{}", own("q.client_id"))
    };
    let one = of("value");
    let other = format!("{} AND q.id <> n.one", of("n.value"));
    // The sum keeps SQLite from going through all payouts of the client for each id.
    let parts = [
        engine.text_array(&object, &format!("{each} JOIN payouts p ON p.id = value{}", own("p.client_id || ''"))),
        engine.text_array(&object, &format!("{each} JOIN payouts p ON p.id = ({one} LIMIT 1)")),
        engine.text_array(
            &object,
            &format!(
                "(SELECT value, ({one} LIMIT 1) AS one FROM {each}) AS n JOIN payouts p ON p.id = ({other} LIMIT 1)"
            ),
        ),
    ];
    let mut values = vec![Value::json(names)];
    values.extend(client.map(|id| Value::from(id.to_string())));
    Select { columns: Vec::new(), inner: format!("SELECT {}", parts.join(", ")), values }
}

/// Which of these payouts are in the batch already.
pub async fn already_in(reader: &mut Reader, batch: &str, payouts: &[PayoutId]) -> Result<Vec<PayoutId>, StoreError> {
    #[derive(Serialize, Deserialize)]
    struct Row {
        subject: PayoutId,
    }
    let inner = format!(
        "SELECT i.subject FROM batch_items i WHERE i.batch_id = $1 AND i.subject IN ({})",
        reader.engine.texts(2)
    );
    let rows: Vec<Row> = reader.rows(&["subject"], &inner, &[batch.into(), Value::json(payouts)]).await?;
    Ok(rows.into_iter().map(|row| row.subject).collect())
}

fn members(engine: Engine) -> Vec<(&'static str, String)> {
    let asked = "(SELECT COUNT(*) FROM cancellations n WHERE n.payout_id = p.id AND n.state IN ('requested', \
                 'unanswered'))";
    let shown = format!("CASE WHEN p.state = 'action_required' THEN {SHOWN} ELSE 0 END");
    vec![("payout", PAYOUTS.array(engine, "p")), ("asked", asked.into()), ("shown", shown)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::domain::ids::{Id, PayeeId};

    use crate::store::{Location, Store};

    #[tokio::test]
    async fn what_is_open_is_found_state_by_state_and_not_among_all_that_is_over() {
        let directory = tempfile::tempdir().unwrap();
        let location = Location::Directory(directory.path().to_owned());
        let store = Store::open(&location, Clock::fixed(1), 1).await.unwrap();
        let mut reader = store.read().await.unwrap();
        let open = Filter { open: true, ..Filter::default() };
        for (filter, index) in [
            (open.clone(), "payouts_by_state"),
            (Filter { client: Some(Id::first_at(1)), ..open.clone() }, "payouts_by_client_state"),
            (Filter { wallet: Some(Id::first_at(1)), ..open.clone() }, "payouts_by_wallet_state"),
            (Filter { rail: Some("sandbox".into()), ..open.clone() }, "payouts_by_state"),
            (Filter { rail: Some("manual".into()), ..open.clone() }, "payouts_by_hand"),
            (Filter { payee: Some(PayeeId::first_at(1)), ..open.clone() }, "payouts_by_payee"),
            (Filter { credential: Some(Id::first_at(1)), ..open }, "payouts_by_credential"),
        ] {
            let (from, conditions) = matching_from(reader.engine, &filter, PayoutId::first_at(9), 10);
            let select = Select {
                columns: vec!["id"],
                inner: format!("SELECT p.id FROM {from}"),
                values: conditions.values().to_vec(),
            };
            let plan = crate::store::sql::plan(&mut reader.connection, &select).await.unwrap();
            assert!(plan.contains(&format!("{index} (")) && !plan.contains("SCAN p"), "{filter:?}\n{plan}");
        }
    }
}
