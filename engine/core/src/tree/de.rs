//! From the tree to Rust types: a serde `Deserializer` whose errors know their place.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::{Field, Kind, Node, Span};

/// A value does not decode.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct TreeError {
    /// What is wrong.
    pub message: String,
    /// Where, unless the value has no place in a text.
    pub span: Option<Span>,
}

impl TreeError {
    /// A value that validation should have asked for.
    pub(crate) fn missing(name: &str) -> Self {
        Self { message: format!("`{name}` is missing"), span: None }
    }

    /// The innermost place wins: it is set first and kept.
    fn or_at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

impl de::Error for TreeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }
}

/// Decodes `node`.
pub fn from_tree<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, TreeError> {
    T::deserialize(node).map_err(|error| error.or_at(node.span))
}

impl Node {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.kind {
            Kind::Null => Unexpected::Unit,
            Kind::Bool(value) => Unexpected::Bool(*value),
            Kind::Integer { negative: false, magnitude } => Unexpected::Unsigned(*magnitude),
            Kind::Integer { .. } => Unexpected::Signed(self.integer().unwrap_or(i64::MIN)),
            Kind::Float(value) => Unexpected::Float(*value),
            Kind::String(text) => Unexpected::Str(text),
            Kind::List { .. } => Unexpected::Seq,
            Kind::Map { .. } => Unexpected::Map,
            Kind::Tagged { .. } => Unexpected::Enum,
        }
    }

    fn invalid<'de, V: Visitor<'de>>(&self, visitor: &V) -> TreeError {
        de::Error::invalid_type(self.unexpected(), visitor)
    }

    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Integer { negative: false, magnitude } => visitor.visit_u64(*magnitude),
            Kind::Integer { .. } => match self.integer() {
                Some(value) => visitor.visit_i64(value),
                None => visitor.visit_f64(self.number().unwrap_or(f64::NAN)),
            },
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::String(text) => visitor.visit_borrowed_str(text),
            Kind::List { items, .. } => visit_items(items, visitor),
            Kind::Map { fields, .. } => visit_fields(fields, visitor),
            Kind::Tagged { name, inner: None } if name == "None" => visitor.visit_unit(),
            Kind::Tagged { name, inner: None } => visitor.visit_borrowed_str(name),
            Kind::Tagged { name, inner: Some(inner) } if name == "Some" => inner.unwrapped().visit(visitor),
            Kind::Tagged { name, inner: Some(inner) } => visitor.visit_map(OneEntry { name, inner: Some(inner) }),
        }
    }
}

fn visit_items<'de, V: Visitor<'de>>(items: &'de [Node], visitor: V) -> Result<V::Value, TreeError> {
    let mut items = Items(items);
    let value = visitor.visit_seq(&mut items)?;
    match items.0 {
        [] => Ok(value),
        [extra, ..] => Err(<TreeError as de::Error>::custom("the list has too many values").or_at(extra.span)),
    }
}

fn visit_fields<'de, V: Visitor<'de>>(fields: &'de [Field], visitor: V) -> Result<V::Value, TreeError> {
    visitor.visit_map(Fields { rest: fields, value: None })
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.visit(visitor).map_err(|error| error.or_at(self.span))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::Null => visitor.visit_none(),
            Kind::Tagged { name, inner: None } if name == "None" => visitor.visit_none(),
            Kind::Tagged { name, inner: Some(inner) } if name == "Some" => visitor.visit_some(inner.unwrapped()),
            _ => visitor.visit_some(self),
        }
        .map_err(|error: TreeError| error.or_at(self.span))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::List { items, tuple: true } if items.is_empty() => visitor.visit_unit(),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::Tagged { inner: None, .. } => visitor.visit_unit(),
            Kind::Tagged { inner: Some(inner), .. } => inner.deserialize_unit(visitor),
            _ => self.deserialize_unit(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        let content = match &self.kind {
            Kind::Tagged { name: written, inner: Some(inner) } if written == name => inner.unwrapped(),
            _ => self.unwrapped(),
        };
        visitor.visit_newtype_struct(content).map_err(|error: TreeError| error.or_at(self.span))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::List { items, .. } => visit_items(items, visitor),
            Kind::Tagged { inner: Some(inner), .. } => return inner.deserialize_seq(visitor),
            _ => Err(self.invalid(&visitor)),
        }
        .map_err(|error| error.or_at(self.span))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, TreeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.unwrapped().fields() {
            Some(fields) => visit_fields(fields, visitor),
            None => Err(self.invalid(&visitor)),
        }
        .map_err(|error| error.or_at(self.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        match self.tag() {
            Some((name, span, inner)) => visitor.visit_enum(Variant { name, span, inner }),
            None => Err(self.invalid(&visitor)),
        }
        .map_err(|error| error.or_at(self.span))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match &self.kind {
            Kind::Tagged { name, inner: None } => visitor.visit_borrowed_str(name),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
    }
}

struct Items<'de>(&'de [Node]);

impl<'de> SeqAccess<'de> for &mut Items<'de> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, TreeError> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        seed.deserialize(first).map(Some).map_err(|error| error.or_at(first.span))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Fields<'de> {
    rest: &'de [Field],
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TreeError> {
        let Some((first, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        self.value = Some(&first.value);
        seed.deserialize(Key(&first.name)).map(Some).map_err(|error| error.or_at(first.span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TreeError> {
        let node = self.value.take().ok_or_else(|| <TreeError as de::Error>::custom("a value without a name"))?;
        seed.deserialize(node).map_err(|error| error.or_at(node.span))
    }
}

/// A map's key; maps with numbers as keys write them as text, as JSON does.
struct Key<'de>(&'de str);

macro_rules! numeric_keys {
    ($($method:ident $visit:ident $number:ty),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
            match self.0.parse::<$number>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(de::Error::invalid_type(Unexpected::Str(self.0), &visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'de> {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    numeric_keys!(
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64, deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64
    );

    forward_to_deserialize_any! {
        bool i128 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// `Name(content)` as the map `{"Name": content}`, for types that accept anything.
struct OneEntry<'de> {
    name: &'de str,
    inner: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for OneEntry<'de> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, TreeError> {
        match self.inner {
            Some(_) => seed.deserialize(Key(self.name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, TreeError> {
        let node = self.inner.take().ok_or_else(|| <TreeError as de::Error>::custom("a value without a name"))?;
        seed.deserialize(node.unwrapped())
    }
}

struct Variant<'de> {
    name: &'de str,
    span: Span,
    inner: Option<&'de Node>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = TreeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), TreeError> {
        let name: StrDeserializer<'_, TreeError> = self.name.into_deserializer();
        let tag = seed.deserialize(name).map_err(|error| error.or_at(self.span))?;
        Ok((tag, self))
    }
}

impl<'de> Variant<'de> {
    fn content(&self) -> Result<&'de Node, TreeError> {
        self.inner.ok_or_else(|| {
            <TreeError as de::Error>::custom(format_args!("`{}` needs content", self.name)).or_at(self.span)
        })
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = TreeError;

    fn unit_variant(self) -> Result<(), TreeError> {
        match self.inner {
            None => Ok(()),
            Some(inner) => <()>::deserialize(inner),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, TreeError> {
        let content = self.content()?.unwrapped();
        seed.deserialize(content).map_err(|error| error.or_at(content.span))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, TreeError> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, TreeError> {
        self.content()?.deserialize_map(visitor)
    }
}
