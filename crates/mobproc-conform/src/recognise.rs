//! Which schema a document is of, by its top-level members.

use std::fmt;

use serde_json::{Map, Value};

use crate::checker::Checker;
use crate::report::Extent;
use crate::schema;

/// A document that no schema fits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecognised {
    message: String,
}

impl Unrecognised {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Unrecognised {}

/// How well a schema fits a document; the greatest is taken. Compared member by member, in this
/// order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    is_whole_body: bool,
    is_valid: bool,
    known_members: usize,
    /// Fewer members below that are unknown.
    fewer_unknown: std::cmp::Reverse<usize>,
    known_values: usize,
    /// Fewer members that are missing: the more specific schema.
    fewer_missing: std::cmp::Reverse<usize>,
}

pub(crate) fn recognise(checker: &Checker, value: &Value) -> Result<(String, Extent), Unrecognised> {
    match value {
        Value::Object(members) => recognise_object(checker, members, value),
        Value::Array(items) => {
            let first = items.first().ok_or_else(|| {
                Unrecognised::new("an empty list could be a list of anything; name its schema")
            })?;
            let members = first
                .as_object()
                .ok_or_else(|| Unrecognised::new("the items of the list are not objects"))?;
            recognise_object(checker, members, first).map(|(schema, _)| (schema, Extent::Items))
        }
        _ => Err(Unrecognised::new("it is neither an object nor a list")),
    }
}

fn recognise_object(
    checker: &Checker,
    members: &Map<String, Value>,
    value: &Value,
) -> Result<(String, Extent), Unrecognised> {
    if members.is_empty() {
        return Err(Unrecognised::new(
            "an empty object could be anything; name its schema",
        ));
    }
    let best = checker
        .schemas()
        .all()
        .filter_map(|(name, schema)| {
            let known = schema::members(schema);
            let known_members = members
                .keys()
                .filter(|member| known.contains(member.as_str()))
                .count();
            // Half of what it has may be new; more, and it is something else.
            if known_members == 0 || known_members * 2 < members.len() {
                return None;
            }
            let extent = if checker.schemas().is_body(name) && checker.has_required(schema, members) {
                Extent::Whole
            } else {
                Extent::Fragment
            };
            let fit = Fit {
                is_whole_body: extent == Extent::Whole,
                is_valid: checker.violations(name, extent, value).is_empty(),
                known_members,
                fewer_unknown: std::cmp::Reverse(checker.unknown_members(name, value).len()),
                known_values: checker.known_values(schema, members),
                fewer_missing: std::cmp::Reverse(known.len() - known_members),
            };
            Some((fit, name, extent))
        })
        // A whole body that is not valid must not win over a valid fragment.
        .max_by(|(a, ..), (b, ..)| (a.is_valid, a).cmp(&(b.is_valid, b)));
    best.map(|(_, name, extent)| (name.to_owned(), extent))
        .ok_or_else(|| {
            let names: Vec<&str> = members.keys().map(String::as_str).collect();
            Unrecognised::new(format!(
                "no schema has members like {}; name its schema",
                names.join(", ")
            ))
        })
}
