//! The stand-in server as a program: its arguments, and running it. `mobproc-sandbox` is this, and
//! so is `mobproc sandbox start`.

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::backend::Backend;
use crate::deviation::{Deviation, UnknownDeviation};
use crate::fault::Rule;
use crate::sandbox::Sandbox;
use crate::scenario::ScenarioError;
use crate::state::OrderErrors;

/// What the program can be told.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Port to listen on; 0 is any free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,
    /// Address to listen on. Anything but loopback lets others on the network in.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// The source system to play: premium-mobile, rivermine or atlas.
    #[arg(long, default_value_t = Backend::PremiumMobile)]
    backend: Backend,
    /// How long access tokens live, in seconds.
    #[arg(long, default_value_t = 7199, value_name = "SECONDS")]
    token_lifetime: u64,
    /// Refuse orders with HTTP 200 and `status: ERROR` instead of HTTP 400.
    #[arg(long)]
    order_error_envelope: bool,
    /// A tenant of your own: a JSON file such as --print-seed prints.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Faults, scripts, clock and settings to begin with, and to come back to with every reset: a
    /// JSON file.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Keep orders, and what they make of lines and devices, in this file, and begin with what is
    /// there.
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,
    /// Print the tenant that comes with the sandbox, and end.
    #[arg(long)]
    print_seed: bool,
    /// Print the JSON Schema of a tenant's file, and end.
    #[arg(long)]
    print_seed_schema: bool,
    /// URL under which others reach it, such as `https://sandbox.example` behind a proxy; links in
    /// answers begin with it.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Accept requests for this host name too, such as a container's. May be given several times.
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Refuse requests that are not as documented: a wrong content type, a misspelt parameter, an
    /// unknown value, an order without `confirm`.
    #[arg(long)]
    strict: bool,
    /// Say in refusals what is there but hidden from the actor, which the API does not.
    #[arg(long)]
    explain: bool,
    /// Remember this many requests, the last ones.
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER")]
    keep: usize,
    /// Seconds an order that needs approval stays submitted before it waits for approval.
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    approval_after: u64,
    /// Seconds an order takes from each step to the next.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    ship_after: u64,
    /// Generate this many employees, each with a line and a device, in addition to the data set's.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    employees: usize,
    /// Seed of the generated employees: the same seed gives the same ones.
    #[arg(long, default_value_t = 0)]
    population_seed: u64,
    /// Be otherwise than the document says, for testing what is to notice it: the name of a
    /// deviation, or `all`. May be given several times.
    #[arg(long, value_name = "NAME")]
    deviate: Vec<String>,
    /// Answer what was asked in this recording (HAR) as it was answered there.
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Let something go wrong: `[OPERATION:]FAULT [N%] [xN]`, such as `order_create:drop-after x1`.
    /// May be given several times.
    #[arg(long, value_name = "RULE")]
    fault: Vec<Rule>,
}

/// Runs a sandbox until Ctrl-C, or until the system asks the program to end. Prints its settings on
/// standard output once it listens.
///
/// # Errors
///
/// It cannot start; the text says why, and names the file where one is to blame.
pub async fn run(arguments: Arguments) -> Result<(), String> {
    if arguments.print_seed || arguments.print_seed_schema {
        let text = if arguments.print_seed {
            Sandbox::seed()
        } else {
            Sandbox::seed_schema()
        };
        return io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| format!("cannot write to standard output: {error}"));
    }
    let address = SocketAddr::new(arguments.host, arguments.port);
    let mut builder = Sandbox::builder()
        .address(address)
        .backend(arguments.backend)
        .token_lifetime(Duration::from_secs(arguments.token_lifetime))
        .employees(arguments.employees)
        .population_seed(arguments.population_seed)
        .approval_after(Duration::from_secs(arguments.approval_after))
        .ship_after(Duration::from_secs(arguments.ship_after))
        .keep(arguments.keep);
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    if let Some(path) = &arguments.seed {
        builder = builder
            .seed(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(path) = &arguments.scenario {
        let scenario = read(path)?
            .parse()
            .map_err(|error: ScenarioError| format!("{}: {error}", path.display()))?;
        builder = builder.scenario(scenario);
    }
    if let Some(path) = &arguments.recording {
        let entries =
            mobproc_har::read(&read(path)?).map_err(|error| format!("{} {error}", path.display()))?;
        builder = builder.recording(&entries);
    }
    if let Some(path) = arguments.state_file {
        builder = builder.state_file(path);
    }
    if let Some(url) = arguments.public_url {
        builder = builder.public_url(url);
    }
    for name in arguments.allow_host {
        builder = builder.allow_host(name);
    }
    let mut deviations: Vec<Deviation> = Vec::new();
    for name in &arguments.deviate {
        match name.as_str() {
            "all" => deviations.extend(Deviation::ALL),
            name => deviations.push(
                name.parse()
                    .map_err(|error: UnknownDeviation| error.to_string())?,
            ),
        }
    }
    builder = builder.deviations(&deviations);
    if arguments.explain {
        builder = builder.explain();
    }
    if arguments.strict {
        builder = builder.strict();
    }
    if arguments.order_error_envelope {
        builder = builder.order_errors(OrderErrors::Envelope);
    }
    for rule in arguments.fault {
        builder = builder.fault(rule);
    }
    let sandbox = builder.start().await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {} is in use; choose another with --port", address.port()),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => error.to_string(),
        _ => format!("cannot listen on {address}: {error}"),
    })?;
    announce(&sandbox).map_err(|error| format!("cannot write to standard output: {error}"))?;
    told_to_stop()
        .await
        .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    sandbox.stop().await;
    Ok(())
}

/// Ends with Ctrl-C, or when the system asks the program to end.
async fn told_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// One variable a line, ready for a shell or an `.env` file.
fn announce(sandbox: &Sandbox) -> io::Result<()> {
    let credentials = sandbox.credentials();
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "# mobproc sandbox, listening on http://{}; Ctrl-C stops it",
        sandbox.address()
    )?;
    for (name, value) in [
        ("BASE_URL", &sandbox.base_url()),
        ("TOKEN_URL", &sandbox.token_url()),
        ("TENANT", &credentials.tenant),
        ("CLIENT_ID", &credentials.client_id),
        ("CLIENT_SECRET", &credentials.client_secret),
        ("USERNAME", &credentials.username),
        ("PASSWORD", &credentials.password),
    ] {
        writeln!(out, "MOBPROC_{name}={}", quoted(value))?;
    }
    out.flush()
}

/// A value as a shell takes it: as it is if it is plain, else in quotes.
fn quoted(value: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/@%+,".contains(letter);
    if value.chars().all(is_plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "'\\''"))
    }
}
