//! How a person moves: every field with its unit and range. Points are in the person's own space: metres, origin between
//! the feet of the standing person, +y up, the person faces +z and has its left at +x.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clips::ClipLayer;

/// What a person does. Without any of it the person stands in its rest pose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Motion {
    /// What the feet stand on.
    pub ground: Ground,
    /// What the body does, one after the other in this order. Each act begins where the one before ended; one that is
    /// told to start earlier waits for it.
    pub acts: Vec<Act>,
    /// How the person walks and runs.
    pub style: GaitStyle,
    /// What arms and head do meanwhile. Gestures may overlap; a later one of the list wins.
    pub gestures: Vec<Gesture>,
    /// Recorded motion over all of that, in this order.
    pub clips: Vec<ClipLayer>,
    /// How much of all gestures is shown, 0..1.
    pub gesture_weight: f32,
    /// The second at which acts, gestures and looks stand, instead of the shot's. Tracks drive it to slow down, hold or
    /// reverse what the person does: walking speed follows its slope. -100000..100000.
    pub clock_secs: Option<f64>,
    /// How much the feet are held on the ground when clips or `pose` move them, 0..1. Walking needs 1.
    pub feet_on_ground: f32,
    /// Where the left hand is held.
    pub left_hand: HandGoal,
    /// Where the right hand is held.
    pub right_hand: HandGoal,
    /// What the person looks at.
    pub look: Look,
}

impl Default for Motion {
    fn default() -> Self {
        Self {
            ground: Ground::Flat,
            acts: Vec::new(),
            style: GaitStyle::default(),
            gestures: Vec::new(),
            clips: Vec::new(),
            gesture_weight: 1.0,
            clock_secs: None,
            feet_on_ground: 1.0,
            left_hand: HandGoal::default(),
            right_hand: HandGoal::default(),
            look: Look::default(),
        }
    }
}

/// The height of the ground. Soles turn with it, and the pelvis sinks so that both feet reach it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Ground {
    /// The plane y = 0.
    #[default]
    Flat,
    /// A plane through the origin.
    Slope {
        /// How steep, degrees, -30..30; positive rises in the direction of `towards_deg`.
        rise_deg: f32,
        /// 0 is ahead (+z), 90 is to the left (+x), degrees, -180..180.
        #[serde(default)]
        towards_deg: f32,
    },
    /// A flight of steps between two levels.
    Steps {
        /// Height of each step, metres, -0.3..0.3; negative leads down.
        rise_m: f32,
        /// Depth of each step, metres, 0.2..3.
        going_m: f32,
        /// How far from the origin the edge of the first step is, metres, -1000..1000.
        first_m: f32,
        /// How many steps, 1..1000.
        count: u32,
        /// The direction in which the steps follow each other: 0 is ahead (+z), 90 is to the left (+x), degrees.
        #[serde(default)]
        towards_deg: f32,
    },
}

/// Something the whole body does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Act {
    /// Walks along way-points and stands still at the last one.
    Walk(Trip),
    /// Runs along way-points and stands still at the last one.
    Run(Trip),
    /// Turns on the spot, stepping.
    Turn(Turn),
    /// Sits down on a seat that stands behind the person, and stays there until `Rise`.
    Sit(Sit),
    /// Stands up from the seat.
    Rise(Rise),
}

/// A way to go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trip {
    /// When the first foot leaves the ground, seconds, -100000..100000. Negative: already under way when the shot begins.
    #[serde(default)]
    pub start_secs: f64,
    /// Way-points x, z, metres, each within 1000 of the origin; corners are rounded off. At least one.
    pub to: Vec<[f32; 2]>,
    /// Speed between start and stop, metres a second: 0.2..2.5 to walk, 1.5..8 to run. Step length follows from it and
    /// from the length of the legs.
    pub speed_m_s: f32,
}

/// A turn on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// When the first foot leaves the ground, seconds.
    #[serde(default)]
    pub start_secs: f64,
    /// How far, degrees, positive to the left, -720..720.
    pub by_deg: f32,
    /// How fast, degrees a second, 20..360.
    #[serde(default = "turn_speed")]
    pub speed_deg_s: f32,
}

fn turn_speed() -> f32 {
    120.0
}

/// Sitting down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sit {
    /// When the trunk begins to bend, seconds.
    #[serde(default)]
    pub start_secs: f64,
    /// From standing to sitting, seconds, 0.8..6.
    #[serde(default = "sit_secs")]
    pub duration_secs: f32,
    /// Height of the seat above the ground, metres, 0.25..0.9. What legs cannot reach is held at what they can.
    #[serde(default = "seat_m")]
    pub seat_m: f32,
}

fn sit_secs() -> f32 {
    1.8
}

fn seat_m() -> f32 {
    0.45
}

/// Standing up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rise {
    /// When the trunk begins to bend, seconds.
    #[serde(default)]
    pub start_secs: f64,
    /// From sitting to standing, seconds, 0.8..6.
    #[serde(default = "sit_secs")]
    pub duration_secs: f32,
}

/// How a person walks and runs; 1 is natural.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GaitStyle {
    /// Swing of the arms, 0..2.
    pub arm_swing: f32,
    /// Turn and list of the pelvis and the counter-turn of the chest, 0..2.
    pub hip_sway: f32,
    /// Up and down of the trunk, 0..2.
    pub bounce: f32,
    /// Length of the steps at the same speed, 0.6..1.4: below 1 is tripping, above 1 is striding.
    pub stride: f32,
    /// Lean of the trunk, degrees, positive forwards, -20..30.
    pub lean_deg: f32,
}

impl Default for GaitStyle {
    fn default() -> Self {
        Self { arm_swing: 1.0, hip_sway: 1.0, bounce: 1.0, stride: 1.0, lean_deg: 0.0 }
    }
}

/// What arms and head can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GestureKind {
    /// A raised hand waves.
    Wave,
    /// The head says yes.
    Nod,
    /// The head says no.
    ShakeHead,
    /// Shoulders rise, palms turn up.
    Shrug,
    /// An outstretched arm with the index finger: ahead, or at `at`.
    Point,
    /// Hands clap before the chest.
    Clap,
    /// Arms are crossed before the chest.
    ArmsCrossed,
    /// Hands rest on the hips.
    HandsOnHips,
    /// A hand at the chin, its elbow on the other arm.
    Think,
}

/// Which arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Side {
    /// The person's left.
    Left,
    /// The person's right.
    #[default]
    Right,
    /// Both, where a gesture can be made with both.
    Both,
}

/// One gesture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gesture {
    /// Which.
    pub kind: GestureKind,
    /// When it begins, seconds, -100000..100000.
    #[serde(default)]
    pub start_secs: f64,
    /// From the first movement to the last, seconds, 0.3..100000.
    #[serde(default = "gesture_secs")]
    pub duration_secs: f64,
    /// With which arm. Two-armed gestures take it as the arm on top.
    #[serde(default)]
    pub side: Side,
    /// How large, 0..1.5; 1 is natural.
    #[serde(default = "one")]
    pub intensity: f32,
    /// What `Point` points at.
    #[serde(default)]
    pub at: Option<[f32; 3]>,
}

fn gesture_secs() -> f64 {
    2.0
}

fn one() -> f32 {
    1.0
}

/// A place for a hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HandGoal {
    /// Where the middle of the palm goes, within 1000 metres. What the arm cannot reach it points at.
    pub point: [f32; 3],
    /// 0 (free) .. 1 (held there).
    pub weight: f32,
    /// Which way the fingers point, any length. Left out, the hand stays in line with the forearm.
    pub fingers: Option<[f32; 3]>,
}

impl Default for HandGoal {
    fn default() -> Self {
        Self { point: [0.0, 1.0, 0.4], weight: 0.0, fingers: None }
    }
}

/// What a person looks at. Eyes, head and chest share the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// Shifts of attention in order of time. Eyes move first, the head follows, the chest comes last.
    pub shifts: Vec<LookShift>,
    /// A point that is looked at on top of `shifts`, within 1000 metres. A track that drives it moves eyes, head and chest
    /// together.
    pub point: [f32; 3],
    /// How much `point` is looked at instead of what `shifts` say, 0..1.
    pub weight: f32,
    /// How much of the way the head takes, 0 (eyes alone, as far as they can) .. 1 (all it can). 0.65 is natural.
    pub head_share: f32,
    /// How long after the eyes the head begins to move, seconds, 0..0.5. People differ and even lead with the head when
    /// they know what comes.
    pub head_lag_secs: f32,
}

impl Default for Look {
    fn default() -> Self {
        Self { shifts: Vec::new(), point: [0.0, 1.6, 2.0], weight: 0.0, head_share: 0.65, head_lag_secs: 0.1 }
    }
}

/// One shift of attention.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookShift {
    /// When the eyes begin to move, seconds, -100000..100000.
    pub start_secs: f64,
    /// At what; left out, attention goes back to where `head` and `gaze` lead.
    #[serde(default)]
    pub at: Option<[f32; 3]>,
}
