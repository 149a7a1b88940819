//! PNG and EXR read back.

use std::process::Command;

use exr::prelude::{FlatSamples, ReadChannels, ReadLayers};
use half::f16;
use kinema_core::{Aov, Picture, PixelFormat};
use kinema_export::{ExportSettings, StillFormats, channels_of};

use crate::pictures::{HEIGHT, PNG, WIDTH, complete, display, export, halves, part_id, plane, settings};

struct Decoded {
    info: png::Info<'static>,
    rgb: Vec<u8>,
}

fn decode(bytes: &[u8]) -> Decoded {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
    let mut rgb = vec![0; reader.output_buffer_size().expect("a size")];
    reader.next_frame(&mut rgb).expect("pixels");
    Decoded { info: reader.info().clone(), rgb }
}

#[test]
fn png8_holds_the_renderers_own_bytes_without_alpha_and_says_srgb() {
    let out = tempfile::tempdir().expect("a folder");
    export(settings(out.path(), 7..8), display);
    let png = decode(&std::fs::read(out.path().join("frames/shot.0007.png")).expect("written"));
    assert_eq!(
        (png.info.size(), png.info.bit_depth, png.info.color_type),
        ((WIDTH, HEIGHT), png::BitDepth::Eight, png::ColorType::Rgb)
    );
    assert_eq!(png.info.srgb, Some(png::SrgbRenderingIntent::Perceptual));
    assert!(png.info.gama_chunk.is_some() && png.info.chrm_chunk.is_some());
    let picture = display(7);
    let expected: Vec<u8> =
        picture.planes[0].data.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    assert_eq!(png.rgb, expected);
}

#[test]
fn png16_and_png8_of_a_linear_plane_follow_the_srgb_curve_and_survive_nan() {
    let out = tempfile::tempdir().expect("a folder");
    let still = StillFormats { png8: true, png16: true, ..StillFormats::default() };
    let report = export(ExportSettings { still, ..settings(out.path(), 0..1) }, |frame| {
        let mut picture = complete(frame);
        picture.planes = vec![plane(Aov::Display, PixelFormat::Rgba16Float, (WIDTH, HEIGHT), |x, y| match (x, y) {
            (0, 0) => halves([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0]),
            (1, 0) => halves([f32::NAN, 0.5, 0.5, 1.0]),
            _ => halves([0.0, 0.5, 1.0, f32::NAN]),
        })];
        picture
    });
    let deep = decode(&std::fs::read(out.path().join("frames16/shot.0000.png")).expect("written"));
    assert_eq!(deep.info.bit_depth, png::BitDepth::Sixteen);
    let words: Vec<u16> = deep.rgb.as_chunks::<2>().0.iter().map(|two| u16::from_be_bytes(*two)).collect();
    assert_eq!(words[..9], [0, 65_535, 0, 0, 48_192, 48_192, 0, 48_192, 65_535]);
    let flat = decode(&std::fs::read(out.path().join("frames/shot.0000.png")).expect("written"));
    assert_eq!(flat.rgb[..9], [0, 255, 0, 0, 188, 188, 0, 188, 255]);
    assert_eq!(report.warnings.len(), 2, "{:?}", report.warnings);
    assert!(
        report.warnings.iter().all(|warning| warning.contains("2 pixels were NaN or infinite")),
        "{:?}",
        report.warnings
    );
}

/// The samples of one channel as the file has them.
fn channel(path: &std::path::Path, name: &str) -> FlatSamples {
    let image = exr::prelude::read().no_deep_data().largest_resolution_level().all_channels().first_valid_layer();
    let image = image.all_attributes().from_file(path).expect("an EXR");
    let channels = image.layer_data.channel_data.list.into_iter();
    channels
        .into_iter()
        .find(|channel| channel.name == *name)
        .unwrap_or_else(|| panic!("no channel {name}"))
        .sample_data
}

#[test]
fn exr_channels_come_back_bit_for_bit() {
    let out = tempfile::tempdir().expect("a folder");
    let aovs = vec![Aov::PartId, Aov::Beauty, Aov::Depth, Aov::Normal, Aov::Motion, Aov::Albedo];
    let still = StillFormats { exr_half: true, exr_float: true, ..StillFormats::default() };
    export(ExportSettings { still, aovs: aovs.clone(), ..settings(out.path(), 3..4) }, complete);
    let picture = complete(3);
    let half_path = out.path().join("exr/shot.0003.exr");
    let float_path = out.path().join("exr32/shot.0003.exr");
    let data = |aov| &picture.plane(aov).expect("a plane").data;
    for (component, name) in channels_of(Aov::Beauty).iter().enumerate() {
        let pixels = data(Aov::Beauty).as_chunks::<8>().0.iter();
        let expected: Vec<f16> =
            pixels.map(|pixel| f16::from_le_bytes([pixel[2 * component], pixel[2 * component + 1]])).collect();
        assert_eq!(channel(&half_path, name), FlatSamples::F16(expected.clone()), "{name}");
        let wide = expected.iter().map(|value| value.to_f32()).collect();
        assert_eq!(channel(&float_path, name), FlatSamples::F32(wide), "{name}");
    }
    let normal_y = data(Aov::Normal).as_chunks::<8>().0.iter().map(|pixel| f16::from_le_bytes([pixel[2], pixel[3]]));
    assert_eq!(channel(&half_path, "N.Y"), FlatSamples::F16(normal_y.collect()));
    let green = data(Aov::Albedo).as_chunks::<4>().0.iter().map(|pixel| f32::from(pixel[1]) / 255.0);
    assert_eq!(channel(&float_path, "albedo.G"), FlatSamples::F32(green.collect()));
    for path in [&half_path, &float_path] {
        let floats = |aov, stride: usize, at: usize| -> FlatSamples {
            let words = data(aov).as_chunks::<4>().0.iter().skip(at).step_by(stride);
            FlatSamples::F32(words.map(|word| f32::from_le_bytes(*word)).collect())
        };
        assert_eq!(channel(path, "Z"), floats(Aov::Depth, 1, 0));
        assert_eq!(channel(path, "motion.X"), floats(Aov::Motion, 2, 0));
        assert_eq!(channel(path, "motion.Y"), floats(Aov::Motion, 2, 1));
        let ids = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| part_id(x, y))).collect();
        assert_eq!(channel(path, "id"), FlatSamples::U32(ids));
    }
}

/// ffmpeg's own reader, which shares no code with ours: plain pictures, and blocks of every fill level.
#[test]
fn another_programs_exr_reader_sees_the_same_colours() {
    for (height, still) in [
        (1, StillFormats { exr_half: true, ..StillFormats::default() }),
        (16, StillFormats { exr_float: true, ..StillFormats::default() }),
        (33, StillFormats { exr_half: true, ..StillFormats::default() }),
    ] {
        let out = tempfile::tempdir().expect("a folder");
        let size = (WIDTH, height);
        let colour = |x: u32, y: u32| [x as f32 * 0.25, y as f32 - 3.0, (x * y) as f32, 0.5];
        let beauty = || plane(Aov::Beauty, PixelFormat::Rgba16Float, size, |x, y| halves(colour(x, y)));
        export(ExportSettings { still, height, ..settings(out.path(), 0..1) }, |frame| Picture {
            frame,
            planes: vec![beauty()],
        });
        let folder = if still.exr_half { "exr" } else { "exr32" };
        let raw = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(out.path().join(folder).join("shot.0000.exr"))
            .args(["-f", "rawvideo", "-pix_fmt", "gbrapf32le", "pipe:1"])
            .output()
            .expect("decoded");
        let floats: Vec<f32> = raw.stdout.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
        let plane_of = |component: usize| {
            let pixels = (0..height).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
            pixels.map(move |(x, y)| f16::from_f32(colour(x, y)[component]).to_f32())
        };
        let expected: Vec<f32> = [1, 2, 0, 3].into_iter().flat_map(plane_of).collect();
        assert!(floats == expected, "{height} lines: {}", String::from_utf8_lossy(&raw.stderr));
    }
}

#[test]
fn exr_keeps_nan_and_infinity_and_describes_itself() {
    let out = tempfile::tempdir().expect("a folder");
    let rate = "30000/1001".parse().expect("a rate");
    let still = StillFormats { exr_half: true, ..StillFormats::default() };
    export(ExportSettings { still, rate, ..settings(out.path(), 0..1) }, |frame| {
        let mut picture = complete(frame);
        picture.planes = vec![plane(Aov::Beauty, PixelFormat::Rgba16Float, (WIDTH, HEIGHT), |_, _| {
            halves([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0])
        })];
        picture
    });
    let path = out.path().join("exr/shot.0000.exr");
    let FlatSamples::F16(red) = channel(&path, "R") else { panic!("R is not half") };
    assert!(red.iter().all(|value| value.is_nan()));
    assert_eq!(channel(&path, "G"), FlatSamples::F16(vec![f16::INFINITY; red.len()]));
    assert_eq!(channel(&path, "B"), FlatSamples::F16(vec![f16::NEG_INFINITY; red.len()]));

    let meta = exr::meta::MetaData::read_from_file(&path, true).expect("valid for a strict reader");
    assert_eq!(meta.headers.len(), 1, "one part");
    let header = &meta.headers[0];
    assert_eq!(header.compression, exr::prelude::Compression::ZIP16);
    assert_eq!(header.shared_attributes.pixel_aspect, 1.0);
    assert_eq!(header.own_attributes.frames_per_second, Some((30_000, 1_001)));
    let software = header.own_attributes.software_name.as_ref().expect("named").to_string();
    assert!(software.starts_with("Kinema "), "{software}");
    assert!(header.own_attributes.capture_date.is_none(), "no time stamp");
    let primaries = header.shared_attributes.chromaticities.expect("described");
    assert_eq!((primaries.red.x(), primaries.white.y()), (0.64, 0.329));
    let names: Vec<String> = header.channels.list.iter().map(|channel| channel.name.to_string()).collect();
    assert_eq!(names, ["A", "B", "G", "R"]);
}

#[test]
fn a_scene_plane_brings_an_exr_beside_the_png() {
    let out = tempfile::tempdir().expect("a folder");
    let wanted = ExportSettings { still: PNG, aovs: vec![Aov::Depth], ..settings(out.path(), 0..1) };
    assert_eq!(wanted.required_planes().expect("valid"), [Aov::Display, Aov::Depth]);
    export(wanted, complete);
    assert!(out.path().join("frames/shot.0000.png").exists());
    let meta = exr::meta::MetaData::read_from_file(out.path().join("exr/shot.0000.exr"), true).expect("an EXR");
    let names: Vec<String> = meta.headers[0].channels.list.iter().map(|channel| channel.name.to_string()).collect();
    assert_eq!(names, ["Z"]);
}
