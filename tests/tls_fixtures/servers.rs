//! Servers on loopback: proper TLS, TLS with a flaw, and what is no TLS at all. Each runs on
//! threads of its own until the test program ends; openssl's are ended by their process id.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};

use super::{Identity, TlsFixtures};

/// A listening server.
pub struct Server {
    pub address: SocketAddr,
    /// openssl's, where it is one of those.
    child: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs `serve` for every connection.
pub fn raw(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
    raw_at("127.0.0.1:0", serve)
}

pub fn raw_at(address: &str, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind(address).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    Server {
        address,
        child: None,
    }
}

/// Passes everything on to another server, as a reserved address does, and says nothing itself.
pub fn forwarding(address: &str, to: SocketAddr) -> Server {
    raw_at(address, move |stream| {
        let Ok(behind) = TcpStream::connect(to) else {
            return;
        };
        let (Ok(mut from), Ok(mut back)) = (stream.try_clone(), behind.try_clone()) else {
            return;
        };
        let (mut into, mut out) = (behind, stream);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut into);
            let _ = into.shutdown(Shutdown::Write);
        });
        let _ = std::io::copy(&mut back, &mut out);
        let _ = out.shutdown(Shutdown::Write);
    })
}

/// A port on which nobody listens.
pub fn nobody() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    Server {
        address: listener.local_addr().expect("an address"),
        child: None,
    }
}

/// Listens, and never takes a connection up: the kernel does, and nothing is ever read.
pub fn sleeper() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::mem::forget(listener);
    Server {
        address,
        child: None,
    }
}

pub static TLS_1_2: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];
pub static TLS_1_3: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];

#[derive(Clone, Copy)]
pub enum ClientCertificates {
    Unwanted,
    Optional,
    Required,
}

/// How a proper TLS server is set up.
pub struct TlsSettings {
    pub versions: &'static [&'static SupportedProtocolVersion],
    pub clients: ClientCertificates,
    pub address: &'static str,
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings {
            versions: rustls::ALL_VERSIONS,
            clients: ClientCertificates::Unwanted,
            address: "127.0.0.1:0",
        }
    }
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

pub fn config(
    identity: &Identity,
    setup: &TlsSettings,
    client_root: Option<&super::Ca>,
) -> Arc<ServerConfig> {
    let provider = serverpilot::crypto::provider();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(setup.versions)
        .expect("versions");
    let verifier = |root: &super::Ca| {
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).expect("a root");
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
    };
    let builder = match (setup.clients, client_root) {
        (ClientCertificates::Required, Some(root)) => {
            builder.with_client_cert_verifier(verifier(root).build().expect("a verifier"))
        }
        (ClientCertificates::Optional, Some(root)) => builder.with_client_cert_verifier(
            verifier(root)
                .allow_unauthenticated()
                .build()
                .expect("a verifier"),
        ),
        _ => builder.with_no_client_auth(),
    };
    Arc::new(builder.with_cert_resolver(Arc::new(Always(identity.certified()))))
}

/// A TLS server that answers a request with a short page.
pub fn tls(identity: &Identity) -> Server {
    tls_with(identity, TlsSettings::default(), None)
}

pub fn tls_with(
    identity: &Identity,
    setup: TlsSettings,
    client_root: Option<&super::Ca>,
) -> Server {
    let config = config(identity, &setup, client_root);
    raw_at(setup.address, move |stream| serve(&config, stream))
}

/// The handshake, one request, one answer.
pub fn serve(config: &Arc<ServerConfig>, mut stream: TcpStream) {
    let Ok(mut connection) = ServerConnection::new(Arc::clone(config)) else {
        return;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(20)));
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            // The alert is already written; let the peer read it before the socket is gone.
            let _ = stream.shutdown(Shutdown::Write);
            drain(&mut stream);
            return;
        }
    }
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    let mut request = [0; 1024];
    if matches!(tls.read(&mut request), Ok(count) if count > 0) {
        let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    tls.conn.send_close_notify();
    let _ = tls.flush();
    let _ = stream.shutdown(Shutdown::Write);
    drain(&mut stream);
}

fn drain(stream: &mut TcpStream) {
    let mut rest = [0; 4096];
    while matches!(stream.read(&mut rest), Ok(count) if count > 0) {}
}

/// Reads the ClientHello's record.
pub fn read_hello(stream: &mut TcpStream) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_ok() {
        let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        let _ = stream.read_exact(&mut body);
    }
}

/// Answers the ClientHello with these bytes and closes in good order.
pub fn answering(bytes: &'static [u8]) -> Server {
    raw(move |mut stream| {
        read_hello(&mut stream);
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        drain(&mut stream);
    })
}

/// A fatal alert in a record of this version.
pub fn alerting(description: u8) -> Server {
    raw(move |mut stream| {
        read_hello(&mut stream);
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, description]);
        let _ = stream.shutdown(Shutdown::Write);
        drain(&mut stream);
    })
}

/// Passes on so many bytes of a proper server's first flight, then does something else.
pub fn cut_off(
    identity: &Identity,
    after: usize,
    then: impl Fn(TcpStream) + Send + Sync + 'static,
) -> Server {
    let behind = tls(identity);
    raw(move |mut stream| {
        let Ok(mut proper) = TcpStream::connect(behind.address) else {
            return;
        };
        let mut hello = [0; 4096];
        let Ok(count) = stream.read(&mut hello) else {
            return;
        };
        if proper.write_all(&hello[..count]).is_err() {
            return;
        }
        let mut flight = vec![0; after];
        if proper.read_exact(&mut flight).is_ok() {
            let _ = stream.write_all(&flight);
        }
        then(stream);
    })
}

/// Ends the connection with RST: the data that came is left unread.
pub fn reset(stream: TcpStream) {
    let mut one = [0];
    let _ = stream.peek(&mut one);
    drop(stream);
}

/// Holds the connection open and says nothing more.
pub fn hang(stream: TcpStream) {
    std::thread::sleep(Duration::from_secs(120));
    drop(stream);
}

/// `openssl s_server` with legacy security, for what rustls does not serve.
pub fn openssl(fixtures: &TlsFixtures, certificate: &Path, key: &Path, options: &[&str]) -> Server {
    // s_server tells no port it has chosen, so one that was free a moment ago is given to it.
    for _ in 0..20 {
        let address = nobody().address;
        let child = Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                "-www",
                "-naccept",
                "1000",
                "-accept",
                &address.to_string(),
            ])
            .arg("-cert")
            .arg(certificate)
            .arg("-key")
            .arg(key)
            .args(options)
            .current_dir(fixtures.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the openssl command");
        let mut server = Server {
            address,
            child: Some(child),
        };
        for _ in 0..200 {
            if TcpStream::connect(address).is_ok() {
                return server;
            }
            let ended = server
                .child
                .as_mut()
                .is_some_and(|child| matches!(child.try_wait(), Ok(Some(_))));
            if ended {
                break;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }
    panic!("openssl s_server does not start with {options:?}");
}
