//! The fake as a program: it prints its address, and ends on a signal.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

#[test]
fn announces_itself_and_ends_on_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    let ready = dir.path().join("ready.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake-serverpilot"))
        .args(["--domains", "a.example,b.example", "--app-id", "App7"])
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(std::fs::read_to_string(&ready).unwrap(), line);
    let address: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(address["app_id"], "App7");
    assert_eq!(address["pid"], child.id());
    let ca_file = address["ca_file"].as_str().unwrap().to_owned();
    assert!(std::fs::exists(&ca_file).unwrap());

    let told = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    assert!(child.wait().unwrap().success());
    assert!(!std::fs::exists(&ca_file).unwrap());
}
