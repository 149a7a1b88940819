use serde_json::Value;

use super::*;

fn node(name: &str, content: NodeContent) -> SnapshotNode {
    SnapshotNode {
        name: name.to_owned(),
        translation: [0.0, 1.0, 0.0],
        rotation: [0.0, 0.0, 0.0, 1.0],
        scale: [1.0; 3],
        content,
    }
}

/// A triangle twice in two materials, with everything else there is.
fn scene() -> SceneSnapshot {
    let triangle = SnapshotMesh {
        name: "triangle".to_owned(),
        positions: vec![[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 3.0, -1.0]],
        normals: Some(vec![[0.0, 0.0, 5.0], [0.3, 0.0, 0.1], [0.0; 3]]),
        tangents: Some(vec![[2.0, 0.0, 0.0, -1.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]),
        uvs: Some(vec![[0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]),
        colors: Some(vec![[1.0, 0.5, 2.0, 1.0]; 3]),
        indices: Some(vec![0, 1, 2]),
    };
    let plain = SnapshotMaterial { name: "plain".to_owned(), ..SnapshotMaterial::default() };
    let rich = SnapshotMaterial {
        name: "rich".to_owned(),
        base_color_image: Some(0),
        metallic_roughness_image: Some(0),
        normal_image: Some(0),
        emissive_image: Some(0),
        emissive_nits: [5.0, 10.0, 0.0],
        specular: 0.5,
        opacity: SnapshotOpacity::Mask(0.25),
        double_sided: true,
        ..SnapshotMaterial::default()
    };
    let mesh = |material| NodeContent::Mesh { mesh: 0, material };
    let light = |lamp| NodeContent::Light { color: [1.0, 0.5, 2.0], lamp, range_m: Some(20.0) };
    SceneSnapshot {
        name: "test".to_owned(),
        images: vec![SnapshotImage {
            name: "dots".to_owned(),
            width: 2,
            height: 1,
            rgba8: vec![255, 0, 0, 255, 0, 255, 0, 128],
        }],
        materials: vec![plain, rich],
        meshes: vec![triangle],
        nodes: vec![
            node("a", mesh(Some(0))),
            node("b", mesh(Some(1))),
            node("c", mesh(Some(0))),
            node("camera", NodeContent::Camera { yfov_rad: 0.7, aspect: 16.0 / 9.0, near_m: 0.1 }),
            node("sun", light(Lamp::Directional { lux: 10_000.0 })),
            node("bulb", light(Lamp::Point { candela: 80.0 })),
            node("spot", light(Lamp::Spot { candela: 80.0, inner_rad: 0.0, outer_rad: 0.5 })),
        ],
        view: SnapshotView {
            frame: 48,
            width_px: 960,
            height_px: 540,
            exposure_ev100: 9.7,
            environment_nits: [1.0, 2.0, 3.0],
        },
    }
}

fn json_chunk(file: &[u8]) -> Value {
    let length = u32::from_le_bytes(file[12..16].try_into().expect("four bytes")) as usize;
    assert_eq!(&file[16..20], b"JSON");
    serde_json::from_slice(&file[20..20 + length]).expect("JSON")
}

#[test]
fn another_reader_gets_back_what_was_written() {
    let bytes = write_glb(&scene()).expect("a file");
    let gltf::Gltf { document, blob } = gltf::Gltf::from_slice(&bytes).expect("valid glTF");
    let blob = blob.expect("a binary chunk");
    let mesh = document.meshes().next().expect("a mesh");
    let primitive = mesh.primitives().next().expect("a primitive");
    let reader = primitive.reader(|_| Some(&blob));
    let snapshot = scene();
    let written = &snapshot.meshes[0];
    assert_eq!(reader.read_positions().expect("positions").collect::<Vec<_>>(), written.positions);
    assert_eq!(reader.read_indices().expect("indices").into_u32().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(
        reader.read_tex_coords(0).expect("uvs").into_f32().collect::<Vec<_>>(),
        *written.uvs.as_ref().expect("uvs")
    );
    for normal in reader.read_normals().expect("normals") {
        let length = normal.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((length - 1.0).abs() < 1e-6, "{normal:?}");
    }
    let tangents: Vec<[f32; 4]> = reader.read_tangents().expect("tangents").collect();
    assert_eq!(tangents, [[1.0, 0.0, 0.0, -1.0], [1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]]);
    let camera = document.cameras().next().expect("a camera");
    let gltf::camera::Projection::Perspective(lens) = camera.projection() else { panic!("not perspective") };
    assert_eq!((lens.yfov(), lens.znear(), lens.zfar()), (0.7, 0.1, None));
    assert_eq!(document.nodes().count(), 7);
}

#[test]
fn one_geometry_in_two_materials_is_stored_once() {
    let json = json_chunk(&write_glb(&scene()).expect("a file"));
    assert_eq!(json["meshes"].as_array().map(Vec::len), Some(2));
    assert_eq!(json["meshes"][0]["primitives"][0]["attributes"], json["meshes"][1]["primitives"][0]["attributes"]);
    assert_eq!(json["nodes"][2]["mesh"], 0);
    assert_eq!(json["accessors"].as_array().map(Vec::len), Some(6));
}

#[test]
fn light_and_emission_keep_their_strength_beyond_one() {
    let json = json_chunk(&write_glb(&scene()).expect("a file"));
    let lights = &json["extensions"]["KHR_lights_punctual"]["lights"];
    assert_eq!(lights[0]["intensity"], 20_000.0);
    assert_eq!(lights[0]["color"], serde_json::json!([0.5, 0.25, 1.0]));
    assert!(lights[0].get("range").is_none(), "the sun has no range");
    assert_eq!(lights[2]["spot"]["outerConeAngle"], 0.5);
    let rich = &json["materials"][1];
    assert_eq!(rich["emissiveFactor"], serde_json::json!([0.5, 1.0, 0.0]));
    assert_eq!(rich["extensions"]["KHR_materials_emissive_strength"]["emissiveStrength"], 10.0);
    let used = serde_json::json!(["KHR_lights_punctual", "KHR_materials_emissive_strength", "KHR_materials_specular"]);
    assert_eq!(json["extensionsUsed"], used);
    assert_eq!(json["scenes"][0]["extras"]["kinema"]["environment_nits"], serde_json::json!([1.0, 2.0, 3.0]));
}

#[test]
fn the_same_world_gives_the_same_bytes_in_whole_words() {
    let bytes = write_glb(&scene()).expect("a file");
    assert_eq!(bytes, write_glb(&scene()).expect("a file"));
    assert_eq!(bytes.len() % 4, 0);
    assert_eq!(u32::from_le_bytes(bytes[8..12].try_into().expect("four bytes")) as usize, bytes.len());
    let empty = json_chunk(&write_glb(&SceneSnapshot::default()).expect("a file"));
    assert!(empty.get("nodes").is_none() && empty.get("buffers").is_none(), "glTF forbids empty arrays: {empty}");
}

#[test]
fn what_gltf_does_not_allow_is_named() {
    let problem = |edit: &dyn Fn(&mut SceneSnapshot)| {
        let mut scene = scene();
        edit(&mut scene);
        write_glb(&scene).expect_err("an error").to_string()
    };
    let text = problem(&|s| s.meshes[0].positions[1][0] = f32::NAN);
    assert_eq!(
        text,
        "glTF export of mesh \"triangle\": a value among its positions is not finite; correct the part that made it"
    );
    assert!(problem(&|s| s.meshes[0].indices = Some(vec![0, 1, 3])).contains("corner 3 of 3 positions"));
    assert!(problem(&|s| s.meshes[0].indices = Some(vec![0, 1])).contains("three corners for each triangle"));
    assert!(problem(&|s| s.meshes[0].uvs = Some(Vec::new())).contains("0 uvs for 3 positions"));
    assert!(problem(&|s| s.nodes[0].rotation = [0.0; 4]).contains("node \"a\": its rotation has length 0"));
    assert!(problem(&|s| s.nodes[0].scale[2] = f32::INFINITY).contains("transform is not finite"));
    assert!(problem(&|s| s.nodes[0].content = NodeContent::Mesh { mesh: 1, material: None }).contains("mesh 1 of 1"));
    assert!(problem(&|s| s.materials[1].normal_image = Some(9)).contains("material \"rich\": image 9 of 1"));
    assert!(problem(&|s| s.images[0].rgba8.clear()).contains("image \"dots\""));
    assert!(problem(&|s| s.view.exposure_ev100 = f32::NAN).contains("not finite"));
}
