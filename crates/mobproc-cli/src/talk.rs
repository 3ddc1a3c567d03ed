//! What the program says to people: on standard error, so that standard output is data.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

/// Programs listen: each line is a JSON object.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// From now on each line is a JSON object with a `message`, as errors are objects with an `error`.
pub(crate) fn speak_json() {
    IS_JSON.store(true, Ordering::Relaxed);
}

/// Says a line.
pub(crate) fn say(line: &str) {
    let line = if IS_JSON.load(Ordering::Relaxed) {
        json!({ "message": line }).to_string()
    } else {
        crate::output::one_line(line)
    };
    // Whoever closed standard error does not want to hear it.
    let _ = writeln!(io::stderr(), "{line}");
}
