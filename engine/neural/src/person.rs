//! Where people are in a picture, by a network that gives one number a pixel.
//!
//! ```no_run
//! # fn main() -> Result<(), kinema_neural::NeuralError> {
//! use kinema_neural::{PersonModel, Picture, Pixels};
//!
//! let mut model = PersonModel::load(&PersonModel::installed_dir()?)?;
//! let rgb: Vec<u8> = vec![128; 640 * 480 * 3];
//! let mask = model.mask(&Picture { width: 640, height: 480, pixels: Pixels::Srgb8(&rgb) })?;
//! println!("{}x{} values", mask.width, mask.height);
//! # Ok(())
//! # }
//! ```

use std::path::{Path, PathBuf};

use kinema_core::pack_dir;

use crate::depth::ChannelOrder;
use crate::manifest::ColourSpace;
use crate::{Executor, Model, NeuralError, OrtExecutor, OrtSettings, Picture};

/// The pack, and the model's folder in it.
const PACK: &str = "person_mask";
const FOLDER: &str = "person_mask";

/// How likely each part of a picture belongs to a person. It covers the whole picture, whatever its size and shape.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonMask {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row from the top left, 0..=1.
    pub values: Vec<f32>,
}

/// A network that finds people, loaded: one picture in, `[1, 3, height, width]` of fixed size; one mask out,
/// `[1, 1, height, width]`, 0 to 1.
#[derive(Debug)]
pub struct PersonModel {
    model: Model,
    executor: OrtExecutor,
    /// Width and height at which it sees a picture.
    input_px: [usize; 2],
}

impl PersonModel {
    /// The folder of the network that `cargo xtask setup` installs.
    ///
    /// # Errors
    /// [`NeuralError::Pack`] where it is not installed.
    pub fn installed_dir() -> Result<PathBuf, NeuralError> {
        Ok(pack_dir(PACK)?.join(FOLDER))
    }

    /// Loads a folder with a `model.toml`. Uses two threads.
    ///
    /// # Errors
    /// As [`Model::open`] and [`OrtExecutor::new`]; a network with other tensors: the message names the tensor, what was
    /// expected and what is there.
    pub fn load(dir: &Path) -> Result<Self, NeuralError> {
        let model = Model::open(dir)?;
        let input_px = checked(&model)?;
        let executor = OrtExecutor::new(&model, OrtSettings { intra_threads: 2 })?;
        Ok(Self { model, executor, input_px })
    }

    /// Where people are. The picture is resized without borders, as the network was trained.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] for a picture without pixels or with another number of values than its size needs;
    /// [`NeuralError::Values`] when the picture or what the network gives is not a number; a failure of the executor.
    pub fn mask(&mut self, picture: &Picture<'_>) -> Result<PersonMask, NeuralError> {
        picture.check()?;
        let is_linear = self.model.manifest().inputs[0].colour_space == ColourSpace::LinearRec709;
        let mut tensor = picture.to_tensor(self.input_px, is_linear, ChannelOrder::Rgb)?;
        self.model.normalise_inputs(std::slice::from_mut(&mut tensor))?;
        let mut outputs = self.executor.run(&[tensor])?;
        self.model.denormalise_outputs(&mut outputs)?;
        let mask = &outputs[0];
        let tensor = &self.model.manifest().outputs[0].name;
        let bad = mask.data().iter().filter(|value| value.is_nan()).count();
        if bad > 0 {
            let problem =
                format!("{bad} of {} values are NaN; the network cannot read this picture", mask.data().len());
            return Err(NeuralError::Values { tensor: tensor.clone(), problem });
        }
        let Some([1, 1, height, width]) = mask.nchw() else {
            let problem = format!("shape {:?}, expected [1, 1, height, width]", mask.shape());
            return Err(NeuralError::Shape { tensor: tensor.clone(), problem });
        };
        Ok(PersonMask { width, height, values: mask.data().iter().map(|value| value.clamp(0.0, 1.0)).collect() })
    }
}

/// Width and height of the input, once the tensors are known to be a picture and a mask.
fn checked(model: &Model) -> Result<[usize; 2], NeuralError> {
    let manifest = model.manifest();
    let wrong = |problem: String| Err(NeuralError::Interface { model: manifest.name.clone(), problem });
    let ([input], [output]) = (manifest.inputs.as_slice(), manifest.outputs.as_slice()) else {
        let (inputs, outputs) = (manifest.inputs.len(), manifest.outputs.len());
        return wrong(format!("{inputs} inputs and {outputs} outputs, a network for people has one of each"));
    };
    let sizes =
        |tensor: &crate::TensorSpec| tensor.dimensions.iter().map(|dimension| dimension.size).collect::<Vec<_>>();
    let [Some(1), Some(3), Some(height), Some(width)] = sizes(input)[..] else {
        let found = input.shape_text();
        return wrong(format!("input `{}` is {found}, expected [1, 3, height, width] with fixed sizes", input.name));
    };
    if !matches!(sizes(output)[..], [Some(1), Some(1), _, _]) {
        let found = output.shape_text();
        return wrong(format!("output `{}` is {found}, expected [1, 1, height, width]", output.name));
    }
    Ok([width, height])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pixels;

    /// Head and shoulders before a pattern, as `fixtures/pack_models.py` draws them; `at_x` and `size` in pixels.
    fn figure(width: usize, height: usize, at_x: f32, size: f32) -> Vec<f32> {
        let pixel = |index: usize| {
            let (x, y) = ((index % width) as f32, (index / width) as f32 - (height as f32 - size));
            let inside = |centre_y: f32, across: f32, down: f32| {
                ((x - at_x) / (across * size)).powi(2) + ((y - centre_y * size) / (down * size)).powi(2) < 1.0
            };
            let is_person = inside(0.35, 0.16, 0.21) || inside(1.0, 0.35, 0.39);
            let (cloth, behind) = (0.05 * (0.3 * x + 0.2 * y).sin(), 0.1 * (0.1 * x).sin());
            [0.0, 1.0, 2.0].map(|c| if is_person { 0.6 - 0.1 * c + cloth } else { 0.2 + 0.1 * c + behind })
        };
        (0..width * height).flat_map(pixel).collect()
    }

    #[test]
    fn a_figure_is_found_where_it_is_in_a_picture_of_any_shape() {
        let mut model =
            PersonModel::load(&PersonModel::installed_dir().expect("`cargo xtask setup` was run")).expect("a model");
        for (width, height, at_x) in [(256, 256, 128.0), (640, 400, 420.0)] {
            let values = figure(width, height, at_x, height as f32);
            let mask = model.mask(&Picture { width, height, pixels: Pixels::Srgb(&values) }).expect("a mask");
            assert_eq!((mask.width, mask.height, mask.values.len()), (256, 256, 256 * 256));
            let at = |x: f32, y: f32| mask.values[(y * 255.0) as usize * 256 + (x * 255.0) as usize];
            let head = at_x / width as f32;
            assert!(at(head, 0.35) > 0.9 && at(head, 0.8) > 0.9, "{} {}", at(head, 0.35), at(head, 0.8));
            assert!(at(0.05, 0.2) < 0.1 && at(0.97, 0.1) < 0.1);
        }
        let nobody = vec![0.5; 64 * 48 * 3];
        let mask = model.mask(&Picture { width: 64, height: 48, pixels: Pixels::Srgb(&nobody) }).expect("a mask");
        assert!(mask.values.iter().all(|value| *value < 0.5));
        let short = model.mask(&Picture { width: 9, height: 9, pixels: Pixels::Srgb(&nobody) });
        assert!(short.expect_err("too many values").to_string().contains("9x9 pixels"));
    }

    #[test]
    fn networks_that_find_nobody_are_refused_by_their_tensors() {
        let blur = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/binomial_blur");
        let text = PersonModel::load(&blur).expect_err("a blur").to_string();
        assert!(text.contains("expected [1, 3, height, width] with fixed sizes"), "{text}");
    }
}
