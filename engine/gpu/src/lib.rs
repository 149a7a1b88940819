//! Headless drawing for Kinema: the device, the picture's targets, AOVs and the read-back ring.
//!
//! | room | what it holds |
//! |---|---|
//! | [`device`] | what adapters exist, which one is used, what it can do |
//! | [`headless`] | a Bevy app without a window, pumped explicitly, one update per frame |
//! | [`aov`] | a pass that draws depth, normal, motion, albedo and part id exactly, without temporal jitter |
//! | [`capture`] | the read-back ring that brings pictures to the CPU without stalling drawing |
//! | [`deformed`] | the material for meshes whose vertices are rewritten every frame |
//! | [`stand_in`] | what stands for a plugin's own material in AOVs and exports |
//! | [`pass_times`] | time and shader invocations of each pass, measured on request |
//! | [`fibres`] | the vertex attributes of hair and threads, and how surfaces of other materials appear in AOVs |
//!
//! In the frame table: Draw (AOV pass) and Deliver (capture).

pub mod aov;
pub mod capture;
pub mod deformed;
pub mod device;
mod error;
pub mod fibres;
pub mod headless;
pub mod pass_times;
pub mod stand_in;

use bevy::prelude::*;

pub use aov::AovPlugin;
pub use capture::{CaptureOrder, CapturePlugin};
pub use deformed::{
    ATTRIBUTE_PREVIOUS_POSITION, DeformedMaterial, DeformedMotion, DeformedPlugin, PREVIOUS_POSITION, ReadableMeshes,
    add_attributes,
};
pub use device::{AdapterReport, Tier, adapters};
pub use error::GpuError;
pub use fibres::{ATTRIBUTE_FIBRE, AovSurface};
pub use headless::{CaptureCamera, HeadlessSettings, OutputTarget};
pub use pass_times::PassWork;
pub use stand_in::StandInSurface;

/// Everything of this crate that a drawing app needs. Does nothing in an app without rendering.
pub struct GpuPlugin;

impl Plugin for GpuPlugin {
    fn build(&self, app: &mut App) {
        if app.get_sub_app(bevy::render::RenderApp).is_none() {
            return;
        }
        app.add_plugins((kinema_shaders::ShadersPlugin, DeformedPlugin, AovPlugin, CapturePlugin));
    }
}
