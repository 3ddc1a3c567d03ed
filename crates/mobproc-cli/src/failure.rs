//! What went wrong, told so that a person, or a script, knows what to do next.

use mobproc_rollout::text::one_line;
use std::fmt::Write as _;
use std::io::{self, Write as _};

use mobproc::{Error, ErrorKind, NotCarriedOut, UnknownWrite, WriteError};
use mobproc_rollout::sheet::SheetError;
use mobproc_rollout::{JournalError, RolloutError};
use serde_json::{Value, json};

/// How the program ends. The numbers are documented in `mobproc help` and never change their
/// meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Failed, and nothing was ordered or changed.
    Failed = 1,
    /// The command line, a file or a setting is not as it should be.
    Usage = 2,
    /// Refused: by the rules of orders, by the server, or by whoever was asked.
    Refused = 3,
    /// The credentials are missing or not accepted.
    Credentials = 4,
    /// It may or may not have been carried out.
    Unknown = 5,
    /// Some rows of a rollout are not done.
    PartlyDone = 6,
    /// The server, or recorded traffic, is otherwise than the document says.
    Drift = 7,
    /// Interrupted; nothing was sent that is not in the journal.
    Interrupted = 130,
}

/// Whether something was ordered or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ordered {
    /// Certainly not.
    No,
    /// Nobody knows.
    Unknown,
    /// It was, and what failed is something after that.
    Yes,
    /// The command orders and changes nothing.
    NotAsked,
}

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    ordered: Ordered,
    correlation_id: Option<String>,
    number: Option<String>,
    next: Vec<String>,
    /// Nobody is left to hear it.
    is_quiet: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            ordered: Ordered::NotAsked,
            correlation_id: None,
            number: None,
            next: Vec::new(),
            is_quiet: false,
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// A person did not say yes, or pressed Ctrl-C.
    pub(crate) fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// The same failure, of a command that would have ordered or changed something.
    pub(crate) fn nothing_ordered(mut self) -> Self {
        self.ordered = Ordered::No;
        self
    }

    /// The same failure, with whether something was ordered.
    pub(crate) fn ordered(mut self, ordered: Ordered) -> Self {
        self.ordered = ordered;
        self
    }

    /// The same failure, in looking for something of which nobody knows what became of it.
    pub(crate) fn still_unknown(mut self, number: &str) -> Self {
        self.exit = Exit::Unknown;
        self.ordered(Ordered::Unknown).number(number)
    }

    /// The same failure, with the number of the order it is about.
    pub(crate) fn number(mut self, number: impl Into<String>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// The same failure, with what to do next: a command, or a sentence.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }

    /// Nobody knows whether a write was carried out.
    pub(crate) fn unknown(message: impl Into<String>, error: Option<&Error>) -> Self {
        let mut failure = Self::new(Exit::Unknown, message).ordered(Ordered::Unknown);
        failure.correlation_id = error.and_then(Error::correlation_id).map(str::to_owned);
        failure
    }

    /// For people: one thing a line.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("error: {}\n", harmless(self.message.trim_end()));
        let ordered = match self.ordered {
            Ordered::No => Some("Nothing was ordered or changed."),
            Ordered::Unknown => Some("It may or may not have been carried out. Do not send it again yet."),
            Ordered::Yes => Some("It was carried out."),
            Ordered::NotAsked => None,
        };
        if let Some(ordered) = ordered {
            let _ = writeln!(text, "{ordered}");
        }
        if let Some(id) = &self.correlation_id
            && !self.message.contains(id.as_str())
        {
            let _ = writeln!(text, "Correlation id: {id}");
        }
        for next in &self.next {
            let _ = writeln!(text, "Next: {}", one_line(next));
        }
        text
    }

    /// The message and what to do next, in one line.
    pub(crate) fn in_a_line(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        match self.next.as_slice() {
            [] => message.to_owned(),
            next => format!("{message}; next: {}", next.join(", or ")),
        }
    }

    /// For machines.
    pub(crate) fn json(&self) -> Value {
        json!({
            "error": {
                "exit": self.exit as u8,
                "message": self.message,
                "ordered": match self.ordered {
                    Ordered::No => Some("no"),
                    Ordered::Unknown => Some("unknown"),
                    Ordered::Yes => Some("yes"),
                    Ordered::NotAsked => None,
                },
                "externalOrderNumber": self.number,
                "correlationId": self.correlation_id,
                "next": self.next,
            }
        })
    }

    /// Tells it on standard error.
    pub(crate) fn tell(&self, as_json: bool) {
        if self.is_quiet && self.ordered != Ordered::Yes {
            return;
        }
        let text = if as_json {
            format!("{}\n", self.json())
        } else {
            self.text()
        };
        // Nothing is left to be done if even that cannot be written.
        let _ = io::stderr().write_all(text.as_bytes());
    }
}

/// What a server or a file says must not steer a terminal; lines stay lines.
fn harmless(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

/// An error of the client about something that ordered and changed nothing.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::Configuration | ErrorKind::InvalidArgument => Exit::Usage,
            ErrorKind::Authentication => Exit::Credentials,
            ErrorKind::InvalidOrder | ErrorKind::Rejected | ErrorKind::Forbidden | ErrorKind::NotFound => {
                Exit::Refused
            }
            ErrorKind::OutcomeUnknown => Exit::Unknown,
            _ => Exit::Failed,
        };
        let mut failure = Self::new(exit, error.to_string());
        failure.correlation_id = error.correlation_id().map(str::to_owned);
        failure.number = error.external_order_number().map(str::to_owned);
        match exit {
            Exit::Credentials => failure.next("mobproc auth status"),
            Exit::Unknown => failure.ordered(Ordered::Unknown),
            _ => failure,
        }
    }
}

impl From<NotCarriedOut> for Failure {
    fn from(not: NotCarriedOut) -> Self {
        Self::from(not.error()).nothing_ordered()
    }
}

impl From<UnknownWrite> for Failure {
    fn from(unknown: UnknownWrite) -> Self {
        let error = unknown.into_error();
        Self::unknown(error.to_string(), Some(&error))
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotCarriedOut(not) => not.into(),
            WriteError::OutcomeUnknown(unknown) => unknown.into(),
        }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Refused(_) | JournalError::NotFound(_) | JournalError::Overtaken => {
                Self::refused(error.to_string())
            }
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<RolloutError> for Failure {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::Api(error) => error.into(),
            RolloutError::Sheet(error) => error.into(),
            RolloutError::NoRow(_)
            | RolloutError::NotFound { .. }
            | RolloutError::NoFile { .. }
            | RolloutError::NoRollout { .. } => Self::usage(error.to_string()),
            RolloutError::Refused(_)
            | RolloutError::Overtaken
            | RolloutError::Stage(_)
            | RolloutError::Exists { .. }
            | RolloutError::Busy { .. } => Self::refused(error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<SheetError> for Failure {
    fn from(error: SheetError) -> Self {
        let failure = Self::usage(error.to_string());
        match error {
            SheetError::File { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                failure.next("another name, or --force")
            }
            _ => failure,
        }
    }
}

/// Standard output is gone: the reader has seen enough, or the disk is full.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self {
            // Such as `head`, which has seen what it wanted.
            is_quiet: error.kind() == io::ErrorKind::BrokenPipe,
            ..Self::failed(format!("cannot write to standard output: {error}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_was_ordered_and_what_to_do_next() {
        let failure = Failure::unknown("the answer was lost", None)
            .number("LF-1")
            .next("mobproc order reconcile LF-1");
        assert_eq!(
            failure.text(),
            "error: the answer was lost\n\
             It may or may not have been carried out. Do not send it again yet.\n\
             Next: mobproc order reconcile LF-1\n"
        );
        assert_eq!(
            failure.json(),
            json!({"error": {
                "exit": 5, "message": "the answer was lost", "ordered": "unknown",
                "externalOrderNumber": "LF-1", "correlationId": null,
                "next": ["mobproc order reconcile LF-1"],
            }})
        );
    }
}
