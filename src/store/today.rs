//! The figures of the home page.

use serde::{Deserialize, Serialize};

use super::{Reader, StoreError};
use crate::domain::money::Currency;

/// Money that reached payees within one slot of a quarter of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidSlot {
    pub currency: Currency,
    /// Start of the slot, in Unix microseconds.
    pub slot: i64,
    pub payouts: i64,
    pub amount_minor: i64,
}

/// The age of the oldest record of a kind that waits for someone, if there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Oldest {
    pub to_approve: Option<String>,
    pub link_to_approve: Option<String>,
    pub unknown: Option<String>,
    pub action: Option<String>,
    pub open_cancellations: i64,
    pub oldest_cancellation: Option<String>,
    pub pending_reversals: i64,
    pub oldest_reversal: Option<String>,
}

/// Slots from `from` on.
pub async fn paid_since(reader: &mut Reader, from: i64) -> Result<Vec<PaidSlot>, StoreError> {
    let inner = "SELECT currency, slot, CAST(SUM(payouts) AS BIGINT) AS payouts, CAST(SUM(amount_minor) AS BIGINT) \
                 AS amount_minor FROM money_out WHERE slot >= $1 GROUP BY currency, slot ORDER BY currency, slot";
    reader.rows(&["currency", "slot", "payouts", "amount_minor"], inner, &[from.into()]).await
}

/// The ids of the oldest of each kind, which say since when they wait.
pub async fn oldest(reader: &mut Reader) -> Result<Oldest, StoreError> {
    let inner = "SELECT (SELECT MIN(id) FROM payouts WHERE action = 'approval') AS \
                 to_approve, (SELECT MIN(id) FROM payout_links WHERE state = 'pending') AS link_to_approve, (SELECT MIN(id) FROM payouts WHERE outcome_unknown_since IS NOT NULL) AS unknown, \
                 (SELECT MIN(id) FROM payouts WHERE action = 'verification') AS action, \
                 (SELECT COUNT(*) FROM cancellations WHERE state IN ('requested', 'unanswered')) AS \
                 open_cancellations, (SELECT MIN(id) FROM cancellations WHERE state IN ('requested', 'unanswered')) \
                 AS oldest_cancellation, (SELECT COUNT(*) FROM reversals WHERE state = 'pending') AS \
                 pending_reversals, (SELECT MIN(id) FROM reversals WHERE state = 'pending') AS oldest_reversal";
    let columns = &[
        "to_approve",
        "link_to_approve",
        "unknown",
        "action",
        "open_cancellations",
        "oldest_cancellation",
        "pending_reversals",
        "oldest_reversal",
    ];
    Ok(reader.rows(columns, inner, &[]).await?.into_iter().next().unwrap_or_default())
}
