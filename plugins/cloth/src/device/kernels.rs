//! The shaders of `shaders/cloth`, composed, and their pipelines. Made once for a device.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use bevy::tasks::block_on;
use kinema_shaders::{
    CLOTH_BENDING_COMPUTE, CLOTH_CLOSEST, CLOTH_CONTACT_STATE, CLOTH_CONTACT_TYPES, CLOTH_DETECT_TYPES, CLOTH_EXACT,
    CLOTH_EXCHANGE, CLOTH_LINK_TYPES, CLOTH_LINKS_COMPUTE, CLOTH_MEMBRANE_COMPUTE, CLOTH_MOTION_COMPUTE,
    CLOTH_PARTICLES, CLOTH_PLANES, CLOTH_POSITION, CLOTH_PUSH, CLOTH_SHAPES, CLOTH_STEP_TYPES, CLOTH_SURFACE,
    CLOTH_WIDE, WgslFile,
};
use naga_oil::compose::{
    ComposableModuleDescriptor, Composer, NagaModuleDescriptor, ShaderDefValue, ShaderLanguage, ShaderType,
};
use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, BufferBindingType, ComputePipeline,
    Device, ShaderStages,
};

use super::contact_kernels::ContactKernels;
use super::error::DeviceError;

/// How kernels compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// With the bits of the processor, see `solver/exact.rs`.
    Exact,
    /// The barrier compiled out: bits differ between devices.
    Fast,
}

/// An entry point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kernel {
    MembraneForces,
    MembraneSolve,
    MembraneSolveFew,
    BendingForces,
    BendingSolve,
    BendingSolveFew,
    SeamForces,
    Seams,
    Attachments,
    Gather,
    Predict,
    Commit,
    CommitPredict,
}

/// Which buffers an entry point binds in group 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Membrane,
    Bending,
    Links,
    Motion,
}

impl Family {
    const ALL: [Family; 4] = [Family::Membrane, Family::Bending, Family::Links, Family::Motion];

    fn file(self) -> &'static WgslFile {
        match self {
            Family::Membrane => &CLOTH_MEMBRANE_COMPUTE,
            Family::Bending => &CLOTH_BENDING_COMPUTE,
            Family::Links => &CLOTH_LINKS_COMPUTE,
            Family::Motion => &CLOTH_MOTION_COMPUTE,
        }
    }

    /// Whether each binding of group 1 is only read.
    fn is_read_only(self) -> &'static [bool] {
        match self {
            Family::Membrane => &[true, false, false, true],
            Family::Bending => &[true, false, false],
            Family::Links => &[true, false, false, true],
            Family::Motion => &[false, true, true, false],
        }
    }

    fn entries(self) -> &'static [(Kernel, &'static str)] {
        match self {
            Family::Membrane => &[
                (Kernel::MembraneForces, "membrane_forces"),
                (Kernel::MembraneSolve, "membrane_solve"),
                (Kernel::MembraneSolveFew, "membrane_solve_few"),
            ],
            Family::Bending => &[
                (Kernel::BendingForces, "bending_forces"),
                (Kernel::BendingSolve, "bending_solve"),
                (Kernel::BendingSolveFew, "bending_solve_few"),
            ],
            Family::Links => {
                &[(Kernel::SeamForces, "seam_forces"), (Kernel::Seams, "seams"), (Kernel::Attachments, "attachments")]
            }
            Family::Motion => &[
                (Kernel::Gather, "gather"),
                (Kernel::Predict, "predict"),
                (Kernel::Commit, "commit"),
                (Kernel::CommitPredict, "commit_predict"),
            ],
        }
    }
}

/// All pipelines of a device.
pub struct Kernels {
    /// Invocations of a workgroup.
    pub workgroup: u32,
    /// How they compute.
    pub arithmetic: Arithmetic,
    pub(super) particles: BindGroupLayout,
    families: BTreeMap<Family, BindGroupLayout>,
    pipelines: BTreeMap<Kernel, ComputePipeline>,
    /// Made when the first cloth with contact comes.
    contact: OnceLock<ContactKernels>,
}

impl Kernels {
    /// Compiles all kernels, with workgroups of `workgroup` invocations.
    ///
    /// # Errors
    /// [`DeviceError::Workgroup`] for a size the device does not have, [`DeviceError::Kernel`] for a driver that refuses one.
    pub fn new(device: &Device, arithmetic: Arithmetic, workgroup: u32) -> Result<Kernels, DeviceError> {
        let limits = device.limits();
        let limit = limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x);
        if workgroup == 0 || workgroup > limit {
            return Err(DeviceError::Workgroup { asked: workgroup, limit });
        }
        let storage = |read_only| BindingType::Buffer {
            ty: BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let uniform = |has_dynamic_offset| BindingType::Buffer {
            ty: BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: None,
        };
        let particles = layout(
            device,
            "cloth particles",
            &[
                uniform(false),
                uniform(false),
                uniform(true),
                storage(false),
                storage(false),
                storage(false),
                storage(false),
            ],
        );
        let (mut families, mut pipelines) = (BTreeMap::new(), BTreeMap::new());
        for family in Family::ALL {
            let bindings: Vec<BindingType> = family.is_read_only().iter().map(|r| storage(*r)).collect();
            let own = layout(device, family.file().path, &bindings);
            for (kernel, entry) in family.entries() {
                let pipeline = pipeline(device, family.file(), entry, &[&particles, &own], arithmetic, workgroup)?;
                pipelines.insert(*kernel, pipeline);
            }
            families.insert(family, own);
        }
        Ok(Kernels { workgroup, arithmetic, particles, families, pipelines, contact: OnceLock::new() })
    }

    /// Those of contact, compiled when they are first asked for.
    pub(super) fn contact(&self, device: &Device) -> Result<&ContactKernels, DeviceError> {
        if self.contact.get().is_none() {
            let made = ContactKernels::new(device, self)?;
            // Another thread may have been faster; its own are as good.
            drop(self.contact.set(made));
        }
        self.contact.get().ok_or(DeviceError::Contact { what: "kernels that are not there" })
    }

    pub(super) fn layout(&self, family: Family) -> &BindGroupLayout {
        &self.families[&family]
    }

    pub(super) fn pipeline(&self, kernel: Kernel) -> &ComputePipeline {
        &self.pipelines[&kernel]
    }
}

fn layout(device: &Device, label: &str, bindings: &[BindingType]) -> BindGroupLayout {
    let entries: Vec<BindGroupLayoutEntry> = bindings
        .iter()
        .enumerate()
        .map(|(binding, ty)| BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: ShaderStages::COMPUTE,
            ty: *ty,
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
}

/// Held while a pipeline is made: wgpu without its feature `std` keeps the error scopes of all threads in one stack.
static COMPILING: Mutex<()> = Mutex::new(());

/// One pipeline; with no layouts given, they come from the shader.
pub(super) fn pipeline(
    device: &Device,
    file: &'static WgslFile,
    entry: &'static str,
    layouts: &[&BindGroupLayout],
    arithmetic: Arithmetic,
    workgroup: u32,
) -> Result<ComputePipeline, DeviceError> {
    let module = compose(file, arithmetic, workgroup)?;
    let mut made = pipelines(device, file, module, &[entry], layouts)?;
    made.pop().ok_or(DeviceError::Kernel { kernel: entry, message: "nothing was made".to_owned() })
}

/// Pipelines of some entry points of a file whose layouts come from the shader, each with the bindings of group 0 that it uses.
pub(super) fn with_own_layouts(
    device: &Device,
    file: &'static WgslFile,
    entries: &[&'static str],
    arithmetic: Arithmetic,
    workgroup: u32,
) -> Result<Vec<(ComputePipeline, Vec<u32>)>, DeviceError> {
    let module = compose(file, arithmetic, workgroup)?;
    let refused = |message: String| DeviceError::Kernel { kernel: file.path, message };
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| refused(error.emit_to_string(file.source)))?;
    let mut bindings = Vec::new();
    for entry in entries {
        let index = module.entry_points.iter().position(|point| point.name == *entry);
        let uses = info.get_entry_point(index.ok_or_else(|| refused(format!("no entry point {entry}")))?);
        let used = module.global_variables.iter().filter(|(variable, _)| !uses[*variable].is_empty());
        bindings.push(used.filter_map(|(_, variable)| variable.binding.as_ref().map(|at| at.binding)).collect());
    }
    Ok(pipelines(device, file, module, entries, &[])?.into_iter().zip(bindings).collect())
}

fn pipelines(
    device: &Device,
    file: &'static WgslFile,
    module: wgpu::naga::Module,
    entries: &[&'static str],
    layouts: &[&BindGroupLayout],
) -> Result<Vec<ComputePipeline>, DeviceError> {
    let _alone = COMPILING.lock().unwrap_or_else(PoisonError::into_inner);
    let layouts: Vec<Option<&BindGroupLayout>> = layouts.iter().map(|l| Some(*l)).collect();
    let scope = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(file.path),
        source: wgpu::ShaderSource::Naga(Cow::Owned(module)),
    });
    let make = |entry: &&'static str| {
        let layout = (!layouts.is_empty()).then(|| {
            device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: Some(*entry),
                bind_group_layouts: &layouts,
                immediate_size: 0,
            })
        });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(*entry),
            layout: layout.as_ref(),
            module: &module,
            entry_point: Some(*entry),
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..Default::default()
            },
            cache: None,
        })
    };
    let made = entries.iter().map(make).collect();
    match block_on(scope.pop()) {
        Some(error) => {
            let kernel = if let [entry] = entries { entry } else { file.path };
            Err(DeviceError::Kernel { kernel, message: error.to_string() })
        }
        None => Ok(made),
    }
}

/// The WGSL of a file with its imports, for a mode and a size of workgroups.
fn compose(file: &'static WgslFile, arithmetic: Arithmetic, workgroup: u32) -> Result<wgpu::naga::Module, DeviceError> {
    let refused = |message: String| DeviceError::Kernel { kernel: file.path, message };
    let mut composer = Composer::default();
    for library in [
        &CLOTH_EXACT,
        &CLOTH_POSITION,
        &CLOTH_STEP_TYPES,
        &CLOTH_LINK_TYPES,
        &CLOTH_PARTICLES,
        &CLOTH_CLOSEST,
        &CLOTH_DETECT_TYPES,
        &CLOTH_CONTACT_TYPES,
        &CLOTH_CONTACT_STATE,
        &CLOTH_SHAPES,
        &CLOTH_WIDE,
        &CLOTH_EXCHANGE,
        &CLOTH_PLANES,
        &CLOTH_SURFACE,
        &CLOTH_PUSH,
    ] {
        let added = composer.add_composable_module(ComposableModuleDescriptor {
            source: library.source,
            file_path: library.path,
            language: ShaderLanguage::Wgsl,
            ..Default::default()
        });
        if let Err(error) = added {
            return Err(refused(error.emit_to_string(&composer)));
        }
    }
    let mut defines = BTreeMap::new();
    defines.insert("CLOTH_WORKGROUP".to_owned(), ShaderDefValue::UInt(workgroup));
    if arithmetic == Arithmetic::Exact {
        defines.insert("EXACT".to_owned(), ShaderDefValue::Bool(true));
    }
    let made = composer.make_naga_module(NagaModuleDescriptor {
        source: file.source,
        file_path: file.path,
        shader_type: ShaderType::Wgsl,
        shader_defs: defines.into_iter().collect(),
        additional_imports: &[],
    });
    made.map_err(|error| refused(error.emit_to_string(&composer)))
}
