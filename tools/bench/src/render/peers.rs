//! Blender beside Kinema: the same world, the same size, in turns.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kinema::export::ExportEvent;
use kinema::export::gltf::write_glb;
use kinema::snapshot;

use super::{Stage, io, order, scratch};
use crate::BenchError;
use crate::peer::{Peer, PeerName, require};
use crate::stats::{measured, median, ratio_of_medians};

const SCRIPT: &str = include_str!("../../peers/blender_render.py");

/// One of Blender's renderers, as it is measured.
pub struct Engine {
    name: PeerName,
    /// Blender's name for it.
    id: &'static str,
    samples: u32,
}

const ENGINES: [Engine; 2] = [
    Engine { name: PeerName { peer: "blender", package: "blender" }, id: "BLENDER_EEVEE", samples: 16 },
    Engine { name: PeerName { peer: "cycles", package: "blender" }, id: "CYCLES", samples: 16 },
];

impl Engine {
    /// # Errors
    /// The peer is not installed.
    pub fn of(peer: &str) -> Result<&'static Self, BenchError> {
        let found = ENGINES.iter().find(|engine| engine.name.peer == peer);
        let engine = found.ok_or_else(|| BenchError::UnknownPeer {
            area: "render",
            peer: peer.to_owned(),
            known: ENGINES.map(|engine| engine.name.peer).join(", "),
        })?;
        require(engine.name, &["blender", "xvfb-run"])?;
        Ok(engine)
    }

    pub fn title(&self) -> String {
        format!("Blender's {} at {} samples", self.id, self.samples)
    }

    /// Adds `render.fps_ratio_vs_<peer>` and the seconds per frame of both.
    pub fn measure(
        &self,
        stage: &mut Stage,
        turns: i64,
        keep_dir: Option<&Path>,
        metrics: &mut BTreeMap<String, f64>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Vec<String>, BenchError> {
        let scratch = scratch()?;
        let dir = keep_dir.unwrap_or(scratch.path());
        fs::create_dir_all(dir).map_err(io(dir))?;
        let mut notes = self.write_scene(stage, dir)?;
        let script = scratch.path().join("blender_render.py");
        fs::write(&script, SCRIPT).map_err(io(&script))?;

        let mut command = Command::new("xvfb-run");
        command.args(["-a", "blender", "-b", "--factory-startup", "-noaudio", "-P"]).arg(&script).arg("--");
        command.arg(dir.join("scene.glb")).args([self.id, &self.samples.to_string()]).arg(dir);
        let mut peer = Peer::start(self.name, &mut command)?;
        tell("the peer compiles its shaders");
        peer.ask_secs(&format!("{}_warm_up", self.name.peer))?;

        let frames = stage.frames(turns + 1);
        let out_dir = scratch.path().join("ours");
        let exporter = stage.exporter(out_dir.clone(), frames.clone())?;
        let events = exporter.events();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (turn, frame) in frames.enumerate() {
            let start = Instant::now();
            let mut pictures = stage.session.draw(frame, Some(order()))?;
            pictures.extend(stage.session.flush()?);
            for picture in pictures {
                exporter.submit(picture)?;
            }
            loop {
                match events.recv_timeout(Duration::from_secs(60)) {
                    Ok(ExportEvent::FrameCommitted { .. }) => break,
                    Ok(_) => {}
                    Err(_) => {
                        return Err(BenchError::NothingMeasured(format!(
                            "frame {frame} was not written within a minute"
                        )));
                    }
                }
            }
            let our_secs = start.elapsed().as_secs_f64();
            // Both have one turn that does not count: caches are then as warm on either side.
            let their_secs = peer.ask_secs(&format!("{}_{frame}", self.name.peer))?;
            tell(&format!("frame {frame}: {our_secs:.3} s, {} {their_secs:.3} s", self.name.peer));
            if turn > 0 {
                ours.push(our_secs);
                theirs.push(their_secs);
            }
        }
        drop(peer);
        exporter.suspend()?;
        if let Some(keep_dir) = keep_dir {
            copy_pictures(&out_dir.join("frames"), keep_dir)?;
        }

        let peer = self.name.peer;
        let ratio_name = format!("render.fps_ratio_vs_{peer}");
        metrics.insert(ratio_name.clone(), measured(&ratio_name, ratio_of_medians(&theirs, &ours))?);
        for (name, samples) in
            [(format!("render.{peer}_secs_per_frame"), &theirs), (format!("render.secs_per_frame_vs_{peer}"), &ours)]
        {
            let secs = measured(&name, median(samples))?;
            metrics.insert(name, secs);
        }
        notes.push(format!(
            "fps_ratio_vs_{peer}: {} frames each, in turns, from the call to the PNG on disk. Ours as the shot says ({:?}), \
             one frame further each turn; {} on the exported world, otherwise at factory settings, without depth of field, \
             bloom and motion blur.",
            ours.len(),
            stage.shot.shot.look.anti_aliasing,
            self.title()
        ));
        Ok(notes)
    }

    /// Puts the world of the frame drawn last into `scene.glb`.
    fn write_scene(&self, stage: &mut Stage, dir: &Path) -> Result<Vec<String>, BenchError> {
        stage.session.draw(stage.first, None)?;
        let taken = snapshot(&mut stage.session);
        let triangles: usize = taken
            .scene
            .meshes
            .iter()
            .map(|mesh| mesh.indices.as_ref().map_or(mesh.positions.len(), Vec::len) / 3)
            .sum();
        let mut notes = vec![format!(
            "Exported world of frame {}: {} nodes, {triangles} triangles, {} textures.",
            stage.first,
            taken.scene.nodes.len(),
            taken.scene.images.len()
        )];
        notes.extend(taken.left_out.iter().map(|what| format!("Not in the exported world: {what}.")));
        let path = dir.join("scene.glb");
        fs::write(&path, write_glb(&taken.scene)?).map_err(io(&path))?;
        Ok(notes)
    }
}

fn copy_pictures(from: &Path, to: &Path) -> Result<(), BenchError> {
    for entry in fs::read_dir(from).map_err(io(from))?.flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).map_err(io(to))?;
    }
    Ok(())
}
