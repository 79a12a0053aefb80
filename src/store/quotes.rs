//! Reading quotes, and forgetting old ones.

use super::tables::QUOTES;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{PayeeId, PayoutId};
use crate::domain::quote::Quote;

pub async fn get(reader: &mut Reader, id: PayoutId) -> Result<Option<Quote>, StoreError> {
    let inner = format!("SELECT {} FROM quotes q WHERE q.id = $1", QUOTES.select("q"));
    Ok(reader.rows(&QUOTES.columns(), &inner, &[id.to_string().into()]).await?.into_iter().next())
}

/// Quotes for a payee that can be committed at `now`, newest first.
pub async fn open_of_payee(
    reader: &mut Reader,
    payee: PayeeId,
    now: i64,
    limit: i64,
) -> Result<Vec<Quote>, StoreError> {
    let inner = format!(
        "SELECT {} FROM quotes q WHERE q.payee_id = $1 AND q.committed_at IS NULL AND q.expires_at > $2 ORDER BY q.id \
         DESC LIMIT $3",
        QUOTES.select("q")
    );
    reader.rows(&QUOTES.columns(), &inner, &[payee.to_string().into(), now.into(), limit.into()]).await
}

/// Forgets at most `limit` quotes that ran out before `before`; answers how many.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql =
        "DELETE FROM quotes WHERE id IN (SELECT id FROM quotes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}
