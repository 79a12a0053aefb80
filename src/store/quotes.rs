//! Reading quotes, and forgetting old ones.

use serde::Deserialize;

use super::tables::QUOTES;
use super::{Reader, StoreError, Tx};
use crate::domain::ids::{PayeeId, PayoutId};
use crate::domain::payee_account::AccountKind;
use crate::domain::quote::Quote;

/// A quote with what is shown of its account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QuoteLine {
    #[serde(flatten)]
    pub quote: Quote,
    pub account_kind: Option<AccountKind>,
}

pub async fn get(reader: &mut Reader, id: PayoutId) -> Result<Option<QuoteLine>, StoreError> {
    Ok(lines(reader, "q.id = $1", &[id.to_string().into()]).await?.into_iter().next())
}

/// Quotes for a payee that can be committed at `now`, newest first.
pub async fn open_of_payee(
    reader: &mut Reader,
    payee: PayeeId,
    now: i64,
    limit: i64,
) -> Result<Vec<QuoteLine>, StoreError> {
    let open = "q.payee_id = $1 AND q.committed_at IS NULL AND q.expires_at > $2 ORDER BY q.id DESC LIMIT $3";
    lines(reader, open, &[payee.to_string().into(), now.into(), limit.into()]).await
}

async fn lines(reader: &mut Reader, which: &str, values: &[super::sql::Value]) -> Result<Vec<QuoteLine>, StoreError> {
    let mut columns = QUOTES.columns();
    columns.push("account_kind");
    let inner = format!(
        "SELECT {}, a.kind AS account_kind FROM quotes q LEFT JOIN payee_accounts a ON a.id = q.account_id WHERE {which}",
        QUOTES.select("q")
    );
    reader.rows(&columns, &inner, values).await
}

/// Forgets at most `limit` quotes that ran out before `before`; answers how many.
pub async fn forget(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, sqlx::Error> {
    let sql =
        "DELETE FROM quotes WHERE id IN (SELECT id FROM quotes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(sql, &[before.into(), limit.into()]).await
}
