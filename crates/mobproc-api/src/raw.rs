//! Requests of what is not modelled, and links followed safely.

use bytes::Bytes;
use reqwest::Url;
use serde_json::Value;

use crate::error::RequestError;
use crate::operation::Operation;
use crate::request::{Api, Request};

static RAW_READ: Operation = Operation::RAW_READ;
static RAW_WRITE: Operation = Operation::RAW_WRITE;

impl Api {
    /// A read of something that is not modelled: a path below the base URL, with its query, such as
    /// `/ping?echoText=hello`. Of what type the answer is, is for the caller to say;
    /// [`Value`] is one for everything, in which numbers are floats.
    ///
    /// # Errors
    ///
    /// The path leads elsewhere than below the base URL.
    pub fn raw_get<T>(&self, path_and_query: &str) -> Result<Request<T>, RequestError> {
        let url = below(self.base_url(), path_and_query)?;
        Ok(Request::from_parts(&RAW_READ, url, None))
    }

    /// A write of something that is not modelled, with these bytes of JSON as its body.
    ///
    /// # Errors
    ///
    /// The path leads elsewhere than below the base URL, or to the place where orders are placed,
    /// in any spelling. Only `/orders` itself is built, if its query says `confirm=true` exactly
    /// once and nothing else of that name.
    pub fn raw_post(
        &self,
        path_and_query: &str,
        body: impl Into<Bytes>,
    ) -> Result<Request<Value>, RequestError> {
        let url = below(self.base_url(), path_and_query)?;
        let plain = format!("{}/orders", self.base_url().path().trim_end_matches('/'));
        if leads_to_orders(self.base_url(), &url) && !(url.path() == plain && only_confirms(&url)) {
            return Err(RequestError::new(
                "the path",
                "places an order: raw writes do not, unless it is `/orders` and the query says confirm=true exactly once",
            ));
        }
        Ok(Request::from_parts(&RAW_WRITE, url, Some(body.into())))
    }

    /// A read of what a link of an answer (`_meta`) leads to.
    ///
    /// Published links lead to four hosts, two of them typing errors and one over plain http, so
    /// only what comes after the version is taken from a link; the rest is the base URL.
    /// Credentials go nowhere else.
    ///
    /// # Errors
    ///
    /// The link has no version (`/v1/`) in its path, or leads elsewhere than below the base URL.
    pub fn link_get<T>(&self, link: &str) -> Result<Request<T>, RequestError> {
        let url = reroot(self.base_url(), link)?;
        Ok(Request::from_parts(&RAW_READ, url, None))
    }
}

/// A path below the base URL. It cannot climb out of it, nor name another host.
fn below(base: &Url, path_and_query: &str) -> Result<Url, RequestError> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}/{}", path.trim_start_matches('/')));
    url.set_query(query);
    let rest = url
        .path()
        .strip_prefix(prefix)
        .filter(|rest| rest.starts_with('/'));
    // Hidden by encoding or behind parameters, for a server that undoes either first.
    let climbs = |rest: &str| {
        fully_decoded(rest)
            .split(['/', '\\'])
            .any(|part| matches!(plain(part), "." | ".."))
    };
    match rest {
        Some(rest) if !climbs(rest) && url.origin() == base.origin() => Ok(url),
        _ => Err(RequestError::new("the path", "leads out of the base URL")),
    }
}

/// A link, moved to the base URL.
fn reroot(base: &Url, link: &str) -> Result<Url, RequestError> {
    // Two published links are broken over lines.
    let link: String = link
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .collect();
    let refused = |reason: &'static str| RequestError::new("the link", reason);
    let url = base.join(&link).map_err(|_| refused("is not a valid URL"))?;
    let rest =
        after_version(url.path()).ok_or_else(|| refused("has no version, such as /v1/, in its path, so no answer gave it; for a path below the base URL there are raw reads"))?;
    let path_and_query = match url.query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    below(base, &path_and_query)
}

/// What follows the first part of a path that is a version.
fn after_version(path: &str) -> Option<&str> {
    let mut at = 0;
    for part in path.split('/') {
        at += part.len() + 1;
        let is_version = part
            .strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit()));
        if is_version {
            return path.get(at..);
        }
    }
    None
}

/// Whether some server could take the path for the one where orders are placed: however it is
/// encoded, in any case, with parameters or an ending in it, blanks around it, or slashes too many.
fn leads_to_orders(base: &Url, url: &Url) -> bool {
    let prefix = base.path().trim_end_matches('/');
    let rest = url.path().strip_prefix(prefix).unwrap_or(url.path());
    let decoded = fully_decoded(rest);
    let mut parts: Vec<&str> = Vec::new();
    for part in decoded.split(['/', '\\']) {
        match plain(part) {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            // An ending, such as `.json`, may be taken off too.
            part => match part.split('.').next().unwrap_or_default() {
                "" => {}
                stem => parts.push(stem),
            },
        }
    }
    matches!(parts.as_slice(), [only] if only.eq_ignore_ascii_case("orders"))
}

/// A part of a path without its parameters and the blanks around it, as some servers take it.
fn plain(part: &str) -> &str {
    part.split([';', ',', '?', '#', '\0'])
        .next()
        .unwrap_or_default()
        .trim_matches(|letter: char| letter.is_whitespace() || letter.is_control())
}

/// A text with its percent-encoding undone, however often it was done.
fn fully_decoded(text: &str) -> String {
    let mut text = text.to_owned();
    // Each round makes it shorter, or is the last.
    loop {
        let decoded = decoded_once(&text);
        if decoded == text {
            return text;
        }
        text = decoded;
    }
}

fn decoded_once(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let digit = |at: usize| more.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        if *first == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
            && let Ok(byte) = u8::try_from(high * 16 + low)
        {
            bytes.push(byte);
            rest = more.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Exactly one `confirm`, and it is `true`. Which of two counts, or one of another case, is up to
/// the server.
fn only_confirms(url: &Url) -> bool {
    // Some servers take it for a separator.
    if url.query().is_some_and(|query| query.contains(';')) {
        return false;
    }
    let confirm: Vec<_> = url
        .query_pairs()
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("confirm"))
        .collect();
    matches!(confirm.as_slice(), [(name, value)] if name == "confirm" && value == "true")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::Value;

    use crate::Api;

    fn api() -> Api {
        Api::new("https://api.example/mobproc/v1").unwrap()
    }

    fn link(link: &str) -> Result<String, String> {
        let request = api().link_get::<()>(link).map_err(|error| error.to_string())?;
        Ok(request.url().to_string())
    }

    #[test]
    fn every_published_form_of_link_is_moved_to_the_base() {
        for text in [
            "https://tngo-mobproc.cloudhub.io/mobproc/v1/regions?parentRegion=1",
            "https://tngo--mobproc.cloudhub.io/mobproc/v1/regions?parentRegion=1",
            "https://tgno-mobility.cloudhub.io/mobility/v1/regions?parentRegion=1",
            "http://api.tangoe.com/mobileprocurement/v1/regions?parentRegion=1",
            "https://tngo-mobproc.cloudhub.io/mobproc/v1/regions\n        ?parentRegion=1",
            "/mobproc/v1/regions?parentRegion=1",
        ] {
            assert_eq!(
                link(text).unwrap(),
                "https://api.example/mobproc/v1/regions?parentRegion=1"
            );
        }
        assert_eq!(
            link("https://x.example/mobproc/v1/manufacturers/LG/models/Cookie%20Plus").unwrap(),
            "https://api.example/mobproc/v1/manufacturers/LG/models/Cookie%20Plus"
        );
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for text in [
            "",
            "https://evil.example/steal",
            "javascript:alert(1)",
            "http://[",
            "//evil.example",
        ] {
            assert!(link(text).is_err(), "{text}");
        }
        for path in [
            "/../../secrets",
            "/%2e%2e/%2e%2e/secrets",
            "/..",
            "/regions/../../v2",
            "/regions/..;/orders",
            "/..%2Fv1%2Forders",
            "/..%2F..%2Fsecrets",
            "/x%2F..%2Forders",
            "/%252e%252e/secrets",
        ] {
            let built = api().raw_get::<Value>(path);
            assert!(built.is_err(), "{path}: {built:?}");
        }
        let elsewhere = api().raw_get::<Value>("//evil.example/x").unwrap();
        assert_eq!(elsewhere.url().host_str(), Some("api.example"));
        let fragment = api().raw_get::<Value>("regions?a=b#c").unwrap();
        assert_eq!(fragment.url().host_str(), Some("api.example"));
    }

    #[test]
    fn a_raw_write_places_no_order_in_any_spelling() {
        for path in [
            "/orders",
            "orders/",
            "//orders",
            "/%6frders",
            "/%256frders",
            "/orders;x=1",
            "/orders;confirm=true",
            "/Orders",
            "/ORDERS",
            "/orders%20",
            "/orders%09",
            "/orders.json",
            "/orders%2F",
            "/%2Forders",
            "/x/../orders",
            "/./orders",
            "/;x/orders",
            "/orders/;x",
            "/orders/.json",
            "/orders%2F;a=b",
            "\\orders",
            "/orders?",
            "/orders?confirm=false",
            "/orders?Confirm=true",
            "/orders?confirm=TRUE",
            "/orders?confirm=true%20",
            "/orders?confirm",
            "/orders?confirm=true&confirm=false",
            "/orders?confirm=false&confirm=true",
            "/orders?confirm=true&confirm=true",
            "/orders?confirm=true&CONFIRM=false",
            "/orders?confirm=true&%63onfirm=false",
            "/Orders?confirm=true",
            "/%6frders?confirm=true",
            "/orders/?confirm=true",
            "/orders?x=1;confirm=false&confirm=true",
        ] {
            let error = api().raw_post(path, "{}").unwrap_err();
            assert!(error.to_string().contains("places an order"), "{path}: {error}");
        }
    }

    #[test]
    fn a_raw_write_that_places_no_order_is_built() {
        for path in [
            "/orders?confirm=true",
            "/orders?x=1&confirm=true",
            "/orders/8001/approval",
            "/orders/8001/cancel",
            "/preorders",
            "/assets/services/1001/move",
        ] {
            let request = api().raw_post(path, "{}").unwrap();
            assert!(!request.is_safe_to_repeat(), "{path}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_link_or_path_leads_out_of_the_base_url(
            text in prop_oneof![any::<String>(), "(https?:)?//?[a-z.:@\\[\\]]{0,8}(/(v1|\\.\\.|%2e%2E|\\.%2e|\\\\|[a-z?#@:%]{0,6})){0,6}"]
        ) {
            let built = [
                api().link_get::<Value>(&text),
                api().raw_get::<Value>(&text),
                api().raw_post(&text, "{}"),
            ];
            for request in built.into_iter().flatten() {
                let url = request.url();
                prop_assert_eq!(url.host_str(), Some("api.example"));
                prop_assert_eq!(url.scheme(), "https");
                prop_assert!(url.path().starts_with("/mobproc/v1/"), "{}", url);
                prop_assert!(url.username().is_empty() && url.password().is_none(), "{}", url);
                for segment in url.path_segments().unwrap() {
                    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
                    prop_assert!(plain != ".." && plain != ".", "{}", url);
                }
            }
        }
    }
}
