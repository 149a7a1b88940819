//! Clips over clips: time, weight, mask and way of each layer, as pure functions of the shot's time.

use std::f64::consts::{PI, TAU};

use bevy::math::{DQuat, DVec3};

use super::{
    clip::{Skeleton, mix},
    joints::{JointMap, Limb, Side},
    retarget::{BodyPose, Retarget, twist_about},
    settings::{ClipLayer, Mask, Travel},
};

/// Where a person stands and which way they face.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// Metres, in the part's space; y is 0.
    pub at: DVec3,
    /// Turn about +y from facing +z, radians.
    pub yaw_rad: f64,
}

impl Place {
    /// Takes `inner`, given in this place, out of it.
    pub fn then(&self, inner: &Place) -> Place {
        Place { at: self.at + DQuat::from_rotation_y(self.yaw_rad) * inner.at, yaw_rad: self.yaw_rad + inner.yaw_rad }
    }

    /// The place from which this one is the origin.
    pub fn inverse(&self) -> Place {
        Place { at: -(DQuat::from_rotation_y(-self.yaw_rad) * self.at), yaw_rad: -self.yaw_rad }
    }

    /// This step, `times` over.
    pub fn repeated(&self, times: i64) -> Place {
        let (mut sum, mut step, mut left) = (Place::default(), *self, times.unsigned_abs());
        if times < 0 {
            step = step.inverse();
        }
        while left > 0 {
            if left % 2 == 1 {
                sum = sum.then(&step);
            }
            step = step.then(&step);
            left /= 2;
        }
        sum
    }

    fn mixed(&self, other: &Place, share: f64) -> Place {
        // The shorter way: how often somebody has turned round is not kept.
        let turn = (other.yaw_rad - self.yaw_rad + PI).rem_euclid(TAU) - PI;
        let yaw_rad = self.yaw_rad + turn * share;
        Place { at: self.at.lerp(other.at, share), yaw_rad }
    }
}

/// A pose with its place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// One rotation per bone, against the parent; that of the hips without the turn of `place`.
    pub deltas: Vec<DQuat>,
    pub place: Place,
    /// How far the feet are over the ground, metres.
    pub lift_m: f64,
}

/// How much of a layer each bone of a target takes, 0..1.
pub fn mask_weights(target: &Skeleton, map: &JointMap, mask: Mask) -> Vec<f64> {
    let mut weights: Vec<Option<f64>> = vec![None; target.len()];
    let mut set = |bone: usize, weight: f64| {
        if let Some(slot) = weights.get_mut(bone) {
            *slot = Some(weight);
        }
    };
    let (upper, head) =
        (matches!(mask, Mask::Upper | Mask::Full), matches!(mask, Mask::Upper | Mask::Full | Mask::Head));
    let lower = f64::from(u8::from(matches!(mask, Mask::Lower | Mask::Full)));
    if let Some(hips) = map.hips {
        set(hips, lower);
    }
    for (k, &bone) in (1_u32..).zip(&map.spine) {
        let share = f64::from(k) / map.spine.len() as f64;
        set(bone, if mask == Mask::Full { 1.0 } else { share * f64::from(u8::from(upper)) });
    }
    for &bone in map.neck.iter().chain(&map.head) {
        set(bone, f64::from(u8::from(head)));
    }
    for side in Side::BOTH {
        let arm =
            upper || mask == Mask::Arms || mask == if side == Side::Left { Mask::LeftArm } else { Mask::RightArm };
        let first_of_arm = [Limb::Clavicle, Limb::UpperArm].into_iter().find_map(|limb| map.first(side, limb));
        if let Some(bone) = first_of_arm {
            set(bone, f64::from(u8::from(arm)));
        }
        if let Some(bone) = map.first(side, Limb::UpperLeg) {
            set(bone, lower);
        }
    }
    // What has no part of its own goes with what carries it.
    let mut finished: Vec<f64> = Vec::with_capacity(target.len());
    for (bone, weight) in weights.into_iter().enumerate() {
        let above = target.parent(bone).and_then(|above| finished.get(above)).copied();
        finished.push(weight.or(above).unwrap_or(lower));
    }
    finished
}

/// 0 below 0, 1 above 1, with two continuous derivatives (K. Perlin, "Improving noise", SIGGRAPH 2002).
fn smooth(x: f64) -> f64 {
    let x = if x.is_finite() { x.clamp(0.0, 1.0) } else { 1.0 };
    x * x * x * (x * (x * 6.0 - 15.0) + 10.0)
}

/// Rises over the fade; a fade of no length is a step.
fn rise(since_secs: f64, fade_secs: f32) -> f64 {
    match (since_secs >= 0.0, fade_secs > 0.0) {
        (false, _) => 0.0,
        (true, false) => 1.0,
        (true, true) => smooth(since_secs / f64::from(fade_secs)),
    }
}

impl ClipLayer {
    /// The weight of the layer at `secs` of the shot, 0..1.
    pub fn weight_at(&self, secs: f64) -> f64 {
        let since = secs - self.start_secs;
        let falling = self.lasts_secs.map_or(1.0, |lasts| match lasts - since {
            left if left > 0.0 => rise(left, self.fade_out_secs),
            _ => 0.0,
        });
        f64::from(self.weight.clamp(0.0, 1.0)) * rise(since, self.fade_in_secs) * falling
    }

    /// The time in the recording at `secs` of the shot, before looping; the layer's own time stops at its end.
    fn clip_secs(&self, secs: f64) -> f64 {
        let since = (secs - self.start_secs).max(0.0);
        let since = self.lasts_secs.map_or(since, |lasts| since.min(lasts.max(0.0)));
        self.offset_secs + since * f64::from(self.speed)
    }
}

/// A layer with its clip.
pub struct Laid<'a> {
    pub layer: &'a ClipLayer,
    pub retarget: &'a Retarget,
    /// What [`mask_weights`] gives for the layer's mask.
    pub mask: &'a [f64],
    /// The bone that is the target's hips.
    pub hips: usize,
}

/// Lays `layers` over `base`, the motion below at any time of the shot, in order.
pub fn lay(base: &dyn Fn(f64) -> Moment, layers: &[Laid], secs: f64) -> Moment {
    // Where the person was when each layer began: later layers go on from there.
    let mut starts: Vec<Place> = Vec::with_capacity(layers.len());
    for (index, laid) in layers.iter().enumerate() {
        let start = laid.layer.start_secs;
        let mut place = base(start).place;
        for (before, &from) in layers.iter().take(index).zip(&starts) {
            place = before.place(place, from, start);
        }
        starts.push(place);
    }
    let mut moment = base(secs);
    for (laid, &from) in layers.iter().zip(&starts) {
        moment.place = laid.place(moment.place, from, secs);
        let weight = laid.layer.weight_at(secs);
        if weight > 0.0 {
            laid.blend(&mut moment, weight, secs);
        }
    }
    moment
}

/// The share of a recording over which its end is brought to its beginning when it loops.
const SEAM_SHARE: f64 = 0.25;

impl Laid<'_> {
    /// The place after this layer, given the one below and where the layer began. A layer keeps the person where it
    /// has brought them, so its weight on the way never falls.
    fn place(&self, below: Place, from: Place, secs: f64) -> Place {
        let layer = self.layer;
        let moves_hips = matches!(layer.mask, Mask::Full | Mask::Lower) && !layer.additive;
        let since = secs - layer.start_secs;
        if !moves_hips || since < 0.0 {
            return below;
        }
        let weight = f64::from(layer.weight.clamp(0.0, 1.0)) * rise(since, layer.fade_in_secs);
        let mut way =
            self.recorded_place(layer.offset_secs).inverse().then(&self.recorded_place(layer.clip_secs(secs)));
        if layer.travel != Travel::Along {
            way.at = DVec3::ZERO;
        }
        if layer.travel == Travel::Stay {
            way.yaw_rad = 0.0;
        }
        below.mixed(&from.then(&way), weight)
    }

    /// Cycle and time in it.
    fn wrapped(&self, clip_secs: f64) -> (i64, f64) {
        let length = self.retarget.clip().secs();
        if !self.layer.looping || !(length > 0.0) || !clip_secs.is_finite() {
            return (0, clip_secs);
        }
        let cycle = (clip_secs / length).floor();
        (cycle as i64, clip_secs - cycle * length)
    }

    /// Where the recorded person is, over all cycles.
    fn recorded_place(&self, clip_secs: f64) -> Place {
        let (cycle, secs) = self.wrapped(clip_secs);
        let place = place_of(&self.retarget.at(secs), self.hips);
        if cycle == 0 {
            return place;
        }
        let first = place_of(&self.retarget.at(0.0), self.hips);
        let last = place_of(&self.retarget.at(self.retarget.clip().secs()), self.hips);
        last.then(&first.inverse()).repeated(cycle).then(&place)
    }

    /// The pose of the recording without place, its seam mended.
    fn recorded_pose(&self, clip_secs: f64) -> BodyPose {
        let (_, secs) = self.wrapped(clip_secs);
        let mut pose = self.upright(secs);
        let length = self.retarget.clip().secs();
        let share = smooth((secs - length * (1.0 - SEAM_SHARE)) / (length * SEAM_SHARE));
        if self.layer.looping && length > 0.0 && share > 0.0 {
            let (first, last) = (self.upright(0.0), self.upright(length));
            for (delta, (first, last)) in pose.deltas.iter_mut().zip(first.deltas.into_iter().zip(last.deltas)) {
                if let (Some(delta), Some(first), Some(last)) = (delta, first, last) {
                    *delta = mix(DQuat::IDENTITY, first * last.inverse(), share) * *delta;
                }
            }
            pose.lift_m += (first.lift_m - last.lift_m) * share;
        }
        pose
    }

    /// The pose with the hips facing +z.
    fn upright(&self, secs: f64) -> BodyPose {
        let mut pose = self.retarget.at(secs);
        if let Some(Some(hips)) = pose.deltas.get_mut(self.hips) {
            let yaw = twist_about(*hips, DVec3::Y);
            *hips = yaw.inverse() * *hips;
        }
        pose
    }

    fn blend(&self, moment: &mut Moment, weight: f64, secs: f64) {
        let pose = self.recorded_pose(self.layer.clip_secs(secs));
        let first = self.layer.additive.then(|| self.upright(0.0));
        for (bone, (slot, delta)) in moment.deltas.iter_mut().zip(pose.deltas).enumerate() {
            let share = weight * self.mask.get(bone).copied().unwrap_or(0.0);
            let Some(delta) = delta.filter(|_| share > 0.0) else { continue };
            *slot = match &first {
                Some(first) => {
                    let from = first.deltas.get(bone).copied().flatten().unwrap_or(DQuat::IDENTITY);
                    (mix(DQuat::IDENTITY, delta * from.inverse(), share) * *slot).normalize()
                }
                None => mix(*slot, delta, share),
            };
        }
        if matches!(self.layer.mask, Mask::Full | Mask::Lower) && !self.layer.additive {
            moment.lift_m += (pose.lift_m - moment.lift_m) * weight;
        }
    }
}

/// Place and heading of the hips in a pose.
fn place_of(pose: &BodyPose, hips: usize) -> Place {
    let turn = pose.deltas.get(hips).copied().flatten().unwrap_or(DQuat::IDENTITY);
    let yaw = twist_about(turn, DVec3::Y);
    Place { at: DVec3::new(pose.hips.x, 0.0, pose.hips.z), yaw_rad: 2.0 * yaw.y.atan2(yaw.w) }
}
