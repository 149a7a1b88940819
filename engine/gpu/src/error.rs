use kinema_core::{Blame, Blamed};

/// What can go wrong between a scene and its pixels.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(
        "no Vulkan device was found; install a driver (Debian: `apt-get install mesa-vulkan-drivers libvulkan1` \
         gives software Vulkan) and see `cargo kinema doctor`"
    )]
    NoDevice,
    #[error(
        "the picture size {width}x{height} exceeds what the device `{device}` can draw ({limit} pixels a side); \
         choose a smaller `output` or `--size`"
    )]
    TooLarge { width: u32, height: u32, limit: u32, device: String },
    #[error("shader or pipeline `{pipeline}` failed to build: {message}")]
    Pipeline { pipeline: String, message: String },
    #[error(
        "{waiting} pipelines were still not ready after {updates} updates; the device may be hung, see `cargo kinema doctor`"
    )]
    NeverReady { waiting: usize, updates: u32 },
    #[error("reading frame {frame} back from the device failed: {message}")]
    ReadBack { frame: i64, message: String },
    #[error("this app was built without rendering, so it cannot draw frame {frame}")]
    NotRendering { frame: i64 },
}

impl Blamed for GpuError {
    fn blame(&self) -> Blame {
        match self {
            GpuError::TooLarge { .. } => Blame::User,
            _ => Blame::Machine,
        }
    }
}
