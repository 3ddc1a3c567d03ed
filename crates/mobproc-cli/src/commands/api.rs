//! `api`: any call, with credentials, limits and care of the client. Orders are not placed this
//! way.

use mobproc_rollout::WriteKind;
use serde_json::{Map, Value};

use crate::arguments::{ApiCall, Method};
use crate::commands::agree::agree_to_write;
use crate::failure::Failure;
use crate::files;
use crate::output::Column;
use crate::session::{Context, Session};
use crate::writes::{Content, Sent, What, add_repeatable, carry_out, printed};

/// Items of a page that is asked for.
const PAGE: usize = 100;

pub(crate) async fn run(context: &Context, call: &ApiCall) -> Result<(), Failure> {
    if call.path.contains("://") {
        return Err(
            Failure::usage("PATH is below the base URL of the profile, such as /vendors/7").nothing_ordered(),
        );
    }
    match call.method {
        Method::Get => get(context, call).await,
        Method::Post => post(context, call).await,
    }
}

fn fields(call: &ApiCall) -> Result<Vec<(&str, &str)>, Failure> {
    call.fields
        .iter()
        .map(|field| {
            field
                .split_once('=')
                .ok_or_else(|| Failure::usage("-F takes NAME=VALUE"))
        })
        .collect()
}

/// Path and query, with further parameters.
fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut all = url::form_urlencoded::Serializer::new(String::new());
    all.extend_pairs(parameters);
    let query = all.finish();
    let sign = if path.contains('?') { '&' } else { '?' };
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}{sign}{query}")
    }
}

async fn get(context: &Context, call: &ApiCall) -> Result<(), Failure> {
    if call.input.is_some() {
        return Err(Failure::usage("a GET has no body, so it takes no --input"));
    }
    let given = fields(call)?;
    let session = context.session().await?;
    if !call.paginate {
        let answer: Value = session.client.get_raw(&with_query(&call.path, &given)).await?;
        return context.output.one(&answer, &[]);
    }
    let mut list = context.output.list(&[Column::at("id"), Column::at("name")]);
    let mut offset = 0;
    let mut before: Option<Vec<Value>> = None;
    loop {
        let (limit, first) = (PAGE.to_string(), offset.to_string());
        let mut parameters = given.clone();
        parameters.extend([("limit", limit.as_str()), ("offset", first.as_str())]);
        let answer: Value = session
            .client
            .get_raw(&with_query(&call.path, &parameters))
            .await?;
        let items = items_of(answer)?;
        if before.as_ref() == Some(&items) && !items.is_empty() {
            return Err(Failure::failed("the server sends the same page again and again"));
        }
        items.iter().try_for_each(|item| list.add(item))?;
        if items.len() < PAGE {
            return list.finish();
        }
        offset += items.len();
        before = Some(items);
    }
}

/// The list in an answer: at the top, under `items`, or in the only member beside `_meta`.
pub(super) fn items_of(answer: Value) -> Result<Vec<Value>, Failure> {
    let none = || Failure::usage("the answer holds no list, so there are no pages to take");
    match answer {
        Value::Array(items) => Ok(items),
        Value::Object(mut members) => {
            members.remove("_meta");
            if let Some(Value::Array(items)) = members.remove("items") {
                return Ok(items);
            }
            let mut values = members.into_iter().map(|(_, value)| value);
            match (values.next(), values.next()) {
                (Some(only @ (Value::Array(_) | Value::Object(_))), None) => items_of(only),
                _ => Err(none()),
            }
        }
        _ => Err(none()),
    }
}

/// Whether a path is the one where orders are placed, in any spelling.
fn places_orders(session: &Session, path: &str) -> bool {
    let Ok(request) = session.client.api().raw_get(path) as Result<mobproc_api::Request<Value>, _> else {
        return false;
    };
    let decoded = request.url().path().to_ascii_lowercase();
    decoded.trim_end_matches('/').ends_with("/orders")
}

async fn post(context: &Context, call: &ApiCall) -> Result<(), Failure> {
    if call.paginate {
        return Err(Failure::usage("--paginate is for GET").nothing_ordered());
    }
    let body: Value = match &call.input {
        Some(path) => {
            let text = files::read(path)?;
            serde_json::from_str(&text).map_err(|error| {
                Failure::usage(format!("{}: is not valid JSON: {error}", files::shown(path)))
                    .nothing_ordered()
            })?
        }
        None => {
            let given = fields(call)?;
            let members: Map<String, Value> = given
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
                .collect();
            Value::Object(members)
        }
    };
    let session = context.session().await?;
    if places_orders(&session, &call.path) {
        return Err(
            Failure::refused("orders are not placed this way: there would be no price and no yes")
                .nothing_ordered()
                .next("mobproc order place FILE"),
        );
    }
    let path = call.path.split(['?', '#']).next().unwrap_or_default().to_owned();
    agree_to_write(context, &session, call.consent.yes, &format!("POST to {path}?"))?;
    let mut journal = context.journal()?;
    let content = Content::of(&session, What::Raw { path: path.clone() });
    let number = format!("post-{}", path.trim_matches('/').replace('/', "-"));
    let summary = format!("POST {path}");
    let write = add_repeatable(
        &mut journal,
        &session,
        WriteKind::Raw,
        &number,
        &content,
        &summary,
    )?;
    let answer = carry_out(&session, &mut journal, &write, async |_| {
        match session.client.post_raw(&call.path, &body).await {
            Ok(answer) => Sent::Done(answer, None),
            Err(mobproc::WriteError::NotCarriedOut(not)) => Sent::Not(Failure::from(not)),
            Err(mobproc::WriteError::OutcomeUnknown(unknown)) => Sent::Unknown(Failure::from(unknown)),
        }
    })
    .await?;
    printed(context.output.one(&answer, &[]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_added_to_a_query() {
        assert_eq!(with_query("/vendors", &[]), "/vendors");
        assert_eq!(with_query("/vendors", &[("a", "b c")]), "/vendors?a=b+c");
        assert_eq!(with_query("/vendors?x=1", &[("a", "&")]), "/vendors?x=1&a=%26");
    }

    #[test]
    fn a_list_is_found_in_an_answer() {
        assert_eq!(items_of(json!([1])).unwrap(), [json!(1)]);
        assert_eq!(
            items_of(json!({"_meta": {}, "vendors": [1, 2]})).unwrap().len(),
            2
        );
        for no in [json!({"a": [], "b": []}), json!({"a": 1}), json!(1)] {
            assert!(items_of(no).is_err());
        }
    }
}
