//! The test certificate authority: a root (the contents of `ca_file`), an intermediate that signs
//! the certificates, and an unrelated root that no client trusts. Must not be used for anything but
//! loopback tests; the private keys exist in memory only.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_secs(86_400);
const LIFETIME: Duration = Duration::from_secs(90 * 86_400);

/// What is wrong with a certificate, if anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    #[default]
    Good,
    Expired,
    NotYetValid,
    SelfSigned,
    WrongName,
    UnknownCa,
    /// The intermediate is left out of the chain.
    IncompleteChain,
}

/// A certificate with its chain, ready to serve, and in PEM as the API shows it.
#[derive(Debug)]
pub struct Issued {
    pub names: Vec<String>,
    pub cert_pem: String,
    pub cacerts_pem: String,
    pub key: Arc<CertifiedKey>,
    pub key_der: Vec<u8>,
}

impl Issued {
    /// Whether a browser would accept this certificate for the name: a wildcard is the whole
    /// left-most label and covers exactly one.
    pub fn covers(&self, name: &str) -> bool {
        let parent = name.split_once('.').map(|(_, parent)| parent);
        self.names.iter().any(|own| {
            own.eq_ignore_ascii_case(name)
                || own
                    .strip_prefix("*.")
                    .is_some_and(|base| parent.is_some_and(|p| p.eq_ignore_ascii_case(base)))
        })
    }
}

pub struct Authority {
    root: CertifiedIssuer<'static, KeyPair>,
    intermediate: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Result<Self, rcgen::Error> {
        let root =
            CertifiedIssuer::self_signed(issuer("FakeServerPilot Root"), KeyPair::generate()?)?;
        let mut params = issuer("FakeServerPilot Intermediate");
        params.use_authority_key_identifier_extension = true;
        let intermediate = CertifiedIssuer::signed_by(params, KeyPair::generate()?, &root)?;
        let stranger = CertifiedIssuer::self_signed(issuer("Nobody's Root"), KeyPair::generate()?)?;
        Ok(Self {
            root,
            intermediate,
            stranger,
        })
    }

    pub fn root_pem(&self) -> String {
        self.root.pem()
    }

    /// Issues a certificate for `names`, valid (unless the variant says otherwise) from an hour
    /// before the earlier to 90 days after the later of the two given times.
    pub fn issue(
        &self,
        names: &[String],
        variant: Variant,
        real_now: Duration,
        simulated_now: Duration,
    ) -> Result<Issued, rcgen::Error> {
        let names: Vec<String> = match variant {
            Variant::WrongName => vec!["wrong-name.example.org".to_owned()],
            _ => names
                .iter()
                .filter(|name| name.is_ascii())
                .cloned()
                .collect(),
        };
        let epoch = date_time_ymd(1970, 1, 1);
        let mut params = CertificateParams::new(names.clone())?;
        (params.not_before, params.not_after) = match variant {
            Variant::Expired => (epoch + (real_now - LIFETIME), epoch + (real_now - DAY)),
            Variant::NotYetValid => {
                let later = real_now.max(simulated_now);
                (epoch + (later + DAY), epoch + (later + LIFETIME))
            }
            _ => (
                epoch + (real_now.min(simulated_now) - Duration::from_secs(3_600)),
                epoch + (real_now.max(simulated_now) + LIFETIME),
            ),
        };
        params.distinguished_name = DistinguishedName::new();
        // A common name of more than 64 characters would make the certificate invalid.
        if let Some(first) = names.first().filter(|name| name.len() <= 64) {
            params
                .distinguished_name
                .push(DnType::CommonName, first.as_str());
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;

        let key = KeyPair::generate()?;
        let (leaf, above) = match variant {
            Variant::SelfSigned => (params.self_signed(&key)?, None),
            Variant::UnknownCa => (
                params.signed_by(&key, &self.stranger)?,
                Some(&self.stranger),
            ),
            _ => (
                params.signed_by(&key, &self.intermediate)?,
                Some(&self.intermediate),
            ),
        };
        let above = above.filter(|_| variant != Variant::IncompleteChain);
        let chain: Vec<CertificateDer<'static>> = std::iter::once(leaf.der().clone())
            .chain(above.map(|issuer| issuer.der().clone()))
            .collect();
        let key_der = key.serialize_der();
        let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key_der.clone()));
        let signing = rustls::crypto::ring::sign::any_supported_type(&der)
            .map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
        Ok(Issued {
            cert_pem: leaf.pem(),
            cacerts_pem: above.map(CertifiedIssuer::pem).unwrap_or_default(),
            key: Arc::new(CertifiedKey::new(chain, signing)),
            key_der,
            names,
        })
    }
}

fn issuer(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2120, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Whether Let's Encrypt's HTTP challenge can validate this entry: no wildcards, no addresses.
pub fn can_be_certified(entry: &str) -> bool {
    entry.is_ascii() && !entry.starts_with("*.") && entry.parse::<IpAddr>().is_err()
}
