//! Lists, seen as a whole: are pages what was asked for?

use std::collections::BTreeMap;

use mobproc_har::{Document, Entry, Json};
use serde_json::Value;
use url::Url;

use super::Shape;
use super::exchange::{Judge, Scene};
use super::finding::{Difference, Side};

/// One page as it was asked for and as it came.
struct Page<'a> {
    exchange: usize,
    limit: usize,
    offset: usize,
    items: Vec<&'a Json>,
    meta: Option<&'a Json>,
}

pub(crate) fn look(judge: &mut Judge<'_>, entries: &[Entry], document: &Document) {
    let mut bodies: Vec<(usize, String, Url, Json)> = Vec::new();
    for (exchange, entry) in entries.iter().enumerate() {
        let Ok(url) = Url::parse(&entry.request.url) else {
            continue;
        };
        let Some(known) = document.recognise(&entry.request.method, &url) else {
            continue;
        };
        let body = entry.response.content.text.as_deref().map(Json::parse);
        if let (200, Some(Ok(body))) = (entry.response.status, body) {
            bodies.push((exchange, known.operation.id.clone(), url, body));
        }
    }
    let mut lists: BTreeMap<(&str, String), Vec<Page<'_>>> = BTreeMap::new();
    for (exchange, operation, url, body) in &bodies {
        let number = |name: &str| {
            let value = url.query_pairs().find(|(known, _)| known == name)?.1;
            value.parse::<usize>().ok()
        };
        let (Some(limit), Some(offset)) = (number("limit"), number("offset")) else {
            continue;
        };
        let Some((items, meta)) = list_of(document, operation, body) else {
            continue;
        };
        let filters: Vec<String> = url
            .query_pairs()
            .filter(|(name, _)| name != "limit" && name != "offset")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let pages = lists.entry((operation, filters.join("&"))).or_default();
        pages.push(Page {
            exchange: *exchange,
            limit,
            offset,
            items,
            meta,
        });
    }
    for ((operation, _), pages) in lists {
        judge_list(judge, document, operation, &pages);
    }
}

fn judge_list(judge: &mut Judge<'_>, document: &Document, operation: &str, pages: &[Page<'_>]) {
    let Some(described) = document.operation(operation) else {
        return;
    };
    let known = described.value.get("x-observed");
    let mut find = |page: &Page<'_>, what: &str| {
        let (name, value) = what.split_once(": ").unwrap_or((what, ""));
        let is_known = known
            .and_then(|known| known.get(name))
            .is_some_and(|known| known.as_str().map_or_else(|| known.to_string(), str::to_owned) == value);
        if is_known {
            return;
        }
        let scene = Scene {
            side: Side::Answer,
            exchange: page.exchange,
            operation,
        };
        judge.find(
            scene,
            Difference::Paging,
            &described.pointer,
            what,
            "",
            Shape::default(),
        );
    };
    for page in pages {
        let of_meta = |name: &str| match page.meta?.get(name)? {
            Json::Number(text) => text.parse::<usize>().ok(),
            _ => None,
        };
        if page.items.len() > page.limit {
            find(page, "limit: ignored");
            continue;
        }
        let total = of_meta("totalCount");
        // More was asked for than came, though there is more: the server makes smaller pages.
        if let Some(limit) = of_meta("limit").filter(|limit| *limit < page.limit)
            && page.items.len() == limit
            && total.is_some_and(|total| total > limit)
        {
            find(page, &format!("page-cap: {limit}"));
        }
        let is_whole_page = page.limit > 0 && page.offset.is_multiple_of(page.limit);
        let end = page.offset + page.items.len();
        let has_more = total.is_some_and(|total| total > end);
        let has_next = page.meta.is_some_and(|meta| meta.get("hrefNext").is_some());
        if is_whole_page && has_more && !page.items.is_empty() && !has_next {
            find(page, "next-link: missing");
        }
        let first = pages
            .iter()
            .find(|first| first.offset == 0 && first.limit == page.limit && page.offset >= page.limit);
        if let Some(first) = first
            && is_whole_page
            && !page.items.is_empty()
            && first.items == page.items
        {
            find(page, "offset: ignored");
        }
    }
}

/// The items of a list and the data about its page, wherever the wrapper has them.
fn list_of<'a>(
    document: &Document,
    operation: &str,
    body: &'a Json,
) -> Option<(Vec<&'a Json>, Option<&'a Json>)> {
    let schema = document
        .operation(operation)?
        .answers
        .get("200")?
        .schema
        .as_ref()?;
    let collection = document.resolve(schema).0.get("x-collection")?;
    let member = collection.get("member").and_then(Value::as_str)?;
    let list = body.get(member).unwrap_or(body);
    let (items, meta) = match list {
        Json::Array(items) => (items, body.get("_meta")),
        other => match other.get("items")? {
            Json::Array(items) => (items, other.get("_meta")),
            _ => return None,
        },
    };
    Some((items.iter().collect(), meta))
}
