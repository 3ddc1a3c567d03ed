//! Types that people build, so that they can grow: constructors for what is required, and arguments
//! with names.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use quote::quote;
use syn::{
    Attribute, Expr, Field, Fields, FnArg, ImplItem, Item, ItemStruct, Lit, Meta, Pat, Type, parse_quote,
};

/// Arguments from which on a function takes a struct with names.
const MOST_ARGUMENTS: usize = 4;

/// Lets request types grow: they cannot be built by a literal, but by a constructor that takes what
/// is required. Returns the number of types.
pub(crate) fn construct_requests(items: &mut Vec<Item>, requests: &BTreeSet<String>) -> usize {
    let mut constructors: Vec<Item> = Vec::new();
    for item in items.iter_mut() {
        let Item::Struct(item) = item else { continue };
        if requests.contains(&item.ident.to_string())
            && let Fields::Named(_) = &item.fields
        {
            constructors.push(constructor(item));
            item.attrs.push(parse_quote!(#[non_exhaustive]));
        }
    }
    let count = constructors.len();
    items.extend(constructors);
    count
}

fn constructor(item: &ItemStruct) -> Item {
    let name = &item.ident;
    let mut arguments = Vec::new();
    let mut values = Vec::new();
    for field in &item.fields {
        let Some(ident) = &field.ident else { continue };
        let ty = &field.ty;
        if is_option(ty) {
            values.push(quote! { #ident: None });
        } else if is_string(ty) {
            arguments.push(quote! { #ident: impl Into<String> });
            values.push(quote! { #ident: #ident.into() });
        } else {
            arguments.push(quote! { #ident: #ty });
            values.push(quote! { #ident });
        }
    }
    let doc = if arguments.is_empty() {
        " With everything absent."
    } else {
        " With what is required. Everything else is absent until it is set."
    };
    parse_quote! {
        impl #name {
            #[doc = #doc]
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#values),* }
            }
        }
    }
}

/// Puts the arguments of functions that take many into structs of their own, which are returned.
pub(crate) fn name_arguments(functions: &mut [ImplItem]) -> Result<Vec<Item>, String> {
    let mut structs = Vec::new();
    for item in functions {
        let ImplItem::Fn(function) = item else { continue };
        let arguments: Vec<(Ident, Type)> = function
            .sig
            .inputs
            .iter()
            .filter_map(|argument| match argument {
                FnArg::Typed(argument) => match &*argument.pat {
                    Pat::Ident(pattern) => Some((pattern.ident.clone(), (*argument.ty).clone())),
                    _ => None,
                },
                FnArg::Receiver(_) => None,
            })
            .collect();
        if arguments.len() <= MOST_ARGUMENTS {
            continue;
        }
        if arguments.iter().any(|(name, _)| name == "body") {
            return Err(format!("{} has a body and many arguments", function.sig.ident));
        }
        let operation = function.sig.ident.to_string();
        let name = Ident::new(&format!("{}Params", camel_case(&operation)), Span::call_site());
        let docs = take_argument_docs(&mut function.attrs, &name);
        structs.extend(params(&operation, &name, &arguments, &docs)?);
        let names = arguments.iter().map(|(name, _)| name);
        let block = &function.block;
        function.sig.inputs = parse_quote!(&self, params: params::#name<'_>);
        function.block = parse_quote!({
            let params::#name { #(#names),* } = params;
            #block
        });
        unwrap_block(&mut function.block);
    }
    Ok(structs)
}

/// `{ let ..; { rest } }` becomes `{ let ..; rest }`.
fn unwrap_block(block: &mut syn::Block) {
    if let Some(syn::Stmt::Expr(Expr::Block(inner), None)) = block.stmts.pop() {
        block.stmts.extend(inner.block.stmts);
    }
}

fn params(
    operation: &str,
    name: &Ident,
    arguments: &[(Ident, Type)],
    docs: &[(String, String)],
) -> Result<Vec<Item>, String> {
    let mut fields: Vec<Field> = Vec::new();
    let mut required = Vec::new();
    let mut values = Vec::new();
    for (argument, ty) in arguments {
        let (_, doc) = docs
            .iter()
            .find(|(known, _)| argument == known)
            .ok_or_else(|| format!("the argument {argument} of {operation} is not described"))?;
        let doc = format!(" {doc}");
        let ty = with_lifetime(ty.clone());
        if is_option(&ty) {
            values.push(quote! { #argument: None });
        } else {
            required.push(quote! { #argument: #ty });
            values.push(quote! { #argument });
        }
        fields.push(parse_quote!(#[doc = #doc] pub #argument: #ty));
    }
    let doc = format!(" Arguments of [`Api::{operation}`](crate::Api::{operation}).");
    let text = name.to_string();
    let constructor = if required.is_empty() {
        " With every argument absent."
    } else {
        " With what is required. Every other argument is absent until it is set."
    };
    let default: Option<Attribute> = required.is_empty().then(|| parse_quote!(#[derive(Default)]));
    Ok(vec![
        parse_quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, PartialEq)]
            #default
            #[non_exhaustive]
            pub struct #name<'a> { #(#fields),* }
        },
        parse_quote! {
            impl<'a> #name<'a> {
                #[doc = #constructor]
                #[must_use]
                pub fn new(#(#required),*) -> Self {
                    Self { #(#values),* }
                }
            }
        },
        parse_quote! {
            /// Without values, which may be personal.
            impl ::std::fmt::Debug for #name<'_> {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_struct(#text).finish_non_exhaustive()
                }
            }
        },
    ])
}

/// Takes the list of arguments out of the documentation of a function.
fn take_argument_docs(attributes: &mut Vec<Attribute>, params: &Ident) -> Vec<(String, String)> {
    let mut docs = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(meta) = &mut attribute.meta else {
            continue;
        };
        let Expr::Lit(literal) = &mut meta.value else {
            continue;
        };
        let Lit::Str(text) = &literal.lit else { continue };
        let text_value = text.value();
        let Some((before, list)) = text_value.split_once("Arguments:\n") else {
            continue;
        };
        docs.extend(list.lines().filter_map(|line| {
            let (name, description) = line.trim().strip_prefix("- `")?.split_once('`')?;
            let description = description.trim_start_matches(':').trim();
            Some((name.to_owned(), description.to_owned()))
        }));
        let changed = format!("{before}Arguments: see [`params::{params}`](crate::params::{params}).");
        literal.lit = Lit::Str(syn::LitStr::new(&changed, text.span()));
    }
    docs
}

fn with_lifetime(mut ty: Type) -> Type {
    struct Name;

    impl syn::visit_mut::VisitMut for Name {
        fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
            reference.lifetime = Some(syn::Lifetime::new("'a", Span::call_site()));
            syn::visit_mut::visit_type_reference_mut(self, reference);
        }
    }

    syn::visit_mut::VisitMut::visit_type_mut(&mut Name, &mut ty);
    ty
}

fn camel_case(name: &str) -> String {
    crate::open_enums::variant_name(name)
}

/// Whether a type says that a value may be absent.
pub(crate) fn is_option(ty: &Type) -> bool {
    is_named(ty, "Option")
}

fn is_string(ty: &Type) -> bool {
    is_named(ty, "String")
}

fn is_named(ty: &Type, name: &str) -> bool {
    match ty {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|segment| segment.ident == name),
        _ => false,
    }
}
