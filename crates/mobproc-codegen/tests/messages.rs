//! Whatever is wrong with the document is reported with file, line, place and rule, and never by a
//! panic.

use std::path::Path;

use mobproc_codegen::{Document, Error, generate, lint};

const DOCUMENT: &str = include_str!("../../../openapi/mobproc.yaml");

/// The messages for the document with one text replaced by another.
fn messages(from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "the document has no {from:?} any more");
    let text = DOCUMENT.replacen(from, to, 1);
    let outcome = Document::parse(Path::new("mobproc.yaml"), &text)
        .and_then(|document| lint::check(&document).map(|()| document))
        .and_then(|document| generate(&document));
    match outcome {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// The line the first occurrence of a text stands on.
fn line(text: &str) -> usize {
    DOCUMENT
        .split(text)
        .next()
        .map_or(0, |before| before.lines().count())
}

#[test]
fn the_document_itself_is_fine() {
    assert_eq!(messages("openapi: 3.0.3", "openapi: 3.0.3"), "");
}

#[test]
fn bad_yaml_is_located() {
    let message = messages("    Amount:\n      type: number", "    Amount:\n   type: number");
    assert!(message.starts_with("mobproc.yaml: not valid YAML: "), "{message}");
    assert!(message.contains("line "), "{message}");
    let message = messages("openapi: 3.0.3", "openapi: 3.0.3\nopenapi: 3.0.3");
    assert!(
        message.contains("duplicate") || message.contains("twice"),
        "{message}"
    );
    let message = Document::parse(Path::new("mobproc.yaml"), "- 1")
        .unwrap_err()
        .to_string();
    assert!(message.contains("must be a mapping"), "{message}");
    let message = Document::parse(Path::new("mobproc.yaml"), "\u{0}")
        .unwrap_err()
        .to_string();
    assert!(message.starts_with("mobproc.yaml: not valid YAML"), "{message}");
}

#[test]
fn every_breach_names_line_place_and_rule() {
    let cases = [
        (
            "      operationId: region_get\n",
            "",
            "#/paths/~1regions~1{id}/get",
            "[operation-id]",
        ),
        (
            "operationId: region_get",
            "operationId: region_list",
            "is taken by",
            "[operation-id]",
        ),
        (
            "operationId: region_get",
            "operationId: getRegion",
            "resource_verb",
            "[operation-id]",
        ),
        (
            "schema: {$ref: '#/components/schemas/RegionList'}",
            "schema: {$ref: '#/components/schemas/RegionLits'}",
            "leads to nothing",
            "[reference]",
        ),
        (
            "    Currency:\n      type: object\n      description: A currency.\n      x-evidence: example\n",
            "    Currency:\n      type: object\n      description: A currency.\n",
            "#/components/schemas/Currency: x-evidence is missing",
            "[provenance]",
        ),
        (
            "x-source: [first-call]",
            "x-source: []",
            "must list the documentation pages",
            "[provenance]",
        ),
        (
            "x-evidence: history",
            "x-evidence: rumour",
            "must be one of observed, example",
            "[provenance]",
        ),
        (
            "x-extensible-enum: [SUCCESS, ERROR]",
            "enum: [SUCCESS, ERROR]",
            "x-extensible-enum",
            "[open-values]",
        ),
        (
            "          description: ISO 4217 code.",
            "          description: ISO 4217 code.\n          pattern: '[A-Z]{3}'",
            "`pattern`",
            "[unsupported]",
        ),
        (
            "          description: ISO 4217 code.\n",
            "",
            "#/components/schemas/Currency/properties/code: a description",
            "[described]",
        ),
        (
            "x-personal: true",
            "x-persnoal: true",
            "x-persnoal",
            "[annotation]",
        ),
        (
            "x-safe-when: {confirm: true}",
            "x-safe-when: {confrim: true}",
            "x-safe-when",
            "[annotation]",
        ),
        (
            "x-collection: {item: RegionListItem,",
            "x-collection: {item: Nothing,",
            "no schema `Nothing`",
            "[annotation]",
        ),
        ("openapi: 3.0.3", "openapi: 3.1.0", "3.0", "[openapi-version]"),
        (
            "      required: [amount]\n",
            "      required: [amuont]\n",
            "amuont",
            "[structure]",
        ),
    ];
    for (from, to, part, rule) in cases {
        let message = messages(from, to);
        assert!(
            message.contains(part) && message.contains(rule),
            "{from:?} -> {to:?}: {message}"
        );
        assert!(message.contains("mobproc.yaml"), "{message}");
    }
    let reference = "schema: {$ref: '#/components/schemas/RegionList'}";
    let message = messages(reference, "schema: {$ref: '#/components/schemas/RegionLits'}");
    assert!(
        message.starts_with(&format!("mobproc.yaml:{}: ", line(reference))),
        "{message}"
    );
}

#[test]
fn order_rules_are_complete_and_speak_of_what_there_is() {
    let cases = [
        (
            "              serviceId: *asked\n              regionId: &former",
            "              regionId: &former",
            "kinds/UPGRADE: says nothing of `serviceId`",
        ),
        (
            "            undocumented: [accountHolderCompanyEmployeeId, acknowledgements, currentVendorId, newDevice,",
            "            undocumented: [accountHolderCompanyEmployeeId, acknowledgements, currentVendorId, newDevice, serviceId,",
            "`serviceId` is documented and not documented",
        ),
        (
            "              shoppingCart.featureRequestComment: *shown",
            "              shoppingCart.featureRequestComment: *shown\n              shoppingCart.colour: *shown",
            "no order has a part `shoppingCart.colour`",
        ),
        (
            "          SUSPEND:\n",
            "          SUSPENDED:\n",
            "`SUSPEND` is a kind of order without rules",
        ),
        (
            "postalCode: &postal-code {need: conditional, when: [united-states]",
            "postalCode: &postal-code {need: conditional, when: [canada]",
            "`canada` is no condition of this document",
        ),
        (
            "postalCode: &postal-code {need: conditional, when: [united-states]",
            "postalCode: &postal-code {need: conditional",
            "need is required, optional, or conditional with the conditions in `when`",
        ),
        (
            "          united-states: the place",
            "          canada: the place of use is in Canada\n          united-states: the place",
            "nothing depends on the condition `canada`",
        ),
        (
            "&shown {need: optional, x-evidence: example}",
            "&shown {need: optional, x-evidence: rumour}",
            "x-evidence must be one of",
        ),
        (
            "&shown {need: optional, x-evidence: example}",
            "&shown {need: optional, x-evidence: example, whenever: [a]}",
            "is none of need, when, x-evidence",
        ),
        (
            "&goods {of: [shoppingCart.deviceId, ",
            "&goods {of: [shoppingCart.features, ",
            "`shoppingCart.features` is not documented for this kind",
        ),
        (
            "confirmation: [service]",
            "confirmation: [services]",
            "OrderConfirmation has no member `services`",
        ),
        (
            "order: [orderSegments, serviceNumber, updated]",
            "order: [orderSegments.colour, serviceNumber, updated]",
            "Order has no member `orderSegments.colour`",
        ),
        ("answersAs: PORT_NUMBER", "answersAs: PORT", "is no kind of order"),
        (
            "category: care",
            "category: carefree",
            "category is procurement or care",
        ),
        (
            "          shipTo.name: &needed",
            "          shipTo.surname: &needed",
            "no order has a member `shipTo.surname`",
        ),
        (
            "    AnswerStatus:\n      type: string\n",
            "    AnswerStatus:\n      type: string\n      x-order-rules: {}\n",
            "belongs to the schema TransactionType",
        ),
        (
            "        kinds:\n          NEW_ACTIVATION:\n",
            "        kind:\n          NEW_ACTIVATION:\n",
            "is none of conditions, kinds, members",
        ),
    ];
    for (from, to, part) in cases {
        let message = messages(from, to);
        assert!(message.contains(part), "{to}: {message}");
        assert!(message.contains("[order-rules]"), "{to}: {message}");
        assert!(message.contains("mobproc.yaml:"), "{to}: {message}");
    }
}

#[test]
fn all_breaches_are_told_at_once() {
    let message = messages(
        "      operationId: region_get\n      tags: [reference data]\n",
        "",
    );
    assert!(
        message.contains("[operation-id]") && message.contains("[tag]"),
        "{message}"
    );
    assert!(message.ends_with("2 problems in the document"), "{message}");
}

#[test]
fn a_transform_that_has_nothing_to_do_says_so() {
    let text = DOCUMENT
        .replace("name: confirm\n", "name: confirmed\n")
        .replace("{confirm: true}", "{confirmed: true}");
    let document = Document::parse(Path::new("mobproc.yaml"), &text).unwrap();
    let error = generate(&document).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Needless {
                step: "require_confirm",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("must not compile"), "{error}");
}

/// A plain number would become a float, and lose what an amount must not.
#[test]
fn a_lossy_type_is_refused() {
    let message = messages(
        "        amount:\n          description: The sum.\n          allOf: [{$ref: '#/components/schemas/Amount'}]",
        "        amount:\n          description: The sum.\n          type: number",
    );
    assert!(message.contains("`f64`"), "{message}");
}

#[test]
fn a_document_that_is_hardly_one_is_no_panic() {
    for text in [
        "openapi: 3.0.3",
        "openapi: 3.0.3\npaths: 7\ncomponents: []\ninfo: x",
        "paths: {/x: {get: 1, post: []}}",
    ] {
        let document = Document::parse(Path::new("mobproc.yaml"), text).unwrap();
        let problems = lint::problems(&document);
        assert!(!problems.is_empty(), "{text}");
        let _ = generate(&document).unwrap_err();
    }
}
