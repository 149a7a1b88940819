//! Shapes that rays meet, and what covers them.

use bevy_math::{Vec2, Vec3};

/// Where something is.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A rectangle: middle and the two half sides, which are perpendicular.
    Card {
        middle: Vec3,
        half_x: Vec3,
        half_y: Vec3,
    },
    Sphere {
        middle: Vec3,
        radius: f32,
    },
    /// Sides along the axes.
    Box {
        middle: Vec3,
        half: Vec3,
    },
    /// An upright cylinder without ends.
    Pole {
        foot: Vec3,
        radius: f32,
        height: f32,
    },
}

/// What a surface looks like: a function of its own place, the same from everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Skin {
    pub first: Vec3,
    pub second: Vec3,
    pub pattern: Pattern,
    /// Repetitions per unit of length.
    pub per_length: f32,
    /// Opaque where noise exceeds it: 0 is solid, 0.5 is foliage.
    pub holes: f32,
    pub seed: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum Pattern {
    Plain,
    Noise,
    Checks,
    Bricks,
    Stripes,
}

#[derive(Clone, Copy, Debug)]
pub struct Thing {
    pub shape: Shape,
    pub skin: Skin,
}

impl Thing {
    /// Distance and place on the surface of the first opaque point nearer than `nearest`.
    pub(super) fn meet(&self, origin: Vec3, direction: Vec3, nearest: f32) -> Option<(f32, Vec3)> {
        let near = 1e-4;
        let mut best: Option<(f32, Vec3)> = None;
        let mut offer = |distance: f32, place: Vec3| {
            if distance > near && distance < best.map_or(nearest, |b| b.0) && self.skin.is_opaque(place) {
                best = Some((distance, place));
            }
        };
        match self.shape {
            Shape::Card { middle, half_x, half_y } => {
                let normal = half_x.cross(half_y);
                let distance = (middle - origin).dot(normal) / direction.dot(normal);
                let from = origin + direction * distance - middle;
                let (x, y) = (from.dot(half_x) / half_x.length_squared(), from.dot(half_y) / half_y.length_squared());
                if x.abs() <= 1.0 && y.abs() <= 1.0 {
                    offer(distance, Vec3::new(x * half_x.length(), y * half_y.length(), 0.0));
                }
            }
            Shape::Sphere { middle, radius } => {
                let from = origin - middle;
                for distance in
                    roots(direction.length_squared(), from.dot(direction), from.length_squared() - radius * radius)
                {
                    offer(distance, from + direction * distance);
                }
            }
            Shape::Box { middle, half } => {
                let (low, high) = ((middle - half - origin) / direction, (middle + half - origin) / direction);
                let (enter, leave) = (low.min(high).max_element(), low.max(high).min_element());
                if enter <= leave {
                    offer(enter, origin + direction * enter - middle);
                }
            }
            Shape::Pole { foot, radius, height } => {
                let from = origin - foot;
                let (o, d) = (Vec2::new(from.x, from.z), Vec2::new(direction.x, direction.z));
                for distance in roots(d.length_squared(), o.dot(d), o.length_squared() - radius * radius) {
                    let at = from + direction * distance;
                    if at.y >= 0.0 && at.y <= height {
                        offer(distance, at);
                    }
                }
            }
        }
        best
    }
}

/// Both solutions of a t^2 + 2 b t + c = 0, the smaller one first; NaN when there are none.
fn roots(a: f32, half_b: f32, c: f32) -> [f32; 2] {
    let root = (half_b * half_b - a * c).sqrt();
    [(-half_b - root) / a, (-half_b + root) / a]
}

impl Skin {
    /// Linear colour at a place.
    pub fn colour(&self, place: Vec3) -> Vec3 {
        let p = place * self.per_length;
        // Space is folded so that all three axes matter on upright and on lying surfaces.
        let (u, v) = (p.x + 0.31 * p.z, p.y + 0.73 * p.z);
        let grain = 0.85 + 0.3 * noise(u * 4.0, v * 4.0, self.seed + 9);
        let mix = match self.pattern {
            Pattern::Plain => 0.0,
            Pattern::Noise => {
                let octave = |i: u32| noise(u * (1 << i) as f32, v * (1 << i) as f32, self.seed + i) / (1 << i) as f32;
                ((octave(0) + octave(1) + octave(2)) / 1.75 * 2.0 - 0.5).clamp(0.0, 1.0)
            }
            Pattern::Checks => ((u.floor() + v.floor()).rem_euclid(2.0) < 1.0) as u8 as f32,
            Pattern::Bricks => {
                let row = v.floor();
                let along = (u * 0.5 + row * 0.5).rem_euclid(1.0);
                (along < 0.06 || v.rem_euclid(1.0) < 0.12) as u8 as f32
            }
            Pattern::Stripes => 0.5 + 0.5 * (u * std::f32::consts::TAU).sin(),
        };
        self.first.lerp(self.second, mix) * grain
    }

    /// Whether there is anything at a place.
    pub fn is_opaque(&self, place: Vec3) -> bool {
        self.holes <= 0.0
            || noise(place.x * self.per_length * 2.0, place.y * self.per_length * 2.0, self.seed + 77) > self.holes
    }
}

/// Value noise 0..=1, smooth, about one bump per unit.
pub fn noise(x: f32, y: f32, seed: u32) -> f32 {
    let (cell_x, cell_y) = (x.floor(), y.floor());
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (fx, fy) = (smooth(x - cell_x), smooth(y - cell_y));
    let corner = |dx: i32, dy: i32| {
        let hash = (cell_x as i32 + dx).wrapping_mul(0x27d4_eb2f) ^ (cell_y as i32 + dy).wrapping_mul(0x1656_67b1);
        let mut h = (hash as u32) ^ seed.wrapping_mul(0x9e37_79b1);
        h = (h ^ (h >> 15)).wrapping_mul(0x85eb_ca6b);
        h = (h ^ (h >> 13)).wrapping_mul(0xc2b2_ae35);
        (h ^ (h >> 16)) as f32 / u32::MAX as f32
    };
    let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * fx;
    let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * fx;
    upper + (lower - upper) * fy
}
