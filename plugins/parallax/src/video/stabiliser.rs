//! Frame by frame, each against the one before it.

use serde::{Deserialize, Serialize};

use super::alignment::{Alignment, aligned, place};
use super::flow::{Flow, flow_between};
use crate::error::ParallaxError;
use crate::raster::{Raster, Rgba};
use crate::workers::for_rows;

/// How steady.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StabiliserSettings {
    /// Share of the depth before in a pixel where nothing changed, 0..=0.95. Larger is calmer and slower to believe.
    pub memory: f32,
    /// Differences beyond this share of the depth are changes and not noise. 0.01..=0.5.
    pub change: f32,
}

impl Default for StabiliserSettings {
    fn default() -> Self {
        Self { memory: 0.75, change: 0.07 }
    }
}

/// One frame's result.
#[derive(Clone, Debug)]
pub struct Stable {
    /// Inverse depth in the scale of the first frame since the last cut, >= 0.
    pub inverse_depth: Raster<f32>,
    /// 0..=1: how well the depth before explains this one, by pixel; 0 everywhere in the first frame and after a cut.
    pub confidence: Raster<f32>,
    /// Scale that was taken out of the frame.
    pub scale: f32,
    /// This frame begins a new scene.
    pub is_cut: bool,
}

/// Takes frames in order and gives each back at once: no latency. Works for any network that estimates depth frame by
/// frame, up to a scale and a smooth error that differ from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct DepthStabiliser {
    settings: StabiliserSettings,
    before: Option<Before>,
}

#[derive(Clone, Debug)]
struct Before {
    brightness: Raster<f32>,
    depth: Raster<f32>,
    drift: Drift,
    /// Frames since the last cut.
    frames: usize,
    anchor: Option<Anchor>,
}

/// Flow is worked out on pictures of at most this width: it guides, it need not be finer than depth's errors.
const FLOW_WIDTH: usize = 160;
/// More unexplained pixels than this are another scene.
const CUT_SHARE: f32 = 0.5;
const CUT_REMAINDER: f32 = 0.07;

impl DepthStabiliser {
    pub fn new(settings: StabiliserSettings) -> Self {
        Self { settings, before: None }
    }

    /// The next frame: `colour` linear, `inverse_depth` of any size of the same shape, the same in every frame.
    ///
    /// # Errors
    /// [`ParallaxError::DepthValues`] when depth is not finite and [`ParallaxError::DepthShape`] when the size changed;
    /// the frame is then left out and the next one goes on from the one before.
    pub fn push(&mut self, colour: &Raster<Rgba>, inverse_depth: &Raster<f32>) -> Result<Stable, ParallaxError> {
        let bad = inverse_depth.data().iter().filter(|v| !v.is_finite()).count();
        let (width, height) = inverse_depth.size();
        if bad > 0 {
            return Err(ParallaxError::DepthValues { bad, all: width * height, convention: "inverse depth" });
        }
        if let Some(before) = &self.before
            && before.depth.size() != (width, height)
        {
            let (before_width, before_height) = before.depth.size();
            return Err(ParallaxError::DepthShape {
                depth_width: width,
                depth_height: height,
                width: before_width,
                height: before_height,
            });
        }
        let flow_width = FLOW_WIDTH.min(colour.width());
        let flow_height = (colour.height() * flow_width).div_ceil(colour.width());
        let light = |p: Rgba| (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]).max(0.0).sqrt();
        let brightness = colour.map(light).resized(flow_width, flow_height);
        let Aligned { stable, found, anchored } = self.aligned_frame(&brightness, inverse_depth);
        let same_scene = self.before.take().filter(|_| !stable.is_cut);
        let (mut drift, frames, anchor) = same_scene.map(|b| (b.drift, b.frames, b.anchor)).unwrap_or_default();
        drift.add(&found);
        let anchor = match anchor {
            Some(anchor) if anchored => Some(anchor),
            // The first frames are still as noisy as the network.
            None if frames < SETTLED_FRAMES => None,
            _ => Some(Anchor { brightness: brightness.clone(), depth: stable.inverse_depth.clone() }),
        };
        self.before =
            Some(Before { brightness, depth: stable.inverse_depth.clone(), drift, frames: frames + 1, anchor });
        Ok(stable)
    }

    fn aligned_frame(&self, brightness: &Raster<f32>, raw: &Raster<f32>) -> Aligned {
        let (width, height) = raw.size();
        let begin = |is_cut| Aligned {
            stable: Stable {
                inverse_depth: raw.map(|v| v.max(0.0)),
                confidence: Raster::filled(width, height, 0.0),
                scale: 1.0,
                is_cut,
            },
            found: Alignment::IDENTITY,
            anchored: false,
        };
        let Some(before) = self.before.as_ref().filter(|b| b.brightness.size() == brightness.size()) else {
            return begin(self.before.is_some());
        };
        let flow = flow_between(brightness, &before.brightness);
        if is_cut(&flow, brightness, &before.brightness) {
            return begin(true);
        }
        let (expected, seen) = carried(&before.depth, &flow);
        let Some(found) = fit(raw, &expected, &seen) else { return begin(true) };
        let by_anchor = before.anchor.as_ref().and_then(|anchor| anchor.scale_of(brightness, raw));
        let found = match by_anchor {
            Some(scale) => Alignment { scale: found.scale * (scale / found.scale).powf(ANCHOR_SHARE), ..found },
            None => before.drift.steadied(&found),
        };
        let found = believed(&found);
        let (memory, change) = (self.settings.memory, self.settings.change);
        let mut both = vec![(0.0f32, 0.0f32); width * height];
        for_rows(&mut both, width, |y, row| {
            for (x, out) in row.iter_mut().enumerate() {
                let (px, py) = place(x, y, width, height);
                let now = found.undo(raw.at(x, y), px, py).max(0.0);
                let then = expected.at(x, y);
                let off = (now - then).abs() / (change * now.max(then).max(1e-9));
                let confidence = seen.at(x, y) / (1.0 + off * off * off * off);
                *out = (now + (then - now) * memory * confidence, confidence);
            }
        });
        let stable = Stable {
            inverse_depth: Raster::from_fn(width, height, |x, y| both[y * width + x].0),
            confidence: Raster::from_fn(width, height, |x, y| both[y * width + x].1),
            scale: found.scale,
            is_cut: false,
        };
        Aligned { stable, found, anchored: by_anchor.is_some() }
    }
}

struct Aligned {
    stable: Stable,
    found: Alignment,
    /// Whether the anchor is still in view.
    anchored: bool,
}

/// A frame of the past that later ones are measured by as long as most of it is in view. Against the frame before alone,
/// tiny errors of scale add up over thousands of frames.
#[derive(Clone, Debug)]
struct Anchor {
    brightness: Raster<f32>,
    depth: Raster<f32>,
}

/// From this frame of a scene on depth is steady enough to be an anchor.
const SETTLED_FRAMES: usize = 16;
/// Share of a picture that must be in its anchor too.
const ANCHOR_VISIBLE: f32 = 0.35;
/// Share of the way from the scale by the frame before to that by the anchor; the latter is right on the whole and noisy.
const ANCHOR_SHARE: f32 = 0.15;

impl Anchor {
    /// The scale of a frame's depth over the anchor's; `None` when too little of the anchor is in view.
    fn scale_of(&self, brightness: &Raster<f32>, raw: &Raster<f32>) -> Option<f32> {
        let flow = flow_between(brightness, &self.brightness);
        let (expected, seen) = carried(&self.depth, &flow);
        let visible = seen.data().iter().sum::<f32>() / seen.data().len() as f32;
        if !(visible > ANCHOR_VISIBLE) {
            return None;
        }
        fit(raw, &expected, &seen).map(|found| found.scale)
    }
}

/// The alignment of a frame's depth with what was carried to it.
fn fit(raw: &Raster<f32>, expected: &Raster<f32>, seen: &Raster<f32>) -> Option<Alignment> {
    let (_, largest) = raw.range();
    let weight = away_from_edges(raw, expected, seen, largest);
    let block = raw.width().div_ceil(FIT_WIDTH).max(2);
    let (measured, total) = pooled(raw, &weight, block);
    let (known, _) = pooled(expected, &weight, block);
    aligned(&measured, &known, &total)
}

/// With a share of its field left in the depth.
fn believed(found: &Alignment) -> Alignment {
    Alignment { field: found.field.map(|f| f * (1.0 - FIELD_BELIEVED)), ..*found }
}

/// How much a pixel counts in the fit: as surely as it was carried, and hardly near jumps of depth in either picture.
/// Flow is off there, so what is carried is a mixture of both sides with less contrast than the truth; against it any
/// depth looks too steep, and the scale would shrink a little with every frame.
fn away_from_edges(raw: &Raster<f32>, expected: &Raster<f32>, seen: &Raster<f32>, largest: f32) -> Raster<f32> {
    let (width, height) = raw.size();
    let steep = Raster::from_fn(width, height, |x, y| {
        let (x, y) = (x as isize, y as isize);
        let of = |r: &Raster<f32>| {
            (r.clamped(x + 1, y) - r.clamped(x - 1, y)).abs() + (r.clamped(x, y + 1) - r.clamped(x, y - 1)).abs()
        };
        of(raw).max(of(expected))
    });
    let reach = (width / 32).clamp(2, 12) as isize;
    let along = |of: &Raster<f32>, dx: isize, dy: isize| {
        Raster::from_fn(width, height, |x, y| {
            (-reach..=reach).fold(0.0f32, |most, i| most.max(of.clamped(x as isize + i * dx, y as isize + i * dy)))
        })
    };
    let wide = along(&along(&steep, 1, 0), 0, 1);
    let weigh = |steep: &Raster<f32>| {
        Raster::from_fn(width, height, |x, y| {
            let share = steep.at(x, y) / (0.02 * largest.max(1e-9));
            seen.at(x, y) / (1.0 + share.powi(4))
        })
    };
    let weight = weigh(&wide);
    // Foliage has edges everywhere; then the edges themselves alone are left out.
    let left = weight.data().iter().sum::<f32>() / weight.data().len() as f32;
    if left > 0.1 { weight } else { weigh(&steep) }
}

/// The fit sees means of blocks, at most this many along a row. What is carried from frame to frame gets blurred a
/// little, and against a blurred picture of itself any depth looks too steep: pixel by pixel, that shrank the scale by
/// some percent in a thousand frames. Means of blocks hardly change when their inside is blurred.
const FIT_WIDTH: usize = 48;

/// Weighted means of blocks, and the mean weight of each.
fn pooled(of: &Raster<f32>, weight: &Raster<f32>, block: usize) -> (Raster<f32>, Raster<f32>) {
    let (width, height) = (of.width().div_ceil(block), of.height().div_ceil(block));
    let mut total = Raster::filled(width, height, 0.0f32);
    let mut mean = Raster::filled(width, height, 0.0f32);
    for y in 0..of.height() {
        for x in 0..of.width() {
            let (bx, by, w) = (x / block, y / block, weight.at(x, y));
            total.set(bx, by, total.at(bx, by) + w);
            mean.set(bx, by, mean.at(bx, by) + w * of.at(x, y));
        }
    }
    let area = (block * block) as f32;
    for (mean, total) in mean.data_mut().iter_mut().zip(total.data_mut()) {
        *mean /= total.max(1e-9);
        *total /= area;
    }
    (mean, total)
}

/// Whether flow explains too little, and less than a move would.
fn is_cut(flow: &Flow, now: &Raster<f32>, before: &Raster<f32>) -> bool {
    let all = flow.remainder.data().len() as f32;
    let unexplained = flow.remainder.data().iter().filter(|r| **r > CUT_REMAINDER).count() as f32 / all;
    let mean = |of: &Raster<f32>| of.data().iter().sum::<f32>() / all;
    // An exposure that jumps changes every pixel alike; what is left after the means are made equal is what counts.
    let lift = (mean(now) - mean(before)).abs();
    let beyond = flow.remainder.data().iter().filter(|r| **r > CUT_REMAINDER + lift).count() as f32 / all;
    unexplained > CUT_SHARE || beyond > 0.6 * CUT_SHARE
}

/// The depth before where it is now, and how surely, 0..=1.
fn carried(before: &Raster<f32>, flow: &Flow) -> (Raster<f32>, Raster<f32>) {
    let (width, height) = before.size();
    let (fx, fy) = (flow.offset.width() as f32 / width as f32, flow.offset.height() as f32 / height as f32);
    let (u, v) = (flow.offset.map(|o| o[0] / fx), flow.offset.map(|o| o[1] / fy));
    let mut both = vec![(0.0f32, 0.0f32); width * height];
    for_rows(&mut both, width, |y, row| {
        for (x, out) in row.iter_mut().enumerate() {
            let (sx, sy) = ((x as f32 + 0.5) * fx - 0.5, (y as f32 + 0.5) * fy - 0.5);
            let (from_x, from_y) = (x as f32 + u.bilinear(sx, sy), y as f32 + v.bilinear(sx, sy));
            let inside =
                from_x >= 0.0 && from_y >= 0.0 && from_x <= width as f32 - 1.0 && from_y <= height as f32 - 1.0;
            let left = flow.remainder.bilinear(sx, sy) / 0.04;
            *out = (before.bilinear(from_x, from_y), if inside { 1.0 / (1.0 + left * left) } else { 0.0 });
        }
    });
    (
        Raster::from_fn(width, height, |x, y| both[y * width + x].0),
        Raster::from_fn(width, height, |x, y| both[y * width + x].1),
    )
}

/// Where no anchor is in view. Over many frames the network's own scale errs to both sides alike; its mean over the
/// first frames is a reference that does not walk, and the scale is slowly drawn to it.
#[derive(Clone, Debug, Default)]
struct Drift {
    frames: f32,
    /// Mean of the logarithm of the scale that was taken out, over the first [`REFERENCE_FRAMES`] frames.
    reference: f32,
    /// The same over about the last [`RECENT_FRAMES`].
    recent: f32,
}

const REFERENCE_FRAMES: f32 = 400.0;
const RECENT_FRAMES: f32 = 200.0;
/// Share of the walked distance that is taken back with every frame.
const TAKEN_BACK: f32 = 0.02;
/// Share of the field that is believed and not taken out. A network's smooth errors differ from frame to frame, so their
/// mean over some twenty frames is nearer to the truth than those of the first one, which would else stay for ever.
const FIELD_BELIEVED: f32 = 0.08;

impl Drift {
    fn add(&mut self, found: &Alignment) {
        self.frames += 1.0;
        let log = found.scale.ln();
        if self.frames <= REFERENCE_FRAMES {
            self.reference += (log - self.reference) / self.frames;
        }
        self.recent += (log - self.recent) / self.frames.min(RECENT_FRAMES);
    }

    /// The alignment with a little of what walked away taken back.
    fn steadied(&self, found: &Alignment) -> Alignment {
        let back = TAKEN_BACK * (self.recent - self.reference);
        Alignment { scale: found.scale * (-back).exp(), ..*found }
    }
}
