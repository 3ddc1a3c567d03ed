//! Writes other than orders: decisions, moves, raw writes. What became of one stands in the type of
//! its error.

use std::error::Error as StdError;
use std::fmt;

use mobproc_api::{Request, RequestError};
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::Error;
use crate::transport::Answer;
use crate::transport::outcome::{Expected, Outcome, judge};

/// Why a write did not succeed, and whether anything was done.
///
/// Both cases convert into [`Error`], so `?` works where the difference does not matter; the case
/// of the unknown outcome is not lost then ([`Error::is_outcome_unknown`]).
#[allow(
    clippy::exhaustive_enums,
    reason = "there is no third answer, and whoever forgets the second must be told by the compiler"
)]
pub enum WriteError {
    /// Certainly nothing was done.
    NotCarriedOut(NotCarriedOut),
    /// It may or may not have been carried out. **Do not send it again** before looking.
    OutcomeUnknown(UnknownWrite),
}

/// A write that was certainly not carried out.
#[non_exhaustive]
pub struct NotCarriedOut {
    error: Error,
}

/// A write of which nobody knows whether it was carried out.
#[non_exhaustive]
pub struct UnknownWrite {
    error: Error,
    client: Box<Client>,
}

impl WriteError {
    fn not_carried_out(error: Error) -> Self {
        Self::NotCarriedOut(NotCarriedOut { error })
    }

    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        match self {
            Self::NotCarriedOut(not) => &not.error,
            Self::OutcomeUnknown(unknown) => &unknown.error,
        }
    }

    /// Whether nobody knows what became of it.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}

impl NotCarriedOut {
    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What went wrong.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl UnknownWrite {
    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What went wrong.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }

    /// The client that wrote. Look with it at what the write was to change: somebody else may not
    /// be shown it.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotCarriedOut(not) => not.error,
            WriteError::OutcomeUnknown(unknown) => unknown.error,
        }
    }
}

impl From<NotCarriedOut> for Error {
    fn from(not: NotCarriedOut) -> Self {
        not.error
    }
}

impl From<UnknownWrite> for Error {
    fn from(unknown: UnknownWrite) -> Self {
        unknown.error
    }
}

impl From<RequestError> for WriteError {
    fn from(error: RequestError) -> Self {
        Self::not_carried_out(error.into())
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.error(), f)
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl fmt::Debug for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.error(), f)
    }
}

impl fmt::Display for NotCarriedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Display for UnknownWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

/// The text for people.
impl fmt::Debug for NotCarriedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

/// The text for people.
impl fmt::Debug for UnknownWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl StdError for WriteError {}

impl Client {
    /// Makes one write whose success the status tells.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        request: Result<Request<T>, RequestError>,
    ) -> Result<Answer<T>, WriteError> {
        self.write_expecting(request?, Expected::Success).await
    }

    /// Makes one write, and holds the answer against what is expected of it.
    pub(crate) async fn write_expecting<T: DeserializeOwned>(
        &self,
        request: Request<T>,
        expected: Expected<'_>,
    ) -> Result<Answer<T>, WriteError> {
        let exchange = self.exchange(request).await;
        match judge(&exchange, expected) {
            Outcome::CarriedOut => exchange.into_answer().map_err(|error| {
                // A success that cannot be read says that something was done, and not what.
                self.unknown(error.into_outcome_unknown())
            }),
            Outcome::NotCarriedOut => Err(WriteError::not_carried_out(
                exchange.into_error(Outcome::NotCarriedOut),
            )),
            outcome @ Outcome::Unknown(_) => Err(self.unknown(exchange.into_error(outcome))),
        }
    }

    fn unknown(&self, error: Error) -> WriteError {
        WriteError::OutcomeUnknown(UnknownWrite {
            error,
            client: Box::new(self.clone()),
        })
    }
}
