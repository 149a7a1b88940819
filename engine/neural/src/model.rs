//! A model on disk: `model.toml` and the network it describes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use kinema_core::{pack_dir, sha256_hex};

use crate::manifest::{ModelManifest, TensorSpec};
use crate::{NeuralError, Tensor};

/// A network whose bytes are those that its manifest names.
#[derive(Clone, Debug)]
pub struct Model {
    manifest: ModelManifest,
    dir: PathBuf,
    bytes: Vec<u8>,
}

impl Model {
    /// Reads `model.toml` in `dir` and the network beside it.
    ///
    /// # Errors
    /// A file that cannot be read, a mistake in the manifest with its line, another sha256.
    pub fn open(dir: &Path) -> Result<Self, NeuralError> {
        let path = dir.join("model.toml");
        let text =
            fs::read_to_string(&path).map_err(|source| NeuralError::Unreadable { path: path.clone(), source })?;
        let manifest: ModelManifest =
            toml::from_str(&text).map_err(|e| NeuralError::Manifest { path: path.clone(), problem: e.to_string() })?;
        if let Some(problem) = manifest.mistake() {
            return Err(NeuralError::Manifest { path, problem });
        }
        let path = dir.join(&manifest.file);
        let bytes = fs::read(&path).map_err(|source| NeuralError::Unreadable { path: path.clone(), source })?;
        let found = sha256_hex(&bytes);
        if found != manifest.sha256 {
            return Err(NeuralError::Hash { path, expected: manifest.sha256, found });
        }
        Ok(Self { manifest, dir: dir.to_path_buf(), bytes })
    }

    /// A network that was read and described elsewhere.
    pub(crate) fn from_parts(manifest: ModelManifest, dir: PathBuf, bytes: Vec<u8>) -> Self {
        Self { manifest, dir, bytes }
    }

    /// Opens a model that the installer made of a network in a pack: `folder` inside the pack `pack`.
    ///
    /// # Errors
    /// The pack is not installed; as [`Model::open`].
    pub fn open_in_pack(pack: &str, folder: &str) -> Result<Self, NeuralError> {
        Self::open(&pack_dir(pack)?.join(folder))
    }

    /// What `model.toml` says.
    pub fn manifest(&self) -> &ModelManifest {
        &self.manifest
    }

    /// The folder it was read from.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The network, verified.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Compares inputs with the manifest and returns the sizes of named dimensions.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] with the tensor's name.
    pub fn check_inputs(&self, inputs: &[Tensor]) -> Result<BTreeMap<&str, usize>, NeuralError> {
        check(&self.manifest.name, &self.manifest.inputs, inputs)
    }

    /// Applies each input's normalisation, in place.
    ///
    /// # Errors
    /// As [`Model::check_inputs`].
    pub fn normalise_inputs(&self, inputs: &mut [Tensor]) -> Result<(), NeuralError> {
        self.check_inputs(inputs)?;
        self.manifest.inputs.iter().zip(inputs).for_each(|(spec, tensor)| spec.normalise(tensor));
        Ok(())
    }

    /// Takes each output's normalisation back, in place.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] with the tensor's name.
    pub fn denormalise_outputs(&self, outputs: &mut [Tensor]) -> Result<(), NeuralError> {
        check(&self.manifest.name, &self.manifest.outputs, outputs)?;
        self.manifest.outputs.iter().zip(outputs).for_each(|(spec, tensor)| spec.denormalise(tensor));
        Ok(())
    }
}

/// Compares tensors with their descriptions, in order.
pub(crate) fn check<'a>(
    model: &str,
    specs: &'a [TensorSpec],
    tensors: &[Tensor],
) -> Result<BTreeMap<&'a str, usize>, NeuralError> {
    if specs.len() != tensors.len() {
        let names: Vec<&str> = specs.iter().map(|spec| spec.name.as_str()).collect();
        return Err(NeuralError::Shape {
            tensor: names.join(", "),
            problem: format!("{} tensors given, model `{model}` has {}", tensors.len(), specs.len()),
        });
    }
    let mut sizes = BTreeMap::new();
    for (spec, tensor) in specs.iter().zip(tensors) {
        spec.check(tensor.shape(), &mut sizes)?;
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use kinema_core::{Blame, Blamed};

    use super::*;

    fn shipped() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/binomial_blur")
    }

    /// A copy of the model with the manifest changed by `edit`.
    fn copy(edit: impl Fn(String) -> String) -> tempfile::TempDir {
        let dir = tempfile::tempdir().expect("a folder");
        let manifest = fs::read_to_string(shipped().join("model.toml")).expect("a manifest");
        fs::write(dir.path().join("model.toml"), edit(manifest)).expect("a file");
        fs::copy(shipped().join("model.onnx"), dir.path().join("model.onnx")).expect("a file");
        dir
    }

    #[test]
    fn every_shipped_model_opens_and_is_named_like_its_folder() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models");
        let mut count = 0;
        for entry in fs::read_dir(models).expect("a folder").map(|entry| entry.expect("an entry")) {
            let model = Model::open(&entry.path()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(entry.file_name().to_str(), Some(model.manifest().name.as_str()));
            let fixture = model.manifest().fixture.as_ref().map(|file| entry.path().join(file));
            assert!(fixture.is_some_and(|file| file.is_file()), "{}: no fixture", model.manifest().name);
            count += 1;
        }
        assert!(count > 0);
    }

    #[test]
    fn a_changed_network_is_refused() {
        let dir = copy(|manifest| manifest);
        let path = dir.path().join("model.onnx");
        let mut bytes = fs::read(&path).expect("a file");
        bytes[100] ^= 1;
        fs::write(&path, bytes).expect("a file");
        let error = Model::open(dir.path()).expect_err("changed");
        assert_eq!(error.blame(), Blame::User);
        let text = error.to_string();
        assert!(
            text.contains("model.onnx: sha256 is ") && text.contains("run the model's export script again"),
            "{text}"
        );
    }

    #[test]
    fn mistakes_in_the_manifest_are_named() {
        let edits: [(&str, &str, &str); 8] = [
            ("schema = 1", "schema = 2", "schema is 2, this build reads 1"),
            ("sha256 = \"7", "sha256 = \"Z", "sha256 is not 64 lowercase hexadecimal digits"),
            ("file = \"model.onnx\"", "file = \"../model.onnx\"", "expected the name of a file beside model.toml"),
            ("size = 3", "size = 4", "tensor `image`: 4 channels, but 3 numbers in mean"),
            ("std = [1.0, 1.0, 1.0]", "std = [1.0, 0.0, 1.0]", "std finite and not 0"),
            ("std = [1.0, 1.0, 1.0]", "std = [1.0, nan, 1.0]", "std finite and not 0"),
            ("colour_space", "color_space", "unknown field `color_space`"),
            ("\"height\"", "\"height\", multiple_of = 0", "dimension `height` has size or multiple_of 0"),
        ];
        for (from, to, expected) in edits {
            let dir = copy(|manifest| manifest.replacen(from, to, 1));
            let text = Model::open(dir.path()).expect_err("a mistake").to_string();
            assert!(text.contains("model.toml: ") && text.contains(expected), "{from} -> {to}: {text}");
        }
    }

    #[test]
    fn a_missing_model_names_its_manifest() {
        let dir = tempfile::tempdir().expect("a folder");
        let text = Model::open(dir.path()).expect_err("nothing there").to_string();
        assert!(text.contains("model.toml: the model cannot be read"), "{text}");
    }
}
