//! Instructions of each path, kept in a file: whoever makes a call dearer is told.

use crate::calls;

/// Beside this file: one path a line, with its instructions in ours and by hand.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
/// How much more than what is kept is let pass.
const MARGIN: f64 = 1.02;

/// Counts, and compares with what is kept; with `MOBPROC_INSTRUCTIONS=write` keeps it instead.
/// Returns whether nothing has become dearer.
pub(crate) fn compare() -> bool {
    let Some(counted) = calls::held() else {
        println!("instructions are not counted: there is no valgrind here");
        return false;
    };
    if std::env::var("MOBPROC_INSTRUCTIONS").is_ok_and(|value| value == "write") {
        let mut text = String::from(
            "# Instructions of one call: ours, by hand. `cargo xtask thorough speed` compares the ratio of the two.\n",
        );
        for (path, ours, plain) in &counted {
            text.push_str(&format!("{path} {ours} {plain}\n"));
        }
        std::fs::write(FILE, text).unwrap();
        println!("written: {FILE}");
        return true;
    }
    let kept = std::fs::read_to_string(FILE).unwrap();
    let ratio = |ours: u64, plain: u64| ours as f64 / plain as f64;
    let mut is_held = true;
    for (path, ours, plain) in counted {
        let line = kept.lines().find(|line| line.split(' ').next() == Some(path));
        let numbers: Vec<u64> = line
            .into_iter()
            .flat_map(|line| line.split(' ').skip(1))
            .map(|number| number.parse().unwrap())
            .collect();
        let [known_ours, known_plain] = numbers.as_slice() else {
            panic!("{FILE} has no line for {path}");
        };
        let (before, now) = (ratio(*known_ours, *known_plain), ratio(ours, plain));
        let is_dearer = now > before * MARGIN;
        is_held &= !is_dearer;
        println!(
            "{path}: {now:.3} of a call by hand ({ours} against {plain} instructions), kept {before:.3}{}",
            if is_dearer { ": DEARER" } else { "" }
        );
        if is_dearer {
            println!(
                "  profile: start `{0} serve-fixed`, then valgrind --tool=callgrind {0} count our-{path} ADDRESS 150, \
                 then callgrind_annotate",
                std::env::current_exe().unwrap().display()
            );
        }
    }
    is_held
}
