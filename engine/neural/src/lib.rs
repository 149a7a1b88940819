//! ONNX models: what they are, and what runs them.
//!
//! | room | what it holds |
//! |---|---|
//! | [`library`] | ONNX Runtime, loaded once per process from the pack `onnxruntime` |
//! | [`model`] | `model.toml`: hash, tensors with named dimensions, colour space, normalisation, measured quality |
//! | [`tensor`] | float arrays, and planes of a picture to and from them |
//! | [`executor`] | the trait [`Executor`] and [`OrtExecutor`] |
//! | [`depth`] | [`DepthModel`]: depth from a picture by any monocular depth network |
//! | [`inpaint`] | [`InpaintModel`]: what is missing in a picture, by any inpainting network |
//! | [`person`] | [`PersonModel`]: where people are in a picture, by the network of the pack `person_mask` |
//! | [`cache`] | [`CachedExecutor`]: same input, same model, same settings are computed once |
//!
//! In the frame table: Perceive and Neural, through the plugins that own a model.
//!
//! ```no_run
//! # fn main() -> Result<(), kinema_neural::NeuralError> {
//! # let (beauty, dir): (kinema_core::Plane, &std::path::Path) = unreachable!();
//! use kinema_neural::{CachedExecutor, Executor, Model, OrtExecutor, OrtSettings, plane_to_tensor};
//!
//! let model = Model::open(dir)?;
//! let mut executor = CachedExecutor::new(OrtExecutor::new(&model, OrtSettings { intra_threads: 2 })?, 256 << 20);
//! let mut image = plane_to_tensor(&beauty)?;
//! model.normalise_inputs(std::slice::from_mut(&mut image))?;
//! let mut outputs = executor.run(&[image])?;
//! model.denormalise_outputs(&mut outputs)?;
//! # Ok(())
//! # }
//! ```

pub mod cache;
pub mod depth;
mod error;
pub mod executor;
#[cfg(test)]
mod fixture;
pub mod inpaint;
pub mod library;
mod manifest;
pub mod model;
mod outlet;
pub mod person;
mod picture;
mod planes;
pub mod tensor;

pub use cache::{CacheCounts, CachedExecutor};
pub use depth::{ChannelOrder, DepthKind, DepthMap, DepthModel, DepthSpec};
pub use error::NeuralError;
pub use executor::{Executor, OrtExecutor, OrtSettings};
pub use inpaint::{InpaintModel, Inpainted};
pub use library::{Runtime, runtime};
pub use manifest::{ColourSpace, Dimension, ModelManifest, Normalisation, Quality, TensorSpec};
pub use model::Model;
pub use person::{PersonMask, PersonModel};
pub use picture::{Picture, Pixels};
pub use planes::{plane_to_tensor, tensor_to_plane};
pub use tensor::Tensor;
