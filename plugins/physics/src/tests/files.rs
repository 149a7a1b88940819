//! glTF files on disk: what they may refer to.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::glb::{binary, document, png_2x2, sample_glb};
use super::{rigid, run_frames, shot_in, try_shot_in, world};
use crate::gltf_material::{MAX_TEXTURE_BYTES, decode_image};
use crate::gltf_mesh::{read_meshes, read_primitives};
use kinema_core::gltf::GltfSource;

/// A folder `secret.bin`, `model/data files/mesh.bin`, `model/paint.png`, `model/model.gltf`.
fn folder(buffer_uri: &str, image_uri: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("model");
    fs::create_dir_all(model.join("data files")).expect("a folder");
    let write = |path: &Path, bytes: &[u8]| fs::write(path, bytes).expect("a file");
    write(&folder.path().join("secret.bin"), &binary());
    write(&model.join("data files/mesh.bin"), &binary());
    write(&model.join("paint.png"), &png_2x2());
    let mut document = document(0);
    document["buffers"] = json!([{ "byteLength": 152, "uri": buffer_uri }]);
    document["images"] = json!([{ "uri": image_uri }]);
    if let Some(views) = document["bufferViews"].as_array_mut() {
        views.pop();
    }
    write(&model.join("model.gltf"), document.to_string().as_bytes());
    folder
}

fn open(folder: &TempDir) -> Result<GltfSource, kinema_core::gltf::GltfError> {
    GltfSource::open(&folder.path().join("model/model.gltf"))
}

#[test]
fn external_and_embedded_data_are_read() {
    let folder_with_files = folder("data%20files/mesh.bin", "./paint.png");
    let source = open(&folder_with_files).expect("a valid asset");
    assert_eq!(read_meshes(&source, None).expect("meshes").len(), 1);
    assert!(decode_image(&source, 0, &mut { MAX_TEXTURE_BYTES }).is_ok());
    let encoded = format!("data:application/octet-stream;base64,{}", encode_base64(&binary()));
    let source = open(&folder(&encoded, "paint.png")).expect("a valid asset");
    assert_eq!(read_meshes(&source, None).expect("meshes")[0].positions_m.len(), 4);
}

fn encode_base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut word = [0; 4];
        word[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(word);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 63;
            text.push(if digit <= group.len() { char::from(DIGITS[index as usize]) } else { '=' });
        }
    }
    text
}

#[test]
fn references_out_of_the_folder_are_refused() {
    let refused = |uri: &str| {
        let message = open(&folder(uri, "paint.png")).err().expect(uri).to_string();
        assert!(message.contains("model.gltf: buffers[0]: "), "{message}");
        message
    };
    for uri in [
        "../secret.bin",
        "data%20files/../../secret.bin",
        "%2e%2e/secret.bin",
        "/etc/hostname",
        "%2Fetc%2Fhostname",
        "",
    ] {
        assert!(refused(uri).contains("leaves the folder"), "{}", refused(uri));
    }
    for uri in ["https://example.com/mesh.bin", "http://example.com/mesh.bin", "file:///etc/hostname", "C:/mesh.bin"] {
        assert!(refused(uri).contains("nothing is fetched"), "{}", refused(uri));
    }
    assert!(refused("..\\secret.bin").contains("not allowed"));
    assert!(refused("mesh%00.bin").contains("not allowed"));
    assert!(refused("%zz").contains("not a valid file reference"));
    assert!(refused("missing.bin").contains("cannot be read"));
    assert!(refused("data%20files").contains("not a regular file") && refused(".").contains("not a regular file"));
    assert!(refused("data:application/octet-stream;base64,&&&").contains("base64"));
    let image = open(&folder("data%20files/mesh.bin", "../secret.bin")).expect("the buffers are fine");
    let message = decode_image(&image, 0, &mut { MAX_TEXTURE_BYTES }).expect_err("outside").to_string();
    assert!(message.contains("images[0]: `../secret.bin` leaves the folder"), "{message}");
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_refused() {
    let folder = folder("link.bin", "paint.png");
    let link = folder.path().join("model/link.bin");
    std::os::unix::fs::symlink(folder.path().join("secret.bin"), &link).expect("a link");
    let message = open(&folder).err().expect("a link outside").to_string();
    assert!(message.contains("is a link that leaves the folder"), "{message}");
    fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink(folder.path().join("model/data files/mesh.bin"), &link).expect("a link");
    assert!(open(&folder).is_ok());
}

#[test]
fn short_buffers_and_false_pictures_are_errors() {
    let folder = folder("data%20files/mesh.bin", "paint.png");
    fs::write(folder.path().join("model/data files/mesh.bin"), [0; 151]).expect("a file");
    let message = open(&folder).err().expect("too short").to_string();
    assert!(message.contains("buffers[0]: declares 152 bytes, but only 151 are there"), "{message}");
    fs::write(folder.path().join("model/data files/mesh.bin"), binary()).expect("a file");
    let mut picture = png_2x2();
    picture.truncate(picture.len() / 2);
    for bytes in [&picture[..], b"GIF89a", b"", &[0xFF, 0xD8, 0xFF, 0xE0, 0, 0]] {
        fs::write(folder.path().join("model/paint.png"), bytes).expect("a file");
        let source = open(&folder).expect("the document is fine");
        let message = decode_image(&source, 0, &mut { MAX_TEXTURE_BYTES }).expect_err("no picture").to_string();
        assert!(message.contains("images[0]: the image"), "{message}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let message = read_primitives(Path::new("nowhere/model.glb"), None).expect_err("missing").to_string();
    assert!(message.starts_with("nowhere/model.glb: file: cannot be read"), "{message}");
}

fn mesh_part(collider: &str, body: &str) -> Value {
    rigid(
        "tetra",
        [0.0, 1.0, 0.0],
        [0.0; 3],
        json!({
            "shape": { "Mesh": { "file": "tetra.glb", "node": "tetra", "collider": collider } }, "body": body,
        }),
    )
}

#[test]
fn meshes_from_files_collide() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tetra.glb"), sample_glb()).expect("a file");
    let floor = rigid("floor", [0.0; 3], [0.0; 3], json!({ "shape": "HalfSpace", "body": "Fixed" }));
    let fallen = shot_in(folder.path(), 120, json!([floor, mesh_part("ConvexHull", "Dynamic")]));
    let mut fallen = world(&fallen);
    run_frames(&mut fallen, 120);
    assert!(fallen.poses()[1].position_m[1].abs() < 0.05, "{:?}", fallen.poses()[1]);
    let ball = rigid("ball", [0.2, 3.0, 0.2], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.1 } } }));
    let caught = shot_in(folder.path(), 40, json!([ball, mesh_part("Exact", "Fixed")]));
    let mut caught = world(&caught);
    run_frames(&mut caught, 40);
    // Free fall would have taken it to 0.8 m.
    assert!(caught.poses()[0].position_m[1] > 1.0, "{:?}", caught.poses()[0]);
}

#[test]
fn exact_meshes_do_not_move_by_themselves() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("tetra.glb"), sample_glb()).expect("a file");
    let error = try_shot_in(folder.path(), 1, json!([mesh_part("Exact", "Dynamic")]), json!([])).expect_err("hollow");
    assert!(error.to_string().contains("exact triangles"), "{error}");
}
