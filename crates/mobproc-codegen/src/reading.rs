//! How objects are read whose members are texts, or may be absent: each member into the place where
//! it belongs.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span};
use syn::{Attribute, Fields, GenericArgument, Item, ItemStruct, Meta, PathArguments, Type, parse_quote};

use crate::error::Error;
use crate::syntax::{remove_derive, wire_name};

/// Members that one object may have: there is one bit for each that was seen.
const MOST_MEMBERS: usize = 64;

/// Replaces what is derived for reading. Returns the number of types.
pub(crate) fn read_in_place(items: &mut Vec<Item>) -> Result<usize, Error> {
    let objects: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            Item::Struct(item) if is_object(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    let mut impls = Vec::new();
    for item in items.iter_mut() {
        if let Item::Struct(item) = item
            && objects.contains(&item.ident.to_string())
        {
            impls.extend(reading(item, &objects)?);
            remove_derive(&mut item.attrs, "Deserialize")?;
        }
    }
    items.extend(impls);
    Ok(objects.len())
}

/// Whether it can be there before anything was read.
fn is_object(item: &ItemStruct) -> bool {
    let is_read = item.attrs.iter().any(
        |attribute| matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("derive") && mentions(list, "Deserialize")),
    );
    let is_blank = |field: &syn::Field| {
        is_flattened(&field.attrs) || is_text(&field.ty) || inside("Option", &field.ty).is_some()
    };
    is_read && matches!(item.fields, Fields::Named(_)) && item.fields.iter().all(is_blank)
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "String"))
}

fn is_flattened(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        matches!(&attribute.meta, Meta::List(list) if list.path.is_ident("serde") && mentions(list, "flatten"))
    })
}

fn mentions(list: &syn::MetaList, name: &str) -> bool {
    list.tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == name))
}

/// What stands in the brackets of a type of this name.
fn inside<'a>(name: &str, ty: &'a Type) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// The function that reads a member of this type, which may be absent.
fn reader(ty: &Type, objects: &BTreeSet<String>) -> Ident {
    let is_object = |ty: &Type| matches!(ty, Type::Path(path) if path.path.get_ident().is_some_and(|name| objects.contains(&name.to_string())));
    let name = if is_text(ty) {
        "text"
    } else if is_object(ty) {
        "object"
    } else if inside("Box", ty).is_some_and(is_object) {
        "boxed"
    } else if inside("Vec", ty).is_some_and(is_object) {
        "list"
    } else {
        "value"
    };
    Ident::new(name, Span::call_site())
}

fn reading(item: &ItemStruct, objects: &BTreeSet<String>) -> Result<[Item; 2], Error> {
    let name = &item.ident;
    let text = name.to_string();
    let mut keeping: Option<syn::ImplItem> = None;
    let (mut idents, mut wires, mut readers) = (Vec::new(), Vec::new(), Vec::new());
    let mut blank: Vec<syn::FieldValue> = Vec::new();
    let mut required = 0_u64;
    for field in &item.fields {
        let Some(ident) = &field.ident else { continue };
        if is_flattened(&field.attrs) {
            keeping = Some(parse_quote! {
                fn others(&mut self) -> ::std::option::Option<&mut serde_json::Map<String, serde_json::Value>> {
                    Some(&mut self.#ident)
                }
            });
            blank.push(parse_quote!(#ident: serde_json::Map::new()));
            continue;
        }
        if wires.len() == MOST_MEMBERS {
            return Err(Error::Output(format!(
                "{text} has more than {MOST_MEMBERS} members"
            )));
        }
        if let Some(ty) = inside("Option", &field.ty) {
            readers.push(reader(ty, objects));
            blank.push(parse_quote!(#ident: None));
        } else {
            required |= 1 << wires.len();
            readers.push(Ident::new("required_text", Span::call_site()));
            blank.push(parse_quote!(#ident: ::std::string::String::new()));
        }
        idents.push(ident);
        wires.extend(wire_name(field));
    }
    let places = 0..wires.len();
    let found = places.clone();
    Ok([
        parse_quote! {
            impl crate::reading::Object for #name {
                const NAME: &'static str = #text;
                const MEMBERS: &'static [&'static str] = &[#(#wires),*];
                const REQUIRED: u64 = #required;

                fn blank() -> Self {
                    Self { #(#blank),* }
                }

                fn place(name: &str) -> ::std::option::Option<usize> {
                    Some(match name {
                        #(#wires => #found,)*
                        _ => return None,
                    })
                }

                fn read<'de, A: ::serde::de::MapAccess<'de>>(
                    &mut self,
                    place: usize,
                    members: &mut A,
                ) -> ::std::result::Result<(), A::Error> {
                    match place {
                        #(#places => crate::reading::#readers(&mut self.#idents, members),)*
                        _ => Ok(()),
                    }
                }

                #keeping
            }
        },
        parse_quote! {
            impl<'de> ::serde::Deserialize<'de> for #name {
                fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                    crate::reading::deserialize(deserializer)
                }
            }
        },
    ])
}
