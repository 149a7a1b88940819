//! What detection on a device is told of a mesh: its primitives and patches as flat lists, sizes of the grid.

use super::gpu_types::GpuDetect;
use crate::solver::contact::mesh::ContactMesh;
use crate::solver::contact::patches::Patches;

/// See `detect.compute.wgsl`.
pub(super) struct Detection {
    pub told: GpuDetect,
    /// Vertices of each primitive, and how many.
    pub primitives: Vec<[u32; 4]>,
    /// First place in `order` of each patch, and the end.
    pub patch_starts: Vec<u32>,
    /// Primitives patch by patch.
    pub order: Vec<u32>,
}

impl Detection {
    /// For a mesh whose vertices are about `positions` apart and stand in `slots`; rooms hold what usual cloth needs.
    pub fn new(mesh: &ContactMesh, positions: &[[i32; 3]], slots: &[u32]) -> Detection {
        let (vertices, triangles, edges) = (mesh.vertices, mesh.triangles.len(), mesh.edges.len());
        let mut primitives: Vec<[u32; 4]> = slots.iter().map(|v| [*v, *v, *v, 1]).collect();
        let slot = |v: u32| slots[v as usize];
        primitives.extend(mesh.triangles.iter().map(|t| [slot(t[0]), slot(t[1]), slot(t[2]), 3]));
        primitives.extend(mesh.edges.iter().map(|e| [slot(e[0]), slot(e[1]), slot(e[1]), 2]));
        let (mut patch_starts, mut order) = (vec![0u32], Vec::new());
        let mut append = |patches: &Patches, first: usize| {
            let base = order.len() as u32;
            patch_starts.extend(patches.starts[1..].iter().map(|start| base + start));
            order.extend(patches.order.iter().map(|i| first as u32 + i));
        };
        append(&mesh.vertex_patches, 0);
        append(&mesh.triangle_patches, vertices);
        append(&mesh.edge_patches, vertices + triangles);
        let patches = patch_starts.len() - 1;
        let told = GpuDetect {
            cloth_vertices: mesh.cloth_vertices as u32,
            vertices: vertices as u32,
            cloth_triangles: mesh.cloth_triangles as u32,
            triangles: triangles as u32,
            cloth_edges: mesh.cloth_edges as u32,
            edges: edges as u32,
            vertex_patches: mesh.vertex_patches.len() as u32,
            triangle_patches: mesh.triangle_patches.len() as u32,
            edge_patches: mesh.edge_patches.len() as u32,
            shift: shift(&mesh.triangle_patches, &mesh.triangles, positions),
            table: (2 * patches).next_power_of_two() as u32,
            node_room: (8 * patches).max(64) as u32,
            patch_pair_room: (16 * patches).max(64) as u32,
            // Bodies do not touch each other, so that pairs are as many as the cloths make.
            pair_room: (4 * (mesh.cloth_vertices + mesh.cloth_triangles + mesh.cloth_edges)).max(64) as u32,
            ..GpuDetect::default()
        };
        Detection { told, primitives, patch_starts, order }
    }

    /// Number of all patches.
    pub fn patches(&self) -> usize {
        self.patch_starts.len() - 1
    }
}

/// Cells about as large as patches of triangles are: the shift of their mean extent.
fn shift(patches: &Patches, triangles: &[[u32; 3]], positions: &[[i32; 3]]) -> u32 {
    let extent = |p: usize| {
        let axis = |k: usize| {
            let of = patches.of(p).iter().flat_map(|t| triangles[*t as usize]).map(|v| positions[v as usize][k]);
            let (lo, hi) = of.fold((i32::MAX, i32::MIN), |(lo, hi), x| (lo.min(x), hi.max(x)));
            hi.wrapping_sub(lo).cast_unsigned()
        };
        axis(0).max(axis(1)).max(axis(2))
    };
    let sum: u64 = (0..patches.len()).map(|p| u64::from(extent(p))).sum();
    let mean = sum / patches.len().max(1) as u64;
    (u64::BITS - mean.leading_zeros()).clamp(4, 30)
}

/// The surfaces of bodies of triangles, as `surface.wgsl` reads them.
pub(super) struct Surface;

impl Surface {
    /// Patches of triangles of bodies.
    pub fn patches(mesh: &ContactMesh) -> impl Iterator<Item = &[u32]> {
        let patches = &mesh.triangle_patches;
        let is_of_bodies = |of: &&[u32]| of.iter().all(|t| *t as usize >= mesh.cloth_triangles);
        (0..patches.len()).map(|p| patches.of(p)).filter(is_of_bodies)
    }

    /// Its words.
    pub fn words(mesh: &ContactMesh, slots: &[u32]) -> Vec<u32> {
        let first = mesh.cloth_triangles;
        let own = |triangle: &u32| *triangle - first as u32;
        let mut words: Vec<u32> = mesh.triangles[first..].iter().flatten().map(|v| slots[*v as usize]).collect();
        words.extend(&mesh.fan_starts);
        words.extend(mesh.fans.iter().map(own));
        let mut end = 0;
        words.push(end);
        for patch in Surface::patches(mesh) {
            end += patch.len() as u32;
            words.push(end);
        }
        words.extend(Surface::patches(mesh).flatten().map(own));
        words
    }
}
