//! The rim of the front: how much of a pixel it covers, and its colour without the background's.
//!
//! The compositing equation c = a F + (1 - a) B along one direction of colour (as in Chuang et al., "A Bayesian
//! Approach to Digital Matting", CVPR 2001, with the means of both sides in the place of their distributions).

use crate::raster::{Raster, Rgba};
use crate::workers::for_rows;

/// A pixel of the rim.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Matte {
    /// Share of the pixel that the front covers, 0..=1.
    pub opacity: f32,
    /// The front's colour near it, multiplied by the picture's own opacity but not by the share.
    pub front: Rgba,
}

/// Windows of 9 x 9 pixels see both sides of a rim that is up to 3 pixels wide.
const WINDOW: isize = 4;

/// Opacity and front colour of all pixels; `steps` from [`steps_to_tear`](super::split::steps_to_tear). Pixels up to
/// `rim_px` from a tear are estimated, others are wholly front or wholly back.
pub fn mattes(colour: &Raster<Rgba>, front: &Raster<bool>, steps: &Raster<u8>, rim_px: u8) -> Raster<Matte> {
    let (width, height) = colour.size();
    let mut mattes = Raster::filled(width, height, Matte::default());
    for_rows(mattes.data_mut(), width, |y, row| {
        for (x, matte) in row.iter_mut().enumerate() {
            let own = colour.at(x, y);
            let is_front = front.at(x, y);
            *matte = if steps.at(x, y) <= rim_px {
                rim(colour, front, steps, x, y)
            } else {
                Matte { opacity: f32::from(u8::from(is_front)), front: own }
            };
        }
    });
    mattes
}

fn rim(colour: &Raster<Rgba>, front: &Raster<bool>, steps: &Raster<u8>, x: usize, y: usize) -> Matte {
    let own = colour.at(x, y);
    let is_front = front.at(x, y);
    let mut sides = [[0.0f32; 5]; 2];
    let mut covered = 0.0;
    for dy in -WINDOW..=WINDOW {
        for dx in -WINDOW..=WINDOW {
            let (nx, ny) = (x as isize + dx, y as isize + dy);
            let step = f32::from(steps.clamped(nx, ny).min(4));
            let far2 = (dx * dx + dy * dy) as f32;
            // Pixels inside a side speak for it; the rim itself only where a side is too thin to have others.
            let weight = step.powi(6) / (1.0 + 0.5 * far2);
            let side = &mut sides[usize::from(front.clamped(nx, ny))];
            let v = colour.clamped(nx, ny);
            for c in 0..4 {
                side[c] += v[c] * weight;
            }
            side[4] += weight;
            if dx.abs() <= 1 && dy.abs() <= 1 && front.clamped(nx, ny) {
                covered += ((2 - dx.abs()) * (2 - dy.abs())) as f32 / 16.0;
            }
        }
    }
    let mean = |side: [f32; 5]| -> Option<Rgba> { (side[4] > 0.0).then(|| [0, 1, 2, 3].map(|c| side[c] / side[4])) };
    let (Some(back), Some(fore)) = (mean(sides[0]), mean(sides[1])) else {
        return Matte { opacity: f32::from(u8::from(is_front)), front: own };
    };
    let (mut along, mut length2) = (0.0, 0.0);
    for c in 0..4 {
        along += (own[c] - back[c]) * (fore[c] - back[c]);
        length2 += (fore[c] - back[c]) * (fore[c] - back[c]);
    }
    let share = (along / length2.max(1e-9)).clamp(0.0, 1.0);
    let mut miss2 = 0.0;
    for c in 0..4 {
        let mixed = back[c] + share * (fore[c] - back[c]);
        miss2 += (own[c] - mixed) * (own[c] - mixed);
    }
    // Colours that are alike, or a pixel that is no mixture of both, say little; geometry then decides.
    let trust = length2 / (length2 + 0.002 + 4.0 * miss2);
    let by_colour = match (is_front, steps.at(x, y)) {
        // Past the first pixel a mixture needs a strong reason.
        (true, s) if s > 1 => share.max(0.5),
        (false, s) if s > 1 => share.min(0.5),
        _ => share,
    };
    let by_place = covered;
    let mut opacity = by_place + (by_colour - by_place) * trust;
    if opacity > 0.97 || (is_front && steps.at(x, y) > 1 && opacity > 0.85) {
        opacity = 1.0;
    } else if opacity < 0.03 || (!is_front && steps.at(x, y) > 1 && opacity < 0.15) {
        opacity = 0.0;
    }
    let front_colour = if opacity >= 1.0 { own } else { fore };
    Matte { opacity, front: front_colour }
}

/// The front's colour multiplied by its opacity, such that it gives the picture again over `behind`, as far as it may
/// without leaving the neighbourhood of what was estimated.
pub fn foreground(own: Rgba, matte: Matte, behind: Rgba) -> Rgba {
    let a = matte.opacity;
    if a >= 1.0 {
        return own;
    }
    if a <= 0.0 {
        return [0.0; 4];
    }
    let mut out = [0.0; 4];
    for c in 0..3 {
        let exact = own[c] - (1.0 - a) * behind[c];
        let estimate = matte.front[c];
        out[c] = exact.clamp(a * estimate * 0.6, a * (estimate * 1.5 + 0.02));
    }
    out[3] = a * matte.front[3];
    out
}
