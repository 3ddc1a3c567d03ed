//! Properties that hold for whatever comes: orders built from arbitrary parts, and answers of any
//! JSON.

use std::sync::LazyLock;

use jsonschema::Validator;
use mobproc::{DeviceIdentity, OrderDraft, Property, ShippingAddress};
use mobproc_api::for_schema;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::forward::{document, sample};

/// Texts a caller may come with: of any script, with quotes and control characters, empty.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z0-9-]{1,12}", 2 => any::<String>(), 1 => Just(String::new())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

fn property() -> impl Strategy<Value = Property> {
    prop_oneof![
        (text(), text()).prop_map(|(id, text)| Property::text(id, text)),
        (text(), text()).prop_map(|(id, date)| Property::date(id, date.as_str())),
        (text(), text()).prop_map(|(id, option)| Property::choice(id, option)),
        (text(), text(), text()).prop_map(|(id, option, text)| Property::other_choice(id, option, text)),
    ]
}

fn device() -> impl Strategy<Value = DeviceIdentity> {
    (text(), text(), text(), text(), 0..3).prop_map(|(manufacturer, model, serial, sim, kind)| {
        let device = if kind == 0 {
            DeviceIdentity::other(model)
        } else {
            DeviceIdentity::new(manufacturer, model)
        };
        let device = match kind {
            1 => device.imei(serial),
            2 => device.meid(serial),
            _ => device.esn(serial),
        };
        device.sim(sim)
    })
}

fn destination() -> impl Strategy<Value = ShippingAddress> {
    (
        text(),
        text(),
        prop::collection::vec((text(), text()), 0..5),
        any::<bool>(),
    )
        .prop_map(|(name, region, lines, expedited)| {
            let destination = lines
                .into_iter()
                .fold(ShippingAddress::new(name, region), |destination, (id, value)| {
                    destination.line(id, value)
                });
            if expedited {
                destination.expedited()
            } else {
                destination
            }
        })
}

#[derive(Debug, Clone)]
struct Parts {
    kind: usize,
    ids: [String; 3],
    properties: Vec<(Option<String>, Property)>,
    lists: [Vec<String>; 2],
    quantity: i64,
    destination: Option<ShippingAddress>,
    device: DeviceIdentity,
}

fn parts() -> impl Strategy<Value = Parts> {
    (
        0..12_usize,
        [text(), text(), text()],
        prop::collection::vec((prop::option::of(text()), property()), 0..4),
        [texts(), texts()],
        any::<i64>(),
        prop::option::of(destination()),
        device(),
    )
        .prop_map(
            |(kind, ids, properties, lists, quantity, destination, device)| Parts {
                kind,
                ids,
                properties,
                lists,
                quantity,
                destination,
                device,
            },
        )
}

impl Parts {
    /// The order of the kind, with every part the kind can carry.
    fn order(self) -> OrderDraft {
        let Self {
            kind,
            ids: [first, second, third],
            properties,
            lists: [some, others],
            quantity,
            destination,
            device,
        } = self;
        /// What every builder offers.
        macro_rules! common {
            ($builder:expr) => {
                properties
                    .into_iter()
                    .fold(
                        $builder.external_order_number(third),
                        |order, (group, property)| match group {
                            Some(group) => order.property_in(group, property),
                            None => order.property(property),
                        },
                    )
                    .into()
            };
        }
        macro_rules! shipped {
            ($builder:expr) => {
                match destination {
                    Some(destination) => $builder.ship_to(destination),
                    None => $builder,
                }
            };
        }
        macro_rules! goods {
            ($builder:expr) => {
                shipped!(
                    $builder
                        .device(second.clone())
                        .plan(second.clone())
                        .features(some.clone())
                        .accessories(others)
                        .quantity(quantity)
                )
            };
        }
        match kind {
            0 => common!(goods!(OrderDraft::new_activation(first)).postal_code(second)),
            1 => common!(goods!(OrderDraft::upgrade(first)).existing_device(device)),
            2 => common!(goods!(OrderDraft::port_number(first, second.clone())).postal_code(second)),
            3 => common!(shipped!(OrderDraft::order_accessories(first, some))),
            4 => common!(OrderDraft::suspend(first)),
            5 => common!(OrderDraft::unsuspend(first)),
            6 => common!(OrderDraft::deactivate(first)),
            7 => {
                let order = some
                    .into_iter()
                    .fold(OrderDraft::update_features(first), |order, id| {
                        order.add_feature(id)
                    });
                let order = others
                    .into_iter()
                    .fold(order, |order, id| order.remove_feature(id));
                common!(order.comment(second))
            }
            8 => common!(OrderDraft::swap_devices(first, device.clone(), device)),
            9 => common!(OrderDraft::transfer_out(first).acknowledge_many(some)),
            10 => common!(
                goods!(OrderDraft::transfer_in(first, second.clone()))
                    .postal_code(second)
                    .acknowledge_many(some)
            ),
            _ => common!(
                goods!(OrderDraft::transfer_in_and_port(first, second.clone()))
                    .postal_code(second.clone())
                    .service(second)
                    .acknowledge("T1")
            ),
        }
    }
}

/// What the document says of a request for an order.
static REQUEST: LazyLock<Validator> = LazyLock::new(|| {
    let document = document();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/OrderRequestEnvelope" }],
        "components": document["components"],
    });
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&schema)
        .unwrap()
});

/// Every schema of the document, with an instance that has all its members.
static SAMPLES: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    schemas
        .iter()
        .map(|(name, schema)| {
            let whole = sample(&document, schema, &mut vec![name.clone()]).unwrap();
            (name.clone(), whole)
        })
        .collect()
});

pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
        Just(json!("2030-02-31T25:61:00Z")),
        Just(json!("1e999999999")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(
                prop_oneof![Just("items".to_owned()), Just("_meta".to_owned()), text()],
                inner,
                0..4
            )
            .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every place in a value.
fn pointers(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                pointers(member, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Decodes, and if that succeeds, encodes and decodes once more: nothing may be lost the second
/// time.
fn settles<T: DeserializeOwned + Serialize>(value: &Value) -> Result<bool, TestCaseError> {
    let Ok(typed) = serde_json::from_value::<T>(value.clone()) else {
        return Ok(false);
    };
    let once = serde_json::to_value(&typed).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let again: T = serde_json::from_value(once.clone())
        .map_err(|error| TestCaseError::fail(format!("{error}: {once}")))?;
    prop_assert_eq!(serde_json::to_value(&again).ok(), Some(once));
    // The text form as well: other code paths read it.
    let text = value.to_string();
    prop_assert!(serde_json::from_str::<T>(&text).is_ok());
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_any_parts_is_one_the_document_accepts(parts in parts()) {
        let order = parts.order();
        let value = order.as_value();
        let errors: Vec<String> = REQUEST.iter_errors(value).map(|error| error.to_string()).collect();
        prop_assert!(errors.is_empty(), "{errors:?}: {value:#}");
        // Saying what is wrong with it is no panic either, and it survives the way through a file.
        let _ = order.check();
        let again = OrderDraft::from_json(&value.to_string()).unwrap();
        prop_assert_eq!(again.as_value(), value);
    }

    #[test]
    fn any_json_decodes_or_is_an_error(value in any_json()) {
        for (name, _) in SAMPLES.iter() {
            for_schema!(name.as_str(), settles, &value).unwrap()?;
        }
    }

    #[test]
    fn an_answer_with_anything_in_any_place_decodes_or_is_an_error(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        news in any_json(),
    ) {
        let (name, whole) = which.get(&SAMPLES);
        let mut changed = whole.clone();
        let mut places = Vec::new();
        pointers(whole, "", &mut places);
        *changed.pointer_mut(place.get::<String>(&places)).unwrap() = news;
        for_schema!(name.as_str(), settles, &changed).unwrap()?;
    }

    /// Any order with anything under a name that no type knows is read, and sent as it was written.
    #[test]
    fn an_order_with_anything_new_in_it_is_sent_as_it_was_written(parts in parts(), news in any_json()) {
        let mut value = parts.order().as_value().clone();
        value["orderRequest"]["somethingNew"] = news;
        let text = value.to_string();
        let order = OrderDraft::from_json(&text).unwrap();
        prop_assert!(order.to_json() == text);
        let _ = order.check();
        let from_value = OrderDraft::from_value(value).unwrap();
        prop_assert_eq!(from_value.to_json(), text);
    }

    /// An order with anything in any place is an order, which is then sent so, or a located error.
    #[test]
    fn an_order_with_anything_in_any_place_is_an_order_or_an_error(
        parts in parts(),
        place in any::<prop::sample::Index>(),
        news in any_json(),
    ) {
        let mut value = parts.order().as_value().clone();
        let mut places = Vec::new();
        pointers(&value, "", &mut places);
        *value.pointer_mut(place.get::<String>(&places)).unwrap() = news;
        let text = value.to_string();
        match OrderDraft::from_json(&text) {
            Ok(order) => {
                let _ = order.check();
                let sent: Value = serde_json::from_str(&order.to_json()).unwrap();
                prop_assert!(sent == value || sent["orderRequest"] == value, "{text}");
            }
            Err(error) => prop_assert_eq!(error.kind(), mobproc::ErrorKind::InvalidOrder),
        }
    }

    #[test]
    fn any_text_is_an_order_or_an_error(text in any::<String>()) {
        prop_assert!(OrderDraft::from_json(&text).is_err(), "{text}");
    }
}
