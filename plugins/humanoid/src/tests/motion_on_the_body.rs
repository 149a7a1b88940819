//! Movement where it can be measured: on the bones and the shoes of the pack's body.

use bevy::math::{DQuat, DVec3, Vec3};

use super::{figure, messages};
use crate::{
    Human, Motion,
    agreement::basis,
    figure::{Figure, Layer},
    motion::{
        limbs::{MOST_FLEXION, swing_twist},
        settings::{Act, Gesture, GestureKind, Ground, HandGoal, Look, LookShift, Rise, Side, Sit, Trip, Turn},
    },
};

fn still() -> Human {
    let mut human = Human::default();
    human.idle = crate::Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
    human
}

fn doing(acts: Vec<Act>) -> Human {
    Human { motion: Motion { acts, ..Motion::default() }, ..still() }
}

fn walk(speed_m_s: f32, to: Vec<[f32; 2]>) -> Human {
    doing(vec![Act::Walk(Trip { start_secs: 0.2, to, speed_m_s })])
}

fn run(speed_m_s: f32) -> Human {
    doing(vec![Act::Run(Trip { start_secs: 0.2, to: vec![[0.0, 12.0]], speed_m_s })])
}

fn sit() -> Human {
    let sit = Sit { start_secs: 0.2, duration_secs: 1.8, seat_m: 0.45 };
    doing(vec![Act::Sit(sit), Act::Rise(Rise { start_secs: 2.5, duration_secs: 1.8 })])
}

fn turn(by_deg: f32) -> Human {
    doing(vec![Act::Turn(Turn { start_secs: 0.2, by_deg, speed_deg_s: 120.0 })])
}

fn bone(name: &str) -> usize {
    basis().bone(name).expect(name)
}

fn head_of(figure: &Figure, name: &str) -> DVec3 {
    figure.body().bones().heads[bone(name)]
}

/// Everything that is done in these tests, with its length in seconds.
fn everything() -> Vec<(&'static str, Human, f64)> {
    let mut stairs = walk(0.8, vec![[0.0, 3.5]]);
    stairs.motion.ground = Ground::Steps { rise_m: 0.17, going_m: 0.29, first_m: 0.8, count: 5, towards_deg: 0.0 };
    let mut slope = walk(1.1, vec![[0.0, 3.0]]);
    slope.motion.ground = Ground::Slope { rise_deg: 10.0, towards_deg: 20.0 };
    let mut child = walk(1.0, vec![[0.0, 3.0]]);
    child.phenotype.age = 0.33;
    let mut heavy = walk(1.2, vec![[0.0, 3.0]]);
    heavy.phenotype.weight = 1.0;
    vec![
        ("walk", walk(1.35, vec![[0.0, 4.0]]), 4.5),
        ("stroll", walk(0.7, vec![[0.0, 2.0]]), 4.5),
        ("bend", walk(1.2, vec![[0.0, 2.0], [2.0, 2.5]]), 5.0),
        ("stairs", stairs, 6.0),
        ("slope", slope, 4.0),
        ("child", child, 4.5),
        ("heavy", heavy, 4.0),
        ("turn", turn(150.0), 2.5),
        ("sit", sit(), 4.8),
        ("run", run(3.2), 5.0),
    ]
}

/// A point of a sole: index of the drawn vertex, height at rest, and whether it lies below the ball.
struct SolePoint {
    vertex: usize,
    rest_m: f32,
    rolls: bool,
}

/// The lowest points of the shoes. Those below the ball roll off, as the skin there is shared by foot and toes.
fn soles(figure: &mut Figure) -> Vec<SolePoint> {
    figure.set(&still(), 0.0);
    let shoes = figure.vertices(Layer::Shoes).positions;
    let ball = head_of(figure, "toe1-1.L").z as f32;
    let point = |(vertex, p): (usize, &[f32; 3])| SolePoint {
        vertex,
        rest_m: p[1],
        rolls: (-0.055..0.035).contains(&(p[2] - ball)),
    };
    shoes.iter().enumerate().filter(|(_, p)| p[1] < 0.004).map(point).collect()
}

#[test]
fn planted_feet_neither_slide_nor_sink_nor_float() {
    const RATE: f64 = 96.0;
    for (name, human, secs) in everything() {
        let mut figure = figure();
        let soles = soles(&mut figure);
        let ground = human.motion.ground;
        // Where each point of the soles came down, and how far it has been from there.
        let mut down: Vec<Option<Vec3>> = vec![None; soles.len()];
        let (mut slide, mut deepest, mut highest) = (0.0_f32, 0.0_f32, 0.0_f32);
        for frame in 0..(secs * RATE) as i64 {
            figure.set(&human, frame as f64 / RATE);
            let shoes = figure.vertices(Layer::Shoes).positions;
            let height = |p: Vec3| {
                let below = ground.height_m(bevy::math::DVec2::new(f64::from(p.x), f64::from(p.z))) as f32;
                if matches!(ground, Ground::Slope { .. }) { (p.y - below) * 0.985 } else { p.y - below }
            };
            let mut lowest = f32::MAX;
            for (point, down) in soles.iter().zip(&mut down) {
                let p = Vec3::from_array(shoes[point.vertex]);
                let over = height(p);
                lowest = lowest.min(over);
                if over < point.rest_m + 5e-4 && !point.rolls {
                    let first = *down.get_or_insert(p);
                    slide = slide.max(Vec3::new(p.x - first.x, 0.0, p.z - first.z).length());
                } else {
                    *down = None;
                }
            }
            deepest = deepest.min(lowest);
            if name != "run" {
                highest = highest.max(lowest);
            }
        }
        println!(
            "{name}: slides {:.2} mm, sinks {:.2} mm, floats {:.2} mm",
            slide * 1e3,
            -deepest * 1e3,
            highest * 1e3
        );
        assert!(slide < 0.002, "{name}: a planted sole slides by {slide} m");
        assert!(deepest > -0.003, "{name}: a sole is {deepest} m below the ground");
        assert!(highest < 0.003, "{name}: both soles are {highest} m above the ground");
    }
}

#[test]
fn knees_and_elbows_stay_inside_of_what_joints_can_do() {
    let mut acts = everything();
    for kind in GESTURES {
        acts.push(("gesture", gesturing(kind), 2.0));
    }
    for (name, human, secs) in acts {
        let mut figure = figure();
        for frame in 0..(secs * 30.0) as i64 {
            figure.set(&human, frame as f64 / 30.0);
            for side in ["L", "R"] {
                let at = |bone: &str| head_of(&figure, &format!("{bone}.{side}"));
                let [hip, knee, ankle] = ["upperleg01", "lowerleg01", "foot"].map(at);
                let knee_axis = (knee - hip).cross(ankle - knee);
                let flexion = (knee - hip).angle_between(ankle - knee);
                let ahead = figure.body().bones().rotations[bone("root")] * DVec3::X;
                assert!(flexion < MOST_FLEXION + 1e-6, "{name}: a knee bends by {flexion}");
                // Shanks bend backwards.
                assert!(knee_axis.dot(ahead) > -0.01, "{name} at frame {frame}: a knee bends forwards");
                let [shoulder, elbow, wrist] = ["upperarm01", "lowerarm01", "wrist"].map(at);
                let flexion = (elbow - shoulder).angle_between(wrist - elbow);
                assert!(flexion < MOST_FLEXION + 1e-6, "{name}: an elbow bends by {flexion}");
            }
        }
    }
}

#[test]
fn movement_is_continuous_through_all_changes() {
    const RATE: f64 = 240.0;
    let mut acts = everything();
    for kind in GESTURES {
        acts.push(("gesture", gesturing(kind), 2.6));
    }
    for (name, human, secs) in acts {
        let mut figure = figure();
        let mut last: Option<(Vec<DQuat>, DVec3)> = None;
        let (mut fastest, mut root) = (0.0_f64, 0.0_f64);
        for frame in 0..(secs * RATE) as i64 {
            figure.set(&human, frame as f64 / RATE);
            let bones = figure.body().bones();
            if let Some((rotations, head)) = &last {
                let turns = rotations.iter().zip(&bones.rotations).map(|(a, b)| a.angle_between(*b));
                fastest = fastest.max(turns.fold(0.0, f64::max) * RATE);
                root = root.max(head.distance(bones.heads[0]) * RATE);
            }
            last = Some((bones.rotations.clone(), bones.heads[0]));
        }
        println!("{name}: the fastest bone turns with {fastest:.1} rad/s, the root moves with {root:.2} m/s");
        // A jump would be a degree or a centimetre within a frame: 4 rad/s and 2.4 m/s on top of what moves.
        assert!(fastest < 26.0 && root < 5.0, "{name}: {fastest} rad/s, {root} m/s");
    }
}

#[test]
fn the_body_arrives_where_it_is_sent_and_faces_where_it_went() {
    for (human, at, ahead) in [
        (walk(1.35, vec![[0.0, 4.0]]), [0.0, 4.0], [0.0, 1.0]),
        (walk(1.2, vec![[0.0, 2.0], [2.0, 2.0]]), [2.0, 2.0], [1.0, 0.0]),
        (walk(1.0, vec![[-1.0, -2.0]]), [-1.0, -2.0], [-0.447, -0.894]),
        (turn(90.0), [0.0, 0.0], [1.0, 0.0]),
    ] {
        let mut figure = figure();
        figure.set(&human, 60.0);
        let bones = figure.body().bones();
        let root = bones.heads[0];
        let facing = bones.rotations[0] * DVec3::Z;
        assert!((root.x - at[0]).hypot(root.z - at[1]) < 0.02, "{root} instead of {at:?}");
        assert!(facing.dot(DVec3::new(ahead[0], 0.0, ahead[1])) > 0.998, "{facing} instead of {ahead:?}");
    }
}

#[test]
fn knees_walk_like_winters() {
    let mut figure = figure();
    let human = walk(1.35, vec![[0.0, 9.0]]);
    let (mut most, mut least) = (0.0_f64, 180.0_f64);
    for frame in 0..200 {
        // In the middle of the way.
        figure.set(&human, 2.5 + f64::from(frame) / 100.0);
        let [hip, knee, ankle] = ["upperleg01.L", "lowerleg01.L", "foot.L"].map(|name| head_of(&figure, name));
        let flexion = (knee - hip).angle_between(ankle - knee).to_degrees();
        (most, least) = (most.max(flexion), least.min(flexion));
    }
    println!("the knee bends between {least:.1} and {most:.1} degrees");
    assert!((55.0..75.0).contains(&most) && (2.0..14.0).contains(&least), "{least} to {most}");
}

const GESTURES: [GestureKind; 9] = [
    GestureKind::Wave,
    GestureKind::Nod,
    GestureKind::ShakeHead,
    GestureKind::Shrug,
    GestureKind::Point,
    GestureKind::Clap,
    GestureKind::ArmsCrossed,
    GestureKind::HandsOnHips,
    GestureKind::Think,
];

fn gesturing(kind: GestureKind) -> Human {
    let gesture = Gesture { kind, start_secs: 0.1, duration_secs: 2.4, side: Side::Right, intensity: 1.0, at: None };
    Human { motion: Motion { gestures: vec![gesture], ..Motion::default() }, ..still() }
}

#[test]
fn every_gesture_does_something_and_leaves_nothing_behind() {
    for kind in GESTURES {
        let human = gesturing(kind);
        let mut figure = figure();
        figure.set(&human, 0.0);
        let before = figure.body().bones().clone();
        figure.set(&human, 1.37);
        let moved = before.rotations.iter().zip(&figure.body().bones().rotations).map(|(a, b)| a.angle_between(*b));
        assert!(moved.fold(0.0, f64::max) > 0.1, "{kind:?} does nothing");
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
    for (point, fingers) in
        [([0.2, 1.3, 0.4], None), ([0.35, 1.0, 0.3], Some([0.0, 0.0, 1.0])), ([0.1, 1.5, 0.35], Some([-0.5, 1.0, 0.2]))]
    {
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
    for secs in [0.0, 1.0, -5.0, 1e9, f64::NAN] {
        let mut figure = figure();
        figure.set(&human, secs);
        assert!(figure.body().bones().heads.iter().all(|head| head.is_finite()), "{secs}");
    }
}
