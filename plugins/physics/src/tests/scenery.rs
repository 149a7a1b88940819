//! What belongs to other plugins and stands in the way.

use std::path::Path;
use std::sync::Arc;

use bevy::math::Vec3;
use bevy::prelude::Component;
use kinema_core::{BakeStore, Fault, LoadedShot, ShotPart, Solid, SolidForm, SolidPlace, SolidSource};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{registry, rigid, try_shot_of};
use crate::{RigidBaker, solids};

/// A table top of another plugin: a closed box, 2 x 0.2 x 2 m about its part's origin.
#[derive(Component, Clone, Debug, Serialize, Deserialize, schemars::JsonSchema)]
struct Slab {}

impl ShotPart for Slab {
    const KIND: &'static str = "Slab";
}

struct Slabs {
    shot: Arc<LoadedShot>,
    solids: Vec<Solid>,
}

const CORNERS: [[f32; 3]; 8] = [
    [-1.0, -0.1, -1.0],
    [1.0, -0.1, -1.0],
    [1.0, 0.1, -1.0],
    [-1.0, 0.1, -1.0],
    [-1.0, -0.1, 1.0],
    [1.0, -0.1, 1.0],
    [1.0, 0.1, 1.0],
    [-1.0, 0.1, 1.0],
];
const TRIANGLES: [[u32; 3]; 12] = [
    [0, 2, 1],
    [0, 3, 2],
    [4, 5, 6],
    [4, 6, 7],
    [0, 1, 5],
    [0, 5, 4],
    [3, 6, 2],
    [3, 7, 6],
    [0, 4, 7],
    [0, 7, 3],
    [1, 2, 6],
    [1, 6, 5],
];

fn open_slabs(shot: &Arc<LoadedShot>, _: &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault> {
    let slabs = shot.shot.parts.iter().enumerate().filter(|(_, part)| part.part.get::<Slab>().is_some());
    let form = || SolidForm::Mesh { vertices: CORNERS.len(), triangles: TRIANGLES.into() };
    let solids: Vec<_> = slabs.map(|(part_index, _)| Solid { part_index, form: form(), friction: 0.7 }).collect();
    Ok((!solids.is_empty()).then(|| Box::new(Slabs { shot: Arc::clone(shot), solids }) as _))
}

impl SolidSource for Slabs {
    fn solids(&self) -> &[Solid] {
        &self.solids
    }

    fn key(&self) -> &str {
        &self.shot.sha256
    }

    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault> {
        let place = |solid: &Solid| {
            let world = self.shot.world_transform_at(solid.part_index, frame as f64);
            SolidPlace::Vertices(CORNERS.iter().map(|v| world.transform_point(Vec3::from_array(*v))).collect())
        };
        Ok(self.solids.iter().map(place).collect())
    }
}

fn load(frames: u32, parts: Value, tracks: Value) -> Arc<LoadedShot> {
    let mut registry = registry();
    registry.register::<Slab>().register_solids(solids::open_solids).register_scenery(open_slabs);
    try_shot_of(&registry, Path::new("."), frames, parts, tracks).expect("a shot")
}

fn ball_height_m(shot: &Arc<LoadedShot>, frame: i64) -> f32 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut baker = RigidBaker::open(shot, &BakeStore::new(folder.path())).expect("a bake");
    baker.advance_to(frame).expect("a step")[0].position_m[1]
}

fn parts(slab: bool) -> Value {
    let ball = rigid("ball", [0.3, 2.0, 0.2], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }));
    let slab = slab.then(|| json!({ "id": "slab", "position": [0.0, 1.0, 0.0], "part": { "Slab": {} } }));
    [ball].into_iter().chain(slab).collect()
}

#[test]
fn bodies_fall_on_scenery_and_are_lifted_by_it() {
    let without = ball_height_m(&load(60, parts(false), json!([])), 60);
    assert!(without < -2.0, "{without}");
    let rests = ball_height_m(&load(60, parts(true), json!([])), 60);
    assert!((rests - 1.2).abs() < 0.01, "{rests}");
    let rises = json!([{ "target": "slab/position/y", "keys": [{ "frame": 60, "value": 1.0 }, { "frame": 90, "value": 1.5 }] }]);
    let lifted = ball_height_m(&load(120, parts(true), rises), 120);
    assert!((lifted - 1.7).abs() < 0.02, "{lifted}");
}

#[test]
fn scenery_is_part_of_the_key_and_opens_with_the_solids_of_a_shot() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = BakeStore::new(folder.path());
    let with = load(2, parts(true), json!([]));
    let key = |shot: &Arc<LoadedShot>| RigidBaker::open(shot, &store).expect("a bake").key().to_owned();
    assert_ne!(key(&with), key(&load(2, parts(false), json!([]))));
    assert_eq!(key(&with), key(&load(2, parts(true), json!([]))));
    // The ball and the slab; opening the bodies opened the slab too, and nothing waits for itself.
    assert_eq!(with.solids(&store).expect("solids").len(), 2);
    assert_eq!(with.scenery(&store).expect("scenery").len(), 1);
}
