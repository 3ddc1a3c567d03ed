//! What was found out, from what was sent and answered alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use mobproc::Capabilities;
use mobproc_conform::{Difference, Drift};
use mobproc_har::document::{Described, below_version};
use mobproc_har::{Document, Entry};
use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::call::body;
use super::walk::{FIRST_LOOK, LAST_LOOK, NOBODY};
use crate::commands::api::items_of;

/// What was found out about a tenant.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answers {
    /// Whether each operation that only reads is there.
    pub(super) operations: BTreeMap<String, &'static str>,
    pub(super) pages: BTreeMap<String, Paging>,
    /// Whether parameters that are guesses do something.
    pub(super) parameters: BTreeMap<String, &'static str>,
    /// Values that no documentation has, by where they stand.
    pub(super) new_values: BTreeMap<String, BTreeSet<String>>,
    /// Headers about limits of the rate, with the last value.
    pub(super) limit_headers: BTreeMap<String, String>,
    /// What errors look like: status, and the names of their members.
    pub(super) errors: BTreeSet<String>,
    /// Paths that are published in two spellings.
    pub(super) spellings: BTreeMap<String, String>,
    /// How late lists are.
    pub(super) lateness: String,
    /// What `ping` says of the backend.
    pub(super) backend: Option<String>,
}

/// How a list pages.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    /// The most items a page had, where more were asked for and more are there.
    pub(super) page_cap: Option<u32>,
    /// What an offset in the middle of a page means.
    pub(super) offset: &'static str,
    pub(super) total: Option<u64>,
}

/// A read that was answered.
struct Seen<'a> {
    operation: Option<&'a Described>,
    path: String,
    query: BTreeMap<String, String>,
    entry: &'a Entry,
    body: Option<Value>,
}

impl Seen<'_> {
    fn is_good(&self) -> bool {
        (200..300).contains(&self.entry.response.status)
    }

    fn items(&self) -> Vec<Value> {
        self.body
            .clone()
            .and_then(|body| items_of(body).ok())
            .unwrap_or_default()
    }

    fn ids(&self) -> Vec<String> {
        let items = self.items();
        let ids = items.iter().map(|item| {
            let item = item.get("order").unwrap_or(item);
            let id = item.get("id").or_else(|| item.get("orderId"));
            id.map_or_else(String::new, ToString::to_string)
        });
        ids.collect()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.query.get(name)?.parse().ok()
    }

    /// Whether it was asked with these parameters and no others.
    fn is_asked_with(&self, names: &[&str]) -> bool {
        self.query.len() == names.len() && names.iter().all(|name| self.query.contains_key(*name))
    }

    fn meta(&self, name: &str) -> Option<u64> {
        let body = self.body.as_ref()?;
        let members = body.as_object()?;
        let wrapped = members.values().find_map(|member| member.get("_meta"));
        body.get("_meta").or(wrapped)?.get(name)?.as_u64()
    }
}

impl Answers {
    pub(super) fn of(entries: &[Entry], document: &Document, drift: &Drift) -> Self {
        let seen: Vec<Seen<'_>> = entries
            .iter()
            .filter(|entry| entry.request.method == "GET" && entry.response.status != 0)
            .filter_map(|entry| {
                let url = Url::parse(&entry.request.url).ok()?;
                Some(Seen {
                    operation: document.recognise("GET", &url).map(|known| known.operation),
                    path: below_version(url.path()).unwrap_or(url.path()).to_owned(),
                    query: url.query_pairs().into_owned().collect(),
                    body: body(entry),
                    entry,
                })
            })
            .collect();
        let mut answers = Self {
            lateness: lateness(&seen),
            ..Self::default()
        };
        for operation in document.operations() {
            let of: Vec<&Seen<'_>> = seen
                .iter()
                .filter(|seen| seen.operation.is_some_and(|known| known.id == operation.id))
                .collect();
            if operation.method == "GET" && !operation.path.starts_with("/as/") {
                answers
                    .operations
                    .insert(operation.id.clone(), existence(operation, &of));
            }
            if operation.parameters.iter().any(|known| known.name == "limit")
                && let Some(paging) = paging(&of)
            {
                answers.pages.insert(operation.id.clone(), paging);
            }
            answers.look_at_parameters(operation, &of);
        }
        answers.look_at_errors(&seen);
        answers.look_at_spellings(&seen);
        for seen in &seen {
            for pair in &seen.entry.response.headers {
                let name = pair.name.to_ascii_lowercase();
                let is_number =
                    !pair.value.is_empty() && pair.value.bytes().all(|byte| byte.is_ascii_digit());
                let is_limit = ["ratelimit", "rate-limit", "quota", "retry-after"]
                    .iter()
                    .any(|part| name.contains(part));
                if is_limit && is_number {
                    answers.limit_headers.insert(name, pair.value.clone());
                }
            }
        }
        for finding in &drift.findings {
            if finding.difference == Difference::UnknownValue {
                let place = finding.place.rsplit('/').next().unwrap_or_default().to_owned();
                answers
                    .new_values
                    .entry(place)
                    .or_default()
                    .insert(finding.what.clone());
            }
        }
        let ping = seen.iter().find(|seen| seen.path == "/ping" && seen.is_good());
        answers.backend = ping
            .and_then(|ping| ping.body.as_ref()?.get("backend")?.as_str())
            .filter(|backend| {
                backend
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            })
            .map(str::to_owned);
        answers
    }

    fn look_at_parameters(&mut self, operation: &Described, of: &[&Seen<'_>]) {
        let mut say = |name: &str, what: &'static str| {
            self.parameters.insert(format!("{} {name}", operation.id), what);
        };
        let with = |name: &str| of.iter().find(|seen| seen.query.contains_key(name)).copied();
        if let Some(seen) = with("externalOrderNumber") {
            let wanted = seen.query.get("externalOrderNumber");
            let items = seen.items();
            let fits = |item: &Value| {
                let item = item.get("order").unwrap_or(item);
                item.get("externalOrderNumber").and_then(Value::as_str) == wanted.map(String::as_str)
            };
            say(
                "externalOrderNumber",
                match (seen.is_good(), items.is_empty()) {
                    (false, _) => "refused",
                    (true, true) => "finds nothing",
                    (true, false) if items.iter().all(fits) => "works, or there is nothing else to be seen",
                    (true, false) => "ignored",
                },
            );
        }
        if let Some(seen) = with("dateTimeUpdated") {
            say(
                "dateTimeUpdated",
                match (seen.is_good(), seen.items().is_empty()) {
                    (false, _) => "refused",
                    (true, true) => "works",
                    (true, false) => "ignored",
                },
            );
        }
        let sorted = |ascending: &str| {
            of.iter().find(|seen| {
                seen.query
                    .get("sortAscending")
                    .is_some_and(|value| value == ascending)
            })
        };
        if let (Some(up), Some(down)) = (sorted("true"), sorted("false")) {
            let is_refused = !up.is_good() || !down.is_good();
            let few = up.ids().len() < 2;
            say(
                "sortAscending",
                match (is_refused, few, up.ids() == down.ids()) {
                    (true, ..) => "refused",
                    (_, true, _) => "too few items to tell",
                    (_, _, true) => "ignored",
                    (_, _, false) => "works",
                },
            );
        }
        if let Some(seen) = with("sort") {
            say("sort", if seen.is_good() { "not refused" } else { "refused" });
        }
    }

    fn look_at_errors(&mut self, seen: &[Seen<'_>]) {
        for seen in seen.iter().filter(|seen| seen.entry.response.status >= 400) {
            let status = seen.entry.response.status;
            let shape = match &seen.body {
                Some(Value::Object(members)) => {
                    let names: Vec<&str> = members.keys().map(String::as_str).collect();
                    names.join(", ")
                }
                Some(_) => "JSON that is no object".to_owned(),
                None => "no JSON".to_owned(),
            };
            self.errors.insert(format!("{status}: {shape}"));
        }
    }

    fn look_at_spellings(&mut self, seen: &[Seen<'_>]) {
        for seen in seen {
            let parts: Vec<&str> = seen.path.split('/').filter(|part| !part.is_empty()).collect();
            let shown = match parts.as_slice() {
                ["assets", "service"] => "/assets/service",
                ["asset", "devices", _] => "/asset/devices/{id}",
                ["orders", _, "approval"] => "/orders/{id}/approval (read)",
                ["orders", _, "approve"] => "/orders/{id}/approve (read)",
                _ => continue,
            };
            let status = seen.entry.response.status;
            let meaning = match status {
                404 => "is not there",
                405 => "is there, for other methods",
                200..300 => "is there",
                _ => "is not clear",
            };
            self.spellings
                .insert(shown.to_owned(), format!("{status}: {meaning}"));
        }
    }

    /// What the client can make use of.
    pub(super) fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.page_cap = self.pages.values().filter_map(|paging| paging.page_cap).min();
        capabilities.backend.clone_from(&self.backend);
        let rules: BTreeSet<&str> = self
            .pages
            .values()
            .map(|paging| paging.offset)
            .filter(|rule| *rule != "not known")
            .collect();
        capabilities.offset = match rules.into_iter().collect::<Vec<_>>().as_slice() {
            [one] => Some((*one).to_owned()),
            _ => None,
        };
        // Only there for writes, and the other one is not there at all.
        let spelled = |path: &str, status: &str| {
            let told = self.spellings.get(path);
            told.is_some_and(|told| told.starts_with(status))
        };
        capabilities.old_approval_path =
            spelled("/orders/{id}/approve (read)", "405") && spelled("/orders/{id}/approval (read)", "404");
        let missing = self
            .operations
            .iter()
            .filter(|(_, state)| **state == "is not there");
        capabilities.missing = missing.map(|(operation, _)| operation.clone()).collect();
        capabilities
    }
}

fn existence(operation: &Described, of: &[&Seen<'_>]) -> &'static str {
    if of.iter().any(|seen| seen.is_good()) {
        "is there"
    } else if of.iter().all(|seen| seen.path.contains(NOBODY)) {
        "was not asked, for want of an id"
    } else if of
        .iter()
        .any(|seen| matches!(seen.entry.response.status, 401 | 403))
    {
        "is not allowed"
    } else if operation.path.contains('{') {
        "answers no id that was tried"
    } else if of
        .iter()
        .all(|seen| matches!(seen.entry.response.status, 404 | 405))
    {
        "is not there"
    } else {
        "answers errors only"
    }
}

fn paging(of: &[&Seen<'_>]) -> Option<Paging> {
    let pages: Vec<&&Seen<'_>> = of
        .iter()
        .filter(|seen| seen.is_good() && seen.is_asked_with(&["limit", "offset"]))
        .collect();
    let page = |limit: u64, offset: u64| {
        pages
            .iter()
            .find(|seen| seen.number("limit") == Some(limit) && seen.number("offset") == Some(offset))
    };
    let total = pages.iter().find_map(|page| page.meta("totalCount"));
    let cap = pages
        .iter()
        .filter_map(|page| {
            let asked = page.number("limit")?;
            let came = u64::try_from(page.items().len()).ok()?;
            let has_more = total.is_some_and(|total| total > came + page.number("offset").unwrap_or(0));
            (came > 0 && came < asked && has_more).then_some(came)
        })
        .max();
    let offset = match (page(2, 0), page(2, 1)) {
        (Some(first), Some(middle)) if first.ids().len() == 2 && !middle.ids().is_empty() => {
            let (first, middle) = (first.ids(), middle.ids());
            if first == middle && page(2, 2).is_some_and(|second| second.ids() == first) {
                "ignored"
            } else if first == middle {
                "page-of-index"
            } else if first.get(1) == middle.first() {
                "exact"
            } else {
                "not known"
            }
        }
        _ => "not known",
    };
    (!pages.is_empty()).then(|| Paging {
        page_cap: cap.and_then(|cap| u32::try_from(cap).ok()),
        offset,
        total,
    })
}

/// Whether an order that others placed before the first look was missing in it.
fn lateness(seen: &[Seen<'_>]) -> String {
    let look = |limit: u32| {
        seen.iter().find(|seen| {
            seen.path == "/orders" && seen.number("limit") == Some(limit.into()) && seen.is_good()
        })
    };
    let (Some(first), Some(last)) = (look(FIRST_LOOK), look(LAST_LOOK)) else {
        return "the list of orders was not looked at twice".to_owned();
    };
    let known = first.ids();
    let Some(at) = first.entry.began() else {
        return "the time of the first look is not known".to_owned();
    };
    let items = last.items();
    let late: Vec<i64> = items
        .iter()
        .zip(last.ids())
        .filter(|(_, id)| !known.contains(id))
        .filter_map(|(item, _)| {
            let item = item.get("order").unwrap_or(item);
            let submitted: DateTime<Utc> = item.get("dateSubmitted")?.as_str()?.parse().ok()?;
            Some((at - submitted).num_seconds()).filter(|late| *late > 0)
        })
        .collect();
    match late.iter().max() {
        Some(most) => format!(
            "{} orders were placed before the first look and came into the list only later, the latest after more than \
             {most} seconds",
            late.len()
        ),
        None if items.len() > known.len() && !known.is_empty() => {
            "orders came in between, and none of them was late".to_owned()
        }
        None => "no order came in between that would tell".to_owned(),
    }
}
