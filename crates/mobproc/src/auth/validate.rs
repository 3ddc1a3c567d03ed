//! Looking into access tokens.

use std::fmt;

use mobproc_api::types::TokenValidation;
use secrecy::ExposeSecret as _;
use url::Url;

use super::password::{PasswordCredentials, REFUSALS};
use crate::body::{self, BodyError};
use crate::error::{Clean, Error};

/// The validation grant of the token server.
const VALIDATE: &str = "urn:pingidentity.com:oauth2:grant_type:validate_bearer";

/// Looks into tokens. Over TLS only: the documentation's other way would show the token to the
/// network.
pub(crate) struct Validator {
    credentials: PasswordCredentials,
    token_url: Url,
    http: reqwest::Client,
    /// The size in bytes from which on an answer is not read.
    limit: usize,
}

impl Validator {
    pub(super) fn new(
        credentials: PasswordCredentials,
        token_url: Url,
        http: reqwest::Client,
        limit: usize,
    ) -> Self {
        Self {
            credentials,
            token_url,
            http,
            limit,
        }
    }

    pub(crate) async fn validate(&self, token: &str) -> Result<TokenValidation, Error> {
        let mut url = self.token_url.clone();
        url.query_pairs_mut()
            .append_pair("grant_type", VALIDATE)
            .append_pair("token", token)
            .append_pair("client_id", &self.credentials.client_id)
            .append_pair("client_secret", self.credentials.client_secret.expose_secret());
        let mut response = self.http.get(url).send().await.map_err(Error::transport)?;
        let status = response.status();
        let body = match body::read(&mut response, self.limit).await {
            Ok(body) => body,
            Err(BodyError::TooLarge(_)) => return Err(Error::answer_too_large(self.limit)),
            Err(BodyError::Lost(error, _)) => return Err(Error::transport(error)),
        };
        if !status.is_success() && !REFUSALS.contains(&status) {
            return Err(
                Error::token_unavailable("the token could not be validated").with_answer(status, body)
            );
        }
        if !status.is_success() {
            // The standard's error names a code and a text; neither repeats what was sent.
            let code = serde_json::from_slice::<TokenErrorBody>(&body).unwrap_or_default();
            return Err(
                Error::authentication(format!("the token server does not accept the token: {code}"))
                    .with_answer(status, body),
            );
        }
        serde_json::from_slice(&body).map_err(|error| {
            Error::token_unavailable("the token server's answer could not be read")
                .with_json(&error)
                .with_answer(status, body)
        })
    }
}

/// The OAuth 2 standard's error.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct TokenErrorBody {
    error: String,
    error_description: String,
}

impl fmt::Display for TokenErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Clean(&self.error), Clean(&self.error_description))
    }
}
