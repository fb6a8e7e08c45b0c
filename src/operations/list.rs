//! Changing the app's domain list: lock, read, plan, write, check again.
//! A write is never repeated before the list was read again, and what became of it is never guessed.

use std::time::Duration;

use serde::Serialize;

use super::Call;
use super::autossl::{Report, Switched, switch_on};
use crate::api::model::{App, Envelope};
use crate::api::{Api, Fault, Reached};
use crate::autossl::{Decision, State, decide};
use crate::change::{ApplyRequest, Refused};
use crate::config::Id;
use crate::domain::Domain;
use crate::flags::Options;
use crate::lock;
use crate::messages::{self, Message};
use crate::outcome::{Level, Outcome, Problem};
use crate::plan::{
    self, CERTIFICATE_LIMIT, Change, Difference, LIMIT, NO_ROOM, Plan, Refusal, Rules, Skipped,
};
use crate::status::Status;

/// How long the service may show the list as it was before a write that it called a failure.
/// Not documented, so "no" is said only after a second check.
const UNTIL_SECOND_CHECK: Duration = Duration::from_millis(300);

/// The most names that a message says; the document has all of them.
const MOST_NAMED: usize = 4;

/// Whether the list at ServerPilot is what the change asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Applied {
    Yes,
    No,
    Unknown,
}

#[derive(Serialize)]
struct Count {
    /// Names in the list as this call last knew it; null where it could not be read.
    count: Option<usize>,
    limit: usize,
}

/// The keys of sync, remove and apply.
#[derive(Serialize)]
struct Details {
    added: Vec<String>,
    removed: Vec<String>,
    unchanged: Vec<String>,
    skipped: Vec<Skipped>,
    domains: Count,
    dry_run: bool,
    applied: Applied,
    autossl: Report,
}

/// `sp_sync_domain`.
pub async fn add(call: &Call<'_>, domain: Domain, options: Options) -> Result<Outcome, Status> {
    let change = Change::Edit {
        add: vec![domain],
        remove: Vec::new(),
        www: options.www,
    };
    run(call, "sync", of_one(change, options.autossl, options)).await
}

/// `sp_remove_domain`. Removing a name is no reason to enable AutoSSL.
pub async fn remove(call: &Call<'_>, domain: Domain, options: Options) -> Result<Outcome, Status> {
    let change = Change::Edit {
        add: Vec::new(),
        remove: vec![domain],
        www: options.www,
    };
    run(call, "remove", of_one(change, false, options)).await
}

fn of_one(change: Change, autossl: bool, options: Options) -> ApplyRequest {
    ApplyRequest {
        change,
        max_removals: None,
        autossl,
        dry_run: options.dry_run,
    }
}

/// `sp_apply`.
pub async fn apply(call: &Call<'_>, change_json: &str) -> Result<Outcome, Status> {
    const OPERATION: &str = "apply";
    match ApplyRequest::parse(change_json, &|| call.is_over()) {
        Ok(request) => run(call, OPERATION, request).await,
        Err(Refused::Invalid(status)) => Err(status),
        Err(Refused::OutOfTime) => {
            let refusal = Refusal::OutOfTime;
            let problem = Problem::new(refusal.status(), refusal.message());
            Ok(Outcome::failed(OPERATION, problem).with(Details::nothing_done(false)))
        }
    }
}

impl Details {
    fn nothing_done(dry_run: bool) -> Details {
        Details {
            added: Vec::new(),
            removed: Vec::new(),
            unchanged: Vec::new(),
            skipped: Vec::new(),
            domains: Count {
                count: None,
                limit: LIMIT,
            },
            dry_run,
            applied: Applied::No,
            autossl: Report::unknown(),
        }
    }
}

async fn run(
    call: &Call<'_>,
    operation: &'static str,
    request: ApplyRequest,
) -> Result<Outcome, Status> {
    let mut work = Work {
        call,
        api: call.api()?,
        id: call.app_id()?,
        details: Details::nothing_done(request.dry_run),
        request,
        changed: false,
        action_id: None,
    };
    let outcome = match work.run().await {
        Ok(()) => Outcome::done(operation, work.message()),
        Err(problem) => {
            work.changed |= work.details.applied == Applied::Yes && !work.details.dry_run;
            if work.details.applied != Applied::Yes {
                // Nothing of the plan is known to have happened.
                work.details.added.clear();
                work.details.removed.clear();
            }
            Outcome::failed(operation, problem)
        }
    };
    Ok(outcome
        .changed(work.changed)
        .action(work.action_id)
        .with(work.details))
}

struct Work<'a> {
    call: &'a Call<'a>,
    api: Api<'a>,
    id: &'a Id,
    request: ApplyRequest,
    details: Details,
    changed: bool,
    action_id: Option<String>,
}

impl Work<'_> {
    async fn run(&mut self) -> Result<(), Problem> {
        let _held = if self.request.dry_run {
            None
        } else {
            let api = &self.api;
            Some(
                lock::take(
                    self.call.config,
                    api.credentials,
                    self.id,
                    self.call.deadline,
                )
                .await?,
            )
        };
        let app = self.bring_about().await?;
        self.enable_autossl(app).await;
        Ok(())
    }

    /// Makes the list what the change asks for; gives back the app as it is then.
    async fn bring_about(&mut self) -> Result<App, Problem> {
        // The last write whose end is not known, and the plan it carried.
        let mut open: Option<(Plan, Fault)> = None;
        // Whether one may still be carried out, whatever the list shows now.
        let mut adrift = false;
        let mut checked_again = false;
        let mut done = 0;
        loop {
            let (app, current) = match self.api.app(self.id).await {
                Ok(found) => found,
                Err(second) => {
                    let unsettled = open.is_some();
                    let problem = open.map_or(second.problem, |(_, fault)| fault.problem);
                    return Err(self.ended(unsettled, problem));
                }
            };
            self.details.domains.count = Some(current.len());
            let rules = Rules {
                protected: &self.call.config.protected,
                max_removals: self.request.max_removals,
                out_of_time: &|| self.call.is_over(),
            };
            let plan = match plan::plan(&current, &self.request.change, &rules) {
                Ok(plan) => plan,
                Err(refusal) => {
                    let problem = Problem::new(refusal.status(), refusal.message());
                    return Err(self.ended(open.is_some(), problem));
                }
            };
            self.show(&plan);
            if plan.is_nothing_to_do() {
                self.details.applied = Applied::Yes;
                if let Some((sent, fault)) = open {
                    // The answer was lost, the write was not.
                    self.show(&sent);
                    self.changed = true;
                    self.call.log.warn(
                        "answer_lost",
                        fault
                            .problem
                            .message
                            .then(messages::list_read_again_right()),
                    );
                }
                return Ok(app);
            }
            if self.request.dry_run {
                return Ok(app);
            }
            if let Some((_, fault)) = &open {
                if self.api.wait_before_retry(fault, done).await {
                    done += 1;
                } else if !adrift && !checked_again && self.api.wait(UNTIL_SECOND_CHECK).await {
                    checked_again = true;
                    continue;
                } else {
                    // Denied only where the service said that it failed, and shows the same twice.
                    let denied = !adrift && checked_again;
                    return Err(self.ended(!denied, fault.problem.clone()));
                }
            }
            match self.api.set_domains(self.id, &plan.list).await {
                Ok((answer, shown)) => return self.compare(&plan, answer, &shown).await,
                Err(fault) => match fault.reached {
                    Reached::Perhaps | Reached::Failed => {
                        adrift |= fault.reached == Reached::Perhaps;
                        open = Some((plan, fault));
                    }
                    // Certainly not done. Reading again before the next try costs one request and
                    // keeps the rule simple: no write without a fresh list.
                    Reached::No | Reached::Refused => {
                        if !self.api.wait_before_retry(&fault, done).await {
                            return Err(self.ended(open.is_some(), fault.problem));
                        }
                        done += 1;
                    }
                },
            }
        }
    }

    /// The end of a call; unsettled where it has sent a write and does not know what became of it.
    fn ended(&mut self, unsettled: bool, mut problem: Problem) -> Problem {
        if !unsettled {
            return problem;
        }
        self.details.applied = Applied::Unknown;
        problem.message = problem.message.then(messages::list_state_unknown());
        problem
    }

    /// Holds the answer against what was sent.
    async fn compare(
        &mut self,
        plan: &Plan,
        answer: Envelope<App>,
        shown: &[String],
    ) -> Result<App, Problem> {
        self.action_id = answer.actionid;
        self.details.domains.count = Some(shown.len());
        let difference = Difference::between(&plan.list, shown);
        let settled = |difference: &Difference| {
            plan.added
                .iter()
                .all(|name| !difference.missing.contains(name))
                && plan
                    .removed
                    .iter()
                    .all(|name| !difference.extra.contains(name))
        };
        if settled(&difference) {
            self.details.applied = Applied::Yes;
            self.changed = true;
        }
        if difference.is_none() {
            self.call.log.event(
                Level::Info,
                format!(
                    "List written: {} added, {} removed.",
                    plan.added.len(),
                    plan.removed.len()
                ),
            );
            return Ok(answer.data);
        }
        let mut message = messages::list_differs(
            messages::list(&difference.missing, 1),
            messages::list(&difference.extra, 1),
        );
        if self.details.applied != Applied::Yes {
            // The answer alone does not tell a change that was not made from one that is not shown.
            let (applied, told) = match self.api.app(self.id).await {
                Ok((_, current)) => {
                    self.details.domains.count = Some(current.len());
                    if settled(&Difference::between(&plan.list, &current)) {
                        (Applied::Yes, messages::list_differs_applied())
                    } else {
                        (Applied::No, messages::list_differs_not_applied())
                    }
                }
                Err(_) => (Applied::Unknown, messages::list_differs_unread()),
            };
            self.details.applied = applied;
            message = message.then(told);
        }
        Err(Problem::new(
            Status::SP_ERR_NOT_APPLIED,
            message.then(messages::list_differs_advice()),
        ))
    }

    fn show(&mut self, plan: &Plan) {
        self.details.added.clone_from(&plan.added);
        self.details.removed.clone_from(&plan.removed);
        self.details.unchanged.clone_from(&plan.unchanged);
        self.details.skipped.clone_from(&plan.skipped);
        let left_out = plan.skipped.iter().filter(|one| one.reason == NO_ROOM);
        let left_out = left_out.count();
        if left_out > 0 {
            let log = self.call.log;
            log.warn(NO_ROOM, messages::no_room(left_out, LIMIT));
        }
        if plan.list.len() >= CERTIFICATE_LIMIT {
            self.call.log.warn(
                "certificate_limit",
                messages::certificate_limit(plan.list.len(), CERTIFICATE_LIMIT),
            );
        }
    }

    /// The list is right; this decides nothing about that any more.
    async fn enable_autossl(&mut self, app: App) {
        if !self.request.autossl || self.request.dry_run {
            self.details.autossl = Report::as_found(&app);
            if self.request.autossl && decide(&app) == Decision::Enable {
                self.call
                    .log
                    .event(Level::Info, "AutoSSL would be enabled.");
            }
            return;
        }
        let Switched {
            report,
            action_id,
            problem,
        } = switch_on(&self.api, self.id, app).await;
        self.changed |= report.state == State::Enabled;
        self.details.autossl = report;
        self.action_id = action_id.or(self.action_id.take());
        if let Some(problem) = problem {
            let message = messages::autossl_failed().then(problem.message);
            self.call.log.warn("autossl_failed", message);
        }
    }

    fn message(&self) -> Message {
        let details = &self.details;
        let (added, removed) = (&details.added, &details.removed);
        let mut message = match (added.is_empty(), removed.is_empty()) {
            (true, true) => messages::list_unchanged(),
            _ => Message::default(),
        };
        if !added.is_empty() {
            let names = messages::list(added, MOST_NAMED);
            message = message.then(match details.dry_run {
                true => messages::list_would_add(names),
                false => messages::list_added(names),
            });
        }
        if !removed.is_empty() {
            let names = messages::list(removed, MOST_NAMED);
            message = message.then(match details.dry_run {
                true => messages::list_would_remove(names),
                false => messages::list_removed(names),
            });
        }
        let left_out = details.skipped.iter().filter(|one| one.reason == NO_ROOM);
        match left_out.count() {
            0 => {}
            count => message = message.then(messages::list_left_out(count)),
        }
        if let Some(count) = details.domains.count {
            message = message.then(messages::list_count(count, LIMIT));
        }
        match details.autossl.state {
            State::Enabled => message.then(messages::list_with_autossl_on_now()),
            State::AlreadyEnabled => message.then(messages::list_with_autossl_on()),
            State::Pending => message.then(messages::list_with_autossl_pending()),
            State::CustomCertificate => message.then(messages::list_with_custom_certificate()),
            State::Failed => message.then(messages::list_with_autossl_failed()),
            State::Skipped => message,
        }
    }
}
