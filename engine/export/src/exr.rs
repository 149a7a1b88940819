//! OpenEXR: one part, scan lines, ZIP, every plane a group of channels.
//!
//! One encoder thread compresses one file, so that the bytes do not depend on how many threads there are. No time stamp
//! is written. Colours are linear Rec.709, which the header says; NaN and infinity are written as they are.

use std::io::Cursor;

use ::exr::block::chunk::{Chunk, CompressedBlock, CompressedScanLineBlock};
use ::exr::block::writer::ChunksWriter;
use ::exr::error::Error;
use ::exr::meta::BlockDescription;
use ::exr::meta::attribute::{ChannelDescription, Chromaticities, LineOrder, SampleType, Text};
use ::exr::meta::header::{Header, ImageAttributes, LayerAttributes};
use ::exr::prelude::{Compression, Vec2};
use half::f16;
use kinema_core::{Aov, FrameRate, PixelFormat, Plane};

use crate::exr_zip::zip_block;

/// Scan lines that OpenEXR's ZIP compresses together.
const LINES_PER_BLOCK: usize = 16;

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
/// Nuke and Blender show `layer.channel` names as layers and passes, and `Z` as depth. Motion has a layer of its own
/// and not Nuke's `forward` or Blender's `Vector`, because those names promise other directions and signs.
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

/// How colours and normals are stored. Depth and motion always are 32-bit floats: a half resolves one centimetre only
/// up to sixteen metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColourDepth {
    Half,
    Float,
}

/// One channel of the file: one component of a plane, and how its samples are stored.
struct Channel<'a> {
    name: &'static str,
    plane: &'a Plane,
    component: usize,
    sample_type: SampleType,
}

/// An EXR file of planes that [`check_picture`](crate::planes::check_picture) has accepted. All have the same size.
pub(crate) fn encode_exr(planes: &[&Plane], depth: ColourDepth, rate: FrameRate) -> Result<Vec<u8>, Error> {
    let size = planes.first().map_or((0, 0), |plane| (plane.width as usize, plane.height as usize));
    let mut channels: Vec<Channel<'_>> = planes.iter().flat_map(|plane| channels_in(plane, depth)).collect();
    // The format wants them in the order of their names.
    channels.sort_unstable_by_key(|channel| channel.name);
    let header = header(size, &channels, rate);
    let mut bytes = Cursor::new(Vec::new());
    // Not the crate's own compressor: its deflate level takes several times as long for files hardly smaller.
    ::exr::block::write(&mut bytes, std::iter::once(header).collect(), true, |_, writer| {
        let mut raw = Vec::new();
        for (index, top) in (0..size.1).step_by(LINES_PER_BLOCK).enumerate() {
            raw.clear();
            for y in top..(top + LINES_PER_BLOCK).min(size.1) {
                channels.iter().for_each(|channel| channel.append_line(y, &mut raw));
            }
            let compressed_pixels_le = zip_block(&raw)?;
            let y_coordinate = top as i32;
            let block = CompressedScanLineBlock { y_coordinate, compressed_pixels_le };
            writer.write_chunk(index, Chunk { layer_index: 0, compressed_block: CompressedBlock::ScanLine(block) })?;
        }
        Ok(())
    })?;
    Ok(bytes.into_inner())
}

fn header(size: (usize, usize), channels: &[Channel<'_>], rate: FrameRate) -> Header {
    let describe = |channel: &Channel<'_>| ChannelDescription::new(channel.name, channel.sample_type, false);
    let shared = ImageAttributes { chromaticities: Some(REC_709), ..ImageAttributes::with_size(size) };
    let own = LayerAttributes {
        software_name: Some(Text::from(concat!("Kinema ", env!("CARGO_PKG_VERSION")))),
        frames_per_second: i32::try_from(rate.num()).ok().map(|numerator| (numerator, rate.den())),
        ..LayerAttributes::default()
    };
    Header::new(Text::from(""), size, channels.iter().map(describe).collect())
        .with_encoding(Compression::ZIP16, BlockDescription::ScanLines, LineOrder::Increasing)
        .with_shared_attributes(shared)
        .with_attributes(own)
}

/// ITU-R BT.709 primaries and D65.
const REC_709: Chromaticities = Chromaticities {
    red: Vec2(0.64, 0.33),
    green: Vec2(0.30, 0.60),
    blue: Vec2(0.15, 0.06),
    white: Vec2(0.3127, 0.3290),
};

fn channels_in(plane: &Plane, depth: ColourDepth) -> impl Iterator<Item = Channel<'_>> {
    let sample_type = match plane.format {
        PixelFormat::R32Uint => SampleType::U32,
        PixelFormat::R32Float | PixelFormat::Rg32Float => SampleType::F32,
        _ if depth == ColourDepth::Half => SampleType::F16,
        _ => SampleType::F32,
    };
    let names = channels_of(plane.aov).iter().enumerate();
    names.map(move |(component, &name)| Channel { name, plane, component, sample_type })
}

impl Channel<'_> {
    /// The samples of one line, little endian as in the file.
    fn append_line(&self, y: usize, bytes: &mut Vec<u8>) {
        let format = self.plane.format;
        let line_len = self.plane.width as usize * format.bytes_per_pixel();
        let line = self.plane.data.get(y * line_len..(y + 1) * line_len).unwrap_or_default();
        let half_of = |two: [u8; 2]| f16::from_le_bytes(two);
        let float_of = |four: [u8; 4]| f32::from_le_bytes(four);
        let unit_of = |[byte]: [u8; 1]| f32::from(byte) / 255.0;
        match (format, self.sample_type) {
            (PixelFormat::R32Float | PixelFormat::R32Uint, _) => self.append::<4, 4, 4>(line, bytes, |word| word),
            (PixelFormat::Rg32Float, _) => self.append::<8, 4, 4>(line, bytes, |word| word),
            (PixelFormat::Rgba32Float, SampleType::F16) => {
                self.append::<16, 4, 2>(line, bytes, |word| f16::from_f32(float_of(word)).to_le_bytes());
            }
            (PixelFormat::Rgba32Float, _) => self.append::<16, 4, 4>(line, bytes, |word| word),
            (PixelFormat::Rgba16Float, SampleType::F16) => self.append::<8, 2, 2>(line, bytes, |half| half),
            (PixelFormat::Rgba16Float, _) => {
                self.append::<8, 2, 4>(line, bytes, |half| half_of(half).to_f32().to_le_bytes());
            }
            (PixelFormat::Rgba8Unorm | PixelFormat::Rgba8Srgb, SampleType::F16) => {
                self.append::<4, 1, 2>(line, bytes, |byte| f16::from_f32(unit_of(byte)).to_le_bytes());
            }
            (PixelFormat::Rgba8Unorm | PixelFormat::Rgba8Srgb, _) => {
                self.append::<4, 1, 4>(line, bytes, |byte| unit_of(byte).to_le_bytes());
            }
        }
    }

    /// Picks this component, `IN` bytes of each pixel's `PIXEL`, and stores `OUT` bytes for it.
    fn append<const PIXEL: usize, const IN: usize, const OUT: usize>(
        &self,
        line: &[u8],
        bytes: &mut Vec<u8>,
        convert: impl Fn([u8; IN]) -> [u8; OUT],
    ) {
        let pixels = line.as_chunks::<PIXEL>().0;
        let start = bytes.len();
        bytes.resize(start + pixels.len() * OUT, 0);
        let samples = bytes.get_mut(start..).unwrap_or_default().as_chunks_mut::<OUT>().0;
        for (sample, pixel) in samples.iter_mut().zip(pixels) {
            if let Some(component) = pixel.as_chunks().0.get(self.component) {
                *sample = convert(*component);
            }
        }
    }
}
