//! What the program says to people: on standard error, so that standard output is data.

use std::io::{self, Write as _};

/// Says a line.
pub(crate) fn say(line: &str) {
    // Whoever closed standard error does not want to hear it.
    let _ = writeln!(io::stderr(), "{line}");
}
