//! The CPU oracle of `shaders/humanoid/body.compute.wgsl`, and the contract test that runs the shipped shader against it.

use crate::{body::Body, figure::Vertices, look::surface::Surface};

/// Vertices of a surface on a body: what the kernels must write.
pub fn deform(body: &Body, surface: &mut Surface) -> Vertices {
    let mut vertices = Vertices::default();
    surface.evaluate(body.positions(), &mut vertices.positions, &mut vertices.normals);
    vertices.tangents = surface.tangents(&vertices.normals);
    vertices
}

#[cfg(test)]
mod tests {
    use bevy::math::{DQuat, DVec3, Vec3};
    use bevy::tasks::block_on;
    use wgpu::{BufferUsages, Device, Queue};

    use super::*;
    use crate::{
        agreement::basis,
        body::BodyState,
        deform::{
            BasisBuffers, Kernels, Layer, LayerBuffers, PersonBuffers, PoseOnDevice, SurfaceBuffers, Target, encode,
            gpu_types::NOWHERE,
        },
        look::{
            outfit::Outfit,
            subdivide::{Row, Stencils},
        },
        skinning::{Skinning, SkinningMethod},
    };
    use std::sync::Arc;

    /// Marks what nobody may write.
    const MARK: f32 = -77.25;
    const FIRST: u32 = 26;
    const STRIDE: u32 = 18;

    fn device() -> (Device, Queue) {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let adapter = block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).expect("an adapter");
        // The default limits are those of the portable tier: storage buffers of 128 MiB, eight of them a stage.
        block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).expect("a device")
    }

    fn read(device: &Device, queue: &Queue, buffer: &wgpu::Buffer) -> Vec<f32> {
        let copy = device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: buffer.size(),
            usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &copy, 0, buffer.size());
        queue.submit([encoder.finish()]);
        copy.slice(..).map_async(wgpu::MapMode::Read, |mapped| mapped.expect("the buffer maps"));
        device.poll(wgpu::PollType::wait_indefinitely()).expect("the device works");
        let view = copy.slice(..).get_mapped_range();
        let bytes: &[u8] = &view;
        let floats = bytemuck::pod_collect_to_vec(bytes);
        drop(view);
        copy.unmap();
        floats
    }

    fn state(step: u32) -> BodyState {
        let mut state = BodyState::default();
        let wave = |i: usize| ((i as f32 * 0.7 + step as f32).sin() * 0.5 + 0.5).clamp(0.0, 1.0);
        state.face = std::array::from_fn(|i| if i % 3 == step as usize % 3 { wave(i) } else { 0.0 });
        let turn = |bone: usize| 0.25 * f64::from(wave(bone) - 0.5);
        state.deltas =
            (0..104).map(|b| DQuat::from_scaled_axis(DVec3::new(turn(b), turn(b + 5), turn(b + 9)))).collect();
        state.root = DVec3::new(0.3, 0.9, -0.2);
        state
    }

    #[test]
    fn the_shipped_shader_writes_what_the_reference_says_and_nothing_else() {
        let basis = basis();
        let outfit = Outfit::cut(&basis);
        let (device, queue) = device();
        let kernels = Kernels::new(&device);
        let of_basis = BasisBuffers::new(&device, &basis);
        let mut person = PersonBuffers::new(&device, &basis);
        let mut body = Body::new(basis.clone());
        let twisting = Skinning { arms: SkinningMethod::DualQuaternion, ..Skinning::default() };
        let mut shape: Arc<[Vec3]> = Arc::default();
        // A layer that a level of detail has dropped is one point.
        let mut one = Stencils::default();
        one.push(&Row::from([(0, 1.0)]));
        let point = Surface::point(one);
        for (step, surface) in (0..).zip([&outfit.head, &outfit.suit, &outfit.tongue, &point]) {
            let mut surface = surface.clone();
            if step == 0 {
                surface.map();
            }
            let tangent = if surface.tangent_terms().is_some() { 13 } else { NOWHERE };
            let mut expect = |state: &BodyState| {
                body.evaluate(state);
                (PoseOnDevice::of(&body), deform(&body, &mut surface))
            };
            let mut state = state(step);
            state.phenotype.age = [0.7, 0.7, 0.1, 0.7][step as usize];
            state.dual_bones = if step == 0 { Default::default() } else { basis.dual_bones(&twisting) };
            let earlier = BodyState { root: DVec3::new(0.1, 0.5, 0.2), ..state.clone() };
            let (poses, expected): (Vec<_>, Vec<_>) = [expect(&earlier), expect(&state)].into_iter().unzip();
            if *shape != *body.shape() {
                shape = body.shape().into();
            }
            let sent = person.upload(&queue, &shape, &poses);
            // A new shape is much; a new pose and face are weights and bones.
            assert_eq!(sent > 100_000, step != 1, "step {step} sent {sent} bytes");
            assert_eq!(person.upload(&queue, &shape, &poses), 0, "nothing changed");
            let of_surface = SurfaceBuffers::new(&device, &surface);
            let floats = (FIRST as usize) + STRIDE as usize * (surface.len() + 2);
            let mesh = {
                use wgpu::util::DeviceExt;
                device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                    label: None,
                    contents: bytemuck::cast_slice(&vec![MARK; floats]),
                    usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC,
                })
            };
            let previous = if step == 0 { NOWHERE } else { 9 };
            let buffer = mesh.as_entire_buffer_binding();
            let target = Target { buffer, first: FIRST, stride: STRIDE, position: 1, normal: 5, tangent, previous };
            let buffers = LayerBuffers::new(&device, &of_surface, &surface.lift_m.as_slice().into());
            let layer = Layer { surface: &of_surface, buffers: &buffers, target };
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            for pose in 0..2 {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                encode(&device, &mut pass, &kernels, &of_basis, &person, pose, std::slice::from_ref(&layer));
            }
            queue.submit([encoder.finish()]);
            let got = read(&device, &queue, &mesh);
            let (mut worst, mut worst_normal, mut worst_tangent) = (0.0_f32, 0.0_f32, 0.0_f32);
            for vertex in 0..surface.len() {
                let at = (FIRST + vertex as u32 * STRIDE) as usize;
                let vector = |offset: usize| Vec3::from_slice(&got[at + offset..]);
                let place = |pose: usize| Vec3::from_array(expected[pose].positions[vertex]);
                worst = worst.max(vector(1).distance(place(1)));
                worst_normal = worst_normal.max(vector(5).distance(Vec3::from_array(expected[1].normals[vertex])));
                if previous != NOWHERE {
                    worst = worst.max(vector(9).distance(place(0)));
                }
                if let Some(&[x, y, z, handedness]) = expected[1].tangents.get(vertex) {
                    worst_tangent = worst_tangent.max(vector(13).distance(Vec3::new(x, y, z)));
                    assert_eq!(got[at + 16], handedness, "vertex {vertex}");
                } else {
                    assert_eq!(got[at + 13..at + 17], [MARK; 4], "vertex {vertex}");
                }
                let kept = [0, 4, 8, 12, 17].iter().all(|&offset| got[at + offset] == MARK);
                assert!(kept && (previous != NOWHERE || got[at + 9..at + 12] == [MARK; 3]), "vertex {vertex}");
            }
            assert!(got[..FIRST as usize].iter().chain(&got[floats - 26..]).all(|&x| x == MARK));
            println!(
                "step {step}: {} vertices, {worst:.2e} m, normals {worst_normal:.2e}, tangents {worst_tangent:.2e}",
                surface.len()
            );
            assert!(worst <= 1e-5, "{worst} m");
            assert!(worst_normal <= 2e-3, "{worst_normal}");
            assert!(worst_tangent <= 5e-3, "{worst_tangent}");
        }
    }
}
