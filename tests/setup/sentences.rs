//! Reads what a document says to a person as a translator does: by codes and arguments. Must not use
//! the library's own rendering, which it checks.

#![allow(dead_code)] // Each test program uses only a part of it.

use serde_json::Value;
use serverpilot::messages::CATALOGUE;

/// The keys under which a document says something. Events are a log, which has no codes.
const SAID: [&str; 3] = ["message", "advice", "detail"];

const REDACTED: &str = "[redacted]";

/// Where a text of the document is not what its sentences say, or has none.
pub fn untranslatable(document: &Value) -> Option<String> {
    match document {
        Value::Array(items) => items.iter().find_map(untranslatable),
        Value::Object(map) => {
            for key in SAID {
                let Some(text) = map.get(key) else { continue };
                match map.get(&format!("{key}_sentences")).map(rendered) {
                    Some(Ok(said)) if *text == said => {}
                    // Of a text with a private key in it nothing is left; of its sentences, what is not in that argument.
                    Some(Ok(said)) if *text == REDACTED && said.contains(REDACTED) => {}
                    other => return Some(format!("{key} is {text}, its sentences are {other:?}")),
                }
            }
            let below = map.iter().filter(|(key, _)| *key != "events");
            below.map(|(_, value)| value).find_map(untranslatable)
        }
        _ => None,
    }
}

/// The sentences in English, by the catalogue.
pub fn rendered(sentences: &Value) -> Result<String, String> {
    let sentences = sentences.as_array().ok_or("no list")?;
    let rendered: Result<Vec<String>, String> = sentences.iter().map(sentence).collect();
    Ok(rendered?.join(" "))
}

fn sentence(sentence: &Value) -> Result<String, String> {
    let code = sentence["code"].as_str().ok_or("no code")?;
    let entry = CATALOGUE.iter().find(|entry| entry.code == code);
    let entry = entry.ok_or(format!("{code} is not in the catalogue"))?;
    let arguments = sentence["arguments"].as_object().ok_or("no arguments")?;
    if arguments.len() != entry.arguments.len() {
        return Err(format!("{code} has other arguments: {arguments:?}"));
    }
    // Piece by piece: an argument may hold braces of its own.
    let mut pieces = entry.english.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('}').ok_or("a brace too many")?;
        let value = arguments.get(name).ok_or(format!("{code} lacks {name}"))?;
        text += &argument(value)?;
        text += rest;
    }
    Ok(text)
}

fn argument(value: &Value) -> Result<String, String> {
    if let Some(items) = value["items"].as_array() {
        let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
        return Ok(match (&items[..], &value["more"]) {
            ([], _) => "none".to_owned(),
            (items, more) if *more == 0 => items.join(", "),
            (items, more) => format!("{} and {more} more", items.join(", ")),
        });
    }
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(format!("{other} is no argument")),
    }
}
