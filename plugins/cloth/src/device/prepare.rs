//! A cloth's constraints in buffers: words of the same meaning side by side, elements in the order of their colours, cut into chunks that
//! fit a storage binding.

use std::ops::Range;

use wgpu::util::DeviceExt;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device};

use crate::solver::batch::{BendingBatch, MembraneBatch};
use crate::solver::bending::RING;
use crate::solver::colour::Colouring;
use crate::solver::lanes::LANES;
use crate::solver::prepare::Coloured;

/// One element as words: `words` constants and the memory behind `multipliers - 3` words of stress.
pub(super) struct Element {
    pub words: Vec<u32>,
    pub memory: [f32; 3],
    /// Its particles, slot by slot; the spare one in none.
    pub particles: Vec<u32>,
}

/// What a kind of element has.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Constants of an element.
    pub words: usize,
    /// Multipliers: stress, then three of memory.
    pub multipliers: usize,
    /// Particles an element may have.
    pub slots: usize,
}

/// Triangles: see `membrane.compute.wgsl`.
pub(super) const MEMBRANE: Kind = Kind { words: 14, multipliers: 6, slots: 3 };
/// Patches: see `bending.compute.wgsl`.
pub(super) const BENDING: Kind = Kind { words: 53, multipliers: 12, slots: RING + 1 };

/// Triangles in the order of their colours.
pub(super) fn triangles(colours: &Colouring, coloured: &Coloured<MembraneBatch>) -> Vec<Element> {
    each(colours, coloured, |batch, lane| {
        let (vertices, triangle) = batch.lane(lane);
        let mut words = vertices.to_vec();
        let floats = triangle.shape.iter().chain(&triangle.mobility).chain(&triangle.gram);
        words.extend(floats.chain([&triangle.inverse_area]).map(|x| x.to_bits()));
        Element { words, memory: batch.memory(lane), particles: vertices.to_vec() }
    })
}

/// Patches in the order of their colours; `spare` stands in unused slots.
pub(super) fn patches(colours: &Colouring, coloured: &Coloured<BendingBatch>, spare: u32) -> Vec<Element> {
    each(colours, coloured, |batch, lane| {
        let (vertices, patch, slots) = batch.lane(lane);
        let mut words = vertices.to_vec();
        words.push(slots as u32);
        let floats = patch.rows.iter().flatten().chain(&patch.rest).chain(&patch.inverse).chain(&patch.mobility);
        words.extend(floats.chain([&patch.inverse_cross]).map(|x| x.to_bits()));
        let particles = vertices.iter().take_while(|v| **v != spare).copied().collect();
        Element { words, memory: batch.memory(lane), particles }
    })
}

fn each<B>(colours: &Colouring, coloured: &Coloured<B>, element: impl Fn(&B, usize) -> Element) -> Vec<Element> {
    let mut out = Vec::new();
    for c in 0..colours.colours() {
        for place in 0..colours.colour(c).len() {
            out.push(element(&coloured.batches[coloured.starts[c] + place / LANES], place % LANES));
        }
    }
    out
}

/// So many elements, at most, are the work of one workgroup that walks through all colours: on small cloths a device waits more than it computes.
const FEW_ELEMENTS: usize = 2048;

/// A part of the elements of a kind, with its own buffers.
pub(super) struct Chunk {
    /// Which of all elements.
    pub elements: Range<usize>,
    /// How many colours one workgroup walks through; none where each colour has dispatches of its own.
    pub few_colours: usize,
    pub words: Buffer,
    pub multipliers: Buffer,
    pub forces: Buffer,
    pub entry_start: Buffer,
    pub entries: Buffer,
}

/// Makes the chunks of a kind. Without `has_forces` the buffers of forces and lists are those of one word.
pub(super) fn chunks(
    device: &Device,
    kind: Kind,
    elements: &[Element],
    colours: &Colouring,
    particles: usize,
    limit_bytes: u64,
    has_forces: bool,
) -> Vec<Chunk> {
    let widest = kind.words.max(kind.multipliers).max(if has_forces { 3 * kind.slots } else { 0 });
    let most = (limit_bytes as usize / (4 * widest)).max(1);
    let ends: Vec<u32> = colours.starts[1..].iter().map(|end| *end as u32).collect();
    let bytes = 4 * (widest * elements.len() + ends.len());
    let few_colours = if elements.len() <= FEW_ELEMENTS && bytes as u64 <= limit_bytes { ends.len() } else { 0 };
    (0..elements.len())
        .step_by(most)
        .map(|first| {
            let range = first..(first + most).min(elements.len());
            let part = &elements[range.clone()];
            let n = part.len();
            let mut words = vec![0u32; kind.words * n];
            let mut multipliers = vec![0.0f32; kind.multipliers * n];
            for (e, element) in part.iter().enumerate() {
                for (word, value) in element.words.iter().enumerate() {
                    words[word * n + e] = *value;
                }
                for (k, value) in element.memory.iter().enumerate() {
                    multipliers[(kind.multipliers - 3 + k) * n + e] = *value;
                }
            }
            words.extend(&ends[..few_colours]);
            let (starts, entries) = if has_forces {
                lists(part.iter().map(|e| e.particles.as_slice()), particles)
            } else {
                Default::default()
            };
            Chunk {
                elements: range,
                few_colours,
                words: storage(device, "cloth constants", bytemuck::cast_slice(&words)),
                multipliers: storage(device, "cloth multipliers", bytemuck::cast_slice(&multipliers)),
                forces: room(device, "cloth corner forces", if has_forces { 12 * kind.slots * n } else { 0 }),
                entry_start: storage(device, "cloth list bounds", bytemuck::cast_slice(&starts)),
                entries: storage(device, "cloth lists", bytemuck::cast_slice(&entries)),
            }
        })
        .collect()
}

/// For each particle bounds of its list, and the lists: `slot * elements + element`, ascending by element.
pub(super) fn lists<'a>(
    of_elements: impl ExactSizeIterator<Item = &'a [u32]> + Clone,
    particles: usize,
) -> (Vec<u32>, Vec<u32>) {
    let n = of_elements.len();
    let mut starts = vec![0u32; particles + 1];
    for p in of_elements.clone().flatten() {
        starts[*p as usize + 1] += 1;
    }
    for i in 0..particles {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut entries = vec![0u32; starts[particles] as usize];
    for (e, of) in of_elements.enumerate() {
        for (slot, p) in of.iter().enumerate() {
            let at = &mut next[*p as usize];
            entries[*at as usize] = (slot * n + e) as u32;
            *at += 1;
        }
    }
    (starts, entries)
}

/// A buffer with contents; never empty, because nothing cannot be bound.
pub(super) fn storage(device: &Device, label: &str, contents: &[u8]) -> Buffer {
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some(label),
        contents: if contents.is_empty() { &[0; 32] } else { contents },
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
    })
}

/// An empty buffer of at least 32 bytes.
pub(super) fn room(device: &Device, label: &str, bytes: usize) -> Buffer {
    device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size: bytes.max(32) as u64,
        usage: BufferUsages::STORAGE | BufferUsages::COPY_DST | BufferUsages::COPY_SRC,
        mapped_at_creation: false,
    })
}
