//! What is asked: every operation that only reads, as the document has them, and what it only
//! guesses.

use std::collections::{BTreeMap, BTreeSet};

use mobproc_har::Document;
use mobproc_har::document::{Described, below_version};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use super::call::{Caller, body};
use crate::commands::api::items_of;
use crate::failure::Failure;

/// How many links to the same operation are followed.
const LINKS: usize = 2;
/// A size no list is likely to have by itself, and one that is likely to be too much.
const ODD_SIZES: [u32; 2] = [7, 1_000];
/// An id that no tenant has.
pub(super) const NOBODY: &str = "mobproc-probe-0";
/// Other spellings that are published, with the list that has an id for them.
const OTHER_SPELLINGS: [(&str, Option<&str>); 4] = [
    ("/assets/service?limit=1&offset=0", None),
    ("/asset/devices/{id}", Some("/assets/devices")),
    ("/orders/{id}/approval", Some("/orders")),
    ("/orders/{id}/approve", Some("/orders")),
];
/// What stays as it is in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The size of the pages that are looked at for what changed in between.
pub(super) const FIRST_LOOK: u32 = 10;
/// The same later, and another call.
pub(super) const LAST_LOOK: u32 = 11;

/// Asks everything worth asking.
pub(super) async fn all(caller: &mut Caller<'_>, document: &Document) -> Result<(), Failure> {
    let mut walk = Walk {
        caller,
        document,
        ids: BTreeMap::new(),
        links: BTreeMap::new(),
    };
    walk.ask("/ping?echoText=mobproc").await?;
    walk.ask(&format!("/orders?limit={FIRST_LOOK}&offset=0")).await?;
    let mut operations: Vec<&Described> = document
        .operations()
        .iter()
        .filter(|operation| operation.method == "GET" && !operation.path.starts_with("/as/"))
        .collect();
    // Lists come before what is in them.
    operations.sort_by_key(|operation| (operation.path.matches('{').count(), operation.path.len()));
    for operation in &operations {
        walk.operation(operation).await?;
    }
    walk.guesses().await?;
    walk.errors().await?;
    walk.spellings().await?;
    walk.follow().await?;
    walk.ask(&format!("/orders?limit={LAST_LOOK}&offset=0")).await?;
    Ok(())
}

struct Walk<'w, 'a> {
    caller: &'w mut Caller<'a>,
    document: &'w Document,
    /// Ids of what lists have, by the path of the list.
    ids: BTreeMap<String, Vec<String>>,
    /// Where answers lead to, by operation.
    links: BTreeMap<String, BTreeSet<String>>,
}

impl Walk<'_, '_> {
    /// Asks, and remembers what it leads to. Returns the items of a list.
    async fn ask(&mut self, path: &str) -> Result<Vec<Value>, Failure> {
        let Some(answer) = self.caller.get(path).await? else {
            return Ok(Vec::new());
        };
        let Some(body) = body(&answer).filter(|_| (200..300).contains(&answer.response.status)) else {
            return Ok(Vec::new());
        };
        self.remember_links(&body);
        Ok(items_of(body).unwrap_or_default())
    }

    async fn operation(&mut self, operation: &Described) -> Result<(), Failure> {
        let Some(path) = self.filled_in(&operation.path) else {
            self.caller
                .skipped
                .push(format!("{}: there is nothing to ask for", operation.id));
            return Ok(());
        };
        let has = |name: &str| operation.parameters.iter().any(|known| known.name == name);
        if has("transactionType")
            && operation
                .parameters
                .iter()
                .any(|known| known.required && known.place == "query")
        {
            return self.by_kind(operation, &path).await;
        }
        if !(has("limit") && has("offset")) {
            let items = self.ask(&path).await?;
            self.remember_ids(&operation.path, &items);
            return Ok(());
        }
        let first = self.ask(&format!("{path}?limit=2&offset=0")).await?;
        self.remember_ids(&operation.path, &first);
        self.ask(&format!("{path}?limit=2&offset=2")).await?;
        // In the middle of a page: backends differ.
        self.ask(&format!("{path}?limit=2&offset=1")).await?;
        for size in ODD_SIZES {
            self.ask(&format!("{path}?limit={size}&offset=0")).await?;
        }
        let flags: Vec<&str> = operation
            .parameters
            .iter()
            .filter(|known| known.place == "query" && known.name.starts_with("include"))
            .map(|known| known.name.as_str())
            .collect();
        if !flags.is_empty() {
            let flags: String = flags.iter().map(|flag| format!("&{flag}=true")).collect();
            self.ask(&format!("{path}?limit=2&offset=0{flags}")).await?;
        }
        for ascending in ["true", "false"].into_iter().filter(|_| has("sortAscending")) {
            self.ask(&format!("{path}?limit=5&offset=0&sortAscending={ascending}"))
                .await?;
        }
        if has("dateTimeUpdated") {
            self.ask(&format!(
                "{path}?limit=2&offset=0&dateTimeUpdated=2999-01-01T00:00:00Z"
            ))
            .await?;
        }
        if has("employee")
            && let Some(employee) = self.first_id("/employees")
        {
            self.ask(&format!("{path}?limit=2&offset=0&employee={employee}"))
                .await?;
        }
        Ok(())
    }

    /// What depends on the kind of order and the vendor.
    async fn by_kind(&mut self, operation: &Described, path: &str) -> Result<(), Failure> {
        let Some(vendor) = self.first_id("/vendors") else {
            self.caller
                .skipped
                .push(format!("{}: there is no vendor", operation.id));
            return Ok(());
        };
        let kinds = self
            .document
            .value()
            .pointer("/components/schemas/TransactionType/x-extensible-enum");
        let kinds: Vec<String> = kinds
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            // Acknowledgements are known of transfers only.
            .filter(|kind| operation.id != "acknowledgement_list" || kind.starts_with("XFER"))
            .map(str::to_owned)
            .collect();
        for kind in kinds {
            self.ask(&format!("{path}?transactionType={kind}&vendor={vendor}"))
                .await?;
        }
        Ok(())
    }

    /// Parameters that are guesses.
    async fn guesses(&mut self) -> Result<(), Failure> {
        let orders = self.ask("/orders?limit=2&offset=0").await?;
        let number = orders.iter().find_map(|order| {
            let order = order.get("order").unwrap_or(order);
            order
                .get("externalOrderNumber")
                .and_then(Value::as_str)
                .map(str::to_owned)
        });
        match number {
            Some(number) => {
                let number = encoded(&number);
                self.ask(&format!("/orders?limit=5&offset=0&externalOrderNumber={number}"))
                    .await?;
            }
            None => self
                .caller
                .skipped
                .push("the filter by number: no order has a number".to_owned()),
        }
        for list in ["/orders", "/assets/devices", "/assets/services"] {
            self.ask(&format!("{list}?limit=5&offset=0&sort=dateTimeUpdated"))
                .await?;
        }
        Ok(())
    }

    /// Requests that must be refused: how errors look.
    async fn errors(&mut self) -> Result<(), Failure> {
        for path in [
            format!("/regions/{NOBODY}"),
            format!("/orders/{NOBODY}"),
            format!("/employees/{NOBODY}"),
            "/orders/properties".to_owned(),
            "/employees".to_owned(),
            "/employees?limit=many&offset=0".to_owned(),
            format!("/{NOBODY}"),
        ] {
            self.ask(&path).await?;
        }
        Ok(())
    }

    /// Paths that are published in two spellings. Only read: whether there is something.
    async fn spellings(&mut self) -> Result<(), Failure> {
        for (path, list) in OTHER_SPELLINGS {
            let path = match list {
                None => path.to_owned(),
                Some(list) => match self.first_id(list) {
                    Some(id) => path.replace("{id}", &id),
                    None => path.replace("{id}", NOBODY),
                },
            };
            self.ask(&path).await?;
        }
        Ok(())
    }

    /// Links that were in answers and were not asked yet.
    async fn follow(&mut self) -> Result<(), Failure> {
        let links: Vec<String> = self
            .links
            .values()
            .flat_map(|links| links.iter().take(LINKS))
            .cloned()
            .collect();
        for link in links {
            if !self.caller.has_asked(&link) {
                self.ask(&link).await?;
            }
        }
        Ok(())
    }

    /// A path with ids in place of its parameters, if lists have any.
    fn filled_in(&self, template: &str) -> Option<String> {
        let mut filled = String::new();
        let mut prefix = String::new();
        for segment in template.split('/').filter(|segment| !segment.is_empty()) {
            filled.push('/');
            if segment.starts_with('{') {
                filled.push_str(&self.first_id(&prefix)?);
            } else {
                filled.push_str(segment);
            }
            prefix.push('/');
            prefix.push_str(segment);
        }
        Some(filled)
    }

    fn first_id(&self, list: &str) -> Option<String> {
        self.ids.get(list)?.first().map(|id| encoded(id))
    }

    fn remember_ids(&mut self, list: &str, items: &[Value]) {
        let known = self.ids.entry(list.to_owned()).or_default();
        for item in items {
            let item = item.get("order").unwrap_or(item);
            let id = ["id", "orderId"].into_iter().find_map(|member| item.get(member));
            let id = id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            known.extend(
                id.filter(|id| !known.contains(id))
                    .into_iter()
                    .collect::<Vec<_>>(),
            );
        }
    }

    fn remember_links(&mut self, value: &Value) {
        match value {
            Value::Object(members) => members.values().for_each(|member| self.remember_links(member)),
            Value::Array(items) => items.iter().for_each(|item| self.remember_links(item)),
            Value::String(text) if text.starts_with("http") => {
                let Ok(url) = Url::parse(text) else { return };
                let (Some(path), Some(known)) =
                    (below_version(url.path()), self.document.recognise("GET", &url))
                else {
                    return;
                };
                let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
                self.links
                    .entry(known.operation.id.clone())
                    .or_default()
                    .insert(format!("{path}{query}"));
            }
            _ => {}
        }
    }
}

fn encoded(id: &str) -> String {
    utf8_percent_encode(id, SEGMENT).to_string()
}
