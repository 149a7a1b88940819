//! How the camera of a video moved, in pixels: where each still point was in the frame before, also one that is hidden.
//!
//! Flow of single pixels is worst where it is asked for here, at silhouettes, and unknown behind them. A small motion of
//! a pinhole camera moves a still point with inverse depth q by A(x, y) + q B(x, y) with eleven numbers (Longuet-Higgins and
//! Prazdny, "The interpretation of a moving retinal image", 1980), an unknown scale and offset of q included. They are
//! fitted to flow and then to the two pictures themselves, coarse to fine, and what moves on its own counts little (Irani and Anandan, "About
//! direct methods", 1999).

use super::flow::flow_between;
use crate::raster::Raster;

/// Numbers of the motion, and two for light that changes.
const TERMS: usize = 11;
const UNKNOWNS: usize = TERMS + 2;
const LARGEST_WIDTH: usize = 480;
/// On pictures of this width flow of single pixels makes a beginning.
const FLOW_WIDTH: usize = 160;
const FLOW_ROUNDS: usize = 8;
/// Flow that is off by more, in pixels, is something else or wrong.
const OTHER_PX: f32 = 0.7;
const OTHER_REMAINDER: f32 = 0.04;
/// Change of depth over two pixels, as a share of the nearest, from which on a pixel may be an edge.
const STEEP: f32 = 0.04;
const ROUNDS: usize = 8;
/// Differences of brightness beyond which a pixel is something else, at first and in the end.
const OTHER: [f32; 2] = [0.12, 0.04];
/// A step shorter than this, half widths of the picture, ends a level.
const SETTLED: f64 = 1e-6;

/// The motion of a still world between two frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneMotion {
    terms: [f32; TERMS],
    /// Inverse depth that counts as 1.
    unit: f32,
    middle: [f32; 2],
    half_width: f32,
}

impl SceneMotion {
    /// Nothing moved.
    pub fn still(width: usize, height: usize) -> Self {
        Self::with([0.0; TERMS], 1.0, width, height)
    }

    fn with(terms: [f32; TERMS], unit: f32, width: usize, height: usize) -> Self {
        let middle = [0.5 * (width as f32 - 1.0), 0.5 * (height as f32 - 1.0)];
        Self { terms, unit, middle, half_width: 0.5 * width as f32 }
    }

    /// What to add to the place of a pixel, to find what it shows in the frame before; pixels.
    pub fn offset(&self, x: f32, y: f32, inverse_depth: f32) -> [f32; 2] {
        let [along, across] = basis(
            (x - self.middle[0]) / self.half_width,
            (y - self.middle[1]) / self.half_width,
            inverse_depth / self.unit,
        );
        let sum = |of: &[f32; TERMS]| of.iter().zip(&self.terms).map(|(b, t)| b * t).sum::<f32>() * self.half_width;
        [sum(&along), sum(&across)]
    }

    /// Finds the motion from `before` to `now` (brightness, best as square roots of light, 0..=1, of one size) with
    /// the inverse depth of `now`, of the same size as well.
    pub fn between(now: &Raster<f32>, before: &Raster<f32>, inverse_depth: &Raster<f32>) -> Self {
        let (width, height) = now.size();
        let (_, nearest) = inverse_depth.range();
        let unit = nearest.max(1e-12);
        let mut sizes = Vec::new();
        let largest = width.min(LARGEST_WIDTH);
        let mut size = (largest, (height * largest).div_ceil(width));
        while sizes.is_empty() || size.0 >= FLOW_WIDTH {
            sizes.push(size);
            size = (size.0 / 2, (size.1 / 2).max(1));
        }
        let pair = |(width, height): (usize, usize), other: f32| {
            let depth = inverse_depth.resized(width, height).map(|q| q / unit);
            let (now, before) = (now.resized(width, height), before.resized(width, height));
            Pair { now, before, trust: away_from_edges(&depth), depth, other }
        };
        let coarsest = pair(sizes[sizes.len() - 1], OTHER[0]);
        let still = [0.0; UNKNOWNS];
        let flowing = coarsest.flowing();
        let is_still = coarsest.normal(&still).cost <= coarsest.normal(&flowing).cost;
        let mut terms = if is_still { still } else { flowing };
        for &size in sizes.iter().rev() {
            let mut pair = pair(size, 0.0);
            // What is still far off would be taken for something else by the narrow one.
            for other in OTHER {
                pair.other = other;
                terms = pair.refined(terms);
            }
        }
        let terms: [f32; TERMS] = std::array::from_fn(|i| terms[i] as f32);
        if terms.iter().all(|t| t.is_finite()) {
            Self::with(terms, unit, width, height)
        } else {
            Self::still(width, height)
        }
    }
}

/// What each number moves a point by, along and across; (x, y) in half widths from the middle.
fn basis(x: f32, y: f32, q: f32) -> [[f32; TERMS]; 2] {
    [[1.0, x, y, 0.0, 0.0, 0.0, x * x, x * y, q, 0.0, q * x], [0.0, 0.0, 0.0, 1.0, x, y, x * y, y * y, 0.0, q, q * y]]
}

/// One level.
struct Pair {
    now: Raster<f32>,
    before: Raster<f32>,
    depth: Raster<f32>,
    /// How much a pixel says.
    trust: Raster<f32>,
    other: f32,
}

/// A pixel at a jump of depth shows two surfaces and has the depth of neither.
fn away_from_edges(depth: &Raster<f32>) -> Raster<f32> {
    Raster::from_fn(depth.width(), depth.height(), |x, y| {
        let (x, y) = (x as isize, y as isize);
        let along = depth.clamped(x + 1, y) - depth.clamped(x - 1, y);
        let across = depth.clamped(x, y + 1) - depth.clamped(x, y - 1);
        let share = (along.abs() + across.abs()) / STEEP;
        1.0 / (1.0 + share * share)
    })
}

impl Pair {
    /// A beginning: the motion that most of the flow of single pixels agrees on.
    fn flowing(&self) -> Terms {
        let (width, height) = self.now.size();
        let flow = flow_between(&self.now, &self.before);
        let mut terms = [0.0; UNKNOWNS];
        for round in 0..FLOW_ROUNDS {
            // Wide at first, so that a beginning from nothing finds anything.
            let other = OTHER_PX * (1 << (FLOW_ROUNDS - 1 - round).min(5)) as f32;
            let motion = SceneMotion::with(std::array::from_fn(|i| terms[i] as f32), 1.0, width, height);
            let half = motion.half_width;
            let mut sums = Normal::default();
            for y in 0..height {
                for x in 0..width {
                    let (fx, fy, q) = (x as f32, y as f32, self.depth.at(x, y));
                    let [u, v] = motion.offset(fx, fy, q);
                    let [flow_u, flow_v] = flow.offset.at(x, y);
                    let off = [flow_u - u, flow_v - v];
                    let share2 = (off[0] * off[0] + off[1] * off[1]) / (other * other);
                    let left = flow.remainder.at(x, y) / OTHER_REMAINDER;
                    let weight = f64::from(self.trust.at(x, y) / ((1.0 + share2).powi(2) * (1.0 + left * left)));
                    let both = basis((fx - motion.middle[0]) / half, (fy - motion.middle[1]) / half, q);
                    for (basis, off) in both.iter().zip(off) {
                        for i in 0..TERMS {
                            for j in 0..=i {
                                sums.matrix[i][j] += weight * f64::from(basis[i] * basis[j]);
                            }
                            sums.right[i] += weight * f64::from(basis[i] * off / half);
                        }
                    }
                }
            }
            let Some(step) = sums.step(0.0) else { break };
            (0..TERMS).for_each(|i| terms[i] += step[i]);
        }
        terms
    }

    /// Levenberg and Marquardt: steps that make it worse are taken back and made shorter.
    fn refined(&self, mut terms: Terms) -> Terms {
        let mut here = self.normal(&terms);
        let mut damping = 1e-3;
        for _ in 0..ROUNDS {
            let Some(step) = here.step(damping) else { break };
            let there_terms: Terms = std::array::from_fn(|i| terms[i] + step[i]);
            let there = self.normal(&there_terms);
            if there.cost < here.cost {
                (terms, here) = (there_terms, there);
                damping *= 0.2;
                if step[..TERMS].iter().all(|s| s.abs() < SETTLED) {
                    break;
                }
            } else {
                damping *= 10.0;
            }
        }
        terms
    }

    /// What a step is made from.
    fn normal(&self, terms: &Terms) -> Normal {
        let (width, height) = self.now.size();
        let current: [f32; TERMS] = std::array::from_fn(|i| terms[i] as f32);
        let motion = SceneMotion::with(current, 1.0, width, height);
        let (gain, lift) = (1.0 + terms[TERMS] as f32, terms[TERMS + 1] as f32);
        let mut sums = Normal::default();
        let mut inside = 0usize;
        for y in 0..height {
            // Rows are short enough for single precision; sums of rows are not.
            let mut row_normal = [[0.0f32; UNKNOWNS]; UNKNOWNS];
            let mut row_right = [0.0f32; UNKNOWNS];
            let mut row_cost = 0.0f32;
            for x in 0..width {
                let (fx, fy) = (x as f32, y as f32);
                let [u, v] = motion.offset(fx, fy, self.depth.at(x, y));
                let (px, py) = (fx + u, fy + v);
                if !(px >= 1.0 && py >= 1.0 && px <= width as f32 - 2.0 && py <= height as f32 - 2.0) {
                    continue;
                }
                let own = self.now.at(x, y);
                let difference = self.before.bilinear(px, py) - gain * own - lift;
                let (ix, iy) = (x as isize, y as isize);
                // The mean of both pictures' slopes; either alone is too steep or too gentle at every peak.
                let slope = |dx: f32, dy: f32, ahead: f32, behind: f32| {
                    let there = self.before.bilinear(px + dx, py + dy) - self.before.bilinear(px - dx, py - dy);
                    0.25 * (there + ahead - behind) * motion.half_width
                };
                let gx = slope(1.0, 0.0, self.now.clamped(ix + 1, iy), self.now.clamped(ix - 1, iy));
                let gy = slope(0.0, 1.0, self.now.clamped(ix, iy + 1), self.now.clamped(ix, iy - 1));
                let share = difference / self.other;
                let trust = self.trust.at(x, y);
                let weight = trust / (1.0 + share * share).powi(2);
                row_cost += trust * share * share / (1.0 + share * share);
                inside += 1;
                let half = motion.half_width;
                let [along, across] =
                    basis((fx - motion.middle[0]) / half, (fy - motion.middle[1]) / half, self.depth.at(x, y));
                let mut of = [0.0f32; UNKNOWNS];
                for i in 0..TERMS {
                    of[i] = gx * along[i] + gy * across[i];
                }
                of[TERMS] = -own;
                of[TERMS + 1] = -1.0;
                for (i, (row, right)) in row_normal.iter_mut().zip(&mut row_right).enumerate() {
                    let weighted = weight * of[i];
                    row.iter_mut().zip(&of).take(i + 1).for_each(|(sum, other)| *sum += weighted * other);
                    *right -= weighted * difference;
                }
            }
            for (sums, row) in sums.matrix.iter_mut().zip(&row_normal) {
                sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += f64::from(v));
            }
            sums.right.iter_mut().zip(&row_right).for_each(|(sum, &v)| *sum += f64::from(v));
            sums.cost += f64::from(row_cost);
        }
        // What leaves the picture is no gain.
        sums.cost = (sums.cost + (width * height - inside) as f64) / (width * height) as f64;
        sums
    }
}

type Terms = [f64; UNKNOWNS];

#[derive(Default)]
struct Normal {
    /// Lower triangle.
    matrix: [[f64; UNKNOWNS]; UNKNOWNS],
    right: Terms,
    /// Share of the pixels that is not explained (after Geman and McClure 1985).
    cost: f64,
}

impl Normal {
    /// `None` where nothing can be told.
    fn step(&self, damping: f64) -> Option<Terms> {
        let mut matrix = self.matrix;
        let trace = (0..TERMS).map(|i| matrix[i][i]).sum::<f64>();
        for (i, row) in matrix.iter_mut().enumerate() {
            // What the pictures do not tell stays as it is: plain walls, and depth that is the same everywhere.
            row[i] += damping * row[i] + 1e-6 * trace + 1e-9;
        }
        solved(matrix, self.right)
    }
}

/// Cholesky; the lower triangle of `m` is given. `None` unless it is positive definite.
fn solved(mut m: [[f64; UNKNOWNS]; UNKNOWNS], mut b: Terms) -> Option<Terms> {
    for i in 0..UNKNOWNS {
        for j in 0..=i {
            let sum = m[i][j] - (0..j).map(|k| m[i][k] * m[j][k]).sum::<f64>();
            if i == j {
                if !(sum > 0.0) {
                    return None;
                }
                m[i][i] = sum.sqrt();
            } else {
                m[i][j] = sum / m[j][j];
            }
        }
    }
    for i in 0..UNKNOWNS {
        b[i] = (b[i] - (0..i).map(|k| m[i][k] * b[k]).sum::<f64>()) / m[i][i];
    }
    for i in (0..UNKNOWNS).rev() {
        b[i] = (b[i] - (i + 1..UNKNOWNS).map(|k| m[k][i] * b[k]).sum::<f64>()) / m[i][i];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use bevy_math::{Quat, Vec2, Vec3};

    use super::*;
    use crate::truth::{Scene, Shape, Thing};
    use crate::view::{View, unprojected};

    #[test]
    fn still_points_are_found_again_while_what_is_nearest_moves_on_its_own() {
        let (width, height) = (480, 270);
        let all = [0, 1, 2, 3].map(|number| {
            let mut scene = Scene::numbered(number);
            let first = View::of_picture(0.9);
            let second = View {
                position: Vec3::new(0.03, -0.01, -0.02),
                rotation: Quat::from_rotation_y(0.006) * Quat::from_rotation_z(0.004),
                ..first
            };
            let before = scene.picture(&first, width, height, 2);
            // One thing moves on its own.
            let is_ball = |thing: &Thing| matches!(thing.shape, Shape::Sphere { .. });
            let moving = scene.things.iter().position(is_ball);
            if let Some(Shape::Sphere { middle, .. }) = moving.map(|i| &mut scene.things[i].shape) {
                middle.x += 0.1;
            }
            let now = scene.picture(&second, width, height, 2);
            let light = |p: [f32; 4]| (0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]).max(0.0).sqrt();
            // The unit and the offset of depth are anybody's; light is a little less.
            let depth = now.inverse_depth.map(|q| 3.0 * q + 0.2);
            let got = SceneMotion::between(&now.colour.map(light).map(|v| 0.96 * v), &before.colour.map(light), &depth);
            let (mut sum, mut worst, mut count) = (0.0f32, 0.0f32, 0.0f32);
            for y in (8..height - 8).step_by(7) {
                for x in (8..width - 8).step_by(7).filter(|&x| Some(usize::from(now.thing.at(x, y))) != moving) {
                    let q = now.inverse_depth.at(x, y);
                    let here = Vec2::new(x as f32, y as f32);
                    let point = second.position + second.rotation * unprojected(here, q, 0.9, width, height);
                    let (was, _) = first.project(point, width, height).unwrap();
                    let [u, v] = got.offset(here.x, here.y, depth.at(x, y));
                    let off = (was - here - Vec2::new(u, v)).length();
                    (sum, worst, count) = (sum + off, worst.max(off), count + 1.0);
                }
            }
            println!("scene {number}: mean {:.3} px, worst {worst:.3} px", sum / count);
            (sum / count, worst)
        });
        // A ball that fills much of what is near (scene 0) takes a little of the fit with it.
        assert!(all.iter().all(|&(mean, worst)| mean < 0.25 && worst < 3.0), "{all:?}");
        assert!(all.iter().map(|(mean, _)| mean / 4.0).sum::<f32>() < 0.12, "{all:?}");
    }
}
