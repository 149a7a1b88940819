//! The cloth's step on the graphics device, in WGSL compute, with the bits of the processor's.
//!
//! | room | what it holds |
//! |---|---|
//! | [`kernels`] | the shaders of `shaders/cloth`, composed, and their pipelines: once for a device |
//! | [`gpu_types`] | what kernels are told |
//! | [`prepare`], [`links`] | a cloth's constants in buffers, in chunks below the device's limit |
//! | [`pass`] | which dispatches a substep is made of, and their recording |
//! | [`cloth`] | [`DeviceCloth`]: step and read back |
//! | [`detect`], [`push`] | detection of contact, thickness and friction; not yet part of the step |
//! | [`self_test`], [`trial_run`] | whether a device computes as the processor does |
//!
//! `solver/DEVICE.md` tells layout, costs and what is missing. The oracle is `solver/`; which cloths are compared is in `reference.rs`.

pub mod cloth;
pub mod detect;
pub mod error;
pub mod gpu_types;
pub mod kernels;
mod links;
mod pass;
mod prepare;
pub mod push;
pub mod self_test;
#[cfg(test)]
mod tests;
mod trial_run;

pub use cloth::DeviceCloth;
pub use error::DeviceError;
pub use kernels::{Arithmetic, Kernels};
pub use self_test::{SelfTest, deterministic, open, self_test};
