//! What is missing in a picture, by any inpainting network in ONNX.
//!
//! [`InpaintModel::load`] takes
//! * a folder with `model.toml` and the network it describes: two inputs, a picture `[1, 3, height, width]` and then a mask
//!   `[1, 1, height, width]`, 1 where something is to be made; one output, a picture of the same size;
//! * or a bare `.onnx` file with the same tensors, which is taken for one of the LaMa family (Suvorov et al., "Resolution-robust
//!   Large Mask Inpainting with Fourier Convolutions", WACV 2022): sRGB from 0 to 1, sides multiples of 8, the shorter one
//!   512 pixels unless the network fixes them; what comes out is sRGB from 0 to 1, or to 255.

use std::fs;
use std::path::Path;

use kinema_core::sha256_hex;
use ort::value::Outlet;

use crate::depth::ChannelOrder;
use crate::manifest::{ColourSpace, ModelManifest, Normalisation, SCHEMA};
use crate::outlet::tensor;
use crate::{Executor, Model, NeuralError, OrtExecutor, OrtSettings, Picture, Tensor};

/// What sides of a bare network are multiples of.
const MULTIPLE_PX: usize = 8;
/// Of the shorter side where the network does not fix it.
const SHORT_SIDE_PX: usize = 512;
/// How much longer than the shorter side the longer side of an input may be.
const MAX_ASPECT: usize = 4;
/// A value above says that the network counts to 255: no colour from 0 to 1 overshoots so far.
const OF_BYTES: f32 = 2.0;
const PICTURE: &str = "[1, 3, height, width]";
const MASK: &str = "[1, 1, height, width]";

/// A picture with what was missing. It covers the whole picture, whatever its size.
#[derive(Clone, Debug, PartialEq)]
pub struct Inpainted {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// sRGB-encoded red, green and blue, 0..=1, row by row from the top left.
    pub srgb: Vec<f32>,
}

/// An inpainting network, loaded.
#[derive(Debug)]
pub struct InpaintModel {
    model: Model,
    executor: OrtExecutor,
}

impl InpaintModel {
    /// Loads a folder with a `model.toml`, or a bare `.onnx` file. Uses two threads.
    ///
    /// # Errors
    /// As [`Model::open`] and [`OrtExecutor::new`]; a network with other tensors: the message names the tensor, what was
    /// expected and what is there.
    pub fn load(path: &Path) -> Result<Self, NeuralError> {
        let settings = OrtSettings { intra_threads: 2 };
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("onnx")) {
            let model = Model::open(path)?;
            check(model.manifest())?;
            let executor = OrtExecutor::new(&model, settings)?;
            return Ok(Self { model, executor });
        }
        let bytes = fs::read(path).map_err(|source| NeuralError::Unreadable { path: path.to_path_buf(), source })?;
        let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let sha256 = sha256_hex(&bytes);
        let executor = OrtExecutor::open(&file, &bytes, settings, |inputs, outputs| {
            let manifest = describe(&file, sha256, inputs, outputs)?;
            check(&manifest)?;
            Ok(manifest)
        })?;
        let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self { model: Model::from_parts(executor.manifest().clone(), dir, bytes), executor })
    }

    /// Size in pixels, width and height, at which the network sees a picture of this size.
    pub fn input_px(&self, width: usize, height: usize) -> [usize; 2] {
        let dimensions = &self.model.manifest().inputs[0].dimensions;
        let scale = SHORT_SIDE_PX as f64 / width.min(height).max(1) as f64;
        let side = |dimension: usize, pixels: usize| {
            let multiple = dimensions[dimension].multiple_of.unwrap_or(1);
            let wanted = (pixels as f64 * scale).min((SHORT_SIDE_PX * MAX_ASPECT) as f64);
            dimensions[dimension].size.unwrap_or(((wanted / multiple as f64).round() as usize).max(1) * multiple)
        };
        [side(3, width), side(2, height)]
    }

    /// The picture with what is missing made up. `is_missing` has a value for each pixel; what the picture shows there is not
    /// looked at.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] for a picture without pixels, or other numbers of values than its size needs;
    /// [`NeuralError::Values`] when the picture or what the network gives is not finite; a failure of the executor.
    pub fn inpaint(&mut self, picture: &Picture<'_>, is_missing: &[bool]) -> Result<Inpainted, NeuralError> {
        picture.check()?;
        if is_missing.len() != picture.width * picture.height {
            let problem = format!("{} values for a picture of {}x{}", is_missing.len(), picture.width, picture.height);
            return Err(NeuralError::Shape { tensor: "mask".to_owned(), problem });
        }
        let [width, height] = self.input_px(picture.width, picture.height);
        let mask = spread(is_missing, [picture.width, picture.height], [width, height]);
        let is_linear = self.model.manifest().inputs[0].colour_space == ColourSpace::LinearRec709;
        let mut colour = picture.to_tensor([width, height], is_linear, ChannelOrder::Rgb)?;
        for plane in colour.data_mut().chunks_exact_mut(mask.len()) {
            plane.iter_mut().zip(&mask).for_each(|(value, missing)| *value *= 1.0 - missing);
        }
        let mut inputs = [colour, Tensor::new(vec![1, 1, height, width], mask)?];
        self.model.normalise_inputs(&mut inputs)?;
        let mut outputs = self.executor.run(&inputs)?;
        self.model.denormalise_outputs(&mut outputs)?;
        self.picture(&outputs[0])
    }

    fn picture(&self, output: &Tensor) -> Result<Inpainted, NeuralError> {
        let name = self.model.manifest().outputs[0].name.clone();
        let [1, 3, height, width] = *output.shape() else {
            let problem = format!("shape {:?}, expected {PICTURE}", output.shape());
            return Err(NeuralError::Shape { tensor: name, problem });
        };
        let values = output.data();
        let bad = values.iter().filter(|value| !value.is_finite()).count();
        if bad > 0 || values.is_empty() {
            let all = values.len();
            let problem = format!("{bad} of {all} values are not finite; the network cannot read this picture");
            return Err(NeuralError::Values { tensor: name, problem });
        }
        let most = values.iter().fold(0.0f32, |most, value| most.max(*value));
        let unit = if most > OF_BYTES { 255.0 } else { 1.0 };
        let pixels = width * height;
        let srgb = (0..pixels).flat_map(|i| [0, 1, 2].map(|c| (values[c * pixels + i] / unit).clamp(0.0, 1.0)));
        Ok(Inpainted { width, height, srgb: srgb.collect() })
    }
}

/// 1 for every pixel of a new size that resizing mixes with one that is missing.
fn spread(is_missing: &[bool], [width, height]: [usize; 2], [new_width, new_height]: [usize; 2]) -> Vec<f32> {
    // As far as `Picture::to_tensor` looks: a triangle, widened where the picture shrinks.
    let span = |new: usize, of: usize, all: usize| {
        let scale = all as f64 / of as f64;
        let (middle, reach) = ((new as f64 + 0.5) * scale - 0.5, scale.max(1.0));
        let first = ((middle - reach).floor() + 1.0).max(0.0) as usize;
        let end = ((middle + reach).ceil().max(1.0) as usize).min(all);
        first.min(all - 1)..end.max(first.min(all - 1) + 1)
    };
    let mut mask = vec![0.0; new_width * new_height];
    for y in 0..new_height {
        for x in 0..new_width {
            let rows = span(y, new_height, height);
            let any =
                rows.flat_map(|sy| span(x, new_width, width).map(move |sx| sy * width + sx)).any(|i| is_missing[i]);
            mask[y * new_width + x] = f32::from(u8::from(any));
        }
    }
    mask
}

fn describe(file: &str, sha256: String, inputs: &[Outlet], outputs: &[Outlet]) -> Result<ModelManifest, NeuralError> {
    let ([picture, mask], [output]) = (inputs, outputs) else {
        return Err(counts(file, inputs.len(), outputs.len()));
    };
    let names = ["batch", "channel", "height", "width"];
    let mut picture = tensor(file, "input", picture, PICTURE, &names)?;
    picture.colour_space = ColourSpace::Srgb;
    picture.normalisation = Normalisation { mean: vec![0.0; 3], std: vec![1.0; 3] };
    let mut mask = tensor(file, "input", mask, MASK, &["batch", "mask", "height", "width"])?;
    // What it gives may have another size than what it takes.
    let mut made = tensor(file, "output", output, PICTURE, &["batch", "made", "made_height", "made_width"])?;
    for (spec, channels) in [(&mut picture, 3), (&mut mask, 1), (&mut made, 3)] {
        for dimension in &mut spec.dimensions {
            match dimension.name.as_str() {
                "batch" => dimension.size = Some(1),
                "channel" | "mask" | "made" => dimension.size = dimension.size.or(Some(channels)),
                "height" | "width" if dimension.size.is_none() => dimension.multiple_of = Some(MULTIPLE_PX),
                _ => {}
            }
        }
    }
    Ok(ModelManifest {
        schema: SCHEMA,
        name: file.to_owned(),
        about: "a network without model.toml, taken for LaMa".to_owned(),
        file: file.to_owned(),
        sha256,
        licence: "unknown".to_owned(),
        train: "unknown".to_owned(),
        fixture: None,
        depth: None,
        inputs: vec![picture, mask],
        outputs: vec![made],
        quality: Vec::new(),
    })
}

fn counts(model: &str, inputs: usize, outputs: usize) -> NeuralError {
    let problem =
        format!("{inputs} inputs and {outputs} outputs, an inpainting model has a picture, a mask and one output");
    NeuralError::Interface { model: model.to_owned(), problem }
}

fn check(manifest: &ModelManifest) -> Result<(), NeuralError> {
    let ([picture, mask], [output]) = (manifest.inputs.as_slice(), manifest.outputs.as_slice()) else {
        return Err(counts(&manifest.name, manifest.inputs.len(), manifest.outputs.len()));
    };
    for (kind, spec, channels, expected) in
        [("input", picture, 3, PICTURE), ("input", mask, 1, MASK), ("output", output, 3, PICTURE)]
    {
        let sizes: Vec<Option<usize>> = spec.dimensions.iter().map(|dimension| dimension.size).collect();
        if !matches!(sizes.as_slice(), [None | Some(1), Some(found), _, _] if *found == channels) {
            let problem = format!("{kind} `{}` is {}, expected {expected}", spec.name, spec.shape_text());
            return Err(NeuralError::Interface { model: manifest.name.clone(), problem });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;

    fn fixture(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
    }

    /// The fixture gives missing pixels the mean of the others, counted to 255.
    #[test]
    fn a_bare_network_fills_what_is_missing_and_sees_nothing_of_it() {
        let mut model = InpaintModel::load(&fixture("inpaint_mean.onnx")).unwrap();
        let (width, height) = (64, 48);
        let missing: Vec<bool> = (0..width * height).map(|i| i % width >= 32).collect();
        let rgb: Vec<u8> =
            missing.iter().flat_map(|missing| if *missing { [255, 0, 255] } else { [51, 102, 204] }).collect();
        let picture = Picture { width, height, pixels: Pixels::Srgb8(&rgb) };
        assert_eq!(model.input_px(width, height), [680, 512], "multiples of 8, the shorter side 512");
        let made = model.inpaint(&picture, &missing).unwrap();
        assert_eq!((made.width, made.height), (680, 512));
        for pixel in [0, 5, 339, 670].map(|x| &made.srgb[3 * (100 * 680 + x)..][..3]) {
            let worst = pixel.iter().zip([0.2, 0.4, 0.8]).map(|(a, b): (&f32, f32)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 0.01, "{pixel:?}");
        }
    }

    #[test]
    fn other_networks_are_refused_by_the_tensor_that_differs() {
        let error = InpaintModel::load(&fixture("depth_anything_tiny.onnx")).unwrap_err().to_string();
        assert!(error.contains("1 inputs and 1 outputs, an inpainting model has a picture, a mask"), "{error}");
        let mut model = InpaintModel::load(&fixture("inpaint_mean.onnx")).unwrap();
        let picture = Picture { width: 2, height: 2, pixels: Pixels::Srgb8(&[0; 12]) };
        let error = model.inpaint(&picture, &[false; 3]).unwrap_err().to_string();
        assert!(error.contains("3 values for a picture of 2x2"), "{error}");
    }

    #[test]
    fn what_is_mixed_with_a_missing_pixel_is_missing() {
        let is_missing = [true, false, false, false, false, false];
        assert_eq!(spread(&is_missing, [6, 1], [6, 1]), [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(spread(&is_missing, [6, 1], [3, 1]), [1.0, 0.0, 0.0]);
        assert_eq!(spread(&[true, false], [2, 1], [4, 1]), [1.0, 1.0, 1.0, 0.0]);
    }
}
