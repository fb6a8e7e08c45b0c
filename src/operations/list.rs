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
use crate::outcome::{Level, Outcome, Problem};
use crate::plan::{
    self, CERTIFICATE_LIMIT, Change, Difference, LIMIT, NO_ROOM, Plan, Refusal, Rules, Skipped,
};
use crate::status::Status;

/// How long the service may show the list as it was before a write that it called a failure.
/// Not documented, so "no" is said only after a second check.
const UNTIL_SECOND_CHECK: Duration = Duration::from_millis(300);

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
                        format!(
                            "{} The list was read again and is as it should be.",
                            fault.problem.message
                        ),
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
        problem.message += " Whether the new list has arrived is not known; the next call reads it before anything is written.";
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
        let mut told = "";
        if self.details.applied != Applied::Yes {
            // The answer alone does not tell a change that was not made from one that is not shown.
            (self.details.applied, told) = match self.api.app(self.id).await {
                Ok((_, current)) => {
                    self.details.domains.count = Some(current.len());
                    if settled(&Difference::between(&plan.list, &current)) {
                        (
                            Applied::Yes,
                            " Read again, the list has what was asked for.",
                        )
                    } else {
                        (
                            Applied::No,
                            " Read again, the list is not as asked for either.",
                        )
                    }
                }
                Err(_) => (
                    Applied::Unknown,
                    " The list could not be read again: whether the new one has arrived is not known.",
                ),
            };
        }
        let name_some = |names: &[String]| match names {
            [] => "none".to_owned(),
            [first] => first.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        Err(Problem::new(
            Status::SP_ERR_NOT_APPLIED,
            format!(
                "ServerPilot's answer shows another list than the one that was sent (missing: {}; not sent: {}).{told} Somebody may have changed it at the same moment; the same call again reads it anew and repairs it.",
                name_some(&difference.missing),
                name_some(&difference.extra)
            ),
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
            self.call.log.warn(
                NO_ROOM,
                format!(
                    "{left_out} of the desired domains were left out, because ServerPilot allows {LIMIT} domains per app. Remove names that are no longer used, cover sub-sites with a wildcard, or move sites to another app."
                ),
            );
        }
        if plan.list.len() >= CERTIFICATE_LIMIT {
            self.call.log.warn(
                "certificate_limit",
                format!(
                    "The app has {} names, and Let's Encrypt puts at most {CERTIFICATE_LIMIT} into one certificate: names beyond that may stay without HTTPS. Spread the sites over several apps.",
                    plan.list.len()
                ),
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
            let message = format!(
                "The list is right, but AutoSSL could not be enabled: {}",
                problem.message
            );
            self.call.log.warn("autossl_failed", message);
        }
    }

    fn message(&self) -> String {
        let details = &self.details;
        let dry = details.dry_run;
        let mut parts = Vec::new();
        let mut say = |verb: &str, names: &[String]| match names {
            [] => {}
            names if names.len() <= 4 => parts.push(format!("{verb} {}", names.join(", "))),
            names => parts.push(format!("{verb} {} names", names.len())),
        };
        say(if dry { "would add" } else { "added" }, &details.added);
        say(
            if dry { "would remove" } else { "removed" },
            &details.removed,
        );
        let mut sentence = if parts.is_empty() {
            "nothing to do".to_owned()
        } else {
            parts.join(", ")
        };
        let left_out = details.skipped.iter().filter(|one| one.reason == NO_ROOM);
        match left_out.count() {
            0 => {}
            count => sentence += &format!("; {count} left out for want of room"),
        }
        if let Some(count) = details.domains.count {
            sentence += &format!("; the app has {count} of {LIMIT} domains");
        }
        sentence += match details.autossl.state {
            State::Enabled => "; AutoSSL is on now",
            State::AlreadyEnabled => "; AutoSSL is on",
            State::Pending => "; AutoSSL can be enabled once a certificate is ready",
            State::CustomCertificate => "; a custom certificate is installed and was not changed",
            State::Failed => "; AutoSSL could not be enabled (see the warnings)",
            State::Skipped => "",
        };
        let mut letters = sentence.chars();
        match letters.next() {
            Some(first) => first
                .to_uppercase()
                .chain(letters)
                .chain(std::iter::once('.'))
                .collect(),
            None => sentence,
        }
    }
}
