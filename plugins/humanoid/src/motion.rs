//! Movement: what settings, seed and time make of the pose. Pure functions, no Bevy, nothing remembered: any frame can be
//! computed alone.
//!
//! A [`Stance`] goes through these steps, in this order (see [`crate::pose::body_state`]): rest pose; acts and gestures
//! ([`perform`]); clips; what is added (head, `pose`, life signs); feet on the ground, hands to their goals, look
//! ([`settle`]).
//!
//! | module | gives |
//! |---|---|
//! | [`build`], [`marks`] | the measures of a body |
//! | [`ground`], [`path`], [`plan`] | footprints in place and time |
//! | [`norms`] | how people walk and run |
//! | [`feet`], [`carriage`], [`trunk`] | feet, pelvis, chest and arms under way |
//! | [`acts`] | one act after the other, sitting |
//! | [`limbs`], [`hands`] | two-bone inverse kinematics |
//! | [`gestures`], [`look`] | arms, head and eyes |

pub mod acts;
pub mod build;
pub mod carriage;
pub mod clips;
pub mod feet;
pub mod gestures;
pub mod ground;
pub mod hands;
pub mod limbs;
pub mod look;
pub mod marks;
pub mod norms;
pub mod path;
pub mod plan;
pub mod settings;
pub mod shot;
pub mod trunk;

use bevy::math::{DQuat, DVec3};

use self::{
    feet::FootState,
    settings::{Ground, HandGoal, Motion},
};
use crate::{
    face::compose::Moment,
    pose::Standing,
    settings::{Gaze, Human},
};

/// A pose in the making.
#[derive(Clone, Debug, PartialEq)]
pub struct Stance {
    /// One rotation per bone, as in [`crate::body::BodyState::deltas`].
    pub deltas: Vec<DQuat>,
    /// Where the root bone's head goes, metres, in the person's space.
    pub root: DVec3,
    /// Where the body faces, radians; 0 is +z, positive to the left.
    pub heading: f64,
    /// Where the feet belong; left out, they go where the legs take them.
    pub feet: Option<[FootState; 2]>,
    /// Whether `root` already stands rightly on the ground. Otherwise the lowest sole is put on y = 0 afterwards, if the
    /// settings ask for it.
    pub grounded: bool,
}

impl Stance {
    /// The rest pose at the origin.
    pub fn at_rest(standing: &Standing) -> Self {
        let mut deltas = standing.rest.to_vec();
        deltas.resize(standing.basis.skeleton.names.len(), DQuat::IDENTITY);
        Self { deltas, root: DVec3::ZERO, heading: 0.0, feet: None, grounded: false }
    }
}

/// The second at which movement stands.
fn clock_secs(motion: &Motion, moment: &Moment) -> f64 {
    let seconds = motion.clock_secs.unwrap_or(moment.seconds);
    if seconds.is_finite() { seconds } else { 0.0 }
}

/// Acts and gestures.
pub fn perform(stance: &mut Stance, human: &Human, standing: &Standing, moment: &Moment) {
    let (motion, build) = (&human.motion, standing.build);
    let seconds = clock_secs(motion, moment);
    if !motion.acts.is_empty() || motion.ground != Ground::Flat {
        let doing = acts::doing(motion, build, seconds);
        trunk::carry(stance, standing.basis, build, &doing.carriage);
        for side in [0, 1] {
            hands::take(stance, standing.basis, build, side, &hands::FIST, doing.carriage.running);
        }
        hands::on_thighs(stance, standing.basis, build, doing.seated);
    }
    let weight = f64::from(motion.gesture_weight).clamp(0.0, 1.0);
    gestures::perform(stance, standing.basis, build, &motion.gestures, weight, moment.seed, seconds);
}

/// Feet on the ground, hands to their goals, eyes and head to what is looked at. Gives the direction of the eyes.
pub fn settle(stance: &mut Stance, human: &Human, standing: &Standing, moment: &Moment) -> Gaze {
    let (motion, build) = (&human.motion, standing.build);
    let seconds = clock_secs(motion, moment);
    let held = f64::from(motion.feet_on_ground).clamp(0.0, 1.0);
    if let Some(feet) = stance.feet.filter(|_| held > 0.0) {
        trunk::plant(stance, build, &feet, held);
    }
    let gaze = look::look(stance, standing.basis, build, &motion.look, human.gaze, seconds).unwrap_or(human.gaze);
    let goals: [&HandGoal; 2] = [&motion.left_hand, &motion.right_hand];
    for (side, goal) in goals.into_iter().enumerate() {
        hands::hold(stance, standing.basis, build, side, goal);
    }
    gaze
}
