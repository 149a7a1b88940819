//! Clips on the body's own 104 bones.

use std::sync::Arc;

use bevy::math::{DQuat, DVec3};

use super::{
    clip::Skeleton,
    joints::JointMap,
    layers::{Laid, Moment, Place, lay, mask_weights},
    retarget::{Retarget, twist_about},
    settings::{ClipLayer, Mask},
    source::Source,
};
use crate::{anny::basis::BodyBasis, motion::Stance, skeleton::RestBones};

/// The recordings of one person, matched with the shape of its body.
#[derive(Clone, Debug, Default)]
pub struct BodyClips {
    target: Skeleton,
    map: JointMap,
    sources: Vec<Option<Arc<Source>>>,
    retargets: Vec<Option<Retarget>>,
}

/// The reference pose of a body as a skeleton.
pub fn reference(basis: &BodyBasis, bones: &RestBones) -> Skeleton {
    let skeleton = &basis.skeleton;
    let parents = skeleton.parents.iter().enumerate();
    Skeleton {
        names: skeleton.names.clone(),
        parents: parents.map(|(bone, &parent)| (bone > 0).then_some(usize::from(parent))).collect(),
        rotations: vec![DQuat::IDENTITY; skeleton.names.len()],
        offsets: bones.reference_offsets.clone(),
    }
}

impl BodyClips {
    /// Takes recordings, one for each layer.
    pub fn set(&mut self, sources: Vec<Option<Arc<Source>>>) {
        let same = |(a, b): (&Option<Arc<Source>>, &Option<Arc<Source>>)| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        if sources.len() != self.sources.len() || !sources.iter().zip(&self.sources).all(same) {
            (self.sources, self.retargets) = (sources, Vec::new());
        }
    }

    /// Matches them with the shape of the body.
    pub fn fit(&mut self, basis: &BodyBasis, bones: &RestBones) {
        if self.sources.is_empty()
            || (self.retargets.len() == self.sources.len() && self.target.offsets == bones.reference_offsets)
        {
            return;
        }
        self.target = reference(basis, bones);
        self.map = JointMap::of(&self.target);
        let matched = |source: &Option<Arc<Source>>| match Retarget::new(source.as_ref()?, &self.target) {
            Ok(retarget) => Some(retarget),
            Err(error) => {
                // The pack's own rig has every bone; this is for a pack that is none.
                tracing::error!("{error}");
                None
            }
        };
        self.retargets = self.sources.iter().map(matched).collect();
    }

    /// Lays `layers` over the stance `below` at `secs`.
    pub fn over(&self, layers: &[ClipLayer], below: &dyn Fn(f64) -> Stance, secs: f64) -> Stance {
        let under = below(secs);
        let hips = self.map.hips.unwrap_or(0);
        let pairs =
            || layers.iter().zip(&self.retargets).filter_map(|(layer, retarget)| Some((layer, retarget.as_ref()?)));
        if pairs().next().is_none() {
            return under;
        }
        let masks: Vec<Vec<f64>> =
            pairs().map(|(layer, _)| mask_weights(&self.target, &self.map, layer.mask)).collect();
        let laid: Vec<Laid> =
            pairs().zip(&masks).map(|((layer, retarget), mask)| Laid { layer, retarget, mask, hips }).collect();
        let moment = lay(&|secs| moment(below(secs), hips), &laid, secs);
        let carries = |layer: &ClipLayer| matches!(layer.mask, Mask::Full | Mask::Lower) && !layer.additive;
        let is_carried = pairs().any(|(layer, _)| carries(layer) && layer.weight > 0.0 && secs >= layer.start_secs);
        let mut deltas = moment.deltas;
        if let Some(root) = deltas.get_mut(hips) {
            *root = DQuat::from_rotation_y(moment.place.yaw_rad) * *root;
        }
        // A person whom a recording carries is put on the ground afterwards; until then y is the height over it.
        let height = if is_carried { moment.lift_m } else { under.root.y };
        let root = DVec3::new(moment.place.at.x, height, moment.place.at.z);
        // A recording moves the feet itself, and where it turns the body the steps of an act below no longer lead.
        let heading = if is_carried { moment.place.yaw_rad } else { under.heading };
        let feet = if is_carried { None } else { under.feet };
        Stance { deltas, root, heading, feet, grounded: under.grounded && !is_carried }
    }
}

fn moment(stance: Stance, hips: usize) -> Moment {
    let mut deltas = stance.deltas;
    let mut yaw_rad = 0.0;
    if let Some(root) = deltas.get_mut(hips) {
        let yaw = twist_about(*root, DVec3::Y);
        yaw_rad = 2.0 * yaw.y.atan2(yaw.w);
        *root = yaw.inverse() * *root;
    }
    let at = DVec3::new(stance.root.x, 0.0, stance.root.z);
    Moment { deltas, place: Place { at, yaw_rad }, lift_m: 0.0 }
}
