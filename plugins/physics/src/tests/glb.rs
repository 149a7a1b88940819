//! A small valid GLB, built here so that no asset is committed, and what happens when it is damaged.

use std::path::Path;

use kinema_core::Seed;
use serde_json::{Value, json};

use crate::gltf_material::{MAX_TEXTURE_BYTES, Opacity, decode_image, read_material};
use crate::gltf_mesh::{GltfPrimitive, read_meshes};
use kinema_core::gltf::{GltfError, GltfSource};

pub(crate) fn png_2x2() -> Vec<u8> {
    let picture = image::RgbaImage::from_raw(2, 2, vec![255; 16]).expect("a picture");
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

/// A unit tetrahedron: positions, normals, texture coordinates and 16 bit indices.
pub(crate) fn binary() -> Vec<u8> {
    let mut bytes = Vec::new();
    let positions = [[0.0_f32, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let normals = [[0.0_f32, 1.0, 0.0]; 4];
    let uv = [[0.0_f32, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
    for number in positions.as_flattened().iter().chain(normals.as_flattened()).chain(uv.as_flattened()) {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    for index in [0_u16, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3] {
        bytes.extend_from_slice(&index.to_le_bytes());
    }
    bytes
}

/// The document for [`binary`] followed by an image of `image_bytes` bytes.
pub(crate) fn document(image_bytes: usize) -> Value {
    json!({
        "asset": { "version": "2.0" },
        "scene": 0,
        "scenes": [{ "nodes": [0] }],
        "nodes": [
            { "name": "root", "children": [1], "translation": [0.0, 2.0, 0.0] },
            { "name": "tetra", "mesh": 0, "scale": [2.0, 1.0, 1.0] },
        ],
        "meshes": [{ "primitives": [{
            "attributes": { "POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2 }, "indices": 3, "material": 0,
        }] }],
        "materials": [{
            "pbrMetallicRoughness": { "baseColorFactor": [0.5, 0.25, 1.0, 1.0], "baseColorTexture": { "index": 0 }, "roughnessFactor": 0.3, "metallicFactor": 0.0 },
            "normalTexture": { "index": 0, "scale": 0.5 },
            "emissiveFactor": [0.1, 0.2, 0.3],
            "alphaMode": "MASK",
            "doubleSided": true,
        }],
        "textures": [{ "source": 0, "sampler": 0 }],
        "samplers": [{ "wrapS": 33071, "wrapT": 33648 }],
        "images": [{ "bufferView": 4, "mimeType": "image/png" }],
        "buffers": [{ "byteLength": 152 + image_bytes }],
        "bufferViews": [
            { "buffer": 0, "byteOffset": 0, "byteLength": 48 },
            { "buffer": 0, "byteOffset": 48, "byteLength": 48 },
            { "buffer": 0, "byteOffset": 96, "byteLength": 32 },
            { "buffer": 0, "byteOffset": 128, "byteLength": 24 },
            { "buffer": 0, "byteOffset": 152, "byteLength": image_bytes },
        ],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "min": [0.0, 0.0, 0.0], "max": [1.0, 1.0, 1.0] },
            { "bufferView": 1, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 2, "componentType": 5126, "count": 4, "type": "VEC2" },
            { "bufferView": 3, "componentType": 5123, "count": 12, "type": "SCALAR" },
        ],
    })
}

pub(crate) fn container(document: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = document.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(4), b' ');
    let mut binary = binary.to_vec();
    binary.resize(binary.len().next_multiple_of(4), 0);
    let total = 12 + 8 + text.len() + 8 + binary.len();
    let mut bytes = b"glTF".to_vec();
    for word in [2, total as u32, text.len() as u32, u32::from_le_bytes(*b"JSON")] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.append(&mut text);
    for word in [binary.len() as u32, u32::from_le_bytes(*b"BIN\0")] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.append(&mut binary);
    bytes
}

pub(crate) fn sample_glb() -> Vec<u8> {
    let image = png_2x2();
    let mut data = binary();
    data.extend_from_slice(&image);
    container(&document(image.len()), &data)
}

fn read_all(bytes: &[u8]) -> Result<Vec<GltfPrimitive>, GltfError> {
    let source = GltfSource::from_bytes(Path::new("sample.glb"), bytes)?;
    let primitives = read_meshes(&source, None)?;
    let mut remaining = MAX_TEXTURE_BYTES;
    for primitive in &primitives {
        let material = read_material(&source, primitive.material)?;
        for used in material.base_color_texture.iter().chain(material.normal_texture.iter().map(|(used, _)| used)) {
            decode_image(&source, used.image, &mut remaining)?;
        }
    }
    Ok(primitives)
}

/// The error for the sample document after `change`.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let image = png_2x2();
    let mut data = binary();
    data.extend_from_slice(&image);
    let mut document = document(image.len());
    change(&mut document);
    read_all(&container(&document, &data)).expect_err("a broken document").to_string()
}

#[test]
fn the_sample_is_read_with_transforms_material_and_texture() {
    let glb = sample_glb();
    let primitives = read_all(&glb).expect("a valid file");
    assert_eq!(primitives.len(), 1);
    assert_eq!(primitives[0].positions_m[1], [2.0, 2.0, 0.0]);
    assert_eq!(primitives[0].triangles, [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]);
    let source = GltfSource::from_bytes(Path::new("sample.glb"), &glb).expect("a valid file");
    let inside = read_meshes(&source, Some("tetra")).expect("the node");
    assert_eq!(inside[0].positions_m[1], [1.0, 0.0, 0.0]);
    let material = read_material(&source, Some(0)).expect("the material");
    assert_eq!(material.base_color, [0.5, 0.25, 1.0, 1.0]);
    assert_eq!(material.opacity, Opacity::Mask(0.5));
    assert!(material.double_sided);
    let image = decode_image(&source, 0, &mut { MAX_TEXTURE_BYTES }).expect("the texture");
    assert_eq!((image.width, image.height, image.rgba8.len()), (2, 2, 16));
}

#[test]
fn mirrored_nodes_keep_their_outside_outside() {
    let mirrored = |document: &mut Value| document["nodes"][1]["scale"] = json!([-1.0, 1.0, 1.0]);
    let image = png_2x2();
    let mut data = binary();
    data.extend_from_slice(&image);
    let mut document = document(image.len());
    mirrored(&mut document);
    let primitives = read_all(&container(&document, &data)).expect("a valid file");
    assert_eq!(primitives[0].triangles[0], [0, 1, 2]);
}

#[test]
fn damage_is_named_with_its_place() {
    let cases: [(&str, fn(&mut Value)); 15] = [
        ("accessors[0]", |d| d["accessors"][0]["count"] = json!(5)),
        ("accessors[0]", |d| d["accessors"][0]["count"] = json!(u64::MAX)),
        ("accessors[0]", |d| d["accessors"][0]["byteOffset"] = json!(u64::MAX - 3)),
        ("accessors[0]", |d| d["accessors"][0]["type"] = json!("VEC2")),
        ("bufferViews[1]", |d| d["bufferViews"][1]["byteLength"] = json!(100_000)),
        ("bufferViews[1]", |d| d["bufferViews"][1]["byteOffset"] = json!(u64::MAX)),
        ("buffers[0]", |d| d["buffers"][0]["byteLength"] = json!(1_000_000_000_000_u64)),
        ("indices", |d| d["accessors"][3]["componentType"] = json!(5126)),
        ("accessors[3]", |d| d["accessors"][3]["componentType"] = json!(5125)),
        ("images[0]", |d| d["images"][0]["bufferView"] = json!(0)),
        ("nodes[0]", |d| d["nodes"][1]["children"] = json!([0])),
        ("POSITION", |d| d["meshes"][0]["primitives"][0]["attributes"]["POSITION"] = json!(9)),
        ("material", |d| d["meshes"][0]["primitives"][0]["material"] = json!(7)),
        ("extensionsRequired", |d| d["extensionsRequired"] = json!(["KHR_draco_mesh_compression"])),
        ("asset.version", |d| d["asset"]["version"] = json!("1.0")),
    ];
    for (place, change) in cases {
        let message = refused(change);
        assert!(message.starts_with("sample.glb: ") && message.contains(place), "{place}: {message}");
    }
}

#[test]
fn nodes_are_found_by_name_or_listed() {
    let source = GltfSource::from_bytes(Path::new("sample.glb"), &sample_glb()).expect("a valid file");
    let error = read_meshes(&source, Some("tetar")).expect_err("no such node").to_string();
    assert_eq!(error, "sample.glb: nodes: there is no node `tetar`; name one of: root, tetra");
}

#[test]
fn every_truncation_is_an_error() {
    let glb = sample_glb();
    for length in 0..glb.len() - 3 {
        assert!(read_all(&glb[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn mutations_never_panic() {
    let glb = sample_glb();
    let (mut survived, mut failed) = (0, 0);
    for round in 0..2_000_u64 {
        let mut seed = Seed(round);
        let mut bytes = glb.clone();
        for _ in 0..=seed.next_u64() % 3 {
            let at = (seed.next_u64() % bytes.len() as u64) as usize;
            match seed.next_u64() % 5 {
                0 => bytes[at] ^= 1 << (seed.next_u64() % 8),
                1 => bytes[at] = b"0123456789-.eE{}[],:\""[(seed.next_u64() % 21) as usize],
                2 => bytes.truncate(at.max(1)),
                3 => {
                    let word =
                        [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x7F80_0000_u32][(seed.next_u64() % 5) as usize].to_le_bytes();
                    bytes.iter_mut().skip(at).zip(word).for_each(|(slot, byte)| *slot = byte);
                }
                _ => {
                    let digits = b"99999999999";
                    let count = 1 + (seed.next_u64() % 10) as usize;
                    bytes.splice(at..at, digits[..count].iter().copied());
                }
            }
        }
        match read_all(&bytes) {
            Ok(_) => survived += 1,
            Err(error) => {
                assert!(error.to_string().starts_with("sample.glb: "), "{error}");
                failed += 1;
            }
        }
    }
    assert!(survived > 100 && failed > 100, "{survived} survived, {failed} failed");
}
