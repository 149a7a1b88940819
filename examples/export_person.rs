//! Takes a moving person out as one `.glb` file with skin, 52 facial morph targets and animation, for another program.
//!
//! `cargo run --example export_person -- person.glb [motion.bvh]`
//!
//! Without a motion file the person looks round, smiles and raises an arm. To have Khronos' validator look at the file:
//! `npm install gltf-validator`, then `node plugins/humanoid/fixtures/validate_glb.cjs person.glb`.

use std::path::Path;
use std::sync::Arc;

use kinema::core::{Faults, FrameRate, Seed};
use kinema::humanoid::motion::clips::{ClipLayer, Clips};
use kinema::humanoid::wardrobe::Wardrobe;
use kinema::humanoid::{Figure, Human, export_person_glb};

const FRAMES: i64 = 48;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (out, motion) = match arguments.as_slice() {
        [out] => (out, None),
        [out, motion] => (out, Some(Path::new(motion))),
        _ => return Err("usage: export_person OUT.glb [MOTION.bvh]".into()),
    };
    export(Path::new(out), motion)
}

/// Two seconds of a person, moved by a recording if there is one.
pub fn export(out: &Path, motion: Option<&Path>) -> Result<(), Box<dyn std::error::Error>> {
    let mut person = Human::default();
    let mut figure = Figure::new(Arc::new(Wardrobe::load()?), Seed(1));
    if let Some(motion) = motion {
        let (Some(folder), Some(file)) = (motion.parent(), motion.file_name()) else {
            return Err("the motion is no file".into());
        };
        person.motion.clips.push(ClipLayer { file: file.to_string_lossy().into_owned(), ..ClipLayer::default() });
        let mut faults = Faults::default();
        figure.lend_clips(Clips::default().of(&person.motion.clips, folder, false, &mut faults));
        if let Some(fault) = faults.take_first() {
            return Err(fault.message.into());
        }
    }
    let mut at = |frame: i64| {
        let share = frame as f32 / FRAMES as f32;
        let mut person = person.clone();
        person.smile = share;
        if motion.is_none() {
            person.head.yaw_deg = 50.0 * (share * std::f32::consts::TAU).sin();
            person.pose.insert("upperarm01.L".to_owned(), [0.0, 0.0, 60.0 * share]);
        }
        person
    };
    let bytes = export_person_glb(&mut figure, "person", FrameRate::FILM, 0..=FRAMES, &mut at)?;
    std::fs::write(out, &bytes)?;
    println!("{}: {} bytes, {} keys", out.display(), bytes.len(), FRAMES + 1);
    Ok(())
}
