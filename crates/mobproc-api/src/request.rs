//! Requests: built and carrying their operation, not sent.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use reqwest::Url;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Serialize;

use crate::Operation;
use crate::error::RequestError;
use crate::path::{self, Path};
use crate::query::QueryValue;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Room for the headers that senders usually add.
const USUAL_HEADERS: usize = 12;

/// Builds requests below a base URL, one function for each operation. It sends nothing.
///
/// ```
/// use mobproc_api::{Api, operations};
///
/// let api = Api::new("https://api.example/mobproc/v1")?;
/// let request = api.region_get("2001")?;
/// assert_eq!(request.url().as_str(), "https://api.example/mobproc/v1/regions/2001");
/// assert_eq!(request.operation(), &operations::REGION_GET);
/// // An id cannot leave its place in the path.
/// assert!(api.region_get("..").is_err());
/// # Ok::<(), mobproc_api::RequestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    base: Url,
    approval_path: &'static str,
    move_path: &'static str,
}

impl Api {
    /// Requests below this base URL, such as `https://tngo-mobproc.cloudhub.io/mobproc/v1`.
    ///
    /// # Errors
    ///
    /// The text is not a URL of http or https, or it has credentials, a query or a fragment.
    pub fn new(base_url: &str) -> Result<Self, RequestError> {
        let refused = |what: String| RequestError::new("the base URL", what);
        let mut base = Url::parse(base_url).map_err(|error| refused(format!("is malformed: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refused("must begin with https://".to_owned()));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(refused("must not hold credentials".to_owned()));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(refused("must not have a query or fragment".to_owned()));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(Self {
            base,
            approval_path: crate::operations::ORDER_APPROVAL_CREATE.path,
            move_path: crate::operations::SERVICE_ASSET_MOVE.path,
        })
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &Url {
        &self.base
    }

    /// Sends decisions on orders to `/orders/{id}/approve`, as an old release note has it, instead
    /// of `/orders/{id}/approval`.
    #[must_use]
    pub fn with_old_approval_path(mut self) -> Self {
        self.approval_path = "/orders/{id}/approve";
        self
    }

    /// Moves services at `/assets/service/{id}/move`, as one line of the documentation has it,
    /// instead of `/assets/services/{id}/move`.
    #[must_use]
    pub fn with_singular_move_path(mut self) -> Self {
        self.move_path = "/assets/service/{id}/move";
        self
    }

    /// The path of an operation. The documentation names two for each of these.
    fn path(&self, operation: &Operation) -> &'static str {
        if *operation == crate::operations::ORDER_APPROVAL_CREATE {
            self.approval_path
        } else if *operation == crate::operations::SERVICE_ASSET_MOVE {
            self.move_path
        } else {
            operation.path
        }
    }
}

/// A request of one operation, built and not sent. `T` is what a successful answer decodes to.
///
/// It has no credentials. The crate `mobproc` adds them; whoever uses this crate alone sets
/// [`headers_mut`](Self::headers_mut) and calls [`send`](Self::send).
pub struct Request<T> {
    operation: &'static Operation,
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    answer: PhantomData<fn() -> T>,
}

impl<T> Request<T> {
    pub(crate) fn from_parts(operation: &'static Operation, url: Url, body: Option<Bytes>) -> Self {
        let mut headers = HeaderMap::with_capacity(USUAL_HEADERS);
        headers.insert(ACCEPT, JSON);
        if body.is_some() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        Self {
            operation,
            url,
            headers,
            body,
            answer: PhantomData,
        }
    }

    /// The operation it is of.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Where it goes, query included.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Its headers. At first only those that say what body it has and what answer it accepts.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Its headers, to add credentials to.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The bytes of its body, if it has one.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// Adds a query parameter that is not modelled.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Whether sending it again does nothing twice: it only reads, or it is an order that is only
    /// confirmed.
    #[must_use]
    pub fn is_safe_to_repeat(&self) -> bool {
        self.operation.is_safe_to_repeat(self.url.query_pairs())
    }

    /// The request as the HTTP library has it.
    ///
    /// **An ordinary HTTP client follows a redirect of 307 or 308 with the POST and its body, which
    /// orders a second time**, and may send a request again when a pooled connection turns out to
    /// be dead. [`HttpClient`](crate::HttpClient) does neither.
    #[must_use]
    pub fn into_http(self) -> reqwest::Request {
        let method = match self.operation.method {
            crate::Method::Get => reqwest::Method::GET,
            crate::Method::Post => reqwest::Method::POST,
        };
        let mut request = reqwest::Request::new(method, self.url);
        *request.headers_mut() = self.headers;
        *request.body_mut() = self.body.map(reqwest::Body::from);
        request
    }
}

impl<T> Clone for Request<T> {
    fn clone(&self) -> Self {
        Self {
            operation: self.operation,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            answer: PhantomData,
        }
    }
}

/// Without query, headers and body, which may hold secrets and personal data.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation.id)
            .field(
                "body",
                &self.body.as_ref().map(|body| format!("{} bytes", body.len())),
            )
            .finish_non_exhaustive()
    }
}

/// What a request carries: a value that is encoded, or bytes that are sent as they are.
///
/// Both convert into it, so functions take `&value` or `Bytes`.
#[non_exhaustive]
pub enum Body<'a, T> {
    /// Encoded as JSON.
    Value(&'a T),
    /// Sent byte by byte. Whoever gives them vouches that they are JSON of the documented shape.
    Bytes(Bytes),
}

/// Without what it carries, which may be personal.
impl<T> fmt::Debug for Body<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value(..)",
            Self::Bytes(_) => "Bytes(..)",
        })
    }
}

impl<'a, T> From<&'a T> for Body<'a, T> {
    fn from(value: &'a T) -> Self {
        Self::Value(value)
    }
}

impl<T> From<Bytes> for Body<'_, T> {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

/// Builds one request. Only the generated functions use it.
pub(crate) struct RequestBuilder<'a> {
    api: &'a Api,
    operation: &'static Operation,
    path: Result<Path, RequestError>,
    url: Url,
    body: Option<Bytes>,
}

impl<'a> RequestBuilder<'a> {
    pub(crate) fn new(api: &'a Api, operation: &'static Operation) -> Self {
        Self {
            api,
            operation,
            path: Ok(Path::of(api.path(operation))),
            url: api.base.clone(),
            body: None,
        }
    }

    /// The next argument of the path.
    pub(crate) fn path(mut self, name: &'static str, value: &str) -> Self {
        self.path = self.path.and_then(|path| path.fill(name, value));
        self
    }

    /// A query parameter. One that is absent is not sent.
    pub(crate) fn query<V: QueryValue + ?Sized>(mut self, name: &str, value: &V) -> Self {
        if let Some(text) = value.text() {
            self.url.query_pairs_mut().append_pair(name, &text);
        }
        self
    }

    pub(crate) fn body<'b, V: Serialize + 'b>(mut self, body: impl Into<Body<'b, V>>) -> Self {
        self.body = Some(match body.into() {
            Body::Value(value) => serde_json::to_vec(value)
                .expect("texts, numbers, flags, lists and objects with names that are texts can be JSON")
                .into(),
            Body::Bytes(bytes) => bytes,
        });
        self
    }

    pub(crate) fn build<T>(self) -> Result<Request<T>, RequestError> {
        let mut url = self.url;
        path::append(&mut url, &self.api.base, &self.path?)?;
        Ok(Request::from_parts(self.operation, url, self.body))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::Api;
    use crate::params::EmployeeListParams;
    use crate::types::{OrderRequestEnvelope, TransactionType};

    fn api() -> Api {
        Api::new("https://api.example/mobproc/v1/").unwrap()
    }

    #[test]
    fn parameters_that_are_absent_are_not_sent() {
        let mut params = EmployeeListParams::new(10, 0);
        params.company_employee_id = Some("a b&c");
        params.sort_ascending = Some(true);
        let request = api().employee_list(params).unwrap();
        assert_eq!(
            request.url().as_str(),
            "https://api.example/mobproc/v1/employees?companyEmployeeId=a+b%26c&limit=10&offset=0&sortAscending=true"
        );
        let request = api()
            .acknowledgement_list(&TransactionType::XferServiceIn, "3001")
            .unwrap();
        assert_eq!(
            request.url().query(),
            Some("transactionType=XFER_SERVICE_IN&vendor=3001")
        );
        assert_eq!(api().me_get().unwrap().url().query(), None);
    }

    #[test]
    fn a_body_is_encoded_once_or_sent_as_it_is() {
        let text = r#"{"orderRequest":{"transactionType":"SUSPEND"}}"#;
        let order: OrderRequestEnvelope = serde_json::from_str(text).unwrap();
        let encoded = api().order_create(true, &order).unwrap();
        assert_eq!(encoded.body().unwrap(), text);
        let exact = Bytes::from_static(b" {\"orderRequest\" : 1.10}");
        let sent = api().order_create(false, exact.clone()).unwrap();
        assert_eq!(sent.body(), Some(&exact));
        // Not even copied.
        assert_eq!(sent.body().unwrap().as_ptr(), exact.as_ptr());
        for request in [encoded, sent] {
            assert_eq!(request.headers()["content-type"], "application/json");
            assert_eq!(request.headers()["accept"], "application/json");
        }
        assert!(!api().me_get().unwrap().headers().contains_key("content-type"));
    }

    #[test]
    fn only_a_confirmation_that_says_so_once_may_be_sent_again() {
        let order = Bytes::from_static(b"{}");
        let confirmation = api().order_create(true, order.clone()).unwrap();
        assert!(confirmation.is_safe_to_repeat());
        assert!(!confirmation.param("confirm", "false").is_safe_to_repeat());
        let submit = api().order_create(false, order).unwrap();
        assert!(!submit.is_safe_to_repeat());
        assert!(!submit.param("confirm", "true").is_safe_to_repeat());
    }

    #[test]
    fn the_other_documented_paths_can_be_chosen() {
        let api = api().with_old_approval_path().with_singular_move_path();
        let body = Bytes::from_static(b"{}");
        let approval = api.order_approval_create("8001", body.clone()).unwrap();
        assert_eq!(approval.url().path(), "/mobproc/v1/orders/8001/approve");
        let moved = api.service_asset_move("1001", body).unwrap();
        assert_eq!(moved.url().path(), "/mobproc/v1/assets/service/1001/move");
        assert_eq!(
            api.order_get("8001").unwrap().url().path(),
            "/mobproc/v1/orders/8001"
        );
    }

    #[test]
    fn a_base_url_that_cannot_be_one_is_refused() {
        for (bad, part) in [
            ("", "malformed"),
            ("api.example", "malformed"),
            ("mailto:someone@api.example", "https://"),
            ("ftp://api.example", "https://"),
            ("https://api.example?x=1", "query"),
            ("https://user:hush@api.example", "credentials"),
        ] {
            let error = Api::new(bad).unwrap_err();
            assert!(error.to_string().contains(part), "{bad}: {error}");
            assert_eq!(error.argument(), "the base URL");
        }
    }
}
