//! Plates as something solid, for cloth and rigid bodies: the relief of what the photograph shows, closed behind.

use std::sync::Arc;

use bevy_math::{Vec2, Vec3};
use kinema_core::{BakeStore, Fault, LoadedShot, Solid, SolidForm, SolidPlace, SolidSource};

use crate::bake::{PlateBake, PlateSource};
use crate::shot::Plate;
use crate::view::unprojected;

/// Squares along the longer side. Cloth feels nothing finer than its own particles, a few centimetres in a room.
const SQUARES_ALONG: usize = 96;
/// How thick the relief is, metres: what falls on it is never through it within a step.
const THICKNESS_M: f32 = 0.5;
/// Of dry ground.
const FRICTION: f32 = 0.7;

/// A relief in the part's own space, metres.
struct Relief {
    vertices: Vec<Vec3>,
    triangles: Vec<[u32; 3]>,
}

impl Relief {
    fn new(plate: &Plate, bake: &PlateBake) -> Self {
        let image = &bake.image;
        let (width, height) = (image.width(), image.height());
        let squares = |side: usize| (side * SQUARES_ALONG / width.max(height)).max(1);
        let (columns, rows) = (squares(width) + 1, squares(height) + 1);
        let metres_per_unit = bake.metres_per_unit(plate);
        let farthest = metres_per_unit / plate.farthest_m;
        let place = |i: usize, count: usize, side: usize| i * (side - 1) / (count - 1);
        let mut front = Vec::with_capacity(columns * rows);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = (place(column, columns, width), place(row, rows, height));
                let shown = image.layers.iter().find(|layer| layer.colour.at(x, y)[3] > 0.5);
                let depth = shown.or(image.layers.last()).map_or(farthest, |layer| layer.inverse_depth.at(x, y));
                let pixel = Vec2::new(x as f32, y as f32);
                front.push(
                    unprojected(pixel, depth.max(farthest), plate.focal_widths(), width, height) * metres_per_unit,
                );
            }
        }
        let behind = |p: &Vec3| *p * (1.0 + THICKNESS_M / p.length().max(1e-6));
        let vertices: Vec<Vec3> = front.iter().copied().chain(front.iter().map(behind)).collect();
        let back = front.len() as u32;
        let mut triangles = Vec::new();
        let at = |column: usize, row: usize| (row * columns + column) as u32;
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let (a, b) = (at(column, row), at(column + 1, row));
                let (c, d) = (at(column, row + 1), at(column + 1, row + 1));
                triangles.extend([[a, c, d], [a, d, b]]);
                triangles.extend([[a + back, d + back, c + back], [a + back, b + back, d + back]]);
            }
        }
        let mut side = |a: u32, b: u32| triangles.extend([[a, b, b + back], [a, b + back, a + back]]);
        for column in 0..columns - 1 {
            side(at(column, 0), at(column + 1, 0));
            side(at(column + 1, rows - 1), at(column, rows - 1));
        }
        for row in 0..rows - 1 {
            side(at(0, row + 1), at(0, row));
            side(at(columns - 1, row), at(columns - 1, row + 1));
        }
        Self { vertices, triangles }
    }
}

/// The solid plates of a shot.
struct SolidPlates {
    shot: Arc<LoadedShot>,
    solids: Vec<Solid>,
    vertices: Vec<Vec<Vec3>>,
    key: String,
}

/// Opens the plates of a shot that are solid.
///
/// # Errors
/// What making their layers can fail with.
pub(crate) fn open_solids(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault> {
    // Where they are depends on tracks, which the shot's own hash covers.
    let mut key = format!("plates {}", shot.sha256);
    let (mut solids, mut vertices) = (Vec::new(), Vec::new());
    for (part_index, part) in shot.shot.parts.iter().enumerate() {
        let Some(plate) = part.part.get::<Plate>().filter(|plate| plate.solid) else { continue };
        let open = || {
            let source = PlateSource::of(plate, &part.id, &shot.base_dir)?;
            Ok::<_, crate::ParallaxError>((source.key(shot.build())?, PlateBake::open(&source, store, shot.build())?))
        };
        let (of_layers, bake) = open().map_err(|error| Fault::of(&error))?;
        key.push_str(&of_layers);
        let relief = Relief::new(plate, &bake);
        let form = SolidForm::Mesh { vertices: relief.vertices.len(), triangles: relief.triangles.into() };
        solids.push(Solid { part_index, form, friction: FRICTION });
        vertices.push(relief.vertices);
    }
    if solids.is_empty() {
        return Ok(None);
    }
    Ok(Some(Box::new(SolidPlates { shot: Arc::clone(shot), solids, vertices, key })))
}

impl SolidSource for SolidPlates {
    fn solids(&self) -> &[Solid] {
        &self.solids
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault> {
        let plates = self.solids.iter().zip(&self.vertices);
        let places = plates.map(|(solid, vertices)| {
            let world = self.shot.world_transform_at(solid.part_index, frame as f64).affine();
            SolidPlace::Vertices(vertices.iter().map(|place| world.transform_point3(*place)).collect())
        });
        Ok(places.collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bevy::app::App;
    use kinema_core::{Format, PartRegistry, parse_shot};

    use super::*;
    use crate::ParallaxPlugin;

    #[test]
    fn a_solid_plate_is_a_closed_relief_where_the_part_is() {
        let folder = tempfile::tempdir().unwrap();
        crate::bake::tests::files_in(folder.path());
        let shot = |solid: bool| {
            let mut app = App::new();
            app.add_plugins(ParallaxPlugin);
            let text = format!(
                "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 16, height: 9), parts: [(id: \"p\", \
                 position: (0, 10, 0), part: Plate(photograph: \"photo.png\", depth: (file: \"depth.png\"), solid: {solid}))])"
            );
            let registry = app.world().resource::<PartRegistry>();
            let shot = parse_shot(text.as_bytes(), &folder.path().join("t.shot.ron"), Format::Ron, registry);
            Arc::new(shot.unwrap_or_else(|errors| panic!("{errors}")))
        };
        let store = BakeStore::new(folder.path().join("bakes"));
        assert!(shot(false).solids(&store).unwrap().is_empty());
        let mut sources = shot(true).solids(&store).unwrap();
        let source = &mut sources[0];
        let SolidForm::Mesh { vertices, triangles } = source.solids()[0].form.clone() else { panic!("a mesh") };
        // Closed and turned alike everywhere: each edge once in each direction.
        let mut edges = BTreeMap::new();
        for [a, b, c] in triangles.iter().copied() {
            for edge in [(a, b), (b, c), (c, a)] {
                *edges.entry(edge).or_insert(0) += 1;
            }
        }
        assert!(edges.iter().all(|(&(a, b), &count)| count == 1 && edges.contains_key(&(b, a))));
        let places = source.places(0).unwrap();
        let SolidPlace::Vertices(places) = &places[0] else { panic!("vertices") };
        assert_eq!(places.len(), vertices);
        let volume: f32 = triangles
            .iter()
            .map(|t| {
                let [a, b, c] = t.map(|i| places[i as usize] - Vec3::Y * 10.0);
                a.dot(b.cross(c)) / 6.0
            })
            .sum();
        assert!(volume > 0.0, "its outside is outside: {volume}");
        let nearest = places.iter().map(|p| -p.z).fold(f32::INFINITY, f32::min);
        assert!((1.4..1.8).contains(&nearest), "{nearest}");
    }
}
