//! What the generator's output needs before people read and use it.
//!
//! Like the transforms, each pass fails when it has nothing to do any more.

use std::collections::{BTreeSet, HashMap};

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use serde_json::Value;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Fields, File, ImplItem, Item, ItemStruct, Meta, parse_quote};

use crate::document::join;
use crate::error::Error;
use crate::reading;
use crate::request_types::{self, is_option};
use crate::requests::end_at_the_request;
use crate::schema::{self, SCHEMAS};
use crate::syntax::{remove_derive, wire_name};

struct Pass {
    name: &'static str,
    reason: &'static str,
    apply: fn(&mut File, &Value) -> Result<usize, Error>,
}

const PASSES: [Pass; 14] = [
    Pass {
        name: "drop_panicking_constructor",
        reason: "`Client::new` panics where there is no TLS configuration",
        apply: drop_panicking_constructor,
    },
    Pass {
        name: "drop_version_header",
        reason: "the API documents no `api-version` header, and building it costs every call two allocations",
        apply: drop_version_header,
    },
    Pass {
        name: "end_at_the_request",
        reason: "how a request is sent, repeated and read is the business of whoever sends it",
        apply: end_at_the_request,
    },
    Pass {
        name: "rename_fields",
        reason: "x-rust-name gives a better name than the wire's",
        apply: rename_fields,
    },
    Pass {
        name: "box_members",
        reason: "x-rust-boxed keeps large members, often absent, from being moved about in every struct that holds them",
        apply: box_members,
    },
    Pass {
        name: "wrap_guesses",
        reason: "x-guess members must not fail the object they stand in because they look otherwise than thought",
        apply: wrap_guesses,
    },
    Pass {
        name: "discreet_debug",
        reason: "x-personal fields must not reach logs through Debug, and absent ones only make it long",
        apply: discreet_debug,
    },
    Pass {
        name: "derive_json_schema",
        reason: "the test that holds types against the spec needs their JSON Schema",
        apply: derive_json_schema,
    },
    Pass {
        name: "keep_unknown_members",
        reason: "x-keeps-unknown objects are known to get members that are not listed",
        apply: keep_unknown_members,
    },
    Pass {
        name: "read_in_place",
        reason: "what is derived moves what it has read several times, which costs more than reading it",
        apply: |file, _| reading::read_in_place(types(file)?),
    },
    Pass {
        name: "open_response_structs",
        reason: "the API adds members at any time, which must not break users",
        apply: open_response_structs,
    },
    Pass {
        name: "construct_requests",
        reason: "the API takes new members at any time, which must not break those who build requests",
        apply: construct_requests,
    },
    Pass {
        name: "plain_reading_code",
        reason: "the generator writes `::std::option::Option` where `Option` reads better",
        apply: plain_reading_code,
    },
    Pass {
        name: "documentation_by_line",
        reason: "a block comment with its text at the margin is hard to read in review",
        apply: documentation_by_line,
    },
];

/// Applies all passes.
pub(crate) fn apply(tokens: TokenStream, document: &Value) -> Result<File, Error> {
    let mut file: File =
        syn::parse2(tokens).map_err(|error| Error::Output(format!("it does not parse: {error}")))?;
    for pass in PASSES {
        if (pass.apply)(&mut file, document)? == 0 {
            return Err(Error::Needless {
                step: pass.name,
                reason: pass.reason,
            });
        }
    }
    Ok(file)
}

/// The items of `pub mod types`.
fn types(file: &mut File) -> Result<&mut Vec<Item>, Error> {
    file.items
        .iter_mut()
        .find_map(|item| match item {
            Item::Mod(module) if module.ident == "types" => module.content.as_mut().map(|(_, items)| items),
            _ => None,
        })
        .ok_or_else(|| Error::Output("there is no module `types`".to_owned()))
}

fn structs(items: &mut [Item]) -> impl Iterator<Item = &mut ItemStruct> {
    items.iter_mut().filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    })
}

fn drop_panicking_constructor(file: &mut File, _: &Value) -> Result<usize, Error> {
    let mut dropped = 0;
    for item in &mut file.items {
        if let Item::Impl(block) = item
            && block.trait_.is_none()
        {
            let before = block.items.len();
            block
                .items
                .retain(|item| !matches!(item, ImplItem::Fn(function) if function.sig.ident == "new"));
            dropped += before - block.items.len();
        }
    }
    Ok(dropped)
}

fn drop_version_header(file: &mut File, _: &Value) -> Result<usize, Error> {
    struct Drop {
        dropped: usize,
    }

    fn builds_header_map(statement: &syn::Stmt) -> bool {
        match statement {
            syn::Stmt::Local(local) => {
                matches!(&local.pat, syn::Pat::Ident(pattern) if pattern.ident == "header_map")
            }
            syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => is_header_map(&call.receiver),
            _ => false,
        }
    }

    fn is_header_map(expression: &syn::Expr) -> bool {
        matches!(expression, syn::Expr::Path(path) if path.path.is_ident("header_map"))
    }

    impl VisitMut for Drop {
        fn visit_block_mut(&mut self, block: &mut syn::Block) {
            let before = block.stmts.len();
            block.stmts.retain(|statement| !builds_header_map(statement));
            self.dropped += before - block.stmts.len();
            syn::visit_mut::visit_block_mut(self, block);
        }

        fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
            if let syn::Expr::MethodCall(call) = expression
                && call.method == "headers"
                && call.args.iter().all(is_header_map)
            {
                *expression = (*call.receiver).clone();
            }
            syn::visit_mut::visit_expr_mut(self, expression);
        }
    }

    let mut drop = Drop { dropped: 0 };
    drop.visit_file_mut(file);
    Ok(drop.dropped)
}

fn property<'a>(document: &'a Value, schema: &Ident, wire: &str) -> Option<&'a Value> {
    document.pointer(&join(
        &join(&join(SCHEMAS, &schema.to_string()), "properties"),
        wire,
    ))
}

fn rename_fields(file: &mut File, document: &Value) -> Result<usize, Error> {
    let items = types(file)?;
    let mut renames: HashMap<Ident, HashMap<Ident, Ident>> = HashMap::new();
    for item in structs(items) {
        let schema = item.ident.clone();
        for field in &mut item.fields {
            let Some(wire) = wire_name(field) else {
                continue;
            };
            let wanted = property(document, &schema, &wire)
                .and_then(|property| property.get("x-rust-name"))
                .and_then(Value::as_str);
            let Some(wanted) = wanted else { continue };
            let new = Ident::new(wanted, Span::call_site());
            let Some(old) = field.ident.replace(new.clone()) else {
                continue;
            };
            if old == wire.as_str() {
                field.attrs.push(parse_quote!(#[serde(rename = #wire)]));
            }
            renames.entry(schema.clone()).or_default().insert(old, new);
        }
    }
    // The `Default` of a struct names its fields.
    for item in items.iter_mut() {
        if let Item::Impl(block) = item
            && let Ok(own) = syn::parse2::<Ident>(block.self_ty.to_token_stream())
            && let Some(fields) = renames.get(&own)
        {
            RenameInLiterals { fields }.visit_item_impl_mut(block);
        }
    }
    Ok(renames.values().map(HashMap::len).sum())
}

struct RenameInLiterals<'a> {
    fields: &'a HashMap<Ident, Ident>,
}

impl VisitMut for RenameInLiterals<'_> {
    fn visit_field_value_mut(&mut self, value: &mut syn::FieldValue) {
        if let syn::Member::Named(name) = &mut value.member
            && let Some(new) = self.fields.get(name)
        {
            *name = new.clone();
        }
        syn::visit_mut::visit_field_value_mut(self, value);
    }
}

fn discreet_debug(file: &mut File, document: &Value) -> Result<usize, Error> {
    let is_personal = |value: Option<&Value>| value.is_some_and(|value| value.get("x-personal").is_some());
    let items = types(file)?;
    let mut impls: Vec<Item> = Vec::new();
    let mut hidden = 0;
    for item in structs(items) {
        let name = &item.ident;
        let schema = document.pointer(&join(SCHEMAS, &name.to_string()));
        let text = name.to_string();
        let body = match &item.fields {
            _ if is_personal(schema) => {
                hidden += 1;
                quote! { f.debug_tuple(#text).field(&crate::debug::Hidden).finish() }
            }
            Fields::Named(fields) => {
                let calls: Vec<TokenStream> = fields
                    .named
                    .iter()
                    .filter_map(|field| {
                        let ident = field.ident.as_ref()?;
                        let label = ident.to_string();
                        let personal = is_personal(property(document, name, &wire_name(field)?));
                        hidden += usize::from(personal);
                        Some(match (personal, is_option(&field.ty)) {
                            (true, true) => quote! { .hidden(#label, self.#ident.is_some()) },
                            (true, false) => quote! { .hidden(#label, true) },
                            (false, true) => quote! { .optional(#label, &self.#ident) },
                            (false, false) => quote! { .field(#label, &self.#ident) },
                        })
                    })
                    .collect();
                quote! { crate::debug::Struct::new(f, #text) #(#calls)* .finish() }
            }
            _ => continue,
        };
        impls.push(parse_quote! {
            impl ::std::fmt::Debug for #name {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    #body
                }
            }
        });
        remove_derive(&mut item.attrs, "Debug")?;
    }
    items.extend(impls);
    Ok(hidden)
}

fn derive_json_schema(file: &mut File, _: &Value) -> Result<usize, Error> {
    let mut derived = 0;
    for item in structs(types(file)?) {
        let after_docs = item
            .attrs
            .iter()
            .position(|attribute| !attribute.path().is_ident("doc"))
            .unwrap_or(0);
        item.attrs.insert(
            after_docs,
            parse_quote!(#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]),
        );
        derived += 1;
    }
    Ok(derived)
}

fn open_response_structs(file: &mut File, document: &Value) -> Result<usize, Error> {
    let requests: BTreeSet<String> = schema::request_schemas(document);
    let mut opened = 0;
    for item in structs(types(file)?) {
        let is_request = requests.contains(&item.ident.to_string());
        if matches!(item.fields, Fields::Named(_)) && !is_request {
            item.attrs.push(parse_quote!(#[non_exhaustive]));
            opened += 1;
        }
    }
    Ok(opened)
}

fn construct_requests(file: &mut File, document: &Value) -> Result<usize, Error> {
    let requests = schema::request_schemas(document);
    Ok(request_types::construct_requests(types(file)?, &requests))
}

fn box_members(file: &mut File, document: &Value) -> Result<usize, Error> {
    let is_boxed = |name: &Ident| {
        document
            .pointer(SCHEMAS)
            .and_then(|schemas| schemas.get(name.to_string()))
            .and_then(|schema| schema.get("x-rust-boxed"))
            == Some(&Value::Bool(true))
    };
    let mut boxed = 0;
    for item in structs(types(file)?) {
        for field in &mut item.fields {
            if let Some(inner) = inside_option(&mut field.ty)
                && let syn::Type::Path(path) = &*inner
                && path
                    .path
                    .segments
                    .last()
                    .is_some_and(|last| is_boxed(&last.ident))
            {
                *inner = parse_quote!(::std::boxed::Box<#path>);
                boxed += 1;
            }
        }
    }
    Ok(boxed)
}

fn wrap_guesses(file: &mut File, document: &Value) -> Result<usize, Error> {
    let mut wrapped = 0;
    for item in structs(types(file)?) {
        let schema = item.ident.clone();
        for field in &mut item.fields {
            let is_guess = wire_name(field)
                .and_then(|wire| property(document, &schema, &wire))
                .is_some_and(|property| property.get("x-guess") == Some(&Value::Bool(true)));
            if is_guess && let Some(inner) = inside_option(&mut field.ty) {
                *inner = parse_quote!(crate::types::Guess<#inner>);
                wrapped += 1;
            }
        }
    }
    Ok(wrapped)
}

fn keep_unknown_members(file: &mut File, document: &Value) -> Result<usize, Error> {
    /// Adds the member to the literals in which a type makes itself.
    struct AddToLiterals;

    impl VisitMut for AddToLiterals {
        fn visit_expr_struct_mut(&mut self, literal: &mut syn::ExprStruct) {
            if literal.path.is_ident("Self") {
                literal.fields.push(parse_quote!(others: Default::default()));
            }
        }
    }

    let items = types(file)?;
    let mut keeping = BTreeSet::new();
    for item in structs(items) {
        let keeps = document
            .pointer(&join(SCHEMAS, &item.ident.to_string()))
            .is_some_and(|schema| schema.get("x-keeps-unknown") == Some(&Value::Bool(true)));
        if let Fields::Named(fields) = &mut item.fields
            && keeps
        {
            fields.named.push(parse_quote! {
                /// Members this version does not know, as they came.
                #[serde(flatten)]
                #[cfg_attr(feature = "schemars", schemars(skip))]
                pub others: serde_json::Map<String, serde_json::Value>
            });
            keeping.insert(item.ident.clone());
        }
    }
    for item in items.iter_mut() {
        if let Item::Impl(block) = item
            && let Ok(own) = syn::parse2::<Ident>(block.self_ty.to_token_stream())
            && keeping.contains(&own)
        {
            AddToLiterals.visit_item_impl_mut(block);
        }
    }
    Ok(keeping.len())
}

/// What may be absent, of a type that says so.
fn inside_option(ty: &mut syn::Type) -> Option<&mut syn::Type> {
    let syn::Type::Path(path) = ty else { return None };
    let last = path
        .path
        .segments
        .last_mut()
        .filter(|last| last.ident == "Option")?;
    let syn::PathArguments::AngleBracketed(arguments) = &mut last.arguments else {
        return None;
    };
    arguments.args.iter_mut().find_map(|argument| match argument {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

fn plain_reading_code(file: &mut File, _: &Value) -> Result<usize, Error> {
    struct Shorten {
        changed: usize,
    }

    impl VisitMut for Shorten {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            const PRELUDE: [&str; 6] = ["Option", "Vec", "String", "Box", "Default", "Result"];
            // `Result` is shadowed nowhere; `Error` would be.
            let last = path.segments.last().map(|segment| segment.ident.to_string());
            let from_std = path.leading_colon.is_some()
                && path.segments.len() == 3
                && path.segments.first().is_some_and(|first| first.ident == "std");
            let in_fmt = path.segments.iter().any(|segment| segment.ident == "fmt");
            if from_std
                && !in_fmt
                && last.is_some_and(|last| PRELUDE.contains(&last.as_str()))
                && let Some(segment) = path.segments.last().cloned()
            {
                path.leading_colon = None;
                path.segments = std::iter::once(segment).collect();
                self.changed += 1;
            }
            syn::visit_mut::visit_path_mut(self, path);
        }
    }

    let mut shorten = Shorten { changed: 0 };
    shorten.visit_file_mut(file);
    Ok(shorten.changed)
}

fn documentation_by_line(file: &mut File, _: &Value) -> Result<usize, Error> {
    struct Split {
        changed: usize,
    }

    impl VisitMut for Split {
        fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
            *attributes = attributes
                .drain(..)
                .flat_map(|attribute| match doc_text(&attribute) {
                    Some(text) => {
                        self.changed += 1;
                        let lines = text.trim_end().lines();
                        lines
                            .map(|line| {
                                let line = match line {
                                    "" => String::new(),
                                    _ if line.starts_with(' ') => line.to_owned(),
                                    _ => format!(" {line}"),
                                };
                                parse_quote!(#[doc = #line])
                            })
                            .collect()
                    }
                    None => vec![attribute],
                })
                .collect();
        }
    }

    fn doc_text(attribute: &Attribute) -> Option<String> {
        let Meta::NameValue(meta) = &attribute.meta else {
            return None;
        };
        match &meta.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) if meta.path.is_ident("doc") => Some(text.value()),
            _ => None,
        }
    }

    let mut split = Split { changed: 0 };
    split.visit_file_mut(file);
    Ok(split.changed)
}
