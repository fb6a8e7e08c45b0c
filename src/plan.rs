//! Current list + change → new list, or why not. Pure: no I/O, no clock of its own.
//! The only module that decides which names are sent to ServerPilot.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::domain::{Domain, Www};
use crate::messages::{self, Message};
use crate::status::Status;

#[cfg(test)]
mod tests;

/// ServerPilot's limit of names per app (its API documentation, since 2024-02).
pub const LIMIT: usize = 300;
/// Let's Encrypt's limit of names per certificate (letsencrypt.org/docs/rate-limits).
pub const CERTIFICATE_LIMIT: usize = 100;

/// What the caller wants to be different. A name that the caller gave outranks a `www.` that only
/// comes along with another: what is to be removed is not added as a companion, and the reverse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Commands: these come, those go. What cannot be obeyed is refused as a whole.
    Edit {
        /// The names to add.
        add: Vec<Domain>,
        /// The names to remove; none of them is in `add`.
        remove: Vec<Domain>,
        /// Which companions come and go along.
        www: Www,
    },
    /// The desired state: everything owned and not desired goes, what is neither stays.
    /// What cannot be had is left out and named.
    Reconcile {
        /// The names that should be there, the most important first.
        desired: Vec<Domain>,
        /// The names that are the caller's to remove.
        owned: Vec<Domain>,
        /// Which companions are desired along with `desired`.
        www: Www,
        /// What happens where the desired names do not fit.
        overflow: Overflow,
        /// Texts of the caller's that are not names.
        invalid: Vec<String>,
    },
}

/// What to do with a desired state that exceeds the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// Refuse it as a whole.
    #[default]
    Refuse,
    /// Leave out what does not fit: the companions from their end, then `desired` from its end.
    Fit,
}

/// What a plan must respect, whatever the change asks for.
pub struct Rules<'a> {
    /// Names that are never removed.
    pub protected: &'a [Domain],
    /// How many names a plan may remove; None: any number.
    pub max_removals: Option<u64>,
    /// Whether the call's time is over, so that planning is bounded by it as everything else is.
    pub out_of_time: &'a dyn Fn() -> bool,
}

/// The reason of a name that was left out because the list would be too long.
pub const NO_ROOM: &str = "no_room";

/// A name of the change that is left as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The name, or the caller's text where it is not one.
    pub domain: String,
    /// `protected`, `invalid_domain` or `no_room`.
    pub reason: &'static str,
}

/// The new list and how it differs from the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The complete list to send. Entries of others stand in their order, byte for byte.
    pub list: Vec<String>,
    /// Names that come.
    pub added: Vec<String>,
    /// Names that go.
    pub removed: Vec<String>,
    /// Names of the change that are already as it wants them.
    pub unchanged: Vec<String>,
    /// Names of the change that are left out.
    pub skipped: Vec<Skipped>,
}

impl Plan {
    /// Whether the list is already as the change wants it.
    pub fn is_nothing_to_do(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// Why there is no new list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The list would be too long.
    Limit {
        /// Entries in the list now.
        current: usize,
        /// Entries the change would make.
        wanted: usize,
    },
    /// The name is never removed.
    Protected(Domain),
    /// The app would be left without a name, and an app without names gets no requests.
    Empty,
    /// More names would go than the caller allows.
    TooManyRemovals {
        /// Names that would go.
        planned: usize,
        /// Names that may go.
        allowed: u64,
    },
    /// The call's time was over before the plan was made.
    OutOfTime,
}

impl Refusal {
    /// The status of a call that ends so.
    pub fn status(&self) -> Status {
        match self {
            Refusal::Limit { .. } => Status::SP_ERR_DOMAIN_LIMIT,
            Refusal::Protected(_) | Refusal::Empty => Status::SP_ERR_PROTECTED,
            Refusal::TooManyRemovals { .. } => Status::SP_ERR_TOO_MANY_REMOVALS,
            Refusal::OutOfTime => Status::SP_ERR_TIMEOUT,
        }
    }

    /// Why, with the cure.
    pub fn message(&self) -> Message {
        match self {
            Refusal::Limit { current, wanted } => messages::domain_limit(LIMIT, *current, *wanted),
            Refusal::Protected(domain) => messages::domain_protected(domain),
            Refusal::Empty => messages::last_domain(),
            Refusal::TooManyRemovals { planned, allowed } => {
                messages::too_many_removals(*planned, *allowed)
            }
            Refusal::OutOfTime => messages::plan_out_of_time(),
        }
    }
}

/// How many names are worked on between two questions whether there is time left.
pub const BETWEEN_TIME_CHECKS: usize = 256;

/// The name an entry of the list stands for. None for a wildcard, an IP address or anything
/// else that is not a name: that is somebody else's entry, and never touched.
fn name_of(entry: &str) -> Option<Domain> {
    Domain::parse(entry).ok()
}

/// Computes the new list. Linear in the lists' lengths.
pub fn plan(current: &[String], change: &Change, rules: &Rules<'_>) -> Result<Plan, Refusal> {
    let mut names = Vec::with_capacity(current.len());
    for some in current.chunks(BETWEEN_TIME_CHECKS) {
        if (rules.out_of_time)() {
            return Err(Refusal::OutOfTime);
        }
        names.extend(some.iter().map(|entry| name_of(entry)));
    }
    let mut present: HashMap<&Domain, usize> = HashMap::new();
    for name in names.iter().flatten() {
        *present.entry(name).or_default() += 1;
    }

    let protected: HashSet<&Domain> = rules.protected.iter().collect();
    let mut wishes = Wishes::of(change, &protected)?;
    if let Change::Reconcile {
        owned,
        overflow: Overflow::Fit,
        ..
    } = change
    {
        wishes.fit(current.len(), &present, owned, &protected);
    }

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
        let goes = present.contains_key(name);
        let row = if goes {
            &mut plan.removed
        } else {
            &mut plan.unchanged
        };
        row.push(name.as_str().to_owned());
    }
    for Wish { name, .. } in &wishes.add {
        let text = name.as_str().to_owned();
        if present.contains_key(name) {
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
    // Apps from before 2024 hold more than the limit: what makes their list shorter is allowed.
    if plan.list.len() > LIMIT && plan.list.len() >= current.len() {
        return Err(Refusal::Limit {
            current: current.len(),
            wanted: plan.list.len(),
        });
    }
    match rules.max_removals {
        Some(allowed) if plan.removed.len() as u64 > allowed => Err(Refusal::TooManyRemovals {
            planned: plan.removed.len(),
            allowed,
        }),
        _ => Ok(plan),
    }
}

/// A name that should be there.
struct Wish {
    name: Domain,
    /// It only comes along with another.
    companion: bool,
}

/// The change with `www.` worked out, duplicates dropped and protected names honoured.
struct Wishes {
    add: Vec<Wish>,
    remove: Vec<Domain>,
    skipped: Vec<Skipped>,
}

impl Wishes {
    fn of(change: &Change, protected: &HashSet<&Domain>) -> Result<Wishes, Refusal> {
        let mut skipped = Vec::new();
        let (add, remove) = match change {
            Change::Edit { add, remove, www } => {
                if let Some(name) = remove.iter().find(|name| protected.contains(name)) {
                    return Err(Refusal::Protected(name.clone()));
                }
                let given: HashSet<&Domain> = remove.iter().collect();
                let mut add = with_companions(add, *www);
                add.retain(|wish| !wish.companion || !given.contains(&wish.name));
                let remove = with_companions(remove, *www).into_iter();
                (add, remove.map(|wish| wish.name).collect())
            }
            Change::Reconcile {
                desired,
                owned,
                www,
                invalid,
                ..
            } => {
                skipped.extend(invalid.iter().map(|text| Skipped {
                    domain: text.clone(),
                    reason: "invalid_domain",
                }));
                (with_companions(desired, *www), owned.clone())
            }
        };
        let staying: HashSet<&Domain> = add.iter().map(|wish| &wish.name).collect();
        let mut seen = HashSet::new();
        let (kept, remove): (Vec<Domain>, Vec<Domain>) = remove
            .into_iter()
            .filter(|name| !staying.contains(name) && seen.insert(name.clone()))
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

    /// Leaves out what does not fit, the least important first. A name that is there already gives
    /// way to a more important one only where it is the caller's to remove, and in the list once:
    /// a second entry is somebody else's, and the room of two for one would be used by the next plan
    /// only. An app over the limit gets no further names, and loses none that are desired.
    fn fit(
        &mut self,
        entries: usize,
        present: &HashMap<&Domain, usize>,
        owned: &[Domain],
        protected: &HashSet<&Domain>,
    ) {
        let owned: HashSet<&Domain> = owned.iter().collect();
        let count = |name: &Domain| present.get(name).copied().unwrap_or(0);
        let gives_way =
            |name: &Domain| count(name) == 1 && owned.contains(name) && !protected.contains(name);
        let going: usize = self.remove.iter().map(count).sum();
        let staying = entries - going;
        let mut left_out = HashSet::new();
        if staying > LIMIT {
            let absent = self.add.iter().filter(|wish| count(&wish.name) == 0);
            left_out.extend(absent.map(|wish| wish.name.clone()));
        } else {
            let movable = self.add.iter().filter(|wish| gives_way(&wish.name)).count();
            let mut room = LIMIT - (staying - movable);
            let (given, companions): (Vec<&Wish>, Vec<&Wish>) =
                self.add.iter().partition(|wish| !wish.companion);
            for Wish { name, .. } in given.into_iter().chain(companions) {
                let takes = usize::from(count(name) == 0 || gives_way(name));
                match room.checked_sub(takes) {
                    Some(rest) => room = rest,
                    None => {
                        left_out.insert(name.clone());
                    }
                }
            }
        }
        for Wish { name, .. } in self
            .add
            .extract_if(.., |wish| left_out.contains(&wish.name))
        {
            self.skipped.push(Skipped {
                domain: name.as_str().to_owned(),
                reason: NO_ROOM,
            });
            if count(&name) > 0 {
                self.remove.push(name);
            }
        }
    }
}

/// The names, each followed by the companion that comes along with it; no name twice. A name that
/// was given is not a companion, wherever it stands.
fn with_companions(names: &[Domain], www: Www) -> Vec<Wish> {
    let given: HashSet<&Domain> = names.iter().collect();
    let mut seen = HashSet::new();
    names
        .iter()
        .flat_map(|name| std::iter::once(name.clone()).chain(www.companion(name)))
        .filter(|name| seen.insert(name.clone()))
        .map(|name| Wish {
            companion: !given.contains(&name),
            name,
        })
        .collect()
}

/// How the list in an answer differs from the one that was sent, compared as sets of names:
/// ServerPilot answers in an order of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Sent and not in the answer.
    pub missing: Vec<String>,
    /// In the answer and not sent.
    pub extra: Vec<String>,
}

impl Difference {
    /// Compares what was sent with what was answered.
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

    /// Whether both hold the same names.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty()
    }
}
