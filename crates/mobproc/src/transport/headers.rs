//! The names of the headers the API knows. They stand nowhere else.

use http::{HeaderName, HeaderValue};

use crate::error::Error;

/// Code of the customer account.
pub(crate) const TENANT: HeaderName = HeaderName::from_static("x-tngo-tenant");
/// Id of the client application. Literally this name; some proxies drop headers with an underscore.
pub(crate) const CLIENT_ID: HeaderName = HeaderName::from_static("client_id");
/// The call is made as this employee, by Tangoe id.
pub(crate) const EMPLOYEE: HeaderName = HeaderName::from_static("x-tngo-context-employeeid");
/// The call is made as this employee, by the company's own id.
pub(crate) const COMPANY_EMPLOYEE: HeaderName = HeaderName::from_static("x-tngo-context-companyemployeeid");
/// Organisational hierarchy.
pub(crate) const HIERARCHY: HeaderName = HeaderName::from_static("x-tngo-context-hierarchyid");
/// Shared by related calls, for troubleshooting.
pub(crate) const ACTIVITY: HeaderName = HeaderName::from_static("x-tngo-context-activityid");
/// Unique to a call, for troubleshooting.
pub(crate) const CORRELATION: HeaderName = HeaderName::from_static("x-tngo-context-correlationid");

/// A header value, or an error that names the setting it came from (and not what it holds).
pub(crate) fn value(setting: &str, text: &str) -> Result<HeaderValue, Error> {
    if text.chars().all(char::is_whitespace) {
        return Err(Error::configuration(format!("{setting} is empty")));
    }
    let refused = || {
        Error::configuration(format!(
            "{setting} cannot stand in an HTTP header: only visible ASCII characters and spaces can"
        ))
    };
    // The library would send the rest as UTF-8, which servers read as another text.
    if !text.is_ascii() {
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

/// The headers that say who asks.
pub(crate) static IDENTITY: [HeaderName; 7] = [
    TENANT,
    CLIENT_ID,
    EMPLOYEE,
    COMPANY_EMPLOYEE,
    HIERARCHY,
    ACTIVITY,
    CORRELATION,
];

/// Whether a header is one that the client sets itself, so that nobody else may.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    use http::header;

    IDENTITY.contains(name)
        || [
            header::AUTHORIZATION,
            header::ACCEPT,
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::HOST,
            header::CONNECTION,
            header::EXPECT,
        ]
        .contains(name)
}
