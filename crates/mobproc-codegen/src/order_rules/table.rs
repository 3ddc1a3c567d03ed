//! The rules as a table that Rust programs read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::{Kind, Need, Part, paths, rules};
use crate::open_enums::variant_name;

/// `shoppingCart.deviceId` becomes `ShoppingCartDeviceId`.
fn path_variant(path: &str) -> String {
    path.split('.')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        })
        .collect()
}

/// The table `order_rules` of `mobproc-api`.
pub(crate) fn source(document: &Value) -> String {
    let Some(rules) = rules(document) else {
        return String::new();
    };
    let mut code = String::from(
        "/// What each kind of order needs, may carry and shows, as the documentation has it.\n\
         pub mod order_rules {\n    use crate::order_rules::{AtLeastOne, Evidence, Need, OrderCategory, OrderRules, PartRule};\n    \
         use crate::types::TransactionType;\n\n",
    );
    code.push_str(&parts_source(&paths(document, &rules)));
    code.push_str(&conditions_source(&rules.conditions));
    code.push_str("    /// The rules of every kind of order, in the order of the documentation.\n    pub static ALL: &[OrderRules] = &[\n");
    for kind in &rules.kinds {
        kind_source(&mut code, kind);
    }
    code.push_str("    ];\n\n    /// What a part has to hold, whatever the kind of order.\n    pub static MEMBERS: &[PartRule] = &[\n");
    for part in &rules.members {
        let _ = writeln!(code, "        {},", part_source(part));
    }
    code.push_str("    ];\n}\n");
    code
}

fn parts_source(paths: &BTreeSet<String>) -> String {
    let (mut variants, mut names, mut all) = (String::new(), String::new(), String::new());
    let (mut parents, mut in_cart) = (String::new(), Vec::new());
    for path in paths {
        let variant = path_variant(path);
        // Writing to a string does not fail.
        let _ = writeln!(variants, "        /// `{path}`.\n        {variant},");
        let _ = writeln!(names, "                Self::{variant} => {path:?},");
        let _ = writeln!(all, "            Self::{variant},");
        if let Some((parent, _)) = path
            .rsplit_once('.')
            .filter(|(parent, _)| paths.contains(*parent))
        {
            let parent = path_variant(parent);
            let _ = writeln!(
                parents,
                "                Self::{variant} => Some(Self::{parent}),"
            );
        }
        if path.starts_with("shoppingCart.") {
            in_cart.push(format!("Self::{variant}"));
        }
    }
    let in_cart = in_cart.join(" | ");
    format!(
        "    /// A part of an order that rules speak of.\n    \
         ///\n    \
         /// Complete: a program that has to deal with every part does not compile when one is added.\n    \
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n    \
         pub enum OrderPart {{\n{variants}    }}\n\n    \
         impl OrderPart {{\n        \
         /// All of them, by their paths.\n        \
         pub const ALL: &'static [Self] = &[\n{all}        ];\n\n        \
         /// Its path in the order, with dots, such as `shoppingCart.deviceId`.\n        \
         #[must_use]\n        \
         pub fn as_str(self) -> &'static str {{\n            match self {{\n{names}            }}\n        }}\n\n        \
         /// The part it is a member of: of `existingDevice.simId`, `existingDevice`.\n        \
         #[must_use]\n        \
         pub fn parent(self) -> Option<Self> {{\n            match self {{\n{parents}                _ => None,\n            }}\n        }}\n\n        \
         /// Whether it is one of the things in the shopping cart.\n        \
         #[must_use]\n        \
         pub fn is_in_cart(self) -> bool {{\n            matches!(self, {in_cart})\n        }}\n    }}\n\n"
    )
}

fn conditions_source(conditions: &BTreeMap<&str, &str>) -> String {
    let (mut variants, mut texts) = (String::new(), String::new());
    for (name, text) in conditions {
        let variant = variant_name(name);
        // Writing to a string does not fail.
        let _ = writeln!(variants, "        /// If {text}.\n        {variant},");
        let _ = writeln!(texts, "                Self::{variant} => {text:?},");
    }
    format!(
        "    /// When a part is needed that is not always needed.\n    \
         ///\n    \
         /// Complete: a program that has to decide every condition does not compile when one is added.\n    \
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]\n    \
         pub enum OrderCondition {{\n{variants}    }}\n\n    \
         impl OrderCondition {{\n        \
         /// The condition in words that follow \"if\".\n        \
         #[must_use]\n        \
         pub fn as_str(self) -> &'static str {{\n            match self {{\n{texts}            }}\n        }}\n    }}\n\n"
    )
}

fn kind_source(code: &mut String, kind: &Kind<'_>) {
    let kind_variant = |name: &str| format!("TransactionType::{}", variant_name(name));
    // Writing to a string does not fail.
    let _ = write!(
        code,
        "        OrderRules {{\n            kind: {},\n            category: OrderCategory::{},\n            \
         summary: {:?},\n            evidence: {},\n            pages: &{:?},\n            parts: &[\n",
        kind_variant(kind.name),
        variant_name(kind.category),
        kind.summary,
        evidence_source(kind.evidence),
        kind.pages,
    );
    for part in &kind.parts {
        let _ = writeln!(code, "                {},", part_source(part));
    }
    let choice = match &kind.choice {
        Some(choice) => format!(
            "Some(AtLeastOne {{ of: {}, perhaps: {}, evidence: {} }})",
            part_list(&choice.of),
            part_list(&choice.perhaps),
            evidence_source(choice.evidence)
        ),
        None => "None".to_owned(),
    };
    let _ = write!(
        code,
        "            ],\n            at_least_one: {choice},\n            confirmation: &{:?},\n            \
         order: &{:?},\n            answers_as: {},\n        }},\n",
        kind.confirmation,
        kind.order,
        kind.answers_as.map_or_else(
            || "None".to_owned(),
            |name| format!("Some({})", kind_variant(name))
        ),
    );
}

fn part_source(part: &Part<'_>) -> String {
    let need = match &part.need {
        Need::Required => "Need::Required".to_owned(),
        Need::Optional => "Need::Optional".to_owned(),
        Need::Conditional(when) => {
            let list: Vec<String> = when
                .iter()
                .map(|name| format!("OrderCondition::{}", variant_name(name)))
                .collect();
            format!("Need::Conditional(&[{}])", list.join(", "))
        }
    };
    format!(
        "PartRule {{ part: OrderPart::{}, need: {need}, evidence: {} }}",
        path_variant(part.path),
        evidence_source(part.evidence)
    )
}

fn evidence_source(evidence: &str) -> String {
    format!("Evidence::{}", variant_name(evidence))
}

fn part_list(paths: &[&str]) -> String {
    let list: Vec<String> = paths
        .iter()
        .map(|path| format!("OrderPart::{}", path_variant(path)))
        .collect();
    format!("&[{}]", list.join(", "))
}
