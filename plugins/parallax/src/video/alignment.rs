//! One frame's depth against what it should be: a scale and a smooth field, robustly.

use crate::raster::Raster;

/// Terms of the field: 1, x, y and the products up to the third degree, over -1..=1.
pub const TERMS: usize = 10;
/// A scale and the field.
const UNKNOWNS: usize = TERMS + 1;

/// `measured = scale x truth + field(x, y)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alignment {
    pub scale: f32,
    pub field: [f32; TERMS],
}

impl Alignment {
    pub const IDENTITY: Self = Self { scale: 1.0, field: [0.0; TERMS] };

    /// The true value behind a measured one at (x, y), both -1..=1 over the picture.
    pub fn undo(&self, measured: f32, x: f32, y: f32) -> f32 {
        let field: f32 = terms(x, y).iter().zip(self.field).map(|(t, f)| t * f).sum();
        (measured - field) / self.scale
    }
}

pub fn terms(x: f32, y: f32) -> [f32; TERMS] {
    [1.0, x, y, x * x, x * y, y * y, x * x * x, x * x * y, x * y * y, y * y * y]
}

/// Place of a pixel in -1..=1.
pub fn place(x: usize, y: usize, width: usize, height: usize) -> (f32, f32) {
    let along = |i: usize, length: usize| (2.0 * i as f32 + 1.0) / length as f32 - 1.0;
    (along(x, width), along(y, height))
}

const ROUNDS: usize = 6;

/// The alignment that explains `measured` by `expected`, each pixel counting as its `weight`; `None` when the weights
/// leave too little. Iteratively reweighted least squares with Tukey's weights.
///
/// What is measured is explained by what is expected and not the other way round: the noise is in the measured one,
/// and noise in a regressor makes its slope too small. Every frame would then shrink a little, and 2000 of them a lot.
pub fn aligned(measured: &Raster<f32>, expected: &Raster<f32>, weight: &Raster<f32>) -> Option<Alignment> {
    let (width, height) = measured.size();
    let mut current: Option<Alignment> = None;
    let mut scale_of_errors = f32::INFINITY;
    for _ in 0..ROUNDS {
        let mut normal = [[0.0f64; UNKNOWNS + 1]; UNKNOWNS];
        let mut total = 0.0f64;
        let mut errors = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let mut w = weight.at(x, y);
                if !(w > 0.0) {
                    continue;
                }
                let (px, py) = place(x, y, width, height);
                let field = terms(px, py);
                let (d, p) = (measured.at(x, y), expected.at(x, y));
                if let Some(a) = &current {
                    let explained: f32 = field.iter().zip(a.field).map(|(t, f)| t * f).sum::<f32>() + a.scale * p;
                    let error = (d - explained).abs();
                    errors.push(error);
                    let share = error / (4.7 * scale_of_errors);
                    w *= if share < 1.0 { (1.0 - share * share).powi(2) } else { 0.0 };
                }
                let row: [f64; UNKNOWNS] = std::array::from_fn(|i| f64::from(if i == 0 { p } else { field[i - 1] }));
                for i in 0..UNKNOWNS {
                    for j in i..UNKNOWNS {
                        normal[i][j] += f64::from(w) * row[i] * row[j];
                    }
                    normal[i][UNKNOWNS] += f64::from(w) * row[i] * f64::from(d);
                }
                total += f64::from(w);
            }
        }
        if total < 2.0 * UNKNOWNS as f64 {
            return None;
        }
        let upper = normal;
        for (i, row) in normal.iter_mut().enumerate() {
            for (value, source) in row.iter_mut().zip(&upper).take(i) {
                *value = source[i];
            }
            // A field bends only where the depths insist: in a street most of depth is as smooth as a field, and could
            // be explained by either.
            row[i] += total * if i > 1 { 3e-3 } else { 1e-9 };
        }
        let solved = solve(&mut normal)?;
        let next = Alignment { scale: solved[0] as f32, field: std::array::from_fn(|i| solved[i + 1] as f32) };
        // The median of absolute errors over 0.6745 is the deviation of a normal distribution.
        if errors.is_empty() {
            errors = (0..width * height)
                .filter(|&i| weight.data()[i] > 0.0)
                .map(|i| {
                    let (px, py) = place(i % width, i / width, width, height);
                    let explained: f32 = terms(px, py).iter().zip(next.field).map(|(t, f)| t * f).sum();
                    (measured.data()[i] - explained - next.scale * expected.data()[i]).abs()
                })
                .collect();
        }
        let middle = errors.len() / 2;
        let (_, median, _) = errors.select_nth_unstable_by(middle, f32::total_cmp);
        scale_of_errors = (*median / 0.6745).max(1e-6);
        current = Some(next);
    }
    current.filter(|a| a.scale.is_finite() && a.scale > 0.05 && a.scale < 20.0)
}

/// Gauss with pivots; `None` for a singular matrix.
fn solve(m: &mut [[f64; UNKNOWNS + 1]; UNKNOWNS]) -> Option<[f64; UNKNOWNS]> {
    for column in 0..UNKNOWNS {
        let pivot = (column..UNKNOWNS).max_by(|&a, &b| m[a][column].abs().total_cmp(&m[b][column].abs()))?;
        m.swap(column, pivot);
        if !(m[column][column].abs() > 1e-12) {
            return None;
        }
        let pivot_row = m[column];
        for row in &mut m[column + 1..] {
            let factor = row[column] / pivot_row[column];
            for (value, pivot) in row.iter_mut().zip(pivot_row).skip(column) {
                *value -= factor * pivot;
            }
        }
    }
    let mut x = [0.0; UNKNOWNS];
    for row in (0..UNKNOWNS).rev() {
        let known: f64 = (row + 1..UNKNOWNS).map(|k| m[row][k] * x[k]).sum();
        x[row] = (m[row][UNKNOWNS] - known) / m[row][row];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::noise;

    #[test]
    fn scale_and_field_are_found_under_outliers() {
        let truth = Raster::from_fn(80, 45, |x, y| 0.2 + 0.8 * noise(x as f32 * 0.1, y as f32 * 0.1, 3));
        let planted = Alignment { scale: 1.3, field: [0.1, 0.05, -0.04, 0.03, 0.0, -0.02, 0.01, 0.0, 0.0, 0.02] };
        let measured = Raster::from_fn(80, 45, |x, y| {
            let (px, py) = place(x, y, 80, 45);
            let field: f32 = terms(px, py).iter().zip(planted.field).map(|(t, f)| t * f).sum();
            let outlier = if (x * 7 + y * 13) % 9 == 0 { 0.5 } else { 0.0 };
            1.3 * truth.at(x, y) + field + outlier
        });
        let got = aligned(&measured, &truth, &Raster::filled(80, 45, 1.0)).unwrap();
        assert!((got.scale - 1.3).abs() < 3e-2, "{got:?}");
        let worst = (0..80 * 45)
            .map(|i| {
                let (x, y) = (i % 80, i / 80);
                let (px, py) = place(x, y, 80, 45);
                let clean = measured.at(x, y) - if (x * 7 + y * 13) % 9 == 0 { 0.5 } else { 0.0 };
                (got.undo(clean, px, py) - truth.at(x, y)).abs()
            })
            .fold(0.0, f32::max);
        assert!(worst < 4e-2, "{worst}");
        assert!(aligned(&measured, &truth, &Raster::filled(80, 45, 0.0)).is_none());
    }
}
