//! The kinds of parts that the plugins of this build offer.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bevy_app::App;
use bevy_ecs::resource::Resource;
use bevy_ecs::world::EntityWorldMut;
use schemars::{Schema, SchemaGenerator};

use crate::document::{Base, DocumentKind};
use crate::figures::Openers;
use crate::part::{PartBody, Property, PropertyInfo, Setter, ShotPart};
use crate::report::{PartReport, ShotReport};
use crate::shot::{Shot, Value};
use crate::tree::Node;
use crate::tree::de::{TreeError, from_tree};

/// A value for a property, by the property's index in its kind.
pub(crate) type PropertyWrite = (usize, Value);

/// What core does with a part type it does not know.
pub(crate) trait PartKind: Send + Sync {
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
    fn properties(&self) -> &[PropertyInfo];
    fn base(&self) -> Option<&Base>;
    fn decode(&self, content: &Node) -> Result<PartBody, TreeError>;
    fn check(&self, body: &PartBody, report: &mut PartReport<'_>);
    fn insert(&self, body: &PartBody, entity: &mut EntityWorldMut<'_>);
    fn write(&self, entity: &mut EntityWorldMut<'_>, writes: &[PropertyWrite]);
}

struct Registered<T> {
    infos: Vec<PropertyInfo>,
    setters: Vec<Setter<T>>,
    base: Option<Base>,
}

impl<T: ShotPart> PartKind for Registered<T> {
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }

    fn properties(&self) -> &[PropertyInfo] {
        &self.infos
    }

    fn base(&self) -> Option<&Base> {
        self.base.as_ref()
    }

    fn decode(&self, content: &Node) -> Result<PartBody, TreeError> {
        from_tree::<T>(content).map(PartBody::new)
    }

    fn check(&self, body: &PartBody, report: &mut PartReport<'_>) {
        if let Some(part) = body.get::<T>() {
            part.check(report);
        }
    }

    fn insert(&self, body: &PartBody, entity: &mut EntityWorldMut<'_>) {
        if let Some(part) = body.get::<T>() {
            entity.insert(part.clone());
        }
    }

    fn write(&self, entity: &mut EntityWorldMut<'_>, writes: &[PropertyWrite]) {
        // A plugin may have taken the component off, to end a part's life as that kind.
        let Some(mut part) = entity.get_mut::<T>() else { return };
        for (property, value) in writes {
            if let Some(setter) = self.setters.get(*property) {
                setter.set(&mut part, value);
            }
        }
    }
}

/// Looks at a whole shot whose parts are right one by one.
pub type ShotCheck = fn(&Shot, &mut ShotReport);

/// The kinds of parts a shot may contain, by tag, and the rules that reach across parts.
#[derive(Resource, Clone, Default)]
pub struct PartRegistry {
    kinds: BTreeMap<&'static str, Arc<dyn PartKind>>,
    checks: Vec<ShotCheck>,
    /// Handed to every shot that is loaded.
    pub(crate) openers: Openers,
    /// Made when first needed, for the kinds known by then.
    schema: OnceLock<Arc<serde_json::Value>>,
}

impl PartRegistry {
    /// Makes `T` available. The last registration of a tag wins, so that a plugin can be replaced.
    pub fn register<T: ShotPart>(&mut self) -> &mut Self {
        let (infos, setters) = T::properties().into_iter().map(|Property { info, setter }| (info, setter)).unzip();
        self.kinds.insert(T::KIND, Arc::new(Registered::<T> { infos, setters, base: T::base() }));
        self.schema = OnceLock::new();
        self
    }

    /// Adds a rule that reaches across parts.
    pub fn register_check(&mut self, check: ShotCheck) -> &mut Self {
        self.checks.push(check);
        self
    }

    /// The rules that reach across parts, in the order of their registration.
    pub(crate) fn checks(&self) -> &[ShotCheck] {
        &self.checks
    }

    /// The registered tags in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.kinds.keys().copied()
    }

    /// What tracks can drive on parts of this kind, besides what every part has.
    pub fn properties(&self, kind: &str) -> &[PropertyInfo] {
        self.get(kind).map_or(&[], |kind| kind.properties())
    }

    /// The JSON Schema of a shot with these kinds.
    pub(crate) fn shot_schema(&self) -> &Arc<serde_json::Value> {
        self.schema.get_or_init(|| Arc::new(crate::schema::generate(self)))
    }

    /// The schema of the content of a part of this kind, and the schema whose definitions it refers to.
    pub(crate) fn part_schema(&self, kind: &str) -> Option<(&serde_json::Value, &serde_json::Value)> {
        let root: &serde_json::Value = self.shot_schema();
        let kinds = root.pointer("/$defs/PartBody/oneOf")?.as_array()?;
        let content = kinds.iter().find_map(|of| of.get("properties")?.get(kind))?;
        Some((content, root))
    }

    /// The kinds of documents that parts can start from.
    pub(crate) fn documents(&self) -> impl Iterator<Item = &DocumentKind> {
        self.kinds.values().filter_map(|kind| kind.base().map(|base| &base.kind))
    }

    /// The kind of document of this name.
    pub(crate) fn document(&self, name: &str) -> Option<&DocumentKind> {
        self.documents().find(|kind| kind.name == name)
    }

    pub(crate) fn get(&self, kind: &str) -> Option<&Arc<dyn PartKind>> {
        self.kinds.get(kind)
    }
}

/// Registration of part types and rules in a plugin's `build`. Creates the [`PartRegistry`] if there is none yet.
pub trait ShotAppExt {
    /// Makes `T` available to shots.
    fn register_shot_part<T: ShotPart>(&mut self) -> &mut Self;

    /// Adds a rule that reaches across parts: it runs when a shot is loaded and all parts are right one by one, so that
    /// its errors have a place in the text like all others.
    fn register_shot_check(&mut self, check: ShotCheck) -> &mut Self;
}

impl ShotAppExt for App {
    fn register_shot_part<T: ShotPart>(&mut self) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register::<T>();
        self
    }

    fn register_shot_check(&mut self, check: ShotCheck) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register_check(check);
        self
    }
}
