//! What the machine offers to draw with.

use bevy::render::render_resource::WgpuFeatures;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::settings::{Backends, WgpuSettings};

/// What a device lets Kinema do; chosen once at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Software rasteriser: everything works, storage buffers are kept below 128 MiB.
    Software,
    /// A GPU with the portable limits.
    Portable,
    /// A discrete GPU with 16-bit shader arithmetic and subgroups.
    Fast,
}

impl Tier {
    pub fn name(self) -> &'static str {
        match self {
            Tier::Software => "software",
            Tier::Portable => "portable",
            Tier::Fast => "fast",
        }
    }
}

/// One Vulkan adapter as the loader describes it.
#[derive(Clone, Debug)]
pub struct AdapterReport {
    pub name: String,
    pub driver: String,
    pub backend: String,
    pub kind: String,
    pub tier: Tier,
    /// Largest side of a 2D texture, pixels.
    pub max_texture_side_px: u32,
    /// Largest storage buffer binding, bytes.
    pub max_storage_buffer_bytes: u64,
    /// Workgroup memory, bytes.
    pub max_workgroup_memory_bytes: u32,
}

/// Settings with which every Kinema device is made: Vulkan only, so that one shader path is tested everywhere.
pub fn wgpu_settings() -> WgpuSettings {
    WgpuSettings { backends: Some(Backends::VULKAN), ..WgpuSettings::default() }
}

/// Lists the Vulkan adapters, in the loader's order. Empty where there is none.
pub fn adapters() -> Vec<AdapterReport> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let listed = bevy::tasks::block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN));
    listed
        .into_iter()
        .map(|adapter| {
            let info = adapter.get_info();
            let limits = adapter.limits();
            AdapterReport {
                tier: tier(&info, adapter.features()),
                driver: driver_name(&info),
                name: info.name,
                backend: info.backend.to_string(),
                kind: format!("{:?}", info.device_type),
                max_texture_side_px: limits.max_texture_dimension_2d,
                max_storage_buffer_bytes: limits.max_storage_buffer_binding_size,
                max_workgroup_memory_bytes: limits.max_compute_workgroup_storage_size,
            }
        })
        .collect()
}

/// Name and version of the driver, part of a picture's identity: `llvmpipe (LLVM 15.0.6, 256 bits), Mesa 22.3.6`.
pub fn driver_identity(info: &RenderAdapterInfo) -> String {
    format!("{}, {}", info.name, driver_name(info))
}

fn driver_name(info: &wgpu::AdapterInfo) -> String {
    let text = format!("{} {}", info.driver, info.driver_info);
    text.trim().to_owned()
}

fn tier(info: &wgpu::AdapterInfo, features: WgpuFeatures) -> Tier {
    match info.device_type {
        wgpu::DeviceType::Cpu => Tier::Software,
        wgpu::DeviceType::DiscreteGpu if features.contains(WgpuFeatures::SHADER_F16 | WgpuFeatures::SUBGROUP) => {
            Tier::Fast
        }
        _ => Tier::Portable,
    }
}
