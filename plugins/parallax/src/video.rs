//! Depth of a video that holds still, and its layers: streaming, without looking ahead.

mod alignment;
mod flow;
mod motion;
mod moved;
mod stabiliser;
mod steady;
#[cfg(test)]
mod tests;
mod tracked;

pub use flow::{Flow, flow_between};
pub use motion::SceneMotion;
pub use moved::MovedVideo;
pub use stabiliser::{DepthStabiliser, StabiliserSettings, Stable};
pub use steady::{SteadyDepth, SteadyFrame};
pub use tracked::TrackedLayers;
