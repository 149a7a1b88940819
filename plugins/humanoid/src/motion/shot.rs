//! What tracks can drive of movement, and what is checked of it before a shot runs.

use std::ops::RangeInclusive;

use kinema_core::{PartReport, Property};

use super::settings::{Act, Gesture, GestureKind, Ground, Motion, Trip};
use crate::{
    settings::Human,
    shot::{Dial, check_dials, check_number, dial_properties},
};

const WEIGHT: RangeInclusive<f32> = 0.0..=1.0;
const PLACE_M: RangeInclusive<f32> = -1000.0..=1000.0;
const WALKING_M_S: RangeInclusive<f32> = 0.2..=2.5;
const RUNNING_M_S: RangeInclusive<f32> = 1.5..=8.0;
/// A little more than a day; more is a slip of the pen.
const MOST_SECS: f64 = 1e5;

/// Numbers that tracks can drive.
const DIALS: [Dial; 11] = [
    ("motion/gesture_weight", WEIGHT, |h| &mut h.motion.gesture_weight),
    ("motion/feet_on_ground", WEIGHT, |h| &mut h.motion.feet_on_ground),
    ("motion/left_hand/weight", WEIGHT, |h| &mut h.motion.left_hand.weight),
    ("motion/right_hand/weight", WEIGHT, |h| &mut h.motion.right_hand.weight),
    ("motion/look/weight", WEIGHT, |h| &mut h.motion.look.weight),
    ("motion/look/head_share", WEIGHT, |h| &mut h.motion.look.head_share),
    ("motion/look/head_lag_secs", 0.0..=0.5, |h| &mut h.motion.look.head_lag_secs),
    ("motion/style/arm_swing", 0.0..=2.0, |h| &mut h.motion.style.arm_swing),
    ("motion/style/hip_sway", 0.0..=2.0, |h| &mut h.motion.style.hip_sway),
    ("motion/style/bounce", 0.0..=2.0, |h| &mut h.motion.style.bounce),
    ("motion/style/lean_deg", -20.0..=30.0, |h| &mut h.motion.style.lean_deg),
];

/// A named point of a [`Human`].
type Point = (&'static str, fn(&mut Human) -> &mut [f32; 3]);

const POINTS: [Point; 3] = [
    ("motion/look/point", |h| &mut h.motion.look.point),
    ("motion/left_hand/point", |h| &mut h.motion.left_hand.point),
    ("motion/right_hand/point", |h| &mut h.motion.right_hand.point),
];

/// What tracks can drive.
pub fn properties() -> Vec<Property<Human>> {
    let mut properties: Vec<_> = dial_properties(DIALS).collect();
    for (name, field) in POINTS {
        properties.push(Property::vec3(name, PLACE_M, move |human: &mut Human, value| *field(human) = value));
    }
    let most = MOST_SECS as f32;
    properties.push(Property::scalar("motion/clock_secs", -most..=most, |human: &mut Human, value| {
        human.motion.clock_secs = Some(f64::from(value));
    }));
    properties
}

/// Reports what is wrong with the movement of `human`.
pub fn check(human: &Human, report: &mut PartReport<'_>) {
    let mut copy = human.clone();
    check_dials(report, &mut copy, DIALS);
    for (name, field) in POINTS {
        check_place(report, &name.replace('/', "."), *field(&mut copy));
    }
    let motion = &human.motion;
    // Not for tracks: another length of step would move footprints that are already made.
    check_number(report, "motion.style.stride", motion.style.stride, &(0.6..=1.4));
    if let Some(seconds) = motion.clock_secs {
        check_secs(report, "motion.clock_secs", seconds);
    }
    for (name, goal) in [("left_hand", &motion.left_hand), ("right_hand", &motion.right_hand)] {
        if let Some(fingers) = goal.fingers {
            check_way(report, &format!("motion.{name}.fingers"), fingers);
        }
    }
    check_ground(motion.ground, report);
    check_acts(motion, report);
    for (index, gesture) in motion.gestures.iter().enumerate() {
        check_gesture(report, &format!("motion.gestures[{index}]"), gesture);
    }
    let mut last = f64::NEG_INFINITY;
    for (index, shift) in motion.look.shifts.iter().enumerate() {
        let field = format!("motion.look.shifts[{index}]");
        check_secs(report, &format!("{field}.start_secs"), shift.start_secs);
        if shift.start_secs < last {
            report.error(&field, "begins before the shift in front of it", "order the shifts by their start");
        }
        last = shift.start_secs;
        if let Some(at) = shift.at {
            check_place(report, &format!("{field}.at"), at);
        }
    }
}

fn check_ground(ground: Ground, report: &mut PartReport<'_>) {
    match ground {
        Ground::Flat => {}
        Ground::Slope { rise_deg, towards_deg } => {
            check_number(report, "motion.ground.Slope.rise_deg", rise_deg, &(-30.0..=30.0));
            check_number(report, "motion.ground.Slope.towards_deg", towards_deg, &(-360.0..=360.0));
        }
        Ground::Steps { rise_m, going_m, first_m, count, towards_deg } => {
            check_number(report, "motion.ground.Steps.rise_m", rise_m, &(-0.3..=0.3));
            check_number(report, "motion.ground.Steps.going_m", going_m, &(0.2..=3.0));
            check_number(report, "motion.ground.Steps.first_m", first_m, &PLACE_M);
            check_number(report, "motion.ground.Steps.towards_deg", towards_deg, &(-360.0..=360.0));
            if !(1..=1000).contains(&count) {
                report.error("motion.ground.Steps.count", format!("{count} is outside of 1 to 1000"), "");
            }
        }
    }
}

fn check_acts(motion: &Motion, report: &mut PartReport<'_>) {
    let mut sitting = false;
    let mut last = f64::NEG_INFINITY;
    for (index, act) in motion.acts.iter().enumerate() {
        let (name, start_secs) = match act {
            Act::Walk(trip) => ("Walk", trip.start_secs),
            Act::Run(trip) => ("Run", trip.start_secs),
            Act::Turn(turn) => ("Turn", turn.start_secs),
            Act::Sit(sit) => ("Sit", sit.start_secs),
            Act::Rise(rise) => ("Rise", rise.start_secs),
        };
        let field = format!("motion.acts[{index}].{name}");
        check_secs(report, &format!("{field}.start_secs"), start_secs);
        if start_secs < last {
            report.error(&field, "is told to start before the act in front of it", "order the acts by their start");
        }
        last = start_secs;
        match act {
            Act::Walk(trip) => check_trip(report, &field, trip, &WALKING_M_S),
            Act::Run(trip) => check_trip(report, &field, trip, &RUNNING_M_S),
            Act::Turn(turn) => {
                check_number(report, &format!("{field}.by_deg"), turn.by_deg, &(-720.0..=720.0));
                check_number(report, &format!("{field}.speed_deg_s"), turn.speed_deg_s, &(20.0..=360.0));
            }
            Act::Sit(sit) => {
                check_number(report, &format!("{field}.seat_m"), sit.seat_m, &(0.25..=0.9));
                check_number(report, &format!("{field}.duration_secs"), sit.duration_secs, &(0.8..=6.0));
            }
            Act::Rise(rise) => {
                check_number(report, &format!("{field}.duration_secs"), rise.duration_secs, &(0.8..=6.0));
            }
        }
        let (wrong, help) = match (act, sitting) {
            (Act::Rise(_), false) => ("stands up from no seat", "put a `Sit` in front of it"),
            (Act::Rise(_), true) | (_, false) => ("", ""),
            (_, true) => ("cannot be done sitting", "put a `Rise` in front of it"),
        };
        if !wrong.is_empty() {
            report.error(&field, format!("{name} {wrong}"), help);
        }
        sitting = matches!(act, Act::Sit(_)) || sitting && !matches!(act, Act::Rise(_));
    }
}

fn check_trip(report: &mut PartReport<'_>, field: &str, trip: &Trip, speeds: &RangeInclusive<f32>) {
    check_number(report, &format!("{field}.speed_m_s"), trip.speed_m_s, speeds);
    if trip.to.is_empty() {
        report.error(format!("{field}.to"), "there is no way-point", "give at least one, such as `to: [(0, 3)]`");
    }
    for (index, point) in trip.to.iter().enumerate() {
        for &coordinate in point {
            check_number(report, &format!("{field}.to[{index}]"), coordinate, &PLACE_M);
        }
    }
}

fn check_gesture(report: &mut PartReport<'_>, field: &str, gesture: &Gesture) {
    check_secs(report, &format!("{field}.start_secs"), gesture.start_secs);
    check_number(report, &format!("{field}.intensity"), gesture.intensity, &(0.0..=1.5));
    if !(0.3..=MOST_SECS).contains(&gesture.duration_secs) {
        let message = format!("{} is outside of 0.3 to {MOST_SECS}", gesture.duration_secs);
        report.error(format!("{field}.duration_secs"), message, "give the seconds from the first movement to the last");
    }
    match gesture.at {
        Some(at) if gesture.kind == GestureKind::Point => check_place(report, &format!("{field}.at"), at),
        Some(_) => report.error(format!("{field}.at"), "only `Point` has something to point at", "remove `at`"),
        None => {}
    }
}

fn check_secs(report: &mut PartReport<'_>, field: &str, seconds: f64) {
    if !(-MOST_SECS..=MOST_SECS).contains(&seconds) {
        report.error(
            field,
            format!("{seconds} is not a time"),
            format!("give seconds within {MOST_SECS} of the start"),
        );
    }
}

fn check_place(report: &mut PartReport<'_>, field: &str, place: [f32; 3]) {
    for coordinate in place {
        check_number(report, field, coordinate, &PLACE_M);
    }
}

fn check_way(report: &mut PartReport<'_>, field: &str, way: [f32; 3]) {
    let length = way.iter().map(|x| x * x).sum::<f32>();
    if !(length > 1e-6 && length < 1e9) {
        report.error(field, "is no direction", "give x, y, z of a way, such as `(0, 0, 1)` for ahead");
    }
}
