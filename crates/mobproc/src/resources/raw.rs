//! What is not modelled: raw requests, and links followed safely.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Client, WriteError};
use crate::error::Error;
use crate::transport::outcome::Expected;

impl Client {
    /// Reads something that is not modelled: a path below the base URL, with its query, such as
    /// `/ping?echoText=hello`. Credentials and context go along, and it is tried again like any
    /// read.
    ///
    /// The answer is decoded as whatever is wanted: a [`Value`] takes everything, but holds numbers
    /// as floats; a type of one's own, or a `Box<RawValue>` of `serde_json`, keeps them.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). A path that leads elsewhere than below the base URL is refused.
    pub async fn get_raw<T: DeserializeOwned>(&self, path_and_query: &str) -> Result<T, Error> {
        Ok(self.fetch(self.api().raw_get(path_and_query)).await?.into_value())
    }

    /// Writes something that is not modelled. **This is a write**: it is never sent a second time
    /// once a connection was made. Any answer of 2xx with JSON is a success here, also one whose
    /// body says otherwise.
    ///
    /// # Errors
    ///
    /// A path that places an order, in any spelling, is refused:
    /// [`OrderDraft::from_json`](crate::OrderDraft::from_json) takes members this version does not
    /// know, and [`confirm`](crate::Orders::confirm) what follows. To confirm raw, the query says
    /// `confirm=true` exactly once.
    ///
    /// [`WriteError::OutcomeUnknown`] where nobody knows what it did; [`WriteError::NotCarriedOut`]
    /// where it did nothing.
    pub async fn post_raw(&self, path_and_query: &str, body: &Value) -> Result<Value, WriteError> {
        let request = self.api().raw_post(path_and_query, body.to_string())?;
        // A raw write to the place where orders are placed is only built if it confirms.
        let orders = format!("{}/orders", self.api().base_url().path().trim_end_matches('/'));
        let expected = if request.url().path() == orders {
            Expected::RawConfirmation
        } else {
            Expected::Success
        };
        Ok(self.write_expecting(request, expected).await?.into_value())
    }

    /// Follows a link of an answer (`_meta`).
    ///
    /// Published links lead to four hosts, two of them typing errors and one over plain http, so
    /// only what comes after the version is taken from a link; the rest is the configured base URL.
    /// Credentials go nowhere else.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). A link without a version in its path is refused.
    pub async fn follow<T: DeserializeOwned>(&self, link: &str) -> Result<T, Error> {
        Ok(self.fetch(self.api().link_get(link)).await?.into_value())
    }
}
