//! The sandbox's time: the system's, or another's, which can be stopped, set and advanced.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Where the time comes from when nobody has changed it.
pub(crate) type Source = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

pub(crate) struct Clock {
    source: Source,
    course: Mutex<Course>,
}

/// How the time goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Course {
    /// As the source's does, this much later.
    Running(TimeDelta),
    /// Not at all.
    Stopped(DateTime<Utc>),
}

impl Course {
    /// As the source's does.
    pub(crate) const BEGINNING: Self = Self::Running(TimeDelta::zero());
}

impl Clock {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            course: Mutex::new(Course::BEGINNING),
        }
    }

    pub(crate) fn course(&self) -> Course {
        *self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_course(&self, course: Course) {
        *self.course.lock().unwrap_or_else(PoisonError::into_inner) = course;
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.course() {
            Course::Running(shift) => later((self.source)(), shift),
            Course::Stopped(at) => at,
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self.course(), Course::Stopped(_))
    }

    /// Stops at the present time.
    pub(crate) fn stop(&self) {
        self.set_course(Course::Stopped(self.now()));
    }

    /// Goes on from the time it shows.
    pub(crate) fn resume(&self) {
        if let Course::Stopped(at) = self.course() {
            self.set_course(Course::Running(at.signed_duration_since((self.source)())));
        }
    }

    /// Shows another time from now on.
    pub(crate) fn set(&self, to: DateTime<Utc>) {
        self.set_course(match self.course() {
            Course::Running(_) => Course::Running(to.signed_duration_since((self.source)())),
            Course::Stopped(_) => Course::Stopped(to),
        });
    }

    /// Shows a time that much later.
    pub(crate) fn advance(&self, by: std::time::Duration) {
        self.set(after(self.now(), by));
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.course()).finish()
    }
}

/// That much after a time; the end of time if it would be later.
pub(crate) fn after(since: DateTime<Utc>, time: std::time::Duration) -> DateTime<Utc> {
    TimeDelta::from_std(time).map_or(DateTime::<Utc>::MAX_UTC, |time| later(since, time))
}

/// A point in time as answers write it.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn later(since: DateTime<Utc>, time: TimeDelta) -> DateTime<Utc> {
    let end = if time < TimeDelta::zero() {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    since.checked_add_signed(time).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::Duration;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn it_stops_goes_on_and_is_set() {
        let source = Arc::new(AtomicI64::new(1000));
        let seconds = Arc::clone(&source);
        let clock = Clock::new(Arc::new(move || at(seconds.load(Ordering::Relaxed))));
        assert_eq!(clock.now(), at(1000));
        clock.advance(Duration::from_secs(500));
        source.store(1010, Ordering::Relaxed);
        assert_eq!(clock.now(), at(1510));
        clock.stop();
        source.store(1100, Ordering::Relaxed);
        assert_eq!((clock.now(), clock.is_stopped()), (at(1510), true));
        clock.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), at(1515));
        clock.resume();
        source.store(1101, Ordering::Relaxed);
        assert_eq!((clock.now(), clock.is_stopped()), (at(1516), false));
        clock.set(at(7));
        source.store(1102, Ordering::Relaxed);
        assert_eq!(clock.now(), at(8));
    }

    #[test]
    fn time_ends_instead_of_overflowing() {
        let clock = Clock::new(Arc::new(|| at(1000)));
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
        clock.advance(Duration::MAX);
        clock.stop();
        clock.resume();
        assert_eq!(clock.now(), DateTime::<Utc>::MAX_UTC);
        clock.set(DateTime::<Utc>::MIN_UTC);
        assert_eq!(clock.now(), DateTime::<Utc>::MIN_UTC);
        // It is written as a date all the same.
        assert!(!stamp(after(at(0), Duration::MAX)).is_empty());
    }
}
