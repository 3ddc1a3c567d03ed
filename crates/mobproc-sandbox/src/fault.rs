//! Faults on request, because a client has to survive them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mobproc_api::OperationId;

use crate::request::operation_named;

/// Something that goes wrong.
///
/// As text, on the command line and in the header `X-Sandbox-Fault`: the name, and a value after
/// `=` where it takes one, such as `delay=250` or `status=503`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// `delay=MS`: wait this long before doing anything.
    Delay(Duration),
    /// `drop-before`: close the connection without carrying the request out.
    DropBefore,
    /// `drop-after`: carry the request out, then close the connection without an answer.
    DropAfter,
    /// `cut-body`: carry the request out, then stop in the middle of the answer's body.
    CutBody,
    /// `slow-body=MS`: carry the request out, then wait this long in the middle of the answer's
    /// body.
    SlowBody(Duration),
    /// `status=CODE`: answer with this status and a documented error body, without carrying the
    /// request out.
    Status(u16),
    /// `fail-after=CODE`: carry the request out, then answer with this status as if it had failed.
    FailAfter(u16),
    /// `html=CODE`: answer with this status and a page of HTML, as gateways do.
    Html(u16),
    /// `empty=CODE`: answer with this status and no body.
    Empty(u16),
    /// `garbage`: carry the request out, then answer 200 with a body that is not valid JSON.
    Garbage,
    /// `redirect=URL`: answer 307 with this location.
    Redirect(String),
    /// `permanent-redirect=URL`: answer 308 with this location.
    PermanentRedirect(String),
    /// `retry-after=SECONDS`: answer 503 and ask to come back after that many seconds.
    RetryAfter(u64),
    /// `retry-after-date=SECONDS`: the same with a date.
    RetryAfterDate(u64),
    /// `expired-token`: answer 401 as if the token had expired.
    ExpiredToken,
    /// `repeat-page`: answer every page of a list with its first page, links to the next included.
    RepeatPage,
}

impl Fault {
    /// Every name, with its value where it takes one.
    pub const NAMES: &'static [&'static str] = &[
        "delay=MS",
        "drop-before",
        "drop-after",
        "cut-body",
        "slow-body=MS",
        "status=CODE",
        "fail-after=CODE",
        "html=CODE",
        "empty=CODE",
        "garbage",
        "redirect=URL",
        "permanent-redirect=URL",
        "retry-after=SECONDS",
        "retry-after-date=SECONDS",
        "expired-token",
        "repeat-page",
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay(time) => write!(f, "delay={}", time.as_millis()),
            Self::DropBefore => f.write_str("drop-before"),
            Self::DropAfter => f.write_str("drop-after"),
            Self::CutBody => f.write_str("cut-body"),
            Self::SlowBody(time) => write!(f, "slow-body={}", time.as_millis()),
            Self::Status(code) => write!(f, "status={code}"),
            Self::FailAfter(code) => write!(f, "fail-after={code}"),
            Self::Html(code) => write!(f, "html={code}"),
            Self::Empty(code) => write!(f, "empty={code}"),
            Self::Garbage => f.write_str("garbage"),
            Self::Redirect(url) => write!(f, "redirect={url}"),
            Self::PermanentRedirect(url) => write!(f, "permanent-redirect={url}"),
            Self::RetryAfter(seconds) => write!(f, "retry-after={seconds}"),
            Self::RetryAfterDate(seconds) => write!(f, "retry-after-date={seconds}"),
            Self::ExpiredToken => f.write_str("expired-token"),
            Self::RepeatPage => f.write_str("repeat-page"),
        }
    }
}

/// Why a fault is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// A text that does not name a fault.
    #[error("`{0}` is not a fault; there are: {names}", names = Fault::NAMES.join(", "))]
    Unknown(String),
    /// There is no such operation.
    #[error(
        "there is no operation `{0}`; operations go by the ids of the OpenAPI document, such as `order_create`"
    )]
    UnknownOperation(String),
    /// So many are in force that one more is hardly meant.
    #[error("{0} faults are in force already")]
    TooMany(usize),
    /// It would never occur.
    #[error("`{0}` never occurs: 0 % or 0 times is never, and only lists that come in pages can repeat one")]
    Never(String),
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let error = || FaultError::Unknown(text.to_owned());
        let (name, value) = match text.trim().split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text.trim(), None),
        };
        let number = || {
            value
                .and_then(|value| value.parse::<u64>().ok())
                .ok_or_else(error)
        };
        let status = || {
            value
                .and_then(|value| value.parse::<u16>().ok())
                .filter(|code| (200..600).contains(code))
                .ok_or_else(error)
        };
        match (name, value) {
            ("delay", _) => number().map(|ms| Self::Delay(Duration::from_millis(ms))),
            ("slow-body", _) => number().map(|ms| Self::SlowBody(Duration::from_millis(ms))),
            ("status", _) => status().map(Self::Status),
            ("fail-after", _) => status().map(Self::FailAfter),
            ("html", _) => status().map(Self::Html),
            ("empty", _) => status().map(Self::Empty),
            ("redirect", Some(url)) => Ok(Self::Redirect(url.to_owned())),
            ("permanent-redirect", Some(url)) => Ok(Self::PermanentRedirect(url.to_owned())),
            ("retry-after", _) => number().map(Self::RetryAfter),
            ("retry-after-date", _) => number().map(Self::RetryAfterDate),
            ("drop-before", None) => Ok(Self::DropBefore),
            ("drop-after", None) => Ok(Self::DropAfter),
            ("cut-body", None) => Ok(Self::CutBody),
            ("garbage", None) => Ok(Self::Garbage),
            ("expired-token", None) => Ok(Self::ExpiredToken),
            ("repeat-page", None) => Ok(Self::RepeatPage),
            _ => Err(error()),
        }
    }
}

/// When a fault occurs.
///
/// As text: an operation and `:` in front (all without), `%` and `x` behind for how often, such as
/// `order_create:drop-after`, `status=503 20%` (at random) or `region_get:delay=100 x3` (the first
/// three times).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// Only for this operation.
    pub operation: Option<String>,
    /// What goes wrong.
    pub fault: Fault,
    /// How likely, from 0 to 100.
    pub percent: u8,
    /// How often at most.
    pub times: Option<u32>,
}

impl Rule {
    /// Occurs always, for every operation.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        Self {
            operation: None,
            fault,
            percent: 100,
            times: None,
        }
    }

    /// Limits it to one operation, by its id; `token_create` and `token_validate` are the token
    /// operations.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// Sets how often it occurs at most.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Sets how likely it is, in percent.
    #[must_use]
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = percent.min(100);
        self
    }

    /// Says why it makes no sense, if so.
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        if let Some(name) = &self.operation
            && operation_named(name).is_none()
        {
            return Err(FaultError::UnknownOperation(name.clone()));
        }
        let is_paged = |name: &str| OperationId::from_name(name).is_some_and(|id| id.operation().paged);
        let misses =
            self.fault == Fault::RepeatPage && self.operation.as_deref().is_some_and(|name| !is_paged(name));
        if self.percent == 0 || self.times == Some(0) || misses {
            return Err(FaultError::Never(self.to_string()));
        }
        Ok(())
    }

    /// Whether it applies to this request; counts down if it does.
    pub(crate) fn strikes(&mut self, operation: &str) -> bool {
        let meant = self.operation.as_deref().is_none_or(|wanted| wanted == operation);
        if !meant || self.times == Some(0) || rand::random_range(0..100) >= self.percent {
            return false;
        }
        if let Some(times) = &mut self.times {
            *times -= 1;
        }
        true
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = &self.operation {
            write!(f, "{operation}:")?;
        }
        write!(f, "{}", self.fault)?;
        if self.percent < 100 {
            write!(f, " {}%", self.percent)?;
        }
        if let Some(times) = self.times {
            write!(f, " x{times}")?;
        }
        Ok(())
    }
}

impl FromStr for Rule {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let error = || FaultError::Unknown(text.to_owned());
        let mut words = text.split_whitespace();
        let first = words.next().ok_or_else(error)?;
        // A colon inside a URL does not end an operation.
        let mut rule = match first.split_once(':') {
            Some((operation, fault)) if !operation.contains('=') => {
                Self::new(fault.parse().map_err(|_| error())?).on(operation)
            }
            _ => Self::new(first.parse().map_err(|_| error())?),
        };
        for word in words {
            let percent = word.strip_suffix('%').and_then(|number| number.parse().ok());
            if let Some(percent) = percent.filter(|percent| *percent <= 100) {
                rule = rule.percent(percent);
            } else if let Some(times) = word.strip_prefix('x').and_then(|number| number.parse().ok()) {
                rule = rule.times(times);
            } else {
                return Err(error());
            }
        }
        rule.check()?;
        Ok(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Rule};

    #[test]
    fn rules_are_read_as_they_are_written() {
        for text in [
            "delay=250",
            "order_create:drop-after",
            "status=503 20%",
            "region_get:delay=100 x3",
            "redirect=https://elsewhere.example/path",
            "token_create:html=502 50% x2",
        ] {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
        for name in Fault::NAMES {
            let text = name
                .replace("=MS", "=5")
                .replace("=CODE", "=500")
                .replace("=URL", "=/x")
                .replace("=SECONDS", "=1");
            assert_eq!(text.parse::<Fault>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "explode",
            "delay",
            "delay=soon",
            "status=99",
            "drop-after=1",
            "delay=1 sometimes",
            "order_make:drop-after",
            "status=500 0%",
            "status=500 x0",
            "status=500 120%",
            "region_get:repeat-page",
        ] {
            assert!(text.parse::<Rule>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_rule_strikes_as_often_as_it_says() {
        let mut rule = Rule::new(Fault::DropAfter).on("order_create").times(2);
        let strikes =
            ["order_create", "region_get", "order_create", "order_create"].map(|id| rule.strikes(id));
        assert_eq!(strikes, [true, false, true, false]);
    }
}
