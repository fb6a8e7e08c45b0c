//! What belongs to this process and not to a client's settings: the runtime and the connections.
//! After a fork neither may be used, nor freed, by the child: the pid tells.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::runtime::Runtime;

use crate::config::Config;
use crate::status::Status;

/// Where distributions keep the bundle of public roots; the first that can be read is taken.
/// The same places as OpenSSL's `openssl version -d` on them. `SSL_CERT_FILE` is not read: the
/// environment is the host's.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
];

/// The runtime and the HTTP client of one client object in one process.
pub struct Engine {
    pid: u32,
    /// Taken out only on the way to the end.
    runtime: Option<Runtime>,
    pub http: reqwest::Client,
    /// The system's roots and the configured ones.
    pub roots: Arc<RootCertStore>,
}

impl Engine {
    fn start(config: &Config) -> Result<Engine, Status> {
        let roots = Arc::new(roots_with(&config.extra_cas));
        Ok(Engine {
            pid: std::process::id(),
            runtime: Some(start_runtime().map_err(|_| Status::SP_ERR_STATE)?),
            http: http_client(config, &roots)?,
            roots,
        })
    }

    /// Runs a future to its end on the calling thread. Several threads may do so at once:
    /// one of them drives the sockets for all.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Status> {
        match &self.runtime {
            Some(runtime) => Ok(runtime.block_on(future)),
            None => Err(Status::SP_ERR_STATE),
        }
    }

    fn is_ours(&self) -> bool {
        self.pid == std::process::id()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Waits for nobody: a name server that does not answer would hold the host up.
            runtime.shutdown_background();
        }
    }
}

/// The engine of whichever process asks for it.
///
/// No lock is waited for: one that another thread holds at the moment of a fork would never be
/// released in the child.
#[derive(Default)]
pub struct PerProcess {
    slot: ArcSwapOption<Engine>,
}

impl PerProcess {
    /// The engine of this process, made now if there is none yet.
    pub fn engine(&self, config: &Config) -> Result<Arc<Engine>, Status> {
        let current = self.slot.load_full();
        if let Some(engine) = &current
            && engine.is_ours()
        {
            return Ok(Arc::clone(engine));
        }
        let fresh = Arc::new(Engine::start(config)?);
        let before = self
            .slot
            .compare_and_swap(&current, Some(Arc::clone(&fresh)));
        match (&*before, current) {
            (Some(other), _) if other.is_ours() => Ok(Arc::clone(other)),
            (_, inherited) => {
                drop(before);
                if let Some(inherited) = inherited {
                    keep_for_ever(inherited);
                }
                Ok(fresh)
            }
        }
    }
}

impl std::fmt::Debug for PerProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PerProcess")
    }
}

impl Drop for PerProcess {
    fn drop(&mut self) {
        if let Some(engine) = self.slot.swap(None)
            && !engine.is_ours()
        {
            keep_for_ever(engine);
        }
    }
}

/// Engines inherited by fork. Their TLS states and their epoll are the parent's: closing them
/// properly would speak for the parent, so they stay until the process ends.
static INHERITED: Mutex<Vec<Arc<Engine>>> = Mutex::new(Vec::new());

fn keep_for_ever(engine: Arc<Engine>) {
    // Never waited for: a thread that the fork has left behind may hold it. The list is only
    // there to be found by leak checkers.
    match INHERITED.try_lock() {
        Ok(mut inherited) => inherited.push(engine),
        Err(_) => std::mem::forget(engine),
    }
}

fn start_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // Only the system's resolver runs on another thread, and is gone as soon as it has answered.
        .max_blocking_threads(2)
        .thread_keep_alive(Duration::from_millis(50))
        .thread_name("sp-resolver")
        // The host's signals are for the host's threads.
        .on_thread_start(|| {
            let _ = nix::sys::signal::SigSet::all().thread_block();
        })
        .build()
}

/// TLS for ServerPilot itself: verification is always on, there is no switch.
fn http_client(config: &Config, roots: &Arc<RootCertStore>) -> Result<reqwest::Client, Status> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| Status::SP_ERR_STATE)?
        .with_root_certificates(Arc::clone(roots))
        .with_no_client_auth();
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .http1_only()
        .no_proxy()
        .referer(false)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(&config.user_agent)
        .connect_timeout(config.timeouts.connect)
        // Nothing runs between two calls, so a connection that the service has closed is found
        // only when it is wanted; old ones are not worth the try.
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(8);
    if let Some(proxy) = &config.proxy {
        let proxy =
            reqwest::Proxy::all(proxy.reveal()).map_err(|_| Status::SP_ERR_INVALID_ARGUMENT)?;
        builder = builder.proxy(proxy);
    }
    builder.build().map_err(|_| Status::SP_ERR_STATE)
}

fn roots_with(extra: &[CertificateDer<'static>]) -> RootCertStore {
    // `race`: two threads may both read the bundle, which costs half a millisecond. A lock here
    // could be held by another thread when the process forks.
    static SYSTEM: OnceBox<RootCertStore> = OnceBox::new();
    let mut roots = SYSTEM.get_or_init(|| Box::new(system_roots())).clone();
    roots.add_parsable_certificates(extra.iter().cloned());
    roots
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    for bundle in BUNDLES {
        if let Ok(certificates) = CertificateDer::pem_file_iter(bundle) {
            roots.add_parsable_certificates(certificates.flatten());
        }
        if !roots.is_empty() {
            return roots;
        }
    }
    // A machine without a bundle, a bare container for example.
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}
