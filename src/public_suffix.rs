//! Where a registrable domain begins: the Public Suffix List (publicsuffix.org), both sections.
//! Pure, and data instead of code: `build.rs` sorts data/public_suffix_list.txt into lines.
//! Must not be asked about anything but names in their normal form.

use std::cmp::Ordering;

/// The rules, as A-labels, in ascending order, each ended by a line feed.
static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/public_suffixes"));

/// Whether a name is exactly one label longer than its public suffix.
pub fn is_registrable(name: &str) -> bool {
    name.strip_suffix(public_suffix(name))
        .and_then(|rest| rest.strip_suffix('.'))
        .is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

/// <https://github.com/publicsuffix/list/wiki/Format#formal-algorithm>: the longest rule decides, an
/// exception before all others, and without a rule it is the last label.
fn public_suffix(name: &str) -> &str {
    let mut suffix = name;
    loop {
        let parent = suffix.split_once('.').map(|(_, parent)| parent);
        if let Some(parent) = parent {
            if has_rule("!", suffix) {
                return parent;
            }
            if has_rule("*.", parent) {
                return suffix;
            }
        }
        match parent {
            Some(parent) if !has_rule("", suffix) => suffix = parent,
            _ => return suffix,
        }
    }
}

/// A binary search over the lines.
fn has_rule(mark: &str, name: &str) -> bool {
    let wanted = [mark.as_bytes(), name.as_bytes()].concat();
    let mut rules = RULES;
    while !rules.is_empty() {
        let (before, behind) = rules.split_at(rules.len() / 2);
        let is_end = |byte: &u8| *byte == b'\n';
        let begin = before.iter().rposition(is_end).map_or(0, |at| at + 1);
        let end = behind.iter().position(is_end).unwrap_or(behind.len());
        let rule = &rules[begin..before.len() + end];
        match rule.cmp(wanted.as_slice()) {
            Ordering::Equal => return true,
            Ordering::Less => rules = behind.get(end + 1..).unwrap_or_default(),
            Ordering::Greater => rules = &rules[..begin],
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use proptest::prelude::*;

    fn rules() -> Vec<&'static str> {
        let text = std::str::from_utf8(RULES).expect("A-labels");
        text.lines().collect()
    }

    #[test]
    fn every_rule_is_found_and_nothing_between() {
        let rules = rules();
        assert!(rules.len() > 10_000 && rules.is_sorted());
        for rule in &rules {
            assert!(has_rule("", rule), "{rule}");
            let beside =
                [&rule[1..], &rule[..rule.len() - 1], &format!("{rule}0")].map(str::to_owned);
            for other in beside {
                let there = rules.binary_search(&other.as_str()).is_ok();
                assert_eq!(has_rule("", &other), there, "{other}");
            }
        }
        assert!(!has_rule("", "") && !has_rule("", "0") && !has_rule("", "~"));
    }

    /// `checkPublicSuffix('name', 'registrable domain' or null);` of those names that are domains.
    #[test]
    fn the_lists_own_vectors() {
        let mut checked = 0;
        for line in include_str!("../data/public_suffix_tests.txt").lines() {
            let Some(check) = line.strip_prefix("checkPublicSuffix(") else {
                continue;
            };
            let texts: Vec<&str> = check.split('\'').skip(1).step_by(2).collect();
            let Some(Ok(domain)) = texts.first().map(|name| Domain::parse(name)) else {
                continue;
            };
            let registrable = texts.get(1).map(|text| Domain::parse(text).expect(text));
            let whole = registrable.as_ref() == Some(&domain);
            assert_eq!(is_registrable(domain.as_str()), whole, "{line}");
            if let Some(registrable) = registrable {
                assert!(is_registrable(registrable.as_str()), "{line}");
            }
            checked += 1;
        }
        assert!(checked > 60, "{checked}");
    }

    /// The crate with the same list, compiled into code.
    fn reference(name: &str) -> bool {
        psl::domain_str(name) == Some(name)
    }

    #[test]
    fn every_rule_means_the_same_to_another() {
        for rule in rules() {
            let plain = rule.trim_start_matches(['!', '*', '.']);
            for name in [
                plain.to_owned(),
                format!("a.{plain}"),
                format!("b.a.{plain}"),
                format!("c.b.a.{plain}"),
            ] {
                assert_eq!(is_registrable(&name), reference(&name), "{rule}: {name}");
            }
        }
    }

    proptest! {
        #[test]
        fn names_below_rules_mean_the_same_to_another(
            at in 0..rules().len(),
            labels in "([a-z0-9]{1,4}\\.){0,4}",
            cut in 0..4usize,
        ) {
            let plain = rules()[at].trim_start_matches(['!', '*', '.']);
            let name = format!("{labels}{plain}");
            let name = name.splitn(cut + 1, '.').last().unwrap_or_default();
            prop_assert_eq!(is_registrable(name), reference(name), "{}", name);
        }

        #[test]
        fn any_name_means_the_same_to_another(name in "[a-z0-9-]{1,6}(\\.[a-z]{1,3}){1,4}") {
            prop_assert_eq!(is_registrable(&name), reference(&name), "{}", name);
        }
    }
}
