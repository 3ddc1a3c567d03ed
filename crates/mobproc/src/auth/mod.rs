//! Access tokens: where they come from, how they are renewed, where the present one is kept.

mod cache;
mod credentials;
mod password;
mod source;
mod validate;

use std::sync::Arc;

use url::Url;

pub(crate) use cache::{FetchListener, TokenCache};
pub use credentials::Credentials;
use credentials::Proof;
use password::PasswordGrant;
pub use password::TokenRequestForm;
pub use source::{AccessToken, TokenError, TokenSource, TokenStore};
pub(crate) use validate::Validator;

use crate::clock::Clock;
use crate::error::Error;

/// What a token source is made of.
pub(crate) struct TokenSettings<'a> {
    pub(crate) url: &'a Url,
    pub(crate) form: TokenRequestForm,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) http: &'a mobproc_api::HttpClient,
    pub(crate) max_response_size: usize,
}

impl Credentials {
    /// Where tokens come from, and who may look into them.
    pub(crate) fn into_source(
        self,
        settings: TokenSettings<'_>,
    ) -> Result<(Arc<dyn TokenSource>, Option<Validator>), Error> {
        match self.proof {
            Proof::Source(source) => Ok((source, None)),
            Proof::Password(password) => {
                let validator = Validator::new(
                    password.clone(),
                    settings.url.clone(),
                    settings.http.reads().clone(),
                    settings.max_response_size,
                );
                // A refresh token works once, so a token request is a write: never over a
                // connection that may be dead.
                let grant = PasswordGrant::new(
                    password,
                    settings.url,
                    settings.http.writes().clone(),
                    settings.form,
                    settings.store,
                    Arc::clone(settings.clock),
                    settings.max_response_size,
                )?;
                Ok((Arc::new(grant), Some(validator)))
            }
        }
    }
}
