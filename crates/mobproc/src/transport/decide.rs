//! What to do after an attempt. A pure function: the loop in [`send`](super::send) only obeys.

use std::time::Duration;

use http::StatusCode;

use crate::error::{Dispatch, ErrorKind};
use crate::retry::{self, RetryPolicy};

/// Redirects a read may take before it is a loop.
const MOST_REDIRECTS: u32 = 5;

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Return what the attempt brought, be it good or bad.
    Return,
    /// Fetch another token and send the request again.
    RenewToken,
    /// Send the request to where the server redirects it.
    Follow,
    /// Wait this long and send the request again.
    Repeat(Duration),
}

/// What is known of a call when an attempt has ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress<'a> {
    /// Whether sending the request again does nothing twice.
    pub(super) is_safe: bool,
    /// Whether it is a GET. A confirmation is not, and must not follow a redirect that drops its
    /// query.
    pub(super) is_get: bool,
    /// A refused token was renewed already.
    pub(super) token_renewed: bool,
    pub(super) redirects: u32,
    /// The delay that was drawn before the next attempt; `None` once all attempts are used up.
    pub(super) delay: Option<Duration>,
    pub(super) policy: &'a RetryPolicy,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// The server answered.
    Answered {
        status: StatusCode,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
        /// It redirects to a place of the configured origin.
        stays_at_origin: bool,
        /// The answer holds an order, so something may have been ordered.
        holds_order: bool,
    },
    /// There is no answer, or not a whole one.
    Failed {
        kind: ErrorKind,
        dispatch: Dispatch,
        /// The part that came holds an order.
        holds_order: bool,
    },
}

/// Decides what to do.
///
/// Two rules keep an order from being placed twice: a write is sent a second time only if the
/// connection was never made, and an answer that holds an order ends the call, whatever its status
/// and whatever was asked.
pub(super) fn decide(progress: &Progress<'_>, ending: &Ending) -> Decision {
    let repeat = |asked: Option<Duration>| {
        progress
            .delay
            .and_then(|drawn| progress.policy.wait(drawn, asked))
            .map_or(Decision::Return, Decision::Repeat)
    };
    match *ending {
        Ending::Answered {
            holds_order: true, ..
        }
        | Ending::Failed {
            holds_order: true, ..
        } => Decision::Return,
        Ending::Answered {
            status,
            retry_after,
            stays_at_origin,
            ..
        } => {
            if !progress.is_safe {
                Decision::Return
            } else if status == StatusCode::UNAUTHORIZED && !progress.token_renewed {
                Decision::RenewToken
            } else if status.is_redirection()
                && progress.is_get
                && stays_at_origin
                && progress.redirects < MOST_REDIRECTS
            {
                Decision::Follow
            } else if retry::is_transient(status) {
                repeat(retry_after)
            } else {
                Decision::Return
            }
        }
        Ending::Failed {
            kind: ErrorKind::Connect,
            dispatch: Dispatch::NotSent,
            ..
        } => repeat(None),
        Ending::Failed {
            kind: ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::ConnectionLost,
            ..
        } if progress.is_safe => repeat(None),
        Ending::Failed { .. } => Decision::Return,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::{Decision, Ending, MOST_REDIRECTS, Progress, decide};
    use crate::error::{Dispatch, ErrorKind};
    use crate::retry::RetryPolicy;

    const DRAWN: Duration = Duration::from_millis(70);
    const AGAIN: Decision = Decision::Repeat(DRAWN);

    fn policy() -> RetryPolicy {
        RetryPolicy::default().max_retry_after(Duration::from_secs(30))
    }

    fn progress(policy: &RetryPolicy, is_safe: bool) -> Progress<'_> {
        Progress {
            is_safe,
            is_get: is_safe,
            token_renewed: false,
            redirects: 0,
            delay: Some(DRAWN),
            policy,
        }
    }

    fn answered(status: u16) -> Ending {
        Ending::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            stays_at_origin: false,
            holds_order: false,
        }
    }

    fn failed(kind: ErrorKind, dispatch: Dispatch) -> Ending {
        Ending::Failed {
            kind,
            dispatch,
            holds_order: false,
        }
    }

    #[test]
    fn every_ending_has_its_decision() {
        let policy = policy();
        let asks = |status: u16, seconds: u64| Ending::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: Some(Duration::from_secs(seconds)),
            stays_at_origin: false,
            holds_order: false,
        };
        let leads = |status: u16| Ending::Answered {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            stays_at_origin: true,
            holds_order: false,
        };
        // Ending, after a request that is safe to repeat, after a write.
        let table = [
            (answered(200), Decision::Return, Decision::Return),
            (answered(204), Decision::Return, Decision::Return),
            (answered(400), Decision::Return, Decision::Return),
            (answered(401), Decision::RenewToken, Decision::Return),
            (answered(403), Decision::Return, Decision::Return),
            (answered(404), Decision::Return, Decision::Return),
            (answered(407), Decision::Return, Decision::Return),
            (answered(408), AGAIN, Decision::Return),
            (answered(409), Decision::Return, Decision::Return),
            (answered(425), Decision::Return, Decision::Return),
            (answered(429), AGAIN, Decision::Return),
            (answered(500), Decision::Return, Decision::Return),
            (answered(501), Decision::Return, Decision::Return),
            (answered(502), AGAIN, Decision::Return),
            (answered(503), AGAIN, Decision::Return),
            (answered(504), AGAIN, Decision::Return),
            (asks(503, 0), AGAIN, Decision::Return),
            (
                asks(503, 2),
                Decision::Repeat(Duration::from_secs(2)),
                Decision::Return,
            ),
            (
                asks(429, 30),
                Decision::Repeat(Duration::from_secs(30)),
                Decision::Return,
            ),
            (asks(503, 31), Decision::Return, Decision::Return),
            (asks(400, 1), Decision::Return, Decision::Return),
            (answered(302), Decision::Return, Decision::Return),
            (answered(307), Decision::Return, Decision::Return),
            (leads(302), Decision::Follow, Decision::Return),
            (leads(307), Decision::Follow, Decision::Return),
            (leads(308), Decision::Follow, Decision::Return),
            (leads(200), Decision::Return, Decision::Return),
            (failed(ErrorKind::Connect, Dispatch::NotSent), AGAIN, AGAIN),
            (
                failed(ErrorKind::Connect, Dispatch::MaybeSent),
                AGAIN,
                Decision::Return,
            ),
            (
                failed(ErrorKind::Timeout, Dispatch::MaybeSent),
                AGAIN,
                Decision::Return,
            ),
            (
                failed(ErrorKind::ConnectionLost, Dispatch::MaybeSent),
                AGAIN,
                Decision::Return,
            ),
            (
                failed(ErrorKind::AnswerTooLarge, Dispatch::MaybeSent),
                Decision::Return,
                Decision::Return,
            ),
            (
                failed(ErrorKind::Configuration, Dispatch::NotSent),
                Decision::Return,
                Decision::Return,
            ),
        ];
        for (ending, safe, write) in table {
            assert_eq!(
                decide(&progress(&policy, true), &ending),
                safe,
                "safe: {ending:?}"
            );
            assert_eq!(
                decide(&progress(&policy, false), &ending),
                write,
                "write: {ending:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_holds_an_order_ends_the_call() {
        let policy = policy();
        for status in [200, 302, 400, 401, 408, 429, 500, 503] {
            let ending = Ending::Answered {
                status: StatusCode::from_u16(status).unwrap(),
                retry_after: Some(Duration::ZERO),
                stays_at_origin: true,
                holds_order: true,
            };
            for is_safe in [true, false] {
                assert_eq!(
                    decide(&progress(&policy, is_safe), &ending),
                    Decision::Return,
                    "{status}"
                );
            }
        }
    }

    #[test]
    fn an_answer_that_breaks_off_in_an_order_ends_the_call() {
        let policy = policy();
        let ending = Ending::Failed {
            kind: ErrorKind::ConnectionLost,
            dispatch: Dispatch::MaybeSent,
            holds_order: true,
        };
        assert_eq!(decide(&progress(&policy, true), &ending), Decision::Return);
    }

    #[test]
    fn attempts_renewals_and_redirects_come_to_an_end() {
        let policy = policy();
        let used_up = Progress {
            delay: None,
            ..progress(&policy, true)
        };
        for ending in [answered(503), failed(ErrorKind::Connect, Dispatch::NotSent)] {
            assert_eq!(decide(&used_up, &ending), Decision::Return);
        }
        // A renewal costs no attempt, and there is one.
        assert_eq!(decide(&used_up, &answered(401)), Decision::RenewToken);
        let renewed = Progress {
            token_renewed: true,
            ..progress(&policy, true)
        };
        assert_eq!(decide(&renewed, &answered(401)), Decision::Return);
        let redirected = Progress {
            redirects: MOST_REDIRECTS,
            ..progress(&policy, true)
        };
        let leads = Ending::Answered {
            status: StatusCode::FOUND,
            retry_after: None,
            stays_at_origin: true,
            holds_order: false,
        };
        assert_eq!(decide(&redirected, &leads), Decision::Return);
        // What it leads to may have lost the flag that makes it harmless.
        let confirmation = Progress {
            is_get: false,
            ..progress(&policy, true)
        };
        assert_eq!(decide(&confirmation, &leads), Decision::Return);
    }
}
