//! Depth of a video that holds still: streaming, without looking ahead.

mod alignment;
mod flow;
mod stabiliser;
mod steady;
#[cfg(test)]
mod tests;

pub use flow::{Flow, flow_between};
pub use stabiliser::{DepthStabiliser, StabiliserSettings, Stable};
pub use steady::{SteadyDepth, SteadyFrame};
