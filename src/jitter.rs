//! Randomness for pauses, so that many waiters do not come back at the same moment.
//! Not for anything that must not be guessed.

use std::hash::{BuildHasher as _, RandomState};

/// A number from 0 up to, but not, 1.
pub fn fraction() -> f64 {
    // The top 53 bits: as many as an f64 holds exactly.
    (random() >> 11) as f64 / (1u64 << 53) as f64
}

/// A number in the range.
pub fn between(range: std::ops::Range<u64>) -> u64 {
    range.start + random() % (range.end - range.start).max(1)
}

/// Each `RandomState` has other keys, so the hash of nothing is another number each time. After
/// a fork the child would roll its parent's numbers, hence the pid.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
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
