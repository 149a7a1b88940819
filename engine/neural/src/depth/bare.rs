//! A network without a `model.toml`, described as Depth Anything V2 is.

use std::fs;
use std::path::Path;

use kinema_core::sha256_hex;
use ort::value::Outlet;

use super::{ChannelOrder, DepthKind, DepthSpec};
use crate::executor::{OrtExecutor, OrtSettings};
use crate::manifest::{ColourSpace, ModelManifest, Normalisation, SCHEMA};
use crate::outlet::{rank, tensor};
use crate::{Model, NeuralError};

/// ImageNet's mean and deviation of sRGB values, which vision transformers are trained with.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const STD: [f32; 3] = [0.229, 0.224, 0.225];
/// Side of a patch of a ViT/14.
const PATCH_PX: usize = 14;
/// What Depth Anything V2 was trained at.
const SHORT_SIDE_PX: usize = 518;

/// Reads the network once and describes it by its own tensors.
pub(super) fn load(path: &Path, settings: OrtSettings) -> Result<(Model, OrtExecutor), NeuralError> {
    let bytes = fs::read(path).map_err(|source| NeuralError::Unreadable { path: path.to_path_buf(), source })?;
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let sha256 = sha256_hex(&bytes);
    let executor =
        OrtExecutor::open(&file, &bytes, settings, |inputs, outputs| describe(&file, sha256, inputs, outputs))?;
    let dir = path.parent().unwrap_or(Path::new("")).to_path_buf();
    Ok((Model::from_parts(executor.manifest().clone(), dir, bytes), executor))
}

fn describe(file: &str, sha256: String, inputs: &[Outlet], outputs: &[Outlet]) -> Result<ModelManifest, NeuralError> {
    let ([input], [output]) = (inputs, outputs) else {
        let problem = format!("{} inputs and {} outputs, a depth model has one of each", inputs.len(), outputs.len());
        return Err(NeuralError::Interface { model: file.to_owned(), problem });
    };
    let mut picture = tensor(file, "input", input, "[1, 3, height, width]", &["batch", "channel", "height", "width"])?;
    picture.colour_space = ColourSpace::Srgb;
    picture.normalisation = Normalisation { mean: MEAN.to_vec(), std: STD.to_vec() };
    for dimension in &mut picture.dimensions {
        match dimension.name.as_str() {
            "batch" => dimension.size = Some(1),
            "channel" => dimension.size = dimension.size.or(Some(3)),
            _ if dimension.size.is_none() => dimension.multiple_of = Some(PATCH_PX),
            _ => {}
        }
    }
    let rank = rank(output);
    // The map's size has names of its own: a network may give another than that of its input.
    let names: &[&str] = if rank == Some(4) {
        &["batch", "map", "map_height", "map_width"]
    } else {
        &["batch", "map_height", "map_width"]
    };
    let expected = "[1, height, width] or [1, 1, height, width]";
    let mut map = tensor(file, "output", output, expected, names)?;
    if rank == Some(4) {
        map.dimensions[1].size = map.dimensions[1].size.or(Some(1));
    }
    Ok(ModelManifest {
        schema: SCHEMA,
        name: file.to_owned(),
        about: "a network without model.toml, taken for Depth Anything V2".to_owned(),
        file: file.to_owned(),
        sha256,
        licence: "unknown".to_owned(),
        train: "unknown".to_owned(),
        fixture: None,
        depth: Some(DepthSpec {
            output: DepthKind::RelativeInverse,
            short_side_px: SHORT_SIDE_PX,
            channel_order: ChannelOrder::Rgb,
        }),
        inputs: vec![picture],
        outputs: vec![map],
        quality: Vec::new(),
    })
}
