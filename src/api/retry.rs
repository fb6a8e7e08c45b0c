//! Whether a request is tried again inside the same call, and when. Pure: no clock, no randomness of its own.
//! It never says that a write may be repeated as it was: the caller reads the list again first.

use std::time::{Duration, SystemTime};

/// How a request failed, as far as trying again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection: nothing was sent.
    NotSent,
    /// The connection broke after something was sent, most often because a kept one was stale.
    Lost,
    /// 429, 502, 503 or 504, and how long the service asks to wait, if it does.
    Busy { retry_after: Option<Duration> },
    /// Trying again here would help nobody.
    Final,
}

/// A wait longer than this is the caller's business, not one call's.
const SHORT: Duration = Duration::from_secs(5);
/// The base and the ceiling of the exponential pause (full jitter: somewhere from 0 to it).
const BASE: Duration = Duration::from_millis(100);
const CEILING: Duration = Duration::from_secs(2);
/// Tries after the first one.
const REPEATS: u32 = 3;

/// The pause before try number `done + 1`, or None where there is to be no further try.
/// `remaining` is the time the call has left, `fraction` a number from 0 to 1.
pub fn pause(failure: Failure, done: u32, remaining: Duration, fraction: f64) -> Option<Duration> {
    let ceiling = BASE.saturating_mul(1 << done.min(8)).min(CEILING);
    let jitter = ceiling.mul_f64(fraction.clamp(0.0, 1.0));
    let pause = match failure {
        Failure::NotSent if done < REPEATS => jitter,
        // A stale connection shows at once, and a fresh one is made for the next try.
        Failure::Lost if done < 1 => Duration::ZERO,
        Failure::Busy {
            retry_after: Some(wait),
        } if wait <= SHORT && done < REPEATS => wait + jitter,
        _ => return None,
    };
    (pause < remaining).then_some(pause)
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. What is neither, or lies
/// in the past, is no advice. More than a day is told as a day.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        value.parse().map_or(DAY, Duration::from_secs)
    } else {
        httpdate::parse_http_date(value)
            .ok()?
            .duration_since(now)
            .ok()?
    };
    Some(wait.min(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn what_may_be_tried_again() {
        let busy = |seconds| Failure::Busy {
            retry_after: Some(Duration::from_secs(seconds)),
        };
        for (failure, tries) in [
            (Failure::NotSent, 3),
            (Failure::Lost, 1),
            (busy(0), 3),
            (busy(5), 3),
            (busy(6), 0),
            (busy(3600), 0),
            (Failure::Busy { retry_after: None }, 0),
            (Failure::Final, 0),
        ] {
            let allowed = (0..10)
                .take_while(|done| pause(failure, *done, LONG, 0.5).is_some())
                .count();
            assert_eq!(allowed, tries, "{failure:?}");
        }
        assert_eq!(pause(busy(2), 0, Duration::from_secs(2), 0.0), None);
        assert_eq!(pause(busy(2), 0, LONG, 0.0), Some(Duration::from_secs(2)));
    }

    #[test]
    fn advice() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, seconds) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 3 ", Some(3)),
            ("3600", Some(3600)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(value, now),
                seconds.map(Duration::from_secs),
                "{value:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_pause_always_fits(done in 0u32..50, fraction in -1.0f64..2.0, millis in 0u64..30_000, wait in 0u64..10) {
            let remaining = Duration::from_millis(millis);
            for failure in [Failure::NotSent, Failure::Lost, Failure::Busy { retry_after: Some(Duration::from_secs(wait)) }] {
                if let Some(pause) = pause(failure, done, remaining, fraction) {
                    prop_assert!(pause < remaining);
                    prop_assert!(pause <= SHORT + CEILING);
                }
            }
        }
    }
}
