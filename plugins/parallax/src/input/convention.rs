//! What the numbers of a depth file mean, and the one form that everything else here uses.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::ParallaxError;
use crate::raster::Raster;

/// What a depth value says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum DepthConvention {
    /// Distance along the view axis, metres. 0 and infinity mean infinitely far.
    MetricDepth,
    /// 1 / distance, 1/m. 0 is infinitely far.
    MetricInverse,
    /// Larger is nearer, linear in 1 / distance, any scale and offset: what monocular networks give, and most grey
    /// depth pictures (near is white).
    RelativeNearWhite,
    /// As `RelativeNearWhite`, with near black.
    RelativeNearBlack,
    /// Larger is farther, linear in distance, any scale: a renderer's normalised depth pass.
    RelativeDepth,
}

impl DepthConvention {
    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::MetricDepth => "MetricDepth",
            Self::MetricInverse => "MetricInverse",
            Self::RelativeNearWhite => "RelativeNearWhite",
            Self::RelativeNearBlack => "RelativeNearBlack",
            Self::RelativeDepth => "RelativeDepth",
        }
    }

    /// What files of a kind usually hold: metres in floats (EXR, PFM), except in a channel of brightness, and near is white
    /// in grey pictures. `channel` is that of an EXR file, as far as it is known ([`RawDepth`](super::RawDepth)).
    pub fn usual_of(path: &Path, channel: &str) -> Self {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let is_brightness = matches!(channel.rsplit('.').next(), Some("Y" | "V"));
        match ending.as_deref() {
            Some("exr" | "pfm") if !is_brightness => Self::MetricDepth,
            _ => Self::RelativeNearWhite,
        }
    }

    /// Whether distances in metres come out.
    pub fn is_metric(self) -> bool {
        matches!(self, Self::MetricDepth | Self::MetricInverse)
    }
}

/// Inverse depth of every pixel: what parallax is proportional to, and affine over a plane in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct InverseDepth {
    /// 1/m when `is_metric`, else in units of the nearest distance, so that the nearest is 1. Finite, >= 0.
    pub values: Raster<f32>,
    pub is_metric: bool,
    /// Share of the pixels that had no usable value and were taken from beside them. 0..=0.5.
    pub repaired_share: f32,
}

/// How far the farthest of a relative depth lies, in nearest distances. Relative depth leaves this open; about ten
/// suits rooms and people, and a larger one only makes the nearest stand out more.
const RELATIVE_FAR: f32 = 10.0;

/// Turns the values of a file into inverse depth.
///
/// Values that the convention does not allow (NaN; infinite or negative where distances are meant) are repaired from
/// their rows, from the farther side. A depth that is the same everywhere is a plane: legal, and without
/// parallax.
///
/// # Errors
/// [`ParallaxError::DepthValues`] when more than half of the values are unusable.
pub fn inverse_depth(raw: &Raster<f32>, convention: DepthConvention) -> Result<InverseDepth, ParallaxError> {
    inverse_depth_in(raw, convention, None).map(|(depth, _)| depth)
}

/// What the numbers of a relative depth are measured by: which one is the nearest distance, and which is ten times as far.
/// Frames of a video share those of the first, else every frame had a unit of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DepthRange {
    low: f32,
    high: f32,
}

/// As [`inverse_depth`]; a relative depth is measured by `range`, or by its own where there is none. Values beyond the range
/// are nearer than 1 or farther than ten, and never farther than infinitely far. Returns the range that was used.
///
/// # Errors
/// As there.
pub fn inverse_depth_in(
    raw: &Raster<f32>,
    convention: DepthConvention,
    range: Option<DepthRange>,
) -> Result<(InverseDepth, DepthRange), ParallaxError> {
    use DepthConvention as C;
    // Larger is nearer from here on.
    let mut values = raw.map(|v| match convention {
        C::MetricDepth if v == 0.0 || v == f32::INFINITY => 0.0,
        // A thousandth of a millimetre: nothing in a picture is nearer, and 1/v stays small enough to compute with.
        C::MetricDepth if v > 1e-6 => 1.0 / v,
        C::MetricInverse if (0.0..1e6).contains(&v) => v,
        C::RelativeNearWhite if v.is_finite() => v,
        C::RelativeNearBlack if v.is_finite() => -v,
        C::RelativeDepth if v.is_finite() => -v,
        _ => f32::NAN,
    });
    let all = values.data().len();
    let bad = values.data().iter().filter(|v| v.is_nan()).count();
    if bad * 2 > all {
        return Err(ParallaxError::DepthValues { bad, all, convention: convention.name() });
    }
    repair(&mut values);
    let range = range.unwrap_or_else(|| {
        let (low, high) = values.range();
        DepthRange { low, high }
    });
    let DepthRange { low, high } = range;
    let span = high - low;
    let flat = !(span > 1e-6 * high.abs().max(low.abs()).max(1e-20));
    let values = match convention {
        C::MetricDepth | C::MetricInverse => values,
        _ if flat => values.map(|_| 1.0),
        C::RelativeNearWhite | C::RelativeNearBlack => {
            let far = 1.0 / RELATIVE_FAR;
            values.map(|v| (far + (1.0 - far) * (v - low) / span).max(0.0))
        }
        // Of what comes nearer than the nearest of the range, a tenth of its distance is the least.
        C::RelativeDepth => values.map(|v| 1.0 / (1.0 + (RELATIVE_FAR - 1.0) * (high - v) / span).max(0.1)),
    };
    let is_metric = convention.is_metric();
    Ok((InverseDepth { values, is_metric, repaired_share: bad as f32 / all as f32 }, range))
}

/// Fills NaN with the farther of the next good pixels to its left and right: what a depth camera or a pair of cameras
/// has no value for is mostly background that one of them does not see. Then empty rows from the nearest row.
fn repair(values: &mut Raster<f32>) {
    let (width, height) = values.size();
    let mut empty_rows = Vec::new();
    for y in 0..height {
        let row = &mut values.data_mut()[y * width..(y + 1) * width];
        if row.iter().all(|v| v.is_nan()) {
            empty_rows.push(y);
            continue;
        }
        let good = row.to_vec();
        let mut left = f32::NAN;
        for (v, &own) in row.iter_mut().zip(&good) {
            left = if own.is_nan() { left } else { own };
            *v = left;
        }
        let mut right = f32::NAN;
        for (v, &own) in row.iter_mut().zip(&good).rev() {
            right = if own.is_nan() { right } else { own };
            // `min` passes over NaN.
            *v = v.min(right);
        }
    }
    for &y in &empty_rows {
        let full = |row: &usize| empty_rows.binary_search(row).is_err();
        let source = (1..height).find_map(|d| {
            let above = y.checked_sub(d).filter(full);
            above.or_else(|| Some(y + d).filter(|r| *r < height).filter(full))
        });
        if let Some(source) = source {
            values.data_mut().copy_within(source * width..(source + 1) * width, y * width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_agree_on_one_scene() {
        let distance_m = Raster::from_fn(9, 3, |x, _| 1.0 + x as f32 * 9.0 / 8.0);
        let metric = inverse_depth(&distance_m, DepthConvention::MetricDepth).unwrap();
        assert!(metric.is_metric && (metric.values.at(8, 0) - 0.1).abs() < 1e-6);
        let inverse = distance_m.map(|v| 1.0 / v);
        for (raw, convention) in [
            (inverse.clone(), DepthConvention::MetricInverse),
            (inverse.map(|v| 40.0 + 100.0 * v), DepthConvention::RelativeNearWhite),
            (inverse.map(|v| 0.7 - v), DepthConvention::RelativeNearBlack),
            (distance_m.map(|v| v / 10.0), DepthConvention::RelativeDepth),
        ] {
            let got = inverse_depth(&raw, convention).unwrap();
            for (a, b) in got.values.data().iter().zip(metric.values.data()) {
                assert!((a - b).abs() < 1e-5, "{convention:?}: {a} {b}");
            }
        }
    }

    #[test]
    fn frames_of_a_video_share_the_range_of_the_first() {
        let first = Raster::from_fn(11, 1, |x, _| x as f32);
        let convention = DepthConvention::RelativeNearWhite;
        let (depth, range) = inverse_depth_in(&first, convention, None).unwrap();
        assert_eq!(depth, inverse_depth(&first, convention).unwrap());
        let nearer = first.map(|v| 2.0 * v - 5.0);
        let (depth, same) = inverse_depth_in(&nearer, convention, Some(range)).unwrap();
        assert_eq!(same, range);
        let of = |x: usize| depth.values.at(x, 0);
        assert!((of(10) - 1.45).abs() < 1e-5 && (of(5) - 0.55).abs() < 1e-5 && of(0) == 0.0, "{depth:?}");
        let far = inverse_depth_in(&first.map(|v| v - 40.0), DepthConvention::RelativeDepth, Some(range)).unwrap();
        assert!(far.0.values.data().iter().all(|v| (0.0..=10.0).contains(v)));
    }

    #[test]
    fn bad_values_are_repaired_or_refused() {
        let mut raw = Raster::filled(4, 4, 2.0);
        raw.set(1, 1, f32::NAN);
        raw.set(2, 2, -3.0);
        (0..4).for_each(|x| raw.set(x, 3, f32::NAN));
        let got = inverse_depth(&raw, DepthConvention::MetricDepth).unwrap();
        assert!(got.values.data().iter().all(|&v| v == 0.5), "{:?}", got.values);
        assert_eq!(got.repaired_share, 6.0 / 16.0);
        let bad = Raster::filled(3, 3, f32::NAN);
        let error = inverse_depth(&bad, DepthConvention::MetricInverse).unwrap_err().to_string();
        assert!(error.contains("9 of 9") && error.contains("MetricInverse"), "{error}");
    }

    #[test]
    fn constant_depth_is_a_plane() {
        for convention in [DepthConvention::RelativeNearWhite, DepthConvention::RelativeDepth] {
            let got = inverse_depth(&Raster::filled(5, 5, 128.0), convention).unwrap();
            assert!(got.values.data().iter().all(|&v| v == 1.0));
        }
        let far = inverse_depth(&Raster::filled(5, 5, f32::INFINITY), DepthConvention::MetricDepth).unwrap();
        assert!(far.values.data().iter().all(|&v| v == 0.0));
    }
}
