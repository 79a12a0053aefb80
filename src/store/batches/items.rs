//! Reading items: the next ones to be done, pages of results, and what was not done.

use serde::Deserialize;

use super::{BATCH_ITEMS, Content};
use crate::domain::batch::{Item, ItemState};
use crate::domain::ids::{BatchId, ClientId, PayeeId};
use crate::domain::payout::{Action, State};
use crate::store::sql::{Conditions, Value};
use crate::store::{Reader, StoreError};

/// An item with the words around its payout.
#[derive(Debug, Clone, Deserialize)]
pub struct ItemLine {
    #[serde(flatten)]
    pub item: Item,
    pub reference_id: Option<String>,
    pub payout_state: Option<State>,
    pub payout_action: Option<Action>,
    pub outcome_unknown_since: Option<i64>,
    pub returned_at: Option<i64>,
    pub payee_first_name: Option<String>,
    pub payee_last_name: Option<String>,
    pub wallet_name: Option<String>,
}

/// Items that are to be done, after `after`, in their order.
pub async fn pending(reader: &mut Reader, id: BatchId, after: i64, limit: i64) -> Result<Vec<Item>, StoreError> {
    let inner = format!(
        "SELECT {} FROM batch_items i WHERE i.batch_id = $1 AND i.seq > $2 AND i.state = 'pending' ORDER BY i.seq LIMIT \
         $3",
        BATCH_ITEMS.select("i")
    );
    reader.rows(&BATCH_ITEMS.columns(), &inner, &[id.to_string().into(), after.into(), limit.into()]).await
}

/// Items that nothing was done to, after `after`, in their order.
pub async fn undone(reader: &mut Reader, id: BatchId, after: i64, limit: i64) -> Result<Vec<Item>, StoreError> {
    let inner = format!(
        "SELECT {} FROM batch_items i WHERE i.batch_id = $1 AND i.seq > $2 AND i.state IN ('pending', 'refused', \
         'failed') ORDER BY i.seq LIMIT $3",
        BATCH_ITEMS.select("i")
    );
    reader.rows(&BATCH_ITEMS.columns(), &inner, &[id.to_string().into(), after.into(), limit.into()]).await
}

/// Items in one state or any, after `after`, in their order.
pub async fn item_page(
    reader: &mut Reader,
    id: BatchId,
    state: Option<ItemState>,
    after: i64,
    limit: i64,
) -> Result<Vec<ItemLine>, StoreError> {
    let mut conditions = Conditions::default();
    conditions.and("i.batch_id = ? AND i.seq > ?", [id.to_string().into(), after.into()]);
    if let Some(state) = state {
        // Written out, so that the index of the few that were not done is used.
        conditions.and(&format!("i.state = '{}'", state.name()), []);
    }
    let limit = conditions.bind(Value::Int(limit));
    let mut columns = BATCH_ITEMS.columns();
    columns.extend([
        "reference_id",
        "payout_state",
        "payout_action",
        "outcome_unknown_since",
        "returned_at",
        "payee_first_name",
        "payee_last_name",
        "wallet_name",
    ]);
    let inner = format!(
        "SELECT i.*, p.reference_id, p.state AS payout_state, p.action AS payout_action, p.outcome_unknown_since, \
         p.returned_at, b.first_name AS payee_first_name, b.last_name AS payee_last_name, w.name AS wallet_name FROM \
         (SELECT {} FROM batch_items i {} ORDER BY i.seq LIMIT {limit}) AS i LEFT JOIN payouts p ON p.id = i.subject \
         LEFT JOIN payees b ON b.id = p.payee_id LEFT JOIN wallets w ON w.id = p.wallet_id ORDER BY i.seq",
        BATCH_ITEMS.select("i"),
        conditions.where_clause()
    );
    reader.rows(&columns, &inner, conditions.values()).await
}

/// The sealed contents of these items.
pub async fn contents(reader: &mut Reader, ids: &[String]) -> Result<Vec<Content>, StoreError> {
    let inner = format!("SELECT r.id, r.content FROM batch_rows r WHERE r.id IN ({})", reader.engine.texts(1));
    reader.rows(&["id", "content"], &inner, &[Value::json(ids)]).await
}

/// A reference or request id that is taken, and by what.
#[derive(Debug, Clone, Deserialize)]
pub struct Taken {
    pub name: String,
    pub client_id: String,
    pub id: String,
}

/// Those of these names, each with its client, that payouts made here (or payout links) have already.
pub async fn taken(reader: &mut Reader, wanted: &[(String, String)], links: bool) -> Result<Vec<Taken>, StoreError> {
    let each = reader.engine.each(1);
    let inner = if links {
        format!(
            "SELECT l.request_id AS name, l.client_id, l.id FROM {each} JOIN payout_links l ON l.client_id = (value ->> \
             1) AND l.request_id = (value ->> 0)"
        )
    } else {
        format!(
            "SELECT p.reference_id AS name, p.client_id, p.id FROM {each} JOIN payouts p ON p.reference_id = (value ->> \
             0) AND p.client_id = (value ->> 1) AND p.origin = 'desk'"
        )
    };
    reader.rows(&["name", "client_id", "id"], &inner, &[Value::json(wanted)]).await
}

/// A saved payee to whom something new may be sent.
#[derive(Debug, Clone, Deserialize)]
pub struct UsablePayee {
    pub id: PayeeId,
    pub client_id: ClientId,
}

/// Those of these payees to whom something new may be sent.
pub async fn usable_payees(reader: &mut Reader, ids: &[PayeeId]) -> Result<Vec<UsablePayee>, StoreError> {
    let inner = format!(
        "SELECT b.id, b.client_id FROM payees b WHERE b.id IN ({}) AND b.deleted_at IS NULL AND b.disabled_at IS NULL",
        reader.engine.texts(1)
    );
    reader.rows(&["id", "client_id"], &inner, &[Value::json(ids)]).await
}
