//! Lists and pages in the forms the documentation shows.

use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::call::Call;
use crate::crowd::Listing;
use crate::render::without_nulls;

pub(super) fn newer(updated: &str, since: Option<chrono::DateTime<chrono::FixedOffset>>) -> bool {
    since.is_none_or(|since| {
        chrono::DateTime::parse_from_rfc3339(updated).is_ok_and(|updated| updated >= since)
    })
}

/// A list in the form of the property definitions, which is assumed for all that are not published.
pub(super) fn list(call: &Call<'_>, member: &str, items: impl Iterator<Item = Value>) -> Value {
    let href = href(call);
    json!({ member: { "_meta": { "href": href }, "items": items.collect::<Vec<_>>() } })
}

/// The link of the request itself.
fn href(call: &Call<'_>) -> String {
    href_with(call, None)
}

/// The link of the request with another offset; parameters come in another order then, as
/// published.
fn href_with(call: &Call<'_>, offset: Option<usize>) -> String {
    let path = call.request.operation.operation().path;
    let mut href = format!("{}{path}", call.base);
    let mut query = call.request.query.clone();
    if let Some(offset) = offset {
        query.retain(|(name, _)| name != "offset");
        let places = query.len().min(1);
        query.rotate_left(places);
        query.push(("offset".to_owned(), offset.to_string()));
    }
    if !query.is_empty() {
        href.push('?');
        href.push_str(&serde_urlencoded::to_string(&query).unwrap_or_default());
    }
    href
}

/// What is asked for: those of these places that fit.
pub(super) struct Filter<'a, T> {
    /// All that can fit; nothing means any.
    pub(super) candidates: Option<Vec<usize>>,
    pub(super) fits: &'a dyn Fn(&T) -> bool,
}

/// One page of a list. `render` is asked for what the page shows only.
pub(super) fn page<L: Listing + ?Sized>(
    call: &Call<'_>,
    member: &str,
    all: &L,
    filter: Option<Filter<'_, L::Item>>,
    mut render: impl FnMut(&L::Item) -> Value,
) -> Result<Answer, Failure> {
    let number = |name: &str| -> Result<Option<usize>, Failure> {
        call.request
            .query(name)
            .map(|text| {
                text.parse::<usize>().map_err(|_| {
                    Failure::bad_request(
                        "400-Parameter-error",
                        format!("The query parameter {name} must not be negative."),
                    )
                })
            })
            .transpose()
    };
    let limit = number("limit")?.unwrap_or(25);
    let offset = number("offset")?.unwrap_or(0);
    if limit == 0 {
        return Err(Failure::bad_request(
            "400-Parameter-error",
            "The query parameter limit must be at least 1.",
        ));
    }
    let descending = call
        .request
        .query("sortAscending")
        .is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let start = call.backend.page_start(offset, limit);
    let kept: Option<Vec<usize>> = filter.map(|filter| {
        let fits = |place: &usize| all.at(*place).is_some_and(|item| (filter.fits)(&item));
        match filter.candidates {
            Some(places) => places.into_iter().filter(fits).collect(),
            None => (0..all.len()).filter(fits).collect(),
        }
    });
    // Without a filter a page costs what it shows, however far into the list it lies.
    let total = kept.as_ref().map_or(all.len(), Vec::len);
    let shown: Vec<Value> = (start..total)
        .take(limit)
        .map(|number| if descending { total - 1 - number } else { number })
        .filter_map(|number| match &kept {
            Some(kept) => kept.get(number).copied(),
            None => Some(number),
        })
        .filter_map(|place| all.at(place).map(|item| render(&item)))
        .collect();
    let last = total.saturating_sub(1) / limit * limit;
    let is_first = start == 0;
    let is_last = start.saturating_add(limit) >= total;
    let meta = without_nulls(json!({
        "href": href(call),
        "hrefStart": (!is_first).then(|| href_with(call, Some(0))),
        "hrefPrevious": (!is_first).then(|| href_with(call, Some(start.saturating_sub(limit)))),
        "hrefNext": (!is_last).then(|| href_with(call, Some(start.saturating_add(limit)))),
        "hrefEnd": (!is_last).then(|| href_with(call, Some(last))),
        "limit": limit,
        "offset": offset,
        "totalCount": total,
    }));
    Ok(Answer::ok(json!({ member: { "_meta": meta, "items": shown } })))
}
