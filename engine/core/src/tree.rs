//! A document as a tree in which every value knows its place in the text. Both notations, RON and JSON,
//! become the same tree, so that validation, migration and decoding exist once.

pub(crate) mod de;
mod expect;
mod fit;
mod lexer;
mod numbers;
pub(crate) mod overlay;
pub(crate) mod parser;
pub(crate) mod place;
pub(crate) mod print;
mod scalars;
mod schema;
pub(crate) mod ser;
pub(crate) mod validate;

use std::fmt;

/// A place in a text: 1-based line and column, the column in characters. Zero is no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// 1-based line.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A value and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value starts; for a field's value, after the field's name.
    pub span: Span,
    /// The value.
    pub kind: Kind,
}

/// What a [`Node`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// JSON `null`; RON `None` once the type is known to be optional.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of at most 64 bits.
    Integer {
        /// Whether it is below zero.
        negative: bool,
        /// Its distance from zero.
        magnitude: u64,
    },
    /// A number with a point or exponent, or beyond 64 bits; may be infinite or NaN.
    Float(f64),
    /// Text.
    String(String),
    /// Values in order.
    List {
        /// The values.
        items: Vec<Node>,
        /// Written `(a, b)` rather than `[a, b]`.
        tuple: bool,
    },
    /// Named values.
    Map {
        /// The values in the order of the text; names may repeat, which validation reports.
        fields: Vec<Field>,
        /// How the names are written.
        keys: Keys,
    },
    /// A RON name with or without content: `None`, `Ball(radius_m: 1)`, `Some(2)`.
    Tagged {
        /// The name.
        name: String,
        /// What stands in the parentheses: a tuple or a map with names.
        inner: Option<Box<Node>>,
    },
}

/// How the names in a map are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// As `(a: 1)`.
    Names,
    /// As `{"a": 1}`.
    Texts,
    /// As `{1: 1}`.
    Numbers,
}

/// A named value of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// Where the name starts.
    pub span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A node that has no place in a text.
    pub fn new(kind: Kind) -> Self {
        Self { span: Span::default(), kind }
    }

    /// What the value is, for messages: "a list of 3", "`Ball`".
    pub fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Integer { .. } | Kind::Float(_) => format!("the number {}", print::number_text(&self.kind)),
            Kind::String(text) => match text.chars().count() {
                0..=40 => format!("the text {text:?}"),
                _ => format!("the text {:?}...", text.chars().take(37).collect::<String>()),
            },
            Kind::List { items, .. } => format!("a list of {}", items.len()),
            Kind::Map { .. } => "a group of fields".to_owned(),
            Kind::Tagged { name, .. } => format!("`{name}`"),
        }
    }

    /// The only item of a tuple of one, as RON writes the content of `Name(content)`; else the node itself.
    pub fn unwrapped(&self) -> &Node {
        match &self.kind {
            Kind::List { items, tuple: true } => match items.as_slice() {
                [only] => only,
                _ => self,
            },
            _ => self,
        }
    }

    /// The content of `Some(...)`; else the node itself.
    pub fn some_content(&self) -> &Node {
        match &self.kind {
            Kind::Tagged { name, inner: Some(inner) } if name == "Some" => inner.unwrapped(),
            _ => self,
        }
    }

    /// The value of the field `name`, if this is a map that has it.
    pub fn field(&self, name: &str) -> Option<&Node> {
        self.fields()?.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    /// The fields of a map; a named struct `Name(a: 1)` counts as its content.
    pub fn fields(&self) -> Option<&[Field]> {
        match &self.kind {
            Kind::Map { fields, .. } => Some(fields),
            Kind::Tagged { inner: Some(inner), .. } => match &inner.kind {
                Kind::Map { fields, .. } => Some(fields),
                _ => None,
            },
            Kind::List { items, tuple: true } if items.is_empty() => Some(&[]),
            _ => None,
        }
    }

    /// The fields of a map for changing; see [`fields`](Self::fields).
    pub fn fields_mut(&mut self) -> Option<&mut Vec<Field>> {
        match &mut self.kind {
            Kind::Map { fields, .. } => Some(fields),
            Kind::Tagged { inner: Some(inner), .. } => match &mut inner.kind {
                Kind::Map { fields, .. } => Some(fields),
                _ => None,
            },
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number that fits.
    pub fn integer(&self) -> Option<i64> {
        match self.kind {
            Kind::Integer { negative: false, magnitude } => i64::try_from(magnitude).ok(),
            Kind::Integer { negative: true, magnitude } => 0_i64.checked_sub_unsigned(magnitude),
            _ => None,
        }
    }

    /// Any number, rounded to 64-bit floating point.
    pub fn number(&self) -> Option<f64> {
        match self.kind {
            Kind::Integer { negative, magnitude } => {
                Some(if negative { -(magnitude as f64) } else { magnitude as f64 })
            }
            Kind::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The tag and content of an externally tagged value, in any of its spellings: `"Name"`, `Name`,
    /// `Name(...)`, `{"Name": ...}`, with the place of the name.
    pub fn tag(&self) -> Option<(&str, Span, Option<&Node>)> {
        match &self.kind {
            Kind::String(name) => Some((name, self.span, None)),
            Kind::Tagged { name, inner } => Some((name, self.span, inner.as_deref())),
            Kind::Map { fields, keys: Keys::Texts } => match fields.as_slice() {
                [field] => Some((&field.name, field.span, Some(&field.value))),
                _ => None,
            },
            _ => None,
        }
    }
}
