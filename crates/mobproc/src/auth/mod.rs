//! Access tokens: where they come from, how they are renewed, where the present one is kept.

mod answer;
mod cache;
mod credentials;
mod password;
mod refresh;
mod source;
mod validate;

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use url::Url;

pub(crate) use cache::{FetchListener, TokenCache};
pub use credentials::Credentials;
use credentials::Proof;
use password::PasswordGrant;
pub use password::TokenRequestForm;
use refresh::RefreshTokens;
pub(crate) use refresh::{NotSaved, StoreTrouble};
use source::ReadyMade;
pub use source::{AccessToken, TokenError, TokenSource, TokenStore};
pub(crate) use validate::Validator;

use crate::clock::Clock;
use crate::error::Error;

/// The scope of the API. Early documentation calls it `MOBILE_PROCUREMENT_API`.
pub(crate) const DEFAULT_SCOPE: &str = "MOBPROC";

/// What a token source is made of.
pub(crate) struct TokenSettings<'a> {
    pub(crate) url: &'a Url,
    pub(crate) form: TokenRequestForm,
    pub(crate) scope: String,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    pub(crate) trouble: StoreTrouble,
    pub(crate) not_saved: NotSaved,
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
            Proof::Bearer(token) => match source::problem_of(token.expose_secret()) {
                Some(problem) => Err(Error::configuration(format!("the access token {problem}"))),
                None => Ok((Arc::new(ReadyMade(token)), None)),
            },
            Proof::Password(credentials) => {
                let validator = Validator::new(
                    credentials.clone(),
                    settings.url.clone(),
                    settings.http.reads().clone(),
                    settings.max_response_size,
                );
                let grant = PasswordGrant {
                    credentials,
                    url: settings.url.clone(),
                    form: settings.form,
                    scope: settings.scope,
                    refresh: RefreshTokens::new(
                        settings.store,
                        Arc::clone(settings.clock),
                        settings.trouble,
                        settings.not_saved,
                    ),
                    // A refresh token works once, so a token request is a write: never over a
                    // connection that may be dead.
                    http: settings.http.writes().clone(),
                    clock: Arc::clone(settings.clock),
                    limit: settings.max_response_size,
                };
                Ok((Arc::new(grant), Some(validator)))
            }
        }
    }
}

/// Reads an answer of a token server as one to the password grant. What is taken can be sent.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_token_answer(body: &[u8]) {
    match answer::read("the password grant", body) {
        Ok(answer) => {
            assert!(!answer.lifetime.is_zero());
            let header = AccessToken::new(answer.access_token).header();
            assert!(
                header
                    .expect("what is taken can stand in a header")
                    .is_sensitive()
            );
        }
        Err(error) => assert!(error.to_string().starts_with("the password grant got an answer")),
    }
}
