//! Hanging hair arrives late: where the head was during the last half second, from the tracks of the shot, and how far hair
//! still is from where the head is now. A pure function of the shot and of the frame: nothing is carried from frame to frame.

use bevy::math::{EulerRot, Quat, Vec3};
use kinema_core::{FrameRate, Sampler, Shot, rotation_from_deg};

use crate::settings::HeadTurn;

/// Hair is taken for a damped pendulum: angular frequency, 1/s, and damping ratio. It swings over once, a little.
const FREQUENCY: f64 = 12.0;
const DAMPING: f64 = 0.45;
/// How far back the past counts, seconds; what is older has died down to 7 %.
const MEMORY_SECS: f64 = 0.5;
const SAMPLES: u32 = 16;
/// Hair never trails by more, radians.
const FARTHEST: f32 = 0.6;

/// What a track of the part drives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Euler,
    EulerAxis(usize),
    Quaternion,
    /// Yaw, pitch, roll of the head.
    Head(usize),
}

/// The turning of one person's head over time.
#[derive(Clone, Debug, Default)]
pub struct HeadPast {
    rotation_deg: [f32; 3],
    head: HeadTurn,
    tracks: Vec<(Slot, Sampler)>,
}

impl HeadPast {
    /// The tracks that turn the person `id` or its head. `head` is its turn where no track drives it.
    pub fn new(shot: &Shot, id: &str, head: HeadTurn) -> Self {
        use kinema_core::PropertyShape::{Quat, Scalar, Vec3};
        let rotation_deg = shot.parts.iter().find(|part| part.id == id).map_or([0.0; 3], |part| part.rotation_deg);
        let mut past = Self { rotation_deg, head, tracks: Vec::new() };
        for track in &shot.tracks {
            let Some((part, path)) = track.target.split_once('/') else { continue };
            if part != id {
                continue;
            }
            let (slot, shape) = match path {
                "rotation_deg" => (Slot::Euler, Vec3),
                "rotation_deg/x" => (Slot::EulerAxis(0), Scalar),
                "rotation_deg/y" => (Slot::EulerAxis(1), Scalar),
                "rotation_deg/z" => (Slot::EulerAxis(2), Scalar),
                "rotation_quat" => (Slot::Quaternion, Quat),
                "head/yaw_deg" => (Slot::Head(0), Scalar),
                "head/pitch_deg" => (Slot::Head(1), Scalar),
                "head/roll_deg" => (Slot::Head(2), Scalar),
                _ => continue,
            };
            if let Some(sampler) = Sampler::new(track, shape, -1.0e9..=1.0e9, shot.timeline.rate) {
                past.tracks.push((slot, sampler));
            }
        }
        past
    }

    /// Rotations of the part and of the head against the chest.
    fn at(&self, frame: f64) -> (Quat, Quat) {
        let mut euler = self.rotation_deg;
        let mut quaternion = None;
        let mut head = [self.head.yaw_deg, self.head.pitch_deg, self.head.roll_deg];
        for (slot, sampler) in &self.tracks {
            let value = sampler.value_at(frame);
            let numbers = value.numbers();
            let number = |i: usize| numbers.get(i).copied().unwrap_or(0.0) as f32;
            match *slot {
                Slot::Euler => euler = [number(0), number(1), number(2)],
                Slot::EulerAxis(axis) => euler[axis] = number(0),
                Slot::Quaternion => {
                    quaternion = Some(Quat::from_xyzw(number(0), number(1), number(2), number(3)).normalize());
                }
                Slot::Head(axis) => head[axis] = number(0),
            }
        }
        let part = quaternion.unwrap_or_else(|| rotation_from_deg(euler));
        let [yaw, pitch, roll] = head.map(f32::to_radians);
        (part, Quat::from_euler(EulerRot::XYZ, -pitch, yaw, roll))
    }

    /// The rotation, in the part's space, from where hair would hang at rest to where it is at `frame`.
    pub fn lag(&self, frame: f64, rate: FrameRate) -> Quat {
        if self.tracks.is_empty() {
            return Quat::IDENTITY;
        }
        let (part, head) = self.at(frame);
        let (mut sum, mut weights) = (Vec3::ZERO, 0.0);
        let swing = FREQUENCY * (1.0 - DAMPING * DAMPING).sqrt();
        for sample in 1..=SAMPLES {
            let ago_secs = MEMORY_SECS * f64::from(sample) / f64::from(SAMPLES);
            // The response to an impulse.
            let weight = ((-DAMPING * FREQUENCY * ago_secs).exp() * (swing * ago_secs).sin()) as f32;
            let (then_part, then_head) = self.at(frame - ago_secs / rate.frame_secs());
            let turned = part.inverse() * then_part * then_head * head.inverse();
            let turned = if turned.w < 0.0 { -turned } else { turned };
            sum += turned.to_scaled_axis() * weight;
            weights += weight;
        }
        let late = (sum / weights).clamp_length_max(FARTHEST);
        if late.is_finite() { Quat::from_scaled_axis(late) } else { Quat::IDENTITY }
    }
}

#[cfg(test)]
mod tests {
    use kinema_core::{Format, PartRegistry, parse_shot};

    use super::*;

    fn past(tracks: &str) -> HeadPast {
        let text = format!(
            "(schema: 1, timeline: (rate: \"24/1\", frames: 100), output: (width: 64, height: 64), parts: [(id: \"ann\", part: Human())], tracks: [{tracks}])"
        );
        let mut app = bevy::app::App::new();
        app.add_plugins(crate::HumanoidPlugin);
        let registry = app.world().resource::<PartRegistry>().clone();
        let shot = parse_shot(text.as_bytes(), std::path::Path::new("a.shot.ron"), Format::Ron, &registry)
            .unwrap_or_else(|error| panic!("{error}"));
        HeadPast::new(&shot.shot, "ann", HeadTurn::default())
    }

    #[test]
    fn hair_trails_a_turn_swings_over_and_comes_to_rest() {
        let past = past("(target: \"ann/head/yaw_deg\", keys: [(frame: 20, value: 0), (frame: 30, value: 40)])");
        let yaw = |frame: f64| past.lag(frame, FrameRate::FILM).to_scaled_axis().y;
        assert_eq!(yaw(10.0), 0.0);
        assert!(yaw(28.0) < -0.05, "hair is behind while the head turns to the left: {}", yaw(28.0));
        assert!((30..46).any(|frame| yaw(f64::from(frame)) > 0.002), "and swings over");
        assert!(yaw(60.0).abs() < 1e-4);
        let jumps = (0..100).map(|frame| (yaw(f64::from(frame)) - yaw(f64::from(frame) - 0.25)).abs());
        assert!(jumps.fold(0.0, f32::max) < 0.06);
    }

    #[test]
    fn turning_the_whole_person_counts_too_and_a_still_one_has_no_lag() {
        let turned = past(
            "(target: \"ann/rotation_deg\", keys: [(frame: 0, value: (0, -60, 0)), (frame: 24, value: (0, 0, 0))])",
        );
        assert!(turned.lag(20.0, FrameRate::FILM).to_scaled_axis().y < -0.05);
        assert_eq!(past("").lag(20.0, FrameRate::FILM), Quat::IDENTITY);
    }
}
