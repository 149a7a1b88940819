use serde_json::Value;

use super::*;
use crate::{
    look::skin::spectrum::{Pigments, SkinOptics, skin_optics},
    subsurface::transmission::Transmission,
};

/// What `fixtures/make_sss_reference.py` measured with Mitsuba.
fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/sss_reference.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// Skin as in the fixture.
fn usual_skin() -> SkinOptics {
    skin_optics(&Pigments::default())
}

/// Root of the summed squared differences over the summed squares of the reference, and the same of its standard errors.
fn relative_rmse(ours: &[f32], reference: &[f32], error: &[f32]) -> (f32, f32) {
    let squares: f32 = reference.iter().map(|r| r * r).sum();
    let off: f32 = ours.iter().zip(reference).map(|(a, b)| (a - b).powi(2)).sum();
    let noise: f32 = error.iter().map(|e| e * e).sum();
    ((off / squares).sqrt(), (noise / squares).sqrt())
}

/// A flat picture of skin, `mm_per_px` at its middle, leaning about the vertical by an angle, lit where `lit` says so of
/// a point of the surface: its places right of the middle and up along the surface, mm.
fn plane(mm_per_px: f32, size: [usize; 2], lean: f32, lit: impl Fn(f32, f32) -> bool) -> (Buffers, Camera) {
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
fn gathered(buffers: &Buffers, camera: &Camera, ring_count: usize, frames: u32) -> Vec<Vec3> {
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
fn share_beside_line(x_mm: f32, distance_mm: f32) -> f32 {
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

#[test]
fn the_fixture_is_of_this_skin() {
    let (fixture, optics) = (fixture(), usual_skin());
    for (name, ours) in
        [("scattering_per_mm", optics.scattering_per_mm), ("absorption_per_mm", optics.absorption_per_mm)]
    {
        let theirs = Vec3::from_slice(&numbers(&fixture[name]));
        assert!((ours / theirs - 1.0).abs().max_element() < 1e-3, "{name}: {ours} {theirs}; make the fixture again");
    }
    // What the lit half gets, the two sides of the edge give back together: van de Hulst's albedo.
    for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
        let reference = numbers(&fixture["half_plane"][colour]["exitance"]);
        let albedo = 2.0 * reference.iter().sum::<f32>() / reference.len() as f32;
        println!("albedo {colour}: {albedo:.4}, van de Hulst {:.4}", optics.dermis_albedo[c]);
        assert!((albedo - optics.dermis_albedo[c]).abs() < 0.004, "{colour}: {albedo}");
    }
}

#[test]
fn an_edge_of_light_is_as_soft_as_by_random_walk() {
    let (fixture, albedo) = (fixture(), usual_skin().dermis_albedo);
    let scene = &fixture["half_plane"];
    let mm_per_px = 0.125;
    // 64 columns of 8 mm on the fixture's places, and a margin that the samples need.
    let (buffers, camera) = plane(mm_per_px, [128, 48], 0.0, |x, _| x > 0.0);
    for (ring_count, frames, pixel_limit) in [(8, 1, 0.052), (10, 1, 0.045), (12, 1, 0.042), (10, 8, 0.015)] {
        let picture = gathered(&buffers, &camera, ring_count, frames);
        for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
            let (reference, error) = (numbers(&scene[colour]["exitance"]), numbers(&scene[colour]["error"]));
            let row = |y: usize| -> Vec<f32> { (32..96).map(|x| picture[y * 128 + x][c] * albedo[c]).collect() };
            let rows: Vec<Vec<f32>> = (8..40).map(row).collect();
            let mean: Vec<f32> = (0..64).map(|i| rows.iter().map(|r| r[i]).sum::<f32>() / 32.0).collect();
            let (of_mean, noise) = relative_rmse(&mean, &reference, &error);
            let squares: f32 = rows.iter().map(|r| relative_rmse(r, &reference, &error).0.powi(2)).sum();
            let of_pixels = (squares / 32.0).sqrt();
            let blurred: Vec<f32> =
                separable(&buffers, mm_per_px, 20, c)[32..96].iter().map(|e| e * albedo[c]).collect();
            let (baseline, _) = relative_rmse(&blurred, &reference, &error);
            println!(
                "half-plane {colour}, {} samples, {frames} frames: mean {:.2} %, pixels {:.2} %, separable {:.2} %, \
                 reference noise {:.2} %",
                2 * ring_count,
                100.0 * of_mean,
                100.0 * of_pixels,
                100.0 * baseline,
                100.0 * noise
            );
            assert!(of_mean < 0.01 && of_pixels < pixel_limit, "{of_mean} {of_pixels}");
        }
    }
}

#[test]
fn a_surface_of_index_1_4_widens_the_edge_as_by_random_walk() {
    let (fixture, optics) = (fixture(), usual_skin());
    let scene = &fixture["half_plane_index_1_4"];
    let x = numbers(&scene["x_mm"]);
    let [below, matched] = [kernel::distance_below_surface_mm(&optics), kernel::distance_mm(&optics)];
    for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
        let (reference, error) = (numbers(&scene[colour]["exitance"]), numbers(&scene[colour]["error"]));
        // What comes up from within, as a share of what does so far from the edge: lit and unlit side sum to that.
        let whole: f32 = 2.0 * reference.iter().sum::<f32>() / reference.len() as f32;
        let [ours, narrow] = [below[c], matched[c]].map(|d| {
            let edge = |x: &f32| 0.5 * whole * (1.0 + x.signum() * share_beside_line(x.abs(), d));
            relative_rmse(&x.iter().map(edge).collect::<Vec<_>>(), &reference, &error)
        });
        println!(
            "index 1.4 {colour}: {:.2} %, by the matched distance {:.2} %, reference noise {:.2} %",
            100.0 * ours.0,
            100.0 * narrow.0,
            100.0 * ours.1
        );
        assert!(ours.0 < 0.016 && ours.0 < narrow.0, "{colour}: {ours:?}");
    }
}

#[test]
fn thin_skin_lets_as_much_through_as_by_random_walk() {
    let fixture = fixture();
    let scene = &fixture["slab"];
    let thickness = numbers(&scene["thickness_mm"]);
    let optics = usual_skin();
    for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
        let skin = Transmission::of_skin(&optics)[c];
        let (reference, error) = (numbers(&scene[colour]["exitance"]), numbers(&scene[colour]["error"]));
        // Golubev 2018: the profile integrated over a plane at that depth.
        let golubev = |t: f32| {
            let third = (-t / (3.0 * skin.distance_mm)).exp();
            optics.dermis_albedo[c] * 0.25 * (third.powi(3) + 3.0 * third)
        };
        for (from, name) in [(0.0, "0.25 to 6 mm"), (2.0, "2 to 6 mm")] {
            let used: Vec<usize> = (0..thickness.len()).filter(|&i| thickness[i] >= from).collect();
            let pick = |all: &[f32]| used.iter().map(|&i| all[i]).collect::<Vec<f32>>();
            let ours: Vec<f32> = used.iter().map(|&i| skin.through_slab(thickness[i])).collect();
            let theirs: Vec<f32> = used.iter().map(|&i| golubev(thickness[i])).collect();
            let (off, noise) = relative_rmse(&ours, &pick(&reference), &pick(&error));
            let (baseline, _) = relative_rmse(&theirs, &pick(&reference), &pick(&error));
            println!(
                "slab {colour}, {name}: {:.2} %, Golubev {:.1} %, reference noise {:.2} %",
                100.0 * off,
                100.0 * baseline,
                100.0 * noise
            );
            assert!(off < 0.01, "{colour} {name}: {off}");
        }
        // And at each thickness that enough paths got through to measure.
        for i in (0..thickness.len()).filter(|&i| error[i] < 0.1 * reference[i]) {
            let (ratio, tolerance) =
                (skin.through_slab(thickness[i]) / reference[i], 0.02 + 3.0 * error[i] / reference[i]);
            assert!((ratio - 1.0).abs() < tolerance, "{colour} {} mm: {ratio} +- {tolerance}", thickness[i]);
        }
    }
}

#[test]
fn the_rim_of_an_ear_glows_as_by_random_walk() {
    let fixture = fixture();
    let scene = &fixture["wedge"];
    let x = numbers(&scene["x_mm"]);
    let angle = (scene["degrees"].as_f64().unwrap() as f32).to_radians();
    let optics = usual_skin();
    for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
        let skin = Transmission::of_skin(&optics)[c];
        let (reference, error) = (numbers(&scene[colour]["exitance"]), numbers(&scene[colour]["error"]));
        let ours: Vec<f32> = x.iter().map(|x| skin.through(x * angle.tan(), angle.cos())).collect();
        let plain: Vec<f32> = x.iter().map(|x| skin.through_slab(x * angle.tan())).collect();
        let golubev: Vec<f32> = x
            .iter()
            .map(|x| (-x * angle.tan() / (3.0 * skin.distance_mm)).exp())
            .map(|third| optics.dermis_albedo[c] * 0.25 * (third.powi(3) + 3.0 * third))
            .collect();
        let [(off, noise), (slab, _), (baseline, _)] =
            [ours, plain, golubev].map(|profile| relative_rmse(&profile, &reference, &error));
        println!(
            "wedge {colour}: {:.2} %, as a slab of the thickness along the normal {:.2} %, Golubev {:.1} %, \
             reference noise {:.2} %",
            100.0 * off,
            100.0 * slab,
            100.0 * baseline,
            100.0 * noise
        );
        assert!(off < 0.01, "{colour}: {off}");
    }
}

#[test]
fn even_light_stays_even_everywhere() {
    let (mut buffers, camera) = plane(0.3, [40, 30], 0.9, |_, _| true);
    // With a hole, a step and turned normals in it.
    for y in 10..20 {
        for x in 10..20 {
            let i = y * 40 + x;
            buffers.skin[i] = x < 14;
            buffers.depth_m[i] += if x > 16 { 0.02 } else { 0.0 };
            buffers.normal[i] = if y > 15 { -buffers.normal[i] } else { buffers.normal[i] };
        }
    }
    for light in gathered(&buffers, &camera, 10, 1) {
        assert!((light - 1.0).abs().max_element() < 1e-5, "{light}");
    }
}

#[test]
fn nothing_leaks_across_a_silhouette() {
    // Dark skin before skin 5 cm behind it and a background, both glaring.
    let (mut buffers, camera) = plane(0.2, [60, 40], 0.0, |_, _| false);
    for y in 0..40 {
        for x in 0..60 {
            let i = y * 60 + x;
            if x >= 30 {
                buffers.irradiance[i] = Vec3::splat(1000.0);
                buffers.skin[i] = y < 20;
                buffers.depth_m[i] += 0.05;
            }
        }
    }
    let picture = gathered(&buffers, &camera, 10, 4);
    for y in 0..40 {
        for x in 0..30 {
            let light = picture[y * 60 + x].max_element();
            assert!(light < 1e-3, "{x} {y}: {light}");
        }
    }
}

#[test]
fn slanted_skin_scatters_as_far_as_skin_that_faces_the_camera() {
    // The same edge of light, 0.125 mm a pixel seen straight and 0.0625 mm seen at 60 degrees.
    let straight = plane(0.125, [96, 32], 0.0, |x, _| x > 0.0);
    let slanted = plane(0.0625, [96, 32], 60f32.to_radians(), |x, _| x > 0.0);
    let profile = |(buffers, camera): &(Buffers, Camera)| {
        let picture = gathered(buffers, camera, 12, 4);
        (24..72).map(|x| (4..28).map(|y| picture[y * 96 + x]).sum::<Vec3>() / 24.0).collect::<Vec<_>>()
    };
    let (a, b) = (profile(&straight), profile(&slanted));
    let worst = a.iter().zip(&b).map(|(a, b)| (*a - *b).abs().max_element()).fold(0.0, f32::max);
    println!("at most {worst:.3} apart");
    assert!(worst < 0.04, "{worst}");
}

#[test]
fn no_direction_is_preferred() {
    // Beyond a line at any angle light falls off as the profile says.
    let distance = kernel::distance_mm(&usual_skin());
    for degrees in [0f32, 25.0, 40.0, 90.0] {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let (buffers, camera) = plane(0.15, [64, 64], 0.0, |x, y| x * cosine + y * sine > 0.0);
        let picture = gathered(&buffers, &camera, 12, 4);
        let (mut off, mut count) = (Vec3::ZERO, 0.0);
        for i in (0..64 * 64).filter(|i| (20..44).contains(&(i % 64)) && (20..44).contains(&(i / 64))) {
            let (x, y) = ((i % 64) as f32 - 31.5, 31.5 - (i / 64) as f32);
            let away = 0.15 * (x * cosine + y * sine);
            let there = 0.5 + 0.5 * away.signum() * distance.map(|d| share_beside_line(away.abs(), d));
            off += (picture[i] - there).powf(2.0);
            count += 1.0;
        }
        let rms = (off / count).map(f32::sqrt);
        println!("{degrees} degrees: rms {rms:.4}");
        assert!(rms.max_element() < 0.03, "{degrees}: {rms}");
    }
}

#[test]
fn a_place_and_its_point_agree() {
    let camera = Camera { focal_px: 700.0, centre_px: Vec2::new(480.0, 270.0) };
    let place = Vec2::new(123.4, 456.7);
    assert!((camera.place(camera.point(place, 0.73)) - place).abs().max_element() < 1e-3);
}
