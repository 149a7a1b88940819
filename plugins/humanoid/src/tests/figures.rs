//! People as other plugins know them.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use bevy::math::Vec3;
use kinema_core::{
    BakeStore, Fault, FigureDrive, FigurePose, FigureSide, FigureSource, FigureStance, Format, LoadedShot,
    PartRegistry, Segment, SolidPlace, parse_shot,
};

use crate::HumanoidPlugin;

const WALK: &str = r#"(id: "b", position: (1, 0, 2), rotation_deg: (0, 90, 0), scale: (1.5, 1.5, 1.5), part: Human(
    face: {}, motion: (acts: [Walk(start_secs: -1, to: [(0, 9)], speed_m_s: 1.3)])))"#;

fn app() -> App {
    let mut app = App::new();
    app.add_plugins(HumanoidPlugin);
    app
}

fn load(part: &str, registry: &PartRegistry) -> Arc<LoadedShot> {
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 30), output: (width: 64, height: 64), parts: [{part}])"
    );
    Arc::new(parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, registry).expect("a shot"))
}

fn shot(part: &str) -> Arc<LoadedShot> {
    load(part, app().world().resource())
}

fn figures(shot: &Arc<LoadedShot>) -> Box<dyn FigureSource> {
    shot.figures().expect("no fault").pop().expect("people")
}

fn solid_vertices(shot: &Arc<LoadedShot>, frame: i64) -> Vec<Vec3> {
    let store = BakeStore::new(std::env::temp_dir());
    let mut sources = shot.solids(&store).expect("no fault");
    match sources[0].places(frame).expect("places").remove(0) {
        SolidPlace::Vertices(vertices) => vertices,
        SolidPlace::Pose { .. } => panic!("skin is a mesh"),
    }
}

fn farthest(a: &[Vec3], b: &[Vec3]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a.distance(*b)).fold(0.0, f32::max)
}

#[test]
fn the_surface_of_an_animated_pose_is_the_solid_person_of_that_frame() {
    let shot = shot(WALK);
    let mut people = figures(&shot);
    let pose = people.poses(17).expect("poses").remove(0);
    let surface = people.surface(0, &pose);
    // Lids and lips move a little by themselves.
    assert!(farthest(&surface, &solid_vertices(&shot, 17)) < 0.02);
    let figure = &people.figures()[0];
    let suit: Vec<usize> = (0..surface.len()).filter(|at| !matches!(segment_of(figure, *at), Segment::Head)).collect();
    let of = |all: &[Vec3]| suit.iter().map(|at| all[*at]).collect::<Vec<_>>();
    assert!(farthest(&of(&surface), &of(&solid_vertices(&shot, 17))) < 1e-4);
    assert!((figure.id.as_str(), figure.part_index) == ("b", 0) && figure.triangles.len() > 5000);
    assert!(figure.joints.iter().zip(0..).all(|(joint, at)| joint.parent.is_none_or(|parent| parent < at)));
    let again = people.figures()[0].bind.clone();
    let bound = people.figures()[0].vertices_m.clone();
    assert!(farthest(&people.surface(0, &again), &bound) < 1e-6);
}

fn segment_of(figure: &kinema_core::Figure, vertex: usize) -> Segment {
    figure.joints[usize::from(figure.strongest_joint[vertex])].segment
}

#[test]
fn a_person_stands_for_a_fitting_with_soles_on_the_ground() {
    let mut people = figures(&shot(r#"(id: "a", position: (0, 0.5, 0), part: Human())"#));
    for (arms_deg, legs_deg) in [(40.0, 8.0), (90.0, 0.0)] {
        let pose = people.stance(0, FigureStance { arms_deg, legs_deg });
        let figure = &people.figures()[0];
        let at = |segment| Vec3::from(pose.joints[figure.first_joint(segment).expect("a joint")].translation);
        for side in [FigureSide::Left, FigureSide::Right] {
            let arm = at(Segment::Hand(side)) - at(Segment::UpperArm(side));
            assert!((arm.angle_between(Vec3::NEG_Y).to_degrees() - arms_deg).abs() < 0.5);
            assert_eq!(arm.x > 0.0, side == FigureSide::Left);
            let leg = at(Segment::Foot(side)) - at(Segment::Thigh(side));
            assert!((leg.angle_between(Vec3::NEG_Y).to_degrees() - legs_deg).abs() < 0.5);
        }
        let lowest = people.surface(0, &pose).iter().map(|place| place.y).fold(f32::MAX, f32::min);
        assert!((lowest - 0.5).abs() < 2e-3, "{lowest}");
    }
    assert!(people.surface(7, &FigurePose::default()).is_empty());
}

/// Shows the pose of frame 20 in every frame from 10.
struct Late(FigurePose);

impl FigureDrive for Late {
    fn part_indices(&self) -> &[usize] {
        &[0]
    }

    fn key(&self) -> &str {
        "late"
    }

    fn poses(&mut self, frame: i64) -> Result<Vec<(usize, FigurePose)>, Fault> {
        Ok(if frame < 10 { Vec::new() } else { vec![(0, self.0.clone())] })
    }
}

fn open_late(shot: &Arc<LoadedShot>, _: &BakeStore) -> Result<Option<Box<dyn FigureDrive>>, Fault> {
    Ok(Some(Box::new(Late(figures(shot).poses(20)?.remove(0)))))
}

#[test]
fn a_driven_person_is_solid_where_it_is_driven_to() {
    let app = app();
    let free = load(WALK, app.world().resource());
    let mut registry = app.world().resource::<PartRegistry>().clone();
    registry.register_figure_drives(open_late);
    let driven = load(WALK, &registry);
    let other = farthest(&solid_vertices(&free, 9), &solid_vertices(&driven, 9));
    assert!(other < 1e-6, "{other}");
    // The face goes on by itself.
    assert!(farthest(&solid_vertices(&free, 20), &solid_vertices(&driven, 12)) < 0.03);
    assert!(farthest(&solid_vertices(&free, 12), &solid_vertices(&driven, 12)) > 0.3);
    let store = BakeStore::new(std::env::temp_dir());
    let keys = [&free, &driven].map(|shot| shot.solids(&store).expect("people")[0].key().to_owned());
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn the_key_of_people_knows_their_motion_and_not_their_looks() {
    let key = |part: &str| figures(&shot(part)).key().to_owned();
    let plain = key(WALK);
    assert_eq!(key(&WALK.replace("face: {}", "face: {}, skin: (tone: 0.9), hair: (grey: 0.5)")), plain);
    for other in [WALK.replace("1.3", "1.4"), WALK.replace("(1, 0, 2)", "(1, 0, 3)"), WALK.replace("\"b\"", "\"c\"")] {
        assert_ne!(key(&other), plain, "{other}");
    }
}

#[test]
fn a_person_stretched_one_way_is_refused_by_name() {
    let error = shot(r#"(id: "tall", scale: (1, 2, 1), part: Human())"#).figures().err().expect("stretched");
    assert!(error.message.starts_with("part `tall`") && error.message.ends_with("scale evenly"), "{error}");
}
