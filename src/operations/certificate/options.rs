//! The options of a check, of many checks and of a diagnosis, as JSON: read strictly, because a typo
//! must not pass for an option that is then left out. Opens no connection and asks no name server.

use std::net::SocketAddr;
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::document;
use crate::domain::Domain;
use crate::probe::address::parse_network;
use crate::status::Status;

/// The most names of one call.
const MOST_NAMES: usize = 1000;
/// The most addresses of one option.
const MOST_ADDRESSES: usize = 256;
/// How many names are checked side by side: by default, and at most.
const CONCURRENCY: usize = 50;
const MOST_CONCURRENCY: usize = 200;
const HTTPS: u16 = 443;

/// The options of a check, as JSON. An unknown key or a wrong type is refused.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::operations) struct OptionsJson {
    /// "ip:port", IPv6 as "[::1]:443". No DNS then, and the address is thereby allowed.
    #[serde(default, deserialize_with = "given")]
    connect_to: Option<SocketAddr>,
    #[serde(default, deserialize_with = "given")]
    port: Option<u16>,
    /// For each name; 0: as `request_ms` of the client's time limits.
    #[serde(default, deserialize_with = "given")]
    timeout_ms: Option<u32>,
    #[serde(default)]
    allow_addresses: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    warn_days: Option<u32>,
    #[serde(default, deserialize_with = "given")]
    pub(in crate::operations) concurrency: Option<usize>,
    /// Name servers to ask in place of the system's.
    #[serde(default)]
    dns_servers: Vec<SocketAddr>,
    /// Only `sp_diagnose` connects to the port for HTTP.
    #[serde(default, deserialize_with = "given")]
    pub(in crate::operations) http_port: Option<u16>,
}

/// A key that is there has to have a value: null is no number.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl OptionsJson {
    pub(in crate::operations) fn parse(json: Option<&str>) -> Result<OptionsJson, Status> {
        json.map_or_else(|| Ok(OptionsJson::default()), document::read)
    }
}

/// The options of one check.
#[derive(Clone, Debug)]
pub struct Options {
    pub(in crate::operations) connect_to: Option<SocketAddr>,
    pub(in crate::operations) port: u16,
    /// For each name; None: as long as a request to ServerPilot.
    pub(super) timeout: Option<Duration>,
    pub(in crate::operations) allowed: Vec<IpNet>,
    /// None: by the share of the lifetime that is over.
    pub(super) warn_days: Option<u32>,
    /// Empty: the system's.
    pub(in crate::operations) dns_servers: Vec<SocketAddr>,
}

impl Options {
    /// Those of `sp_check_ssl`; None: all by default.
    pub fn parse(json: Option<&str>) -> Result<Options, Status> {
        let json = OptionsJson::parse(json)?;
        match (json.concurrency, json.http_port) {
            (None, None) => Options::from_json(json),
            _ => Err(Status::SP_ERR_INVALID_ARGUMENT),
        }
    }

    pub(in crate::operations) fn from_json(json: OptionsJson) -> Result<Options, Status> {
        let zero_port = json.port == Some(0)
            || json.connect_to.is_some_and(|address| address.port() == 0)
            || json.dns_servers.iter().any(|address| address.port() == 0);
        if zero_port
            || json.allow_addresses.len() > MOST_ADDRESSES
            || json.dns_servers.len() > MOST_ADDRESSES
        {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let allowed: Option<Vec<IpNet>> = json
            .allow_addresses
            .iter()
            .map(|text| parse_network(text))
            .collect();
        Ok(Options {
            connect_to: json.connect_to,
            port: json.port.unwrap_or(HTTPS),
            timeout: json
                .timeout_ms
                .filter(|ms| *ms > 0)
                .map(|ms| Duration::from_millis(ms.into())),
            allowed: allowed.ok_or(Status::SP_ERR_INVALID_ARGUMENT)?,
            warn_days: json.warn_days,
            dns_servers: json.dns_servers,
        })
    }
}

/// What `sp_check_ssl_many` is asked for.
#[derive(Clone, Debug)]
pub struct ManyRequest {
    pub(super) domains: Vec<Domain>,
    pub(super) options: Options,
    pub(super) concurrency: usize,
}

impl ManyRequest {
    /// The array of names, and the options; None: all by default.
    pub fn parse(domains_json: &str, options_json: Option<&str>) -> Result<ManyRequest, Status> {
        let texts: Vec<String> =
            serde_json::from_str(domains_json).map_err(|_| Status::SP_ERR_INVALID_ARGUMENT)?;
        if texts.len() > MOST_NAMES {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let json = OptionsJson::parse(options_json)?;
        let concurrency = json.concurrency.unwrap_or(CONCURRENCY);
        if !(1..=MOST_CONCURRENCY).contains(&concurrency) || json.http_port.is_some() {
            return Err(Status::SP_ERR_INVALID_ARGUMENT);
        }
        let options = Options::from_json(json)?;
        let domains: Result<Vec<Domain>, _> =
            texts.iter().map(|text| Domain::parse(text)).collect();
        let domains = domains.map_err(|_| Status::SP_ERR_INVALID_DOMAIN)?;
        Ok(ManyRequest {
            domains,
            options,
            concurrency,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_strictly() {
        for json in [
            None,
            Some("{}"),
            Some(
                r#" {"connect_to":"127.0.0.1:443","port":8443,"timeout_ms":5000,"warn_days":14} "#,
            ),
            Some(
                r#"{"connect_to":"[::1]:443","allow_addresses":["127.0.0.1","10.0.0.0/8","::1"]}"#,
            ),
            Some(r#"{"timeout_ms":0,"dns_servers":["127.0.0.1:53"]}"#),
        ] {
            assert!(Options::parse(json).is_ok(), "{json:?}");
        }
        for json in [
            "",
            "null",
            "[]",
            "1",
            "{",
            r#"{"Port":1}"#,
            r#"{"ports":443}"#,
            r#"{"port":"443"}"#,
            r#"{"port":0}"#,
            r#"{"port":65536}"#,
            r#"{"port":-1}"#,
            r#"{"port":443.5}"#,
            r#"{"port":null}"#,
            r#"{"port":443,"port":443}"#,
            r#"{"connect_to":"127.0.0.1"}"#,
            r#"{"connect_to":"127.0.0.1:0"}"#,
            r#"{"connect_to":"example.org:443"}"#,
            r#"{"connect_to":"::1:443"}"#,
            r#"{"connect_to":443}"#,
            r#"{"timeout_ms":-1}"#,
            r#"{"timeout_ms":"5"}"#,
            r#"{"allow_addresses":"127.0.0.1"}"#,
            r#"{"allow_addresses":["localhost"]}"#,
            r#"{"allow_addresses":[1]}"#,
            r#"{"allow_addresses":["10.0.0.0/33"]}"#,
            r#"{"allow_addresses":["10.0.0.0/+8"]}"#,
            r#"{"warn_days":-1}"#,
            r#"{"concurrency":5}"#,
            r#"{"http_port":80}"#,
            r#"{"verify":false}"#,
            "{} {}",
        ] {
            assert_eq!(
                Options::parse(Some(json)).err(),
                Some(Status::SP_ERR_INVALID_ARGUMENT),
                "{json}"
            );
        }
    }

    #[test]
    fn many_are_read_strictly() {
        let names =
            |count: usize| serde_json::to_string(&vec!["example.org"; count]).expect("JSON");
        assert!(ManyRequest::parse("[]", None).is_ok());
        assert!(ManyRequest::parse(&names(1000), Some(r#"{"concurrency":200}"#)).is_ok());
        for (domains, options, status) in [
            (names(1001).as_str(), None, Status::SP_ERR_INVALID_ARGUMENT),
            ("", None, Status::SP_ERR_INVALID_ARGUMENT),
            ("{}", None, Status::SP_ERR_INVALID_ARGUMENT),
            (r#""example.org""#, None, Status::SP_ERR_INVALID_ARGUMENT),
            (
                r#"["example.org",1]"#,
                None,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"["example.org",null]"#,
                None,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"["example.org","no name"]"#,
                None,
                Status::SP_ERR_INVALID_DOMAIN,
            ),
            (r#"["127.0.0.1"]"#, None, Status::SP_ERR_INVALID_DOMAIN),
            (
                "[]",
                Some(r#"{"concurrency":0}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                "[]",
                Some(r#"{"concurrency":201}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                "[]",
                Some(r#"{"concurrency":"5"}"#),
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
        ] {
            assert_eq!(
                ManyRequest::parse(domains, options).err(),
                Some(status),
                "{options:?}"
            );
        }
    }
}
