//! Names to addresses, and the CAA records on the way up: this library's own stub resolver, over the
//! system's name servers or the operator's. Starts no thread, keeps nothing between two calls.
//! Must not decide anything about the addresses.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::base::iana::{Class, Opcode, Rcode, Rtype};
use domain::base::record::ParsedRecord;
use domain::base::wire::ParseError;
use domain::base::{Message as DnsMessage, MessageBuilder, Name, UnknownRecordData};
use domain::rdata::{A, Aaaa, Soa};
use futures_util::future::{join, join_all};
use reqwest::dns::{Addrs, Name as HttpName, Resolve, Resolving};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::Semaphore;
use tokio::time::{timeout, timeout_at};

use crate::crypto;

#[cfg(test)]
mod tests;

/// The longest wait for one answer before the question is repeated. resolv.conf's default of 5 s
/// would be half of a check's time for one lost packet.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often each name server is asked unless resolv.conf says otherwise (resolv.conf(5)).
const ATTEMPTS: usize = 2;
/// The most names on the way up that are asked for CAA records.
const MOST_LEVELS: usize = 10;
/// The most questions that one alias after the other may cost; BIND and Unbound follow as many.
const MOST_ALIASES: usize = 11;
/// Names asked about at the same time: a resolver on a small server drops what comes in a burst.
const AT_ONCE: usize = 32;
/// The longest answer over UDP to a question without EDNS (RFC 1035, section 4.2.1), with room for
/// servers that send more than they may.
const LONGEST_DATAGRAM: usize = 4096;
const DNS_PORT: u16 = 53;

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

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Failure::NoSuchName => "its name does not exist",
            Failure::NoRecord => "its name has no address",
            Failure::NoAnswer => "the name servers gave no usable answer",
            Failure::TimedOut => "the name servers did not answer in time",
        })
    }
}

impl std::error::Error for Failure {}

type Query = DnsMessage<Vec<u8>>;
type QueryName = Name<Vec<u8>>;

/// A resolver for the length of one call. What it has read of this machine's files is not renewed.
pub struct Resolver {
    /// /etc/hosts, where this machine's own view of the network is wanted.
    hosts: Option<Hosts>,
    servers: Vec<SocketAddr>,
    /// The server that answered last: one that is silent is not waited for by every name.
    first: AtomicUsize,
    patience: Duration,
    attempts: usize,
    over_tcp: bool,
    /// Appended to names with fewer than `ndots` dots, and only for `host`.
    search: Vec<String>,
    ndots: usize,
    permits: Semaphore,
}

impl Resolver {
    /// As this machine sees the network: /etc/hosts first, then its name servers.
    pub fn of_this_machine(servers: &[SocketAddr]) -> Resolver {
        let mut resolver = Resolver::of_the_network(servers);
        if servers.is_empty() {
            resolver.hosts = Some(Hosts::read());
        }
        resolver
    }

    /// As everybody else sees it: only name servers.
    pub fn of_the_network(servers: &[SocketAddr]) -> Resolver {
        let mut resolver = Resolver {
            hosts: None,
            servers: servers.to_vec(),
            first: AtomicUsize::new(0),
            patience: PATIENCE,
            attempts: ATTEMPTS,
            over_tcp: false,
            search: Vec::new(),
            ndots: 1,
            permits: Semaphore::new(AT_ONCE),
        };
        if servers.is_empty() {
            resolver.read_resolv_conf(&std::fs::read("/etc/resolv.conf").unwrap_or_default());
        }
        resolver
    }

    /// What cannot be read in it is passed over, line by line, as the C library does.
    fn read_resolv_conf(&mut self, text: &[u8]) {
        let (config, _) = resolv_conf::Config::parse_with_errors(text);
        self.servers = config.nameservers.iter().map(name_server).collect();
        if self.servers.is_empty() {
            // No file, or no server in it: a server on this machine is asked (resolv.conf(5)).
            self.servers = vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), DNS_PORT)];
        }
        let seconds = Duration::from_secs(config.timeout.into());
        self.patience = seconds.clamp(Duration::from_secs(1), PATIENCE);
        self.attempts = usize::try_from(config.attempts).map_or(3, |attempts| attempts.clamp(1, 3));
        self.over_tcp = config.use_vc;
        self.search = config
            .get_last_search_or_domain()
            .filter(|domain| *domain != ".")
            .cloned()
            .collect();
        self.ndots = usize::try_from(config.ndots).map_or(15, |dots| dots.min(15));
    }

    /// The addresses of a domain name, looked up once; no search list is tried.
    pub async fn addresses(&self, name: &str, until: Instant) -> Addresses {
        if let Some(found) = self.hosts.as_ref().and_then(|hosts| hosts.addresses(name)) {
            return found;
        }
        let addresses = async |kind| {
            let records = self.records(name, kind, until).await?;
            let address = |record| match record {
                Record::Address(address) => Some(address),
                Record::Caa(_) => None,
            };
            Ok(records.into_iter().filter_map(address).collect())
        };
        let (four, six) = join(addresses(Rtype::A), addresses(Rtype::AAAA)).await;
        Addresses {
            four,
            six,
            from_hosts: false,
        }
    }

    /// The addresses of a host of the operator's own, a proxy for example: here resolv.conf's search
    /// list counts (resolv.conf(5), "search" and "ndots").
    async fn host(&self, name: &str, until: Instant) -> Addresses {
        let mut told = None;
        for name in &self.searched(name) {
            let found = self.addresses(name, until).await;
            match found.failure() {
                Some(Failure::NoSuchName | Failure::NoRecord) => {
                    // One name that exists says more than many that do not.
                    if told.is_none() || found.failure() == Some(Failure::NoRecord) {
                        told = Some(found);
                    }
                }
                _ => return found,
            }
        }
        told.unwrap_or_else(|| Addresses::none(Failure::NoSuchName))
    }

    /// The names that one may be short for, in the order in which they are looked up.
    fn searched(&self, name: &str) -> Vec<String> {
        if name.ends_with('.') {
            return vec![name.to_owned()];
        }
        let longer = self.search.iter().map(|domain| format!("{name}.{domain}"));
        let mut names: Vec<String> = longer.collect();
        let enough_dots = name.matches('.').count() >= self.ndots;
        names.insert(if enough_dots { 0 } else { names.len() }, name.to_owned());
        names
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
        let records = match self.records(name, Rtype::CAA, until).await {
            Err(Failure::NoSuchName | Failure::NoRecord) => Vec::new(),
            other => other?,
        };
        let caa = |record| match record {
            Record::Caa(caa) => Some(caa),
            Record::Address(_) => None,
        };
        Ok(records.into_iter().filter_map(caa).collect())
    }

    /// The records of one kind at a name, aliases followed; never an empty list.
    async fn records(
        &self,
        name: &str,
        kind: Rtype,
        until: Instant,
    ) -> Result<Vec<Record>, Failure> {
        // Absolute, whether or not it ends with a dot.
        let mut name = QueryName::vec_from_str(name).map_err(|_| Failure::NoSuchName)?;
        let asking = async {
            let _permit = self.permits.acquire().await;
            for _ in 0..MOST_ALIASES {
                match self.ask_servers(&name, kind).await? {
                    Found::Records(records) => return Ok(records),
                    Found::Nothing(failure) => return Err(failure),
                    Found::Alias(target) => name = target,
                }
            }
            Err(Failure::NoAnswer)
        };
        timeout_at(until.into(), asking)
            .await
            .unwrap_or(Err(Failure::TimedOut))
    }

    /// Asks one server after the other until one gives an answer. A server that is silent is asked
    /// again, one that answers unusably is not.
    async fn ask_servers(&self, name: &QueryName, kind: Rtype) -> Result<Found, Failure> {
        let mut failure = Failure::TimedOut;
        let count = self.servers.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut left: Vec<usize> = (first..first + count).map(|at| at % count).collect();
        for _ in 0..self.attempts {
            let mut silent = Vec::new();
            for at in left {
                let query = query(name, kind).ok_or(Failure::NoAnswer)?;
                match self.ask(self.servers[at], &query).await {
                    Reply::Found(found) => {
                        self.first.store(at, Ordering::Relaxed);
                        return Ok(found);
                    }
                    Reply::Silence => silent.push(at),
                    Reply::Foreign | Reply::Truncated | Reply::Unusable => {
                        failure = Failure::NoAnswer;
                    }
                }
            }
            left = silent;
        }
        Err(failure)
    }

    /// One question to one server, over TCP where the answer does not fit into a datagram.
    async fn ask(&self, server: SocketAddr, query: &Query) -> Reply {
        if !self.over_tcp {
            let reply = timeout(self.patience, ask_udp(server, query)).await;
            match reply {
                Ok(Ok(Reply::Truncated)) => {}
                Ok(Ok(reply)) => return reply,
                // Nobody listens there, for example.
                Ok(Err(_)) => return Reply::Unusable,
                Err(_) => return Reply::Silence,
            }
        }
        match timeout(self.patience, ask_tcp(server, query)).await {
            Ok(Ok(answer)) => understand(&answer, query),
            Ok(Err(_)) => Reply::Unusable,
            Err(_) => Reply::Silence,
        }
    }
}

/// For the HTTP library: where ServerPilot is, or the proxy, as this machine sees it at that moment.
/// The files are read anew for each connection, so that a long-lived process sees their changes.
pub struct ForHttp {
    /// For how long a look-up may go on.
    pub limit: Duration,
}

impl Resolve for ForHttp {
    fn resolve(&self, name: HttpName) -> Resolving {
        let until = Instant::now() + self.limit;
        Box::pin(async move {
            let resolver = Resolver::of_this_machine(&[]);
            let found = resolver.host(name.as_str(), until).await;
            match found.failure() {
                // The HTTP library puts its own port in.
                None => {
                    let all = found.in_order().into_iter();
                    Ok(Box::new(all.map(|address| SocketAddr::new(address, 0))) as Addrs)
                }
                Some(Failure::TimedOut) => {
                    Err(std::io::Error::new(ErrorKind::TimedOut, Failure::TimedOut).into())
                }
                Some(failure) => Err(std::io::Error::other(failure).into()),
            }
        })
    }
}

/// /etc/hosts (hosts(5)), by names in lower case.
#[derive(Default)]
struct Hosts(HashMap<String, Vec<IpAddr>>);

impl Hosts {
    fn read() -> Hosts {
        Hosts::parse(&std::fs::read("/etc/hosts").unwrap_or_default())
    }

    fn parse(text: &[u8]) -> Hosts {
        let mut all: HashMap<String, Vec<IpAddr>> = HashMap::new();
        for line in String::from_utf8_lossy(text).lines() {
            let mut words = line
                .split('#')
                .next()
                .unwrap_or_default()
                .split_whitespace();
            // An address with a zone is of one link, and no name server would give it either.
            let Some(address) = words.next().and_then(|word| word.parse().ok()) else {
                continue;
            };
            for name in words {
                let addresses = all.entry(spelling(name)).or_default();
                if !addresses.contains(&address) {
                    addresses.push(address);
                }
            }
        }
        Hosts(all)
    }

    /// One line speaks for both kinds of address, as with the C library. `localhost` is this machine
    /// also where no line says so (RFC 6761, section 6.3).
    fn addresses(&self, name: &str) -> Option<Addresses> {
        let name = spelling(name);
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let found = match self.0.get(&name) {
            Some(addresses) => addresses.as_slice(),
            None if name == "localhost" || name.ends_with(".localhost") => &loopback,
            None => return None,
        };
        let of_kind = |four: bool| {
            let wanted = found.iter().copied();
            let all: Vec<IpAddr> = wanted.filter(|found| found.is_ipv4() == four).collect();
            if all.is_empty() {
                Err(Failure::NoRecord)
            } else {
                Ok(all)
            }
        };
        Some(Addresses {
            four: of_kind(true),
            six: of_kind(false),
            from_hosts: true,
        })
    }
}

fn spelling(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn name_server(address: &resolv_conf::ScopedIp) -> SocketAddr {
    match address {
        resolv_conf::ScopedIp::V4(four) => SocketAddr::new((*four).into(), DNS_PORT),
        resolv_conf::ScopedIp::V6(six, zone) => {
            // By number, or by the interface's name.
            let index = |zone: &String| {
                let file = format!("/sys/class/net/{zone}/ifindex");
                let number = std::fs::read_to_string(file).unwrap_or_else(|_| zone.clone());
                number.trim().parse().ok()
            };
            let scope = zone.as_ref().and_then(index).unwrap_or(0);
            SocketAddrV6::new(*six, DNS_PORT, 0, scope).into()
        }
    }
}

/// A question with a number that nobody can guess; None where the system gives none.
fn query(name: &QueryName, kind: Rtype) -> Option<Query> {
    let id = crypto::random().ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(u16::from_ne_bytes(id));
    message.header_mut().set_rd(true);
    let mut question = message.question();
    question.push((name, kind)).ok()?;
    Some(question.into_message())
}

/// From a new port, which the system chooses at random, and heard only from the server asked.
async fn ask_udp(server: SocketAddr, query: &Query) -> std::io::Result<Reply> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    socket.connect(server).await?;
    socket.send(query.as_slice()).await?;
    let mut answer = vec![0; LONGEST_DATAGRAM];
    loop {
        let length = socket.recv(&mut answer).await?;
        match understand(&answer[..length], query) {
            Reply::Foreign => {}
            reply => return Ok(reply),
        }
    }
}

/// The answer, at most 64 KiB (RFC 1035, section 4.2.2).
async fn ask_tcp(server: SocketAddr, query: &Query) -> std::io::Result<Vec<u8>> {
    let question = query.as_slice();
    let length = u16::try_from(question.len()).map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect(server).await?;
    let whole = [&length.to_be_bytes()[..], question].concat();
    stream.write_all(&whole).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// What a record says, of the kinds that are asked for.
#[derive(Debug, PartialEq)]
enum Record {
    Address(IpAddr),
    Caa(Caa),
}

/// What a server says to a question.
#[derive(Debug, PartialEq)]
enum Reply {
    /// No answer to this question: forged, late or garbled. The right one may still come.
    Foreign,
    Truncated,
    /// A refusal, a failure of the server's, or an answer that breaks the format.
    Unusable,
    Silence,
    Found(Found),
}

#[derive(Debug, PartialEq)]
enum Found {
    Records(Vec<Record>),
    /// Another name, and nothing about it: it has to be asked for.
    Alias(QueryName),
    Nothing(Failure),
}

/// Reads an answer. Pure.
fn understand(bytes: &[u8], query: &Query) -> Reply {
    let Ok(answer) = DnsMessage::from_slice(bytes) else {
        return Reply::Foreign;
    };
    let (Ok(asked), Ok(repeated)) = (query.sole_question(), answer.sole_question()) else {
        return Reply::Foreign;
    };
    let header = answer.header();
    let ours = header.qr() && header.id() == query.header().id() && asked == repeated;
    if !ours || header.opcode() != Opcode::QUERY {
        return Reply::Foreign;
    }
    if header.tc() {
        return Reply::Truncated;
    }
    let found = match header.rcode() {
        // Of the last name, where there are aliases (RFC 6604, section 3).
        Rcode::NXDOMAIN => Some(Found::Nothing(Failure::NoSuchName)),
        Rcode::NOERROR => found(answer, asked.qtype()).unwrap_or(None),
        _ => None,
    };
    found.map_or(Reply::Unusable, Reply::Found)
}

/// What an answer without an error has of the wanted kind; None if it is no answer to anything.
fn found(answer: &DnsMessage<[u8]>, kind: Rtype) -> Result<Option<Found>, ParseError> {
    // None for a circle of aliases.
    let Some(name) = answer.canonical_name() else {
        return Ok(None);
    };
    let mut records = Vec::new();
    for record in answer.answer()? {
        let record = record?;
        let wanted = record.rtype() == kind && record.class() == Class::IN;
        if wanted && record.owner() == name {
            records.extend(Record::read(&record)?);
        }
    }
    if !records.is_empty() {
        return Ok(Some(Found::Records(records)));
    }
    // An SOA record says that there is no more to be had (RFC 2308, section 2.2).
    let mut authority = answer.authority()?.limit_to_in::<Soa<_>>();
    let final_answer = authority.next().transpose()?.is_some();
    if !final_answer && answer.sole_question()?.qname() != &name {
        let target = QueryName::vec_from_str(&name.to_string());
        return Ok(target.ok().map(Found::Alias));
    }
    // A server that neither knows the name nor asks others: a referral, which says nothing.
    let lame = !final_answer && !answer.header().ra() && !answer.header().aa();
    Ok((!lame).then_some(Found::Nothing(Failure::NoRecord)))
}

impl Addresses {
    fn none(failure: Failure) -> Addresses {
        Addresses {
            four: Err(failure),
            six: Err(failure),
            from_hosts: false,
        }
    }
}

impl Record {
    /// None for a kind that is not asked for.
    fn read(record: &ParsedRecord<'_, [u8]>) -> Result<Option<Record>, ParseError> {
        if let Some(four) = record.to_record::<A>()? {
            return Ok(Some(Record::Address(four.data().addr().into())));
        }
        if let Some(six) = record.to_record::<Aaaa>()? {
            return Ok(Some(Record::Address(six.data().addr().into())));
        }
        if record.rtype() != Rtype::CAA {
            return Ok(None);
        }
        let data = record.to_record::<UnknownRecordData<&[u8]>>()?;
        let caa = data.and_then(|caa| Caa::read(caa.data().data()));
        caa.map(|caa| Some(Record::Caa(caa)))
            .ok_or(ParseError::ShortInput)
    }
}

impl Caa {
    /// RFC 8659, section 4.1: flags, the length of the tag, the tag, and the rest is the value.
    fn read(data: &[u8]) -> Option<Caa> {
        let (&[flags, length], rest) = data.split_first_chunk()?;
        let (tag, value) = rest.split_at_checked(length.into())?;
        Some(Caa {
            critical: flags & 0x80 != 0,
            tag: String::from_utf8_lossy(tag).into_owned(),
            value: String::from_utf8_lossy(value).into_owned(),
        })
    }
}
