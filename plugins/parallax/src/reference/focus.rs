//! Depth of field, layer by layer.

use super::warp::{SceneRenderer, Seen};
use crate::raster::{Raster, Rgba};
use crate::view::View;
use crate::workers::for_rows;

/// A thin lens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Focus {
    /// Inverse depth that is sharp.
    pub inverse_depth: f32,
    /// Diameter of the blur circle of a point infinitely far, when focus is at inverse depth 1, in widths of the
    /// picture: the circle is `aperture x |q - focus|`. 0 is a pinhole.
    pub aperture_widths: f32,
}

impl Focus {
    /// Radius of the blur circle, pixels.
    pub fn radius_px(&self, inverse_depth: f32, width: usize) -> f32 {
        0.5 * self.aperture_widths * (inverse_depth - self.inverse_depth).abs() * width as f32
    }
}

/// Points of a blur circle, on a golden spiral (Vogel 1979): even over the disc for any number.
const TAPS: usize = 48;
const MOST_RADIUS_PX: f32 = 48.0;

/// A view through a lens. Each layer is blurred with its own depths and opacity before the layers are put together, so
/// that a sharp front never leaks into the blur behind it, and a blurred front shows what is behind it.
pub fn render_focused(scene: &SceneRenderer, view: &View, width: usize, height: usize, focus: &Focus) -> Seen {
    let mut all =
        Seen { colour: Raster::filled(width, height, [0.0; 4]), inverse_depth: Raster::filled(width, height, 0.0) };
    for layer in 0..scene.layer_count() {
        let sharp = scene.render_layers(view, width, height, layer..layer + 1);
        let blurred = blurred(&sharp, focus);
        for (i, (under, &over)) in blurred.data().iter().zip(all.colour.data().to_vec().iter()).enumerate() {
            let room = 1.0 - over[3];
            if room > 0.0 {
                if over[3] < 0.5 {
                    all.inverse_depth.data_mut()[i] = sharp.inverse_depth.data()[i];
                }
                all.colour.data_mut()[i] = std::array::from_fn(|c| over[c] + room * under[c]);
            }
        }
    }
    all
}

/// Each pixel gathers from the circle around it what spreads as far as to reach it.
fn blurred(sharp: &Seen, focus: &Focus) -> Raster<Rgba> {
    let (width, height) = sharp.colour.size();
    let radius = sharp.inverse_depth.map(|q| focus.radius_px(q, width).min(MOST_RADIUS_PX));
    // Clear pixels have no depth of their own; the largest circle that could reach them is their neighbours'.
    let reach =
        spread_max(&Raster::from_fn(
            width,
            height,
            |x, y| {
                if sharp.colour.at(x, y)[3] > 0.0 { radius.at(x, y) } else { 0.0 }
            },
        ));
    let mut out = sharp.colour.clone();
    let golden = std::f32::consts::PI * (3.0 - 5.0f32.sqrt());
    let taps: Vec<[f32; 3]> = (0..TAPS)
        .map(|i| {
            let share = ((i as f32 + 0.5) / TAPS as f32).sqrt();
            [share * (golden * i as f32).cos(), share * (golden * i as f32).sin(), share]
        })
        .collect();
    for_rows(out.data_mut(), width, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let around = reach.at(x / REACH_TILE, y / REACH_TILE);
            if around < 0.5 {
                continue;
            }
            let own = sharp.colour.at(x, y);
            let own_radius = radius.at(x, y).max(0.5);
            // A point spreads its light over its own circle; the disc of taps stands for `around` squared of area.
            let mut weight = 1.0 / (own_radius * own_radius) * around * around / TAPS as f32;
            let mut sum = own.map(|v| v * weight);
            for &[dx, dy, share] in &taps {
                let (sx, sy) = ((x as f32 + dx * around).round() as isize, (y as f32 + dy * around).round() as isize);
                let there = radius_at(&radius, sx, sy).max(0.5);
                let covers = (there - share * around + 0.5).clamp(0.0, 1.0);
                if covers > 0.0 {
                    let w = covers * around * around / (there * there) / TAPS as f32;
                    let v = sharp.colour.clamped(sx, sy);
                    (0..4).for_each(|c| sum[c] += v[c] * w);
                    weight += w;
                }
            }
            *pixel = sum.map(|v| v / weight.max(1e-9));
        }
    });
    out
}

fn radius_at(radius: &Raster<f32>, x: isize, y: isize) -> f32 {
    radius.clamped(x, y)
}

const REACH_TILE: usize = 8;

/// The largest radius in and around squares of eight pixels, as far as it reaches.
fn spread_max(radius: &Raster<f32>) -> Raster<f32> {
    let (width, height) = radius.size();
    let tiles = Raster::from_fn(width.div_ceil(REACH_TILE), height.div_ceil(REACH_TILE), |tx, ty| {
        let mut most = 0.0f32;
        for y in ty * REACH_TILE..((ty + 1) * REACH_TILE).min(height) {
            for x in tx * REACH_TILE..((tx + 1) * REACH_TILE).min(width) {
                most = most.max(radius.at(x, y));
            }
        }
        most
    });
    let steps = (MOST_RADIUS_PX / REACH_TILE as f32).ceil() as isize;
    Raster::from_fn(tiles.width(), tiles.height(), |tx, ty| {
        let mut most = 0.0f32;
        for dy in -steps..=steps {
            for dx in -steps..=steps {
                let there = tiles.clamped(tx as isize + dx, ty as isize + dy);
                let apart = (dx.abs().max(dy.abs()) - 1).max(0) as f32 * REACH_TILE as f32;
                if there > apart {
                    most = most.max(there);
                }
            }
        }
        most
    })
}
