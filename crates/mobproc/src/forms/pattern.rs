//! Regular expressions from the server.

/// Whether a text fits a regular expression from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    Fits,
    Differs,
    /// It is not an expression, too large, or would take too long.
    NotChecked,
}

/// Compiled expressions may not be larger than this, in bytes.
const LARGEST_EXPRESSION: usize = 1 << 20;
/// Steps an expression with look-around may take.
const MOST_STEPS: usize = 100_000;

/// Holds a whole text against an expression that the server sent, in linear or bounded time.
pub(crate) fn fits(expression: &str, text: &str) -> Fit {
    // As published they are not anchored, but meant for the whole value.
    let anchored = format!("^(?:{expression})$");
    let linear = regex::RegexBuilder::new(&anchored)
        .size_limit(LARGEST_EXPRESSION)
        .build();
    if let Ok(linear) = linear {
        return if linear.is_match(text) {
            Fit::Fits
        } else {
            Fit::Differs
        };
    }
    // The other engine knows far more than forms need, and not all of it keeps its word: a
    // conditional on a group that does not exist made it panic.
    if !fancy_regex::Expr::parse_tree(&anchored).is_ok_and(|tree| is_plain(&tree.expr)) {
        return Fit::NotChecked;
    }
    let bounded = fancy_regex::RegexBuilder::new(&anchored)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(LARGEST_EXPRESSION)
        .build();
    match bounded.map(|bounded| bounded.is_match(text)) {
        Ok(Ok(true)) => Fit::Fits,
        Ok(Ok(false)) => Fit::Differs,
        Ok(Err(_)) | Err(_) => Fit::NotChecked,
    }
}

/// Whether an expression holds nothing beyond what expressions in web forms hold: classes,
/// repetition, look-around, references back.
fn is_plain(expression: &fancy_regex::Expr) -> bool {
    use fancy_regex::Expr;

    let is_plain = |part: &Expr| {
        matches!(
            part,
            Expr::Empty
                | Expr::Any { .. }
                | Expr::Assertion(_)
                | Expr::Literal { .. }
                | Expr::Concat(_)
                | Expr::Alt(_)
                | Expr::Group(_)
                | Expr::LookAround(..)
                | Expr::Repeat { .. }
                | Expr::Delegate { .. }
                | Expr::Backref { .. }
        )
    };
    is_plain(expression) && !expression.has_descendant(|part| !is_plain(part))
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
        // Look-around goes to the other engine.
        assert_eq!(fits("(?!000)[0-9]{3}", "123"), Fit::Fits);
        assert_eq!(fits("(?!000)[0-9]{3}", "000"), Fit::Differs);
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
