//! A sheet that falls on a person who starts to walk: the shot format's own person, cloth and world.

use std::path::Path;
use std::sync::Arc;

use bevy::app::App;
use kinema::KinemaPlugins;
use kinema::cloth::ClothBakeError;
use kinema::cloth::form;
use kinema::cloth::shot::Cloth;
use kinema::cloth::simulation::ClothWorld;
use kinema_core::{BakeStore, Format, LoadedShot, PartRegistry, SolidForm, SolidPlace, SolidSource, parse_shot};

use super::Looked;
use crate::BenchError;

const PARTS: &str = r#"
    (id: "person", part: Human(motion: (acts: [Walk(start_secs: 0.4, to: [(0, 4)], speed_m_s: 1.35)]))),
    (id: "shawl", position: (0.02, 1.86, 0.05), rotation_deg: (-90, 20, 0), part: Cloth(cut: Sheet(size_m: (0.9, 0.9), spacing_m: 0.03), material: Cotton)),
"#;

pub struct Walker {
    frames: u32,
    frame: i64,
    world: ClothWorld,
    /// The same people once more, to know where they are.
    sources: Vec<Box<dyn SolidSource>>,
    body: Vec<[f64; 3]>,
    triangles: Vec<[u32; 3]>,
    cloth_vertices: usize,
    /// Bakes of motion are kept here meanwhile.
    _dir: tempfile::TempDir,
}

impl Walker {
    /// # Errors
    /// Nobody can be made, or cloth not simulated.
    pub fn new(frames: u32, threads: usize) -> Result<Self, BenchError> {
        let mut app = App::new();
        app.add_plugins(KinemaPlugins);
        let registry = app.world().resource::<PartRegistry>();
        let text = format!(
            "(schema: 1, timeline: (rate: \"24/1\", frames: {frames}), output: (width: 64, height: 36), parts: [{PARTS}])"
        );
        let shot = Arc::new(parse_shot(text.as_bytes(), Path::new("walker.shot.ron"), Format::Ron, registry)?);
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let store = BakeStore::new(dir.path());
        let sources = shot.solids(&store).map_err(ClothBakeError::Solids)?;
        let Some(world) = ClothWorld::open(&shot, &store, threads)? else {
            return Err(BenchError::NothingMeasured("the walker wears no cloth".to_owned()));
        };
        let (mut triangles, cloth_vertices) = cloth(&shot)?;
        let mut first = cloth_vertices as u32;
        for solid in sources.iter().flat_map(|source| source.solids()) {
            if let SolidForm::Mesh { vertices, triangles: of_body } = &solid.form {
                triangles.extend(of_body.iter().map(|t| t.map(|v| v + first)));
                first += *vertices as u32;
            }
        }
        Ok(Self { frames, frame: 0, world, sources, body: Vec::new(), triangles, cloth_vertices, _dir: dir })
    }
}

/// Triangles of all cloths, and how many vertices they have.
fn cloth(shot: &LoadedShot) -> Result<(Vec<[u32; 3]>, usize), BenchError> {
    let (mut triangles, mut vertices) = (Vec::new(), 0);
    for cloth in shot.shot.parts.iter().filter_map(|part| part.part.get::<Cloth>()) {
        let mesh = form::mesh(&cloth.cut)?;
        triangles.extend(mesh.triangles.iter().map(|t| t.map(|v| v + vertices as u32)));
        vertices += mesh.positions_m.len();
    }
    Ok((triangles, vertices))
}

impl Looked for Walker {
    fn name(&self) -> &'static str {
        "walker"
    }

    fn frames(&self) -> u32 {
        self.frames
    }

    fn step_frame(&mut self) -> Result<(), BenchError> {
        self.world.step_frame()?;
        self.frame += 1;
        self.body.clear();
        for source in &mut self.sources {
            for place in source.places(self.frame).map_err(ClothBakeError::Solids)? {
                if let SolidPlace::Vertices(vertices) = place {
                    self.body.extend(vertices.iter().map(|v| v.as_dvec3().to_array()));
                }
            }
        }
        Ok(())
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
        vec![("lowest_m", lowest)]
    }
}
