//! The search along epipolar lines, square by square.

use bevy_math::Vec2;

use super::sample;
use super::tiles::{Bounds, TILE, TileBounds};
use crate::layers::{Layer, LayeredImage};
use crate::raster::{Raster, Rgba};
use crate::view::{View, middle};
use crate::workers::for_rows;

/// Layers made ready to be looked at from many views.
#[derive(Clone, Debug)]
pub struct SceneRenderer<'a> {
    image: &'a LayeredImage,
    bounds: Vec<TileBounds>,
    picture_focal_widths: f32,
}

/// What a view shows.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Linear, multiplied by opacity; clear where no layer is, which is beyond the borders of the picture.
    pub colour: Raster<Rgba>,
    /// Inverse depth in the picture's space of what is foremost, for focus and stereo.
    pub inverse_depth: Raster<f32>,
}

/// Steps of a search along a line are at most this long.
const STEP_PX: f32 = 0.75;
const MOST_STEPS: usize = 400;
/// Where a step of the fixed point shrinks errors at least this much, few of them are exact enough.
const GENTLE: f32 = 0.45;
/// Opacity that hides what is behind it.
const HIDES: f32 = 0.998;

/// The line of a ray in the picture: position = `infinity` + inverse depth x `along`, pixels.
#[derive(Clone, Copy)]
struct Line {
    infinity: Vec2,
    along: Vec2,
}

impl Line {
    fn at(&self, inverse_depth: f32) -> Vec2 {
        self.infinity + self.along * inverse_depth
    }
}

impl<'a> SceneRenderer<'a> {
    /// Makes layers ready; `picture_focal_widths` is the focal length that the picture was taken with.
    pub fn new(image: &'a LayeredImage, picture_focal_widths: f32) -> Self {
        let bounds = image.layers.iter().map(TileBounds::new).collect();
        Self { image, bounds, picture_focal_widths }
    }

    /// How many layers there are.
    pub fn layer_count(&self) -> usize {
        self.image.layers.len()
    }

    /// All layers from a view, at the view's own size.
    pub fn render(&self, view: &View, width: usize, height: usize) -> Seen {
        self.render_layers(view, width, height, 0..self.image.layers.len())
    }

    /// Some of the layers.
    pub fn render_layers(&self, view: &View, width: usize, height: usize, layers: std::ops::Range<usize>) -> Seen {
        let mut pixels: Vec<([f32; 4], f32)> = vec![([0.0; 4], 0.0); width * height];
        for_rows(&mut pixels, width * TILE, |band, rows| {
            let top = band * TILE;
            for left in (0..width).step_by(TILE) {
                self.square(view, (width, height), (left, top), rows, layers.clone());
            }
        });
        Seen {
            colour: Raster::from_fn(width, height, |x, y| pixels[y * width + x].0),
            inverse_depth: Raster::from_fn(width, height, |x, y| pixels[y * width + x].1),
        }
    }

    /// The picture's line of a pixel of a view.
    fn line(&self, view: &View, pixel: Vec2, width: usize, height: usize) -> Option<Line> {
        let (picture_width, picture_height) = self.image.layers[0].colour.size();
        let slope = view.slope(pixel, width, height)?;
        let focal_px = self.picture_focal_widths * picture_width as f32;
        let flip = Vec2::new(focal_px, -focal_px);
        let position = view.position;
        let along = Vec2::new(position.x, position.y) + slope * position.z;
        Some(Line { infinity: middle(picture_width, picture_height) + slope * flip, along: along * flip })
    }

    fn square(
        &self,
        view: &View,
        (width, height): (usize, usize),
        (left, top): (usize, usize),
        rows: &mut [(Rgba, f32)],
        layers: std::ops::Range<usize>,
    ) {
        let (right, bottom) = ((left + TILE).min(width), (top + TILE).min(height));
        let corners = [(left, top), (right - 1, top), (left, bottom - 1), (right - 1, bottom - 1)]
            .map(|(x, y)| self.line(view, Vec2::new(x as f32, y as f32), width, height));
        for l in layers {
            let layer = &self.image.layers[l];
            let Some(bounds) = self.bounds_of_square(l, &corners) else { continue };
            if bounds.most_opacity <= 0.0 {
                continue;
            }
            let mut clear = false;
            // The last layer is closed.
            let is_last = l + 1 == self.image.layers.len();
            let steepest = if is_last { f32::INFINITY } else { 1.01 * self.image.steepest() };
            let mut guess = (bounds.nearest + bounds.farthest) * 0.5;
            for y in top..bottom {
                for x in left..right {
                    let pixel = &mut rows[(y - top) * width + x];
                    if pixel.0[3] >= HIDES {
                        continue;
                    }
                    if let Some(line) = self.line(view, Vec2::new(x as f32, y as f32), width, height) {
                        // In front of the camera: 1 + q z > 0, see `View`.
                        let most = if view.position.z < 0.0 { -0.999 / view.position.z } else { f32::INFINITY };
                        meet(layer, line, bounds, (most, steepest), &mut guess, pixel);
                    }
                    clear |= pixel.0[3] < HIDES;
                }
            }
            if !clear {
                break;
            }
        }
    }

    /// Bounds of the part of a layer that a square of the view can meet: from all its depths first, then from the
    /// depths that those places have.
    fn bounds_of_square(&self, l: usize, corners: &[Option<Line>; 4]) -> Option<Bounds> {
        let mut bounds = self.bounds[l].whole;
        for _ in 0..3 {
            let (mut low, mut high) = (Vec2::INFINITY, Vec2::NEG_INFINITY);
            for corner in corners {
                // A corner that looks away from the picture says nothing of where the others look.
                let Some(line) = corner else { return Some(self.bounds[l].whole) };
                for depth in [bounds.nearest, bounds.farthest] {
                    low = low.min(line.at(depth));
                    high = high.max(line.at(depth));
                }
            }
            bounds = self.bounds[l].over([low.x - 1.0, low.y - 1.0], [high.x + 1.0, high.y + 1.0])?;
        }
        Some(bounds)
    }
}

/// Adds what a line meets of a layer to a pixel, nearest first.
#[inline]
fn meet(
    layer: &Layer,
    line: Line,
    bounds: Bounds,
    (most, steepest): (f32, f32),
    guess: &mut f32,
    pixel: &mut (Rgba, f32),
) {
    let depth = &layer.inverse_depth;
    let length = line.along.abs().max_element().max(1e-9);
    if bounds.steepest * length * 1.5 < GENTLE {
        let mut q = *guess;
        for _ in 0..8 {
            let at = line.at(q);
            let next = depth.bilinear(at.x, at.y);
            let moved = (next - q).abs() * length;
            q = next;
            if moved < 0.01 {
                break;
            }
        }
        *guess = q;
        if q < most {
            add(layer, line.at(q), q, pixel);
        }
        return;
    }
    let nearest = (bounds.nearest * 1.0001 + 1e-9).min(most);
    let span = nearest - bounds.farthest * 0.9999;
    let steps = ((span * length / STEP_PX).ceil() as usize).clamp(2, MOST_STEPS);
    let gap = |q: f32| {
        let at = line.at(q);
        q - depth.bilinear(at.x, at.y)
    };
    let (mut before, mut before_gap) = (nearest, gap(nearest));
    let mut met = false;
    for i in 1..=steps {
        let here = nearest - span * i as f32 / steps as f32;
        let here_gap = gap(here);
        if before_gap >= 0.0 && here_gap < 0.0 || (before_gap > 0.0 && here_gap <= 0.0) {
            let (mut near, mut near_gap, mut far, mut far_gap) = (before, before_gap, here, here_gap);
            for _ in 0..6 {
                // The false position, kept away from both ends.
                let share = (near_gap / (near_gap - far_gap)).clamp(0.1, 0.9);
                let middle = near + (far - near) * share;
                let middle_gap = gap(middle);
                if middle_gap > 0.0 {
                    (near, near_gap) = (middle, middle_gap)
                } else {
                    (far, far_gap) = (middle, middle_gap)
                }
            }
            let q = near + (far - near) * (near_gap / (near_gap - far_gap).max(1e-20)).clamp(0.0, 1.0);
            // A place that is too steep is no surface but the air between two.
            if steepness(depth, line.at(q)) <= steepest {
                met |= add(layer, line.at(q), q, pixel);
            }
            if pixel.0[3] >= HIDES {
                return;
            }
        }
        (before, before_gap) = (here, here_gap);
    }
    if !met && before_gap >= 0.0 {
        // The last step ends a hair before the farthest point of the layer.
        let at = line.at(bounds.farthest);
        if (depth.bilinear(at.x, at.y) - bounds.farthest).abs() * length < 1.0 {
            add(layer, at, bounds.farthest, pixel);
        }
    }
}

/// Largest difference of depth between the pixels around a place.
fn steepness(depth: &Raster<f32>, at: Vec2) -> f32 {
    let (x, y) = (at.x.floor() as isize, at.y.floor() as isize);
    let [a, b, c, d] = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| depth.clamped(x, y));
    (a - b).abs().max((c - d).abs()).max((a - c).abs()).max((b - d).abs())
}

/// Puts a layer's colour at a place behind what a pixel has. False when the layer is clear there.
#[inline]
fn add(layer: &Layer, at: Vec2, inverse_depth: f32, pixel: &mut (Rgba, f32)) -> bool {
    let (width, height) = layer.colour.size();
    let inside = at.x >= -0.5 && at.y >= -0.5 && at.x <= width as f32 - 0.5 && at.y <= height as f32 - 0.5;
    if !inside {
        return false;
    }
    let colour = sample::colour(&layer.colour, at.x, at.y);
    if colour[3] <= 0.0 {
        // Where a layer is clear it still has a depth, which blurs need.
        if pixel.0[3] <= 0.0 && pixel.1 <= 0.0 {
            pixel.1 = inverse_depth;
        }
        return false;
    }
    let room = 1.0 - pixel.0[3];
    if pixel.0[3] < 0.5 && pixel.0[3] + room * colour[3] >= 0.5 {
        pixel.1 = inverse_depth;
    }
    for (sum, v) in pixel.0.iter_mut().zip(colour) {
        *sum += v * room;
    }
    true
}
