//! How fabric looks.
//!
//! | room | what it holds |
//! |---|---|
//! | [`surface`] | the document: weave, threads, colours, gloss, fuzz, transmission |
//! | [`presets`] | what each named material looks like where a document says nothing |
//! | [`material`], [`gpu_types`] | Bevy's standard material under our fragment shader (`shaders/cloth/fabric*.wgsl`) |
//! | [`reference`] | the same scattering on the processor, which tests integrate |
//! | [`drawn`] | the mesh that is drawn: smoothed between particles, with normals and thread directions |

pub mod drawn;
pub mod gpu_types;
pub mod material;
pub mod presets;
pub mod reference;
pub mod surface;
