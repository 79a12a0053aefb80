//! Slows down guessing: a few failed tries of one account, or from one address, bring a wait.
//!
//! A try is counted before its password is looked at, so that tries made at the same moment cannot pass together; a
//! try that succeeds takes its count back. Between the two it holds a turn to hash, so only as many tries as there
//! are turns are counted and undecided, and right ones that come together do not lock each other out.

use super::Desk;
use super::access::FAILURES;
use crate::error::Error;
use crate::store::Tx;
use crate::store::throttle::{self as rows, Failures};

const MINUTE: i64 = 60 * 1_000_000;
/// How long the wait lasts, and how long failures are remembered, in microseconds.
pub const WAIT: i64 = 15 * MINUTE;
/// The longest time that anything is counted over, in microseconds.
pub const LONGEST: i64 = 60 * MINUTE;

/// How often something may be done within a time before it has to wait for as long; the time in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    pub most: i64,
    pub within: i64,
}

/// A try that has been counted.
#[derive(Debug, Clone)]
pub struct Attempt {
    account: Option<String>,
    address: Option<String>,
    address_limit: i64,
    /// This try, should it fail, brings the wait.
    pub last: bool,
}

/// Counts one of what may be done so often under a name, in the change that does it.
///
/// Answers until when to wait, in Unix microseconds, when it was done too often; then it is not counted.
pub async fn take(tx: &mut Tx<'_>, name: &str, limit: Limit) -> Result<Result<(), i64>, sqlx::Error> {
    let now = tx.now();
    match count(rows::find(tx, name).await?, now, limit) {
        Ok(row) => rows::put(tx, name, row).await.map(Ok),
        Err(until) => Ok(Err(until)),
    }
}

/// Forgets what was counted under a name.
pub async fn forgive(tx: &mut Tx<'_>, name: &str) -> Result<(), sqlx::Error> {
    rows::clear(tx, name).await
}

/// Seconds to wait until a moment, rounded up.
pub fn seconds_until(until: i64, now: i64) -> u64 {
    ((until - now) / 1_000_000 + 1).unsigned_abs()
}

/// The name that tries from an address are counted under.
pub fn address(ip: Option<&str>) -> Option<String> {
    ip.map(|ip| format!("ip:{ip}"))
}

/// The name that tries of an account are counted under; the email in lower case.
pub fn account(email: &str) -> String {
    format!("account:{email}")
}

/// Counts a try of an account, for example `account:ann@example.com`, from an address, for example `ip:192.0.2.7`.
///
/// Take the turn to hash first and keep it until the try has failed or succeeded: who never got a turn is not counted.
///
/// Answers [`Error::TooManyAttempts`] while the account or the address waits; such a try is not counted.
pub async fn begin(desk: &Desk, account: Option<String>, address: Option<String>) -> Result<Attempt, Error> {
    let address_limit = desk.access.address_limit();
    let result = desk
        .store
        .write(move |tx| {
            let (account, address) = (account.clone(), address.clone());
            Box::pin(async move {
                let now = tx.now();
                let mut counted = Vec::new();
                let names = [(account.as_ref(), FAILURES), (address.as_ref(), address_limit)];
                for (name, limit) in names.into_iter().filter_map(|(name, limit)| Some((name?, limit))) {
                    let limit = Limit { most: limit, within: WAIT };
                    match count(rows::find(tx, name).await?, now, limit) {
                        Ok(row) => counted.push((name, row)),
                        Err(until) => return Ok(Err(seconds_until(until, now))),
                    }
                }
                let last = counted.iter().any(|(_, row)| row.locked_until.is_some());
                for (name, row) in counted {
                    rows::put(tx, name, row).await?;
                }
                Ok(Ok(Attempt { account, address, address_limit, last }))
            })
        })
        .await?;
    result.map_err(|retry_after| {
        metrics::counter!("paydesk_sign_in_waits").increment(1);
        Error::TooManyAttempts { retry_after }
    })
}

impl Attempt {
    /// The password was right: the account starts afresh, the address gets this try back.
    pub async fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), sqlx::Error> {
        if let Some(account) = &self.account {
            rows::clear(tx, account).await?;
        }
        let Some(address) = &self.address else { return Ok(()) };
        let Some(mut row) = rows::find(tx, address).await? else { return Ok(()) };
        row.failures -= 1;
        if row.failures < self.address_limit {
            row.locked_until = None;
        }
        if row.failures <= 0 { rows::clear(tx, address).await } else { rows::put(tx, address, row).await }
    }
}

/// The count with one more try in it, or until when to wait.
fn count(row: Option<Failures>, now: i64, limit: Limit) -> Result<Failures, i64> {
    let row = match row {
        Some(Failures { locked_until: Some(until), .. }) if until > now => return Err(until),
        Some(row) if row.locked_until.is_none() && row.first_at > now - limit.within => row,
        _ => Failures { failures: 0, first_at: now, locked_until: None },
    };
    let failures = row.failures + 1;
    Ok(Failures { failures, locked_until: (failures >= limit.most).then_some(now + limit.within), ..row })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Limit = Limit { most: 5, within: WAIT };

    #[test]
    fn the_fifth_failure_brings_a_wait_and_the_wait_ends() {
        let mut row = None;
        for attempt in 1..=5 {
            let next = count(row, attempt, FIVE).unwrap();
            assert_eq!(next.locked_until.is_some(), attempt == 5);
            row = Some(next);
        }
        assert_eq!(count(row, 6, FIVE), Err(5 + WAIT));
        let after = count(row, 5 + WAIT, FIVE).unwrap();
        assert_eq!((after.failures, after.locked_until), (1, None));
    }

    #[test]
    fn old_failures_are_forgotten() {
        let row = Failures { failures: 4, first_at: 0, locked_until: None };
        assert_eq!(count(Some(row), WAIT - 1, FIVE).unwrap().failures, 5);
        assert_eq!(count(Some(row), WAIT, FIVE).unwrap().failures, 1);
    }
}
