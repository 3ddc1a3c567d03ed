//! Ratios that hold on a busy machine: the contenders take turns, and the median of the turns'
//! ratios counts.

use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often the contenders take turns.
const TURNS: usize = 41;
/// How long one turn of one contender takes at least, about.
const TURN: Duration = Duration::from_millis(12);

/// Runs the contenders in turns; gives the median seconds per run of the first and the ratio of
/// each to the last.
pub(crate) fn ratios(contenders: &mut [&mut dyn FnMut()]) -> (f64, Vec<f64>) {
    let runs: Vec<usize> = contenders
        .iter_mut()
        .map(|contender| {
            // Warm up, and learn how many runs make a turn.
            let begin = Instant::now();
            let mut runs = 0;
            while begin.elapsed() < TURN || runs < 3 {
                contender();
                runs += 1;
            }
            runs
        })
        .collect();
    let mut turns: Vec<Vec<f64>> = Vec::new();
    for _ in 0..TURNS {
        let times = contenders
            .iter_mut()
            .zip(&runs)
            .map(|(contender, runs)| {
                let begin = Instant::now();
                for _ in 0..*runs {
                    contender();
                }
                begin.elapsed().as_secs_f64() / *runs as f64
            })
            .collect();
        turns.push(times);
    }
    let last = contenders.len() - 1;
    let ratios = (0..contenders.len())
        .map(|place| median(turns.iter().map(|turn| turn[place] / turn[last])))
        .collect();
    (median(turns.iter().map(|turn| turn[0])), ratios)
}

/// Instructions of something that this program does as often as its last argument says, in a
/// process of its own: those of many times less those of few. Nothing where there is no valgrind.
pub(crate) fn instructions_of_one(arguments: &[&str], [few, many]: [u64; 2]) -> Option<u64> {
    let counted = |times: u64| {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().unwrap())
            .args(arguments)
            .arg(times.to_string())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, counted) = text.split_once("Collected : ")?;
        counted.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some(counted(many)?.saturating_sub(counted(few)?) / (many - few))
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What was measured, as Markdown.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 3]>);

impl Table {
    pub(crate) fn row(&mut self, what: impl Into<String>, figure: impl Into<String>, aim: impl Into<String>) {
        let row = [what.into(), figure.into(), aim.into()];
        // Long runs show where they are.
        println!("{}: {}", row[0], row[1]);
        self.0.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| what | measured | aim |\n| --- | --- | --- |")?;
        for [what, figure, aim] in &self.0 {
            writeln!(f, "| {what} | {figure} | {aim} |")?;
        }
        Ok(())
    }
}

/// Seconds, readable.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 1e-3 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}
