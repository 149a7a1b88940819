//! What arms and head say: waving, nodding, shrugging and so on, from start, duration, side and intensity.
//!
//! Each gesture is a pose of arms and head as a function of time, and how much of it there is: a rise, a stay and a fall
//! (preparation, stroke and retraction in D. McNeill's words, "Hand and Mind", 1992). Places are told in the frame of the
//! chest, and where hands touch the body they go to marks measured on it. Rhythm and size differ a little from person to
//! person, and from gesture to gesture, by the seed.

use bevy::math::{DQuat, DVec3};
use kinema_core::Seed;

use super::{
    Stance,
    build::{Build, SIDES},
    hands::{ArmPose, EASY, FLAT, POINTING, facing, pose_arm, reach, wrist_for},
    limbs::Bend,
    marks::Mark,
    settings::{Gesture, GestureKind, Side},
    trunk::turn_head,
};
use crate::{
    anny::basis::BodyBasis,
    face::{
        chance::Stream,
        curves::{Envelope, smootherstep},
    },
};

/// Streams of chance of gestures begin here.
const STREAM: u64 = 0x6E57;

struct Scene<'a> {
    basis: &'a BodyBasis,
    build: &'a Build,
    chest: DQuat,
    /// Seconds since the gesture began.
    since: f64,
    /// 0..1.
    weight: f64,
    size: f64,
    /// A little above or below 1.
    tempo: f64,
}

/// Adds all gestures of `list` that are under way at `seconds`.
pub fn perform(
    stance: &mut Stance,
    basis: &BodyBasis,
    build: &Build,
    list: &[Gesture],
    weight: f64,
    seed: Seed,
    seconds: f64,
) {
    for (index, gesture) in (0..).zip(list) {
        let shown = weight * envelope(gesture).at(seconds);
        if !(shown > 0.0) {
            continue;
        }
        let chance = Stream::new(seed, STREAM);
        let [rhythm, size] = [0, 1].map(|number| chance.unit(2 * index + number) * 2.0 - 1.0);
        let chest = basis.bone("spine01").map_or(DQuat::IDENTITY, |bone| build.rig.gathered(&stance.deltas, bone));
        let scene = Scene {
            basis,
            build,
            chest,
            since: seconds - gesture.start_secs,
            weight: shown,
            size: f64::from(gesture.intensity) * (1.0 + 0.08 * size),
            tempo: 1.0 + 0.10 * rhythm,
        };
        scene.show(stance, gesture);
    }
}

fn envelope(gesture: &Gesture) -> Envelope {
    let (most_in, most_out) = match gesture.kind {
        GestureKind::Nod | GestureKind::ShakeHead => (0.2, 0.3),
        GestureKind::Shrug => (0.35, 0.45),
        GestureKind::Wave | GestureKind::Point | GestureKind::Clap => (0.5, 0.6),
        GestureKind::ArmsCrossed | GestureKind::HandsOnHips | GestureKind::Think => (0.8, 0.8),
    };
    let onset = f64::min(most_in, gesture.duration_secs / 2.2);
    let offset = f64::min(most_out, gesture.duration_secs / 2.2);
    Envelope {
        start_secs: gesture.start_secs,
        onset_secs: onset,
        apex_secs: gesture.duration_secs - onset - offset,
        offset_secs: offset,
    }
}

impl Scene<'_> {
    fn show(&self, stance: &mut Stance, gesture: &Gesture) {
        let sides: &[usize] = match gesture.side {
            Side::Left => &[0],
            Side::Right => &[1],
            Side::Both => &[0, 1],
        };
        let first = sides.first().copied().unwrap_or(1);
        match gesture.kind {
            GestureKind::Wave => sides.iter().for_each(|&side| self.wave(stance, side)),
            GestureKind::Point => sides.iter().for_each(|&side| self.point(stance, side, gesture.at)),
            GestureKind::Nod => {
                // Down and back, twice as quick down.
                let beat = (self.since * 1.7 * self.tempo).fract();
                let down = (std::f64::consts::PI * beat.powf(0.75)).sin().powi(2);
                self.head(stance, [f64::to_radians(13.0) * down, 0.0, 0.0]);
            }
            GestureKind::ShakeHead => {
                let swing = (self.since * 1.55 * self.tempo * std::f64::consts::TAU).sin();
                self.head(stance, [0.02, f64::to_radians(17.0) * swing, 0.01 * swing]);
            }
            GestureKind::Shrug => self.shrug(stance, if gesture.side == Side::Both { &[0, 1] } else { sides }),
            GestureKind::Clap => self.clap(stance),
            GestureKind::ArmsCrossed => self.cross(stance, first),
            GestureKind::HandsOnHips => [0, 1].into_iter().for_each(|side| self.on_hip(stance, side)),
            GestureKind::Think => self.think(stance, first),
        }
    }

    fn head(&self, stance: &mut Stance, angles: [f64; 3]) {
        let angles = angles.map(|angle| angle * self.weight * self.size);
        turn_head(&mut stance.deltas, self.basis, self.build, angles);
    }

    /// A direction or offset given for the left side, in the chest's frame.
    fn way(&self, side: usize, out: f64, up: f64, forward: f64) -> DVec3 {
        let (x, _) = SIDES.get(side).copied().unwrap_or_default();
        self.chest * DVec3::new(x * out, up, forward)
    }

    fn mark(&self, stance: &Stance, mark: &Mark) -> DVec3 {
        let rig = &self.build.rig;
        rig.place(&stance.deltas, stance.root, mark.bone) + rig.gathered(&stance.deltas, mark.bone) * mark.offset
    }

    fn arm(&self, stance: &mut Stance, side: usize, pose: &ArmPose) {
        pose_arm(stance, self.basis, self.build, side, pose, self.weight);
    }

    /// Metres, for a body with arms of this length.
    fn scale(&self) -> f64 {
        self.build.arms[0].length_m() / 0.55
    }

    fn wave(&self, stance: &mut Stance, side: usize) {
        let swing = (self.since * 2.1 * self.tempo * std::f64::consts::TAU).sin() * 0.36 * self.size.min(1.4);
        let settled = smootherstep((self.since - 0.25) / 0.3);
        let lower = self.way(side, 0.16 + swing * settled, 1.0, 0.20);
        let bend = Bend::along(self.way(side, 0.62, -0.42 + 0.35 * (self.size - 1.0), 0.40), lower);
        // The hand trails a little behind the forearm.
        let fingers = self.way(side, 0.16 + 1.35 * swing * settled, 1.0, 0.10);
        let hand = facing(self.build, side, fingers, self.way(side, -0.15, 0.1, 1.0));
        self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(FLAT) });
    }

    fn point(&self, stance: &mut Stance, side: usize, at: Option<[f32; 3]>) {
        let arm = &self.build.arms[side.min(1)];
        let shoulder = self.build.rig.place(&stance.deltas, stance.root, arm.upper);
        let there = at.map(|at| DVec3::from_array(at.map(f64::from)) - shoulder);
        let way = there.and_then(DVec3::try_normalize).unwrap_or_else(|| self.way(side, 0.12, 0.0, 1.0));
        let droop = self.way(side, 0.10, -0.26 / self.size.max(0.3), 0.0);
        let bend = Bend::along(way + droop, way + droop * -0.1);
        let hand = facing(self.build, side, way, self.way(side, -0.8, -0.7, 0.0));
        self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(POINTING) });
    }

    fn shrug(&self, stance: &mut Stance, sides: &[usize]) {
        for &side in sides {
            let Some(&(x, suffix)) = SIDES.get(side) else { continue };
            if let Some(bone) = self.basis.bone(&format!("clavicle.{suffix}")) {
                let rise = DQuat::from_axis_angle(self.chest * DVec3::Z, x * 0.26 * self.weight * self.size);
                self.build.rig.turn(&mut stance.deltas, bone, rise);
            }
            let open = 0.8 + 0.2 * self.size;
            let bend = Bend::along(self.way(side, 0.20, -1.0, 0.02), self.way(side, 0.62 * open, 0.10, 0.85));
            let hand =
                facing(self.build, side, self.way(side, 0.85 * open, -0.12, 0.75), self.way(side, 0.1, 1.0, 0.15));
            self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(EASY) });
        }
        self.head(stance, [-0.03, 0.0, 0.09]);
    }

    fn clap(&self, stance: &mut Stance) {
        let sternum = self.mark(stance, &self.build.marks.sternum);
        let beat = (self.since * 3.2 * self.tempo * std::f64::consts::PI).sin().abs();
        let settled = smootherstep((self.since - 0.2) / 0.4);
        for side in [0, 1] {
            let apart = 0.016 + (0.10 * beat * settled + 0.10 * (1.0 - settled)) * self.size;
            let palm = sternum + self.way(side, apart, -0.06, 0.24) * self.scale();
            let hand = facing(
                self.build,
                side,
                self.way(side, -0.05 + 0.2 * beat, 0.62, 0.75),
                self.way(side, -1.0, 0.0, 0.0),
            );
            let wrist = wrist_for(self.build, side, palm, hand);
            let bend = reach(stance, self.build, side, wrist, self.way(side, 0.75, -1.0, -0.2));
            self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(FLAT) });
        }
    }

    fn cross(&self, stance: &mut Stance, top: usize) {
        let sternum = self.mark(stance, &self.build.marks.sternum);
        for side in [1 - top.min(1), top] {
            let is_top = side == top;
            // Towards the other arm, one forearm before the other.
            let (out, up, forward) = if is_top { (-0.090, -0.135, 0.090) } else { (-0.060, -0.175, 0.050) };
            let wrist = sternum + self.way(side, out, up, forward) * self.scale();
            let bend = reach(stance, self.build, side, wrist, self.way(side, 0.75, -0.8, 0.25));
            let fingers = if is_top { self.way(side, -0.85, 0.40, -0.30) } else { self.way(side, -1.0, 0.05, -0.35) };
            let palm = if is_top { self.way(side, -0.3, -0.1, -1.0) } else { self.way(side, -0.2, 0.0, -1.0) };
            let hand = facing(self.build, side, fingers, palm);
            self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(EASY) });
        }
    }

    fn on_hip(&self, stance: &mut Stance, side: usize) {
        let Some(mark) = self.build.marks.hips.get(side) else { return };
        let hip = self.mark(stance, mark);
        let fingers = self.way(side, -0.25, -0.52, 0.85);
        let hand = facing(self.build, side, fingers, self.way(side, -1.0, -0.25, -0.15));
        let palm = hip + self.way(side, 0.028, 0.015, 0.035) * self.scale();
        let wrist = wrist_for(self.build, side, palm, hand);
        let bend = reach(stance, self.build, side, wrist, self.way(side, 1.0, 0.0, -0.5));
        self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(EASY) });
    }

    fn think(&self, stance: &mut Stance, side: usize) {
        self.head(stance, [0.10, if side == 0 { 0.06 } else { -0.06 }, 0.0]);
        let chin = self.mark(stance, &self.build.marks.chin);
        let hand = facing(self.build, side, self.way(side, -0.22, 0.92, 0.10), self.way(side, -0.45, 0.0, -0.9));
        let palm = chin + self.way(side, 0.012, -0.055, 0.030) * self.scale();
        let wrist = wrist_for(self.build, side, palm, hand);
        let bend = reach(stance, self.build, side, wrist, self.way(side, 0.25, -1.0, 0.25));
        self.arm(stance, side, &ArmPose { bend, hand: Some(hand), grip: Some(THINKING) });
        // The other arm lies across and carries the elbow.
        let other = 1 - side.min(1);
        let arm = &self.build.arms[side.min(1)];
        let shoulder = self.build.rig.place(&stance.deltas, stance.root, arm.upper);
        let elbow = shoulder + bend.upper * arm.upper_reach.length();
        let under = elbow + self.way(side, -0.055, -0.055, 0.025) * self.scale();
        let across = reach(stance, self.build, other, under, self.way(other, 0.9, -0.7, 0.1));
        let palm_up = facing(self.build, other, self.way(other, -1.0, 0.1, 0.05), self.way(other, 0.0, 0.8, -0.6));
        self.arm(stance, other, &ArmPose { bend: across, hand: Some(palm_up), grip: Some(EASY) });
    }
}

const THINKING: super::hands::Grip = super::hands::Grip { fingers_deg: [26.0, 46.0, 52.0, 56.0], thumb_deg: 8.0 };
