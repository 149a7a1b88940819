//! What can go wrong with a device.

use thiserror::Error;

/// Why a cloth is not stepped on a device.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// No adapter, or no device of it.
    #[error("there is no graphics device for cloth: {0}")]
    NoDevice(String),
    /// A shader that does not compose or a pipeline that is refused: a fault of this program or of the driver.
    #[error("the cloth's kernel `{kernel}` does not compile: {message}")]
    Kernel {
        /// The file or entry point.
        kernel: &'static str,
        /// What the compiler says.
        message: String,
    },
    /// Particles are addressed by every constraint and are not split.
    #[error(
        "a cloth of {particles} particles does not fit the device's storage buffers of {limit_bytes} bytes; use the processor, or several cloths"
    )]
    TooManyParticles {
        /// How many.
        particles: usize,
        /// Largest binding, bytes.
        limit_bytes: u64,
    },
    /// What contact on the device does not do.
    #[error("contact with {what} is computed on the processor only")]
    Contact {
        /// With what.
        what: &'static str,
    },
    /// A list of pairs that outgrows what a device can bind.
    #[error(
        "contact has {needed} {what}, and the device has room for {largest}; use the processor, or a thinner cloth"
    )]
    Room {
        /// Of what.
        what: &'static str,
        /// How many there are.
        needed: u32,
        /// How many can be.
        largest: u64,
    },
    /// Bodies of triangles are told of in the wrong number.
    #[error("{given} {what} are told to the device; it expects {expected}")]
    Path {
        /// Of what.
        what: &'static str,
        /// How many there are.
        given: usize,
        /// How many there should be.
        expected: usize,
    },
    /// The places of bodies of triangles in a frame do not fit.
    #[error(
        "the way of {vertices} vertices of bodies over {substeps} substeps does not fit the device's storage buffers of {limit_bytes} bytes; step fewer at once"
    )]
    LongPath {
        /// Of all bodies of triangles.
        vertices: u32,
        /// In one frame.
        substeps: u32,
        /// Largest binding, bytes.
        limit_bytes: u64,
    },
    /// A workgroup size that the device does not have.
    #[error("workgroups of {asked} invocations are not possible; the device allows 1 to {limit}")]
    Workgroup {
        /// What was asked for.
        asked: u32,
        /// What there is.
        limit: u32,
    },
    /// The device was lost, or its memory could not be read.
    #[error("the graphics device was lost while stepping cloth: {0}")]
    Lost(String),
    /// A cloth that the test makes is refused: a fault of this program.
    #[error(transparent)]
    Cloth(#[from] crate::solver::error::ClothError),
    /// The same with contact.
    #[error(transparent)]
    Scene(#[from] crate::solver::contact::scenes::SceneError),
    /// A particle that is not pinned.
    #[error("particle {0} is not pinned, so it cannot be moved")]
    NotPinned(u32),
}
