//! Depth as files.

use exr::prelude::{AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes, WritableImage};

use crate::error::ParallaxError;
use crate::raster::Raster;

/// What the values of a written depth are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepthScale {
    /// Distance along the view axis in the unit of depth.
    Distance,
    /// Inverse depth over its range: 0 the farthest, 1 the nearest.
    Normalised,
    /// Inverse depth as it is: frames of a video keep one scale.
    Inverse,
}

fn scaled(inverse_depth: &Raster<f32>, scale: DepthScale) -> Raster<f32> {
    match scale {
        DepthScale::Distance => inverse_depth.map(|q| if q > 0.0 { 1.0 / q } else { f32::INFINITY }),
        DepthScale::Inverse => inverse_depth.clone(),
        DepthScale::Normalised => {
            let (low, high) = inverse_depth.range();
            let span = (high - low).max(1e-12);
            inverse_depth.map(|q| (q - low) / span)
        }
    }
}

/// A grey 16-bit PNG of normalised inverse depth, near white: what other tools read as a depth map. Exact to half of
/// 1/65535 of the range.
///
/// # Errors
/// [`ParallaxError::Encode`].
pub fn depth_png16(inverse_depth: &Raster<f32>) -> Result<Vec<u8>, ParallaxError> {
    depth_png16_to_white(&scaled(inverse_depth, DepthScale::Normalised), 1.0)
}

/// The same with black at infinitely far and white at the inverse depth `white` and nearer, so that frames of a video can share
/// one scale.
///
/// # Errors
/// [`ParallaxError::Encode`].
pub fn depth_png16_to_white(inverse_depth: &Raster<f32>, white: f32) -> Result<Vec<u8>, ParallaxError> {
    let values = inverse_depth.map(|q| q / white);
    let bytes: Vec<u8> =
        values.data().iter().flat_map(|v| ((v.clamp(0.0, 1.0) * 65535.0 + 0.5) as u16).to_be_bytes()).collect();
    let encode = |e: png::EncodingError| ParallaxError::Encode { what: "depth as PNG", reason: e.to_string() };
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, values.width() as u32, values.height() as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().map_err(encode)?;
    writer.write_image_data(&bytes).map_err(encode)?;
    writer.finish().map_err(encode)?;
    Ok(file)
}

/// 32-bit float OpenEXR with one channel: `Z` for distances, `Y` for inverse depth.
///
/// # Errors
/// [`ParallaxError::Encode`].
pub fn depth_exr(inverse_depth: &Raster<f32>, scale: DepthScale) -> Result<Vec<u8>, ParallaxError> {
    let values = scaled(inverse_depth, scale);
    let name = if scale == DepthScale::Distance { "Z" } else { "Y" };
    let size = values.size();
    let channel = AnyChannel::new(name, FlatSamples::F32(values.data().to_vec()));
    let channels = AnyChannels::sort([channel].into_iter().collect());
    let image = Image::from_layer(Layer::new(size, LayerAttributes::default(), Encoding::SMALL_LOSSLESS, channels));
    let mut file = std::io::Cursor::new(Vec::new());
    image
        .write()
        .non_parallel()
        .to_buffered(&mut file)
        .map_err(|e| ParallaxError::Encode { what: "depth as OpenEXR", reason: e.to_string() })?;
    Ok(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{DepthConvention, PictureLimits, inverse_depth, read_depth};

    #[test]
    fn written_depth_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let depth = Raster::from_fn(33, 21, |x, y| 0.1 + 0.9 * (x + y) as f32 / 52.0);
        let exr = folder.path().join("depth.exr");
        std::fs::write(&exr, depth_exr(&depth, DepthScale::Distance).unwrap()).unwrap();
        let raw = read_depth(&exr, PictureLimits::default()).unwrap();
        assert_eq!(raw.channel, "Z");
        let back = inverse_depth(&raw.values, DepthConvention::MetricDepth).unwrap();
        assert!(back.values.data().iter().zip(depth.data()).all(|(a, b)| (a - b).abs() < 1e-6));
        let png = folder.path().join("depth.png");
        std::fs::write(&png, depth_png16(&depth).unwrap()).unwrap();
        let raw = read_depth(&png, PictureLimits::default()).unwrap();
        let back = inverse_depth(&raw.values, DepthConvention::RelativeNearWhite).unwrap();
        assert!(back.values.data().iter().zip(depth.data()).all(|(a, b)| (a - b).abs() < 2e-5));
        let normalised = folder.path().join("normalised.exr");
        std::fs::write(&normalised, depth_exr(&depth, DepthScale::Normalised).unwrap()).unwrap();
        assert_eq!(read_depth(&normalised, PictureLimits::default()).unwrap().channel, "Y");
    }
}
