//! What a desk keeps in memory about people and programs: room for hashing, request rates, and credentials seen
//! just now.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::programs::Proved;
use super::rates::{Counted, Rates};
use crate::domain::ids::CredentialId;
use crate::store::credentials::Facts;

/// Failed tries of one account, or from one address, before a wait.
pub const FAILURES: i64 = 5;
/// How old a cached credential may be; other processes on the same database notice a change after this.
const FRESH: Duration = Duration::from_secs(1);
/// Passwords hashed at the same time; each takes 19 MiB.
const HASHING: usize = 2;

/// Whose a secret or token is, and until when it works.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub proved: Proved,
    /// In Unix microseconds.
    pub until: i64,
}

/// When so many secrets and tokens are remembered, all are forgotten.
const MOST_SEEN: usize = 10_000;

/// One of these belongs to each desk.
#[derive(Debug)]
pub struct Access {
    address_limit: i64,
    pub(super) hashing: Semaphore,
    pub(super) rates: Rates<Counted>,
    /// Of pages that anyone may open.
    pub(super) pages: Rates<String>,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    /// Counts how often everything was forgotten.
    era: u64,
    facts: HashMap<CredentialId, (Instant, Facts)>,
    /// Secrets and tokens that were right just now, by their hash.
    seen: HashMap<String, (Instant, Seen)>,
    /// When each credential's last use was written, in Unix microseconds.
    used: HashMap<CredentialId, i64>,
}

impl Default for Access {
    fn default() -> Access {
        Access::with_address_limit(FAILURES)
    }
}

impl Access {
    /// `address_limit` failed tries from one address bring a wait. More than the default only suits a demo, where
    /// everyone comes from the same machine.
    pub fn with_address_limit(address_limit: i64) -> Access {
        Access {
            address_limit,
            hashing: Semaphore::new(HASHING),
            rates: Rates::default(),
            pages: Rates::default(),
            cache: Mutex::default(),
        }
    }

    pub fn address_limit(&self) -> i64 {
        self.address_limit
    }

    /// Drops every cached credential: called after a change to credentials or staff has committed.
    pub fn forget(&self) {
        let mut cache = self.lock();
        cache.era += 1;
        cache.facts.clear();
        cache.seen.clear();
    }

    /// The facts if they are fresh, or the era to hand to [`Access::learn`] after reading them.
    pub(super) fn recall(&self, id: CredentialId) -> Result<Facts, u64> {
        let cache = self.lock();
        match cache.facts.get(&id) {
            Some((read, facts)) if read.elapsed() < FRESH => Ok(facts.clone()),
            _ => Err(cache.era),
        }
    }

    /// Keeps facts, unless something was changed since the reading began.
    pub(super) fn learn(&self, era: u64, id: CredentialId, facts: Facts) {
        let mut cache = self.lock();
        if cache.era == era {
            cache.facts.insert(id, (Instant::now(), facts));
        }
    }

    /// Whose this is, if that is fresh and it works at `now`; or the era to hand to [`Access::learn_seen`].
    pub(super) fn recall_seen(&self, name: &str, now: i64) -> Result<Seen, u64> {
        let cache = self.lock();
        match cache.seen.get(name) {
            Some((read, seen)) if read.elapsed() < FRESH && seen.until > now => Ok(*seen),
            _ => Err(cache.era),
        }
    }

    /// Keeps whose this is, unless something was changed since the reading began.
    pub(super) fn learn_seen(&self, era: u64, name: String, seen: Seen) {
        let mut cache = self.lock();
        if cache.era == era {
            if cache.seen.len() >= MOST_SEEN {
                cache.seen.clear();
            }
            cache.seen.insert(name, (Instant::now(), seen));
        }
    }

    /// Whether this use should be written; says yes once in `interval` microseconds.
    pub(super) fn note_use(&self, id: CredentialId, written: Option<i64>, now: i64, interval: i64) -> bool {
        let mut cache = self.lock();
        let last = cache.used.get(&id).copied().max(written).unwrap_or(i64::MIN);
        let due = now.saturating_sub(last) >= interval;
        if due {
            cache.used.insert(id, now);
        }
        due
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
