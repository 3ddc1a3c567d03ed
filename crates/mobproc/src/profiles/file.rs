//! The file of profiles.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml_edit::DocumentMut;

use super::places::config_file;
use super::secrets::{SecretFile, SecretStore, Secrets};
use crate::error::Error;

/// Names the profile to use.
const PROFILE: &str = "MOBPROC_PROFILE";

/// The profiles of a file.
#[derive(Debug, Clone, Default)]
pub struct Profiles {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    default: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// A tenant, a server and an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Profile {
    /// The code of the customer account.
    pub tenant: String,
    /// Base URL of the API. Defaults to production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// URL of the token endpoint. Defaults to production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// The id of the client application.
    pub client_id: String,
    /// The account, with its source system, such as `command://svc-orders`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A command that prints the secrets: `client_secret=...` and `password=...`, one a line, or a
    /// JSON object of these. It is run without a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_command: Option<String>,
    /// Where the secrets are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Storage>,
    /// The employee to act for, by company id, or as `id:` and a Tangoe id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acting_for: Option<String>,
    /// The hierarchy to ask in (Tangoe id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hierarchy: Option<String>,
}

/// Where secrets are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Storage {
    /// The system's keyring.
    Keyring,
    /// A file that only its owner may read. Whoever can read the owner's files can read it.
    File,
}

impl Profile {
    /// A profile of a tenant and a client application.
    pub fn new(tenant: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self {
            tenant: tenant.into(),
            client_id: client_id.into(),
            ..Self::default()
        }
    }

    /// The secrets, each from the first place that has it: the environment, the command, the store.
    ///
    /// # Errors
    ///
    /// The command fails or prints something else, or the store cannot be read.
    pub fn secrets(&self, store: Option<&dyn SecretStore>) -> Result<Secrets, Error> {
        let mut secrets = Secrets::from_environment()?;
        if secrets.are_complete() {
            return Ok(secrets);
        }
        if let Some(command) = &self.secret_command {
            secrets.complete(Secrets::from_command(command)?);
        } else if let Some(store) = store {
            secrets.complete(store.load()?.unwrap_or_default());
        }
        Ok(secrets)
    }
}

impl Profiles {
    /// The profiles of [`config_file`](super::config_file). No file is no profiles.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not as it should be; the message says where.
    pub fn load() -> Result<Self, Error> {
        Self::read(&config_file()?)
    }

    /// The profiles of a file. No file is no profiles.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(about(path, &error)),
        };
        let content = toml_edit::de::from_str(&text).map_err(|error| malformed(path, &text, &error))?;
        let profiles = Self {
            path: path.to_owned(),
            content,
        };
        for (name, profile) in &profiles.content.profiles {
            checked_name(name)?;
            for url in [&profile.base_url, &profile.token_url].into_iter().flatten() {
                let authority = url.split("://").nth(1).unwrap_or(url).split('/').next();
                if authority.is_some_and(|authority| authority.contains('@')) {
                    return Err(Error::configuration(format!(
                        "{}: a URL of the profile {name} holds a user name or a password; it belongs elsewhere",
                        path.display()
                    )));
                }
            }
        }
        Ok(profiles)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names and profiles, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Profile)> {
        self.content
            .profiles
            .iter()
            .map(|(name, profile)| (name.as_str(), profile))
    }

    /// The name of the default profile.
    #[must_use]
    pub fn default_name(&self) -> Option<&str> {
        self.content.default.as_deref()
    }

    /// The profile of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Profile> {
        self.content.profiles.get(name)
    }

    /// The name that is asked for: this one, that of `MOBPROC_PROFILE`, or the default.
    ///
    /// # Errors
    ///
    /// `MOBPROC_PROFILE` is not valid Unicode.
    pub fn chosen_name(&self, name: Option<&str>) -> Result<Option<String>, Error> {
        if let Some(name) = name {
            return Ok(Some(name.to_owned()));
        }
        match env::var(PROFILE) {
            Ok(name) if !name.trim().is_empty() => Ok(Some(name)),
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::configuration(format!("{PROFILE} is not valid Unicode")))
            }
            Ok(_) | Err(env::VarError::NotPresent) => Ok(self.content.default.clone()),
        }
    }

    /// The profile that is asked for: see [`chosen_name`](Self::chosen_name).
    ///
    /// # Errors
    ///
    /// There is none of that name, or none is named.
    pub fn chosen(&self, name: Option<&str>) -> Result<(&str, &Profile), Error> {
        let path = self.path.display();
        let Some(name) = self.chosen_name(name)? else {
            return Err(Error::configuration(format!(
                "no profile is chosen: name one, or set {PROFILE}, or a default in {path}"
            )));
        };
        let known = self.content.profiles.get_key_value(&name);
        let known = known.map(|(name, profile)| (name.as_str(), profile));
        known.ok_or_else(|| {
            let all: Vec<&str> = self.content.profiles.keys().map(String::as_str).collect();
            let all = match all.as_slice() {
                [] => "it has none".to_owned(),
                all => format!("it has {}", all.join(", ")),
            };
            let name = name.escape_debug();
            Error::configuration(format!("there is no profile {name} in {path}; {all}"))
        })
    }

    /// The file of a profile's secrets, which may not be there yet.
    ///
    /// # Errors
    ///
    /// The name cannot be one of a profile.
    pub fn secret_file(&self, name: &str) -> Result<SecretFile, Error> {
        checked_name(name)?;
        let folder = self.path.with_file_name("secrets");
        Ok(SecretFile::new(folder.join(format!("{name}.json"))))
    }

    /// Makes a profile the default, and writes the file. Comments and order stay.
    ///
    /// # Errors
    ///
    /// There is no such profile, or the file cannot be written.
    pub fn set_default(&mut self, name: &str) -> Result<(), Error> {
        self.chosen(Some(name))?;
        self.change(|document| {
            document.insert("default", toml_edit::value(name));
        })
    }

    /// Adds a profile, or takes this one instead of the one of that name, and writes the file.
    /// Comments and order stay. The first profile becomes the default.
    ///
    /// # Errors
    ///
    /// The name cannot be one, or the file cannot be written.
    pub fn insert(&mut self, name: &str, profile: &Profile) -> Result<(), Error> {
        checked_name(name)?;
        let table = toml_edit::ser::to_document(profile)
            .map_err(|error| Error::configuration(format!("the profile cannot be written: {error}")))?;
        let is_first = self.content.profiles.is_empty() && self.content.default.is_none();
        self.change(|document| {
            if is_first {
                document.insert("default", toml_edit::value(name));
            }
            let all = document.entry("profiles").or_insert_with(|| {
                let mut all = toml_edit::Table::new();
                all.set_implicit(true);
                toml_edit::Item::Table(all)
            });
            if let Some(all) = all.as_table_like_mut() {
                all.insert(name, toml_edit::Item::Table(table.as_table().clone()));
            }
        })
    }

    fn change(&mut self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), Error> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(about(&self.path, &error)),
        };
        let mut document: DocumentMut = text.parse().map_err(|_| {
            Error::configuration(format!("{} is not valid TOML any more", self.path.display()))
        })?;
        change(&mut document);
        write_whole(&self.path, document.to_string().as_bytes())?;
        *self = Self::read(&self.path)?;
        Ok(())
    }
}

/// The message of the parser shows the line, and a secret may stand there by mistake.
fn malformed(path: &Path, text: &str, error: &toml_edit::de::Error) -> Error {
    let place = error.span().map_or_else(String::new, |span| {
        let before = text.get(..span.start).unwrap_or(text);
        format!(" line {}", before.matches('\n').count() + 1)
    });
    let message = error.message().lines().next().unwrap_or_default();
    // Names of members are told, values are not.
    let told = if ["unknown field", "missing field", "duplicate key"]
        .iter()
        .any(|start| message.starts_with(start))
    {
        message.to_owned()
    } else {
        match message.rfind("expected ") {
            Some(start) => format!(
                "is not as it should be: {}",
                message.get(start..).unwrap_or_default()
            ),
            None => "is not valid TOML".to_owned(),
        }
    };
    Error::configuration(format!("{}{place}: {told}", path.display()))
}

pub(super) fn about(path: &Path, error: &io::Error) -> Error {
    Error::configuration(format!("{}: {error}", path.display()))
}

/// Names are part of file names.
fn checked_name(name: &str) -> Result<(), Error> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_plain) {
        return Err(Error::configuration(format!(
            "{} cannot name a profile: letters, digits, - and _, at most 64 of them",
            name.escape_debug()
        )));
    }
    Ok(())
}

/// Writes a file that only its owner may read, as a whole or not at all.
pub(super) fn write_whole(path: &Path, content: &[u8]) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or_else(|| Path::new("."));
    let write = || {
        create_private_folder(folder)?;
        // For its owner alone, as temporary files are.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error: io::Error| about(path, &error))
}

pub(super) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn a_mistake_is_located_and_no_secret_is_repeated() {
        for (text, told) in [
            (
                "[profiles.a]\ntenant = \"ACME\"\nclient_id = \"c\"\npassword = \"hunter2-canary\"\n",
                "line 4: unknown field `password`",
            ),
            (
                "default = \"a\"\n[profiles.a]\nclient_id = \"c\"\n",
                "line 2: missing field `tenant`",
            ),
            ("default = hunter2-canary\n", "line 1: "),
            (
                "[profiles.a]\ntenant = \"A\"\nclient_id = \"c\"\nsecrets = \"hunter2-canary\"\n",
                "line 4: is not as it should be: expected ",
            ),
            (
                "[profiles]\npassword = \"hunter2-canary\"\n",
                "line 2: is not as it should be: expected ",
            ),
            (
                "[profiles.a]\ntenant = \"A\"\nclient_id = \"c\"\nbase_url = \"https://u:canary@api.example/v1\"\n",
                "holds a user name or a password",
            ),
            (
                "[profiles.\"../x\"]\ntenant = \"ACME\"\nclient_id = \"c\"\n",
                "../x cannot name a profile",
            ),
        ] {
            let (_folder, path) = file(text);
            let message = Profiles::read(&path).unwrap_err().to_string();
            assert!(message.contains(told), "{message}");
            assert!(!message.contains("canary"), "{message}");
        }
    }

    #[test]
    fn a_profile_is_added_and_chosen_and_comments_stay() {
        let (_folder, path) =
            file("# ours\n[profiles.qa] # the test tenant\ntenant = \"QA\"\nclient_id = \"c\"\n");
        let mut profiles = Profiles::read(&path).unwrap();
        let mut profile = Profile::new("ACME", "acme-orders");
        profile.secrets = Some(Storage::File);
        profiles.insert("live", &profile).unwrap();
        profiles.set_default("live").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("# ours") && text.contains("# the test tenant"),
            "{text}"
        );
        let again = Profiles::read(&path).unwrap();
        assert_eq!(again.chosen(Some("live")).unwrap(), ("live", &profile));
        assert_eq!(again.default_name(), Some("live"));
        let message = again.chosen(Some("other")).unwrap_err().to_string();
        assert!(message.contains("it has live, qa"), "{message}");
        let mut none = Profiles::read(&path.with_file_name("new.toml")).unwrap();
        none.insert("first", &profile).unwrap();
        assert_eq!(none.default_name(), Some("first"));
    }
}
