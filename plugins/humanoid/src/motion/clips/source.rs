//! A clip whose skeleton has been recognised: what is the same for every body that it moves.

use std::path::{Path, PathBuf};

use super::{
    clip::{Clip, Loaded, Skeleton, WorldPose},
    error::ClipError,
    frame::{self, Frame},
    joints::{JointMap, Limb, Side},
};

/// A clip whose skeleton has been recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub(super) file: PathBuf,
    pub clip: Clip,
    /// Unit and axes of the clip.
    pub frame: Frame,
    pub(super) map: JointMap,
    /// Where a person of the clip stands.
    pub(super) standing: WorldPose,
    /// Height of the lowest foot joint while it stands, units of the clip.
    pub(super) floor: f64,
    feet: Vec<usize>,
    /// What was noticed while reading and recognising, one sentence each.
    pub warnings: Vec<String>,
}

/// The lowest foot is on the floor in this share of the frames.
const FLOOR_SHARE: f64 = 0.1;
const MOST_FLOOR_SAMPLES: usize = 2_000;

impl Source {
    /// Recognises the joints, the unit and the axes of a clip. `file` is only used in messages.
    ///
    /// # Errors
    /// When the skeleton lacks bones that a body needs; the message names them.
    pub fn new(loaded: Loaded, file: &Path) -> Result<Self, ClipError> {
        let Loaded { clip, mut warnings } = loaded;
        let map = JointMap::of(&clip.rest);
        check_bones(&map, &clip.rest, file)?;
        if map.by_shape {
            warnings.push(
                "the names of the joints are not known; they are recognised by the shape of the skeleton".to_owned(),
            );
        }
        let absent = map.absent();
        if !absent.is_empty() {
            warnings.push(format!("the skeleton has no {}; these keep the pose below the clip", absent.join(", no ")));
        }
        let standing = frame::standing_pose(&clip, &map, &mut warnings);
        let frame = frame::detect(&standing, &map, &mut warnings);
        if !(leg_length(&standing, &map) > 0.0) {
            return Err(ClipError::form(file, 0, "the legs of its skeleton have no length; export it again"));
        }
        let feet = Side::BOTH.into_iter().flat_map(|side| {
            let limbs = [Limb::Foot, Limb::Toes].into_iter();
            limbs.flat_map(|limb| map.limb(side, limb).to_vec()).collect::<Vec<_>>()
        });
        let feet = feet.collect();
        let mut source = Self { file: file.to_owned(), clip, frame, map, standing, floor: 0.0, feet, warnings };
        source.floor = source.find_floor();
        Ok(source)
    }

    /// Height of a joint in a pose, units of the clip.
    fn height(&self, world: &WorldPose, joint: usize) -> f64 {
        world.positions.get(joint).map_or(0.0, |&place| (self.frame.person_from_clip * place).y)
    }

    pub(super) fn lowest_foot(&self, world: &WorldPose) -> f64 {
        self.feet.iter().map(|&foot| self.height(world, foot)).fold(f64::INFINITY, f64::min)
    }

    fn find_floor(&self) -> f64 {
        let frames = self.clip.frames();
        let step = frames.div_ceil(MOST_FLOOR_SAMPLES).max(1);
        let low = |frame: usize| self.lowest_foot(&self.clip.rest.world(&self.clip.frame(frame)));
        let mut lows: Vec<f64> = (0..frames).step_by(step).map(low).filter(|low| low.is_finite()).collect();
        lows.sort_by(f64::total_cmp);
        lows.get((lows.len() as f64 * FLOOR_SHARE) as usize).copied().unwrap_or(0.0)
    }
}

pub(super) fn check_bones(map: &JointMap, skeleton: &Skeleton, file: &Path) -> Result<(), ClipError> {
    let missing = map.missing();
    if missing.is_empty() {
        return Ok(());
    }
    let joints = skeleton.names.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
    Err(ClipError::MissingBones { file: file.to_owned(), missing, joints })
}

/// The mean length of both legs from hip to ankle (to the knee twice where there is no ankle).
pub(super) fn leg_length(pose: &WorldPose, map: &JointMap) -> f64 {
    let leg = |side: Side| {
        let at = |limb| map.first(side, limb).and_then(|joint| pose.positions.get(joint)).copied();
        let (Some(hip), Some(knee)) = (at(Limb::UpperLeg), at(Limb::LowerLeg)) else { return 0.0 };
        let thigh = hip.distance(knee);
        thigh + at(Limb::Foot).map_or(thigh, |ankle| knee.distance(ankle))
    };
    Side::BOTH.map(leg).iter().sum::<f64>() / 2.0
}
