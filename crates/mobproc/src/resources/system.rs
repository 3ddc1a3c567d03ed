//! The caller, and whether the connection works.

use mobproc_api::types::{Diagnostics, Me, Ping, TokenValidation};

use crate::client::Client;
use crate::error::Error;

impl Client {
    /// Fetches the caller: user, actor, what they may do. A JSON map with the two permissions that
    /// are known by name.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn me(&self) -> Result<Me, Error> {
        Ok(self.fetch(self.api().me_get()).await?.into_value())
    }

    /// Fetches flags that help to find out why something is not allowed. A JSON map.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn diagnostics(&self) -> Result<Diagnostics, Error> {
        Ok(self.fetch(self.api().diagnostics_get()).await?.into_value())
    }

    /// Checks whether address, credentials and headers are right; the server echoes the text. A
    /// JSON map.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn ping(&self, text: &str) -> Result<Ping, Error> {
        Ok(self.fetch(self.api().ping_get(Some(text))).await?.into_value())
    }

    /// Looks into an access token: whose it is and how long it lives. Needs a permission that
    /// Tangoe gives case by case, and a client made with
    /// [`Credentials::password`](crate::Credentials::password), because client id and secret go
    /// along.
    ///
    /// **The documented call is a GET with the token, the client id and the client secret in its
    /// query**, where logs of servers and gateways keep them. Use it to find out why something is
    /// refused, not in passing, and renew the secret if such logs are not yours alone.
    ///
    /// # Errors
    ///
    /// The token is not valid, the client may not ask, or the token server cannot be reached.
    pub async fn validate_token(&self, access_token: &str) -> Result<TokenValidation, Error> {
        match self.validator() {
            Some(validator) => validator.validate(access_token).await,
            None => Err(Error::configuration(
                "only a client with a client secret can look into tokens",
            )),
        }
    }
}
