//! The TLS configurations of the two listeners. The API keeps sessions, so that tests can observe
//! resumption; the site does not, because every check must see its certificate.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, ServerSessionMemoryCache,
};
use rustls::sign::CertifiedKey;
use rustls::{ConfigBuilder, ServerConfig, WantsVerifier};

use crate::authority::{Issued, Variant};
use crate::clock::Clock;
use crate::service::Service;

/// The API's configuration, with a certificate of the given variant.
pub fn api_config(service: &Service, variant: Variant) -> io::Result<Arc<ServerConfig>> {
    // The last is for tests with their own name server.
    let names = ["127.0.0.1", "localhost", "api.example"].map(str::to_owned);
    let certificate = Fixed(Arc::clone(&issue(service, &names, variant)?.key));
    let mut config = builder()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificate));
    config.session_storage = ServerSessionMemoryCache::new(256);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The site's configuration: the app's certificate for the names in it, the web server's own
/// self-signed one for all others.
pub fn site_config(service: &Arc<Service>) -> io::Result<Arc<ServerConfig>> {
    let names = ["localhost".to_owned()];
    let default = issue(service, &names, Variant::SelfSigned)?;
    let mut config = builder()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByName {
            service: Arc::clone(service),
            default: Arc::clone(&default.key),
        }));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn builder() -> io::Result<ConfigBuilder<ServerConfig, WantsVerifier>> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)
}

fn issue(service: &Service, names: &[String], variant: Variant) -> io::Result<Issued> {
    let now = Clock::start().real_now();
    service
        .authority
        .issue(names, variant, now, now)
        .map_err(io::Error::other)
}

#[derive(Debug)]
struct Fixed(Arc<CertifiedKey>);

impl ResolvesServerCert for Fixed {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

struct ByName {
    service: Arc<Service>,
    default: Arc<CertifiedKey>,
}

impl std::fmt::Debug for ByName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ByName")
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let certificate = hello
            .server_name()
            .and_then(|name| self.service.certificate_for(name));
        Some(match certificate {
            Some(certificate) => Arc::clone(&certificate.key),
            None => Arc::clone(&self.default),
        })
    }
}
