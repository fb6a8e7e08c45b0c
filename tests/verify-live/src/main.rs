//! Checks what is assumed about ServerPilot against the service itself, on an app that serves nobody.
//! Saves the app's list before the first write and restores it whatever happens. No part of the
//! library: it sends lists that the library would never send.
//!
//! `settings` and `consent` decide whether it runs, `experiments` does what can be observed, and
//! `assumptions` is the table of what is assumed, with what was observed of it. `service` makes the
//! requests, `saved` and `restore` keep the list.

mod assumptions;
mod consent;
mod document;
mod experiments;
mod judgement;
mod observations;
mod restore;
mod saved;
mod screen;
mod service;
mod settings;

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::prctl::set_dumpable;
use nix::sys::resource::{Resource, setrlimit};
use serverpilot::client::Client;
use serverpilot::lock;
use serverpilot::process::PerProcess;
use serverpilot::secret::Redactor;
use serverpilot::status::Status;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use assumptions::Verdict;
use observations::Observations;
use saved::{Place, Saved};
use screen::Screen;
use service::{Answer, Call, Ended, Service};
use settings::{Settings, USAGE};

/// Everything that is documented held, or could not be observed.
const HELD: u8 = 0;
/// Something that is documented did not hold.
const DID_NOT_HOLD: u8 = 1;
/// It did not run to its end, or the list is not restored.
const NOT_DONE: u8 = 2;

fn main() -> ExitCode {
    // No core file of this process: its memory holds the key.
    let hidden = setrlimit(Resource::RLIMIT_CORE, 0, 0).and_then(|()| set_dumpable(false));
    // The text of a panic is nobody's to read; that there was one is said where it is caught.
    std::panic::set_hook(Box::new(|_| {}));
    let without_secrets = Screen::default();
    let settings = match (hidden, std::env::args_os().len()) {
        (Err(_), _) => Err("Core files cannot be switched off, so no key is taken.".to_owned()),
        (Ok(()), 0 | 1) => Settings::from_environment(),
        (Ok(()), _) => Err("Arguments are not taken.".to_owned()),
    };
    let code = match settings {
        Ok(settings) => {
            let redactor = settings.config.redactor();
            let screen = Screen::new(redactor.clone());
            let run = Run {
                settings: &settings,
                screen: &screen,
                redactor: &redactor,
                answers: RefCell::default(),
                unanswered_write: Cell::new(false),
            };
            run.start().unwrap_or_else(|why| {
                screen.say(&why);
                NOT_DONE
            })
        }
        Err(why) => {
            without_secrets.say(&format!("{why}\n\n{USAGE}"));
            NOT_DONE
        }
    };
    ExitCode::from(code)
}

struct Run<'a> {
    settings: &'a Settings,
    screen: &'a Screen,
    redactor: &'a Redactor,
    answers: RefCell<Vec<Answer>>,
    unanswered_write: Cell<bool>,
}

impl Run<'_> {
    /// The steps in their order. An error is why nothing was written, or what is left to be done.
    fn start(&self) -> Result<u8, String> {
        let (settings, screen) = (self.settings, self.screen);
        consent::to_writing(settings, screen)?;
        let processes = PerProcess::default();
        let lock = lock::take(
            &settings.config,
            &settings.credentials,
            &settings.app,
            Instant::now() + Duration::from_secs(5),
        );
        // Held to the end: no other writer of this machine, and no second run, comes in between.
        let _held = self
            .complete(&processes, lock)?
            .map_err(|problem| problem.message.to_string())?;

        let place = Place::of(&settings.dir, &settings.app);
        let left = place.load().map_err(|why| {
            format!(
                "{} cannot be read: {why}. It holds the list of an earlier run; nothing was sent.",
                place.file.display()
            )
        })?;
        if let Some(saved) = left {
            self.unanswered_write.set(true);
            let service = self.service(&processes, None)?;
            let restored = restore::after_a_kill(&service, &place, &saved, screen);
            self.complete(&processes, restored)?
                .map_err(|why| not_restored(&why, &place, &saved))?;
        }

        self.test_connection()?;
        let service = self.service(&processes, None)?;
        let details = self.complete(&processes, service.send(Call::App))?;
        let details = details.map_err(|ended| format!("The app could not be read: {ended}."))?;
        let mut seen = Observations::new(settings, &details);
        let Some(domains) = service::strings(&details.data()["domains"]) else {
            screen.say("The app does not show its list as an array of names. Nothing was written.");
            return Ok(self.report(&seen, true));
        };
        consent::to_this_app(settings, screen, &details, &domains)?;
        // The operator may have taken long to answer, and what is saved now is what is restored.
        let again = self.complete(&processes, service.send(Call::App))?;
        let again = again.map_err(|ended| format!("The app could not be read: {ended}."))?;
        if again.domains().as_deref().map(restore::sorted) != Some(restore::sorted(&domains)) {
            return Err(
                "Somebody else has changed the app's list just now, so nothing was written. Run this again when nobody does."
                    .to_owned(),
            );
        }

        let saved = Saved {
            base_url: settings.config.base_url.to_string(),
            app_id: settings.app.as_str().to_owned(),
            app_name: consent::name_of(&details).to_owned(),
            zone: settings.zone.clone(),
            saved_at: now(),
            domains,
        };
        let stop = self.complete(&processes, async { listen_for_signals() })?;
        let stop = stop.map_err(|error| format!("Signals cannot be caught: {error}."))?;
        place.save(&saved).map_err(|error| {
            format!(
                "The list cannot be saved to {}: {error}. Nothing was written.",
                place.file.display()
            )
        })?;
        screen.say(&format!(
            "The app's list is saved to {}.",
            place.file.display()
        ));

        let service = self.service(&processes, Some(stop))?;
        let experiments = experiments::run(&service, settings, screen, &mut seen);
        let (ended, restored) = self.and_restore(&processes, &place, &saved, experiments);
        if ended.is_ok() && restored.is_ok() {
            let service = self.service(&processes, None)?;
            // Not before the list is restored: what could lock the account out comes last.
            let wrong_key = experiments::wrong_key(&service, screen, &mut seen);
            self.complete(&processes, wrong_key)?;
        }
        let code = self.report(&seen, ended.is_ok());
        restored.map_err(|why| not_restored(&why, &place, &saved))?;
        Ok(if ended.is_ok() { code } else { NOT_DONE })
    }

    /// Does this while the list is this program's, and puts the list back whatever becomes of it, a
    /// panic included. How each of the two ended.
    fn and_restore(
        &self,
        processes: &PerProcess,
        place: &Place,
        saved: &Saved,
        experiments: impl Future<Output = Result<(), Ended>>,
    ) -> (Result<(), Ended>, Result<(), String>) {
        let done = catch_unwind(AssertUnwindSafe(|| self.complete(processes, experiments)));
        let ended = match done {
            Ok(Ok(ended)) => ended,
            Ok(Err(why)) => Err(Ended::Trouble(why)),
            Err(_) => Err(Ended::Trouble(
                "there is a defect in this program".to_owned(),
            )),
        };
        if let Err(ended) = &ended {
            self.screen
                .say(&format!("Ending early: {ended}. Restoring the app's list."));
        }
        // A new one: after a panic the engine of the other is of no use.
        let restored = self.service(processes, None).and_then(|service| {
            let restored = restore::restore(&service, place, saved, self.screen);
            self.complete(processes, restored)?
        });
        (ended, restored)
    }

    /// The library's own connection test, whose messages name the cure. An answer that it cannot
    /// understand is no obstacle: the table says what is wrong with it.
    fn test_connection(&self) -> Result<(), String> {
        let report = Client::new(self.settings.config.clone()).inspect_app();
        let report = report.map_err(|status| status.as_str().to_owned())?;
        match report.status {
            Status::SP_OK => Ok(()),
            Status::SP_ERR_PROTOCOL if report.http_status == 200 => Ok(()),
            _ => Err(format!("{} Nothing was written.", report.message)),
        }
    }

    fn service(
        &self,
        processes: &PerProcess,
        stop: Option<watch::Receiver<bool>>,
    ) -> Result<Service<'_>, String> {
        let settings = self.settings;
        let engine = processes.engine(&settings.config);
        Ok(Service {
            engine: engine.map_err(|status| status.as_str().to_owned())?,
            config: &settings.config,
            credentials: &settings.credentials,
            redactor: self.redactor,
            app: &settings.app,
            pause: settings.pause,
            stop,
            answers: &self.answers,
            unanswered_write: &self.unanswered_write,
        })
    }

    fn complete<T>(
        &self,
        processes: &PerProcess,
        future: impl Future<Output = T>,
    ) -> Result<T, String> {
        let engine = processes.engine(&self.settings.config);
        let done = engine.and_then(|engine| engine.run(future));
        done.map_err(|status| status.as_str().to_owned())
    }

    fn report(&self, seen: &Observations, complete: bool) -> u8 {
        let Verdict { table, failed } = assumptions::judge(seen, &self.answers.borrow(), complete);
        self.screen.print(&table);
        if failed == 0 { HELD } else { DID_NOT_HOLD }
    }
}

/// True as soon as the operator or the system wants this process to end. A terminal that is closed
/// sends SIGHUP.
fn listen_for_signals() -> std::io::Result<watch::Receiver<bool>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        sender.send_replace(true);
        // The sender stays, so that waiting for the receiver does not end with an error.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}

fn not_restored(why: &str, place: &Place, saved: &Saved) -> String {
    format!(
        "The list of app {} is NOT restored: {why}. It is saved in {}. Run this again to restore it, or put these names into the app in ServerPilot's panel: {}.",
        saved.app_id,
        place.file.display(),
        saved.domains.join(", ")
    )
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fake_serverpilot::{FakeServerPilot, Options};
    use serde_json::json;

    #[test]
    fn a_panic_amid_the_experiments_restores_the_list() {
        let fake = FakeServerPilot::start(Options {
            domains: vec!["one.example".to_owned(), "two.example".to_owned()],
            ..Options::default()
        });
        let fake = fake.expect("a fake");
        let dir = tempfile::tempdir().expect("a folder");
        let mut config = serverpilot::config::Config::default();
        let options = Options::default();
        let set = [
            config.set_credentials(&options.client_id, &options.api_key),
            config.set_app_id(&options.app_id),
            config.set_base_url(fake.api_url()),
            config.set_ca_file(&fake.ca_file().to_string_lossy()),
        ];
        assert!(set.iter().all(Result::is_ok));
        let settings = Settings {
            credentials: config.credentials.clone().expect("credentials"),
            app: config.app_id.clone().expect("an app"),
            consent: None,
            app_name: None,
            expendable: Vec::new(),
            zone: "serverpilot-verify.example".to_owned(),
            wait: Duration::ZERO,
            pause: Duration::ZERO,
            dir: dir.path().join("state"),
            config,
        };
        let redactor = settings.config.redactor();
        let run = Run {
            settings: &settings,
            screen: &Screen::new(redactor.clone()),
            redactor: &redactor,
            answers: RefCell::default(),
            unanswered_write: Cell::new(false),
        };
        let saved = Saved {
            base_url: settings.config.base_url.to_string(),
            app_id: settings.app.as_str().to_owned(),
            app_name: String::new(),
            zone: settings.zone.clone(),
            saved_at: 0,
            domains: fake.domains(),
        };
        let place = Place::of(&settings.dir, &settings.app);
        place.save(&saved).expect("a saved list");
        let processes = PerProcess::default();
        let service = run.service(&processes, None).expect("a service");
        let panics = async {
            let other = json!(["other.example"]);
            let written = service.send(Call::UpdateDomains(&other)).await;
            assert!(written.is_ok_and(|answer| answer.is_success()));
            assert_eq!(fake.domains(), ["other.example"]);
            panic!("amid the experiments");
        };
        let (ended, restored) = run.and_restore(&processes, &place, &saved, panics);
        assert!(ended.is_err_and(|why| why.to_string().contains("defect")));
        assert_eq!(restored, Ok(()));
        assert_eq!(fake.domains(), saved.domains);
        assert!(!place.file.exists() && place.restored.exists());
    }
}
