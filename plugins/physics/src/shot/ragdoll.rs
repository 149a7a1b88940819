//! The shot parts `Ragdoll` and `Grip`: people in the world of rigid bodies.

use bevy::prelude::Component;
use kinema_core::{PartReport, Property, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Density of a living body, kg/m³, between breathing in and out: W. E. Siri, "The gross composition of the body", Advances in
/// Biological and Medical Physics 4, 1956, has 1010 to 1100 without the air in the lungs.
pub const BODY_DENSITY_KG_M3: f32 = 1010.0;

/// The kind of part that owns people.
const HUMAN: &str = "Human";

/// Gives a person a body in the world of rigid bodies: a hull for each stretch of limb, trunk and head, fitted to its skin. The
/// part's own transform is not used; a person has one such part at most.
///
/// Before `from_frame` and after `until_frame` the hulls go where the animation goes: they push dynamic bodies, and things
/// rest on them. In between `mode` holds.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ragdoll {
    /// Id of the `Human`.
    pub person: String,
    /// What moves the hulls from `from_frame` on.
    #[serde(default)]
    pub mode: RagdollMode,
    /// The frame at which `mode` begins, with the speed that the animation has there. Default 0.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub from_frame: u32,
    /// The frame at which the animation takes the person back. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000_000))]
    pub until_frame: Option<u32>,
    /// How many frames after `until_frame` the way back into the animation takes, 0 (at once) to 10000.
    #[serde(default = "return_frames")]
    #[schemars(range(max = 10_000))]
    pub return_frames: u32,
    /// How much of the simulated pose is shown instead of the animated one, 0 to 1. Hulls do not feel it.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub blend: f32,
    /// Strength of all muscles in mode `Active`, 0 (none) to 10; 1 is a healthy adult of this weight.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub strength: f32,
    /// Strength of single regions, on top of `strength`.
    #[serde(default)]
    pub regions: Regions,
    /// How firmly pelvis and feet are held where the animation has them in mode `Active`, 0 (not at all: the person falls) to
    /// 10. It stands for the sense of balance, and is a force from outside.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub balance: f32,
    /// Coulomb friction coefficient of skin, clothes and soles, 0 and up.
    #[serde(default = "default_friction")]
    #[schemars(range(min = 0.0, max = 10.0))]
    pub friction: f32,
    /// Density of the body in kg/m³. Default 1010.
    #[serde(default = "default_density")]
    #[schemars(range(min = 1.0, max = 30_000.0))]
    pub density_kg_m3: f32,
}

/// What moves a person's hulls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RagdollMode {
    /// The animation; nothing moves the person.
    #[default]
    Kinematic,
    /// Muscles that pull towards the animation, as strong as they are: the person gives way to hits and recovers.
    Active,
    /// Weight and hits alone: the person falls.
    Limp,
}

/// Factors of strength, each 0 to 10.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Regions {
    /// Neck and head.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub head: f32,
    /// Waist and chest.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub trunk: f32,
    /// Shoulders, elbows and wrists.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub arms: f32,
    /// Hips, knees and ankles.
    #[schemars(range(min = 0.0, max = 10.0))]
    pub legs: f32,
}

impl Default for Regions {
    fn default() -> Self {
        Self { head: 1.0, trunk: 1.0, arms: 1.0, legs: 1.0 }
    }
}

/// A hand that holds a dynamic body, as the two are to each other when it takes hold. Where the hand goes is up to the
/// person's motion: `motion.left_hand` of the `Human` brings it to a place.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grip {
    /// Id of the `Ragdoll` whose hand it is.
    pub ragdoll: String,
    /// Which hand.
    pub hand: Hand,
    /// Id of the dynamic `Rigid`.
    pub body: String,
    /// The frame at which the hand takes hold.
    #[serde(default)]
    #[schemars(range(max = 1_000_000))]
    pub from_frame: u32,
    /// The frame at which it lets go. Default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 1_000_000))]
    pub until_frame: Option<u32>,
}

/// A hand of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Hand {
    /// The person's left.
    Left,
    /// The person's right.
    Right,
}

fn one() -> f32 {
    1.0
}

fn return_frames() -> u32 {
    12
}

fn default_friction() -> f32 {
    0.6
}

fn default_density() -> f32 {
    BODY_DENSITY_KG_M3
}

/// What tracks drive: name, highest value, place.
type Channel = (&'static str, f32, fn(&mut Ragdoll) -> &mut f32);

/// Blend comes first: the only one that does not move bodies.
const CHANNELS: [Channel; 7] = [
    ("blend", 1.0, |ragdoll| &mut ragdoll.blend),
    ("strength", 10.0, |ragdoll| &mut ragdoll.strength),
    ("balance", 10.0, |ragdoll| &mut ragdoll.balance),
    ("regions/head", 10.0, |ragdoll| &mut ragdoll.regions.head),
    ("regions/trunk", 10.0, |ragdoll| &mut ragdoll.regions.trunk),
    ("regions/arms", 10.0, |ragdoll| &mut ragdoll.regions.arms),
    ("regions/legs", 10.0, |ragdoll| &mut ragdoll.regions.legs),
];

impl Ragdoll {
    /// Whether the simulation moves the person at some time.
    pub fn simulates(&self) -> bool {
        self.mode != RagdollMode::Kinematic && self.until_frame.is_none_or(|until| until > self.from_frame)
    }

    /// Whether every number that a program or a track can set is one, and none is below 0.
    pub(crate) fn is_sane(&self) -> bool {
        let mut copy = self.clone();
        let channels = CHANNELS.iter().all(|(_, highest, field)| (0.0..=*highest).contains(field(&mut copy)));
        channels && (0.0..=10.0).contains(&self.friction) && (1.0..=30_000.0).contains(&self.density_kg_m3)
    }
}

fn check_span(report: &mut PartReport<'_>, from: u32, until: Option<u32>) {
    if let Some(until) = until.filter(|until| *until <= from) {
        let message = format!("it ends at frame {until}, but begins at frame {from}");
        report.error("until_frame", message, "choose a later frame, or leave it out");
    }
}

impl ShotPart for Ragdoll {
    const KIND: &'static str = "Ragdoll";

    fn properties() -> Vec<Property<Self>> {
        let property = |(name, highest, field): Channel| {
            Property::scalar(name, 0.0..=highest, move |ragdoll: &mut Self, value| *field(ragdoll) = value)
        };
        CHANNELS.into_iter().map(property).collect()
    }

    fn check(&self, report: &mut PartReport<'_>) {
        report.part_reference("person", &self.person, &[HUMAN]);
        check_span(report, self.from_frame, self.until_frame);
    }
}

impl ShotPart for Grip {
    const KIND: &'static str = "Grip";

    fn check(&self, report: &mut PartReport<'_>) {
        report.part_reference("ragdoll", &self.ragdoll, &[Ragdoll::KIND]);
        report.part_reference("body", &self.body, &["Rigid"]);
        check_span(report, self.from_frame, self.until_frame);
    }
}
