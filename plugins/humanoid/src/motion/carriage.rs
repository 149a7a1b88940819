//! How pelvis, chest and arms go with the feet.
//!
//! The pelvis is lowest when both feet are down and highest over the standing leg in walking, the other way round in
//! running (inverted pendulum and spring). It turns about four degrees each way with the leading leg and lists as much
//! towards the swinging one; the chest turns against it and the arms swing against the legs (Perry and Burnfield, "Gait
//! Analysis"; amplitudes from memory).

use bevy::math::{DQuat, DVec2, DVec3};

use super::{
    build::{Build, SIDES},
    feet::{FootState, foot_at, planted_foot},
    ground::direction,
    limbs::EXACT,
    norms::hermite,
    plan::{Pace, Plan},
    settings::{GaitStyle, Ground},
    trunk::turn_of,
};
use crate::face::curves::{mix, smootherstep};

/// Where and how the trunk is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Carriage {
    /// Of the root, person's space, metres.
    pub root: DVec3,
    /// Where the body faces, radians.
    pub heading: f64,
    /// Pelvis against upright: pitch forwards, turn to the left, list (left side up), radians.
    pub pelvis: [f64; 3],
    /// Chest against upright, the same.
    pub chest: [f64; 3],
    /// How far ahead the head already turns, radians.
    pub head_yaw: f64,
    /// Per arm: how far it swings forwards and how far the elbow bends, radians, on top of the rest pose.
    pub arms: [(f64, f64); 2],
    /// How much arms keep away from the thighs, 0..1.
    pub keeping_off: f64,
    /// How much arms are carried as runners do, 0..1.
    pub running: f64,
    pub feet: [FootState; 2],
}

/// How high the root may be for both feet to be reached with the pelvis turned so, metres, with legs `stretch` (0..1) of their length long.
fn reach_m(build: &Build, at: DVec2, pelvis: DQuat, feet: [Option<FootState>; 2], stretch: f64) -> f64 {
    let limit = |(foot, hip): (Option<FootState>, &DVec3)| {
        let foot = foot?;
        let hip = pelvis * *hip;
        let away = DVec2::new(foot.ankle.x, foot.ankle.z) - at - DVec2::new(hip.x, hip.z);
        let length = stretch * build.leg_m;
        Some(foot.ankle.y - hip.y + (length * length - away.length_squared()).max(0.04 * length * length).sqrt())
    };
    feet.into_iter().zip(&build.hips).filter_map(limit).fold(f64::INFINITY, f64::min)
}

/// Like the smaller of the two, without a corner.
fn soft_min(a: f64, b: f64, width: f64) -> f64 {
    let over = (a - b) / width;
    // Beyond that the exponential says no more than the difference itself.
    if over > 30.0 { b } else { a - width * over.exp().ln_1p() }
}

/// How far the trunk and the arms go, radians.
struct Amplitudes {
    turn: f64,
    list: f64,
    lean: f64,
    chest: f64,
    swing: f64,
    elbow: f64,
}

struct Walker<'a> {
    plan: &'a Plan,
    build: &'a Build,
    ground: &'a Ground,
    style: &'a GaitStyle,
}

impl Walker<'_> {
    fn feet(&self, time: f64) -> [FootState; 2] {
        [0, 1].map(|side| foot_at(self.plan, side, time, self.build, self.ground))
    }

    /// Place over the ground and heading, with the shift of weight from foot to foot.
    fn over_ground(&self, time: f64) -> (DVec2, f64) {
        let (at, facing) = self.plan.base(self.plan.far(time));
        let sway_m = match self.plan.pace {
            Pace::Walk => 0.024,
            Pace::Turn => 0.03,
            Pace::Run => 0.008,
        };
        let (x, _) = SIDES.get(self.plan.side(0)).copied().unwrap_or_default();
        let sway = x * sway_m * self.build.leg_m / 0.85 * self.plan.under_way(time);
        let sway = sway * (std::f64::consts::PI * (time - 0.5)).cos();
        let forward = direction(facing);
        (at + DVec2::new(forward.y, -forward.x) * sway, facing)
    }

    fn amplitudes(&self) -> Amplitudes {
        let relative = self.plan.step.abs() / self.build.leg_m;
        let speed = self.plan.step.abs() / self.plan.step_secs / (9.81 * self.build.leg_m).sqrt();
        let [turn, list, lean, chest, swing, elbow] = match self.plan.pace {
            Pace::Walk => [4.6 * relative, 3.6, 1.5 + 2.0 * speed, 4.5 * relative, 27.0 * relative, 8.0],
            Pace::Run => [6.0, 2.5, 8.0, 9.0, 30.0 + 6.0 * speed, 74.0],
            Pace::Turn => [0.0, 1.2, 0.0, 0.0, 3.0, 4.0],
        };
        let [turn, list, lean, chest, swing, elbow] = [turn, list, lean, chest, swing, elbow].map(f64::to_radians);
        Amplitudes { turn, list, lean, chest, swing, elbow }
    }

    /// Pitch forwards, turn and list of the pelvis, radians.
    fn pelvis(&self, time: f64) -> [f64; 3] {
        let under_way = self.plan.under_way(time);
        let sway = f64::from(self.style.hip_sway) * under_way;
        let (first, _) = SIDES.get(self.plan.side(0)).copied().unwrap_or_default();
        let (sine, cosine) = (std::f64::consts::PI * time).sin_cos();
        let of = self.amplitudes();
        [0.35 * self.lean(time), -first * cosine * of.turn * sway, first * sine * of.list * sway]
    }

    fn lean(&self, time: f64) -> f64 {
        self.amplitudes().lean * self.plan.under_way(time) + f64::from(self.style.lean_deg).to_radians()
    }

    /// The turn of the pelvis of a body that faces so.
    fn pelvis_turn(&self, time: f64, facing: f64) -> DQuat {
        DQuat::from_rotation_y(facing) * turn_of(self.pelvis(time))
    }

    /// The root's height at half a step: `half` even where a foot comes down, odd where the body is over one.
    fn key_m(&self, half: i64) -> f64 {
        let time = (half as f64 / 2.0).clamp(0.0, self.plan.end());
        let (at, facing) = self.over_ground(time);
        let turn = self.pelvis_turn(time, facing);
        let under_way = self.plan.under_way(time);
        let feet = [0, 1].map(|side| planted_foot(self.plan, side, time, self.build, self.ground));
        let standing = reach_m(self.build, at, turn, feet, EXACT);
        let bounce = f64::from(self.style.bounce) * self.build.leg_m;
        let relative = self.plan.step.abs() / self.build.leg_m;
        let drop = match self.plan.pace {
            Pace::Turn => 0.004 * bounce,
            Pace::Walk if half % 2 == 0 => 0.002 * self.build.leg_m,
            Pace::Walk => {
                // Over the standing leg the body rises less than a stiff leg would lift it: the knee gives.
                let low = [half - 1, half + 1].map(|half| self.key_m(half));
                let rise = 0.66 * relative * relative / 8.0 * bounce;
                let high = low.iter().sum::<f64>() / 2.0 + rise;
                return mix(standing, high.min(standing), under_way);
            }
            // Runners land on a bent leg, sink, and leave the ground.
            Pace::Run if half % 2 == 0 => {
                let low = [half - 1, half + 1].map(|half| self.key_m(half));
                let high = low.iter().sum::<f64>() / 2.0 + 0.075 * bounce;
                return if standing.is_finite() { mix(standing, high, under_way) } else { high };
            }
            Pace::Run => 0.062 * self.build.leg_m,
        };
        standing - drop * under_way
    }

    fn root_m(&self, time: f64, at: DVec2, facing: f64, feet: [FootState; 2]) -> f64 {
        let last = 2 * self.plan.count + 1;
        let halves = (time * 2.0).clamp(0.0, last as f64);
        let half = (halves.floor() as i64).min(last - 1);
        let slope = |half: i64| {
            let inside = half > 0 && half < last;
            if inside { (self.key_m(half + 1) - self.key_m(half - 1)) / 2.0 } else { 0.0 }
        };
        let (from, to) = (self.key_m(half), self.key_m(half + 1));
        let height = hermite(from, slope(half), to, slope(half + 1), halves - half as f64);
        // Runners land on a bent leg; near its full length a knee would snap.
        let bent = if self.plan.pace == Pace::Run { smootherstep(self.plan.under_way(time)) } else { 0.0 };
        let (stretch, width_m) = (EXACT * mix(1.0, 0.985, bent), mix(0.002, 0.006, bent));
        let reach_m = reach_m(self.build, at, self.pelvis_turn(time, facing), feet.map(Some), stretch);
        soft_min(height, reach_m, width_m)
    }
}

/// The trunk and the feet at `time` (in steps) of a plan.
pub fn carriage(plan: &Plan, time: f64, build: &Build, ground: &Ground, style: &GaitStyle) -> Carriage {
    let walker = Walker { plan, build, ground, style };
    let time = time.clamp(0.0, plan.end());
    let (at, heading) = walker.over_ground(time);
    let feet = walker.feet(time);
    let root_m = walker.root_m(time, at, heading, feet);
    let under_way = plan.under_way(time);
    let (first, _) = SIDES.get(plan.side(0)).copied().unwrap_or_default();
    let cosine = (std::f64::consts::PI * time).cos();
    let sway = f64::from(style.hip_sway) * under_way;
    let of = walker.amplitudes();
    let pelvis = walker.pelvis(time);
    let chest_turn = first * cosine * of.chest * sway;
    let arms = SIDES.map(|(x, _)| {
        let swing = -x * first * cosine;
        let back = f64::to_radians(if plan.pace == Pace::Run { -12.0 } else { 1.0 });
        let forward = f64::from(style.arm_swing) * of.swing * swing + back;
        // The elbow bends as the arm comes forward.
        let elbow = of.elbow * (1.0 + 0.55 * f64::from(style.arm_swing) * swing);
        (forward * under_way, elbow * under_way)
    });
    let ahead = plan.base(plan.far(time + 0.7)).1 - heading;
    Carriage {
        root: DVec3::new(at.x, root_m, at.y),
        heading,
        pelvis,
        chest: [walker.lean(time), chest_turn, -0.3 * pelvis[2]],
        head_yaw: ahead.clamp(-0.8, 0.8) * 0.8 * under_way,
        arms,
        keeping_off: if plan.pace == Pace::Run { 0.0 } else { smootherstep(under_way) },
        running: if plan.pace == Pace::Run { smootherstep(under_way) } else { 0.0 },
        feet,
    }
}
