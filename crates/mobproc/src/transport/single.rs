//! Single objects, in a wrapper or not: which of the two is published for a few only.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Members that stand beside an object in its wrapper.
const BESIDE: [&str; 2] = ["_meta", "status"];

/// Reads an object that is not what was expected: out of a wrapper of one member, or as what a
/// wrapper that was expected would hold.
pub(crate) fn rewrapped<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).ok()?;
    let mut inner = members
        .iter()
        .filter(|(name, _)| !BESIDE.contains(&name.as_str()))
        .map(|(_, value)| value);
    if let (Some(only), None) = (inner.next(), inner.next())
        && only.get().starts_with('{')
    {
        return serde_json::from_str(only.get()).ok();
    }
    // Only an order is expected in a wrapper, and an order tells itself by its id.
    members.get("orderId")?;
    let whole: &RawValue = serde_json::from_slice(body).ok()?;
    let wrapped = serde_json::to_string(&BTreeMap::from([("order", whole)])).ok()?;
    serde_json::from_str(&wrapped).ok()
}

#[cfg(test)]
mod tests {
    use mobproc_api::types::{OrderEnvelope, Region, ServiceAsset};

    use super::rewrapped;

    #[test]
    fn a_wrapper_is_taken_off_or_put_on() {
        for body in [
            r#"{"region":{"id":"2001"}}"#,
            r#"{"status":"SUCCESS","anything":{"id":"2001"},"_meta":{}}"#,
        ] {
            assert_eq!(rewrapped::<Region>(body.as_bytes()).unwrap().id, "2001");
        }
        let service: ServiceAsset = rewrapped(br#"{"service":{"id":"1001"}}"#).unwrap();
        assert_eq!(service.id, "1001");
        let order: OrderEnvelope = rewrapped(br#"{"orderId":"8001","status":"ORDER_SUBMITTED"}"#).unwrap();
        assert_eq!(order.order.order_id.as_deref(), Some("8001"));
    }

    #[test]
    fn nothing_is_made_up() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"a":{"id":"1"},"b":{"id":"2"}}"#,
            r#"{"region":[{"id":"1"}]}"#,
            r#"{"region":{"name":"x"}}"#,
            r#"{"message":"x"}"#,
        ] {
            assert!(rewrapped::<Region>(body.as_bytes()).is_none(), "{body}");
        }
        for body in ["{}", r#"{"status":"SUCCESS"}"#, r#"{"order":7}"#] {
            assert!(rewrapped::<OrderEnvelope>(body.as_bytes()).is_none(), "{body}");
        }
    }
}
