//! What the library says can be said in any language: the catalogue is whole, and so is PHP's table of
//! it. `UPDATE_MESSAGES=1 cargo test --test messages` renews PHP's files after a change of the
//! catalogue.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::{Value, json};
use serverpilot::messages::{CATALOGUE, Entry};

#[path = "setup/sentences.rs"]
mod sentences;

const TABLE: &str = "php-bindings/src/UltimateMultisite/LibrarySentences.php";
const SAMPLES: &str = "tests/php/Unit/library-sentences.json";
const DOMAIN: &str = "'ultimate-multisite-serverpilot'";
/// Where a line of PHP is broken.
const WIDTH: usize = 116;

#[test]
fn codes_are_unique_and_sentences_are_whole() {
    let mut codes = HashSet::new();
    for Entry {
        code,
        english,
        arguments,
    } in CATALOGUE
    {
        assert!(codes.insert(code), "{code} is there twice");
        let stem = code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(stem && !code.is_empty(), "{code}");
        // What ends in a colon or an argument goes on in the next sentence, or with foreign words.
        assert!(
            english.ends_with(['.', ':', '}']) && !english.contains("  "),
            "{english}"
        );
        assert!(
            !english.contains('!') && !english.contains('%'),
            "{english}"
        );
        let distinct: HashSet<_> = arguments.iter().collect();
        assert_eq!(distinct.len(), arguments.len(), "{code}");
        for argument in *arguments {
            assert!(!what_it_is(argument).is_empty());
        }
    }
    assert!(codes.len() > 200, "{} sentences", codes.len());
}

/// A translator sees each argument's meaning, and PHP has every sentence and no other.
#[test]
fn the_table_for_php_is_current() {
    current(TABLE, &table());
}

/// What PHP renders is compared with these, by its own tests.
#[test]
fn the_samples_for_php_are_current() {
    let samples: Vec<Value> = CATALOGUE.iter().flat_map(samples).collect();
    let lines: Vec<String> = samples.iter().map(Value::to_string).collect();
    current(SAMPLES, &format!("[\n{}\n]\n", lines.join(",\n")));
}

fn current(path: &str, made: &str) {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(&path, made).expect(&path);
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == made,
        "{path} is not current: run `UPDATE_MESSAGES=1 cargo test --test messages`"
    );
}

/// Each sentence with arguments of each kind.
fn samples(entry: &'static Entry) -> impl Iterator<Item = Value> {
    let kinds: [fn(usize, &str) -> Value; 4] = [
        |_, name| json!(format!("{{{name}}} 100%s $1 \\ <b>'é'</b>")),
        |at, _| json!(1234 + at),
        |at, name| json!({"items": [name, "second"], "more": at}),
        |_, _| json!({"items": [], "more": 0}),
    ];
    let most = if entry.arguments.is_empty() {
        1
    } else {
        kinds.len()
    };
    kinds.into_iter().take(most).map(|kind| {
        let arguments = entry.arguments.iter().enumerate();
        let arguments: serde_json::Map<String, Value> = arguments
            .map(|(at, name)| ((*name).to_owned(), kind(at, name)))
            .collect();
        let sentence = json!({"code": entry.code, "arguments": arguments});
        let english = sentences::rendered(&json!([sentence])).expect(entry.code);
        json!({"sentence": sentence, "english": english})
    })
}

/// What an argument stands for, as a translator is told. A new argument needs a row.
fn what_it_is(argument: &str) -> &'static str {
    match argument {
        "domain" | "name" => "domain name",
        "names" => "list of domain names",
        "missing" | "extra" => "list of domain names, or \"none\"",
        "others" | "addresses" => "list of IP addresses",
        "address" | "server" => "IP address",
        "error" => "what the system says, in English",
        "quote" => "what ServerPilot says, in English",
        "http" => "HTTP status",
        "path" => "path of a file",
        "place" => "path of a folder",
        "count" | "all" | "valid" | "not_valid" | "unknown" | "unanswered" | "planned"
        | "current" | "wanted" => "number of names",
        "limit" | "allowed" => "largest number of names",
        "days" => "number of days",
        "until" | "from" => "date and time",
        "bits" => "number of bits",
        "key" => "kind of key",
        "port" => "number of a port",
        "reason" => "code of a verdict, for example \"expired\"",
        "app" => "name of the app",
        "mode" => "\"none\", \"auto\" or \"custom\"",
        "issuer" => "name of an issuer in a CAA record",
        other => panic!("a translator has to be told what {other} is"),
    }
}

fn table() -> String {
    let mut php = String::from(
        "<?php

// Every sentence of the library's, for translation. Made from the library's catalogue by tests/messages.rs: must not
// be edited.

declare(strict_types=1);

namespace ServerPilot\\UltimateMultisite;

final class LibrarySentences
{
    /** Code => the names of its arguments, in the order of the placeholders' numbers. */
    public const ARGUMENTS = [
",
    );
    for entry in CATALOGUE {
        let names: Vec<String> = entry
            .arguments
            .iter()
            .map(|name| format!("'{name}'"))
            .collect();
        let _ = writeln!(php, "        '{}' => [{}],", entry.code, names.join(", "));
    }
    php += "    ];

    /** With numbered placeholders where there are arguments; null for the code of a newer library. */
    public static function text(string $code): ?string
    {
        return match ($code) {
";
    for entry in CATALOGUE {
        php += &arm(entry);
    }
    php += "            default => null,
        };
    }
}
";
    php
}

fn arm(entry: &Entry) -> String {
    let mut text = entry.english.replace('\\', "\\\\").replace('\'', "\\'");
    let mut comment = Vec::new();
    for (at, name) in entry.arguments.iter().enumerate() {
        text = text.replace(&format!("{{{name}}}"), &format!("%{}$s", at + 1));
        comment.push(format!("{}: {}", at + 1, what_it_is(name)));
    }
    let what = comment.join(", ");
    let comment = format!("/* translators: {what} */");
    // A comment that would make the line too long has a line of its own, and then so has the call.
    let (before, indent) = match entry.arguments.len() {
        0 => (String::new(), ""),
        _ if entry.code.len() + comment.len() < 95 => (format!(" {comment}"), ""),
        _ => (
            format!("\n                {comment}\n               "),
            "    ",
        ),
    };
    let text = broken(&text).join(&format!("'\n{indent}                    . '"));
    format!(
        "            '{}' =>{before} __(\n{indent}                '{text}',\n{indent}                {DOMAIN}\n{indent}            ),\n",
        entry.code
    )
}

/// At spaces, so that no line is too long.
fn broken(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let line = lines.last().expect("one").chars().count();
        if 25 + line + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        lines.last_mut().expect("one").push_str(word);
    }
    lines
}
