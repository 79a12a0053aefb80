//! Looser approval limits of wallets that wait for a second admin.

use serde::{Deserialize, Serialize};

use super::sql::{Script, Table, int, text};
use super::{Reader, StoreError, Tx};
use crate::domain::ids::WalletId;
use crate::domain::limit_change::LimitChange;
use crate::domain::money::Currency;

/// One with the names that it goes by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitLine {
    #[serde(flatten)]
    pub change: LimitChange,
    pub wallet_number: i64,
    pub wallet_name: String,
    pub client_name: String,
    pub currency: Currency,
    pub asker_name: String,
}

const LIMITS: Table = Table {
    name: "limit_changes",
    columns: &[text("wallet_id"), int("before_minor"), int("after_minor"), text("asked_by"), int("asked_at")],
};

const NAMES: &[&str] = &["wallet_number", "wallet_name", "client_name", "currency", "asker_name"];

/// The one that the wallet's approval limit waits for.
pub async fn get(reader: &mut Reader, wallet: WalletId) -> Result<Option<LimitLine>, StoreError> {
    let sql = format!("{} WHERE l.wallet_id = $1", select());
    Ok(reader.rows(&columns(), &sql, &[wallet.to_string().into()]).await?.into_iter().next())
}

/// Those that wait, the oldest first.
pub async fn list(reader: &mut Reader, limit: i64) -> Result<Vec<LimitLine>, StoreError> {
    let sql = format!("{} ORDER BY l.asked_at, l.wallet_id LIMIT $1", select());
    reader.rows(&columns(), &sql, &[limit.into()]).await
}

pub async fn find(tx: &mut Tx<'_>, wallet: WalletId) -> Result<Option<LimitChange>, sqlx::Error> {
    let sql = format!("SELECT {} FROM limit_changes l WHERE l.wallet_id = $1", LIMITS.select("l"));
    Ok(tx.rows(&LIMITS.columns(), &sql, &[wallet.to_string().into()]).await?.into_iter().next())
}

/// Puts it in the place of one that waits already.
pub async fn put(tx: &mut Tx<'_>, change: &LimitChange) -> Result<(), sqlx::Error> {
    delete(tx, change.wallet_id).await?;
    let mut script = Script::new(tx.engine());
    script.insert(&LIMITS, std::slice::from_ref(change));
    tx.script(script).await
}

/// Forgets what the wallet's limit waits for; 0 when it is nothing.
pub async fn delete(tx: &mut Tx<'_>, wallet: WalletId) -> Result<u64, sqlx::Error> {
    tx.execute("DELETE FROM limit_changes WHERE wallet_id = $1", &[wallet.to_string().into()]).await
}

fn columns() -> Vec<&'static str> {
    LIMITS.columns().into_iter().chain(NAMES.iter().copied()).collect()
}

fn select() -> String {
    format!(
        "SELECT {}, w.number AS wallet_number, w.name AS wallet_name, c.name AS client_name, w.currency, m.name AS \
         asker_name FROM limit_changes l JOIN wallets w ON w.id = l.wallet_id JOIN clients c ON c.id = w.client_id JOIN \
         staff m ON m.id = l.asked_by",
        LIMITS.select("l")
    )
}
