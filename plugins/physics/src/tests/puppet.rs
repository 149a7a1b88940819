//! A person made of boxes, for tests without the plugin that owns people.

use std::path::Path;
use std::sync::Arc;

use bevy::math::{Isometry3d, Quat, Vec3};
use bevy::prelude::Component;
use kinema_core::{
    Fault, Figure, FigureJoint, FigurePose, FigureSide, FigureSource, FigureStance, Format, LoadedShot, PartRegistry,
    Segment, ShotPart, parse_shot, sha256_hex,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::person::anatomy::{SEGMENTS, parent};
use crate::person::drive::open_drive;

/// A person without a plugin: slides along its way with stiff limbs.
#[derive(Component, Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Human {
    pub(crate) speed_m_s: [f32; 3],
    /// How far the right arm is raised to the front at the end of a second, degrees.
    pub(crate) raise_deg: f32,
    /// Size over that of an adult.
    pub(crate) width: f32,
}

impl Default for Human {
    fn default() -> Self {
        Self { speed_m_s: [0.0; 3], raise_deg: 0.0, width: 1.0 }
    }
}

impl ShotPart for Human {
    const KIND: &'static str = "Human";
}

pub(crate) fn registry() -> PartRegistry {
    let mut registry = super::registry();
    registry.register::<Human>().register_figures(open_puppets).register_figure_drives(open_drive);
    registry
}

pub(crate) fn try_shot(frames: u32, parts: Value, tracks: Value) -> Result<Arc<LoadedShot>, String> {
    let document = serde_json::json!({
        "schema": 1,
        "timeline": { "rate": "60/1", "frames": frames, "substeps": 4 },
        "output": { "width": 64, "height": 64 },
        "parts": parts,
        "tracks": tracks,
    });
    let text = document.to_string();
    parse_shot(text.as_bytes(), Path::new("./test.json"), Format::Json, &registry())
        .map(Arc::new)
        .map_err(|error| error.to_string())
}

pub(crate) fn shot(frames: u32, parts: Value) -> Arc<LoadedShot> {
    try_shot(frames, parts, serde_json::json!([])).expect("a valid shot")
}

struct Puppets {
    shot: Arc<LoadedShot>,
    figures: Vec<Figure>,
    humans: Vec<Human>,
    key: String,
}

pub(crate) fn open_puppets(shot: &Arc<LoadedShot>) -> Result<Option<Box<dyn FigureSource>>, Fault> {
    let parts = shot.shot.parts.iter().enumerate();
    let humans: Vec<(usize, String, Human)> =
        parts.filter_map(|(index, part)| Some((index, part.id.clone(), part.part.get::<Human>()?.clone()))).collect();
    let key = sha256_hex(&serde_json::to_vec(&shot.shot).expect("a document"));
    let figures = humans.iter().map(|(index, id, human)| puppet(*index, id, human.width)).collect();
    let humans = humans.into_iter().map(|(_, _, human)| human).collect();
    Ok(Some(Box::new(Puppets { shot: shot.clone(), figures, humans, key })))
}

fn side(side: FigureSide) -> f32 {
    if side == FigureSide::Left { 1.0 } else { -1.0 }
}

/// Joint, middle of the box from there, its size, and how it leans about z, radians.
fn block(segment: Segment) -> (Vec3, Vec3, Vec3, f32) {
    let lean = 40_f32.to_radians();
    let down = |x: f32| Vec3::new(x * lean.sin(), -lean.cos(), 0.0);
    let arm = |of: FigureSide, from: f32, length: f32, wide: f32, thick: f32| {
        let x = side(of);
        let joint = Vec3::new(0.2 * x, 1.43, 0.0) + down(x) * from;
        (joint, down(x) * length / 2.0, Vec3::new(wide, length, thick), x * lean)
    };
    let block =
        |y: f32, up: f32, size: [f32; 3]| (Vec3::new(0.0, y, 0.0), Vec3::new(0.0, up, 0.0), Vec3::from(size), 0.0);
    let leg = |of: FigureSide, y: f32, length: f32, wide: f32| {
        (Vec3::new(0.1 * side(of), y, 0.0), Vec3::new(0.0, -length / 2.0, 0.0), Vec3::new(wide, length, wide), 0.0)
    };
    match segment {
        Segment::Pelvis => block(0.95, 0.02, [0.32, 0.2, 0.2]),
        Segment::Abdomen => block(1.07, 0.07, [0.28, 0.16, 0.2]),
        Segment::Chest => block(1.22, 0.12, [0.32, 0.26, 0.22]),
        Segment::Neck => block(1.48, 0.04, [0.1, 0.1, 0.1]),
        Segment::Head => block(1.58, 0.11, [0.16, 0.24, 0.2]),
        Segment::UpperArm(of) => arm(of, 0.0, 0.28, 0.09, 0.09),
        Segment::Forearm(of) => arm(of, 0.28, 0.25, 0.08, 0.08),
        Segment::Hand(of) => arm(of, 0.53, 0.18, 0.03, 0.08),
        Segment::Thigh(of) => leg(of, 0.92, 0.42, 0.15),
        Segment::Shin(of) => leg(of, 0.5, 0.42, 0.11),
        Segment::Foot(of) => {
            (Vec3::new(0.1 * side(of), 0.08, 0.0), Vec3::new(0.0, -0.04, 0.05), Vec3::new(0.09, 0.08, 0.26), 0.0)
        }
    }
}

/// The size of a segment's box, metres.
pub(crate) fn size(segment: Segment) -> Vec3 {
    block(segment).2
}

const FACES: [[u32; 3]; 12] = [
    [0, 2, 1],
    [1, 2, 3],
    [4, 5, 6],
    [5, 7, 6],
    [0, 1, 4],
    [1, 5, 4],
    [2, 6, 3],
    [3, 6, 7],
    [0, 4, 2],
    [2, 4, 6],
    [1, 3, 5],
    [3, 7, 5],
];

pub(crate) fn puppet(part_index: usize, id: &str, width: f32) -> Figure {
    let (mut joints, mut vertices_m, mut triangles) = (Vec::new(), Vec::new(), Vec::new());
    let (mut strongest_joint, mut bind) = (Vec::new(), FigurePose::default());
    for (at, segment) in SEGMENTS.into_iter().enumerate() {
        let (joint, middle, size, lean) = block(segment);
        let above = parent(segment).and_then(|above| SEGMENTS.iter().position(|other| *other == above));
        joints.push(FigureJoint { name: format!("{segment:?}"), parent: above, segment });
        bind.joints.push(Isometry3d::from_translation(joint));
        let first = vertices_m.len() as u32;
        for corner in 0..8_u32 {
            let sign = |bit: u32| if corner & bit == 0 { -0.5 } else { 0.5 };
            let corner = size * Vec3::new(sign(1) * width, sign(2), sign(4) * width);
            vertices_m.push(joint + middle + Quat::from_rotation_z(lean) * corner);
            strongest_joint.push(at as u16);
        }
        triangles.extend(FACES.map(|face| face.map(|corner| corner + first)));
    }
    let triangles: Arc<[[u32; 3]]> = triangles.into();
    Figure { part_index, id: id.into(), joints, bind, vertices_m, triangles, strongest_joint }
}

impl FigureSource for Puppets {
    fn figures(&self) -> &[Figure] {
        &self.figures
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn poses(&mut self, frame: i64) -> Result<Vec<FigurePose>, Fault> {
        let secs = self.shot.shot.timeline.rate.secs_at(frame as f64) as f32;
        let pose = |(figure, human): (&Figure, &Human)| {
            let mut locals = figure.locals(&figure.bind);
            let place = self.shot.world_transform_at(figure.part_index, frame as f64).compute_transform();
            let way = Isometry3d::new(place.translation + Vec3::from(human.speed_m_s) * secs, place.rotation);
            locals[0] = way * locals[0];
            let arm = figure.first_joint(Segment::UpperArm(FigureSide::Right)).expect("an arm");
            let raised = Quat::from_rotation_x(-human.raise_deg.to_radians() * secs.clamp(0.0, 1.0));
            locals[arm].rotation = raised * locals[arm].rotation;
            figure.assembled(&locals)
        };
        Ok(self.figures.iter().zip(&self.humans).map(pose).collect())
    }

    fn stance(&self, figure: usize, _: FigureStance) -> FigurePose {
        self.figures.get(figure).map(|figure| figure.bind.clone()).unwrap_or_default()
    }

    fn surface(&mut self, figure: usize, pose: &FigurePose) -> Vec<Vec3> {
        let Some(figure) = self.figures.get(figure) else { return Vec::new() };
        let moved = |(place, joint): (&Vec3, &u16)| {
            let joint = usize::from(*joint);
            pose.joints[joint] * (figure.bind.joints[joint].inverse() * *place)
        };
        figure.vertices_m.iter().zip(&figure.strongest_joint).map(moved).collect()
    }
}
