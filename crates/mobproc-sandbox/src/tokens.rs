//! The token server: password and refresh grants, expiry, and looking into a token.

use std::collections::HashMap;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use chrono::{DateTime, Utc};
use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::clock::after;
use crate::request::parse_query;
use crate::seed::TenantFacts;

const SCOPE: &str = "MOBPROC";
const VALIDATE: &str = "urn:pingidentity.com:oauth2:grant_type:validate_bearer";

/// How many refresh tokens that nobody used stay valid at least.
const KEPT_REFRESH: u64 = 10_000;

/// The tokens given out.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    lifetime: Duration,
    access: HashMap<String, DateTime<Utc>>,
    /// Each with its number.
    refresh: HashMap<String, u64>,
    issued: u64,
    /// How many access tokens there may be before those that have expired are looked for.
    prune_at: usize,
}

/// What is documented for grants and for looking into a token.
const PARAMETERS: [&str; 8] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "username",
    "password",
    "refresh_token",
    "token",
];

/// What the token server was asked: parameters of query and form body alike.
pub(crate) struct TokenRequest {
    parameters: Vec<(String, String)>,
    violations: Vec<String>,
}

impl TokenRequest {
    /// The documentation shows the parameters in the query, the standard wants them in a form body.
    pub(crate) fn read(query: &str, headers: &HeaderMap, body: &[u8]) -> Self {
        let mut parameters = parse_query(query);
        let is_form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let mut violations = Vec::new();
        if is_form {
            let form = serde_urlencoded::from_bytes::<Vec<(String, String)>>(body);
            parameters.extend(form.unwrap_or_default());
        } else if !body.is_empty() {
            violations.push(
                "The body is not sent as application/x-www-form-urlencoded, so nobody reads it.".to_owned(),
            );
        }
        for (name, _) in &parameters {
            if !PARAMETERS.contains(&name.as_str()) {
                violations.push(format!("The parameter {name} is not documented."));
            }
        }
        Self {
            parameters,
            violations,
        }
    }

    /// What is not as documented.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.violations.clone()
    }

    pub(crate) fn client_id(&self) -> &str {
        self.get("client_id")
    }

    fn get(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value)
    }
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Answer {
    Answer {
        status,
        body: json!({ "error": error, "error_description": description }),
    }
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            access: HashMap::new(),
            refresh: HashMap::new(),
            issued: 0,
            prune_at: 1_000,
        }
    }

    /// Forgets access tokens that have expired, and the oldest of many refresh tokens. What that
    /// costs is little for each token, because it happens the less often the more there are.
    fn prune(&mut self, now: DateTime<Utc>) {
        if self.access.len() >= self.prune_at {
            self.access.retain(|_, expiry| *expiry > now);
            self.prune_at = (self.access.len() * 2).max(1_000);
        }
        if u64::try_from(self.refresh.len()).is_ok_and(|all| all >= 2 * KEPT_REFRESH) {
            let oldest = self.issued.saturating_sub(KEPT_REFRESH);
            self.refresh.retain(|_, number| *number >= oldest);
        }
    }

    /// Goes on at another time: what was valid stays so for as long as it would have been.
    pub(crate) fn move_to(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) {
        for expiry in self.access.values_mut() {
            let left = expiry.signed_duration_since(from).to_std().unwrap_or_default();
            *expiry = after(to, left);
        }
    }

    pub(crate) fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// How many tokens were given out.
    pub(crate) fn issued(&self) -> u64 {
        self.issued
    }

    pub(crate) fn is_valid(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.access.get(token).is_some_and(|expiry| *expiry > now)
    }

    /// Lets every access token expire at once.
    pub(crate) fn expire_all(&mut self) {
        self.access.clear();
    }

    /// Forgets every refresh token.
    pub(crate) fn revoke_all(&mut self) {
        self.access.clear();
        self.refresh.clear();
    }

    /// A token for people who did not ask for one over HTTP.
    pub(crate) fn issue(&mut self, now: DateTime<Utc>) -> (String, String) {
        let mut random = rand::rng();
        let access = Alphanumeric.sample_string(&mut random, 28);
        let refresh = Alphanumeric.sample_string(&mut random, 42);
        self.prune(now);
        self.access.insert(access.clone(), after(now, self.lifetime));
        self.refresh.insert(refresh.clone(), self.issued);
        self.issued += 1;
        (access, refresh)
    }

    /// Trades credentials or a refresh token for an access token.
    pub(crate) fn grant(
        &mut self,
        facts: &TenantFacts,
        request: &TokenRequest,
        now: DateTime<Utc>,
    ) -> Answer {
        if let Some(refusal) = refuse_client(facts, request) {
            return refusal;
        }
        match request.get("grant_type") {
            "password" => {
                if request.get("username") != facts.username || request.get("password") != facts.password {
                    let system =
                        |name: &str| name.split_once("://").map_or("", |(system, _)| system).to_owned();
                    let (own, other) = (system(&facts.username), system(request.get("username")));
                    let why = if own == other {
                        "unknown username or password".to_owned()
                    } else {
                        format!(
                            "unknown username or password; user names of this source system begin with {own}://"
                        )
                    };
                    return refuse(StatusCode::BAD_REQUEST, "invalid_grant", &why);
                }
            }
            "refresh_token" => {
                // Each refresh token works once: the answer brings the next.
                if self.refresh.remove(request.get("refresh_token")).is_none() {
                    return refuse(
                        StatusCode::BAD_REQUEST,
                        "invalid_grant",
                        "unknown, used or revoked refresh token",
                    );
                }
            }
            "" => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    "grant_type is missing",
                );
            }
            _ => {
                return refuse(
                    StatusCode::BAD_REQUEST,
                    "unsupported_grant_type",
                    "password or refresh_token",
                );
            }
        }
        // The standard takes an absent scope for the default one.
        if !matches!(request.get("scope"), SCOPE | "") {
            return refuse(StatusCode::BAD_REQUEST, "invalid_scope", "the scope is MOBPROC");
        }
        let (access, refresh) = self.issue(now);
        Answer::ok(json!({
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
            "refresh_token": refresh,
            "access_token": access,
        }))
    }

    /// Tells who a token belongs to.
    pub(crate) fn validate(&self, facts: &TenantFacts, request: &TokenRequest, now: DateTime<Utc>) -> Answer {
        if let Some(refusal) = refuse_client(facts, request) {
            return refusal;
        }
        if request.get("grant_type") != VALIDATE {
            return refuse(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "a GET only validates",
            );
        }
        let expiry = self
            .access
            .get(request.get("token"))
            .filter(|expiry| **expiry > now);
        let Some(expiry) = expiry else {
            return refuse(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "token not found, expired or invalid",
            );
        };
        Answer::ok(json!({
            "scope": SCOPE,
            "expires_in": (*expiry - now).num_seconds(),
            "client_id": facts.client_id,
            "access_token": identity(facts),
        }))
    }
}

fn identity(facts: &TenantFacts) -> Value {
    let identifier = facts.username.split("://").last().unwrap_or_default();
    json!({
        "platform": facts.platform,
        "tenant": facts.code,
        // A string, as published.
        "multitenant": "false",
        "domain": "*",
        "identityProvider": "sandbox",
        "identifier": identifier,
    })
}

fn refuse_client(facts: &TenantFacts, request: &TokenRequest) -> Option<Answer> {
    let known =
        request.get("client_id") == facts.client_id && request.get("client_secret") == facts.client_secret;
    (!known).then(|| {
        refuse(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "unknown client_id or client_secret",
        )
    })
}
