//! What the body does when: acts one after the other, each from where the one before ended.

use bevy::math::{DVec2, DVec3};

use super::{
    build::Build,
    carriage::{Carriage, carriage},
    ground::direction,
    norms,
    path::{Path, turn_between},
    plan::{Course, Pace, Plan},
    settings::{Act, GaitStyle, Ground, Motion, Trip},
};
use crate::face::curves::{mix, smootherstep};

/// Where a person is between two acts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Situation {
    at: DVec2,
    /// Radians.
    heading: f64,
    /// Height of the seat, metres, when sitting.
    seat_m: Option<f64>,
    /// When the last act ended, seconds.
    since_secs: f64,
}

/// What the body does at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doing {
    pub carriage: Carriage,
    /// 0 standing .. 1 sitting, for the hands.
    pub seated: f64,
}

/// The footprints of an act; a way that begins behind the person's back begins with a turn.
fn plans(act: &Act, from: Situation, build: &Build, motion: &Motion) -> [Option<Plan>; 2] {
    match act {
        Act::Walk(trip) => go(trip, Pace::Walk, from, build, motion),
        Act::Run(trip) => go(trip, Pace::Run, from, build, motion),
        Act::Turn(turn) => [Some(spin(from, f64::from(turn.by_deg).to_radians(), f64::from(turn.speed_deg_s))), None],
        Act::Sit(_) | Act::Rise(_) => [None, None],
    }
}

fn spin(from: Situation, by: f64, speed_deg_s: f64) -> Plan {
    let step = 42.0_f64.to_radians();
    let step_secs = (step / speed_deg_s.max(1.0).to_radians()).clamp(0.34, 1.2);
    // The foot on the inner side of the turn goes first.
    let first = usize::from(by < 0.0);
    Plan::new(Pace::Turn, Course::Spin(from.at, from.heading), by, step, step_secs, first)
}

fn go(trip: &Trip, pace: Pace, from: Situation, build: &Build, motion: &Motion) -> [Option<Plan>; 2] {
    let straight = Path::new(from.at, from.heading, &trip.to);
    if !(straight.length_m() > 0.02) {
        return [None, None];
    }
    let by = turn_between(from.heading, straight.first_heading());
    let turn = (by.abs() > 1.1).then(|| spin(from, by, 140.0));
    let heading = if turn.is_some() { from.heading + by } else { from.heading };
    let path = Path::new(from.at, heading, &trip.to);
    let speed = f64::from(trip.speed_m_s).max(0.05);
    let natural = match pace {
        Pace::Run => norms::running_step_m(build.hip_m, speed),
        Pace::Walk | Pace::Turn => norms::walking_step_m(build.leg_m, speed),
    };
    let mut step = natural * f64::from(motion.style.stride).clamp(0.3, 2.0);
    if let Ground::Steps { going_m, .. } = motion.ground
        && going_m < 0.6
    {
        // On stairs every step is one of the stairs'.
        step = f64::from(going_m.max(0.15));
    }
    let step_secs = (step / speed).max(0.22);
    let (length, first) = (path.length_m(), usize::from(by < 0.0));
    [turn, Some(Plan::new(pace, Course::Along(path), length, step, step_secs, first))]
}

fn start_secs(act: &Act) -> f64 {
    match act {
        Act::Walk(trip) | Act::Run(trip) => trip.start_secs,
        Act::Turn(turn) => turn.start_secs,
        Act::Sit(sit) => sit.start_secs,
        Act::Rise(rise) => rise.start_secs,
    }
}

/// What the body does at `seconds`.
pub fn doing(motion: &Motion, build: &Build, seconds: f64) -> Doing {
    let mut now = Situation { at: DVec2::ZERO, heading: 0.0, seat_m: None, since_secs: f64::NEG_INFINITY };
    for act in &motion.acts {
        let mut start = start_secs(act).max(now.since_secs);
        if !(seconds >= start) {
            break;
        }
        match act {
            Act::Walk(_) | Act::Run(_) | Act::Turn(_) => {
                for plan in plans(act, now, build, motion).into_iter().flatten() {
                    let end = start + plan.duration_secs();
                    if seconds < end {
                        let time = (seconds - start) / plan.step_secs;
                        let carriage = carriage(&plan, time, build, &motion.ground, &motion.style);
                        return Doing { carriage, seated: 0.0 };
                    }
                    let (at, heading) = plan.base(plan.far(plan.count as f64));
                    now = Situation { at, heading, since_secs: end, ..now };
                    start = end;
                }
                now.since_secs = start;
            }
            Act::Sit(_) | Act::Rise(_) => {
                let (duration, seat_m) = match act {
                    Act::Sit(sit) => (f64::from(sit.duration_secs), f64::from(sit.seat_m)),
                    Act::Rise(rise) => (f64::from(rise.duration_secs), now.seat_m.unwrap_or(0.45)),
                    _ => return still(now, motion, build),
                };
                let down = matches!(act, Act::Sit(_));
                let share = (seconds - start) / duration.max(1e-3);
                if share < 1.0 {
                    return sitting(now, seat_m, if down { share } else { 1.0 - share }, down, motion, build);
                }
                now.since_secs = start + duration;
                now.seat_m = down.then_some(seat_m);
            }
        }
    }
    still(now, motion, build)
}

fn still(now: Situation, motion: &Motion, build: &Build) -> Doing {
    match now.seat_m {
        Some(seat_m) => sitting(now, seat_m, 1.0, true, motion, build),
        None => Doing { carriage: standing(now, motion, build), seated: 0.0 },
    }
}

/// Standing is a plan that has not begun.
fn standing(now: Situation, motion: &Motion, build: &Build) -> Carriage {
    let plan = Plan::new(Pace::Turn, Course::Spin(now.at, now.heading), 0.0, 1.0, 1.0, 0);
    let style = GaitStyle { lean_deg: motion.style.lean_deg, ..GaitStyle::default() };
    carriage(&plan, 0.0, build, &motion.ground, &style)
}

/// On the way to the seat, `share` 0 (standing) .. 1 (sitting).
///
/// The trunk bends first and carries the weight forwards over the feet, then hips and knees give way; the feet stay
/// (M. Schenkman et al., "Whole-body movements during rising to standing from sitting", Physical Therapy 70, 1990, the same
/// backwards for sitting down).
fn sitting(now: Situation, seat_m: f64, share: f64, down: bool, motion: &Motion, build: &Build) -> Doing {
    let stand = standing(now, motion, build);
    let [left, right] = stand.feet;
    let forward = direction(now.heading);
    let ahead = |place: DVec3| DVec2::new(place.x, place.z).dot(forward);
    let ankle_m = (ahead(left.ankle) + ahead(right.ankle)) / 2.0;
    let ground_m = motion.ground.height_m(now.at);
    let [leg, _] = &build.legs;
    let (thigh, shank) = (leg.upper_reach.length(), leg.lower_reach.length());
    let hip_drop_m = build.hips.iter().map(|hip| hip.y).sum::<f64>() / 2.0;
    // A seat that is too high is half stood on.
    let hip_m = (seat_m + build.thigh_radius_m).min(0.97 * build.hip_m);
    let knee_m = shank * 0.995 + left.ankle.y - ground_m;
    let knee_ahead_m = ankle_m + 0.06 * shank;
    let back_m = (thigh * thigh - (hip_m - knee_m).powi(2)).max(0.0).sqrt();
    let hip_ahead_m = knee_ahead_m - back_m;
    let lowering = smootherstep((share - 0.12) / 0.88);
    let going_back = smootherstep((share - 0.04) / 0.86);
    let root_ahead = mix(ahead(stand.root), hip_ahead_m, going_back);
    let root_m = mix(stand.root.y, ground_m + hip_m - hip_drop_m, lowering);
    let side = now.at - forward * now.at.dot(forward);
    let at = side + forward * root_ahead;
    let bend = (std::f64::consts::PI * smootherstep(share.powf(if down { 0.8 } else { 0.72 }))).sin();
    let lean = bend * f64::to_radians(if down { 36.0 } else { 40.0 });
    let rested = smootherstep(share) * f64::to_radians(-4.0);
    let mut carriage = stand;
    carriage.root = DVec3::new(at.x, root_m, at.y);
    carriage.pelvis = [0.55 * lean + 1.6 * rested, 0.0, 0.0];
    carriage.chest = [lean + 0.4 * rested + stand.chest[0] * (1.0 - smootherstep(share)), 0.0, 0.0];
    carriage.arms = [(lean * 0.35, lean * 0.3); 2];
    Doing { carriage, seated: smootherstep((share - 0.35) / 0.65) }
}
