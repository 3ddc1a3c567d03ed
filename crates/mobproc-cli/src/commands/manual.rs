//! Completions, manual pages and the reference, all from the one place where the command line is
//! described.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_complete::env::Shells;

use crate::arguments::Arguments;
use crate::failure::Failure;

/// A few lines for a shell, which ask the program itself each time: so it can complete ids too.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let name = shell.to_string();
    let shells = Shells::builtins();
    let completer = shells
        .completer(&name)
        .ok_or_else(|| Failure::usage(format!("{name} is a shell that is not known")))?;
    let mut text = Vec::new();
    completer.write_registration("COMPLETE", "mobproc", "mobproc", "mobproc", &mut text)?;
    io::stdout().write_all(&text)?;
    Ok(())
}

pub(crate) fn man(to: Option<&Path>, markdown: bool) -> Result<(), Failure> {
    if markdown {
        io::stdout().write_all(reference().as_bytes())?;
        return Ok(());
    }
    let Some(folder) = to else {
        let mut text = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
        io::stdout().write_all(&text)?;
        return Ok(());
    };
    let unwritable = |error: io::Error| Failure::failed(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(unwritable)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(unwritable)
}

/// Every command and flag, as Markdown.
pub(crate) fn reference() -> String {
    let mut program = Arguments::command();
    program.build();
    let mut text = String::from(
        "# Reference of `mobproc`\n\nWritten by `mobproc man --markdown`; a test holds it. See the README for how to begin.\n",
    );
    let _ = writeln!(
        text,
        "\n{}\n",
        paragraph(program.get_long_about().or(program.get_about()))
    );
    if let Some(help) = program.get_after_help() {
        let _ = writeln!(text, "```text\n{help}\n```");
    }
    let _ = writeln!(text, "\n## Options of every command\n");
    flags(&program, &mut text, true);
    for command in program.get_subcommands() {
        describe(command, "mobproc", &mut text);
    }
    text
}

fn describe(command: &Command, above: &str, text: &mut String) {
    if command.get_name() == "help" {
        return;
    }
    let name = format!("{above} {}", command.get_name());
    if command.get_subcommands().next().is_some() {
        for command in command.get_subcommands() {
            describe(command, &name, text);
        }
        return;
    }
    let mut words = name.clone();
    for argument in command.get_positionals() {
        let value = argument
            .get_value_names()
            .and_then(<[_]>::first)
            .map_or("", |value| value.as_str());
        let _ = write!(
            words,
            " {}",
            if argument.is_required_set() {
                value.to_owned()
            } else {
                format!("[{value}]")
            }
        );
    }
    let _ = writeln!(
        text,
        "\n## `{words}`\n\n{}",
        paragraph(command.get_long_about().or(command.get_about()))
    );
    if command.get_arguments().any(is_own) {
        text.push('\n');
        flags(command, text, false);
    }
}

fn is_own(argument: &Arg) -> bool {
    !argument.is_global_set() && !["help", "version"].contains(&argument.get_id().as_str())
}

fn flags(command: &Command, text: &mut String, global: bool) {
    for argument in command.get_arguments() {
        let is_shown = if global {
            argument.is_global_set()
        } else {
            is_own(argument)
        };
        if !is_shown || argument.is_hide_set() {
            continue;
        }
        let value = argument
            .get_value_names()
            .and_then(<[_]>::first)
            .map(|value| value.as_str());
        let takes_value = argument.get_action().takes_values();
        let mut name = match (argument.get_short(), argument.get_long()) {
            (Some(short), Some(long)) => format!("-{short}, --{long}"),
            (None, Some(long)) => format!("--{long}"),
            (Some(short), None) => format!("-{short}"),
            (None, None) => String::new(),
        };
        if let Some(value) = value.filter(|_| takes_value) {
            let _ = write!(name, "{}{value}", if name.is_empty() { "" } else { " " });
        }
        let mut help = paragraph(argument.get_long_help().or(argument.get_help()));
        if argument.is_required_set() && argument.get_long().is_some() {
            help.push_str(" Required.");
        }
        let choices: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|_| takes_value && !argument.is_hide_possible_values_set())
            .map(|value| value.get_name().to_owned())
            .collect();
        if !choices.is_empty() {
            let _ = write!(help, " One of {}.", choices.join(", "));
        }
        let defaults: Vec<String> = argument
            .get_default_values()
            .iter()
            .filter(|_| takes_value)
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        if !defaults.is_empty() {
            let _ = write!(help, " Defaults to {}.", defaults.join(", "));
        }
        let _ = writeln!(text, "- `{name}`: {help}");
    }
}

fn paragraph(help: Option<&clap::builder::StyledStr>) -> String {
    let text = help.map(ToString::to_string).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().last() {
        None | Some('.' | '!' | '?') => text,
        Some(_) => format!("{text}."),
    }
}
