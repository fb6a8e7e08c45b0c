//! A change document applied to a list: what must never happen to a list does not happen, whatever
//! the change says and whatever the list already contains.
//!
//! The first line is the change document. Each further line is an entry of the app's list;
//! `!name` is a protected name instead, and `#250` stands for 250 foreign entries.

#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serverpilot::change::{ApplyRequest, Refused};
use serverpilot::domain::{Domain, Www};
use serverpilot::plan::{Change, Difference, LIMIT, Overflow, Plan, Refusal, Rules, plan};

const KEYS: [&str; 9] = [
    "add",
    "remove",
    "desired",
    "owned",
    "www",
    "overflow",
    "max_removals",
    "autossl",
    "dry_run",
];

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let document = lines.next().unwrap_or_default();
    let Ok(request) = parse(document) else {
        return;
    };
    strictly(document);
    let (current, protected) = read_list(lines);
    let case = Case {
        current: &current,
        change: &request.change,
        rules: Rules {
            protected: &protected,
            max_removals: request.max_removals,
            out_of_time: &|| false,
        },
    };
    match plan(&current, &request.change, &case.rules) {
        Ok(plan) => case.check(&plan),
        Err(refusal) => case.check_refusal(&refusal),
    }
});

fn parse(document: &str) -> Result<ApplyRequest, Refused> {
    ApplyRequest::parse(document, &|| false)
}

/// An accepted change is an object with known keys only, and with one more key it is refused.
fn strictly(document: &str) {
    let document: Value = serde_json::from_str(document).expect("JSON was taken");
    let Value::Object(mut map) = document else {
        panic!("a change comes by name, not as a sequence");
    };
    for key in map.keys() {
        assert!(
            KEYS.contains(&key.as_str()),
            "{key} is not part of a change"
        );
    }
    map.insert("no_such_key".to_owned(), Value::Bool(true));
    assert!(parse(&Value::Object(map).to_string()).is_err());
}

fn read_list<'a>(lines: impl Iterator<Item = &'a str>) -> (Vec<String>, Vec<Domain>) {
    let (mut current, mut protected) = (Vec::new(), Vec::new());
    for line in lines {
        if let Some(name) = line.strip_prefix('!') {
            protected.extend(Domain::parse(name));
        } else if let Some(count) = line.strip_prefix('#') {
            let count: usize = count.parse().unwrap_or(0);
            current.extend((0..count.min(310)).map(|n| format!("n{n}.filler.example")));
        } else {
            current.push(line.to_owned());
        }
        if current.len() > 1000 {
            break;
        }
    }
    (current, protected)
}

struct Case<'a> {
    current: &'a [String],
    change: &'a Change,
    rules: Rules<'a>,
}

impl Case<'_> {
    fn check(&self, plan: &Plan) {
        if plan.is_nothing_to_do() {
            assert_eq!(plan.list, self.current);
        } else {
            assert!(!plan.list.is_empty(), "an empty list");
            assert!(
                plan.list.len() <= LIMIT || plan.list.len() < self.current.len(),
                "{} names",
                plan.list.len()
            );
            let allowed = self.rules.max_removals.unwrap_or(u64::MAX);
            assert!(plan.removed.len() as u64 <= allowed, "{:?}", plan.removed);
        }
        let (kept, added) = plan.list.split_at(plan.list.len() - plan.added.len());
        assert_eq!(added, plan.added);
        self.others_stay(kept);
        self.only_what_was_asked_goes(kept);

        let before = names(self.current);
        let after = names(&plan.list);
        for name in plan.added.iter().map(|name| parsed(name)) {
            assert!(!before.contains(&name), "{name} added twice");
        }
        assert_eq!(names(&plan.added).len(), plan.added.len());
        for name in plan.removed.iter().map(|name| parsed(name)) {
            assert!(before.contains(&name) && !after.contains(&name));
            assert!(!self.rules.protected.contains(&name), "{name} is protected");
        }
        for name in self.rules.protected {
            assert_eq!(
                before.contains(name),
                after.contains(name) && before.contains(name)
            );
        }
        let left_out: HashSet<Domain> = plan
            .skipped
            .iter()
            .filter(|skipped| skipped.reason == "no_room")
            .map(|skipped| parsed(&skipped.domain))
            .collect();
        assert!(self.fits() || left_out.is_empty());
        for name in self.wanted() {
            assert!(
                after.contains(&name) != left_out.contains(&name),
                "{name} is missing"
            );
        }

        let again = serverpilot::plan::plan(&plan.list, self.change, &self.rules);
        let again = again.expect("what was planned can be planned again");
        assert!(again.is_nothing_to_do(), "not done in one go: {again:?}");
        assert_eq!(again.list, plan.list);

        // The service answers in an order of its own, and may use upper case.
        let answered: Vec<String> = plan.list.iter().rev().cloned().collect();
        assert!(Difference::between(&plan.list, &answered).is_none());
        if let Some((_, rest)) = added.split_first() {
            let lost: Vec<String> = kept.iter().chain(rest).cloned().collect();
            assert_eq!(Difference::between(&plan.list, &lost).missing.len(), 1);
        }
    }

    /// Entries that are not names belong to others: all are kept, in their order, byte for byte.
    fn others_stay(&self, kept: &[String]) {
        let foreign = |list: &[String]| -> Vec<String> {
            let foreign = list.iter().filter(|entry| Domain::parse(entry).is_err());
            foreign.cloned().collect()
        };
        assert_eq!(foreign(kept), foreign(self.current));
    }

    fn only_what_was_asked_goes(&self, kept: &[String]) {
        let asked = self.asked_to_go();
        let mut kept = kept.iter().peekable();
        for entry in self.current {
            if kept.next_if(|next| *next == entry).is_none() {
                let name = parsed(entry);
                assert!(asked.contains(&name), "nobody asked to drop {name}");
            }
        }
        assert_eq!(kept.next(), None, "order not kept");
    }

    fn fits(&self) -> bool {
        matches!(
            self.change,
            Change::Reconcile {
                overflow: Overflow::Fit,
                ..
            }
        )
    }

    fn wanted(&self) -> HashSet<Domain> {
        match self.change {
            Change::Edit { add, remove, www } => {
                let mut wanted = with_companions(add, *www);
                wanted.retain(|name| !remove.contains(name));
                wanted
            }
            Change::Reconcile { desired, www, .. } => with_companions(desired, *www),
        }
    }

    fn asked_to_go(&self) -> HashSet<Domain> {
        let mut going = match self.change {
            Change::Edit { remove, www, .. } => with_companions(remove, *www),
            Change::Reconcile { owned, .. } => owned.iter().cloned().collect(),
        };
        let wanted = self.wanted();
        // Desired names are left out as well if there is no room for all of them.
        going.retain(|name| {
            (self.fits() || !wanted.contains(name)) && !self.rules.protected.contains(name)
        });
        going
    }

    fn check_refusal(&self, refusal: &Refusal) {
        assert!(!refusal.message().to_string().is_empty());
        match refusal {
            Refusal::Limit { current, wanted } => {
                assert_eq!(*current, self.current.len());
                assert!(*wanted > LIMIT);
            }
            Refusal::Protected(name) => {
                assert!(self.rules.protected.contains(name));
                assert!(
                    matches!(self.change, Change::Edit { remove, .. } if remove.contains(name))
                );
            }
            Refusal::Empty => {
                let asked = self.asked_to_go();
                assert!(self.wanted().is_empty());
                assert!(
                    self.current
                        .iter()
                        .all(|entry| asked.contains(&parsed(entry)))
                );
            }
            Refusal::TooManyRemovals { planned, allowed } => {
                assert_eq!(Some(*allowed), self.rules.max_removals);
                assert!(*planned as u64 > *allowed && *planned <= self.asked_to_go().len());
            }
            Refusal::OutOfTime => panic!("there was time"),
        }
    }
}

fn with_companions(names: &[Domain], www: Www) -> HashSet<Domain> {
    let mut all: HashSet<Domain> = names.iter().cloned().collect();
    all.extend(names.iter().filter_map(|name| www.companion(name)));
    all
}

fn names(list: &[String]) -> HashSet<Domain> {
    list.iter().flat_map(|entry| Domain::parse(entry)).collect()
}

fn parsed(entry: &str) -> Domain {
    Domain::parse(entry).expect("only names come and go")
}
