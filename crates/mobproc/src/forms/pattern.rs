//! Regular expressions from the server.

use regex_lite::RegexBuilder;

/// Whether a text fits a regular expression from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    Differs,
    /// It is not an expression, is too large, or holds what cannot be matched in linear time, such
    /// as look-around.
    NotChecked,
}

/// Compiled expressions may not be larger than this, in bytes.
const LARGEST_EXPRESSION: usize = 1 << 20;

/// Holds a whole text against an expression that the server sent, in linear time.
pub(crate) fn fits(expression: &str, text: &str) -> Fit {
    let compiled = |expression: &str| {
        RegexBuilder::new(expression)
            .size_limit(LARGEST_EXPRESSION)
            .build()
    };
    // By itself first, because `a)|(b` is an expression only between what is put around it. As
    // published they are not anchored, but meant for the whole value.
    match compiled(expression).and_then(|_| compiled(&format!("^(?:{expression})$"))) {
        Ok(expression) if expression.is_match(text) => Fit::Fits,
        Ok(_) => Fit::Differs,
        Err(_) => Fit::NotChecked,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, fits};

    #[test]
    fn expressions_are_meant_for_the_whole_text() {
        assert_eq!(fits("[A-Za-z][A-Za-z]", "CT"), Fit::Fits);
        assert_eq!(fits("[A-Za-z][A-Za-z]", "Connecticut"), Fit::Differs);
        assert_eq!(fits("[0-9]{4,5}(-[0-9]{4})?", "06510-1234"), Fit::Fits);
        assert_eq!(fits("a|b", "ab"), Fit::Differs);
        // Of an earlier revision of the pages.
        let date = r"(0[1-9]|1[012])[- /.](0[1-9]|[12][0-9]|3[01])[- /.]\d\d\d\d";
        assert_eq!(fits(date, "02/28/2030"), Fit::Fits);
        assert_eq!(fits(date, "2030-02-28"), Fit::Differs);
    }

    #[test]
    fn what_takes_more_than_linear_time_is_not_checked() {
        for expression in [
            "(?!000)[0-9]{3}",
            r"(a)\1",
            "(?<=a)b",
            "(?>a)",
            "a)|(b",
            "(?x)a #",
        ] {
            assert_eq!(fits(expression, "a"), Fit::NotChecked, "{expression}");
        }
    }

    #[test]
    fn no_expression_can_hang_the_client() {
        let begin = std::time::Instant::now();
        assert_eq!(fits("(a+)+b", &"a".repeat(5000)), Fit::Differs);
        assert_eq!(fits(r"((a+)\2?)+b", &"a".repeat(60)), Fit::NotChecked);
        assert_eq!(fits("((((a{100}){100}){100}){100})", "a"), Fit::NotChecked);
        assert_eq!(fits("[", "a"), Fit::NotChecked);
        assert_eq!(fits("(?<x", "a"), Fit::NotChecked);
        // Found by fuzzing: made the engine panic.
        assert_eq!(fits("(?(11)W000)W0-9]()?{1}", "120"), Fit::NotChecked);
        assert!(
            begin.elapsed() < std::time::Duration::from_secs(5),
            "{:?}",
            begin.elapsed()
        );
    }
}
