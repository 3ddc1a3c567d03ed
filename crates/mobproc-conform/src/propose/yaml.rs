//! Where things stand in a YAML text, and changing them there: comments, order and form of the rest
//! stay as they are.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, StrInput};

/// A node of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    /// Byte at which the node begins.
    pub(super) start: usize,
    /// Byte after the last thing in it.
    pub(super) end: usize,
    /// Spaces in front of its members, or of itself where it is a plain value.
    pub(super) indent: usize,
    /// Whether it is written in braces or brackets.
    pub(super) is_flow: bool,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    List,
    Mapping,
}

/// A YAML text with the place of everything in it, by JSON pointer.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    nodes: HashMap<String, Node>,
    edits: Vec<Edit>,
}

#[derive(Debug)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

impl Text {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            text,
            // Places are told in letters.
            bytes: text
                .char_indices()
                .map(|(at, _)| at)
                .chain([text.len()])
                .collect(),
            parser: Parser::new(StrInput::new(text)),
            nodes: HashMap::new(),
            last: 0,
        };
        loop {
            let (event, start, end) = reader.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                event => reader.node(&event, start, end, String::new())?,
            }
        }
        Ok(Self {
            text: text.to_owned(),
            nodes: reader.nodes,
            edits: Vec::new(),
        })
    }

    pub(super) fn node(&self, pointer: &str) -> Option<Node> {
        self.nodes.get(pointer).copied()
    }

    /// The text of a node.
    pub(super) fn written(&self, node: Node) -> &str {
        self.text.get(node.start..node.end).unwrap_or_default()
    }

    /// Puts another text in place of a node.
    pub(super) fn replace(&mut self, node: Node, text: &str) {
        self.edits.push(Edit {
            start: node.start,
            end: node.end,
            text: text.to_owned(),
        });
    }

    /// Adds a member at the end of a mapping. `lines` are its lines, the first of them with its name;
    /// in braces only the first is taken.
    pub(super) fn add_member(&mut self, mapping: Node, lines: &[String]) {
        if mapping.is_flow {
            let first = lines.first().map_or("", String::as_str);
            self.add_in_brackets(mapping, first);
        } else {
            self.insert_lines(mapping.end, mapping.indent, lines);
        }
    }

    /// Adds a value at the end of a list.
    pub(super) fn add_item(&mut self, list: Node, item: &str) {
        if list.is_flow {
            self.add_in_brackets(list, item);
        } else {
            self.insert_lines(list.end, list.indent, &[format!("- {item}")]);
        }
    }

    /// Adds a member after another.
    pub(super) fn add_after(&mut self, node: Node, indent: usize, lines: &[String]) {
        self.insert_lines(node.end, indent, lines);
    }

    fn add_in_brackets(&mut self, node: Node, text: &str) {
        let at = node.end.saturating_sub(1);
        let inside = self.text.get(node.start + 1..at).unwrap_or_default();
        let is_empty = inside.trim().is_empty();
        // What was added before in the same place is not empty any more.
        let is_empty = is_empty && !self.edits.iter().any(|edit| edit.start == at);
        let trimmed = node.start + 1 + inside.trim_end().len();
        let at = if is_empty { at } else { trimmed };
        let separator = if is_empty { "" } else { ", " };
        self.edits.push(Edit {
            start: at,
            end: at,
            text: format!("{separator}{text}"),
        });
    }

    fn insert_lines(&mut self, after: usize, indent: usize, lines: &[String]) {
        let rest = self.text.get(after..).unwrap_or_default();
        let end = after + rest.find('\n').unwrap_or(rest.len());
        let mut text = String::new();
        for line in lines {
            text.push('\n');
            if !line.is_empty() {
                text.push_str(&" ".repeat(indent));
            }
            text.push_str(line);
        }
        self.edits.push(Edit {
            start: end,
            end,
            text,
        });
    }

    /// The text with all changes.
    pub(super) fn finish(mut self) -> String {
        self.edits.sort_by_key(|edit| (edit.start, edit.end));
        let mut result = String::with_capacity(self.text.len() + 4096);
        let mut at = 0;
        for edit in &self.edits {
            result.push_str(self.text.get(at..edit.start).unwrap_or_default());
            result.push_str(&edit.text);
            at = edit.end.max(at);
        }
        result.push_str(self.text.get(at..).unwrap_or_default());
        result
    }
}

struct Reader<'t> {
    text: &'t str,
    bytes: Vec<usize>,
    parser: Parser<'t, StrInput<'t>>,
    nodes: HashMap<String, Node>,
    /// Byte after the last thing that was read.
    last: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, usize, usize), String> {
        let (event, span) = match self.parser.next() {
            Some(Ok(next)) => next,
            Some(Err(error)) => return Err(format!("line {}: {}", error.marker().line(), error.info())),
            None => return Ok((Event::StreamEnd, self.text.len(), self.text.len())),
        };
        let byte = |index: usize| self.bytes.get(index).copied().unwrap_or(self.text.len());
        let (start, end) = (byte(span.start.index()), byte(span.end.index()));
        Ok((event, start, end))
    }

    fn indent_of(&self, at: usize) -> usize {
        let line = self.text.get(..at).unwrap_or_default();
        let line = line.rsplit('\n').next().unwrap_or_default();
        line.len()
    }

    /// Deeper than any document that people write by hand.
    fn node(&mut self, event: &Event<'t>, start: usize, end: usize, pointer: String) -> Result<(), String> {
        const DEEPEST: usize = 100;
        if pointer.matches('/').count() > DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST} levels"));
        }
        let begins_with = |sign: char| self.text.get(start..).is_some_and(|rest| rest.starts_with(sign));
        match event {
            Event::Scalar(..) | Event::Alias(_) => {
                let node = Node {
                    start,
                    end,
                    indent: self.indent_of(start),
                    is_flow: false,
                    kind: Kind::Scalar,
                };
                // A block scalar ends with the line after it.
                self.last = self
                    .text
                    .get(..end)
                    .map_or(end, |before| before.trim_end().len())
                    .max(start);
                self.nodes.insert(pointer, node);
            }
            Event::SequenceStart(..) => {
                let is_flow = begins_with('[');
                let indent = self.indent_of(start);
                let mut place = 0_usize;
                loop {
                    let (event, from, to) = self.next()?;
                    if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                        self.close(pointer, start, to, indent, is_flow, Kind::List);
                        break;
                    }
                    self.node(&event, from, to, format!("{pointer}/{place}"))?;
                    place += 1;
                }
            }
            Event::MappingStart(..) => {
                let is_flow = begins_with('{');
                let mut indent = None;
                loop {
                    let (key, from, to) = self.next()?;
                    if matches!(key, Event::MappingEnd | Event::StreamEnd) {
                        let indent = indent.unwrap_or_else(|| self.indent_of(start));
                        self.close(pointer, start, to, indent, is_flow, Kind::Mapping);
                        break;
                    }
                    let Event::Scalar(name, ..) = key else {
                        return Err("a key is not plain text".to_owned());
                    };
                    indent.get_or_insert(self.indent_of(from));
                    let inner = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
                    let (value, from, to) = self.next()?;
                    self.node(&value, from, to, inner)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, pointer: String, start: usize, end: usize, indent: usize, is_flow: bool, kind: Kind) {
        if is_flow {
            self.last = end;
        }
        let node = Node {
            start,
            end: self.last,
            indent,
            is_flow,
            kind,
        };
        self.nodes.insert(pointer, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
a:
  # about b
  b: {type: string, x: [A, B]}

  c:
    type: object
    properties:
      d: {type: string}
    # the end of c
e:
  - 1
f: >-
  long
  text
";

    #[test]
    fn changes_leave_the_rest_alone() {
        let mut text = Text::parse(TEXT).unwrap();
        let node = |text: &Text, pointer: &str| text.node(pointer).unwrap();
        let list = node(&text, "/a/b/x");
        text.add_item(list, "C");
        let flow = node(&text, "/a/b");
        text.add_member(flow, &["y: true".to_owned()]);
        let block = node(&text, "/a/c/properties");
        text.add_member(block, &["g:".to_owned(), "  type: integer".to_owned()]);
        let item = node(&text, "/e");
        text.add_item(item, "2");
        let kind = node(&text, "/a/c/type");
        assert_eq!(text.written(kind), "object");
        text.replace(kind, "thing");
        let root = node(&text, "");
        text.add_member(root, &["h: 1".to_owned()]);
        assert_eq!(
            text.finish(),
            "\
a:
  # about b
  b: {type: string, x: [A, B, C], y: true}

  c:
    type: thing
    properties:
      d: {type: string}
      g:
        type: integer
    # the end of c
e:
  - 1
  - 2
f: >-
  long
  text
h: 1
"
        );
    }

    #[test]
    fn what_is_not_yaml_is_refused() {
        assert!(Text::parse("a: [1").is_err());
        assert!(Text::parse("a: b: c").unwrap_err().contains("line 1"));
    }
}
