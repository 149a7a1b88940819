//! From Rust types to the tree: the one way in which documents are written.

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

use super::{Field, Keys, Kind, Node, Span};

/// A value cannot be written as a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WriteError(pub String);

impl ser::Error for WriteError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Writes `value` as a tree without places.
pub fn to_tree<T: Serialize + ?Sized>(value: &T) -> Result<Node, WriteError> {
    value.serialize(TreeSerializer)
}

struct TreeSerializer;

fn integer(value: i64) -> Node {
    Node::new(Kind::Integer { negative: value < 0, magnitude: value.unsigned_abs() })
}

fn unsigned(value: u64) -> Node {
    Node::new(Kind::Integer { negative: false, magnitude: value })
}

/// The content of a tag: maps and longer tuples stand in the tag's own parentheses.
fn content(node: Node) -> Option<Box<Node>> {
    Some(Box::new(match node.kind {
        Kind::Map { keys: Keys::Names, .. } => node,
        _ => Node::new(Kind::List { items: vec![node], tuple: true }),
    }))
}

fn tagged(name: &str, inner: Option<Box<Node>>) -> Node {
    Node::new(Kind::Tagged { name: name.to_owned(), inner })
}

impl Serializer for TreeSerializer {
    type Ok = Node;
    type Error = WriteError;
    type SerializeSeq = Items;
    type SerializeTuple = Items;
    type SerializeTupleStruct = Items;
    type SerializeTupleVariant = Items;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Fields;

    fn serialize_bool(self, value: bool) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::Bool(value)))
    }

    fn serialize_i8(self, value: i8) -> Result<Node, WriteError> {
        Ok(integer(value.into()))
    }

    fn serialize_i16(self, value: i16) -> Result<Node, WriteError> {
        Ok(integer(value.into()))
    }

    fn serialize_i32(self, value: i32) -> Result<Node, WriteError> {
        Ok(integer(value.into()))
    }

    fn serialize_i64(self, value: i64) -> Result<Node, WriteError> {
        Ok(integer(value))
    }

    fn serialize_u8(self, value: u8) -> Result<Node, WriteError> {
        Ok(unsigned(value.into()))
    }

    fn serialize_u16(self, value: u16) -> Result<Node, WriteError> {
        Ok(unsigned(value.into()))
    }

    fn serialize_u32(self, value: u32) -> Result<Node, WriteError> {
        Ok(unsigned(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<Node, WriteError> {
        Ok(unsigned(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Node, WriteError> {
        // 0.1_f32 is written 0.1, not 0.10000000149011612: the shortest text that reads back the same.
        let shortest = value.to_string().parse::<f64>().unwrap_or(f64::from(value));
        Ok(Node::new(Kind::Float(shortest)))
    }

    fn serialize_f64(self, value: f64) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::Float(value)))
    }

    fn serialize_char(self, value: char) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::String(value.to_string())))
    }

    fn serialize_str(self, value: &str) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::String(value.to_owned())))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Node, WriteError> {
        let items = value.iter().map(|byte| unsigned((*byte).into())).collect();
        Ok(Node::new(Kind::List { items, tuple: false }))
    }

    fn serialize_none(self) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::Null))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node, WriteError> {
        let node = to_tree(value)?;
        let reads_as_none = match &node.kind {
            Kind::Null => true,
            Kind::Tagged { name, inner: None } => name == "None",
            Kind::Tagged { name, .. } => name == "Some",
            _ => false,
        };
        Ok(if reads_as_none { tagged("Some", content(node)) } else { node })
    }

    fn serialize_unit(self) -> Result<Node, WriteError> {
        Ok(Node::new(Kind::Null))
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, WriteError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node, WriteError> {
        Ok(tagged(variant, None))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Node, WriteError> {
        to_tree(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node, WriteError> {
        Ok(tagged(variant, content(to_tree(value)?)))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items, WriteError> {
        // The length is a hint from the type; it is not trusted beyond what is cheap.
        Ok(Items { tag: None, items: Vec::with_capacity(len.unwrap_or(0).min(4096)), tuple: false })
    }

    fn serialize_tuple(self, len: usize) -> Result<Items, WriteError> {
        Ok(Items { tag: None, items: Vec::with_capacity(len), tuple: true })
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items, WriteError> {
        self.serialize_tuple(len)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items, WriteError> {
        Ok(Items { tag: Some(variant), items: Vec::with_capacity(len), tuple: true })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Fields, WriteError> {
        Ok(Fields { tag: None, fields: Vec::new(), keys: Keys::Texts })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Fields, WriteError> {
        Ok(Fields { tag: None, fields: Vec::with_capacity(len), keys: Keys::Names })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Fields, WriteError> {
        Ok(Fields { tag: Some(variant), fields: Vec::with_capacity(len), keys: Keys::Names })
    }
}

struct Items {
    tag: Option<&'static str>,
    items: Vec<Node>,
    tuple: bool,
}

impl Items {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        self.items.push(to_tree(value)?);
        Ok(())
    }

    fn finish(self) -> Result<Node, WriteError> {
        let list = Node::new(Kind::List { items: self.items, tuple: self.tuple });
        Ok(match self.tag {
            Some(name) => tagged(name, Some(Box::new(list))),
            None => list,
        })
    }
}

struct Fields {
    tag: Option<&'static str>,
    fields: Vec<Field>,
    keys: Keys,
}

impl Fields {
    fn push<T: Serialize + ?Sized>(&mut self, name: String, value: &T) -> Result<(), WriteError> {
        self.fields.push(Field { name, span: Span::default(), value: to_tree(value)? });
        Ok(())
    }

    fn finish(self) -> Result<Node, WriteError> {
        let map = Node::new(Kind::Map { fields: self.fields, keys: self.keys });
        Ok(match self.tag {
            Some(name) => tagged(name, Some(Box::new(map))),
            None => map,
        })
    }
}

macro_rules! push_items {
    ($($of:ident $method:ident),*) => {$(
        impl $of for Items {
            type Ok = Node;
            type Error = WriteError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
                self.push(value)
            }

            fn end(self) -> Result<Node, WriteError> {
                self.finish()
            }
        }
    )*};
}

push_items!(
    SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! push_fields {
    ($($of:ident),*) => {$(
        impl $of for Fields {
            type Ok = Node;
            type Error = WriteError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), WriteError> {
                self.push(name.to_owned(), value)
            }

            fn end(self) -> Result<Node, WriteError> {
                self.finish()
            }
        }
    )*};
}

push_fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Fields {
    type Ok = Node;
    type Error = WriteError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), WriteError> {
        let key = to_tree(key)?;
        let name = match key.kind {
            Kind::String(text) => text,
            Kind::Tagged { name, inner: None } => name,
            Kind::Integer { .. } => {
                self.keys = Keys::Numbers;
                super::print::number_text(&key.kind)
            }
            _ => {
                return Err(WriteError(format!(
                    "a map's key must be a text or a whole number, not {}",
                    key.describe()
                )));
            }
        };
        self.fields.push(Field { name, span: Span::default(), value: Node::new(Kind::Null) });
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), WriteError> {
        let value = to_tree(value)?;
        match self.fields.last_mut() {
            Some(field) => field.value = value,
            None => return Err(WriteError("a map's value came before its key".to_owned())),
        }
        Ok(())
    }

    fn end(self) -> Result<Node, WriteError> {
        self.finish()
    }
}

/// A tree in serde's JSON data model: tags become texts or maps of one entry.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            Kind::Null => serializer.serialize_unit(),
            Kind::Bool(value) => serializer.serialize_bool(*value),
            Kind::Integer { negative: false, magnitude } => serializer.serialize_u64(*magnitude),
            Kind::Integer { .. } => match self.integer() {
                Some(value) => serializer.serialize_i64(value),
                None => serializer.serialize_f64(self.number().unwrap_or(f64::NAN)),
            },
            Kind::Float(value) => serializer.serialize_f64(*value),
            Kind::String(text) => serializer.serialize_str(text),
            Kind::List { items, .. } => serializer.collect_seq(items),
            Kind::Map { fields, .. } => serializer.collect_map(fields.iter().map(|field| (&field.name, &field.value))),
            Kind::Tagged { name, inner: Some(inner) } if name == "Some" => inner.unwrapped().serialize(serializer),
            Kind::Tagged { name, inner: Some(inner) } => serializer.collect_map([(name, inner.unwrapped())]),
            Kind::Tagged { name, inner: None } => serializer.serialize_str(name),
        }
    }
}
