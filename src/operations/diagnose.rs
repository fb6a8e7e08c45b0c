//! `sp_diagnose`: gathers what can be found out about one name, all of it side by side, and
//! leaves the answer to [`crate::diagnosis`]. Changes nothing.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all, join3};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::Call;
use super::certificate::{
    self, Examiner, Finding, OptionsJson, Seen, holds, installed_certificate,
};
use crate::api::model::{App, Server, SslMode};
use crate::api::{Api, Fault};
use crate::config::Id;
use crate::diagnosis::{self, AppFacts, CertificateFacts, Facts, Ipv6, OtherNames, Port};
use crate::dns::{Addresses, CaaLevel, Failure, Resolver};
use crate::domain::Domain;
use crate::outcome::{Outcome, millis};
use crate::plan::LIMIT;
use crate::probe::address::may_connect;
use crate::probe::verdict::covers;
use crate::probe::x509::Certificate;
use crate::status::Status;

const OPERATION: &str = "diagnose";
/// Where Let's Encrypt's HTTP-01 challenge is answered (RFC 8555, section 8.3).
const HTTP: u16 = 80;
/// The longest that the app's other names are looked up for.
const LONGEST_FOR_OTHERS: Duration = Duration::from_secs(4);

/// The options of a check, and `http_port`.
#[derive(Clone, Debug)]
pub struct Options {
    check: certificate::Options,
    http_port: Option<u16>,
}

impl Options {
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
    let network = Network::new(call, options)?;
    let (service, sight) = join(ask(&api, id), network.look(domain)).await;
    let others = match &service {
        Ok((_, list, _)) => other_names(list, domain),
        Err(_) => Vec::new(),
    };
    let mut facts = together(domain, service, sight);
    let mut diagnosis = diagnosis::diagnose(&facts);
    // Hundreds of questions to a name server are asked only where their answers can be the cause.
    if diagnosis.awaits_certificate() {
        facts.others = network.resolve(others).await;
        diagnosis = diagnosis::diagnose(&facts);
    }
    Ok(
        Outcome::done(OPERATION, diagnosis.advice.clone()).with(json!({
            "domain": domain.as_str(),
            "cause": diagnosis.cause,
            "whose_move": diagnosis.whose_move,
            "advice": diagnosis.advice,
            "evidence": diagnosis.evidence,
            "next_look_ms": millis(diagnosis.next_look),
        })),
    )
}

/// What ServerPilot says: the app with its list, and the server.
type Service = Result<(App, Vec<String>, Option<Server>), Fault>;

async fn ask(api: &Api<'_>, id: &Id) -> Service {
    let (app, list) = api.app(id).await?;
    let server = match app.serverid.as_deref().map(Id::parse) {
        // Without the server only its address is not known; the diagnosis says so.
        Some(Ok(server_id)) => api.server(&server_id).await.ok(),
        _ => None,
    };
    Ok((app, list, server))
}

/// What the network says.
struct Sight {
    dns: Option<Addresses>,
    www: Option<Addresses>,
    caa: Option<Vec<CaaLevel>>,
    port_80: Port,
    finding: Finding,
}

struct Network<'a> {
    call: &'a Call<'a>,
    options: &'a Options,
    examiner: Examiner<'a>,
    /// None where it was said where to connect and no name server was named.
    resolver: Option<Resolver>,
}

impl<'a> Network<'a> {
    fn new(call: &'a Call<'_>, options: &'a Options) -> Result<Network<'a>, Status> {
        let check = &options.check;
        let resolver = match check.connect_to {
            Some(_) if check.dns_servers.is_empty() => None,
            _ => Some(Resolver::of_this_machine(&check.dns_servers)?),
        };
        Ok(Network {
            call,
            options,
            examiner: Examiner::new(call, check)?,
            resolver,
        })
    }

    async fn look(&self, domain: &Domain) -> Sight {
        let until = self.examiner.until();
        let Some(resolver) = &self.resolver else {
            let (finding, port_80) =
                join(self.examiner.examine(domain), self.knock(None, until)).await;
            return Sight {
                dns: None,
                www: None,
                caa: None,
                port_80,
                finding,
            };
        };
        let www = async {
            let name = domain.with_www().filter(|_| !domain.is_www())?;
            Some(resolver.addresses(name.as_str(), until).await)
        };
        let here = async {
            let started = Instant::now();
            let addresses = resolver.addresses(domain.as_str(), until).await;
            let dns = Some(started.elapsed());
            let examining = async {
                match self.options.check.connect_to {
                    Some(_) => self.examiner.examine(domain).await,
                    None => {
                        self.examiner
                            .examine_at(domain, &addresses, dns, until)
                            .await
                    }
                }
            };
            let (finding, port_80) = join(examining, self.knock(Some(&addresses), until)).await;
            (addresses, finding, port_80)
        };
        let ((dns, finding, port_80), www, caa) =
            join3(here, www, resolver.caa_upwards(domain.as_str(), until)).await;
        Sight {
            dns: Some(dns),
            www,
            caa: Some(caa),
            port_80,
            finding,
        }
    }

    /// Which of the app's other names have no address; None where DNS is not asked.
    async fn resolve(&self, names: Vec<Domain>) -> Option<OtherNames> {
        let resolver = self.resolver.as_ref()?;
        let until = self
            .examiner
            .until()
            .min(Instant::now() + LONGEST_FOR_OTHERS);
        let asking = names
            .iter()
            .map(|name| resolver.addresses(name.as_str(), until));
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
    async fn knock(&self, addresses: Option<&Addresses>, until: Instant) -> Port {
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

/// The app's names but for this one and its www name, which has a check of its own. Wildcards and
/// addresses are no names that a certificate of AutoSSL's could be for.
fn other_names(list: &[String], domain: &Domain) -> Vec<Domain> {
    let www = domain.with_www();
    let mut names: Vec<Domain> = list
        .iter()
        .filter_map(|entry| Domain::parse(entry).ok())
        .filter(|name| name != domain && Some(name) != www.as_ref())
        .take(LIMIT)
        .collect();
    names.sort();
    names.dedup();
    names
}

fn together(domain: &Domain, service: Service, sight: Sight) -> Facts {
    let Sight {
        dns,
        www,
        caa,
        port_80,
        finding,
    } = sight;
    let (serverpilot, server, is_serverpilots) = match service {
        Err(fault) => (Err(fault.problem), None, None),
        Ok((app, list, server)) => {
            let www_name = domain.with_www().filter(|_| !domain.is_www());
            let facts = AppFacts {
                names: list.len(),
                listed: holds(&list, domain),
                www_listed: www_name.is_some_and(|name| holds(&list, &name)),
                mode: app.ssl_mode(),
                available: app.autossl_available(),
                in_certificate: in_autossl_certificate(&app, domain),
            };
            let address: Option<IpAddr> =
                server.and_then(|server| server.lastaddress?.trim().parse().ok());
            (Ok(facts), address, finding.served_is(&app))
        }
    };
    Facts {
        domain: domain.clone(),
        serverpilot,
        server,
        ipv6: match &dns {
            Some(addresses) if addresses.six.is_ok() => compare(&finding.seen, server),
            _ => Ipv6::None,
        },
        dns,
        caa,
        port_80,
        www,
        others: None,
        certificate: CertificateFacts {
            reason: finding.reason,
            message: finding.message,
            is_serverpilots,
        },
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

/// Whether what answers by IPv6 is what answers by IPv4.
fn compare(seen: &[Seen], server: Option<IpAddr>) -> Ipv6 {
    let four: Vec<&Seen> = seen.iter().filter(|one| one.address.is_ipv4()).collect();
    let answers = four.iter().any(|one| one.connected);
    let mut verdict = Ipv6::Same;
    for six in seen.iter().filter(|one| one.address.is_ipv6()) {
        let same_certificate =
            six.sha256.is_some() && four.iter().any(|one| one.sha256 == six.sha256);
        if Some(six.address) == server || same_certificate {
            continue;
        }
        // A private address leads nobody to the server; silence where IPv4 answers is another machine.
        let elsewhere = six.blocked || !six.unreachable && answers;
        if elsewhere {
            return Ipv6::Elsewhere;
        }
        verdict = Ipv6::Unknown;
    }
    verdict
}
