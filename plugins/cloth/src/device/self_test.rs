//! Whether a device computes as the processor does: WGSL does not promise it, so each device shows it at start.

use std::fmt;
use std::sync::OnceLock;

use bevy::tasks::block_on;
use kinema_shaders::CLOTH_ARITHMETIC_COMPUTE;
use wgpu::{Device, Queue};

use super::cloth::DeviceCloth;
use super::error::DeviceError;
use super::group::DeviceGroup;
use super::kernels::{Arithmetic, Kernels};
use super::trial_run::run_once;
use crate::reference::layers::{Layers, hash};
use crate::reference::{arithmetic, cases, contact_trial, trial};

/// Words of the results of a case, as in `arithmetic.compute.wgsl`.
const RESULTS: usize = 30;

/// Cases and substeps of the test at start: a moment on any device.
const START_CASES: usize = 4096;
const START_SUBSTEPS: u32 = 40;
const START_CONTACT_SUBSTEPS: u32 = 24;
const START_LAYERS_SUBSTEPS: u32 = 20;
/// Invocations of a workgroup where nobody asks for another number.
const WORKGROUP: u32 = 64;

/// What the test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelfTest {
    /// The device has the processor's bits.
    Deterministic,
    /// It has not; what differs first.
    Differs {
        /// In words: the operation with its numbers, or the state of which cloth.
        what: String,
    },
}

impl fmt::Display for SelfTest {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            SelfTest::Deterministic => f.write_str("cloth and its contact have the same bits as on the processor"),
            SelfTest::Differs { what } => write!(f, "cloth differs from the processor's: {what}"),
        }
    }
}

/// The first Vulkan device, tested, with kernels.
pub struct Opened {
    /// Name and driver.
    pub name: String,
    /// The device and its queue.
    pub device: Device,
    /// See `device`.
    pub queue: Queue,
    /// Exact kernels.
    pub kernels: Kernels,
    /// What the test found.
    pub test: SelfTest,
}

/// Opens a device of its own for cloth, and tests it.
///
/// # Errors
/// [`DeviceError::NoDevice`], and what the test can fail with.
pub fn open() -> Result<Opened, DeviceError> {
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
    let kernels = Kernels::new(&device, Arithmetic::Exact, WORKGROUP)?;
    let test = self_test(&device, &queue, &kernels)?;
    let info = adapter.get_info();
    let name = format!("{}, {} {}", info.name, info.driver, info.driver_info).trim().to_owned();
    Ok(Opened { name, device, queue, kernels, test })
}

/// The device of this process that cloth may be computed on: opened and tested once. None where there is none or it differs; that is said once, with
/// its name, and the processor computes.
pub fn deterministic() -> Option<&'static Opened> {
    static OPENED: OnceLock<Option<Opened>> = OnceLock::new();
    let found = OPENED.get_or_init(|| match open() {
        Ok(opened) if opened.test == SelfTest::Deterministic => Some(opened),
        Ok(Opened { name, test, .. }) => {
            tracing::warn!("{name}: {test}; it is computed on the processor");
            None
        }
        Err(error) => {
            tracing::warn!("{error}; cloth is computed on the processor");
            None
        }
    });
    found.as_ref()
}

/// Compares arithmetic, a small cloth, one in contact with itself and with bodies of simple shape, and two layers on a body of triangles, with the processor's. A device that differs is not used for what must be repeatable.
///
/// # Errors
/// [`DeviceError`] where the device cannot do it at all.
pub fn self_test(device: &Device, queue: &Queue, kernels: &Kernels) -> Result<SelfTest, DeviceError> {
    if let Some(what) = arithmetic_difference(device, queue, kernels, START_CASES)? {
        return Ok(SelfTest::Differs { what });
    }
    let mut cloth = trial(8)?;
    let mut on_device = DeviceCloth::new(&mut cloth, kernels, device, queue, u64::MAX)?;
    on_device.step(kernels, START_SUBSTEPS);
    cloth.step(START_SUBSTEPS);
    if on_device.read_state()?.sha256() != cloth.state().sha256() {
        return Ok(SelfTest::Differs { what: format!("a sheet of 9 x 9 particles after {START_SUBSTEPS} substeps") });
    }
    let (mut cloth, mut contact) = contact_trial(5)?;
    let mut on_device = DeviceGroup::new(&mut [&mut cloth], &contact, kernels, device, queue, u64::MAX)?;
    on_device.step(kernels, START_CONTACT_SUBSTEPS)?;
    cloth.step_with(START_CONTACT_SUBSTEPS, &mut contact);
    if on_device.cloths[0].read_state()?.sha256() != cloth.state().sha256() {
        let what = format!("a folded sheet in contact after {START_CONTACT_SUBSTEPS} substeps");
        return Ok(SelfTest::Differs { what });
    }
    let mut layers = Layers::new(5)?;
    let mut on_device = layers.on_device(kernels, device, queue)?;
    layers.step_there(&mut on_device, kernels, 0, START_LAYERS_SUBSTEPS)?;
    layers.step(START_LAYERS_SUBSTEPS)?;
    if hash(&on_device.read_states()?) != layers.hash() {
        let what = format!("two layers on a body of triangles after {START_LAYERS_SUBSTEPS} substeps");
        return Ok(SelfTest::Differs { what });
    }
    Ok(SelfTest::Deterministic)
}

/// The first operation whose bits differ, in words.
///
/// # Errors
/// [`DeviceError`] where the device cannot do it at all.
pub fn arithmetic_difference(
    device: &Device,
    queue: &Queue,
    kernels: &Kernels,
    count: usize,
) -> Result<Option<String>, DeviceError> {
    let cases = cases(count);
    let words: Vec<u32> = cases.iter().flatten().copied().collect();
    let kernel = (&CLOTH_ARITHMETIC_COMPUTE, "arithmetic");
    let found = run_once((device, queue), kernels, kernel, &[&words], cases.len(), RESULTS * cases.len())?;
    for (case, on_device) in cases.iter().zip(found.chunks_exact(RESULTS)) {
        for ((name, expected), found) in arithmetic(case).into_iter().zip(on_device) {
            let is_same = expected == *found || is_nan(expected) && is_nan(*found) && !name.ends_with("units");
            if !is_same {
                let numbers: Vec<String> = case.iter().map(|word| format!("{word:#010x}")).collect();
                return Ok(Some(format!(
                    "{name} of {} is {found:#010x} instead of {expected:#010x}",
                    numbers.join(" ")
                )));
            }
        }
    }
    Ok(None)
}

fn is_nan(bits: u32) -> bool {
    f32::from_bits(bits).is_nan()
}
