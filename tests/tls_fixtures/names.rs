//! A name server on loopback (UDP and TCP) for A, AAAA, CAA and CNAME: answers what it is told, or
//! SERVFAIL, or nothing, or what a forger would. Also counts, so that a test can see what was asked.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};

pub const A: u16 = 1;
const CNAME: u16 = 5;
pub const AAAA: u16 = 28;
const CAA: u16 = 257;

#[derive(Clone)]
enum Answer {
    Records(Vec<(u16, Vec<u8>)>),
    ServFail,
    Silence,
}

/// What is wrong with the answers about a name, beside what it holds.
#[derive(Clone, Copy, PartialEq)]
enum Oddity {
    /// Over UDP nothing but the bit that says so.
    Truncated,
    /// Answers of somebody who guesses come first.
    Forged,
    /// An alias comes alone, without what is known of its target.
    BareAlias,
}

/// What shows how a question was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Envelope {
    pub id: u16,
    pub port: u16,
    pub over_tcp: bool,
}

#[derive(Default)]
struct Zone {
    names: HashMap<String, Answer>,
    /// What is said to questions of one kind, whatever else is said of the name.
    of_kind: HashMap<(String, u16), Answer>,
    oddities: HashMap<String, Oddity>,
    asked: Vec<(String, u16)>,
    envelopes: Vec<Envelope>,
}

/// A name server with a zone that can be changed while it runs.
pub struct NameServer {
    pub address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
}

impl NameServer {
    pub fn start() -> NameServer {
        NameServer::start_at("127.0.0.1:0")
    }

    pub fn start_at(address: &str) -> NameServer {
        let (socket, listener) = ports(address);
        let address = socket.local_addr().expect("an address");
        let zone = Arc::new(Mutex::new(Zone::default()));
        let theirs = Arc::clone(&zone);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer_tcp(stream, &theirs);
            }
        });
        let theirs = Arc::clone(&zone);
        std::thread::spawn(move || {
            let mut query = [0; 4096];
            while let Ok((count, from)) = socket.recv_from(&mut query) {
                for answer in answers(&query[..count], &theirs, from.port(), false) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        });
        NameServer { address, zone }
    }

    /// A and AAAA records.
    pub fn host(&self, name: &str, addresses: &[&str]) -> &NameServer {
        for address in addresses {
            match address.parse().expect("an address") {
                IpAddr::V4(four) => self.record(name, A, four.octets().to_vec()),
                IpAddr::V6(six) => self.record(name, AAAA, six.octets().to_vec()),
            }
        }
        self
    }

    pub fn caa(&self, name: &str, flags: u8, tag: &str, value: &str) -> &NameServer {
        let mut data = vec![flags, u8::try_from(tag.len()).expect("short")];
        data.extend(tag.bytes());
        data.extend(value.bytes());
        self.record(name, CAA, data);
        self
    }

    pub fn alias(&self, name: &str, target: &str) -> &NameServer {
        self.record(name, CNAME, encoded(target));
        self
    }

    /// The name exists and has no records.
    pub fn empty(&self, name: &str) -> &NameServer {
        self.put(name, Answer::Records(Vec::new()))
    }

    pub fn broken(&self, name: &str) -> &NameServer {
        self.put(name, Answer::ServFail)
    }

    pub fn silent(&self, name: &str) -> &NameServer {
        self.put(name, Answer::Silence)
    }

    /// Gives no answer to one kind of question about the name.
    pub fn silent_about(&self, name: &str, kind: u16) -> &NameServer {
        self.put_of_kind(name, kind, Answer::Silence)
    }

    /// Gives no usable answer to one kind of question about the name.
    pub fn broken_about(&self, name: &str, kind: u16) -> &NameServer {
        self.put_of_kind(name, kind, Answer::ServFail)
    }

    pub fn truncated(&self, name: &str) -> &NameServer {
        self.oddity(name, Oddity::Truncated)
    }

    pub fn forged(&self, name: &str) -> &NameServer {
        self.oddity(name, Oddity::Forged)
    }

    pub fn bare_alias(&self, name: &str, target: &str) -> &NameServer {
        self.alias(name, target).oddity(name, Oddity::BareAlias)
    }

    /// How the questions came.
    pub fn envelopes(&self) -> Vec<Envelope> {
        self.zone.lock().expect("the zone").envelopes.clone()
    }

    fn oddity(&self, name: &str, oddity: Oddity) -> &NameServer {
        let mut zone = self.zone.lock().expect("the zone");
        zone.oddities.insert(name.to_owned(), oddity);
        self
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<(String, u16)> {
        self.zone.lock().expect("the zone").asked.clone()
    }

    fn put(&self, name: &str, answer: Answer) -> &NameServer {
        self.zone
            .lock()
            .expect("the zone")
            .names
            .insert(name.to_owned(), answer);
        self
    }

    fn put_of_kind(&self, name: &str, kind: u16, answer: Answer) -> &NameServer {
        let mut zone = self.zone.lock().expect("the zone");
        zone.of_kind.insert((name.to_owned(), kind), answer);
        drop(zone);
        self
    }

    fn record(&self, name: &str, kind: u16, data: Vec<u8>) {
        let mut zone = self.zone.lock().expect("the zone");
        let answer = zone
            .names
            .entry(name.to_owned())
            .or_insert(Answer::Records(Vec::new()));
        if let Answer::Records(records) = answer {
            records.push((kind, data));
        }
    }
}

/// The same port for both ways.
fn ports(address: &str) -> (UdpSocket, TcpListener) {
    for _ in 0..100 {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener.local_addr().expect("an address");
        if let Ok(socket) = UdpSocket::bind(address) {
            return (socket, listener);
        }
    }
    panic!("no port is free for UDP and TCP");
}

fn answer_tcp(mut stream: TcpStream, zone: &Mutex<Zone>) {
    let mut length = [0; 2];
    if stream.read_exact(&mut length).is_err() {
        return;
    }
    let mut query = vec![0; u16::from_be_bytes(length).into()];
    let port = stream.peer_addr().map_or(0, |peer| peer.port());
    if stream.read_exact(&mut query).is_ok() {
        for answer in answers(&query, zone, port, true) {
            let length = u16::try_from(answer.len()).expect("at most 64 KiB");
            let whole = [&length.to_be_bytes()[..], &answer].concat();
            let _ = stream.write_all(&whole);
        }
    }
}

fn answers(query: &[u8], zone: &Mutex<Zone>, port: u16, over_tcp: bool) -> Vec<Vec<u8>> {
    let Some(id) = query.first_chunk() else {
        return Vec::new();
    };
    let oddity = decoded(query, 12).and_then(|(name, _)| {
        let mut zone = zone.lock().expect("the zone");
        let id = u16::from_be_bytes(*id);
        zone.envelopes.push(Envelope { id, port, over_tcp });
        zone.oddities.get(&name).copied()
    });
    let Some(mut right) = answer(query, zone, oddity) else {
        return Vec::new();
    };
    match oddity {
        Some(Oddity::Truncated) if !over_tcp => {
            right[2] |= 2;
            right.truncate(12);
            right[6..8].fill(0);
            right.extend(&query[12..]);
            vec![right]
        }
        Some(Oddity::Forged) => forged(&right),
        _ => vec![right],
    }
}

/// Answers with 192.0.2.66 to another number, to another question, and one that is none; then the right one.
fn forged(right: &[u8]) -> Vec<Vec<u8>> {
    let mut evil = right.to_vec();
    if let Some(address) = evil.last_chunk_mut() {
        *address = [192, 0, 2, 66];
    }
    let (mut number, mut question, mut query) = (evil.clone(), evil.clone(), evil);
    number[1] ^= 1;
    question[13] ^= 1;
    query[2] &= 0x7f;
    vec![number, question, query, vec![0; 5], right.to_vec()]
}

fn answer(query: &[u8], zone: &Mutex<Zone>, oddity: Option<Oddity>) -> Option<Vec<u8>> {
    let (name, end) = decoded(query, 12)?;
    let kind = u16::from_be_bytes([*query.get(end)?, *query.get(end + 1)?]);
    let question = query.get(12..end + 4)?;
    let mut zone = zone.lock().ok()?;
    zone.asked.push((name.clone(), kind));
    let (code, mut records) = resolve(&zone, &name, kind)?;
    if oddity == Some(Oddity::BareAlias) {
        records.truncate(1);
    }
    let mut answer = query.get(..2)?.to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1]);
    answer.extend(u16::try_from(records.len()).ok()?.to_be_bytes());
    answer.extend([0, 0, 0, 0]);
    answer.extend(question);
    for (owner, kind, data) in records {
        answer.extend(encoded(&owner));
        answer.extend(kind.to_be_bytes());
        answer.extend([0, 1, 0, 0, 0, 60]);
        answer.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

type Record = (String, u16, Vec<u8>);

/// The answer code and the records, an alias followed once; None for silence.
fn resolve(zone: &Zone, name: &str, kind: u16) -> Option<(u8, Vec<Record>)> {
    let special = zone.of_kind.get(&(name.to_owned(), kind));
    match special.or_else(|| zone.names.get(name)) {
        // A name above one that exists is not there and yet no NXDOMAIN (RFC 8020).
        None if zone
            .names
            .keys()
            .any(|other| other.ends_with(&format!(".{name}"))) =>
        {
            Some((0, Vec::new()))
        }
        None => Some((3, Vec::new())),
        Some(Answer::Silence) => None,
        Some(Answer::ServFail) => Some((2, Vec::new())),
        Some(Answer::Records(records)) => {
            let alias = records.iter().find(|(found, _)| *found == CNAME);
            if let Some((_, target)) = alias.filter(|_| kind != CNAME) {
                let (target_name, _) = decoded(target, 0)?;
                let (code, mut more) = resolve(zone, &target_name, kind)?;
                more.insert(0, (name.to_owned(), CNAME, target.clone()));
                return Some((code, more));
            }
            let wanted = records.iter().filter(|(found, _)| *found == kind);
            Some((
                0,
                wanted
                    .map(|(found, data)| (name.to_owned(), *found, data.clone()))
                    .collect(),
            ))
        }
    }
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).expect("a short label"));
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes
}

/// A name without compression and where it ends.
fn decoded(bytes: &[u8], mut at: usize) -> Option<(String, usize)> {
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8_lossy(bytes.get(at..at + length)?).to_ascii_lowercase());
        at += length;
    }
}
