use serde_json::Value;

use super::*;

fn node(name: &str, content: NodeContent) -> SnapshotNode {
    SnapshotNode {
        name: name.to_owned(),
        parent: None,
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
        ..SnapshotMesh::default()
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
        ..SceneSnapshot::default()
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

/// A ribbon of two triangles on two joints, with a morph, that bends.
fn moving() -> SceneSnapshot {
    let ribbon = SnapshotMesh {
        name: "ribbon".to_owned(),
        positions: vec![[0.0; 3], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 2.0, 0.0]],
        influences: Some(vec![vec![(0, 2.0)], vec![(0, 1.0)], vec![(1, 1.0)], vec![(0, 0.25), (1, 0.75)]]),
        morphs: vec![
            SnapshotMorph { name: "wide".to_owned(), offsets: vec![(1, [1.0, 0.0, 0.0]), (3, [0.5, 0.0, 0.0])] },
            SnapshotMorph { name: "none".to_owned(), offsets: Vec::new() },
        ],
        indices: Some(vec![0, 1, 2, 1, 3, 2]),
        ..SnapshotMesh::default()
    };
    let mut nodes = vec![
        node("hip", NodeContent::Empty),
        node("knee", NodeContent::Empty),
        node("ribbon", NodeContent::Skinned { mesh: 0, material: None, skin: 0 }),
    ];
    nodes[1].parent = Some(0);
    nodes[2].translation = [0.0; 3];
    let shift = |y: f32| [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, y, 0.0, 1.0];
    SceneSnapshot {
        meshes: vec![ribbon],
        nodes,
        skins: vec![SnapshotSkin {
            name: "legs".to_owned(),
            joints: vec![0, 1],
            joint_from_mesh: vec![shift(0.0), shift(-1.0)],
        }],
        animations: vec![SnapshotAnimation {
            name: "bend".to_owned(),
            times_secs: vec![0.0, 0.5],
            channels: vec![
                (1, SnapshotChannel::Rotation(vec![[0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 2.0, 0.0]])),
                (0, SnapshotChannel::Translation(vec![[0.0; 3], [0.0, 0.5, 0.0]])),
                (2, SnapshotChannel::Morphs(vec![vec![0.0, 0.0], vec![1.0, 0.0]])),
            ],
        }],
        ..SceneSnapshot::default()
    }
}

#[test]
fn skins_morphs_and_animations_come_back() {
    let bytes = write_glb(&moving()).expect("a file");
    let gltf::Gltf { document, blob } = gltf::Gltf::from_slice(&bytes).expect("valid glTF");
    let blob = blob.expect("a binary chunk");
    let data = |_: gltf::Buffer| Some(blob.as_slice());
    assert_eq!(document.scenes().next().expect("a scene").nodes().count(), 2, "the knee hangs below the hip");
    assert_eq!(document.nodes().next().expect("a hip").children().next().expect("a knee").name(), Some("knee"));
    let skin = document.skins().next().expect("a skin");
    assert_eq!(skin.joints().map(|joint| joint.index()).collect::<Vec<_>>(), [0, 1]);
    let matrices: Vec<_> = skin.reader(data).read_inverse_bind_matrices().expect("matrices").collect();
    assert_eq!(matrices[1][3], [0.0, -1.0, 0.0, 1.0]);
    let mesh = document.meshes().next().expect("a mesh");
    assert_eq!(mesh.weights(), Some([0.0, 0.0].as_slice()));
    let primitive = mesh.primitives().next().expect("a primitive");
    let reader = primitive.reader(data);
    let weights: Vec<[f32; 4]> = reader.read_weights(0).expect("weights").into_f32().collect();
    assert_eq!(weights, [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.75, 0.0, 0.0]]);
    let joints: Vec<[u16; 4]> = reader.read_joints(0).expect("joints").into_u16().collect();
    assert_eq!((joints[2], joints[3]), ([1, 0, 0, 0], [0, 1, 0, 0]));
    let morphs: Vec<Vec<[f32; 3]>> = reader
        .read_morph_targets()
        .map(|(positions, ..)| positions.map(Iterator::collect).unwrap_or_default())
        .collect();
    assert_eq!(morphs[0], [[0.0; 3], [1.0, 0.0, 0.0], [0.0; 3], [0.5, 0.0, 0.0]]);
    let json = json_chunk(&bytes);
    assert_eq!(json["meshes"][0]["extras"]["targetNames"], serde_json::json!(["wide", "none"]));
    let animation = document.animations().next().expect("an animation");
    let outputs: Vec<_> =
        animation.channels().map(|channel| channel.reader(data).read_outputs().expect("values")).collect();
    let gltf::animation::util::ReadOutputs::Rotations(turns) = &outputs[0] else { panic!("not a rotation") };
    assert_eq!(turns.clone().into_f32().collect::<Vec<_>>()[1], [0.0, 0.0, 1.0, 0.0], "of unit length");
    let gltf::animation::util::ReadOutputs::MorphTargetWeights(shares) = &outputs[2] else { panic!("not weights") };
    assert_eq!(shares.clone().into_f32().collect::<Vec<_>>(), [0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn movement_that_gltf_does_not_allow_is_named() {
    let problem = |edit: &dyn Fn(&mut SceneSnapshot)| {
        let mut scene = moving();
        edit(&mut scene);
        write_glb(&scene).expect_err("an error").to_string()
    };
    assert!(problem(&|s| s.nodes[0].parent = Some(1)).contains("node \"hip\": its parent 1 does not come before it"));
    assert!(problem(&|s| s.skins[0].joints.push(0)).contains("skin \"legs\": 3 joints and 2 matrices"));
    assert!(problem(&|s| s.skins[0].joints[1] = 7).contains("joint 7 of 3 nodes"));
    assert!(problem(&|s| s.skins.clear()).contains("node \"ribbon\": skin 0 of 0"));
    assert!(problem(&|s| s.meshes[0].influences = None).contains("of a mesh with influences"));
    let influence = |list: Vec<(u16, f32)>| {
        problem(&move |s: &mut SceneSnapshot| s.meshes[0].influences.as_mut().expect("some")[0] = list.clone())
    };
    assert!(influence(vec![(2, 1.0)]).contains("uses joint 2 of 2"));
    assert!(influence(Vec::new()).contains("no joint moves vertex 0"));
    assert!(influence(vec![(0, f32::NAN)]).contains("among its influences is not finite"));
    assert!(
        problem(&|s| s.meshes[0].morphs[0].offsets.reverse()).contains("morph \"wide\" moves vertices out of order")
    );
    assert!(problem(&|s| s.meshes[0].morphs[0].offsets[1].0 = 4).contains("beyond the 4"));
    assert!(problem(&|s| s.animations[0].times_secs = vec![1.0, 0.5]).contains("expected ascending ones"));
    assert!(problem(&|s| s.animations[0].channels[1].0 = 9).contains("node 9 of 3"));
    assert!(problem(&|s| s.animations[0].times_secs.push(1.0)).contains("2 values of node \"knee\" for 3 times"));
    assert!(problem(&|s| s.animations[0].channels[2].0 = 0).contains("node \"hip\" has 0 morphs"));
}
