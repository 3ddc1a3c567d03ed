//! What the API's document says of the members of an order.

use std::sync::LazyLock;

use serde_json::Value;

/// The document, read once it is needed.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(mobproc_api::document()).expect("the document was JSON when this was built")
});

/// Longer than any chain of references in the document.
const LONGEST_CHAIN: usize = 16;

/// The schema of one thing; nothing where the document has none.
#[derive(Debug, Clone, Copy)]
pub struct Schema(Option<&'static Value>);

impl Schema {
    /// The schema of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(DOCUMENT.pointer(&format!("/components/schemas/{name}"))).resolved()
    }

    /// Follows references, and an `allOf` that only adds a description to one.
    fn resolved(self) -> Self {
        let mut at = self.0;
        for _ in 0..LONGEST_CHAIN {
            let next = at.and_then(|schema| {
                let reference = schema.get("$ref").or_else(|| schema.pointer("/allOf/0/$ref"))?;
                DOCUMENT.pointer(reference.as_str()?.strip_prefix('#')?)
            });
            match next {
                Some(next) => at = Some(next),
                None => break,
            }
        }
        Self(at)
    }

    /// Whether it is a text.
    #[must_use]
    pub fn is_text(self) -> bool {
        self.0
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str)
            == Some("string")
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        self.0
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str)
            == Some("array")
    }

    /// Whether it is true or false.
    #[must_use]
    pub fn is_flag(self) -> bool {
        self.0
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str)
            == Some("boolean")
    }

    /// Whether it is a number.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.0
            .and_then(|schema| schema.get("type"))
            .and_then(Value::as_str)
            == Some("integer")
    }

    /// The schema of a member.
    #[must_use]
    pub fn member(self, name: &str) -> Self {
        let members = self.0.and_then(|schema| schema.get("properties"));
        Self(members.and_then(|members| members.get(name))).resolved()
    }

    /// The names of its members; none where the document does not say.
    #[must_use]
    pub fn members(self) -> Vec<&'static str> {
        let members = self.0.and_then(|schema| schema.get("properties"));
        let members = members.and_then(Value::as_object);
        members
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The schema of the items of a list.
    #[must_use]
    pub fn items(self) -> Self {
        Self(self.0.and_then(|schema| schema.get("items"))).resolved()
    }

    /// What the document says of it, in one sentence.
    #[must_use]
    pub fn summary(self) -> Option<&'static str> {
        let text = self.0?.get("description")?.as_str()?;
        let end = text.find(". ").map_or(text.len(), |end| end + 1);
        text.get(..end).map(str::trim).filter(|text| !text.is_empty())
    }

    /// What the document says of a member, where it stands and not where it is defined.
    #[must_use]
    pub fn member_summary(self, name: &str) -> Option<&'static str> {
        let members = self.0?.get("properties")?;
        Self(members.get(name))
            .summary()
            .or_else(|| self.member(name).summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_an_order_are_found() {
        let order = Schema::named("OrderRequest");
        assert!(order.member("serviceId").is_text());
        assert!(order.member("transactionType").is_text());
        assert!(
            order
                .member("shoppingCart")
                .member("optionalFeatureIds")
                .is_list()
        );
        assert!(
            order
                .member("shoppingCart")
                .member("optionalFeatureIds")
                .items()
                .is_text()
        );
        assert!(order.member("shoppingCart").member("quantity").is_integer());
        assert!(
            order
                .member("properties")
                .items()
                .member("fields")
                .items()
                .member("text")
                .is_text()
        );
        assert!(!order.member("no such member").is_text());
        assert!(order.member_summary("serviceId").is_some());
    }
}
