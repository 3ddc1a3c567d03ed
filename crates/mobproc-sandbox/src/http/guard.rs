//! Keeps strangers out: web pages from elsewhere that a browser on this machine shows.
//!
//! A browser lets any page send requests to this machine, and, where a name is made to point here,
//! read the answers too. Programs send what they like; they are not kept out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, Uri, header};
use axum::middleware::Next;

use super::response::json_response;
use crate::answer::{Answer, Failure};

const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What the pages load: their own files, and nothing from elsewhere. Nobody may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      connect-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// Who may be asked for.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// The address that is listened on.
    listening: IpAddr,
    /// Host names besides this machine's own, in lower case.
    names: Vec<String>,
}

impl Guard {
    pub(crate) fn new(address: SocketAddr, public_url: &str, names: &[String]) -> Result<Self, String> {
        let public = public_url
            .parse::<Uri>()
            .ok()
            .filter(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.query().is_none())
            .and_then(|url| url.authority().cloned())
            .ok_or_else(|| {
                format!("`{public_url}` is not a URL to be reached under, such as https://sandbox.example")
            })?;
        let mut known = vec![public.host().to_lowercase()];
        for name in names {
            let authority = name.parse::<Authority>();
            match authority {
                Ok(authority) if authority.as_str() == authority.host() => {
                    known.push(authority.host().to_lowercase());
                }
                _ => {
                    return Err(format!(
                        "`{name}` is not a host name, such as sandbox.example; it comes without a port"
                    ));
                }
            }
        }
        Ok(Self {
            listening: address.ip(),
            names: known,
        })
    }

    /// Says why a request is refused, if it is.
    fn refusal(&self, headers: &HeaderMap, uri: &Uri) -> Option<String> {
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let host = text(header::HOST).or_else(|| uri.authority().map(Authority::as_str));
        let Some(host) = host else {
            return Some("The header Host must be passed in.".to_owned());
        };
        let authority = host.parse::<Authority>();
        let is_single = headers.get_all(header::HOST).iter().count() <= 1;
        let Some(authority) = authority.ok().filter(|_| is_single && !host.contains('@')) else {
            return Some("The header Host is not a host name.".to_owned());
        };
        if !self.is_known(authority.host()) {
            return Some(format!(
                "{} is not known as a name of this sandbox; --allow-host (or --public-url) lets it in.",
                authority.host()
            ));
        }
        if text(FETCH_SITE).is_some_and(|site| site == "cross-site") {
            return Some("A page of another site may not use this sandbox.".to_owned());
        }
        let origin = text(header::ORIGIN)?;
        // Behind a proxy the page may come by https where the request does not.
        let own = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host));
        (!own).then(|| "A page of another origin may not use this sandbox.".to_owned())
    }

    fn is_known(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            // An address cannot be made to point elsewhere.
            return address.is_loopback() || address == self.listening || self.listening.is_unspecified();
        }
        let name = host.to_lowercase();
        name == "localhost" || name.ends_with(".localhost") || self.names.contains(&name)
    }
}

/// Refuses what a stranger sends.
pub(super) async fn admit(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response<Body> {
    let is_browser = request.headers().contains_key(FETCH_MODE);
    match guard.refusal(request.headers(), request.uri()) {
        None => {
            let mut response = next.run(request).await;
            if is_browser {
                // On a connection that was used before, Chromium sends a request again by itself
                // when no answer comes, an order too.
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            response
        }
        Some(message) => {
            let failure = Failure::forbidden("403-Sandbox-error", message);
            json_response(&Answer {
                status: failure.status,
                body: failure.body("stranger"),
            })
        }
    }
}

/// Tells browsers what the pages may do.
pub(super) async fn wrap_page(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(guard: &Guard, headers: &[(&'static str, &str)]) -> Option<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        guard.refusal(&map, &Uri::from_static("/sandbox/orders"))
    }

    fn guard(listening: &str, public: &str, names: &[&str]) -> Result<Guard, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Guard::new(listening.parse().unwrap(), public, &names)
    }

    #[test]
    fn only_this_machine_and_names_that_were_given_are_known() {
        let here = guard("127.0.0.1:4010", "http://127.0.0.1:4010", &[]).unwrap();
        for host in [
            "127.0.0.1:4010",
            "localhost:4010",
            "LOCALHOST",
            "shop.localhost",
            "[::1]:80",
            "127.8.8.8",
        ] {
            assert_eq!(refusal(&here, &[("host", host)]), None, "{host}");
        }
        for host in [
            "rebound.example:4010",
            "192.0.2.7",
            "localhost.rebound.example",
            "127.0.0.1.rebound.example",
            "notlocalhost",
            "",
            "a b",
            "evil@localhost",
        ] {
            assert!(refusal(&here, &[("host", host)]).is_some(), "{host}");
        }
        assert!(refusal(&here, &[]).is_some());
        let open = guard("0.0.0.0:80", "https://sandbox.example/", &["box"]).unwrap();
        for host in ["192.0.2.7", "sandbox.example", "BOX:4010"] {
            assert_eq!(refusal(&open, &[("host", host)]), None, "{host}");
        }
        assert!(refusal(&open, &[("host", "rebound.example")]).is_some());
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let here = guard("127.0.0.1:4010", "http://127.0.0.1:4010", &[]).unwrap();
        let with = |name, value| refusal(&here, &[("host", "127.0.0.1:4010"), (name, value)]);
        assert_eq!(with("origin", "http://127.0.0.1:4010"), None);
        assert_eq!(with("sec-fetch-site", "same-origin"), None);
        assert_eq!(with("sec-fetch-site", "none"), None);
        for (name, value) in [
            ("origin", "http://elsewhere.example"),
            ("origin", "http://127.0.0.1:4011"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
        ] {
            assert!(with(name, value).is_some(), "{name}: {value}");
        }
    }

    #[test]
    fn what_is_no_name_or_url_is_told() {
        for (public, names) in [
            ("sandbox.example", &[][..]),
            ("ftp://sandbox.example", &[]),
            ("http://x.example?a=b", &[]),
            ("http://x.example", &["a:80"]),
            ("http://x.example", &["a b"]),
            ("http://x.example", &["http://a"]),
        ] {
            assert!(guard("127.0.0.1:1", public, names).is_err(), "{public} {names:?}");
        }
    }
}
