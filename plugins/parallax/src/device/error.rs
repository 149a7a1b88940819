//! What can go wrong with a device. The processor then completes, with the same bits.

use thiserror::Error;

/// Why something is not completed on a device.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// No adapter, or no device of it.
    #[error("there is no graphics device that completes plates: {0}; see `kinema doctor`")]
    NoDevice(String),
    /// A fault of this program or of the driver.
    #[error("the kernel `{kernel}` does not compile: {message}; update the graphics driver")]
    Kernel {
        /// The file.
        kernel: &'static str,
        /// What the compiler says.
        message: String,
    },
    /// A picture that a binding does not hold.
    #[error("a picture of {width} x {height} pixels does not fit the device's buffers of {limit_bytes} bytes")]
    TooLarge {
        /// Pixels.
        width: usize,
        /// Pixels.
        height: usize,
        /// Largest binding.
        limit_bytes: u64,
    },
    /// Memory of the device that cannot be had, or a call that it refuses.
    #[error("the device refused ({0}); close what else uses its memory, or give a smaller photograph")]
    Refused(String),
    /// The device was lost, or its memory cannot be read.
    #[error("the graphics device was lost: {0}; see `kinema doctor`")]
    Lost(String),
}
