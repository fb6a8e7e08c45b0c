//! The simulated clock: real time at its real rate, plus whatever a test has skipped. It never
//! runs backwards, and it is the only clock that the rules in `account` use.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

#[derive(Debug)]
pub struct Clock {
    started: Instant,
    started_at: Duration,
    skipped: Duration,
}

impl Clock {
    pub fn start() -> Self {
        let started_at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            started_at,
            skipped: Duration::ZERO,
        }
    }

    /// Simulated time since 1970.
    pub fn now(&self) -> Duration {
        self.real_now() + self.skipped
    }

    /// Real time since 1970. Certificates must be valid by this one as well: clients do not know
    /// the simulated one.
    pub fn real_now(&self) -> Duration {
        self.started_at + self.started.elapsed()
    }

    /// Real time since the start, which is what the request log measures in.
    pub fn running_for(&self) -> Duration {
        self.started.elapsed()
    }

    pub fn skipped(&self) -> Duration {
        self.skipped
    }

    pub fn advance(&mut self, by: Duration) {
        self.skipped = self.skipped.saturating_add(by);
    }
}
