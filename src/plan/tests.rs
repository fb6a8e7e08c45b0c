//! What a plan makes of a list: tables, refusals and properties.

use super::plan as plan_by;
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

fn plan(current: &[String], change: &Change, protected: &[Domain]) -> Result<Plan, Refusal> {
    let rules = Rules {
        protected,
        max_removals: None,
        out_of_time: &|| false,
    };
    plan_by(current, change, &rules)
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
        overflow: Overflow::Refuse,
        invalid: vec![],
    }
}

fn fit(desired: &[&str], owned: &[&str], www: Www) -> Change {
    Change::Reconcile {
        desired: names(desired),
        owned: names(owned),
        www,
        overflow: Overflow::Fit,
        invalid: vec![],
    }
}

/// This many entries that are somebody else's.
fn filler(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("n{n}.example.net")).collect()
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
        // A name that was given outranks a companion, whichever way.
        (
            &["x.org", "www.example.com"],
            edit(&["example.com"], &["www.example.com"], Auto),
            Some(vec!["x.org", "example.com"]),
        ),
        (
            &["x.org"],
            edit(&["example.com"], &["www.example.com"], Always),
            Some(vec!["x.org", "example.com"]),
        ),
        (
            &["example.com", "www.example.com"],
            edit(&["www.example.com"], &["example.com"], Auto),
            Some(vec!["www.example.com"]),
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
fn a_list_above_the_limit_may_only_shrink() {
    let mut current = filler(311);
    current.push("old.org".to_owned());
    let made = plan(&current, &edit(&[], &["old.org"], Www::Never), &[]).expect("a plan");
    assert_eq!(made.list.len(), 311);
    let swap = edit(
        &["a.org"],
        &["n0.example.net", "n1.example.net"],
        Www::Never,
    );
    assert_eq!(plan(&current, &swap, &[]).expect("a plan").list.len(), 311);
    for change in [
        edit(&["a.org"], &["old.org"], Www::Never),
        edit(&["a.org"], &[], Www::Never),
    ] {
        assert!(
            matches!(
                plan(&current, &change, &[]),
                Err(Refusal::Limit { current: 312, .. })
            ),
            "{change:?}"
        );
    }
}

#[test]
fn what_does_not_fit_is_left_out_from_the_end() {
    // (entries of others, what else is in the list, change, added, removed, left out)
    type Row<'a> = (
        usize,
        &'a [&'a str],
        Change,
        &'a [&'a str],
        &'a [&'a str],
        &'a [&'a str],
    );
    let rows: Vec<Row> = vec![
        // All of it fits.
        (
            296,
            &[],
            fit(&["a.org", "b.org"], &[], Www::Auto),
            &["a.org", "www.a.org", "b.org", "www.b.org"],
            &[],
            &[],
        ),
        // Companions give way before anything that was given.
        (
            297,
            &[],
            fit(&["a.org", "b.org"], &[], Www::Auto),
            &["a.org", "www.a.org", "b.org"],
            &[],
            &["www.b.org"],
        ),
        (
            299,
            &[],
            fit(&["a.org", "b.org", "c.org"], &[], Www::Never),
            &["a.org"],
            &[],
            &["b.org", "c.org"],
        ),
        (
            300,
            &[],
            fit(&["a.org"], &[], Www::Never),
            &[],
            &[],
            &["a.org"],
        ),
        // What goes makes room.
        (
            299,
            &["old.org"],
            fit(&["a.org"], &["old.org"], Www::Never),
            &["a.org"],
            &["old.org"],
            &[],
        ),
        // A less important name gives way where it is the caller's …
        (
            299,
            &["b.org"],
            fit(&["a.org", "b.org"], &["b.org"], Www::Never),
            &["a.org"],
            &["b.org"],
            &["b.org"],
        ),
        // … and stays where it is somebody else's, or more important.
        (
            299,
            &["b.org"],
            fit(&["a.org", "b.org"], &[], Www::Never),
            &[],
            &[],
            &["a.org"],
        ),
        (
            299,
            &["b.org"],
            fit(&["b.org", "a.org"], &["b.org"], Www::Never),
            &[],
            &[],
            &["a.org"],
        ),
        // An app over the limit loses nothing that is desired, and gets nothing.
        (
            310,
            &["b.org", "old.org"],
            fit(&["a.org", "b.org"], &["b.org", "old.org"], Www::Never),
            &[],
            &["old.org"],
            &["a.org"],
        ),
    ];
    for (others, more, change, added, removed, left_out) in rows {
        let current = [filler(others), list(more)].concat();
        let made = plan(&current, &change, &[]).expect("a plan");
        assert_eq!(
            (&made.added[..], &made.removed[..]),
            (&list(added)[..], &list(removed)[..]),
            "{others} {change:?}"
        );
        let skipped: Vec<&str> = made.skipped.iter().map(|one| one.domain.as_str()).collect();
        assert_eq!(skipped, left_out, "{others} {change:?}");
        assert!(made.skipped.iter().all(|one| one.reason == "no_room"));
    }
    let protected = names(&["b.org"]);
    let current = [filler(299), list(&["b.org"])].concat();
    let change = fit(&["a.org", "b.org"], &["b.org"], Www::Never);
    let made = plan(&current, &change, &protected).expect("a plan");
    assert!(made.is_nothing_to_do(), "{made:?}");
}

#[test]
fn removals_are_limited_on_request() {
    let current = list(&["net.org", "a.org", "b.org", "c.org"]);
    let change = reconcile(&[], &["a.org", "b.org", "c.org"], Www::Never);
    let with = |max_removals| {
        let rules = Rules {
            protected: &[],
            max_removals,
            out_of_time: &|| false,
        };
        plan_by(&current, &change, &rules)
    };
    assert!(with(None).is_ok() && with(Some(3)).is_ok());
    for allowed in 0..3 {
        let refusal = with(Some(allowed)).expect_err("a refusal");
        assert_eq!(
            refusal,
            Refusal::TooManyRemovals {
                planned: 3,
                allowed
            }
        );
        assert_eq!(refusal.status(), Status::SP_ERR_TOO_MANY_REMOVALS);
        assert!(
            refusal.message().to_string().contains("remove 3 domains")
                && refusal.message().to_string().contains("max_removals")
        );
    }
}

#[test]
fn planning_ends_with_the_time_of_the_call() {
    let asked = std::cell::Cell::new(0);
    let out_of_time = || asked.replace(asked.get() + 1) == 2;
    let rules = Rules {
        protected: &[],
        max_removals: None,
        out_of_time: &out_of_time,
    };
    let made = plan_by(&filler(100_000), &edit(&["a.org"], &[], Www::Never), &rules);
    assert_eq!(made, Err(Refusal::OutOfTime));
    assert_eq!(asked.get(), 3, "it went on after the time was over");
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
    let kind = prop_oneof![2 => Just(None), 1 => Just(Some(Overflow::Refuse)), 2 => Just(Some(Overflow::Fit))];
    (any_names(), any_names(), www, kind).prop_map(|(a, b, www, kind)| {
        let Some(overflow) = kind else {
            let b = b.into_iter().filter(|name| !a.contains(name)).collect();
            return Change::Edit {
                add: a,
                remove: b,
                www,
            };
        };
        Change::Reconcile {
            desired: a,
            owned: b,
            www,
            overflow,
            invalid: vec![],
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
            prop_assert!(!made.list.is_empty());
            prop_assert!(made.list.len() <= LIMIT || made.list.len() < current.len());
        }
        // Never without a protected name that was there.
        prop_assert!(protected.iter().all(|p| !before.contains(p) || after.contains(p)));
        // Never drops what nobody asked to drop, and others' entries keep order and bytes.
        let asked: HashSet<Domain> = match &change {
            Change::Edit { remove, www, .. } => with_companions(remove, *www).into_iter().map(|wish| wish.name).collect(),
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
        // What was given is there, or was left out for want of room and said so.
        let given: HashSet<Domain> = match &change {
            Change::Edit { add, .. } => add.iter().cloned().collect(),
            Change::Reconcile { desired, .. } => desired.iter().cloned().collect(),
        };
        let left_out: HashSet<Domain> = made.skipped.iter()
            .filter(|one| one.reason == "no_room")
            .map(|one| Domain::parse(&one.domain).expect("a name"))
            .collect();
        prop_assert!(given.iter().all(|n| after.contains(n) || left_out.contains(n)));
        prop_assert!(left_out.iter().all(|n| !after.contains(n)));
        let fits = matches!(change, Change::Reconcile { overflow: Overflow::Fit, .. });
        prop_assert!(fits || left_out.is_empty());
        // Nothing is left out while there is room, and no companion stands where a given name does not.
        if !left_out.is_empty() && current.len() <= LIMIT {
            let duplicates = current.len() - before.len();
            prop_assert!(made.list.len() + duplicates >= LIMIT, "{} of {}", made.list.len(), LIMIT);
        }
        // A name that was given outranks a companion.
        if let Change::Edit { remove, .. } = &change {
            prop_assert!(remove.iter().all(|n| !after.contains(n)));
        }
        // A second time there is nothing to do.
        let again = plan(&made.list, &change, &protected).expect("a second plan");
        prop_assert!(again.is_nothing_to_do(), "{:?} then {:?}", made, again);
    }
}
