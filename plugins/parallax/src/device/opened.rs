//! A device for completion, its kernels, and whether it computes as the processor does.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use bevy::tasks::block_on;
use kinema_core::Seed;
use wgpu::{Device, Queue};

use super::kernels::Kernels;
use super::{ComputeOn, DeviceError};
use crate::layers::{PatchCompletion, patch_levels, patches_here};
use crate::raster::Raster;

/// Invocations of a workgroup.
const WORKGROUP: u32 = 64;
/// Of the picture that the self-test completes.
const TEST_SIZE: (usize, usize) = (112, 72);

/// What the self-test found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfTest {
    /// The device has the processor's bits.
    Same,
    /// It has not, in so many of so many pixels.
    Differs { pixels: usize, all: usize },
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Same => f.write_str("plates are completed with the same bits as on the processor"),
            Self::Differs { pixels, all } => {
                write!(f, "{pixels} of {all} completed pixels differ from the processor's")
            }
        }
    }
}

/// A device with its kernels.
pub struct ParallaxDevice {
    /// Name and driver.
    pub name: String,
    /// Whether it is a processor that plays one.
    pub is_software: bool,
    pub(super) device: Device,
    pub(super) queue: Queue,
    pub(super) kernels: Kernels,
    /// Largest binding.
    pub(super) limit_bytes: u64,
    /// Held while it computes: wgpu without its feature `std` keeps the error scopes of all threads in one stack.
    pub(super) alone: Mutex<()>,
    is_lost: AtomicBool,
    has_spoken: AtomicBool,
}

impl ParallaxDevice {
    /// The fastest Vulkan device, of its own.
    ///
    /// # Errors
    /// [`DeviceError::NoDevice`], [`DeviceError::Kernel`].
    pub fn open() -> Result<Self, DeviceError> {
        Self::new(WORKGROUP, u64::MAX)
    }

    /// With so many invocations in a workgroup and no binding larger than `limit_bytes`.
    pub(super) fn new(workgroup: u32, limit_bytes: u64) -> Result<Self, DeviceError> {
        let missing = |error: &dyn fmt::Display| DeviceError::NoDevice(error.to_string());
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        }))
        .map_err(|error| missing(&error))?;
        let (device, queue) =
            block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).map_err(|error| missing(&error))?;
        let (info, limits) = (adapter.get_info(), device.limits());
        let kernels = Kernels::new(&device, workgroup)?;
        Ok(Self {
            name: format!("{}, {} {}", info.name, info.driver, info.driver_info).trim().to_owned(),
            is_software: info.device_type == wgpu::DeviceType::Cpu,
            device,
            queue,
            kernels,
            limit_bytes: limit_bytes.min(limits.max_storage_buffer_binding_size).min(limits.max_buffer_size),
            alone: Mutex::new(()),
            is_lost: AtomicBool::new(false),
            has_spoken: AtomicBool::new(false),
        })
    }

    /// The device of this process that may complete: opened when it is first asked for, and tested. None where the processor should;
    /// that a device differs or cannot be had though it was asked for is said once.
    pub(crate) fn of_process(on: ComputeOn) -> Option<&'static Self> {
        static OPENED: OnceLock<Option<ParallaxDevice>> = OnceLock::new();
        let opened = match on {
            ComputeOn::Processor => return None,
            // Opening a software device takes longer than looking at what there is.
            ComputeOn::Fastest if OPENED.get().is_none() && !has_gpu() => return None,
            ComputeOn::Fastest | ComputeOn::Device => OPENED.get_or_init(Self::tested),
        };
        let wanted = |found: &&Self| on == ComputeOn::Device || !found.is_software;
        opened.as_ref().filter(wanted).filter(|found| !found.is_lost.load(Ordering::Relaxed))
    }

    fn tested() -> Option<Self> {
        let tested = Self::open().and_then(|device| {
            let test = device.self_test()?;
            Ok((device, test))
        });
        match tested {
            Ok((device, SelfTest::Same)) => {
                tracing::info!("plates are completed on {}", device.name);
                Some(device)
            }
            Ok((device, test)) => {
                tracing::warn!("{}: {test}; plates are completed on the processor", device.name);
                None
            }
            Err(error) => {
                tracing::warn!("{error}; plates are completed on the processor");
                None
            }
        }
    }

    /// Completes a small picture on both.
    ///
    /// # Errors
    /// [`DeviceError`] where the device cannot do it at all.
    pub fn self_test(&self) -> Result<SelfTest, DeviceError> {
        let (width, height) = TEST_SIZE;
        let mut seed = Seed(5);
        let colour = Raster::from_fn(width, height, |x, y| {
            let tile = if (x / 9 + y / 7) % 2 == 0 { 0.2 } else { 0.7 };
            [tile + 0.2 * seed.unit_f32(), 0.1 * seed.unit_f32(), 3.0 * tile * seed.unit_f32(), 1.0]
        });
        let hole = |x: usize, y: usize, rim: usize| (40..70).contains(&(x + rim)) && (y + rim) % 40 >= 20 + rim;
        let task = PatchCompletion {
            wanted: &Raster::from_fn(width, height, |x, y| hole(x, y, 0)),
            source: &Raster::from_fn(width, height, |x, y| !hole(x, y, 0) && !hole(x, y, 1)),
            inverse_depth: &Raster::from_fn(width, height, |x, y| 0.1 + 0.002 * x as f32 + 0.001 * y as f32),
            depth_scale: 0.01,
            seed: 3,
        };
        let levels = patch_levels(&colour, &task);
        let (here, there) = (patches_here(&levels, task.seed), self.voted(&levels, task.seed)?);
        let pixels = here.iter().zip(&there).filter(|(a, b)| a != b).count() + here.len().abs_diff(there.len());
        Ok(if pixels == 0 { SelfTest::Same } else { SelfTest::Differs { pixels, all: here.len() } })
    }

    /// Says once why the processor completes.
    pub(super) fn say_once(&self, error: &DeviceError) {
        if matches!(error, DeviceError::Lost(_)) {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        if !self.has_spoken.swap(true, Ordering::Relaxed) {
            tracing::warn!("{}: {error}; the processor completes plates", self.name);
        }
    }
}

fn has_gpu() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| kinema_gpu::adapters().iter().any(|adapter| adapter.tier != kinema_gpu::Tier::Software))
}
