//! Text that must not be seen: the client ID and the API key.
//! It cannot be printed, compared by `==` or serialised, and is wiped when dropped.

use zeroize::Zeroizing;

/// A secret. `Debug` shows only that there is one.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<str>>);

impl Secret {
    pub fn new(text: &str) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends it and for the redaction of answers.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}

/// Takes known secrets out of text that may be shown.
///
/// Everything a result carries passes through here last. The code above it is written so
/// that there is nothing to find; this is what makes a slip of ours, or a service that
/// echoes what it was sent, harmless.
#[derive(Clone, Default)]
pub struct Redactor {
    needles: Vec<Secret>,
}

const REDACTED: &str = "[redacted]";

/// Cutting a shorter one out of every document would spoil names and sentences that hold it by
/// chance. ServerPilot's are longer; for others `tells` keeps foreign text away altogether.
const SHORTEST_CUT: usize = 8;

impl Redactor {
    pub fn new(client_id: &Secret, api_key: &Secret) -> Redactor {
        use base64::Engine as _;
        let pair = Zeroizing::new(format!("{}:{}", client_id.reveal(), api_key.reveal()));
        let basic = Zeroizing::new(base64::engine::general_purpose::STANDARD.encode(&*pair));
        // The longest first, so that a part is not cut out of a whole.
        let mut needles = vec![
            Secret::new(&basic),
            Secret::new(basic.trim_end_matches('=')),
            client_id.clone(),
            api_key.clone(),
        ];
        needles.retain(|needle| !needle.reveal().is_empty());
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.reveal().len()));
        Redactor { needles }
    }

    /// Whether foreign text holds any of the secrets, however short, or speaks of a private key.
    pub fn tells(&self, text: &str) -> bool {
        let upper = text.to_ascii_uppercase();
        upper.contains("PRIVATE")
            || upper.contains("BEGIN ")
            || self
                .needles
                .iter()
                .any(|needle| text.contains(needle.reveal()))
    }

    /// `text` without any of the secrets, and without private keys.
    pub fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for needle in &self.needles {
            if needle.reveal().len() >= SHORTEST_CUT && clean.contains(needle.reveal()) {
                clean = clean.replace(needle.reveal(), REDACTED);
            }
        }
        if clean.contains("PRIVATE KEY") {
            clean = REDACTED.to_owned();
        }
        clean
    }

    /// The same for every string of a document, keys left alone.
    pub fn clean_document(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                let clean = self.clean(text);
                if clean != *text {
                    *text = clean;
                }
            }
            serde_json::Value::Array(items) => {
                items.iter_mut().for_each(|item| self.clean_document(item));
            }
            serde_json::Value::Object(map) => {
                map.values_mut().for_each(|item| self.clean_document(item));
            }
            _ => {}
        }
    }
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn short_secrets_spoil_no_document() {
        let redactor = Redactor::new(&Secret::new("id"), &Secret::new("key"));
        assert_eq!(
            redactor.clean("invalid: monkey.example"),
            "invalid: monkey.example"
        );
        assert!(redactor.tells("your key is key") && !redactor.tells("no such app"));
        assert!(redactor.tells("-----BEGIN RSA"));
    }

    #[test]
    fn redacts_in_every_spelling() {
        let redactor = Redactor::new(&Secret::new("cid_abcd"), &Secret::new("key_123456"));
        let said = "Basic Y2lkX2FiY2Q6a2V5XzEyMzQ1Ng== is cid_abcd and key_123456";
        assert_eq!(
            redactor.clean(said),
            "Basic [redacted] is [redacted] and [redacted]"
        );
        let mut document = serde_json::json!({"a": ["x key_123456"], "b": {"c": "-----BEGIN RSA PRIVATE KEY-----"}, "n": 1});
        redactor.clean_document(&mut document);
        assert_eq!(
            document,
            serde_json::json!({"a": ["x [redacted]"], "b": {"c": "[redacted]"}, "n": 1})
        );
    }
}
