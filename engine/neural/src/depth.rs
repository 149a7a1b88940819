//! Depth from one picture, by any monocular depth network in ONNX.
//!
//! [`DepthModel::load`] takes
//! * a folder with `model.toml` and the network it describes, whose table `[depth]` is a [`DepthSpec`];
//! * or a bare `.onnx` file, which is taken for one of the Depth Anything V2 family (Yang et al., NeurIPS 2024): one
//!   picture in, `[1, 3, height, width]`, sRGB with ImageNet's mean and deviation, sides multiples of 14, the shorter
//!   one 518 pixels unless the network fixes them; one map out, `[1, height, width]` or `[1, 1, height, width]`, relative
//!   inverse depth. A network that differs needs a `model.toml`.
//!
//! ```no_run
//! # fn main() -> Result<(), kinema_neural::NeuralError> {
//! use kinema_neural::{DepthModel, Picture, Pixels};
//!
//! let mut model = DepthModel::load(std::path::Path::new("assets/models/depth"))?;
//! let rgb: Vec<u8> = vec![128; 640 * 480 * 3];
//! let map = model.depth(&Picture { width: 640, height: 480, pixels: Pixels::Srgb8(&rgb) })?;
//! println!("{}x{} values, {:?}", map.width, map.height, map.kind);
//! # Ok(())
//! # }
//! ```

use std::path::Path;

use serde::Deserialize;

use crate::manifest::ColourSpace;
use crate::{CachedExecutor, Executor, Model, NeuralError, OrtExecutor, OrtSettings, Picture, Tensor};

mod bare;
#[cfg(test)]
mod tests;

/// The table `[depth]` of a `model.toml`: how a picture becomes the network's input, and what comes out.
///
/// Sizes are multiples of the input's `multiple_of`; sizes that the input's dimensions fix win over `short_side_px`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepthSpec {
    /// What the output means.
    pub output: DepthKind,
    /// Pixels of the shorter side of the input that the network was made for, 1..=4096. The longer side follows the
    /// picture, up to four times as much. More is finer and slower, and farther from what the network was trained on.
    pub short_side_px: usize,
    /// Order of the input's channels; red first if absent.
    #[serde(default)]
    pub channel_order: ChannelOrder,
}

/// What the values of a depth map are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DepthKind {
    /// Larger is nearer, linear in 1 / distance, any scale and offset.
    RelativeInverse,
    /// 1 / distance along the view axis, 1/m.
    MetricInverse,
    /// Larger is farther, linear in distance, any scale and offset.
    Relative,
    /// Distance along the view axis, metres.
    Metric,
}

/// Order of a colour's components.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelOrder {
    /// Red, green, blue.
    #[default]
    Rgb,
    /// Blue, green, red, as OpenCV has them.
    Bgr,
}

/// Depth of every part of a picture, as fine as the network gives it: it covers the whole picture, whatever its size.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthMap {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the top left, finite.
    pub values: Vec<f32>,
    /// What they mean.
    pub kind: DepthKind,
}

/// Results that are kept, bytes: a few hundred maps of a small network.
const CACHE_BYTES: usize = 32 << 20;
/// How much longer than the shorter side the longer side of an input may be.
const MAX_ASPECT: usize = 4;

/// A monocular depth network, loaded.
#[derive(Debug)]
pub struct DepthModel {
    model: Model,
    spec: DepthSpec,
    executor: CachedExecutor<OrtExecutor>,
}

impl DepthModel {
    /// Loads a folder with a `model.toml`, or a bare `.onnx` file of the Depth Anything V2 family. Uses two threads.
    ///
    /// # Errors
    /// As [`Model::open`] and [`OrtExecutor::new`]; a description without `[depth]`; a network with another number of
    /// inputs or outputs, or tensors of other shapes: the message names the tensor, what was expected and what is there.
    pub fn load(path: &Path) -> Result<Self, NeuralError> {
        Self::load_with(path, OrtSettings { intra_threads: 2 })
    }

    /// As [`DepthModel::load`], with the executor's settings.
    ///
    /// # Errors
    /// As there.
    pub fn load_with(path: &Path, settings: OrtSettings) -> Result<Self, NeuralError> {
        let (model, executor) = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) {
            bare::load(path, settings)?
        } else {
            let model = Model::open(path)?;
            let executor = OrtExecutor::new(&model, settings)?;
            (model, executor)
        };
        let spec = checked(&model)?;
        Ok(Self { model, spec, executor: CachedExecutor::new(executor, CACHE_BYTES) })
    }

    /// What is known of the network.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// How it is fed, and what it gives.
    pub fn spec(&self) -> &DepthSpec {
        &self.spec
    }

    /// Everything besides the picture that decides the map: network, executor, version, settings.
    pub fn identity(&self) -> &str {
        self.executor.identity()
    }

    /// Size in pixels, width and height, at which the network sees a picture of this size.
    pub fn input_px(&self, width: usize, height: usize) -> [usize; 2] {
        let dimensions = &self.model.manifest().inputs[0].dimensions;
        let short = self.spec.short_side_px as f64;
        let scale = short / width.min(height).max(1) as f64;
        let side = |dimension: usize, pixels: usize| {
            let multiple = dimensions[dimension].multiple_of.unwrap_or(1);
            let wanted = (pixels as f64 * scale).min(short * MAX_ASPECT as f64);
            dimensions[dimension].size.unwrap_or(((wanted / multiple as f64).round() as usize).max(1) * multiple)
        };
        [side(3, width), side(2, height)]
    }

    /// Depth of a picture. The picture is resized to [`DepthModel::input_px`] without borders, so the map covers it whole.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] for a picture without pixels or with another number of values than its size needs;
    /// [`NeuralError::Values`] when the picture or what the network gives is not finite; a failure of the executor.
    pub fn depth(&mut self, picture: &Picture<'_>) -> Result<DepthMap, NeuralError> {
        picture.check()?;
        let input = &self.model.manifest().inputs[0];
        let size = self.input_px(picture.width, picture.height);
        let linear = input.colour_space == ColourSpace::LinearRec709;
        let mut tensor = picture.to_tensor(size, linear, self.spec.channel_order)?;
        self.model.normalise_inputs(std::slice::from_mut(&mut tensor))?;
        let mut outputs = self.executor.run(&[tensor])?;
        self.model.denormalise_outputs(&mut outputs)?;
        self.map(&outputs[0])
    }

    fn map(&self, output: &Tensor) -> Result<DepthMap, NeuralError> {
        let name = &self.model.manifest().outputs[0].name;
        let [.., height, width] = *output.shape() else {
            return Err(NeuralError::Shape {
                tensor: name.clone(),
                problem: format!("shape {:?}, expected a map", output.shape()),
            });
        };
        let count = height * width;
        if count == 0 || output.data().len() != count {
            let problem = format!("shape {:?}, expected one map of one channel", output.shape());
            return Err(NeuralError::Shape { tensor: name.clone(), problem });
        }
        let bad = output.data().iter().filter(|value| !value.is_finite()).count();
        if bad > 0 {
            let problem = format!("{bad} of {count} values are not finite; the network cannot read this picture");
            return Err(NeuralError::Values { tensor: name.clone(), problem });
        }
        Ok(DepthMap { width, height, values: output.data().to_vec(), kind: self.spec.output })
    }
}

/// The description's `[depth]`, once the tensors are known to be a picture and a map.
fn checked(model: &Model) -> Result<DepthSpec, NeuralError> {
    let manifest = model.manifest();
    let wrong = |problem: String| NeuralError::Interface { model: manifest.name.clone(), problem };
    let spec = manifest.depth.clone().ok_or_else(|| {
        wrong("it is no depth model: model.toml has no table [depth] with output and short_side_px".to_owned())
    })?;
    if !(1..=4096).contains(&spec.short_side_px) {
        return Err(wrong(format!("depth.short_side_px is {}, expected 1 to 4096", spec.short_side_px)));
    }
    let ([input], [output]) = (manifest.inputs.as_slice(), manifest.outputs.as_slice()) else {
        let (inputs, outputs) = (manifest.inputs.len(), manifest.outputs.len());
        return Err(wrong(format!("{inputs} inputs and {outputs} outputs, a depth model has one of each")));
    };
    let sizes: Vec<Option<usize>> = input.dimensions.iter().map(|dimension| dimension.size).collect();
    if !matches!(sizes.as_slice(), [None | Some(1), Some(3), _, _]) {
        let found = input.shape_text();
        return Err(wrong(format!("input `{}` is {found}, expected [1, 3, height, width]", input.name)));
    }
    let sizes: Vec<Option<usize>> = output.dimensions.iter().map(|dimension| dimension.size).collect();
    if !matches!(sizes.as_slice(), [None | Some(1), _, _] | [None | Some(1), Some(1), _, _]) {
        let (name, found) = (&output.name, output.shape_text());
        return Err(wrong(format!("output `{name}` is {found}, expected [1, height, width] or [1, 1, height, width]")));
    }
    Ok(spec)
}
