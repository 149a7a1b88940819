//! The method: elasticity, air and contact of one cloth, in arithmetic that every device does alike.
//!
//! `DESIGN.md` in this folder tells formulae, rejected designs and measured errors, `contact/CONTACT.md` the same of contact.
//! Here are no Bevy systems and no clock: prepare a [`cloth::Cloth`], step it, read [`cloth::Cloth::state`].

#![allow(clippy::needless_range_loop, reason = "the step is written as its WGSL twin: loops over fixed indices")]
#![allow(clippy::should_implement_trait, reason = "each call is one rounded operation; operators would hide that")]

pub mod accuracy;
pub mod air;
mod attach;
pub(crate) mod batch;
pub mod bending;
pub mod cloth;
pub mod colour;
pub mod contact;
pub mod error;
pub mod exact;
pub mod fabric;
pub mod grids;
pub mod lanes;
pub mod links;
pub mod membrane;
pub mod mesh;
pub mod position;
pub(crate) mod prepare;
mod ring;
pub mod settings;
pub mod state;
pub mod step;
pub mod team;
pub mod tear;
pub mod vec3;
