//! The pack's standard rigs over the body's own vertices: skeletons that other programs know, with their weights.
//!
//! Their bones are given by head, tail and roll, as in Blender: a bone's y axis runs from head to tail, turned there from
//! the world's by the shortest way, then rolled about itself. Heads and tails are means of vertices of the base mesh,
//! so that they follow every shape of the body. The body itself is moved by the rig of [`crate::skeleton`]; these are for
//! exchange, and for clips and poses made for them.

mod read;
mod shapes;
#[cfg(test)]
mod tests;

use std::path::Path;

use bevy::math::{Affine3A, DMat3, DQuat, DVec3};

use crate::{
    anny::{basis::BodyBasis, rig},
    error::HumanoidError,
    motion::clips::Skeleton,
    phenotype::Coefficient,
    skinning::SkinWeights,
};

/// The rigs of the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RigKind {
    /// MakeHuman's own, 163 bones.
    Default,
    /// The same without toes, 137 bones.
    DefaultNoToes,
    /// 53 bones, named as game engines do.
    GameEngine,
    /// 52 bones, named as Mixamo does.
    Mixamo,
    /// 31 bones, named as CMU's motion library does in MotionBuilder.
    CmuMb,
}

impl RigKind {
    /// All of them.
    pub const ALL: [RigKind; 5] =
        [RigKind::Default, RigKind::DefaultNoToes, RigKind::GameEngine, RigKind::Mixamo, RigKind::CmuMb];

    /// The name the pack's files have.
    pub fn name(self) -> &'static str {
        match self {
            RigKind::Default => "default",
            RigKind::DefaultNoToes => "default_no_toes",
            RigKind::GameEngine => "game_engine",
            RigKind::Mixamo => "mixamo",
            RigKind::CmuMb => "cmu_mb",
        }
    }

    /// The file with the weights: toes give theirs to the foot where they are left out.
    fn weights_name(self) -> &'static str {
        if self == RigKind::DefaultNoToes { "default" } else { self.name() }
    }
}

/// A rig of the pack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StandardRig {
    pub names: Vec<String>,
    /// Parents before children; `None` for the root alone.
    pub parents: Vec<Option<usize>>,
    /// Turn of each bone about its own y axis, radians.
    pub rolls: Vec<f64>,
    /// Heads, then tails, of the template, metres.
    points: Vec<DVec3>,
    /// `[shape][point][3]`: what one unit of a shape adds, metres; shapes in the order of [`Coefficient::shape`].
    shapes: Vec<f32>,
    /// Over the rows of the body.
    pub weights: SkinWeights,
}

/// A rig at rest for one shape of the body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RigRest {
    pub heads: Vec<DVec3>,
    pub tails: Vec<DVec3>,
    /// World from bone.
    pub orientations: Vec<DMat3>,
}

impl StandardRig {
    /// Reads a rig from the pack in `pack`; what takes long is kept in `cache`.
    ///
    /// # Errors
    /// [`HumanoidError`] names the file that is missing or damaged.
    pub fn load(kind: RigKind, basis: &BodyBasis, pack: &Path, cache: &Path) -> Result<Self, HumanoidError> {
        let folder = pack.join("data/mpfb2/rigs/standard");
        let mesh = read::BaseMesh::read(pack)?;
        let bones = read::bones(&folder.join(format!("rig.{}.json", kind.name())), &mesh)?;
        let (names, parents, rolls) = (bones.names, bones.parents, bones.rolls);
        let points = bones.points.iter().map(|vertices| mesh.mean(vertices)).collect();
        let shapes = shapes::load(kind, &mesh, pack, cache)?;
        let expected = (basis.macro_shapes.len() + basis.local_shapes.len()) * bones.points.len() * 3;
        let weight_file = folder.join(format!("weights.{}.json", kind.weights_name()));
        if shapes.len() != expected {
            let message = format!("{} numbers for {expected} of the shapes of bones", shapes.len());
            return Err(HumanoidError::damaged(&weight_file, 0, message));
        }
        // Bones that a rig leaves out give their weight to what carries them in the rig the weights were made for.
        let weighed_file = folder.join(format!("rig.{}.json", kind.weights_name()));
        let above = rig::read_parents(&weighed_file)?;
        let rows = rig::read_weights(&weight_file, &weighed_file, &above, &names, mesh.positions.len())?.rows;
        let mut weights = SkinWeights { start: vec![0], ..SkinWeights::default() };
        for &vertex in &basis.topology.base_index {
            for &(bone, weight) in rows.get(usize::from(vertex)).map(Vec::as_slice).unwrap_or_default() {
                weights.bone.push(bone);
                weights.weight.push(weight);
            }
            weights.start.push(weights.weight.len() as u32);
        }
        Ok(Self { names, parents, rolls, points, shapes, weights })
    }

    /// The bones of a body of this shape.
    pub fn rest(&self, coefficients: &[Coefficient]) -> RigRest {
        let mut points = self.points.clone();
        let stride = points.len() * 3;
        for coefficient in coefficients {
            let first = coefficient.shape as usize * stride;
            let row = self.shapes.get(first..first + stride).unwrap_or_default();
            for (point, offset) in points.iter_mut().zip(row.as_chunks::<3>().0) {
                *point += coefficient.amount * DVec3::from_array(offset.map(f64::from));
            }
        }
        let tails = points.split_off(self.names.len().min(points.len()));
        let frames = points.iter().zip(&tails).zip(&self.rolls);
        let orientations = frames.map(|((&head, &tail), &roll)| bone_frame(head, tail, roll)).collect();
        RigRest { heads: points, tails, orientations }
    }

    /// The skeleton at rest with world-aligned bones, as clips are brought onto it: rotations are identity.
    pub fn skeleton(&self, rest: &RigRest) -> Skeleton {
        let head = |bone: usize| rest.heads.get(bone).copied().unwrap_or(DVec3::ZERO);
        let offset = |(bone, parent): (usize, &Option<usize>)| head(bone) - parent.map_or(DVec3::ZERO, head);
        Skeleton {
            names: self.names.clone(),
            parents: self.parents.clone(),
            rotations: vec![DQuat::IDENTITY; self.names.len()],
            offsets: self.parents.iter().enumerate().map(offset).collect(),
        }
    }

    /// What each bone does to a vertex that only it moves. `deltas` turn bones about axes that are aligned with the world
    /// at rest and travel with the parent (missing ones are identity); `root` is where the root's head goes, metres.
    pub fn from_rest(&self, rest: &RigRest, deltas: &[DQuat], root: DVec3) -> Vec<Affine3A> {
        let mut gathered: Vec<(DQuat, DVec3)> = Vec::with_capacity(self.names.len());
        let mut transforms = Vec::with_capacity(self.names.len());
        for (bone, &parent) in self.parents.iter().enumerate() {
            let head = |bone: usize| rest.heads.get(bone).copied().unwrap_or(DVec3::ZERO);
            let delta = deltas.get(bone).copied().unwrap_or(DQuat::IDENTITY);
            let above = parent.and_then(|parent| Some((*gathered.get(parent)?, head(parent))));
            let (turn, place) = match above {
                Some(((turn, place), at)) => ((turn * delta).normalize(), place + turn * (head(bone) - at)),
                None => (delta.normalize(), root),
            };
            let shift = place - turn * head(bone);
            transforms.push(Affine3A::from_rotation_translation(turn.as_quat(), shift.as_vec3()));
            gathered.push((turn, place));
        }
        transforms
    }
}

impl RigRest {
    /// A rotation given in the bone's own frame (as Blender's pose mode has it), about world-aligned axes instead.
    pub fn world_aligned(&self, bone: usize, in_bone: DQuat) -> DQuat {
        let frame = self.orientations.get(bone).copied().unwrap_or(DMat3::IDENTITY);
        let frame = DQuat::from_mat3(&frame).normalize();
        frame * in_bone * frame.inverse()
    }
}

/// World from bone. The shortest way is that from the y axis of Blender's world, which is -z here.
fn bone_frame(head: DVec3, tail: DVec3, roll: f64) -> DMat3 {
    // (x, y, z) here is (x, -z, y) in Blender's axes.
    let here_from_blender = DMat3::from_cols(DVec3::X, DVec3::NEG_Z, DVec3::Y);
    let along = (here_from_blender.transpose() * (tail - head)).normalize_or(DVec3::Y);
    let across = DVec3::Y.cross(along);
    let turn = match across.try_normalize() {
        Some(axis) => DMat3::from_axis_angle(axis, across.length().atan2(along.y)),
        None if along.y > 0.0 => DMat3::IDENTITY,
        // Opposite: half a turn about x, as Anny chooses it.
        None => DMat3::from_diagonal(DVec3::new(1.0, -1.0, -1.0)),
    };
    here_from_blender * turn * DMat3::from_rotation_y(roll)
}
