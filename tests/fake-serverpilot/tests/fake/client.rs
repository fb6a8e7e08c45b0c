//! A low-level client: blocking TLS, one answer at a time. Must not interpret anything that a test
//! may want to check.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fake_serverpilot::{FakeServerPilot, Options};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

pub const APP: &str = "/v1/apps/DemoApp0001";
pub const SSL: &str = "/v1/apps/DemoApp0001/ssl";

pub fn start() -> FakeServerPilot {
    FakeServerPilot::start(Options::default()).unwrap()
}

pub type Stream = StreamOwned<ClientConnection, TcpStream>;

/// One answer as it arrived.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn domains(&self) -> Vec<String> {
        let mut list: Vec<String> =
            serde_json::from_value(self.json()["data"]["domains"].clone()).unwrap();
        list.sort();
        list
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

pub fn tls_config(ca_file: &Path) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(ca_file).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Arc::new(
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth(),
    )
}

/// Connects and finishes the handshake.
pub fn connect(address: &str, name: &str, config: &Arc<ClientConfig>) -> io::Result<Stream> {
    let mut tcp = TcpStream::connect(address)?;
    tcp.set_read_timeout(Some(Duration::from_secs(5)))?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut tls = ClientConnection::new(Arc::clone(config), name).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut tcp)?;
    }
    Ok(StreamOwned::new(tls, tcp))
}

pub fn to_api(fake: &FakeServerPilot) -> io::Result<Stream> {
    let config = tls_config(fake.ca_file());
    connect(fake.api_address(), "127.0.0.1", &config)
}

pub fn send(stream: &mut Stream, method: &str, path: &str, body: &str) -> io::Result<()> {
    let credentials = STANDARD.encode("cid_DemoClient0001:demo-api-key-SENTINEL-0001");
    send_as(stream, &credentials, method, path, body)
}

pub fn send_as(
    stream: &mut Stream,
    credentials: &str,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<()> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    stream.flush()
}

/// Reads one answer with a Content-Length.
pub fn receive(stream: &mut (impl Read + ?Sized)) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(Answer {
        status: head[9..12].parse().unwrap(),
        head,
        body,
    })
}

/// One request and its answer on a separate connection.
pub fn call(fake: &FakeServerPilot, method: &str, path: &str, body: &str) -> io::Result<Answer> {
    let mut stream = to_api(fake)?;
    send(&mut stream, method, path, body)?;
    receive(&mut stream)
}

pub fn get(fake: &FakeServerPilot, path: &str) -> Answer {
    call(fake, "GET", path, "").unwrap()
}

pub fn post(fake: &FakeServerPilot, path: &str, body: &str) -> Answer {
    call(fake, "POST", path, body).unwrap()
}

/// Everything received until the connection ends, and how it ended.
pub fn drain(stream: &mut Stream) -> (Vec<u8>, io::Result<()>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return (bytes, Ok(())),
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => return (bytes, Err(error)),
        }
    }
}
