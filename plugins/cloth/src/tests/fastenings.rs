//! Tears, seams and pins that let go, from shots.

use kinema_core::BakeStore;

use super::{bake, shot};

/// Plays `part` for `frames` frames; positions of its particles (of corners, if it can tear) in the last one.
fn last(part: &str, frames: u32) -> Vec<[f32; 3]> {
    let folder = tempfile::tempdir().expect("a folder");
    let shot = shot(part, frames).expect("a shot");
    let baker = bake(&shot, &BakeStore::new(folder.path()), 1);
    baker.bake().positions_at(0, i64::from(frames)).to_vec()
}

fn lowest(places: &[[f32; 3]]) -> f32 {
    places.iter().map(|p| p[1]).fold(f32::MAX, f32::min)
}

const SHEET: &str = "cut: Sheet(size_m: (0.4, 0.4), spacing_m: 0.05), steps_per_sec: 480";

#[test]
fn a_pin_that_lets_go_drops_its_side() {
    let held = last(&format!("(id: \"c\", part: Cloth({SHEET}, pins: [TopCorners]))"), 12);
    let released =
        format!("(id: \"c\", part: Cloth({SHEET}, pins: [TopCorners], releases: [(pin: TopCorners, at_frame: 4)]))");
    let released = last(&released, 12);
    // Eight frames of free fall are 0.54 m.
    let fallen = lowest(&held) - lowest(&released);
    assert!((0.4..0.6).contains(&fallen), "{fallen}");
}

#[test]
fn a_sheet_sewn_edge_to_edge_becomes_a_tube() {
    // Level and held in the middle, so that both edges hang down and meet below. (Upright it would stay in its plane, and the edges would meet nothing.)
    let part = |seams: &str| {
        format!(
            "(id: \"c\", rotation_deg: (-90, 0, 0), part: Cloth({SHEET}, pins: [Around(point_m: (0, 0), radius_m: 0.08)], seams: [{seams}]))"
        )
    };
    let [open, sewn] = ["", "Edges(edges: (Left, Right))"].map(|seams| last(&part(seams), 40));
    let gap = |places: &[[f32; 3]]| {
        // Nine particles in each column; the first and the last column are the edges.
        let column = |c: usize| (0..9).map(move |k| c * 9 + k);
        let apart =
            |(a, b): (usize, usize)| (0..3).map(|axis| (places[a][axis] - places[b][axis]).powi(2)).sum::<f32>().sqrt();
        column(0).zip(column(8)).map(apart).fold(0.0, f32::max)
    };
    assert!(gap(&open) > 0.1, "{}", gap(&open));
    assert!(gap(&sewn) < 0.02, "{}", gap(&sewn));
}

#[test]
fn a_weak_sheet_tears_from_its_corners_and_a_strong_one_does_not() {
    let part = |strain: f32| {
        format!("(id: \"c\", part: Cloth({SHEET}, material: Leather, pins: [TopCorners], tears_at_strain: {strain}))")
    };
    let [weak, strong] = [0.001, 5.0].map(|strain| last(&part(strain), 24));
    assert_eq!(weak.len(), strong.len());
    assert_eq!(weak.len(), 8 * 8 * 2 * 3, "the corners of all triangles");
    assert!(lowest(&strong) > -0.3, "{}", lowest(&strong));
    assert!(lowest(&weak) < -0.6, "it fell out of its pins: {}", lowest(&weak));
}

#[test]
fn what_cannot_be_sewn_released_or_torn_is_refused_by_name() {
    let refused =
        |part: &str| shot(&format!("(id: \"c\", part: Cloth({part}))"), 2).map(|_| ()).expect_err(part).to_string();
    let disc = "cut: Disc(radius_m: 0.3, spacing_m: 0.05)";
    let text = refused(&format!("{disc}, seams: [Edges(edges: (Left, Right))]"));
    assert!(text.contains("a disc has no edges") && text.contains("seams[0]"), "{text}");
    let text = refused(&format!("{SHEET}, seams: [Edges(edges: (Left, Left))]"));
    assert!(text.contains("to itself"), "{text}");
    let text = refused("cut: Sheet(size_m: (0.4, 0.2), spacing_m: 0.05), seams: [Edges(edges: (Left, Top))]");
    assert!(text.contains("5 and 9"), "{text}");
    let text = refused(&format!("{SHEET}, seams: [Button(points_m: ((0, 0), (0.01, 0)))]"));
    assert!(text.contains("one particle"), "{text}");
    let text = refused(&format!("{disc}, releases: [(pin: Top, at_frame: 3)]"));
    assert!(text.contains("releases[0].pin"), "{text}");
    let text = refused(&format!("{SHEET}, tears_at_strain: 0"));
    assert!(text.contains("tear"), "{text}");
}

#[test]
fn a_pin_that_another_part_carries_goes_where_that_is_moved_and_turned() {
    let parts = r#"
        (id: "bar", position: (0, 1, 0), part: Wind(flow: Uniform(velocity_m_s: (0, 0, 0)))),
        (id: "ribbon", position: (0, 1.1, 0), part: Cloth(cut: Sheet(size_m: (0.1, 0.2), spacing_m: 0.05), pins: [Top], carried: [(pin: Bottom, by: "bar")])),
    "#;
    let tracks = r#"], tracks: [(target: "bar/rotation_deg", keys: [(frame: 0, value: (0, 0, 0)), (frame: 12, value: (0, 180, 0))]),
        (target: "bar/position", keys: [(frame: 0, value: (0, 1, 0)), (frame: 12, value: (0, 1.05, 0))])"#;
    let shot = shot(&format!("{parts}{tracks}"), 12).expect("a shot");
    let folder = tempfile::tempdir().expect("a folder");
    let baker = bake(&shot, &BakeStore::new(folder.path()), 1);
    let [first, last] = [0, 12].map(|frame| baker.bake().positions_at(1, frame));
    let is_at = |a: &[f32; 3], b: [f32; 3]| (0..3).all(|axis| (a[axis] - b[axis]).abs() < 2e-4);
    for (before, after) in first.iter().zip(last) {
        if (before[1] - 1.0).abs() < 1e-4 {
            assert!(is_at(after, [-before[0], 1.05, 0.0]), "{before:?} went to {after:?}");
        } else if (before[1] - 1.2).abs() < 1e-4 {
            assert!(is_at(after, *before), "{before:?} went to {after:?}");
        }
    }
    let nowhere = parts.replace("by: \"bar\"", "by: \"rod\"");
    let refused = super::shot(&nowhere, 2).expect_err("there is no rod").to_string();
    assert!(refused.contains("rod") && refused.contains("carried[0].by"), "{refused}");
}
