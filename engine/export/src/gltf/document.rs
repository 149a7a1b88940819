//! The JSON chunk.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::binary::Binary;
use super::{
    GltfError, Lamp, NodeContent, SceneSnapshot, SnapshotImage, SnapshotMaterial, SnapshotNode, SnapshotOpacity,
    SnapshotView, WIDEST_CONE_RAD, geometry, movement, value_error,
};

const LIGHTS: &str = "KHR_lights_punctual";
const EMISSIVE_STRENGTH: &str = "KHR_materials_emissive_strength";
const SPECULAR: &str = "KHR_materials_specular";

/// What nodes share, filled while they are written.
#[derive(Default)]
struct Shared {
    /// glTF binds the material to the mesh: one mesh per pair that occurs.
    mesh_of_pair: BTreeMap<(usize, Option<usize>), usize>,
    meshes: Vec<Value>,
    cameras: Vec<Value>,
    lights: Vec<Value>,
}

pub fn document(snapshot: &SceneSnapshot, binary: &mut Binary) -> Result<Value, GltfError> {
    let mut extensions = BTreeSet::new();
    let images = snapshot.images.iter().map(|image| image_json(image, binary)).collect::<Result<Vec<_>, _>>()?;
    let materials = snapshot
        .materials
        .iter()
        .map(|material| material_json(material, images.len(), &mut extensions))
        .collect::<Result<Vec<_>, _>>()?;
    let stored = snapshot.meshes.iter().map(|mesh| geometry::store(mesh, binary)).collect::<Result<Vec<_>, _>>()?;
    let mut shared = Shared::default();
    let mut nodes = Vec::with_capacity(snapshot.nodes.len());
    for node in &snapshot.nodes {
        nodes.push(node_json(node, snapshot, &stored, &mut shared)?);
    }
    let roots = movement::hang(&snapshot.nodes, &mut nodes)?;
    let skins = movement::skins(snapshot, binary)?;
    let animations = movement::animations(snapshot, &stored, binary)?;
    if !shared.lights.is_empty() {
        extensions.insert(LIGHTS);
    }

    let mut scene = json!({ "name": snapshot.name, "extras": { "kinema": view_json(&snapshot.view)? } });
    if !nodes.is_empty() {
        scene["nodes"] = json!(roots);
    }
    let generator = concat!("kinema ", env!("CARGO_PKG_VERSION"));
    let mut document = json!({ "asset": { "version": "2.0", "generator": generator }, "scene": 0, "scenes": [scene] });
    let textures: Vec<Value> = (0..images.len()).map(|image| json!({ "source": image, "sampler": 0 })).collect();
    if !textures.is_empty() {
        // Trilinear and repeating, as Kinema samples.
        document["samplers"] = json!([{ "magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497 }]);
    }
    let arrays = [
        ("nodes", nodes),
        ("skins", skins),
        ("animations", animations),
        ("cameras", shared.cameras),
        ("meshes", shared.meshes),
        ("materials", materials),
        ("textures", textures),
        ("images", images),
    ];
    for (name, array) in arrays.into_iter().filter(|(_, array)| !array.is_empty()) {
        document[name] = json!(array);
    }
    if !shared.lights.is_empty() {
        document["extensions"] = json!({ LIGHTS: { "lights": shared.lights } });
    }
    if !extensions.is_empty() {
        document["extensionsUsed"] = json!(extensions);
    }
    binary.describe(&mut document);
    Ok(document)
}

fn image_json(image: &SnapshotImage, binary: &mut Binary) -> Result<Value, GltfError> {
    let encode = || -> Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, image.width, image.height);
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&image.rgba8)?;
        writer.finish()?;
        Ok(file)
    };
    let file = encode().map_err(|error| value_error("image", &image.name, error.to_string()))?;
    Ok(json!({ "name": image.name, "mimeType": "image/png", "bufferView": binary.view(&file, None) }))
}

fn material_json(
    material: &SnapshotMaterial,
    images: usize,
    extensions: &mut BTreeSet<&'static str>,
) -> Result<Value, GltfError> {
    let error = |problem: String| value_error("material", &material.name, problem);
    let texture = |image: Option<usize>| match image {
        Some(index) if index >= images => Err(error(format!("image {index} of {images}"))),
        Some(index) => Ok(Some(json!({ "index": index }))),
        None => Ok(None),
    };
    let finite = [material.metallic, material.roughness, material.specular];
    let mut numbers = material.base_color.iter().chain(&material.emissive_nits).chain(&finite);
    if !numbers.all(|value| value.is_finite()) {
        return Err(error("a value is not finite".to_owned()));
    }
    let mut surface = json!({
        "baseColorFactor": material.base_color.map(|c| c.clamp(0.0, 1.0)),
        "metallicFactor": material.metallic.clamp(0.0, 1.0),
        "roughnessFactor": material.roughness.clamp(0.0, 1.0),
    });
    if let Some(texture) = texture(material.base_color_image)? {
        surface["baseColorTexture"] = texture;
    }
    if let Some(texture) = texture(material.metallic_roughness_image)? {
        surface["metallicRoughnessTexture"] = texture;
    }
    let mut json = json!({ "name": material.name, "pbrMetallicRoughness": surface });
    if let Some(texture) = texture(material.normal_image)? {
        json["normalTexture"] = texture;
    }
    if let Some(texture) = texture(material.emissive_image)? {
        json["emissiveTexture"] = texture;
    }
    // The factor ends at 1; what is brighter goes into the strength.
    let brightest = material.emissive_nits.iter().copied().fold(0.0, f32::max);
    if brightest > 0.0 {
        let strength = brightest.max(1.0);
        json["emissiveFactor"] = json!(material.emissive_nits.map(|c| (c / strength).clamp(0.0, 1.0)));
        if strength > 1.0 {
            json["extensions"][EMISSIVE_STRENGTH] = json!({ "emissiveStrength": strength });
            extensions.insert(EMISSIVE_STRENGTH);
        }
    }
    if material.specular != 1.0 {
        json["extensions"][SPECULAR] = json!({ "specularFactor": material.specular.clamp(0.0, 1.0) });
        extensions.insert(SPECULAR);
    }
    match material.opacity {
        SnapshotOpacity::Opaque => {}
        SnapshotOpacity::Mask(cutoff) => {
            json["alphaMode"] = json!("MASK");
            json["alphaCutoff"] = json!(if cutoff.is_finite() { cutoff.max(0.0) } else { 0.5 });
        }
        SnapshotOpacity::Blend => json["alphaMode"] = json!("BLEND"),
    }
    if material.double_sided {
        json["doubleSided"] = json!(true);
    }
    Ok(json)
}

fn node_json(
    node: &SnapshotNode,
    snapshot: &SceneSnapshot,
    stored: &[geometry::StoredMesh],
    shared: &mut Shared,
) -> Result<Value, GltfError> {
    let error = |problem: String| value_error("node", &node.name, problem);
    if !node.translation.iter().chain(&node.rotation).chain(&node.scale).all(|value| value.is_finite()) {
        return Err(error("its transform is not finite".to_owned()));
    }
    let length = node.rotation.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    if !((length - 1.0).abs() < 1e-3) {
        return Err(error(format!("its rotation has length {length}, expected 1")));
    }
    let mut json = json!({ "name": node.name });
    let rotation = node.rotation.map(|v| (f64::from(v) / length) as f32);
    let parts = [
        ("translation", json!(node.translation), node.translation == [0.0; 3]),
        ("rotation", json!(rotation), rotation == [0.0, 0.0, 0.0, 1.0]),
        ("scale", json!(node.scale), node.scale == [1.0; 3]),
    ];
    for (name, value, _) in parts.into_iter().filter(|(.., is_default)| !is_default) {
        json[name] = value;
    }
    match &node.content {
        NodeContent::Empty => {}
        NodeContent::Mesh { mesh, material } | NodeContent::Skinned { mesh, material, .. } => {
            let Some(geometry) = stored.get(*mesh) else {
                return Err(error(format!("mesh {mesh} of {}", stored.len())));
            };
            if material.is_some_and(|material| material >= snapshot.materials.len()) {
                return Err(error(format!("material {material:?} of {}", snapshot.materials.len())));
            }
            let next = shared.meshes.len();
            let index = *shared.mesh_of_pair.entry((*mesh, *material)).or_insert(next);
            if index == next {
                let name = snapshot.meshes.get(*mesh).map(|mesh| mesh.name.as_str());
                shared.meshes.push(geometry.mesh(name, *material));
            }
            json["mesh"] = json!(index);
            if let NodeContent::Skinned { skin, .. } = &node.content {
                if *skin >= snapshot.skins.len() || !geometry.is_skinned() {
                    return Err(error(format!("skin {skin} of {}, of a mesh with influences", snapshot.skins.len())));
                }
                json["skin"] = json!(skin);
            }
        }
        NodeContent::Camera { yfov_rad, aspect, near_m } => {
            if ![yfov_rad, aspect, near_m].iter().all(|value| value.is_finite() && **value > 0.0) {
                return Err(error(format!(
                    "camera {yfov_rad} rad, aspect {aspect}, near {near_m} m: expected more than 0"
                )));
            }
            let lens = json!({ "yfov": yfov_rad, "aspectRatio": aspect, "znear": near_m });
            shared.cameras.push(json!({ "name": node.name, "type": "perspective", "perspective": lens }));
            json["camera"] = json!(shared.cameras.len() - 1);
        }
        NodeContent::Light { color, lamp, range_m } => {
            shared.lights.push(light_json(&node.name, *color, lamp, *range_m).map_err(error)?);
            json["extensions"] = json!({ LIGHTS: { "light": shared.lights.len() - 1 } });
        }
    }
    Ok(json)
}

fn light_json(name: &str, color: [f32; 3], lamp: &Lamp, range_m: Option<f32>) -> Result<Value, String> {
    let (kind, intensity) = match lamp {
        Lamp::Directional { lux } => ("directional", *lux),
        Lamp::Point { candela } => ("point", *candela),
        Lamp::Spot { candela, .. } => ("spot", *candela),
    };
    if !color.iter().chain([&intensity]).all(|value| value.is_finite() && *value >= 0.0) {
        return Err(format!("light {intensity}, colour {color:?}: expected finite values of at least 0"));
    }
    // The colour ends at 1; what is brighter goes into the intensity.
    let brightest = color.iter().copied().fold(1.0, f32::max);
    let mut light = json!({
        "name": name,
        "type": kind,
        "color": color.map(|c| c / brightest),
        "intensity": intensity * brightest,
    });
    if let Lamp::Spot { inner_rad, outer_rad, .. } = lamp {
        if !(0.0 <= *inner_rad && inner_rad < outer_rad && *outer_rad <= WIDEST_CONE_RAD) {
            return Err(format!("cone from {inner_rad} to {outer_rad} rad: expected 0 <= inner < outer < pi/2"));
        }
        light["spot"] = json!({ "innerConeAngle": inner_rad, "outerConeAngle": outer_rad });
    }
    if let (Some(range), false) = (range_m.filter(|range| range.is_finite() && *range > 0.0), kind == "directional") {
        light["range"] = json!(range);
    }
    Ok(light)
}

fn view_json(view: &SnapshotView) -> Result<Value, GltfError> {
    if !view.environment_nits.iter().chain([&view.exposure_ev100]).all(|value| value.is_finite()) {
        return Err(value_error("view", "camera", "environment or exposure is not finite"));
    }
    Ok(json!({
        "frame": view.frame,
        "width_px": view.width_px,
        "height_px": view.height_px,
        "exposure_ev100": view.exposure_ev100,
        "environment_nits": view.environment_nits,
        "synthetic": true,
    }))
}
