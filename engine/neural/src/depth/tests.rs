use std::fs;
use std::path::PathBuf;

use super::*;
use crate::{Pixels, fixture};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn tiny() -> PathBuf {
    root("fixtures/depth_anything_tiny.onnx")
}

fn blur() -> PathBuf {
    root("../../assets/models/binomial_blur")
}

fn load(path: &Path) -> DepthModel {
    DepthModel::load(path).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(path: &Path) -> String {
    DepthModel::load(path).expect_err("it is no depth model").to_string()
}

/// Grass below a clear sky, lighter towards the horizon.
fn meadow(width: usize, height: usize) -> Vec<u8> {
    let pixel = |index: usize| {
        let (x, y) = (index % width, index / width);
        let down = y as f32 / height as f32;
        let grain = ((index * 2_654_435_761) % 97) as f32 / 97.0 * (down - 0.5).max(0.0);
        let colour = if down < 0.5 {
            [110.0 + 110.0 * down, 150.0 + 90.0 * down, 220.0]
        } else {
            [90.0 + 60.0 * grain, 120.0 + 90.0 * grain - 20.0 * down, 50.0 + x as f32 / width as f32]
        };
        colour.map(|value| value as u8)
    };
    (0..width * height).flat_map(pixel).collect()
}

#[test]
fn a_depth_anything_graph_agrees_with_the_framework_it_came_from() {
    let mut model = load(&tiny());
    assert_eq!(model.spec().output, DepthKind::RelativeInverse);
    assert_eq!(model.input_px(4000, 3000), [42, 28], "the network fixes its size");
    let [inputs, expected] = fixture::read(&root("fixtures/depth_anything_tiny.json"));
    let outputs = model.executor.run(&inputs).expect("a run");
    let difference = fixture::largest_difference(&outputs[0], &expected[0]);
    assert!(difference <= 1e-5, "{difference:e}");
}

#[test]
fn any_encoding_and_size_of_the_same_picture_gives_its_map() {
    let mut model = load(&tiny());
    let bytes = meadow(90, 70);
    let map = model.depth(&Picture { width: 90, height: 70, pixels: Pixels::Srgb8(&bytes) }).expect("a map");
    assert_eq!((map.width, map.height, map.values.len()), (42, 28, 42 * 28));
    let floats: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let again = model.depth(&Picture { width: 90, height: 70, pixels: Pixels::Srgb(&floats) }).expect("a map");
    assert!(map.values.iter().zip(&again.values).all(|(a, b)| (a - b).abs() < 1e-5));
    for (width, height) in [(1, 1), (3, 400), (700, 2)] {
        let bytes = meadow(width, height);
        let map = model.depth(&Picture { width, height, pixels: Pixels::Srgb8(&bytes) }).expect("a map");
        assert_eq!((map.width, map.height), (42, 28));
    }
}

#[test]
fn pictures_that_are_none_are_named() {
    let mut model = load(&tiny());
    let mut problem =
        |width, height, pixels| model.depth(&Picture { width, height, pixels }).expect_err("no picture").to_string();
    let bytes = [0u8; 12];
    assert_eq!(
        problem(2, 3, Pixels::Srgb8(&bytes)),
        "tensor `picture`: 12 values, but 2x3 pixels need 3 each and there must be one"
    );
    assert!(problem(0, 3, Pixels::Srgb8(&[])).contains("0 values, but 0x3 pixels"));
    assert!(problem(usize::MAX, 2, Pixels::Srgb8(&bytes)).starts_with("tensor `picture`: 12 values"));
    let floats = [0.5, f32::NAN, 0.5];
    assert_eq!(problem(1, 1, Pixels::Linear(&floats)), "tensor `picture`: 1 of 3 values are NaN");
}

#[test]
fn networks_that_give_no_depth_are_refused_by_their_tensors() {
    assert_eq!(
        refused(&blur().join("model.onnx")),
        "model `model.onnx`: output `blurred` is [1, 3, map_height, map_width], expected [1, height, width] or [1, 1, height, width]; \
         model.toml must describe the file it names"
    );
    let text = refused(&blur());
    assert!(text.contains("it is no depth model: model.toml has no table [depth]"), "{text}");
    assert!(refused(Path::new("none.onnx")).starts_with("none.onnx: the model cannot be read"));

    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("half.onnx");
    let whole = fs::read(tiny()).expect("a network");
    fs::write(&path, &whole[..whole.len() / 2]).expect("a file");
    assert!(refused(&path).starts_with("model `half.onnx`: loading failed"));
}

/// The tiny network with a description of its own.
fn described(dir: &Path, edit: impl Fn(String) -> String) {
    let bytes = fs::read(tiny()).expect("a network");
    fs::write(dir.join("model.onnx"), &bytes).expect("a file");
    let text = format!(
        r#"
schema = 1
name = "mine"
about = "a user's own"
file = "model.onnx"
sha256 = "{}"
licence = "MIT"
train = "none"
quality = []
[depth]
output = "metric"
short_side_px = 28
channel_order = "bgr"
[[input]]
name = "image"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "channel", size = 3 }}, {{ name = "height", size = 28 }}, {{ name = "width", size = 42 }}]
colour_space = "linear_rec709"
normalisation = {{ mean = [0.5], std = [0.5] }}
[[output]]
name = "depth"
dimensions = [{{ name = "batch", size = 1 }}, {{ name = "height", size = 28 }}, {{ name = "width", size = 42 }}]
colour_space = "data"
normalisation = {{ mean = [0.0], std = [10.0] }}
"#,
        kinema_core::sha256_hex(&bytes)
    );
    fs::write(dir.join("model.toml"), edit(text)).expect("a file");
}

#[test]
fn a_description_says_channels_colour_space_scale_and_meaning() {
    let dir = tempfile::tempdir().expect("a folder");
    described(dir.path(), |text| text);
    let mut model = load(dir.path());
    let rgb = [0.2f32, 0.4, 0.9].repeat(42 * 28);
    let map = model.depth(&Picture { width: 42, height: 28, pixels: Pixels::Linear(&rgb) }).expect("a map");
    assert_eq!(map.kind, DepthKind::Metric);
    // The same by hand: blue first, linear values to -1..1, ten times the output.
    let planes: Vec<f32> = [0.9f32, 0.4, 0.2].iter().flat_map(|v| vec![(v - 0.5) / 0.5; 42 * 28]).collect();
    let input = Tensor::new(vec![1, 3, 28, 42], planes).expect("a tensor");
    let expected = model.executor.run(&[input]).expect("a run");
    for (ours, theirs) in map.values.iter().zip(expected[0].data()) {
        assert!((ours - 10.0 * theirs).abs() < 1e-4, "{ours} {theirs}");
    }
}

#[test]
fn descriptions_that_do_not_fit_say_which_tensor() {
    let edits = [
        (
            "height\", size = 28 }, {",
            "height\", size = 56 }, {",
            "input `image` has shape [1, 3, 28, 42] in the network, expected [1, 3, 56, 42]",
        ),
        ("name = \"depth\"", "name = \"disparity\"", "output `depth` of the network is `disparity` in model.toml"),
        ("short_side_px = 28", "short_side_px = 0", "depth.short_side_px is 0, expected 1 to 4096"),
        ("output = \"metric\"", "output = \"nearness\"", "unknown variant `nearness`"),
        (
            "name = \"channel\", size = 3",
            "name = \"channel\"",
            "input `image` has shape [1, 3, 28, 42] in the network, expected [1, channel, 28, 42]",
        ),
    ];
    for (from, to, expected) in edits {
        let dir = tempfile::tempdir().expect("a folder");
        described(dir.path(), |text| text.replacen(from, to, 1));
        let text = refused(dir.path());
        assert!(text.contains(expected), "{from} -> {to}: {text}");
    }
}

fn shipped() -> PathBuf {
    root("../../assets/models/depth")
}

#[test]
fn the_shipped_network_agrees_with_the_framework_it_came_from() {
    let mut model = load(&shipped());
    let [inputs, expected] = fixture::read(&shipped().join("fixture.json"));
    let outputs = model.executor.run(&inputs).expect("a run");
    let difference = fixture::largest_difference(&outputs[0], &expected[0]);
    assert!(difference <= 1e-4, "{difference:e}");
}

#[test]
fn the_shipped_network_takes_pictures_of_any_shape() {
    let model = load(&shipped());
    let short = model.spec().short_side_px;
    for (width, height, across, down) in [(640, 480, 4, 3), (480, 640, 3, 4), (7, 7, 1, 1), (9000, 10, 4, 1)] {
        let [columns, rows] = model.input_px(width, height);
        assert!(columns % 32 == 0 && rows % 32 == 0, "{columns}x{rows}");
        assert_eq!(columns.min(rows), short, "{width}x{height}");
        let wanted = short as f64 * f64::from(across.max(down)) / f64::from(across.min(down));
        assert!((columns.max(rows) as f64 - wanted).abs() <= 16.0, "{width}x{height}: {columns}x{rows}");
    }
}

#[test]
fn in_a_meadow_the_grass_at_the_feet_is_near_and_the_sky_far() {
    let mut model = load(&shipped());
    let map =
        model.depth(&Picture { width: 256, height: 192, pixels: Pixels::Srgb8(&meadow(256, 192)) }).expect("a map");
    assert_eq!(map.kind, DepthKind::RelativeInverse);
    let band = |from: f64, to: f64| {
        let [first, end] = [from, to].map(|share| (share * map.height as f64) as usize * map.width);
        map.values[first..end].iter().sum::<f32>() / (end - first) as f32
    };
    let [sky, horizon, middle, feet] = [band(0.0, 0.4), band(0.5, 0.6), band(0.7, 0.8), band(0.9, 1.0)];
    let span = feet - sky;
    assert!(
        span > 0.0 && feet > middle + 0.1 * span && middle > horizon + 0.1 * span,
        "{sky} {horizon} {middle} {feet}"
    );
    assert!(horizon - sky < 0.35 * span, "{sky} {horizon} {middle} {feet}");
}
