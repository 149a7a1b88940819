//! One foot through a plan: heel down, flat, rolling over the ball, swinging.
//!
//! On the ground the foot turns about a point that does not move: the heel while the toes are up, the ball while the heel is
//! up (the toes stay where they are). In the air ankle and pitch follow the joint angles of [`super::norms`]; the
//! difference to where the foot left the ground and will come down is taken up by a cubic that meets place and speed at
//! both ends, so that nothing jumps.

use bevy::math::{DQuat, DVec2, DVec3};

use super::{
    build::{Build, Foot},
    ground::direction,
    norms::{self, Cycle, angle_deg, hermite},
    path::turn_between,
    plan::{Pace, Plan, Print},
    settings::Ground,
};
use crate::face::curves::{mix, smootherstep};

/// Where a foot is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FootState {
    /// Metres, person's space.
    pub ankle: DVec3,
    /// From the reference pose.
    pub turn: DQuat,
    /// How far the toes are bent up against the foot, radians.
    pub toes: f64,
    /// Whether it is on the ground.
    pub planted: bool,
}

/// Pitch in contact, radians, toes up is positive: at first touch and at the last.
fn pitches(plan: &Plan, index: i64) -> (f64, f64) {
    let (strike_deg, leave_deg) = match plan.pace {
        Pace::Walk => (17.0, 57.0),
        Pace::Run => (5.0, 66.0),
        Pace::Turn => (0.0, 26.0),
    };
    let (before, after) = (plan.swing_share(index - 2), plan.swing_share(index));
    let strike: f64 = strike_deg * before;
    // Also a short step lifts the heel.
    let leave: f64 = leave_deg * mix(0.45, 1.0, after);
    (strike.to_radians(), leave.to_radians())
}

/// Length in steps of the heel's way down and of its way up.
fn rolls(plan: &Plan, index: i64) -> (f64, f64) {
    let (start, end) = plan.contact(index);
    let whole = end - start;
    let down = if plan.pace == Pace::Run { 0.10 } else { 0.17 };
    let up = if plan.pace == Pace::Run { 0.36 } else { 0.64 };
    let up = if index < 0 { 0.4 } else { up };
    if whole.is_finite() { (f64::min(down, 0.25 * whole), f64::min(up, 0.6 * whole)) } else { (down, up) }
}

/// The foot's pitch on print `index`, radians.
fn planted_pitch(plan: &Plan, index: i64, time: f64) -> f64 {
    let (start, end) = plan.contact(index);
    let ((strike, leave), (down, up)) = (pitches(plan, index), rolls(plan, index));
    let falling = (1.0 - (time - start) / down).clamp(0.0, 1.0);
    let rising = (1.0 - (end - time) / up).max(0.0);
    strike * falling * falling - leave * rising.powi(3)
}

/// The foot while it is on print `index`.
fn planted(plan: &Plan, index: i64, time: f64, foot: &Foot, print: Print, ground: &Ground) -> FootState {
    let pitch = planted_pitch(plan, index, time);
    let level = ground.tilt() * DQuat::from_rotation_y(print.yaw);
    let roll = DQuat::from_rotation_x(-pitch);
    let flat = DVec3::new(0.0, foot.ankle_m, 0.0);
    let ankle = if pitch > 0.0 {
        let mut ankle = flat + foot.heel - roll * foot.heel;
        ankle.y = foot.touching_m(roll);
        ankle
    } else {
        flat + foot.ball - roll * foot.ball - foot.roll_shift(-pitch)
    };
    let on_ground = DVec3::new(print.at.x, ground.height_m(print.at), print.at.y);
    FootState { ankle: on_ground + level * ankle, turn: level * roll, toes: (-pitch).max(0.0), planted: true }
}

/// What joint angles alone would do in a swing: how far ahead of the body the ankle is, how high, and the pitch.
fn by_angles(cycle: Cycle, phase: f64, share: f64, build: &Build) -> (f64, f64, f64) {
    let angle = |curve| (share * angle_deg(curve, phase)).to_radians();
    let (hip, knee, ankle) = (angle(cycle.hip), angle(cycle.knee), angle(cycle.ankle));
    let [leg, _] = &build.legs;
    let (thigh, shank) = (leg.upper_reach.length(), leg.lower_reach.length());
    let ahead = thigh * hip.sin() + shank * (hip - knee).sin();
    let down = thigh * hip.cos() + shank * (hip - knee).cos();
    (ahead, build.leg_m - down, hip - knee + ankle)
}

/// One swing, asked at any time.
struct Swing<'a> {
    plan: &'a Plan,
    build: &'a Build,
    ground: &'a Ground,
    foot: &'a Foot,
    from: (i64, Print),
    to: (i64, Print),
    /// In steps.
    start: f64,
    end: f64,
}

/// Place, pitch and bend of the toes in one vector each.
#[derive(Clone, Copy)]
struct Way {
    ankle: DVec3,
    pitch: f64,
    toes: f64,
}

impl Swing<'_> {
    fn free(&self, time: f64) -> Way {
        let (cycle, leave) = match self.plan.pace {
            Pace::Run => (norms::RUN, 0.36),
            Pace::Walk | Pace::Turn => (norms::WALK, 0.62),
        };
        let share = (time - self.start) / (self.end - self.start);
        let phase = mix(leave, 1.0, share);
        let swing = match self.plan.pace {
            Pace::Turn => 0.32,
            Pace::Walk => mix(0.35, 1.0, self.plan.swing_share(self.from.0)),
            Pace::Run => mix(0.15, 1.0, self.plan.swing_share(self.from.0)),
        };
        let (ahead, up, pitch) = by_angles(cycle, phase, swing, self.build);
        let (at, facing) = self.plan.base(self.plan.far(time));
        let ahead = if self.plan.pace == Pace::Turn { DVec2::ZERO } else { direction(facing) * ahead };
        let at = at + ahead;
        Way { ankle: DVec3::new(at.x, up, at.y), pitch, toes: 0.0 }
    }

    fn on(&self, print: (i64, Print), time: f64) -> Way {
        let state = planted(self.plan, print.0, time, self.foot, print.1, self.ground);
        Way { ankle: state.ankle, pitch: planted_pitch(self.plan, print.0, time), toes: state.toes }
    }

    /// The angles' way, corrected so that it begins and ends as the foot stands there.
    fn way(&self, time: f64) -> Way {
        const H: f64 = 1e-4;
        let span = self.end - self.start;
        let share = (time - self.start) / span;
        let (free, first, last) = (self.free(time), self.free(self.start), self.free(self.end));
        let (first_next, last_next) = (self.free(self.start + H), self.free(self.end - H));
        let (left, left_before) = (self.on(self.from, self.start), self.on(self.from, self.start - H));
        let (met, met_after) = (self.on(self.to, self.end), self.on(self.to, self.end + H));
        let correct = |of: &dyn Fn(&Way) -> f64| {
            let from_slope = ((of(&left) - of(&left_before)) - (of(&first_next) - of(&first))) / H * span;
            let to_slope = ((of(&met_after) - of(&met)) - (of(&last) - of(&last_next))) / H * span;
            of(&free) + hermite(of(&left) - of(&first), from_slope, of(&met) - of(&last), to_slope, share)
        };
        let ankle = DVec3::new(correct(&|way| way.ankle.x), correct(&|way| way.ankle.y), correct(&|way| way.ankle.z));
        Way { ankle, pitch: correct(&|way| way.pitch), toes: correct(&|way| way.toes) }
    }

    fn state(&self, way: &Way, share: f64) -> FootState {
        let (from, to) = (self.from.1.yaw, self.to.1.yaw);
        let yaw = from + turn_between(from, to) * smootherstep(share);
        let turn = self.ground.tilt() * DQuat::from_rotation_y(yaw) * DQuat::from_rotation_x(-way.pitch);
        FootState { ankle: way.ankle, turn, toes: way.toes, planted: false }
    }

    /// How much higher the middle of the swing must be for the sole to clear the ground.
    fn lift_m(&self) -> f64 {
        let mut most: f64 = 0.0;
        for sample in 1..12 {
            let share = f64::from(sample) / 12.0;
            let way = self.way(mix(self.start, self.end, share));
            let state = self.state(&way, share);
            let bump = bump(share, self.plan.pace);
            let wanted = 0.022 * bump;
            for &point in self.foot.sole.iter().step_by(3) {
                let point = state.ankle + state.turn * point;
                let over = point.y - self.ground.height_m(DVec2::new(point.x, point.z));
                most = most.max((wanted - over) / bump.max(0.35));
            }
        }
        most
    }
}

/// 0 at both ends, 1 in the middle: soon up and late down, as over the edge of a step. A foot leaves the ground softly, and a
/// walker's meets it with a speed of its own, as heels do: one that came down softly would scrape along the ground before.
fn bump(share: f64, pace: Pace) -> f64 {
    let impact = if pace == Pace::Run { 0.0 } else { 0.2 };
    let left = ((1.0 - share) / 0.4).clamp(0.0, 1.0);
    smootherstep(share / 0.4) * mix(smootherstep(left), left * (2.0 - left), impact)
}

/// Where `side` (0 left, 1 right) is at `time` (in steps) if it is on the ground then.
pub fn planted_foot(plan: &Plan, side: usize, time: f64, build: &Build, ground: &Ground) -> Option<FootState> {
    let index = plan.last_print(side, time);
    let (_, end) = plan.contact(index);
    let print = || plan.print(index, build, ground);
    (time <= end).then(|| planted(plan, index, time, &build.feet[side.min(1)], print(), ground))
}

/// Where `side` (0 left, 1 right) is at `time` (in steps).
pub fn foot_at(plan: &Plan, side: usize, time: f64, build: &Build, ground: &Ground) -> FootState {
    if let Some(state) = planted_foot(plan, side, time, build, ground) {
        return state;
    }
    let foot = &build.feet[side.min(1)];
    let index = plan.last_print(side, time);
    let print = plan.print(index, build, ground);
    let (_, end) = plan.contact(index);
    let to = (index + 2, plan.print(index + 2, build, ground));
    let (next, _) = plan.contact(index + 2);
    let swing = Swing { plan, build, ground, foot, from: (index, print), to, start: end, end: next };
    let share = (time - end) / (next - end);
    let mut way = swing.way(time);
    way.ankle.y += swing.lift_m() * bump(share, plan.pace);
    swing.state(&way, share)
}
