//! The kernels of `shaders/parallax`, composed, and their pipelines: once for a device.

use std::borrow::Cow;

use bevy::tasks::block_on;
use kinema_shaders::{PATCH_TYPES, PATCHES_COMPUTE, WgslFile};
use naga_oil::compose::{
    ComposableModuleDescriptor, Composer, NagaModuleDescriptor, ShaderDefValue, ShaderLanguage, ShaderType,
};
use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline,
    Device, ShaderStages,
};

use super::error::DeviceError;
use crate::layers::PATCH_DEFINES;

/// Shader defs of `shaders/parallax/*.compute.wgsl`, with so many invocations in a workgroup of patches.
pub fn defines(workgroup: u32) -> Vec<(&'static str, u32)> {
    [PATCH_DEFINES, &[("PATCH_WORKGROUP", workgroup)]].concat()
}

/// All pipelines of a device.
pub(super) struct Kernels {
    /// Invocations of a workgroup of patches.
    pub workgroup: u32,
    pub patch_bindings: BindGroupLayout,
    pub start: ComputePipeline,
    pub improve: ComputePipeline,
    pub vote: ComputePipeline,
}

impl Kernels {
    pub fn new(device: &Device, workgroup: u32) -> Result<Self, DeviceError> {
        let patch_bindings = bindings(device, &[true, true, true, true, false, false, false]);
        let entries = ["start", "improve", "vote"];
        let [start, improve, vote] =
            pipelines(device, (&PATCH_TYPES, &PATCHES_COMPUTE), &patch_bindings, workgroup, entries)?;
        Ok(Self { workgroup, patch_bindings, start, improve, vote })
    }
}

/// One uniform buffer and storage buffers, of which some are only read.
fn bindings(device: &Device, read_only: &[bool]) -> BindGroupLayout {
    let entry = |(binding, ty)| BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    };
    let storage = read_only.iter().map(|&read_only| BufferBindingType::Storage { read_only });
    let entries: Vec<BindGroupLayoutEntry> =
        (0..).zip([BufferBindingType::Uniform].into_iter().chain(storage)).map(entry).collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries })
}

/// Entry points of a file that imports one other.
fn pipelines<const N: usize>(
    device: &Device,
    (types, file): (&WgslFile, &'static WgslFile),
    layout: &BindGroupLayout,
    workgroup: u32,
    entries: [&str; N],
) -> Result<[ComputePipeline; N], DeviceError> {
    let refused = |message: String| DeviceError::Kernel { kernel: file.path, message };
    let defines = defines(workgroup).into_iter().map(|(name, value)| (name.to_owned(), ShaderDefValue::UInt(value)));
    let mut composer = Composer::default();
    let added = composer.add_composable_module(ComposableModuleDescriptor {
        source: types.source,
        file_path: types.path,
        language: ShaderLanguage::Wgsl,
        ..Default::default()
    });
    if let Err(error) = added {
        return Err(refused(error.emit_to_string(&composer)));
    }
    let module = composer.make_naga_module(NagaModuleDescriptor {
        source: file.source,
        file_path: file.path,
        shader_type: ShaderType::Wgsl,
        shader_defs: defines.collect(),
        additional_imports: &[],
    });
    let module = module.map_err(|error| refused(error.emit_to_string(&composer)))?;
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(file.path),
        source: wgpu::ShaderSource::Naga(Cow::Owned(module)),
    });
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(file.path),
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    let made = entries.map(|entry| {
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(entry),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(entry),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        })
    });
    block_on(scope.pop()).map_or(Ok(made), |error| Err(refused(error.to_string())))
}
