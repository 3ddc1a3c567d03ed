//! The command line: every command, flag and help text stands here.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::styling::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::ArgValueCandidates;
use mobproc::EmployeeRef;
use mobproc::types::{MoveCharges, TransactionType};

use crate::ids;
use crate::new_order::NewOrder;
use crate::rollout_arguments::RolloutCommand;
use crate::target::{Target, TargetParser};
use mobproc_rollout::Price;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    failed; nothing was ordered or changed
  2    the command line, a file or a setting is not as it should be
  3    refused by the rules of orders, by the server, or by you
  4    the credentials are missing or not accepted
  5    it may or may not have been carried out: `mobproc order pending`, `mobproc rollout status`
  6    a rollout, or a plan of one, of which some rows are not done
  7    the server, or recorded traffic, is otherwise than the document says
  130  interrupted

Environment:
  MOBPROC_PROFILE  the profile to use
  MOBPROC_CONFIG   the file of profiles
  MOBPROC_STATE    the folder of the journal and of the sandbox
  MOBPROC_JOURNAL  the PostgreSQL database of rollouts, instead of files
  MOBPROC_TENANT, MOBPROC_CLIENT_ID, MOBPROC_CLIENT_SECRET, MOBPROC_USERNAME, MOBPROC_PASSWORD,
  MOBPROC_ACCESS_TOKEN, MOBPROC_BASE_URL, MOBPROC_TOKEN_URL
                   settings without a profile
  NO_COLOR         no colours";

/// Orders, upgrades, suspends, ports and transfers phones and lines with Tangoe's Mobile
/// Procurement (MOBPROC) API.
///
/// Nothing is ordered without a price shown and a yes. With --sandbox everything works on a machine
/// where nothing is configured, and nothing real is ordered.
#[derive(Debug, Parser)]
#[command(name = "mobproc", version, after_help = EXIT_CODES, styles = Styles::plain(), max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The profile to use, instead of the one of MOBPROC_PROFILE or the default.
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "sandbox")]
    pub(crate) profile: Option<String>,
    /// Use a sandbox inside the program: nothing real is ordered. What is ordered there is
    /// remembered until `mobproc sandbox reset`.
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
    /// Ask in the name of this employee: a company id, or `id:` and a Tangoe id.
    #[arg(long = "as", global = true, value_name = "EMPLOYEE", value_parser = parse_employee, add = ArgValueCandidates::new(ids::employees))]
    pub(crate) acting_for: Option<EmployeeRef>,
    /// Ask in this hierarchy (Tangoe id).
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) hierarchy: Option<String>,
    /// A name for the server's logs that the calls of this command share.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) activity: Option<String>,
    /// How to print data; for the report of `probe` also a file.
    #[arg(short, long, global = true, value_parser = TargetParser, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Target,
    /// The columns of tables and CSV, such as `id,price.amount`.
    #[arg(long, global = true, value_name = "PATHS", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    /// Print what this filter of jq makes of the JSON.
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) jq: Option<String>,
    /// Never ask; fail where something is missing. So it is where there is no terminal.
    #[arg(long, global = true)]
    pub(crate) no_input: bool,
    /// Use colours.
    #[arg(long, global = true, value_enum, default_value_t = Colours::Auto, value_name = "WHEN")]
    pub(crate) color: Colours,
    /// Tell each attempt of each call on standard error, without secrets and personal data.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colours {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Log in, log out, and see whose credentials are used.
    #[command(subcommand)]
    Auth(Auth),
    /// The profiles: which tenant, which server, whose credentials.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Check settings, credentials, connection and journal, and say what is wrong.
    Doctor,
    /// Who the caller is and what they may do.
    Me,
    /// Check address, credentials and headers with a call that does nothing.
    Ping {
        /// A text for the server to send back.
        #[arg(default_value = "mobproc")]
        text: String,
    },
    /// Employees.
    #[command(subcommand)]
    Employees(Lookup<EmployeeFilter>),
    /// Lines: services with a number, a plan and a device.
    #[command(subcommand)]
    Lines(Lines),
    /// Devices that the company has.
    #[command(subcommand)]
    Devices(Lookup<OwnerFilter>),
    /// What can be ordered.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Vendors.
    #[command(subcommand)]
    Vendors(Lookup<NoFilter>),
    /// Manufacturers of devices.
    #[command(subcommand)]
    Manufacturers(Lookup<NoFilter>),
    /// Countries and states.
    #[command(subcommand)]
    Regions(Lookup<RegionFilter>),
    /// Orders: fill in, price, place, follow.
    #[command(subcommand)]
    Order(Order),
    /// Orders that wait for your approval.
    #[command(subcommand)]
    Approvals(Approvals),
    /// Thousands of orders from a spreadsheet: plan, price, approve, apply, and know what became of
    /// each.
    #[command(subcommand)]
    Rollout(Box<RolloutCommand>),
    /// Make any call of the API. Orders are not placed this way.
    Api(ApiCall),
    /// Hold JSON files of the API, or recorded traffic, against its document.
    Conform(mobproc_conform::program::Arguments),
    /// Ask a tenant what the document does not know: reads only, within a budget.
    Probe(Probe),
    /// Make a recording fit to be given away: everything is replaced that is not known to be
    /// harmless, and the result is searched for it.
    Redact {
        /// The recording, as `probe` and the library's recorder write it (.jsonl), or a HAR file.
        recording: PathBuf,
        /// The HAR file to write.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Keep the recording, which holds names, numbers and addresses. HAR files are always kept.
        #[arg(long)]
        keep: bool,
    },
    /// The stand-in server.
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page (for `man -l -`), or write all of them to a folder.
    Man {
        /// The folder.
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
        /// Print the reference as Markdown instead.
        #[arg(long, conflicts_with = "to")]
        markdown: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Probe {
    /// Make at most this many calls.
    #[arg(long, default_value_t = 150, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_calls: u32,
    /// How fast, such as 1/s or 30/m. Defaults to 1/s; to as fast as it goes with --sandbox.
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub(crate) rate: Option<Duration>,
    /// Confirm the order in this file too, as KIND=FILE, such as upgrade=order.json: it is checked
    /// and priced, never placed. May be given several times.
    #[arg(long, value_name = "KIND=FILE", value_parser = parse_confirm)]
    pub(crate) confirm: Vec<(TransactionType, PathBuf)>,
    /// Export what was sent and answered to this HAR file, redacted and searched.
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: Option<PathBuf>,
    /// Keep the raw recording after the export. It holds names, numbers and addresses.
    #[arg(long, requires = "recording")]
    pub(crate) keep_raw: bool,
    /// Write what was found out about the tenant to this file, for `ClientBuilder::capabilities`.
    #[arg(long, value_name = "FILE")]
    pub(crate) tenant_file: Option<PathBuf>,
    /// Compare with this OpenAPI document (YAML or JSON) instead of the one this version was built
    /// with.
    #[arg(long, value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    /// Begin anew, although a probe was stopped before its end.
    #[arg(long)]
    pub(crate) fresh: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Auth {
    /// Make a profile, or complete one, and store its secrets.
    Login(Login),
    /// Say where the secrets of the profile are, whom they belong to, and when the token ends.
    Status,
    /// Forget the stored secrets of the profile.
    Logout,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The code of the customer account.
    #[arg(long, value_name = "CODE")]
    pub(crate) tenant: Option<String>,
    /// The id of the client application.
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,
    /// The account, with its source system, such as command://svc-orders.
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Base URL of the API, for anything but production.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// URL of the token endpoint, for anything but production.
    #[arg(long, value_name = "URL")]
    pub(crate) token_url: Option<String>,
    /// A command that prints the secrets, such as `pass show mobproc`; nothing is stored then.
    #[arg(long, value_name = "COMMAND", conflicts_with = "insecure_storage")]
    pub(crate) secret_command: Option<String>,
    /// Store the secrets in a file that only you may read, instead of the system's keyring.
    #[arg(long)]
    pub(crate) insecure_storage: bool,
    /// Read the client secret and the password from standard input, one a line.
    #[arg(long)]
    pub(crate) secrets_from_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles.
    List,
    /// Show a profile, without secrets.
    Show {
        /// Which; the one in use if not given.
        name: Option<String>,
    },
    /// Make a profile the default.
    Use {
        /// Which.
        name: String,
    },
}

/// Looking at things of one kind.
#[derive(Debug, Subcommand)]
pub(crate) enum Lookup<F: Args> {
    /// List them.
    List {
        #[command(flatten)]
        filter: F,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Limit {
    /// Stop after this many.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct NoFilter {}

#[derive(Debug, Args)]
pub(crate) struct RegionFilter {
    /// Only the states of this country (its id); countries if not given.
    #[arg(long, value_name = "ID")]
    pub(crate) country: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EmployeeFilter {
    /// Only those changed since then, such as 2030-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct OwnerFilter {
    /// Only those of this employee: a company id, or `id:` and a Tangoe id.
    #[arg(long, value_name = "EMPLOYEE", value_parser = parse_employee, add = ArgValueCandidates::new(ids::employees))]
    pub(crate) of: Option<EmployeeRef>,
    /// Only those changed since then, such as 2030-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Lines {
    #[command(flatten)]
    Lookup(Lookup<OwnerFilter>),
    /// Give a line to another employee. This is a write: you are asked first.
    Move {
        /// The id of the line.
        #[arg(add = ArgValueCandidates::new(ids::lines))]
        id: String,
        /// The new owner: a company id, or `id:` and a Tangoe id.
        #[arg(long, value_name = "EMPLOYEE", value_parser = parse_employee, add = ArgValueCandidates::new(ids::employees))]
        to: EmployeeRef,
        /// Which charges of the past go to the new owner.
        #[arg(long, value_name = "WHICH", default_value = "move-no-charges", value_parser = parse_charges)]
        charges: MoveCharges,
        #[command(flatten)]
        consent: Consent,
    },
}

/// Saying yes beforehand.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Consent {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Devices.
    Devices {
        /// What is offered for this kind of order, such as upgrade.
        #[arg(long, value_name = "KIND", value_parser = parse_kind)]
        kind: Option<TransactionType>,
        /// What is offered for this line.
        #[arg(long, value_name = "ID", add = ArgValueCandidates::new(ids::lines))]
        service: Option<String>,
        /// What this vendor offers.
        #[arg(long, value_name = "ID", add = ArgValueCandidates::new(ids::vendors))]
        vendor: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Plans.
    Plans(Limit),
    /// Optional features.
    Features(Limit),
    /// Accessories.
    Accessories {
        /// What is offered for this line.
        #[arg(long, value_name = "ID", add = ArgValueCandidates::new(ids::lines))]
        service: Option<String>,
        /// What fits this device that the company has.
        #[arg(long, value_name = "ID")]
        device: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Write a file to fill in, with what the tenant asks for and what can be chosen.
    Template(Template),
    /// Ask for what an order needs, with what can be chosen, and write its file.
    #[command(subcommand)]
    New(NewOrder),
    /// Hold an order's file against the rules of its kind, without asking the server.
    Check {
        /// The file, in JSON, YAML or TOML; `-` is standard input.
        file: PathBuf,
        #[command(flatten)]
        unknown: Unknown,
    },
    /// Have an order checked and priced by the server. Nothing is ordered.
    Confirm {
        /// The file, in JSON, YAML or TOML; `-` is standard input.
        file: PathBuf,
        /// Write the confirmed order there, for `order submit`.
        #[arg(short = 'O', long, value_name = "CONFIRMED")]
        out: Option<PathBuf>,
        /// Overwrite the file.
        #[arg(long, requires = "out")]
        force: bool,
        #[command(flatten)]
        unknown: Unknown,
    },
    /// Place an order that was confirmed. This orders for real: you are asked first.
    Submit {
        /// The file of `order confirm --out`; `-` is standard input.
        confirmed: PathBuf,
        #[command(flatten)]
        agreement: Agreement,
    },
    /// Confirm an order, show what it costs, and place it. This orders for real: you are asked
    /// first.
    Place {
        /// The file, in JSON, YAML or TOML; `-` is standard input.
        file: PathBuf,
        #[command(flatten)]
        unknown: Unknown,
        #[command(flatten)]
        agreement: Agreement,
    },
    /// List orders.
    List {
        /// Only those of this employee: a company id, or `id:` and a Tangoe id.
        #[arg(long, value_name = "EMPLOYEE", value_parser = parse_employee, add = ArgValueCandidates::new(ids::employees))]
        of: Option<EmployeeRef>,
        /// Only those changed since then, such as 2030-01-31T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// Show an order.
    Show {
        /// The order id.
        #[arg(add = ArgValueCandidates::new(ids::orders))]
        id: String,
    },
    /// What happened to an order.
    History {
        /// The order id.
        #[arg(add = ArgValueCandidates::new(ids::orders))]
        id: String,
        /// Only this segment.
        #[arg(long, value_name = "ID")]
        segment: Option<String>,
    },
    /// What was shipped for an order.
    Shipments {
        /// The order id.
        #[arg(add = ArgValueCandidates::new(ids::orders))]
        id: String,
        /// Only this segment.
        #[arg(long, value_name = "ID")]
        segment: Option<String>,
    },
    /// Look at an order again and again, until it is more than submitted.
    Watch {
        /// The order id.
        #[arg(add = ArgValueCandidates::new(ids::orders))]
        id: String,
        /// How often to look, such as 30s or 5m.
        #[arg(long, value_name = "TIME", default_value = "1m", value_parser = parse_time)]
        every: Duration,
        /// How long to look, such as 8h.
        #[arg(long, value_name = "TIME", default_value = "8h", value_parser = parse_time)]
        at_most: Duration,
    },
    /// List what was sent from this machine and may or may not have been carried out.
    Pending,
    /// Find out what became of an order, or another write, whose answer was lost.
    Reconcile {
        /// The external order number, or the number that `order pending` shows.
        #[arg(add = ArgValueCandidates::new(ids::open_numbers))]
        number: String,
        /// Keep looking for so long, such as 5m.
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        wait: Option<Duration>,
    },
    /// Record what a person found out about a write that may or may not have been carried out.
    Resolve {
        /// The external order number, or the number that `order pending` shows.
        #[arg(add = ArgValueCandidates::new(ids::open_numbers))]
        number: String,
        #[command(flatten)]
        decision: Resolution,
        /// Why, for the journal.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Resolution {
    /// It was carried out, as this order.
    #[arg(long, value_name = "ORDER", num_args = 0..=1, default_missing_value = "")]
    pub(crate) placed: Option<String>,
    /// It was not carried out. The same file can be submitted again after that.
    #[arg(long)]
    pub(crate) not_placed: bool,
}

/// What the document of the API does not know.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Unknown {
    /// Send members that the API's document does not know, instead of taking them for misspelt.
    #[arg(long)]
    pub(crate) allow_unknown: bool,
}

/// Agreeing to a price beforehand.
#[derive(Debug, Args)]
pub(crate) struct Agreement {
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// What it has to cost, such as 199.99USD,58.67USD/month, or none. Anything else is refused.
    #[arg(long, value_name = "PRICE", allow_hyphen_values = true)]
    pub(crate) expect_total: Option<Price>,
    /// What it may cost at most, by currency and recurrence, such as 500USD,100USD/month.
    #[arg(long, value_name = "PRICE")]
    pub(crate) max_total: Option<Price>,
}

#[derive(Debug, Args)]
pub(crate) struct Template {
    /// The kind of order, such as upgrade.
    #[arg(value_parser = parse_kind)]
    pub(crate) kind: TransactionType,
    /// The line the order is about.
    #[arg(long, value_name = "ID", add = ArgValueCandidates::new(ids::lines))]
    pub(crate) service: Option<String>,
    /// The vendor, where there is no line yet.
    #[arg(long, value_name = "ID", conflicts_with = "service")]
    pub(crate) vendor: Option<String>,
    /// Write the file there, instead of standard output.
    #[arg(short = 'O', long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Overwrite the file.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Approvals {
    /// List orders that the caller, or the employee of --as, can approve.
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Approve an order. This is a write: you are asked first.
    Approve(Decide),
    /// Reject an order. This is a write: you are asked first.
    Reject(Decide),
}

#[derive(Debug, Args)]
pub(crate) struct Decide {
    /// The order id.
    #[arg(add = ArgValueCandidates::new(ids::orders))]
    pub(crate) id: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

#[derive(Debug, Args)]
pub(crate) struct ApiCall {
    /// GET or POST.
    #[arg(value_enum, ignore_case = true)]
    pub(crate) method: Method,
    /// The path below the base URL, such as /vendors/7.
    pub(crate) path: String,
    /// A parameter of the query, or a member of the body of a POST. May be given several times.
    #[arg(short = 'F', long = "field", value_name = "NAME=VALUE")]
    pub(crate) fields: Vec<String>,
    /// The body of a POST, as a JSON file; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "fields")]
    pub(crate) input: Option<PathBuf>,
    /// Take the pages of a list one after another.
    #[arg(long)]
    pub(crate) paginate: bool,
    #[command(flatten)]
    pub(crate) consent: Consent,
}

/// The methods the API has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Read.
    #[value(name = "GET")]
    Get,
    /// Write.
    #[value(name = "POST")]
    Post,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Run a sandbox for others, until Ctrl-C.
    Start(Box<mobproc_sandbox::program::Arguments>),
    /// Forget what was ordered in the sandbox inside the program, and its journal.
    Reset,
    /// Say what the sandbox inside the program remembers.
    Status,
}

/// The time between two calls.
fn parse_rate(text: &str) -> Result<Duration, String> {
    let no = || "is no rate: 1/s, 30/m and 100/h are".to_owned();
    let (number, unit) = text.split_once('/').ok_or_else(no)?;
    let number: u32 = number.trim().parse().map_err(|_| no())?;
    let per = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(no()),
    };
    Duration::from_secs(per).checked_div(number).ok_or_else(no)
}

/// A kind of order and a file.
fn parse_confirm(text: &str) -> Result<(TransactionType, PathBuf), String> {
    let (kind, file) = text
        .split_once('=')
        .ok_or("is not KIND=FILE, such as upgrade=order.json")?;
    Ok((parse_kind(kind)?, PathBuf::from(file)))
}

/// A company id, or `id:` and a Tangoe id.
pub(crate) fn parse_employee(text: &str) -> Result<EmployeeRef, String> {
    text.parse()
        .map_err(|error: mobproc::NoEmployee| error.to_string())
}

/// How a value of the API is written on the command line: `xfer-service-in` for `XFER_SERVICE_IN`.
fn plain_name(value: &str) -> String {
    value.to_lowercase().replace('_', "-")
}

pub(crate) fn kind_name(kind: &TransactionType) -> String {
    plain_name(kind.as_str())
}

fn parse_known<T: Clone>(text: &str, known: &[T], name: impl Fn(&T) -> &str) -> Result<T, String> {
    let wanted = plain_name(text);
    let found = known.iter().find(|value| plain_name(name(value)) == wanted);
    found.cloned().ok_or_else(|| {
        let all: Vec<String> = known.iter().map(|value| plain_name(name(value))).collect();
        format!("is none of {}", all.join(", "))
    })
}

pub(crate) fn parse_kind(text: &str) -> Result<TransactionType, String> {
    parse_known(text, TransactionType::KNOWN, TransactionType::as_str)
}

fn parse_charges(text: &str) -> Result<MoveCharges, String> {
    parse_known(text, MoveCharges::KNOWN, MoveCharges::as_str)
}

/// Seconds, or a number with s, m, h or d.
pub(crate) fn parse_time(text: &str) -> Result<Duration, String> {
    let wrong = || "is not such as 30s, 5m, 8h or 2d".to_owned();
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(seconds)
        .filter(|seconds| *seconds <= 366 * 86_400)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}
