//! Asking a person on the terminal.

use std::fmt;
use std::io::{self, IsTerminal as _};

use inquire::ui::RenderConfig;
use inquire::{Confirm, InquireError, MultiSelect, Password, PasswordDisplayMode, Select, Text};

use crate::failure::Failure;

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

    /// Yes or no; no if nothing is said.
    pub(crate) fn yes(self, question: &str) -> Result<bool, Failure> {
        Confirm::new(question)
            .with_default(false)
            .with_render_config(self.look())
            .prompt()
            .map_err(unanswered)
    }

    /// A text; nothing if it may be left out and was.
    pub(crate) fn text(
        self,
        question: &str,
        hint: &str,
        before: Option<&str>,
        check: impl Fn(&str) -> Result<(), String> + Clone + 'static,
    ) -> Result<String, Failure> {
        let validator = move |text: &str| match check(text.trim()) {
            Ok(()) => Ok(inquire::validator::Validation::Valid),
            Err(why) => Ok(inquire::validator::Validation::Invalid(why.into())),
        };
        let mut prompt = Text::new(question)
            .with_render_config(self.look())
            .with_validator(validator);
        if !hint.is_empty() {
            prompt = prompt.with_help_message(hint);
        }
        if let Some(before) = before {
            prompt = prompt.with_initial_value(before);
        }
        let answer = prompt.prompt().map_err(unanswered)?;
        Ok(answer.trim().to_owned())
    }

    /// A text that is not shown.
    pub(crate) fn secret(self, question: &str) -> Result<String, Failure> {
        Password::new(question)
            .with_render_config(self.look())
            .with_display_mode(PasswordDisplayMode::Hidden)
            .without_confirmation()
            .prompt()
            .map_err(unanswered)
    }

    /// One of several.
    pub(crate) fn one<T: fmt::Display>(self, question: &str, choices: Vec<T>) -> Result<T, Failure> {
        Select::new(question, choices)
            .with_page_size(12)
            .with_help_message("type to filter, arrows to move, Enter to choose")
            .with_render_config(self.look())
            .prompt()
            .map_err(unanswered)
    }

    /// Any of several, none included.
    pub(crate) fn some<T: fmt::Display>(self, question: &str, choices: Vec<T>) -> Result<Vec<T>, Failure> {
        MultiSelect::new(question, choices)
            .with_page_size(12)
            .with_help_message("Space to choose, Enter when done")
            .with_render_config(self.look())
            .prompt()
            .map_err(unanswered)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is the shape of map_err")]
fn unanswered(error: InquireError) -> Failure {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => Failure::interrupted(),
        other => Failure::failed(format!("cannot ask on this terminal: {other}")),
    }
}
