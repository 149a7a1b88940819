//! The thirty places that `kinema bench parallax` looks at: rooms, streets, landscapes and people, as shots.
//!
//! Where things stand and what covers them comes from [`Scene::numbered`]; its skins are baked into textures of about a
//! texel a pixel, its stand-ins for figures give way to people.

use std::fmt::Write as _;

use bevy::math::Vec3;
use kinema::export::gltf::{SceneSnapshot, write_glb};
use kinema::parallax::truth::{Scene, Shape, Thing};
use kinema_core::{Format, LoadedShot, Seed, parse_shot};

use super::patch::{Patch, Place, Surface};
use crate::BenchError;

/// Width of the sensor that focal lengths of shots are relative to.
const SENSOR_MM: f32 = 36.0;
/// Cards with longer sides are floors and walls; only what a camera sees of them is made.
const ENDLESS_M: f32 = 10.0;
/// Strips of a floor: each is this much farther away than the one before.
const STRIP_RATIO: f32 = 1.3;
/// Where floors begin and end, metres from the camera.
const FLOOR_M: (f32, f32) = (0.9, 60.0);
const TEXELS: (usize, usize) = (16, 1400);

/// A place, and what its shot is drawn with.
pub struct Set {
    pub shot: LoadedShot,
    _folder: tempfile::TempDir,
}

/// Camera and picture of a set.
#[derive(Clone, Copy, Debug)]
pub struct Lens {
    pub width: usize,
    pub height: usize,
    pub focal_widths: f32,
}

impl Set {
    /// The place with a number, a frame for each of `positions` of the camera, metres; it looks along -z.
    ///
    /// # Errors
    /// The disk, or a shot that this build refuses.
    pub fn numbered(number: u64, lens: Lens, positions: &[Vec3]) -> Result<Self, BenchError> {
        let folder = tempfile::tempdir().map_err(|source| BenchError::Io { path: std::env::temp_dir(), source })?;
        let mut plan = Plan { lens, seed: Seed::for_part(number, "bench", "set"), kind: Kind::of(number) };
        let things = Scene::numbered(number).things;
        let glb = folder.path().join("set.glb");
        let bytes = write_glb(&plan.scene(&things))?;
        std::fs::write(&glb, bytes).map_err(|source| BenchError::Io { path: glb, source })?;
        let text = plan.text(number, &things, positions);
        let shot =
            parse_shot(text.as_bytes(), &folder.path().join("set.shot.ron"), Format::Ron, &kinema::part_registry())?;
        Ok(Self { shot, _folder: folder })
    }
}

/// In the order of [`Scene::numbered`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Room,
    Street,
    Landscape,
    People,
}

impl Kind {
    fn of(number: u64) -> Self {
        [Self::Room, Self::Street, Self::Landscape, Self::People][(number % 4) as usize]
    }

    /// Things of the analytic scene that stand in for people.
    fn stand_ins(self) -> std::ops::Range<usize> {
        if self == Self::People { 2..8 } else { 0..0 }
    }
}

struct Plan {
    lens: Lens,
    seed: Seed,
    kind: Kind,
}

impl Plan {
    fn between(&mut self, low: f32, high: f32) -> f32 {
        self.seed.range(low..high)
    }

    fn text(&mut self, number: u64, things: &[Thing], positions: &[Vec3]) -> String {
        let frames = positions.len();
        let Lens { width, height, focal_widths } = self.lens;
        let mut parts = format!("(id: \"camera\", part: Camera(focal_length_mm: {})),\n", focal_widths * SENSOR_MM);
        let exposure_ev100 = if self.kind == Kind::Room {
            self.lamps(&mut parts);
            6.6
        } else {
            self.daylight(&mut parts)
        };
        parts.push_str("(id: \"set\", part: Rigid(shape: Mesh(file: \"set.glb\", collider: Exact), body: Fixed)),\n");
        for pair in things.get(self.kind.stand_ins()).unwrap_or_default().chunks(3) {
            if let [Thing { shape: Shape::Pole { foot, .. }, .. }, ..] = pair {
                self.person(&mut parts, *foot);
            }
        }
        let keys = positions.iter().enumerate().fold(String::new(), |mut keys, (frame, p)| {
            let _ = write!(keys, "(frame: {frame}, value: ({}, {}, {}), curve: Step), ", p.x, p.y, p.z);
            keys
        });
        format!(
            "Shot(schema: 1, name: \"set_{number}\", seed: {number}, timeline: (rate: \"24/1\", frames: {frames}), \
             output: (width: {width}, height: {height}), \
             look: (exposure_ev100: {exposure_ev100}, tone_mapping: AgX, contrast: 1.2, saturation: 1.2, anti_aliasing: Msaa(samples: 4)),\n\
             parts: [{parts}], tracks: [(target: \"camera/position\", keys: [{keys}])])"
        )
    }

    fn lamps(&mut self, parts: &mut String) {
        let nits = self.between(25.0, 60.0);
        let _ = writeln!(
            parts,
            "(id: \"room\", part: Environment(source: Uniform(color: (0.95, 0.97, 1.0), nits: {nits}))),"
        );
        for (i, side) in [-1.0, 1.0f32].into_iter().enumerate() {
            let (x, z) = (side * self.between(0.6, 1.8), -self.between(1.5, 4.0));
            let (power_lm, temperature_k) = (self.between(1500.0, 4000.0), self.between(2900.0, 5500.0));
            let _ = writeln!(
                parts,
                "(id: \"lamp_{i}\", position: ({x}, 1.5, {z}), part: PointLight(power_lm: {power_lm}, temperature_k: {temperature_k}, \
                 shadows: {}, range_m: 20)),",
                i == 0
            );
        }
    }

    /// Gives the exposure that suits it.
    fn daylight(&mut self, parts: &mut String) -> f32 {
        let elevation_deg = self.between(18.0, 55.0);
        // Behind the camera, to its left or right: what is seen is lit.
        let azimuth_deg = self.between(110.0, 250.0);
        let turbidity = self.between(2.0, 6.0);
        let _ = writeln!(
            parts,
            "(id: \"sky\", part: Environment(source: Sky(turbidity: {turbidity}, sun_elevation_deg: {elevation_deg}, \
             sun_azimuth_deg: {azimuth_deg}))),\n\
             (id: \"sun\", part: Sun(shadow_distance_m: 30, shadow_cascades: 2, shadow_map_px: 2048)),"
        );
        13.6 + (elevation_deg.to_radians().sin() + 0.15).log2()
    }

    fn person(&mut self, parts: &mut String, foot: Vec3) {
        let (gender, age, weight) = (self.between(0.0, 1.0), self.between(0.35, 0.9), self.between(0.3, 0.7));
        let (facing_deg, smile) = (self.between(-50.0, 50.0), self.between(0.0, 0.8));
        let suit = [self.between(0.03, 0.6), self.between(0.03, 0.6), self.between(0.03, 0.6)];
        let hair = ["Crop", "Bob", "Wavy", "SidePart", "Ponytail"][(self.seed.next_u64() % 5) as usize];
        let (tone, eumelanin) = (self.between(0.0, 0.8), self.between(0.2, 3.5));
        let _ = writeln!(
            parts,
            "(id: \"person_{}\", position: ({}, {}, {}), rotation_deg: (0, {facing_deg}, 0), part: Human(phenotype: (gender: {gender}, \
             age: {age}, muscle: 0.5, weight: {weight}, height: 0.5), suit: (colour: ({}, {}, {}), roughness: 0.7), skin: (tone: {tone}), \
             hair: (style: {hair}, melanin: (eumelanin: {eumelanin}, pheomelanin: 0.2)), smile: {smile})),",
            parts.matches("person_").count(),
            foot.x,
            foot.y,
            foot.z,
            suit[0],
            suit[1],
            suit[2]
        );
    }

    fn scene(&self, things: &[Thing]) -> SceneSnapshot {
        let mut scene = SceneSnapshot { name: "set".into(), ..SceneSnapshot::default() };
        let stand_ins = self.kind.stand_ins();
        for thing in things.iter().enumerate().filter(|(i, _)| !stand_ins.contains(i)).map(|(_, thing)| thing) {
            for patch in self.patches(thing) {
                patch.put(&mut scene, &thing.skin);
            }
        }
        scene
    }

    /// Texels of a length at a distance: one for each pixel.
    fn texels(&self, length_m: f32, distance_m: f32) -> usize {
        let pixels = length_m / distance_m * self.lens.focal_widths * self.lens.width as f32;
        (pixels as usize).clamp(TEXELS.0, TEXELS.1)
    }

    fn patches(&self, thing: &Thing) -> Vec<Patch> {
        match thing.shape {
            Shape::Card { middle, half_x, half_y } if half_x.length() > ENDLESS_M => {
                if half_x.cross(half_y).normalize().y.abs() > 0.5 {
                    self.floor(middle)
                } else {
                    let distance = -middle.z;
                    let size = [distance, 0.65 * distance];
                    vec![self.card(middle, half_x.normalize() * size[0], half_y.normalize() * size[1])]
                }
            }
            Shape::Card { middle, half_x, half_y } => vec![self.card(middle, half_x, half_y)],
            Shape::Sphere { middle, radius } => vec![self.round(middle, radius, None)],
            Shape::Pole { foot, radius, height } => vec![self.round(foot, radius, Some(height))],
            Shape::Box { middle, half } => {
                let sides = [(Vec3::Z, Vec3::X), (-Vec3::X, Vec3::Z), (Vec3::X, -Vec3::Z), (Vec3::Y, Vec3::X)];
                sides
                    .into_iter()
                    .map(|(normal, along)| {
                        let up = normal.cross(along);
                        let from_middle = normal * half;
                        Patch {
                            place: Place::Space(from_middle),
                            ..self.card(middle + from_middle, along * half, up * half)
                        }
                    })
                    .collect()
            }
        }
    }

    fn card(&self, middle: Vec3, half_x: Vec3, half_y: Vec3) -> Patch {
        let distance = (-middle.z).max(0.5);
        Patch {
            surface: Surface::Flat { middle, half_x, half_y },
            place: Place::Card,
            texels: [self.texels(2.0 * half_x.length(), distance), self.texels(2.0 * half_y.length(), distance)],
        }
    }

    fn floor(&self, middle: Vec3) -> Vec<Patch> {
        let mut strips = Vec::new();
        let mut near = FLOOR_M.0;
        while near < FLOOR_M.1 {
            let far = near * STRIP_RATIO;
            let half_width = 0.75 * far + 0.3;
            let strip = Vec3::new(0.0, middle.y, -0.5 * (near + far));
            let rise = self.texels(-middle.y * 2.0 * (far - near) / far, near);
            strips.push(Patch {
                surface: Surface::Flat {
                    middle: strip,
                    half_x: Vec3::X * half_width,
                    half_y: Vec3::NEG_Z * 0.5 * (far - near),
                },
                // Places on a card run along its sides from its middle.
                place: Place::Floor(strip - middle),
                texels: [self.texels(2.0 * half_width, near), rise],
            });
            near = far;
        }
        strips
    }

    fn round(&self, middle: Vec3, radius: f32, height: Option<f32>) -> Patch {
        let distance = (-middle.z - radius).max(0.5);
        let around = self.texels(std::f32::consts::TAU * radius, distance);
        let along = self.texels(height.unwrap_or(std::f32::consts::PI * radius), distance);
        Patch {
            surface: Surface::Round { middle, radius, height },
            place: Place::Space(Vec3::ZERO),
            texels: [around, along],
        }
    }
}
