//! Tables the generator does not make: what operations there are, and what their lists hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::open_enums;
use crate::schema::{self, CollectionSchema, HAND_WRITTEN, Operation};

/// The operation table.
pub(crate) fn source(document: &Value) -> String {
    let mut operations = schema::operations(document);
    operations.sort_by_key(Operation::id);
    let mut code = String::from(
        "/// Every operation of the API, so that retry rules, span names and tests read one source.\n\
         pub mod operations {\n    use crate::operation::{Method, Operation, Repeat};\n\n",
    );
    let mut all = String::new();
    for operation in &operations {
        let id = operation.id().unwrap_or_default();
        let constant = id.to_uppercase();
        let summary = operation
            .value
            .get("summary")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let method = match operation.method {
            "get" => "Get",
            _ => "Post",
        };
        // Writing to a string does not fail.
        let _ = write!(
            code,
            "    /// {summary}.\n    pub const {constant}: Operation = Operation {{\n        \
             id: {id:?},\n        method: Method::{method},\n        path: {path:?},\n        \
             repeat: {repeat},\n        paged: {paged},\n    }};\n\n",
            path = operation.path,
            repeat = repeat(operation),
            paged = is_paged(document, operation),
        );
        let _ = writeln!(all, "        {constant},");
    }
    let _ = write!(
        code,
        "    /// All of them, ordered by id.\n    pub static ALL: &[Operation] = &[\n{all}    ];\n}}\n"
    );
    code.push_str(&ids_source(&operations));
    code
}

/// An enum of the operations, for programs that have to deal with each of them.
fn ids_source(operations: &[Operation<'_>]) -> String {
    let mut variants = String::new();
    let mut all = String::new();
    let mut names = String::new();
    let mut rows = String::new();
    for id in operations.iter().filter_map(Operation::id) {
        let variant = open_enums::variant_name(id);
        let constant = id.to_uppercase();
        // Writing to a string does not fail.
        let _ = writeln!(variants, "    /// `{id}`.\n    {variant},");
        let _ = writeln!(all, "        Self::{variant},");
        let _ = writeln!(names, "            {id:?} => Some(Self::{variant}),");
        let _ = writeln!(rows, "            Self::{variant} => &operations::{constant},");
    }
    format!(
        "/// The name of an operation.\n\
         ///\n\
         /// Complete: a program that has to deal with every operation, such as a server, does not\n\
         /// compile when one is added.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\n\
         pub enum OperationId {{\n{variants}}}\n\n\
         impl OperationId {{\n    \
             /// All of them, in the order of [`operations::ALL`].\n    \
             pub const ALL: &'static [Self] = &[\n{all}    ];\n\n    \
             /// The operation of that name, such as `region_get`.\n    \
             #[must_use]\n    \
             pub fn from_name(name: &str) -> Option<Self> {{\n        match name {{\n{names}            _ => None,\n        }}\n    }}\n\n    \
             /// What is known of it.\n    \
             #[must_use]\n    \
             pub fn operation(self) -> &'static crate::Operation {{\n        match self {{\n{rows}        }}\n    }}\n\n    \
             /// Its name, such as `region_get`.\n    \
             #[must_use]\n    \
             pub fn as_str(self) -> &'static str {{\n        self.operation().id\n    }}\n\
         }}\n"
    )
}

fn repeat(operation: &Operation<'_>) -> String {
    if operation.method == "get" {
        return "Repeat::Safe".to_owned();
    }
    let condition = operation
        .value
        .get("x-safe-when")
        .and_then(Value::as_object)
        .and_then(|members| members.iter().next());
    match condition {
        Some((name, value)) => format!(
            "Repeat::SafeWhen {{\n            parameter: {name:?},\n            value: {:?},\n        }}",
            value.to_string()
        ),
        None => "Repeat::Never".to_owned(),
    }
}

fn is_paged(document: &Value, operation: &Operation<'_>) -> bool {
    operation
        .value
        .get("responses")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(_, response)| response.pointer("/content/application~1json/schema"))
        .map(|schema| schema::resolve(document, schema))
        .filter_map(schema::collection)
        .any(|collection| collection.paged)
}

/// The JSON Schema of every type, by the name of its schema in the document.
pub(crate) fn json_schemas_source(document: &Value) -> String {
    let mut code = String::from(
        "/// The JSON Schema of every type, by the name of its schema in the document.\n\
         #[cfg(feature = \"schemars\")]\n\
         pub fn json_schemas(generator: &mut schemars::SchemaGenerator) -> Vec<(&'static str, schemars::Schema)> {\n    \
         vec![\n",
    );
    for (name, schema) in schema::schemas(document) {
        let rust = rust_type(name, schema);
        // Writing to a string does not fail.
        let _ = writeln!(
            code,
            "        ({name:?}, <{rust} as schemars::JsonSchema>::json_schema(generator)),"
        );
    }
    code.push_str("    ]\n}\n");
    code
}

/// A macro that calls a generic function with the type of a schema named at run time.
pub(crate) fn dispatch_source(document: &Value) -> String {
    let mut code = String::from(
        "/// Calls a generic function with the type of the schema of that name; nothing if there is no such schema.\n\
         #[cfg(feature = \"document\")]\n#[doc(hidden)]\n#[macro_export]\n\
         macro_rules! for_schema {\n    ($name:expr, $run:ident $(, $argument:expr)*) => {\n        match $name {\n",
    );
    for (name, schema) in schema::schemas(document) {
        let rust = rust_type(name, schema).replace("crate::", "$crate::");
        // Writing to a string does not fail.
        let _ = writeln!(
            code,
            "            {name:?} => Some($run::<{rust}>($($argument),*)),"
        );
    }
    code.push_str("            _ => None,\n        }\n    };\n}\n");
    code
}

/// The Rust type of a component schema.
fn rust_type(name: &str, schema: &Value) -> String {
    if let Some((_, rust)) = HAND_WRITTEN.iter().find(|(known, _)| *known == name) {
        return (*rust).to_owned();
    }
    match schema::collection(schema) {
        Some(collection) => format!("crate::types::Collection<crate::types::{}>", collection.item),
        None => format!("crate::types::{name}"),
    }
}

/// What wraps each kind of item in a list.
pub(crate) fn collections_source(document: &Value) -> String {
    let items: BTreeMap<&str, CollectionSchema<'_>> = schema::schemas(document)
        .filter_map(|(_, schema)| schema::collection(schema))
        .map(|collection| (collection.item, collection))
        .collect();
    let mut code = String::new();
    for (item, CollectionSchema { member, wrapped, .. }) in items {
        let _ = write!(
            code,
            "impl crate::collection::Sealed for crate::types::{item} {{}}\n\n\
             impl crate::collection::Item for crate::types::{item} {{\n    \
             const MEMBER: &'static str = {member:?};\n    const WRAPPED: bool = {wrapped};\n}}\n\n"
        );
    }
    code
}
