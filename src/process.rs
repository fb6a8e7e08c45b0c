//! What belongs to this process and not to a client's settings: the runtime and the connections.
//! After a fork neither may be used, nor freed, by the child: the pid tells.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::runtime::Runtime;

use crate::config::Config;
use crate::crypto;
use crate::dns::ForHttp;
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
    /// A panic went through the runtime. It may have taken the part along that drives the sockets
    /// and the timers, and whoever waited for those then would wait for ever, beyond every deadline.
    broken: AtomicBool,
}

impl Engine {
    fn start(config: &Config) -> Result<Engine, Status> {
        let roots = Arc::new(roots_with(&config.extra_cas));
        Ok(Engine {
            pid: std::process::id(),
            runtime: Some(start_runtime().map_err(|_| Status::SP_ERR_STATE)?),
            http: http_client(config, &roots)?,
            roots,
            broken: AtomicBool::new(false),
        })
    }

    /// Runs a future to its end on the calling thread. Several threads may do so at once:
    /// one of them drives the sockets for all.
    pub fn run<T>(&self, future: impl Future<Output = T>) -> Result<T, Status> {
        let Some(runtime) = &self.runtime else {
            return Err(Status::SP_ERR_STATE);
        };
        // AssertUnwindSafe: nobody begins a call with a broken engine.
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(future))).or_else(|payload| {
            self.broken.store(true, Ordering::Relaxed);
            resume_unwind(payload)
        })
    }

    fn is_ours(&self) -> bool {
        self.pid == std::process::id()
    }

    fn is_of_use(&self) -> bool {
        self.is_ours() && !self.broken.load(Ordering::Relaxed)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime that has lost a part of itself to a panic panics over that once more, which
            // helps nobody now.
            let _ = catch_unwind(AssertUnwindSafe(|| runtime.shutdown_background()))
                .map_err(std::mem::forget);
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
            && engine.is_of_use()
        {
            return Ok(Arc::clone(engine));
        }
        let fresh = Arc::new(Engine::start(config)?);
        let before = self
            .slot
            .compare_and_swap(&current, Some(Arc::clone(&fresh)));
        match (&*before, current) {
            (Some(other), _) if other.is_of_use() => Ok(Arc::clone(other)),
            (_, replaced) => {
                drop(before);
                if let Some(replaced) = replaced.filter(|engine| !engine.is_ours()) {
                    keep_for_ever(replaced);
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

/// A runtime for the calling thread. It starts no other: nothing here blocks.
fn start_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
}

/// TLS for ServerPilot itself: verification is always on, there is no switch.
fn http_client(config: &Config, roots: &Arc<RootCertStore>) -> Result<reqwest::Client, Status> {
    let tls = rustls::ClientConfig::builder_with_provider(crypto::provider())
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
        .dns_resolver(ForHttp {
            limit: config.timeouts.connect,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_begins_with_a_runtime_that_a_panic_went_through() {
        let (config, process) = (Config::default(), PerProcess::default());
        let first = process.engine(&config).expect("an engine");
        assert_eq!(first.run(async { 1 }), Ok(1));
        let same = process.engine(&config).expect("the same");
        assert!(Arc::ptr_eq(&first, &same));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            first.run(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
                resume_unwind(Box::new("a defect"));
            })
        }));
        assert!(panicked.is_err());
        let second = process.engine(&config).expect("another");
        assert!(!Arc::ptr_eq(&first, &second));
        drop((first, same));
        let slept = second.run(async { tokio::time::sleep(Duration::from_millis(1)).await });
        assert_eq!(slept, Ok(()));
        let kept = process.engine(&config).expect("the same");
        assert!(Arc::ptr_eq(&second, &kept));
    }
}
