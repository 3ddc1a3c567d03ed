//! What the program says to people: on standard error, so that standard output is data.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

/// Programs listen: each line is a JSON object.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// From now on each line is a JSON object with a `message`, as errors are objects with an `error`.
pub(crate) fn speak_json() {
    IS_JSON.store(true, Ordering::Relaxed);
}

/// Whether each line is a JSON object.
pub(crate) fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

/// Says a line.
pub(crate) fn say(line: &str) {
    let line = if IS_JSON.load(Ordering::Relaxed) {
        json!({ "message": line }).to_string()
    } else {
        mobproc_rollout::text::one_line(line)
    };
    // Whoever closed standard error does not want to hear it.
    let _ = writeln!(io::stderr(), "{line}");
}

/// How many items have come, told on a terminal while nothing else is to be seen there.
#[derive(Debug)]
pub(crate) struct Progress {
    count: u64,
    is_shown: bool,
}

/// Items between two words about it.
const STEP: u64 = 500;

impl Default for Progress {
    fn default() -> Self {
        Self {
            count: 0,
            is_shown: io::stderr().is_terminal() && !IS_JSON.load(Ordering::Relaxed),
        }
    }
}

impl Progress {
    /// One more has come.
    pub(crate) fn tick(&mut self) {
        self.count += 1;
        if self.is_shown && self.count.is_multiple_of(STEP) {
            // Written over by the next.
            let _ = write!(io::stderr(), "\r{} so far ", self.count);
        }
    }

    /// Takes the words away again.
    pub(crate) fn clear(&mut self) {
        if self.is_shown && self.count >= STEP {
            let _ = write!(io::stderr(), "\r{}\r", " ".repeat(30));
        }
        self.is_shown = false;
    }
}
