//! The command line of `rollout`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use clap_complete::ArgValueCandidates;
use mobproc::types::TransactionType;
use mobproc_rollout::{MaxFailures, Price};

use crate::arguments::{Agreement, Consent, Limit, parse_kind, parse_time};
use crate::ids;

#[derive(Debug, Subcommand)]
pub(crate) enum RolloutCommand {
    /// Write a sheet to fill in, with what belongs into each column and what can be chosen.
    Template(SheetTemplate),
    /// Hold every row of a sheet against the rules and the inventory. Nothing is written.
    Check {
        #[command(flatten)]
        sheet: SheetChoice,
        /// Do not ask the server.
        #[arg(long)]
        offline: bool,
    },
    /// Have every row confirmed, which orders nothing, and write the plan. A plan that was stopped
    /// goes on when the same is run again.
    Plan(Plan),
    /// Show what a plan orders, and what it costs.
    Show {
        #[command(flatten)]
        which: Which,
        /// List the rows.
        #[arg(long)]
        rows: bool,
        #[command(flatten)]
        limit: Limit,
    },
    /// Agree to what a plan orders and costs. Nothing is ordered yet.
    Approve {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        agreement: Agreement,
    },
    /// Order what is approved. This orders for real: you are asked first. It can be run again after
    /// anything, and goes on where it was.
    Apply(Apply),
    /// Join in applying a rollout that somebody applies: for more machines on one PostgreSQL journal.
    Work(Apply),
    /// Say how many rows stand where.
    Status {
        #[command(flatten)]
        which: Which,
        /// Say it again and again, until nothing is under way.
        #[arg(long)]
        watch: bool,
    },
    /// Let whoever applies it finish what is under way, and begin nothing new.
    Pause {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "by hand")]
        reason: String,
    },
    /// End a pause, and go on applying.
    Resume(Apply),
    /// Look for every order whose answer was lost, in one walk.
    Reconcile {
        #[command(flatten)]
        which: Which,
        /// Keep looking for so long, such as 5m.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        wait: Option<Duration>,
    },
    /// Let rows that were certainly not ordered be sent once more by the next apply.
    Retry {
        #[command(flatten)]
        which: Which,
        /// Those that were refused.
        #[arg(long, required = true)]
        refused: bool,
    },
    /// Record what a person found out about a row that may or may not have been ordered.
    Resolve {
        #[command(flatten)]
        which: Which,
        /// The row's number in the sheet.
        row: u32,
        #[command(flatten)]
        decision: RowDecision,
        /// Why, for the journal.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
    /// Write the sheet with the number, id, price and state of each row, and why it stands there.
    Export {
        #[command(flatten)]
        which: Which,
        /// The file, .xlsx or .csv.
        #[arg(short = 'O', long, value_name = "FILE")]
        out: PathBuf,
        /// Overwrite the file.
        #[arg(long)]
        force: bool,
    },
    /// List every change of state: who, when, why.
    Audit {
        #[command(flatten)]
        which: Which,
        /// Only of this row.
        #[arg(long, value_name = "NUMBER")]
        row: Option<u32>,
        #[command(flatten)]
        limit: Limit,
    },
}

/// Which rollout.
#[derive(Debug, Clone, Args)]
pub(crate) struct Which {
    /// The file of the plan; with --journal its name.
    pub(crate) rollout: PathBuf,
    #[command(flatten)]
    pub(crate) journal: JournalChoice,
}

/// Where rollouts are kept.
#[derive(Debug, Clone, Args)]
pub(crate) struct JournalChoice {
    /// A PostgreSQL database, such as postgres://user@host/database, instead of a file.
    #[arg(long, value_name = "URL", env = "MOBPROC_JOURNAL", hide_env_values = true)]
    pub(crate) journal: Option<String>,
}

/// Which sheet.
#[derive(Debug, Args)]
pub(crate) struct SheetChoice {
    /// The sheet, .xlsx or .csv: each heading is a field, such as serviceId, shoppingCart.deviceId,
    /// properties.CONTACT_NUMBER, shipTo.address.CITY; or acting_for, wave, cost_center, key; or a note
    /// that begins with #.
    pub(crate) sheet: PathBuf,
    /// Which worksheet; the first if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) worksheet: Option<String>,
    /// An order, in JSON, YAML or TOML: what it says stands in every row that does not say otherwise.
    #[arg(long, value_name = "FILE")]
    pub(crate) base: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct SheetTemplate {
    /// The kind of order, such as upgrade.
    #[arg(value_parser = parse_kind)]
    pub(crate) kind: TransactionType,
    /// A line like those the orders are about.
    #[arg(long, value_name = "ID", add = ArgValueCandidates::new(ids::lines))]
    pub(crate) service: Option<String>,
    /// The vendor, where there are no lines yet.
    #[arg(long, value_name = "ID", conflicts_with = "service")]
    pub(crate) vendor: Option<String>,
    /// The file, .xlsx or .csv.
    #[arg(short = 'O', long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Overwrite the file.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) sheet: SheetChoice,
    /// The file of the plan; with --journal its name.
    #[arg(short = 'O', long, value_name = "NAME")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) journal: JournalChoice,
    /// Order what was ordered before once more: rows of another name are other orders.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: Option<String>,
    /// Whoever applies it has to be another person than whoever approved it.
    #[arg(long)]
    pub(crate) four_eyes: bool,
    /// Rows that are priced at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) parallel: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Only the rows of this wave.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) wave: Option<String>,
    /// Orders that are under way at once.
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) parallel: u16,
    /// Orders that are sent at most, such as 5/s or 30/m.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub(crate) rate: Option<Duration>,
    /// Stop after so many orders.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_orders: Option<u64>,
    /// Stop before the orders of this run cost more, such as 50000USD,9000USD/month.
    #[arg(long, value_name = "PRICE")]
    pub(crate) max_total: Option<Price>,
    /// Stop once more rows than so many, or so many percent, went wrong: 10 or 5%.
    #[arg(long, value_name = "NUMBER", value_parser = parse_failures)]
    pub(crate) max_failures: Option<MaxFailures>,
    /// How long an answer is waited for.
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = parse_time)]
    pub(crate) answer_within: Duration,
    /// How long lost answers are looked for at the end.
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_time)]
    pub(crate) look_for: Duration,
    /// The first pause in trouble; each further one is twice as long.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_time, hide = true)]
    pub(crate) first_pause: Duration,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct RowDecision {
    /// It was ordered, as this order.
    #[arg(long, value_name = "ORDER", num_args = 0..=1, default_missing_value = "")]
    pub(crate) placed: Option<String>,
    /// It was not ordered, and is not to be.
    #[arg(long)]
    pub(crate) not_placed: bool,
    /// It was not ordered, and is to be sent once more. The first one may still arrive: then it is
    /// ordered twice.
    #[arg(long)]
    pub(crate) send_again: bool,
}

/// `5/s`, `30/m` or `1000/h`: the time between two.
fn parse_rate(text: &str) -> Result<Duration, String> {
    let wrong = || "is not such as 5/s, 30/m or 1000/h".to_owned();
    let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
    let number: u32 = number.trim().parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    Duration::from_secs(seconds).checked_div(number).ok_or_else(wrong)
}

/// `10` or `5%`.
fn parse_failures(text: &str) -> Result<MaxFailures, String> {
    let wrong = || "is not such as 10 or 5%".to_owned();
    match text.trim().strip_suffix('%') {
        Some(percent) => match percent.trim().parse() {
            Ok(percent) if percent <= 100 => Ok(MaxFailures::Percent(percent)),
            _ => Err(wrong()),
        },
        None => text.trim().parse().map(MaxFailures::Number).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_shares_are_read() {
        assert_eq!(parse_rate("5/s"), Ok(Duration::from_millis(200)));
        assert_eq!(parse_rate("30/m"), Ok(Duration::from_secs(2)));
        for text in ["", "5", "0/s", "5/d", "-1/s", "a/s"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
        assert_eq!(parse_failures("10"), Ok(MaxFailures::Number(10)));
        assert_eq!(parse_failures("5%"), Ok(MaxFailures::Percent(5)));
        for text in ["", "%", "101%", "-1", "5 of 10"] {
            assert!(parse_failures(text).is_err(), "{text}");
        }
    }
}
