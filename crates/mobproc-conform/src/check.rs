//! Checking one document: which schema it is of, and what is to be said about it.

use serde_json::Value;

use crate::checker::Checker;
use crate::recognise::{Unrecognised, recognise};
use crate::report::{Extent, Report};

/// What a document is held against.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// What its top-level members say.
    Recognise,
    /// This schema.
    Schema(String),
    /// The body of this operation.
    Operation(String, Direction),
}

/// Which body of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// What is sent.
    Request,
    /// What is answered.
    Response,
}

impl Checker {
    /// Checks one document.
    ///
    /// # Errors
    ///
    /// No schema fits it, or there is no schema or operation of the name given.
    pub fn check(&self, value: &Value, subject: &Subject) -> Result<Report, Unrecognised> {
        let (schema, extent) = match subject {
            Subject::Recognise => match lone_meta(value) {
                Some(meta) => return Ok(self.report("Meta", Extent::Whole, meta).below("/_meta")),
                None => recognise(self, value)?,
            },
            Subject::Schema(name) if self.schemas().get(name).is_some() => {
                let is_list = value.is_array() && self.schema_is_object(name);
                (name.clone(), if is_list { Extent::Items } else { Extent::Whole })
            }
            Subject::Schema(name) => return Err(Unrecognised::new(format!("there is no schema `{name}`"))),
            Subject::Operation(id, direction) => {
                let request = *direction == Direction::Request;
                let name = self.schemas().of_operation(id, request).ok_or_else(|| {
                    let what = if request { "request" } else { "answer" };
                    Unrecognised::new(format!("there is no operation `{id}` with a JSON {what}"))
                })?;
                (name.to_owned(), Extent::Whole)
            }
        };
        Ok(self.report(&schema, extent, value))
    }
}

/// The value of `_meta`, if that is all there is.
fn lone_meta(value: &Value) -> Option<&Value> {
    let members = value.as_object()?;
    members.get("_meta").filter(|_| members.len() == 1)
}
