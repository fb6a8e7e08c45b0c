//! The one cryptography library: the only file that names it. TLS, digests and randomness come
//! from here. Must not hold a policy: which certificate or algorithm is good is decided elsewhere.

pub mod signatures;

use std::sync::Arc;

use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::SignatureScheme;
use rustls::crypto::CryptoProvider;

/// What TLS is done with, for ServerPilot and for the probes.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The signatures to offer a server whose certificate is only to be seen. P-521 cannot be checked
/// here, but a server that has no other key shows its certificate only to those who offer it.
pub fn schemes_for_a_probe(provider: &CryptoProvider) -> Vec<SignatureScheme> {
    let mut schemes = provider
        .signature_verification_algorithms
        .supported_schemes();
    schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
    schemes
}

/// SHA-256 of the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut sum = [0; 32];
    sum.copy_from_slice(context.finish().as_ref());
    sum
}

/// The bytes as text, for names and fingerprints.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The system gives no random numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness;

/// Bytes that nobody can guess.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| NoRandomness)?;
    Ok(bytes)
}
