//! The networks that packs bring as TFLite compute here what TFLite computes: `fixtures/pack_models.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Output {
    size: usize,
    /// Place in row-major order, and the value there.
    samples: Vec<(usize, f32)>,
}

/// Of each model, its outputs by the names that TFLite has for them.
type Fixture = BTreeMap<String, BTreeMap<String, Output>>;

/// Pack, model, its outputs as TFLite calls them in the model's order, largest difference allowed. Landmarks are pixels
/// of 256, the detector's numbers reach some hundreds. TFLite rounds the activations of the last network to 8 bits.
const MODELS: [(&str, &str, &[&str], f32); 5] = [
    ("face_landmarker", "face_detector", &["regressors", "classificators"], 1e-3),
    ("face_landmarker", "face_landmarks", &["Identity", "Identity_1"], 2e-3),
    ("face_landmarker", "face_blendshapes", &["StatefulPartitionedCall:0"], 1e-5),
    ("person_mask", "person_mask", &["activation_10"], 1e-4),
    ("expression", "facial_expression", &["Identity"], 0.04),
];

/// The script's `wave`: pictures are channel, height, width here and height, width, channel there.
fn wave(spec: &TensorSpec) -> Tensor {
    let sizes: Vec<usize> = spec.dimensions.iter().map(|dimension| dimension.size.expect("fixed")).collect();
    let mut data = Vec::new();
    match sizes.as_slice() {
        &[1, channels, height, width] => {
            for (c, y, x) in
                (0..channels).flat_map(|c| (0..height).flat_map(move |y| (0..width).map(move |x| (c, y, x))))
            {
                data.push((0.7 * c as f64 + 0.13 * x as f64 + 0.29 * y as f64).sin() as f32);
            }
        }
        &[1, points, 2] => {
            for n in (0..points).map(|n| n as f64) {
                data.extend([128.0 + 60.0 * (0.9 * n).sin(), 128.0 + 80.0 * (0.37 * n).cos()].map(|v| v as f32));
            }
        }
        other => panic!("{}: {other:?}", spec.name),
    }
    Tensor::new(sizes, data).expect("a tensor")
}

/// The script's `figure`: two ellipses, head and shoulders, before a pattern.
fn figure() -> Tensor {
    let mut data = Vec::new();
    for (c, y, x) in (0..3).flat_map(|c| (0..256).flat_map(move |y| (0..256).map(move |x| (c, y, x)))) {
        let (c, y, x) = (f64::from(c), f64::from(y), f64::from(x));
        let inside = |centre_y: f64, across: f64, down: f64| {
            ((x - 128.0) / across).powi(2) + ((y - centre_y) / down).powi(2) < 1.0
        };
        data.push(if inside(90.0, 40.0, 55.0) || inside(256.0, 90.0, 100.0) {
            0.6 - 0.1 * c + 0.05 * (0.3 * x + 0.2 * y).sin()
        } else {
            0.2 + 0.1 * c + 0.1 * (0.1 * x).sin()
        });
    }
    Tensor::new(vec![1, 3, 256, 256], data.into_iter().map(|v| v as f32).collect()).expect("a tensor")
}

#[test]
fn converted_models_compute_what_tflite_computes() {
    let fixture: Fixture = serde_json::from_str(include_str!("../../fixtures/pack_models.json")).expect("JSON");
    for (pack, folder, names, allowed) in MODELS {
        let model = Model::open_in_pack(pack, folder).expect("`cargo xtask setup` was run");
        assert_eq!(model.manifest().name, folder);
        let mut executor = OrtExecutor::new(&model, OrtSettings { intra_threads: 1 }).expect("a network");
        let input = if pack == "person_mask" { figure() } else { wave(&model.manifest().inputs[0]) };
        let outputs = executor.run(&[input]).expect("a run");
        assert_eq!(outputs.len(), names.len());
        for (output, name) in outputs.iter().zip(names) {
            let expected = &fixture[folder][*name];
            assert_eq!(output.data().len(), expected.size, "{folder} {name}");
            let worst =
                expected.samples.iter().map(|(place, value)| (output.data()[*place] - value).abs()).fold(0.0, f32::max);
            assert!(worst <= allowed, "{folder} {name}: {worst:e}");
        }
    }
}
