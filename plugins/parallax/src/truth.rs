//! Scenes whose colour and depth are known everywhere, also where a camera does not see: what the figures of this crate
//! are measured against. A small analytic ray caster, not a renderer: no light, textures that are functions of space.

mod shapes;
mod stage;

use bevy_math::{Vec2, Vec3};

pub use shapes::{Pattern, Shape, Skin, Thing, noise};

use crate::raster::{Raster, Rgba};
use crate::view::View;
use crate::workers::for_rows;

/// Things in a world; the first one that a ray meets is what it shows.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    pub things: Vec<Thing>,
}

/// A picture of a scene with its depth.
#[derive(Clone, Debug)]
pub struct TruePicture {
    /// Linear, opaque, averaged over pixels.
    pub colour: Raster<Rgba>,
    /// 1 / distance along the view axis at the centre of each pixel.
    pub inverse_depth: Raster<f32>,
    /// Which thing is at the centre; `u16::MAX` for none.
    pub thing: Raster<u16>,
}

/// What a ray met.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// In lengths of the ray's direction.
    pub distance: f32,
    pub thing: u16,
    pub colour: Vec3,
}

impl Scene {
    /// The first thing along a ray.
    pub fn trace(&self, origin: Vec3, direction: Vec3) -> Option<Hit> {
        let mut first: Option<(f32, usize, Vec3)> = None;
        for (i, thing) in self.things.iter().enumerate() {
            let nearest = first.map_or(f32::INFINITY, |f| f.0);
            if let Some((distance, place)) = thing.meet(origin, direction, nearest) {
                first = Some((distance, i, place));
            }
        }
        first.map(|(distance, i, place)| Hit { distance, thing: i as u16, colour: self.things[i].skin.colour(place) })
    }

    /// What `view` sees, each pixel the mean of `side x side` rays.
    pub fn picture(&self, view: &View, width: usize, height: usize, side: usize) -> TruePicture {
        let mut pixels = vec![([0.0; 4], 0.0, u16::MAX); width * height];
        for_rows(&mut pixels, width, |y, row| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let centre = Vec2::new(x as f32, y as f32);
                let mut sum = Vec3::ZERO;
                for i in 0..side * side {
                    let inside = Vec2::new((i % side) as f32 + 0.5, (i / side) as f32 + 0.5) / side as f32 - 0.5;
                    let (origin, direction) = view.ray(centre + inside, width, height);
                    sum += self.trace(origin, direction).map_or(Vec3::ZERO, |hit| hit.colour);
                }
                let mean = sum / (side * side) as f32;
                let (origin, direction) = view.ray(centre, width, height);
                let hit = self.trace(origin, direction);
                *pixel = (
                    [mean.x, mean.y, mean.z, 1.0],
                    hit.map_or(0.0, |h| 1.0 / h.distance),
                    hit.map_or(u16::MAX, |h| h.thing),
                );
            }
        });
        let get = |x: usize, y: usize| pixels[y * width + x];
        TruePicture {
            colour: Raster::from_fn(width, height, |x, y| get(x, y).0),
            inverse_depth: Raster::from_fn(width, height, |x, y| get(x, y).1),
            thing: Raster::from_fn(width, height, |x, y| get(x, y).2),
        }
    }

    /// Which pixels of `view` show what the camera of the picture (at the origin) does not see although it looks
    /// that way: the disoccluded band.
    pub fn disoccluded(&self, view: &View, picture_focal_widths: f32, width: usize, height: usize) -> Raster<bool> {
        let picture = View::of_picture(picture_focal_widths);
        Raster::from_fn(width, height, |x, y| {
            let (origin, direction) = view.ray(Vec2::new(x as f32, y as f32), width, height);
            let Some(hit) = self.trace(origin, direction) else { return false };
            let point = origin + direction * hit.distance;
            let Some((pixel, _)) = picture.project(point, width, height) else { return false };
            let inside =
                pixel.x >= 0.0 && pixel.y >= 0.0 && pixel.x <= width as f32 - 1.0 && pixel.y <= height as f32 - 1.0;
            // A thousandth nearer than the point itself: its own surface must not count.
            inside && self.trace(Vec3::ZERO, point).is_some_and(|blocker| blocker.distance < 0.999)
        })
    }
}
