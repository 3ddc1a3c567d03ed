//! Why no connection could be made, where trying again is no help.

use std::error::Error as StdError;

/// A reason that does not pass by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definite {
    /// The server's certificate was not accepted.
    Certificate,
    /// The proxy wants credentials, or others (407).
    Proxy,
}

impl Definite {
    /// The reason behind an error of the HTTP library, if it is one of these. The library tells
    /// them by text only.
    pub(crate) fn of(error: &reqwest::Error) -> Option<Self> {
        if !error.is_connect() {
            return None;
        }
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let text = deeper.to_string().to_ascii_lowercase();
            if text.contains("proxy authorization required") {
                return Some(Self::Proxy);
            }
            if text.contains("certificate") {
                return Some(Self::Certificate);
            }
            // An error of input and output shows what is in it, and not as its source.
            cause = match deeper
                .downcast_ref::<std::io::Error>()
                .and_then(|error| error.get_ref())
            {
                Some(inner) => Some(inner),
                None => deeper.source(),
            };
        }
        None
    }

    /// What happened.
    pub(crate) const fn what(self) -> &'static str {
        match self {
            Self::Certificate => "the server's certificate was not accepted",
            Self::Proxy => "the proxy refused the connection for want of credentials (407)",
        }
    }

    /// What to do.
    pub(crate) const fn advice(self) -> &'static str {
        match self {
            Self::Certificate => {
                "Nothing was sent. If the certificate is one of your company's own, as behind a gateway that looks into \
                 traffic, name its authority with `root_certificate`; else check the address"
            }
            Self::Proxy => {
                "Nothing was sent; check the address of the proxy and the credentials in it (`proxy`)"
            }
        }
    }
}
