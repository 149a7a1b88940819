//! Blender and Newton beside Kinema: the same scenes, each peer's own simulation of them, counted by the same referee.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kinema::cloth::solver::contact::shapes::{Body, Core};
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::mesh::ClothMesh;
use kinema::cloth::solver::position::to_metres;
use serde_json::json;

use super::{Looked, Referee};
use crate::BenchError;
use crate::peer::{Peer, PeerName, require};

const NEWTON: PeerName = PeerName { peer: "newton", package: "newton" };
const BLENDER: PeerName = PeerName { peer: "blender", package: "blender" };
const READER: (&str, &str) = ("contact_scene.py", include_str!("../../peers/contact_scene.py"));
const NEWTON_SCRIPT: (&str, &str) = ("newton_contact.py", include_str!("../../peers/newton_contact.py"));
const BLENDER_SCRIPT: (&str, &str) = ("blender_contact.py", include_str!("../../peers/blender_contact.py"));
/// What a peer may take for a scene; then it is counted as far as it came.
const PATIENCE: Duration = Duration::from_secs(240);
/// Farther than this from the start is no place that cloth goes to in a scene.
const BLOWN_UP_M: f64 = 10.0;

/// What a peer is told of a scene at its start.
pub struct Given {
    pub fabric: Fabric,
    /// Of the cloths; only its pattern and triangles are used.
    pub mesh: ClothMesh,
    pub pinned: Vec<u32>,
    /// Those that are half spaces are told.
    pub bodies: Vec<Body>,
    pub frame_secs: f64,
}

/// A scene from its start to its end, without the cloth: what it is made of, and where pins and bodies of triangles are in every frame.
pub struct Script {
    name: &'static str,
    given: Given,
    triangles: Vec<[u32; 3]>,
    start_m: Vec<[f64; 3]>,
    pins_m: Vec<Vec<[f64; 3]>>,
    bodies_m: Vec<Vec<[f64; 3]>>,
}

impl Script {
    /// A scene that is at its start; `None` where peers cannot take part.
    pub fn begin(scene: &dyn Looked) -> Option<Self> {
        let mut start_m = scene.positions_m();
        start_m.truncate(scene.cloth_vertices());
        let (name, given, triangles) = (scene.name(), scene.given()?, scene.triangles());
        Some(Self { name, given, triangles, start_m, pins_m: Vec::new(), bodies_m: Vec::new() })
    }

    /// Takes down where pins and bodies are now; `positions_m` are those of the scene.
    pub fn take_down(&mut self, scene: &dyn Looked, positions_m: &[[f64; 3]]) {
        self.pins_m.push(scene.pins_m());
        self.bodies_m.push(positions_m[self.start_m.len()..].to_vec());
    }

    /// How far vertices are from where they began, metres, on average.
    pub fn moved_m(&self, positions_m: &[[f64; 3]]) -> f64 {
        let way = |(a, b): (&[f64; 3], &[f64; 3])| (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt();
        self.start_m.iter().zip(positions_m).map(way).sum::<f64>() / self.start_m.len() as f64
    }

    fn frames(&self) -> usize {
        self.pins_m.len().saturating_sub(1)
    }

    /// The file that `contact_scene.py` reads: a line of JSON, then 64-bit floating point, little-endian.
    fn write(&self, path: &Path) -> Result<(), BenchError> {
        let cloth = self.start_m.len();
        let given = &self.given;
        let planes = given.bodies.iter().filter(|body| body.core == Core::HalfSpace).map(|body| {
            let at = [0, 1, 2].map(|k| to_metres(body.q[k], body.offset_m.to_array()[k]));
            let normal = body.axes[1].to_array().map(f64::from);
            at.into_iter().chain(normal).chain([f64::from(body.friction)]).collect::<Vec<f64>>()
        });
        let (of_cloth, of_bodies) = self.triangles.split_at(given.mesh.triangles.len());
        let header = json!({
            "frames": self.frames(),
            "frame_secs": given.frame_secs,
            "vertices": cloth,
            "triangles": of_cloth.len(),
            "pins": given.pinned.len(),
            "body_vertices": self.bodies_m.first().map_or(0, Vec::len),
            "body_triangles": of_bodies.len(),
            "planes": planes.collect::<Vec<_>>(),
            "area_density_kg_m2": given.fabric.area_density_kg_m2,
            "thickness_m": given.fabric.thickness_m,
            "stretch_n_m": 0.5 * (given.fabric.stretch_warp_n_m + given.fabric.stretch_weft_n_m),
            "shear_n_m": given.fabric.shear_n_m,
            "poisson": given.fabric.poisson,
            "bend_n_m": 0.5 * (given.fabric.bend_warp_n_m + given.fabric.bend_weft_n_m),
            "friction": given.fabric.friction,
        });
        let mut flat = vec![[0.0; 2]; cloth];
        for (corners, uv) in given.mesh.triangles.iter().zip(&given.mesh.corner_uv_m) {
            for (corner, uv) in corners.iter().zip(uv) {
                flat[*corner as usize] = *uv;
            }
        }
        let mut bytes = format!("{header}\n").into_bytes();
        let mut put = |numbers: &mut dyn Iterator<Item = f64>| bytes.extend(numbers.flat_map(f64::to_le_bytes));
        put(&mut self.start_m.iter().flatten().copied());
        put(&mut flat.iter().flatten().copied());
        put(&mut of_cloth.iter().flatten().map(|v| f64::from(*v)));
        put(&mut given.pinned.iter().map(|v| f64::from(*v)));
        put(&mut self.pins_m.iter().flatten().flatten().copied());
        put(&mut of_bodies.iter().flatten().map(|v| f64::from(*v) - cloth as f64));
        put(&mut self.bodies_m.iter().flatten().flatten().copied());
        fs::write(path, bytes).map_err(|source| BenchError::Io { path: path.to_owned(), source })
    }
}

/// One way in which a peer simulates cloth.
struct Method {
    name: PeerName,
    /// In the names of metrics.
    metric: &'static str,
    title: &'static str,
    /// Of Newton's script.
    word: Option<&'static str>,
}

/// What a peer made of a scene.
struct Made {
    frames: usize,
    most: f64,
    /// The frame in which most met.
    at_frame: usize,
    moved_m: f64,
    secs: f64,
    /// Why it ended before the last frame.
    problem: Option<String>,
}

impl Made {
    fn words(&self, script: &Script, method: &Method) -> String {
        let met = match self.most {
            0.0 if self.frames == 0 => "nothing to count".to_owned(),
            0.0 => "none met".to_owned(),
            most => format!("at most {most} pairs met, in frame {}", self.at_frame),
        };
        let ended = self.problem.as_ref().map_or_else(String::new, |problem| format!("; {problem}"));
        let (name, frames, of) = (script.name, self.frames, script.frames());
        format!("{name}, {}: {met}; {frames} of {of} frames in {:.0} s{ended}.", method.title, self.secs)
    }
}

/// The peers that were asked for.
pub struct Peers {
    methods: Vec<Method>,
    /// Holds the scripts and the scenes.
    dir: tempfile::TempDir,
}

impl Peers {
    /// Those in `names`, separated by commas; others are none of this module's.
    ///
    /// # Errors
    /// One is not installed.
    pub fn find(names: &str) -> Result<Self, BenchError> {
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        for (name, text) in [READER, NEWTON_SCRIPT, BLENDER_SCRIPT] {
            let path = dir.path().join(name);
            fs::write(&path, text).map_err(|source| BenchError::Io { path, source })?;
        }
        let mut methods = Vec::new();
        for name in names.split(',') {
            if name == BLENDER.peer {
                require(BLENDER, &["blender"])?;
                methods.push(Method { name: BLENDER, metric: "blender", title: "Blender's cloth", word: None });
            } else if name == NEWTON.peer {
                NEWTON.python()?;
                let method = |metric, title, word| Method { name: NEWTON, metric, title, word: Some(word) };
                methods.push(method("newton", "Newton's VBD", "vbd"));
                methods.push(method("newton_xpbd", "Newton's XPBD", "xpbd"));
            }
        }
        Ok(Self { methods, dir })
    }

    /// What each makes of a scene. A peer that does not come to its end has a note that says so.
    ///
    /// # Errors
    /// Files, and the referee, who must have the scene's mesh.
    pub fn simulate(
        &self,
        script: &Script,
        referee: &mut Referee,
        metrics: &mut BTreeMap<String, f64>,
        notes: &mut Vec<String>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<(), BenchError> {
        let scene = self.dir.path().join("scene.bin");
        script.write(&scene)?;
        for method in &self.methods {
            tell(&format!("{}, {}", script.name, method.title));
            let made = self.run(method, script, &scene, referee)?;
            notes.push(made.words(script, method));
            let mut put = |what, value| {
                metrics.insert(format!("contact.{}_{what}_{}", script.name, method.metric), value);
            };
            put("frames", made.frames as f64);
            if made.frames > 0 {
                put("pairs_max", made.most);
                put("moved_m", made.moved_m);
            }
        }
        Ok(())
    }

    fn run(&self, method: &Method, script: &Script, scene: &Path, referee: &mut Referee) -> Result<Made, BenchError> {
        let mut made = Made { frames: 0, most: 0.0, at_frame: 0, moved_m: 0.0, secs: 0.0, problem: None };
        let out = self.dir.path().join("positions.bin");
        let mut peer = Peer::start(method.name, &mut self.command(method)?)?;
        let mut begun = Instant::now();
        // One that ends or hangs is no failure of the measurement: it did not finish.
        if let Err(error) = peer.ask(&format!("scene {}", scene.display())) {
            made.problem = Some(error.to_string());
        }
        while made.problem.is_none() && made.frames < script.frames() {
            if let Err(error) = peer.ask(&format!("frame {}", out.display())) {
                made.problem = Some(error.to_string());
                break;
            }
            made.secs += begun.elapsed().as_secs_f64();
            let positions = read(&out)?;
            let is_there = |p: &[f64; 3], start: &[f64; 3]| (0..3).all(|k| (p[k] - start[k]).abs() < BLOWN_UP_M);
            if !positions.iter().zip(&script.start_m).all(|(p, start)| is_there(p, start)) {
                made.problem = Some(format!("it blew up in frame {}", made.frames + 1));
                break;
            }
            made.frames += 1;
            made.moved_m = script.moved_m(&positions);
            let pairs = referee.frame(&positions)?;
            if pairs > made.most {
                (made.most, made.at_frame) = (pairs, made.frames);
            }
            if made.secs > PATIENCE.as_secs_f64() && made.frames < script.frames() {
                made.problem = Some(format!("it did not finish in {} s", PATIENCE.as_secs()));
            }
            begun = Instant::now();
        }
        Ok(made)
    }

    fn command(&self, method: &Method) -> Result<Command, BenchError> {
        let file = |name| self.dir.path().join(name);
        let mut command;
        if let Some(word) = method.word {
            command = Command::new(NEWTON.python()?);
            command.arg(file(NEWTON_SCRIPT.0)).arg(word);
        } else {
            command = Command::new("blender");
            command.args(["-b", "--factory-startup", "-noaudio", "-P"]).arg(file(BLENDER_SCRIPT.0));
        }
        Ok(command)
    }
}

/// Three 64-bit numbers a vertex.
fn read(path: &Path) -> Result<Vec<[f64; 3]>, BenchError> {
    let bytes = fs::read(path).map_err(|source| BenchError::Io { path: path.to_owned(), source })?;
    let (numbers, _) = bytes.as_chunks::<8>();
    let numbers: Vec<f64> = numbers.iter().map(|number| f64::from_le_bytes(*number)).collect();
    Ok(numbers.as_chunks::<3>().0.to_vec())
}

#[cfg(test)]
mod tests {
    use kinema::cloth::solver::contact::scenes::Scene;

    use super::*;

    #[test]
    fn a_scene_is_written_with_all_that_peers_need() {
        let mut scene = Scene::hem(6, 8, 1).expect("a scene");
        let mut script = Script::begin(&scene).expect("peers can simulate it");
        for frame in 0..=8 {
            if frame > 0 {
                Looked::step_frame(&mut scene).expect("a frame");
            }
            script.take_down(&scene, &Looked::positions_m(&scene));
        }
        let file = tempfile::NamedTempFile::new().expect("a file");
        script.write(file.path()).expect("written");
        let bytes = fs::read(file.path()).expect("read");
        let end = bytes.iter().position(|byte| *byte == b'\n').expect("a line");
        let header: serde_json::Value = serde_json::from_slice(&bytes[..end]).expect("JSON");
        let count = |name: &str| header[name].as_u64().expect(name) as usize;
        assert_eq!((count("frames"), count("pins")), (8, 5));
        assert_eq!(header["planes"], json!([[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, f64::from(0.4f32)]]));
        let frames = count("frames") + 1;
        let numbers = 5 * count("vertices")
            + 3 * (count("triangles") + count("body_triangles"))
            + count("pins") * (1 + 3 * frames)
            + 3 * count("body_vertices") * frames;
        assert_eq!(bytes.len() - end - 1, 8 * numbers);
        let last = &script.bodies_m[8];
        assert!(last.iter().zip(&script.bodies_m[0]).any(|(now, start)| now != start), "the foot moves");
        assert!(script.moved_m(&Looked::positions_m(&scene)) > 0.0, "so does the cloth");
    }
}
