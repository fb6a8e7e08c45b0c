//! A ServerPilot API server to test against, on loopback: the documented rules, a clock that can
//! be advanced, and every fault a client should survive. It is wrong on purpose when a test asks
//! for that, and it is never shipped.
//!
//! The modules, from the outside in: [`FakeServerPilot`] (this file, for Rust tests) and `control`
//! (for all others) control the `service`; `exchange` serves the API over TLS and alters answers as
//! a `fault` demands; `site` is the app's web server; `rest` turns requests into changes of the
//! `account`, which implements the rules.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use serde_json::Value;
use tokio::runtime::{Builder, Handle, Runtime};

use crate::service::Service;

mod account;
mod authority;
mod clock;
mod control;
mod exchange;
mod fault;
mod http;
mod request_log;
mod rest;
mod service;
mod settings;
mod site;
mod tls;

pub use account::{
    ActionState, AppChange, AppState, PRIVATE_KEY_SENTINEL, SslChange, SslMode, SslState,
};
pub use authority::Variant;
pub use fault::{Claim, Fault, Kind, On};
pub use request_log::{Counters, LoggedRequest};
pub use service::{Address, State};
pub use settings::{ActionOutcome, EmptyList, Order, Rule, Settings, Verdict};

/// What the fake starts with, and returns to when it is reset.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the CA file goes. None: a private folder that is removed with the fake.
    pub dir: Option<PathBuf>,
    pub client_id: String,
    pub api_key: String,
    pub app_id: String,
    pub server_id: String,
    /// The app's list. It counts as changed at startup, so AutoSSL becomes available
    /// `issue_after_s` later.
    pub domains: Vec<String>,
    pub issue_after_s: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dir: None,
            client_id: "cid_DemoClient0001".to_owned(),
            api_key: "demo-api-key-SENTINEL-0001".to_owned(),
            app_id: "DemoApp0001".to_owned(),
            server_id: "DemoServer001".to_owned(),
            domains: vec!["network.example.org".to_owned()],
            issue_after_s: 600,
        }
    }
}

/// A running fake. Dropping it closes its listeners and connections.
pub struct FakeServerPilot {
    service: Arc<Service>,
    address: Arc<Address>,
    /// Taken only when the fake is dropped.
    runtime: Option<Runtime>,
    _private_dir: Option<tempfile::TempDir>,
}

impl FakeServerPilot {
    pub fn start(options: Options) -> io::Result<Self> {
        let private_dir = match options.dir {
            Some(_) => None,
            None => Some(
                tempfile::Builder::new()
                    .prefix("fake-serverpilot-")
                    .tempdir()?,
            ),
        };
        let dir = match (&options.dir, &private_dir) {
            (Some(dir), _) => dir.clone(),
            (None, Some(dir)) => dir.path().to_owned(),
            (None, None) => PathBuf::from("."),
        };
        let service = Arc::new(Service::new(options.clone()).map_err(io::Error::other)?);
        let ca_file = dir.join("ca.pem");
        std::fs::write(&ca_file, service.authority.root_pem())?;

        let (api, api_address) = bind()?;
        let (control, control_address) = bind()?;
        let (site, site_address) = bind()?;
        let address = Arc::new(Address {
            api: format!("https://{api_address}/v1"),
            control: format!("http://{control_address}"),
            ca_file,
            site: site_address.to_string(),
            client_id: options.client_id,
            api_key: options.api_key,
            app_id: options.app_id,
            pid: std::process::id(),
        });

        let api_config = tls::api_config(&service, Variant::Good)?;
        let site_config = tls::site_config(&service)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("fake-serverpilot")
            .enable_all()
            .build()?;
        let entered = runtime.enter();
        runtime.spawn(exchange::listen(
            Arc::clone(&service),
            tokio::net::TcpListener::from_std(api)?,
            api_config,
        ));
        runtime.spawn(control::listen(
            Arc::clone(&service),
            Arc::clone(&address),
            tokio::net::TcpListener::from_std(control)?,
        ));
        runtime.spawn(site::listen(
            tokio::net::TcpListener::from_std(site)?,
            site_config,
        ));
        drop(entered);
        Ok(Self {
            service,
            address,
            runtime: Some(runtime),
            _private_dir: private_dir,
        })
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// `https://127.0.0.1:PORT/v1`
    pub fn api_url(&self) -> &str {
        &self.address.api
    }

    /// `127.0.0.1:PORT` of the API, for tests that speak TLS themselves.
    pub fn api_address(&self) -> &str {
        self.address
            .api
            .trim_start_matches("https://")
            .trim_end_matches("/v1")
    }

    /// The PEM file of the root that the API's certificate and good certificates chain to.
    pub fn ca_file(&self) -> &Path {
        &self.address.ca_file
    }

    /// `127.0.0.1:PORT`
    pub fn site_address(&self) -> &str {
        &self.address.site
    }

    /// `http://127.0.0.1:PORT`
    pub fn control_url(&self) -> &str {
        &self.address.control
    }

    pub fn state(&self) -> State {
        self.service.state()
    }

    /// The list as it is stored.
    pub fn domains(&self) -> Vec<String> {
        self.state().app.domains
    }

    pub fn set_app(&self, change: AppChange) {
        self.service.set_app(change);
    }

    /// Replaces the list as somebody in the panel would.
    pub fn set_domains<S: AsRef<str>>(&self, domains: impl IntoIterator<Item = S>) {
        self.set_app(AppChange {
            domains: Some(domains.into_iter().map(|d| d.as_ref().to_owned()).collect()),
            ..AppChange::default()
        });
    }

    /// The app's certificate with its chain and key, so that a test can serve it from a server of
    /// its own that is configured differently from the app's.
    pub fn certificate(&self) -> Option<(Vec<CertificateDer<'static>>, Vec<u8>)> {
        let issued = self.service.certificate()?;
        Some((issued.key.cert.clone(), issued.key_der.clone()))
    }

    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        self.service.change_settings(change);
    }

    /// Changes the settings given in a JSON object, as the control plane does.
    pub fn merge_settings(&self, change: &Value) -> Result<(), String> {
        self.service.merge_settings(change)
    }

    pub fn advance(&self, by: Duration) {
        self.service.advance(by);
    }

    pub fn fault(&self, fault: Fault) {
        self.service.add_fault(fault);
    }

    pub fn clear_faults(&self) {
        self.service.clear_faults();
    }

    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.service.requests()
    }

    pub fn clear_requests(&self) {
        self.service.clear_requests();
    }

    pub fn counters(&self) -> Counters {
        self.service.counters()
    }

    /// TCP connections the API has accepted.
    pub fn connections(&self) -> u64 {
        self.counters().connections
    }

    pub fn full_handshakes(&self) -> u64 {
        self.counters().full_handshakes
    }

    /// Closes the idle API connections, and returns when they are closed.
    pub fn close_connections(&self) {
        self.service.close_connections();
    }

    /// Accepts or refuses new connections to the API. The port stays reserved.
    pub fn set_listening(&self, on: bool) {
        self.service.set_listening(on);
    }

    pub fn reset(&self) {
        self.service.reset();
    }
}

impl Drop for FakeServerPilot {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        // Waiting is not allowed on a thread that belongs to a runtime.
        if Handle::try_current().is_ok() {
            runtime.shutdown_background();
        } else {
            runtime.shutdown_timeout(Duration::from_secs(2));
        }
    }
}

fn bind() -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
