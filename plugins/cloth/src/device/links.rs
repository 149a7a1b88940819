//! Seams and long-range attachments in buffers.

use bevy::math::{UVec2, Vec4};
use wgpu::{Buffer, Device};

use super::gpu_types::{GpuSeam, GpuSeamStress, storage_bytes};
use super::prepare::{lists, room, storage};
use crate::solver::cloth::Cloth;
use crate::solver::vec3::V3;

/// Particles of a seam.
pub(super) const SEAM_ENDS: usize = 2;
/// A particle without an attachment, `NONE` in WGSL.
const NO_ANCHOR: u32 = u32::MAX;

/// Buffers of seams, in the order of their colours, and of attachments.
pub(super) struct LinkBuffers {
    pub seams: Buffer,
    pub stress: Buffer,
    pub forces: Buffer,
    pub attachments: Buffer,
    pub entry_start: Buffer,
    pub entries: Buffer,
}

impl LinkBuffers {
    pub fn new(device: &Device, cloth: &Cloth) -> LinkBuffers {
        let order = &cloth.seam_colours.order;
        let seams: Vec<GpuSeam> = order
            .iter()
            .map(|index| {
                let seam = cloth.seams[*index as usize].seam;
                GpuSeam {
                    particles: UVec2::from_array(seam.particles),
                    rest: seam.rest_m.to_bits(),
                    compliance: seam.compliance_m_n.to_bits(),
                    break_force: seam.break_force_n.to_bits(),
                    ..GpuSeam::default()
                }
            })
            .collect();
        let stress: Vec<GpuSeamStress> = order
            .iter()
            .map(|index| {
                let seam = &cloth.seams[*index as usize];
                GpuSeamStress {
                    stress: vector(seam.stress(), f32::from(u8::from(seam.is_broken))),
                    memory: vector(seam.memory(), 0.0),
                }
            })
            .collect();
        // Forces are summed in the author's order, as the oracle does, though the buffers stand in the order of colours.
        let mut place = vec![0usize; order.len()];
        for (at, index) in order.iter().enumerate() {
            place[*index as usize] = at;
        }
        let particles = cloth.state.len();
        let (starts, authored) = lists(cloth.seams.iter().map(|s| s.seam.particles.as_slice()), particles);
        let n = order.len().max(1);
        let entries: Vec<u32> =
            authored.iter().map(|e| ((*e as usize / n) * n + place[*e as usize % n]) as u32).collect();
        let attachments: Vec<[u32; 2]> =
            cloth.attachments.iter().map(|a| a.map_or([NO_ANCHOR, 0], |a| [a.anchor, a.length_m.to_bits()])).collect();
        LinkBuffers {
            seams: storage(device, "cloth seams", &storage_bytes(&seams)),
            stress: storage(device, "cloth seam stress", &storage_bytes(&stress)),
            forces: room(device, "cloth seam forces", 12 * SEAM_ENDS * order.len()),
            attachments: storage(device, "cloth attachments", bytemuck::cast_slice(&attachments)),
            entry_start: storage(device, "cloth seam list bounds", bytemuck::cast_slice(&starts)),
            entries: storage(device, "cloth seam lists", bytemuck::cast_slice(&entries)),
        }
    }
}

fn vector(v: V3, w: f32) -> Vec4 {
    Vec4::new(v.x, v.y, v.z, w)
}

/// Takes back what the device made of the seams: eight words each, in the order of colours.
pub(super) fn restore(cloth: &mut Cloth, words: &[f32]) {
    for (index, of) in cloth.seam_colours.order.iter().zip(words.chunks_exact(8)) {
        let v = |first: usize| V3::new(of[first], of[first + 1], of[first + 2]);
        cloth.seams[*index as usize].restore(v(0), v(4), of[3] > 0.0);
    }
}
