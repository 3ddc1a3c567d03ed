//! What passes look up in, and take from, the generator's output.

use quote::quote;
use syn::{Attribute, Field, Meta};

use crate::error::Error;

/// The name a field has on the wire.
pub(crate) fn wire_name(field: &Field) -> Option<String> {
    for attribute in &field.attrs {
        if !attribute.path().is_ident("serde") {
            continue;
        }
        let mut renamed = None;
        // Parts of the attribute that are not `rename` are of no interest here.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                let name: syn::LitStr = meta.value()?.parse()?;
                renamed = Some(name.value());
            } else if let Ok(value) = meta.value() {
                value.parse::<syn::Expr>()?;
            }
            Ok(())
        });
        if renamed.is_some() {
            return renamed;
        }
    }
    field
        .ident
        .as_ref()
        .map(|ident| ident.to_string().trim_start_matches("r#").to_owned())
}

/// Takes a trait out of what is derived.
pub(crate) fn remove_derive(attributes: &mut [Attribute], unwanted: &str) -> Result<(), Error> {
    for attribute in attributes {
        let Meta::List(list) = &mut attribute.meta else {
            continue;
        };
        if !list.path.is_ident("derive") {
            continue;
        }
        let paths = list
            .parse_args_with(syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated)
            .map_err(|error| Error::Output(format!("a derive does not parse: {error}")))?;
        let kept = paths.into_iter().filter(|path| {
            let last = path.segments.last();
            last.is_none_or(|last| last.ident != unwanted)
        });
        list.tokens = quote! { #(#kept),* };
    }
    Ok(())
}
