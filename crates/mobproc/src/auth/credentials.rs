//! How a client proves who it is.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use super::password::PasswordCredentials;
use super::source::TokenSource;

/// How a client proves who it is.
#[derive(Clone)]
#[non_exhaustive]
pub struct Credentials {
    pub(super) client_id: String,
    pub(super) proof: Proof,
}

#[derive(Clone)]
pub(super) enum Proof {
    Password(PasswordCredentials),
    Bearer(SecretString),
    Source(Arc<dyn TokenSource>),
}

impl Credentials {
    /// The password grant, with the refresh grant once there is a refresh token. Recommended for
    /// servers, with a service account that may act for its users.
    ///
    /// The user name is prefixed with its source system, such as `command://svc` or
    /// `rivermine://svc`; a user of the Tangoe platform itself has no prefix.
    pub fn password(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        let client_id = client_id.into();
        Self {
            proof: Proof::Password(PasswordCredentials {
                client_id: client_id.clone(),
                client_secret: SecretString::from(client_secret.into()),
                username: username.into(),
                password: SecretString::from(password.into()),
            }),
            client_id,
        }
    }

    /// A ready-made access token, such as one from the implicit grant. It is used until the server
    /// refuses it. Whether it can stand in a header at all is looked at when the client is built.
    pub fn bearer(client_id: impl Into<String>, access_token: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            proof: Proof::Bearer(SecretString::from(access_token.into())),
        }
    }

    /// Tokens from elsewhere.
    pub fn source(client_id: impl Into<String>, source: impl TokenSource + 'static) -> Self {
        Self {
            client_id: client_id.into(),
            proof: Proof::Source(Arc::new(source)),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// The id of the client application.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }
}
