//! A body, walked together with the schema it should be of.

use mobproc_har::Json;
use serde_json::Value;

use super::Shape;
use super::exchange::{Judge, Scene};
use super::finding::Difference;
use super::shape::is_time;

/// How deep schemas are followed.
const DEPTH: usize = 64;

pub(crate) struct Walk<'j, 'a> {
    judge: &'j mut Judge<'a>,
    scene: Scene<'j>,
}

/// A schema that may describe a value, and where it stands.
#[derive(Debug, Clone)]
struct Node<'a> {
    schema: &'a Value,
    pointer: String,
}

/// Where a value is declared: the member of an object, the items of a list, or a body.
struct Site<'a> {
    pointer: String,
    nodes: Vec<Node<'a>>,
    /// What is of another shape is kept as it came.
    is_guess: bool,
    is_nullable: bool,
}

impl<'j, 'a> Walk<'j, 'a> {
    pub(crate) fn new(judge: &'j mut Judge<'a>, scene: Scene<'j>) -> Self {
        Self { judge, scene }
    }

    pub(crate) fn body(&mut self, json: &Json, schema: &'a Value, place: &str) {
        let site = self.site(schema, place.to_owned());
        self.value(json, &site, "", 0);
    }

    fn site(&self, schema: &'a Value, pointer: String) -> Site<'a> {
        let mut site = Site {
            nodes: Vec::new(),
            is_guess: schema.get("x-guess") == Some(&Value::Bool(true)),
            is_nullable: is_nullable(schema),
            pointer,
        };
        let pointer = site.pointer.clone();
        self.collect(schema, pointer, &mut site, 0);
        site
    }

    fn collect(&self, schema: &'a Value, pointer: String, site: &mut Site<'a>, depth: usize) {
        let (target, name) = self.judge.document.resolve(schema);
        let pointer = name.map_or(pointer, |name| format!("/components/schemas/{name}"));
        site.is_nullable |= is_nullable(target);
        let mut has_options = false;
        for word in ["anyOf", "oneOf", "allOf"] {
            let options = target.get(word).and_then(Value::as_array);
            for (place, option) in options.into_iter().flatten().enumerate() {
                has_options = true;
                if depth < 16 {
                    self.collect(option, format!("{pointer}/{word}/{place}"), site, depth + 1);
                }
            }
        }
        if !has_options {
            site.nodes.push(Node {
                schema: target,
                pointer,
            });
        }
    }

    fn value(&mut self, json: &Json, site: &Site<'a>, at: &str, depth: usize) {
        if depth > DEPTH {
            return;
        }
        if *json == Json::Null {
            if !site.is_nullable && !site.nodes.iter().any(|node| node.schema.get("type").is_none()) {
                self.judge.find(
                    self.scene,
                    Difference::Null,
                    &site.pointer,
                    "null",
                    at,
                    Shape::of(json),
                );
            }
            return;
        }
        let fitting: Vec<&Node<'a>> = site
            .nodes
            .iter()
            .filter(|node| has_kind(node.schema, json))
            .collect();
        if fitting.is_empty() {
            if !site.is_guess {
                let what = format!("{} instead of {}", json.kind(), kinds(&site.nodes));
                self.judge.find(
                    self.scene,
                    Difference::Type,
                    &site.pointer,
                    &what,
                    at,
                    Shape::of(json),
                );
            }
            return;
        }
        // Where anything goes, that something came says nothing.
        if fitting.iter().all(|node| node.schema.get("type").is_none()) {
            return;
        }
        match json {
            Json::String(text) => self.string(text, site, &fitting, at),
            Json::Array(items) => self.array(items, &fitting, at, depth),
            Json::Object(members) => self.object(members, &fitting, at, depth),
            _ => self.judge.seen(&site.pointer),
        }
    }

    fn string(&mut self, text: &str, site: &Site<'a>, fitting: &[&Node<'a>], at: &str) {
        let values = |node: &Node<'a>| node.schema.get("x-extensible-enum").and_then(Value::as_array);
        let is_known = |node: &&&Node<'a>| match values(node) {
            Some(known) => known.iter().any(|known| known == text),
            None if is_of_times(node.schema) => is_time(text),
            None => true,
        };
        if fitting.iter().any(|node| is_known(&node)) {
            self.judge.seen(&site.pointer);
            for node in fitting {
                self.judge.seen(&node.pointer);
            }
            return;
        }
        let shape = Shape::of(&Json::String(text.to_owned()));
        match fitting.iter().find(|node| values(node).is_some()) {
            Some(node) => {
                // A value of an enum is a word of the API; a text that is none is not repeated.
                let is_word = text.len() <= 64
                    && !text.is_empty()
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
                let what = if is_word { text } else { "(a text)" };
                let place = node.pointer.clone();
                self.judge
                    .find(self.scene, Difference::UnknownValue, &place, what, at, shape);
            }
            None if !site.is_guess => {
                let form: String = text
                    .chars()
                    .take(40)
                    .map(|letter| match letter {
                        '0'..='9' => '9',
                        letter if letter.is_alphabetic() => 'a',
                        other => other,
                    })
                    .collect();
                self.judge
                    .find(self.scene, Difference::Format, &site.pointer, &form, at, shape);
            }
            None => {}
        }
    }

    fn array(&mut self, items: &[Json], fitting: &[&Node<'a>], at: &str, depth: usize) {
        for node in fitting {
            let Some(schema) = node.schema.get("items") else {
                continue;
            };
            let site = self.site(schema, format!("{}/items", node.pointer));
            for (place, item) in items.iter().enumerate() {
                self.value(item, &site, &format!("{at}/{place}"), depth + 1);
            }
            self.judge.seen(&node.pointer);
            // One list is described once.
            return;
        }
    }

    fn object(&mut self, members: &[(String, Json)], fitting: &[&Node<'a>], at: &str, depth: usize) {
        // Of alternatives the one that knows most of it.
        let Some(node) = fitting.iter().max_by_key(|node| {
            let properties = node.schema.get("properties").and_then(Value::as_object);
            members
                .iter()
                .filter(|(name, _)| properties.is_some_and(|properties| properties.contains_key(name)))
                .count()
        }) else {
            return;
        };
        let properties = node.schema.get("properties").and_then(Value::as_object);
        let is_open =
            properties.is_none() || node.schema.get("additionalProperties") == Some(&Value::Bool(true));
        for (name, member) in members {
            let inner = format!("{at}/{}", escaped(name));
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => {
                    let pointer = format!("{}/properties/{}", node.pointer, escaped(name));
                    let site = self.site(schema, pointer);
                    self.value(member, &site, &inner, depth + 1);
                }
                None if is_open => {}
                None => self.judge.find(
                    self.scene,
                    Difference::UnknownMember,
                    &node.pointer,
                    name,
                    &inner,
                    Shape::of(member),
                ),
            }
        }
        let required = node.schema.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !members.iter().any(|(known, _)| known == name) {
                self.judge.find(
                    self.scene,
                    Difference::MissingMember,
                    &node.pointer,
                    name,
                    at,
                    Shape::default(),
                );
            }
        }
        self.judge.seen(&node.pointer);
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn is_nullable(schema: &Value) -> bool {
    let is_true = |value: Option<&Value>| value == Some(&Value::Bool(true));
    is_true(schema.get("nullable")) || is_true(schema.pointer("/x-observed/may-be-null"))
}

fn is_of_times(schema: &Value) -> bool {
    schema.get("format").is_some_and(|format| format == "date-time")
}

fn has_kind(schema: &Value, json: &Json) -> bool {
    let kind = json.kind();
    match schema.get("type").and_then(Value::as_str) {
        None => true,
        Some("number") => kind == "number" || kind == "integer",
        Some(wanted) => wanted == kind,
    }
}

fn kinds(nodes: &[Node<'_>]) -> String {
    let mut kinds: Vec<&str> = nodes
        .iter()
        .filter_map(|node| node.schema.get("type").and_then(Value::as_str))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join(" or ")
}
