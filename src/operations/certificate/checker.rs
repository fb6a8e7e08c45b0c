//! Checks one name: which of its addresses may be connected to, what each of them serves, and which
//! of them decides. Each address is resolved once, judged, and connected to as it was judged.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::future::{join, join_all};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use tokio::time::timeout;

use super::lookup::{DnsState, Lookup};
use super::options::Options;
use super::sentences::{self, explain};
use super::{Call, installed_certificate};
use crate::api::model::App;
use crate::crypto;
use crate::crypto::signatures::VerifiedOnce;
use crate::dns::{Addresses, Failure};
use crate::domain::Domain;
use crate::messages::{self, Message};
use crate::outcome::Warning;
use crate::probe::address::may_connect;
use crate::probe::verdict::{self, Ending, Evidence, Reason};
use crate::probe::x509::{Certificate, fingerprint};
use crate::probe::{self, Observation};

/// The most addresses of one name that are probed.
const MOST_ADDRESSES: usize = 8;
/// For how much longer than the probe DNS may take where no connection waits for it.
const LONGEST_AFTER_PROBE: Duration = Duration::from_secs(1);

/// What all the checks of one call have in common.
pub(in crate::operations) struct Checker<'a> {
    options: &'a Options,
    provider: Arc<CryptoProvider>,
    signatures: VerifiedOnce,
    roots: &'a RootCertStore,
    connect_limit: Duration,
    limit: Duration,
    deadline: Instant,
    now: i64,
}

impl<'a> Checker<'a> {
    pub(in crate::operations) fn new(call: &'a Call<'_>, options: &'a Options) -> Checker<'a> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let provider = crypto::provider();
        Checker {
            options,
            signatures: VerifiedOnce::new(provider.signature_verification_algorithms.all),
            provider,
            roots: &call.engine.roots,
            connect_limit: call.config.timeouts.connect,
            limit: options.timeout.unwrap_or(call.config.timeouts.request),
            deadline: call.deadline,
            now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// Unix seconds, for every certificate of the call alike.
    pub(in crate::operations) fn now(&self) -> i64 {
        self.now
    }

    /// When a check that begins now has to be over.
    pub(in crate::operations) fn until(&self) -> Instant {
        self.deadline.min(Instant::now() + self.limit)
    }

    /// When DNS has to be over where a connection waits for it: a name server that stays silent
    /// about one family must leave time to connect by the other.
    pub(in crate::operations) fn dns_until(&self, until: Instant) -> Instant {
        let now = Instant::now();
        now + until.saturating_duration_since(now) / 2
    }

    /// Checks one name from its DNS to the verdict.
    pub(super) async fn check(&self, domain: &Domain, lookup: &Lookup) -> NameCheck {
        let started = Instant::now();
        let until = self.until();
        if started >= self.deadline {
            return NameCheck {
                was_checked: false,
                ..self.without_address(domain, Reason::Timeout, messages::check_out_of_time(domain))
            };
        }
        if let Some(address) = self.options.connect_to {
            let probing = self.probe_at(domain, address, until);
            let asking = lookup.public(domain.as_str(), until);
            let (addresses, dns) = beside(probing, asking).await;
            return NameCheck {
                dns: dns.as_ref().map_or(DnsState::Failed, DnsState::from),
                ..self.conclude(domain, addresses)
            };
        }
        let here = lookup.here(domain.as_str(), self.dns_until(until)).await;
        let dns_time = Some(started.elapsed());
        let public = async {
            if here.from_hosts {
                DnsState::from(&lookup.public(domain.as_str(), until).await)
            } else {
                DnsState::from(&here)
            }
        };
        let checking = async {
            match here.failure() {
                None => self.conclude(domain, self.probe(domain, &here, until).await),
                Some(failure) => self.unresolved(domain, failure),
            }
        };
        let (checked, dns) = join(checking, public).await;
        NameCheck {
            dns,
            dns_time,
            ..checked
        }
    }

    /// Probes the addresses of a name, in the order in which a browser tries them.
    pub(in crate::operations) async fn probe(
        &self,
        domain: &Domain,
        addresses: &Addresses,
        until: Instant,
    ) -> Vec<AddressCheck> {
        let all = addresses.in_order().into_iter().take(MOST_ADDRESSES);
        let probing = all.map(|address| self.probe_if_allowed(domain, address, until));
        join_all(probing).await
    }

    /// Probes an address that the caller named, who has thereby allowed it.
    pub(in crate::operations) async fn probe_at(
        &self,
        domain: &Domain,
        address: SocketAddr,
        until: Instant,
    ) -> Vec<AddressCheck> {
        vec![self.probe_one(domain, address, until).await]
    }

    /// Probes this address on behalf of the name, unless the address policy forbids it.
    pub(in crate::operations) async fn probe_if_allowed(
        &self,
        domain: &Domain,
        address: IpAddr,
        until: Instant,
    ) -> AddressCheck {
        let allowed = may_connect(address, &self.options.allowed);
        let address = SocketAddr::new(address, self.options.port);
        if allowed {
            self.probe_one(domain, address, until).await
        } else {
            AddressCheck {
                address,
                reason: Reason::BlockedAddress,
                certificates: Vec::new(),
                observation: None,
            }
        }
    }

    async fn probe_one(
        &self,
        domain: &Domain,
        address: SocketAddr,
        until: Instant,
    ) -> AddressCheck {
        let observation =
            probe::probe(address, domain, &self.provider, self.connect_limit, until).await;
        let certificates: Vec<_> = observation
            .chain
            .iter()
            .map(|der| Certificate::read(der))
            .collect();
        let reason = verdict::judge(&Evidence {
            chain: &observation.chain,
            certificates: &certificates,
            host: domain.as_str(),
            now: self.now,
            ending: observation.ending,
            roots: self.roots,
            algorithms: &self.signatures.algorithms(),
        });
        AddressCheck {
            address,
            reason,
            certificates,
            observation: Some(observation),
        }
    }

    /// The verdict on the name, from its addresses.
    fn conclude(&self, domain: &Domain, addresses: Vec<AddressCheck>) -> NameCheck {
        // The one a browser would reach first: it goes on to the next address only where it
        // cannot connect (RFC 8305), not where it does not like what it finds.
        let first = addresses.iter().position(AddressCheck::connected);
        let first = first.or_else(|| addresses.iter().position(|one| one.observation.is_some()));
        let decides = first.unwrap_or(0);
        let Some(decisive) = addresses.get(decides) else {
            return self.unresolved(domain, Failure::NoRecord);
        };
        let mut warnings = Vec::new();
        if let Some(leaf) = decisive.leaf()
            && decisive.reason == Reason::Ok
            && verdict::expires_soon(leaf, self.now, self.options.warn_days)
        {
            warnings.push(Warning {
                code: "expires_soon",
                message: sentences::expires_soon(domain, leaf, self.now),
            });
        }
        let others: Vec<&AddressCheck> = addresses
            .iter()
            .filter(|one| one.reason != decisive.reason && !one.unreachable())
            .collect();
        if !others.is_empty() {
            warnings.push(Warning {
                code: "addresses_differ",
                message: sentences::addresses_differ(domain, decisive, &others),
            });
        }
        NameCheck {
            warnings,
            decides: Some(decides),
            ..self.without_address(domain, decisive.reason, explain(domain, decisive, self.now))
        }
        .with(addresses)
    }

    fn unresolved(&self, domain: &Domain, failure: Failure) -> NameCheck {
        let message = sentences::unresolved(domain, failure);
        self.without_address(domain, Reason::DnsFailure, message)
    }

    /// A check that has come to nothing more than a reason.
    fn without_address(&self, domain: &Domain, reason: Reason, message: Message) -> NameCheck {
        NameCheck {
            domain: domain.clone(),
            reason,
            message,
            warnings: Vec::new(),
            was_checked: true,
            dns: DnsState::Failed,
            dns_time: None,
            addresses: Vec::new(),
            decides: None,
            now: self.now,
        }
    }
}

/// Both side by side, and the second not much longer than the first takes; None where it would be.
async fn beside<P, D>(
    probing: impl Future<Output = P>,
    asking: impl Future<Output = D>,
) -> (P, Option<D>) {
    let (mut probing, mut asking) = (pin!(probing), pin!(asking));
    tokio::select! {
        answer = &mut asking => (probing.await, Some(answer)),
        probed = &mut probing => (probed, timeout(LONGEST_AFTER_PROBE, asking).await.ok()),
    }
}

/// What there is to say of one name.
pub(super) struct NameCheck {
    pub(super) domain: Domain,
    pub(super) reason: Reason,
    pub(super) message: Message,
    pub(super) warnings: Vec<Warning>,
    /// False where the call's time was over before the check could begin.
    pub(super) was_checked: bool,
    /// What public DNS says.
    pub(super) dns: DnsState,
    /// How long it took until it was known where to connect.
    pub(super) dns_time: Option<Duration>,
    pub(super) addresses: Vec<AddressCheck>,
    /// Which of the addresses the verdict is about.
    decides: Option<usize>,
    pub(super) now: i64,
}

impl NameCheck {
    fn with(self, addresses: Vec<AddressCheck>) -> NameCheck {
        NameCheck { addresses, ..self }
    }

    /// The address that the verdict is about.
    pub(super) fn decisive(&self) -> Option<&AddressCheck> {
        self.addresses.get(self.decides?)
    }
}

/// One address: what was observed there, and the verdict on it.
pub(in crate::operations) struct AddressCheck {
    pub(in crate::operations) address: SocketAddr,
    pub(in crate::operations) reason: Reason,
    /// The chain, read; None where one could not be.
    pub(super) certificates: Vec<Option<Certificate>>,
    /// None where the address policy forbids to connect.
    pub(super) observation: Option<Observation>,
}

impl AddressCheck {
    pub(in crate::operations) fn connected(&self) -> bool {
        let observed = self.observation.as_ref();
        observed.is_some_and(|observation| observation.connect.is_some())
    }

    /// This machine has no route to it, which says nothing about what visitors have.
    pub(in crate::operations) fn unreachable(&self) -> bool {
        let observed = self.observation.as_ref();
        observed.is_some_and(|observation| observation.ending == Ending::Unreachable)
    }

    /// The server's own certificate, where it could be read.
    pub(super) fn leaf(&self) -> Option<&Certificate> {
        self.certificates.first()?.as_ref()
    }

    /// The fingerprint of the certificate that is served, readable or not.
    pub(in crate::operations) fn sha256(&self) -> Option<String> {
        let der = self.observation.as_ref()?.chain.first()?;
        Some(fingerprint(der))
    }

    /// Whether what is served is the app's certificate; None where one of the two is not known.
    pub(in crate::operations) fn served_is(&self, app: &App) -> Option<bool> {
        let installed = installed_certificate(app)?;
        Some(fingerprint(&installed) == self.sha256()?)
    }
}
