//! A body: shape, face and pose evaluated to vertices, recomputing only what changed.
//!
//! Newborns have no shapes of their own in the basis: theirs are the baby's, scaled by a fixed size together with a
//! third of the template (three newborn shapes apply at once), as in `anny`.

use std::sync::Arc;

use bevy::math::{Affine3A, DQuat, DVec3, Vec3};

use kinema_core::FigurePose;

use crate::{
    anny::{
        basis::{BodyBasis, SkeletonBasis},
        catalogue::FACIAL_ACTIONS,
        target::METRES_PER_UNIT,
    },
    phenotype::{Phenotype, coefficients},
    skeleton::{PosedBones, RestBones},
    skinning::{Blend, DualBones},
};

/// Newborn size over baby size per axis, x, y (up), z; empirical, from the package `anny`.
pub(crate) const NEWBORN_SCALE: Vec3 = Vec3::new(0.922, 0.75, 0.922);

/// How many newborn shapes are fully on for a newborn.
pub(crate) const NEWBORN_SHAPES: f32 = 3.0;

/// Weights of the 52 facial actions.
pub type FaceWeights = [f32; FACIAL_ACTIONS.len()];

/// Everything a body is a function of.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyState {
    pub phenotype: Phenotype,
    /// Index of a local change and its value in -1..=1.
    pub local_changes: Vec<(u16, f32)>,
    pub face: FaceWeights,
    /// One rotation per bone, about world-aligned axes in the reference pose.
    pub deltas: Vec<DQuat>,
    /// Where the root bone's head goes, metres.
    pub root: DVec3,
    /// The bones that are blended as dual quaternions.
    pub dual_bones: DualBones,
}

impl Default for BodyState {
    fn default() -> Self {
        Self {
            phenotype: Phenotype::default(),
            local_changes: Vec::new(),
            face: [0.0; FACIAL_ACTIONS.len()],
            deltas: Vec::new(),
            root: DVec3::ZERO,
            dual_bones: DualBones::default(),
        }
    }
}

impl BodyState {
    /// Takes over a pose: joints in the part's space, of which the rotations count and where the first one is. Joints that it
    /// does not have keep their turn against their parents.
    pub fn take_pose(&mut self, pose: &FigurePose, skeleton: &SkeletonBasis) {
        let mut gathered: Vec<DQuat> = Vec::with_capacity(self.deltas.len());
        for (bone, (&parent, delta)) in skeleton.parents.iter().zip(&mut self.deltas).enumerate() {
            let above = if bone == 0 { None } else { gathered.get(usize::from(parent)).copied() };
            let above = above.unwrap_or(DQuat::IDENTITY);
            if let (Some(joint), Some(reference)) = (pose.joints.get(bone), skeleton.reference.get(bone)) {
                let rotation = joint.rotation.as_dquat() * DQuat::from_mat3(reference).inverse();
                *delta = (above.inverse() * rotation).normalize();
            }
            gathered.push(above * *delta);
        }
        if let Some(first) = pose.joints.first() {
            self.root = Vec3::from(first.translation).as_dvec3();
        }
    }
}

/// Rows of a body in a pose, and its bones' transforms; see [`Body::at_ease`].
#[derive(Clone, Debug, Default)]
pub struct AtEase {
    pub rows: Vec<Vec3>,
    pub skin_from_rest: Vec<Affine3A>,
}

impl AtEase {
    /// The transform of a bone, from rest to the pose.
    pub fn bone(&self, bone: usize) -> Affine3A {
        self.skin_from_rest.get(bone).copied().unwrap_or(Affine3A::IDENTITY)
    }
}

/// One person's vertices. [`Body::evaluate`] brings them to a state.
#[derive(Clone, Debug)]
pub struct Body {
    basis: Arc<BodyBasis>,
    /// What `positions` show.
    state: Option<BodyState>,
    /// What `shape` shows.
    shaped: Option<(Phenotype, Vec<(u16, f32)>)>,
    /// Rest vertices of the shape alone.
    shape: Vec<Vec3>,
    rest_bones: RestBones,
    /// Rest vertices with the face.
    rest: Vec<Vec3>,
    bones: PosedBones,
    positions: Vec<Vec3>,
}

impl Body {
    /// A body that has not been evaluated yet.
    pub fn new(basis: Arc<BodyBasis>) -> Self {
        Self {
            basis,
            state: None,
            shaped: None,
            shape: Vec::new(),
            rest_bones: RestBones::default(),
            rest: Vec::new(),
            bones: PosedBones::default(),
            positions: Vec::new(),
        }
    }

    /// The basis it is made from.
    pub fn basis(&self) -> &Arc<BodyBasis> {
        &self.basis
    }

    /// Positions of all rows, metres, in the part's space.
    pub fn positions(&self) -> &[Vec3] {
        &self.positions
    }

    /// Rest positions of all rows, with the face and without the pose.
    pub fn rest(&self) -> &[Vec3] {
        &self.rest
    }

    /// Rest positions of all rows, without face and pose.
    pub fn shape(&self) -> &[Vec3] {
        &self.shape
    }

    /// The weights of the facial actions that the positions show.
    pub fn face(&self) -> FaceWeights {
        self.state.as_ref().map_or([0.0; FACIAL_ACTIONS.len()], |state| state.face)
    }

    /// The bones that the positions are blended with as dual quaternions.
    pub fn dual_bones(&self) -> DualBones {
        self.state.as_ref().map_or(DualBones::default(), |state| state.dual_bones)
    }

    /// The posed bones.
    pub fn bones(&self) -> &PosedBones {
        &self.bones
    }

    /// The resting bones.
    pub fn rest_bones(&self) -> &RestBones {
        &self.rest_bones
    }

    /// Brings shape and rest bones to a phenotype, nothing else. True when they changed.
    pub fn reshape(&mut self, phenotype: &Phenotype, local_changes: &[(u16, f32)]) -> bool {
        if self.shaped.as_ref().is_some_and(|(old, locals)| old == phenotype && locals == local_changes) {
            return false;
        }
        let coefficients = coefficients(&self.basis, phenotype, local_changes);
        self.rest_bones = RestBones::evaluate(&self.basis, &coefficients);
        let rows = self.basis.template.len();
        let mut sum = vec![0.0_f32; rows * 3];
        let mut newborn_sum = Vec::new();
        let mut newborn_amount = 0.0;
        for coefficient in &coefficients {
            let shape = coefficient.shape as usize;
            let amount = coefficient.amount as f32 * METRES_PER_UNIT;
            if let Some(macro_shape) = self.basis.macro_shapes.get(shape) {
                let first = usize::from(macro_shape.block) * rows * 3;
                let block = self.basis.macro_blocks.get(first..first + rows * 3).unwrap_or_default();
                let target = if macro_shape.newborn {
                    newborn_amount += coefficient.amount as f32;
                    newborn_sum.resize(rows * 3, 0.0);
                    &mut newborn_sum
                } else {
                    &mut sum
                };
                for (place, &offset) in target.iter_mut().zip(block) {
                    *place += amount * f32::from(offset);
                }
            } else {
                let local = shape - self.basis.macro_shapes.len();
                for (row, offset) in self.basis.local_shapes.shape(local) {
                    for (place, offset) in sum.iter_mut().skip(row * 3).zip(offset) {
                        *place += amount * f32::from(offset);
                    }
                }
            }
        }
        let template = self.basis.template.iter().map(|&p| Vec3::from_array(p));
        self.shape =
            template.zip(sum.as_chunks::<3>().0).map(|(template, sum)| template + Vec3::from_array(*sum)).collect();
        if newborn_amount > 0.0 {
            let growth = (NEWBORN_SCALE - Vec3::ONE) * (newborn_amount / NEWBORN_SHAPES);
            let template = self.basis.template.iter().map(|&p| Vec3::from_array(p));
            for ((place, template), sum) in self.shape.iter_mut().zip(template).zip(newborn_sum.as_chunks::<3>().0) {
                *place += NEWBORN_SCALE * Vec3::from_array(*sum) + growth * template;
            }
        }
        self.shaped = Some((*phenotype, local_changes.to_vec()));
        self.state = None;
        true
    }

    /// Brings the body to `state`; true when any vertex may have moved.
    pub fn evaluate(&mut self, state: &BodyState) -> bool {
        if self.state.as_ref() == Some(state) {
            return false;
        }
        self.reshape(&state.phenotype, &state.local_changes);
        // A new shape forgets the state, so this also asks whether the shape is the same.
        if !self.state.as_ref().is_some_and(|old| old.face == state.face) {
            self.rest.clone_from(&self.shape);
            for (action, &weight) in state.face.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
                let scale = weight * METRES_PER_UNIT;
                for (row, offset) in self.basis.facial_shapes.shape(action) {
                    if let Some(place) = self.rest.get_mut(row) {
                        *place += Vec3::from_array(offset.map(f32::from)) * scale;
                    }
                }
            }
        }
        self.bones = self.rest_bones.pose(&self.basis.skeleton, &state.deltas, state.root);
        self.skin(state.dual_bones);
        self.state = Some(state.clone());
        true
    }

    /// The shape without face in a pose of its own, for what is worked out once: it leaves this body as it is.
    pub fn at_ease(&self, deltas: &[DQuat]) -> AtEase {
        let mut other = self.clone();
        other.rest.clone_from(&other.shape);
        other.bones = other.rest_bones.pose(&other.basis.skeleton, deltas, DVec3::ZERO);
        other.skin(self.dual_bones());
        AtEase { rows: other.positions, skin_from_rest: other.bones.skin_from_rest }
    }

    fn skin(&mut self, dual_bones: DualBones) {
        let blend = Blend::new(&self.bones.skin_from_rest, dual_bones);
        let rows = self.rest.iter().enumerate();
        self.positions.clear();
        self.positions.extend(rows.map(|(row, &rest)| blend.moved(rest, self.basis.influences(row))));
    }
}
