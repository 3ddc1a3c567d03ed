//! When something may be begun.

use std::time::Duration;

use tokio::time::Instant;

/// The longest pause that nobody asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The longest pause that a server may ask for before the run stops.
pub(crate) const LONGEST_ASKED: Duration = Duration::from_secs(3_600);
/// How long nothing is looked at while nothing happens.
const TICK: Duration = Duration::from_millis(200);

/// When something may be begun: never faster than is wanted, and not while the server is in trouble.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Option<Duration>,
    next: Option<Instant>,
    paused_until: Option<Instant>,
    first_pause: Duration,
    pause: Duration,
}

impl Pace {
    pub(crate) fn new(interval: Option<Duration>, first_pause: Duration) -> Self {
        Self {
            interval,
            next: None,
            paused_until: None,
            first_pause,
            pause: first_pause,
        }
    }

    /// Whether the server is not in trouble.
    pub(crate) fn may_begin(&self, now: Instant) -> bool {
        self.paused_until.is_none_or(|until| until <= now)
    }

    /// Whether an order may be sent now; then it counts as sent.
    pub(crate) fn may_send(&mut self, now: Instant) -> bool {
        if !self.may_begin(now) || self.next.is_some_and(|next| next > now) {
            return false;
        }
        if let Some(interval) = self.interval {
            // What was missed is not made up for.
            self.next = Some(self.next.map_or(now, |next| next.max(now)) + interval);
        }
        true
    }

    /// The server is in trouble: for how long nothing is begun.
    pub(crate) fn trouble(&mut self, now: Instant, asked: Option<Duration>) -> Duration {
        let pause = asked.unwrap_or(self.pause).min(LONGEST_ASKED);
        if self.may_begin(now) && asked.is_none() {
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        }
        let until = now + pause;
        self.paused_until = Some(self.paused_until.map_or(until, |known| known.max(until)));
        pause
    }

    pub(crate) fn went_well(&mut self) {
        self.pause = self.first_pause;
    }

    /// How long nothing can change by itself.
    pub(crate) fn tick(&self, now: Instant) -> Duration {
        let next = [self.next, self.paused_until]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min();
        next.map_or(TICK, |next| (next - now).min(TICK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FIRST_PAUSE;

    #[test]
    fn orders_are_sent_no_faster_than_wanted() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(Some(second), FIRST_PAUSE);
        assert!(pace.may_send(now));
        assert!(!pace.may_send(now) && !pace.may_send(now + second / 2));
        assert!(pace.may_send(now + second));
        // What was missed is not made up for.
        assert!(pace.may_send(now + second * 10));
        assert!(!pace.may_send(now + second * 10));
        assert_eq!(pace.tick(now + second * 10 + second * 9 / 10), second / 10);
    }

    #[test]
    fn trouble_makes_everything_wait_and_longer_each_time() {
        let now = Instant::now();
        let mut pace = Pace::new(None, FIRST_PAUSE);
        assert!(pace.may_begin(now));
        assert_eq!(pace.trouble(now, None), FIRST_PAUSE);
        assert!(!pace.may_begin(now) && !pace.may_send(now));
        // Several that fail at once are one trouble.
        assert_eq!(pace.trouble(now, None), FIRST_PAUSE * 2);
        assert_eq!(pace.trouble(now, None), FIRST_PAUSE * 2);
        assert!(!pace.may_begin(now + FIRST_PAUSE) && pace.may_begin(now + FIRST_PAUSE * 2));
        let asked = Duration::from_secs(90);
        assert_eq!(pace.trouble(now, Some(asked)), asked);
        assert!(!pace.may_begin(now + asked - FIRST_PAUSE) && pace.may_begin(now + asked));
        pace.went_well();
        assert_eq!(pace.trouble(now + asked, None), FIRST_PAUSE);
    }
}
