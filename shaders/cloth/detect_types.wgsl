// What the kernels of detection are told: twin of plugins/cloth/src/device/gpu_types.rs.
#define_import_path cloth::detect_types

struct Detect {
    cloth_vertices: u32,
    vertices: u32,
    cloth_triangles: u32,
    triangles: u32,
    cloth_edges: u32,
    edges: u32,
    vertex_patches: u32,
    triangle_patches: u32,
    edge_patches: u32,
    // Size of a cell as a shift, and of the table.
    shift: u32,
    table: u32,
    node_room: u32,
    patch_pair_room: u32,
    pair_room: u32,
    pad_a: u32,
    pad_b: u32,
}
