//! Time and randomness, which tests can replace.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a client takes time and randomness from, and how it waits.
///
/// The default is [`SystemClock`]. A test can bring one that moves when told to and draws what it
/// wants.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the present, for measuring time: token lifetimes, pauses, durations.
    fn now(&self) -> Instant;

    /// Waits.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// Returns the date and time, for dates that a server names in `Retry-After`. Defaults to the
    /// system's.
    fn system_time(&self) -> SystemTime {
        SystemTime::now()
    }

    /// Draws a number: it spreads retries and renewals, and names calls. Defaults to a
    /// pseudo-random generator seeded by the system.
    fn random(&self) -> u64 {
        fastrand::u64(..)
    }
}

/// The system's clock, waiting on Tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// Draws a time below a ceiling.
pub(crate) fn drawn_below(clock: &dyn Clock, ceiling: Duration) -> Duration {
    let nanos = (ceiling.as_nanos() * u128::from(clock.random())) >> 64;
    // Longer than 584 years is not drawn.
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{BoxFuture, Clock, drawn_below};

    #[derive(Debug)]
    struct Always(u64);

    impl Clock for Always {
        fn now(&self) -> Instant {
            Instant::now()
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }

        fn random(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn a_drawn_time_is_below_its_ceiling() {
        let ceiling = Duration::from_secs(8);
        assert_eq!(drawn_below(&Always(0), ceiling), Duration::ZERO);
        assert_eq!(
            drawn_below(&Always(u64::MAX / 2 + 1), ceiling),
            Duration::from_secs(4)
        );
        let most = drawn_below(&Always(u64::MAX), ceiling);
        assert!(most < ceiling && most > Duration::from_millis(7999), "{most:?}");
    }
}
