//! What a person reads: sentences with a stable code and named arguments, in English and as data, so
//! that they can be said in the reader's language. The catalogue is the only place that makes one.
//! Must decide nothing. Events are a log, which stays English: they are made of plain text.

mod catalogue;

use std::fmt;
use std::net::IpAddr;

use serde::ser::{Serialize, SerializeMap as _, Serializer};

pub use catalogue::*;

use crate::domain::Domain;

/// The most characters of an argument: enough for a path, and for what others say.
const LONGEST_ARGUMENT: usize = 500;
/// The most names of a list that are said.
const MOST_ITEMS: usize = 20;

/// One sentence or several, each of them out of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<Sentence>);

/// A sentence of the catalogue, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sentence {
    code: &'static str,
    english: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

/// A row of the catalogue. Codes and the names of arguments are part of the ABI.
#[derive(Debug)]
pub struct Entry {
    /// Stable, for translations.
    pub code: &'static str,
    /// In English, with each argument in braces.
    pub english: &'static str,
    /// Their names.
    pub arguments: &'static [&'static str],
}

/// What a sentence is about: never a phrase that would have to be translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A name, an address, a time, or what somebody else says.
    Text(String),
    /// A count.
    Number(i64),
    /// Names, and how many more there are.
    List {
        /// Those that are said.
        items: Vec<String>,
        /// How many are not.
        more: usize,
    },
}

impl Message {
    fn one(
        code: &'static str,
        english: &'static str,
        arguments: Vec<(&'static str, Argument)>,
    ) -> Message {
        Message(vec![Sentence {
            code,
            english,
            arguments,
        }])
    }

    /// The same, and then another.
    pub fn then(mut self, next: Message) -> Message {
        self.0.extend(next.0);
        self
    }

    /// As `message` and `message_sentences` of a document.
    pub(crate) fn as_message<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.under("message", "message_sentences", to)
    }

    /// As `advice` and `advice_sentences`.
    pub(crate) fn as_advice<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.under("advice", "advice_sentences", to)
    }

    /// As `detail` and `detail_sentences`.
    pub(crate) fn as_detail<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.under("detail", "detail_sentences", to)
    }

    fn under<S: Serializer>(&self, text: &str, sentences: &str, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry(text, &self.to_string())?;
        map.serialize_entry(sentences, &self.0)?;
        map.end()
    }
}

/// In English.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, sentence) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            sentence.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.english;
        while let Some((before, after)) = rest.split_once('{') {
            f.write_str(before)?;
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            let mut all = self.arguments.iter();
            if let Some((_, value)) = all.find(|(argument, _)| *argument == name) {
                value.fmt(f)?;
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Argument::Text(text) => f.write_str(text),
            Argument::Number(number) => number.fmt(f),
            Argument::List { items, more: 0 } if items.is_empty() => f.write_str("none"),
            Argument::List { items, more: 0 } => f.write_str(&items.join(", ")),
            Argument::List { items, more } => write!(f, "{} and {more} more", items.join(", ")),
        }
    }
}

impl Serialize for Sentence {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        /// An object, also where there are none.
        struct Arguments<'a>(&'a [(&'static str, Argument)]);
        impl Serialize for Arguments<'_> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
            }
        }
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("arguments", &Arguments(&self.arguments))?;
        map.end()
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Argument::Text(text) => to.serialize_str(text),
            Argument::Number(number) => to.serialize_i64(*number),
            Argument::List { items, more } => {
                let mut map = to.serialize_map(Some(2))?;
                map.serialize_entry("items", items)?;
                map.serialize_entry("more", more)?;
                map.end()
            }
        }
    }
}

/// The first of these, and how many more there are.
pub fn list<T: ToString>(of: impl IntoIterator<Item = T>, most: usize) -> Argument {
    let mut rest = of.into_iter();
    let items = rest.by_ref().take(most);
    let items = items.map(|item| cut(item.to_string())).collect();
    Argument::List {
        items,
        more: rest.count(),
    }
}

/// All of these, unless they are very many.
pub fn all<T: ToString>(of: impl IntoIterator<Item = T>) -> Argument {
    list(of, MOST_ITEMS)
}

fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST_ARGUMENT) {
        text.truncate(end);
    }
    text
}

impl From<String> for Argument {
    fn from(text: String) -> Argument {
        Argument::Text(cut(text))
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Argument {
        text.to_owned().into()
    }
}

impl From<&Domain> for Argument {
    fn from(domain: &Domain) -> Argument {
        domain.as_str().into()
    }
}

impl From<IpAddr> for Argument {
    fn from(address: IpAddr) -> Argument {
        Argument::Text(address.to_string())
    }
}

impl From<i64> for Argument {
    fn from(number: i64) -> Argument {
        Argument::Number(number)
    }
}

impl From<u64> for Argument {
    fn from(number: u64) -> Argument {
        Argument::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Argument {
    fn from(number: usize) -> Argument {
        Argument::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<u16> for Argument {
    fn from(number: u16) -> Argument {
        Argument::Number(number.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_its_sentences() {
        let names = list(["a.example.org", "b.example.org", "c.example.org"], 2);
        let message = list_added(names)
            .then(list_differs(all(["x"]), all([""; 0])))
            .then(service_says("{path} is {error}"))
            .then(list_count(3_usize, 300_usize));
        assert_eq!(
            message.to_string(),
            "Added a.example.org, b.example.org and 1 more. ServerPilot's answer shows another list than the one that was sent (missing: x; not sent: none). It says: {path} is {error} The app has 3 of 300 domains."
        );
        let document = message.as_detail(serde_json::value::Serializer);
        assert_eq!(
            document.expect("a document"),
            serde_json::json!({
                "detail": message.to_string(),
                "detail_sentences": [
                    {"code": "list_added", "arguments": {"names": {"items": ["a.example.org", "b.example.org"], "more": 1}}},
                    {"code": "list_differs", "arguments": {"missing": {"items": ["x"], "more": 0}, "extra": {"items": [], "more": 0}}},
                    {"code": "service_says", "arguments": {"quote": "{path} is {error}"}},
                    {"code": "list_count", "arguments": {"count": 3, "limit": 300}},
                ],
            })
        );
        assert_eq!(Message::default().to_string(), "");
    }

    #[test]
    fn arguments_are_bounded() {
        let Argument::Text(text) = Argument::from("é".repeat(10_000)) else {
            panic!("a text");
        };
        assert_eq!(text.chars().count(), LONGEST_ARGUMENT);
        let Argument::List { items, more } = all(vec!["é".repeat(10_000); 1000]) else {
            panic!("a list");
        };
        assert_eq!((items.len(), more), (MOST_ITEMS, 1000 - MOST_ITEMS));
        assert!(
            items
                .iter()
                .all(|item| item.chars().count() == LONGEST_ARGUMENT)
        );
        assert_eq!(Argument::from(u64::MAX), Argument::Number(i64::MAX));
    }
}
