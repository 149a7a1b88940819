//! Takes the world of one frame out of a shot, for another program to open.
//!
//! `cargo run --example export_gltf -- assets/shots/first_light.shot.ron 48 out/first_light.glb`

use std::path::Path;
use std::sync::Arc;

use kinema::core::load_shot;
use kinema::export::gltf::write_glb;
use kinema::{Session, SessionSettings, keep_assets, part_registry, snapshot};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [shot, frame, out] = arguments.as_slice() else {
        return Err("usage: export_gltf SHOT FRAME OUT.glb".into());
    };
    export(Path::new(shot), frame.parse()?, Path::new(out))
}

/// Draws the frame, writes its world and prints what the file lacks.
pub fn export(shot: &Path, frame: i64, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let shot = Arc::new(load_shot(shot, &part_registry())?);
    let mut session = Session::new(shot, SessionSettings::default())?;
    keep_assets(&mut session);
    session.draw(frame, None)?;
    let taken = snapshot(&mut session);
    for what in &taken.left_out {
        println!("left out: {what}");
    }
    std::fs::write(out, write_glb(&taken.scene)?)?;
    println!("{}: {} things", out.display(), taken.scene.nodes.len());
    Ok(())
}
