//! What a person can be told: every field with its unit and range. All of it can be written in a shot; most of it can
//! be driven by tracks (see [`crate::shot`]).

use std::collections::BTreeMap;

use bevy::ecs::component::Component;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::look::hair::settings::{Beard, BeardStyle, Hair, HairStyle, Melanin, Parting};
use crate::{
    face::settings::{Emotion, MicroExpressions, Speech},
    look::detail::Detail,
    motion::settings::Motion,
    phenotype::Phenotype,
    skinning::Skinning,
};

/// A person. The origin lies between the feet, the person faces +z.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Human {
    /// A character file, such as `anna.human.ron`, beside the shot: who the person is. What is written here, too, wins,
    /// field by field. In a person built by a program every field is written, so that the file decides nothing: make
    /// one from a [`Character`](crate::character::Character) there.
    pub character: Option<String>,
    /// Age, build and ancestry.
    pub phenotype: Phenotype,
    /// Local changes by name, such as `nose-hump-incr`, each -1 (the opposite) .. 1.
    pub local: BTreeMap<String, f32>,
    /// The pose that everything below is added to.
    pub rest: RestPose,
    /// Extra rotation per bone, such as `lowerarm01.L`: degrees about x, y, z, applied as Bevy's `EulerRot::XYZ`, about
    /// axes that are aligned with the person's in the reference pose and travel with the parent bone. -180..180.
    pub pose: BTreeMap<String, [f32; 3]>,
    /// What the person does: walk, sit, gestures, where hands and eyes go. It starts from `rest`; `pose`, `head` and `idle`
    /// are added to it.
    pub motion: Motion,
    /// Facial actions (ARKit's 52 names) and their weights, 0..1. Left out, the eyes are a touch wider open than the
    /// basis has them, which looks awake.
    pub face: BTreeMap<String, f32>,
    /// Action units of the Facial Action Coding System by name, such as `AU12` or, for one side, `AU12L`, 0..1.
    pub action_units: BTreeMap<String, f32>,
    /// Seven emotions, each 0..1.
    pub emotion: Emotion,
    /// Expressions of less than half a second.
    pub micro: MicroExpressions,
    /// What the mouth says, from phonemes or from a recording.
    pub speech: Speech,
    /// Turn of the head against the chest, spread over neck and head.
    pub head: HeadTurn,
    /// Where the eyes look, against the head. Lids follow.
    pub gaze: Gaze,
    /// A natural smile, 0..1: corners of the mouth, cheeks and eyes together, added to `face`.
    pub smile: f32,
    /// Both lids, 0 open .. 1 closed, added to `face`.
    pub blink: f32,
    /// Small life signs.
    pub idle: Idle,
    /// Puts the lowest point of the shoes on the part's ground plane (y = 0) in every frame. Otherwise the pelvis is at
    /// the origin. Acts of `motion` stand on `motion.ground` in any case.
    pub stand_on_ground: bool,
    pub skin: Skin,
    pub eyes: Eyes,
    pub hair: Hair,
    /// The opaque bodysuit every person wears. It can be coloured, not removed.
    pub suit: Cloth,
    /// The shoes every person wears.
    pub shoes: Cloth,
    /// How vertices follow bones, for each part of the body.
    pub skinning: Skinning,
    /// How finely the person is drawn.
    pub detail: Detail,
}

impl Default for Human {
    fn default() -> Self {
        Self {
            character: None,
            phenotype: Phenotype::default(),
            local: BTreeMap::new(),
            rest: RestPose::Relaxed,
            pose: BTreeMap::new(),
            motion: Motion::default(),
            face: BTreeMap::from([("eyeWideLeft".to_owned(), 0.14), ("eyeWideRight".to_owned(), 0.14)]),
            action_units: BTreeMap::new(),
            emotion: Emotion::default(),
            micro: MicroExpressions::default(),
            speech: Speech::default(),
            head: HeadTurn::default(),
            gaze: Gaze::default(),
            smile: 0.0,
            blink: 0.0,
            idle: Idle::default(),
            stand_on_ground: true,
            skin: Skin::default(),
            eyes: Eyes::default(),
            hair: Hair::default(),
            suit: Cloth { colour: [0.035, 0.05, 0.085], roughness: 0.75 },
            shoes: Cloth { colour: [0.02, 0.019, 0.018], roughness: 0.45 },
            skinning: Skinning::default(),
            detail: Detail::Auto,
        }
    }
}

/// The pose a person has without any instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RestPose {
    /// Standing at ease, arms hanging.
    #[default]
    Relaxed,
    /// Arms stretched out to the sides.
    TPose,
    /// The reference pose of the rig: arms half raised, legs apart.
    Reference,
}

/// Turn of the head, degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HeadTurn {
    /// Positive to the person's left, -80..80.
    pub yaw_deg: f32,
    /// Positive upwards, -60..60.
    pub pitch_deg: f32,
    /// Positive towards the person's right shoulder, -45..45.
    pub roll_deg: f32,
}

/// Direction of both eyes against the head.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Gaze {
    /// Positive to the person's left, -40..40.
    pub yaw_deg: f32,
    /// Positive upwards, -35..35.
    pub pitch_deg: f32,
    /// How far away what is looked at is, metres, 0.1..1000: the nearer, the more the eyes turn towards each other.
    pub distance_m: f32,
}

impl Default for Gaze {
    fn default() -> Self {
        Self { yaw_deg: 0.0, pitch_deg: 0.0, distance_m: 1000.0 }
    }
}

/// Life signs while nothing else happens; each 0 (off) .. 2 (twice as strong), 1 is natural.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Idle {
    /// Chest and shoulders rise and fall, about 14 times a minute.
    pub breathing: f32,
    /// Slow sway of trunk and head, about half a degree.
    pub sway: f32,
    /// How often the person blinks, 1 is about 17 times a minute.
    pub blinks: f32,
    /// Small eye movements, about half a degree: fixations, micro-saccades and drift.
    pub saccades: f32,
    /// How often the eyes leave what they look at for about a second, 1 is about eight times a minute. Off by default.
    pub glances: f32,
}

impl Default for Idle {
    fn default() -> Self {
        Self { breathing: 1.0, sway: 1.0, blinks: 1.0, saccades: 1.0, glances: 0.0 }
    }
}

/// Skin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Skin {
    /// 0 very light .. 1 very dark.
    pub tone: f32,
    /// Where freckles, spots, veins and blotches lie: any number, another for each person.
    pub pattern: u16,
    /// Extra blood in cheeks, nose, ears and lips, 0..1.
    pub redness: f32,
    /// 0 wet .. 1 powdered. Real skin lies near 0.5.
    pub roughness: f32,
    /// Spots of pigment where the sun gets, 0..1.
    pub freckles: f32,
    /// Inflamed spots on the face, 0..1.
    pub blemishes: f32,
    /// How much veins show through thin skin, 0..1.
    pub veins: f32,
    /// Depth of pores and fine lines against those of an adult, 0 (retouched) .. 2.
    pub pores: f32,
    /// Depth of the lines that years leave, against those of the phenotype's age, 0 (retouched) .. 2.
    pub wrinkles: f32,
    /// Gloss of forehead, nose and cheeks, 0..1.
    pub oil: f32,
    /// Wetness, 0..1; exertion adds to it.
    pub sweat: f32,
    /// Blood in the face, -1 (pale) .. 1 (flushed); emotions and exertion add to it.
    pub blush: f32,
    /// What the body has just done, 0 (rest) .. 1 (exhausted): reddens the face and makes it sweat.
    pub exertion: f32,
}

impl Default for Skin {
    fn default() -> Self {
        Self {
            tone: 0.28,
            pattern: 0,
            redness: 0.4,
            roughness: 0.5,
            freckles: 0.06,
            blemishes: 0.1,
            veins: 0.3,
            pores: 1.0,
            wrinkles: 1.0,
            oil: 0.45,
            sweat: 0.0,
            blush: 0.0,
            exertion: 0.0,
        }
    }
}

/// Eyes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Eyes {
    /// Colour of the iris, linear Rec.709, 0..1.
    pub iris_colour: [f32; 3],
    /// Diameter of the pupil over that of the iris, 0.2 (bright light) .. 0.7 (dark).
    pub pupil: f32,
    /// How far the pupil follows the light that the camera is exposed for, 0 (not at all: `pupil` counts) .. 1.
    pub pupil_reflex: f32,
    /// Vessels in the white, 0..1.
    pub redness: f32,
}

impl Default for Eyes {
    fn default() -> Self {
        Self { iris_colour: [0.14, 0.075, 0.03], pupil: 0.36, pupil_reflex: 0.7, redness: 0.35 }
    }
}

/// An opaque fabric or leather.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cloth {
    /// Linear Rec.709, 0..1.
    pub colour: [f32; 3],
    /// 0 mirror .. 1 matt.
    pub roughness: f32,
}
