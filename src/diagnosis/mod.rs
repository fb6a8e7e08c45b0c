//! Why is this name not secure, and whose move is it? Pure: facts in, one cause with its evidence out.
//! Must not do I/O, and has no clock.
//!
//! What was observed weighs more than what was expected. A name that is served with a valid
//! certificate at the addresses that public DNS gives is well, whatever those addresses are: reserved
//! addresses, load balancers and CDNs all differ from the address that ServerPilot gives for its
//! server. If that certificate is ServerPilot's, DNS is right. An address that differs counts against
//! a name only where something wrong was observed at it, and this machine's hosts file never counts.
//!
//! The order below is the order of cause and effect: what stands further up keeps everything under it
//! from working, so the first thing that is wrong is the cause.
//!
//! | check | bad: cause | whose move |
//! |---|---|---|
//! | `serverpilot` | `key_refused`, `payment_required`, `permission_denied`, `app_not_found`, `serverpilot_unreachable` | operator |
//! | | `serverpilot_failing` | serverpilot |
//! | | `serverpilot_busy` | wait |
//! | `dns` | `name_not_found` (public DNS has no such name, or no address for it) | customer |
//! | | `dns_unanswered` | wait |
//! | `ipv4_address` | `wrong_address` (an A record that is not the server's and serves no valid certificate, or none) | customer |
//! | `ipv6_address` | `ipv6_elsewhere` (an AAAA record that leads to something else; Let's Encrypt prefers it) | customer |
//! | `proxy` | `behind_proxy`, where visitors are not served a valid certificate | customer |
//! | `caa` | `caa_forbids` (Let's Encrypt must not issue for the name) | customer |
//! | `port_80` | `port_80_closed` (the HTTP-01 challenge cannot be answered) | operator |
//! | `listed` | `not_listed` (the app does not have the name) | operator |
//! | `www` | `www_unresolved`, `www_elsewhere` (in the app's list, and keeps the certificate of all from being made) | customer |
//! | `other_names` | `another_name_blocks` (others in the app's list do not resolve while a certificate is waited for) | operator |
//! | `name_count` | `too_many_names` (more than Let's Encrypt puts into one certificate) | operator |
//! | `custom_certificate` | `custom_certificate` (installed, and not valid for this name) | operator |
//! | `autossl_available` | `autossl_pending` (no certificate is ready) | wait |
//! | `autossl_enabled` | `autossl_off` (a certificate is ready and not used) | operator |
//! | `autossl_certificate` | `not_in_certificate` (AutoSSL is on, its certificate does not hold this name yet) | wait |
//! | `served_certificate` | `other_certificate` (what is served is neither valid nor what ServerPilot has installed) | wait |
//! | `certificate` | `address_blocked`, `https_closed`, `client_certificate_required` | operator |
//! | | `certificate_expired`, `certificate_mismatch`, `certificate_not_trusted` | serverpilot |
//! | | `old_protocol` | serverpilot; operator where a custom certificate is installed |
//! | | `https_unanswered` | wait |
//! | | none of it: `all_well`; `behind_proxy` where a proxy answers, and well | nobody |
//!
//! The checks from `caa` to `autossl_enabled`, but for `listed` and `custom_certificate`, are about
//! AutoSSL's certificate. They are skipped where it is not needed: a custom certificate is installed,
//! or visitors are served a valid certificate that is not ServerPilot's.

mod addresses;
mod advice;
mod caa;
mod cdn;
mod checks;

use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;

use crate::api::model::SslMode;
use crate::dns::{Addresses, CaaLevel};
use crate::domain::Domain;
use crate::messages::Message;
use crate::outcome::Problem;
use crate::probe::verdict::Reason;

/// Everything that was found out.
pub struct Facts {
    /// The name in question.
    pub domain: Domain,
    /// What ServerPilot says, or why it could not be asked.
    pub serverpilot: Result<AppFacts, Problem>,
    /// The server's address; None where ServerPilot does not say.
    pub server: Option<IpAddr>,
    /// What public DNS says. None where the operator has said where to connect: DNS was not asked.
    pub dns: Option<Addresses>,
    /// What this machine's hosts file says, where it has the name. Visitors do not see it.
    pub hosts: Option<Hosts>,
    /// What is served for the name.
    pub served: Observations,
    /// The CAA records of the name and of each name above it, in this order. None: not asked.
    pub caa: Option<Vec<CaaLevel>>,
    /// Whether anything listens where the HTTP-01 challenge will be asked.
    pub port_80: Port,
    /// What public DNS says of `www.` and this name. None: not asked, or there is no such name.
    pub www: Option<Addresses>,
    /// What is served for that name.
    pub www_served: Observations,
    /// None: not asked, because no certificate is waited for.
    pub others: Option<OtherNames>,
}

/// What ServerPilot says.
#[derive(Clone, Debug)]
pub struct AppFacts {
    /// How many entries the app's list has.
    pub names: usize,
    /// How many of them AutoSSL's certificate is made for: no wildcards, no addresses, each once.
    pub certifiable: usize,
    /// Whether the list has the name.
    pub listed: Listed,
    /// Whether the list has `www.` and this name.
    pub www_listed: bool,
    /// What serves HTTPS.
    pub mode: SslMode,
    /// Whether a certificate of AutoSSL's is ready; None where ServerPilot does not say.
    pub available: Option<bool>,
    /// Whether AutoSSL's certificate holds the name.
    pub in_certificate: bool,
}

/// Whether the app's list has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// As an entry of its own.
    Exactly,
    /// The app answers for it by another entry: a wildcard, or the name without its `www.`.
    /// AutoSSL makes no certificate for it.
    ByAnother,
    /// The app does not answer for it.
    No,
}

/// What DNS says of the other names of the app: one certificate is made for all of them.
#[derive(Clone, Debug, Default)]
pub struct OtherNames {
    /// How many were asked about.
    pub asked: usize,
    /// No such name, or no address.
    pub unresolved: Vec<Domain>,
    /// The name servers did not say.
    pub unanswered: usize,
}

/// What this machine's hosts file says of a name.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// Where it leads.
    pub addresses: Vec<IpAddr>,
    /// What is served there. Only probed where no address of public DNS could be connected to.
    pub served: Vec<Served>,
}

/// What was observed at one address.
#[derive(Clone, Debug)]
pub struct Served {
    /// The address.
    pub address: IpAddr,
    /// How far the probe came.
    pub reach: Reach,
    /// The verdict on what is served.
    pub reason: Reason,
    /// The fingerprint of the certificate; None where none was presented.
    pub certificate: Option<String>,
    /// Whether it is the one that ServerPilot has installed; None where one of them is not known.
    pub is_serverpilots: Option<bool>,
    /// Whether the server's own address answers for the name with the same certificate. Only
    /// compared where it can matter.
    pub as_at_server: bool,
    /// The verdict in a sentence.
    pub message: Message,
}

/// How far the probe of an address came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// A connection was made.
    Connected,
    /// None was made: refused, or no answer.
    Failed,
    /// This machine has no route to it, which says nothing about what visitors have.
    NoRoute,
    /// The address is not public.
    Forbidden,
}

/// What was observed for a name.
#[derive(Clone, Debug)]
pub enum Observations {
    /// At the addresses that public DNS gives.
    At(Vec<Served>),
    /// At the address that the operator named: it stands for all of the name's addresses.
    InTheirPlace(Box<Served>),
}

impl Observations {
    /// What is served at this address; None where it was not probed.
    fn at(&self, address: IpAddr) -> Option<&Served> {
        match self {
            Observations::At(all) => all.iter().find(|one| one.address == address),
            Observations::InTheirPlace(one) => Some(one),
        }
    }

    fn all(&self) -> &[Served] {
        match self {
            Observations::At(all) => all,
            Observations::InTheirPlace(one) => std::slice::from_ref(one),
        }
    }

    /// What decides: the first address at which something is wrong, because some visitors get
    /// there. One that only this machine has no route to is not among them.
    fn decisive(&self) -> Option<&Served> {
        let reached = || {
            let all = self.all().iter();
            all.filter(|one| one.reach != Reach::NoRoute)
        };
        reached()
            .find(|one| one.reason != Reason::Ok)
            .or_else(|| reached().next())
            .or_else(|| self.all().first())
    }
}

/// A port, and whether it can be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// Something listens.
    Open,
    /// Connections are refused.
    Closed,
    /// Nothing comes back.
    NoAnswer,
    /// This machine has no route to it, or must not take it.
    Unknown,
    /// Not tried.
    Skipped,
}

impl Facts {
    fn reason(&self) -> Option<Reason> {
        self.served.decisive().map(|one| one.reason)
    }

    /// Whether visitors are served a valid certificate.
    fn is_well(&self) -> bool {
        self.reason() == Some(Reason::Ok)
    }

    fn serves_serverpilots(&self) -> bool {
        let mut all = self.served.all().iter();
        all.any(|one| one.is_serverpilots == Some(true))
    }

    /// Whether it is AutoSSL's certificate that visitors are served, or are to be.
    fn needs_autossl(&self) -> bool {
        match &self.serverpilot {
            Ok(app) if app.mode == SslMode::Custom => false,
            _ if !self.is_well() || self.serves_serverpilots() => true,
            // Valid, and another's; with AutoSSL on and nothing to compare it may be AutoSSL's.
            Ok(app) => {
                let decisive = self.served.decisive();
                let is_serverpilots = decisive.and_then(|one| one.is_serverpilots);
                app.mode == SslMode::Auto && is_serverpilots.is_none()
            }
            Err(_) => true,
        }
    }

    /// Whether this machine is kept from seeing what visitors see: nothing at the public addresses
    /// can be connected to, and its hosts file leads elsewhere, as it does on a server that cannot
    /// reach its own public address.
    fn is_hidden_from_here(&self) -> bool {
        let (Some(dns), Some(hosts)) = (&self.dns, &self.hosts) else {
            return false;
        };
        let unconnected = |one: &Served| matches!(one.reach, Reach::Failed | Reach::NoRoute);
        let all = self.served.all();
        !same_set(&hosts.addresses, &dns.in_order())
            && !all.is_empty()
            && all.iter().all(unconnected)
    }

    /// Whether all the same nothing speaks against the name: public DNS leads to the server's own
    /// address, and by the hosts file the server shows ServerPilot's certificate, valid.
    fn is_well_behind_hosts(&self) -> bool {
        let ours = |one: &Served| one.reason == Reason::Ok && one.is_serverpilots == Some(true);
        let all = self.dns.as_ref().map(Addresses::in_order);
        self.is_hidden_from_here()
            && all.is_some_and(|all| all.iter().all(|one| Some(*one) == self.server))
            && self.hosts.iter().flat_map(|hosts| &hosts.served).any(ours)
    }

    /// The addresses of a proxy that is known as one.
    fn proxied(&self) -> impl Iterator<Item = IpAddr> {
        let all = self.dns.as_ref().map(Addresses::in_order);
        all.unwrap_or_default()
            .into_iter()
            .filter(|address| cdn::is_cloudflare(*address))
    }

    fn is_proxied(&self) -> bool {
        self.proxied().next().is_some()
    }
}

fn same_set(some: &[IpAddr], others: &[IpAddr]) -> bool {
    let inside = |all: &[IpAddr], of: &[IpAddr]| all.iter().all(|one| of.contains(one));
    inside(some, others) && inside(others, some)
}

/// The one cause that is named; the names are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing is wrong.
    AllWell,
    /// ServerPilot refuses the client ID or the key (401).
    KeyRefused,
    /// The account has no valid card on file (402).
    PaymentRequired,
    /// The account has no permission for the app (403).
    PermissionDenied,
    /// ServerPilot knows no such app (404).
    AppNotFound,
    /// ServerPilot could not be asked.
    ServerpilotUnreachable,
    /// ServerPilot answered with an error, or with something else than its documents.
    ServerpilotFailing,
    /// ServerPilot asks for fewer requests (429).
    ServerpilotBusy,
    /// Public DNS has no such name, or no address for it.
    NameNotFound,
    /// The name servers do not answer, or not usably.
    DnsUnanswered,
    /// An A record leads elsewhere, and no valid certificate is served there; or there is none.
    WrongAddress,
    /// An AAAA record leads elsewhere.
    Ipv6Elsewhere,
    /// A known proxy answers for the name.
    BehindProxy,
    /// CAA records keep Let's Encrypt from issuing.
    CaaForbids,
    /// The HTTP-01 challenge cannot be answered.
    #[serde(rename = "port_80_closed")]
    Port80Closed,
    /// The app does not have the name.
    NotListed,
    /// The app has the www name too, and it does not resolve.
    WwwUnresolved,
    /// The app has the www name too, and it leads elsewhere.
    WwwElsewhere,
    /// Other names of the app do not resolve while a certificate is waited for.
    AnotherNameBlocks,
    /// The app has more names than one certificate holds.
    TooManyNames,
    /// A custom certificate is installed and does not serve the name.
    CustomCertificate,
    /// No certificate of AutoSSL's is ready.
    AutosslPending,
    /// A certificate is ready, and AutoSSL is off.
    AutosslOff,
    /// AutoSSL is on, and its certificate does not hold the name yet.
    NotInCertificate,
    /// What is served is neither valid nor what ServerPilot has installed.
    OtherCertificate,
    /// The address is not public.
    AddressBlocked,
    /// Nothing speaks TLS there.
    HttpsClosed,
    /// No answer, or none that was finished.
    HttpsUnanswered,
    /// The server wants a certificate of the visitor's.
    ClientCertificateRequired,
    /// The certificate is not valid at this time.
    CertificateExpired,
    /// The certificate is for other names.
    CertificateMismatch,
    /// Browsers do not trust the certificate.
    CertificateNotTrusted,
    /// The server is older than TLS 1.2.
    OldProtocol,
}

/// Who can do something about it; the names are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WhoseMove {
    /// Whoever runs the name's DNS.
    Customer,
    /// Whoever runs the network.
    Operator,
    /// ServerPilot, or its support.
    Serverpilot,
    /// It only takes time.
    Wait,
    /// There is nothing to do.
    Nobody,
}

/// What came of one check; the names are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Good,
    /// Wrong.
    Bad,
    /// Could not be told from here.
    Unknown,
    /// Not checked, because it does not matter or was not wanted.
    Skipped,
}

/// One thing that was checked.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// The check's name, which is part of the ABI.
    pub check: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// The same in words.
    #[serde(flatten, serialize_with = "Message::as_detail")]
    pub detail: Message,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The first thing that is wrong.
    pub cause: Cause,
    /// Who can do something about it.
    pub whose_move: WhoseMove,
    /// What is to be done.
    pub advice: Message,
    /// Every check, in the order of the table above.
    pub evidence: Vec<Evidence>,
    /// When to diagnose again; zero: there is no need.
    pub next_check: Duration,
}

impl Diagnosis {
    /// Whether it comes down to waiting for a certificate, so that the app's other names matter.
    pub fn awaits_certificate(&self) -> bool {
        matches!(self.cause, Cause::AutosslPending | Cause::NotInCertificate)
    }
}

/// From facts to cause.
pub fn diagnose(facts: &Facts) -> Diagnosis {
    let results = checks::all(facts);
    let first = results.iter().find_map(|result| result.cause);
    let cause = match first {
        Some(cause) => cause,
        None if facts.is_proxied() => Cause::BehindProxy,
        None => Cause::AllWell,
    };
    let whose_move = whose_move(cause, facts);
    Diagnosis {
        cause,
        whose_move,
        advice: advice::advice(cause, facts),
        evidence: results.into_iter().map(|result| result.evidence).collect(),
        next_check: next_check(whose_move),
    }
}

fn whose_move(cause: Cause, facts: &Facts) -> WhoseMove {
    match cause {
        Cause::AllWell => WhoseMove::Nobody,
        Cause::BehindProxy if facts.is_well() => WhoseMove::Nobody,
        Cause::KeyRefused
        | Cause::PaymentRequired
        | Cause::PermissionDenied
        | Cause::AppNotFound
        | Cause::ServerpilotUnreachable
        | Cause::Port80Closed
        | Cause::NotListed
        | Cause::AnotherNameBlocks
        | Cause::TooManyNames
        | Cause::CustomCertificate
        | Cause::AutosslOff
        | Cause::AddressBlocked
        | Cause::HttpsClosed
        | Cause::ClientCertificateRequired => WhoseMove::Operator,
        Cause::NameNotFound
        | Cause::WrongAddress
        | Cause::Ipv6Elsewhere
        | Cause::BehindProxy
        | Cause::CaaForbids
        | Cause::WwwUnresolved
        | Cause::WwwElsewhere => WhoseMove::Customer,
        // Of a custom certificate these say `custom_certificate`.
        Cause::ServerpilotFailing
        | Cause::CertificateExpired
        | Cause::CertificateMismatch
        | Cause::CertificateNotTrusted => WhoseMove::Serverpilot,
        Cause::ServerpilotBusy
        | Cause::DnsUnanswered
        | Cause::AutosslPending
        | Cause::NotInCertificate
        | Cause::OtherCertificate
        | Cause::HttpsUnanswered => WhoseMove::Wait,
        Cause::OldProtocol => match &facts.serverpilot {
            Ok(app) if app.mode == SslMode::Custom => WhoseMove::Operator,
            _ => WhoseMove::Serverpilot,
        },
    }
}

fn next_check(whose_move: WhoseMove) -> Duration {
    const MINUTE: Duration = Duration::from_secs(60);
    match whose_move {
        WhoseMove::Nobody => Duration::ZERO,
        // As the first delay of the plugin's backoff.
        WhoseMove::Wait => MINUTE,
        // A DNS record is not seen everywhere at once.
        WhoseMove::Customer => MINUTE * 5,
        WhoseMove::Operator | WhoseMove::Serverpilot => MINUTE * 15,
    }
}

#[cfg(test)]
mod tests;
