//! What a host holds: the settings, and this process's connections. Reads the arguments of each
//! call, gives it its time, and closes it with a report. Knows no pointer and no step of a call.

use std::time::{Duration, Instant};

use crate::config::{Config, Id};
use crate::domain::Domain;
use crate::flags::Options;
use crate::operations::{self, Call, certificate, diagnose};
use crate::outcome::{CallLog, Outcome, Report};
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

    /// `sp_sync_domain`: puts a name on the app's list, and enables AutoSSL where it can be.
    pub fn sync_domain(&self, domain: &str, flags: u32) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, Options::parse(flags)?);
        self.run(async |call| operations::list::add(call, domain, options).await)
    }

    /// `sp_remove_domain`: removes a name from the app's list.
    pub fn remove_domain(&self, domain: &str, flags: u32) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, Options::parse(flags)?);
        self.run(async |call| operations::list::remove(call, domain, options).await)
    }

    /// `sp_apply`: many names in one write; a plan; a desired state.
    pub fn apply(&self, change_json: &str) -> Result<Report, Status> {
        self.run(async |call| operations::list::apply(call, change_json).await)
    }

    /// `sp_enable_autossl`: enables AutoSSL where a certificate is ready.
    pub fn enable_autossl(&self) -> Result<Report, Status> {
        self.run(async |call| operations::autossl::enable(call).await)
    }

    /// `sp_inspect_app`: the connection test, and the state of the app.
    pub fn inspect_app(&self) -> Result<Report, Status> {
        self.run(async |call| operations::inspect::app(call).await)
    }

    /// `sp_action_status`: what became of an action.
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

    /// `sp_check_ssl`: the verdict on the certificate that a name is served with.
    pub fn check_ssl(&self, domain: &str, options_json: Option<&str>) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, certificate::Options::parse(options_json)?);
        self.run(async |call| certificate::check(call, &domain, &options).await)
    }

    /// `sp_check_ssl_many`: the same for many names, in the order asked.
    pub fn check_ssl_many(
        &self,
        domains_json: &str,
        options_json: Option<&str>,
    ) -> Result<Report, Status> {
        let request = certificate::ManyRequest::parse(domains_json, options_json)?;
        self.run(async |call| certificate::check_many(call, &request).await)
    }

    /// `sp_diagnose`: why a name is not secure, and whose move it is.
    pub fn diagnose(&self, domain: &str, options_json: Option<&str>) -> Result<Report, Status> {
        let (domain, options) = (name(domain)?, diagnose::Options::parse(options_json)?);
        self.run(async |call| diagnose::diagnose(call, &domain, &options).await)
    }

    fn run(
        &self,
        operation: impl AsyncFnOnce(&Call<'_>) -> Result<Outcome, Status>,
    ) -> Result<Report, Status> {
        let deadline = Instant::now() + self.config.timeouts.total;
        let log = CallLog::new();
        let engine = self.process.engine(&self.config)?;
        let call = Call {
            config: &self.config,
            redactor: &self.redactor,
            engine: &engine,
            log: &log,
            deadline,
        };
        let outcome = engine.run(operation(&call))??;
        Ok(outcome.close(&log, &self.redactor))
    }
}

fn name(text: &str) -> Result<Domain, Status> {
    Domain::parse(text).map_err(|_| Status::SP_ERR_INVALID_DOMAIN)
}
