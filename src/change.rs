//! The change documents of `sp_apply`: read and checked as a whole. Pure: no I/O, no clock of its own.
//! Must not decide what a change makes of the list; that is `plan`'s.

use serde::Deserialize;

use crate::document;
use crate::domain::{Domain, Www};
use crate::plan::{BETWEEN_TIME_CHECKS, Change, Overflow};
use crate::status::Status;

/// The most names in one list of a document. An app has at most 300; whoever sends thirty times as
/// many has mistaken the argument, and the call's time is not for reading them.
const MOST_NAMES: usize = 10_000;
/// The longest text of the caller's that a result repeats.
const LONGEST_REPEATED: usize = 253;

/// What `sp_apply` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyRequest {
    /// What is to be different.
    pub change: Change,
    /// How many names the plan may remove; None: any number.
    pub max_removals: Option<u64>,
    /// Whether AutoSSL is to be seen to as well.
    pub autossl: bool,
    /// Only plan.
    pub dry_run: bool,
}

/// Why a document was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The caller's mistake.
    Invalid(Status),
    /// The call's time was over before all of it was read.
    OutOfTime,
}

impl From<Status> for Refused {
    fn from(status: Status) -> Refused {
        Refused::Invalid(status)
    }
}

/// The document as it comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeDocument {
    add: Option<Vec<String>>,
    remove: Option<Vec<String>>,
    desired: Option<Vec<String>>,
    owned: Option<Vec<String>>,
    #[serde(default)]
    www: WwwWord,
    overflow: Option<OverflowWord>,
    max_removals: Option<u64>,
    #[serde(default = "yes")]
    autossl: bool,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WwwWord {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OverflowWord {
    Refuse,
    Fit,
}

fn yes() -> bool {
    true
}

impl ApplyRequest {
    /// Reads a change document. A wrong shape, an unknown key, both forms at once or neither, a list
    /// of more than 10,000 names, or `overflow: "fit"` without `desired`: `SP_ERR_INVALID_ARGUMENT`.
    /// A command about what is not a name: `SP_ERR_INVALID_DOMAIN`.
    pub fn parse(json: &str, out_of_time: &dyn Fn() -> bool) -> Result<ApplyRequest, Refused> {
        const REFUSED: Refused = Refused::Invalid(Status::SP_ERR_INVALID_ARGUMENT);
        let document: ChangeDocument = document::read(json)?;
        let lists = [
            &document.add,
            &document.remove,
            &document.desired,
            &document.owned,
        ];
        if lists
            .into_iter()
            .flatten()
            .any(|list| list.len() > MOST_NAMES)
        {
            return Err(REFUSED);
        }
        let www = match document.www {
            WwwWord::Auto => Www::Auto,
            WwwWord::Always => Www::Always,
            WwwWord::Never => Www::Never,
        };
        let overflow = match document.overflow {
            Some(OverflowWord::Fit) => Overflow::Fit,
            Some(OverflowWord::Refuse) | None => Overflow::Refuse,
        };
        let read = |list: Option<Vec<String>>| Names::read(&list.unwrap_or_default(), out_of_time);
        let edits = document.add.is_some() || document.remove.is_some();
        let reconciles = document.desired.is_some() || document.owned.is_some();
        let change = match (edits, reconciles) {
            (true, false) if overflow == Overflow::Refuse => {
                let add = read(document.add)?.all_valid()?;
                let remove = read(document.remove)?.all_valid()?;
                let going: std::collections::HashSet<&Domain> = remove.iter().collect();
                if add.iter().any(|name| going.contains(name)) {
                    return Err(REFUSED);
                }
                Change::Edit { add, remove, www }
            }
            (false, true) => {
                let (desired, owned) = (read(document.desired)?, read(document.owned)?);
                Change::Reconcile {
                    desired: desired.valid,
                    owned: owned.valid,
                    www,
                    overflow,
                    invalid: [desired.invalid, owned.invalid].concat(),
                }
            }
            _ => return Err(REFUSED),
        };
        Ok(ApplyRequest {
            change,
            max_removals: document.max_removals,
            autossl: document.autossl,
            dry_run: document.dry_run,
        })
    }
}

/// A list of the document's, the names in it apart from what is not one.
struct Names {
    valid: Vec<Domain>,
    invalid: Vec<String>,
}

impl Names {
    fn read(texts: &[String], out_of_time: &dyn Fn() -> bool) -> Result<Names, Refused> {
        let mut names = Names {
            valid: Vec::with_capacity(texts.len()),
            invalid: Vec::new(),
        };
        for some in texts.chunks(BETWEEN_TIME_CHECKS) {
            if out_of_time() {
                return Err(Refused::OutOfTime);
            }
            for text in some {
                match Domain::parse(text) {
                    Ok(name) => names.valid.push(name),
                    Err(_) => names
                        .invalid
                        .push(text.chars().take(LONGEST_REPEATED).collect()),
                }
            }
        }
        Ok(names)
    }

    fn all_valid(self) -> Result<Vec<Domain>, Status> {
        if self.invalid.is_empty() {
            Ok(self.valid)
        } else {
            Err(Status::SP_ERR_INVALID_DOMAIN)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<ApplyRequest, Refused> {
        ApplyRequest::parse(json, &|| false)
    }

    #[test]
    fn change_documents() {
        let request = parse(r#"{"add":["A.org"],"remove":["b.org"],"www":"never","dry_run":true}"#);
        assert_eq!(
            request,
            Ok(ApplyRequest {
                change: Change::Edit {
                    add: vec![Domain::parse("a.org").expect("a name")],
                    remove: vec![Domain::parse("b.org").expect("a name")],
                    www: Www::Never,
                },
                max_removals: None,
                autossl: true,
                dry_run: true
            })
        );
        let request = parse(r#"{"desired":["a.org","no name"],"owned":[]}"#).expect("a request");
        assert!(
            matches!(request.change, Change::Reconcile { ref invalid, .. } if invalid == &["no name"])
        );
        for (json, status) in [
            ("", Status::SP_ERR_INVALID_ARGUMENT),
            ("[]", Status::SP_ERR_INVALID_ARGUMENT),
            (
                r#"[["a.org"],null,null,null]"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"[["a.org"],null,null,null,"never",true,false]"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            ("{}", Status::SP_ERR_INVALID_ARGUMENT),
            (
                r#"{"add":["a.org"],"desired":[]}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"add":["a.org"],"typo":1}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (r#"{"add":"a.org"}"#, Status::SP_ERR_INVALID_ARGUMENT),
            (
                r#"{"add":["a.org"],"www":"sometimes"}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"add":["a.org"],"remove":["A.ORG"]}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"add":["a.org"],"overflow":"fit"}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"desired":["a.org"],"overflow":"drop"}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"desired":["a.org"],"max_removals":-1}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (
                r#"{"desired":["a.org"],"max_removals":"5"}"#,
                Status::SP_ERR_INVALID_ARGUMENT,
            ),
            (r#"{"add":["a.org"]} x"#, Status::SP_ERR_INVALID_ARGUMENT),
            (r#"{"add":["*.a.org"]}"#, Status::SP_ERR_INVALID_DOMAIN),
        ] {
            assert_eq!(parse(json), Err(Refused::Invalid(status)), "{json}");
        }
    }

    #[test]
    fn overflow_and_the_limit_of_removals_are_read() {
        let request =
            parse(r#"{"desired":["a.org"],"overflow":"fit","max_removals":5}"#).expect("a request");
        assert_eq!(request.max_removals, Some(5));
        assert!(matches!(
            request.change,
            Change::Reconcile {
                overflow: Overflow::Fit,
                ..
            }
        ));
        let request = parse(r#"{"add":["a.org"],"overflow":"refuse"}"#).expect("a request");
        assert_eq!(request.max_removals, None);
    }

    #[test]
    fn lists_are_bounded_and_reading_them_ends_with_the_time_of_the_call() {
        let with = |key: &str, count: usize| {
            let names: Vec<String> = (0..count).map(|n| format!("n{n}.example.org")).collect();
            serde_json::json!({ key: names }).to_string()
        };
        for key in ["add", "remove", "desired", "owned"] {
            assert!(parse(&with(key, 10_000)).is_ok(), "{key}");
            let refused = Refused::Invalid(Status::SP_ERR_INVALID_ARGUMENT);
            assert_eq!(parse(&with(key, 10_001)), Err(refused), "{key}");
        }
        let asked = std::cell::Cell::new(0);
        let out_of_time = || asked.replace(asked.get() + 1) == 2;
        let request = ApplyRequest::parse(&with("owned", 10_000), &out_of_time);
        assert_eq!(request, Err(Refused::OutOfTime));
        assert_eq!(asked.get(), 3, "it went on after the time was over");
    }
}
