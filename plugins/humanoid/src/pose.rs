//! From the settings of a person to the state of a body: rest pose, movement, then head, single bones and life signs on
//! top, then feet, hands and look, and the face.

use bevy::math::{DQuat, DVec3, EulerRot};
use kinema_core::FigureStance;

use crate::{
    anny::basis::BodyBasis,
    body::BodyState,
    face::compose::{self, Moment},
    idle::LifeSigns,
    motion::{self, Stance, build::Build, clips::BodyClips},
    settings::{Human, RestPose},
    skeleton::RestBones,
};

/// The deltas of a rest pose, which depend a little on the shape: arms are aimed, not turned by fixed angles, so that
/// they hang beside a slim body as well as beside a heavy one.
pub fn rest_deltas(basis: &BodyBasis, rest: &RestBones, pose: RestPose) -> Vec<DQuat> {
    let mut poser = Poser { basis, rest, deltas: vec![DQuat::IDENTITY; basis.skeleton.names.len()] };
    match pose {
        RestPose::Reference => {}
        RestPose::TPose => {
            for (side, x) in [("L", 1.0), ("R", -1.0)] {
                let out = DVec3::new(x, 0.0, 0.0);
                poser.aim(&format!("upperarm01.{side}"), &format!("lowerarm01.{side}"), out);
                poser.aim(&format!("lowerarm01.{side}"), &format!("wrist.{side}"), out);
                poser.stand(side, x);
            }
        }
        RestPose::Relaxed => {
            for (side, x) in [("L", 1.0), ("R", -1.0)] {
                poser.turn(&format!("clavicle.{side}"), DVec3::Z, -5.0 * x);
                poser.aim(
                    &format!("upperarm01.{side}"),
                    &format!("lowerarm01.{side}"),
                    DVec3::new(0.20 * x, -1.0, -0.06),
                );
                poser.aim(&format!("lowerarm01.{side}"), &format!("wrist.{side}"), DVec3::new(0.10 * x, -1.0, 0.24));
                poser.turn(&format!("lowerarm02.{side}"), DVec3::Y, 8.0 * x);
                poser.aim(&format!("wrist.{side}"), &format!("finger3-1.{side}"), DVec3::new(-0.02 * x, -1.0, 0.20));
                poser.curl(side);
                poser.stand(side, x);
            }
        }
    }
    poser.deltas
}

/// The deltas of a figure that stands for a fitting: straight arms and legs, spread to the sides, soles flat.
pub fn fitting_deltas(basis: &BodyBasis, rest: &RestBones, stance: FigureStance) -> Vec<DQuat> {
    let mut poser = Poser { basis, rest, deltas: vec![DQuat::IDENTITY; basis.skeleton.names.len()] };
    let spread = |x: f64, degrees: f32| {
        let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
        DVec3::new(x * sin, -cos, 0.0)
    };
    for (side, x) in [("L", 1.0), ("R", -1.0)] {
        let (arm, leg) = (spread(x, stance.arms_deg), spread(x, stance.legs_deg));
        for [bone, end] in [["upperarm01", "lowerarm01"], ["lowerarm01", "wrist"], ["wrist", "finger3-1"]] {
            poser.aim(&format!("{bone}.{side}"), &format!("{end}.{side}"), arm);
        }
        for [bone, end] in [["upperleg01", "lowerleg01"], ["lowerleg01", "foot"]] {
            poser.aim(&format!("{bone}.{side}"), &format!("{end}.{side}"), leg);
        }
        let foot = poser.bone(&format!("foot.{side}"));
        let above = poser.gathered(poser.parent(foot));
        poser.set(foot, above.inverse());
    }
    poser.deltas
}

struct Poser<'a> {
    basis: &'a BodyBasis,
    rest: &'a RestBones,
    deltas: Vec<DQuat>,
}

impl Poser<'_> {
    fn bone(&self, name: &str) -> usize {
        self.basis.bone(name).unwrap_or(0)
    }

    fn parent(&self, bone: usize) -> usize {
        self.basis.skeleton.parents.get(bone).map_or(0, |&parent| usize::from(parent))
    }

    /// The rotation that has gathered down to `bone`.
    fn gathered(&self, bone: usize) -> DQuat {
        let own = self.deltas.get(bone).copied().unwrap_or(DQuat::IDENTITY);
        if bone == 0 { own } else { self.gathered(self.parent(bone)) * own }
    }

    /// From the head of `bone` to that of its descendant, in the reference pose.
    fn reach(&self, bone: usize, descendant: usize) -> DVec3 {
        let mut sum = DVec3::ZERO;
        let mut at = descendant;
        while at != bone && at != 0 {
            sum += self.rest.reference_offsets.get(at).copied().unwrap_or(DVec3::ZERO);
            at = self.parent(at);
        }
        sum
    }

    /// Turns `bone` by the shortest way until its descendant lies in direction `target` of the person's space.
    fn aim(&mut self, bone: &str, descendant: &str, target: DVec3) {
        let (bone, descendant) = (self.bone(bone), self.bone(descendant));
        let above = self.gathered(self.parent(bone));
        let now = self.gathered(bone);
        let direction = now * self.reach(bone, descendant);
        if direction.length_squared() > 0.0 {
            let turn = DQuat::from_rotation_arc(direction.normalize(), target.normalize());
            self.set(bone, above.inverse() * turn * now);
        }
    }

    /// Turns `bone` about an axis of the person's space.
    fn turn(&mut self, bone: &str, axis: DVec3, degrees: f64) {
        let bone = self.bone(bone);
        let above = self.gathered(self.parent(bone));
        let now = self.gathered(bone);
        self.set(bone, above.inverse() * DQuat::from_axis_angle(axis, degrees.to_radians()) * now);
    }

    /// Bends the fingers a little towards the palm; each finger more than the one before.
    fn curl(&mut self, side: &str) {
        // The thumb comes to rest beside the index finger.
        let thumb = self.bone(&format!("finger1-1.{side}"));
        let along = self.reach(thumb, self.bone(&format!("finger1-3.{side}")));
        let hand = self.bone(&format!("wrist.{side}"));
        let index = self.reach(hand, self.bone(&format!("finger2-2.{side}")));
        if let (Some(along), Some(index)) = (along.try_normalize(), index.try_normalize()) {
            self.set(thumb, DQuat::IDENTITY.slerp(DQuat::from_rotation_arc(along, index), 0.45));
        }
        for (finger, degrees) in [(2, 8.0), (3, 11.0), (4, 14.0), (5, 17.0)] {
            for joint in 1..=3 {
                let bone = self.bone(&format!("finger{finger}-{joint}.{side}"));
                let across = self.reach(self.bone(&format!("wrist.{side}")), self.bone(&format!("finger5-1.{side}")))
                    - self.reach(self.bone(&format!("wrist.{side}")), self.bone(&format!("finger2-1.{side}")));
                let sign = if side == "L" { 1.0 } else { -1.0 };
                let angle: f64 = sign * degrees * if joint == 1 { 1.0 } else { 1.3 };
                self.set(bone, DQuat::from_axis_angle(across.normalize_or(DVec3::Z), angle.to_radians()));
            }
        }
    }

    /// Legs under the hips, soles flat, toes a little outwards.
    fn stand(&mut self, side: &str, x: f64) {
        self.aim(&format!("upperleg01.{side}"), &format!("lowerleg01.{side}"), DVec3::new(0.035 * x, -1.0, 0.03));
        self.aim(&format!("lowerleg01.{side}"), &format!("foot.{side}"), DVec3::new(0.02 * x, -1.0, -0.05));
        let foot = self.bone(&format!("foot.{side}"));
        let above = self.gathered(self.parent(foot));
        self.set(foot, above.inverse() * DQuat::from_rotation_y((4.0 * x).to_radians()));
    }

    fn set(&mut self, bone: usize, delta: DQuat) {
        if let Some(slot) = self.deltas.get_mut(bone) {
            *slot = delta.normalize();
        }
    }
}

/// What a pose starts from, all of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    pub basis: &'a BodyBasis,
    pub bones: &'a RestBones,
    /// The rest pose, see [`rest_deltas`].
    pub rest: &'a [DQuat],
    /// Recorded motion, matched with the shape.
    pub clips: &'a BodyClips,
    pub build: &'a Build,
}

/// Indices and values of the local changes of `human`.
pub fn local_changes(human: &Human, basis: &BodyBasis) -> Vec<(u16, f32)> {
    let change = |(name, &value): (&String, &f32)| {
        let index = u16::try_from(basis.local(name)?).ok()?;
        Some((index, value.clamp(-1.0, 1.0)))
    };
    human.local.iter().filter_map(change).collect()
}

/// The state of `human` at a moment, and whether its root already stands rightly on the ground.
pub fn body_state(human: &Human, standing: &Standing, life: &LifeSigns, moment: &Moment) -> (BodyState, bool) {
    let basis = standing.basis;
    let below = |secs: f64| {
        let mut stance = Stance::at_rest(standing);
        motion::perform(&mut stance, human, standing, &Moment { seconds: secs, ..*moment });
        stance
    };
    let mut stance = standing.clips.over(&human.motion.clips, &below, moment.seconds);
    add_settings(&mut stance.deltas, human, basis, life);
    let gaze = motion::settle(&mut stance, human, standing, moment);
    let turned = (gaze != human.gaze).then(|| Human { gaze, ..human.clone() });
    let human = turned.as_ref().unwrap_or(human);
    for (bone, [yaw_deg, pitch_deg]) in ["eye.L", "eye.R"].into_iter().zip(compose::eye_bone_deg(human, life)) {
        if let Some(slot) = basis.bone(bone).and_then(|bone| stance.deltas.get_mut(bone)) {
            let turn = DQuat::from_rotation_y(yaw_deg.to_radians()) * DQuat::from_rotation_x(-pitch_deg.to_radians());
            *slot = turn * *slot;
        }
    }
    let state = BodyState {
        phenotype: human.phenotype,
        local_changes: local_changes(human, basis),
        face: compose::face_weights(human, life, moment),
        deltas: stance.deltas,
        root: stance.root,
        dual_bones: basis.dual_bones(&human.skinning),
    };
    (state, stance.grounded)
}

/// Head, life signs and single bones, on top of what the body does.
fn add_settings(deltas: &mut [DQuat], human: &Human, basis: &BodyBasis, life: &LifeSigns) {
    let mut add = |bone: &str, euler_deg: [f64; 3]| {
        if let Some(slot) = basis.bone(bone).and_then(|bone| deltas.get_mut(bone)) {
            let [x, y, z] = euler_deg.map(f64::to_radians);
            *slot = DQuat::from_euler(EulerRot::XYZ, x, y, z) * *slot;
        }
    };
    let turn = [-human.head.pitch_deg, human.head.yaw_deg, human.head.roll_deg].map(f64::from);
    for (bone, share) in [("neck01", 0.15), ("neck02", 0.15), ("neck03", 0.2), ("head", 0.5)] {
        add(bone, [0, 1, 2].map(|axis| turn[axis] * share));
    }
    add("head", life.head_deg);
    add("spine03", life.trunk_deg.map(|angle| angle * 0.6));
    add("spine01", life.trunk_deg.map(|angle| angle * 0.4));
    add("spine02", [-0.55 * life.breath, 0.0, 0.0]);
    add("neck01", [0.45 * life.breath - 0.5 * life.trunk_deg[0], -0.5 * life.trunk_deg[1], -0.5 * life.trunk_deg[2]]);
    for (side, x) in [("L", 1.0), ("R", -1.0)] {
        add(&format!("clavicle.{side}"), [0.0, 0.0, 0.9 * x * life.breath]);
        add(&format!("upperarm01.{side}"), [0.0, 0.0, -0.7 * x * life.breath]);
    }
    for (bone, angles) in &human.pose {
        add(bone, angles.map(f64::from));
    }
}
