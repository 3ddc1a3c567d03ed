//! The API explorer: Swagger UI, served from what its crate carries, on our document. Nothing is
//! loaded from elsewhere.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::routing::get;
use serde_json::Value;

use super::response::{html_page, json_response, response};
use crate::answer::Answer;

/// What our own page needs of Swagger UI's files.
const SCRIPT: &str = "swagger-ui-bundle.js";
const STYLE: &str = "swagger-ui.css";
/// Our own script.
const START: &str = "start.js";

pub(crate) fn router() -> Router {
    Router::new()
        .route("/explorer", get(page))
        .route("/explorer/{file}", get(file))
        .route("/sandbox/openapi.json", get(document))
}

async fn page() -> Response<Body> {
    html_page(include_str!("explorer.html"))
}

async fn file(Path(name): Path<String>) -> Response<Body> {
    if name == START {
        let script = Body::from(include_str!("explorer.js"));
        return response(StatusCode::OK, "text/javascript; charset=utf-8", script);
    }
    let kind = match name.as_str() {
        SCRIPT => HeaderValue::from_static("text/javascript; charset=utf-8"),
        STYLE => HeaderValue::from_static("text/css; charset=utf-8"),
        _ => return not_found(),
    };
    let config = Arc::new(utoipa_swagger_ui::Config::from(""));
    match utoipa_swagger_ui::serve(&name, config) {
        Ok(Some(found)) => {
            let mut response = Response::new(Body::from(found.bytes.into_owned()));
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            response
        }
        _ => not_found(),
    }
}

fn not_found() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// The document with this server in place of the real ones, so that nothing tried out leaves the
/// machine.
async fn document(headers: HeaderMap) -> Response<Body> {
    let mut document: Value = serde_json::from_str(mobproc_api::document())
        .expect("the document is written by `cargo xtask regen` as JSON");
    // Programs other than browsers need whole addresses: this server as whoever asks calls it.
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| host.parse::<Authority>().is_ok());
    let origin = host.map(|host| format!("http://{host}")).unwrap_or_default();
    move_here(&mut document, &origin);
    leave_out_what_may_be_left_out(&mut document);
    json_response(&Answer::ok(document))
}

/// Takes the examples off parameters that need not be sent: the explorer would fill them in, and
/// ask for a list with every filter there is. That an order is only to be confirmed stays filled
/// in.
fn leave_out_what_may_be_left_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let is_parameter = members.contains_key("in") && members.contains_key("name");
            let is_kept = members.get("required") == Some(&Value::Bool(true))
                || members.get("name").is_some_and(|name| name == "confirm");
            if is_parameter && !is_kept {
                members.remove("example");
            }
            members.values_mut().for_each(leave_out_what_may_be_left_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_what_may_be_left_out),
        _ => {}
    }
}

/// Puts this server in place of every other, with the paths left as they are.
fn move_here(value: &mut Value, origin: &str) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), &mut *member) {
                    ("tokenUrl" | "refreshUrl", Value::String(url)) => {
                        *url = format!("{origin}{}", path_of(url));
                    }
                    ("servers", Value::Array(servers)) => {
                        servers.truncate(1);
                        for server in servers {
                            if let Some(Value::String(url)) = server.get_mut("url") {
                                *url = server_at(origin, url);
                            }
                            if let Some(Value::String(description)) = server.get_mut("description") {
                                "This sandbox.".clone_into(description);
                            }
                        }
                    }
                    _ => move_here(member, origin),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_here(item, origin)),
        _ => {}
    }
}

/// A server of this sandbox with the path of another. Without a slash at the end, because paths are
/// put straight behind it.
fn server_at(origin: &str, url: &str) -> String {
    let moved = format!("{origin}{}", path_of(url));
    match moved.trim_end_matches('/') {
        "" => "/".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// The path of an address. What is no address becomes the root: better that a call fails than that
/// it leaves.
fn path_of(url: &str) -> String {
    url.parse::<Uri>()
        .map_or_else(|_| "/".to_owned(), |uri| uri.path().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_real_server_is_left_in_the_document() {
        // Generators put a path straight behind a server's address, which therefore ends without a
        // slash.
        for (origin, tokens) in [("http://127.0.0.1:4010", "http://127.0.0.1:4010"), ("", "/")] {
            let mut document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
            move_here(&mut document, origin);
            assert_eq!(
                document.pointer("/servers"),
                Some(&json!([{ "url": format!("{origin}/mobproc/v1"), "description": "This sandbox." }]))
            );
            assert_eq!(
                document.pointer("/components/securitySchemes/accessToken/flows/password/tokenUrl"),
                Some(&json!(format!("{origin}/as/token.oauth2")))
            );
            assert_eq!(
                document.pointer("/paths/~1as~1token.oauth2/servers/0/url"),
                Some(&json!(tokens))
            );
        }
    }

    #[test]
    fn only_what_has_to_be_sent_is_filled_in_and_that_an_order_is_confirmed() {
        let mut document: Value = serde_json::from_str(mobproc_api::document()).unwrap();
        leave_out_what_may_be_left_out(&mut document);
        let parameters = document
            .pointer("/paths/~1orders/post/parameters")
            .and_then(Value::as_array)
            .unwrap();
        assert_eq!(parameters.len(), 1);
        assert_eq!(
            parameters.first().and_then(|confirm| confirm.get("example")),
            Some(&json!(true))
        );
        let text = document.to_string();
        assert!(!text.contains("rollout-2030-02"));
        assert!(text.contains(r#""example":"8801101""#));
    }
}
