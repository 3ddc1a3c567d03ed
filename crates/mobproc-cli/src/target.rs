//! `-o`: the form in which data is printed, or the file a report goes to.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, Command, ValueEnum as _};

use crate::failure::Failure;
use crate::output::Format;

/// Where data goes, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To standard output, in a form that every command has.
    Printed(Format),
    /// To standard output, as SARIF: findings of `conform` and `probe`.
    Sarif,
    /// To standard output, as Markdown: reports of `conform` and `probe`.
    Markdown,
    /// To a file whose ending says the form: reports of `probe`.
    File(PathBuf),
}

impl Target {
    /// The form every command has; the table where it is another.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Printed(format) => *format,
            _ => Format::Table,
        }
    }

    /// Refuses what only reports have.
    pub(crate) fn only_formats(&self) -> Result<(), Failure> {
        match self {
            Self::Printed(_) => Ok(()),
            Self::Sarif | Self::Markdown => Err(Failure::usage(
                "-o sarif and -o markdown are for `conform` and `probe`",
            )),
            Self::File(path) => Err(Failure::usage(format!(
                "-o {}: only `probe` writes its report to a file; the forms are table, json, ndjson, yaml and csv",
                path.display()
            ))),
        }
    }
}

/// Reads `-o`: a form by its name, a file by its ending.
#[derive(Debug, Clone)]
pub(crate) struct TargetParser;

impl TypedValueParser for TargetParser {
    type Value = Target;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Target, clap::Error> {
        match value.to_str() {
            Some("sarif") => return Ok(Target::Sarif),
            Some("markdown") => return Ok(Target::Markdown),
            _ => {}
        }
        let path = PathBuf::from(value);
        if path.extension().is_some() {
            return Ok(Target::File(path));
        }
        EnumValueParser::<Format>::new()
            .parse_ref(command, argument, value)
            .map(Target::Printed)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let forms = Format::value_variants()
            .iter()
            .filter_map(Format::to_possible_value);
        let reports = [
            PossibleValue::new("sarif").help("Findings of conform and probe, for code hosts"),
            PossibleValue::new("markdown").help("Reports of conform and probe"),
        ];
        Some(Box::new(forms.chain(reports)))
    }
}
