//! Two sheets over each other fall on the skin of a person who walks, on the processor and on the device: is every bit the same?

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use kinema::cloth::ClothBakeError;
use kinema::cloth::device::self_test::Opened;
use kinema::cloth::device::{Arithmetic, DeviceGroup, Kernels};
use kinema::cloth::reference::layers::hash;
use kinema::cloth::solver::cloth::{Cloth, Fastenings};
use kinema::cloth::solver::contact::hook::{Contact, Led};
use kinema::cloth::solver::contact::mesh::{BodyMesh, ContactMesh, Layer};
use kinema::cloth::solver::contact::solver::ContactSettings;
use kinema::cloth::solver::fabric::Fabric;
use kinema::cloth::solver::grids::{Diagonals, rectangle};
use kinema::cloth::solver::position::from_metres;
use kinema::cloth::solver::settings::Settings;
use kinema::cloth::solver::step::step_together;
use kinema::cloth::surroundings::layer;
use kinema_core::{BakeStore, Format, SolidForm, SolidPlace, parse_shot};

use crate::BenchError;

const RATE: u32 = 24;
const SUBSTEPS: u32 = 50;
const PERSON: &str =
    "(id: \"person\", part: Human(motion: (acts: [Walk(start_secs: -1, to: [(0, 4)], speed_m_s: 1.35)])))";
/// Side of the sheets, and cells along it; how high over the head they begin.
const SIDE_M: f64 = 0.5;
const CELLS: usize = 10;
const HEIGHTS_M: [f64; 2] = [0.0035, 0.0055];
/// Free about the skin besides the half thickness, as in shots.
const CLEARANCE_M: f32 = 0.002;

/// What a person's skin does, frame by frame.
struct Skin {
    bodies: Vec<BodyMesh>,
    /// Vertices of all of it, metres.
    frames: Vec<Vec<[f64; 3]>>,
}

impl Skin {
    fn walking(frames: u32) -> Result<Skin, BenchError> {
        let text = format!(
            "(schema: 1, timeline: (rate: \"{RATE}/1\", frames: {}), output: (width: 64, height: 36), parts: [{PERSON}])",
            frames + 1
        );
        let registry = kinema::part_registry();
        let shot = Arc::new(parse_shot(text.as_bytes(), Path::new("walker.shot.ron"), Format::Ron, &registry)?);
        let dir = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let mut sources = shot.solids(&BakeStore::new(dir.path())).map_err(ClothBakeError::Solids)?;
        let mut bodies = Vec::new();
        for solid in sources.iter().flat_map(|source| source.solids()) {
            if let SolidForm::Mesh { vertices, triangles } = &solid.form {
                let (triangles, friction) = (triangles.to_vec(), solid.friction);
                bodies.push(BodyMesh {
                    vertices: *vertices,
                    triangles,
                    clearance_m: CLEARANCE_M,
                    friction,
                    pose: Vec::new(),
                });
            }
        }
        let mut places = Vec::new();
        for frame in 0..=i64::from(frames) {
            let mut all = Vec::new();
            for source in &mut sources {
                for place in source.places(frame).map_err(ClothBakeError::Solids)? {
                    if let SolidPlace::Vertices(vertices) = place {
                        all.extend(vertices.iter().map(|v| v.as_dvec3().to_array()));
                    }
                }
            }
            places.push(all);
        }
        Ok(Skin { bodies, frames: places })
    }

    /// At the start of each substep of a frame, and at its end, units: straight ways, as in shots.
    fn path(&self, frame: u32) -> Vec<Vec<[i32; 3]>> {
        let [from, to] = [0, 1].map(|ahead| &self.frames[frame as usize + ahead]);
        let at = |share: f64| {
            let place = |(a, b): (&[f64; 3], &[f64; 3])| [0, 1, 2].map(|k| from_metres(a[k] + (b[k] - a[k]) * share).0);
            from.iter().zip(to).map(place).collect()
        };
        (0..=SUBSTEPS).map(|step| at(f64::from(step) / f64::from(SUBSTEPS))).collect()
    }

    /// Two sheets over the head.
    fn sheets(&self) -> Result<(Vec<Cloth>, Contact), BenchError> {
        let top = self.frames[0].iter().fold([0.0, f64::MIN, 0.0], |top, p| if p[1] > top[1] { *p } else { top });
        let mut cloths = Vec::new();
        for (height_m, fabric) in HEIGHTS_M.into_iter().zip([
            Fabric { thickness_m: 1e-3, friction: 0.3, ..Fabric::isotropic(0.15, 1000.0, 1e-5, 0.3) },
            Fabric { thickness_m: 6e-4, friction: 0.5, ..Fabric::isotropic(0.1, 500.0, 1e-5, 0.2) },
        ]) {
            let mut mesh = rectangle([SIDE_M; 2], [CELLS; 2], Diagonals::Alternating)?;
            for p in &mut mesh.positions_m {
                *p = [p[0] - 0.5 * SIDE_M + top[0], top[1] + height_m, p[2] + 0.5 * SIDE_M + top[2]];
            }
            let substep_secs = (1.0 / f64::from(RATE) / f64::from(SUBSTEPS)) as f32;
            cloths.push(Cloth::new(
                mesh,
                fabric,
                Settings { substep_secs, ..Settings::default() },
                Fastenings::default(),
            )?);
        }
        let starts: Vec<Vec<[i32; 3]>> =
            cloths.iter().map(|cloth| cloth.state().particles().iter().map(|p| p.q()).collect()).collect();
        let layers: Vec<Layer> =
            cloths.iter().zip(&starts).map(|(cloth, start)| layer(cloth.mesh(), cloth.fabric(), start)).collect();
        let contact = Contact::new(ContactMesh::of_layers(&layers, &self.bodies)?, ContactSettings::default());
        Ok((cloths, contact))
    }
}

/// Hashes after so many frames, here and there, and what happened.
pub fn hashes(
    frames: u32,
    workgroups: &[u32],
    opened: &Opened,
    tell: &mut dyn FnMut(&str),
) -> Result<(Vec<String>, String), BenchError> {
    tell("sheets on the skin of a person who walks, on the processor");
    let skin = Skin::walking(frames)?;
    let (mut cloths, mut contact) = skin.sheets()?;
    let (mut most_near, start) = (0, Instant::now());
    for frame in 0..frames {
        let path = skin.path(frame);
        let mut ways = path.windows(2);
        let mut led = Led::new(&mut contact, |contact, _| {
            if let Some([now, next]) = ways.next() {
                // As many as the mesh has.
                drop(contact.solver.send_bodies(now, next));
            }
        });
        step_together(&mut cloths.iter_mut().collect::<Vec<_>>(), SUBSTEPS, &mut led)?;
        most_near = most_near.max(contact.solver.counts.near);
    }
    let here_secs = start.elapsed().as_secs_f64() / f64::from(frames);
    let mut hashes = vec![hash(cloths.iter().map(Cloth::state))];
    let mut there_secs = 0.0;
    for workgroup in workgroups {
        tell(&format!("sheets on the skin of a person who walks, on the device, workgroups of {workgroup}"));
        let kernels = Kernels::new(&opened.device, Arithmetic::Exact, *workgroup)?;
        let (mut cloths, contact) = skin.sheets()?;
        let mut cloths: Vec<&mut Cloth> = cloths.iter_mut().collect();
        let mut there = DeviceGroup::new(&mut cloths, &contact, &kernels, &opened.device, &opened.queue, u64::MAX)?;
        let start = Instant::now();
        for frame in 0..frames {
            there.contact.send_bodies(skin.path(frame))?;
            there.step(&kernels, SUBSTEPS)?;
        }
        there_secs = start.elapsed().as_secs_f64() / f64::from(frames);
        hashes.push(hash(&there.read_states()?));
    }
    let note = format!(
        "{frames} frames of {SUBSTEPS} steps of two sheets that fall over each other on the skin of a person who walks, {} triangles, up to \
         {most_near} near pairs; {here_secs:.1} s a frame on the processor with one thread, {there_secs:.1} s on the device",
        skin.bodies.iter().map(|body| body.triangles.len()).sum::<usize>()
    );
    Ok((hashes, note))
}
