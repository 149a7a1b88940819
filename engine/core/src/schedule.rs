//! The names of the frame's stages. The order is registered in one place, the facade's frame table.

use bevy_ecs::schedule::SystemSet;

/// A stage of the frame. `Clock` to `Deform` hold systems of `Update` in the main world;
/// `Draw`, `Neural` and `Deliver` hold systems of the render world.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameSet {
    /// Next frame or substep; the only writer of [`FrameTime`](crate::FrameTime).
    Clock,
    /// Tracks and behaviours set targets on parts.
    Direct,
    /// Models that inform simulation, such as the depth of plates.
    Perceive,
    /// Biomechanics, rigid bodies, cloth, in fixed substeps.
    Simulate,
    /// Morph, skin and garment vertices.
    Deform,
    /// Raster or path tracing into AOVs.
    Draw,
    /// Denoise, super-resolution, frame generation.
    Neural,
    /// Present, or capture, encode and commit.
    Deliver,
}

/// The system of [`FrameSet::Deform`] that places the camera. What depends on the view of this frame runs after it.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ViewPlaced;

/// The systems of [`FrameSet::Simulate`] that step the [`YieldingSolids`](crate::YieldingSolids) of other plugins together with what they
/// simulate themselves. Who shows those solids does so after it.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SolidsStepped;

impl FrameSet {
    /// Every set, in the order of the frame.
    pub const ORDER: [FrameSet; 8] = [
        FrameSet::Clock,
        FrameSet::Direct,
        FrameSet::Perceive,
        FrameSet::Simulate,
        FrameSet::Deform,
        FrameSet::Draw,
        FrameSet::Neural,
        FrameSet::Deliver,
    ];

    /// The name in the frame table.
    pub fn name(self) -> &'static str {
        match self {
            FrameSet::Clock => "Clock",
            FrameSet::Direct => "Direct",
            FrameSet::Perceive => "Perceive",
            FrameSet::Simulate => "Simulate",
            FrameSet::Deform => "Deform",
            FrameSet::Draw => "Draw",
            FrameSet::Neural => "Neural",
            FrameSet::Deliver => "Deliver",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_the_declaration_order() {
        assert!(FrameSet::ORDER.is_sorted());
        assert!(FrameSet::ORDER.iter().all(|set| format!("{set:?}") == set.name()));
    }
}
