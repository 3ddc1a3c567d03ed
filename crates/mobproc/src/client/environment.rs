//! Settings from the environment.

use std::env;

use super::Client;
use super::builder::{ClientBuilder, checked_url};
use crate::auth::Credentials;
use crate::error::Error;

/// The variables, named here and nowhere else.
const BASE_URL: &str = "MOBPROC_BASE_URL";
const TOKEN_URL: &str = "MOBPROC_TOKEN_URL";
const TENANT: &str = "MOBPROC_TENANT";
const CLIENT_ID: &str = "MOBPROC_CLIENT_ID";
const CLIENT_SECRET: &str = "MOBPROC_CLIENT_SECRET";
const USERNAME: &str = "MOBPROC_USERNAME";
const PASSWORD: &str = "MOBPROC_PASSWORD";
const ACCESS_TOKEN: &str = "MOBPROC_ACCESS_TOKEN";

impl Client {
    /// A client with the settings of the environment: see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    ///
    /// A variable is missing or malformed; the message names it.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl ClientBuilder {
    /// Settings from the environment.
    ///
    /// `MOBPROC_TENANT` and `MOBPROC_CLIENT_ID` are needed, and either `MOBPROC_ACCESS_TOKEN` or
    /// all of `MOBPROC_CLIENT_SECRET`, `MOBPROC_USERNAME` and `MOBPROC_PASSWORD`.
    /// `MOBPROC_BASE_URL` and `MOBPROC_TOKEN_URL` are those of production where they are not set.
    ///
    /// # Errors
    ///
    /// Variables are missing, empty or not valid Unicode; the message names them (all that are
    /// missing at once) and repeats none.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::configuration(format!("{name} is not valid Unicode")))
            }
        })
    }

    fn from_variables(read: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let optional = |name: &str| match read(name)? {
            Some(value) if value.trim().is_empty() => {
                Err(Error::configuration(format!("{name} is set but empty")))
            }
            value => Ok(value),
        };
        // All that is missing is told at once.
        let mut missing = Vec::new();
        let mut needed = |name: &'static str| -> Result<String, Error> {
            Ok(optional(name)?.unwrap_or_else(|| {
                missing.push(name);
                String::new()
            }))
        };
        let tenant = needed(TENANT)?;
        let client_id = needed(CLIENT_ID)?;
        let credentials = match optional(ACCESS_TOKEN)? {
            Some(token) => Credentials::bearer(client_id, token),
            None => Credentials::password(
                client_id,
                needed(CLIENT_SECRET)?,
                needed(USERNAME)?,
                needed(PASSWORD)?,
            ),
        };
        if !missing.is_empty() {
            return Err(Error::configuration(format!(
                "these environment variables are not set: {}",
                missing.join(", ")
            )));
        }
        let mut builder = Self::default().tenant(tenant).credentials(credentials);
        for (name, set) in [
            (BASE_URL, Self::base_url as fn(Self, String) -> Self),
            (TOKEN_URL, Self::token_url),
        ] {
            if let Some(url) = optional(name)? {
                // Here, where the variable can still be named.
                checked_url(name, &url)?;
                builder = set(builder, url);
            }
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use crate::client::ClientBuilder;

    fn built(variables: &[(&str, &str)]) -> Result<(), String> {
        let read = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        ClientBuilder::from_variables(read)
            .and_then(ClientBuilder::build)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_or_a_password_is_enough() {
        let common = [("MOBPROC_TENANT", "ACME"), ("MOBPROC_CLIENT_ID", "c")];
        let token = [common[0], common[1], ("MOBPROC_ACCESS_TOKEN", "t")];
        assert_eq!(built(&token), Ok(()));
        let password = [
            common[0],
            common[1],
            ("MOBPROC_CLIENT_SECRET", "s"),
            ("MOBPROC_USERNAME", "command://u"),
            ("MOBPROC_PASSWORD", "p"),
            ("MOBPROC_BASE_URL", "http://127.0.0.1:4010/mobproc/v1"),
        ];
        assert_eq!(built(&password), Ok(()));
    }

    #[test]
    fn what_is_missing_or_malformed_is_named() {
        let all = [
            ("MOBPROC_TENANT", "ACME"),
            ("MOBPROC_CLIENT_ID", "c"),
            ("MOBPROC_CLIENT_SECRET", "s"),
            ("MOBPROC_USERNAME", "u"),
            ("MOBPROC_PASSWORD", "hush"),
        ];
        for (left_out, _) in all {
            let rest: Vec<_> = all.into_iter().filter(|(name, _)| *name != left_out).collect();
            let message = built(&rest).unwrap_err();
            assert!(message.contains(left_out), "{message}");
        }
        // Issue 13, point 15: one was told at a time.
        let message = built(&[("MOBPROC_CLIENT_ID", "c")]).unwrap_err();
        assert_eq!(
            message,
            "these environment variables are not set: MOBPROC_TENANT, MOBPROC_CLIENT_SECRET, MOBPROC_USERNAME, MOBPROC_PASSWORD"
        );
        for (name, value) in [
            ("MOBPROC_BASE_URL", "http://api.example"),
            ("MOBPROC_TOKEN_URL", "nonsense"),
            ("MOBPROC_TENANT", " "),
        ] {
            let mut changed: Vec<_> = all.into_iter().filter(|(known, _)| *known != name).collect();
            changed.push((name, value));
            let message = built(&changed).unwrap_err();
            assert!(message.contains(name) && !message.contains("hush"), "{message}");
        }
    }
}
