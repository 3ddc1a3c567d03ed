//! Ends each generated function at the request: built, carrying its operation, not sent.
//!
//! The generator's functions build a request, send it through hooks and decode the answer. How a
//! request is sent, repeated and read is the business of whoever sends it, so only the first part
//! is kept, as a call of the hand-written `RequestBuilder`. Every function must have exactly the
//! shape that is expected here: anything else stops the generator, because a function that is
//! misread could send a request that nobody wrote.

use proc_macro2::{Ident, Span, TokenTree};
use quote::{ToTokens as _, quote};
use serde_json::Value;
use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, File, FnArg, ImplItem, ImplItemFn, Item, Lit, Pat, Stmt, Type, parse_quote};

use crate::error::Error;
use crate::request_types;
use crate::schema::{self, Operation};

/// Statements of a generated function: the URL, the request, its name, before, sending, after, the
/// response, the answer.
const STATEMENTS: usize = 8;

/// Replaces the generated client by functions that build requests. Returns their number.
pub(crate) fn end_at_the_request(file: &mut File, document: &Value) -> Result<usize, Error> {
    let operations = schema::operations(document);
    let mut functions: Vec<ImplItem> = Vec::new();
    let mut kept: Vec<Item> = Vec::new();
    for item in std::mem::take(&mut file.items) {
        match item {
            Item::Impl(block) if block.trait_.is_none() => {
                for item in block.items {
                    match item {
                        ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                            let function = one(&function, &operations, document)?;
                            functions.push(ImplItem::Fn(function));
                        }
                        // Constructors of the client that is replaced.
                        _ => {}
                    }
                }
            }
            Item::Mod(module) if module.ident == "types" => kept.push(Item::Mod(module)),
            // The client, its hooks and what they import.
            _ => {}
        }
    }
    if functions.len() != operations.len() {
        return Err(Error::Output(format!(
            "it has {} functions for {} operations",
            functions.len(),
            operations.len()
        )));
    }
    let count = functions.len();
    let params = request_types::name_arguments(&mut functions).map_err(Error::Output)?;
    kept.push(parse_quote! {
        use crate::error::RequestError;
    });
    kept.push(parse_quote! {
        use crate::request::{Api, Body, Request, RequestBuilder};
    });
    kept.push(parse_quote! {
        /// Arguments of the functions that take many.
        pub mod params {
            #(#params)*
        }
    });
    kept.push(parse_quote! {
        /// One function for each operation. Each builds a request and sends nothing.
        impl Api { #(#functions)* }
    });
    file.items = kept;
    Ok(count)
}

/// What a generated function says about its request.
struct Found {
    operation: String,
    verb: String,
    /// The text of the URL, with `{}` for the base URL and for each argument.
    template: String,
    /// The arguments in the path, in order.
    path: Vec<Ident>,
    /// Names of query parameters with their values.
    query: Vec<(String, Expr)>,
    has_body: bool,
}

fn one(function: &ImplItemFn, operations: &[Operation<'_>], document: &Value) -> Result<ImplItemFn, Error> {
    let name = function.sig.ident.to_string();
    let unlike = |what: &str| {
        Error::Output(format!(
            "the function `{name}` is not of the shape that mobproc-codegen ends at its request: {what}"
        ))
    };
    let found = read(function).map_err(|what| unlike(&what))?;
    let operation = operations
        .iter()
        .find(|operation| operation.id() == Some(&found.operation))
        .ok_or_else(|| unlike(&format!("there is no operation `{}`", found.operation)))?;
    if found.operation != name {
        return Err(unlike(&format!("it names the operation `{}`", found.operation)));
    }
    if found.verb != operation.method {
        return Err(unlike(&format!(
            "it sends {} where the document says {}",
            found.verb, operation.method
        )));
    }
    let parameters = path_parameters(operation.path);
    let template = parameters
        .iter()
        .fold(format!("{{}}{}", operation.path), |text, parameter| {
            text.replace(&format!("{{{parameter}}}"), "{}")
        });
    if found.template != template || found.path.len() != parameters.len() {
        return Err(unlike(&format!("it builds the URL `{}`", found.template)));
    }
    let documented = operation
        .parameters(document)
        .into_iter()
        .filter(|(_, parameter)| parameter.get("in").is_some_and(|place| place == "query"))
        .count();
    if found.query.len() != documented {
        return Err(unlike(&format!(
            "it sends {} query parameters where the document has {documented}",
            found.query.len()
        )));
    }
    if found.has_body != operation.value.contains_key("requestBody") {
        return Err(unlike("it and the document differ on whether there is a body"));
    }
    let answer = answer_type(function).ok_or_else(|| unlike("its answer has no type"))?;
    write(function, &found, &parameters, &answer).map_err(|what| unlike(&what))
}

fn write(
    function: &ImplItemFn,
    found: &Found,
    parameters: &[String],
    answer: &Type,
) -> Result<ImplItemFn, String> {
    let constant = Ident::new(&found.operation.to_uppercase(), Span::call_site());
    let path = parameters
        .iter()
        .zip(&found.path)
        .map(|(parameter, argument)| quote! { .path(#parameter, #argument) });
    let query = found
        .query
        .iter()
        .map(|(name, value)| quote! { .query(#name, #value) });
    let body = found.has_body.then(|| quote! { .body(body) });
    let mut signature = function.sig.clone();
    signature.asyncness = None;
    signature.generics = syn::Generics::default();
    WithoutLifetimes.visit_signature_mut(&mut signature);
    for argument in &mut signature.inputs {
        if let FnArg::Typed(argument) = argument
            && matches!(&*argument.pat, Pat::Ident(pattern) if pattern.ident == "body")
        {
            let Type::Reference(reference) = &*argument.ty else {
                return Err("its body is not a reference".to_owned());
            };
            let inner = &reference.elem;
            *argument.ty = parse_quote!(impl Into<Body<'a, #inner>>);
            signature.generics = parse_quote!(<'a>);
        }
    }
    signature.output = parse_quote!(-> Result<Request<#answer>, RequestError>);
    let mut attrs = function.attrs.clone();
    attrs.iter_mut().for_each(builds_rather_than_sends);
    Ok(ImplItemFn {
        attrs,
        vis: function.vis.clone(),
        defaultness: None,
        sig: signature,
        block: parse_quote!({
            RequestBuilder::new(self, &operations::#constant)
                #(#path)*
                #(#query)*
                #body
                .build()
        }),
    })
}

/// The generator documents that a request is sent.
fn builds_rather_than_sends(attribute: &mut Attribute) {
    if let syn::Meta::NameValue(meta) = &mut attribute.meta
        && let Expr::Lit(literal) = &mut meta.value
        && let Lit::Str(text) = &literal.lit
    {
        let changed = text.value().replace("Sends a `", "Builds a `");
        literal.lit = Lit::Str(syn::LitStr::new(&changed, text.span()));
    }
}

struct WithoutLifetimes;

impl VisitMut for WithoutLifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        syn::visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_receiver_mut(&mut self, receiver: &mut syn::Receiver) {
        *receiver = parse_quote!(&self);
    }
}

/// The names in braces, in order.
pub(crate) fn path_parameters(path: &str) -> Vec<String> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(str::to_owned)
        .collect()
}

/// `T` of `Result<ResponseValue<T>, _>`.
fn answer_type(function: &ImplItemFn) -> Option<Type> {
    let syn::ReturnType::Type(_, result) = &function.sig.output else {
        return None;
    };
    first_argument(&first_argument(result, "Result")?, "ResponseValue")
}

fn first_argument(ty: &Type, name: &str) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(inner) => Some(inner.clone()),
        _ => None,
    })
}

fn read(function: &ImplItemFn) -> Result<Found, String> {
    let statements = &function.block.stmts;
    let [url, request, info, before, sending, after, response, answer] = statements.as_slice() else {
        return Err(format!(
            "it has {} statements instead of {STATEMENTS}",
            statements.len()
        ));
    };
    let (template, path) = read_url(local(url, "url")?)?;
    let (verb, query, has_body) = read_request(local(request, "request")?)?;
    let operation = read_operation(local(info, "info")?)?;
    for (statement, start) in [
        (before, "self . pre ("),
        (after, "self . post ("),
        (sending, "let result = self . exec ("),
        (response, "let response = result ?"),
        (answer, "match response . status ()"),
    ] {
        let text = statement.to_token_stream().to_string();
        if !text.starts_with(start) {
            return Err(format!("`{text}` does not begin with `{start}`"));
        }
    }
    Ok(Found {
        operation,
        verb,
        template,
        path,
        query,
        has_body,
    })
}

/// The value of `let name = ..;`.
fn local<'a>(statement: &'a Stmt, name: &str) -> Result<&'a Expr, String> {
    if let Stmt::Local(local) = statement
        && let Pat::Ident(pattern) = &local.pat
        && pattern.ident == name
        && let Some(init) = &local.init
    {
        return Ok(&init.expr);
    }
    Err(format!("`let {name} = ..` is missing"))
}

/// `format!("{}/regions/{}", self.baseurl, encode_path(&id.to_string()),)`
fn read_url(url: &Expr) -> Result<(String, Vec<Ident>), String> {
    let Expr::Macro(call) = url else {
        return Err("the URL is not formatted".to_owned());
    };
    let arguments = call
        .mac
        .parse_body_with(syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated)
        .map_err(|error| format!("the URL does not parse: {error}"))?;
    let mut arguments = arguments.iter();
    let Some(Expr::Lit(syn::ExprLit {
        lit: Lit::Str(template),
        ..
    })) = arguments.next()
    else {
        return Err("the URL has no template".to_owned());
    };
    match arguments.next() {
        Some(base) if base.to_token_stream().to_string() == "self . baseurl" => {}
        _ => return Err("the URL does not begin with the base URL".to_owned()),
    }
    let path = arguments.map(encoded_argument).collect::<Result<_, _>>()?;
    Ok((template.value(), path))
}

/// `id` of `encode_path(&id.to_string())`.
fn encoded_argument(argument: &Expr) -> Result<Ident, String> {
    let text = argument.to_token_stream().to_string();
    let ident = argument
        .to_token_stream()
        .into_iter()
        .find_map(|token| match token {
            TokenTree::Group(group) => group.stream().into_iter().find_map(|token| match token {
                TokenTree::Ident(ident) => Some(ident),
                _ => None,
            }),
            _ => None,
        });
    match ident {
        Some(ident) if text == format!("encode_path (& {ident} . to_string ())") => Ok(ident),
        _ => Err(format!("`{text}` is not an encoded argument")),
    }
}

/// `self.client.get(url).header(..).query(..).json(&body).build()?`
#[allow(clippy::type_complexity, reason = "taken apart where it is called")]
fn read_request(request: &Expr) -> Result<(String, Vec<(String, Expr)>, bool), String> {
    let Expr::Try(request) = request else {
        return Err("the request is not built with `?`".to_owned());
    };
    let mut query = Vec::new();
    let mut has_body = false;
    let mut accepts = 0;
    let mut rest = &*request.expr;
    let mut is_built = false;
    loop {
        let Expr::MethodCall(call) = rest else {
            return Err(format!("`{}` is not a call", rest.to_token_stream()));
        };
        let arguments: Vec<&Expr> = call.args.iter().collect();
        match (call.method.to_string().as_str(), arguments.as_slice()) {
            ("build", []) if !is_built => is_built = true,
            ("header", [name, value])
                if name.to_token_stream().to_string().ends_with("ACCEPT")
                    && value.to_token_stream().to_string().contains("application/json") =>
            {
                accepts += 1;
            }
            ("json", [body]) if body.to_token_stream().to_string() == "& body" => has_body = true,
            ("query", [parameter]) => query.push(query_parameter(parameter)?),
            (verb @ ("get" | "post" | "put" | "delete" | "patch" | "head"), [url])
                if url.to_token_stream().to_string() == "url"
                    && call.receiver.to_token_stream().to_string() == "self . client" =>
            {
                if !is_built || accepts != 1 {
                    return Err("it does not ask for JSON once".to_owned());
                }
                query.reverse();
                return Ok((verb.to_owned(), query, has_body));
            }
            (method, _) => return Err(format!("`.{method}(..)` is not expected")),
        }
        rest = &call.receiver;
    }
}

/// Name and value of `&progenitor_client::QueryParam::new("vendor", &vendor)`.
fn query_parameter(parameter: &Expr) -> Result<(String, Expr), String> {
    if let Expr::Reference(reference) = parameter
        && let Expr::Call(call) = &*reference.expr
        && call.func.to_token_stream().to_string() == "progenitor_client :: QueryParam :: new"
        && let (
            Some(Expr::Lit(syn::ExprLit {
                lit: Lit::Str(name), ..
            })),
            Some(value @ Expr::Reference(_)),
            None,
        ) = (call.args.first(), call.args.get(1), call.args.get(2))
    {
        return Ok((name.value(), value.clone()));
    }
    Err(format!(
        "`{}` is not a query parameter",
        parameter.to_token_stream()
    ))
}

/// `region_get` of `OperationInfo { operation_id: "region_get" }`.
fn read_operation(info: &Expr) -> Result<String, String> {
    let literal = match info {
        Expr::Struct(info) => info.fields.first().map(|field| &field.expr),
        _ => None,
    };
    match literal {
        Some(Expr::Lit(syn::ExprLit {
            lit: Lit::Str(id), ..
        })) => Ok(id.value()),
        _ => Err("the operation is not named by a literal".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use syn::File;

    use super::end_at_the_request;

    fn document() -> Value {
        json!({ "paths": { "/regions/{id}": {
            "parameters": [{ "name": "id", "in": "path" }],
            "get": { "operationId": "region_get", "parameters": [{ "name": "of", "in": "query" }] },
        } } })
    }

    const GENERATED: &str = r#"
        pub struct Client { baseurl: String }
        impl Client {
            /// Sends a `GET` request to `/regions/{id}`
            pub async fn region_get<'a>(&'a self, id: &'a str, of: Option<&'a str>)
                -> Result<ResponseValue<types::Region>, Error<()>>
            {
                let url = format!("{}/regions/{}", self.baseurl, encode_path(& id.to_string()),);
                let mut request = self.client.get(url)
                    .header(::reqwest::header::ACCEPT, HeaderValue::from_static("application/json"))
                    .query(&progenitor_client::QueryParam::new("of", &of))
                    .build()?;
                let info = OperationInfo { operation_id: "region_get" };
                self.pre(&mut request, &info).await?;
                let result = self.exec(request, &info).await;
                self.post(&result, &info).await?;
                let response = result?;
                match response.status().as_u16() { _ => Err(()) }
            }
        }
    "#;

    fn outcome(from: &str, to: &str) -> Result<String, String> {
        assert!(GENERATED.contains(from), "{from}");
        let mut file: File = syn::parse_str(&GENERATED.replace(from, to)).unwrap();
        end_at_the_request(&mut file, &document())
            .map(|_| prettyplease::unparse(&file))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_function_ends_at_its_request() {
        let code = outcome("", "").unwrap();
        for part in [
            "/// Builds a `GET` request",
            "pub fn region_get(",
            "of: Option<&str>,",
            ") -> Result<Request<types::Region>, RequestError>",
            r#".path("id", id)"#,
            r#".query("of", &of)"#,
            "&operations::REGION_GET",
        ] {
            assert!(code.contains(part), "{part}: {code}");
        }
        assert!(!code.contains("Client"), "{code}");
    }

    #[test]
    fn another_shape_stops_the_generator() {
        for (from, to, part) in [
            ("let response = result?;", "", "7 statements instead of 8"),
            (
                r#"operation_id: "region_get""#,
                "operation_id: ID",
                "not named by a literal",
            ),
            (
                r#"operation_id: "region_get""#,
                r#"operation_id: "region_gone""#,
                "no operation `region_gone`",
            ),
            (
                ".get(url)",
                ".post(url)",
                "sends post where the document says get",
            ),
            (".get(url)", ".get(elsewhere)", "`.get(..)` is not expected"),
            ("/regions/{}", "/region/{}", "builds the URL `{}/region/{}`"),
            (
                "encode_path(& id.to_string())",
                "id",
                "`id` is not an encoded argument",
            ),
            (
                r#".query(&progenitor_client::QueryParam::new("of", &of))"#,
                "",
                "0 query parameters where the document has 1",
            ),
            (".build()?", ".json(&body).build()?", "whether there is a body"),
            (
                ".build()?",
                ".timeout(t).build()?",
                "`.timeout(..)` is not expected",
            ),
            ("async fn", "fn", "0 functions for 1 operations"),
            ("self.exec(", "self.execute(", "does not begin with"),
        ] {
            let message = outcome(from, to).unwrap_err();
            assert!(message.contains(part), "{from} -> {to}: {message}");
        }
    }
}
