//! Current list + change → new list, or why not. Pure: no I/O, no clock.
//! The only place that decides which names are sent to ServerPilot.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::document;
use crate::domain::{Domain, Www};
use crate::status::Status;

/// ServerPilot's limit of names per app (its API documentation, since 2024-02).
pub const LIMIT: usize = 300;
/// Let's Encrypt's limit of names per certificate (letsencrypt.org/docs/rate-limits).
pub const CERTIFICATE_LIMIT: usize = 100;

/// What the caller wants to be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Commands: these come, those go. What cannot be obeyed is refused as a whole.
    Edit {
        add: Vec<Domain>,
        remove: Vec<Domain>,
        www: Www,
    },
    /// A picture of the world: everything owned and not desired goes, what is neither stays.
    /// What cannot be obeyed is left out and named.
    Reconcile {
        desired: Vec<Domain>,
        owned: Vec<Domain>,
        www: Www,
        /// Texts of the caller's that are no names.
        invalid: Vec<String>,
    },
}

/// A name of the change that is left as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    pub domain: String,
    /// `protected` or `invalid_domain`.
    pub reason: &'static str,
}

/// The new list and how it differs from the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The complete list to send. Entries of others stand in their order, byte for byte.
    pub list: Vec<String>,
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// Names of the change that are already as it wants them.
    pub unchanged: Vec<String>,
    pub skipped: Vec<Skipped>,
}

impl Plan {
    pub fn is_nothing_to_do(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Why there is no new list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The list would be too long.
    Limit { current: usize, wanted: usize },
    /// The name is never removed.
    Protected(Domain),
    /// The app would be left without a name, and an app without names gets no requests.
    Empty,
}

impl Refusal {
    pub fn status(&self) -> Status {
        match self {
            Refusal::Limit { .. } => Status::SP_ERR_DOMAIN_LIMIT,
            Refusal::Protected(_) | Refusal::Empty => Status::SP_ERR_PROTECTED,
        }
    }

    pub fn message(&self) -> String {
        match self {
            Refusal::Limit { current, wanted } => format!(
                "ServerPilot allows {LIMIT} domains per app; this app has {current} and the change would make it {wanted}. Remove names that are no longer used, or move sites to another app. Nothing was changed."
            ),
            Refusal::Protected(domain) => {
                format!("{domain} is protected and is never removed from the app. Nothing was changed.")
            }
            Refusal::Empty => "This would remove the app's last domain, and an app without domains gets no requests at all. Add another name first. Nothing was changed.".to_owned(),
        }
    }
}

/// The name an entry of the list stands for. None for a wildcard, an IP address or anything
/// else that is no name: that is somebody else's entry, and never touched.
fn name_of(entry: &str) -> Option<Domain> {
    Domain::parse(entry).ok()
}

/// Computes the new list.
pub fn plan(current: &[String], change: &Change, protected: &[Domain]) -> Result<Plan, Refusal> {
    let wishes = Wishes::of(change, protected)?;
    let names: Vec<Option<Domain>> = current.iter().map(|entry| name_of(entry)).collect();
    let present: HashSet<&Domain> = names.iter().flatten().collect();

    let mut plan = Plan {
        list: Vec::with_capacity(current.len() + wishes.add.len()),
        added: Vec::new(),
        removed: Vec::new(),
        unchanged: Vec::new(),
        skipped: wishes.skipped,
    };
    let going: HashSet<&Domain> = wishes.remove.iter().collect();
    for (entry, name) in current.iter().zip(&names) {
        if !name.as_ref().is_some_and(|name| going.contains(name)) {
            plan.list.push(entry.clone());
        }
    }
    for name in &wishes.remove {
        let goes = present.contains(name);
        let row = if goes {
            &mut plan.removed
        } else {
            &mut plan.unchanged
        };
        row.push(name.as_str().to_owned());
    }
    for name in &wishes.add {
        let text = name.as_str().to_owned();
        if present.contains(name) {
            plan.unchanged.push(text);
        } else {
            plan.list.push(text.clone());
            plan.added.push(text);
        }
    }

    if plan.is_nothing_to_do() {
        return Ok(plan);
    }
    if plan.list.is_empty() {
        return Err(Refusal::Empty);
    }
    if plan.list.len() > LIMIT {
        return Err(Refusal::Limit {
            current: current.len(),
            wanted: plan.list.len(),
        });
    }
    Ok(plan)
}

/// The change with `www.` worked out, duplicates dropped and protected names honoured.
struct Wishes {
    add: Vec<Domain>,
    remove: Vec<Domain>,
    skipped: Vec<Skipped>,
}

impl Wishes {
    fn of(change: &Change, protected: &[Domain]) -> Result<Wishes, Refusal> {
        let mut skipped = Vec::new();
        let (add, remove) = match change {
            Change::Edit { add, remove, www } => {
                if let Some(name) = remove.iter().find(|name| protected.contains(name)) {
                    return Err(Refusal::Protected(name.clone()));
                }
                (with_companions(add, *www), with_companions(remove, *www))
            }
            Change::Reconcile {
                desired,
                owned,
                www,
                invalid,
            } => {
                skipped.extend(invalid.iter().map(|text| Skipped {
                    domain: text.clone(),
                    reason: "invalid_domain",
                }));
                (
                    with_companions(desired, *www),
                    unique(owned.iter().cloned()),
                )
            }
        };
        let staying: HashSet<&Domain> = add.iter().collect();
        let (kept, remove): (Vec<Domain>, Vec<Domain>) = remove
            .into_iter()
            .filter(|name| !staying.contains(name))
            .partition(|name| protected.contains(name));
        skipped.extend(kept.into_iter().map(|name| Skipped {
            domain: name.as_str().to_owned(),
            reason: "protected",
        }));
        Ok(Wishes {
            add,
            remove,
            skipped,
        })
    }
}

fn with_companions(names: &[Domain], www: Www) -> Vec<Domain> {
    unique(
        names
            .iter()
            .flat_map(|name| std::iter::once(name.clone()).chain(www.companion(name))),
    )
}

fn unique(names: impl Iterator<Item = Domain>) -> Vec<Domain> {
    let mut seen = HashSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}

/// How the list in an answer differs from the one that was sent, compared as sets of names:
/// ServerPilot answers in an order of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub missing: Vec<String>,
    pub extra: Vec<String>,
}

impl Difference {
    pub fn between(sent: &[String], answered: &[String]) -> Difference {
        let key = |entry: &String| match name_of(entry) {
            Some(name) => name.as_str().to_owned(),
            None => entry.trim().to_ascii_lowercase(),
        };
        let sent_keys: HashSet<String> = sent.iter().map(key).collect();
        let answered_keys: HashSet<String> = answered.iter().map(key).collect();
        let sorted = |left: &HashSet<String>, right: &HashSet<String>| {
            let mut names: Vec<String> = left.difference(right).cloned().collect();
            names.sort();
            names
        };
        Difference {
            missing: sorted(&sent_keys, &answered_keys),
            extra: sorted(&answered_keys, &sent_keys),
        }
    }

    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}

/// The change document of `sp_apply`, as it comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeDocument {
    add: Option<Vec<String>>,
    remove: Option<Vec<String>>,
    desired: Option<Vec<String>>,
    owned: Option<Vec<String>>,
    #[serde(default)]
    www: WwwWord,
    #[serde(default = "yes")]
    autossl: bool,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WwwWord {
    #[default]
    Auto,
    Always,
    Never,
}

fn yes() -> bool {
    true
}

/// What `sp_apply` is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub change: Change,
    pub autossl: bool,
    pub dry_run: bool,
}

impl Order {
    /// Reads a change document. A wrong shape, an unknown key, both forms at once or neither:
    /// `SP_ERR_INVALID_ARGUMENT`. A command about what is no name: `SP_ERR_INVALID_DOMAIN`.
    pub fn parse(json: &str) -> Result<Order, Status> {
        let refused = Status::SP_ERR_INVALID_ARGUMENT;
        let document: ChangeDocument = document::read(json)?;
        let www = match document.www {
            WwwWord::Auto => Www::Auto,
            WwwWord::Always => Www::Always,
            WwwWord::Never => Www::Never,
        };
        let edits = document.add.is_some() || document.remove.is_some();
        let pictures = document.desired.is_some() || document.owned.is_some();
        let change = match (edits, pictures) {
            (true, false) => {
                let add = parse_all(&document.add.unwrap_or_default())?;
                let remove = parse_all(&document.remove.unwrap_or_default())?;
                if add.iter().any(|name| remove.contains(name)) {
                    return Err(refused);
                }
                Change::Edit { add, remove, www }
            }
            (false, true) => {
                let mut invalid = Vec::new();
                let desired = parse_valid(document.desired.unwrap_or_default(), &mut invalid);
                let owned = parse_valid(document.owned.unwrap_or_default(), &mut invalid);
                Change::Reconcile {
                    desired,
                    owned,
                    www,
                    invalid,
                }
            }
            _ => return Err(refused),
        };
        Ok(Order {
            change,
            autossl: document.autossl,
            dry_run: document.dry_run,
        })
    }
}

fn parse_all(texts: &[String]) -> Result<Vec<Domain>, Status> {
    texts
        .iter()
        .map(|text| Domain::parse(text).map_err(|_| Status::SP_ERR_INVALID_DOMAIN))
        .collect()
}

/// The longest text of the caller's that a document repeats.
const SHOWN: usize = 253;

fn parse_valid(texts: Vec<String>, invalid: &mut Vec<String>) -> Vec<Domain> {
    let mut names = Vec::with_capacity(texts.len());
    for text in texts {
        match Domain::parse(&text) {
            Ok(name) => names.push(name),
            Err(_) => invalid.push(text.chars().take(SHOWN).collect()),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(texts: &[&str]) -> Vec<Domain> {
        texts
            .iter()
            .map(|text| Domain::parse(text).expect(text))
            .collect()
    }

    fn list(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    fn edit(add: &[&str], remove: &[&str], www: Www) -> Change {
        Change::Edit {
            add: names(add),
            remove: names(remove),
            www,
        }
    }

    fn reconcile(desired: &[&str], owned: &[&str], www: Www) -> Change {
        Change::Reconcile {
            desired: names(desired),
            owned: names(owned),
            www,
            invalid: vec![],
        }
    }

    #[test]
    fn table() {
        use Www::*;
        let foreign = [
            "*.example.com",
            "203.0.113.9",
            "Mixed.Example.COM",
            "dup.org",
            "dup.org",
            "[::1]",
        ];
        // (current, change, expected list; None: nothing to do)
        type Row<'a> = (&'a [&'a str], Change, Option<Vec<&'a str>>);
        let rows: Vec<Row> = vec![
            (
                &[],
                edit(&["a.example.org"], &[], Auto),
                Some(vec!["a.example.org"]),
            ),
            (
                &["x.org"],
                edit(&["example.com"], &[], Auto),
                Some(vec!["x.org", "example.com", "www.example.com"]),
            ),
            (
                &["x.org"],
                edit(&["example.com"], &[], Never),
                Some(vec!["x.org", "example.com"]),
            ),
            (
                &["x.org"],
                edit(&["shop.example.com"], &[], Auto),
                Some(vec!["x.org", "shop.example.com"]),
            ),
            (
                &["x.org"],
                edit(&["shop.example.com"], &[], Always),
                Some(vec!["x.org", "shop.example.com", "www.shop.example.com"]),
            ),
            (
                &["x.org"],
                edit(&["www.example.com"], &[], Always),
                Some(vec!["x.org", "www.example.com"]),
            ),
            (&["X.ORG"], edit(&["x.org"], &[], Never), None),
            (
                &["www.x.org"],
                edit(&["x.org"], &[], Auto),
                Some(vec!["www.x.org", "x.org"]),
            ),
            (
                &["a.org", "b.org", "c.org"],
                edit(&[], &["b.org"], Never),
                Some(vec!["a.org", "c.org"]),
            ),
            (
                &["a.org", "b.org", "www.b.org"],
                edit(&[], &["b.org"], Auto),
                Some(vec!["a.org"]),
            ),
            (
                &["a.org", "b.org", "www.b.org"],
                edit(&[], &["b.org"], Never),
                Some(vec!["a.org", "www.b.org"]),
            ),
            (
                &["a.org", "B.org", "b.org."],
                edit(&[], &["b.org"], Never),
                Some(vec!["a.org"]),
            ),
            (&["a.org"], edit(&[], &["b.org"], Auto), None),
            (
                &foreign,
                edit(&["n.example.org"], &["dup.org"], Never),
                Some(vec![
                    "*.example.com",
                    "203.0.113.9",
                    "Mixed.Example.COM",
                    "[::1]",
                    "n.example.org",
                ]),
            ),
            (
                &["a.org", "b.org", "www.b.org"],
                edit(&["www.b.org"], &["b.org"], Auto),
                Some(vec!["a.org", "www.b.org"]),
            ),
            (
                &["net.org", "old.org", "theirs.org"],
                reconcile(&["new.org"], &["old.org"], Never),
                Some(vec!["net.org", "theirs.org", "new.org"]),
            ),
            (
                &["net.org", "old.org"],
                reconcile(&["old.org"], &["old.org", "gone.org"], Never),
                None,
            ),
            (
                &["net.org", "old.org", "www.old.org"],
                reconcile(&["net.org"], &["old.org"], Auto),
                Some(vec!["net.org", "www.old.org", "www.net.org"]),
            ),
        ];
        for (current, change, expected) in rows {
            let made = plan(&list(current), &change, &[]).expect("a plan");
            let expected_list = expected.clone().map_or_else(|| list(current), |l| list(&l));
            assert_eq!(made.list, expected_list, "{current:?} {change:?}");
            assert_eq!(
                made.is_nothing_to_do(),
                expected.is_none(),
                "{current:?} {change:?}"
            );
        }
    }

    #[test]
    fn refusals() {
        let protected = names(&["net.org", "www.b.org"]);
        let current = list(&["net.org", "b.org", "www.b.org"]);
        assert_eq!(
            plan(&current, &edit(&[], &["net.org"], Www::Never), &protected),
            Err(Refusal::Protected(names(&["net.org"]).remove(0)))
        );
        let made = plan(&current, &edit(&[], &["b.org"], Www::Auto), &protected).expect("a plan");
        assert_eq!(made.list, list(&["net.org", "www.b.org"]));
        assert_eq!(
            made.skipped,
            [Skipped {
                domain: "www.b.org".into(),
                reason: "protected"
            }]
        );
        let made = plan(
            &current,
            &reconcile(&[], &["net.org", "b.org"], Www::Never),
            &protected,
        )
        .expect("a plan");
        assert_eq!(made.list, list(&["net.org", "www.b.org"]));

        assert_eq!(
            plan(&list(&["a.org"]), &edit(&[], &["a.org"], Www::Auto), &[]),
            Err(Refusal::Empty)
        );
        let full: Vec<String> = (0..LIMIT).map(|n| format!("n{n}.example.org")).collect();
        assert_eq!(
            plan(&full, &edit(&["one.more.org"], &[], Www::Never), &[]),
            Err(Refusal::Limit {
                current: 300,
                wanted: 301
            })
        );
        assert!(
            plan(
                &full,
                &edit(&["one.more.org"], &["n0.example.org"], Www::Never),
                &[]
            )
            .is_ok()
        );
        assert!(plan(&full, &edit(&["n7.example.org"], &[], Www::Never), &[]).is_ok());
    }

    #[test]
    fn change_documents() {
        let order =
            Order::parse(r#"{"add":["A.org"],"remove":["b.org"],"www":"never","dry_run":true}"#);
        assert_eq!(
            order,
            Ok(Order {
                change: edit(&["a.org"], &["b.org"], Www::Never),
                autossl: true,
                dry_run: true
            })
        );
        let order =
            Order::parse(r#"{"desired":["a.org","no name"],"owned":[]}"#).expect("an order");
        assert!(
            matches!(order.change, Change::Reconcile { ref invalid, .. } if invalid == &["no name"])
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
            (r#"{"add":["a.org"]} x"#, Status::SP_ERR_INVALID_ARGUMENT),
            (r#"{"add":["*.a.org"]}"#, Status::SP_ERR_INVALID_DOMAIN),
        ] {
            assert_eq!(Order::parse(json), Err(status), "{json}");
        }
    }

    #[test]
    fn answers_are_compared_as_sets() {
        let sent = list(&["a.org", "*.b.org", "Bücher.example"]);
        assert!(
            Difference::between(
                &sent,
                &list(&["xn--bcher-kva.example", "*.B.org", "A.org", "a.org"])
            )
            .is_none()
        );
        let difference = Difference::between(&sent, &list(&["a.org", "*.b.org", "c.org"]));
        assert_eq!(difference.missing, ["xn--bcher-kva.example"]);
        assert_eq!(difference.extra, ["c.org"]);
    }

    fn any_entry() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[a-f]\\.(org|example\\.com)",
            2 => "(www\\.)[a-f]\\.(org|example\\.com)",
            1 => "[A-F]\\.(ORG|example\\.com)",
            1 => "\\*\\.[a-f]\\.org",
            1 => Just("203.0.113.9".to_owned()),
            1 => "\\PC{0,12}",
        ]
    }

    fn any_names() -> impl Strategy<Value = Vec<Domain>> {
        proptest::collection::vec(
            "(www\\.)?[a-f]\\.(org|example\\.com)"
                .prop_map(|text| Domain::parse(&text).expect("a name")),
            0..6,
        )
    }

    fn any_change() -> impl Strategy<Value = Change> {
        let www = prop_oneof![Just(Www::Auto), Just(Www::Always), Just(Www::Never)];
        (any_names(), any_names(), www, any::<bool>()).prop_map(|(a, b, www, edits)| {
            if edits {
                let b = b.into_iter().filter(|name| !a.contains(name)).collect();
                Change::Edit {
                    add: a,
                    remove: b,
                    www,
                }
            } else {
                Change::Reconcile {
                    desired: a,
                    owned: b,
                    www,
                    invalid: vec![],
                }
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn promises(
            current in proptest::collection::vec(any_entry(), 0..14),
            filler in prop_oneof![Just(0usize), 285usize..305],
            change in any_change(),
            protected in any_names(),
        ) {
            let mut current = current;
            current.extend((0..filler).map(|n| format!("filler{n}.example.net")));
            let before: HashSet<Domain> = current.iter().filter_map(|e| name_of(e)).collect();
            let Ok(made) = plan(&current, &change, &protected) else { return Ok(()) };
            let after: HashSet<Domain> = made.list.iter().filter_map(|e| name_of(e)).collect();

            // Never empty, never over the limit, unless it is left as it was.
            if made.is_nothing_to_do() {
                prop_assert_eq!(&made.list, &current);
            } else {
                prop_assert!(!made.list.is_empty() && made.list.len() <= LIMIT);
            }
            // Never without a protected name that was there.
            prop_assert!(protected.iter().all(|p| !before.contains(p) || after.contains(p)));
            // Never drops what nobody asked to drop, and others' entries keep order and bytes.
            let asked: HashSet<Domain> = match &change {
                Change::Edit { remove, www, .. } => with_companions(remove, *www).into_iter().collect(),
                Change::Reconcile { owned, .. } => owned.iter().cloned().collect(),
            };
            let kept: Vec<&String> = current.iter()
                .filter(|e| !name_of(e).is_some_and(|n| asked.contains(&n) && !after.contains(&n)))
                .collect();
            let head: Vec<&String> = made.list.iter().take(kept.len()).collect();
            let kept_count = kept.len();
            prop_assert_eq!(head, kept);
            // Adds only what was asked for, once, in normal form.
            prop_assert_eq!(&made.list[kept_count..], &made.added[..]);
            prop_assert_eq!(made.added.iter().collect::<HashSet<_>>().len(), made.added.len());
            prop_assert!(made.added.iter().all(|n| !before.contains(&Domain::parse(n).expect("a name"))));
            let wanted = match &change {
                Change::Edit { add, www, .. } => with_companions(add, *www),
                Change::Reconcile { desired, www, .. } => with_companions(desired, *www),
            };
            prop_assert!(wanted.iter().all(|n| after.contains(n)));
            // A second time there is nothing to do.
            let again = plan(&made.list, &change, &protected).expect("a second plan");
            prop_assert!(again.is_nothing_to_do(), "{:?} then {:?}", made, again);
        }
    }
}
