//! A recorded motion of any skeleton, whatever file it came from.

use bevy::math::{DQuat, DVec3};

/// A skeleton at rest: joints with parents before children.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skeleton {
    pub names: Vec<String>,
    /// `None` for roots; otherwise smaller than the joint's own index.
    pub parents: Vec<Option<usize>>,
    /// Rest rotation against the parent.
    pub rotations: Vec<DQuat>,
    /// Rest position in the parent's space.
    pub offsets: Vec<DVec3>,
}

/// Rotations and positions of all joints in one space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorldPose {
    pub rotations: Vec<DQuat>,
    pub positions: Vec<DVec3>,
}

/// Rotations and positions of all joints against their parents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalPose {
    pub rotations: Vec<DQuat>,
    pub offsets: Vec<DVec3>,
}

/// A recorded motion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clip {
    pub rest: Skeleton,
    /// Frames per second.
    pub rate_hz: f64,
    /// `[frame][joint]`: rotation against the parent.
    pub rotations: Vec<DQuat>,
    /// Joints that also move, most often the root alone: joint, then per frame its position in the parent's space.
    pub moves: Vec<(usize, Vec<DVec3>)>,
}

/// A clip with what was noticed while reading it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    pub clip: Clip,
    /// One sentence each, without the file's name.
    pub warnings: Vec<String>,
}

impl Skeleton {
    /// Number of joints.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are no joints.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The parent of a joint.
    pub fn parent(&self, joint: usize) -> Option<usize> {
        self.parents.get(joint).copied().flatten()
    }

    /// The joints that hang directly below `joint`.
    pub fn children(&self, joint: usize) -> impl Iterator<Item = usize> + '_ {
        self.parents.iter().enumerate().filter(move |(_, parent)| **parent == Some(joint)).map(|(child, _)| child)
    }

    /// Whether `joint` is `ancestor` or hangs below it.
    pub fn is_below(&self, joint: usize, ancestor: usize) -> bool {
        let mut at = Some(joint);
        while let Some(here) = at {
            if here == ancestor {
                return true;
            }
            at = self.parent(here).filter(|&above| above < here);
        }
        false
    }

    /// The rest pose against the parents.
    pub fn local_rest(&self) -> LocalPose {
        LocalPose { rotations: self.rotations.clone(), offsets: self.offsets.clone() }
    }

    /// Chains local rotations and offsets from the roots down.
    pub fn world(&self, local: &LocalPose) -> WorldPose {
        let mut world = WorldPose::default();
        for joint in 0..self.len() {
            let rotation = local.rotations.get(joint).copied().unwrap_or(DQuat::IDENTITY);
            let offset = local.offsets.get(joint).copied().unwrap_or(DVec3::ZERO);
            let above = self.parent(joint);
            let above = above.and_then(|at| Some((*world.rotations.get(at)?, *world.positions.get(at)?)));
            let (turn, place) = above.unwrap_or((DQuat::IDENTITY, DVec3::ZERO));
            world.rotations.push((turn * rotation).normalize());
            world.positions.push(place + turn * offset);
        }
        world
    }
}

impl Clip {
    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.rotations.len().checked_div(self.rest.len()).unwrap_or(0)
    }

    /// From the first frame to the last, seconds.
    pub fn secs(&self) -> f64 {
        self.frames().saturating_sub(1) as f64 / self.rate_hz
    }

    /// A frame as recorded; the last one beyond the end.
    pub fn frame(&self, frame: usize) -> LocalPose {
        let joints = self.rest.len();
        let frame = frame.min(self.frames().saturating_sub(1));
        let rotations = self.rotations.get(frame * joints..(frame + 1) * joints).unwrap_or(&self.rest.rotations);
        let mut offsets = self.rest.offsets.clone();
        for (joint, places) in &self.moves {
            if let (Some(slot), Some(&place)) = (offsets.get_mut(*joint), places.get(frame)) {
                *slot = place;
            }
        }
        LocalPose { rotations: rotations.to_vec(), offsets }
    }

    /// The pose at `secs` from the first frame, between frames by [`mix`]; held at both ends.
    pub fn at(&self, secs: f64) -> LocalPose {
        let last = self.frames().saturating_sub(1) as f64;
        let place = secs * self.rate_hz;
        let place = if place.is_finite() { place.clamp(0.0, last) } else { 0.0 };
        let (before, share) = (place.floor(), place - place.floor());
        let mut pose = self.frame(before as usize);
        if share > 0.0 {
            let next = self.frame(before as usize + 1);
            for (slot, then) in pose.rotations.iter_mut().zip(next.rotations) {
                *slot = mix(*slot, then, share);
            }
            for (slot, then) in pose.offsets.iter_mut().zip(next.offsets) {
                *slot = slot.lerp(then, share);
            }
        }
        pose
    }
}

/// From one rotation to another by the shorter way: spherical interpolation (K. Shoemake, "Animating rotation with
/// quaternion curves", SIGGRAPH 1985), along the chord where both are nearly equal. Rotations exactly half a turn apart
/// have two shorter ways; the sign of `a` then decides, so that the answer is always the same.
pub fn mix(a: DQuat, b: DQuat, share: f64) -> DQuat {
    let dot = a.dot(b);
    let b = if dot < 0.0 { -b } else { b };
    let dot = dot.abs().min(1.0);
    let (from, to) = if dot > 0.999_999 {
        (1.0 - share, share)
    } else {
        let angle = dot.acos();
        (((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin())
    };
    let mixed = a * from + b * to;
    if mixed.length_squared() > 1e-12 { mixed.normalize() } else { a }
}
