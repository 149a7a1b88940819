//! What the kernels of contact share. `tests/layout.rs` compares it with its WGSL twin, where each field is explained.

use bevy::math::{IVec4, UVec4, Vec4};
use bevy::render::render_resource::ShaderType;

use super::detect::Surface;
use super::slots::Slots;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::exact::mul;
use crate::solver::vec3::V3;

/// `OF_CLOTH` and `OF_BODY` in WGSL.
pub const OF_CLOTH: u32 = 1;
pub const OF_BODY: u32 = 2;

/// `BODY_WORDS` in WGSL: what cloth has given to a body stands behind `Progress` in as many words.
pub const GIVEN_WORDS: usize = 12;

/// `PUSHES` and its fellows in WGSL.
pub const PUSHES: u32 = 1;
pub const EDGES: u32 = 2;
pub const HAS_BODY: u32 = 4;

/// `ALWAYS` and its fellows in WGSL.
pub const ALWAYS: u32 = 0;
pub const WITH_BODIES: u32 = 1;
pub const HANDING: u32 = 2;

/// `Contact` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuContact {
    pub floor: f32,
    pub largest_margin: f32,
    pub least_reach: f32,
    pub most_reach: f32,
    pub horizon: f32,
    pub recovery: f32,
    pub friction: f32,
    pub has_own_friction: f32,
    pub substep_secs: f32,
    pub vertices: u32,
    pub bodies: u32,
    pub near_room: u32,
    pub iterations: u32,
    pub first_body: u32,
    pub body_vertices: u32,
    pub body_triangles: u32,
    pub body_patches: u32,
    pub body_recovery: f32,
    pub body_friction: f32,
    pub exit: f32,
    pub deepest_dent: f32,
    pub catch_up: f32,
    pub pad_a: u32,
    pub pad_b: u32,
}

/// `ContactVertex` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuContactVertex {
    pub reach: f32,
    pub half_thickness: f32,
    pub chord: f32,
    pub friction: f32,
    pub path: f32,
    pub margin: f32,
    pub path_ahead: f32,
    pub shortened: u32,
    pub is_recorded: u32,
    pub fraction: u32,
    pub kind: u32,
    pub is_inside: u32,
    pub nearest: u32,
    pub before_x: f32,
    pub before_y: f32,
    pub before_z: f32,
    pub mass_high: f32,
    pub mass_low: f32,
}

/// `Progress` in WGSL, without what follows it there: see [`GIVEN_WORDS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuProgress {
    pub nodes: u32,
    pub patch_pairs: u32,
    pub pairs: u32,
    pub shift: u32,
    pub must_detect: u32,
    pub is_supported: u32,
    pub thrown: u32,
    pub near: u32,
    pub common_x: i32,
    pub common_y: i32,
    pub common_z: i32,
    pub common_count: u32,
    pub recorded_x: i32,
    pub recorded_y: i32,
    pub recorded_z: i32,
    pub recorded_count: u32,
    pub has_pins: u32,
    pub substep: u32,
    pub detections: u32,
    pub stopped: u32,
    pub most_nodes: u32,
    pub most_patch_pairs: u32,
    pub most_pairs: u32,
    pub most_near: u32,
    pub is_detected: u32,
    pub is_due: u32,
    pub carried: u32,
    pub inside: u32,
    pub near_bodies: u32,
    pub dropped: u32,
    pub path_substeps: u32,
    pub judging: u32,
    pub lightest: u32,
    pub failing: [u32; 16],
    pub handing: [u32; 32],
}

/// `Near` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuNear {
    pub vertices: UVec4,
    pub weights: Vec4,
    pub normal_gap: Vec4,
    pub wanted: f32,
    pub friction: f32,
    pub flags: u32,
    pub pushed: f32,
    pub rubbed: Vec4,
    pub heights: Vec4,
}

/// `Pair` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuPair {
    pub vertices: UVec4,
    pub kind: u32,
    pub thickness: f32,
    pub budget: f32,
    pub pad: u32,
}

/// `Round` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ShaderType)]
pub struct GpuRound {
    pub index: u32,
    pub when: u32,
    pub only_bodies: u32,
    pub iterations: u32,
}

/// `Body` in WGSL.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct GpuBody {
    pub place: IVec4,
    pub offset: Vec4,
    pub axis_u: Vec4,
    pub axis_v: Vec4,
    pub axis_w: Vec4,
    pub velocity: Vec4,
    pub spin: Vec4,
    pub half_size: Vec4,
}

fn four(v: V3, w: f32) -> Vec4 {
    Vec4::new(v.x, v.y, v.z, w)
}

impl GpuContact {
    /// What the oracle's contact uses in a substep of `substep_secs`, for vertices in `slots`.
    pub(super) fn new(contact: &Contact, slots: &Slots, substep_secs: f32, near_room: u32) -> GpuContact {
        let (mesh, settings) = (contact.solver.mesh(), &contact.solver.settings);
        let [least_reach, most_reach] = mesh.reaches_m();
        GpuContact {
            floor: contact.solver.floor_m(),
            largest_margin: mesh.mean_edge_m,
            least_reach,
            most_reach,
            horizon: settings.horizon_substeps,
            recovery: mul(settings.recovery_m_s, substep_secs),
            friction: settings.friction,
            has_own_friction: f32::from(u8::from(!mesh.friction.is_empty())),
            substep_secs,
            vertices: slots.len(),
            bodies: contact.bodies.len() as u32,
            near_room,
            iterations: settings.iterations,
            first_body: slots.first_body(),
            body_vertices: (mesh.vertices - mesh.cloth_vertices) as u32,
            body_triangles: (mesh.triangles.len() - mesh.cloth_triangles) as u32,
            body_patches: Surface::patches(mesh).count() as u32,
            body_recovery: mul(settings.body_recovery_m_s, substep_secs),
            body_friction: settings.body_friction,
            exit: mul(settings.exit_m_s, substep_secs),
            deepest_dent: settings.deepest_dent_m,
            catch_up: mul(settings.catch_up_m_s, substep_secs),
            pad_a: 0,
            pad_b: 0,
        }
    }
}

impl GpuBody {
    /// A body at the end of a substep.
    pub(super) fn new(body: &Body, substep_secs: f32) -> GpuBody {
        let (core, half_length_m, radius_m, half_size_m) = match body.core {
            Core::Point => (0, 0.0, 0.0, V3::ZERO),
            Core::Segment { half_length_m } => (1, half_length_m, 0.0, V3::ZERO),
            Core::HalfSpace => (2, 0.0, 0.0, V3::ZERO),
            Core::Box { half_size_m } => (3, 0.0, 0.0, half_size_m),
            Core::Cylinder { radius_m, half_length_m } => (4, half_length_m, radius_m, V3::ZERO),
        };
        let [x, y, z] = body.q;
        GpuBody {
            place: IVec4::new(x, y, z, core),
            offset: four(body.offset_m, body.rounding_m),
            axis_u: four(body.axes[0], body.friction),
            axis_v: four(body.axes[1], mul(body.recovery_m_s, substep_secs)),
            axis_w: four(body.axes[2], 0.0),
            velocity: four(body.velocity_m_s, half_length_m),
            spin: four(body.angular_velocity_rad_s, radius_m),
            half_size: four(half_size_m, 0.0),
        }
    }
}
