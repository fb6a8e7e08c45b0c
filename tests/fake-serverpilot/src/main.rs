//! The fake as a program, for tests in C, PHP and shell. Prints where it listens, then serves
//! until SIGTERM or SIGINT.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use fake_serverpilot::{FakeServerPilot, Options};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: fake-serverpilot [--dir DIR] [--client-id X] [--api-key X] [--app-id X] \
                     [--server-id X] [--domains a,b] [--issue-after-s N] [--ready-file FILE]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fake-serverpilot: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (options, ready_file) = arguments()?;
    let waiting = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    // Before the announcement: whoever reads it may terminate us immediately.
    let (mut terminate, mut interrupt) = {
        let _entered = waiting.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    let fake = FakeServerPilot::start(options)?;
    let announcement = serde_json::to_string(fake.address())?;
    if let Some(file) = ready_file {
        write_at_once(&file, &announcement)?;
    }
    writeln!(io::stdout(), "{announcement}")?;
    waiting.block_on(async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    });
    Ok(())
}

fn arguments() -> Result<(Options, Option<PathBuf>), Box<dyn Error>> {
    let mut options = Options::default();
    let mut ready_file = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{name} needs a value\n{USAGE}"))?;
        match name.as_str() {
            "--dir" => options.dir = Some(PathBuf::from(value)),
            "--client-id" => options.client_id = value,
            "--api-key" => options.api_key = value,
            "--app-id" => options.app_id = value,
            "--server-id" => options.server_id = value,
            "--domains" => options.domains = value.split(',').map(str::to_owned).collect(),
            "--issue-after-s" => options.issue_after_s = value.parse()?,
            "--ready-file" => ready_file = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown option {name}\n{USAGE}").into()),
        }
    }
    Ok((options, ready_file))
}

/// Writes the file atomically, so that nobody reads half of it.
fn write_at_once(file: &Path, text: &str) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    std::fs::write(&part, format!("{text}\n"))?;
    std::fs::rename(&part, file)
}
