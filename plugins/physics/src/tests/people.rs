//! People among rigid bodies: hulls, falls, pushes, hits, and the way back into the animation.

use bevy::math::{Isometry3d, Vec3};
use kinema_core::{BakeStore, FigurePose, FigureSide, Segment};
use rapier3d::prelude::Pose;
use serde_json::{Value, json};

use super::puppet::{puppet, registry, shot, size, try_shot};
use super::{rigid, run_frames, world};
use crate::person::anatomy::{SEGMENTS, parent};
use crate::person::drive::open_drive;
use crate::person::fit::{fitted_segments, joined, overlap_m};
use crate::person::frames::{Socket, engine_pose};
use crate::{BodyPose, RigidWorld};

fn floor() -> Value {
    rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed", "friction": 0.7 }))
}

fn human(place: [f64; 3], turn: [f64; 3], settings: Value) -> Value {
    json!({ "id": "ann", "position": place, "rotation_deg": turn, "part": { "Human": settings } })
}

fn ragdoll(settings: Value) -> Value {
    let mut part = json!({ "person": "ann" });
    for (name, value) in settings.as_object().expect("an object") {
        part[name] = value.clone();
    }
    json!({ "id": "doll", "part": { "Ragdoll": part } })
}

fn place(poses: &[BodyPose], segment: Segment) -> Vec3 {
    let at = SEGMENTS.iter().position(|other| *other == segment).expect("a segment");
    Vec3::from_array(poses[at].position_m)
}

/// The widest gap in a socket, metres, and the farthest an angle is outside of its range, degrees.
fn strain(poses: &[BodyPose]) -> (f32, f32, Segment) {
    let figure = puppet(0, "a", 1.0);
    let fitted = fitted_segments(&figure, 1010.0).expect("hulls");
    let at = |segment| {
        let at = SEGMENTS.iter().position(|other| *other == segment).expect("a segment");
        let pose = poses[at].to_transform(Vec3::ONE);
        Isometry3d::new(pose.translation, pose.rotation)
    };
    let (mut gap, mut outside, mut worst) = (0.0_f32, 0.0_f32, Segment::Pelvis);
    for one in &fitted {
        let Some(above) = parent(one.segment) else { continue };
        let local = at(above).inverse() * at(one.segment);
        let joint = |segment| figure.bind.joints[figure.first_joint(segment).expect("a joint")];
        let bound = joint(above).inverse() * joint(one.segment);
        gap = gap.max(local.translation.distance(bound.translation));
        let center = joint(one.segment) * Vec3::from_array(one.shape.mass_properties(1.0).local_com.to_array());
        let socket = Socket::of(&figure, one.segment, above, center).expect("a socket");
        for (angle, [low, high]) in socket.angles_rad(local.rotation).into_iter().zip(socket.limits_rad()) {
            let over = (low - angle).max(angle - high).to_degrees();
            if over > outside {
                (outside, worst) = (over, one.segment);
            }
        }
    }
    (gap, outside, worst)
}

#[test]
fn hulls_that_do_not_hang_together_are_apart_and_weigh_what_they_hold() {
    for width in [0.7, 1.0, 1.5] {
        let figure = puppet(0, "a", width);
        let fitted = fitted_segments(&figure, 1010.0).expect("hulls");
        assert_eq!(fitted.len(), SEGMENTS.len());
        for (at, a) in fitted.iter().enumerate() {
            for b in fitted.iter().skip(at + 1).filter(|b| !joined(a.segment, b.segment)) {
                let deep = overlap_m(&figure, a, b);
                assert!(deep.is_none(), "{:?} and {:?} at width {width}: {deep:?} m", a.segment, b.segment);
            }
        }
        let sum: f32 = fitted.iter().map(|one| one.mass_kg).sum();
        let boxes: f32 = SEGMENTS.iter().map(|segment| size(*segment).element_product() * width * width * 1010.0).sum();
        assert!(sum < boxes * 1.001 && sum > boxes * 0.85, "{sum} kg of {boxes} kg");
    }
    let mut empty = puppet(0, "a", 1.0);
    empty.vertices_m.fill(Vec3::ZERO);
    assert!(fitted_segments(&empty, 1010.0).is_err());
}

#[test]
fn every_limit_holds_the_pose_that_bodies_are_bound_in() {
    let poses: Vec<BodyPose> =
        puppet(0, "a", 1.0).bind.joints.iter().map(|joint| BodyPose::of_engine(&engine_pose(*joint))).collect();
    let (gap, outside, worst) = strain(&poses);
    assert!(gap < 1e-5 && outside <= 0.0, "{gap} m, {outside} degrees, {worst:?}");
    assert_eq!(engine_pose(Isometry3d::IDENTITY), Pose::IDENTITY);
}

#[test]
fn a_limp_person_falls_comes_to_rest_and_keeps_its_joints() {
    for turn in [[0.0, 0.0, 0.0], [25.0, 40.0, 0.0], [0.0, 0.0, 100.0]] {
        let parts = json!([floor(), human([0.0, 0.3, 0.0], turn, json!({})), ragdoll(json!({ "mode": "Limp" }))]);
        let shot = shot(300, parts);
        let mut world = world(&shot);
        let (mut worst_gap, mut worst_angle, mut worst_segment) = (0.0_f32, 0.0_f32, Segment::Pelvis);
        for _ in 0..300 {
            world.step_frame().expect("a step");
            let (gap, outside, worst) = strain(&world.segments());
            if outside > worst_angle {
                worst_segment = worst;
            }
            (worst_gap, worst_angle) = (worst_gap.max(gap), worst_angle.max(outside));
        }
        let poses = world.segments();
        assert!(
            worst_gap < 0.02 && worst_angle < 20.0,
            "{worst_gap} m, {worst_angle} degrees of {worst_segment:?}, turn {turn:?}"
        );
        let (gap, outside, worst) = strain(&poses);
        assert!(gap < 4e-3 && outside < 5.0, "at rest: {gap} m, {outside} degrees of {worst:?}, turn {turn:?}");
        assert!(world.kinetic_energy_j() < 0.02, "{} J, turn {turn:?}", world.kinetic_energy_j());
        let pelvis = place(&poses, Segment::Pelvis);
        assert!((0.03..0.5).contains(&pelvis.y), "{pelvis}");
        for segment in SEGMENTS {
            assert!(place(&poses, segment).y > -0.02, "{segment:?}");
        }
        run_frames(&mut world, 30);
        let still = poses.iter().zip(world.segments());
        let moved = still.map(|(a, b)| Vec3::from_array(a.position_m).distance(Vec3::from_array(b.position_m)));
        assert!(moved.fold(0.0, f32::max) < 2e-3, "it creeps");
    }
}

#[test]
fn a_fall_begins_with_the_speed_of_the_animation() {
    let walker = human([0.0, 2.0, 0.0], [0.0; 3], json!({ "speed_m_s": [0.0, 0.0, 1.5] }));
    let shot = shot(40, json!([walker, ragdoll(json!({ "mode": "Limp", "from_frame": 10 }))]));
    let mut world = world(&shot);
    run_frames(&mut world, 10);
    let before = place(&world.segments(), Segment::Pelvis);
    assert!((before - Vec3::new(0.0, 2.95, 0.25)).length() < 1e-3, "{before}");
    run_frames(&mut world, 30);
    let gone = place(&world.segments(), Segment::Chest) - before;
    assert!((gone.z - 0.75).abs() < 0.05, "{gone}");
    assert!((gone.y - (0.27 - 0.5 * 9.81 * 0.25)).abs() < 0.08, "{gone}");
}

#[test]
fn a_person_who_follows_the_animation_pushes_what_stands_in_the_way() {
    let block = |mass_kg: f64| {
        let shape = json!({ "shape": { "Box": { "size_m": [0.5, 0.6, 0.5] } }, "mass_kg": mass_kg });
        rigid("box", [0.0, 0.3, 0.6], [0.0; 3], shape)
    };
    let walker = human([0.0; 3], [0.0; 3], json!({ "speed_m_s": [0.0, 0.0, 1.0] }));
    let shot = shot(120, json!([floor(), block(20.0), walker, ragdoll(json!({}))]));
    let mut world = world(&shot);
    run_frames(&mut world, 120);
    let pushed = world.poses()[1].position_m;
    assert!((1.9..2.7).contains(&pushed[2]) && (pushed[1] - 0.3).abs() < 0.02, "{pushed:?}");
    // The person was not slowed.
    assert!((place(&world.segments(), Segment::Pelvis).z - 2.0).abs() < 1e-3);
}

#[test]
fn a_hand_carries_a_thing_and_drops_it() {
    // Behind the hand, which is below it when the arm is raised.
    let start = [-0.2 - 0.62 * 40_f64.to_radians().sin(), 1.43 - 0.62 * 40_f64.to_radians().cos(), -0.09];
    let cup =
        rigid("cup", start, [0.0; 3], json!({ "shape": { "Box": { "size_m": [0.06, 0.1, 0.06] } }, "mass_kg": 0.5 }));
    let person = human([0.0; 3], [0.0; 3], json!({ "raise_deg": 80.0 }));
    let grip = json!({ "id": "grip", "part": { "Grip": { "ragdoll": "doll", "hand": "Right", "body": "cup", "until_frame": 70 } } });
    let shot = shot(130, json!([floor(), cup, person, ragdoll(json!({})), grip]));
    let mut world = world(&shot);
    let away = |world: &RigidWorld| {
        let hand = SEGMENTS.iter().position(|segment| *segment == Segment::Hand(FigureSide::Right)).expect("a hand");
        let hand = world.segments()[hand].to_transform(Vec3::ONE);
        hand.rotation.inverse() * (Vec3::from_array(world.poses()[1].position_m) - hand.translation)
    };
    let held = away(&world);
    run_frames(&mut world, 65);
    assert!(away(&world).distance(held) < 5e-3, "{} from {held}", away(&world));
    assert!(world.poses()[1].position_m[1] > start[1] as f32 + 0.3, "{:?}", world.poses()[1]);
    run_frames(&mut world, 65);
    assert!(world.poses()[1].position_m[1] < 0.1, "{:?}", world.poses()[1]);
}

/// How far each segment is from where the animation has it, metres.
fn astray(world: &RigidWorld, animated: &FigurePose, segment: Segment) -> f32 {
    let at = SEGMENTS.iter().position(|other| *other == segment).expect("a segment");
    place(&world.segments(), segment).distance(animated.joints[at].translation.into())
}

#[test]
fn a_person_hit_by_a_ball_gives_way_and_recovers() {
    let ball =
        json!({ "shape": { "Ball": { "radius_m": 0.12 } }, "mass_kg": 4.0, "linear_velocity_m_s": [0.0, 0.3, -9.0] });
    let parts = json!([
        floor(),
        rigid("ball", [0.1, 1.4, 1.5], [0.0; 3], ball),
        human([0.0; 3], [0.0; 3], json!({})),
        ragdoll(json!({ "mode": "Active" })),
    ]);
    let shot = shot(300, parts);
    let animated = shot.figures().expect("figures")[0].poses(0).expect("poses").remove(0);
    let mut world = world(&shot);
    let chest = |world: &RigidWorld| astray(world, &animated, Segment::Head);
    let (mut before, mut most) = (0.0_f32, 0.0_f32);
    for frame in 0..300 {
        world.step_frame().expect("a step");
        match frame {
            0..8 => {
                before = before.max(chest(&world));
                // Arms are held against their weight.
                let hand = astray(&world, &animated, Segment::Hand(FigureSide::Left));
                assert!(hand < 4e-3, "a hand sags by {hand} m at frame {frame}");
            }
            _ => most = most.max(chest(&world)),
        }
    }
    assert!(before < 0.02, "it stands by itself: {before} m");
    assert!((0.05..0.8).contains(&most), "it gives way: {most} m");
    assert!(chest(&world) < 0.03, "it recovers: {} m", chest(&world));
    assert!(world.poses()[1].position_m[2] > 0.1, "the ball bounced off");
    let (gap, outside, worst) = strain(&world.segments());
    assert!(gap < 5e-3 && outside < 5.0, "{gap} m, {outside} degrees of {worst:?}");
}

fn taken_back() -> Value {
    let doll = json!({ "mode": "Limp", "from_frame": 5, "until_frame": 40, "return_frames": 30 });
    json!([floor(), human([0.0; 3], [10.0, 0.0, 0.0], json!({})), ragdoll(doll)])
}

#[test]
fn the_animation_takes_a_person_back_without_a_jump() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path().to_path_buf());
    let shot = shot(90, taken_back());
    let mut drive = open_drive(&shot, &store).expect("no fault").expect("people");
    let animated = shot.figures().expect("figures")[0].poses(0).expect("poses").remove(0);
    let mut last: Option<FigurePose> = None;
    for frame in 0..90 {
        let poses = drive.poses(frame).expect("poses");
        assert_eq!(poses.is_empty(), frame <= 5 || frame >= 70, "frame {frame}");
        let now = poses.into_iter().next().map_or(animated.clone(), |(part, pose)| {
            assert_eq!(part, 1);
            pose
        });
        if let Some(last) = &last {
            let steps = last.joints.iter().zip(&now.joints).map(|(a, b)| a.translation.distance(b.translation));
            let step = steps.fold(0.0, f32::max);
            assert!(step < 0.16, "{step} m at frame {frame}");
        }
        last = Some(now);
    }
    // From the store, in any order, the same.
    let first = drive.poses(55).expect("poses");
    let again = open_drive(&shot, &store).expect("no fault").expect("people").poses(55).expect("poses");
    assert_eq!(first, again);
}

#[test]
fn blending_shows_the_animation_without_moving_a_body() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path().to_path_buf());
    let open = |tracks: Value| {
        let shot = try_shot(60, taken_back(), tracks).expect("a valid shot");
        open_drive(&shot, &store).expect("no fault").expect("people")
    };
    let track = |from: f64, to: f64| json!([{ "target": "doll/blend", "keys": [{ "frame": 0, "value": from }, { "frame": 60, "value": to }] }]);
    let mut whole = open(json!([]));
    let mut half = open(track(0.5, 0.5));
    let mut none = open(track(0.0, 0.0));
    assert!(none.poses(30).expect("poses").is_empty());
    let shot = shot(60, taken_back());
    let animated = shot.figures().expect("figures")[0].poses(30).expect("poses").remove(0);
    let pelvis = |drive: &mut Box<dyn kinema_core::FigureDrive>| drive.poses(30).expect("poses")[0].1.joints[0];
    let (whole, half) = (pelvis(&mut whole), pelvis(&mut half));
    let middle = (whole.translation + animated.joints[0].translation) / 2.0;
    assert!(half.translation.distance(middle) < 1e-4);
}

fn crowd() -> Value {
    let ball =
        json!({ "shape": { "Ball": { "radius_m": 0.12 } }, "mass_kg": 4.0, "linear_velocity_m_s": [0.0, 0.3, -9.0] });
    let other =
        json!({ "id": "bob", "position": [0.0, 0.0, -0.6], "part": { "Human": { "speed_m_s": [0.0, 0.0, 0.2] } } });
    let doll = json!({ "id": "doll2", "part": { "Ragdoll": { "person": "bob", "mode": "Limp", "from_frame": 8, "until_frame": 30 } } });
    json!([
        floor(),
        rigid("ball", [0.1, 1.4, 1.0], [0.0; 3], ball),
        human([0.0; 3], [0.0; 3], json!({})),
        ragdoll(json!({ "mode": "Active" })),
        other,
        doll,
    ])
}

#[test]
fn people_are_the_same_bits_again_and_through_snapshots() {
    let shot = shot(50, crowd());
    let (mut straight, mut again) = (world(&shot), world(&shot));
    run_frames(&mut straight, 50);
    run_frames(&mut again, 50);
    assert_eq!(straight.state_sha256(), again.state_sha256());
    for at in [5, 20, 33] {
        let mut before = world(&shot);
        run_frames(&mut before, at);
        let snapshot = before.snapshot().expect("a snapshot");
        let mut fresh = world(&shot);
        fresh.restore(&snapshot).expect("a snapshot");
        run_frames(&mut fresh, 50 - at);
        assert_eq!(fresh.state_sha256(), straight.state_sha256(), "restored at {at}");
    }
}

fn refused(parts: Value, tracks: Value) -> String {
    try_shot(10, parts, tracks).expect_err("an impossible shot")
}

#[test]
fn what_cannot_be_is_named() {
    let ann = || human([0.0; 3], [0.0; 3], json!({}));
    let error = refused(json!([ann(), { "id": "doll", "part": { "Ragdoll": { "person": "anne" } } }]), json!([]));
    assert!(error.contains("there is no part `anne`") && error.contains("did you mean `ann`"), "{error}");
    let error = refused(json!([floor(), { "id": "doll", "part": { "Ragdoll": { "person": "floor" } } }]), json!([]));
    assert!(error.contains("the part `floor` is of kind Rigid"), "{error}");
    let second = json!({ "id": "doll2", "part": { "Ragdoll": { "person": "ann" } } });
    let error = refused(json!([ann(), ragdoll(json!({})), second]), json!([]));
    assert!(error.contains("`doll` already gives `ann` a body") && error.contains("parts[2]"), "{error}");
    for (field, value) in [
        ("strength", json!(-1.0)),
        ("strength", json!(1e9)),
        ("balance", json!(11.0)),
        ("friction", json!(-0.1)),
        ("density_kg_m3", json!(0.0)),
        ("mode", json!("Asleep")),
        ("regions", json!({ "tail": 1.0 })),
        ("return_frames", json!(-3)),
    ] {
        let error = refused(json!([ann(), ragdoll(json!({ field: value }))]), json!([]));
        assert!(error.contains("parts[1].part.Ragdoll"), "{field}: {error}");
    }
    let error = refused(json!([ann(), ragdoll(json!({ "from_frame": 9, "until_frame": 9 }))]), json!([]));
    assert!(error.contains("it ends at frame 9"), "{error}");
    let key = |value: Value| json!([{ "target": "doll/strength", "keys": [{ "frame": 0, "value": value }] }]);
    let error = refused(json!([ann(), ragdoll(json!({}))]), key(json!(99.0)));
    assert!(error.contains("tracks[0]") && error.contains("99"), "{error}");
    let grip =
        |settings: Value| json!([ann(), ragdoll(json!({})), floor(), { "id": "grip", "part": { "Grip": settings } }]);
    let error = refused(grip(json!({ "ragdoll": "doll", "hand": "Left", "body": "floor" })), json!([]));
    assert!(error.contains("`floor` is not dynamic"), "{error}");
    let error = refused(grip(json!({ "ragdoll": "dolly", "hand": "Left", "body": "floor" })), json!([]));
    assert!(error.contains("did you mean `doll`"), "{error}");
    // A program may change a loaded shot, or leave out who owns people.
    let good = shot(10, json!([ann(), ragdoll(json!({ "mode": "Active" }))]));
    let mut bad = (*good).clone();
    bad.shot.parts[0].position[0] = f32::NAN;
    let error = RigidWorld::from_shot(&bad.into()).err().expect("NaN").to_string();
    assert!(error.starts_with("part `doll`: its place at frame 0"), "{error}");
    let mut bad = (*good).clone();
    let mut doll = bad.shot.parts[1].part.get::<crate::Ragdoll>().expect("a doll").clone();
    doll.strength = f32::NAN;
    bad.shot.parts[1].part = kinema_core::PartBody::new(doll);
    let error = RigidWorld::from_shot(&bad.into()).err().expect("NaN").to_string();
    assert!(error.starts_with("part `doll`: one of its settings"), "{error}");
    let mut lonely = super::registry();
    lonely.register::<super::puppet::Human>();
    let alone = kinema_core::LoadedShot::new(&good.shot, std::path::Path::new("."), &lonely).expect("a shot");
    let error = RigidWorld::from_shot(&alone.into()).err().expect("nobody").to_string();
    assert!(error.contains("no plugin of this app knows the body of `ann`"), "{error}");
    assert!(registry().kinds().any(|kind| kind == "Ragdoll"));
}

#[test]
fn absurd_people_stay_within_bounds() {
    for settings in [
        json!({ "mode": "Active", "strength": 0.0, "balance": 0.0 }),
        json!({ "mode": "Active", "strength": 10.0, "balance": 10.0, "density_kg_m3": 30000.0 }),
        json!({ "mode": "Active", "strength": 10.0, "balance": 10.0, "density_kg_m3": 1.0 }),
        json!({ "mode": "Limp", "friction": 10.0, "density_kg_m3": 1.0 }),
    ] {
        // Half in the floor, and thrown at the speed of sound.
        let parts = json!([
            floor(),
            human([0.0, -0.6, 0.0], [0.0; 3], json!({ "speed_m_s": [340.0, 0.0, 0.0] })),
            ragdoll(settings.clone()),
        ]);
        let shot = shot(60, parts);
        let mut world = world(&shot);
        for _ in 0..60 {
            world.step_frame().expect("a step");
        }
        for pose in world.segments() {
            let far = Vec3::from_array(pose.position_m);
            assert!(far.is_finite() && far.length() < 600.0, "{settings}: {far}");
        }
    }
}
