//! Depth of a photograph that has none, where people are in it, and what lies behind things, by networks.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kinema_core::sha256_hex;
use kinema_neural::{DepthKind, DepthModel, InpaintModel, PersonModel, Picture, Pixels};

use crate::error::ParallaxError;
use crate::input::{DepthConvention, InverseDepth, stretched_depth};
use crate::people::with_people;
use crate::raster::{Raster, Rgba};
use crate::refine::RefineSettings;
use crate::transfer::linear_from_srgb;

/// Edges of a network's maps are softer than those of depth that was only made smaller.
pub const NETWORK_REFINE: RefineSettings = RefineSettings { ramp_px: 2.0, smallest_jump: 0.05 };

/// Where the depth of a photograph comes from.
#[derive(Clone, Debug)]
pub enum DepthSource {
    /// A file; without a convention, what such files usually hold.
    File { path: PathBuf, convention: Option<DepthConvention> },
    /// A network: a folder with `model.toml`, or a bare `.onnx` file. `people` is the folder of a second one, which finds
    /// people, so that depth is cut along them.
    Network { model: PathBuf, people: Option<PathBuf> },
}

impl DepthSource {
    /// By this network, and by the one for people where it is installed.
    pub fn guessed(model: PathBuf) -> Self {
        Self::Network { model, people: installed_person_model() }
    }
}

/// The network that the project trained: in the checkout that this program was built from, or below a folder that the program
/// lies in. `None` where it is not.
pub fn shipped_model() -> Option<PathBuf> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize).unwrap_or_default();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::iter::once(built_in.as_path()).chain(program.ancestors()).find_map(model_below)
}

fn model_below(folder: &Path) -> Option<PathBuf> {
    let folder = folder.join("assets/models/depth").canonicalize().ok()?;
    folder.join("model.toml").is_file().then_some(folder)
}

/// A network that guesses depth, loaded.
#[derive(Debug)]
pub struct DepthNetwork(DepthModel);

impl DepthNetwork {
    /// `model` is a folder with `model.toml`, or a bare `.onnx` file of the Depth Anything V2 family.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed.
    pub fn load(model: &Path) -> Result<Self, ParallaxError> {
        Ok(Self(DepthModel::load(model)?))
    }

    /// Values and their meaning for a picture (linear, multiplied by opacity), as fine as the network gives them.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: it gives what is no depth, or its executor fails.
    pub fn depth(&mut self, colour: &Raster<Rgba>) -> Result<(Raster<f32>, DepthConvention), ParallaxError> {
        let (width, height) = colour.size();
        let map = self.0.depth(&Picture { width, height, pixels: Pixels::Linear(&before_white(colour)) })?;
        let convention = match map.kind {
            DepthKind::RelativeInverse => DepthConvention::RelativeNearWhite,
            DepthKind::MetricInverse => DepthConvention::MetricInverse,
            DepthKind::Relative => DepthConvention::RelativeDepth,
            DepthKind::Metric => DepthConvention::MetricDepth,
        };
        let (width, height) = (map.width, map.height);
        let values = Raster::from_data(width, height, map.values);
        // As many as its size says, by its own promise.
        Ok((values.unwrap_or_else(|| Raster::filled(1, 1, 0.0)), convention))
    }
}

/// A network that makes up what pictures lack, loaded.
#[derive(Debug)]
pub struct InpaintNetwork(Mutex<InpaintModel>);

impl InpaintNetwork {
    /// `model` is a folder with `model.toml`, or a bare `.onnx` file of the LaMa family.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed.
    pub fn load(model: &Path) -> Result<Self, ParallaxError> {
        Ok(Self(Mutex::new(InpaintModel::load(model)?)))
    }

    /// An [`Inpaint`](crate::layers::Inpaint): opaque, as sharp as the network gives it.
    ///
    /// # Errors
    /// [`ParallaxError::Network`]: it gives what is no picture, or its executor fails.
    pub fn inpaint(&self, colour: &Raster<Rgba>, known: &Raster<bool>) -> Result<Raster<Rgba>, ParallaxError> {
        let (width, height) = colour.size();
        let linear: Vec<f32> = colour.data().iter().flat_map(|p| [p[0], p[1], p[2]]).collect();
        let is_missing: Vec<bool> = known.data().iter().map(|known| !known).collect();
        let picture = Picture { width, height, pixels: Pixels::Linear(&linear) };
        let mut model = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made = model.inpaint(&picture, &is_missing)?;
        let coarse = Raster::from_fn(made.width, made.height, |x, y| {
            let at = 3 * (y * made.width + x);
            let [r, g, b] = [0, 1, 2].map(|c| linear_from_srgb(made.srgb[at + c]));
            [r, g, b, 1.0]
        });
        Ok(coarse.resized_colour(width, height))
    }
}

/// Where nothing is, white shows: that is how networks have seen cut-out pictures.
fn before_white(colour: &Raster<Rgba>) -> Vec<f32> {
    colour.data().iter().flat_map(|p| [0, 1, 2].map(|c| (p[c] + 1.0 - p[3]).min(1.0))).collect()
}

/// The network that finds people, where its pack is installed: a folder with `model.toml`.
pub fn installed_person_model() -> Option<PathBuf> {
    PersonModel::installed_dir().ok()
}

/// How likely the pixels of a picture (linear, multiplied by opacity) are a person's, 0..=1, as fine as the network gives it.
///
/// # Errors
/// [`ParallaxError::Network`]: no such network, one with other tensors, ONNX Runtime that is not installed or fails.
pub fn person_mask(model: &Path, colour: &Raster<Rgba>) -> Result<Raster<f32>, ParallaxError> {
    let (width, height) = colour.size();
    let picture = Picture { width, height, pixels: Pixels::Linear(&before_white(colour)) };
    let mask = PersonModel::load(model)?.mask(&picture)?;
    let (width, height) = (mask.width, mask.height);
    // As many as its size says, by its own promise.
    Ok(Raster::from_data(width, height, mask.values).unwrap_or_else(|| Raster::filled(1, 1, 0.0)))
}

/// Depth of every pixel of a picture by the network `model`, cut along those whom `people` finds.
///
/// # Errors
/// [`ParallaxError::Network`], [`ParallaxError::DepthValues`].
pub fn guessed_depth(
    model: &Path,
    people: Option<&Path>,
    colour: &Raster<Rgba>,
) -> Result<InverseDepth, ParallaxError> {
    let (values, convention) = DepthNetwork::load(model)?.depth(colour)?;
    let mut depth = stretched_depth(&values, convention, colour, &NETWORK_REFINE)?;
    if let Some(people) = people {
        let ramp_px = NETWORK_REFINE.ramp_in_picture_px(&values, colour);
        depth.values = with_people(&depth.values, &person_mask(people, colour)?, colour, ramp_px);
    }
    Ok(depth)
}

/// Changes with every byte that a network consists of.
///
/// # Errors
/// [`ParallaxError::Read`].
pub fn identity(model: &Path) -> Result<String, ParallaxError> {
    let read = |path: &Path| std::fs::read(path).map_err(|source| ParallaxError::Read { path: path.into(), source });
    if !model.is_dir() {
        return Ok(sha256_hex(&read(model)?));
    }
    // It names the network's own hash.
    Ok(sha256_hex(&read(&model.join("model.toml"))?))
}

#[cfg(test)]
mod tests {
    use kinema_core::BuildIdentity;

    use super::*;
    use crate::bake::PlateSource;
    use crate::bake::tests::files_in;
    use crate::input::PictureNote;
    use crate::layers::LayerSettings;

    #[test]
    fn the_network_is_found_below_a_folder_that_holds_the_program() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(model_below(folder.path()), None);
        let model = folder.path().join("assets/models/depth");
        std::fs::create_dir_all(&model).unwrap();
        assert_eq!(model_below(folder.path()), None, "an empty folder is no network");
        std::fs::write(model.join("model.toml"), "").unwrap();
        let found = folder.path().join("bin").ancestors().find_map(model_below);
        assert_eq!(found, Some(model.canonicalize().unwrap()));
    }

    /// The photograph of [`files_in`].
    fn source_in(folder: &Path, depth: DepthSource) -> PlateSource {
        let photograph = folder.join("photo.png");
        PlateSource { photograph, depth, inpainting: None, layers: LayerSettings::default(), longest_side_px: 96 }
    }

    #[test]
    fn another_network_for_people_is_another_bake() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        let network = |name: &str| {
            let model = folder.path().join(name);
            std::fs::create_dir_all(&model).unwrap();
            std::fs::write(model.join("model.toml"), name).unwrap();
            model
        };
        let key = |people: Option<&str>| {
            let depth = DepthSource::Network { model: network("depth"), people: people.map(network) };
            source_in(folder.path(), depth).key(&BuildIdentity("test".into())).unwrap()
        };
        assert_eq!(key(Some("one")), key(Some("one")));
        assert_ne!(key(Some("one")), key(Some("other")));
        assert_ne!(key(Some("one")), key(None));
    }

    #[test]
    fn without_a_network_for_people_a_note_says_so() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        let read = |people| {
            let depth = DepthSource::Network { model: shipped_model().expect("in the checkout"), people };
            source_in(folder.path(), depth).read().unwrap()
        };
        let (photograph, depth) = read(None);
        assert_eq!(photograph.notes, [PictureNote::PeopleNotSought]);
        let (photograph, cut) = read(Some(installed_person_model().expect("`cargo xtask setup` was run")));
        assert!(photograph.notes.is_empty());
        // Depth that is cut stays within what the network said.
        let ((low, high), (cut_low, cut_high)) = (depth.values.range(), cut.values.range());
        assert!(cut_low >= low && cut_high <= high, "{low} {high} {cut_low} {cut_high}");
    }
}
