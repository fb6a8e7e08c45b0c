//! What a certificate says, read from its DER. Pure: no I/O, no clock, and it believes nothing:
//! whether the certificate is to be trusted is the verdict's business.
//! Whatever a stranger sends is bounded here, and what cannot be read is None, never a panic.

use std::net::IpAddr;
use std::time::Duration;

use x509_cert::der::asn1::{AnyRef, BitString, UintRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{DateTime, Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::crypto;

/// The longest text of a stranger's that is passed on.
const LONGEST_TEXT: usize = 256;
/// The most names of one certificate that are read. Let's Encrypt puts at most 100 into one.
const MOST_NAMES: usize = 1000;

/// A certificate, read.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// RFC 4514, cut and without control characters.
    pub subject: String,
    /// As `subject`.
    pub issuer: String,
    /// The contents of the two names' DER, by which certificates are linked.
    pub subject_der: Vec<u8>,
    /// As `subject_der`.
    pub issuer_der: Vec<u8>,
    /// Lower-case hexadecimal.
    pub serial: String,
    /// SHA-256 of the whole, lower-case hexadecimal.
    pub sha256: String,
    /// The subject alternative names.
    pub names: Vec<AltName>,
    /// Unix seconds.
    pub not_before: i64,
    /// Unix seconds; valid until the end of this one.
    pub not_after: i64,
    /// The public key.
    pub key: Key,
    /// How it was signed.
    pub signature: Signature,
    /// Whether it says that it may issue others.
    pub is_ca: bool,
}

/// A subject alternative name of the two kinds that a server can be reached by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AltName {
    /// As it stands in the certificate, which may be anything.
    Dns(String),
    /// An address, which no name is covered by.
    Ip(IpAddr),
}

/// The public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// With the length of its modulus.
    Rsa {
        /// Of the modulus.
        bits: usize,
    },
    /// ECDSA on NIST P-256.
    P256,
    /// ECDSA on NIST P-384.
    P384,
    /// ECDSA on NIST P-521.
    P521,
    /// EdDSA on Curve25519.
    Ed25519,
    /// By its object identifier.
    Other(String),
}

/// The algorithm the certificate was signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// What it is called in a document; the object identifier where it has no name here.
    pub name: String,
    /// Signed with a broken hash: MD2, MD5 or SHA-1 (CA/Browser Forum Baseline Requirements 7.1.3.2).
    pub weak: bool,
}

impl Certificate {
    /// Reads a certificate; None where it is not one.
    pub fn read(der: &[u8]) -> Option<Certificate> {
        let certificate = x509_cert::Certificate::from_der(der).ok()?;
        let tbs = &certificate.tbs_certificate;
        let extension = |oid: &str| {
            let mut all = tbs.extensions.iter().flatten();
            all.find(|extension| extension.extn_id.to_string() == oid)
                .map(|extension| extension.extn_value.as_bytes())
        };
        Some(Certificate {
            subject: printable(&tbs.subject.to_string()),
            issuer: printable(&tbs.issuer.to_string()),
            subject_der: contents(&tbs.subject)?,
            issuer_der: contents(&tbs.issuer)?,
            serial: crypto::hex(tbs.serial_number.as_bytes()),
            sha256: fingerprint(der),
            names: extension("2.5.29.17").map(alt_names).unwrap_or_default(),
            not_before: seconds(tbs.validity.not_before),
            not_after: seconds(tbs.validity.not_after),
            key: Key::read(&tbs.subject_public_key_info),
            signature: Signature::read(&certificate.signature_algorithm),
            is_ca: extension("2.5.29.19")
                .and_then(|value| BasicConstraints::from_der(value).ok())
                .is_some_and(|constraints| constraints.ca),
        })
    }

    /// Issued under its own name, whoever signed it.
    pub fn is_self_issued(&self) -> bool {
        self.subject_der == self.issuer_der
    }

    /// The alternative names, fit to be printed.
    pub fn printable_names(&self) -> Vec<String> {
        let printable_name = |name: &AltName| match name {
            AltName::Dns(name) => printable(name),
            AltName::Ip(address) => address.to_string(),
        };
        self.names.iter().map(printable_name).collect()
    }
}

impl Key {
    fn read(key: &SubjectPublicKeyInfoOwned) -> Key {
        let algorithm = key.algorithm.oid.to_string();
        match algorithm.as_str() {
            "1.2.840.113549.1.1.1" => match modulus_bits(&key.subject_public_key) {
                Some(bits) => Key::Rsa { bits },
                None => Key::Other(algorithm),
            },
            "1.2.840.10045.2.1" => {
                let curve = key.algorithm.parameters.as_ref();
                let curve = curve.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
                match curve.map(|oid| oid.to_string()) {
                    Some(oid) if oid == "1.2.840.10045.3.1.7" => Key::P256,
                    Some(oid) if oid == "1.3.132.0.34" => Key::P384,
                    Some(oid) if oid == "1.3.132.0.35" => Key::P521,
                    Some(oid) => Key::Other(oid),
                    None => Key::Other(algorithm),
                }
            }
            "1.3.101.112" => Key::Ed25519,
            _ => Key::Other(algorithm),
        }
    }

    /// RSA below 2048 bits is weak for everybody (Baseline Requirements 6.1.5).
    pub fn is_short(&self) -> bool {
        matches!(self, Key::Rsa { bits } if *bits < 2048)
    }

    /// Whether every current browser takes a server's certificate with this key. P-521 is not
    /// offered by Chrome, Ed25519 by no browser (Baseline Requirements 6.1.5 knows it neither).
    pub fn is_for_browsers(&self) -> bool {
        match self {
            Key::Rsa { bits } => *bits >= 2048,
            Key::P256 | Key::P384 => true,
            Key::P521 | Key::Ed25519 | Key::Other(_) => false,
        }
    }

    /// What it is called in a document; the object identifier where it has no name here.
    pub fn name(&self) -> String {
        match self {
            Key::Rsa { bits } => format!("RSA {bits}"),
            Key::P256 => "ECDSA P-256".to_owned(),
            Key::P384 => "ECDSA P-384".to_owned(),
            Key::P521 => "ECDSA P-521".to_owned(),
            Key::Ed25519 => "Ed25519".to_owned(),
            Key::Other(oid) => oid.clone(),
        }
    }
}

impl Signature {
    fn read(algorithm: &AlgorithmIdentifierOwned) -> Signature {
        let oid = algorithm.oid.to_string();
        let (name, weak) = match oid.as_str() {
            "1.2.840.113549.1.1.2" => ("RSA MD2", true),
            "1.2.840.113549.1.1.4" => ("RSA MD5", true),
            "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => ("RSA SHA-1", true),
            "1.2.840.113549.1.1.11" => ("RSA SHA-256", false),
            "1.2.840.113549.1.1.12" => ("RSA SHA-384", false),
            "1.2.840.113549.1.1.13" => ("RSA SHA-512", false),
            "1.2.840.113549.1.1.10" => match pss_hash(algorithm).as_deref() {
                Some("2.16.840.1.101.3.4.2.1") => ("RSA-PSS SHA-256", false),
                Some("2.16.840.1.101.3.4.2.2") => ("RSA-PSS SHA-384", false),
                Some("2.16.840.1.101.3.4.2.3") => ("RSA-PSS SHA-512", false),
                // The default of the structure is SHA-1 (RFC 4055, section 3.1).
                Some("1.3.14.3.2.26") | None => ("RSA-PSS SHA-1", true),
                Some(_) => ("RSA-PSS", false),
            },
            "1.2.840.10045.4.1" => ("ECDSA SHA-1", true),
            "1.2.840.10045.4.3.2" => ("ECDSA SHA-256", false),
            "1.2.840.10045.4.3.3" => ("ECDSA SHA-384", false),
            "1.2.840.10045.4.3.4" => ("ECDSA SHA-512", false),
            "1.2.840.10040.4.3" => ("DSA SHA-1", true),
            "1.3.101.112" => ("Ed25519", false),
            _ => {
                return Signature {
                    name: oid,
                    weak: false,
                };
            }
        };
        Signature {
            name: name.to_owned(),
            weak,
        }
    }
}

/// SHA-256 of the whole certificate, lower-case hexadecimal: what browsers call its fingerprint.
pub fn fingerprint(der: &[u8]) -> String {
    crypto::hex(&crypto::sha256(&[der]))
}

/// Unix seconds as RFC 3339, in UTC. What lies outside 1970 to 9999, which no certificate that can
/// be read does, is given as the nearer end.
pub fn rfc3339(seconds: i64) -> String {
    let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    DateTime::from_unix_duration(since_epoch)
        .unwrap_or(DateTime::INFINITY)
        .to_string()
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// A text of a stranger's, fit to be printed: nothing in it steers a terminal or turns the
/// direction of the text around it (Unicode, UAX 9).
fn printable(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let visible = |c: char| {
        if steers(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().take(LONGEST_TEXT).map(visible).collect()
}

/// A structure's DER without its own tag and length.
fn contents(structure: &impl Encode) -> Option<Vec<u8>> {
    let der = structure.to_der().ok()?;
    Some(AnyRef::from_der(&der).ok()?.value().to_vec())
}

/// Bit length of an RSA modulus.
fn modulus_bits(key: &BitString) -> Option<usize> {
    let mut reader = SliceReader::new(key.as_bytes()?).ok()?;
    let modulus = reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?;
            let _exponent = UintRef::decode(inner)?;
            Ok(modulus)
        })
        .ok()?;
    let bytes = modulus.as_bytes();
    let leading = bytes
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    Some((bytes.len() * 8).saturating_sub(leading))
}

/// The hash of RSASSA-PSS parameters; None for the default.
fn pss_hash(algorithm: &AlgorithmIdentifierOwned) -> Option<String> {
    let parameters = algorithm.parameters.as_ref()?;
    let mut reader = SliceReader::new(parameters.value()).ok()?;
    let first = AnyRef::decode(&mut reader).ok()?;
    let hash = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::N0,
    };
    if first.tag() != hash {
        return None;
    }
    Some(
        AlgorithmIdentifierOwned::from_der(first.value())
            .ok()?
            .oid
            .to_string(),
    )
}

/// Reads GeneralNames (RFC 5280, section 4.2.1.6) one by one, so that a kind of name nobody
/// needs here does not hide the others. Stops at what is no DER.
fn alt_names(value: &[u8]) -> Vec<AltName> {
    let mut names = Vec::new();
    let Ok(all) = AnyRef::from_der(value) else {
        return names;
    };
    let Ok(mut reader) = SliceReader::new(all.value()) else {
        return names;
    };
    while !reader.is_finished() && names.len() < MOST_NAMES {
        let Ok(name) = AnyRef::decode(&mut reader) else {
            break;
        };
        let Tag::ContextSpecific { number, .. } = name.tag() else {
            continue;
        };
        if number == TagNumber::N2 {
            names.push(AltName::Dns(
                String::from_utf8_lossy(name.value()).into_owned(),
            ));
        } else if number == TagNumber::N7 {
            let bytes = name.value();
            if let Ok(four) = <[u8; 4]>::try_from(bytes) {
                names.push(AltName::Ip(four.into()));
            } else if let Ok(sixteen) = <[u8; 16]>::try_from(bytes) {
                names.push(AltName::Ip(sixteen.into()));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (1_784_300_645, "2026-07-17T15:04:05Z"),
            (4_102_444_799, "2099-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "9999-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (-1, "1970-01-01T00:00:00Z"),
            (i64::MIN, "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339(seconds), text);
        }
    }

    #[test]
    fn names_of_every_kind_and_none() {
        // otherName, dNSName with NUL, iPAddress of 4, of 5 and of 16 octets, then half a name.
        let mut inner = vec![0xa0, 0x02, 0x05, 0x00, 0x82, 0x03, b'a', 0, b'b'];
        inner.extend([0x87, 4, 192, 0, 2, 1, 0x87, 5, 1, 2, 3, 4, 5, 0x87, 16]);
        inner.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        inner.extend([0x82, 0x20, b'x']);
        let mut value = vec![0x30, u8::try_from(inner.len()).expect("short")];
        value.extend(inner);
        assert_eq!(
            alt_names(&value),
            [
                AltName::Dns("a\0b".to_owned()),
                AltName::Ip([192, 0, 2, 1].into()),
                AltName::Ip("2001:db8::1".parse().expect("an address")),
            ]
        );
        assert_eq!(alt_names(&[]), []);
        assert_eq!(alt_names(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), []);
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), seconds in any::<i64>()) {
            let _ = Certificate::read(&bytes);
            let _ = alt_names(&bytes);
            prop_assert!(rfc3339(seconds).ends_with('Z'));
        }
    }
}
