//! What values looked like, without what they were.

use std::collections::{BTreeMap, BTreeSet};

use mobproc_har::Json;

/// What values of one place looked like.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Shape {
    /// Their JSON types.
    pub kinds: BTreeSet<&'static str>,
    /// Whether every string was a time (RFC 3339).
    pub only_times: bool,
    /// The members of objects.
    pub members: BTreeMap<String, Self>,
    /// The items of lists.
    pub items: Option<Box<Self>>,
}

impl Shape {
    /// The shape of a value.
    #[must_use]
    pub fn of(json: &Json) -> Self {
        let mut shape = Self {
            only_times: true,
            ..Self::default()
        };
        shape.kinds.insert(json.kind());
        match json {
            Json::String(text) => shape.only_times = is_time(text),
            Json::Array(items) => {
                for item in items {
                    let item = Self::of(item);
                    match &mut shape.items {
                        Some(known) => known.merge(item),
                        None => shape.items = Some(Box::new(item)),
                    }
                }
            }
            Json::Object(members) => {
                for (name, member) in members {
                    shape.add(name, Self::of(member));
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
        shape
    }

    fn add(&mut self, name: &str, member: Self) {
        match self.members.get_mut(name) {
            Some(known) => known.merge(member),
            None => {
                self.members.insert(name.to_owned(), member);
            }
        }
    }

    /// Adds what other values of the same place looked like.
    pub fn merge(&mut self, other: Self) {
        self.only_times = self.kinds.is_empty() || self.only_times;
        self.only_times &= other.only_times;
        self.kinds.extend(other.kinds);
        for (name, member) in other.members {
            self.add(&name, member);
        }
        match (&mut self.items, other.items) {
            (Some(known), Some(items)) => known.merge(*items),
            (known @ None, items) => *known = items,
            (Some(_), None) => {}
        }
    }
}

/// Whether a text is a time as the document writes them.
pub(crate) fn is_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
