//! Gestures, hands and looks where they can be measured: on the bones and the eyes of the pack's body.

use bevy::math::{DVec3, Vec3};

use super::{
    figure, messages,
    motion_on_the_body::{GESTURES, bone, gesturing, head_of, still, walk},
};
use crate::{
    Human,
    agreement::basis,
    figure::Figure,
    motion::{
        limbs::swing_twist,
        settings::{Act, GestureKind, HandGoal, Look, LookShift, Turn},
    },
};

#[test]
fn every_gesture_does_something_and_leaves_nothing_behind() {
    for kind in GESTURES {
        let human = gesturing(kind);
        let mut figure = figure();
        figure.set(&human, 0.0);
        let before = figure.body().bones().clone();
        let mut most = 0.0_f64;
        for secs in [0.9, 1.1, 1.3, 1.5] {
            figure.set(&human, secs);
            let moved = before.rotations.iter().zip(&figure.body().bones().rotations).map(|(a, b)| a.angle_between(*b));
            most = moved.fold(most, f64::max);
        }
        assert!(most > 0.1, "{kind:?} does nothing");
        figure.set(&human, 2.6);
        assert_eq!(before.heads, figure.body().bones().heads, "{kind:?} leaves something behind");
    }
}

#[test]
fn gestures_differ_between_people_and_a_frame_needs_no_other() {
    let pose = |seed: u64, secs: &[f64]| {
        let mut figure = Figure::new(super::wardrobe(), kinema_core::Seed(seed));
        for &secs in secs {
            figure.set(&gesturing(GestureKind::Wave), secs);
        }
        figure.body().bones().heads.clone()
    };
    assert_ne!(pose(1, &[1.2]), pose(2, &[1.2]));
    assert_eq!(pose(1, &[1.2]), pose(1, &[0.3, 2.0, 0.9, 1.2]));
}

#[test]
fn hands_reach_their_goals() {
    for (point, fingers) in [
        ([0.2, 1.3, 0.4], None),
        ([0.33, 1.12, 0.3], Some([0.0, 0.0, 1.0])),
        ([0.1, 1.5, 0.35], Some([-0.5, 1.0, 0.2])),
    ] {
        let mut human = still();
        human.motion.left_hand = HandGoal { point, weight: 1.0, fingers };
        human.motion.acts = vec![Act::Turn(Turn { start_secs: 50.0, by_deg: 10.0, speed_deg_s: 90.0 })];
        let mut figure = figure();
        figure.set(&human, 1.0);
        let wrist = head_of(&figure, "wrist.L");
        let knuckle = head_of(&figure, "finger3-1.L");
        let palm = wrist + (knuckle - wrist) * 0.75;
        let error = palm.distance(DVec3::from_array(point.map(f64::from)));
        println!("the palm is {:.2} mm from {point:?}", error * 1e3);
        assert!(error < 2e-3, "{palm} instead of {point:?}");
    }
}

#[test]
fn a_twisted_hand_takes_the_forearm_along_in_shares() {
    let mut human = still();
    for spin in 0..12 {
        let angle = f64::from(spin) * 0.52;
        let fingers = [0.9 * angle.cos() as f32, 0.3, 0.9 * angle.sin() as f32];
        human.motion.left_hand = HandGoal { point: [0.25, 1.15, 0.42], weight: 1.0, fingers: Some(fingers) };
        let mut figure = figure();
        figure.set(&human, 0.0);
        let rotations = &figure.body().bones().rotations;
        let along = |from: &str, to: &str| head_of(&figure, to) - head_of(&figure, from);
        let axis = along("lowerarm01.L", "wrist.L");
        let relative = |a: &str, b: &str| rotations[bone(b)] * rotations[bone(a)].inverse();
        let twists = [("lowerarm01.L", "lowerarm02.L"), ("lowerarm02.L", "wrist.L")]
            .map(|(a, b)| swing_twist(relative(a, b), axis).1.to_degrees());
        println!("spin {angle:.1}: the forearm twists by {:.0} and {:.0} degrees", twists[0], twists[1]);
        assert!(twists.iter().all(|twist| twist.abs() < 80.0), "{twists:?}");
        // No bone does it alone.
        let [half, wrist] = twists;
        assert!(wrist.abs() < 0.75 * (half.abs() + wrist.abs()) + 12.0, "{twists:?}");
    }
}

/// Yaw of head and of the eyes in space, degrees.
fn looking(human: &Human, figure: &mut Figure, secs: f64) -> [f64; 2] {
    figure.set(human, secs);
    let yaw = |way: DVec3| way.x.atan2(way.z).to_degrees();
    let head = yaw(figure.body().bones().rotations[bone("head")] * DVec3::Z);
    let rig = crate::look::eyes::EyeRig::find(&basis(), crate::anny::topology::Region::LeftEye);
    let eye = rig.locate(figure.body().positions()).2 * Vec3::Z;
    [head, f64::from(eye.x.atan2(eye.z).to_degrees())]
}

#[test]
fn eyes_reach_what_is_looked_at_before_the_head_does_and_stay_there() {
    let target = [1.4_f32, 1.65, 1.6];
    let mut human = still();
    human.motion.look = Look { shifts: vec![LookShift { start_secs: 1.0, at: Some(target) }], ..Look::default() };
    let mut figure = figure();
    let rest = looking(&human, &mut figure, 0.9);
    let end = looking(&human, &mut figure, 4.0);
    let half_at = |which: usize, figure: &mut Figure| {
        let frame = (0..300).find(|&frame| {
            let now = looking(&human, figure, 0.9 + f64::from(frame) / 200.0)[which];
            (now - rest[which]) / (end[which] - rest[which]) > 0.5
        });
        f64::from(frame.unwrap_or(300)) / 200.0
    };
    let (head, eyes) = (half_at(0, &mut figure), half_at(1, &mut figure));
    println!("half of the way: eyes after {eyes:.3} s, head after {head:.3} s; head turns by {:.1}", end[0] - rest[0]);
    assert!((0.1..0.35).contains(&(head - eyes)));
    assert!((15.0..45.0).contains(&(end[0] - rest[0])), "the head takes {}", end[0] - rest[0]);
    let eye = head_of(&figure, "eye.L");
    let wanted = (f64::from(target[0]) - eye.x).atan2(f64::from(target[2]) - eye.z).to_degrees();
    println!("the eye looks {:.1} degrees off", end[1] - wanted);
    assert!((end[1] - wanted).abs() < 3.5, "{} instead of {wanted}", end[1]);
}

#[test]
fn wrong_movement_is_refused_with_the_reason() {
    for (motion, expected) in [
        ("acts: [Walk(to: [], speed_m_s: 1.2)]", "there is no way-point"),
        ("acts: [Walk(to: [(0, 2)], speed_m_s: 9)]", "9 is outside of 0.2 to 2.5"),
        ("acts: [Run(to: [(0, 2)], speed_m_s: 0.5)]", "0.5 is outside of 1.5 to 8"),
        ("acts: [Walk(to: [(0, 1e9)], speed_m_s: 1)]", "outside of -1000 to 1000"),
        ("acts: [Rise()]", "stands up from no seat"),
        ("acts: [Sit(), Walk(to: [(0, 2)], speed_m_s: 1)]", "put a `Rise` in front"),
        ("acts: [Sit(seat_m: 2)]", "2 is outside of 0.25 to 0.9"),
        ("acts: [Turn(by_deg: 1000)]", "outside of -720 to 720"),
        ("acts: [Turn(by_deg: 10, start_secs: 3), Turn(by_deg: 10, start_secs: 1)]", "order the acts"),
        ("ground: Slope(rise_deg: 50)", "50 is outside of -30 to 30"),
        ("ground: Steps(rise_m: 0.1, going_m: 0.05, first_m: 1, count: 3)", "outside of 0.2 to 3"),
        ("gestures: [(kind: Wave, duration_secs: 0)]", "0 is outside of 0.3"),
        ("gestures: [(kind: Wave, at: Some((0, 1, 1)))]", "only `Point`"),
        ("gestures: [(kind: Waves)]", "Wave"),
        ("look: (shifts: [(start_secs: 2, at: None), (start_secs: 1)])", "order the shifts"),
        ("look: (head_share: 2)", "2 is outside of 0 to 1"),
        ("left_hand: (weight: 1, fingers: Some((0, 0, 0)))", "is no direction"),
        ("style: (stride: 3)", "3 is outside of 0.6 to 1.4"),
        ("clock_secs: Some(1e9)", "is not a time"),
        ("speed: 3", "speed"),
    ] {
        let message = messages(&format!("motion: ({motion})"));
        assert!(message.contains(expected), "{motion}: {message}");
    }
    let all = "acts: [Walk(start_secs: -1, to: [(0, 2), (1, 3)], speed_m_s: 1.3), Turn(by_deg: 90), Sit(), Rise(start_secs: 9), \
        Run(start_secs: 12, to: [(0, 30)], speed_m_s: 3)], ground: Slope(rise_deg: 4), style: (arm_swing: 0.5), \
        gestures: [(kind: Point, at: Some((1, 1, 1)), side: Left)], look: (weight: 0.5, point: (0, 1, 2)), clock_secs: Some(2)";
    assert_eq!(messages(&format!("motion: ({all})")), "");
}

#[test]
fn nonsense_from_code_moves_nobody_out_of_space() {
    let mut human = walk(f32::NAN, vec![[f32::NAN, 1.0], [0.0, f32::INFINITY], [0.0, 1.0]]);
    human.motion.look.weight = 1.0;
    human.motion.look.point = [0.0; 3];
    human.motion.left_hand = HandGoal { point: [0.0; 3], weight: 1.0, fingers: Some([0.0; 3]) };
    human.motion.right_hand = HandGoal { point: [f32::NAN; 3], weight: f32::NAN, fingers: None };
    for secs in [0.0, 1.0, -5.0, 1e9] {
        let mut figure = figure();
        figure.set(&human, secs);
        assert!(figure.body().bones().heads.iter().all(|head| head.is_finite()), "{secs}");
    }
}
