//! What the operator sees: progress on standard error, the table on standard output. Everything goes
//! through the redactor.

use std::io::Write as _;

use serverpilot::secret::Redactor;

#[derive(Default)]
pub struct Screen {
    redactor: Redactor,
}

impl Screen {
    pub fn new(redactor: Redactor) -> Screen {
        Screen { redactor }
    }

    // Where nobody reads any more, nothing fails: a terminal that was closed must not keep the list from
    // being restored.

    pub fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{}", self.redactor.clean(text));
    }

    pub fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(self.redactor.clean(text).as_bytes());
        let _ = out.flush();
    }

    /// Text of the service's for a cell of the table: one line, short, without a secret.
    pub fn quote(redactor: &Redactor, text: &str) -> String {
        if redactor.tells(text) {
            return "[withheld]".to_owned();
        }
        let plain: String = text
            .chars()
            .map(|c| match c {
                '|' | '`' | '<' | '>' => ' ',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        let words: Vec<&str> = plain.split_whitespace().collect();
        words.join(" ").chars().take(LONGEST_QUOTE).collect()
    }
}

const LONGEST_QUOTE: usize = 120;
