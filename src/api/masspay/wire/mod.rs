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

/// A number without the zeros at its end: clients that know only floating point write 100 yen as `100.0`.
pub fn shortened(number: &str) -> String {
    match number.split_once('.') {
        Some((_, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()) => {
            number.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        _ => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_at_the_end_of_a_number_say_nothing() {
        for (written, read) in [
            ("100.0", "100"),
            ("25.50", "25.5"),
            ("0.00", "0"),
            ("100", "100"),
            ("1.005", "1.005"),
            ("1.", "1."),
            ("1.0e2", "1.0e2"),
            ("-5.0", "-5"),
        ] {
            assert_eq!(shortened(written), read);
        }
    }
}
