//! The rules as a page for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Kind, Need, OrderRules, Part, rules};
use crate::document::Document;

/// The page for people: a matrix of kinds and parts, then each kind in words.
#[must_use]
pub fn page(document: &Document) -> String {
    let Some(rules) = rules(document.value()) else {
        return String::new();
    };
    let mut text = String::from(
        "# Kinds of order\n\n\
         Written by `cargo xtask regen` from `x-order-rules` in `openapi/mobproc.yaml`: what each kind of order needs, may carry\n\
         and shows, as far as the public documentation says.\n\n\
         **yes**: required. **if**: required under a condition, given below. **may**: optional. `-`: not documented.\n\
         In brackets, where it is not a full example or the text of a tutorial: (history) an earlier revision of the pages,\n\
         (inferred) our guess.\n\n",
    );
    matrix(&mut text, &rules);
    for kind in &rules.kinds {
        kind_page(&mut text, kind, &rules.conditions);
    }
    text.push_str("\n## What parts hold\n\nWhatever the kind of order, a part that is sent holds:\n\n");
    for part in &rules.members {
        let _ = writeln!(
            text,
            "- `{}`: {}",
            part.path,
            need_in_words(part, &rules.conditions)
        );
    }
    text
}

fn matrix(text: &mut String, rules: &OrderRules<'_>) {
    let paths: BTreeSet<&str> = rules
        .kinds
        .iter()
        .flat_map(|kind| kind.parts.iter().map(|part| part.path))
        .collect();
    let names: Vec<String> = rules
        .kinds
        .iter()
        .map(|kind| format!("`{}`", kind.name))
        .collect();
    // Writing to a string does not fail.
    let _ = writeln!(text, "| part | {} |", names.join(" | "));
    let _ = writeln!(text, "| --- |{}", " --- |".repeat(rules.kinds.len()));
    for path in paths {
        let _ = write!(text, "| `{path}` |");
        for kind in &rules.kinds {
            let cell = match kind.parts.iter().find(|part| part.path == path) {
                None => "-".to_owned(),
                Some(part) => {
                    let word = match part.need {
                        Need::Required => "**yes**",
                        Need::Conditional(_) => "**if**",
                        Need::Optional => "may",
                    };
                    match part.evidence {
                        "example" | "prose" => word.to_owned(),
                        other => format!("{word} ({other})"),
                    }
                }
            };
            let _ = write!(text, " {cell} |");
        }
        text.push('\n');
    }
}

fn kind_page(text: &mut String, kind: &Kind<'_>, conditions: &BTreeMap<&str, &str>) {
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "\n## {}\n\n{} Category: {}. Evidence: {} ({}).\n\n",
        kind.name,
        kind.summary,
        kind.category,
        kind.evidence,
        kind.pages.join(", ")
    );
    for part in &kind.parts {
        let _ = writeln!(text, "- `{}`: {}", part.path, need_in_words(part, conditions));
    }
    if let Some(choice) = &kind.choice {
        let _ = write!(text, "- at least one of {}", code_list(&choice.of));
        if !choice.perhaps.is_empty() {
            let _ = write!(text, "; {} alone may do", code_list(&choice.perhaps));
        }
        let _ = writeln!(text, " ({})", choice.evidence);
    }
    let _ = writeln!(text, "- the confirmation shows {}", code_list(&kind.confirmation));
    let _ = writeln!(text, "- the order shows {}", code_list(&kind.order));
    if let Some(other) = kind.answers_as {
        let _ = writeln!(text, "- the order comes back as `{other}`");
    }
}

fn need_in_words(part: &Part<'_>, conditions: &BTreeMap<&str, &str>) -> String {
    let need = match &part.need {
        Need::Required => "required".to_owned(),
        Need::Optional => "optional".to_owned(),
        Need::Conditional(when) => {
            let words: Vec<&str> = when
                .iter()
                .filter_map(|name| conditions.get(name).copied())
                .collect();
            format!("required if {}", words.join(", or if "))
        }
    };
    format!("{need} ({})", part.evidence)
}

fn code_list(names: &[&str]) -> String {
    let list: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    list.join(", ")
}
