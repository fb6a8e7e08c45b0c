//! `sp_check_ssl` and `sp_check_ssl_many`: the steps of a check, and the one request to ServerPilot
//! beside them. Must not change anything. Needs no credentials; with them the documents also say what
//! ServerPilot knows of each name.
//!
//! | file | job |
//! |---|---|
//! | `options` | what the caller may ask for |
//! | `lookup` | public DNS, and this machine's view of it |
//! | `checker` | one name, from its addresses to the verdict |
//! | `document` | what a check's document holds |
//! | `sentences` | which sentence it says to a person |

mod checker;
mod document;
mod lookup;
mod options;
mod sentences;

use futures_util::StreamExt as _;
use futures_util::future::join;
use futures_util::stream;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use checker::NameCheck;
pub(super) use checker::{AddressCheck, Checker};
pub(super) use lookup::Lookup;
pub(super) use options::OptionsJson;
pub use options::{ManyRequest, Options};
pub(super) use sentences::explain;

use super::Call;
use crate::api::Fault;
use crate::api::model::App;
use crate::domain::Domain;
use crate::messages;
use crate::outcome::{Outcome, Problem};
use crate::status::Status;
use document::{CheckDocument, Counts, ItemDocument, ManyDocument};

const CHECK: &str = "check";
const CHECK_MANY: &str = "check_many";

/// `sp_check_ssl`.
pub async fn check(call: &Call<'_>, domain: &Domain, options: &Options) -> Result<Outcome, Status> {
    let checker = Checker::new(call, options);
    let lookup = Lookup::new(&options.dns_servers);
    let (checked, app) = join(checker.check(domain, &lookup), app_of(call)).await;
    warn_of_unknown_app(call, &app);
    for warning in &checked.warnings {
        call.log.warn(warning.code, warning.message.clone());
    }
    let outcome = match checked.reason.status() {
        Status::SP_OK => Outcome::done(CHECK, checked.message.clone()),
        status => Outcome::failed(CHECK, Problem::new(status, checked.message.clone())),
    };
    Ok(outcome.with(CheckDocument::of(&checked, &app)))
}

/// `sp_check_ssl_many`.
pub async fn check_many(call: &Call<'_>, request: &ManyRequest) -> Result<Outcome, Status> {
    let checker = Checker::new(call, &request.options);
    let lookup = Lookup::new(&request.options.dns_servers);
    // Unordered: one slow name must not keep the others behind it from their turn.
    let checking = stream::iter(request.domains.iter().enumerate())
        .map(async |(at, domain)| (at, checker.check(domain, &lookup).await))
        .buffer_unordered(request.concurrency)
        .collect::<Vec<_>>();
    let (mut checked, app) = join(checking, app_of(call)).await;
    checked.sort_by_key(|(at, _)| *at);
    let checked: Vec<NameCheck> = checked.into_iter().map(|(_, one)| one).collect();
    warn_of_unknown_app(call, &app);
    let counts = Counts::of(&checked);
    let unchecked = checked.iter().filter(|one| !one.was_checked).count();
    let message = sentences::counted(&counts, unchecked);
    let outcome = match unchecked {
        0 => Outcome::done(CHECK_MANY, message),
        _ => Outcome::failed(CHECK_MANY, Problem::new(Status::SP_ERR_TIMEOUT, message)),
    };
    let results = checked.iter().map(|one| ItemDocument::of(one, &app));
    Ok(outcome.with(ManyDocument {
        results: results.collect(),
        counts,
    }))
}

/// The app, as far as it may and could be read.
enum AppView {
    /// No credentials or no app: nothing was asked.
    NotAsked,
    Unknown(Box<Fault>),
    Known(Box<(App, Vec<String>)>),
}

async fn app_of(call: &Call<'_>) -> AppView {
    let (Ok(api), Ok(id)) = (call.api(), call.app_id()) else {
        return AppView::NotAsked;
    };
    match api.app(id).await {
        Ok(known) => AppView::Known(Box::new(known)),
        Err(fault) => AppView::Unknown(Box::new(fault)),
    }
}

fn warn_of_unknown_app(call: &Call<'_>, app: &AppView) {
    if let AppView::Unknown(fault) = app {
        let message = messages::check_without_app();
        let message = message.then(fault.problem.message.clone());
        call.log.warn("serverpilot_unknown", message);
    }
}

/// The certificate that ServerPilot has installed on the app.
pub(super) fn installed_certificate(app: &App) -> Option<CertificateDer<'static>> {
    let pem = app.ssl.as_ref()?.cert.as_deref()?;
    CertificateDer::from_pem_slice(pem.as_bytes()).ok()
}

/// Whether a list of ServerPilot's holds this very name. A wildcard is another entry: AutoSSL
/// makes no certificate for it.
pub(super) fn holds(list: &[String], domain: &Domain) -> bool {
    list.iter()
        .any(|entry| Domain::parse(entry).as_ref() == Ok(domain))
}
