//! What is not modelled: raw requests, and links followed safely.

use bytes::Bytes;
use mobproc_api::Operation;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::client::Client;
use crate::error::Error;
use crate::write;

static READ: Operation = Operation::RAW_READ;
static WRITE: Operation = Operation::RAW_WRITE;

impl Client {
    /// Reads something that is not modelled: a path below the base URL, with its query, such as `/ping?echoText=hello`. Credentials
    /// and context go along, and it is tried again like any read.
    ///
    /// # Errors
    ///
    /// As any read; a path that leads elsewhere than below the base URL is refused.
    pub async fn get_raw(&self, path_and_query: &str) -> Result<Value, Error> {
        let url = below(self.base(), path_and_query)?;
        self.call_raw(&READ, url, None)
            .await
            .map(|answered| answered.value)
    }

    /// Writes something that is not modelled. **This is a write**: it is never sent a second time once a connection was made.
    /// Any answer of 2xx is a success here, also one whose body says otherwise.
    ///
    /// # Errors
    ///
    /// A path that places an order is refused: [`Order::from_json`](crate::Order::from_json) takes members this version does not know,
    /// and [`confirm`](crate::Orders::confirm) what follows. To confirm raw, the query says `confirm=true`.
    /// [`Error::is_outcome_unknown`] where it is not known what it did; otherwise as any call.
    pub async fn post_raw(&self, path_and_query: &str, body: &Value) -> Result<Value, Error> {
        let url = below(self.base(), path_and_query)?;
        let places_an_order = url.path().trim_end_matches('/').ends_with("/orders")
            && !url
                .query_pairs()
                .any(|(name, value)| name == "confirm" && value == "true");
        if places_an_order {
            return Err(Error::configuration(
                "orders are not placed raw: use Order::from_json and Orders::confirm",
            ));
        }
        let body = Bytes::from(body.to_string());
        write::settled(self.call_raw(&WRITE, url, Some(body)).await).map(|answered| answered.value)
    }

    /// Follows a link of an answer (`_meta`).
    ///
    /// Published links lead to four hosts, two of them typing errors and one over plain http, so only what comes after the
    /// version is taken from a link; the rest is the configured base URL. Credentials go nowhere else.
    ///
    /// # Errors
    ///
    /// As any read; a link without a version in its path is refused.
    pub async fn follow<T: DeserializeOwned>(&self, link: &str) -> Result<T, Error> {
        let url = reroot(self.base(), link)?;
        let answered = self.call_raw(&READ, url, None).await?;
        serde_path_to_error::deserialize(&answered.value).map_err(|error| {
            let path = error.path().to_string();
            Error::decode(path, error.into_inner()).with_answer(http::StatusCode::OK, answered.body)
        })
    }
}

/// A path below the base URL. It cannot climb out of it, nor name another host.
pub(crate) fn below(base: &Url, path_and_query: &str) -> Result<Url, Error> {
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    let mut url = base.clone();
    let prefix = base.path().trim_end_matches('/');
    url.set_path(&format!("{prefix}/{}", path.trim_start_matches('/')));
    url.set_query(query);
    let inside = url
        .path()
        .strip_prefix(prefix)
        .is_some_and(|rest| rest.starts_with('/'));
    if inside && url.origin() == base.origin() {
        Ok(url)
    } else {
        Err(Error::configuration("the path leads out of the base URL"))
    }
}

/// A link, moved to the base URL.
pub(crate) fn reroot(base: &Url, link: &str) -> Result<Url, Error> {
    // Two published links are broken over lines.
    let link: String = link
        .chars()
        .filter(|letter| !letter.is_whitespace() && !letter.is_control())
        .collect();
    let refused = || Error::configuration("the link is no URL with a version (/v1/) in its path");
    let url = base.join(&link).map_err(|_| refused())?;
    let version = |path: &str| {
        let mut at = 0;
        for part in path.split('/') {
            at += part.len() + 1;
            let is_version = part.strip_prefix('v').is_some_and(|digits| {
                !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_digit())
            });
            if is_version {
                return path.get(at..).map(str::to_owned);
            }
        }
        None
    };
    let rest = version(url.path()).ok_or_else(refused)?;
    let path_and_query = match url.query() {
        Some(query) => format!("/{rest}?{query}"),
        None => format!("/{rest}"),
    };
    below(base, &path_and_query)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::{below, reroot};

    fn base() -> Url {
        Url::parse("https://api.example/mobproc/v1").unwrap()
    }

    #[test]
    fn every_published_form_of_link_is_moved_to_the_base() {
        for link in [
            "https://tngo-mobproc.cloudhub.io/mobproc/v1/regions?parentRegion=1",
            "https://tngo--mobproc.cloudhub.io/mobproc/v1/regions?parentRegion=1",
            "https://tgno-mobility.cloudhub.io/mobility/v1/regions?parentRegion=1",
            "http://api.tangoe.com/mobileprocurement/v1/regions?parentRegion=1",
            "https://tngo-mobproc.cloudhub.io/mobproc/v1/regions\n        ?parentRegion=1",
            "/mobproc/v1/regions?parentRegion=1",
        ] {
            assert_eq!(
                reroot(&base(), link).unwrap().as_str(),
                "https://api.example/mobproc/v1/regions?parentRegion=1"
            );
        }
        let spaces = reroot(
            &base(),
            "https://x.example/mobproc/v1/manufacturers/LG/models/Cookie%20Plus",
        )
        .unwrap();
        assert_eq!(
            spaces.as_str(),
            "https://api.example/mobproc/v1/manufacturers/LG/models/Cookie%20Plus"
        );
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for link in [
            "",
            "https://evil.example/steal",
            "javascript:alert(1)",
            "http://[",
            "//evil.example",
        ] {
            assert!(reroot(&base(), link).is_err(), "{link}");
        }
        for path in [
            "/../../secrets",
            "/%2e%2e/%2e%2e/secrets",
            "/..",
            "/regions/../../v2",
        ] {
            assert!(
                below(&base(), path).is_err(),
                "{path}: {:?}",
                below(&base(), path)
            );
        }
        assert_eq!(
            below(&base(), "//evil.example/x").unwrap().host_str(),
            Some("api.example")
        );
        assert_eq!(below(&base(), "regions?a=b#c").unwrap().origin(), base().origin());
    }
}
