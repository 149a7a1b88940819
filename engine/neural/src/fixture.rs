//! What the frameworks that exported a model computed, for tests.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::Tensor;

/// Inputs and outputs of a `fixture.json`: `{"inputs": [{"shape": [..], "data": [..]}], "outputs": [..]}`.
pub(crate) fn read(path: &Path) -> [Vec<Tensor>; 2] {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let fixture: Value = serde_json::from_str(&text).expect("JSON");
    ["inputs", "outputs"].map(|field| fixture[field].as_array().expect("tensors").iter().map(tensor).collect())
}

fn tensor(value: &Value) -> Tensor {
    let numbers = |name: &str| value[name].as_array().expect("numbers").iter().map(|n| n.as_f64().expect("a number"));
    let shape = numbers("shape").map(|n| n as usize).collect();
    Tensor::new(shape, numbers("data").map(|n| n as f32).collect()).expect("a tensor")
}

/// Of two tensors of the same shape.
pub(crate) fn largest_difference(ours: &Tensor, theirs: &Tensor) -> f32 {
    assert_eq!(ours.shape(), theirs.shape());
    ours.data().iter().zip(theirs.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
