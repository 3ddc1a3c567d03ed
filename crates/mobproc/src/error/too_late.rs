//! That a request was not sent by the time that was set for it.

use std::error::Error as StdError;
use std::fmt;

/// It was too late to send the body.
#[derive(Debug)]
pub(crate) struct TooLate;

impl TooLate {
    /// Whether it is behind an error of the HTTP library.
    pub(crate) fn is_behind(error: &reqwest::Error) -> bool {
        let mut cause = StdError::source(error);
        while let Some(deeper) = cause {
            if deeper.is::<Self>() {
                return true;
            }
            cause = deeper.source();
        }
        false
    }
}

impl fmt::Display for TooLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it was too late to send the request")
    }
}

impl StdError for TooLate {}
