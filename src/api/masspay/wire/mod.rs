//! How records look as JSON in this dialect, and how their tokens are spelled.

pub mod kinds;
pub mod new_payout;
pub mod payout;
pub mod reversal;
pub mod wallet;

use chrono::{DateTime, SecondsFormat};

use crate::domain::ids::{Id, Kind, PayeeId, PayoutId, ReversalId, WalletId};

const USER: &str = "usr_";
const PAYOUT: &str = "payout_";
const REVERSAL: &str = "payout_rev_";
const WALLET: &str = "clnt_wlt_";
const DESTINATION: &str = "dst_";

/// The payee that a user's token names; nobody when it is none of ours.
pub fn payee_id(token: &str) -> PayeeId {
    read(USER, token)
}

/// The payout that a token names; none that exists when it is none of ours.
pub fn payout_id(token: &str) -> PayoutId {
    read(PAYOUT, token)
}

/// The reversal that a token names; none that exists when it is none of ours.
pub fn reversal_id(token: &str) -> ReversalId {
    read(REVERSAL, token)
}

/// The wallet that a source's token names; none that exists when it is none of ours.
fn wallet_id(token: &str) -> WalletId {
    read(WALLET, token)
}

/// `2026-01-30T05:40:58.475Z`, from Unix microseconds.
pub fn time(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// No record was made at the beginning of time, so that is what a token of nobody names.
fn read<K: Kind>(prefix: &str, token: &str) -> Id<K> {
    Id::from_token(prefix, token).unwrap_or_else(|_| Id::first_at(0))
}
