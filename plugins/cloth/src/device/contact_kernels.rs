//! The kernels of contact: which there are, in which order a substep runs them, and how many invocations share the work of each.

use std::collections::BTreeMap;

use kinema_shaders::{
    CLOTH_BODIES_COMPUTE, CLOTH_DETECT_COMPUTE, CLOTH_FORESEE_COMPUTE, CLOTH_NEAR_COMPUTE, CLOTH_PUSH_COMPUTE,
    CLOTH_TRUNCATE_COMPUTE, WgslFile,
};
use wgpu::{ComputePipeline, Device};

use super::error::DeviceError;
use super::kernels::{Kernels, with_own_layouts};

/// What the invocations of a kernel share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// One invocation or one workgroup does it.
    Once,
    /// Vertices.
    Vertices,
    /// Vertices, and buckets of the grid.
    VerticesAndBuckets,
    /// Vertices, triangles and edges.
    Primitives,
    /// Patches of them.
    Patches,
    /// Primitives of pairs of patches.
    PairsOfPatches,
    /// Recorded pairs.
    Pairs,
    /// Near pairs.
    Near,
    /// Vertices of bodies of triangles.
    BodyVertices,
    /// Patches of their triangles.
    BodyPatches,
    /// Near pairs, and those.
    NearAndBodyPatches,
}

/// An entry point and its work.
pub(super) type Entry = (&'static str, Work);

/// After prediction: bodies of simple shape push.
pub(super) const BEGIN: Entry = ("begin_substep", Work::Once);
/// Where there are bodies of triangles: they are sent.
pub(super) const SEND: Entry = ("send_bodies", Work::BodyVertices);
pub(super) const APPROACH: Entry = ("approach", Work::Vertices);
/// Where there are bodies of triangles and nothing is known of what is inside.
pub(super) const FIND: [Entry; 2] = [("box_bodies", Work::BodyPatches), ("find_inside", Work::Vertices)];
/// Margins, detection where it is due, near pairs; with bodies of triangles a second time where they have carried.
pub(super) const FORESEE: [Entry; 11] = [
    ("foresee", Work::Vertices),
    ("renew", Work::VerticesAndBuckets),
    ("primitive_boxes", Work::Primitives),
    ("patch_boxes", Work::Patches),
    ("fill_grid", Work::Patches),
    ("patch_pairs", Work::Patches),
    ("primitive_pairs", Work::PairsOfPatches),
    ("mark", Work::Pairs),
    ("sum_recorded", Work::Vertices),
    ("foresee_again", Work::Vertices),
    ("measure", Work::Pairs),
];
/// Where there are bodies of triangles: what is inside of them.
pub(super) const INSIDE: [Entry; 3] =
    [("note_inside", Work::Vertices), ("drop_inside", Work::NearAndBodyPatches), ("bring_out", Work::Vertices)];
/// After they have carried, and at the end.
pub(super) const CARRIED: [Entry; 2] = [("sum_carried", Work::Vertices), ("look_again", Work::Once)];
pub(super) const WRITE: Entry = ("write_carried", Work::Vertices);
/// How often they carry.
pub(super) const CARRIES: u32 = 4;
/// After an iteration of elasticity: first, each iteration of the push, last.
pub(super) const READ: Entry = ("read_offsets", Work::Vertices);
pub(super) const PUSH: [Entry; 3] =
    [("push_weights", Work::Near), ("push_impulses", Work::Near), ("push_apply", Work::Vertices)];
/// The same in one, where near pairs are few.
pub(super) const PUSH_ALL: Entry = ("push_all", Work::Once);
pub(super) const PUSH_OFF_BODIES: Entry = ("push_off_bodies", Work::Vertices);
/// Before the end, where there are bodies of triangles, up to [`MORE_PUSHES`] times: whether anything would have to be shortened; then a push.
pub(super) const LOOK_AHEAD: Entry = ("look_ahead", Work::Near);
/// The same in one, where near pairs are few.
pub(super) const HAND_ON_ALL: Entry = ("hand_on_all", Work::Once);
/// Before the end: first, each of the [`ROUNDS`], last.
pub(super) const LIMIT: Entry = ("limit", Work::Vertices);
pub(super) const ROUND: [Entry; 2] = [("hold_apart", Work::Near), ("shorten", Work::Vertices)];
/// The same in one, where near pairs are few.
pub(super) const HOLD_ALL_APART: Entry = ("hold_all_apart", Work::Once);
pub(super) const FINISH: [Entry; 2] = [("stop", Work::Near), ("finish", Work::Vertices)];
/// Rounds of truncation, and iterations of the push before it.
pub(super) const ROUNDS: u32 = 16;
/// Most iterations of the push before them.
pub(super) const MORE_PUSHES: u32 = 32;

const FILES: [(&WgslFile, &[&str]); 6] = [
    (
        &CLOTH_FORESEE_COMPUTE,
        &[
            "begin_substep",
            "approach",
            "foresee",
            "renew",
            "mark",
            "sum_recorded",
            "foresee_again",
            "read_offsets",
            "push_off_bodies",
            "sum_carried",
            "look_again",
            "write_carried",
        ],
    ),
    (&CLOTH_DETECT_COMPUTE, &["primitive_boxes", "patch_boxes", "fill_grid", "patch_pairs", "primitive_pairs"]),
    (&CLOTH_NEAR_COMPUTE, &["measure"]),
    (&CLOTH_BODIES_COMPUTE, &["send_bodies", "box_bodies", "find_inside", "note_inside", "drop_inside", "bring_out"]),
    (&CLOTH_PUSH_COMPUTE, &["push_weights", "push_impulses", "push_apply", "push_all", "look_ahead", "hand_on_all"]),
    (&CLOTH_TRUNCATE_COMPUTE, &["limit", "hold_apart", "shorten", "hold_all_apart", "stop", "finish"]),
];

/// A pipeline, and which bindings of group 0 it uses.
pub(super) struct Stage {
    pub pipeline: ComputePipeline,
    pub bindings: Vec<u32>,
}

/// The pipelines of contact, made once for a device.
pub struct ContactKernels {
    pub(super) workgroup: u32,
    stages: BTreeMap<&'static str, Stage>,
}

impl ContactKernels {
    /// Compiles them for the arithmetic and the workgroups of the others.
    ///
    /// # Errors
    /// [`DeviceError::Kernel`] for a driver that refuses one.
    pub fn new(device: &Device, kernels: &Kernels) -> Result<ContactKernels, DeviceError> {
        let mut stages = BTreeMap::new();
        for (file, entries) in FILES {
            let made = with_own_layouts(device, file, entries, kernels.arithmetic, kernels.workgroup)?;
            for (entry, (pipeline, bindings)) in entries.iter().zip(made) {
                stages.insert(*entry, Stage { pipeline, bindings });
            }
        }
        Ok(ContactKernels { workgroup: kernels.workgroup, stages })
    }

    pub(super) fn stage(&self, entry: &'static str) -> &Stage {
        &self.stages[entry]
    }
}
