//! The cloth's step on the graphics device, in WGSL compute, with the bits of the processor's.
//!
//! | room | what it holds |
//! |---|---|
//! | [`kernels`] | the shaders of `shaders/cloth`, composed, and their pipelines: once for a device |
//! | [`gpu_types`] | what kernels are told |
//! | [`prepare`], [`links`] | a cloth's constants in buffers, in chunks below the device's limit |
//! | [`pass`] | which dispatches a substep is made of, and their recording |
//! | [`slots`], [`particles`] | where the particles of all cloths and the vertices of bodies stand, and their buffers |
//! | [`cloth`] | [`DeviceCloth`]: step and read back |
//! | [`group`] | [`DeviceGroup`]: cloths that touch each other, themselves and bodies |
//! | [`contact`], [`contact_kernels`], [`contact_plan`], [`contact_types`] | contact as part of the step: buffers and rooms, which kernels, their dispatches, what they are told |
//! | [`detect`] | a mesh as detection sees it |
//! | [`self_test`], [`trial_run`] | whether a device computes as the processor does |
//!
//! `solver/DEVICE.md` tells layout, costs and what is missing. The oracle is `solver/`; which cloths are compared is in `reference.rs`.

pub mod cloth;
pub mod contact;
pub mod contact_kernels;
mod contact_plan;
#[cfg(test)]
mod contact_tests;
pub mod contact_types;
mod detect;
pub mod error;
pub mod gpu_types;
pub mod group;
pub mod kernels;
mod links;
mod particles;
mod pass;
mod prepare;
pub mod self_test;
mod slots;
#[cfg(test)]
mod tests;
mod trial_run;

pub use cloth::DeviceCloth;
pub use error::DeviceError;
pub use group::DeviceGroup;
pub use kernels::{Arithmetic, Kernels};
pub use self_test::{SelfTest, deterministic, open, self_test};
