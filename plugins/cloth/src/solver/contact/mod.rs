//! Contact without intersections, with thickness and friction. Method, sources, figures: `CONTACT.md`.
pub(crate) mod carried;
pub mod closest;
mod common;
mod dents;
pub mod detect;
#[cfg(test)]
mod device_tests;
pub mod error;
pub mod exchange;
pub mod grid;
pub mod hook;
mod inside;
pub mod mesh;
mod neighbours;
pub mod pairs;
pub mod patches;
mod push;
pub mod referee;
pub mod scenes;
pub mod shapes;
pub mod solver;
mod truncate;
