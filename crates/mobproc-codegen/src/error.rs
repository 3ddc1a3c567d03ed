//! What can be wrong with the document, with its place and what to do.

use std::fmt;
use std::path::PathBuf;

/// Why no client could be made from the document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not YAML, or not a YAML mapping.
    #[error("{path}: not valid YAML: {message}")]
    Syntax {
        /// The file.
        path: String,
        /// The parser's message, with line and column.
        message: String,
    },
    /// The document breaks rules of its own.
    #[error("{}", list(problems))]
    Rules {
        /// All of them.
        problems: Vec<Problem>,
    },
    /// A transform of the document, or a pass over the output, has nothing left to do.
    #[error(
        "{step} no longer changes anything: {reason}. If the document made it needless, remove it from \
         mobproc-codegen; if not, something it relies on has been renamed"
    )]
    Needless {
        /// The step.
        step: &'static str,
        /// What it is there for.
        reason: &'static str,
    },
    /// The generator refused the document.
    #[error("{path}: the client generator refused the document: {message}")]
    Generator {
        /// The file.
        path: String,
        /// What it said.
        message: String,
    },
    /// What came out of the generator is not what the passes expect.
    #[error("the generated code is not as expected: {0}")]
    Output(String),
}

fn list(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        text.push_str(&problem.to_string());
        text.push('\n');
    }
    text.push_str(&format!(
        "{} problem{} in the document",
        problems.len(),
        if problems.len() == 1 { "" } else { "s" }
    ));
    text
}

/// One breach of a rule, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file it stands in.
    pub file: String,
    /// The line, where known.
    pub line: Option<usize>,
    /// JSON pointer to the place.
    pub pointer: String,
    /// Name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": #{}: {} [{}]", self.pointer, self.message, self.rule)
    }
}
