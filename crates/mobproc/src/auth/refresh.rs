//! The refresh token of a client: in memory, and in the store it is to outlive the process in.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

use super::source::{TokenError, TokenStore};
use crate::clock::Clock;

/// Delays between attempts to save a token that could not be saved. Their number ends them: the
/// next token is saved in any case.
const DELAYS: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(900),
];

/// Learns that a refresh token could not be saved.
pub(crate) type NotSaved = Arc<dyn Fn(&TokenError) + Send + Sync>;

/// Why the present refresh token is not in the store, for whoever asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoreTrouble(Arc<Mutex<Option<TokenError>>>);

impl StoreTrouble {
    pub(crate) fn present(&self) -> Option<TokenError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<TokenError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// The refresh token.
pub(super) struct RefreshTokens {
    present: Arc<Mutex<Present>>,
    store: Option<Arc<dyn TokenStore>>,
    /// One save at a time, so that an older token is not saved over a newer one.
    saving: Arc<tokio::sync::Mutex<()>>,
    /// The store was asked for what an earlier process left.
    asked_store: AtomicBool,
    clock: Arc<dyn Clock>,
    trouble: StoreTrouble,
    not_saved: NotSaved,
}

#[derive(Default)]
struct Present {
    token: Option<SecretString>,
    /// Counts tokens, so that an older one is not saved over a newer.
    generation: u64,
}

impl fmt::Debug for RefreshTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshTokens")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl RefreshTokens {
    pub(super) fn new(
        store: Option<Arc<dyn TokenStore>>,
        clock: Arc<dyn Clock>,
        trouble: StoreTrouble,
        not_saved: NotSaved,
    ) -> Self {
        Self {
            present: Arc::default(),
            store,
            saving: Arc::default(),
            asked_store: AtomicBool::new(false),
            clock,
            trouble,
            not_saved,
        }
    }

    /// Takes the token out: it works once.
    pub(super) async fn take(&self) -> Option<SecretString> {
        let present = lock(&self.present).token.take();
        if present.is_some() {
            return present;
        }
        let store = self.store.as_ref()?;
        if self.asked_store.swap(true, Ordering::Relaxed) {
            return None;
        }
        // A store that cannot be read costs a password grant, no more.
        store.load().await.ok().flatten()
    }

    /// Keeps the next token, in the store before anything else. A store that fails costs the next
    /// process a password grant; the token is good all the same, so it is used, and saving is tried
    /// again in the background.
    pub(super) async fn keep(&self, token: Option<SecretString>) {
        let generation = {
            let mut present = lock(&self.present);
            present.token.clone_from(&token);
            present.generation += 1;
            present.generation
        };
        let (Some(store), Some(token)) = (&self.store, token) else {
            return;
        };
        let saved = {
            let _alone = self.saving.lock().await;
            store.save(&token).await
        };
        match saved {
            Ok(()) => self.trouble.set(None),
            Err(error) => {
                tracing::warn!("a refresh token was not saved");
                self.trouble.set(Some(error.clone()));
                (self.not_saved)(&error);
                self.save_later(Arc::clone(store), token, generation);
            }
        }
    }

    fn save_later(&self, store: Arc<dyn TokenStore>, token: SecretString, generation: u64) {
        let (present, clock) = (Arc::downgrade(&self.present), Arc::clone(&self.clock));
        let saving = Arc::clone(&self.saving);
        let (trouble, not_saved) = (self.trouble.clone(), Arc::clone(&self.not_saved));
        tokio::spawn(async move {
            for delay in DELAYS {
                clock.sleep(delay).await;
                let _alone = saving.lock().await;
                // Neither the client nor this token may be there any more.
                let is_present = || {
                    present
                        .upgrade()
                        .is_some_and(|present| lock(&present).generation == generation)
                };
                if !is_present() {
                    return;
                }
                match store.save(&token).await {
                    Ok(()) => {
                        if is_present() {
                            trouble.set(None);
                        }
                        return;
                    }
                    Err(error) => {
                        if is_present() {
                            trouble.set(Some(error.clone()));
                            not_saved(&error);
                        }
                    }
                }
            }
        });
    }
}

fn lock(present: &Mutex<Present>) -> std::sync::MutexGuard<'_, Present> {
    // No change to it can be interrupted half-way.
    present.lock().unwrap_or_else(PoisonError::into_inner)
}
