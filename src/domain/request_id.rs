//! The client's own id of a payment: for two weeks it makes no second one (`contracts/revolut.md` 5.3).

use serde::{Deserialize, Serialize};

use super::ids::ClientId;

/// How long a `request_id` stands for what it made, in microseconds.
pub const REMEMBERED: i64 = 14 * 24 * 3_600 * 1_000_000;

/// What a `request_id` made last, a payout or a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestId {
    pub client_id: ClientId,
    pub request_id: String,
    pub subject_id: String,
    /// In Unix microseconds.
    pub made_at: i64,
}

impl RequestId {
    /// Whether the same id at `now` is the same request, and not another one after a long time.
    pub fn is_remembered(&self, now: i64) -> bool {
        now - self.made_at < REMEMBERED
    }
}
