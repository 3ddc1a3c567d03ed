//! How many pages of a list are asked for ahead.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// How many pages are asked for ahead of the one that is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Prefetch {
    /// So many.
    Fixed(u32),
    /// As many as it takes not to wait, within bounds.
    Auto,
}

/// How far a walk that finds its own depth goes ahead at first.
const FIRST_DEPTH: u32 = 16;
/// The greatest depth: at most this many pages are in memory.
const MOST_DEPTH: u32 = 64;
/// How many pages the time between pages is the mean of.
const WINDOW: usize = 16;
/// From how many pages on the pace is known: the first come in a bunch and say little.
const PACE_AFTER: usize = 8;
/// How many times over the latency is covered: pages do not come evenly. More of them lie ready
/// and are cold when they are looked at.
const MARGIN: u128 = 2;

/// How many pages are asked for ahead, as it is found out: enough to cover the time a page takes
/// from being asked for to being there, at the pace at which pages are taken.
#[derive(Debug, Clone)]
pub(super) struct Depth {
    pub(super) pages: u32,
    is_fixed: bool,
    /// The shortest time a page took: what there is to hide.
    latency: Option<Duration>,
    /// When the last pages were given.
    given: VecDeque<Instant>,
}

impl Depth {
    pub(super) fn new(prefetch: Prefetch) -> Self {
        let (pages, is_fixed) = match prefetch {
            Prefetch::Fixed(pages) => (pages, true),
            Prefetch::Auto => (FIRST_DEPTH, false),
        };
        Self {
            pages,
            is_fixed,
            latency: None,
            given: VecDeque::new(),
        }
    }

    /// A page is given that took so long to come.
    pub(super) fn gives(&mut self, took: Duration, now: Instant) {
        if self.is_fixed {
            return;
        }
        let latency = self.latency.map_or(took, |known| known.min(took));
        self.latency = Some(latency);
        self.given.push_back(now);
        if self.given.len() > WINDOW {
            self.given.pop_front();
        }
        let (Some(first), steps) = (self.given.front(), self.given.len().saturating_sub(1)) else {
            return;
        };
        let passed = now.saturating_duration_since(*first).as_nanos();
        if steps < PACE_AFTER || passed == 0 {
            return;
        }
        let pages = (latency.as_nanos() * steps as u128 * MARGIN).div_ceil(passed);
        self.pages = u32::try_from(pages).map_or(MOST_DEPTH, |pages| pages.clamp(1, MOST_DEPTH));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Depth, MOST_DEPTH, Prefetch};

    #[test]
    fn the_depth_covers_the_latency_at_the_pace_of_the_reader() {
        let after = |latency: u64, pace: u64| {
            let mut depth = Depth::new(Prefetch::Auto);
            let begin = Instant::now();
            assert_eq!(depth.pages, 16);
            for page in 0..40 {
                // Under load pages take longer; the shortest counts.
                let took = Duration::from_millis(latency * if page == 3 { 1 } else { 2 });
                depth.gives(took, begin + Duration::from_millis(pace * page));
            }
            depth.pages
        };
        assert_eq!(after(50, 10), 10);
        assert_eq!(after(10, 10), 2);
        // A reader who takes long needs little, and has little in memory.
        assert_eq!(after(50, 1_000), 1);
        // There is an end to it.
        assert_eq!(after(10_000, 1), MOST_DEPTH);
        let mut fixed = Depth::new(Prefetch::Fixed(3));
        for _ in 0..100 {
            fixed.gives(Duration::from_secs(1), Instant::now());
        }
        assert_eq!(fixed.pages, 3);
    }
}
