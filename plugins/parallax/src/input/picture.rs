//! A file of any common kind becomes linear Rec.709 colour, upright.

use std::io::{BufReader, Cursor};
use std::path::Path;

#[cfg(feature = "more_formats")]
use image::AnimationDecoder;
#[cfg(feature = "more_formats")]
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
#[cfg(feature = "more_formats")]
use image::codecs::webp::WebPDecoder;
use image::error::{ImageError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use kinema_export::{ExportError, MovieReader};

use crate::error::ParallaxError;
use crate::raster::{Raster, Rgba};
use crate::transfer::linear_from_srgb;
use crate::workers::for_rows;

/// How much of a picture is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureLimits {
    /// Pictures with a longer side are averaged down to it while they are read. Pixels; larger costs memory
    /// (about 150 bytes a pixel while layers are built).
    pub longest_side_px: usize,
    /// Pictures with more pixels are refused before they are decoded. Millions.
    pub most_megapixels: u64,
}

impl Default for PictureLimits {
    /// 4096 pixels kept, 300 million read: 1.2 GB while decoding 8 bits, 2.4 GB for 16.
    fn default() -> Self {
        Self { longest_side_px: 4096, most_megapixels: 300 }
    }
}

/// What a user should know of how a file was read and understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureNote {
    /// The file is animated; its first picture was taken.
    FirstFrameOnly,
    /// The file says that it lies on its side or is mirrored; it was put upright.
    Turned,
    /// ffmpeg read it, without opacity and with 8 bits.
    ByFfmpeg,
    /// It was made smaller; the size that it had, upright.
    MadeSmaller { from_width: usize, from_height: usize },
    /// Its depth is guessed, and the network that cuts it along people is not installed.
    PeopleNotSought,
}

impl std::fmt::Display for PictureNote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::FirstFrameOnly => f.write_str("animated: only the first picture is used"),
            Self::ByFfmpeg => f.write_str("read by ffmpeg with 8 bits and without opacity; PNG keeps both"),
            Self::Turned => f.write_str("turned upright as its EXIF orientation says"),
            Self::MadeSmaller { from_width, from_height } => {
                write!(f, "made smaller from {from_width} x {from_height} pixels")
            }
            Self::PeopleNotSought => f.write_str(
                "people in it have no outlines of their own; `cargo xtask setup` installs the pack `person_mask`, which finds them",
            ),
        }
    }
}

/// A picture that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Photograph {
    /// Linear Rec.709, multiplied by opacity. Values of HDR files may exceed 1; none is negative, NaN or infinite.
    pub colour: Raster<Rgba>,
    /// Whether it holds light as the scene had it (float files), and not as a camera's software made it for screens.
    pub is_scene_linear: bool,
    /// Whether any pixel is not opaque.
    pub has_alpha: bool,
    pub notes: Vec<PictureNote>,
}

/// Reads JPEG (grey, YCbCr, CMYK), PNG, Radiance HDR and OpenEXR, and WebP, TIFF, BMP and GIF with the feature `more_formats` or, with
/// AVIF, through ffmpeg; what a file is is told by its first bytes, not by its name. 8-, 16- and 32-bit values; integers are taken to be
/// sRGB-encoded, floats linear.
///
/// # Errors
/// [`ParallaxError::Read`], [`NotAPicture`](ParallaxError::NotAPicture), [`Broken`](ParallaxError::Broken) and
/// [`TooLarge`](ParallaxError::TooLarge).
pub fn read_picture(path: &Path, limits: PictureLimits) -> Result<Photograph, ParallaxError> {
    let bytes = std::fs::read(path).map_err(|source| ParallaxError::Read { path: path.into(), source })?;
    if bytes.starts_with(&EXR_MAGIC) {
        let colour = super::depth_file::read_exr_colour(path, &bytes, limits.most_megapixels)?;
        let photograph = finish(colour, Orientation::NoTransforms, Vec::new(), limits);
        return Ok(Photograph { is_scene_linear: true, ..photograph });
    }
    let not_a_picture = |reason: String| ParallaxError::NotAPicture { path: path.into(), reason };
    if bytes.is_empty() {
        return Err(not_a_picture("the file is empty".into()));
    }
    let mut reader =
        ImageReader::new(Cursor::new(&bytes)).with_guessed_format().map_err(|e| not_a_picture(e.to_string()))?;
    let format = reader.format().ok_or_else(|| not_a_picture("its first bytes are those of no such file".into()))?;
    let pixels = limits.most_megapixels * 1_000_000;
    let mut decoding = Limits::no_limits();
    // Twice a picture of 16 bits, because decoders keep a copy of their own; the smallest need some room too.
    decoding.max_alloc = Some((pixels * 16).max(1 << 26));
    reader.limits(decoding);
    if !format.reading_enabled() && BY_FFMPEG.contains(&format) {
        return by_ffmpeg(path, limits);
    }
    let fail = |error: ImageError| match error {
        ImageError::Unsupported(e) => not_a_picture(e.to_string()),
        ImageError::Limits(e) if e.kind() == LimitErrorKind::InsufficientMemory => {
            ParallaxError::TooLarge { path: path.into(), width: 0, height: 0, most_megapixels: limits.most_megapixels }
        }
        e => ParallaxError::Broken { path: path.into(), reason: e.to_string() },
    };
    let mut decoder = reader.into_decoder().map_err(fail)?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (u64::from(width), u64::from(height));
    if width == 0 || height == 0 {
        return Err(ParallaxError::Broken { path: path.into(), reason: "it has no pixels".into() });
    }
    if width * height > pixels {
        let most_megapixels = limits.most_megapixels;
        return Err(ParallaxError::TooLarge { path: path.into(), width, height, most_megapixels });
    }
    let orientation = decoder.orientation().map_err(fail)?;
    let image = DynamicImage::from_decoder(decoder).map_err(fail)?;
    let notes = if is_animated(format, &bytes) { vec![PictureNote::FirstFrameOnly] } else { Vec::new() };
    drop(bytes);
    let colour = shrunk_linear(&image, limits.longest_side_px);
    let mut photograph = finish(colour, orientation, notes, limits);
    photograph.is_scene_linear = matches!(image, DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_));
    let (full, now) = ((image.width() as usize, image.height() as usize), photograph.colour.size());
    if full.0 * full.1 > now.0 * now.1 {
        let (from_width, from_height) = if turns(orientation) { (full.1, full.0) } else { full };
        photograph.notes.push(PictureNote::MadeSmaller { from_width, from_height });
    }
    Ok(photograph)
}

/// Formats that need no decoder here where there is ffmpeg, which has one of each.
const BY_FFMPEG: [ImageFormat; 5] =
    [ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::Avif];

/// The first picture of a file as ffmpeg sees it: eight bits, opaque.
fn by_ffmpeg(path: &Path, limits: PictureLimits) -> Result<Photograph, ParallaxError> {
    let longest_side_px = u32::try_from(limits.longest_side_px).unwrap_or(u32::MAX);
    let not_a_picture = |error: ExportError| match &error {
        ExportError::MovieUnreadable { last_lines, .. } => {
            ParallaxError::Broken { path: path.into(), reason: last_lines.join("; ") }
        }
        _ => ParallaxError::NotAPicture { path: path.into(), reason: error.to_string() },
    };
    let mut reader = MovieReader::open(path, longest_side_px, None).map_err(not_a_picture)?;
    let (width, height) = reader.size();
    let mut rgb = Vec::new();
    reader.next_frame(&mut rgb).map_err(not_a_picture)?;
    let from8: Vec<f32> = (0..256u32).map(|v| linear_from_srgb(v as f32 / 255.0)).collect();
    let pixel = |p: &[u8; 3]| {
        let [r, g, b] = p.map(|v| from8[usize::from(v)]);
        [r, g, b, 1.0]
    };
    let colour = Raster::from_data(width, height, rgb.as_chunks::<3>().0.iter().map(pixel).collect());
    let broken = || ParallaxError::Broken { path: path.into(), reason: "its picture is cut off".to_owned() };
    let colour = colour.ok_or_else(broken)?;
    let mut notes = vec![PictureNote::ByFfmpeg];
    if reader.next_frame(&mut rgb).map_err(not_a_picture)? {
        notes.push(PictureNote::FirstFrameOnly);
    }
    Ok(finish(colour, Orientation::NoTransforms, notes, limits))
}

/// OpenEXR's magic number, 20000630 with the low byte first.
const EXR_MAGIC: [u8; 4] = [0x76, 0x2f, 0x31, 0x01];

fn is_animated(format: ImageFormat, bytes: &[u8]) -> bool {
    let reader = || BufReader::new(Cursor::new(bytes));
    match format {
        #[cfg(feature = "more_formats")]
        ImageFormat::Gif => GifDecoder::new(reader()).is_ok_and(|d| d.into_frames().nth(1).is_some()),
        ImageFormat::Png => PngDecoder::new(reader()).is_ok_and(|d| d.is_apng().unwrap_or(false)),
        #[cfg(feature = "more_formats")]
        ImageFormat::WebP => WebPDecoder::new(reader()).is_ok_and(|d| d.has_animation()),
        _ => false,
    }
}

/// Averages squares of pixels while it makes them linear, so that no full-size float picture ever exists.
fn shrunk_linear(image: &DynamicImage, longest_side_px: usize) -> Raster<Rgba> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let step = width.max(height).div_ceil(longest_side_px.max(1)).max(1);
    let (small_width, small_height) = (width.div_ceil(step), height.div_ceil(step));
    let read = linear_reader(image);
    let mut small = Raster::filled(small_width, small_height, [0.0; 4]);
    for_rows(small.data_mut(), small_width, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (mut sum, mut count) = ([0.0; 4], 0.0);
            for sy in y * step..((y + 1) * step).min(height) {
                for sx in x * step..((x + 1) * step).min(width) {
                    let [r, g, b, a] = read(sx, sy);
                    for (sum, v) in sum.iter_mut().zip([r * a, g * a, b * a, a]) {
                        *sum += v;
                    }
                    count += 1.0;
                }
            }
            *pixel = sum.map(|v| v / count);
        }
    });
    small
}

/// Linear colour with straight opacity of one pixel of any kind of buffer.
fn linear_reader(image: &DynamicImage) -> Box<dyn Fn(usize, usize) -> Rgba + Sync + '_> {
    let from8: Vec<f32> = (0..256u32).map(|v| linear_from_srgb(v as f32 / 255.0)).collect();
    let from16 = |v: u16| linear_from_srgb(f32::from(v) / 65535.0);
    let place = |x: usize, y: usize| (x as u32, y as u32);
    let finite = |v: f32| if v > 0.0 { v.min(65504.0) } else { 0.0 };
    match image {
        DynamicImage::ImageLuma8(b) => Box::new(move |x, y| {
            let [v] = b[place(x, y)].0;
            let v = from8[usize::from(v)];
            [v, v, v, 1.0]
        }),
        DynamicImage::ImageLumaA8(b) => Box::new(move |x, y| {
            let [v, a] = b[place(x, y)].0;
            let v = from8[usize::from(v)];
            [v, v, v, f32::from(a) / 255.0]
        }),
        DynamicImage::ImageRgb8(b) => Box::new(move |x, y| {
            let [red, green, blue] = b[place(x, y)].0.map(|v| from8[usize::from(v)]);
            [red, green, blue, 1.0]
        }),
        DynamicImage::ImageRgba8(b) => Box::new(move |x, y| {
            let [red, green, blue, a] = b[place(x, y)].0;
            let [red, green, blue] = [red, green, blue].map(|v| from8[usize::from(v)]);
            [red, green, blue, f32::from(a) / 255.0]
        }),
        DynamicImage::ImageLuma16(b) => Box::new(move |x, y| {
            let v = from16(b[place(x, y)].0[0]);
            [v, v, v, 1.0]
        }),
        DynamicImage::ImageLumaA16(b) => Box::new(move |x, y| {
            let [v, a] = b[place(x, y)].0;
            let v = from16(v);
            [v, v, v, f32::from(a) / 65535.0]
        }),
        DynamicImage::ImageRgb16(b) => Box::new(move |x, y| {
            let [red, green, blue] = b[place(x, y)].0.map(from16);
            [red, green, blue, 1.0]
        }),
        DynamicImage::ImageRgba16(b) => Box::new(move |x, y| {
            let [red, green, blue, a] = b[place(x, y)].0;
            let [red, green, blue] = [red, green, blue].map(from16);
            [red, green, blue, f32::from(a) / 65535.0]
        }),
        DynamicImage::ImageRgb32F(b) => Box::new(move |x, y| {
            let [red, green, blue] = b[place(x, y)].0.map(finite);
            [red, green, blue, 1.0]
        }),
        DynamicImage::ImageRgba32F(b) => Box::new(move |x, y| {
            let [red, green, blue, a] = b[place(x, y)].0.map(finite);
            [red, green, blue, a.min(1.0)]
        }),
        // `DynamicImage` may grow; whatever it holds then converts to 16 bits.
        other => {
            let b = other.to_rgba16();
            Box::new(move |x, y| {
                let [red, green, blue, a] = b[place(x, y)].0;
                let [red, green, blue] = [red, green, blue].map(from16);
                [red, green, blue, f32::from(a) / 65535.0]
            })
        }
    }
}

fn turns(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

fn finish(
    colour: Raster<Rgba>,
    orientation: Orientation,
    mut notes: Vec<PictureNote>,
    limits: PictureLimits,
) -> Photograph {
    let mut colour = upright(colour, orientation);
    if orientation != Orientation::NoTransforms {
        notes.push(PictureNote::Turned);
    }
    // Squares of whole pixels rarely hit the longest side exactly, and EXR files arrive at full size.
    let (width, height) = colour.size();
    let longest = width.max(height);
    if longest > limits.longest_side_px {
        let fit = |side: usize| (side * limits.longest_side_px / longest).max(1);
        colour = colour.resized_colour(fit(width), fit(height));
    }
    let has_alpha = colour.data().iter().any(|p| p[3] < 0.999);
    Photograph { colour, is_scene_linear: false, has_alpha, notes }
}

fn upright(from: Raster<Rgba>, orientation: Orientation) -> Raster<Rgba> {
    let (width, height) = from.size();
    let (last_x, last_y) = (width - 1, height - 1);
    match orientation {
        Orientation::NoTransforms => from,
        Orientation::FlipHorizontal => Raster::from_fn(width, height, |x, y| from.at(last_x - x, y)),
        Orientation::Rotate180 => Raster::from_fn(width, height, |x, y| from.at(last_x - x, last_y - y)),
        Orientation::FlipVertical => Raster::from_fn(width, height, |x, y| from.at(x, last_y - y)),
        Orientation::Rotate90 => Raster::from_fn(height, width, |x, y| from.at(y, last_y - x)),
        Orientation::Rotate270 => Raster::from_fn(height, width, |x, y| from.at(last_x - y, x)),
        // `image` turns first and mirrors then.
        Orientation::Rotate90FlipH => Raster::from_fn(height, width, |x, y| from.at(y, x)),
        Orientation::Rotate270FlipH => Raster::from_fn(height, width, |x, y| from.at(last_x - y, last_y - x)),
    }
}
