//! OpenEXR: one part, scan lines, ZIP, every plane a group of channels.
//!
//! One encoder thread compresses one file, so that the bytes do not depend on how many threads there are. No time stamp is
//! written. Colours are linear Rec.709, which the header says; NaN and infinity are written as they are.

use std::io::Cursor;

use ::exr::prelude::{
    AnyChannel, AnyChannels, Encoding, FlatSamples, Image, Layer, LayerAttributes, Text, Vec2, WritableImage, f16,
};
use ::exr::meta::attribute::Chromaticities;
use kinema_core::clock::FrameRate;
use kinema_core::picture::{Aov, PixelFormat, Plane};

/// Channels of a plane in an EXR file, in the order of the plane's components.
///
/// | plane | channels | stored as | meaning |
/// |---|---|---|---|
/// | beauty | `R`, `G`, `B`, `A` | colour format | scene-linear Rec.709 |
/// | depth | `Z` | float | metres along the view axis, +inf where there is nothing |
/// | normal | `N.X`, `N.Y`, `N.Z` | colour format | world space, unit length, 0 where there is nothing |
/// | motion | `motion.X`, `motion.Y` | float | pixels from the previous to the current position, x right, y down |
/// | albedo | `albedo.R`, `albedo.G`, `albedo.B` | colour format | linear base colour |
/// | id | `id` | unsigned integer | part index, exact, 0 where there is nothing |
///
/// Nuke and Blender show `layer.channel` names as layers and passes, and `Z` as depth. Motion has a layer of its own and
/// not Nuke's `forward` or Blender's `Vector`, because those names promise other directions and signs.
pub fn channels_of(aov: Aov) -> &'static [&'static str] {
    match aov {
        Aov::Display => &[],
        Aov::Beauty => &["R", "G", "B", "A"],
        Aov::Depth => &["Z"],
        Aov::Normal => &["N.X", "N.Y", "N.Z"],
        Aov::Motion => &["motion.X", "motion.Y"],
        Aov::Albedo => &["albedo.R", "albedo.G", "albedo.B"],
        Aov::PartId => &["id"],
    }
}

/// How colours and normals are stored. Depth and motion always are 32-bit floats: a half resolves one centimetre only up
/// to sixteen metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColourDepth {
    Half,
    Float,
}

/// An EXR file of planes that [`check_picture`](crate::planes::check_picture) has accepted. All have the same size.
pub(crate) fn encode_exr(planes: &[&Plane], depth: ColourDepth, rate: FrameRate) -> Result<Vec<u8>, ::exr::error::Error> {
    let size = planes.first().map_or((0, 0), |plane| (plane.width as usize, plane.height as usize));
    let channels = planes.iter().flat_map(|plane| {
        let names = channels_of(plane.aov).iter().enumerate();
        names.map(|(component, name)| AnyChannel::new(*name, samples(plane, component, depth)))
    });
    let mut attributes = LayerAttributes {
        software_name: Some(Text::from(concat!("Kinema ", env!("CARGO_PKG_VERSION")))),
        ..LayerAttributes::default()
    };
    if let Ok(numerator) = i32::try_from(rate.num()) {
        attributes.frames_per_second = Some((numerator, rate.den()));
    }
    let layer = Layer::new(size, attributes, Encoding::SMALL_LOSSLESS, AnyChannels::sort(channels.collect()));
    let mut image = Image::from_layer(layer);
    image.attributes.pixel_aspect = 1.0;
    image.attributes.chromaticities = Some(REC_709);
    let mut bytes = Cursor::new(Vec::new());
    image.write().non_parallel().to_buffered(&mut bytes)?;
    Ok(bytes.into_inner())
}

/// ITU-R BT.709 primaries and D65.
const REC_709: Chromaticities = Chromaticities {
    red: Vec2(0.64, 0.33),
    green: Vec2(0.30, 0.60),
    blue: Vec2(0.15, 0.06),
    white: Vec2(0.3127, 0.3290),
};

/// One component of every pixel, in the type the channel is stored as.
fn samples(plane: &Plane, component: usize, depth: ColourDepth) -> FlatSamples {
    let pixels = plane.data.chunks_exact(plane.format.bytes_per_pixel());
    let half_bits = |pixel: &[u8]| u16::from_le_bytes([pixel[2 * component], pixel[2 * component + 1]]);
    let word = |pixel: &[u8]| {
        let at = 4 * component;
        [pixel[at], pixel[at + 1], pixel[at + 2], pixel[at + 3]]
    };
    match (plane.format, depth) {
        (PixelFormat::R32Uint, _) => FlatSamples::U32(pixels.map(|pixel| u32::from_le_bytes(word(pixel))).collect()),
        (PixelFormat::R32Float | PixelFormat::Rg32Float, _) | (PixelFormat::Rgba32Float, ColourDepth::Float) => {
            FlatSamples::F32(pixels.map(|pixel| f32::from_le_bytes(word(pixel))).collect())
        }
        (PixelFormat::Rgba32Float, ColourDepth::Half) => {
            FlatSamples::F16(pixels.map(|pixel| f16::from_f32(f32::from_le_bytes(word(pixel)))).collect())
        }
        (PixelFormat::Rgba16Float, ColourDepth::Half) => {
            FlatSamples::F16(pixels.map(|pixel| f16::from_bits(half_bits(pixel))).collect())
        }
        (PixelFormat::Rgba16Float, ColourDepth::Float) => {
            FlatSamples::F32(pixels.map(|pixel| f16::from_bits(half_bits(pixel)).to_f32()).collect())
        }
        (PixelFormat::Rgba8Unorm | PixelFormat::Rgba8Srgb, ColourDepth::Half) => {
            FlatSamples::F16(pixels.map(|pixel| f16::from_f32(f32::from(pixel[component]) / 255.0)).collect())
        }
        (PixelFormat::Rgba8Unorm | PixelFormat::Rgba8Srgb, ColourDepth::Float) => {
            FlatSamples::F32(pixels.map(|pixel| f32::from(pixel[component]) / 255.0).collect())
        }
    }
}
