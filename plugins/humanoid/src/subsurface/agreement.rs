//! How far gather and transmission are from a volumetric path tracer: the scenes of `fixtures/make_sss_reference.py` (Mitsuba 3),
//! beside what others compute for them. The tests hold limits against these figures, `kinema bench humanoid` prints them.

use bevy::math::{Vec2, Vec3};
use serde_json::Value;

use super::{
    kernel,
    reference::{Buffers, Camera, gather},
    transmission::Transmission,
};
use crate::look::skin::spectrum::{Pigments, SkinOptics, skin_optics};

/// One channel of a scene. Errors are relative: the root of the summed squared differences over the summed squares of the
/// reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// `half_plane`, `slab` or `wedge`.
    pub scene: &'static str,
    /// `r`, `g` or `b`.
    pub channel: &'static str,
    /// Of ours: of the mean over the rows of the picture where it is one.
    pub ours: f32,
    /// Of single pixels of ours; the same as `ours` where there is no picture.
    pub pixels: f32,
    /// Of the method beside it: the separable blur of Jimenez 2015 for the half-plane, Golubev 2018 for slab and wedge.
    pub baseline: f32,
    /// Standard error of the reference itself.
    pub noise: f32,
}

/// Scene and baseline of the metrics' names.
pub const SCENES: [(&str, &str); 3] = [("half_plane", "separable"), ("slab", "golubev"), ("wedge", "golubev")];
const CHANNELS: [&str; 3] = ["r", "g", "b"];

/// Every scene, the gather with `ring_count` rings and the mean of `frames` frames.
pub fn all(ring_count: usize, frames: u32) -> Vec<Agreement> {
    [half_plane(ring_count, frames), slab(0.0), wedge()].concat()
}

/// An edge of light on flat skin: 64 columns of 8 mm on the fixture's places, 32 rows, and a margin that the samples need.
pub fn half_plane(ring_count: usize, frames: u32) -> Vec<Agreement> {
    let (fixture, albedo) = (fixture(), usual_skin().dermis_albedo);
    let mm_per_px = 0.125;
    let (buffers, camera) = plane(mm_per_px, [128, 48], 0.0, |x, _| x > 0.0);
    let picture = gathered(&buffers, &camera, ring_count, frames);
    let of_channel = |(c, channel): (usize, &'static str)| {
        let measured = &fixture["half_plane"][channel];
        let (reference, error) = (numbers(&measured["exitance"]), numbers(&measured["error"]));
        let rows: Vec<Vec<f32>> =
            (8..40).map(|y| (32..96).map(|x| picture[y * 128 + x][c] * albedo[c]).collect()).collect();
        let mean: Vec<f32> = (0..64).map(|i| rows.iter().map(|r| r[i]).sum::<f32>() / 32.0).collect();
        let (ours, noise) = relative_rmse(&mean, &reference, &error);
        let squares: f32 = rows.iter().map(|r| relative_rmse(r, &reference, &error).0.powi(2)).sum();
        let blurred: Vec<f32> = separable(&buffers, mm_per_px, 20, c)[32..96].iter().map(|e| e * albedo[c]).collect();
        let (baseline, _) = relative_rmse(&blurred, &reference, &error);
        Agreement { scene: "half_plane", channel, ours, pixels: (squares / 32.0).sqrt(), baseline, noise }
    };
    CHANNELS.into_iter().enumerate().map(of_channel).collect()
}

/// Slabs lit from behind, from a thickness on.
pub fn slab(from_mm: f32) -> Vec<Agreement> {
    let (fixture, optics) = (fixture(), usual_skin());
    let thickness = numbers(&fixture["slab"]["thickness_mm"]);
    let used: Vec<usize> = (0..thickness.len()).filter(|&i| thickness[i] >= from_mm).collect();
    let of_channel = |(c, channel): (usize, &'static str)| {
        let skin = Transmission::of_skin(&optics)[c];
        let measured = &fixture["slab"][channel];
        let pick = |all: Vec<f32>| used.iter().map(|&i| all[i]).collect::<Vec<f32>>();
        let (reference, error) = (pick(numbers(&measured["exitance"])), pick(numbers(&measured["error"])));
        let profile = |of: &dyn Fn(f32) -> f32| used.iter().map(|&i| of(thickness[i])).collect::<Vec<f32>>();
        let (ours, noise) = relative_rmse(&profile(&|t| skin.through_slab(t)), &reference, &error);
        let (baseline, _) = relative_rmse(&profile(&|t| golubev(&optics, c, t)), &reference, &error);
        Agreement { scene: "slab", channel, ours, pixels: ours, baseline, noise }
    };
    CHANNELS.into_iter().enumerate().map(of_channel).collect()
}

/// A wedge, as an ear's rim, lit from behind.
pub fn wedge() -> Vec<Agreement> {
    let (fixture, optics) = (fixture(), usual_skin());
    let scene = &fixture["wedge"];
    let x = numbers(&scene["x_mm"]);
    let angle = (scene["degrees"].as_f64().unwrap_or_default() as f32).to_radians();
    let of_channel = |(c, channel): (usize, &'static str)| {
        let skin = Transmission::of_skin(&optics)[c];
        let (reference, error) = (numbers(&scene[channel]["exitance"]), numbers(&scene[channel]["error"]));
        let profile = |of: &dyn Fn(f32) -> f32| x.iter().map(|x| of(x * angle.tan())).collect::<Vec<f32>>();
        let (ours, noise) = relative_rmse(&profile(&|t| skin.through(t, angle.cos())), &reference, &error);
        let (baseline, _) = relative_rmse(&profile(&|t| golubev(&optics, c, t)), &reference, &error);
        Agreement { scene: "wedge", channel, ours, pixels: ours, baseline, noise }
    };
    CHANNELS.into_iter().enumerate().map(of_channel).collect()
}

/// E. Golubev, "Efficient Screen-Space Subsurface Scattering Using Burley's Normalized Diffusion in Real-Time" (2018): the
/// profile integrated over a plane at that depth, exitance of channel `c`.
fn golubev(optics: &SkinOptics, c: usize, thickness_mm: f32) -> f32 {
    let third = (-thickness_mm / (3.0 * Transmission::of_skin(optics)[c].distance_mm)).exp();
    optics.dermis_albedo[c] * 0.25 * (third.powi(3) + 3.0 * third)
}

/// What `fixtures/make_sss_reference.py` measured with Mitsuba.
pub(crate) fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/sss_reference.json")).unwrap_or_default()
}

pub(crate) fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).map(|v| v as f32).collect()
}

/// Skin as in the fixture.
pub(crate) fn usual_skin() -> SkinOptics {
    skin_optics(&Pigments::default())
}

/// Root of the summed squared differences over the summed squares of the reference, and the same of its standard errors.
pub(crate) fn relative_rmse(ours: &[f32], reference: &[f32], error: &[f32]) -> (f32, f32) {
    let squares: f32 = reference.iter().map(|r| r * r).sum();
    let off: f32 = ours.iter().zip(reference).map(|(a, b)| (a - b).powi(2)).sum();
    let noise: f32 = error.iter().map(|e| e * e).sum();
    ((off / squares).sqrt(), (noise / squares).sqrt())
}

/// A flat picture of skin, `mm_per_px` at its middle, leaning about the vertical by an angle, lit where `lit` says so of
/// a point of the surface: its places right of the middle and up along the surface, mm.
pub(crate) fn plane(mm_per_px: f32, size: [usize; 2], lean: f32, lit: impl Fn(f32, f32) -> bool) -> (Buffers, Camera) {
    let [width, height] = size;
    let distance_m = 0.5;
    let centre_px = Vec2::new(width as f32, height as f32) * 0.5;
    let camera = Camera { focal_px: 1e3 * distance_m / mm_per_px, centre_px };
    let (sine, cosine) = lean.sin_cos();
    let normal = Vec3::new(sine, 0.0, cosine);
    let mut buffers = Buffers {
        width,
        height,
        irradiance: Vec::new(),
        depth_m: Vec::new(),
        normal: vec![normal; width * height],
        skin: vec![true; width * height],
    };
    for y in 0..height {
        for x in 0..width {
            let ray = camera.point(Vec2::new(x as f32, y as f32) + 0.5, 1.0);
            // The plane through (0, 0, -distance).
            let depth_m = -distance_m * normal.z / normal.dot(ray);
            let point = ray * depth_m - Vec3::new(0.0, 0.0, -distance_m);
            let along = 1e3 * point.dot(Vec3::new(cosine, 0.0, -sine));
            buffers.irradiance.push(Vec3::splat(if lit(along, 1e3 * point.y) { 1.0 } else { 0.0 }));
            buffers.depth_m.push(depth_m);
        }
    }
    (buffers, camera)
}

/// The gather over a picture, `frames` frames averaged.
pub(crate) fn gathered(buffers: &Buffers, camera: &Camera, ring_count: usize, frames: u32) -> Vec<Vec3> {
    let distance_mm = kernel::distance_mm(&usual_skin());
    let rings = kernel::rings(ring_count, distance_mm);
    let pixel = |i: usize| {
        let place = [i % buffers.width, i / buffers.width];
        let sum: Vec3 = (0..frames).map(|f| gather(buffers, camera, &rings, distance_mm, place, f)).sum();
        sum / frames as f32
    };
    (0..buffers.irradiance.len()).map(pixel).collect()
}

/// Share of a profile within a distance of a line through its middle, from the share within circles.
pub(crate) fn share_beside_line(x_mm: f32, distance_mm: f32) -> f32 {
    let shares = (0..500).map(|i| kernel::radius_of_share((i as f32 + 0.5) / 500.0, distance_mm));
    shares.map(|r| (x_mm / r).min(1.0).asin() * std::f32::consts::FRAC_2_PI).sum::<f32>() / 500.0
}

/// The blur of J. Jimenez et al., "Separable Subsurface Scattering" (Computer Graphics Forum 2015), pre-integrated kernel,
/// 25 taps at squared offsets; along x, which for an upright edge is all it does. Each tap has the exact share of its strip.
fn separable(buffers: &Buffers, mm_per_px: f32, y: usize, channel: usize) -> Vec<f32> {
    let distance = kernel::distance_mm(&usual_skin());
    let reach = 20.0 * distance.max_element();
    let offsets: Vec<f32> = (-12..=12).map(|i: i32| reach * (i as f32 / 12.0).powi(2) * (i.signum() as f32)).collect();
    let beside = |x: f32| x.signum() * share_beside_line(x.abs(), distance[channel]);
    let edges: Vec<f32> = offsets.windows(2).map(|pair| beside(0.5 * (pair[0] + pair[1]))).collect();
    let weight = |i: usize| {
        let (low, high) = (if i == 0 { -1.0 } else { edges[i - 1] }, edges.get(i).copied().unwrap_or(1.0));
        0.5 * (high - low)
    };
    (0..buffers.width)
        .map(|x| {
            let taps = offsets.iter().enumerate().map(|(i, offset)| {
                let place = (x as f32 + 0.5 + offset / mm_per_px).floor().clamp(0.0, buffers.width as f32 - 1.0);
                buffers.irradiance[y * buffers.width + place as usize][channel] * weight(i)
            });
            taps.sum()
        })
        .collect()
}
