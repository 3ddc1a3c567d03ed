//! `--verbose`: each attempt of each call, without secrets and personal data.

use mobproc::{Attempt, Decision, Observer, TokenError};

use crate::talk::say;

/// Tells attempts on standard error.
#[derive(Debug)]
pub(crate) struct Attempts;

impl Observer for Attempts {
    fn attempt_ended(&self, attempt: &Attempt<'_>) {
        let outcome = match (&attempt.answer, attempt.error) {
            (Some(answer), _) => format!("{}, {} bytes", answer.status, answer.body.len()),
            (None, Some(error)) => format!("no answer ({:?})", error.kind()),
            (None, None) => "no answer".to_owned(),
        };
        let then = match attempt.decision {
            Decision::Repeat(delay) => format!("; again in {} ms", delay.as_millis()),
            Decision::RenewToken => "; again with a new token".to_owned(),
            Decision::Follow => "; follows a redirect".to_owned(),
            _ => String::new(),
        };
        // The template of the path: ids and the query may be personal.
        say(&format!(
            "* {} {} attempt {}: {outcome} in {} ms, correlation id {}{then}",
            attempt.operation.method,
            attempt.operation.path,
            attempt.number,
            attempt.took.as_millis(),
            attempt.correlation_id,
        ));
    }

    fn token_requested(&self, brought_a_token: bool) {
        say(if brought_a_token {
            "* token request: a token came"
        } else {
            "* token request: no token came"
        });
    }

    fn refresh_token_not_saved(&self, error: &TokenError) {
        say(&format!("* the refresh token could not be stored: {error}"));
    }
}
