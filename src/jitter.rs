//! Randomness for pauses, so that many waiters do not come back at the same moment.
//! Must not decide how long anybody waits: only where in a span.

use crate::crypto;

/// A number from 0 up to, but not, 1.
pub fn fraction() -> f64 {
    // The top 53 bits: as many as an f64 holds exactly.
    (random() >> 11) as f64 / (1u64 << 53) as f64
}

/// A number in the range.
pub fn between(range: std::ops::Range<u64>) -> u64 {
    range.start + random() % (range.end - range.start).max(1)
}

/// Where the system gives no random numbers, the pause is the longest of its span:
/// nobody comes back too early.
fn random() -> u64 {
    crypto::random().map_or(u64::MAX, u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_differ_and_stay_inside() {
        let fractions: Vec<f64> = (0..1000).map(|_| fraction()).collect();
        assert!(
            fractions
                .iter()
                .all(|fraction| (0.0..1.0).contains(fraction))
        );
        assert!(
            fractions.iter().any(|fraction| *fraction < 0.2)
                && fractions.iter().any(|fraction| *fraction > 0.8)
        );
        assert!((0..1000).all(|_| (4..24).contains(&between(4..24))));
    }
}
