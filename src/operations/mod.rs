//! The steps of each call, in their order: lock → read → plan → write → check again.
//! The only place that orders steps; what they decide stands in the pure modules below.

pub mod autossl;
pub mod certificate;
pub mod diagnose;
pub mod inspect;
pub mod list;

use std::cell::Cell;
use std::time::Instant;

use crate::api::Api;
use crate::config::{Config, Credentials, Id};
use crate::outcome::CallLog;
use crate::process::Engine;
use crate::secret::Redactor;
use crate::status::Status;

/// One call of one client: what it may use, and until when.
pub struct Call<'a> {
    pub config: &'a Config,
    pub redactor: &'a Redactor,
    pub engine: &'a Engine,
    pub log: &'a CallLog,
    pub deadline: Instant,
}

impl Call<'_> {
    /// ServerPilot, where the client has credentials.
    pub fn api(&self) -> Result<Api<'_>, Status> {
        Ok(Api {
            http: &self.engine.http,
            config: self.config,
            credentials: self.credentials()?,
            redactor: self.redactor,
            log: self.log,
            deadline: self.deadline,
            distrusts_kept: Cell::new(false),
        })
    }

    /// Whether the call's time is over.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    pub fn credentials(&self) -> Result<&Credentials, Status> {
        self.config
            .credentials
            .as_ref()
            .ok_or(Status::SP_ERR_NOT_CONFIGURED)
    }

    /// The app, where the client has one.
    pub fn app_id(&self) -> Result<&Id, Status> {
        self.config
            .app_id
            .as_ref()
            .ok_or(Status::SP_ERR_NOT_CONFIGURED)
    }
}
