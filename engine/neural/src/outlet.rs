//! Inputs and outputs of a network that has no `model.toml`, described by what its graph says of them.

use ort::value::{Outlet, TensorElementType, ValueType};

use crate::NeuralError;
use crate::manifest::{ColourSpace, Dimension, Normalisation, TensorSpec};

/// How many dimensions it has; `None` for what is no tensor.
pub fn rank(outlet: &Outlet) -> Option<usize> {
    match outlet.dtype() {
        ValueType::Tensor { shape, .. } => Some(shape.len()),
        _ => None,
    }
}

/// A tensor of floats with these dimensions, whatever their sizes; `file`, `kind` and `expected` are for messages.
///
/// # Errors
/// [`NeuralError::Interface`].
pub fn tensor(
    file: &str,
    kind: &str,
    outlet: &Outlet,
    expected: &str,
    names: &[&str],
) -> Result<TensorSpec, NeuralError> {
    let wrong = |found: String| NeuralError::Interface {
        model: file.to_owned(),
        problem: format!("{kind} `{}` is {found}, expected 32-bit floats {expected}", outlet.name()),
    };
    let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = outlet.dtype() else {
        return Err(wrong(outlet.dtype().to_string()));
    };
    let sizes: Vec<Option<usize>> = shape.iter().map(|size| usize::try_from(*size).ok()).collect();
    if sizes.len() != names.len() || sizes.contains(&Some(0)) {
        return Err(wrong(shape_text(&sizes)));
    }
    let dimensions = names
        .iter()
        .zip(sizes)
        .map(|(name, size)| Dimension { name: (*name).to_owned(), size, multiple_of: None })
        .collect();
    Ok(TensorSpec {
        name: outlet.name().to_owned(),
        dimensions,
        colour_space: ColourSpace::Data,
        normalisation: Normalisation { mean: vec![0.0], std: vec![1.0] },
    })
}

/// `[1, 3, ?, ?]`.
fn shape_text(sizes: &[Option<usize>]) -> String {
    let sizes: Vec<String> = sizes.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}
