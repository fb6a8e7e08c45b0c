//! ServerPilot's JSON as it came, but for private keys: whatever a document calls `key` is skipped by
//! the parser and never becomes a value here. Must not know what the documents mean.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Stands for what was skipped: that it was there can be seen, what it was cannot.
pub const SKIPPED: &str = "[skipped]";

pub struct Document(pub Value);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Document, E> {
        Ok(Document(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Document, E> {
        Ok(Document(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Document, E> {
        Ok(Document(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Document, E> {
        Ok(Document(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Document, E> {
        Ok(Document(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Document, A::Error> {
        let mut list = Vec::new();
        while let Some(Document(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Document(list.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Document, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = if name == "key" {
                entries.next_value::<IgnoredAny>()?;
                SKIPPED.into()
            } else {
                entries.next_value::<Document>()?.0
            };
            map.insert(name, value);
        }
        Ok(Document(map.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_is_read_but_keys() {
        let text = r#"{"data":{"n":-1,"big":7,"f":0.5,"t":true,"nothing":null,"list":["a"],
            "ssl":{"key":"-----BEGIN PRIVATE KEY-----","cert":"C"}},"key":{"deep":["secret"]}}"#;
        let Document(read) = serde_json::from_str(text).expect("JSON");
        let expected = json!({"data": {"n": -1, "big": 7, "f": 0.5, "t": true, "nothing": null,
            "list": ["a"], "ssl": {"key": SKIPPED, "cert": "C"}}, "key": SKIPPED});
        assert_eq!(read, expected);
        assert!(serde_json::from_str::<Document>("<html>").is_err());
    }
}
