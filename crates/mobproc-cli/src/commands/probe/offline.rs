//! What has to hold before anything is asked: names, connection, proxy, token, clock.

use std::env;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mobproc_har::Entry;
use serde::Serialize;
use tokio::net::{TcpStream, lookup_host};
use url::Url;

use crate::session::{Environment, Session};

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than that between the clocks, and tokens and dates are in doubt.
const SKEW: i64 = 60;

/// What one look showed.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) what: &'static str,
    pub(super) good: bool,
    pub(super) told: String,
}

fn check(what: &'static str, good: bool, told: impl Into<String>) -> Check {
    Check {
        what,
        good,
        told: told.into(),
    }
}

/// Looks at everything that needs no call of the API.
pub(super) async fn look(session: &Session) -> Vec<Check> {
    let mut checks = Vec::new();
    let proxies: Vec<&str> = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .into_iter()
        .filter(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
        .collect();
    let is_proxied = !proxies.is_empty();
    checks.push(check(
        "proxy",
        true,
        if is_proxied {
            format!(
                "{} is set; names and connections are the proxy's",
                proxies.join(", ")
            )
        } else {
            "none".to_owned()
        },
    ));
    if session.environment != Environment::Sandbox && !is_proxied {
        let url = session.client.api().base_url();
        checks.extend(connection(url).await);
    }
    checks.push(match session.client.token_time_left().await {
        Ok(Some(left)) => check(
            "token",
            true,
            format!("a token came; it lives {} s more", left.as_secs()),
        ),
        Ok(None) => check("token", true, "a token is there; nobody said how long it lives"),
        Err(error) => check("token", false, error.to_string()),
    });
    checks
}

async fn connection(url: &Url) -> Vec<Check> {
    let Some(host) = url.host_str() else {
        return vec![check("name", false, "the base URL has no host")];
    };
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses: Vec<_> = match lookup_host((host, port)).await {
        Ok(addresses) => addresses.collect(),
        Err(error) => return vec![check("name", false, format!("the host is not found: {error}"))],
    };
    let mut checks = vec![check("name", true, format!("{} addresses", addresses.len()))];
    let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(addresses.as_slice())).await;
    checks.push(match connected {
        Ok(Ok(_)) => check("connection", true, "the port answers"),
        Ok(Err(error)) => check("connection", false, error.to_string()),
        Err(_) => check("connection", false, "nothing answers within ten seconds"),
    });
    checks
}

/// What the first answer says: TLS and the clock.
pub(super) fn afterwards(entries: &[Entry]) -> Vec<Check> {
    let mut checks = Vec::new();
    let Some(first) = entries.iter().find(|entry| entry.response.status != 0) else {
        return vec![check("answer", false, "nothing was answered")];
    };
    let is_tls = first.request.url.starts_with("https:");
    let told = if is_tls {
        "the certificate is accepted"
    } else {
        "not used: http"
    };
    checks.push(check("TLS", true, told));
    let date = first.response.header("date");
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let skew = date
        .zip(first.began())
        .map(|(date, began)| (date.to_utc() - began).num_seconds());
    checks.push(match skew {
        Some(skew) if skew.abs() <= SKEW => check("clock", true, format!("{skew} s apart from the server's")),
        Some(skew) => check("clock", false, format!("{skew} s apart from the server's")),
        None => check("clock", true, "the server does not say its time"),
    });
    checks
}

/// When it was looked.
pub(super) fn now() -> String {
    Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
