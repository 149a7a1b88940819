//! The triangles of a glTF asset, flattened into one space: what a collider and a picture both need.

use std::path::Path;

use bevy::math::{Mat3, Mat4, Quat, Vec3, Vec4};
use gltf::Semantic;
use gltf::json;
use json::mesh::Mode;
use json::validation::Checked;

use kinema_core::gltf::{GltfError, GltfSource};

/// Most vertices, and most triangles, of one asset. Nodes may share a mesh, so a small file can ask for
/// any number of them.
pub const MAX_ELEMENTS: usize = 16_000_000;

/// One draw of a mesh: triangles with one material, in the space of the model (see [`read_meshes`]).
#[derive(Debug, Clone, PartialEq)]
pub struct GltfPrimitive {
    /// Where in the file the primitive stands, for messages.
    pub place: String,
    /// Vertex positions, metres.
    pub positions_m: Vec<[f32; 3]>,
    /// Unit normals, one per vertex; `None` asks for flat shading.
    pub normals: Option<Vec<[f32; 3]>>,
    /// Unit tangents with the sign of the bitangent, one per vertex.
    pub tangents: Option<Vec<[f32; 4]>>,
    /// Texture coordinates of set 0 and set 1, one per vertex.
    pub uv: [Option<Vec<[f32; 2]>>; 2],
    /// Linear colours with alpha, one per vertex.
    pub colors: Option<Vec<[f32; 4]>>,
    /// Vertex indices, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
    /// Index into the materials of the document; `None` is glTF's default material.
    pub material: Option<usize>,
}

/// Reads the meshes of an asset.
///
/// Without `node` this is the default scene in the space of the scene. With `node` it is the first node
/// of that name and everything below it, in the space of that node: its own transform is dropped, so that
/// the part's position is the node's origin.
///
/// # Errors
/// [`GltfError`] when the node does not exist, the node hierarchy is not a tree, the asset holds no
/// triangles, or its data is damaged or too large.
pub fn read_meshes(source: &GltfSource, node: Option<&str>) -> Result<Vec<GltfPrimitive>, GltfError> {
    let root = source.root();
    let mut pending: Vec<(usize, Mat4)> = match node {
        Some(name) => vec![(find_node(source, name)?, Mat4::IDENTITY)],
        None => {
            let mut roots = scene_roots(root);
            roots.reverse();
            let place = |index: &usize| (*index, local_from_node(root.nodes.get(*index)));
            roots.iter().map(place).collect()
        }
    };
    let mut seen = vec![false; root.nodes.len()];
    let mut primitives = Vec::new();
    let mut budget = Budget { vertices: MAX_ELEMENTS, triangles: MAX_ELEMENTS };
    // Depth first, children in the order of the file, without recursion: depth is the file's to choose.
    while let Some((index, model_from_node)) = pending.pop() {
        let place = format!("nodes[{index}]");
        let (Some(current), Some(mark)) = (root.nodes.get(index), seen.get_mut(index)) else {
            return Err(source.error(place, "there is no such node", "export the asset again"));
        };
        if std::mem::replace(mark, true) {
            return Err(source.error(
                place,
                "the node is reached twice; nodes must form a tree",
                "export the asset again",
            ));
        }
        if let Some(mesh) = current.mesh {
            read_mesh(source, mesh.value(), model_from_node, &mut budget, &mut primitives)?;
        }
        for child in current.children.iter().flatten().rev() {
            let child_transform = local_from_node(root.nodes.get(child.value()));
            pending.push((child.value(), model_from_node * child_transform));
        }
    }
    if primitives.iter().all(|primitive| primitive.triangles.is_empty()) {
        return Err(source.error("meshes", "the asset holds no triangles", "choose another node or file"));
    }
    Ok(primitives)
}

/// Positions and triangles, for a collider.
#[derive(Debug, Clone, PartialEq)]
pub struct GltfGeometry {
    /// Vertex positions, metres.
    pub positions_m: Vec<[f32; 3]>,
    /// Vertex indices, counter-clockwise seen from outside.
    pub triangles: Vec<[u32; 3]>,
}

/// Reads only the geometry of an asset, primitive by primitive.
///
/// # Errors
/// As [`read_meshes`] and [`GltfSource::open`].
pub fn read_primitives(file: &Path, node: Option<&str>) -> Result<Vec<GltfGeometry>, GltfError> {
    let meshes = read_meshes(&GltfSource::open(file)?, node)?;
    let filled = meshes.into_iter().filter(|primitive| !primitive.triangles.is_empty());
    Ok(filled.map(|GltfPrimitive { positions_m, triangles, .. }| GltfGeometry { positions_m, triangles }).collect())
}

impl GltfGeometry {
    /// All of `pieces` as one mesh.
    pub fn joined(pieces: &[Self]) -> Self {
        let mut joined = Self { positions_m: Vec::new(), triangles: Vec::new() };
        for piece in pieces {
            // MAX_ELEMENTS keeps the sum far below u32::MAX.
            let first = joined.positions_m.len() as u32;
            joined.positions_m.extend(&piece.positions_m);
            joined.triangles.extend(piece.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
        }
        joined
    }
}

struct Budget {
    vertices: usize,
    triangles: usize,
}

fn find_node(source: &GltfSource, name: &str) -> Result<usize, GltfError> {
    let nodes = &source.root().nodes;
    nodes.iter().position(|node| node.name.as_deref() == Some(name)).ok_or_else(|| {
        let names: Vec<&str> = nodes.iter().filter_map(|node| node.name.as_deref()).take(12).collect();
        source.error("nodes", format!("there is no node `{name}`"), format!("name one of: {}", names.join(", ")))
    })
}

/// The root nodes of the default scene, else of the first scene, else of the whole file.
fn scene_roots(root: &json::Root) -> Vec<usize> {
    let scene = root.scene.map_or(0, |index| index.value());
    match root.scenes.get(scene) {
        Some(scene) => scene.nodes.iter().map(|node| node.value()).collect(),
        None => {
            let mut is_child = vec![false; root.nodes.len()];
            for child in root.nodes.iter().filter_map(|node| node.children.as_ref()).flatten() {
                if let Some(mark) = is_child.get_mut(child.value()) {
                    *mark = true;
                }
            }
            (0..root.nodes.len()).filter(|index| !is_child.get(*index).copied().unwrap_or(false)).collect()
        }
    }
}

fn local_from_node(node: Option<&json::Node>) -> Mat4 {
    let Some(node) = node else {
        return Mat4::IDENTITY;
    };
    if let Some(matrix) = &node.matrix {
        return Mat4::from_cols_array(matrix);
    }
    let rotation = node.rotation.map_or(Quat::IDENTITY, |rotation| {
        Vec4::from_array(rotation.0).try_normalize().map_or(Quat::IDENTITY, Quat::from_vec4)
    });
    Mat4::from_scale_rotation_translation(
        node.scale.map_or(Vec3::ONE, Vec3::from_array),
        rotation,
        node.translation.map_or(Vec3::ZERO, Vec3::from_array),
    )
}

fn read_mesh(
    source: &GltfSource,
    mesh_index: usize,
    model_from_mesh: Mat4,
    budget: &mut Budget,
    out: &mut Vec<GltfPrimitive>,
) -> Result<(), GltfError> {
    let Some(mesh) = source.root().meshes.get(mesh_index) else {
        return Err(source.error(format!("meshes[{mesh_index}]"), "there is no such mesh", "export the asset again"));
    };
    for (index, primitive) in mesh.primitives.iter().enumerate() {
        let place = format!("meshes[{mesh_index}].primitives[{index}]");
        if let Some(mut read) = read_primitive(source, primitive, &place, budget)? {
            transform(&mut read, model_from_mesh);
            if !read.positions_m.iter().flatten().all(|coordinate| coordinate.is_finite()) {
                return Err(source.error(
                    place,
                    "a node's transform moves vertices to infinity",
                    "export the asset again",
                ));
            }
            out.push(read);
        }
    }
    Ok(())
}

fn read_primitive(
    source: &GltfSource,
    primitive: &json::mesh::Primitive,
    place: &str,
    budget: &mut Budget,
) -> Result<Option<GltfPrimitive>, GltfError> {
    let too_large = || {
        source.error(
            place,
            format!("the asset holds more than {MAX_ELEMENTS} vertices or triangles"),
            "reduce the asset",
        )
    };
    let attribute = |semantic: Semantic| primitive.attributes.get(&Checked::Valid(semantic)).copied();
    let mode = match primitive.mode {
        Checked::Valid(mode @ (Mode::Triangles | Mode::TriangleStrip | Mode::TriangleFan)) => mode,
        _ => {
            tracing::warn!("{}: {place}: points and lines are not drawn", source.file().display());
            return Ok(None);
        }
    };
    let Some(position_accessor) = attribute(Semantic::Positions) else {
        return Err(source.error(place, "the primitive has no POSITION", "export the asset again"));
    };
    let positions_m: Vec<[f32; 3]> = source.read_floats(position_accessor, &format!("{place}.POSITION"))?;
    let vertex_count = positions_m.len();
    budget.vertices = budget.vertices.checked_sub(vertex_count).ok_or_else(too_large)?;

    let corners = match primitive.indices {
        Some(accessor) => source.read_indices(accessor, &format!("{place}.indices"))?,
        None => (0..vertex_count as u32).collect(),
    };
    if let Some(bad) = corners.iter().find(|corner| **corner as usize >= vertex_count) {
        return Err(source.error(
            format!("{place}.indices"),
            format!("index {bad} is beyond the {vertex_count} vertices"),
            "export the asset again",
        ));
    }
    let triangles = assemble(mode, &corners);
    budget.triangles = budget.triangles.checked_sub(triangles.len()).ok_or_else(too_large)?;

    let normals = read_attribute(source, attribute(Semantic::Normals), vertex_count, place, "NORMAL")?;
    let tangents = read_attribute(source, attribute(Semantic::Tangents), vertex_count, place, "TANGENT")?;
    let uv = [
        read_attribute(source, attribute(Semantic::TexCoords(0)), vertex_count, place, "TEXCOORD_0")?,
        read_attribute(source, attribute(Semantic::TexCoords(1)), vertex_count, place, "TEXCOORD_1")?,
    ];
    let colors = match attribute(Semantic::Colors(0)) {
        Some(accessor) if source.accessor_width(accessor) == Some(3) => {
            read_attribute::<3>(source, Some(accessor), vertex_count, place, "COLOR_0")?
                .map(|colors| colors.into_iter().map(|[r, g, b]| [r, g, b, 1.0]).collect())
        }
        accessor => read_attribute(source, accessor, vertex_count, place, "COLOR_0")?,
    };
    Ok(Some(GltfPrimitive {
        place: place.to_string(),
        positions_m,
        normals,
        tangents,
        uv,
        colors,
        triangles,
        material: primitive.material.map(|material| material.value()),
    }))
}

fn read_attribute<const N: usize>(
    source: &GltfSource,
    accessor: Option<json::Index<json::Accessor>>,
    vertex_count: usize,
    place: &str,
    name: &str,
) -> Result<Option<Vec<[f32; N]>>, GltfError> {
    let Some(accessor) = accessor else {
        return Ok(None);
    };
    let place = format!("{place}.{name}");
    let values = source.read_floats(accessor, &place)?;
    if values.len() != vertex_count {
        return Err(source.error(
            place,
            format!("{} values for {vertex_count} vertices", values.len()),
            "export the asset again",
        ));
    }
    Ok(Some(values))
}

/// Turns strips and fans into separate triangles with the winding of glTF 2.0, section 3.7.2.1.
/// An incomplete last triangle is dropped, as the specification asks.
fn assemble(mode: Mode, corners: &[u32]) -> Vec<[u32; 3]> {
    let windows = corners.windows(3).filter_map(|window| <[u32; 3]>::try_from(window).ok());
    match mode {
        Mode::TriangleStrip => {
            windows.enumerate().map(|(index, [a, b, c])| if index % 2 == 0 { [a, b, c] } else { [a, c, b] }).collect()
        }
        Mode::TriangleFan => match corners.split_first() {
            Some((hub, rim)) => rim.windows(2).filter_map(|edge| Some([*hub, *edge.first()?, *edge.get(1)?])).collect(),
            None => Vec::new(),
        },
        _ => corners.chunks_exact(3).filter_map(|chunk| <[u32; 3]>::try_from(chunk).ok()).collect(),
    }
}

/// Moves a primitive into the space of the model. Normals go with the inverse transpose; a mirrored
/// transform turns the winding and the tangents' handedness.
fn transform(primitive: &mut GltfPrimitive, model_from_mesh: Mat4) {
    if model_from_mesh == Mat4::IDENTITY {
        return;
    }
    for position in &mut primitive.positions_m {
        *position = model_from_mesh.transform_point3(Vec3::from_array(*position)).to_array();
    }
    let linear = Mat3::from_mat4(model_from_mesh);
    let determinant = linear.determinant();
    let normal_matrix = if determinant == 0.0 { linear } else { linear.inverse().transpose() };
    for normal in primitive.normals.iter_mut().flatten() {
        *normal = (normal_matrix * Vec3::from_array(*normal)).normalize_or(Vec3::Y).to_array();
    }
    for tangent in primitive.tangents.iter_mut().flatten() {
        let [x, y, z, sign] = *tangent;
        let direction = (linear * Vec3::new(x, y, z)).normalize_or(Vec3::X);
        *tangent = direction.extend(if determinant < 0.0 { -sign } else { sign }).to_array();
    }
    if determinant < 0.0 {
        for corners in &mut primitive.triangles {
            corners.swap(1, 2);
        }
    }
}
