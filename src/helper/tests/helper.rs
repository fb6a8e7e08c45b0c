//! The helper program with the library beside it, and with none, another or a wrong one.

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use serverpilot::status::Status;

const PROGRAM: &str = env!("CARGO_BIN_EXE_serverpilot-helper");
const LIBRARY: &str = "libserverpilot.so";

/// The library as cargo has just built it, together with that program.
fn built() -> PathBuf {
    let folder = Path::new(PROGRAM).parent().expect("a folder");
    folder.join("deps").join(LIBRARY)
}

/// The program in a folder of its own. Linked, not copied: a file that another thread's child still
/// has open for writing cannot be run.
fn program() -> (tempfile::TempDir, PathBuf) {
    let beside = Path::new(PROGRAM).parent().expect("a folder");
    let dir = tempfile::tempdir_in(beside).expect("a folder");
    let program = dir.path().join("serverpilot-helper");
    std::fs::hard_link(PROGRAM, &program).expect("a link");
    (dir, program)
}

fn ask(program: &Path, request: &[u8]) -> Value {
    let mut child = Command::new(program)
        .env_clear()
        // Where the library could be found by anything that searched for it.
        .env("LD_LIBRARY_PATH", built().parent().expect("a folder"))
        .current_dir(built().parent().expect("a folder"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the helper program");
    let mut stdin = child.stdin.take().expect("its input");
    stdin.write_all(request).expect("a request");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
    serde_json::from_slice(&output.stdout).expect("a document")
}

#[test]
fn requests_that_are_none() {
    let (dir, program) = program();
    symlink(built(), dir.path().join(LIBRARY)).expect("a link");
    let null = Value::Null;
    for (request, status, argument) in [
        ("", Status::SP_ERR_INVALID_ARGUMENT, &null),
        ("null", Status::SP_ERR_INVALID_ARGUMENT, &null),
        // What serde would read as the fields in their order.
        (
            r#"[{},"version",null,0,null,null,null,null,0]"#,
            Status::SP_ERR_INVALID_ARGUMENT,
            &null,
        ),
        (
            r#"{"config":{},"operation":"version","typo":1}"#,
            Status::SP_ERR_INVALID_ARGUMENT,
            &null,
        ),
        (
            r#"{"config":{},"operation":"none"}"#,
            Status::SP_ERR_INVALID_ARGUMENT,
            &null,
        ),
        (
            r#"{"config":{},"operation":"inspect_app"}"#,
            Status::SP_ERR_NOT_CONFIGURED,
            &null,
        ),
        (
            r#"{"config":{},"operation":"check_ssl"}"#,
            Status::SP_ERR_NULL_ARGUMENT,
            &null,
        ),
        (
            r#"{"config":{},"operation":"check_ssl","domain":"no name"}"#,
            Status::SP_ERR_INVALID_DOMAIN,
            &null,
        ),
        (
            r#"{"config":{},"operation":"check_ssl","domain":"a\u0000.example"}"#,
            Status::SP_ERR_INVALID_ARGUMENT,
            &null,
        ),
        (
            r#"{"config":{"ca_file":"/nonexistent"},"operation":"inspect_app"}"#,
            Status::SP_ERR_INVALID_ARGUMENT,
            &json!("ca_file"),
        ),
        (
            r#"{"config":{"client_id":"a"},"operation":"inspect_app"}"#,
            Status::SP_ERR_NULL_ARGUMENT,
            &json!("client_id"),
        ),
        (
            r#"{"config":{"protect":["x"]},"operation":"inspect_app"}"#,
            Status::SP_ERR_INVALID_DOMAIN,
            &json!("protect"),
        ),
    ] {
        let answer = ask(&program, request.as_bytes());
        assert_eq!(answer["status"], status.code(), "{request}: {answer}");
        assert!(answer["document"].is_null() && answer["abi"] == 1);
        assert_eq!(answer["argument"], *argument, "{request}");
    }
    let garbled = ask(&program, b"{\"operation\":\"\xff\"}");
    assert_eq!(garbled["status"], Status::SP_ERR_INVALID_UTF8.code());
    let version = ask(&program, br#"{"config":{},"operation":"version"}"#);
    let document = json!({ "version": env!("CARGO_PKG_VERSION") });
    assert_eq!(
        version,
        json!({ "abi": 1, "status": 0, "document": document })
    );
}

#[test]
fn only_the_library_beside_it_is_loaded() {
    let (dir, program) = program();
    let beside = dir.path().join(LIBRARY);
    let unavailable = || {
        let answer = ask(&program, br#"{"config":{},"operation":"version"}"#);
        assert_eq!(answer["status"], Status::SP_ERR_STATE.code(), "{answer}");
        answer["unavailable"].as_str().expect("why").to_owned()
    };
    let shown = beside.display().to_string();
    let missing = unavailable();
    assert!(
        missing.contains(&shown) && missing.contains("No such file"),
        "{missing}"
    );
    std::fs::write(&beside, "no library").expect("a file");
    let garbled = unavailable();
    assert!(
        garbled.contains(&shown) && garbled.contains("file too short"),
        "{garbled}"
    );
    for (source, words) in [
        ("int other;", "is no library of ServerPilot's"),
        (
            "unsigned sp_abi_version(void) { return 2; }",
            "has ABI 2, and the helper program needs 1",
        ),
        (
            "unsigned sp_abi_version(void) { return 1; }",
            "has no sp_version",
        ),
    ] {
        let code = dir.path().join("other.c");
        std::fs::write(&code, source).expect("a file");
        let mut compiler = Command::new("gcc");
        compiler
            .args(["-shared", "-fPIC", "-o"])
            .arg(&beside)
            .arg(&code);
        assert!(compiler.status().expect("gcc").success());
        let why = unavailable();
        assert!(why.contains(words), "{why}");
    }
    std::fs::remove_file(&beside).expect("no file");
    symlink(built(), &beside).expect("a link");
    let version = ask(&program, br#"{"config":{},"operation":"version"}"#);
    assert_eq!(version["status"], 0);
}
