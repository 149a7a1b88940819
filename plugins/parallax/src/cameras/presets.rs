//! Camera moves as functions of time.

use std::f32::consts::TAU;

use bevy_math::{Quat, Vec2, Vec3};
use kinema_core::Seed;
use serde::{Deserialize, Serialize};

use super::limits::{Framing, framing_of};
use crate::layers::LayeredImage;
use crate::view::View;

/// A place on a path.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CameraKey {
    /// 0..=1 of the clip.
    pub at: f32,
    /// Right, up and back, each in units of the move's limit: 1 is as far as the layers allow along that axis alone.
    pub position: [f32; 3],
}

/// Kinds of moves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Preset {
    /// Slowly forward, with a little to the side.
    #[default]
    Dolly,
    /// Once around, looking at the focus; ends where it began.
    Orbit,
    /// Forward while the lens widens, so that what is in focus keeps its size and the background grows away ("vertigo").
    ZoomDolly,
    /// A person holding the camera.
    Handheld,
    /// Through keys, smoothly; looking at the focus.
    Keys(Vec<CameraKey>),
}

/// A move over one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraMove {
    preset: Preset,
    picture_focal_widths: f32,
    /// Inverse depth that keeps its place in the picture.
    focus: f32,
    /// World length that `position` 1 stands for, after all limits.
    unit: f32,
    /// Focal length is multiplied by this, so that borders stay outside.
    zoom: f32,
    seed: u64,
    duration_secs: f32,
}

/// Nearer than the limit, so that rounding and filters have room.
const SHARE_OF_LIMIT: f32 = 0.9;
/// A move is made smaller rather than the picture cropped to less than this share of its width.
const MOST_ZOOM: f32 = 1.2;

impl CameraMove {
    /// The move of a preset for layers. `amount` is a share of what the layers allow, 0..=1; 0.6 is a good default.
    /// `focus` is the inverse depth that stays in place; `None` takes the median of the picture.
    pub fn new(
        preset: Preset,
        image: &LayeredImage,
        picture_focal_widths: f32,
        amount: f32,
        focus: Option<f32>,
        seed: u64,
        duration_secs: f32,
    ) -> Self {
        let focus = focus.unwrap_or_else(|| median(image)).clamp(image.farthest, image.nearest);
        // Sideways by this the nearest point moves as far as the layers were made for.
        let limit = image.most_shift_widths / (picture_focal_widths * image.nearest.max(1e-12));
        let mut this = Self {
            preset,
            picture_focal_widths,
            focus,
            unit: limit * SHARE_OF_LIMIT * amount.clamp(0.0, 1.0),
            zoom: 1.0,
            seed,
            duration_secs: duration_secs.max(0.1),
        };
        let aspect = image.height() as f32 / image.width() as f32;
        let corner_slope = 0.5 * (1.0 + aspect * aspect).sqrt() / picture_focal_widths;
        // What tears is moved by the sideways part and, towards the corners, by the part along the axis.
        let worst = this
            .samples()
            .map(|v| Vec2::new(v.position.x, v.position.y).length() + corner_slope * v.position.z.abs())
            .fold(0.0, f32::max);
        if worst > limit * SHARE_OF_LIMIT {
            this.unit *= limit * SHARE_OF_LIMIT / worst;
        }
        for _ in 0..12 {
            match framing_of(image, picture_focal_widths, || this.samples(), MOST_ZOOM) {
                Framing::Fits { zoom } => {
                    this.zoom = zoom;
                    break;
                }
                Framing::TooWide => this.unit *= 0.8,
            }
        }
        this
    }

    /// The same move, all of it this share as far, 0..=1: what fitted still does.
    pub fn shortened(&self, share: f32) -> Self {
        Self { unit: self.unit * share, ..self.clone() }
    }

    /// Inverse depth that keeps its place.
    pub fn focus(&self) -> f32 {
        self.focus
    }

    /// World length of one unit of a key's position.
    pub fn unit(&self) -> f32 {
        self.unit
    }

    /// How much the picture is cropped: 1.1 shows 1 / 1.1 of its width.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// The camera at `time_secs`; before the beginning and past the end as there.
    pub fn view_at(&self, time_secs: f32) -> View {
        let mut view = self.framed(time_secs);
        view.focal_widths *= self.zoom;
        view.lens_shift_widths *= self.zoom;
        view
    }

    fn samples(&self) -> impl Iterator<Item = View> + '_ {
        const SAMPLES: u32 = 64;
        (0..=SAMPLES).map(|i| self.framed(self.duration_secs * i as f32 / SAMPLES as f32))
    }

    /// The view before the crop.
    fn framed(&self, time_secs: f32) -> View {
        let share = (time_secs / self.duration_secs).clamp(0.0, 1.0);
        let ease = share * share * (3.0 - 2.0 * share);
        let mut turn = Quat::IDENTITY;
        let place = match &self.preset {
            Preset::Dolly => Vec3::new(0.35 * (ease - 0.5), 0.0, -1.2 * ease),
            Preset::Orbit => {
                let (sin, cos) = (TAU * share).sin_cos();
                Vec3::new(sin, 0.35 * cos, 0.0)
            }
            Preset::ZoomDolly => Vec3::new(0.0, 0.0, -1.5 * ease),
            Preset::Handheld => {
                let sway = |axis| wander(self.seed, axis, time_secs.clamp(0.0, self.duration_secs));
                // About a third of a degree, as far as a turn needs no content.
                let small = 0.004;
                turn = Quat::from_rotation_y(sway(3) * small) * Quat::from_rotation_x(sway(4) * small);
                turn *= Quat::from_rotation_z(sway(5) * small * 0.5);
                Vec3::new(sway(0) * 0.5, sway(1) * 0.4, sway(2) * 0.3)
            }
            Preset::Keys(keys) => between(keys, share),
        };
        let position = place * self.unit;
        let mut view = View::of_picture(self.picture_focal_widths);
        view.position = position;
        // The point of the axis in focus stays in the middle. By a shift of the lens, not by turning: uprights stay
        // upright, and the plane in focus stays still in every corner.
        let closer = (1.0 + position.z * self.focus).max(0.05);
        if self.preset == Preset::ZoomDolly {
            view.focal_widths *= closer;
        }
        view.lens_shift_widths = Vec2::new(position.x, -position.y) * (self.focus / closer) * view.focal_widths;
        view.rotation = turn;
        view
    }
}

/// Half of the pixels are nearer. By a histogram, since only a good place for the eye is asked for.
fn median(image: &LayeredImage) -> f32 {
    const BINS: usize = 1024;
    let span = (image.nearest - image.farthest).max(1e-12);
    let mut bins = [0usize; BINS];
    let mut all = 0;
    for i in 0..image.width() * image.height() {
        let front = image.layers.iter().find(|layer| layer.colour.data()[i][3] > 0.5);
        if let Some(layer) = front {
            let place = (layer.inverse_depth.data()[i] - image.farthest) / span;
            bins[((place * BINS as f32).max(0.0) as usize).min(BINS - 1)] += 1;
            all += 1;
        }
    }
    let mut sum = 0;
    let bin = bins.iter().position(|&n| {
        sum += n;
        2 * sum >= all
    });
    image.farthest + span * (bin.unwrap_or(0) as f32 + 0.5) / BINS as f32
}

/// Smooth noise within -1..=1: breath, sway and tremor, each of three sines with its own phase.
fn wander(seed: u64, axis: u64, time_secs: f32) -> f32 {
    let mut random = Seed::for_part(seed, "parallax", "handheld");
    random.0 ^= axis.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut sum = 0.0;
    for (hertz, amount) in [(0.23, 0.5), (0.61, 0.3), (1.7, 0.12), (3.1, 0.08)] {
        let hertz = hertz * random.range(0.85..1.15);
        let phase = random.unit_f32();
        sum += amount * (TAU * (hertz * time_secs + phase)).sin();
    }
    sum
}

/// The cubic of Catmull and Rom through keys, with their own distances in time; still beyond the ends.
fn between(keys: &[CameraKey], at: f32) -> Vec3 {
    let place = |i: usize| Vec3::from_array(keys[i.min(keys.len() - 1)].position);
    let Some(next) = keys.iter().position(|key| key.at >= at) else {
        return keys.last().map_or(Vec3::ZERO, |key| Vec3::from_array(key.position));
    };
    if next == 0 {
        return place(0);
    }
    let (from, to) = (next - 1, next);
    let span = (keys[to].at - keys[from].at).max(1e-6);
    let t = (at - keys[from].at) / span;
    let slope = |i: usize| {
        if i == 0 || i + 1 >= keys.len() {
            return Vec3::ZERO;
        }
        (place(i + 1) - place(i - 1)) / (keys[i + 1].at - keys[i - 1].at).max(1e-6) * span
    };
    let (t2, t3) = (t * t, t * t * t);
    place(from) * (2.0 * t3 - 3.0 * t2 + 1.0)
        + slope(from) * (t3 - 2.0 * t2 + t)
        + place(to) * (3.0 * t2 - 2.0 * t3)
        + slope(to) * (t3 - t2)
}
