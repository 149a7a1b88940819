use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::fixture;

fn model_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/binomial_blur")
}

fn executor(intra_threads: usize) -> OrtExecutor {
    let model = Model::open(&model_dir()).expect("the shipped model");
    OrtExecutor::new(&model, OrtSettings { intra_threads }).expect("`cargo xtask setup` was run")
}

/// The definition, in double precision: [1 2 1] x [1 2 1] / 16 with repeated edges.
fn blur_in_f64(image: &Tensor) -> Vec<f64> {
    let [_, channels, height, width] = image.nchw().expect("a picture");
    let at = |channel: usize, y: i64, x: i64| {
        let y = y.clamp(0, height as i64 - 1) as usize;
        let x = x.clamp(0, width as i64 - 1) as usize;
        f64::from(image.data()[(channel * height + y) * width + x])
    };
    let taps = [(-1, 1.0), (0, 2.0), (1, 1.0)];
    let mut blurred = Vec::new();
    for channel in 0..channels {
        for y in 0..height as i64 {
            for x in 0..width as i64 {
                let sum: f64 = taps
                    .iter()
                    .flat_map(|(dy, wy)| taps.iter().map(move |(dx, wx)| (dy, dx, wy * wx)))
                    .map(|(dy, dx, weight)| weight * at(channel, y + dy, x + dx))
                    .sum();
                blurred.push(sum / 16.0);
            }
        }
    }
    blurred
}

fn pattern(height: usize, width: usize) -> Tensor {
    let value = |index: usize| ((index * 2_654_435_761) % 1009) as f32 / 1009.0 * 4.0 - 1.0;
    Tensor::new(vec![1, 3, height, width], (0..3 * height * width).map(value).collect()).expect("a picture")
}

fn largest_difference(ours: &[f32], theirs: impl IntoIterator<Item = f64>) -> f64 {
    ours.iter().zip(theirs).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max)
}

#[test]
fn agrees_with_the_definition_at_every_size() {
    let mut executor = executor(1);
    for (height, width) in [(1, 1), (1, 9), (16, 3), (67, 129)] {
        let image = pattern(height, width);
        let outputs = executor.run(std::slice::from_ref(&image)).expect("a run");
        let [blurred] = outputs.as_slice() else { panic!("{} outputs", outputs.len()) };
        assert_eq!(blurred.shape(), image.shape());
        let difference = largest_difference(blurred.data(), blur_in_f64(&image));
        assert!(difference <= 1e-6, "{height}x{width}: {difference:e}");
    }
}

#[test]
fn agrees_with_the_fixture_of_the_exporting_framework() {
    let [inputs, expected] = fixture::read(&model_dir().join("fixture.json"));
    let outputs = executor(1).run(&inputs).expect("a run");
    assert_eq!(outputs.len(), expected.len());
    for (output, expected) in outputs.iter().zip(&expected) {
        let difference = fixture::largest_difference(output, expected);
        assert!(difference <= 1e-6, "{difference:e}");
    }
}

#[test]
fn the_same_settings_give_the_same_bits() {
    let image = pattern(67, 129);
    let bits = |tensors: Vec<Tensor>| -> Vec<u32> { tensors[0].data().iter().map(|v| v.to_bits()).collect() };
    for threads in [1, 2] {
        let mut first = executor(threads);
        let once = bits(first.run(std::slice::from_ref(&image)).expect("a run"));
        assert_eq!(once, bits(first.run(std::slice::from_ref(&image)).expect("a run")), "{threads} threads, again");
        assert_eq!(
            once,
            bits(executor(threads).run(std::slice::from_ref(&image)).expect("a run")),
            "{threads} threads, anew"
        );
    }
    assert_ne!(executor(1).identity(), executor(2).identity());
}

#[test]
fn inputs_that_do_not_fit_are_named() {
    let mut executor = executor(1);
    let gray = Tensor::new(vec![1, 1, 2, 2], vec![0.0; 4]).expect("a tensor");
    assert_eq!(executor.run(&[gray]).expect_err("gray").to_string(), "tensor `image`: channel is 1, expected 3");
    assert_eq!(
        executor.run(&[]).expect_err("nothing").to_string(),
        "tensor `image`: 0 tensors given, model `binomial_blur` has 1"
    );
}

#[test]
fn a_manifest_of_another_network_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::copy(model_dir().join("model.onnx"), dir.path().join("model.onnx")).expect("a file");
    let manifest = fs::read_to_string(model_dir().join("model.toml")).expect("a manifest");
    let edits = [
        ("name = \"image\"", "name = \"picture\"", "input `image` of the network is `picture` in model.toml"),
        (", { name = \"width\" }]", "]", "input `image` has shape"),
        ("size = 1", "size = 2", "input `image` has shape"),
    ];
    for (from, to, expected) in edits {
        fs::write(dir.path().join("model.toml"), manifest.replacen(from, to, 1)).expect("a file");
        let model = Model::open(dir.path()).expect("a well-formed manifest");
        let text = OrtExecutor::new(&model, OrtSettings { intra_threads: 1 }).expect_err(from).to_string();
        assert!(text.contains(expected), "{from} -> {to}: {text}");
    }
}

#[test]
fn bytes_that_are_no_network_are_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let manifest = fs::read_to_string(model_dir().join("model.toml")).expect("a manifest");
    let whole = fs::read(model_dir().join("model.onnx")).expect("a network");
    let sha256 = kinema_core::sha256_hex(&whole);
    for bytes in [&b""[..], b"not a network", &whole[..whole.len() / 2]] {
        fs::write(dir.path().join("model.onnx"), bytes).expect("a file");
        let manifest = manifest.replace(&sha256, &kinema_core::sha256_hex(bytes));
        fs::write(dir.path().join("model.toml"), manifest).expect("a file");
        let model = Model::open(dir.path()).expect("the hash fits");
        let error = OrtExecutor::new(&model, OrtSettings { intra_threads: 1 }).expect_err("no network");
        assert!(error.to_string().starts_with("model `binomial_blur`: "), "{error}");
    }
}
