//! What completion computes on the graphics device, with the bits of the processor, so that layers, bakes and farms need
//! not know which of them made a plate.
//!
//! | room | what it holds |
//! |---|---|
//! | [`opened`] | [`ParallaxDevice`]: a device of its own for this process, its self-test |
//! | [`kernels`] | the shaders of `shaders/parallax`, composed, and their pipelines |
//! | [`buffers`] | memory of the device, and what it refuses |
//! | [`patches`] | the search for patches of `layers/patches` |
//! | [`gpu_types`] | what kernels are told |
//!
//! Everything is counted in integers on both sides, so no rounding can differ. Where there is a GPU it is used; software
//! devices are slower than the processor's own search and are used only if [`ComputeOn::Device`] asks for them.

mod buffers;
pub mod error;
pub mod gpu_types;
mod kernels;
pub mod opened;
mod patches;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU8, Ordering};

pub use error::DeviceError;
pub use kernels::defines;
pub use opened::{ParallaxDevice, SelfTest};
use serde::{Deserialize, Serialize};

use crate::layers::{PatchLevel, patches_here};

/// Where what is behind things is completed. Results do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ComputeOn {
    /// On a GPU where there is one, else on the processor.
    #[default]
    Fastest,
    Processor,
    /// On the first device, be it software.
    Device,
}

static CHOSEN: AtomicU8 = AtomicU8::new(ComputeOn::Fastest as u8);

impl ComputeOn {
    /// From now on, in the whole process.
    pub fn choose(self) {
        CHOSEN.store(self as u8, Ordering::Relaxed);
    }

    /// What was chosen last.
    pub fn chosen() -> Self {
        let all = [Self::Fastest, Self::Processor, Self::Device];
        all.into_iter().find(|on| *on as u8 == CHOSEN.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

/// What patches make of the wanted pixels of the finest level, see [`patches_here`].
pub(crate) fn voted(levels: &[PatchLevel], seed: u64, on: ComputeOn) -> Vec<Option<[u32; 4]>> {
    if let Some(device) = ParallaxDevice::of_process(on) {
        match device.voted(levels, seed) {
            Ok(voted) => return voted,
            Err(error) => device.say_once(&error),
        }
    }
    patches_here(levels, seed)
}
