//! Cusick's drape test: 30 cm of cloth clamped between discs of 18 cm; the share of the overhanging ring that is in its shadow.
//!
//! Two specimens. Slit radially, the ring is a wreath of strips that know nothing of each other, and shooting gives the exact answer (`truth::slit_drape`).
//! Uncut, it folds, and there is no truth but the solver's own at finer meshes; it must lie above the slit one, because hoops can only stiffen.

use super::cases::{DENSITY, GRAVITY, Outcome, pinned, settle, settling, stiff_enough_n_m, strip, tip};
use super::truth;
use crate::solver::cloth::Cloth;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, disc};
use crate::solver::settings::Settings;

const RADIUS_M: f64 = 0.15;
const CLAMP_M: f64 = 0.09;

/// Bending stiffness of a fabric of bending length `c`, `D = rho g c^3`, N m.
fn bend_n_m(bending_length_m: f64) -> f64 {
    DENSITY * GRAVITY * bending_length_m.powi(3)
}

/// One strip of the slit specimen, two cells wide; drape coefficient of the wreath.
pub fn slit_disc(bending_length_m: f64, cells: usize) -> Result<Outcome, ClothError> {
    let overhang = RADIUS_M - CLAMP_M;
    let bend = bend_n_m(bending_length_m);
    let (mut mesh, pins) = strip(overhang, [cells, 2], 2, Diagonals::Same)?;
    let middle = overhang / cells as f64;
    // As wide as the radius is long, in the weave and in space.
    for corner in mesh.corner_uv_m.iter_mut().flatten() {
        let radius = CLAMP_M + corner[0] - middle;
        corner[1] = middle + (corner[1] - middle) * radius / RADIUS_M;
    }
    for p in &mut mesh.positions_m {
        p[2] = -middle + (p[2] + middle) * (CLAMP_M + p[0]) / RADIUS_M;
    }
    let fabric = Fabric::isotropic(DENSITY as f32, stiff_enough_n_m(overhang) as f32, bend as f32, 0.0);
    let slowest = (1.1 * (GRAVITY / overhang).sqrt()).max(3.5 * (bend / DENSITY).sqrt() / (overhang * overhang));
    let settings = settling(&fabric, slowest, middle * CLAMP_M / RADIUS_M);
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let substeps = settle(&mut cloth, 1e-4, |c| tip(c)[1]);
    let measured = ((CLAMP_M + tip(&cloth)[0]).powi(2) - CLAMP_M * CLAMP_M) / (RADIUS_M * RADIUS_M - CLAMP_M * CLAMP_M);
    Ok(Outcome { measured, truth: truth::slit_drape(RADIUS_M, CLAMP_M, bending_length_m), substeps })
}

/// What came out of the uncut specimen.
#[derive(Clone, Copy, Debug)]
pub struct Drape {
    /// Share of the ring in the shadow, 0..1.
    pub coefficient: f64,
    /// Folds: the strongest order, of two and more, of the rim's distance from the axis.
    pub nodes: usize,
    /// Substeps it took.
    pub substeps: u32,
}

/// The uncut specimen, with `rings` rings (fives, so that the clamp is one). Ripples of a tenth of a millimetre let it fold.
pub fn cusick(rings: usize, bending_length_m: f64) -> Result<Drape, ClothError> {
    let mut mesh = disc(RADIUS_M, rings)?;
    let reach = |p: &[f64; 3]| p[0].hypot(p[2]);
    let pins: Vec<u32> = (0..mesh.positions_m.len())
        .filter(|v| reach(&mesh.positions_m[*v]) < CLAMP_M + 1e-6)
        .map(|v| v as u32)
        .collect();
    for p in &mut mesh.positions_m {
        let (beyond, angle) = ((reach(p) - CLAMP_M).max(0.0), p[2].atan2(p[0]));
        p[1] = 1e-4 * beyond / (RADIUS_M - CLAMP_M)
            * ((5.0 * angle).sin() + (6.0 * angle + 1.0).sin() + (7.0 * angle + 2.0).sin());
    }
    let first = mesh.positions_m.len() - 6 * rings;
    let overhang = RADIUS_M - CLAMP_M;
    let (stretch, bend) = (stiff_enough_n_m(overhang) as f32, bend_n_m(bending_length_m) as f32);
    let fabric = Fabric::isotropic(DENSITY as f32, stretch, bend, 0.0);
    let settings =
        Settings { threads: 2, ..settling(&fabric, 1.1 * (GRAVITY / overhang).sqrt(), RADIUS_M / rings as f64) };
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let rim = |c: &Cloth| (0..6 * rings).map(|k| c.state().position_m(first + k)).collect::<Vec<_>>();
    let shadow = |c: &Cloth| {
        let rim = rim(c);
        let next = rim.iter().cycle().skip(1);
        0.5 * rim.iter().zip(next).map(|(a, b)| b[0] * a[2] - a[0] * b[2]).sum::<f64>().abs()
    };
    let substeps = settle(&mut cloth, 1e-3, shadow);
    // The rim is a polygon: of its own area, not the circle's.
    let whole = 0.5 * (6 * rings) as f64 * RADIUS_M * RADIUS_M * (std::f64::consts::TAU / (6 * rings) as f64).sin();
    let inner = std::f64::consts::PI * CLAMP_M * CLAMP_M;
    let radii: Vec<f64> = rim(&cloth).iter().map(reach).collect();
    Ok(Drape { coefficient: (shadow(&cloth) - inner) / (whole - inner), nodes: strongest_order(&radii), substeps })
}

/// The order, from 2 to a quarter of the samples, of the largest term of a Fourier series.
fn strongest_order(samples: &[f64]) -> usize {
    let power = |order: usize| {
        let angle = |k: usize| std::f64::consts::TAU * (order * k) as f64 / samples.len() as f64;
        let [c, s] =
            [f64::cos, f64::sin].map(|f| samples.iter().enumerate().map(|(k, x)| x * f(angle(k))).sum::<f64>());
        c.hypot(s)
    };
    (2..=samples.len() / 4).max_by(|a, b| power(*a).total_cmp(&power(*b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_order_is_found() {
        let wave = |k: usize| 1.0 + 0.1 * (7.0 * k as f64 * 0.1).cos() + 0.05 * (3.0 * k as f64 * 0.1).sin();
        let samples: Vec<f64> = (0..63).map(wave).collect();
        assert_eq!(strongest_order(&samples), 7);
    }
}
