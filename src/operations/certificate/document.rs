//! The documents of a check: what stands under which key. The keys are the ABI (more may be added),
//! and every one of them is in every document, null where its value is not known.

use rustls_pki_types::CertificateDer;
use serde::Serialize;

use super::checker::{AddressCheck, NameCheck};
use super::lookup::DnsState;
use super::{AppView, CHECK, holds};
use crate::api::model::{App, SslMode};
use crate::messages::Message;
use crate::outcome::{Warning, millis};
use crate::probe::verdict::{self, Reason};
use crate::probe::x509::{Certificate, fingerprint, rfc3339};

/// The most certificates of a chain in a document.
const MOST_LINKS: usize = 10;

/// The keys of a check's own.
#[derive(Serialize)]
pub(super) struct CheckDocument<'a> {
    domain: &'a str,
    /// None: could not ask.
    valid: Option<bool>,
    reason: Reason,
    dns: DnsState,
    connected_to: Option<String>,
    tls_version: Option<&'static str>,
    certificate: Option<CertificateDocument<'a>>,
    chain: Vec<LinkDocument<'a>>,
    timings_ms: Timings,
    addresses: Vec<AddressDocument>,
    serverpilot: Option<ServerPilotDocument>,
}

impl<'a> CheckDocument<'a> {
    pub(super) fn of(checked: &'a NameCheck, app: &AppView) -> CheckDocument<'a> {
        let decisive = checked.decisive();
        let observation = decisive.and_then(|one| one.observation.as_ref());
        CheckDocument {
            domain: checked.domain.as_str(),
            valid: checked.reason.valid(),
            reason: checked.reason,
            dns: checked.dns,
            connected_to: decisive
                .filter(|one| one.connected())
                .map(|one| one.address.to_string()),
            tls_version: observation.and_then(|one| one.tls_version),
            certificate: decisive
                .and_then(AddressCheck::leaf)
                .map(|leaf| CertificateDocument::of(leaf, checked.now)),
            chain: decisive.map(chain).unwrap_or_default(),
            timings_ms: Timings {
                dns: checked.dns_time.map(millis),
                connection: ConnectionTimings::of(decisive),
            },
            addresses: checked.addresses.iter().map(AddressDocument::of).collect(),
            serverpilot: match app {
                AppView::Known(known) => Some(ServerPilotDocument::of(checked, &known.0, &known.1)),
                AppView::NotAsked | AppView::Unknown(_) => None,
            },
        }
    }
}

/// One of the `results` of many: a check's keys, and what else differs from name to name.
#[derive(Serialize)]
pub(super) struct ItemDocument<'a> {
    operation: &'static str,
    status: &'static str,
    #[serde(flatten, serialize_with = "as_message")]
    message: &'a Message,
    retryable: bool,
    warnings: &'a [Warning],
    #[serde(flatten)]
    check: CheckDocument<'a>,
}

impl<'a> ItemDocument<'a> {
    pub(super) fn of(checked: &'a NameCheck, app: &AppView) -> ItemDocument<'a> {
        let status = checked.reason.status();
        ItemDocument {
            operation: CHECK,
            status: status.as_str(),
            message: &checked.message,
            retryable: status.retryable(),
            warnings: &checked.warnings,
            check: CheckDocument::of(checked, app),
        }
    }
}

// serde hands over a reference to the field, which is one itself.
fn as_message<S: serde::Serializer>(message: &&Message, to: S) -> Result<S::Ok, S::Error> {
    message.as_message(to)
}

/// The keys of many checks' own.
#[derive(Serialize)]
pub(super) struct ManyDocument<'a> {
    pub(super) results: Vec<ItemDocument<'a>>,
    pub(super) counts: Counts,
}

/// How many names are what.
#[derive(Serialize)]
pub(super) struct Counts {
    pub(super) valid: usize,
    pub(super) not_valid: usize,
    /// Could not be asked.
    pub(super) unknown: usize,
}

impl Counts {
    pub(super) fn of(checked: &[NameCheck]) -> Counts {
        let count = |valid| {
            let all = checked.iter();
            all.filter(|one| one.reason.valid() == valid).count()
        };
        Counts {
            valid: count(Some(true)),
            not_valid: count(Some(false)),
            unknown: count(None),
        }
    }
}

#[derive(Serialize)]
struct CertificateDocument<'a> {
    subject: &'a str,
    issuer: &'a str,
    serial: &'a str,
    sha256: &'a str,
    sans: Vec<String>,
    not_before: String,
    not_after: String,
    days_left: i64,
    lifetime_used: f64,
    key: String,
    signature: &'a str,
}

impl CertificateDocument<'_> {
    fn of(leaf: &Certificate, now: i64) -> CertificateDocument<'_> {
        CertificateDocument {
            subject: &leaf.subject,
            issuer: &leaf.issuer,
            serial: &leaf.serial,
            sha256: &leaf.sha256,
            sans: leaf.printable_names(),
            not_before: rfc3339(leaf.not_before),
            not_after: rfc3339(leaf.not_after),
            days_left: verdict::days_left(leaf, now),
            lifetime_used: verdict::lifetime_used(leaf, now),
            key: leaf.key.name(),
            signature: &leaf.signature.name,
        }
    }
}

/// One certificate of a chain. Of one that cannot be read only the fingerprint is known.
#[derive(Serialize)]
struct LinkDocument<'a> {
    subject: Option<&'a str>,
    issuer: Option<&'a str>,
    serial: Option<&'a str>,
    sha256: String,
    not_before: Option<String>,
    not_after: Option<String>,
    key: Option<String>,
    signature: Option<&'a str>,
    is_ca: Option<bool>,
}

impl<'a> LinkDocument<'a> {
    fn of(der: &CertificateDer<'_>, certificate: Option<&'a Certificate>) -> LinkDocument<'a> {
        LinkDocument {
            subject: certificate.map(|one| one.subject.as_str()),
            issuer: certificate.map(|one| one.issuer.as_str()),
            serial: certificate.map(|one| one.serial.as_str()),
            sha256: fingerprint(der),
            not_before: certificate.map(|one| rfc3339(one.not_before)),
            not_after: certificate.map(|one| rfc3339(one.not_after)),
            key: certificate.map(|one| one.key.name()),
            signature: certificate.map(|one| one.signature.name.as_str()),
            is_ca: certificate.map(|one| one.is_ca),
        }
    }
}

fn chain(address: &AddressCheck) -> Vec<LinkDocument<'_>> {
    let ders = address.observation.iter().flat_map(|one| &one.chain);
    ders.zip(&address.certificates)
        .take(MOST_LINKS)
        .map(|(der, certificate)| LinkDocument::of(der, certificate.as_ref()))
        .collect()
}

#[derive(Serialize)]
struct Timings {
    /// Until it was known where to connect; None where the caller said so.
    dns: Option<u64>,
    #[serde(flatten)]
    connection: ConnectionTimings,
}

#[derive(Serialize)]
struct ConnectionTimings {
    connect: Option<u64>,
    handshake: Option<u64>,
}

impl ConnectionTimings {
    fn of(address: Option<&AddressCheck>) -> ConnectionTimings {
        let observation = address.and_then(|one| one.observation.as_ref());
        ConnectionTimings {
            connect: observation.and_then(|one| one.connect).map(millis),
            handshake: observation.and_then(|one| one.handshake).map(millis),
        }
    }
}

/// One address of the name.
#[derive(Serialize)]
struct AddressDocument {
    address: String,
    port: u16,
    valid: Option<bool>,
    reason: Reason,
    connected: bool,
    tls_version: Option<&'static str>,
    /// Of the certificate that is served there.
    sha256: Option<String>,
    timings_ms: ConnectionTimings,
}

impl AddressDocument {
    fn of(one: &AddressCheck) -> AddressDocument {
        AddressDocument {
            address: one.address.ip().to_string(),
            port: one.address.port(),
            valid: one.reason.valid(),
            reason: one.reason,
            connected: one.connected(),
            tls_version: one
                .observation
                .as_ref()
                .and_then(|observed| observed.tls_version),
            sha256: one.sha256(),
            timings_ms: ConnectionTimings::of(Some(one)),
        }
    }
}

/// What ServerPilot knows of the name.
#[derive(Serialize)]
struct ServerPilotDocument {
    listed: bool,
    in_autossl_certificate: bool,
    autossl: &'static str,
    served_is_serverpilots: Option<bool>,
}

impl ServerPilotDocument {
    fn of(checked: &NameCheck, app: &App, list: &[String]) -> ServerPilotDocument {
        ServerPilotDocument {
            listed: holds(list, &checked.domain),
            in_autossl_certificate: holds(app.autossl_domains(), &checked.domain),
            autossl: match app.ssl_mode() {
                SslMode::Auto => "enabled",
                SslMode::Custom => "custom_certificate",
                SslMode::None if app.autossl_available() == Some(true) => "available",
                SslMode::None => "pending",
            },
            served_is_serverpilots: checked.decisive().and_then(|one| one.served_is(app)),
        }
    }
}
