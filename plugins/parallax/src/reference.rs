//! Layers seen from another camera, on the processor: the oracle of the shaders, and the renderer where there is no GPU.
//!
//! A pixel's ray meets a layer where the layer's inverse depth equals the ray's. In the picture's own coordinates the
//! ray is a straight line along which position is linear in inverse depth (the epipolar line), so the search is one in
//! one unknown: a fixed point where the layer is gentle, steps from the near end and bisection where it is steep
//! (Policarpo et al., "Real-time relief mapping", I3D 2005, with the view's own lines in the place of tangent space).
//! Layers are composited front to back; what opaque parts hide is not worked out.

mod focus;
mod sample;
mod tiles;
mod warp;

pub use focus::{Focus, render_focused};
pub use warp::{SceneRenderer, Seen};
