//! The HTTP Archive format, HAR 1.2, with the members others add.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An archive of HTTP traffic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Har {
    /// All there is in it.
    pub log: Log,
}

/// The traffic and who recorded it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Log {
    /// Version of the format: 1.2.
    pub version: String,
    /// What recorded it.
    pub creator: Creator,
    /// What was recorded, the oldest first.
    pub entries: Vec<Entry>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A program and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Creator {
    /// Name.
    pub name: String,
    /// Version.
    #[serde(default, deserialize_with = "lenient")]
    pub version: String,
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Entry {
    /// When it was sent, ISO 8601.
    pub started_date_time: String,
    /// Milliseconds it took.
    #[serde(default, deserialize_with = "lenient")]
    pub time: f64,
    /// What was sent.
    pub request: Request,
    /// What came back; of status 0 where nothing did.
    pub response: Response,
    /// Caching: never recorded by us.
    #[serde(default)]
    pub cache: Value,
    /// Where the time went, in milliseconds.
    #[serde(default, deserialize_with = "lenient")]
    pub timings: Timings,
    /// What the client knew and decided.
    #[serde(rename = "_mobproc", default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<Facts>,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// Absolute URL with its query.
    pub url: String,
    /// Such as HTTP/1.1.
    pub http_version: String,
    /// Cookies.
    #[serde(default)]
    pub cookies: Vec<Value>,
    /// Headers, as they were sent.
    pub headers: Vec<Pair>,
    /// The parameters of the query, decoded.
    #[serde(default)]
    pub query_string: Vec<Pair>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// Bytes of the headers; -1 where not known.
    #[serde(default = "unknown")]
    pub headers_size: i64,
    /// Bytes of the body; -1 where not known.
    #[serde(default = "unknown")]
    pub body_size: i64,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PostData {
    /// Its type.
    pub mime_type: String,
    /// Its text.
    #[serde(default)]
    pub text: String,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Response {
    /// HTTP status; 0 where there is no answer.
    #[serde(deserialize_with = "lenient")]
    pub status: u16,
    /// Its reason phrase.
    #[serde(default)]
    pub status_text: String,
    /// Such as HTTP/1.1.
    #[serde(default)]
    pub http_version: String,
    /// Cookies.
    #[serde(default)]
    pub cookies: Vec<Value>,
    /// Headers.
    pub headers: Vec<Pair>,
    /// The body.
    pub content: Content,
    /// Where it was led to.
    #[serde(rename = "redirectURL", default, deserialize_with = "lenient")]
    pub redirect_url: String,
    /// Bytes of the headers; -1 where not known.
    #[serde(default = "unknown")]
    pub headers_size: i64,
    /// Bytes of the body; -1 where not known.
    #[serde(default = "unknown")]
    pub body_size: i64,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Content {
    /// Bytes.
    #[serde(default, deserialize_with = "lenient")]
    pub size: i64,
    /// Its type.
    #[serde(default, deserialize_with = "lenient")]
    pub mime_type: String,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `base64` where it is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Members that are not listed.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Where the time went, in milliseconds; -1 where that is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Timings {
    /// Sending.
    pub send: f64,
    /// Waiting.
    pub wait: f64,
    /// Receiving.
    pub receive: f64,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            send: 0.0,
            wait: -1.0,
            receive: 0.0,
        }
    }
}

/// What the client knew of an attempt, and what it decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Facts {
    /// The operation, by its id in the document.
    pub operation: String,
    /// The correlation id of the call.
    pub correlation_id: String,
    /// Counts the attempts of the call, from 1.
    pub attempt: u32,
    /// Whether sending it again does nothing twice.
    pub safe_to_repeat: bool,
    /// What was decided.
    pub decision: String,
    /// The kind of error, where there was no whole answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Takes what others write where they know nothing: null, a number that does not fit, another type.
fn lenient<'de, D: serde::Deserializer<'de>, T: Default + serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let whole = match value.as_f64() {
        Some(number) if number.fract() == 0.0 && value.as_i64().is_none() => {
            serde_json::from_str(&format!("{number:.0}")).unwrap_or(value)
        }
        _ => value,
    };
    Ok(serde_json::from_value(whole).unwrap_or_default())
}

fn unknown() -> i64 {
    -1
}

impl Har {
    /// An archive with these entries.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self {
            log: Log {
                version: "1.2".to_owned(),
                creator: Creator {
                    name: "mobproc".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                },
                entries,
                comment: None,
                other: Map::new(),
            },
        }
    }
}

impl Entry {
    /// A request that was answered.
    #[must_use]
    pub fn new(request: Request, response: Response) -> Self {
        Self {
            started_date_time: stamp(DateTime::UNIX_EPOCH),
            time: 0.0,
            request,
            response,
            cache: Value::Object(Map::new()),
            timings: Timings::default(),
            facts: None,
            other: Map::new(),
        }
    }

    /// The same, sent at a time, with the milliseconds it took.
    #[must_use]
    pub fn at(mut self, began: DateTime<Utc>, milliseconds: f64) -> Self {
        self.started_date_time = stamp(began);
        self.time = milliseconds;
        self.timings.wait = milliseconds;
        self
    }

    /// The same, with what the client knew.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = Some(facts);
        self
    }

    /// When it was sent, if that is a time.
    #[must_use]
    pub fn began(&self) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(&self.started_date_time)
            .ok()
            .map(|time| time.to_utc())
    }
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: &str, url: &str, headers: Vec<Pair>) -> Self {
        let mut request = Self {
            method: method.to_owned(),
            url: String::new(),
            http_version: "HTTP/1.1".to_owned(),
            cookies: Vec::new(),
            headers,
            query_string: Vec::new(),
            post_data: None,
            headers_size: -1,
            body_size: 0,
            other: Map::new(),
        };
        request.set_url(url);
        request
    }

    /// Sets the URL, and the parameters after it.
    pub fn set_url(&mut self, url: &str) {
        self.query_string = url::Url::parse(url).map_or_else(
            |_| Vec::new(),
            |url| {
                url.query_pairs()
                    .map(|(name, value)| Pair::new(&name, &value))
                    .collect()
            },
        );
        url.clone_into(&mut self.url);
    }

    /// The same, with a body.
    #[must_use]
    pub fn with_body(mut self, mime_type: &str, text: String) -> Self {
        self.body_size = i64::try_from(text.len()).unwrap_or(-1);
        self.post_data = Some(PostData {
            mime_type: mime_type.to_owned(),
            text,
            other: Map::new(),
        });
        self
    }

    /// The value of a header, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Response {
    /// An answer; of status 0 if there was none.
    #[must_use]
    pub fn new(status: u16, headers: Vec<Pair>, text: Option<String>) -> Self {
        let mime_type = header(&headers, "content-type").unwrap_or_default().to_owned();
        let size = text
            .as_ref()
            .map_or(0, |text| i64::try_from(text.len()).unwrap_or(-1));
        Self {
            status,
            status_text: String::new(),
            http_version: "HTTP/1.1".to_owned(),
            cookies: Vec::new(),
            redirect_url: header(&headers, "location").unwrap_or_default().to_owned(),
            headers,
            content: Content {
                size,
                mime_type,
                text,
                encoding: None,
                other: Map::new(),
            },
            headers_size: -1,
            body_size: size,
            other: Map::new(),
        }
    }

    /// The value of a header, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Pair {
    /// A name with its value.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }
}

fn header<'a>(headers: &'a [Pair], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|pair| pair.name.eq_ignore_ascii_case(name))
        .map(|pair| pair.value.as_str())
}
