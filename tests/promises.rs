//! The README's chapter on promises names the tests that show them. A row whose test no longer exists
//! is an unproven claim, so this test looks up every one.

use std::path::Path;

const CHAPTER: &str = "## What we promise and how it is tested";

/// The texts between backticks, in order.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_promise_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let (_, chapter) = readme.split_once(CHAPTER).expect("the chapter");
    let chapter = chapter.split("\n## ").next().unwrap_or_default();
    let rows: Vec<&str> = chapter
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| promise"))
        .collect();
    let mut tests = 0;
    for row in &rows {
        let shown_by = row.trim_end_matches(" |").rsplit(" | ").next();
        let mut file = None;
        for name in quoted(shown_by.expect("a second cell")) {
            if name.contains('/') {
                let text = std::fs::read_to_string(root.join(name));
                file = Some((name, text.unwrap_or_else(|error| panic!("{name}: {error}"))));
                continue;
            }
            let (path, text) = file.as_ref().expect("a file before its tests");
            let defined = ["fn ", "function ", "void "]
                .iter()
                .any(|keyword| text.contains(&format!("{keyword}{name}(")));
            assert!(defined, "no {name} in {path}, for: {row}");
            tests += 1;
        }
        assert!(file.is_some(), "nothing shows it: {row}");
    }
    assert!(rows.len() > 20 && tests > 60, "{} rows", rows.len());
}
