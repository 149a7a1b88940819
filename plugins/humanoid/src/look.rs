//! From a body to what is drawn: which quads become skin, suit, shoes, eyes, teeth, lashes, brows and hair, and their
//! colours. Pure geometry; [`crate::draw`] turns it into Bevy meshes.

pub mod cut;
pub mod detail;
pub mod eyes;
pub mod hair;
pub mod mouth;
pub mod noise;
pub mod opening;
pub mod openness;
pub mod outfit;
pub mod reduce;
pub mod skin;
pub mod subdivide;
pub mod surface;
pub mod tangents;
