//! The command line of `order new`: a subcommand for each kind of order, with flags that come from
//! the order rules of the document.

use std::path::PathBuf;

use clap::error::{Error, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, Subcommand, value_parser};
use clap_complete::ArgValueCandidates;
use mobproc::types::TransactionType;
use mobproc_api::order_rules::{ALL, MEMBERS, Need, OrderPart, OrderRules};
use mobproc_rollout::schema::Schema;
use serde_json::{Map, Value, json};

use crate::arguments::kind_name;
use crate::ids;

/// An order to be asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewOrder {
    pub(crate) kind: TransactionType,
    /// What was given on the command line.
    pub(crate) given: Draft,
    /// Properties by id; which kind of property, the definitions say.
    pub(crate) properties: Vec<(String, String)>,
    /// Parts of the address by id.
    pub(crate) address: Vec<(String, String)>,
    /// The vendor whose definitions count, where there is no line.
    pub(crate) vendor: Option<String>,
    pub(crate) out: Option<PathBuf>,
    pub(crate) force: bool,
}

/// An order that is being filled in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft(Map<String, Value>);

impl Draft {
    pub(crate) fn new(kind: &TransactionType) -> Self {
        let mut draft = Self::default();
        draft.0.insert("transactionType".to_owned(), json!(kind));
        draft
    }

    pub(crate) fn get(&self, part: OrderPart) -> Option<&Value> {
        let mut names = part.as_str().split('.');
        let mut at = self.0.get(names.next()?)?;
        for name in names {
            at = at.get(name)?;
        }
        Some(at)
    }

    pub(crate) fn text(&self, part: OrderPart) -> Option<&str> {
        self.get(part)?.as_str()
    }

    pub(crate) fn has(&self, part: OrderPart) -> bool {
        self.get(part).is_some()
    }

    pub(crate) fn set(&mut self, part: OrderPart, value: Value) {
        let mut members = &mut self.0;
        let path = part.as_str();
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        for name in parents.split('.').filter(|name| !name.is_empty()) {
            let inner = members.entry(name.to_owned()).or_insert_with(|| json!({}));
            match inner {
                Value::Object(inner) => members = inner,
                // Only objects have members in the table of parts.
                _ => return,
            }
        }
        members.insert(last.to_owned(), value);
    }

    /// The order as it is sent.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "orderRequest": self.0 })
    }

    pub(crate) fn set_members(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

/// The schema of a part.
pub(crate) fn schema_of(part: OrderPart) -> Schema {
    part.as_str()
        .split('.')
        .fold(Schema::named("OrderRequest"), Schema::member)
}

/// What the document says of a part, in a sentence.
pub(crate) fn summary_of(part: OrderPart) -> String {
    let path = part.as_str();
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let schema = parent
        .split('.')
        .filter(|name| !name.is_empty())
        .fold(Schema::named("OrderRequest"), Schema::member);
    schema.member_summary(name).unwrap_or("").replace('`', "")
}

/// Whether a part is needed, in words.
pub(crate) fn need_in_words(need: Need) -> String {
    match need {
        Need::Required => "required".to_owned(),
        Need::Conditional(conditions) => {
            let all: Vec<&str> = conditions.iter().map(|condition| condition.as_str()).collect();
            format!("required if {}", all.join(", or if "))
        }
        Need::Optional => "optional".to_owned(),
        Need::Undocumented => "not documented for this kind".to_owned(),
    }
}

/// Whether a part of an order of a kind is needed, in words. What a part has to hold, it has to hold
/// only where it is given at all.
pub(crate) fn need_of(rules: &OrderRules, part: OrderPart) -> String {
    let root = part.as_str().split('.').next().unwrap_or_default();
    if MEMBERS.iter().any(|rule| rule.part == part) {
        format!("{}, where {root} is given", need_in_words(rules.need(part)))
    } else {
        need_in_words(rules.need(part))
    }
}

/// The parts of a kind, each followed by what it holds.
pub(crate) fn parts_of(rules: &'static OrderRules) -> Vec<OrderPart> {
    let root = |part: OrderPart| part.as_str().split('.').next().unwrap_or_default();
    let mut parts: Vec<OrderPart> = Vec::new();
    // What it is about, what is wanted, and then what is asked for on top of that.
    let mut all: Vec<_> = rules.parts.iter().collect();
    all.sort_by_key(|rule| match rule.part {
        OrderPart::ServiceId => 0,
        OrderPart::Properties => 3,
        OrderPart::Acknowledgements | OrderPart::ShipTo => 4,
        _ if rule.need == Need::Required => 1,
        _ => 2,
    });
    for rule in all {
        if parts.contains(&rule.part) {
            continue;
        }
        let of_root = |other: &&mobproc_api::order_rules::PartRule| root(other.part) == root(rule.part);
        parts.extend(rules.parts.iter().filter(of_root).map(|rule| rule.part));
        parts.extend(MEMBERS.iter().filter(of_root).map(|rule| rule.part));
    }
    parts
}

/// How the value of a part stands on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Texts,
    Integer,
}

fn shape_of(part: OrderPart) -> Option<Shape> {
    let schema = schema_of(part);
    if schema.is_text() {
        Some(Shape::Text)
    } else if schema.is_integer() {
        Some(Shape::Integer)
    } else if schema.is_list() && schema.items().is_text() {
        Some(Shape::Texts)
    } else {
        None
    }
}

/// `--device-id` for `shoppingCart.deviceId`, `--existing-device-sim-id` for
/// `existingDevice.simId`.
fn flag_of(part: OrderPart) -> String {
    let path = part.as_str();
    let path = path.strip_prefix("shoppingCart.").unwrap_or(path);
    let mut flag = String::new();
    for letter in path.chars() {
        match letter {
            '.' => flag.push('-'),
            letter if letter.is_ascii_uppercase() => {
                flag.push('-');
                flag.push(letter.to_ascii_lowercase());
            }
            letter => flag.push(letter),
        }
    }
    flag
}

fn command_of(rules: &'static OrderRules) -> Command {
    let mut command = Command::new(kind_name(&rules.kind)).about(rules.summary);
    for part in parts_of(rules) {
        let help = format!(
            "{} ({})",
            summary_of(part).trim_end_matches('.'),
            need_of(rules, part)
        );
        let flag = flag_of(part);
        let argument = Arg::new(flag.clone()).long(flag).help(help);
        let argument = match shape_of(part) {
            Some(Shape::Text) => argument.value_name("TEXT"),
            Some(Shape::Integer) => argument.value_name("NUMBER").value_parser(value_parser!(i64)),
            Some(Shape::Texts) => argument.value_name("ID").action(ArgAction::Append),
            None => continue,
        };
        command = command.arg(match part {
            OrderPart::ServiceId => argument.add(ArgValueCandidates::new(ids::lines)),
            OrderPart::CurrentVendorId => argument.add(ArgValueCandidates::new(ids::vendors)),
            _ => argument,
        });
    }
    let documents = |part: OrderPart| rules.documents(part);
    let pairs = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id)
            .long(id)
            .value_name(value)
            .action(ArgAction::Append)
            .help(help)
    };
    if documents(OrderPart::Properties) {
        command = command.arg(pairs(
            "property",
            "ID=VALUE",
            "A property that the tenant asks for: a text, a date, or the id of a choice",
        ));
    }
    if documents(OrderPart::ShipTo) {
        command = command.arg(pairs(
            "address",
            "PART=VALUE",
            "A part of the address, such as CITY=Orange",
        ));
    }
    if documents(OrderPart::ShoppingCartFeatures) {
        command = command.arg(pairs(
            "feature",
            "ID=ACTION",
            "A feature to change, such as 122=ADD",
        ));
    }
    if documents(OrderPart::Acknowledgements) {
        command = command.arg(pairs("acknowledge", "ID", "A statement that is accepted"));
    }
    command
        .arg(
            Arg::new("vendor")
                .long("vendor")
                .value_name("ID")
                .help("The vendor whose definitions count, where there is no line"),
        )
        .arg(
            Arg::new("out")
                .short('O')
                .long("out")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write the order there, in YAML or JSON; `-` is standard output"),
        )
        .arg(
            Arg::new("force")
                .long("force")
                .action(ArgAction::SetTrue)
                .requires("out")
                .help("Overwrite the file"),
        )
}

impl Subcommand for NewOrder {
    fn augment_subcommands(command: Command) -> Command {
        command
            .subcommands(ALL.iter().map(command_of))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_value_name("KIND")
            .subcommand_help_heading("Kinds of order")
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        ALL.iter().any(|rules| kind_name(&rules.kind) == name)
    }
}

impl FromArgMatches for NewOrder {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let missing = || Error::raw(ErrorKind::MissingSubcommand, "a kind of order is missing\n");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let rules = ALL
            .iter()
            .find(|rules| kind_name(&rules.kind) == name)
            .ok_or_else(missing)?;
        let mut given = Draft::new(&rules.kind);
        for part in parts_of(rules) {
            let flag = flag_of(part);
            match shape_of(part) {
                Some(Shape::Text) => {
                    if let Some(text) = matches.get_one::<String>(&flag) {
                        given.set(part, json!(text));
                    }
                }
                Some(Shape::Integer) => {
                    if let Some(number) = matches.get_one::<i64>(&flag) {
                        given.set(part, json!(number));
                    }
                }
                Some(Shape::Texts) => {
                    if let Some(texts) = matches.get_many::<String>(&flag) {
                        given.set(part, json!(texts.collect::<Vec<_>>()));
                    }
                }
                None => {}
            }
        }
        let all = |id: &str| -> Vec<&String> {
            matches
                .try_get_many::<String>(id)
                .ok()
                .flatten()
                .map(Iterator::collect)
                .unwrap_or_default()
        };
        let pairs = |id: &str, form: &str| -> Result<Vec<(String, String)>, Error> {
            all(id)
                .into_iter()
                .map(|pair| {
                    let (name, value) = pair.split_once('=').ok_or_else(|| {
                        Error::raw(ErrorKind::ValueValidation, format!("--{id} takes {form}\n"))
                    })?;
                    Ok((name.to_owned(), value.to_owned()))
                })
                .collect()
        };
        let features = pairs("feature", "ID=ACTION")?;
        if !features.is_empty() {
            let features: Vec<Value> = features
                .into_iter()
                .map(|(id, action)| json!({ "id": id, "action": action.to_uppercase() }))
                .collect();
            given.set(OrderPart::ShoppingCartFeatures, json!(features));
        }
        let accepted = all("acknowledge");
        if !accepted.is_empty() {
            let accepted: Vec<Value> = accepted
                .into_iter()
                .map(|id| json!({ "id": id, "boolean": true, "type": "BOOLEAN" }))
                .collect();
            given.set(OrderPart::Acknowledgements, json!(accepted));
        }
        Ok(Self {
            kind: rules.kind.clone(),
            given,
            properties: pairs("property", "ID=VALUE")?,
            address: pairs("address", "PART=VALUE")?,
            vendor: matches.get_one::<String>("vendor").cloned(),
            out: matches.get_one::<PathBuf>("out").cloned(),
            force: matches.get_flag("force"),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_named_after_parts() {
        for (part, flag) in [
            (OrderPart::ServiceId, "service-id"),
            (OrderPart::ShoppingCartDeviceId, "device-id"),
            (OrderPart::ShoppingCartOptionalFeatureIds, "optional-feature-ids"),
            (
                OrderPart::ExistingDeviceSerialNumberValue,
                "existing-device-serial-number-value",
            ),
            (OrderPart::ShipToName, "ship-to-name"),
        ] {
            assert_eq!(flag_of(part), flag);
        }
    }

    /// A part without a flag and without a question could not be given at all.
    #[test]
    fn every_part_of_every_kind_can_be_given() {
        for rules in ALL {
            for part in parts_of(rules) {
                let is_asked_for_in_another_way = [
                    "properties",
                    "shipTo",
                    "shipTo.address",
                    "shoppingCart.features",
                    "acknowledgements",
                    "acknowledgements.boolean",
                    "existingDevice",
                    "existingDevice.serialNumber",
                    "newDevice",
                    "newDevice.serialNumber",
                ]
                .contains(&part.as_str());
                assert!(
                    shape_of(part).is_some() != is_asked_for_in_another_way,
                    "{} of {}",
                    part.as_str(),
                    rules.kind
                );
            }
        }
    }

    #[test]
    fn parts_are_set_where_they_stand() {
        let mut draft = Draft::new(&TransactionType::Upgrade);
        draft.set(OrderPart::ShoppingCartDeviceId, json!("1"));
        draft.set(OrderPart::ShoppingCartPlanId, json!("2"));
        draft.set(OrderPart::ExistingDeviceSerialNumberValue, json!("3"));
        assert_eq!(
            draft.to_json(),
            json!({"orderRequest": {
                "transactionType": "UPGRADE",
                "shoppingCart": {"deviceId": "1", "planId": "2"},
                "existingDevice": {"serialNumber": {"value": "3"}},
            }})
        );
        assert_eq!(draft.text(OrderPart::ShoppingCartPlanId), Some("2"));
        assert!(!draft.has(OrderPart::NewDevice));
    }
}
