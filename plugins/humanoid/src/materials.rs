//! The materials of a person: skin and eyes. Their shaders lie in `shaders/humanoid`.

pub mod eye;
pub mod gpu_types;
pub mod skin;
