//! Points and meshes.

use bevy_math::Vec2;
use kinema_export::gltf::{
    NodeContent, SceneSnapshot, SnapshotImage, SnapshotMaterial, SnapshotMesh, SnapshotNode, SnapshotOpacity,
};

use crate::layers::{LayeredImage, layer_mesh};
use crate::raster::{Raster, Rgba};
use crate::transfer::SrgbTable;
use crate::view::unprojected;

/// A binary PLY point cloud of all pixels of all layers that are at least half opaque: position and sRGB bytes. Space as in [`View`](crate::view::View). Points at infinity are left out.
pub fn point_cloud_ply(image: &LayeredImage, picture_focal_widths: f32) -> Vec<u8> {
    let table = SrgbTable::default();
    let (width, height) = (image.width(), image.height());
    let mut points = Vec::new();
    let mut count = 0usize;
    for layer in &image.layers {
        for y in 0..height {
            for x in 0..width {
                let (colour, depth) = (layer.colour.at(x, y), layer.inverse_depth.at(x, y));
                if colour[3] < 0.5 || !(depth > 0.0) {
                    continue;
                }
                let at = unprojected(Vec2::new(x as f32, y as f32), depth, picture_focal_widths, width, height);
                at.to_array().iter().for_each(|v| points.extend_from_slice(&v.to_le_bytes()));
                points.extend((0..3).map(|c| table.byte(colour[c] / colour[3])));
                count += 1;
            }
        }
    }
    let mut file = format!(
        "ply\nformat binary_little_endian 1.0\ncomment space: camera at the origin looking along -z, y up\nelement \
         vertex {count}\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\nproperty uchar \
         green\nproperty uchar blue\nend_header\n"
    )
    .into_bytes();
    file.extend(points);
    file
}

/// The layers as meshes with their pictures as base colour, for the glTF writer, one vertex every `step_px` pixels.
/// glTF has no unlit paint without an extension, so other programs light them; a white environment shows the picture.
pub fn scene_of_layers(image: &LayeredImage, picture_focal_widths: f32, step_px: usize) -> SceneSnapshot {
    let table = SrgbTable::default();
    let mut scene = SceneSnapshot { name: "parallax".into(), ..SceneSnapshot::default() };
    let last = image.layers.len() - 1;
    for (i, layer) in image.layers.iter().enumerate() {
        let name = format!("layer {i}");
        let mesh = layer_mesh(layer, picture_focal_widths, step_px, image.steepest(), image.nearest / 1000.0);
        scene.images.push(SnapshotImage {
            name: name.clone(),
            width: layer.colour.width() as u32,
            height: layer.colour.height() as u32,
            rgba8: straight_srgb(&layer.colour, &table),
        });
        scene.materials.push(SnapshotMaterial {
            name: name.clone(),
            base_color_image: Some(i),
            roughness: 1.0,
            specular: 0.0,
            opacity: if i == last { SnapshotOpacity::Opaque } else { SnapshotOpacity::Blend },
            double_sided: true,
            ..SnapshotMaterial::default()
        });
        scene.meshes.push(SnapshotMesh {
            name: name.clone(),
            positions: mesh.positions,
            normals: Some(mesh.normals),
            uvs: Some(mesh.uvs),
            indices: Some(mesh.indices),
            ..SnapshotMesh::default()
        });
        scene.nodes.push(SnapshotNode {
            name,
            parent: None,
            translation: [0.0; 3],
            rotation: [0.0, 0.0, 0.0, 1.0],
            scale: [1.0; 3],
            content: NodeContent::Mesh { mesh: i, material: Some(i) },
        });
    }
    scene
}

fn straight_srgb(colour: &Raster<Rgba>, table: &SrgbTable) -> Vec<u8> {
    let byte = |p: &Rgba, c: usize| table.byte(p[c] / p[3].max(1e-6));
    let alpha = |p: &Rgba| (p[3].clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    colour.data().iter().flat_map(|p| [byte(p, 0), byte(p, 1), byte(p, 2), alpha(p)]).collect()
}
