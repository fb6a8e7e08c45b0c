//! What a host holds: the settings, and this process's connections. Reads the arguments of each
//! call, gives it its time, and closes it with a report. Knows no pointer and no step of a call.

use std::time::{Duration, Instant};

use crate::config::{Config, Id};
use crate::domain::Domain;
use crate::flags::Options;
use crate::operations::{self, Call, certificate, diagnose};
use crate::outcome::{CallLog, Outcome, Report};
use crate::plan::Order;
use crate::process::PerProcess;
use crate::secret::Redactor;
use crate::status::Status;

/// A client. May be used from several threads at once, and after a fork.
///
/// Every method gives the caller's mistakes (`Status::is_usage`) as an error and everything
/// else, failures too, as a report.
#[derive(Debug)]
pub struct Client {
    config: Config,
    redactor: Redactor,
    process: PerProcess,
}

impl Client {
    /// No network, no file, no thread.
    pub fn new(config: Config) -> Client {
        Client {
            redactor: config.redactor(),
            config,
            process: PerProcess::default(),
        }
    }

    pub fn sync_domain(&self, domain: &str, flags: u32) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, Options::parse(flags)?);
        self.run(async |call| operations::list::add(call, domain, options).await)
    }

    pub fn remove_domain(&self, domain: &str, flags: u32) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, Options::parse(flags)?);
        self.run(async |call| operations::list::remove(call, domain, options).await)
    }

    pub fn apply(&self, change_json: &str) -> Result<Report, Status> {
        let order = Order::parse(change_json)?;
        self.run(async |call| operations::list::apply(call, order).await)
    }

    pub fn enable_autossl(&self) -> Result<Report, Status> {
        self.run(async |call| operations::autossl::enable(call).await)
    }

    pub fn inspect_app(&self) -> Result<Report, Status> {
        self.run(async |call| operations::inspect::app(call).await)
    }

    pub fn action_status(&self, action_id: &str) -> Result<Report, Status> {
        let id = Id::parse(action_id)?;
        self.run(async |call| operations::inspect::action(call, &id).await)
    }

    /// `timeout_ms` 0: as long as the call has.
    pub fn wait_action(&self, action_id: &str, timeout_ms: u32) -> Result<Report, Status> {
        let id = Id::parse(action_id)?;
        let timeout = match timeout_ms {
            0 => self.config.timeouts.total,
            ms => Duration::from_millis(ms.into()),
        };
        self.run(async |call| operations::inspect::wait(call, &id, timeout).await)
    }

    pub fn check_ssl(&self, domain: &str, options_json: Option<&str>) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, certificate::Options::parse(options_json)?);
        self.run(async |call| certificate::check(call, &domain, &options).await)
    }

    pub fn check_ssl_many(
        &self,
        domains_json: &str,
        options_json: Option<&str>,
    ) -> Result<Report, Status> {
        let request = certificate::ManyRequest::parse(domains_json, options_json)?;
        self.run(async |call| certificate::check_many(call, &request).await)
    }

    pub fn diagnose(&self, domain: &str, options_json: Option<&str>) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, diagnose::Options::parse(options_json)?);
        self.run(async |call| diagnose::diagnose(call, &domain, &options).await)
    }

    fn run(
        &self,
        operation: impl AsyncFnOnce(&Call<'_>) -> Result<Outcome, Status>,
    ) -> Result<Report, Status> {
        let log = CallLog::new();
        let engine = self.process.engine(&self.config)?;
        let call = Call {
            config: &self.config,
            redactor: &self.redactor,
            engine: &engine,
            log: &log,
            deadline: Instant::now() + self.config.timeouts.total,
        };
        let outcome = engine.run(operation(&call))??;
        Ok(outcome.close(&log, &self.redactor))
    }
}

fn name(text: &str) -> Result<Domain, Status> {
    Domain::parse(text).map_err(|_| Status::SP_ERR_INVALID_DOMAIN)
}
