//! The whole-system tests: one binary, because each test binary links all of Bevy.
//!
//! `cargo xtask test` runs them with everything else; `cargo xtask test layers` runs those named so.

mod aovs;
mod determinism;
mod examples;
mod garments;
mod golden;
mod house;
mod layers;
mod layout;
mod licences;
mod packs;
mod people;
mod plates;
mod readme;
mod schedule;
mod shaders;
mod shots;
mod snapshot;

/// What several tests need.
mod support {
    pub mod flip;
    pub mod golden;
    pub mod golden_files;
    pub mod workspace;
}
