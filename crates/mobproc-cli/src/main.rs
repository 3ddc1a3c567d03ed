//! `mobproc`: orders phones and lines from a terminal. See `mobproc help`.

mod arguments;
mod ask;
mod commands;
mod failure;
mod files;
mod ids;
mod jq;
mod keyring;
mod new_order;
mod output;
mod rollout_arguments;
mod session;
mod summary;
mod talk;
mod target;
mod verbose;
mod writes;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};
use clap_complete::CompleteEnv;

use arguments::{Arguments, Command, Order};
use commands::{
    api, approvals, auth, doctor, follow, lookups, manual, new, open, place, probe, profile, rollout,
    sandbox, template,
};
use failure::{Exit, Failure};
use output::Format;
use session::Context;
use target::Target;

fn main() -> ExitCode {
    // A shell asks for completions.
    CompleteEnv::with_factory(Arguments::command).complete();
    let Arguments { global, command } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let as_json = place::errors_are_json(global.output.format());
    if as_json {
        talk::speak_json();
    }
    let outcome = match Context::new(global) {
        Ok(context) => run(context, command),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(as_json);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Help and version are what was asked for; everything else is a mistake, told in the form that was
/// asked for.
fn not_understood(error: &clap::Error) -> ExitCode {
    let words: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let is_json = |value: &str| value == "json" || value == "ndjson";
    let wants_json = words
        .iter()
        .zip(words.iter().skip(1))
        .any(|(flag, value)| (flag == "-o" || flag == "--output") && is_json(value))
        || words.iter().any(|word| {
            ["--output=", "-o=", "-o"]
                .iter()
                .any(|flag| word.strip_prefix(flag).is_some_and(is_json))
        });
    if wants_json && error.use_stderr() {
        let text = error.to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let failure = Failure::usage(text.lines().next().unwrap_or_default());
        failure.next("mobproc help").tell(true);
        return ExitCode::from(Exit::Usage as u8);
    }
    // Nothing is left to be done if even that cannot be written.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8))
}

fn run(context: Context, command: Command) -> Result<(), Failure> {
    if !matches!(command, Command::Conform(_) | Command::Probe(_)) {
        context.global.output.only_formats()?;
    }
    // What asks nobody over the network needs no runtime.
    match &command {
        Command::Completions { shell } => return manual::completions(*shell),
        Command::Man { to, markdown } => return manual::man(to.as_deref(), *markdown),
        Command::Conform(arguments) => return conform(&context, arguments),
        Command::Redact { recording, to, keep } => return probe::redact(recording, to, *keep),
        Command::Profile(command) => return profile::run(&context, command),
        Command::Order(Order::Check { file, unknown }) => return place::check(&context, file, *unknown),
        Command::Order(Order::Pending) => return open::pending(&context),
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(run_online(context, command));
    // What is still under way is told to nobody.
    runtime.shutdown_background();
    outcome
}

async fn run_online(mut context: Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Auth(command) => auth::run(&context, &command).await,
        Command::Doctor => doctor::run(&context).await,
        Command::Me => lookups::me(&context).await,
        Command::Ping { text } => lookups::ping(&context, &text).await,
        Command::Employees(lookup) => lookups::employees(&context, &lookup).await,
        Command::Lines(lines) => lookups::lines(&context, &lines).await,
        Command::Devices(lookup) => lookups::devices(&context, &lookup).await,
        Command::Catalog(catalog) => lookups::catalog(&context, &catalog).await,
        Command::Vendors(lookup) => lookups::vendors(&context, &lookup).await,
        Command::Manufacturers(lookup) => lookups::manufacturers(&context, &lookup).await,
        Command::Regions(lookup) => lookups::regions(&context, &lookup).await,
        Command::Order(order) => run_order(&mut context, order).await,
        Command::Approvals(command) => approvals::run(&context, &command).await,
        Command::Rollout(command) => rollout::run(&context, *command).await,
        Command::Api(call) => api::run(&context, &call).await,
        Command::Sandbox(command) => sandbox::run(&mut context, command).await,
        // Dealt with before.
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { to, markdown } => manual::man(to.as_deref(), markdown),
        Command::Conform(arguments) => conform(&context, &arguments),
        Command::Probe(arguments) => probe::run(&context, &arguments).await,
        Command::Redact { recording, to, keep } => probe::redact(&recording, &to, keep),
        Command::Profile(command) => profile::run(&context, &command),
    }
}

async fn run_order(context: &mut Context, order: Order) -> Result<(), Failure> {
    match order {
        Order::Template(template) => template::run(context, &template).await,
        Order::New(order) => new::run(context, &order).await,
        Order::Check { file, unknown } => place::check(context, &file, unknown),
        Order::Confirm {
            file,
            out,
            force,
            unknown,
        } => place::confirm(context, &file, out.as_deref(), force, unknown).await,
        Order::Submit { confirmed, agreement } => place::submit(context, &confirmed, &agreement).await,
        Order::Place {
            file,
            unknown,
            agreement,
        } => place::place(context, &file, unknown, &agreement).await,
        Order::List { of, since, limit } => follow::list(context, of.as_ref(), since.as_deref(), limit).await,
        Order::Show { id } => follow::show(context, &id).await,
        Order::History { id, segment } => follow::history(context, &id, segment.as_deref()).await,
        Order::Shipments { id, segment } => follow::shipments(context, &id, segment.as_deref()).await,
        Order::Watch { id, every, at_most } => follow::watch(context, &id, every, at_most).await,
        Order::Pending => open::pending(context),
        Order::Reconcile { number, wait } => open::reconcile(context, &number, wait).await,
        Order::Resolve {
            number,
            decision,
            reason,
            consent,
        } => open::resolve(context, &number, &decision, reason.as_deref(), consent).await,
    }
}

fn conform(context: &Context, arguments: &mobproc_conform::program::Arguments) -> Result<(), Failure> {
    use mobproc_conform::program::{Format as Form, Verdict, run};
    let form = match &context.global.output {
        Target::Printed(Format::Table) => Form::Table,
        Target::Printed(Format::Json) => Form::Json,
        Target::Sarif => Form::Sarif,
        Target::Markdown => Form::Markdown,
        _ => {
            return Err(Failure::usage("conform prints -o table, json, sarif or markdown"));
        }
    };
    match run(arguments, form) {
        Ok(Verdict::Conforms) => Ok(()),
        Ok(Verdict::Drifts) => Err(Failure::new(
            Exit::Drift,
            "the traffic is otherwise than the document says",
        )),
        Ok(_) => Err(Failure::new(Exit::Failed, "not all files conform")),
        Err(message) => Err(Failure::usage(message)),
    }
}
