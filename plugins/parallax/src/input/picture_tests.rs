//! Files as strangers have them.

use std::io::Cursor;
use std::path::{Path, PathBuf};

#[cfg(feature = "more_formats")]
use image::{Delay, Frame, codecs::gif::GifEncoder};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::error::ParallaxError;
use crate::transfer::srgb_from_linear;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(path: &Path) -> Result<Photograph, ParallaxError> {
    read_picture(path, PictureLimits::default())
}

fn bytes_at(photograph: &Photograph, x: usize, y: usize) -> [i32; 3] {
    let p = photograph.colour.at(x, y);
    [0, 1, 2].map(|c| (srgb_from_linear(p[c]) * 255.0).round() as i32)
}

fn close(a: [i32; 3], b: [i32; 3], most: i32) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= most)
}

/// Red at the upper left, green to its right, blue below it.
fn corners() -> RgbImage {
    RgbImage::from_fn(48, 32, |x, y| match (x < 24, y < 16) {
        (true, true) => Rgb([220, 20, 20]),
        (false, true) => Rgb([20, 200, 20]),
        (true, false) => Rgb([20, 20, 210]),
        (false, false) => Rgb([230, 230, 230]),
    })
}

#[test]
fn depths_and_channels_of_every_kind_become_linear() {
    let folder = Folder::new();
    let rgb = DynamicImage::ImageRgb8(corners());
    for (name, bytes, off) in [
        ("a.png", encoded(&rgb, ImageFormat::Png), 0),
        #[cfg(feature = "more_formats")]
        ("a.bmp", encoded(&rgb, ImageFormat::Bmp), 0),
        #[cfg(feature = "more_formats")]
        ("a.tiff", encoded(&rgb, ImageFormat::Tiff), 0),
        #[cfg(feature = "more_formats")]
        ("a.webp", encoded(&rgb, ImageFormat::WebP), 0),
        ("a.jpg", encoded(&rgb, ImageFormat::Jpeg), 14),
        ("a16.png", encoded(&DynamicImage::ImageRgb16(rgb.to_rgb16()), ImageFormat::Png), 0),
        // What a file is called does not matter.
        ("wrong_name.jpg", encoded(&rgb, ImageFormat::Png), 0),
    ] {
        let got = read(&folder.file(name, &bytes)).unwrap();
        assert!(!got.has_alpha && got.notes.is_empty(), "{name}: {:?}", got.notes);
        for ((x, y), expected) in [((5, 5), [220, 20, 20]), ((40, 5), [20, 200, 20]), ((5, 28), [20, 20, 210])] {
            assert!(close(bytes_at(&got, x, y), expected, off), "{name}: {:?} at {x} {y}", bytes_at(&got, x, y));
        }
    }
    let grey = DynamicImage::ImageLuma8(rgb.to_luma8());
    let got = read(&folder.file("grey.png", &encoded(&grey, ImageFormat::Png))).unwrap();
    assert_eq!(bytes_at(&got, 40, 28), [230, 230, 230]);
}

#[test]
fn opacity_is_multiplied_in() {
    let folder = Folder::new();
    let clear = RgbaImage::from_fn(6, 4, |x, _| if x < 3 { Rgba([255, 255, 255, 0]) } else { Rgba([255, 0, 0, 128]) });
    let got = read(&folder.file("a.png", &encoded(&DynamicImage::ImageRgba8(clear), ImageFormat::Png))).unwrap();
    assert!(got.has_alpha);
    assert_eq!(got.colour.at(0, 0), [0.0; 4]);
    let half = 128.0 / 255.0;
    assert_eq!(got.colour.at(5, 0), [half, 0.0, 0.0, half]);
}

#[test]
fn cmyk_has_the_colours_it_was_made_from() {
    // 16 x 8: (200, 30, 40) left and (20, 120, 130) right, as Pillow converts them to inks.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cmyk.jpg");
    let got = read(&path).unwrap();
    assert!(close(bytes_at(&got, 2, 4), [200, 30, 40], 8), "{:?}", bytes_at(&got, 2, 4));
    assert!(close(bytes_at(&got, 13, 4), [20, 120, 130], 8), "{:?}", bytes_at(&got, 13, 4));
}

/// A JPEG whose EXIF block holds nothing but an orientation.
fn turned_jpeg(orientation: u8) -> Vec<u8> {
    let jpeg = encoded(&DynamicImage::ImageRgb8(corners()), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(((exif.len() + 2) as u16).to_be_bytes());
    out.extend(exif);
    out.extend(&jpeg[2..]);
    out
}

#[test]
fn pictures_are_put_upright() {
    let folder = Folder::new();
    let (red, green, blue) = ([220, 20, 20], [20, 200, 20], [20, 20, 210]);
    // Orientation of EXIF and what is then at the upper left, upper right and lower left.
    for (orientation, size, expected) in [
        (1, (48, 32), [red, green, blue]),
        (2, (48, 32), [green, red, [230, 230, 230]]),
        (3, (48, 32), [[230, 230, 230], blue, green]),
        (4, (48, 32), [blue, [230, 230, 230], red]),
        (5, (32, 48), [red, blue, green]),
        (6, (32, 48), [blue, red, [230, 230, 230]]),
        (7, (32, 48), [[230, 230, 230], green, blue]),
        (8, (32, 48), [green, [230, 230, 230], red]),
    ] {
        let got = read(&folder.file("t.jpg", &turned_jpeg(orientation))).unwrap();
        assert_eq!(got.colour.size(), size, "{orientation}");
        let (right, bottom) = (size.0 - 4, size.1 - 4);
        let seen = [bytes_at(&got, 3, 3), bytes_at(&got, right, 3), bytes_at(&got, 3, bottom)];
        assert!((0..3).all(|i| close(seen[i], expected[i], 14)), "{orientation}: {seen:?}");
        assert_eq!(got.notes.contains(&PictureNote::Turned), orientation != 1);
    }
}

#[cfg(feature = "more_formats")]
#[test]
fn of_an_animation_the_first_picture_is_taken_and_that_is_said() {
    let folder = Folder::new();
    let mut gif = Vec::new();
    {
        let mut encoder = GifEncoder::new(&mut gif);
        for colour in [Rgba([250, 0, 0, 255]), Rgba([0, 0, 250, 255])] {
            let picture = RgbaImage::from_pixel(20, 10, colour);
            encoder.encode_frame(Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(40, 1))).unwrap();
        }
    }
    let got = read(&folder.file("a.gif", &gif)).unwrap();
    assert_eq!(got.notes, [PictureNote::FirstFrameOnly]);
    assert!(close(bytes_at(&got, 3, 3), [250, 0, 0], 3));
}

/// Two pictures of 4 x 2 pixels, red and blue, a tenth of a second each.
#[cfg(not(feature = "more_formats"))]
const GIF: [u8; 94] = [
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x04, 0x00, 0x02, 0x00, 0x81, 0x00, 0x00, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x21, 0xf9, 0x04, 0x00, 0x0a, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00,
    0x04, 0x00, 0x02, 0x00, 0x00, 0x08, 0x07, 0x00, 0x01, 0x08, 0x1c, 0x28, 0x30, 0x20, 0x00, 0x21, 0xf9, 0x04, 0x01,
    0x0a, 0x00, 0x01, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02, 0x00, 0x81, 0x00, 0x00, 0xff, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x08, 0x07, 0x00, 0x01, 0x08, 0x1c, 0x28, 0x30, 0x20, 0x00, 0x3b,
];

#[cfg(not(feature = "more_formats"))]
#[test]
fn what_is_not_decoded_here_ffmpeg_reads_and_of_an_animation_the_first_picture() {
    let folder = Folder::new();
    let got = read(&folder.file("a.gif", &GIF)).unwrap();
    assert_eq!(got.notes, [PictureNote::ByFfmpeg, PictureNote::FirstFrameOnly]);
    assert_eq!(got.colour.size(), (4, 2));
    assert!(close(bytes_at(&got, 1, 1), [255, 0, 0], 3), "{:?}", bytes_at(&got, 1, 1));
    let error = read(&folder.file("b.gif", &GIF[..20])).unwrap_err().to_string();
    assert!(error.contains("b.gif is damaged or cut off"), "{error}");
}

#[test]
fn tiny_and_large_pictures() {
    let folder = Folder::new();
    let one = DynamicImage::ImageRgb8(RgbImage::from_pixel(1, 1, Rgb([10, 20, 30])));
    assert_eq!(read(&folder.file("one.png", &encoded(&one, ImageFormat::Png))).unwrap().colour.size(), (1, 1));
    let wide = DynamicImage::ImageLuma8(image::GrayImage::from_pixel(16500, 40, image::Luma([90])));
    let got = read(&folder.file("wide.png", &encoded(&wide, ImageFormat::Png))).unwrap();
    assert_eq!(got.colour.size().0, 3300);
    assert_eq!(got.notes, [PictureNote::MadeSmaller { from_width: 16500, from_height: 40 }]);
    assert_eq!(bytes_at(&got, 1000, 3), [90, 90, 90]);
    let small = PictureLimits { most_megapixels: 0, ..PictureLimits::default() };
    let path = folder.file("corners.png", &encoded(&DynamicImage::ImageRgb8(corners()), ImageFormat::Png));
    let error = read_picture(&path, small).unwrap_err();
    assert!(matches!(error, ParallaxError::TooLarge { width: 48, height: 32, .. }), "{error}");
}

#[test]
fn what_is_no_picture_is_refused_by_name_with_a_remedy() {
    let folder = Folder::new();
    let png = encoded(&DynamicImage::ImageRgb8(corners()), ImageFormat::Png);
    for (name, bytes, expected) in [
        ("text.jpg", b"once upon a time".to_vec(), "is not a picture"),
        ("empty.png", Vec::new(), "the file is empty"),
        ("half.png", png[..png.len() / 2].to_vec(), "damaged or cut off"),
        ("head.jpg", vec![0xff, 0xd8, 0xff, 0xe0], "damaged or cut off"),
        ("head.exr", vec![0x76, 0x2f, 0x31, 0x01, 2, 0], "damaged or cut off"),
    ] {
        let error = read(&folder.file(name, &bytes)).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(name), "{name}: {error}");
    }
    assert!(matches!(read(&folder.0.path().join("none.png")), Err(ParallaxError::Read { .. })));
}

#[test]
fn depth_files_of_every_kind_and_their_errors() {
    let folder = Folder::new();
    let depth = |path: &Path| read_depth(path, PictureLimits::default());
    let ramp16 = image::ImageBuffer::from_fn(30, 20, |x, _| image::Luma([(x * 2000) as u16]));
    let png = folder.file("d.png", &encoded(&DynamicImage::ImageLuma16(ramp16), ImageFormat::Png));
    assert!((depth(&png).unwrap().values.at(10, 3) - 20000.0 / 65535.0).abs() < 1e-7);
    for (order, scale) in [(true, "-1.0"), (false, "1.0")] {
        let mut pfm = format!("Pf\n3 2\n{scale}\n").into_bytes();
        for v in [1.0f32, 2.0, 3.0, 4.0, 5.0, f32::NAN] {
            pfm.extend(if order { v.to_le_bytes() } else { v.to_be_bytes() });
        }
        let got = depth(&folder.file("d.pfm", &pfm)).unwrap().values;
        assert!(got.at(0, 0) == 4.0 && got.at(2, 1) == 3.0 && got.at(2, 0).is_nan());
        let short = depth(&folder.file("short.pfm", &pfm[..pfm.len() - 1])).unwrap_err().to_string();
        assert!(short.contains("ends before its last row"), "{short}");
    }
    for bytes in [&b"Pf"[..], b"Pf\n-3 2\n1\n", b"Pf\n3", b"Pf\n3.5 2\n1\n", b"Pf\n1000000 1000000\n-1\n"] {
        depth(&folder.file("bad.pfm", bytes)).unwrap_err();
    }
    let colours = folder.file("c.png", &encoded(&DynamicImage::ImageRgb8(corners()), ImageFormat::Png));
    assert!(depth(&colours).unwrap_err().to_string().contains("it has colours"));
    assert!(depth(&folder.file("text.png", b"words")).unwrap_err().to_string().contains("no picture"));
}
