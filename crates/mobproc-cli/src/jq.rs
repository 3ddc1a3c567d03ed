//! `--jq`: a filter over the JSON that would be printed.

use std::fmt;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

use crate::failure::Failure;

type Compiled = jaq_core::Filter<data::JustLut<Val>>;

/// A filter that was understood.
pub(crate) struct Filter {
    compiled: Compiled,
    text: String,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Filter")
    }
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let not_understood =
            || Failure::usage(format!("--jq: {} is not a filter of jq", text.escape_debug()));
        // It ends the program with an exit code that would mean something else.
        if text.contains("halt") {
            return Err(Failure::usage("--jq: halt is not supported"));
        }
        let loader = Loader::new(jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs()));
        let arena = Arena::default();
        let file = File { path: (), code: text };
        let modules = loader.load(&arena, file).map_err(|_| not_understood())?;
        jaq_core::Compiler::default()
            .with_funs(jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()))
            .compile(modules)
            .map(|compiled| Self {
                compiled,
                text: text.to_owned(),
            })
            .map_err(|_| not_understood())
    }

    /// Whether it only walks into members, which cannot fail on what this program prints but by
    /// telling so.
    pub(crate) fn is_path(&self) -> bool {
        self.text.split('|').map(str::trim).all(|step| {
            step.starts_with('.')
                && step
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "._[]?\"".contains(letter))
        })
    }

    /// What the filter makes of a JSON text: texts as they are, everything else as JSON.
    pub(crate) fn lines(&self, json: &str) -> Result<Vec<String>, Failure> {
        let input =
            read::parse_single(json.as_bytes()).map_err(|error| Failure::failed(format!("--jq: {error}")))?;
        let context = Ctx::<data::JustLut<Val>>::new(&self.compiled.lut, Vars::new([]));
        self.compiled
            .id
            .run((context, input))
            .map(unwrap_valr)
            .map(|value| match value {
                Ok(Val::TStr(text)) => Ok(String::from_utf8_lossy(&text).into_owned()),
                Ok(other) => Ok(other.to_string()),
                Err(error) => Err(Failure::usage(format!("--jq: {error}"))),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_picks_and_counts() {
        let lines = |filter: &str, json: &str| Filter::parse(filter).unwrap().lines(json).unwrap();
        assert_eq!(lines(".[].id", r#"[{"id":"a"},{"id":7}]"#), ["a", "7"]);
        assert_eq!(lines("length", "[1,2,3]"), ["3"]);
        assert_eq!(lines(".[] | select(.n > 1) | .n", r#"[{"n":1},{"n":2}]"#), ["2"]);
        // No digit is lost.
        assert_eq!(lines(".amount", r#"{"amount":199.990}"#), ["199.990"]);
    }

    #[test]
    fn a_path_is_told_from_what_can_fail_or_run_for_ever() {
        for (text, is_path) in [
            (".orderId", true),
            (".order.segments[0] | .id", true),
            (".\"odd name\"", false),
            ("def f: 1 + f; f", false),
            ("error(\"x\")", false),
            (".a | error", false),
            ("repeat(.)", false),
        ] {
            assert_eq!(Filter::parse(text).unwrap().is_path(), is_path, "{text}");
        }
        assert!(Filter::parse(".a | halt_error(3)").is_err());
    }

    #[test]
    fn what_is_no_filter_is_told() {
        assert!(
            Filter::parse(".[")
                .unwrap_err()
                .text()
                .contains("is not a filter")
        );
        assert!(Filter::parse("nosuchfunction").is_err());
        assert!(Filter::parse(".a").unwrap().lines("[1]").is_err());
    }
}
