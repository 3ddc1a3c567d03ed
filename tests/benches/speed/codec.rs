//! Decoding and encoding: generated types against hand-written structs and `serde_json::Value`.

use std::hint::black_box;

use mobproc::types;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::paired::{Table, instructions_of_one, ratios, seconds};
use crate::plain;

type EmployeePage = types::Collection<types::Employee>;

pub(crate) fn measure(table: &mut Table) {
    let confirmation = compact("orders/upgrade/confirmation");
    compare::<types::OrderAnswer, plain::Confirmation>(
        table,
        "confirmation",
        "UPGRADE confirmation",
        &confirmation,
    );
    let order = compact("orders/new_activation/order");
    compare::<types::OrderAnswer, plain::Placed>(table, "order", "largest order", &order);
    compare::<EmployeePage, plain::EmployeePage>(
        table,
        "page",
        "page of 1,000 employees",
        &crate::serve::page_of_employees().to_string(),
    );
}

/// Decodes or encodes one document and nothing else, for profiles: `cargo bench -p mobproc-tests --
/// codec-of decode typed confirmation 1000`.
pub(crate) fn one(direction: &str, side: &str, document: &str, times: u32) {
    let text = match document {
        "confirmation" => compact("orders/upgrade/confirmation"),
        "order" => compact("orders/new_activation/order"),
        _ => crate::serve::page_of_employees().to_string(),
    };
    let is_decoding = direction == "decode";
    match (side, document) {
        ("typed", "page") => repeat::<EmployeePage>(is_decoding, &text, times),
        ("typed", _) => repeat::<types::OrderAnswer>(is_decoding, &text, times),
        (_, "confirmation") => repeat::<plain::Confirmation>(is_decoding, &text, times),
        (_, "order") => repeat::<plain::Placed>(is_decoding, &text, times),
        _ => repeat::<plain::EmployeePage>(is_decoding, &text, times),
    }
}

fn repeat<T: DeserializeOwned + Serialize>(is_decoding: bool, text: &str, times: u32) {
    let value: T = serde_json::from_str(text).unwrap();
    for _ in 0..times {
        if is_decoding {
            drop(black_box(serde_json::from_str::<T>(black_box(text)).unwrap()));
        } else {
            drop(black_box(serde_json::to_vec(black_box(&value)).unwrap()));
        }
    }
}

fn compact(name: &str) -> String {
    mobproc_tests::example(name).to_string()
}

fn compare<T, P>(table: &mut Table, document: &str, what: &str, text: &str)
where
    T: DeserializeOwned + Serialize,
    P: DeserializeOwned + Serialize,
{
    let typed: T = serde_json::from_str(text).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let by_hand: P = serde_json::from_str(text).unwrap();
    // Contenders that leave something out would win for nothing.
    assert_eq!(serde_json::to_value(&typed).unwrap(), value);
    assert_eq!(
        same_numbers(&serde_json::to_value(&by_hand).unwrap()),
        same_numbers(&value)
    );
    let (time, decode) = ratios(&mut [
        &mut || drop(black_box(serde_json::from_str::<T>(black_box(text)).unwrap())),
        &mut || drop(black_box(serde_json::from_str::<Value>(black_box(text)).unwrap())),
        &mut || drop(black_box(serde_json::from_str::<P>(black_box(text)).unwrap())),
    ]);
    let size = text.len();
    table.row(
        format!("decode the {what} ({size} bytes), against hand-written structs"),
        format!(
            "{:.2} ({}; {}; `Value` {:.2})",
            decode[0],
            seconds(time),
            instructions("decode", document),
            decode[1]
        ),
        "at most 1.05",
    );
    let (time, encode) = ratios(&mut [
        &mut || drop(black_box(serde_json::to_vec(black_box(&typed)).unwrap())),
        &mut || drop(black_box(serde_json::to_vec(black_box(&value)).unwrap())),
        &mut || drop(black_box(serde_json::to_vec(black_box(&by_hand)).unwrap())),
    ]);
    table.row(
        format!("encode the {what}, against hand-written structs"),
        format!(
            "{:.2} ({}; {}; `Value` {:.2})",
            encode[0],
            seconds(time),
            instructions("encode", document),
            encode[1]
        ),
        "at most 1.05",
    );
}

/// What it takes of those by hand.
fn instructions(direction: &str, document: &str) -> String {
    let times = if document == "page" { [2, 12] } else { [50, 150] };
    let of = |side| instructions_of_one(&["codec-of", direction, side, document], times);
    match (of("typed"), of("hand")) {
        (Some(typed), Some(by_hand)) => format!("instructions {:.2}", typed as f64 / by_hand as f64),
        _ => "instructions not counted".to_owned(),
    }
}

/// The hand-written structs have floats only, so 300 comes back as 300.0.
fn same_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(items) => items.iter().map(same_numbers).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| (name.clone(), same_numbers(member)))
                .collect(),
        ),
        other => other.clone(),
    }
}
