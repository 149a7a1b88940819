//! Where faces are drawn: one person in soft light, a portrait lens at the height of the eyes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::math::Vec3;
use bevy::prelude::Transform;
use kinema::export::{ExportSettings, Exporter, StillFormats};
use kinema::gpu::CaptureOrder;
use kinema::humanoid::wardrobe::Wardrobe;
use kinema::humanoid::{Figure, Human, Idle};
use kinema::{Session, SessionSettings};
use kinema_core::{Aov, Format, Seed, parse_shot};

use super::crop::Picture;
use crate::BenchError;

/// The camera looks along -z from here, at a person who faces it; the middle between the eyes is put to
/// [`EYES_HEIGHT_M`] over the ground on the z axis.
const CAMERA_HEIGHT_M: f32 = 1.47;
const EYES_HEIGHT_M: f32 = 1.5;
const CAMERA_DISTANCE_M: f32 = 1.0;
const FOCAL_LENGTH_MM: f32 = 85.0;
const SENSOR_MM: f32 = 36.0;
/// Frames that the shot has room for.
const FRAMES: u32 = 100_000;

/// A portrait studio with one person in it.
pub struct Studio {
    session: Session,
    wardrobe: Arc<Wardrobe>,
    keep: Option<Keep>,
    side: u32,
    frame: i64,
}

/// Where the pictures go that were asked to be kept.
struct Keep {
    exporter: Exporter,
    list_path: PathBuf,
    list: String,
}

/// A drawn face.
pub struct Portrait {
    pub picture: Picture,
    /// Where the middles of the person's right and left eyeball must be, pixels, y down.
    pub eyes: [[f32; 2]; 2],
}

impl Studio {
    /// Pictures of `side` x `side` pixels; in `keep_dir` all of them are kept, with a list of what they show.
    ///
    /// # Errors
    /// No device, no pack `anny`, a folder that cannot be written.
    pub fn open(side: u32, keep_dir: Option<&Path>) -> Result<Self, BenchError> {
        let text = format!(
            r#"(
                schema: 1,
                name: "portraits",
                timeline: (rate: "24/1", frames: {FRAMES}),
                output: (width: {side}, height: {side}),
                parts: [
                    (id: "camera", position: (0, {CAMERA_HEIGHT_M}, {CAMERA_DISTANCE_M}),
                        part: Camera(focal_length_mm: {FOCAL_LENGTH_MM}, sensor_width_mm: {SENSOR_MM})),
                    (id: "room", part: Environment(source: Uniform(color: (0.9, 0.95, 1.0), nits: 250))),
                    (id: "key", position: (-0.9, 2.1, 1.5), rotation_deg: (-19, -31, 0),
                        part: AreaLight(size_m: (1.2, 1.2), power_lm: 20000, temperature_k: 5600)),
                    (id: "person", part: Human()),
                ],
                look: (exposure_ev100: 9.6, anti_aliasing: Msaa(samples: 4)),
            )"#
        );
        let shot = parse_shot(text.as_bytes(), Path::new("portraits.shot.ron"), Format::Ron, &kinema::part_registry())?;
        let mut session = Session::new(Arc::new(shot), SessionSettings::default())?;
        session.settle(0)?;
        let wardrobe = Arc::new(Wardrobe::load()?);
        let keep = keep_dir.map(|dir| Keep::open(dir, &session, side)).transpose()?;
        Ok(Self { session, wardrobe, keep, side, frame: 0 })
    }

    /// The device and driver that draw.
    pub fn driver(&self) -> String {
        self.session.driver()
    }

    /// Draws a person's face. Life signs are switched off; `title` goes to the list of kept pictures.
    ///
    /// # Errors
    /// Drawing fails.
    pub fn draw(&mut self, human: &Human, title: &str) -> Result<Portrait, BenchError> {
        let mut human = human.clone();
        human.idle = Idle { breathing: 0.0, sway: 0.0, blinks: 0.0, saccades: 0.0, glances: 0.0 };
        self.frame += 1;
        let eyes = self.eyes_m(&human);
        let middle = 0.5 * (eyes[0] + eyes[1]);
        let moved = Vec3::new(0.0, EYES_HEIGHT_M, 0.0) - middle;
        let world = self.session.world_mut();
        for (mut part, mut transform) in world.query::<(&mut Human, &mut Transform)>().iter_mut(world) {
            part.clone_from(&human);
            transform.translation = moved;
        }
        let order = CaptureOrder { frame: None, aovs: vec![Aov::Display], display_half: false };
        let mut pictures = self.session.draw(self.frame, Some(order))?;
        pictures.extend(self.session.flush()?);
        let drawn = pictures.pop();
        let display = drawn.as_ref().and_then(|p| p.planes.iter().find(|plane| plane.aov == Aov::Display));
        let picture = display.and_then(Picture::from_display);
        let picture =
            picture.ok_or_else(|| BenchError::NothingMeasured("no picture of a face came back".to_owned()))?;
        if let (Some(keep), Some(drawn)) = (&mut self.keep, drawn) {
            keep.exporter.submit(drawn)?;
            keep.list += &format!("{:06}\t{title}\n", self.frame);
            std::fs::write(&keep.list_path, &keep.list)
                .map_err(|source| BenchError::Io { path: keep.list_path.clone(), source })?;
        }
        Ok(Portrait { picture, eyes: eyes.map(|eye| self.project(eye + moved)) })
    }

    /// Middles of the right and the left eyeball, metres, in the person's space.
    fn eyes_m(&self, human: &Human) -> [Vec3; 2] {
        let mut figure = Figure::new(self.wardrobe.clone(), Seed(0));
        figure.set(human, 0.0);
        [1, 0].map(|side| figure.eye(side).0)
    }

    /// Where a place in the world is seen, pixels from the upper left.
    fn project(&self, place: Vec3) -> [f32; 2] {
        let side = self.side as f32;
        let scale = side * FOCAL_LENGTH_MM / SENSOR_MM / (CAMERA_DISTANCE_M - place.z);
        [0.5 * side + place.x * scale, 0.5 * side - (place.y - CAMERA_HEIGHT_M) * scale]
    }

    /// Waits until the kept pictures are on the disk.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn close(self) -> Result<(), BenchError> {
        if let Some(keep) = self.keep {
            keep.exporter.suspend()?;
        }
        Ok(())
    }
}

impl Keep {
    fn open(dir: &Path, session: &Session, side: u32) -> Result<Self, BenchError> {
        let exporter = Exporter::open(ExportSettings {
            out_dir: dir.to_path_buf(),
            base_name: "face".to_owned(),
            still: StillFormats { png8: true, ..StillFormats::default() },
            movies: Vec::new(),
            aovs: Vec::new(),
            encoder_threads: 1,
            rate: kinema_core::FrameRate::FILM,
            width: side,
            height: side,
            frames: 1..i64::from(FRAMES),
            identity: session.identity(),
            overwrite: true,
            ffmpeg: None,
        })?;
        Ok(Self { exporter, list_path: dir.join("faces.tsv"), list: String::new() })
    }
}
