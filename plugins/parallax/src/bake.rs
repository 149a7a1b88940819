//! Layers of a plate's photograph, made once and kept by content. Making them takes seconds, so every worker and every
//! later run reads what the first one made; what is drawn always went through the stored form, so that it does not matter
//! who made it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use half::f16;
use kinema_core::{BakeStore, BuildIdentity, resolve_asset, sha256_hex};
use serde::{Deserialize, Serialize};

use crate::error::ParallaxError;
use crate::input::{
    DepthConvention, InverseDepth, Photograph, PictureLimits, PictureNote, fitted_depth, read_depth, read_picture,
};
use crate::layers::{Layer, LayerSettings, LayeredImage, build_inpainted, build_layers};
use crate::network::{self, DepthSource, InpaintNetwork, guessed_depth, shipped_model};
use crate::raster::Raster;
use crate::refine::RefineSettings;
use crate::shot::{DEFAULT_NEAREST_M, Plate};

/// Version of the stored form.
const FORMAT_VERSION: u32 = 1;
/// Pixels along a side of the squares that are stored or left out.
const TILE: usize = 16;

/// A photograph cut into layers, as it is kept.
#[derive(Clone, Debug)]
pub struct PlateBake {
    pub image: LayeredImage,
    /// Whether depth is in metres; else its unit is the distance of the nearest point.
    pub is_metric: bool,
    /// Whether colours are light as the scene had it, see [`Photograph`](crate::input::Photograph).
    pub is_scene_linear: bool,
    /// What a user should know of how the files were read.
    pub notes: Vec<String>,
}

/// What the stored bytes begin with.
#[derive(Serialize, Deserialize)]
struct Header {
    layers: usize,
    width: usize,
    height: usize,
    nearest: f32,
    farthest: f32,
    most_shift_widths: f32,
    tears_left: usize,
    is_metric: bool,
    is_scene_linear: bool,
    notes: Vec<String>,
}

/// A photograph and how it is cut.
#[derive(Clone, Debug)]
pub struct PlateSource {
    pub photograph: PathBuf,
    pub depth: DepthSource,
    /// A network that makes up what is behind things: a folder with `model.toml`, or a bare `.onnx` file.
    pub inpainting: Option<PathBuf>,
    pub layers: LayerSettings,
    /// A larger photograph is made smaller, pixels.
    pub longest_side_px: usize,
}

impl PlateSource {
    /// Of a part; `part_id` is for messages, `base_dir` the folder of its shot.
    ///
    /// # Errors
    /// [`ParallaxError::Asset`] for files that are not there, [`ParallaxError::NoDepth`].
    pub fn of(plate: &Plate, part_id: &str, base_dir: &Path) -> Result<Self, ParallaxError> {
        let find = |reference: &str, what| {
            let found = resolve_asset(base_dir, reference);
            found.map_err(|source| ParallaxError::Asset { part: part_id.to_owned(), what, source })
        };
        let depth = match &plate.depth {
            Some(depth) => DepthSource::File { path: find(&depth.file, "depth")?, convention: depth.convention },
            None => match shipped_model() {
                Some(model) => DepthSource::guessed(model),
                None => return Err(ParallaxError::NoDepth { part: part_id.to_owned() }),
            },
        };
        Ok(Self {
            photograph: find(&plate.photograph, "photograph")?,
            depth,
            inpainting: plate.inpainting.as_deref().map(|model| find(model, "inpainting")).transpose()?,
            layers: plate.layer_settings(),
            longest_side_px: plate.longest_side_px as usize,
        })
    }

    /// Of everything that the layers depend on.
    pub(crate) fn key(&self, build: &BuildIdentity) -> Result<String, ParallaxError> {
        let file = |path: &Path| -> Result<String, ParallaxError> {
            let bytes = std::fs::read(path).map_err(|source| ParallaxError::Read { path: path.into(), source })?;
            Ok(sha256_hex(&bytes))
        };
        let depth = match &self.depth {
            DepthSource::File { path, convention } => format!("{} {convention:?}", file(path)?),
            DepthSource::Network { model, people } => {
                let people = people.as_deref().map(network::identity).transpose()?;
                format!("{} {people:?}", network::identity(model)?)
            }
        };
        let inpainting = self.inpainting.as_deref().map(network::identity).transpose()?;
        Ok(format!(
            "plate {FORMAT_VERSION} {} {depth} {inpainting:?} {:?} {} {}",
            file(&self.photograph)?,
            self.layers,
            self.longest_side_px,
            build.0
        ))
    }

    /// The photograph and its depth, pixel by pixel.
    ///
    /// # Errors
    /// What reading both files can fail with.
    pub fn read(&self) -> Result<(Photograph, InverseDepth), ParallaxError> {
        let limits = PictureLimits { longest_side_px: self.longest_side_px, ..PictureLimits::default() };
        let mut photograph = read_picture(&self.photograph, limits)?;
        let refine = RefineSettings::default();
        let depth = match &self.depth {
            DepthSource::File { path, convention } => {
                let raw = read_depth(path, limits)?;
                let convention = convention.unwrap_or_else(|| DepthConvention::usual_of(path, &raw.channel));
                fitted_depth(&raw.values, convention, &photograph.colour, &refine)?
            }
            DepthSource::Network { model, people } => {
                if people.is_none() {
                    photograph.notes.push(PictureNote::PeopleNotSought);
                }
                guessed_depth(model, people.as_deref(), &photograph.colour)?
            }
        };
        Ok((photograph, depth))
    }
}

impl PlateBake {
    /// The layers of a photograph, from the store or made now and stored.
    ///
    /// # Errors
    /// What reading the files and making layers can fail with. A store that cannot be written is only warned of.
    pub fn open(source: &PlateSource, store: &BakeStore, build: &BuildIdentity) -> Result<Self, ParallaxError> {
        let key = source.key(build)?;
        let cache = |action| {
            let what = source.photograph.display().to_string();
            move |source| ParallaxError::Cache { what, action, source }
        };
        if let Some(bytes) = store.get(&key).map_err(cache("read"))?
            && let Some(bake) = Self::decoded(&bytes)
        {
            return Ok(bake);
        }
        let bytes = Self::made(source)?.encoded()?;
        if let Err(error) = store.put(&key, &bytes) {
            // The layers are in memory; only the next run pays for the full disk.
            tracing::warn!("{}", cache("written")(error));
        }
        Self::decoded(&bytes).ok_or_else(|| ParallaxError::Encode {
            what: "layers",
            reason: "what was stored cannot be read back".to_owned(),
        })
    }

    /// Metres that the unit of its inverse depth's reciprocal stands for in a part.
    pub fn metres_per_unit(&self, plate: &Plate) -> f32 {
        let nearest_m = plate.nearest_m.unwrap_or(DEFAULT_NEAREST_M);
        if self.is_metric { 1.0 } else { nearest_m * self.image.nearest.max(1e-9) }
    }

    fn made(source: &PlateSource) -> Result<Self, ParallaxError> {
        let (photograph, depth) = source.read()?;
        let mut notes: Vec<String> = photograph.notes.iter().map(ToString::to_string).collect();
        if depth.repaired_share > 0.0 {
            notes.push(format!("{:.1} % of the depth was repaired from beside it", depth.repaired_share * 100.0));
        }
        let (colour, layers) = (&photograph.colour, &source.layers);
        let image = match &source.inpainting {
            None => build_layers(colour, &depth.values, layers)?,
            Some(model) => {
                let network = InpaintNetwork::load(model)?;
                build_inpainted(colour, &depth.values, layers, &|colour, known| network.inpaint(colour, known))?
            }
        };
        Ok(Self { image, is_metric: depth.is_metric, is_scene_linear: photograph.is_scene_linear, notes })
    }

    /// Header, then for each layer which squares are there and their pixels: colour as halves, depth in full. Squares far
    /// from anything that shows are left out.
    fn encoded(&self) -> Result<Vec<u8>, ParallaxError> {
        let image = &self.image;
        let (width, height) = (image.width(), image.height());
        let header = Header {
            layers: image.layers.len(),
            width,
            height,
            nearest: image.nearest,
            farthest: image.farthest,
            most_shift_widths: image.most_shift_widths,
            tears_left: image.tears_left,
            is_metric: self.is_metric,
            is_scene_linear: self.is_scene_linear,
            notes: self.notes.clone(),
        };
        let fail = |reason: String| ParallaxError::Encode { what: "layers", reason };
        let header = serde_json::to_vec(&header).map_err(|e| fail(e.to_string()))?;
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        let mut packer = ZlibEncoder::new(bytes, Compression::fast());
        for layer in &image.layers {
            let kept = kept_squares(layer);
            let flags: Vec<u8> = kept.data().iter().map(|k| u8::from(*k)).collect();
            let mut plane = flags;
            for_kept(&kept, width, height, |i| {
                for v in layer.colour.data()[i] {
                    plane.extend(f16::from_f32(v).to_le_bytes());
                }
            });
            for_kept(&kept, width, height, |i| plane.extend(layer.inverse_depth.data()[i].to_le_bytes()));
            packer.write_all(&plane).map_err(|e| fail(e.to_string()))?;
        }
        packer.finish().map_err(|e| fail(e.to_string()))
    }

    fn decoded(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk::<8>()?;
        let (header, packed) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*len)).ok()?)?;
        let header: Header = serde_json::from_slice(header).ok()?;
        let (width, height) = (header.width, header.height);
        let mut unpacker = ZlibDecoder::new(packed);
        let mut read = |count: usize| -> Option<Vec<u8>> {
            let mut bytes = vec![0; count];
            unpacker.read_exact(&mut bytes).ok()?;
            Some(bytes)
        };
        let mut layers = Vec::new();
        for _ in 0..header.layers {
            let squares = (width.div_ceil(TILE), height.div_ceil(TILE));
            let flags = read(squares.0 * squares.1)?.into_iter().map(|flag| flag != 0).collect();
            let kept = Raster::from_data(squares.0, squares.1, flags)?;
            let mut pixels = 0;
            for_kept(&kept, width, height, |_| pixels += 1);
            let (colours, depths) = (read(pixels * 8)?, read(pixels * 4)?);
            let mut colour = Raster::filled(width, height, [0.0; 4]);
            let mut inverse_depth = Raster::filled(width, height, header.farthest);
            let (mut colours, mut depths) = (colours.as_chunks::<8>().0.iter(), depths.as_chunks::<4>().0.iter());
            for_kept(&kept, width, height, |i| {
                if let (Some(c), Some(&d)) = (colours.next(), depths.next()) {
                    let half = |at: usize| f16::from_le_bytes([c[at], c[at + 1]]).to_f32();
                    colour.data_mut()[i] = [half(0), half(2), half(4), half(6)];
                    inverse_depth.data_mut()[i] = f32::from_le_bytes(d);
                }
            });
            layers.push(Layer { colour, inverse_depth });
        }
        let Header { nearest, farthest, most_shift_widths, tears_left, is_metric, is_scene_linear, notes, .. } = header;
        let image = LayeredImage { layers, nearest, farthest, most_shift_widths, tears_left };
        Some(Self { image, is_metric, is_scene_linear, notes })
    }
}

/// Squares that hold something that shows, and those around them, whose depth normals and filters reach.
fn kept_squares(layer: &Layer) -> Raster<bool> {
    let (width, height) = layer.colour.size();
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let shows = Raster::from_fn(columns, rows, |tx, ty| {
        let ys = ty * TILE..(ty * TILE + TILE).min(height);
        ys.into_iter().any(|y| {
            let row = &layer.colour.row(y)[tx * TILE..(tx * TILE + TILE).min(width)];
            row.iter().any(|p| p[3] > 0.0)
        })
    });
    Raster::from_fn(columns, rows, |tx, ty| {
        let (tx, ty) = (tx as isize, ty as isize);
        (-1..=1).any(|dy| (-1..=1).any(|dx| shows.clamped(tx + dx, ty + dy)))
    })
}

/// The index of every pixel of the squares that are kept, row by row.
fn for_kept(kept: &Raster<bool>, width: usize, height: usize, mut visit: impl FnMut(usize)) {
    for y in 0..height {
        for (tx, _) in kept.row(y / TILE).iter().enumerate().filter(|(_, kept)| **kept) {
            (tx * TILE..(tx * TILE + TILE).min(width)).for_each(|x| visit(y * width + x));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::shot::PlateDepth;
    use crate::stereo::depth_png16;
    use crate::truth::Scene;
    use crate::view::View;

    /// A photograph and its depth as files of a folder.
    pub(crate) fn files_in(folder: &Path) {
        let picture = Scene::numbered(0).picture(&View::of_picture(0.9), 96, 54, 2);
        crate::lab::save(&folder.join("photo.png"), &picture.colour);
        std::fs::write(folder.join("depth.png"), depth_png16(&picture.inverse_depth).unwrap()).unwrap();
    }

    #[test]
    fn what_is_kept_is_what_is_used_and_another_setting_is_another_bake() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        let store = BakeStore::new(folder.path().join("bakes"));
        let depth = PlateDepth { file: "depth.png".into(), convention: None };
        let plate = Plate::new("photo.png", depth);
        let build = BuildIdentity("test".into());
        let source = |plate: &Plate| PlateSource::of(plate, "p", folder.path()).unwrap();
        let open = |plate: &Plate| PlateBake::open(&source(plate), &store, &build);
        let key = |plate: &Plate| source(plate).key(&build).unwrap();
        let (made, kept) = (open(&plate).unwrap(), open(&plate).unwrap());
        assert!(!made.is_metric && !made.is_scene_linear && made.image.layers.len() > 1);
        for (a, b) in made.image.layers.iter().zip(&kept.image.layers) {
            assert_eq!(a.colour, b.colour);
            assert_eq!(a.inverse_depth, b.inverse_depth);
        }
        let two = Plate { layers: 2, ..plate.clone() };
        assert_ne!(key(&plate), key(&two));
        assert_eq!(open(&two).unwrap().image.layers.len(), 2);
        let brighter = Plate { exposure_stops: 1.0, ..plate.clone() };
        assert_eq!(key(&plate), key(&brighter));
    }

    #[test]
    fn a_network_that_is_given_makes_up_what_is_behind() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        // It gives the mean of what is seen, so behind a thing all is one colour but for grain.
        let network = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../engine/neural/fixtures/inpaint_mean.onnx");
        std::fs::copy(network, folder.path().join("fill.onnx")).unwrap();
        let made = |inpainting: Option<&str>| {
            let depth = PlateDepth { file: "depth.png".into(), convention: None };
            let inpainting = inpainting.map(str::to_owned);
            let plate = Plate { inpainting, layers: 2, ..Plate::new("photo.png", depth) };
            let mut source = PlateSource::of(&plate, "yard", folder.path()).unwrap();
            source.layers.patches = false;
            (source.key(&BuildIdentity("test".into())).unwrap(), PlateBake::made(&source).unwrap().image)
        };
        let ((plain_key, plain), (key, image)) = (made(None), made(Some("fill.onnx")));
        assert_ne!(plain_key, key);
        let (front, back) = (&image.layers[0], &image.layers[1]);
        let hidden = |i: &usize| front.colour.data()[*i][3] >= 1.0;
        let all: Vec<usize> = (0..front.colour.data().len()).filter(hidden).collect();
        // Beside cuts both layers show the same, so not all are alike.
        let alike = |layer: &Layer| {
            let mut reds: Vec<f32> = all.iter().map(|&i| layer.colour.data()[i][0]).collect();
            reds.sort_by(f32::total_cmp);
            let middle = reds[reds.len() / 2];
            reds.iter().filter(|red| (**red - middle).abs() < 0.01).count() as f32 / reds.len() as f32
        };
        assert!(all.len() > 50 && alike(back) > 0.8, "{} {}", all.len(), alike(back));
        assert!(alike(&plain.layers[1]) < 0.5, "{}", alike(&plain.layers[1]));
    }

    #[test]
    fn a_damaged_bake_is_none() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        let plate = Plate::new("photo.png", PlateDepth { file: "depth.png".into(), convention: None });
        let source = PlateSource::of(&plate, "p", folder.path()).unwrap();
        let bytes = PlateBake::made(&source).unwrap().encoded().unwrap();
        assert!(PlateBake::decoded(&bytes).is_some());
        for end in [0, 7, 20, bytes.len() / 2, bytes.len() - 9] {
            assert!(PlateBake::decoded(&bytes[..end]).is_none(), "{end}");
        }
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        files_in(folder.path());
        std::fs::write(folder.path().join("text.png"), "no picture").unwrap();
        let store = BakeStore::new(folder.path().join("bakes"));
        let said = |photograph: &str, depth: &str| {
            let plate = Plate::new(photograph, PlateDepth { file: depth.into(), convention: None });
            let opened = PlateSource::of(&plate, "wall", folder.path())
                .and_then(|source| PlateBake::open(&source, &store, &BuildIdentity::default()));
            kinema_core::Fault::of(&opened.unwrap_err()).message
        };
        assert!(said("text.png", "depth.png").contains("text.png is not a picture"));
        assert!(said("photo.png", "photo.png").contains("colour map of depth"));
        let text = said("gone.png", "depth.png");
        assert!(text.contains("`wall`") && text.contains("gone.png"), "{text}");
    }
}
