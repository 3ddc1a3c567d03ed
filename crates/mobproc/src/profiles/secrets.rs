//! Secrets, where they come from and where they are stored.

use std::env;
use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::command;
use super::file::{about, create_private_folder, write_whole};
use crate::auth::{TokenError, TokenStore};
use crate::clock::BoxFuture;
use crate::error::Error;

/// Where a secret comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A variable of the environment.
    Environment,
    /// The profile's `secret_command`.
    Command,
    /// Where the profile stores its secrets.
    Store,
}

/// A secret and where it comes from.
#[derive(Clone)]
#[non_exhaustive]
pub struct Secret {
    value: SecretString,
    /// Where it comes from.
    pub source: Source,
}

impl Secret {
    fn new(value: String, source: Source) -> Self {
        Self {
            value: SecretString::from(value),
            source,
        }
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }
}

/// Where it comes from, but not what it is.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?})", self.source)
    }
}

/// The secrets of a profile, as far as they are known.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Secrets {
    /// The secret of the client application.
    pub client_secret: Option<Secret>,
    /// The password of the account.
    pub password: Option<Secret>,
    /// A ready-made access token, instead of the two.
    pub access_token: Option<Secret>,
    /// The refresh token that was stored last.
    pub refresh_token: Option<Secret>,
}

/// Secrets as they are stored and printed.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

impl Secrets {
    /// Secrets to be stored: those of a client application and an account.
    #[must_use]
    pub fn to_store(client_secret: &str, password: &str) -> Self {
        Self {
            client_secret: Some(Secret::new(client_secret.to_owned(), Source::Store)),
            password: Some(Secret::new(password.to_owned(), Source::Store)),
            ..Self::default()
        }
    }

    /// Whether nothing more is needed.
    pub(super) fn are_complete(&self) -> bool {
        self.access_token.is_some() || (self.client_secret.is_some() && self.password.is_some())
    }

    /// Takes from others what is missing here.
    pub(super) fn complete(&mut self, others: Self) {
        let Self {
            client_secret,
            password,
            access_token,
            refresh_token,
        } = others;
        self.client_secret = self.client_secret.take().or(client_secret);
        self.password = self.password.take().or(password);
        self.access_token = self.access_token.take().or(access_token);
        self.refresh_token = self.refresh_token.take().or(refresh_token);
    }

    pub(super) fn from_environment() -> Result<Self, Error> {
        let variable = |name: &str| match env::var(name) {
            Ok(value) if value.trim().is_empty() => {
                Err(Error::configuration(format!("{name} is set but empty")))
            }
            Ok(value) => Ok(Some(Secret::new(value, Source::Environment))),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::configuration(format!("{name} is not valid Unicode")))
            }
        };
        Ok(Self {
            client_secret: variable("MOBPROC_CLIENT_SECRET")?,
            password: variable("MOBPROC_PASSWORD")?,
            access_token: variable("MOBPROC_ACCESS_TOKEN")?,
            refresh_token: None,
        })
    }

    pub(super) fn from_command(command: &str) -> Result<Self, Error> {
        let printed = command::output_of(command)?;
        let written = parse_printed(&printed).ok_or_else(|| {
            Error::configuration(
                "the secret_command prints neither lines such as client_secret=..., password=... nor a JSON object of these",
            )
        })?;
        Ok(written.into_secrets(Source::Command))
    }

    /// The JSON text to be stored.
    ///
    /// # Errors
    ///
    /// None is known; texts under names that are texts can be JSON.
    pub fn to_json(&self) -> Result<SecretString, Error> {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned());
        let written = Written {
            client_secret: text(&self.client_secret),
            password: text(&self.password),
            access_token: text(&self.access_token),
            refresh_token: text(&self.refresh_token),
        };
        serde_json::to_string(&written)
            .map(SecretString::from)
            .map_err(|_| Error::configuration("the secrets cannot be written as JSON"))
    }

    /// The secrets of a JSON text that was stored.
    ///
    /// # Errors
    ///
    /// It is not such a text; the message repeats nothing of it.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let written: Written = serde_json::from_str(text)
            .map_err(|_| Error::configuration("the stored secrets are not what was stored"))?;
        Ok(written.into_secrets(Source::Store))
    }
}

impl Written {
    fn into_secrets(self, source: Source) -> Secrets {
        let secret = |value: Option<String>| value.map(|value| Secret::new(value, source));
        Secrets {
            client_secret: secret(self.client_secret),
            password: secret(self.password),
            access_token: secret(self.access_token),
            refresh_token: secret(self.refresh_token),
        }
    }
}

/// Lines of names and values, or a JSON object.
fn parse_printed(text: &str) -> Option<Written> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).ok();
    }
    let mut written = Written::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(['=', ':'])?;
        let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty())?;
        match name.trim() {
            "client_secret" => written.client_secret = Some(value),
            "password" => written.password = Some(value),
            "access_token" => written.access_token = Some(value),
            _ => return None,
        }
    }
    Some(written)
}

/// The error of a [`SecretStore`] that cannot do what it is asked for. The message must hold no
/// secret.
#[must_use]
pub fn storage_error(message: impl Into<String>) -> Error {
    Error::configuration(message.into())
}

/// Where the secrets of a profile are stored.
pub trait SecretStore: fmt::Debug + Send + Sync {
    /// Returns what is stored.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    fn load(&self) -> Result<Option<Secrets>, Error>;

    /// Stores secrets instead of what is stored, as a whole or not at all.
    ///
    /// # Errors
    ///
    /// They cannot be stored.
    fn save(&self, secrets: &Secrets) -> Result<(), Error>;

    /// Forgets what is stored. Returns whether there was anything.
    ///
    /// # Errors
    ///
    /// It cannot be removed.
    fn remove(&self) -> Result<bool, Error>;

    /// The place, for people.
    fn place(&self) -> String;

    /// A file that programs lock while they use up a refresh token and store the next.
    fn lock_file(&self) -> PathBuf;
}

/// Secrets in a file that only its owner may read.
#[derive(Debug, Clone)]
pub struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl SecretStore for SecretFile {
    fn load(&self) -> Result<Option<Secrets>, Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(about(&self.path, &error)),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let metadata = fs::metadata(&self.path).map_err(|error| about(&self.path, &error))?;
            if metadata.permissions().mode() & 0o077 != 0 {
                return Err(Error::configuration(format!(
                    "{} can be read by others than its owner; chmod 600 it, and think of its secrets as known",
                    self.path.display()
                )));
            }
        }
        Secrets::from_json(&text)
            .map(Some)
            .map_err(|error| Error::configuration(format!("{}: {error}", self.path.display())))
    }

    fn save(&self, secrets: &Secrets) -> Result<(), Error> {
        write_whole(&self.path, secrets.to_json()?.expose_secret().as_bytes())
    }

    fn remove(&self) -> Result<bool, Error> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(about(&self.path, &error)),
        }
    }

    fn place(&self) -> String {
        format!("the file {}", self.path.display())
    }

    fn lock_file(&self) -> PathBuf {
        self.path.with_extension("lock")
    }
}

/// How long another program may take from one refresh token to the next.
const PATIENCE: u32 = 100;
/// Between two looks whether it has.
const PAUSE: Duration = Duration::from_millis(100);

/// The refresh token beside the secrets of a profile. Between taking it out and storing the next,
/// other programs wait: it works once.
#[derive(Debug)]
pub(super) struct StoredTokens {
    store: Arc<dyn SecretStore>,
    lock: Mutex<Option<File>>,
}

impl StoredTokens {
    pub(super) fn new(store: Arc<dyn SecretStore>) -> Self {
        Self {
            store,
            lock: Mutex::default(),
        }
    }

    async fn locked(&self) -> Result<File, TokenError> {
        let path = self.store.lock_file();
        let unusable = |error: &io::Error| {
            TokenError::new(format!("{} cannot be locked: {error}", path.display())).passing()
        };
        if let Some(folder) = path.parent() {
            create_private_folder(folder).map_err(|error| unusable(&error))?;
        }
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|error| unusable(&error))?;
        for _ in 0..PATIENCE {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
                Err(TryLockError::Error(error)) => return Err(unusable(&error)),
            }
        }
        Err(TokenError::new("another program has held the refresh token for too long").passing())
    }

    fn keep_lock(&self, file: Option<File>) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = file;
    }
}

impl TokenStore for StoredTokens {
    fn load(&self) -> BoxFuture<'_, Result<Option<SecretString>, TokenError>> {
        Box::pin(async {
            let lock = self.locked().await?;
            let stored = self
                .store
                .load()
                .map_err(|error| TokenError::new(error.to_string()))?;
            let token = stored.and_then(|secrets| secrets.refresh_token);
            if token.is_some() {
                self.keep_lock(Some(lock));
            }
            Ok(token.map(|token| token.value))
        })
    }

    fn save<'a>(&'a self, refresh_token: &'a SecretString) -> BoxFuture<'a, Result<(), TokenError>> {
        Box::pin(async move {
            let has_lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            if !has_lock {
                let lock = self.locked().await?;
                self.keep_lock(Some(lock));
            }
            let stored = || {
                let mut secrets = self.store.load()?.unwrap_or_default();
                let token = refresh_token.expose_secret().to_owned();
                secrets.refresh_token = Some(Secret::new(token, Source::Store));
                self.store.save(&secrets)
            };
            let stored = stored().map_err(|error| TokenError::new(error.to_string()).passing());
            self.keep_lock(None);
            stored
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_prints() {
        for text in [
            "client_secret=one\npassword=two\n",
            "client_secret: one\n\npassword: two",
            r#"{"client_secret": "one", "password": "two"}"#,
        ] {
            let secrets = parse_printed(text).unwrap().into_secrets(Source::Command);
            assert_eq!(secrets.client_secret.unwrap().expose(), "one");
            assert_eq!(secrets.password.unwrap().expose(), "two");
        }
        for text in ["hunter2", "client_secret=\n", "user=me\n", "{\"a\": 1}", "{"] {
            assert!(parse_printed(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_command_that_fails_is_told_without_what_it_printed() {
        for (command, told) in [
            ("", "is empty"),
            ("'pass", "has a quote that does not end"),
            ("no-such-program-here x", "no-such-program-here cannot be run"),
            ("sh -c 'echo canary; exit 3'", "sh failed (exit status: 3)"),
            ("echo canary", "prints neither lines such as"),
            ("yes client_secret=canary", "prints far more than secrets"),
        ] {
            let message = Secrets::from_command(command).unwrap_err().to_string();
            assert!(message.contains(told), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
    }

    #[test]
    fn a_file_is_for_its_owner_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("secrets").join("qa.json"));
        assert!(file.load().unwrap().is_none());
        file.save(&Secrets::to_store("one", "two")).unwrap();
        let secrets = file.load().unwrap().unwrap();
        assert_eq!(secrets.client_secret.unwrap().expose(), "one");
        assert!(!format!("{:?}", file.load().unwrap()).contains("two"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(file.path()), 0o600);
            assert_eq!(mode(file.path().parent().unwrap()), 0o700);
            fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
            let message = file.load().unwrap_err().to_string();
            assert!(message.contains("can be read by others"), "{message}");
        }
        assert!(file.remove().unwrap() && !file.remove().unwrap());
    }

    #[tokio::test]
    async fn a_refresh_token_is_one_programs_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = SecretFile::new(folder.path().join("qa.json"));
        let mut secrets = Secrets::to_store("one", "two");
        secrets.refresh_token = Some(Secret::new("first".to_owned(), Source::Store));
        file.save(&secrets).unwrap();
        let one = StoredTokens::new(Arc::new(file.clone()));
        let other = StoredTokens::new(Arc::new(file.clone()));
        assert_eq!(one.load().await.unwrap().unwrap().expose_secret(), "first");
        let waits = other.load();
        let next = SecretString::from("second");
        let saves = one.save(&next);
        let (seen, saved) = tokio::join!(waits, saves);
        saved.unwrap();
        assert_eq!(seen.unwrap().unwrap().expose_secret(), "second");
        // What was there beside it still is.
        let stored = file.load().unwrap().unwrap();
        assert_eq!(stored.password.unwrap().expose(), "two");
    }
}
