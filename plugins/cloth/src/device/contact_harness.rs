//! Runs single kernels of contact over given words, for comparing them with the processor.

use bevy::math::{UVec4, Vec4};
use wgpu::Buffer;

use super::frame::pair;
use super::{DISPLACEMENT, DeviceContact, NEAR, OfCloths, PAIRS, PLACE, PROGRESS, TOUCHES, VERTICES};
use crate::device::cloth::read;
use crate::device::contact_kernels::ContactKernels;
use crate::device::contact_plan::Moment;
use crate::device::contact_types::{
    EDGES, GpuContactVertex, GpuNear, GpuProgress, HAS_BODY, OF_BODY, OF_CLOTH, PUSHES,
};
use crate::device::gpu_types::storage_bytes;
use crate::device::kernels::{Arithmetic, Kernels};
use crate::device::prepare::{room, storage};
use crate::device::self_test::Opened;
use crate::device::slots::Slots;
use crate::solver::contact::exchange::mass_per_sec;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::pairs::{Kind, Near, Pair};
use crate::solver::vec3::V3;

/// Contact without a cloth.
pub(crate) struct Harness<'a> {
    opened: &'a Opened,
    kernels: Kernels,
    contact: DeviceContact,
    offset: Buffer,
    vertices: Vec<GpuContactVertex>,
}

/// Vectors of four words, of which three count.
fn vectors(words: &[u32]) -> Vec<V3> {
    let number = |word: u32| f32::from_bits(word);
    words.chunks_exact(4).map(|of| V3::new(number(of[0]), number(of[1]), number(of[2]))).collect()
}

fn words(vectors: &[V3]) -> Vec<[f32; 4]> {
    vectors.iter().map(|d| [d.x, d.y, d.z, 0.0]).collect()
}

impl<'a> Harness<'a> {
    /// For everything in a mesh at `positions` (units), with inverse masses, 1/kg.
    pub fn new(
        opened: &'a Opened,
        contact: &Contact,
        positions: &[[i32; 3]],
        inverse_masses: &[f32],
        workgroup: u32,
    ) -> Harness<'a> {
        let Opened { device, queue, .. } = opened;
        let kernels = Kernels::new(device, Arithmetic::Exact, workgroup).unwrap();
        let places: Vec<[i32; 4]> = positions
            .iter()
            .zip(inverse_masses)
            .map(|([x, y, z], w)| [*x, *y, *z, w.to_bits().cast_signed()])
            .collect();
        let place = storage(device, "trial places", bytemuck::cast_slice(&places));
        let [offset, rest] = [(); 2].map(|()| room(device, "trial offsets", 16 * places.len()));
        let cloth = contact.solver.mesh().cloth_vertices;
        let slots = Slots::dense(cloth, places.len() - cloth);
        let of_cloths = OfCloths {
            slots: &slots,
            inverse_masses: &inverse_masses[..cloth],
            place: &place,
            offset: &offset,
            rest: &rest,
            others: Vec::new(),
        };
        let own = kernels.contact(device).unwrap();
        let dt = 1.0 / 1200.0;
        let contact = DeviceContact::new(contact, dt, positions, &of_cloths, own, (device, queue), 1 << 27).unwrap();
        let told = |(v, w): (usize, &f32)| {
            let [mass_high, mass_low] = mass_per_sec(*w, dt);
            let kind = if v < cloth { OF_CLOTH } else { OF_BODY };
            GpuContactVertex { kind, mass_high, mass_low, ..GpuContactVertex::default() }
        };
        let vertices = inverse_masses.iter().enumerate().map(told).collect();
        Harness { opened, kernels, contact, offset, vertices }
    }

    fn own(&self) -> &ContactKernels {
        self.kernels.contact(&self.opened.device).unwrap()
    }

    fn write(&self, binding: usize, bytes: &[u8]) {
        self.opened.queue.write_buffer(&self.contact.buffers[binding], 0, bytes);
    }

    fn read(&self, binding: usize) -> Vec<u32> {
        read(&self.opened.device, &self.opened.queue, &self.contact.buffers[binding]).unwrap()
    }

    /// Runs entry points one after the other.
    pub fn run(&self, entries: &[&'static str]) {
        self.record(|pass, contact, kernels| {
            let plan = &contact.plan;
            let all = || plan.predicted.iter().chain(&plan.iterated).chain(&plan.finish);
            for entry in entries {
                // Panics where few near pairs have another kernel than many.
                all().find(|dispatch| dispatch.entry == *entry).unwrap().record(pass, kernels);
            }
        });
    }

    /// Truncation as a whole.
    pub fn truncate(&self) {
        self.record(|pass, contact, kernels| contact.record(pass, kernels, Moment::Finish));
    }

    fn record(&self, record: impl FnOnce(&mut wgpu::ComputePass, &DeviceContact, &ContactKernels)) {
        let mut encoder = self.opened.device.create_command_encoder(&Default::default());
        record(&mut encoder.begin_compute_pass(&Default::default()), &self.contact, self.own());
        self.opened.queue.submit([encoder.finish()]);
    }

    pub fn set_progress(&self, progress: GpuProgress) {
        self.write(PROGRESS, &storage_bytes(&progress));
    }

    pub fn progress(&self) -> GpuProgress {
        self.contact.progress().unwrap()
    }

    /// Changes what is kept of each vertex.
    pub fn set_vertices(&mut self, change: impl Fn(usize, &mut GpuContactVertex)) {
        for (v, vertex) in self.vertices.iter_mut().enumerate() {
            change(v, vertex);
        }
        self.write(VERTICES, &storage_bytes(&self.vertices));
    }

    pub fn set_places(&self, positions: &[[i32; 3]]) {
        let places: Vec<[i32; 4]> = positions.iter().map(|[x, y, z]| [*x, *y, *z, 0]).collect();
        self.write(PLACE, bytemuck::cast_slice(&places));
    }

    pub fn set_displacements(&self, of: &[V3]) {
        self.write(DISPLACEMENT, bytemuck::cast_slice(&words(of)));
    }

    pub fn displacements(&self) -> Vec<V3> {
        vectors(&self.read(DISPLACEMENT))
    }

    /// Offsets of the cloth, whose rests are nothing, metres.
    pub fn set_offsets(&self, of: &[V3]) {
        self.opened.queue.write_buffer(&self.offset, 0, bytemuck::cast_slice(&words(of)));
    }

    pub fn offsets(&self) -> Vec<V3> {
        vectors(&read(&self.opened.device, &self.opened.queue, &self.offset).unwrap())
    }

    /// Near pairs with their frictions, in a room for so many and more.
    pub fn set_near(&mut self, near: &[Near], frictions: &[f32], room: usize) {
        let told: Vec<GpuNear> = near.iter().zip(frictions).map(|(near, friction)| told(near, *friction)).collect();
        self.contact.told.near_room = near.len().max(room) as u32;
        self.contact.make_rooms();
        self.contact.tell(self.kernels.contact(&self.opened.device).unwrap());
        self.write(NEAR, &storage_bytes(&told));
    }

    /// What each of so many near pairs has pushed and rubbed.
    pub fn pushes(&self, count: usize) -> Vec<(f32, V3)> {
        let words = self.read(NEAR);
        let of = |one: &[u32]| (f32::from_bits(one[15]), vectors(&one[16..20])[0]);
        words.chunks_exact(24).take(count).map(of).collect()
    }

    /// Of each vertex with the first body, then with the second, ...: rubbed, and pushed.
    pub fn touches(&self) -> Vec<(V3, f32)> {
        let words = self.read(TOUCHES);
        vectors(&words).into_iter().zip(words.chunks_exact(4)).map(|(v, of)| (v, f32::from_bits(of[3]))).collect()
    }

    /// Poses of the bodies in the next substep.
    pub fn begin_frame(&mut self) {
        self.contact.begin_frame(1, self.kernels.contact(&self.opened.device).unwrap()).unwrap();
    }

    /// Detection: pairs in no particular order; how often rooms were too small.
    pub fn detect(&mut self) -> (Vec<Pair>, u32) {
        let mut encoder = self.opened.device.create_command_encoder(&Default::default());
        self.contact.keep(&mut encoder);
        self.opened.queue.submit([encoder.finish()]);
        for repeats in 0.. {
            self.set_progress(GpuProgress { must_detect: 1, ..GpuProgress::default() });
            self.run(&["renew"]);
            self.write(VERTICES, &storage_bytes(&self.vertices));
            self.run(&["primitive_boxes", "patch_boxes", "fill_grid", "patch_pairs", "primitive_pairs"]);
            if !self.contact.was_too_small(self.kernels.contact(&self.opened.device).unwrap()).unwrap() {
                let (count, words) = (self.progress().pairs as usize, self.read(PAIRS));
                return (words.chunks_exact(8).take(count).map(|of| pair(of, &self.contact.slots)).collect(), repeats);
            }
        }
        unreachable!("rooms grow");
    }
}

fn told(near: &Near, friction: f32) -> GpuNear {
    let V3 { x, y, z } = near.normal;
    let [h0, h1, h2, _] = near.heights_m;
    let flag = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
    GpuNear {
        vertices: UVec4::from_array(near.vertices),
        weights: Vec4::from_array(near.weights),
        normal_gap: Vec4::new(x, y, z, near.gap_m),
        wanted: near.wanted_m,
        friction,
        flags: flag(near.is_pushing, PUSHES) | flag(near.kind == Kind::EdgeEdge, EDGES) | flag(near.has_body, HAS_BODY),
        pushed: near.pushed,
        rubbed: Vec4::new(near.rubbed.x, near.rubbed.y, near.rubbed.z, 0.0),
        heights: Vec4::new(h0, h1, h2, near.room_m),
    }
}
