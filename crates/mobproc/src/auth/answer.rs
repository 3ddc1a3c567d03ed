//! What token servers answer: read tolerantly where that is harmless, refused by name where not.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::source::{TokenError, problem_of};

/// How long a token is taken to live whose server does not say.
const UNTOLD_LIFETIME: Duration = Duration::from_secs(300);
/// The longest life a server is believed.
const LONGEST_LIFETIME: Duration = Duration::from_secs(365 * 24 * 3600);

/// A token, as the server gave it.
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) lifetime: Duration,
    pub(super) refresh_token: Option<SecretString>,
}

/// The members that matter, whatever they hold. The scope is not among them: servers give it as a
/// text, as a list or not at all, and nothing depends on it.
#[derive(Deserialize)]
struct Members {
    access_token: Option<Value>,
    token_type: Option<Value>,
    expires_in: Option<Value>,
    refresh_token: Option<Value>,
}

/// Reads the answer to a token request. The media type it came with says nothing: servers label
/// good JSON as HTML.
pub(super) fn read(grant: &str, body: &[u8]) -> Result<TokenAnswer, TokenError> {
    let refused = |what: &str| TokenError::new(format!("{grant} got an answer {what}")).useless();
    // What is wrong with it is not repeated: it may be next to a secret.
    let members: Members = serde_json::from_slice(body).map_err(|_| {
        refused(&format!(
            "of {} bytes that is not a JSON object with a token",
            body.len()
        ))
    })?;
    let access_token = match members.access_token {
        Some(Value::String(token)) => token,
        None | Some(Value::Null) => return Err(refused("without `access_token`")),
        Some(_) => return Err(refused("whose `access_token` is not a text")),
    };
    if let Some(problem) = problem_of(&access_token) {
        return Err(refused(&format!("whose `access_token` {problem}")));
    }
    match members.token_type {
        None | Some(Value::Null) => {}
        Some(Value::String(kind)) if kind.trim().eq_ignore_ascii_case("bearer") => {}
        Some(_) => {
            return Err(refused(
                "whose `token_type` is not `Bearer`, the only one the API takes",
            ));
        }
    }
    let lifetime = lifetime(members.expires_in.as_ref())
        .ok_or_else(|| refused("whose `expires_in` is not a number of seconds"))?;
    let refresh_token = match members.refresh_token {
        Some(Value::String(token)) if !token.trim().is_empty() => Some(SecretString::from(token)),
        // Without one the next token comes by password.
        _ => None,
    };
    Ok(TokenAnswer {
        access_token,
        lifetime,
        refresh_token,
    })
}

/// How long a token lives: a number of seconds, or a text that holds one. What is absent, or less
/// than one, says nothing.
fn lifetime(member: Option<&Value>) -> Option<Duration> {
    let text = match member {
        None | Some(Value::Null) => return Some(UNTOLD_LIFETIME),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(_) => return None,
    };
    let seconds: f64 = text.parse().ok().filter(|seconds: &f64| !seconds.is_nan())?;
    if seconds < 1.0 {
        return Some(UNTOLD_LIFETIME);
    }
    Some(Duration::from_secs_f64(
        seconds.min(LONGEST_LIFETIME.as_secs_f64()),
    ))
}

/// The OAuth 2 standard's error. It names a code and a text; neither repeats what was sent.
#[derive(Deserialize)]
pub(super) struct Refusal {
    error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl Refusal {
    /// The error in a body, if it is one of the standard's.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.error)?;
        match &self.error_description {
            Some(description) => write!(f, ": {description}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use secrecy::ExposeSecret as _;

    use super::{LONGEST_LIFETIME, Refusal, UNTOLD_LIFETIME, read};

    fn read_with(members: &str) -> Result<super::TokenAnswer, String> {
        let body = format!(r#"{{"access_token":"abc"{members}}}"#);
        read("the password grant", body.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn refusals_are_read_as_the_standard_has_them() {
        for (body, text) in [
            (r#"{"error":"invalid_grant"}"#, "invalid_grant"),
            (
                r#"{"error":"invalid_grant","error_description":"No such user."}"#,
                "invalid_grant: No such user.",
            ),
        ] {
            assert_eq!(Refusal::read(body.as_bytes()).unwrap().to_string(), text);
        }
        assert!(Refusal::read(b"<html>").is_none());
        assert!(Refusal::read(b"{}").is_none());
    }

    #[test]
    fn a_year_is_the_longest_and_a_second_the_shortest_life() {
        assert_eq!(LONGEST_LIFETIME.as_secs(), 31_536_000);
        let lifetime = |members| read_with(members).ok().unwrap().lifetime;
        assert_eq!(lifetime(r#","expires_in":31536001"#), LONGEST_LIFETIME);
        assert_eq!(lifetime(r#","expires_in":1"#), Duration::from_secs(1));
        assert_eq!(lifetime(r#","expires_in":0.99"#), UNTOLD_LIFETIME);
    }

    #[test]
    fn lifetimes_of_all_kinds_are_read() {
        for (members, lifetime) in [
            ("", UNTOLD_LIFETIME),
            (r#","expires_in":null"#, UNTOLD_LIFETIME),
            (r#","expires_in":7199"#, Duration::from_secs(7199)),
            (r#","expires_in":"7199""#, Duration::from_secs(7199)),
            (r#","expires_in":7199.5"#, Duration::from_millis(7_199_500)),
            (r#","expires_in":0"#, UNTOLD_LIFETIME),
            (r#","expires_in":-1"#, UNTOLD_LIFETIME),
            (r#","expires_in":1e300"#, LONGEST_LIFETIME),
            (r#","expires_in":99999999999999999999"#, LONGEST_LIFETIME),
        ] {
            assert_eq!(read_with(members).ok().unwrap().lifetime, lifetime, "{members}");
        }
        for members in [
            r#","expires_in":"soon""#,
            r#","expires_in":"NaN""#,
            r#","expires_in":"""#,
            r#","expires_in":[1]"#,
            r#","expires_in":true"#,
        ] {
            let message = read_with(members).err().unwrap();
            assert!(message.contains("`expires_in`"), "{message}");
        }
    }

    #[test]
    fn only_bearer_tokens_are_taken() {
        for members in [
            "",
            r#","token_type":"Bearer""#,
            r#","token_type":"bearer""#,
            r#","token_type":"BEARER""#,
            r#","token_type":null"#,
            r#","scope":["MOBPROC"]"#,
            r#","scope":"MOBPROC""#,
        ] {
            assert!(read_with(members).is_ok(), "{members}");
        }
        for members in [
            r#","token_type":"mac""#,
            r#","token_type":"""#,
            r#","token_type":7"#,
        ] {
            let message = read_with(members).err().unwrap();
            assert!(message.contains("`token_type`"), "{message}");
        }
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_named_and_not_repeated() {
        for body in [
            "{}",
            r#"{"access_token":null}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":""}"#,
            r#"{"access_token":"  "}"#,
            r#"{"access_token":"hush\n"}"#,
            r#"{"access_token":"hush hush"}"#,
            r#"{"access_token":"hüsh"}"#,
        ] {
            let message = read("the refresh grant", body.as_bytes())
                .err()
                .unwrap()
                .to_string();
            assert!(
                message.starts_with("the refresh grant got an answer"),
                "{message}"
            );
            assert!(message.contains("`access_token`"), "{message}");
            assert!(
                !message.contains("sh\\") && !message.contains("hush"),
                "{message}"
            );
        }
        for body in [
            "",
            "[]",
            "\"hush\"",
            "<html>hush</html>",
            r#"{"access_token":"hush""#,
        ] {
            let message = read("the password grant", body.as_bytes())
                .err()
                .unwrap()
                .to_string();
            assert!(
                message.contains("not a JSON object") && !message.contains("hush"),
                "{message}"
            );
        }
    }

    #[test]
    fn an_empty_refresh_token_is_none() {
        for (members, refresh) in [
            (r#","refresh_token":"r""#, Some("r")),
            (r#","refresh_token":" ""#, None),
            (r#","refresh_token":null"#, None),
            (r#","refresh_token":7"#, None),
        ] {
            let answer = read_with(members).ok().unwrap();
            let token = answer.refresh_token.as_ref().map(|token| token.expose_secret());
            assert_eq!(token, refresh, "{members}");
        }
    }
}
