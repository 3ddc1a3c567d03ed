//! Settings in a file, by name: which tenant, which server, whose credentials. The program
//! `mobproc` keeps them; with the feature `profiles` other programs can use them too.
//!
//! ```toml
//! default = "qa"
//!
//! [profiles.qa]
//! tenant = "ACME"
//! base_url = "https://qa.example/mobproc/v1"
//! token_url = "https://qa.example/as/token.oauth2"
//! client_id = "acme-orders"
//! username = "command://svc-orders"
//! secret_command = "pass show mobproc/qa"
//! ```
//!
//! The file holds no secrets. They come, in this order, from the environment
//! (`MOBPROC_CLIENT_SECRET`, `MOBPROC_PASSWORD` or `MOBPROC_ACCESS_TOKEN`), from `secret_command`,
//! or from where `secrets` says they are stored: see [`Storage`].

mod command;
mod file;
mod places;
mod secrets;

use std::sync::Arc;

pub use file::{Profile, Profiles, Storage};
pub use places::{config_file, state_folder};
pub use secrets::{Secret, SecretFile, SecretStore, Secrets, Source, storage_error};

use crate::auth::Credentials;
use crate::client::{Client, ClientBuilder};
use crate::error::Error;
use secrets::StoredTokens;

impl Client {
    /// A client with the settings of a profile; `None` is the one of `MOBPROC_PROFILE`, or else the
    /// file's default.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), mobproc::Error> {
    /// let client = mobproc::Client::from_profile(Some("qa"))?;
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// There is no such profile, it is malformed, or its secrets cannot be had. Those in the
    /// system's keyring can be had through the program `mobproc` only.
    pub fn from_profile(name: Option<&str>) -> Result<Self, Error> {
        let profiles = Profiles::load()?;
        let (name, profile) = profiles.chosen(name)?;
        let store: Option<Arc<dyn SecretStore>> = match profile.secrets {
            Some(Storage::File) => Some(Arc::new(profiles.secret_file(name)?)),
            Some(Storage::Keyring) | None => None,
        };
        let secrets = profile.secrets(store.as_deref())?;
        profile.builder(&secrets, store)?.build()
    }
}

impl Profile {
    /// The settings of a client with this profile and these secrets. Refresh tokens are kept in the
    /// store, if there is one.
    ///
    /// # Errors
    ///
    /// Secrets are missing; the message says which, and where they were looked for.
    pub fn builder(
        &self,
        secrets: &Secrets,
        store: Option<Arc<dyn SecretStore>>,
    ) -> Result<ClientBuilder, Error> {
        let mut builder = ClientBuilder::default().tenant(&self.tenant);
        if let Some(url) = &self.base_url {
            builder = builder.base_url(url);
        }
        if let Some(url) = &self.token_url {
            builder = builder.token_url(url);
        }
        if let Some(token) = &secrets.access_token {
            return Ok(builder.credentials(Credentials::bearer(&self.client_id, token.expose())));
        }
        let (Some(client_secret), Some(password), Some(username)) =
            (&secrets.client_secret, &secrets.password, &self.username)
        else {
            return Err(self.missing(secrets));
        };
        let credentials = Credentials::password(
            &self.client_id,
            client_secret.expose(),
            username,
            password.expose(),
        );
        builder = builder.credentials(credentials);
        // Only tokens of secrets that are stored are stored beside them: never in a weaker place.
        match store {
            Some(store) if client_secret.source == Source::Store => {
                Ok(builder.token_store(StoredTokens::new(store)))
            }
            _ => Ok(builder),
        }
    }

    fn missing(&self, secrets: &Secrets) -> Error {
        let mut missing = Vec::new();
        if secrets.client_secret.is_none() {
            missing.push("the client secret (MOBPROC_CLIENT_SECRET)");
        }
        if secrets.password.is_none() {
            missing.push("the password (MOBPROC_PASSWORD)");
        }
        if self.username.is_none() {
            missing.push("`username` of the profile");
        }
        let place = match (&self.secret_command, self.secrets) {
            (Some(_), _) => "the output of its secret_command",
            (None, Some(Storage::Keyring)) => "the system's keyring",
            (None, Some(Storage::File)) => "its file of secrets",
            (None, None) => "nowhere else, because the profile names no place",
        };
        Error::configuration(format!(
            "the profile has no credentials: {} not in the environment, and looked for in {place}",
            missing.join(" and ")
        ))
    }
}
