//! `model.toml`, the description of a model.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::depth::DepthSpec;
use crate::{NeuralError, Tensor};

/// The format of `model.toml` that this build reads.
pub(crate) const SCHEMA: u32 = 1;

/// Everything `model.toml` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelManifest {
    /// Version of the manifest's format.
    pub schema: u32,
    /// Name of the model, as its folder's.
    pub name: String,
    /// What it does, one line.
    pub about: String,
    /// The network, beside the manifest.
    pub file: String,
    /// Of the network's file, lowercase hexadecimal.
    pub sha256: String,
    /// SPDX expression.
    pub licence: String,
    /// The command that makes the model again, from the root of the sources.
    pub train: String,
    /// Inputs and outputs from the training framework, beside the manifest. A model of a pack has none.
    pub fixture: Option<String>,
    /// How the model is used, if it gives depth from a picture.
    pub depth: Option<DepthSpec>,
    /// In the order of the network's inputs.
    #[serde(rename = "input")]
    pub inputs: Vec<TensorSpec>,
    /// In the order of the network's outputs.
    #[serde(rename = "output")]
    pub outputs: Vec<TensorSpec>,
    /// What was measured, against what.
    pub quality: Vec<Quality>,
}

/// One input or output.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorSpec {
    /// As the network calls it.
    pub name: String,
    /// Outermost first.
    pub dimensions: Vec<Dimension>,
    /// What the values mean before normalisation.
    pub colour_space: ColourSpace,
    /// From meaning to the network's numbers.
    pub normalisation: Normalisation,
}

/// A dimension that is the same wherever its name occurs in one run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// `batch`, `channel`, `height`, `width`, or a name of the model's own.
    pub name: String,
    /// Fixed size; any if absent.
    pub size: Option<usize>,
    /// The size must be a multiple of this; of 1 if absent.
    pub multiple_of: Option<usize>,
}

/// What the values of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColourSpace {
    /// Scene-linear light, Rec.709 primaries.
    LinearRec709,
    /// Display colour, sRGB-encoded, 0..=1.
    Srgb,
    /// Not a colour: depth, normals, motion, features.
    Data,
}

/// `network = (value - mean) / std`, per channel (the second dimension) or the same for all.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// One per channel, or one for all.
    pub mean: Vec<f32>,
    /// As many, not 0.
    pub std: Vec<f32>,
}

/// A measured figure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Name of the measure, with its unit.
    pub metric: String,
    /// The reference, the data and the tool.
    pub against: String,
    /// What came out.
    pub value: f64,
}

impl ModelManifest {
    /// What serde cannot say. The message of the first mistake, if any.
    pub(crate) fn mistake(&self) -> Option<String> {
        if self.schema != SCHEMA {
            return Some(format!("schema is {}, this build reads {SCHEMA}", self.schema));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Some("sha256 is not 64 lowercase hexadecimal digits".to_owned());
        }
        let files = [Some(("file", &self.file)), self.fixture.as_ref().map(|file| ("fixture", file))];
        for (field, file) in files.into_iter().flatten() {
            if file.is_empty() || file.starts_with('.') || file.contains(['/', '\\']) {
                return Some(format!("{field} is `{file}`, expected the name of a file beside model.toml"));
            }
        }
        if self.inputs.is_empty() || self.outputs.is_empty() {
            return Some("a model has at least one [[input]] and one [[output]]".to_owned());
        }
        self.inputs.iter().chain(&self.outputs).find_map(TensorSpec::mistake)
    }
}

impl TensorSpec {
    fn mistake(&self) -> Option<String> {
        let at = |problem: String| Some(format!("tensor `{}`: {problem}", self.name));
        if let Some(bad) = self.dimensions.iter().find(|d| d.size == Some(0) || d.multiple_of == Some(0)) {
            return at(format!("dimension `{}` has size or multiple_of 0", bad.name));
        }
        let Normalisation { mean, std } = &self.normalisation;
        if mean.is_empty() || mean.len() != std.len() {
            return at("mean and std need one number for each channel, or one for all".to_owned());
        }
        if !mean.iter().all(|v| v.is_finite()) || !std.iter().all(|v| v.is_normal()) {
            return at("mean must be finite, std finite and not 0".to_owned());
        }
        match self.dimensions.get(1).and_then(|d| d.size) {
            Some(channels) if mean.len() != 1 && channels != mean.len() => {
                at(format!("{channels} channels, but {} numbers in mean", mean.len()))
            }
            _ => None,
        }
    }

    /// Compares a shape with the description; sizes of named dimensions are kept in `sizes` across tensors.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] that names tensor and dimension.
    pub fn check<'a>(&'a self, shape: &[usize], sizes: &mut BTreeMap<&'a str, usize>) -> Result<(), NeuralError> {
        let wrong = |problem: String| NeuralError::Shape { tensor: self.name.clone(), problem };
        if shape.len() != self.dimensions.len() {
            let names: Vec<&str> = self.dimensions.iter().map(|d| d.name.as_str()).collect();
            return Err(wrong(format!("shape {shape:?}, expected [{}]", names.join(", "))));
        }
        for (dimension, &size) in self.dimensions.iter().zip(shape) {
            let name = &dimension.name;
            if let Some(expected) = dimension.size.filter(|expected| *expected != size) {
                return Err(wrong(format!("{name} is {size}, expected {expected}")));
            }
            if let Some(multiple) = dimension.multiple_of.filter(|m| !size.is_multiple_of(*m)) {
                return Err(wrong(format!("{name} is {size}, expected a multiple of {multiple}; pad the picture")));
            }
            let known = *sizes.entry(name.as_str()).or_insert(size);
            if known != size {
                return Err(wrong(format!("{name} is {size}, but {known} in another tensor of the same run")));
            }
        }
        Ok(())
    }

    /// `[1, 3, height, width]`: sizes where they are fixed, else names.
    pub(crate) fn shape_text(&self) -> String {
        let text = |d: &Dimension| d.size.map_or_else(|| d.name.clone(), |size| size.to_string());
        format!("[{}]", self.dimensions.iter().map(text).collect::<Vec<_>>().join(", "))
    }

    /// From the meaning of the values to the network's numbers.
    pub fn normalise(&self, tensor: &mut Tensor) {
        self.per_channel(tensor, |value, mean, std| (value - mean) / std);
    }

    /// From the network's numbers to the meaning of the values.
    pub fn denormalise(&self, tensor: &mut Tensor) {
        self.per_channel(tensor, |value, mean, std| value * std + mean);
    }

    fn per_channel(&self, tensor: &mut Tensor, change: impl Fn(f32, f32, f32) -> f32) {
        let Normalisation { mean, std } = &self.normalisation;
        if mean.iter().all(|m| *m == 0.0) && std.iter().all(|s| *s == 1.0) {
            return;
        }
        let inner: usize = tensor.shape().iter().skip(2).product();
        let channels = mean.iter().zip(std).cycle();
        for (values, (&mean, &std)) in tensor.data_mut().chunks_mut(inner.max(1)).zip(channels) {
            values.iter_mut().for_each(|value| *value = change(*value, mean, std));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> TensorSpec {
        let dimension = |name: &str, size| Dimension { name: name.to_owned(), size, multiple_of: None };
        TensorSpec {
            name: "image".to_owned(),
            dimensions: vec![
                dimension("batch", None),
                dimension("channel", Some(2)),
                dimension("height", None),
                Dimension { multiple_of: Some(4), ..dimension("width", None) },
            ],
            colour_space: ColourSpace::Srgb,
            normalisation: Normalisation { mean: vec![1.0, 2.0], std: vec![2.0, 4.0] },
        }
    }

    #[test]
    fn shapes_are_compared_by_name() {
        let spec = spec();
        let mut sizes = BTreeMap::new();
        spec.check(&[1, 2, 5, 8], &mut sizes).expect("it fits");
        assert_eq!(sizes["height"], 5);
        let mut problem = |shape: &[usize]| spec.check(shape, &mut sizes).expect_err("it does not fit").to_string();
        assert_eq!(problem(&[2, 5, 8]), "tensor `image`: shape [2, 5, 8], expected [batch, channel, height, width]");
        assert_eq!(problem(&[1, 3, 5, 8]), "tensor `image`: channel is 3, expected 2");
        assert_eq!(problem(&[1, 2, 5, 9]), "tensor `image`: width is 9, expected a multiple of 4; pad the picture");
        assert_eq!(problem(&[1, 2, 6, 8]), "tensor `image`: height is 6, but 5 in another tensor of the same run");
    }

    #[test]
    fn channels_are_normalised_one_by_one_in_every_batch() {
        let mut tensor =
            Tensor::new(vec![2, 2, 1, 2], vec![1.0, 3.0, 2.0, 6.0, 5.0, 1.0, 10.0, 2.0]).expect("a tensor");
        let before = tensor.clone();
        spec().normalise(&mut tensor);
        assert_eq!(tensor.data(), [0.0, 1.0, 0.0, 1.0, 2.0, 0.0, 2.0, 0.0]);
        spec().denormalise(&mut tensor);
        assert_eq!(tensor, before);
    }
}
