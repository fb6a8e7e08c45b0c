//! Names to addresses, and the CAA records on the way up. One resolver for one call, over the
//! system's name servers or the operator's; it starts no thread and ends with the call.
//! Decides nothing about the addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::{Hosts, TokioResolver, system_conf};
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::status::Status;

/// The longest wait for one answer before the question is repeated. resolv.conf's default of 5 s
/// would be half of a check's time for one lost packet.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most names on the way up that are asked for CAA records.
const MOST_LEVELS: usize = 10;
/// Names asked about at the same time: a resolver on a small server drops what comes in a burst.
const AT_ONCE: usize = 32;

/// The CAA records at one name.
#[derive(Clone, Debug)]
pub struct CaaLevel {
    pub name: String,
    pub records: Result<Vec<Caa>, Failure>,
}

/// Why there are no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The name does not exist.
    NoSuchName,
    /// The name exists, without a record of this kind.
    NoRecord,
    /// The name servers gave no usable answer.
    NoAnswer,
    /// They gave none in time.
    TimedOut,
}

/// The addresses of a name, each kind with its own answer.
#[derive(Clone, Debug)]
pub struct Addresses {
    pub four: Result<Vec<IpAddr>, Failure>,
    pub six: Result<Vec<IpAddr>, Failure>,
    /// They are this machine's own (/etc/hosts), and others may see something else.
    pub from_hosts: bool,
}

/// A CAA record (RFC 8659, section 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caa {
    pub critical: bool,
    pub tag: String,
    pub value: String,
}

impl Addresses {
    /// In the order in which a browser tries them: the two families by turns, IPv6 first
    /// (RFC 8305, section 4).
    pub fn in_order(&self) -> Vec<IpAddr> {
        let of = |answer: &Result<Vec<IpAddr>, Failure>| answer.clone().unwrap_or_default();
        let (mut six, mut four) = (of(&self.six).into_iter(), of(&self.four).into_iter());
        let mut all: Vec<IpAddr> = Vec::new();
        loop {
            let pair = [six.next(), four.next()];
            if pair == [None, None] {
                return all;
            }
            for address in pair.into_iter().flatten() {
                if !all.contains(&address) {
                    all.push(address);
                }
            }
        }
    }

    /// Why there is none at all; None where there is one.
    pub fn failure(&self) -> Option<Failure> {
        match (&self.four, &self.six) {
            (Err(four), Err(six)) => Some(match (four, six) {
                // What is not known outweighs what is: the other kind may well exist.
                (Failure::TimedOut, _) | (_, Failure::TimedOut) => Failure::TimedOut,
                (Failure::NoAnswer, _) | (_, Failure::NoAnswer) => Failure::NoAnswer,
                (Failure::NoSuchName, _) | (_, Failure::NoSuchName) => Failure::NoSuchName,
                (Failure::NoRecord, Failure::NoRecord) => Failure::NoRecord,
            }),
            _ => None,
        }
    }
}

/// A resolver for the length of one call.
pub struct Resolver {
    resolver: TokioResolver,
    /// /etc/hosts, where this machine's own view of the network is wanted.
    hosts: Hosts,
    permits: Semaphore,
}

impl Resolver {
    /// As this machine sees the network: /etc/hosts first, then its name servers.
    pub fn of_this_machine(servers: &[SocketAddr]) -> Result<Resolver, Status> {
        let hosts = if servers.is_empty() {
            Hosts::from_system().unwrap_or_default()
        } else {
            Hosts::default()
        };
        Ok(Resolver {
            hosts,
            ..Resolver::of_the_network(servers)?
        })
    }

    /// As everybody else sees it: only name servers.
    pub fn of_the_network(servers: &[SocketAddr]) -> Result<Resolver, Status> {
        let (config, mut options) = if servers.is_empty() {
            // No resolv.conf, or none with a server in it: a server on this machine is what
            // the C library asks then too (resolv.conf(5)).
            system_conf::read_system_conf().unwrap_or_else(|_| {
                let local = NameServerConfig::udp_and_tcp(Ipv4Addr::LOCALHOST.into());
                (
                    ResolverConfig::from_name_servers(vec![local]),
                    ResolverOpts::default(),
                )
            })
        } else {
            let servers = servers.iter().map(name_server).collect();
            (
                ResolverConfig::from_name_servers(servers),
                ResolverOpts::default(),
            )
        };
        options.use_hosts_file = ResolveHosts::Never;
        options.timeout = options.timeout.clamp(Duration::from_secs(1), PATIENCE);
        options.attempts = options.attempts.clamp(1, 3);
        options.cache_size = 1024;
        let mut builder =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        *builder.options_mut() = options;
        let resolver = builder.build().map_err(|_| Status::SP_ERR_STATE)?;
        Ok(Resolver {
            resolver,
            hosts: Hosts::default(),
            permits: Semaphore::new(AT_ONCE),
        })
    }

    /// The addresses of a name, looked up once.
    pub async fn addresses(&self, name: &str, until: Instant) -> Addresses {
        let Some(name) = absolute(name) else {
            return Addresses {
                four: Err(Failure::NoSuchName),
                six: Err(Failure::NoSuchName),
                from_hosts: false,
            };
        };
        let of_hosts = |kind| {
            let found = self
                .hosts
                .lookup_static_host(&Query::query(name.clone(), kind))?;
            Some(
                found
                    .answers()
                    .iter()
                    .filter_map(|record| record.data.ip_addr())
                    .collect(),
            )
        };
        match (of_hosts(RecordType::A), of_hosts(RecordType::AAAA)) {
            (None, None) => {}
            // One line in /etc/hosts speaks for both kinds, as with the C library.
            (four, six) => {
                return Addresses {
                    four: four.ok_or(Failure::NoRecord),
                    six: six.ok_or(Failure::NoRecord),
                    from_hosts: true,
                };
            }
        }
        let addresses = async |kind| {
            let records = self.records(&name, kind, until).await?;
            let all: Vec<IpAddr> = records.iter().filter_map(RData::ip_addr).collect();
            if all.is_empty() {
                Err(Failure::NoRecord)
            } else {
                Ok(all)
            }
        };
        let (four, six) = join(addresses(RecordType::A), addresses(RecordType::AAAA)).await;
        Addresses {
            four,
            six,
            from_hosts: false,
        }
    }

    /// The CAA records of a name and of every name above it, in this order (RFC 8659, section 3).
    /// All are asked for side by side: which of them decides is seen afterwards.
    pub async fn caa_upwards(&self, name: &str, until: Instant) -> Vec<CaaLevel> {
        let climb = std::iter::successors(Some(name), |name| Some(name.split_once('.')?.1));
        let asking = climb.take(MOST_LEVELS).map(async |name| CaaLevel {
            name: name.to_owned(),
            records: self.caa(name, until).await,
        });
        join_all(asking).await
    }

    /// The CAA records at exactly this name; none is an answer too.
    async fn caa(&self, name: &str, until: Instant) -> Result<Vec<Caa>, Failure> {
        let name = absolute(name).ok_or(Failure::NoSuchName)?;
        let records = match self.records(&name, RecordType::CAA, until).await {
            Err(Failure::NoSuchName | Failure::NoRecord) => Vec::new(),
            other => other?,
        };
        let caa = |record: RData| match record {
            RData::CAA(caa) => Some(Caa {
                critical: caa.issuer_critical,
                tag: caa.tag,
                value: String::from_utf8_lossy(&caa.value).into_owned(),
            }),
            _ => None,
        };
        Ok(records.into_iter().filter_map(caa).collect())
    }

    async fn records(
        &self,
        name: &Name,
        kind: RecordType,
        until: Instant,
    ) -> Result<Vec<RData>, Failure> {
        let asking = async {
            let _permit = self.permits.acquire().await;
            self.resolver.lookup(name.clone(), kind).await
        };
        match timeout_at(until.into(), asking).await {
            Err(_) => Err(Failure::TimedOut),
            Ok(Err(error)) => Err(failure(&error)),
            Ok(Ok(found)) => Ok(found
                .answers()
                .iter()
                .map(|record| record.data.clone())
                .collect()),
        }
    }
}

fn failure(error: &NetError) -> Failure {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => Failure::NoSuchName,
            ResponseCode::NoError => Failure::NoRecord,
            _ => Failure::NoAnswer,
        },
        NetError::Timeout => Failure::TimedOut,
        _ => Failure::NoAnswer,
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let at_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = vec![
        at_port(ConnectionConfig::udp()),
        at_port(ConnectionConfig::tcp()),
    ];
    NameServerConfig::new(address.ip(), true, connections)
}

/// With the dot at its end: no search list is tried.
fn absolute(name: &str) -> Option<Name> {
    Name::from_ascii(format!("{name}.")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_order() {
        let parse = |texts: &[&str]| -> Vec<IpAddr> {
            texts.iter().map(|text| text.parse().expect(text)).collect()
        };
        let addresses = Addresses {
            four: Ok(parse(&["192.0.2.1", "192.0.2.2", "192.0.2.1"])),
            six: Ok(parse(&["2001:db8::1"])),
            from_hosts: false,
        };
        assert_eq!(
            addresses.in_order(),
            parse(&["2001:db8::1", "192.0.2.1", "192.0.2.2"])
        );
        assert_eq!(addresses.failure(), None);
        let none = Addresses {
            four: Err(Failure::NoRecord),
            six: Err(Failure::TimedOut),
            from_hosts: false,
        };
        assert_eq!(
            (none.in_order(), none.failure()),
            (Vec::new(), Some(Failure::TimedOut))
        );
    }
}
