//! When to try again, and after how long. Only what is safe to repeat gets here.

use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use http::{HeaderMap, StatusCode, header};

use crate::clock::{Clock, drawn_below};

/// How often reads, confirmations and token requests are tried again, and after how long.
///
/// Writes are never tried again once a connection was made, whatever stands here.
///
/// ```
/// use std::time::Duration;
///
/// let patient = mobproc::RetryPolicy::default()
///     .attempts(6)
///     .initial_delay(Duration::from_millis(500))
///     .max_delay(Duration::from_secs(20));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    attempts: u32,
    initial_delay: Duration,
    max_delay: Duration,
    max_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// Four attempts; delays of up to 0.2, 0.4 and 0.8 seconds; `Retry-After` followed up to 30
    /// seconds.
    fn default() -> Self {
        Self {
            attempts: 4,
            initial_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    /// Never repeats a request that failed. A refused token is renewed, and redirects of reads are
    /// followed all the same.
    #[must_use]
    pub fn never() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Sets how many times a request that fails is sent at most; at least once. Beyond 20 repeats
    /// in a row, all calls of a client together are repeated only as often as one in five of them
    /// succeeds.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the ceiling of the first delay. Each further ceiling is twice as high, and a delay is
    /// drawn at random below it.
    #[must_use]
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// Sets the longest delay.
    #[must_use]
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest wait that a server may ask for by `Retry-After`. If it asks for more, the
    /// call fails at once and says so.
    #[must_use]
    pub fn max_retry_after(mut self, time: Duration) -> Self {
        self.max_retry_after = time;
        self
    }

    /// The ceilings of the delays between attempts.
    pub(crate) fn ceilings(&self) -> impl Iterator<Item = Duration> + use<> {
        let retries = self.attempts.saturating_sub(1);
        ExponentialBuilder::new()
            .with_min_delay(self.initial_delay)
            .with_max_delay(self.max_delay)
            .with_max_times(usize::try_from(retries).unwrap_or(usize::MAX))
            .build()
    }

    /// The delays between attempts: exponential, with full jitter.
    pub(crate) fn delays<'a>(&self, clock: &'a dyn Clock) -> impl Iterator<Item = Duration> + use<'a> {
        self.ceilings().map(move |ceiling| drawn_below(clock, ceiling))
    }

    /// How long to wait when a delay was drawn and the server asked for another. `None`: it asked
    /// for too long.
    pub(crate) fn wait(&self, drawn: Duration, asked: Option<Duration>) -> Option<Duration> {
        match asked {
            Some(asked) if asked > self.max_retry_after => None,
            Some(asked) => Some(asked.max(drawn)),
            None => Some(drawn),
        }
    }
}

/// Whether a status means that the same request may succeed a little later.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

/// How long a server asks to wait: in seconds, or until a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // A date that has passed means now.
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Keeps a client from multiplying the load on a server that is in trouble: retries cost, successes
/// pay back.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Budget {
    const FULL: u32 = 100;
    const COST: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    pub(crate) fn take(&self) -> bool {
        let less = |left: u32| left.checked_sub(Self::COST);
        self.0.fetch_update(Relaxed, Relaxed, less).is_ok()
    }

    pub(crate) fn pay_back(&self) {
        let more = |left: u32| (left < Self::FULL).then_some(left + 1);
        // One that is full stays as it is.
        let _ = self.0.fetch_update(Relaxed, Relaxed, more);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use http::{HeaderMap, HeaderValue, StatusCode, header};

    use super::{Budget, RetryPolicy, is_transient, retry_after};
    use crate::clock::{Clock, SystemClock};

    /// Draws always the same.
    #[derive(Debug)]
    struct Draws(u64);

    impl Clock for Draws {
        fn now(&self) -> std::time::Instant {
            std::time::Instant::now()
        }

        fn sleep(&self, _: Duration) -> crate::clock::BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }

        fn random(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn only_these_statuses_may_pass_by_themselves() {
        let transient: Vec<u16> = (100..1000)
            .filter(|status| is_transient(StatusCode::from_u16(*status).unwrap()))
            .collect();
        assert_eq!(transient, [408, 429, 502, 503, 504]);
    }

    #[test]
    fn settings_are_kept() {
        let policy = RetryPolicy::default()
            .attempts(3)
            .initial_delay(Duration::from_secs(3))
            .max_delay(Duration::from_secs(5))
            .max_retry_after(Duration::from_secs(7));
        let seconds: Vec<u64> = policy.ceilings().map(|ceiling| ceiling.as_secs()).collect();
        assert_eq!(seconds, [3, 5]);
        let wait = |drawn, asked: Option<u64>| {
            let wait = policy.wait(Duration::from_secs(drawn), asked.map(Duration::from_secs));
            wait.map(|wait| wait.as_secs())
        };
        assert_eq!(wait(2, None), Some(2));
        assert_eq!(wait(2, Some(1)), Some(2));
        assert_eq!(wait(2, Some(7)), Some(7));
        assert_eq!(wait(2, Some(8)), None);
        assert_eq!(RetryPolicy::never().ceilings().count(), 0);
        assert_eq!(RetryPolicy::default().attempts(0).ceilings().count(), 0);
    }

    #[test]
    fn delays_double_and_never_exceed_their_ceiling() {
        let policy = RetryPolicy::default()
            .attempts(6)
            .max_delay(Duration::from_secs(1));
        let millis: Vec<u128> = policy.ceilings().map(|ceiling| ceiling.as_millis()).collect();
        assert_eq!(millis, [200, 400, 800, 1000, 1000]);
        let ceilings: Vec<Duration> = policy.ceilings().collect();
        // Drawn from all that is below the ceiling: nothing, a half, nearly all of it.
        for (drawn, part) in [(0, 0), (1 << 63, 500), (u64::MAX, 999)] {
            let delays: Vec<Duration> = policy.delays(&Draws(drawn)).collect();
            assert_eq!(delays.len(), 5);
            for (delay, ceiling) in delays.iter().zip(&ceilings) {
                let least = *ceiling * part / 1000;
                assert!(
                    (least..=least + *ceiling / 500).contains(delay),
                    "{delay:?} of {ceiling:?}"
                );
            }
        }
        assert_eq!(RetryPolicy::never().delays(&SystemClock).count(), 0);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::now();
        let headers = |text: &str| {
            let value = HeaderValue::from_str(text).unwrap();
            HeaderMap::from_iter([(header::RETRY_AFTER, value)])
        };
        assert_eq!(retry_after(&headers("7"), now), Some(Duration::from_secs(7)));
        let date = httpdate::fmt_http_date(now + Duration::from_secs(60));
        let wait = retry_after(&headers(&date), now).unwrap();
        assert!((58..=60).contains(&wait.as_secs()), "{wait:?}");
        assert_eq!(
            retry_after(&headers("Fri, 31 Dec 1999 23:59:59 GMT"), now),
            Some(Duration::ZERO)
        );
        for nonsense in ["soon", "-1", "99999999999999999999999", ""] {
            assert_eq!(retry_after(&headers(nonsense), now), None);
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn a_server_that_asks_for_too_long_is_not_waited_for() {
        let policy = RetryPolicy::default();
        let drawn = Duration::from_millis(100);
        assert_eq!(policy.wait(drawn, None), Some(drawn));
        assert_eq!(
            policy.wait(drawn, Some(Duration::from_secs(2))),
            Some(Duration::from_secs(2))
        );
        assert_eq!(policy.wait(drawn, Some(Duration::from_secs(3600))), None);
    }

    #[test]
    fn an_outage_uses_the_budget_up() {
        let budget = Budget::new();
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 20);
        for _ in 0..5 {
            budget.pay_back();
        }
        assert!(budget.take() && !budget.take());
    }
}
