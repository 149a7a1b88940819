//! One person's drawn vertices, pose and face changed: on the processor, and by the compute kernels as pictures have them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bevy::tasks::block_on;
use kinema::humanoid::deform::{
    self, BasisBuffers, Kernels, LayerBuffers, PersonBuffers, PoseOnDevice, SurfaceBuffers, Target, encode,
    gpu_types::NOWHERE,
};
use kinema::humanoid::figure::{Layer, Vertices};
use kinema::humanoid::wardrobe::Wardrobe;
use kinema::humanoid::{Body, BodyState};

use crate::BenchError;
use crate::stats::{measured, median};

/// Position, normal and previous position.
const STRIDE: u32 = 9;

/// Adds `humanoid.person_cpu_ms` and `humanoid.person_gpu_ms`; tells the device.
pub fn measure(
    wardrobe: &Wardrobe,
    states: &[BodyState],
    metrics: &mut BTreeMap<String, f64>,
) -> Result<String, BenchError> {
    let failed = |what: &str| BenchError::NothingMeasured(format!("humanoid.person_gpu_ms: there is no {what}"));
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::VULKAN,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
    let adapter = adapter.map_err(|_| failed("adapter"))?;
    let (device, queue) =
        block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).map_err(|_| failed("device"))?;
    let info = adapter.get_info();
    let wait = || {
        // A lost device also fails everything that comes after.
        let _ = device.poll(wgpu::PollType::wait_indefinitely());
    };
    let basis = &wardrobe.basis;
    let mut outfit = wardrobe.outfit.clone();
    let kernels = Kernels::new(&device);
    let of_basis = BasisBuffers::new(&device, basis);
    let mut person = PersonBuffers::new(&device, basis);
    let layers: Vec<(SurfaceBuffers, wgpu::Buffer, LayerBuffers)> = Layer::ALL
        .into_iter()
        .map(|layer| {
            let surface = outfit.surface(layer);
            let mesh = device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: u64::from(STRIDE) * 4 * surface.len() as u64,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            });
            let of_surface = SurfaceBuffers::new(&device, surface);
            let buffers = LayerBuffers::new(&device, &of_surface, &surface.lift_m.as_slice().into());
            (of_surface, mesh, buffers)
        })
        .collect();
    let mut body = Body::new(basis.clone());
    let (mut cpu_ms, mut gpu_ms) = (Vec::new(), Vec::new());
    let mut vertices = Vertices::default();
    let mut shape = Arc::default();
    for (turn, state) in states.iter().enumerate() {
        let mut state = state.clone();
        // The same person all the time: only pose and face change.
        state.phenotype = states.first().map(|first| first.phenotype).unwrap_or_default();
        state.local_changes.clear();
        let start = Instant::now();
        body.evaluate(&state);
        for layer in Layer::ALL {
            let surface = outfit.surface_mut(layer);
            surface.evaluate(body.positions(), &mut vertices.positions, &mut vertices.normals);
        }
        let cpu = start.elapsed().as_secs_f64() * 1e3;
        if turn == 0 {
            shape = body.shape().into();
        }
        let start = Instant::now();
        person.upload(&queue, &shape, &[PoseOnDevice::of(&body)]);
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let calls: Vec<deform::Layer> = layers
            .iter()
            .map(|(surface, mesh, buffers)| {
                let buffer = mesh.as_entire_buffer_binding();
                let target = Target {
                    buffer,
                    first: 0,
                    stride: STRIDE,
                    position: 0,
                    normal: 3,
                    tangent: NOWHERE,
                    previous: NOWHERE,
                };
                deform::Layer { surface, buffers, target }
            })
            .collect();
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            encode(&device, &mut pass, &kernels, &of_basis, &person, 0, &calls);
        }
        queue.submit([encoder.finish()]);
        wait();
        let gpu = start.elapsed().as_secs_f64() * 1e3;
        // The first turn uploads the shape and compiles the kernels.
        if turn > 0 {
            cpu_ms.push(cpu);
            gpu_ms.push(gpu);
        }
    }
    for (name, times) in [("humanoid.person_cpu_ms", &cpu_ms), ("humanoid.person_gpu_ms", &gpu_ms)] {
        metrics.insert(name.to_owned(), measured(name, median(times))?);
    }
    Ok(format!("{} {}", info.name, info.driver_info).trim().to_owned())
}
