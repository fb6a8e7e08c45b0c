//! Certificates' signatures, each verified once a call. Must not be used for what a handshake signs,
//! which is never the same twice, and must not remember bad signatures, of which a stranger has any number.

use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

use super::sha256;

/// The most signatures that are remembered; with one more all are forgotten. A certificate covers up
/// to 100 names, so 300 names have far fewer. To look through so many takes microseconds.
const MOST_REMEMBERED: usize = 1024;

/// Verifies as the algorithms do that it is made of, and remembers what it found good. Made anew for
/// each call: a call that checks many names meets the same certificate, and the same intermediate
/// above others, again and again, while a long-lived memory would be one more thing to share with
/// forked processes. Whether a signature is right depends on nothing but what is remembered: time,
/// names and purposes are still judged for each name.
#[derive(Debug)]
pub struct VerifiedOnce(Vec<Remembering>);

impl VerifiedOnce {
    /// Nothing is remembered yet.
    pub fn new(algorithms: &[&'static dyn SignatureVerificationAlgorithm]) -> VerifiedOnce {
        let good = Arc::new(Mutex::new(Vec::new()));
        let remembering = algorithms.iter().map(|algorithm| Remembering {
            algorithm: *algorithm,
            good: Arc::clone(&good),
        });
        VerifiedOnce(remembering.collect())
    }

    /// What to verify a path with.
    pub fn algorithms(&self) -> Vec<&dyn SignatureVerificationAlgorithm> {
        let all = self.0.iter();
        all.map(|one| one as &dyn SignatureVerificationAlgorithm)
            .collect()
    }
}

#[derive(Debug)]
struct Remembering {
    algorithm: &'static dyn SignatureVerificationAlgorithm,
    good: Arc<Mutex<Vec<[u8; 32]>>>,
}

impl SignatureVerificationAlgorithm for Remembering {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let (key_algorithm, how) = (self.public_key_alg_id(), self.signature_alg_id());
        let digest = digest(&[
            key_algorithm.as_ref(),
            how.as_ref(),
            public_key,
            message,
            signature,
        ]);
        let good = || self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if good().contains(&digest) {
            return Ok(());
        }
        self.algorithm
            .verify_signature(public_key, message, signature)?;
        let mut good = good();
        if good.len() >= MOST_REMEMBERED {
            good.clear();
        }
        good.push(digest);
        Ok(())
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.public_key_alg_id()
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.algorithm.signature_alg_id()
    }

    fn fips(&self) -> bool {
        self.algorithm.fips()
    }
}

/// Each part follows its length, so that no other parts make the same bytes.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let lengths: Vec<_> = parts.iter().map(|part| part.len().to_be_bytes()).collect();
    let both = lengths.iter().zip(parts);
    let framed: Vec<&[u8]> = both
        .flat_map(|(length, part)| [length.as_slice(), part])
        .collect();
    sha256(&framed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PublicKeyData as _, SigningKey as _};
    use rustls_pki_types::alg_id;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts how often the real algorithm is asked.
    #[derive(Debug)]
    struct Counting {
        algorithm: &'static dyn SignatureVerificationAlgorithm,
        asked: AtomicUsize,
    }

    impl Counting {
        fn of(id: AlgorithmIdentifier) -> &'static Counting {
            let provider = crate::crypto::provider();
            let all = provider.signature_verification_algorithms.all;
            let is = |one: &&&'static dyn SignatureVerificationAlgorithm| {
                one.signature_alg_id() == id && one.public_key_alg_id() == alg_id::ECDSA_P384
            };
            Box::leak(Box::new(Counting {
                algorithm: *all.iter().find(is).expect("verified here"),
                asked: AtomicUsize::new(0),
            }))
        }

        fn asked(&self) -> usize {
            self.asked.load(Ordering::Relaxed)
        }
    }

    impl SignatureVerificationAlgorithm for Counting {
        fn verify_signature(
            &self,
            public_key: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), InvalidSignature> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.algorithm
                .verify_signature(public_key, message, signature)
        }

        fn public_key_alg_id(&self) -> AlgorithmIdentifier {
            self.algorithm.public_key_alg_id()
        }

        fn signature_alg_id(&self) -> AlgorithmIdentifier {
            self.algorithm.signature_alg_id()
        }
    }

    /// A key, and what it signs the message with.
    fn signed(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key");
        let signature = pair.sign(message).expect("a signature");
        (pair.der_bytes().to_vec(), signature)
    }

    #[test]
    fn what_is_good_is_verified_once_and_what_was_changed_is_refused() {
        let counting = Counting::of(alg_id::ECDSA_SHA384);
        let once = VerifiedOnce::new(&[counting]);
        let message = b"to be signed".to_vec();
        let (key, signature) = signed(&message);
        let verify = |key: &[u8], message: &[u8], signature: &[u8]| {
            once.algorithms()[0].verify_signature(key, message, signature)
        };
        for _ in 0..300 {
            assert!(verify(&key, &message, &signature).is_ok());
        }
        assert_eq!(counting.asked(), 1);

        let parts = [key, message, signature];
        for (which, part) in parts.iter().enumerate() {
            for at in 0..part.len() {
                let mut changed = parts.clone();
                changed[which][at] ^= 1;
                for _ in 0..2 {
                    let [key, message, signature] = &changed;
                    let result = verify(key, message, signature);
                    assert!(result.is_err(), "part {which}, byte {at}");
                }
            }
        }
        let wrong: usize = parts.iter().map(Vec::len).sum();
        assert_eq!(
            counting.asked(),
            1 + 2 * wrong,
            "a bad one is not remembered"
        );
        let [key, message, signature] = &parts;
        assert!(verify(key, message, signature).is_ok());
        assert_eq!(counting.asked(), 1 + 2 * wrong, "the good one still is");
    }

    #[test]
    fn a_byte_that_moves_to_the_next_part_makes_another_digest() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"ab", b""]), digest(&[b"", b"ab"]));
        assert_eq!(digest(&[b"ab", b"c"]), digest(&[b"ab", b"c"]));
    }

    #[test]
    fn another_algorithm_is_asked_itself() {
        let (right, other) = (
            Counting::of(alg_id::ECDSA_SHA384),
            Counting::of(alg_id::ECDSA_SHA256),
        );
        let once = VerifiedOnce::new(&[right, other]);
        let (key, signature) = signed(b"message");
        let results = once
            .algorithms()
            .iter()
            .map(|one| one.verify_signature(&key, b"message", &signature).is_ok())
            .collect::<Vec<_>>();
        assert_eq!(results, [true, false]);
        assert_eq!((right.asked(), other.asked()), (1, 1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let counting = Counting::of(alg_id::ECDSA_SHA384);
        let once = VerifiedOnce::new(&[counting]);
        {
            let mut good = once.0[0].good.lock().expect("nobody panicked");
            good.extend((0..MOST_REMEMBERED).map(|n| digest(&[&n.to_be_bytes()])));
        }
        let (key, signature) = signed(b"message");
        for _ in 0..2 {
            let algorithms = once.algorithms();
            assert!(
                algorithms[0]
                    .verify_signature(&key, b"message", &signature)
                    .is_ok()
            );
        }
        assert_eq!(once.0[0].good.lock().expect("nobody panicked").len(), 1);
        assert_eq!(counting.asked(), 1);
    }
}
