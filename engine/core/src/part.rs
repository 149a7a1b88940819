//! Part types: how a plugin tells core what a shot may contain, without core knowing any of it.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use bevy_ecs::component::{Component, Mutable};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, EnumAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use crate::document::Base;
use crate::report::PartReport;
use crate::shot::Value;
use crate::tree::ser::{WriteError, to_tree};
use crate::tree::{Keys, Kind, Node};

/// A component that shots can contain. Its serde and schema derives are the only definition of its text form;
/// put `#[serde(deny_unknown_fields)]` on it and limits as `#[schemars(range(..))]` on its fields.
pub trait ShotPart:
    Component<Mutability = Mutable> + Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static
{
    /// The tag in documents, such as "Human".
    const KIND: &'static str;

    /// What tracks can drive besides `position`, `rotation_deg`, `rotation_quat`, `scale` and `visible`.
    fn properties() -> Vec<Property<Self>> {
        Vec::new()
    }

    /// The document that such a part can start from, see [`Base`].
    fn base() -> Option<Base> {
        None
    }

    /// Reports what the schema cannot say: references to other parts, asset files, values that do not fit together.
    fn check(&self, _report: &mut PartReport<'_>) {}
}

/// The kind of value a property takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyShape {
    /// `true` or `false`.
    Flag,
    /// One number.
    Scalar,
    /// Three numbers.
    Vec3,
    /// A rotation as a quaternion x, y, z, w.
    Quat,
}

impl PropertyShape {
    /// How many numbers a key's value has; 0 for a flag.
    pub fn arity(self) -> usize {
        match self {
            PropertyShape::Flag => 0,
            PropertyShape::Scalar => 1,
            PropertyShape::Vec3 => 3,
            PropertyShape::Quat => 4,
        }
    }
}

impl fmt::Display for PropertyShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PropertyShape::Flag => "true or false",
            PropertyShape::Scalar => "a number",
            PropertyShape::Vec3 => "3 numbers",
            PropertyShape::Quat => "4 numbers x, y, z, w",
        })
    }
}

/// What is known about a property without knowing the part's type.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyInfo {
    /// The name after `part-id/` in a track's target; it may hold `/`.
    pub name: Cow<'static, str>,
    /// The kind of value.
    pub shape: PropertyShape,
    /// The limits of each number, inclusive. Keys outside are errors; a curve that overshoots is held at the limit.
    pub range: RangeInclusive<f32>,
}

/// A scalar property's setter.
pub type ScalarSetter<T> = Arc<dyn Fn(&mut T, f32) + Send + Sync>;

type FlagSetter<T> = Arc<dyn Fn(&mut T, bool) + Send + Sync>;
type Vec3Setter<T> = Arc<dyn Fn(&mut T, [f32; 3]) + Send + Sync>;

pub(crate) enum Setter<T> {
    Flag(FlagSetter<T>),
    Scalar(ScalarSetter<T>),
    Vec3(Vec3Setter<T>),
}

impl<T> Setter<T> {
    /// Gives `part` a value; one of another shape changes nothing.
    pub(crate) fn set(&self, part: &mut T, value: &Value) {
        match (self, value) {
            (Setter::Flag(set), Value::Flag(flag)) => set(part, *flag),
            (Setter::Scalar(set), Value::Number(number)) => set(part, *number as f32),
            (Setter::Vec3(set), Value::List(numbers)) => {
                if let [x, y, z] = numbers.as_slice() {
                    set(part, [*x as f32, *y as f32, *z as f32]);
                }
            }
            _ => {}
        }
    }
}

/// Something of a part that a track can drive.
pub struct Property<T> {
    pub(crate) info: PropertyInfo,
    pub(crate) setter: Setter<T>,
}

impl<T> Property<T> {
    /// A number within `range`.
    pub fn scalar(
        name: &'static str,
        range: RangeInclusive<f32>,
        set: impl Fn(&mut T, f32) + Send + Sync + 'static,
    ) -> Self {
        let info = PropertyInfo { name: name.into(), shape: PropertyShape::Scalar, range };
        Self { info, setter: Setter::Scalar(Arc::new(set)) }
    }

    /// A number with a computed name, for families such as one property per facial action.
    pub fn named_scalar(name: String, range: RangeInclusive<f32>, set: ScalarSetter<T>) -> Self {
        let info = PropertyInfo { name: name.into(), shape: PropertyShape::Scalar, range };
        Self { info, setter: Setter::Scalar(set) }
    }

    /// Three numbers, each within `range`.
    pub fn vec3(
        name: &'static str,
        range: RangeInclusive<f32>,
        set: impl Fn(&mut T, [f32; 3]) + Send + Sync + 'static,
    ) -> Self {
        let info = PropertyInfo { name: name.into(), shape: PropertyShape::Vec3, range };
        Self { info, setter: Setter::Vec3(Arc::new(set)) }
    }

    /// `true` or `false`.
    pub fn flag(name: &'static str, set: impl Fn(&mut T, bool) + Send + Sync + 'static) -> Self {
        let info = PropertyInfo { name: name.into(), shape: PropertyShape::Flag, range: 0.0..=1.0 };
        Self { info, setter: Setter::Flag(Arc::new(set)) }
    }

    /// Its name, kind of value and limits.
    pub fn info(&self) -> &PropertyInfo {
        &self.info
    }
}

trait AnyPart: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn to_tree(&self) -> Result<Node, WriteError>;
}

impl<T: ShotPart> AnyPart for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn to_tree(&self) -> Result<Node, WriteError> {
        to_tree(self)
    }
}

#[derive(Clone)]
enum Content {
    Typed(Arc<dyn AnyPart>),
    /// As read by serde alone, before a [`PartRegistry`](crate::PartRegistry) gave it a type.
    Raw(serde_json::Value),
}

/// What a part is: a kind and a value of the type registered for it.
#[derive(Clone)]
pub struct PartBody {
    kind: Cow<'static, str>,
    content: Content,
}

impl PartBody {
    /// A body of a known type.
    pub fn new<T: ShotPart>(part: T) -> Self {
        Self { kind: T::KIND.into(), content: Content::Typed(Arc::new(part)) }
    }

    /// The tag in documents.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The value, if it is of this type. Every body of a [`LoadedShot`](crate::LoadedShot) has its registered type.
    pub fn get<T: ShotPart>(&self) -> Option<&T> {
        match &self.content {
            Content::Typed(part) => part.as_any().downcast_ref(),
            Content::Raw(_) => None,
        }
    }

    /// The content without the tag.
    pub(crate) fn content_tree(&self) -> Result<Node, WriteError> {
        match &self.content {
            Content::Typed(part) => part.to_tree(),
            Content::Raw(value) => to_tree(value),
        }
    }
}

impl fmt::Debug for PartBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => f.write_str(&json),
            Err(error) => f.debug_tuple(&self.kind).field(&error).finish(),
        }
    }
}

impl PartialEq for PartBody {
    /// Equal when they are written the same.
    fn eq(&self, other: &Self) -> bool {
        let json = |body: &PartBody| serde_json::to_value(body).ok();
        self.kind == other.kind && json(self) == json(other)
    }
}

impl Serialize for PartBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = self.content_tree().map_err(ser::Error::custom)?;
        serializer.collect_map([(&self.kind, content)])
    }
}

impl<'de> Deserialize<'de> for PartBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tag;

        impl<'de> Visitor<'de> for Tag {
            type Value = PartBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a kind of part with its settings, such as Rigid(...)")
            }

            fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<PartBody, A::Error> {
                let (kind, content) = access.variant::<String>()?;
                let content = Content::Raw(content.newtype_variant()?);
                Ok(PartBody { kind: kind.into(), content })
            }
        }

        deserializer.deserialize_enum("PartBody", &[], Tag)
    }
}

impl JsonSchema for PartBody {
    fn schema_name() -> Cow<'static, str> {
        "PartBody".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::PartBody").into()
    }

    /// Any kind; [`shot_schema`](crate::shot_schema) puts the registered ones in its place.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "minProperties": 1, "maxProperties": 1 })
    }
}

impl PartBody {
    /// The tagged form, `Kind(content)`.
    pub(crate) fn tagged_tree(&self) -> Result<Node, WriteError> {
        let content = self.content_tree()?;
        let inner = match content.kind {
            Kind::Map { keys: Keys::Names, .. } => content,
            Kind::Map { fields, .. } => Node::new(Kind::Map { fields, keys: Keys::Names }),
            Kind::Null => Node::new(Kind::Map { fields: Vec::new(), keys: Keys::Names }),
            _ => Node::new(Kind::List { items: vec![content], tuple: true }),
        };
        Ok(Node::new(Kind::Tagged { name: self.kind.clone().into_owned(), inner: Some(Box::new(inner)) }))
    }
}
