//! Whole calls against a service that answers arbitrary bytes, over real HTTP on loopback: every
//! call ends in time with a result that keeps the contract, and repeats no secret.
//!
//! The first line chooses the call by its first letter (`i` inspect, `s` sync, `r` remove, `e`
//! AutoSSL, `a` apply with the rest of the line, `q` an action). The answers follow, separated by
//! lines of `====`; the last one is repeated. An answer that does not begin with `HTTP/` gets a
//! valid head.

#![no_main]

mod abi;

use std::ffi::CString;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ptr::null_mut;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use abi::*;
use libfuzzer_sys::fuzz_target;

const TOTAL_MS: u32 = 15;
/// Allows for the sanitizer and a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

fuzz_target!(|bytes: &[u8]| {
    let end = bytes
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(bytes.len());
    let (call, answers) = bytes.split_at(end);
    let Some((letter, rest)) = call.split_first() else {
        return;
    };
    let client = Service::get().answers_with(answers.get(1..).unwrap_or_default());
    let started = Instant::now();
    // SAFETY: the client lives as long as the program, and the strings until the end of their call.
    let (status, document) = unsafe {
        match letter {
            b'i' => called(true, |out| sp_inspect_app(client, out)),
            b's' => called(true, |out| {
                sp_sync_domain(client, c"shop.example.org".as_ptr(), 0, out)
            }),
            b'r' => called(true, |out| {
                sp_remove_domain(client, c"shop.example.org".as_ptr(), 0, out)
            }),
            b'e' => called(true, |out| sp_enable_autossl(client, out)),
            b'q' => called(true, |out| {
                sp_wait_action(client, c"Action1".as_ptr(), 20, out)
            }),
            b'a' => {
                let Ok(change) = CString::new(rest) else {
                    return;
                };
                called(true, |out| sp_apply(client, change.as_ptr(), out))
            }
            _ => return,
        }
    };
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    if let Some(document) = document {
        // Success must be what the service said, not what the call hoped for.
        assert!(
            status != 0 || document["requests"].as_u64() > Some(0),
            "{document}"
        );
        if let Some(applied) = document["applied"].as_str() {
            assert!(matches!(applied, "yes" | "no" | "unknown"));
            assert!(status != 0 || applied == "yes" || document["dry_run"] == true);
        }
    }
});

/// A minimal service: reads a request, sends the next answer, closes the connection.
struct Service {
    client: usize,
    answers: &'static Mutex<Vec<Vec<u8>>>,
    _folder: tempfile::TempDir,
}

impl Service {
    fn get() -> &'static Service {
        static SERVICE: LazyLock<Service> = LazyLock::new(Service::start);
        &SERVICE
    }

    fn start() -> Service {
        static ANSWERS: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects is not an error.
                let _ = serve(stream, &ANSWERS);
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        let locks = folder.path().join("locks");
        let locks = CString::new(locks.into_os_string().into_encoded_bytes()).expect("a path");
        let url = CString::new(format!("http://127.0.0.1:{port}/v1")).expect("no NUL");
        let mut client = null_mut();
        // SAFETY: the config is live and freed once; the strings outlive the calls.
        unsafe {
            let config = sp_config_new();
            sp_config_set_credentials(config, CLIENT_ID.as_ptr(), API_KEY.as_ptr());
            sp_config_set_app_id(config, c"App1".as_ptr());
            sp_config_set_base_url(config, url.as_ptr());
            sp_config_set_lock_dir(config, locks.as_ptr());
            sp_config_set_timeouts(config, 50, 50, TOTAL_MS);
            assert_eq!(sp_client_new(config, &mut client), 0);
            sp_config_free(config);
        }
        Service {
            client: client.expose_provenance(),
            answers: &ANSWERS,
            _folder: folder,
        }
    }

    fn answers_with(&self, answers: &[u8]) -> *mut Client {
        let mut rest = answers;
        let mut all = Vec::new();
        while let Some(at) = rest.windows(6).position(|six| six == b"\n====\n") {
            all.push(answer(&rest[..at]));
            rest = &rest[at + 6..];
        }
        all.push(answer(rest));
        all.reverse();
        *self.answers.lock().expect("not poisoned") = all;
        std::ptr::with_exposed_provenance_mut(self.client)
    }
}

fn answer(text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"HTTP/") {
        return text.to_vec();
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        text.len()
    );
    [head.as_bytes(), text].concat()
}

fn serve(mut stream: TcpStream, answers: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(20)))?;
    stream.set_write_timeout(Some(Duration::from_millis(20)))?;
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    while !complete(&request) {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let next = {
        let mut answers = answers.lock().expect("not poisoned");
        match answers.len() {
            0 => Vec::new(),
            1 => answers[0].clone(),
            _ => answers.pop().unwrap_or_default(),
        }
    };
    stream.write_all(&next)
}

fn complete(request: &[u8]) -> bool {
    let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok());
    request.len() >= head + 4 + length.unwrap_or(0)
}
