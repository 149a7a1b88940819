//! Moves that look good without settings and never show what the layers do not have.

mod limits;
mod presets;
#[cfg(test)]
mod tests;

pub use limits::{Framing, framing_of, shift_px_at};
pub use presets::{CameraKey, CameraMove, Preset};
