//! A person's vertices on the device: WGSL that moves rows, stencils and drawn vertices and writes them into a mesh's own
//! vertex buffer, wherever that has its position, normal and previous position (`shaders/humanoid/body.compute.wgsl`).
//!
//! What it needs goes up once: the basis ([`BasisBuffers`]) and a surface ([`SurfaceBuffers`]). A person who moves costs
//! the upload of 52 weights and 104 matrices. [`reference`] is the oracle.

pub mod gpu_types;
pub mod pass;
pub mod prepare;
pub mod reference;

pub use gpu_types::GpuBodyCall;
pub use pass::{Layer, Target, encode};
pub use prepare::{BasisBuffers, Kernels, PersonBuffers, SurfaceBuffers};
