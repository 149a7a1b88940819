//! Area `contact`: scenes in which cloth is hardest to keep apart, frame by frame, and how many pairs of an edge and a triangle meet.

mod peers;
mod walker;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use kinema::cloth::solver::contact::referee;
use kinema::cloth::solver::contact::scenes::{FRAMES_PER_SEC, Scene, SceneError};

use self::peers::{Given, Peers, Script};
use self::walker::Walker;
use crate::peer::{Peer, PeerName};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

const NAME: PeerName = PeerName { peer: "ipctk", package: "ipctk" };
const SCRIPT: (&str, &str) = ("ipctk_referee.py", include_str!("../peers/ipctk_referee.py"));

/// What is looked at after every frame.
trait Looked {
    fn name(&self) -> &'static str;
    fn frames(&self) -> u32;
    fn step_frame(&mut self) -> Result<(), BenchError>;
    /// Vertices of the cloths, then of bodies, metres.
    fn positions_m(&self) -> Vec<[f64; 3]>;
    /// Triangles of the cloths, then of bodies.
    fn triangles(&self) -> Vec<[u32; 3]>;
    fn cloth_vertices(&self) -> usize;
    /// Figures of its own at the end.
    fn figures(&self) -> Vec<(&'static str, f64)>;
    /// What a peer needs to simulate it too; `None` where only Kinema can.
    fn given(&self) -> Option<Given>;
    /// Where pins should be now, metres, in the order of [`Given::pinned`].
    fn pins_m(&self) -> Vec<[f64; 3]>;
}

impl Looked for Scene {
    fn name(&self) -> &'static str {
        self.name
    }

    fn frames(&self) -> u32 {
        self.frames
    }

    fn step_frame(&mut self) -> Result<(), BenchError> {
        Scene::step_frame(self);
        Ok(())
    }

    fn positions_m(&self) -> Vec<[f64; 3]> {
        Scene::positions_m(self)
    }

    fn triangles(&self) -> Vec<[u32; 3]> {
        self.contact.solver.mesh().triangles.clone()
    }

    fn cloth_vertices(&self) -> usize {
        self.contact.solver.mesh().cloth_vertices
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        vec![("fastest_m_s", f64::from(self.fastest_m_s())), ("pin_lag_m", self.pin_lag_m())]
    }

    fn given(&self) -> Option<Given> {
        Some(Given {
            fabric: self.cloth.fabric().clone(),
            mesh: self.cloth.mesh().clone(),
            pinned: self.pinned().to_vec(),
            bodies: self.contact.bodies.clone(),
            frame_secs: 1.0 / FRAMES_PER_SEC,
        })
    }

    fn pins_m(&self) -> Vec<[f64; 3]> {
        self.pin_targets_m()
    }
}

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let machine = Machine::here("no graphics device".to_owned());
    let threads = machine.cores;
    let share = |frames: u32| if args.quick { frames / 4 } else { frames };
    let cells = |cells: usize| if args.quick { cells / 2 } else { cells };
    let mut referee = args.peer.as_ref().map(|_| Referee::start()).transpose()?;
    let peers = args.peer.as_deref().map(Peers::find).transpose()?;
    let scenes: [Box<dyn Looked>; 6] = [
        Box::new(scene(Scene::ribbon(share(150), threads))?),
        Box::new(scene(Scene::funnel(cells(16), share(60), threads))?),
        Box::new(scene(Scene::hem(cells(32), share(120), threads))?),
        Box::new(Walker::shawl(share(48), threads)?),
        Box::new(Walker::dress(share(48), threads)?),
        Box::new(Walker::dress_in_haste(share(48), threads)?),
    ];
    let mut metrics = BTreeMap::new();
    let mut worst = [0.0f64; 2];
    let mut beside = Vec::new();
    for mut scene in scenes {
        tell(scene.name());
        let mut script = peers.as_ref().and_then(|_| Script::begin(scene.as_ref()));
        let most = look(scene.as_mut(), referee.as_mut(), script.as_mut())?;
        let name = format!("cloth.intersecting_pairs_{}", scene.name());
        metrics.insert(name.clone(), most[0]);
        if referee.is_some() {
            metrics.insert(format!("{name}_ipctk"), most[1]);
        }
        for (what, value) in scene.figures() {
            metrics.insert(format!("cloth.{}_{what}", scene.name()), value);
        }
        worst = [0, 1].map(|k| worst[k].max(most[k]));
        if let (Some(peers), Some(script), Some(referee)) = (&peers, &script, &mut referee) {
            metrics.insert(format!("contact.{}_moved_m_kinema", scene.name()), script.moved_m(&scene.positions_m()));
            peers.simulate(script, referee, &mut metrics, &mut beside, tell)?;
        }
    }
    metrics.insert("cloth.intersecting_pairs_max".to_owned(), worst[0].max(worst[1]));
    let mut notes = vec![
        "intersecting_pairs: pairs of an edge and a triangle without a common vertex that meet, cloth with cloth and cloth with bodies of \
         triangles, at the start and at the worst of all frames; by a count of our own in f64 and, with the peer, by the IPC Toolkit."
            .to_owned(),
        "ribbon: 2.4 x 80 cm, twisted ten turns in two seconds and held. funnel: eight sheets of 30 cm fall into one. hem: a foot of triangles presses the hem of \
         a hanging sheet to a slit of 1 mm above the ground and drags it, four times. walker: a sheet falls on a person of the shot format who starts to walk. dress: a garment \
         of the shot format on a woman who walks at 1.1 m/s (dress_in_haste: 1.5); what cloth meets is her skin with mittens for hands, and trunk and legs that give way to the arms on them."
            .to_owned(),
        "pairs_with_drawn_skin: the same by our own count of cloth and skin as they are drawn, at the worst of all frames; where arms lie against the trunk, cloth \
         between them is inside one of the two. deepest_dent_m: how far cloth that had no room held the body back at the end of a frame, at most."
            .to_owned(),
        "pin_lag_m: how far the ribbon's pins are from where they should be at the end; they stop before they drive cloth through cloth."
            .to_owned(),
    ];
    if !beside.is_empty() {
        notes.push(
            "contact.*_pairs_max_PEER: the same count by the IPC Toolkit in a peer's own simulation of a scene, at the worst of the frames that it did (contact.*_frames_PEER); \
             moved_m: how far vertices are from their start in its last frame, on average. Settings of peers stand in tools/bench/peers/*_contact.py."
                .to_owned(),
        );
        notes.append(&mut beside);
    }
    Ok(BenchReport { area: args.area.clone(), machine, metrics, notes })
}

fn scene(scene: Result<Scene, SceneError>) -> Result<Scene, BenchError> {
    scene.map_err(|error| match error {
        SceneError::Cloth(error) => error.into(),
        SceneError::Contact(error) => error.into(),
    })
}

/// The most pairs that meet at the start or after any frame: by our count, and by the peer's.
///
/// `script` takes down what happens to the cloth.
fn look(
    scene: &mut dyn Looked,
    mut peer: Option<&mut Referee>,
    mut script: Option<&mut Script>,
) -> Result<[f64; 2], BenchError> {
    let (triangles, cloth) = (scene.triangles(), scene.cloth_vertices());
    if let Some(peer) = &mut peer {
        peer.mesh(&triangles, cloth)?;
    }
    let mut most = [0.0f64; 2];
    for frame in 0..=scene.frames() {
        if frame > 0 {
            scene.step_frame()?;
        }
        let positions = scene.positions_m();
        if let Some(script) = &mut script {
            script.take_down(scene, &positions);
        }
        most[0] = most[0].max(meeting(&positions, &triangles, cloth) as f64);
        if let Some(peer) = &mut peer {
            most[1] = most[1].max(peer.frame(&positions)?);
        }
    }
    Ok(most)
}

/// How many pairs of an edge and a triangle meet, if one of them at least is of the first `cloth` vertices.
fn meeting(positions_m: &[[f64; 3]], triangles: &[[u32; 3]], cloth: usize) -> usize {
    let mut edges: Vec<[u32; 2]> =
        triangles.iter().flat_map(|[a, b, c]| [[a, b], [b, c], [c, a]]).map(|[a, b]| [*a.min(b), *a.max(b)]).collect();
    edges.sort_unstable();
    edges.dedup();
    let is_body = |vertices: &[u32]| vertices.iter().all(|v| *v as usize >= cloth);
    let met = referee::intersections(positions_m, &edges, triangles);
    met.iter().filter(|(e, t)| !(is_body(&edges[*e]) && is_body(&triangles[*t]))).count()
}

/// The IPC Toolkit in a process of its own.
struct Referee {
    peer: Peer,
    /// Holds the script and what it reads.
    dir: tempfile::TempDir,
}

impl Referee {
    fn start() -> Result<Self, BenchError> {
        let python = NAME.python()?;
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let script = dir.path().join(SCRIPT.0);
        fs::write(&script, SCRIPT.1).map_err(|source| BenchError::Io { path: script.clone(), source })?;
        Ok(Self { peer: Peer::start(NAME, Command::new(python).arg(script))?, dir })
    }

    fn mesh(&mut self, triangles: &[[u32; 3]], cloth: usize) -> Result<(), BenchError> {
        let path = self.write(triangles.iter().flatten().flat_map(|v| v.to_le_bytes()).collect())?;
        self.peer.ask(&format!("mesh {path} {cloth}")).map(|_| ())
    }

    fn frame(&mut self, positions_m: &[[f64; 3]]) -> Result<f64, BenchError> {
        let path = self.write(positions_m.iter().flatten().flat_map(|x| x.to_le_bytes()).collect())?;
        // No number is as bad as an intersection.
        Ok(self.peer.ask(&format!("frame {path}"))?.parse().unwrap_or(f64::INFINITY))
    }

    fn write(&self, bytes: Vec<u8>) -> Result<String, BenchError> {
        let path = self.dir.path().join("numbers.bin");
        fs::write(&path, bytes).map_err(|source| BenchError::Io { path: path.clone(), source })?;
        Ok(path.display().to_string())
    }
}
