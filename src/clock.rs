//! The time, as a value that is handed in: real for the desk, settable for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where the time comes from, in Unix microseconds.
#[derive(Debug, Clone)]
pub enum Clock {
    Real,
    /// Stands still until it is moved.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    pub fn fixed(micros: i64) -> Clock {
        Clock::Fixed(Arc::new(AtomicI64::new(micros)))
    }

    pub fn now(&self) -> i64 {
        match self {
            Clock::Real => chrono::Utc::now().timestamp_micros(),
            Clock::Fixed(micros) => micros.load(Ordering::SeqCst),
        }
    }

    /// Moves a fixed clock; the real one goes by itself.
    pub fn advance(&self, micros: i64) {
        if let Clock::Fixed(now) = self {
            now.fetch_add(micros, Ordering::SeqCst);
        }
    }
}
