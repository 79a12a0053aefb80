//! How many requests each program, and each visitor of a public page, may still make just now.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Desk;
use crate::config::RateLimit;
use crate::domain::caller::{Caller, Via};
use crate::domain::ids::{ClientId, CredentialId};
use crate::error::Error;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    Credential(CredentialId),
    /// All programs of a client that speak Revolut's dialect.
    Business(ClientId),
}

/// What is left of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests per window.
    pub limit: u32,
    /// Seconds.
    pub window: u64,
    pub remaining: u32,
    /// Seconds until all of it is back.
    pub reset: u64,
    /// Seconds to wait, when this request was one too many.
    pub retry_after: Option<u64>,
}

/// When the use so far of each credential, or whatever else is counted by, is forgotten.
#[derive(Debug)]
pub struct Rates<K> {
    used_until: Mutex<HashMap<K, Instant>>,
}

/// Of the pages that anyone may open.
const MINUTE: u64 = 60;
/// When there are so many, those that have their whole quota back are forgotten.
const MANY: usize = 10_000;

/// Takes one request from the caller's quota. None when the limit is off, or the caller is no program.
///
/// Each dialect has the limit its contract names: Revolut's counts a business, the others each credential.
pub fn take(desk: &Desk, caller: &Caller) -> Option<Quota> {
    let rate = desk.config.rate_limit(caller.via)?;
    let counted = match (caller.via, caller.client()) {
        (Via::Revolut, Some(client)) => Counted::Business(client),
        _ => Counted::Credential(caller.credential()?),
    };
    Some(desk.access.rates.take(counted, rate, Instant::now()))
}

/// The whole quota, which somebody who is not known yet has left. None when the limit is off.
pub fn whole(desk: &Desk, via: Via) -> Option<Quota> {
    let RateLimit { requests, seconds } = desk.config.rate_limit(via)?;
    Some(Quota { limit: requests, window: seconds, remaining: requests, reset: 0, retry_after: None })
}

/// Takes one try to get a token of Revolut's dialect from what its address has left.
///
/// Errors: [`Error::TooManyAttempts`] when it was one too many.
pub fn take_sign_in(desk: &Desk, ip: Option<&str>) -> Result<(), Error> {
    match desk.config.rate_limit(Via::Revolut) {
        Some(rate) => take_page(desk, format!("token:{}", ip.unwrap_or_default()), rate.requests),
        None => Ok(()),
    }
}

/// Takes one request of a page that anyone may open from what `name` has left: an address, or a link.
///
/// Errors: [`Error::TooManyAttempts`] when it was one too many.
pub fn take_page(desk: &Desk, name: String, limit: u32) -> Result<(), Error> {
    match desk.access.pages.take(name, RateLimit { requests: limit, seconds: MINUTE }, Instant::now()).retry_after {
        Some(retry_after) => Err(Error::TooManyAttempts { retry_after }),
        None => Ok(()),
    }
}

impl<K> Default for Rates<K> {
    fn default() -> Rates<K> {
        Rates { used_until: Mutex::default() }
    }
}

impl<K: Hash + Eq> Rates<K> {
    /// Each request lasts its share of the window; requests queue up behind each other, at most one window deep.
    fn take(&self, id: K, rate: RateLimit, now: Instant) -> Quota {
        let (limit, window) = (rate.requests, Duration::from_secs(rate.seconds));
        let share = window / limit;
        let mut used_until = self.used_until.lock().unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= MANY {
            used_until.retain(|_, until| *until > now);
        }
        let until = used_until.entry(id).or_insert(now);
        let next = (*until).max(now) + share;
        let over = (next - now).checked_sub(window).filter(|over| !over.is_zero());
        if over.is_none() {
            *until = next;
        }
        let used = until.saturating_duration_since(now);
        let remaining =
            (window.saturating_sub(used).as_nanos() / share.as_nanos().max(1)).min(u128::from(limit)) as u32;
        Quota { limit, window: rate.seconds, remaining, reset: seconds(used), retry_after: over.map(seconds) }
    }
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CredentialId, Id};

    const THREE: RateLimit = RateLimit { requests: 3, seconds: 60 };
    const ONE: RateLimit = RateLimit { requests: 1, seconds: 60 };

    #[test]
    fn the_limit_holds_and_comes_back_bit_by_bit() {
        let rates = Rates::<CredentialId>::default();
        let (id, start) = (Id::first_at(1), Instant::now());
        let left: Vec<u32> = (0..3).map(|_| rates.take(id, THREE, start).remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = rates.take(id, THREE, start);
        assert_eq!((refused.remaining, refused.reset, refused.retry_after), (0, 60, Some(20)));
        assert_eq!(rates.take(id, THREE, start + Duration::from_secs(20)).retry_after, None);
        assert_eq!(rates.take(id, THREE, start + Duration::from_secs(500)).remaining, 2);
    }

    #[test]
    fn a_window_may_be_a_second() {
        let rates = Rates::<CredentialId>::default();
        let (id, start, ten) = (Id::first_at(1), Instant::now(), RateLimit { requests: 10, seconds: 1 });
        assert!((0..10).all(|_| rates.take(id, ten, start).retry_after.is_none()));
        assert_eq!(rates.take(id, ten, start).retry_after, Some(1));
        assert_eq!(rates.take(id, ten, start + Duration::from_millis(100)).retry_after, None);
        assert_eq!(rates.take(id, ten, start + Duration::from_millis(100)).retry_after, Some(1));
    }

    #[test]
    fn credentials_do_not_use_up_each_others_requests() {
        let (rates, now) = (Rates::<CredentialId>::default(), Instant::now());
        assert_eq!(rates.take(Id::first_at(1), ONE, now).retry_after, None);
        assert_eq!(rates.take(Id::first_at(1), ONE, now).retry_after, Some(60));
        assert_eq!(rates.take(Id::first_at(2), ONE, now).retry_after, None);
    }
}
