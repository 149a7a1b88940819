//! Eyes. The basis only has coarse balls; drawn eyes are finer ones with a cornea, put where the coarse ones are, so that
//! every shape, facial action and pose that moves those moves these. An eyeball is rigid: its mesh looks along +z with
//! radius 1 and is placed by a transform.

use bevy::math::{Mat3, Vec3};

use super::{noise, surface::gather};
use crate::{
    anny::{basis::BodyBasis, topology::Region},
    settings::Eyes,
};

const RINGS: u32 = 26;
const SEGMENTS: u32 = 40;
/// Angle from the optical axis where the iris ends, radians. The basis has balls of 33 mm, larger than life, behind lids
/// that fit them; on those an iris of 12 mm ends here.
pub const IRIS_ANGLE: f32 = 0.375;
/// How far the cornea stands out over the ball, as a share of the radius (about 1 mm on 12 mm).
const CORNEA_HEIGHT: f32 = 0.075;
/// Columns across the opening in which rows of the lids' margins are looked for.
const LID_COLUMNS: u32 = 7;

/// The rows that tell where one eyeball is.
#[derive(Clone, Debug, Default)]
pub struct EyeRig {
    rows: Vec<u32>,
    front: u32,
    top: u32,
    /// Rows along the margins of the upper and the lower lid.
    lids: [Vec<u32>; 2],
    /// From the frame that the two rows span to the eye's own, on the template.
    eye_from_frame: Mat3,
}

/// A ball that looks along +z with radius 1. Its colours are for what does not know the eye's own shader.
#[derive(Clone, Debug, Default)]
pub struct EyeBall {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    pub colours: Vec<[f32; 4]>,
    pub indices: Vec<u32>,
}

impl EyeRig {
    /// Finds the coarse eyeball of `region` in the basis.
    pub fn find(basis: &BodyBasis, region: Region) -> Self {
        let quads = basis.topology.quads.iter().zip(&basis.topology.regions).filter(|(_, of)| **of == region);
        let mut rows: Vec<u32> = quads.flat_map(|(quad, _)| *quad).collect();
        rows.sort_unstable();
        rows.dedup();
        let at = |row: &u32, axis: usize| basis.template.get(*row as usize).map_or(f32::MIN, |p| p[axis]);
        let most = |axis: usize| rows.iter().copied().max_by(|a, b| at(a, axis).total_cmp(&at(b, axis))).unwrap_or(0);
        let mut rig =
            Self { front: most(2), top: most(1), rows, lids: Default::default(), eye_from_frame: Mat3::IDENTITY };
        let template: Vec<Vec3> = basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        // On the template both eyes look straight ahead.
        rig.eye_from_frame = rig.locate(&template).2.transpose();
        rig.lids = lid_margins(basis, &rig, &template);
        rig
    }

    /// The margins of the upper and the lower lid where the body is now, in the eyeball's own frame and radii: height
    /// a + b x + c x², least squares through the rows along each.
    pub fn lids(&self, positions: &[Vec3]) -> [[f32; 3]; 2] {
        let (centre, radius, turn) = self.locate(positions);
        let local_from_body = turn.transpose() * (1.0 / radius.max(1e-6));
        self.lids.each_ref().map(|rows| {
            let points = rows.iter().filter_map(|&row| positions.get(row as usize));
            fit_parabola(points.map(|&p| local_from_body * (p - centre)))
        })
    }

    /// Centre, radius and orientation (columns right, up, forward) of the eyeball where the body is now.
    pub fn locate(&self, positions: &[Vec3]) -> (Vec3, f32, Mat3) {
        let at = |row: u32| positions.get(row as usize).copied().unwrap_or(Vec3::ZERO);
        let points: Vec<Vec3> = self.rows.iter().map(|&row| at(row)).collect();
        let (centre, radius) = fit_sphere(&points);
        let forward = (at(self.front) - centre).normalize_or(Vec3::Z);
        let right = (at(self.top) - centre).cross(forward).normalize_or(Vec3::X);
        (centre, radius, Mat3::from_cols(right, forward.cross(right), forward) * self.eye_from_frame)
    }
}

/// Rows of the head on the margins of the lids: those nearest to the opening, above and below, in narrow columns across it.
fn lid_margins(basis: &BodyBasis, rig: &EyeRig, template: &[Vec3]) -> [Vec<u32>; 2] {
    let (centre, radius, turn) = rig.locate(template);
    let local_from_body = turn.transpose() * (1.0 / radius.max(1e-6));
    let quads = basis.topology.quads.iter().zip(&basis.topology.regions);
    let mut rows: Vec<u32> = quads.filter(|(_, region)| **region == Region::Head).flat_map(|(quad, _)| *quad).collect();
    rows.sort_unstable();
    rows.dedup();
    let near: Vec<(u32, Vec3)> = rows
        .into_iter()
        .filter_map(|row| Some((row, local_from_body * (*template.get(row as usize)? - centre))))
        .filter(|(_, p)| p.z > 0.2 && p.length() < 1.2 && p.x.abs() < 0.75)
        .collect();
    [1.0, -1.0].map(|sign| {
        let mut margin: Vec<u32> = (0..LID_COLUMNS)
            .filter_map(|column| {
                let x = ((column as f32 + 0.5) / LID_COLUMNS as f32 - 0.5) * 1.3;
                let column = near.iter().filter(|(_, p)| (p.x - x).abs() < 0.1 && p.y * sign > 0.0);
                column.min_by(|a, b| (a.1.y * sign).total_cmp(&(b.1.y * sign))).map(|(row, _)| *row)
            })
            .collect();
        margin.sort_unstable();
        margin.dedup();
        margin
    })
}

/// Coefficients of y = a + b x + c x² with the least sum of squares; a constant where the points do not tell.
fn fit_parabola(points: impl Iterator<Item = Vec3>) -> [f32; 3] {
    let mut normal = nalgebra::Matrix3::<f64>::identity() * 1e-6;
    let mut right = nalgebra::Vector3::<f64>::zeros();
    for point in points {
        let x = f64::from(point.x);
        let row = nalgebra::Vector3::new(1.0, x, x * x);
        normal += row * row.transpose();
        right += row * f64::from(point.y);
    }
    let solved = normal.lu().solve(&right).unwrap_or_default();
    [solved.x as f32, solved.y as f32, solved.z as f32]
}

/// The sphere with the least sum of squared differences of squared distances (linear in centre and offset).
fn fit_sphere(points: &[Vec3]) -> (Vec3, f32) {
    let mean = points.iter().copied().sum::<Vec3>() / points.len().max(1) as f32;
    let mut normal = nalgebra::Matrix3::<f64>::zeros();
    let mut right = nalgebra::Vector3::<f64>::zeros();
    for &point in points {
        let d = (point - mean).as_dvec3();
        let d = nalgebra::Vector3::new(d.x, d.y, d.z);
        normal += d * d.transpose() * 2.0;
        right += d * d.norm_squared();
    }
    let shift = normal.lu().solve(&right).unwrap_or_default();
    let centre = mean + Vec3::new(shift.x as f32, shift.y as f32, shift.z as f32);
    let squares = points.iter().map(|point| point.distance_squared(centre)).sum::<f32>() / points.len().max(1) as f32;
    (centre, squares.sqrt())
}

/// Distance of the surface from the ball's centre at an angle from the axis, and its derivative: a unit ball with a cornea.
fn profile(angle: f32) -> (f32, f32) {
    let width = IRIS_ANGLE * 1.12;
    let edge = (angle / width).min(1.0);
    let rest = 1.0 - edge * edge;
    let bulge = CORNEA_HEIGHT * rest * rest * (1.0 + 0.6 * edge * edge);
    let slope = CORNEA_HEIGHT * edge * rest * (-4.0 * (1.0 + 0.6 * edge * edge) + 1.2 * rest) / width;
    (1.0 + bulge, slope)
}

impl EyeBall {
    /// A ball with these colours. `stream` makes the two irises differ in detail.
    pub fn new(eyes: &Eyes, stream: u32) -> Self {
        let mut ball = Self::default();
        for ring in 0..=RINGS {
            // Half of the rings lie on the iris, where the detail is.
            let share = ring as f32 / RINGS as f32;
            let angle = if share < 0.5 {
                share * 2.0 * IRIS_ANGLE * 1.15
            } else {
                IRIS_ANGLE * 1.15 + (share - 0.5) * 2.0 * (2.2 - IRIS_ANGLE * 1.15)
            };
            let (radius, slope) = profile(angle);
            let (sin, cos) = angle.sin_cos();
            for segment in 0..SEGMENTS {
                let around = segment as f32 / SEGMENTS as f32 * std::f32::consts::TAU;
                let outward = Vec3::new(around.cos(), around.sin(), 0.0);
                let direction = outward * sin + Vec3::Z * cos;
                let along = outward * cos - Vec3::Z * sin;
                ball.positions.push((direction * radius).to_array());
                ball.normals.push((direction * radius - along * slope).normalize().to_array());
                ball.colours.push(colour(eyes, angle, around, stream));
            }
        }
        for ring in 0..RINGS {
            for segment in 0..SEGMENTS {
                let next = (segment + 1) % SEGMENTS;
                let (a, b) = (ring * SEGMENTS + segment, ring * SEGMENTS + next);
                let (c, d) = (a + SEGMENTS, b + SEGMENTS);
                ball.indices.extend([a, c, b, b, c, d]);
            }
        }
        ball
    }
}

impl EyeBall {
    /// The same ball with every `rings`-th ring and every `segments`-th segment; both divide what the ball has.
    pub fn coarse(&self, rings: u32, segments: u32) -> Self {
        let around = SEGMENTS / segments;
        let kept: Vec<u32> = (0..=RINGS / rings)
            .flat_map(|ring| (0..around).map(move |segment| ring * rings * SEGMENTS + segment * segments))
            .collect();
        let mut ball = Self {
            positions: gather(&self.positions, &kept),
            normals: gather(&self.normals, &kept),
            colours: gather(&self.colours, &kept),
            indices: Vec::new(),
        };
        for ring in 0..RINGS / rings {
            for segment in 0..around {
                let next = (segment + 1) % around;
                let (a, b) = (ring * around + segment, ring * around + next);
                ball.indices.extend([a, a + around, b, b, a + around, b + around]);
            }
        }
        ball
    }
}

/// Pupil, iris with radial fibres and a dark limbal ring, sclera that reddens towards its back.
fn colour(eyes: &Eyes, angle: f32, around: f32, stream: u32) -> [f32; 4] {
    let radius = angle / IRIS_ANGLE;
    let step = |from: f32, to: f32, x: f32| {
        let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
        t * t * (3.0 - 2.0 * t)
    };
    let ring = Vec3::new(around.cos(), around.sin(), 0.0);
    let fibres = noise::fractal(ring * 9.0 + Vec3::Z * radius * 1.5, 3, stream);
    let iris = Vec3::from_array(eyes.iris_colour) * (1.25 + 0.9 * fibres) * (0.75 + 0.5 * step(0.35, 0.75, radius));
    let collarette = 1.0 + 0.5 * (1.0 - ((radius - eyes.pupil - 0.14) / 0.10).abs().min(1.0));
    let iris = iris * collarette * (1.0 - 0.78 * step(0.78, 1.0, radius));
    let iris = iris.lerp(Vec3::splat(0.002), 1.0 - step(eyes.pupil - 0.04, eyes.pupil + 0.04, radius));
    let veins = noise::fractal(Vec3::new(ring.x, ring.y, radius * 0.6) * 5.0, 3, stream + 9).max(0.0);
    let back = step(1.3, 3.2, radius);
    let sclera = Vec3::new(0.74, 0.70, 0.66)
        .lerp(Vec3::new(0.62, 0.40, 0.36), 0.55 * back + 0.35 * veins * step(1.2, 2.2, radius));
    let mixed = iris.lerp(sclera, step(0.93, 1.08, radius));
    [mixed.x, mixed.y, mixed.z, 1.0]
}
