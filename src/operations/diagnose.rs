//! `sp_diagnose`: gathers what can be found out about one name, all of it side by side, and
//! leaves the answer to [`crate::diagnosis`]. Must not change anything. What is connected to is what
//! visitors connect to, the addresses of public DNS, and not what this machine's hosts file says.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all, join4};
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::Call;
use super::certificate::{
    self, AddressCheck, Checker, Lookup, OptionsJson, explain, holds, installed_certificate,
};
use crate::api::model::{App, SslMode};
use crate::api::{Api, Fault};
use crate::config::Id;
use crate::diagnosis::{
    self, AppFacts, Cause, Evidence, Facts, Hosts, Listed, Observations, OtherNames, Port, Reach,
    Served, WhoseMove,
};
use crate::dns::{Addresses, CaaLevel, Failure};
use crate::domain::Domain;
use crate::messages::Message;
use crate::outcome::{Outcome, millis};
use crate::plan::LIMIT;
use crate::probe::address::may_connect;
use crate::probe::verdict::{Reason, covers};
use crate::probe::x509::Certificate;
use crate::status::Status;

const OPERATION: &str = "diagnose";
/// Where Let's Encrypt's HTTP-01 challenge is answered (RFC 8555, section 8.3).
const HTTP: u16 = 80;
/// The longest that DNS is asked about the app's other names.
const LONGEST_FOR_OTHERS: Duration = Duration::from_secs(4);

/// The options of a check, and `http_port`.
#[derive(Clone, Debug)]
pub struct Options {
    check: certificate::Options,
    http_port: Option<u16>,
}

impl Options {
    /// None: all by default.
    pub fn parse(json: Option<&str>) -> Result<Options, Status> {
        let json = OptionsJson::parse(json)?;
        let http_port = json.http_port;
        if http_port == Some(0) || json.concurrency.is_some() {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        Ok(Options {
            check: certificate::Options::from_json(json)?,
            http_port,
        })
    }
}

/// `sp_diagnose`.
pub async fn diagnose(
    call: &Call<'_>,
    domain: &Domain,
    options: &Options,
) -> Result<Outcome, Status> {
    let (api, id) = (call.api()?, call.app_id()?);
    let network = Network::new(call, options);
    let (service, mut view) = join(ask(&api, id), network.observe(domain)).await;
    if let Ok(service) = &service {
        network
            .compare_with_server(domain, &mut view, service)
            .await;
    }
    let others = match &service {
        Ok(service) => other_names(&service.list, domain),
        Err(_) => Vec::new(),
    };
    let mut facts = together(domain, service, view, network.checker.now());
    let mut diagnosis = diagnosis::diagnose(&facts);
    // Hundreds of questions to a name server are asked only where their answers can be the cause.
    if diagnosis.awaits_certificate() {
        facts.others = network.resolve(others).await;
        diagnosis = diagnosis::diagnose(&facts);
    }
    let document = Document {
        domain: domain.as_str(),
        cause: diagnosis.cause,
        whose_move: diagnosis.whose_move,
        advice: &diagnosis.advice,
        evidence: &diagnosis.evidence,
        next_look_ms: millis(diagnosis.next_check),
    };
    Ok(Outcome::done(OPERATION, diagnosis.advice.clone()).with(document))
}

/// The keys of a diagnosis's own.
#[derive(Serialize)]
struct Document<'a> {
    domain: &'a str,
    cause: Cause,
    whose_move: WhoseMove,
    #[serde(flatten, serialize_with = "as_advice")]
    advice: &'a Message,
    evidence: &'a [Evidence],
    next_look_ms: u64,
}

// serde hands over a reference to the field, which is one itself.
fn as_advice<S: serde::Serializer>(advice: &&Message, to: S) -> Result<S::Ok, S::Error> {
    advice.as_advice(to)
}

/// What ServerPilot says: the app with its list, and the server's address.
struct Service {
    app: App,
    list: Vec<String>,
    server: Option<IpAddr>,
}

async fn ask(api: &Api<'_>, id: &Id) -> Result<Service, Fault> {
    let (app, list) = api.app(id).await?;
    let server = match app.serverid.as_deref().map(Id::parse) {
        // Without the server only its address is not known; the diagnosis says so.
        Some(Ok(server_id)) => api.server(&server_id).await.ok(),
        _ => None,
    };
    let address = server.and_then(|server| server.lastaddress?.trim().parse().ok());
    Ok(Service {
        app,
        list,
        server: address,
    })
}

/// One name, as visitors find it.
struct NameView {
    addresses: Addresses,
    /// What is served at them.
    served: Vec<AddressCheck>,
    /// The fingerprint of what the server's own address serves for the name, where it was asked.
    at_server: Option<String>,
}

impl NameView {
    /// An address that is not the server's may lead to it all the same: a reserved address, before
    /// there is a certificate to know it by.
    fn is_in_doubt(&self, server: IpAddr) -> bool {
        let mut invalid = self.served.iter().filter(|one| one.reason != Reason::Ok);
        invalid.any(|one| one.address.ip() != server && one.sha256().is_some())
    }
}

/// Where this machine's hosts file leads.
struct HostsView {
    addresses: Vec<IpAddr>,
    /// What is served there, where nothing could be connected to at the public addresses.
    served: Vec<AddressCheck>,
}

/// What the network says. None: not asked, because it was said where to connect.
struct View {
    here: Option<NameView>,
    /// What this machine's hosts file says, where it has the name.
    hosts: Option<HostsView>,
    www: Option<NameView>,
    caa: Option<Vec<CaaLevel>>,
    port_80: Port,
    /// What is served where it was said to connect.
    told: Option<AddressCheck>,
}

struct Network<'a> {
    call: &'a Call<'a>,
    options: &'a Options,
    checker: Checker<'a>,
    /// None where it was said where to connect and no name server was named.
    lookup: Option<Lookup>,
}

impl<'a> Network<'a> {
    fn new(call: &'a Call<'_>, options: &'a Options) -> Network<'a> {
        let check = &options.check;
        let lookup = match check.connect_to {
            Some(_) if check.dns_servers.is_empty() => None,
            _ => Some(Lookup::new(&check.dns_servers)),
        };
        Network {
            call,
            options,
            checker: Checker::new(call, check),
            lookup,
        }
    }

    async fn observe(&self, domain: &Domain) -> View {
        let until = self.checker.until();
        let told = async {
            let address = self.options.check.connect_to?;
            self.checker.probe_at(domain, address, until).await.pop()
        };
        let Some(lookup) = &self.lookup else {
            let (told, port_80) = join(told, self.try_port_80(None, until)).await;
            return View {
                here: None,
                hosts: None,
                www: None,
                caa: None,
                port_80,
                told,
            };
        };
        let www = async {
            let name = www_of(domain)?;
            Some(self.observe_public(&name, lookup, until).await)
        };
        let here = async {
            // The hosts file is told of and not followed: visitors do not have it.
            let (addresses, hosts) =
                public_and_hosts(lookup, domain, self.checker.dns_until(until)).await;
            let probing = self.probe_unless_told(domain, &addresses, until);
            let (served, port_80) = join(probing, self.try_port_80(Some(&addresses), until)).await;
            let hosts = match hosts {
                Some(by_hosts) => Some(self.observe_hosts(domain, by_hosts, &served, until).await),
                None => None,
            };
            (
                NameView {
                    addresses,
                    served,
                    at_server: None,
                },
                hosts,
                port_80,
            )
        };
        let caa = lookup.name_servers().caa_upwards(domain.as_str(), until);
        let ((here, hosts, port_80), www, caa, told) = join4(here, www, caa, told).await;
        View {
            here: Some(here),
            hosts,
            www,
            caa: Some(caa),
            port_80,
            told,
        }
    }

    async fn observe_public(&self, name: &Domain, lookup: &Lookup, until: Instant) -> NameView {
        let (addresses, _) = public_and_hosts(lookup, name, self.checker.dns_until(until)).await;
        let served = self.probe_unless_told(name, &addresses, until).await;
        NameView {
            addresses,
            served,
            at_server: None,
        }
    }

    /// On a server that cannot reach its own public address, the hosts file is the only way there.
    async fn observe_hosts(
        &self,
        domain: &Domain,
        by_hosts: Addresses,
        public: &[AddressCheck],
        until: Instant,
    ) -> HostsView {
        let served = if public.iter().any(AddressCheck::connected) {
            Vec::new()
        } else {
            self.probe_unless_told(domain, &by_hosts, until).await
        };
        HostsView {
            addresses: by_hosts.in_order(),
            served,
        }
    }

    async fn probe_unless_told(
        &self,
        name: &Domain,
        addresses: &Addresses,
        until: Instant,
    ) -> Vec<AddressCheck> {
        match self.options.check.connect_to {
            Some(_) => Vec::new(),
            None => self.checker.probe(name, addresses, until).await,
        }
    }

    /// Asks the server's own address for the names that are in doubt.
    async fn compare_with_server(&self, domain: &Domain, view: &mut View, service: &Service) {
        let Some(server) = service.server else {
            return;
        };
        let until = self.checker.until();
        let ask = async |name: Option<Domain>, view: &mut Option<NameView>| {
            if let (Some(name), Some(view)) = (name, view)
                && view.is_in_doubt(server)
            {
                let check = self.checker.probe_if_allowed(&name, server, until);
                view.at_server = check.await.sha256();
            }
        };
        join(
            ask(Some(domain.clone()), &mut view.here),
            ask(www_of(domain), &mut view.www),
        )
        .await;
    }

    /// Which of the app's other names have no address; None where DNS is not asked.
    async fn resolve(&self, names: Vec<Domain>) -> Option<OtherNames> {
        let lookup = self.lookup.as_ref()?;
        let limit = Instant::now() + LONGEST_FOR_OTHERS;
        let until = self.checker.until().min(limit);
        let asking = names.iter().map(|name| lookup.public(name.as_str(), until));
        let answers = join_all(asking).await;
        let mut others = OtherNames {
            asked: names.len(),
            ..OtherNames::default()
        };
        for (name, addresses) in names.into_iter().zip(answers) {
            match addresses.failure() {
                None => {}
                Some(Failure::NoSuchName | Failure::NoRecord) => others.unresolved.push(name),
                Some(Failure::NoAnswer | Failure::TimedOut) => others.unanswered += 1,
            }
        }
        Some(others)
    }

    /// Whether anything listens where the challenge will be asked.
    async fn try_port_80(&self, addresses: Option<&Addresses>, until: Instant) -> Port {
        let port = self.options.http_port.unwrap_or(HTTP);
        let address = match (self.options.check.connect_to, addresses) {
            (Some(address), _) if self.options.http_port.is_some() => address.ip(),
            // Port 80 is the name's, not that of an address given for a test.
            (Some(_), _) | (None, None) => return Port::Skipped,
            (None, Some(addresses)) => {
                let all = addresses.in_order();
                if all.is_empty() {
                    return Port::Skipped;
                }
                // The A record is the one that has to be right; an AAAA record is compared by itself.
                let four_first = all
                    .iter()
                    .filter(|one| one.is_ipv4())
                    .chain(all.iter().filter(|one| one.is_ipv6()));
                let mut allowed =
                    four_first.filter(|one| may_connect(**one, &self.options.check.allowed));
                match allowed.next() {
                    Some(address) => *address,
                    None => return Port::Unknown,
                }
            }
        };
        let limit = until.min(Instant::now() + self.call.config.timeouts.connect);
        let connecting = TcpStream::connect(SocketAddr::new(address, port));
        match timeout_at(limit.into(), connecting).await {
            Ok(Ok(_)) => Port::Open,
            Err(_) => Port::NoAnswer,
            Ok(Err(error)) => match error.kind() {
                std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset => {
                    Port::Closed
                }
                std::io::ErrorKind::TimedOut => Port::NoAnswer,
                _ => Port::Unknown,
            },
        }
    }
}

/// The www name that belongs to this one.
fn www_of(domain: &Domain) -> Option<Domain> {
    domain.with_www().filter(|_| !domain.is_www())
}

/// What public DNS says of a name, and what this machine's hosts file says, where it has the name.
async fn public_and_hosts(
    lookup: &Lookup,
    name: &Domain,
    until: Instant,
) -> (Addresses, Option<Addresses>) {
    let here = lookup.here(name.as_str(), until).await;
    if here.from_hosts {
        let public = lookup.public(name.as_str(), until).await;
        (public, Some(here))
    } else {
        (here, None)
    }
}

/// The app's names but for this one and its www name, which has a check of its own.
fn other_names(list: &[String], domain: &Domain) -> Vec<Domain> {
    let www = domain.with_www();
    let mut names = certifiable(list);
    names.retain(|name| name != domain && Some(name) != www.as_ref());
    names.truncate(LIMIT);
    names
}

/// The names that AutoSSL's certificate is made for, each once: wildcards and addresses are none.
fn certifiable(list: &[String]) -> Vec<Domain> {
    let parsed = list.iter().filter_map(|entry| Domain::parse(entry).ok());
    let mut names: Vec<Domain> = parsed.collect();
    names.sort();
    names.dedup();
    names
}

fn together(domain: &Domain, service: Result<Service, Fault>, view: View, now: i64) -> Facts {
    let app = service.as_ref().ok().map(|service| &service.app);
    let www = www_of(domain);
    let name_and_www = (
        served(domain, view.here.as_ref(), app, now),
        www.as_ref()
            .map_or_else(Vec::new, |www| served(www, view.www.as_ref(), app, now)),
    );
    let (served, www_served) = match &view.told {
        Some(check) => {
            let observed = Box::new(of_address(domain, check, None, app, now));
            let in_their_place = Observations::InTheirPlace(observed);
            (in_their_place.clone(), in_their_place)
        }
        None => (
            Observations::At(name_and_www.0),
            Observations::At(name_and_www.1),
        ),
    };
    let hosts = view.hosts.map(|hosts| Hosts {
        addresses: hosts.addresses,
        served: hosts
            .served
            .iter()
            .map(|check| of_address(domain, check, None, app, now))
            .collect(),
    });
    let (serverpilot, server) = match service {
        Err(fault) => (Err(fault.problem), None),
        Ok(service) => (Ok(app_facts(domain, &service)), service.server),
    };
    Facts {
        domain: domain.clone(),
        serverpilot,
        server,
        dns: view.here.map(|here| here.addresses),
        hosts,
        served,
        caa: view.caa,
        port_80: view.port_80,
        www: view.www.map(|www| www.addresses),
        www_served,
        others: None,
    }
}

fn app_facts(domain: &Domain, service: &Service) -> AppFacts {
    let Service { app, list, .. } = service;
    AppFacts {
        names: list.len(),
        certifiable: certifiable(list).len(),
        listed: listed(list, domain),
        www_listed: www_of(domain).is_some_and(|www| holds(list, &www)),
        mode: app.ssl_mode(),
        available: app.autossl_available(),
        in_certificate: in_autossl_certificate(app, domain),
    }
}

/// A wildcard answers for every name below it, and a name for its www name too (ServerPilot's API
/// documentation, "Domains").
fn listed(list: &[String], domain: &Domain) -> Listed {
    let by_wildcard = |entry: &String| {
        let parent = entry.strip_prefix("*.").map(Domain::parse);
        matches!(parent, Some(Ok(parent)) if is_below(domain, &parent))
    };
    let by_plain_name = || {
        let plain = domain.as_str().strip_prefix("www.").map(Domain::parse);
        matches!(plain, Some(Ok(plain)) if holds(list, &plain))
    };
    if holds(list, domain) {
        Listed::Exactly
    } else if list.iter().any(by_wildcard) || by_plain_name() {
        Listed::ByAnother
    } else {
        Listed::No
    }
}

fn is_below(name: &Domain, parent: &Domain) -> bool {
    let above = name.as_str().strip_suffix(parent.as_str());
    above.is_some_and(|above| above.ends_with('.'))
}

/// What is served for one name, at each of its addresses.
fn served(name: &Domain, view: Option<&NameView>, app: Option<&App>, now: i64) -> Vec<Served> {
    let of_view = |view: &NameView| {
        let at_server = view.at_server.as_deref();
        let all = view.served.iter();
        all.map(|check| of_address(name, check, at_server, app, now))
            .collect()
    };
    view.map_or_else(Vec::new, of_view)
}

fn of_address(
    name: &Domain,
    check: &AddressCheck,
    at_server: Option<&str>,
    app: Option<&App>,
    now: i64,
) -> Served {
    let certificate = check.sha256();
    Served {
        address: check.address.ip(),
        reach: match check.reason {
            Reason::BlockedAddress => Reach::Forbidden,
            _ if check.connected() => Reach::Connected,
            _ if check.unreachable() => Reach::NoRoute,
            _ => Reach::Failed,
        },
        reason: check.reason,
        is_serverpilots: app.and_then(|app| check.served_is(app)),
        as_at_server: at_server.is_some() && certificate.as_deref() == at_server,
        certificate,
        message: explain(name, check, now),
    }
}

/// Whether AutoSSL's certificate is for this name: the one that is ready, or the one in use. The
/// list of the first is gone while the next one is made, and the second serves all the same.
fn in_autossl_certificate(app: &App, domain: &Domain) -> bool {
    holds(app.autossl_domains(), domain)
        || app.ssl_mode() == SslMode::Auto
            && installed_certificate(app)
                .and_then(|der| Certificate::read(&der))
                .is_some_and(|certificate| covers(&certificate, domain.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_entries_answer_for_a_name() {
        let list = ["Shop.example.org", "*.wild.example.net", "203.0.113.9"].map(str::to_owned);
        for (name, how) in [
            ("shop.example.org", Listed::Exactly),
            ("www.shop.example.org", Listed::ByAnother),
            ("a.wild.example.net", Listed::ByAnother),
            ("a.b.wild.example.net", Listed::ByAnother),
            ("wild.example.net", Listed::No),
            ("awild.example.net", Listed::No),
            ("a.shop.example.org", Listed::No),
            ("example.org", Listed::No),
        ] {
            let name = Domain::parse(name).expect(name);
            assert_eq!(listed(&list, &name), how, "{name}");
        }
    }

    /// One certificate is made for what can be certified, each name once.
    #[test]
    fn what_autossl_makes_a_certificate_for() {
        let list = [
            "b.example.org",
            "*.example.org",
            "203.0.113.9",
            "B.example.org",
            "a.example.org",
        ]
        .map(str::to_owned);
        let names = certifiable(&list);
        let names: Vec<&str> = names.iter().map(Domain::as_str).collect();
        assert_eq!(names, ["a.example.org", "b.example.org"]);
    }
}
