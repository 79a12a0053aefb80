//! How many requests each credential, and each visitor of a public page, may still make this minute.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Desk;
use crate::domain::caller::Caller;
use crate::error::Error;

/// What is left for a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Requests per minute.
    pub limit: u32,
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

const WINDOW: Duration = Duration::from_secs(60);
/// When there are so many, those that have their whole quota back are forgotten.
const MANY: usize = 10_000;

/// Takes one request from the caller's quota. None when the limit is off, or the caller is no program.
pub fn take(desk: &Desk, caller: &Caller) -> Option<Quota> {
    let limit = desk.config.rate_limit;
    let id = caller.credential().filter(|_| limit > 0)?;
    Some(desk.access.rates.take(id, limit, Instant::now()))
}

/// Takes one request of a page that anyone may open from what `name` has left: an address, or a link.
///
/// Errors: [`Error::TooManyAttempts`] when it was one too many.
pub fn take_page(desk: &Desk, name: String, limit: u32) -> Result<(), Error> {
    match desk.access.pages.take(name, limit, Instant::now()).retry_after {
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
    fn take(&self, id: K, limit: u32, now: Instant) -> Quota {
        let share = WINDOW / limit;
        let mut used_until = self.used_until.lock().unwrap_or_else(PoisonError::into_inner);
        if used_until.len() >= MANY {
            used_until.retain(|_, until| *until > now);
        }
        let until = used_until.entry(id).or_insert(now);
        let next = (*until).max(now) + share;
        let over = (next - now).checked_sub(WINDOW).filter(|over| !over.is_zero());
        if over.is_none() {
            *until = next;
        }
        let used = until.saturating_duration_since(now);
        let remaining =
            (WINDOW.saturating_sub(used).as_nanos() / share.as_nanos().max(1)).min(u128::from(limit)) as u32;
        Quota { limit, remaining, reset: seconds(used), retry_after: over.map(seconds) }
    }
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{CredentialId, Id};

    #[test]
    fn the_limit_holds_and_comes_back_bit_by_bit() {
        let rates = Rates::<CredentialId>::default();
        let (id, start) = (Id::first_at(1), Instant::now());
        let left: Vec<u32> = (0..3).map(|_| rates.take(id, 3, start).remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = rates.take(id, 3, start);
        assert_eq!((refused.remaining, refused.reset, refused.retry_after), (0, 60, Some(20)));
        assert_eq!(rates.take(id, 3, start + Duration::from_secs(20)).retry_after, None);
        assert_eq!(rates.take(id, 3, start + Duration::from_secs(500)).remaining, 2);
    }

    #[test]
    fn credentials_do_not_use_up_each_others_requests() {
        let (rates, now) = (Rates::<CredentialId>::default(), Instant::now());
        assert_eq!(rates.take(Id::first_at(1), 1, now).retry_after, None);
        assert_eq!(rates.take(Id::first_at(1), 1, now).retry_after, Some(60));
        assert_eq!(rates.take(Id::first_at(2), 1, now).retry_after, None);
    }
}
