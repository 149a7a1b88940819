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
    /// For a mesh whose vertices are about `positions` apart; rooms hold what usual cloth needs.
    pub fn new(mesh: &ContactMesh, positions: &[[i32; 3]]) -> Detection {
        let (vertices, triangles, edges) = (mesh.vertices, mesh.triangles.len(), mesh.edges.len());
        let mut primitives: Vec<[u32; 4]> = (0..vertices as u32).map(|v| [v, v, v, 1]).collect();
        primitives.extend(mesh.triangles.iter().map(|[a, b, c]| [*a, *b, *c, 3]));
        primitives.extend(mesh.edges.iter().map(|[a, b]| [*a, *b, *b, 2]));
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
            pair_room: (4 * primitives.len()).max(64) as u32,
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
