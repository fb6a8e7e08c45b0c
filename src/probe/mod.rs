//! One TLS probe of one address: connect, shake hands, keep the certificates that were presented.
//! Verifies the handshake's signatures and leaves every judgement to [`verdict`]; which addresses may
//! be connected to is for [`address`] to say. Must not send more than a browser would, nor keep
//! anything of what the peer says but its certificates.

pub mod address;
pub mod verdict;
pub mod x509;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, ProtocolVersion, SignatureScheme,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::domain::Domain;
use verdict::Ending;

/// The most certificates of one chain that are kept.
const MOST_CERTIFICATES: usize = 32;
/// How long to wait for a server that asked for a client certificate to say whether it goes on
/// without one.
const LONGEST_WAIT_FOR_ALERT: Duration = Duration::from_secs(2);

/// What was observed at one address.
#[derive(Debug)]
pub struct Observation {
    /// How long it took to connect; None where it did not come to that.
    pub connect: Option<Duration>,
    /// How long the handshake took; None where it was not completed.
    pub handshake: Option<Duration>,
    /// "TLSv1.2" or "TLSv1.3"; None without a completed handshake.
    pub tls_version: Option<&'static str>,
    /// As it was sent, trusted or not.
    pub chain: Vec<CertificateDer<'static>>,
    /// How it ended.
    pub ending: Ending,
}

/// Probes one address, after the caller has asked the address policy about it. Over at `until`.
pub async fn probe(
    address: SocketAddr,
    host: &Domain,
    provider: &Arc<CryptoProvider>,
    connect_limit: Duration,
    until: Instant,
) -> Observation {
    let mut observed = Observation {
        connect: None,
        handshake: None,
        tls_version: None,
        chain: Vec::new(),
        ending: Ending::ConnectTimedOut,
    };
    let started = Instant::now();
    let connected = timeout_at(
        until.min(started + connect_limit).into(),
        TcpStream::connect(address),
    )
    .await;
    let stream = match connected {
        Err(_) => return observed,
        Ok(Err(error)) => {
            observed.ending = not_connected(error.kind());
            return observed;
        }
        Ok(Ok(stream)) => stream,
    };
    observed.connect = Some(started.elapsed());

    let verifier = Arc::new(RecordingVerifier {
        provider: Arc::clone(provider),
        chain: OnceLock::new(),
    });
    let client = Arc::new(NoClientCertificate(AtomicBool::new(false)));
    let started = Instant::now();
    let ended = match settings(&verifier, &client, host) {
        None => Some(Ending::NotTls),
        Some((config, name)) => {
            let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
            match timeout_at(until.into(), connecting).await {
                Err(_) => Some(Ending::HandshakeTimedOut),
                Ok(Err(error)) => Some(handshake_failed(
                    &error,
                    verifier.was_presented(),
                    client.was_asked_for(),
                )),
                Ok(Ok(stream)) => {
                    observed.handshake = Some(started.elapsed());
                    let version = stream.get_ref().1.protocol_version();
                    observed.tls_version = version.and_then(version_name);
                    let open = version == Some(ProtocolVersion::TLSv1_3) && client.was_asked_for();
                    match open && insists(stream, host, until).await {
                        true => Some(Ending::ClientCertificate),
                        false => None,
                    }
                }
            }
        }
    };
    observed.chain = verifier.chain.get().cloned().unwrap_or_default();
    observed.ending = ended.unwrap_or(Ending::Completed);
    observed
}

/// A configuration for one handshake. Each has its own verifier, and no session is resumed: a
/// resumed one would present no certificate.
fn settings(
    verifier: &Arc<RecordingVerifier>,
    client: &Arc<NoClientCertificate>,
    host: &Domain,
) -> Option<(ClientConfig, ServerName<'static>)> {
    let name = ServerName::try_from(host.as_str().to_owned()).ok()?;
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::clone(client) as Arc<dyn ResolvesClientCert>);
    config.resumption = Resumption::disabled();
    Some((config, name))
}

/// In TLS 1.3 the server's refusal comes after the client believes the handshake to be over, so a
/// browser finds out with its first request. Only an alert counts: a server that closes without
/// one has refused nothing.
async fn insists(mut stream: TlsStream<TcpStream>, host: &Domain, until: Instant) -> bool {
    let limit = until.min(Instant::now() + LONGEST_WAIT_FOR_ALERT);
    let asking = async {
        let request = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        // Whether it can still be written says nothing; what is read does.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.flush().await;
        let mut one = [0];
        match stream.read(&mut one).await {
            Ok(_) => false,
            Err(error) => matches!(tls_error(&error), Some(rustls::Error::AlertReceived(_))),
        }
    };
    timeout_at(limit.into(), asking).await.unwrap_or(false)
}

fn version_name(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        _ => None,
    }
}

fn not_connected(kind: ErrorKind) -> Ending {
    match kind {
        ErrorKind::ConnectionRefused => Ending::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Ending::Closed,
        ErrorKind::TimedOut => Ending::ConnectTimedOut,
        _ => Ending::Unreachable,
    }
}

fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref::<rustls::Error>()
}

/// How a handshake that failed has ended.
fn handshake_failed(
    error: &std::io::Error,
    certificate_presented: bool,
    client_asked: bool,
) -> Ending {
    use rustls::Error as E;
    let Some(tls) = tls_error(error) else {
        return match error.kind() {
            ErrorKind::TimedOut => Ending::HandshakeTimedOut,
            // rustls reads nothing that is no TLS without saying so itself.
            ErrorKind::InvalidData => Ending::NotTls,
            _ => Ending::Closed,
        };
    };
    match tls {
        E::AlertReceived(alert) => match alert {
            AlertDescription::UnrecognisedName => Ending::NameRefused,
            AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
                Ending::OldProtocol
            }
            AlertDescription::CertificateRequired => Ending::ClientCertificate,
            _ if client_asked => Ending::ClientCertificate,
            // Nothing in common: what rustls does not speak is TLS 1.1 and older and the ciphers
            // that browsers have dropped or are dropping.
            AlertDescription::HandshakeFailure if !certificate_presented => Ending::OldProtocol,
            _ => Ending::Closed,
        },
        E::PeerIncompatible(_) => Ending::OldProtocol,
        E::InvalidMessage(rustls::InvalidMessage::UnknownProtocolVersion) => Ending::OldProtocol,
        E::InvalidCertificate(_) | E::NoCertificatesPresented | E::UnsupportedNameType => {
            Ending::Unproven
        }
        _ if certificate_presented => Ending::Unproven,
        _ => Ending::NotTls,
    }
}

/// Records the chain and lets the handshake go on, whatever the chain is. That the peer has the key
/// of the certificate it presents is checked as in any handshake.
#[derive(Debug)]
struct RecordingVerifier {
    provider: Arc<CryptoProvider>,
    chain: OnceLock<Vec<CertificateDer<'static>>>,
}

impl RecordingVerifier {
    fn was_presented(&self) -> bool {
        self.chain.get().is_some()
    }
}

impl ServerCertVerifier for RecordingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.chain.get_or_init(|| {
            std::iter::once(end_entity)
                .chain(intermediates)
                .take(MOST_CERTIFICATES)
                .map(|certificate| certificate.clone().into_owned())
                .collect()
        });
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        crate::crypto::schemes_for_a_probe(&self.provider)
    }
}

/// Has no client certificate, and remembers whether one was asked for.
#[derive(Debug)]
struct NoClientCertificate(AtomicBool);

impl NoClientCertificate {
    fn was_asked_for(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for NoClientCertificate {
    fn resolve(
        &self,
        _: &[&[u8]],
        _: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.0.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
