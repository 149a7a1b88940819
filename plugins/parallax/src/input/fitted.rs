//! Depth of a file brought to the pixels of its picture.

use super::convention::{DepthConvention, InverseDepth, inverse_depth};
use crate::error::ParallaxError;
use crate::raster::{Raster, Rgba};
use crate::refine::{RefineSettings, refine};

/// Shapes may differ by this share: sizes are whole pixels, and cameras round them to multiples.
const SHAPE_TOLERANCE: f32 = 0.02;

/// Inverse depth of every pixel of a picture, from values of any size. Smaller depth is refined along the picture's edges;
/// of larger depth single values are taken, because a mean of two surfaces is a third that does not exist.
///
/// # Errors
/// [`ParallaxError::DepthShape`] for depth of another shape, [`ParallaxError::DepthValues`] for unusable values.
pub fn fitted_depth(
    raw: &Raster<f32>,
    convention: DepthConvention,
    colour: &Raster<Rgba>,
    settings: &RefineSettings,
) -> Result<InverseDepth, ParallaxError> {
    let ((depth_width, depth_height), (width, height)) = (raw.size(), colour.size());
    let should = depth_width as f32 * height as f32 / depth_height as f32;
    let off = (should - width as f32).abs();
    // A pixel of the smaller of both is rounding.
    let pixel = 1.0f32.max(width as f32 / depth_width as f32);
    if off > (SHAPE_TOLERANCE * width as f32).max(pixel) {
        return Err(ParallaxError::DepthShape { depth_width, depth_height, width, height });
    }
    stretched_depth(raw, convention, colour, settings)
}

/// As [`fitted_depth`] for values that cover the whole picture whatever their own shape: a network sees a panorama squeezed.
///
/// # Errors
/// [`ParallaxError::DepthValues`].
pub fn stretched_depth(
    raw: &Raster<f32>,
    convention: DepthConvention,
    colour: &Raster<Rgba>,
    settings: &RefineSettings,
) -> Result<InverseDepth, ParallaxError> {
    let ((depth_width, depth_height), (width, height)) = (raw.size(), colour.size());
    let coarse = inverse_depth(raw, convention)?;
    let values = if (depth_width, depth_height) == (width, height) {
        coarse.values
    } else if depth_width >= width && depth_height >= height {
        let place = |i: usize, from: usize, to: usize| (2 * i + 1) * from / (2 * to);
        let value = |x, y| coarse.values.at(place(x, depth_width, width), place(y, depth_height, height));
        Raster::from_fn(width, height, value)
    } else {
        refine(&coarse.values, colour, settings)
    };
    Ok(InverseDepth { values, ..coarse })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_of_another_size_keeps_its_two_sides_and_another_shape_is_refused() {
        let colour = Raster::from_fn(40, 20, |x, _| if x < 20 { [0.1, 0.1, 0.1, 1.0] } else { [0.8, 0.2, 0.1, 1.0] });
        let fitted = |width: usize, height: usize| {
            let raw = Raster::from_fn(width, height, |x, _| if 2 * x < width { 1.0 } else { 4.0 });
            fitted_depth(&raw, DepthConvention::MetricDepth, &colour, &RefineSettings::default())
        };
        for (width, height) in [(40, 20), (121, 60), (10, 5), (41, 20)] {
            let values = fitted(width, height).unwrap().values;
            assert_eq!(values.size(), (40, 20));
            let wrong = (0..40).filter(|&x| (values.at(x, 9) - if x < 20 { 1.0 } else { 0.25 }).abs() > 0.01).count();
            assert!(wrong <= 1, "{width}: {:?}", values.row(9));
        }
        let error = fitted(20, 20).unwrap_err().to_string();
        assert!(error.contains("20 x 20") && error.contains("40 x 20"), "{error}");
        let squeezed = Raster::from_fn(10, 10, |x, _| if x < 5 { 1.0 } else { 4.0 });
        let values = stretched_depth(&squeezed, DepthConvention::MetricDepth, &colour, &RefineSettings::default());
        assert_eq!(values.unwrap().values.row(9), fitted(10, 5).unwrap().values.row(9));
    }
}
