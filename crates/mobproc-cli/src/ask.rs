//! Asking a person on the terminal.

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use crossterm::{event, terminal};
use inquire::ui::RenderConfig;
use inquire::validator::Validation;
use inquire::{Confirm, InquireError, MultiSelect, Password, PasswordDisplayMode, Select, Text};

use crate::failure::Failure;
use crate::talk::say;

/// Asks, where there is somebody to answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker {
    can_ask: bool,
    has_colours: bool,
}

impl Asker {
    pub(crate) fn new(no_input: bool, has_colours: bool) -> Self {
        Self {
            can_ask: !no_input && io::stdin().is_terminal() && io::stderr().is_terminal(),
            has_colours,
        }
    }

    /// Whether there is somebody to answer.
    pub(crate) fn can_ask(self) -> bool {
        self.can_ask
    }

    fn look(self) -> RenderConfig<'static> {
        if self.has_colours {
            RenderConfig::default_colored()
        } else {
            RenderConfig::empty()
        }
    }

    /// Yes or no; no if nothing is said. What was typed before it was asked is no answer.
    pub(crate) fn yes(self, question: &str) -> Result<bool, Failure> {
        forget_what_was_typed();
        answered(|| {
            Confirm::new(question)
                .with_default(false)
                .with_render_config(self.look())
                .prompt()
        })
    }

    /// A text; Enter alone takes what was there before, if anything was.
    pub(crate) fn text(
        self,
        question: &str,
        hint: &str,
        before: Option<&str>,
        check: impl Fn(&str) -> Result<(), String> + Clone + 'static,
    ) -> Result<String, Failure> {
        let before = before.filter(|before| !before.is_empty());
        let answer = answered(|| {
            let (check, has_default) = (check.clone(), before.is_some());
            let validator = move |text: &str| match check(text.trim()) {
                // Nothing typed is what was there before.
                Err(_) if text.is_empty() && has_default => Ok(Validation::Valid),
                Ok(()) => Ok(Validation::Valid),
                Err(why) => Ok(Validation::Invalid(why.into())),
            };
            let mut prompt = Text::new(question)
                .with_render_config(self.look())
                .with_validator(validator);
            if !hint.is_empty() {
                prompt = prompt.with_help_message(hint);
            }
            if let Some(before) = before {
                prompt = prompt.with_default(before);
            }
            prompt.prompt()
        })?;
        Ok(answer.trim().to_owned())
    }

    /// A text that is not shown.
    pub(crate) fn secret(self, question: &str) -> Result<String, Failure> {
        answered(|| {
            Password::new(question)
                .with_render_config(self.look())
                .with_display_mode(PasswordDisplayMode::Hidden)
                .without_confirmation()
                .prompt()
        })
    }

    /// One of several.
    pub(crate) fn one<T: fmt::Display + Clone>(self, question: &str, choices: &[T]) -> Result<T, Failure> {
        if choices.is_empty() {
            return Err(
                Failure::refused(format!("{question} There is nothing to choose from.")).nothing_ordered(),
            );
        }
        answered(|| {
            Select::new(question, choices.to_vec())
                .with_page_size(12)
                .with_help_message("type to filter, arrows to move, Enter to choose")
                .with_render_config(self.look())
                .prompt()
        })
    }

    /// Any of several, none included.
    pub(crate) fn some<T: fmt::Display + Clone>(
        self,
        question: &str,
        choices: &[T],
    ) -> Result<Vec<T>, Failure> {
        if choices.is_empty() {
            return Ok(Vec::new());
        }
        answered(|| {
            MultiSelect::new(question, choices.to_vec())
                .with_page_size(12)
                .with_help_message("Space to choose, Enter when done")
                .with_render_config(self.look())
                .prompt()
        })
    }
}

/// Takes what was typed before off the terminal.
pub(crate) fn forget_what_was_typed() {
    if terminal::enable_raw_mode().is_err() {
        return;
    }
    // A moment, in which the terminal hands over what it holds.
    while event::poll(Duration::from_millis(20)).is_ok_and(|is_there| is_there) {
        if event::read().is_err() {
            break;
        }
    }
    // Whoever asks next sets the terminal anew.
    let _ = terminal::disable_raw_mode();
}

/// Asks until there is an answer: Escape alone does not throw away all answers before.
fn answered<T>(ask: impl Fn() -> Result<T, InquireError>) -> Result<T, Failure> {
    loop {
        match ask() {
            Err(InquireError::OperationCanceled) => say("Escape does nothing here; Ctrl-C ends it all."),
            other => return other.map_err(unanswered),
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is the shape of map_err")]
fn unanswered(error: InquireError) -> Failure {
    match error {
        InquireError::OperationInterrupted => Failure::interrupted(),
        other => Failure::failed(format!("cannot ask on this terminal: {other}")),
    }
}
