//! One place that keeps the present access token and fetches the next, once for all who wait.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderValue;
use tokio::sync::watch;

use super::source::{AccessToken, TokenError, TokenSource, Trouble};
use crate::clock::{Clock, drawn_below};
use crate::retry::RetryPolicy;

/// Keeps the present token and gets the next, once, however many callers wait.
#[derive(Debug)]
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    clock: Arc<dyn Clock>,
    retry: RetryPolicy,
    listener: FetchListener,
    state: Arc<Mutex<State>>,
    /// Whether there are strikes, so that a call that works need not look.
    has_strikes: AtomicBool,
}

/// Learns after each token request whether it brought a token.
#[derive(Clone)]
pub(crate) struct FetchListener(pub(crate) Arc<dyn Fn(bool) + Send + Sync>);

impl fmt::Debug for FetchListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchListener")
    }
}

#[derive(Debug, Default)]
struct State {
    present: Option<CachedToken>,
    /// The fetch that is under way; it tells its outcome to all who wait.
    under_way: Option<watch::Receiver<Option<Result<CachedToken, TokenError>>>>,
    /// An early refresh failed: not before then again.
    not_before: Option<Instant>,
    /// The credentials were refused.
    refusal: Option<Refusal>,
    generation: u64,
    /// Tokens that the API has refused since it last accepted one.
    strikes: u32,
    /// The API refuses tokens as fast as they come: not before then another.
    next_after_strike: Option<Instant>,
}

/// The token server looked at the credentials and refused them.
#[derive(Debug)]
struct Refusal {
    error: TokenError,
    /// Until then all who come are told the same.
    until: Instant,
    /// How many there were in a row.
    count: u32,
}

/// A token ready to send.
#[derive(Debug, Clone)]
pub(crate) struct CachedToken {
    pub(crate) header: HeaderValue,
    /// Counts tokens, so that a refused one can be named without comparing secrets.
    pub(crate) generation: u64,
    expires: Option<Instant>,
    renew: Option<Instant>,
}

/// A token is renewed this long before it expires, or at a fifth of its life if that is shorter.
const MARGIN: Duration = Duration::from_secs(240);
/// The longest a write waits for a renewal while its token is still good.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// After an early refresh that failed, while the token is still good.
const PAUSE: Duration = Duration::from_secs(10);
/// The longest pause after refusals.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// The pause after so many refusals in a row: longer each time, because asking again and again
/// locks accounts.
fn pause_after(refusals: u32) -> Duration {
    let doubled = refusals.saturating_sub(1).min(16);
    PAUSE.saturating_mul(1 << doubled).min(LONGEST_PAUSE)
}

impl TokenCache {
    pub(crate) fn new(
        source: Arc<dyn TokenSource>,
        clock: Arc<dyn Clock>,
        retry: RetryPolicy,
        listener: FetchListener,
    ) -> Self {
        Self {
            source,
            clock,
            retry,
            listener,
            state: Arc::default(),
            has_strikes: AtomicBool::new(false),
        }
    }

    /// A token that is good, from memory if it can be. A write waits for a renewal that is due
    /// rather than run into the end of the present token: it could not be sent again.
    pub(crate) async fn token(&self, for_write: bool) -> Result<CachedToken, TokenError> {
        let mut spare = None;
        let mut waiting = {
            let mut state = lock(&self.state);
            // A fetch whose task is gone without a word (its runtime was shut down) is no fetch.
            if state
                .under_way
                .as_ref()
                .is_some_and(|waiting| waiting.has_changed().is_err())
            {
                state.under_way = None;
            }
            let now = self.clock.now();
            if let Some(present) = &state.present
                && present.expires.is_none_or(|expires| now < expires)
            {
                let present = present.clone();
                let mut due = present.renew.is_some_and(|renew| now >= renew)
                    && state.not_before.is_none_or(|not_before| now >= not_before);
                if due && state.under_way.is_none() {
                    // Early: whoever asks meanwhile gets the token that is still good.
                    self.start(&mut state);
                } else if state.under_way.is_none() {
                    due = false;
                }
                if !(for_write && due) {
                    return Ok(present);
                }
                spare = Some(present);
            }
            match (&state.under_way, &state.refusal) {
                (Some(waiting), _) => waiting.clone(),
                (None, Some(refusal)) if now < refusal.until => {
                    return Err(refusal.error.clone().not_before(refusal.until - now));
                }
                (None, _) => self.start(&mut state),
            }
        };
        let renewed = async {
            let outcome = waiting.wait_for(Option::is_some).await;
            outcome.ok().and_then(|outcome| outcome.clone())
        };
        // Whoever has a token that is still good does not wait for ever. Tokio's timer, because it
        // bounds a wait for a socket.
        let outcome = if spare.is_some() {
            tokio::time::timeout(LONGEST_WAIT, renewed).await.ok().flatten()
        } else {
            renewed.await
        };
        let spare = spare.filter(|spare| spare.expires.is_none_or(|expires| self.clock.now() < expires));
        match (outcome, spare) {
            (Some(Ok(kept)), _) => Ok(kept),
            // An early renewal that failed leaves the token that is still good.
            (_, Some(spare)) => Ok(spare),
            (Some(Err(error)), None) => Err(error),
            // The task is gone without a word: it panicked, or the runtime is shutting down.
            (None, None) => Err(TokenError::new("fetching an access token was cut short").useless()),
        }
    }

    /// How long the present token is good; `None` if nobody said.
    pub(crate) async fn time_left(&self) -> Result<Option<Duration>, TokenError> {
        let token = self.token(false).await?;
        let left = |expires: Instant| expires.saturating_duration_since(self.clock.now());
        Ok(token.expires.map(left))
    }

    /// Says that the API refused a token. Returns whether another is to be had: not where the API
    /// refuses each as it comes, because every one of them costs a look at the credentials.
    pub(crate) fn refused(&self, generation: u64) -> bool {
        let mut state = lock(&self.state);
        match &state.present {
            Some(present) if present.generation == generation => {}
            // Somebody has seen to it already, or it is an old one.
            _ => return true,
        }
        let now = self.clock.now();
        if state.next_after_strike.is_some_and(|next| now < next) {
            return false;
        }
        state.strikes = state.strikes.saturating_add(1);
        self.has_strikes.store(true, Ordering::Relaxed);
        // One may be refused because it has ended; its successor is not refused for that.
        if state.strikes > 1 {
            state.next_after_strike = Some(now + pause_after(state.strikes - 1));
            // The first time the one that was refused just now is kept: it may do elsewhere.
            if state.strikes == 2 {
                return false;
            }
        }
        state.present = None;
        true
    }

    /// Says that the API accepted a token.
    pub(crate) fn accepted(&self, generation: u64) {
        if !self.has_strikes.load(Ordering::Relaxed) {
            return;
        }
        let mut state = lock(&self.state);
        let is_present = state
            .present
            .as_ref()
            .is_some_and(|present| present.generation == generation);
        if is_present && state.strikes > 0 {
            // An API that has recovered is not held back for as long as one that has not.
            state.strikes = 0;
            self.has_strikes.store(false, Ordering::Relaxed);
            let soon = self.clock.now() + PAUSE;
            state.next_after_strike = state.next_after_strike.map(|next| next.min(soon));
        }
    }

    /// Starts a fetch in a task of its own, which outlives whoever asked.
    fn start(&self, state: &mut State) -> watch::Receiver<Option<Result<CachedToken, TokenError>>> {
        let (tell, waiting) = watch::channel(None);
        state.under_way = Some(waiting.clone());
        let (source, clock, shared) = (
            Arc::clone(&self.source),
            Arc::clone(&self.clock),
            Arc::clone(&self.state),
        );
        let (retry, listener) = (self.retry.clone(), self.listener.clone());
        tokio::spawn(async move {
            // If fetching panics, the next caller must be able to start afresh.
            let cleared = ClearOnDrop(Arc::clone(&shared));
            let outcome = fetch(&*source, &*clock, &retry, &listener).await;
            let mut state = lock(&shared);
            let now = clock.now();
            let outcome = outcome.and_then(|token| {
                state.generation += 1;
                keep(&token, state.generation, now, &*clock)
            });
            match &outcome {
                Ok(kept) => {
                    state.present = Some(kept.clone());
                    state.not_before = None;
                    state.refusal = None;
                }
                Err(error) => {
                    let mut pause = PAUSE;
                    if error.trouble() == Trouble::Refused {
                        let count = state.refusal.as_ref().map_or(0, |refusal| refusal.count) + 1;
                        pause = pause_after(count);
                        state.refusal = Some(Refusal {
                            error: error.clone(),
                            until: now + pause,
                            count,
                        });
                    }
                    state.not_before = Some(now + pause);
                }
            }
            drop(state);
            drop(cleared);
            // Nobody may be waiting any more.
            let _ = tell.send(Some(outcome));
        });
        waiting
    }
}

/// Fetches, again if what went wrong may pass.
async fn fetch(
    source: &dyn TokenSource,
    clock: &dyn Clock,
    retry: &RetryPolicy,
    listener: &FetchListener,
) -> Result<AccessToken, TokenError> {
    let mut delays = retry.delays(clock);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let outcome = source.fetch().await;
        (listener.0)(outcome.is_ok());
        let error = match outcome {
            Ok(token) => return Ok(token),
            Err(error) => error.after_attempts(attempts),
        };
        if error.trouble() != Trouble::Passing {
            return Err(error);
        }
        match delays
            .next()
            .and_then(|drawn| retry.wait(drawn, error.asks_to_wait()))
        {
            Some(wait) => clock.sleep(wait).await,
            None => return Err(error),
        }
    }
}

struct ClearOnDrop(Arc<Mutex<State>>);

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        lock(&self.0).under_way = None;
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // No change to the state can be interrupted half-way.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep(
    token: &AccessToken,
    generation: u64,
    now: Instant,
    clock: &dyn Clock,
) -> Result<CachedToken, TokenError> {
    let expires = token.time_left().and_then(|lifetime| now.checked_add(lifetime));
    let renew = token.time_left().and_then(|lifetime| {
        let margin = MARGIN.min(lifetime / 5);
        // Processes that started together must not all renew at the same moment.
        let jitter = drawn_below(clock, margin / 2);
        now.checked_add(lifetime.saturating_sub(margin).saturating_sub(jitter))
    });
    Ok(CachedToken {
        header: token.header()?,
        generation,
        expires,
        renew,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use super::{CachedToken, FetchListener, LONGEST_PAUSE, PAUSE, TokenCache, pause_after};
    use crate::auth::source::{AccessToken, TokenError, TokenSource};
    use crate::clock::{BoxFuture, Clock};
    use crate::retry::RetryPolicy;

    /// A clock that moves when told to, and draws zero.
    #[derive(Debug, Clone)]
    struct Watch(Arc<Mutex<Instant>>);

    impl Watch {
        fn forward(&self, time: Duration) {
            *self.0.lock().unwrap() += time;
        }
    }

    impl Clock for Watch {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
            self.forward(time);
            Box::pin(std::future::ready(()))
        }

        fn random(&self) -> u64 {
            0
        }
    }

    /// What a source gives, one after the other; it never answers when nothing is left.
    #[derive(Debug, Default)]
    struct Script(Mutex<VecDeque<Result<AccessToken, TokenError>>>);

    impl TokenSource for Script {
        fn fetch(&self) -> BoxFuture<'_, Result<AccessToken, TokenError>> {
            let next = self.0.lock().unwrap().pop_front();
            Box::pin(async move {
                match next {
                    Some(next) => next,
                    None => std::future::pending().await,
                }
            })
        }
    }

    fn token(name: &str, seconds: u64) -> Result<AccessToken, TokenError> {
        Ok(AccessToken::new(name).lifetime(Duration::from_secs(seconds)))
    }

    fn refused() -> Result<AccessToken, TokenError> {
        Err(TokenError::new("wrong credentials"))
    }

    fn cache(answers: impl IntoIterator<Item = Result<AccessToken, TokenError>>) -> (TokenCache, Watch) {
        let watch = Watch(Arc::new(Mutex::new(Instant::now())));
        let source = Script(Mutex::new(answers.into_iter().collect()));
        let cache = TokenCache::new(
            Arc::new(source),
            Arc::new(watch.clone()),
            RetryPolicy::never(),
            FetchListener(Arc::new(|_| {})),
        );
        (cache, watch)
    }

    fn name(token: &CachedToken) -> String {
        token.header.to_str().unwrap().replace("Bearer ", "")
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (0..9).map(|count| pause_after(count).as_secs()).collect();
        assert_eq!(seconds, [10, 10, 20, 40, 80, 160, 320, 640, 900]);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
    }

    /// A token of 100 seconds is renewed a fifth of its life before its end.
    #[tokio::test]
    async fn a_token_is_used_until_its_end_and_renewed_before() {
        let (cache, watch) = cache([token("a", 100), token("b", 100), token("c", 100)]);
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        watch.forward(79 * SECOND);
        assert_eq!(name(&cache.token(true).await.unwrap()), "a", "not due yet");
        watch.forward(SECOND);
        // Due: a read does not wait for the next one, a write does.
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        assert_eq!(name(&cache.token(true).await.unwrap()), "b");
        // At its end to the second it is no longer used.
        watch.forward(100 * SECOND);
        assert_eq!(name(&cache.token(false).await.unwrap()), "c");
    }

    #[tokio::test]
    async fn a_read_does_not_wait_for_a_renewal_that_hangs() {
        let (cache, watch) = cache([token("a", 100)]);
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        watch.forward(90 * SECOND);
        for _ in 0..3 {
            assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_waited_in_vain_goes_with_the_token_that_is_still_good() {
        let (still_good, watch) = cache([token("a", 100)]);
        assert_eq!(name(&still_good.token(false).await.unwrap()), "a");
        watch.forward(90 * SECOND);
        assert_eq!(name(&still_good.token(true).await.unwrap()), "a");
        // A renewal that fails takes time; what has ended meanwhile is not used.
        let (ended, watch) = cache([token("a", 100), Err(TokenError::new("down").passing())]);
        let slow = Arc::new(watch.clone());
        assert_eq!(name(&ended.token(false).await.unwrap()), "a");
        watch.forward(90 * SECOND);
        let listener = FetchListener(Arc::new(move |_| slow.forward(10 * SECOND)));
        let ended = TokenCache { listener, ..ended };
        assert!(ended.token(true).await.is_err(), "it has ended to the second");
    }

    async fn let_tasks_run() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn after_an_early_renewal_that_failed_there_is_a_pause() {
        let down = || Err(TokenError::new("down").passing());
        let (cache, watch) = cache([token("a", 100), down(), token("b", 100)]);
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        watch.forward(80 * SECOND);
        for wait in [Duration::ZERO, PAUSE - SECOND] {
            watch.forward(wait);
            for _ in 0..2 {
                assert_eq!(name(&cache.token(false).await.unwrap()), "a");
                let_tasks_run().await;
            }
        }
        watch.forward(SECOND);
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
        let_tasks_run().await;
        assert_eq!(name(&cache.token(false).await.unwrap()), "b");
    }

    /// What may pass is tried as often as the policy says, and what does not, once.
    #[tokio::test]
    async fn fetching_is_tried_again_where_that_may_help() {
        let down = || Err(TokenError::new("down").passing());
        let with_attempts = |answers: Vec<_>| {
            let (cache, _) = cache(answers);
            TokenCache {
                retry: RetryPolicy::default().attempts(3),
                ..cache
            }
        };
        let good = with_attempts(vec![down(), down(), token("a", 100)]);
        assert_eq!(name(&good.token(false).await.unwrap()), "a");
        let bad = with_attempts(vec![down(), down(), down(), token("a", 100)]);
        let error = bad.token(false).await.unwrap_err();
        assert!(error.to_string().contains('3'), "{error}");
        assert_eq!(name(&bad.token(false).await.unwrap()), "a");
        let refusing = with_attempts(vec![refused(), token("a", 100)]);
        assert!(refusing.token(false).await.is_err());
        assert!(refusing.token(false).await.is_err(), "not asked again");
    }

    #[tokio::test]
    async fn after_a_refusal_nobody_asks_for_as_long_as_was_said() {
        let (cache, watch) = cache([refused(), refused(), token("a", 100)]);
        assert!(cache.token(false).await.is_err());
        watch.forward(PAUSE - SECOND);
        let error = cache.token(false).await.unwrap_err();
        assert_eq!(error.asks_to_wait(), Some(SECOND));
        watch.forward(SECOND);
        assert!(
            cache.token(false).await.is_err(),
            "asked again, and refused again"
        );
        watch.forward(2 * PAUSE - SECOND);
        assert_eq!(cache.token(false).await.unwrap_err().asks_to_wait(), Some(SECOND));
        watch.forward(SECOND);
        assert_eq!(name(&cache.token(false).await.unwrap()), "a");
    }

    /// The first token that is refused is replaced; the second is kept for a while; then one is
    /// replaced now and then, after longer and longer pauses.
    #[tokio::test]
    async fn tokens_that_the_api_refuses_are_replaced_now_and_then() {
        let (cache, watch) = cache((0..9).map(|number| token(&number.to_string(), 100_000)));
        let mut generation = cache.token(false).await.unwrap().generation;
        assert!(cache.refused(generation), "it may have ended");
        let old = generation;
        generation = cache.token(false).await.unwrap().generation;
        assert_eq!(generation, old + 1);
        assert!(cache.refused(old), "somebody has seen to it");
        assert_eq!(cache.token(false).await.unwrap().generation, generation);
        assert!(!cache.refused(generation), "its successor is kept");
        let mut pause = PAUSE;
        for _ in 0..4 {
            watch.forward(pause - SECOND);
            assert!(!cache.refused(generation), "not before {pause:?}");
            watch.forward(SECOND);
            assert!(cache.refused(generation), "after {pause:?}");
            generation = cache.token(false).await.unwrap().generation;
            assert!(!cache.refused(generation), "not at once");
            pause *= 2;
        }
    }

    #[tokio::test]
    async fn only_the_present_token_being_accepted_clears_what_was_held_against_tokens() {
        let (cache, watch) = cache((0..9).map(|number| token(&number.to_string(), 100_000)));
        let first = cache.token(false).await.unwrap().generation;
        // A token that is accepted before any was refused holds nothing back.
        cache.accepted(first);
        assert!(cache.refused(first));
        let second = cache.token(false).await.unwrap().generation;
        cache.accepted(first);
        assert!(
            !cache.refused(second),
            "the second in a row: an old one being accepted says nothing"
        );
        watch.forward(PAUSE);
        assert!(cache.refused(second));
        // Three strikes: twenty seconds. Recovered: ten at most.
        let third = cache.token(false).await.unwrap().generation;
        cache.accepted(third);
        watch.forward(PAUSE - SECOND);
        assert!(!cache.refused(third));
        watch.forward(SECOND);
        assert!(cache.refused(third));
    }
}
