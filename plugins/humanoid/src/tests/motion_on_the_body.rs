//! Movement where it can be measured: on the bones and the shoes of the pack's body.

use bevy::math::{DQuat, DVec3, Vec3};

use super::figure;
use crate::{
    Human, Motion,
    agreement::basis,
    figure::{Figure, Layer},
    motion::{
        limbs::MOST_FLEXION,
        settings::{Act, Gesture, GestureKind, Ground, Rise, Side, Sit, Trip, Turn},
    },
};

pub(super) fn still() -> Human {
    let idle = crate::Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
    Human { idle, ..Human::default() }
}

fn doing(acts: Vec<Act>) -> Human {
    Human { motion: Motion { acts, ..Motion::default() }, ..still() }
}

pub(super) fn walk(speed_m_s: f32, to: Vec<[f32; 2]>) -> Human {
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

pub(super) fn bone(name: &str) -> usize {
    basis().bone(name).expect(name)
}

pub(super) fn head_of(figure: &Figure, name: &str) -> DVec3 {
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

/// How a sole has moved since it came down.
#[derive(Clone, Default)]
struct Contact {
    /// Where each point that touched in the last frame was.
    touched: Vec<(usize, Vec3)>,
    drift: Vec3,
}

impl Contact {
    /// What touches now, as vertices and places; gives how far the middle of what touches has slid, metres.
    fn follow(&mut self, touching: Vec<(usize, Vec3)>) -> f32 {
        // Both lists are in the order of the vertices.
        let place = |vertex: usize| self.touched.binary_search_by_key(&vertex, |(other, _)| *other).ok();
        let before = |vertex: usize| place(vertex).and_then(|at| self.touched.get(at));
        let moves: Vec<Vec3> =
            touching.iter().filter_map(|&(vertex, now)| before(vertex).map(|(_, then)| now - *then)).collect();
        self.drift = match moves.len() {
            0 => Vec3::ZERO,
            count => self.drift + moves.iter().sum::<Vec3>() / count as f32,
        };
        self.touched = touching;
        Vec3::new(self.drift.x, 0.0, self.drift.z).length()
    }
}

#[test]
fn planted_feet_neither_slide_nor_sink_nor_float() {
    const RATE: f64 = 96.0;
    for (name, human, secs) in everything() {
        let mut figure = figure();
        figure.set(&still(), 0.0);
        let side: Vec<usize> =
            figure.vertices(Layer::Shoes).positions.iter().map(|p| usize::from(p[0] < 0.0)).collect();
        let ground = human.motion.ground;
        let mut contacts = [Contact::default(), Contact::default()];
        let (mut slide, mut deepest, mut highest) = (0.0_f32, 0.0_f32, 0.0_f32);
        for frame in 0..(secs * RATE) as i64 {
            figure.set(&human, frame as f64 / RATE);
            let shoes = figure.vertices(Layer::Shoes).positions;
            let height = |p: Vec3| {
                let below = ground.height_m(bevy::math::DVec2::new(f64::from(p.x), f64::from(p.z))) as f32;
                if matches!(ground, Ground::Slope { .. }) { (p.y - below) * 0.985 } else { p.y - below }
            };
            let mut low = [f32::MAX; 2];
            let mut points: [Vec<(usize, Vec3, f32)>; 2] = [Vec::new(), Vec::new()];
            for (vertex, (&p, &side)) in shoes.iter().zip(&side).enumerate() {
                let p = Vec3::from_array(p);
                let over = height(p);
                low[side] = low[side].min(over);
                points[side].push((vertex, p, over));
            }
            for ((contact, points), low) in contacts.iter_mut().zip(points).zip(low) {
                // A foot is on the ground when its lowest point is; what lies hardly higher touches.
                let of_ground = points.into_iter().filter(|(.., over)| low < 0.0005 && *over < low + 0.0015);
                slide = slide.max(contact.follow(of_ground.map(|(vertex, p, _)| (vertex, p)).collect()));
            }
            let lowest = low[0].min(low[1]);
            deepest = deepest.min(lowest);
            if name != "run" {
                highest = highest.max(lowest);
            }
        }
        let [slide_mm, sink_mm, float_mm] = [slide, -deepest, highest].map(|metres| metres * 1e3);
        println!("{name}: slides {slide_mm:.2} mm, sinks {sink_mm:.2} mm, floats {float_mm:.2} mm");
        // On stairs a height below a point says nothing at the edges.
        if name != "stairs" {
            assert!(slide < 0.002, "{name}: a planted sole slides by {slide} m");
            assert!(deepest > -0.0005, "{name}: a sole is {deepest} m below the ground");
            assert!(highest < 0.0005, "{name}: both soles are {highest} m above the ground");
        }
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
fn the_way_of_a_walker_is_known_before_the_body_is_moved() {
    let mut figure = figure();
    let human = walk(1.35, vec![[0.0, 4.0]]);
    figure.set(&human, 0.0);
    for seconds in [0.0, 1.0, 2.5] {
        let way = figure.way(&human, seconds);
        figure.set(&human, seconds);
        let root = figure.body().bones().heads[0].as_vec3();
        assert!(way.distance(root.with_y(0.0)) < 1e-5, "{way} {root}");
    }
    assert!(figure.way(&human, 2.5).z > 2.0);
    assert_eq!(figure.way(&still(), 2.5), Vec3::ZERO);
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
        let mut speeds: Vec<f64> = Vec::new();
        let (mut fastest, mut root, mut kick) = (0.0_f64, 0.0_f64, 0.0_f64);
        for frame in 0..(secs * RATE) as i64 {
            figure.set(&human, frame as f64 / RATE);
            let bones = figure.body().bones();
            if let Some((rotations, head)) = &last {
                let turns = rotations.iter().zip(&bones.rotations).map(|(a, b)| a.angle_between(*b) * RATE);
                let turns: Vec<f64> = turns.collect();
                fastest = turns.iter().copied().fold(fastest, f64::max);
                kick = turns.iter().zip(&speeds).map(|(a, b)| (a - b).abs()).fold(kick, f64::max);
                root = root.max(head.distance(bones.heads[0]) * RATE);
                speeds = turns;
            }
            last = Some((bones.rotations.clone(), bones.heads[0]));
        }
        println!(
            "{name}: bones turn with at most {fastest:.1} rad/s, which changes by {kick:.1} rad/s between two of {RATE} frames \
             a second; the root moves with {root:.2} m/s"
        );
        // A jump by two degrees would be a change by 8 rad/s, one of the root by a centimetre 2.4 m/s on top of its speed.
        // A runner's landing stops the leg within a frame.
        let (most_kick, most_root) = if name == "run" { (13.0, 6.0) } else { (8.0, 5.0) };
        assert!(
            fastest < 40.0 && kick < most_kick && root < most_root,
            "{name}: {fastest} rad/s, {kick} rad/s, {root} m/s"
        );
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

/// The least distance between the skin of hands and thighs over somebody's walk, metres.
fn hands_off_thighs_m(human: &Human) -> f32 {
    let mut figure = figure();
    figure.set(&still(), 0.0);
    let heads = |names: [&str; 2], figure: &Figure| names.map(|name| head_of(figure, name).as_vec3());
    let from = |p: Vec3, [a, b]: [Vec3; 2]| {
        let along = ((p - a).dot(b - a) / (b - a).length_squared()).clamp(0.0, 1.0);
        p.distance(a.lerp(b, along))
    };
    let limbs: Vec<[[Vec3; 2]; 2]> = ["L", "R"]
        .map(|side| {
            let name = |bone: &str| format!("{bone}.{side}");
            let thigh = heads([&name("upperleg01"), &name("lowerleg01")], &figure);
            [thigh, heads([&name("lowerarm01"), &name("wrist")], &figure)]
        })
        .into();
    let is_thigh =
        |p: Vec3| limbs.iter().any(|[thigh, arm]| from(p, *thigh) < 0.13 && from(p, *arm) > 0.08 && p.y < thigh[0].y);
    let suit = figure.vertices(Layer::Suit).positions;
    let thighs: Vec<usize> = (0..suit.len()).filter(|vertex| is_thigh(Vec3::from(suit[*vertex]))).step_by(3).collect();
    let mut least = f32::MAX;
    for frame in 0..24 {
        // Through a stride in the middle of the way.
        figure.set(human, 2.0 + f64::from(frame) / 20.0);
        let hands = figure.vertices(Layer::Hands).positions;
        let suit = figure.vertices(Layer::Suit).positions;
        for hand in hands.iter().step_by(5).map(|p| Vec3::from(*p)) {
            least = thighs.iter().fold(least, |least, &vertex| least.min(hand.distance(suit[vertex].into())));
        }
    }
    least
}

/// What hangs between them, such as a skirt, has room, on a slim body as on a broad one.
#[test]
fn hands_that_swing_pass_the_thighs_with_room() {
    for (name, change) in [("usual", (0.5, 0.38)), ("broad", (0.0, 0.7)), ("woman", (1.0, 0.38))] {
        let mut human = walk(1.2, vec![[0.0, 9.0]]);
        (human.phenotype.gender, human.phenotype.weight) = change;
        let least = hands_off_thighs_m(&human);
        println!("{name}: {:.0} mm between hands and thighs", least * 1e3);
        assert!(least > 0.03, "{name}: {least}");
    }
}

pub(super) const GESTURES: [GestureKind; 9] = [
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

pub(super) fn gesturing(kind: GestureKind) -> Human {
    let gesture = Gesture { kind, start_secs: 0.1, duration_secs: 2.4, side: Side::Right, intensity: 1.0, at: None };
    Human { motion: Motion { gestures: vec![gesture], ..Motion::default() }, ..still() }
}
