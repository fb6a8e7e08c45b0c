//! ServerPilot's documents as far as this library needs them (github.com/ServerPilot/API).
//! There is no field for `ssl.key`: the private key that comes with every app is skipped
//! by the parser and never becomes a value of ours.

use serde::{Deserialize, Deserializer};

/// Every answer: the data, and the action the change started, if it started one.
#[derive(Debug, Deserialize)]
pub struct Envelope<T> {
    pub data: T,
    #[serde(default)]
    pub actionid: Option<String>,
}

/// An error answer.
#[derive(Debug, Deserialize)]
pub struct ErrorEnvelope {
    pub error: ErrorText,
}

#[derive(Debug, Deserialize)]
pub struct ErrorText {
    pub message: String,
}

/// `domains` of an app. Not documented is whether it can be null or missing, and the two are
/// not the same: null says that there are none, a missing key says nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Domains {
    #[default]
    Missing,
    Null,
    List(Vec<String>),
}

impl<'de> Deserialize<'de> for Domains {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Domains, D::Error> {
        Ok(match Option::<Vec<String>>::deserialize(deserializer)? {
            Some(list) => Domains::List(list),
            None => Domains::Null,
        })
    }
}

/// One app, as `GET /apps/:id` and `POST /apps/:id` answer it.
#[derive(Debug, Deserialize)]
pub struct App {
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub serverid: Option<String>,
    #[serde(default)]
    pub runtime: Option<String>,
    #[serde(default)]
    pub domains: Domains,
    #[serde(default)]
    pub ssl: Option<Ssl>,
    /// Documented for the details of one app; the answer to a change may lack it.
    #[serde(default)]
    autossl: Option<Autossl>,
}

/// What serves HTTPS for an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SslMode {
    None,
    Auto,
    Custom,
}

impl SslMode {
    pub fn as_str(self) -> &'static str {
        match self {
            SslMode::None => "none",
            SslMode::Auto => "auto",
            SslMode::Custom => "custom",
        }
    }
}

impl App {
    pub fn ssl_mode(&self) -> SslMode {
        match &self.ssl {
            None => SslMode::None,
            Some(ssl) if ssl.auto == Some(true) => SslMode::Auto,
            Some(_) => SslMode::Custom,
        }
    }

    /// Whether a certificate is ready. None where the answer does not say.
    pub fn autossl_available(&self) -> Option<bool> {
        self.autossl.as_ref().map(|autossl| autossl.available)
    }

    /// The names in the certificate that is ready.
    pub fn autossl_domains(&self) -> &[String] {
        self.autossl
            .as_ref()
            .map_or(&[], |autossl| &autossl.domains)
    }

    pub fn force_ssl(&self) -> bool {
        self.ssl.as_ref().and_then(|ssl| ssl.force).unwrap_or(false)
    }
}

/// `ssl` of an app, without its private key.
#[derive(Debug, Deserialize)]
pub struct Ssl {
    #[serde(default)]
    pub auto: Option<bool>,
    #[serde(default)]
    pub force: Option<bool>,
    /// The certificate in PEM, which is public.
    #[serde(default)]
    pub cert: Option<String>,
}

/// `autossl` of an app: whether a certificate is ready to be used, and for which names.
#[derive(Debug, Deserialize)]
struct Autossl {
    #[serde(default, deserialize_with = "or_default")]
    available: bool,
    #[serde(default, deserialize_with = "or_default")]
    domains: Vec<String>,
}

/// The answer to `POST /apps/:id/ssl`: documented as the ssl object, seen inside an app too.
#[derive(Debug, Deserialize)]
pub struct SslAnswer {
    #[serde(default)]
    auto: Option<bool>,
    #[serde(default)]
    ssl: Option<Ssl>,
}

impl SslAnswer {
    /// Whether the answer says that AutoSSL is on. None where it says nothing about it.
    pub fn auto(&self) -> Option<bool> {
        self.auto
            .or_else(|| self.ssl.as_ref().and_then(|ssl| ssl.auto))
    }
}

/// `GET /servers/:id`.
#[derive(Debug, Deserialize)]
pub struct Server {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub lastaddress: Option<String>,
    /// Unix seconds.
    #[serde(default)]
    pub lastconn: Option<i64>,
}

/// `GET /actions/:id`. ServerPilot gives no reason for an error.
#[derive(Debug, Deserialize)]
pub struct Action {
    #[serde(default)]
    pub serverid: Option<String>,
    pub status: String,
    /// Unix seconds.
    #[serde(default)]
    pub datecreated: Option<i64>,
}

/// null like a missing key.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(json: &str) -> Option<App> {
        serde_json::from_str::<Envelope<App>>(json)
            .ok()
            .map(|answer| answer.data)
    }

    #[test]
    fn documented_app() {
        let app = app(r#"{"data":{"id":"c77","name":"wp","sysuserid":"u","serverid":"s","runtime":"php8.2",
            "datecreated":1403139066,"domains":["www.myshop.com","myshop.com"],
            "ssl":{"key":"-----BEGIN PRIVATE KEY-----","cert":"C","cacerts":null,"auto":true,"force":false},
            "autossl":{"available":true,"domains":["myshop.com"]}},"actionid":"g3"}"#)
        .expect("an app");
        assert_eq!(
            app.domains,
            Domains::List(vec!["www.myshop.com".into(), "myshop.com".into()])
        );
        assert_eq!(app.ssl_mode(), SslMode::Auto);
        assert!(!format!("{app:?}").contains("PRIVATE"));
    }

    #[test]
    fn every_spelling_of_nothing() {
        assert_eq!(
            app(r#"{"data":{"domains":null}}"#).expect("an app").domains,
            Domains::Null
        );
        assert_eq!(
            app(r#"{"data":{}}"#).expect("an app").domains,
            Domains::Missing
        );
        let nulls =
            app(r#"{"data":{"id":null,"name":null,"domains":[],"ssl":null,"autossl":null}}"#);
        assert_eq!(nulls.expect("an app").ssl_mode(), SslMode::None);
        let nulls = app(r#"{"data":{"autossl":{"available":null,"domains":null}}}"#);
        assert_eq!(nulls.expect("an app").autossl_available(), Some(false));
        // A struct may come as a sequence for serde; what is missing then is missing.
        assert_eq!(
            app(r#"{"data":[]}"#).expect("an app").domains,
            Domains::Missing
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        for json in [
            "",
            "null",
            "[]",
            r#"{"data":null}"#,
            r#"{"data":"a"}"#,
            r#"{"data":{"domains":{"1":"a"}}}"#,
            r#"{"data":{"domains":"a.org"}}"#,
            r#"{"data":{"domains":["a.org",7]}}"#,
            r#"{"data":{"domains":["a.org",null]}}"#,
            r#"{"error":{"message":"no"}}"#,
        ] {
            assert!(app(json).is_none(), "{json}");
        }
    }
}
