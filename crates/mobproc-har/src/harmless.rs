//! What tells of nobody, wherever it stands: words of the protocol, codes, names as programs have
//! them.

/// Headers whose values are words of the protocol. Of all others only the name stays.
const HEADERS_KEPT: &[&str] = &[
    "accept",
    "accept-encoding",
    "cache-control",
    "connection",
    "content-encoding",
    "pragma",
    "transfer-encoding",
    "vary",
];
/// Headers that hold a date, or a number of seconds.
const HEADERS_OF_TIME: &[&str] = &["date", "expires", "last-modified", "retry-after"];
/// The words of the protocol that stay in values of headers.
const WORDS: &[&str] = &[
    "*",
    "*/*",
    "accept",
    "accept-encoding",
    "accept-language",
    "application/*",
    "application/json",
    "authorization",
    "br",
    "charset",
    "chunked",
    "close",
    "deflate",
    "gzip",
    "identity",
    "immutable",
    "keep-alive",
    "max",
    "max-age",
    "must-revalidate",
    "no-cache",
    "no-store",
    "no-transform",
    "origin",
    "private",
    "proxy-revalidate",
    "public",
    "q",
    "s-maxage",
    "stale-if-error",
    "stale-while-revalidate",
    "text/html",
    "text/plain",
    "timeout",
    "user-agent",
    "utf-8",
    "zstd",
];
/// Words of `_mobproc`: kinds of errors, and decisions.
const FACTS: &[&str] = &[
    "AnswerTooLarge",
    "Authentication",
    "Certificate",
    "Configuration",
    "Connect",
    "ConnectionLost",
    "Decode",
    "Forbidden",
    "InvalidArgument",
    "InvalidOrder",
    "NotFound",
    "OutcomeUnknown",
    "ProxyRefused",
    "RateLimited",
    "Rejected",
    "ServerError",
    "Timeout",
    "TokenUnavailable",
    "TooLate",
    "Unexpected",
    "follow",
    "other",
    "raw_read",
    "raw_write",
    "renew token",
    "return",
];
/// Names of headers that hold numbers about limits, wherever a gateway puts them.
const LIMIT_HEADERS: &[&str] = &["ratelimit", "rate-limit", "quota", "throttle"];

/// A value of an enum that was never seen: capitals and underscores, as all that are published.
pub(crate) fn is_constant(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_uppercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A code of a system: no spaces, nothing but letters, digits and what joins them.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// A name as programs have them, rather than a value: words, perhaps with a number at the end.
pub(crate) fn is_identifier(name: &str) -> bool {
    let letters = name.trim_end_matches(|last: char| last.is_ascii_digit());
    name.len() <= 40
        && name.len() - letters.len() <= 2
        && letters.starts_with(|first: char| first.is_ascii_alphabetic() || "_$@".contains(first))
        && letters
            .bytes()
            .skip(1)
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
}

pub(crate) fn is_header_name(name: &str) -> bool {
    is_identifier(name) && !name.starts_with(['_', '$', '@'])
}

pub(crate) fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|digits| is_digits(digits, 2))
}

pub(crate) fn is_this_machine(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

pub(crate) fn is_digits(text: &str, most: usize) -> bool {
    !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
}

pub(crate) fn is_limit(header: &str) -> bool {
    LIMIT_HEADERS.iter().any(|part| header.contains(part))
}

/// Whether the value of a header is of the protocol: of its words and of small numbers, or a time.
pub(crate) fn is_of_protocol(header: &str, value: &str) -> bool {
    let small = |word: &str| word.splitn(2, '.').all(|part| is_digits(part, 8));
    let is_word = |word: &str| WORDS.contains(&word.to_ascii_lowercase().as_str()) || small(word);
    let mut words = value.split([',', ';', '=', ' ']).filter(|word| !word.is_empty());
    (HEADERS_KEPT.contains(&header) && words.all(is_word))
        || (HEADERS_OF_TIME.contains(&header) && is_date_or_seconds(value))
}

/// Whether a word of `_mobproc` is one that a recorder writes.
pub(crate) fn is_fact(word: &str) -> bool {
    let delay = word
        .strip_prefix("repeat after ")
        .and_then(|rest| rest.strip_suffix(" ms"));
    FACTS.contains(&word) || delay.is_some_and(|delay| is_digits(delay, 7))
}

fn is_date_or_seconds(value: &str) -> bool {
    is_digits(value, 8) || chrono::DateTime::parse_from_rfc2822(value).is_ok()
}

/// Whole milliseconds; what is longer than ten minutes is no call.
pub(crate) fn milliseconds(time: f64) -> f64 {
    if (-1.0..=600_000.0).contains(&time) {
        time.round()
    } else {
        -1.0
    }
}

/// The type of a body, without what may stand behind it.
pub(crate) fn mime(text: &str) -> String {
    let kind = text
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match kind.as_str() {
        "application/json"
        | "application/problem+json"
        | "application/x-www-form-urlencoded"
        | "text/html"
        | "text/plain"
        | "text/xml"
        | "application/xml"
        | "application/octet-stream"
        | "" => kind,
        _ => "application/x-other".to_owned(),
    }
}

pub(crate) fn method(text: &str) -> String {
    match text {
        "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => text.to_owned(),
        _ => "OTHER".to_owned(),
    }
}
