//! Depth from grey pictures (8 and 16 bits), PFM and OpenEXR.

use std::io::Cursor;
use std::path::Path;

use exr::prelude::{AnyChannels, FlatSamples, Image, Layer, ReadChannels, ReadLayers, read};
use image::{DynamicImage, ImageReader, Limits};

use super::picture::PictureLimits;
use crate::error::ParallaxError;
use crate::raster::{Raster, Rgba};

/// Values as they stand in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct RawDepth {
    /// Integers are scaled to 0..=1, floats are as they are.
    pub values: Raster<f32>,
    /// The channel of an EXR file that was taken; empty for other files.
    pub channel: String,
}

/// Reads a depth file; what it is is told by its first bytes.
///
/// # Errors
/// [`ParallaxError::Read`], [`Broken`](ParallaxError::Broken), [`TooLarge`](ParallaxError::TooLarge), and
/// [`NotDepth`](ParallaxError::NotDepth) for pictures with colours or EXR files without a channel of depth.
pub fn read_depth(path: &Path, limits: PictureLimits) -> Result<RawDepth, ParallaxError> {
    let bytes = std::fs::read(path).map_err(|source| ParallaxError::Read { path: path.into(), source })?;
    if bytes.starts_with(&[0x76, 0x2f, 0x31, 0x01]) {
        return read_exr_depth(path, &bytes, limits.most_megapixels);
    }
    if bytes.starts_with(b"Pf") || bytes.starts_with(b"PF") {
        let values = read_pfm(path, &bytes, limits.most_megapixels)?;
        return Ok(RawDepth { values, channel: String::new() });
    }
    let not_depth = |reason: &str| ParallaxError::NotDepth { path: path.into(), reason: reason.into() };
    let mut reader = ImageReader::new(Cursor::new(&bytes))
        .with_guessed_format()
        .map_err(|source| ParallaxError::Read { path: path.into(), source })?;
    if reader.format().is_none() {
        return Err(not_depth("it is no picture"));
    }
    let mut decoding = Limits::default();
    decoding.max_alloc = Some(limits.most_megapixels * 16_000_000);
    reader.limits(decoding);
    let image = reader.decode().map_err(|e| ParallaxError::Broken { path: path.into(), reason: e.to_string() })?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let place = |x: usize, y: usize| (x as u32, y as u32);
    let values = match &image {
        DynamicImage::ImageLuma8(b) => Raster::from_fn(width, height, |x, y| f32::from(b[place(x, y)].0[0]) / 255.0),
        DynamicImage::ImageLumaA8(b) => Raster::from_fn(width, height, |x, y| f32::from(b[place(x, y)].0[0]) / 255.0),
        DynamicImage::ImageLuma16(b) => Raster::from_fn(width, height, |x, y| f32::from(b[place(x, y)].0[0]) / 65535.0),
        DynamicImage::ImageLumaA16(b) => {
            Raster::from_fn(width, height, |x, y| f32::from(b[place(x, y)].0[0]) / 65535.0)
        }
        other => {
            let rgb = other.to_rgb16();
            // JPEG and some editors store grey as three channels that differ by rounding.
            if rgb.pixels().any(|p| p.0.iter().max().zip(p.0.iter().min()).is_some_and(|(a, b)| a - b > 1542)) {
                return Err(not_depth("it has colours; a colour map of depth cannot be read back"));
            }
            Raster::from_fn(width, height, |x, y| f32::from(rgb[place(x, y)].0[1]) / 65535.0)
        }
    };
    Ok(RawDepth { values, channel: String::new() })
}

type ExrLayer = Layer<AnyChannels<FlatSamples>>;

fn read_exr(path: &Path, bytes: &[u8], most_megapixels: u64) -> Result<ExrLayer, ParallaxError> {
    let broken = |reason: String| ParallaxError::Broken { path: path.into(), reason };
    let meta = exr::meta::MetaData::read_from_buffered(Cursor::new(bytes), false).map_err(|e| broken(e.to_string()))?;
    for header in &meta.headers {
        let (width, height) = (header.layer_size.width() as u64, header.layer_size.height() as u64);
        if width * height > most_megapixels * 1_000_000 / 2 {
            return Err(ParallaxError::TooLarge {
                path: path.into(),
                width,
                height,
                most_megapixels: most_megapixels / 2,
            });
        }
    }
    let image: Image<ExrLayer> = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(Cursor::new(bytes))
        .map_err(|e| broken(format!("{e}; DWA-compressed files must be saved again with ZIP")))?;
    Ok(image.layer_data)
}

fn plane(layer: &ExrLayer, index: usize) -> Option<Raster<f32>> {
    let samples: Vec<f32> = layer.channel_data.list.get(index)?.sample_data.values_as_f32().collect();
    Raster::from_data(layer.size.width(), layer.size.height(), samples)
}

/// Index of the channel with one of these names, which may stand after the name of a layer (`view.Z`).
fn find(layer: &ExrLayer, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| {
        layer.channel_data.list.iter().position(|channel| {
            let full = channel.name.to_string();
            full.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
        })
    })
}

fn read_exr_depth(path: &Path, bytes: &[u8], most_megapixels: u64) -> Result<RawDepth, ParallaxError> {
    let layer = read_exr(path, bytes, most_megapixels)?;
    let names = || layer.channel_data.list.iter().map(|c| c.name.to_string()).collect::<Vec<_>>();
    let only = (layer.channel_data.list.len() == 1).then_some(0);
    let index = find(&layer, &["Z", "depth", "Y", "distance", "V"]).or(only).ok_or_else(|| {
        ParallaxError::NotDepth { path: path.into(), reason: format!("its channels are {}", names().join(", ")) }
    })?;
    let values = plane(&layer, index).ok_or_else(|| ParallaxError::NotDepth {
        path: path.into(),
        reason: format!("channel {} has fewer samples than the picture has pixels", names()[index]),
    })?;
    Ok(RawDepth { values, channel: names()[index].clone() })
}

/// Colour of an EXR file, multiplied by opacity, which is what the format says it is.
pub(super) fn read_exr_colour(path: &Path, bytes: &[u8], most_megapixels: u64) -> Result<Raster<Rgba>, ParallaxError> {
    let layer = read_exr(path, bytes, most_megapixels)?;
    let get = |name: &str| find(&layer, &[name]).and_then(|i| plane(&layer, i));
    let colours = match (get("R"), get("G"), get("B"), get("Y")) {
        (Some(r), Some(g), Some(b), _) => [r, g, b],
        (_, _, _, Some(y)) => [y.clone(), y.clone(), y],
        _ => {
            let reason = "an EXR file without channels R, G, B or Y".to_owned();
            return Err(ParallaxError::NotAPicture { path: path.into(), reason });
        }
    };
    let alpha = get("A");
    let finite = |v: f32| if v > 0.0 { v.min(65504.0) } else { 0.0 };
    let (width, height) = colours[0].size();
    Ok(Raster::from_fn(width, height, |x, y| {
        let [r, g, b] = [0, 1, 2].map(|c| finite(colours[c].at(x, y)));
        [r, g, b, alpha.as_ref().map_or(1.0, |a| finite(a.at(x, y)).min(1.0))]
    }))
}

/// Portable float map: rows from below, the sign of the scale says which byte comes first
/// (<https://www.pauldebevec.com/Research/HDR/PFM/>).
fn read_pfm(path: &Path, bytes: &[u8], most_megapixels: u64) -> Result<Raster<f32>, ParallaxError> {
    let broken = |reason: &str| ParallaxError::Broken { path: path.into(), reason: reason.into() };
    let mut at = 0;
    let mut word = || {
        let start = at + bytes[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let len = bytes[start..].iter().take(40).take_while(|b| !b.is_ascii_whitespace()).count();
        at = (start + len).min(bytes.len());
        std::str::from_utf8(&bytes[start..start + len]).ok().filter(|w| !w.is_empty()).map(str::to_owned)
    };
    let kind = word().ok_or_else(|| broken("its header is cut off"))?;
    let mut number = || word().and_then(|w| w.parse::<f64>().ok()).ok_or_else(|| broken("its header is no PFM header"));
    let (width, height, scale) = (number()?, number()?, number()?);
    if kind == "PF" {
        return Err(ParallaxError::NotDepth { path: path.into(), reason: "it is a PFM with colours".into() });
    }
    let side = |v: f64| ((1.0..=1e6).contains(&v) && v.fract() == 0.0).then_some(v as u64);
    let (Some(width), Some(height)) = (side(width), side(height)) else {
        return Err(broken("its size is no size"));
    };
    if width * height > most_megapixels * 1_000_000 {
        return Err(ParallaxError::TooLarge { path: path.into(), width, height, most_megapixels });
    }
    let (width, height) = (width as usize, height as usize);
    // One white space ends the header.
    let samples = bytes.get(at + 1..).unwrap_or(&[]);
    if samples.len() < width * height * 4 {
        return Err(broken("it ends before its last row"));
    }
    Ok(Raster::from_fn(width, height, |x, y| {
        let i = ((height - 1 - y) * width + x) * 4;
        let four = [samples[i], samples[i + 1], samples[i + 2], samples[i + 3]];
        if scale < 0.0 { f32::from_le_bytes(four) } else { f32::from_be_bytes(four) }
    }))
}
