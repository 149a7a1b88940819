//! The shot parts this plugin owns.

mod environment;
mod ground;
mod lights;

pub use environment::{Background, Environment, Source};
pub use ground::{Ground, Pattern};
pub use lights::{AreaLight, PointLight, SpotLight, Sun};
