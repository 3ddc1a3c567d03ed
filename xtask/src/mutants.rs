//! `cargo xtask thorough mutants`: each file that decides something that costs money, changed bit by
//! bit. A change that no test notices is a gap, unless it is listed with its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::say;
use crate::tool::Tool;

const MUTANTS: Tool = Tool {
    name: "cargo-mutants",
    version: "26.0.0",
};

/// A file that decides, and the tests that are to notice when it decides otherwise.
struct Decider {
    file: &'static str,
    /// Tests of the crate with such a name, or all.
    tests: &'static [&'static str],
    /// Whether tests of the suite are among them. They take three times as long to build.
    suite: bool,
}

impl Decider {
    /// The crate it stands in, whose tests are run.
    fn package(&self) -> &'static str {
        self.file.split('/').nth(1).unwrap_or_default()
    }

    /// What of the crate is tested. What is compiled out is not noticed either.
    fn targets(&self) -> &'static [&'static str] {
        match self.package() {
            "mobproc-rollout" => &["--cargo-arg=--lib", "--cargo-arg=--test=simulation"],
            "mobproc-cli" => &["--cargo-arg=--bins"],
            _ => &["--cargo-arg=--lib", "--cargo-arg=--features=mobproc/stream"],
        }
    }

    /// Seconds after which tests are taken to hang: many times what they take.
    fn patience(&self) -> &'static str {
        if self.suite { "60" } else { "20" }
    }
}

const fn alone(file: &'static str, tests: &'static [&'static str]) -> Decider {
    Decider {
        file,
        tests,
        suite: false,
    }
}

const fn with_suite(file: &'static str, tests: &'static [&'static str]) -> Decider {
    Decider {
        file,
        tests,
        suite: true,
    }
}

/// Each file is tried alone, and a run that was stopped goes on where it was.
const DECIDERS: [Decider; 12] = [
    alone("crates/mobproc/src/transport/decide.rs", &["decide::"]),
    alone("crates/mobproc/src/transport/outcome.rs", &["outcome::"]),
    with_suite(
        "crates/mobproc/src/transport/order_view.rs",
        &["order_view::", "outcome::", "outcomes::", "surprises::"],
    ),
    alone("crates/mobproc/src/transport/pages.rs", &["pages::"]),
    alone("crates/mobproc/src/orders/reconcile.rs", &["reconcile::"]),
    alone("crates/mobproc/src/orders/saved.rs", &["saved::"]),
    with_suite(
        "crates/mobproc/src/orders/rules.rs",
        &["sent_bytes::", "order_rules::"],
    ),
    alone("crates/mobproc/src/auth/cache.rs", &["cache::"]),
    alone("crates/mobproc/src/auth/answer.rs", &["answer::"]),
    alone("crates/mobproc/src/retry.rs", &["retry::"]),
    alone("crates/mobproc-rollout/src/state.rs", &[]),
    alone("crates/mobproc-rollout/src/price.rs", &["price::"]),
];
/// The file as it was when trying it began, and when it was done.
const BEGUN: &str = "begun.rs";
const TRIED: &str = "tried.rs";
/// What was noticed, in all runs; and where the tool writes of the latest.
const NOTICED: &str = "noticed.txt";
const LATEST: &str = "mutants.out";
/// Changes that change nothing anybody could notice, each with its reason. The list only shrinks.
const EQUIVALENT: &str = "xtask/equivalent-mutants.txt";
/// So many of a hundred have to be noticed.
const LEAST: usize = 95;

pub(crate) fn run(root: &Path) -> Result<(), String> {
    MUTANTS.install(root)?;
    let equivalent = equivalent(root)?;
    let (mut noticed, mut missed) = (0, Vec::new());
    for decider in &DECIDERS {
        let file = decider.file;
        let folder = root.join("target/mutants").join(file.replace('/', "-"));
        if !is_done(root, file, &folder) {
            try_file(root, decider, &folder)?;
            mark(root, file, &folder, TRIED)?;
        }
        let (seen, unseen) = outcomes(&folder)?;
        say(&format!("{file}: {seen} noticed, {} not", unseen.len()));
        noticed += seen;
        missed.extend(unseen);
    }
    let listed = missed
        .iter()
        .filter(|mutant| equivalent.contains(*mutant))
        .count();
    let gaps: Vec<&String> = missed
        .iter()
        .filter(|mutant| !equivalent.contains(*mutant))
        .collect();
    for gap in &gaps {
        say(&format!("no test notices: {gap}"));
    }
    for known in &equivalent {
        if !missed.contains(known) {
            say(&format!(
                "noticed, or gone, so {EQUIVALENT} need not list it any more: {known}"
            ));
        }
    }
    let counted = noticed + gaps.len();
    let percent = (noticed * 100).checked_div(counted).unwrap_or(100);
    say(&format!(
        "{noticed} of {counted} changes are noticed: {percent} %; {listed} more are listed as changing nothing"
    ));
    if percent < LEAST {
        return Err(format!(
            "fewer than {LEAST} % of the changes are noticed; give them tests"
        ));
    }
    Ok(())
}

/// Changes one file in every way, and runs its tests.
fn try_file(root: &Path, decider: &Decider, folder: &Path) -> Result<(), String> {
    let resumes = if goes_on(root, decider.file, folder) {
        &["--iterate"][..]
    } else {
        let _ = fs::remove_dir_all(folder);
        &[]
    };
    mark(root, decider.file, folder, BEGUN)?;
    remember(folder)?;
    let suite: &[&str] = if decider.suite {
        &["--test-package", "mobproc-tests", "--cargo-arg=--test=suite"]
    } else {
        &[]
    };
    let status = Command::new(MUTANTS.path(root))
        .current_dir(root)
        .args([
            "mutants",
            "--no-shuffle",
            "--in-place",
            "--colors=never",
            "--output",
        ])
        .arg(folder)
        .args([
            "--file",
            decider.file,
            "--timeout",
            decider.patience(),
            "--baseline",
            "skip",
        ])
        .args(["--test-package", decider.package()])
        .args(decider.targets())
        .args(suite)
        .args(resumes)
        // The first ends the arguments of cargo-mutants, the second those of cargo.
        .args(["--", "--"])
        .args(decider.tests)
        .env("RUST_BACKTRACE", "0")
        .env("INSTA_UPDATE", "no")
        // Nobody reads a backtrace here, and linking without line tables takes half the time.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .status()
        .map_err(|error| format!("cargo-mutants could not be run: {error}"))?;
    // 2 and 3: some were not noticed, or took too long. Both are read below.
    match status.code() {
        Some(0 | 2 | 3) => remember(folder),
        _ => Err(format!("cargo-mutants failed on {} ({status})", decider.file)),
    }
}

/// A file that is as it was when it was tried need not be tried again.
fn is_done(root: &Path, file: &str, folder: &Path) -> bool {
    match (fs::read(root.join(file)), fs::read(folder.join(TRIED))) {
        (Ok(present), Ok(tried)) => present == tried,
        _ => false,
    }
}

fn mark(root: &Path, file: &str, folder: &Path, name: &str) -> Result<(), String> {
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(root.join(file), folder.join(name)))
        .map(drop)
        .map_err(|error| format!("{}: {error}", folder.display()))
}

/// Whether changes that were noticed before need not be tried again: what they change is the same,
/// only the tests below it may be others.
fn goes_on(root: &Path, file: &str, folder: &Path) -> bool {
    match (
        fs::read_to_string(root.join(file)),
        fs::read_to_string(folder.join(BEGUN)),
    ) {
        (Ok(present), Ok(begun)) => without_tests(&present) == without_tests(&begun),
        _ => false,
    }
}

fn without_tests(source: &str) -> &str {
    source
        .split_once("#[cfg(test)]\nmod tests")
        .map_or(source, |(code, _)| code)
}

/// How many changes were noticed, and which were not.
fn outcomes(folder: &Path) -> Result<(usize, Vec<String>), String> {
    let missed: Vec<String> = list(&folder.join(LATEST).join("missed.txt"))?
        .iter()
        .map(|mutant| without_place(mutant))
        .collect();
    let noticed = list(&folder.join(NOTICED))?.len();
    if noticed + missed.len() == 0 {
        return Err(format!("{}: no change was tried", folder.display()));
    }
    Ok((noticed, missed))
}

/// Adds what the latest run noticed to what was noticed before. A change that hangs is noticed as
/// well; one that does not compile is none, and the tool's own list of earlier runs mixes these up.
fn remember(folder: &Path) -> Result<(), String> {
    let known = folder.join(NOTICED);
    let mut noticed = list(&known).unwrap_or_default();
    for name in ["caught.txt", "timeout.txt"] {
        // Nothing was tried yet where there is no list.
        noticed.extend(list(&folder.join(LATEST).join(name)).unwrap_or_default());
    }
    let lines: Vec<String> = noticed.into_iter().collect();
    fs::write(&known, lines.join("\n")).map_err(|error| format!("{}: {error}", known.display()))
}

fn list(path: &Path) -> Result<BTreeSet<String>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// `file:line:column: what`, without line and column, which change with every edit.
fn without_place(mutant: &str) -> String {
    match mutant.split_once(": ") {
        Some((place, what)) => {
            let file = place.split(':').next().unwrap_or(place);
            format!("{file}: {what}")
        }
        None => mutant.to_owned(),
    }
}

/// The reviewed list: a change on each line, and its reason in the comment above.
fn equivalent(root: &Path) -> Result<BTreeSet<String>, String> {
    let text = fs::read_to_string(root.join(EQUIVALENT)).map_err(|error| format!("{EQUIVALENT}: {error}"))?;
    let mut found = BTreeSet::new();
    let mut has_reason = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            has_reason = true;
        } else if has_reason {
            found.insert(line.to_owned());
            has_reason = false;
        } else {
            return Err(format!("{EQUIVALENT}: no reason stands above `{line}`"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{LATEST, outcomes, remember, without_place, without_tests};

    #[test]
    fn tests_are_not_what_is_changed() {
        let code = "fn a() {}\n\n";
        assert_eq!(
            without_tests(&format!("{code}#[cfg(test)]\nmod tests {{}}\n")),
            code
        );
        assert_eq!(without_tests(code), code);
    }

    #[test]
    fn a_run_that_tried_nothing_is_no_success() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join(LATEST);
        fs::create_dir(&out).unwrap();
        let write = |name: &str, text: &str| fs::write(out.join(name), text).unwrap();
        for name in ["caught.txt", "missed.txt", "timeout.txt"] {
            write(name, "");
        }
        remember(folder.path()).unwrap();
        assert!(outcomes(folder.path()).is_err());
        write("missed.txt", "a.rs:1:2: replace f with ()\n");
        write("timeout.txt", "a.rs:2:2: replace g with ()\n");
        remember(folder.path()).unwrap();
        // The next run tries only what was missed.
        write("timeout.txt", "");
        write("caught.txt", "a.rs:3:2: replace h with ()\n");
        remember(folder.path()).unwrap();
        let expected = (2, vec!["a.rs: replace f with ()".to_owned()]);
        assert_eq!(outcomes(folder.path()), Ok(expected));
    }

    #[test]
    fn a_change_is_known_wherever_it_stands() {
        assert_eq!(
            without_place("crates/a/src/b.rs:10:5: replace f -> bool with true"),
            "crates/a/src/b.rs: replace f -> bool with true"
        );
    }
}
