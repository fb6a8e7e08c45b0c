//! What a client is told once: who, which app, how to get there. Checked when it is set.
//! Reads no environment and does no network I/O; the only file it opens is the CA file it is given.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use url::{Host, Url};

use crate::domain::Domain;
use crate::secret::{Redactor, Secret};
use crate::status::Status;

/// Where ServerPilot answers (its API documentation, "Base URL").
const SERVICE: &str = "https://api.serverpilot.io/v1";

/// The two halves of ServerPilot's HTTP Basic authentication.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user half.
    pub client_id: Secret,
    /// The password half.
    pub api_key: Secret,
}

/// The time limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To connect once.
    pub connect: Duration,
    /// For one request and its answer.
    pub request: Duration,
    /// For a whole call, waiting for the lock and trying again included.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(10),
            total: Duration::from_secs(20),
        }
    }
}

/// A letters-and-digits identifier of ServerPilot's: of an app, a server or an action.
/// Anything else could change the path of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(String);

impl Id {
    /// Reads an identifier of 1 to 64 letters and digits; anything else is `SP_ERR_INVALID_ARGUMENT`.
    pub fn parse(text: &str) -> Result<Id, Status> {
        let valid =
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if valid {
            Ok(Id(text.to_owned()))
        } else {
            Err(Status::SP_ERR_INVALID_ARGUMENT)
        }
    }

    /// The identifier as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Config {
    /// None: only certificates can be checked.
    pub credentials: Option<Credentials>,
    /// The app whose list is kept.
    pub app_id: Option<Id>,
    /// Where ServerPilot answers, without a slash at its end.
    pub base_url: Url,
    /// Trusted beside the system's CAs.
    pub extra_cas: Vec<CertificateDer<'static>>,
    /// May carry a password of its own, hence not shown either.
    pub proxy: Option<Secret>,
    /// The whole User-Agent.
    pub user_agent: String,
    /// The time limits of one call.
    pub timeouts: Timeouts,
    /// None: the places that all processes of the machine share.
    pub lock_dir: Option<PathBuf>,
    /// Names that are never removed from the app.
    pub protected: Vec<Domain>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            credentials: None,
            app_id: None,
            base_url: service_url(),
            extra_cas: Vec::new(),
            proxy: None,
            user_agent: concat!("serverpilot/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeouts: Timeouts::default(),
            lock_dir: None,
            protected: Vec::new(),
        }
    }
}

fn service_url() -> Url {
    // The constant is valid, which a test shows; `Url` has no constructor for constants.
    Url::parse(SERVICE).unwrap_or_else(|_| unreachable!("{SERVICE} is a URL"))
}

const REFUSED: Status = Status::SP_ERR_INVALID_ARGUMENT;

/// The longest file of certificates that is read. Debian's collection of all CAs has 220 KiB.
const LONGEST_CA_FILE: u64 = 4 * 1024 * 1024;

impl Config {
    /// Both without the white space that copying from a web page brings along.
    pub fn set_credentials(&mut self, client_id: &str, api_key: &str) -> Result<(), Status> {
        let (client_id, api_key) = (client_id.trim(), api_key.trim());
        let sendable = |text: &str| {
            !text.is_empty() && text.len() <= 1024 && !text.chars().any(char::is_control)
        };
        // A colon in the user half would move the border between the two (RFC 7617, section 2).
        if !sendable(client_id) || !sendable(api_key) || client_id.contains(':') {
            return Err(REFUSED);
        }
        self.credentials = Some(Credentials {
            client_id: Secret::new(client_id),
            api_key: Secret::new(api_key),
        });
        Ok(())
    }

    /// The app whose list is kept: letters and digits, white space around them dropped.
    pub fn set_app_id(&mut self, app_id: &str) -> Result<(), Status> {
        self.app_id = Some(Id::parse(app_id.trim())?);
        Ok(())
    }

    /// https, or http to a loopback address and then not through a proxy: the key travels in every
    /// request, and leaves this machine only encrypted.
    pub fn set_base_url(&mut self, url: &str) -> Result<(), Status> {
        let mut url = Url::parse(url.trim()).map_err(|_| REFUSED)?;
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            _ => false,
        };
        let allowed = match url.scheme() {
            "https" => url.has_host(),
            "http" => loopback,
            _ => false,
        };
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !allowed || !plain {
            return Err(REFUSED);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if url.scheme() == "http" && self.proxy.is_some() {
            return Err(REFUSED);
        }
        self.base_url = url;
        Ok(())
    }

    /// Adds the certificates of a PEM file to the system's. Read now, so that a wrong path is
    /// told where it was given.
    pub fn set_ca_file(&mut self, path: &str) -> Result<(), Status> {
        let pem = read_ca_file(path).map_err(|_| REFUSED)?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let found = found.map_err(|_| REFUSED)?;
        let mut trial = rustls::RootCertStore::empty();
        if found.is_empty() || trial.add_parsable_certificates(found.iter().cloned()).1 > 0 {
            return Err(REFUSED);
        }
        self.extra_cas = found;
        Ok(())
    }

    /// A proxy for ServerPilot's API. What goes through it stays TLS; so there is none for a base URL
    /// with http, where the proxy would be handed the key.
    pub fn set_proxy(&mut self, url: &str) -> Result<(), Status> {
        let url = Url::parse(url.trim()).map_err(|_| REFUSED)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(REFUSED);
        }
        if self.base_url.scheme() == "http" {
            return Err(REFUSED);
        }
        self.proxy = Some(Secret::new(url.as_str()));
        Ok(())
    }

    /// Appends to the User-Agent: printable ASCII, at most 256 octets.
    pub fn set_user_agent(&mut self, suffix: &str) -> Result<(), Status> {
        let suffix = suffix.trim();
        let printable = suffix.bytes().all(|b| (0x20..0x7f).contains(&b));
        if suffix.is_empty() || suffix.len() > 256 || !printable {
            return Err(REFUSED);
        }
        self.user_agent = format!("{} {suffix}", Config::default().user_agent);
        Ok(())
    }

    /// Milliseconds; 0 keeps the default of that one.
    pub fn set_timeouts(&mut self, connect_ms: u32, request_ms: u32, total_ms: u32) {
        let default = Timeouts::default();
        let choose = |ms: u32, default| match ms {
            0 => default,
            ms => Duration::from_millis(ms.into()),
        };
        self.timeouts = Timeouts {
            connect: choose(connect_ms, default.connect),
            request: choose(request_ms, default.request),
            total: choose(total_ms, default.total),
        };
    }

    /// An absolute path: a relative one would mean another lock in every working directory.
    pub fn set_lock_dir(&mut self, dir: &str) -> Result<(), Status> {
        let dir = Path::new(dir);
        if !dir.is_absolute() {
            return Err(REFUSED);
        }
        self.lock_dir = Some(dir.to_owned());
        Ok(())
    }

    /// Adds a name that is never removed from the app.
    pub fn protect(&mut self, domain: &str) -> Result<(), Status> {
        let domain = Domain::parse(domain).map_err(|_| Status::SP_ERR_INVALID_DOMAIN)?;
        if !self.protected.contains(&domain) {
            self.protected.push(domain);
        }
        Ok(())
    }

    /// What takes these settings' secrets out of texts.
    pub fn redactor(&self) -> Redactor {
        match &self.credentials {
            Some(credentials) => Redactor::new(&credentials.client_id, &credentials.api_key),
            None => Redactor::default(),
        }
    }
}

/// A pipe in the file's place would be waited for, and a device never ends: neither is read.
fn read_ca_file(path: &str) -> std::io::Result<Vec<u8>> {
    let file = File::options()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.len() > LONGEST_CA_FILE {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut pem = Vec::new();
    file.take(LONGEST_CA_FILE).read_to_end(&mut pem)?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls() {
        let mut config = Config::default();
        assert_eq!(config.base_url.as_str(), SERVICE);
        for url in [
            "https://127.0.0.1:8443/v1/",
            "https://api.example.org/v1",
            "http://127.0.0.1:1/v1",
            "http://127.9.9.9:1",
            "http://[::1]:1/",
        ] {
            assert_eq!(config.set_base_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "api.serverpilot.io",
            "http://api.serverpilot.io/v1",
            "http://localhost/v1",
            "http://127.0.0.1.example.org/",
            "http://169.254.169.254/",
            "http://[::2]/",
            "ftp://127.0.0.1/",
            "file:///etc/passwd",
            "https://user:pw@api.serverpilot.io/",
            "https://api.serverpilot.io/?a",
            "https://api.serverpilot.io/#a",
        ] {
            assert_eq!(config.set_base_url(url), Err(REFUSED), "{url}");
        }
    }

    #[test]
    fn the_key_never_goes_to_a_proxy_in_clear_text() {
        let (plain, proxy) = ("http://127.0.0.1:1/v1", "http://127.0.0.1:3128");
        let mut config = Config::default();
        assert_eq!(config.set_base_url(plain), Ok(()));
        assert_eq!(config.set_proxy(proxy), Err(REFUSED));
        assert!(config.proxy.is_none());
        assert_eq!(config.set_base_url(SERVICE), Ok(()));
        assert_eq!(config.set_proxy(proxy), Ok(()));
        assert_eq!(config.set_base_url(plain), Err(REFUSED));
        assert_eq!(config.base_url.as_str(), SERVICE);
    }

    #[test]
    fn identifiers_cannot_change_a_path() {
        for id in ["a", "nlcN0TwdZAyNEgdp", "0123456789"] {
            assert!(Id::parse(id).is_ok(), "{id}");
        }
        for id in [
            "",
            "a/b",
            "..",
            "a b",
            "a?b",
            "a%2f",
            "é",
            "a-b",
            "a_b",
            &"a".repeat(65),
        ] {
            assert!(Id::parse(id).is_err(), "{id}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut config = Config::default();
        assert_eq!(config.set_credentials(" cid_x\n", "key_y "), Ok(()));
        let shown = format!("{config:?}");
        assert!(
            !shown.contains("cid_x") && !shown.contains("key_y"),
            "{shown}"
        );
        for (id, key) in [
            ("", "k"),
            ("i", ""),
            ("a:b", "k"),
            ("a\nb", "k"),
            ("a", "k\0"),
        ] {
            assert_eq!(config.set_credentials(id, key), Err(REFUSED));
        }
    }

    #[test]
    fn other_settings_are_checked() {
        let mut config = Config::default();
        assert_eq!(config.set_lock_dir("relative"), Err(REFUSED));
        assert_eq!(config.set_user_agent("WordPress/6.9\r\nX: y"), Err(REFUSED));
        assert_eq!(config.set_user_agent("WordPress/6.9"), Ok(()));
        assert!(
            config.user_agent.starts_with("serverpilot/")
                && config.user_agent.ends_with(" WordPress/6.9")
        );
        assert_eq!(config.set_ca_file("/nonexistent"), Err(REFUSED));
        assert_eq!(config.set_proxy("socks5://127.0.0.1"), Err(REFUSED));
        assert_eq!(
            config.protect("*.example.org"),
            Err(Status::SP_ERR_INVALID_DOMAIN)
        );
        config.set_timeouts(0, 7, 0);
        assert_eq!(config.timeouts.request, Duration::from_millis(7));
        assert_eq!(config.timeouts.total, Duration::from_secs(20));
    }
}
