//! A bar that shows how far a rollout is, and Ctrl-C, which stops it after what is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use mobproc_rollout::text::one_line;
use mobproc_rollout::{News, Point, Watch};

use crate::failure::Exit;
use crate::talk::{is_json, say};
use crate::writes::checkpoint;

/// What is done with rows that are ordered.
pub(super) const SENT: &str = "sent";

/// Watches a rollout for a person.
pub(super) struct Watching {
    bar: ProgressBar,
    what: &'static str,
    is_stopping: Arc<AtomicBool>,
    listener: tokio::task::JoinHandle<()>,
}

impl Watching {
    /// Begins to watch: what is done with each row, in one word.
    pub(super) fn begin(what: &'static str) -> Self {
        // Nothing is drawn where standard error is no terminal.
        let bar = if is_json() {
            ProgressBar::hidden()
        } else {
            ProgressBar::no_length()
        };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {per_sec}, {eta} left {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        let is_stopping = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_stopping);
        let on_bar = bar.clone();
        let listener = tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if flag.swap(true, Ordering::SeqCst) {
                    let (told, exit) = if what == SENT {
                        let told = "Stopped at once. What was being sent is unknown until `rollout resume` or `rollout reconcile`.";
                        (told, Exit::Unknown)
                    } else {
                        ("Stopped at once. Nothing was ordered.", Exit::Interrupted)
                    };
                    on_bar.suspend(|| say(told));
                    std::process::exit(exit as i32);
                }
                on_bar.suspend(|| {
                    say("Finishing what is under way; Ctrl-C once more stops at once.");
                });
            }
        });
        Self {
            bar,
            what,
            is_stopping,
            listener,
        }
    }

    /// Whether somebody pressed Ctrl-C.
    pub(super) fn was_interrupted(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.listener.abort();
        self.bar.finish_and_clear();
    }
}

/// A pause in words.
fn words(time: Duration) -> String {
    match time.as_secs() {
        0 => "a moment".to_owned(),
        seconds => format!("{seconds} s"),
    }
}

impl Watch for Watching {
    fn told(&self, news: &News) {
        match news {
            News::Progress { done, all, failed } => {
                if *all > 0 {
                    self.bar.set_length(*all);
                }
                self.bar.set_position(*done);
                let what = self.what;
                self.bar.set_message(if *failed > 0 {
                    format!("{what}, {failed} went wrong")
                } else {
                    what.to_owned()
                });
            }
            News::Pausing { time, why } => {
                self.bar
                    .suspend(|| say(&format!("Pausing for {}: {}", words(*time), one_line(why))));
            }
            News::CannotTell { reason } => self.bar.suspend(|| {
                say(&format!(
                    "Whether another machine has ordered some of these already cannot be told: {reason}."
                ));
            }),
            News::Looking { orders } => {
                self.bar
                    .suspend(|| say(&format!("Looking for {orders} orders whose answers were lost.")));
            }
            News::Stopping { why } => {
                self.bar
                    .suspend(|| say(&format!("Stopping after what is under way: {}", one_line(why))));
            }
            _ => {}
        }
    }

    fn wants_to_stop(&self) -> bool {
        self.is_stopping.load(Ordering::SeqCst)
    }

    fn reached(&self, point: Point, row: u32) {
        checkpoint(&format!("{} {row}", point.name()));
    }
}
