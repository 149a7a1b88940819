//! Cloth on a person who walks: the shot format's own person, cloth and world. A sheet that falls on somebody who starts to walk, and a dress.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::KinemaPlugins;
use kinema::cloth::ClothBakeError;
use kinema::cloth::fabrics::Material;
use kinema::cloth::simulation::ClothWorld;
use kinema_core::{BakeStore, Format, PartRegistry, SolidForm, SolidPlace, SolidSource, parse_shot};

use super::peers::Given;
use super::{Looked, meeting};
use crate::BenchError;

/// Name of the scene with the sheet.
const SHEET: &str = "walker";
const FRAMES_PER_SEC: f64 = 24.0;
const SHAWL: &str = r#"
    (id: "person", part: Human(motion: (acts: [Walk(start_secs: 0.4, to: [(0, 4)], speed_m_s: 1.35)]))),
    (id: "shawl", position: (0.02, 1.86, 0.05), rotation_deg: (-90, 20, 0), part: Cloth(cut: Sheet(size_m: (0.9, 0.9), spacing_m: 0.03), material: Cotton)),
"#;
/// With `SPEED`, m/s.
const DRESS: &str = r#"
    (id: "ada", part: Human(
        phenotype: (gender: 1.0, age: 0.62, muscle: 0.5, weight: 0.38, height: 0.5, proportions: 0.75),
        motion: (acts: [Walk(start_secs: -2, to: [(0, 12)], speed_m_s: SPEED)]))),
    (id: "dress", part: Garment(wearer: "ada", cut: Dress(()), material: Cotton, spacing_m: 0.03)),
"#;

pub struct Walker {
    name: &'static str,
    frames: u32,
    frame: i64,
    world: ClothWorld,
    body: Vec<[f64; 3]>,
    triangles: Vec<[u32; 3]>,
    cloth_vertices: usize,
    drawn: Drawn,
    /// How far cloth held the body back so far.
    deepest_dent_m: f64,
    /// Bakes of motion are kept here meanwhile.
    _dir: tempfile::TempDir,
}

/// The skin as it is drawn, from which what cloth meets differs where a dressed person touches themselves.
struct Drawn {
    sources: Vec<Box<dyn SolidSource>>,
    /// The cloths' triangles, then its own.
    triangles: Vec<[u32; 3]>,
    /// The most pairs so far.
    most: usize,
}

impl Drawn {
    /// Counts what meets at a frame; frames come in order.
    fn count(&mut self, frame: i64, cloth: &[[f32; 3]]) -> Result<(), BenchError> {
        let mut positions: Vec<[f64; 3]> = cloth.iter().map(|place| place.map(f64::from)).collect();
        for source in &mut self.sources {
            for place in source.places(frame).map_err(ClothBakeError::Solids)? {
                if let SolidPlace::Vertices(vertices) = place {
                    positions.extend(vertices.iter().map(|v| v.as_dvec3().to_array()));
                }
            }
        }
        self.most = self.most.max(meeting(&positions, &self.triangles, cloth.len()));
        Ok(())
    }
}

impl Walker {
    /// A sheet that falls on somebody who starts to walk.
    ///
    /// # Errors
    /// Nobody can be made, or cloth not simulated.
    pub fn shawl(frames: u32, threads: usize) -> Result<Self, BenchError> {
        Self::new(SHEET, SHAWL, frames, threads)
    }

    /// A dress on a woman who walks at her ease.
    ///
    /// # Errors
    /// Nobody can be made, or cloth not simulated.
    pub fn dress(frames: u32, threads: usize) -> Result<Self, BenchError> {
        Self::new("dress", &DRESS.replace("SPEED", "1.1"), frames, threads)
    }

    /// The same on one who is late.
    ///
    /// # Errors
    /// Nobody can be made, or cloth not simulated.
    pub fn dress_in_haste(frames: u32, threads: usize) -> Result<Self, BenchError> {
        Self::new("dress_in_haste", &DRESS.replace("SPEED", "1.5"), frames, threads)
    }

    fn new(name: &'static str, parts: &str, frames: u32, threads: usize) -> Result<Self, BenchError> {
        let mut app = App::new();
        app.add_plugins(KinemaPlugins);
        let registry = app.world().resource::<PartRegistry>();
        let text = format!(
            "(schema: 1, timeline: (rate: \"{FRAMES_PER_SEC}/1\", frames: {frames}), output: (width: 64, height: 36), parts: [{parts}])"
        );
        let shot = Arc::new(parse_shot(text.as_bytes(), Path::new("walker.shot.ron"), Format::Ron, registry)?);
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let store = BakeStore::new(dir.path());
        let Some(mut world) = ClothWorld::open(&shot, &store, threads)? else {
            return Err(BenchError::NothingMeasured("the walker wears no cloth".to_owned()));
        };
        let (mut triangles, mut cloth_vertices) = (Vec::new(), 0);
        for mesh in world.meshes() {
            triangles.extend(mesh.triangles.iter().map(|t| t.map(|v| v + cloth_vertices as u32)));
            cloth_vertices += mesh.positions_m.len();
        }
        let mut drawn = Drawn {
            sources: shot.solids(&store).map_err(ClothBakeError::Solids)?,
            triangles: triangles.clone(),
            most: 0,
        };
        let mut first = cloth_vertices as u32;
        for solid in drawn.sources.iter().flat_map(|source| source.solids()) {
            if let SolidForm::Mesh { vertices, triangles: of_skin } = &solid.form {
                drawn.triangles.extend(of_skin.iter().map(|t| t.map(|v| v + first)));
                first += *vertices as u32;
            }
        }
        drawn.count(0, &world.positions_beside_drawn())?;
        let (body, of_body) = world.bodies();
        triangles.extend(of_body.iter().map(|t| t.map(|v| v + cloth_vertices as u32)));
        Ok(Self {
            name,
            frames,
            frame: 0,
            world,
            body,
            triangles,
            cloth_vertices,
            drawn,
            deepest_dent_m: 0.0,
            _dir: dir,
        })
    }
}

impl Looked for Walker {
    fn name(&self) -> &'static str {
        self.name
    }

    fn frames(&self) -> u32 {
        self.frames
    }

    fn step_frame(&mut self) -> Result<(), BenchError> {
        self.world.step_frame()?;
        self.frame += 1;
        self.body = self.world.bodies().0;
        let (_, deepest_m) = self.world.dented();
        self.deepest_dent_m = self.deepest_dent_m.max(deepest_m);
        self.drawn.count(self.frame, &self.world.positions_beside_drawn())
    }

    fn positions_m(&self) -> Vec<[f64; 3]> {
        let cloth = self.world.positions().into_iter().map(|p| p.map(f64::from));
        cloth.chain(self.body.iter().copied()).collect()
    }

    fn triangles(&self) -> Vec<[u32; 3]> {
        self.triangles.clone()
    }

    fn cloth_vertices(&self) -> usize {
        self.cloth_vertices
    }

    fn figures(&self) -> Vec<(&'static str, f64)> {
        let lowest = self.world.positions().iter().map(|p| f64::from(p[1])).fold(f64::MAX, f64::min);
        vec![
            ("lowest_m", lowest),
            ("pairs_with_drawn_skin", self.drawn.most as f64),
            ("deepest_dent_m", self.deepest_dent_m),
        ]
    }
    /// The sheet alone: peers sew no garments.
    fn given(&self) -> Option<Given> {
        let mesh = self.world.meshes().pop().filter(|_| self.name == SHEET)?;
        Some(Given {
            fabric: Material::Cotton.fabric(),
            mesh,
            pinned: Vec::new(),
            bodies: Vec::new(),
            frame_secs: 1.0 / FRAMES_PER_SEC,
        })
    }

    fn pins_m(&self) -> Vec<[f64; 3]> {
        Vec::new()
    }
}
