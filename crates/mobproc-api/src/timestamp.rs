//! Points in time, as they were written.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, SecondsFormat, TimeZone};
use serde::{Deserialize, Serialize};

/// A point in time that keeps the text it was written in.
///
/// The API writes RFC 3339 with `Z` in some places and `+00:00` in others, and dates of order
/// properties may have another form altogether, such as `12/31/2030`. The text stays as it is;
/// [`instant`](Self::instant) reads it where it can be read.
///
/// ```
/// use mobproc_api::types::Timestamp;
///
/// let submitted = Timestamp::from("2016-04-28T18:10:27Z");
/// assert_eq!(submitted.instant().map(|instant| instant.timestamp()), Some(1_461_867_027));
/// assert_eq!(Timestamp::from("12/31/2030").instant(), None);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Timestamp(Box<str>);

impl Timestamp {
    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant, if the text is RFC 3339 (any offset).
    #[must_use]
    pub fn instant(&self) -> Option<DateTime<FixedOffset>> {
        DateTime::parse_from_rfc3339(self.0.trim()).ok()
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Written as the tutorials write requests: `2030-01-31T00:00:00+00:00`.
impl<Tz: TimeZone> From<DateTime<Tz>> for Timestamp {
    fn from(instant: DateTime<Tz>) -> Self {
        Self(
            instant
                .fixed_offset()
                .to_rfc3339_opts(SecondsFormat::AutoSi, false)
                .into(),
        )
    }
}

impl FromStr for Timestamp {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn both_spellings_of_utc_survive_and_mean_the_same() {
        let z: Timestamp = serde_json::from_str(r#""2018-09-26T21:09:38Z""#).unwrap();
        let offset: Timestamp = serde_json::from_str(r#""2018-09-26T21:09:38+00:00""#).unwrap();
        assert_eq!(z.instant(), offset.instant());
        assert_ne!(z, offset);
        assert_eq!(serde_json::to_string(&z).unwrap(), r#""2018-09-26T21:09:38Z""#);
        assert_eq!(
            serde_json::to_string(&offset).unwrap(),
            r#""2018-09-26T21:09:38+00:00""#
        );
    }

    #[test]
    fn an_instant_is_written_as_requests_write_it() {
        let instant = Timestamp::from("2030-01-31T00:00:00Z").instant().unwrap();
        assert_eq!(Timestamp::from(instant).as_str(), "2030-01-31T00:00:00+00:00");
    }
}
