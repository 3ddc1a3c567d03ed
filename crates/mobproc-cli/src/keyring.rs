//! The system's keyring: the Secret Service of Linux desktops.

use std::sync::Arc;

use mobproc::profiles::SecretStore;

use crate::failure::Failure;

/// The place of a profile's secrets in the keyring.
///
/// # Errors
///
/// There is no keyring, or it is locked and stays so. No weaker place is taken instead.
pub(crate) fn store(profile: &str) -> Result<Arc<dyn SecretStore>, Failure> {
    #[cfg(all(target_os = "linux", feature = "keyring"))]
    return linux::store(profile);
    #[cfg(not(all(target_os = "linux", feature = "keyring")))]
    {
        let _ = profile;
        Err(absent("this program was built without the system's keyring"))
    }
}

fn absent(why: &str) -> Failure {
    Failure::usage(why)
        .next("--secret-command COMMAND, to ask a program of yours")
        .next("--insecure-storage, to use a file that only you may read")
}

#[cfg(all(target_os = "linux", feature = "keyring"))]
mod linux {
    use std::path::PathBuf;
    use std::sync::Arc;

    use keyring_core::{CredentialStore, Entry, Error as KeyringError};
    use mobproc::profiles::{self, SecretStore, Secrets, storage_error};
    use mobproc::{Error, ExposeSecret as _};
    use zbus_secret_service_keyring_store::Store;

    use crate::failure::Failure;

    /// Under which name the keyring shows the secrets.
    const SERVICE: &str = "mobproc";

    pub(super) fn store(profile: &str) -> Result<Arc<dyn SecretStore>, Failure> {
        let keyring = Keyring {
            profile: profile.to_owned(),
            lock: profiles::state_folder()?.join(format!("{profile}.keyring.lock")),
        };
        // Whether there is one at all, before anything is typed.
        keyring
            .with_entry(|entry| match entry.get_password() {
                Err(KeyringError::NoEntry) => Ok(()),
                other => other.map(|_| ()),
            })
            .map_err(|error| super::absent(&error.to_string()))?;
        Ok(Arc::new(keyring))
    }

    #[derive(Debug)]
    struct Keyring {
        profile: String,
        lock: PathBuf,
    }

    impl Keyring {
        /// On a thread of its own: what speaks to the keyring waits in its own way.
        fn with_entry<T: Send>(
            &self,
            act: impl FnOnce(&Entry) -> Result<T, KeyringError> + Send,
        ) -> Result<T, Error> {
            let done = std::thread::scope(|scope| {
                let thread = scope.spawn(|| {
                    let store: Arc<CredentialStore> = Store::new()?;
                    act(&Entry::new_in_store(&store, SERVICE, &self.profile)?)
                });
                thread.join()
            });
            match done {
                Ok(done) => done.map_err(|error| {
                    let why = kind_of(&error);
                    storage_error(format!("the system's keyring cannot be used: {why}"))
                }),
                Err(_) => Err(storage_error("the system's keyring failed")),
            }
        }
    }

    /// Why, without what is stored.
    fn kind_of(error: &KeyringError) -> String {
        match error {
            KeyringError::BadEncoding(_) => "it holds something that is no text".to_owned(),
            KeyringError::NoStorageAccess(why) => format!("it is locked or not there ({why})"),
            KeyringError::PlatformFailure(why) => why.to_string(),
            KeyringError::NoEntry => "it has no such secret".to_owned(),
            _ => "it refuses".to_owned(),
        }
    }

    impl SecretStore for Keyring {
        fn load(&self) -> Result<Option<Secrets>, Error> {
            let text = self.with_entry(|entry| match entry.get_password() {
                Ok(text) => Ok(Some(text)),
                Err(KeyringError::NoEntry) => Ok(None),
                Err(other) => Err(other),
            })?;
            text.map(|text| Secrets::from_json(&text)).transpose()
        }

        fn save(&self, secrets: &Secrets) -> Result<(), Error> {
            let text = secrets.to_json()?;
            self.with_entry(|entry| entry.set_password(text.expose_secret()))
        }

        fn remove(&self) -> Result<bool, Error> {
            self.with_entry(|entry| match entry.delete_credential() {
                Ok(()) => Ok(true),
                Err(KeyringError::NoEntry) => Ok(false),
                Err(other) => Err(other),
            })
        }

        fn place(&self) -> String {
            format!("the system's keyring ({SERVICE}, {})", self.profile)
        }

        fn lock_file(&self) -> PathBuf {
            self.lock.clone()
        }
    }
}
