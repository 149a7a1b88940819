use super::*;
use crate::subsurface::{
    agreement::{self, fixture, gathered, numbers, plane, relative_rmse, share_beside_line, usual_skin},
    transmission::Transmission,
};

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
    for (ring_count, frames, pixel_limit) in [(8, 1, 0.052), (10, 1, 0.045), (12, 1, 0.042), (10, 8, 0.015)] {
        for of in agreement::half_plane(ring_count, frames) {
            println!("{} samples, {frames} frames: {of:.4?}", 2 * ring_count);
            assert!(of.ours < 0.01 && of.pixels < pixel_limit, "{of:?}");
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
    for from_mm in [0.0, 2.0] {
        for of in agreement::slab(from_mm) {
            println!("from {from_mm} mm: {of:.4?}");
            assert!(of.ours < 0.01, "{of:?}");
        }
    }
    // And at each thickness that enough paths got through to measure.
    let fixture = fixture();
    let scene = &fixture["slab"];
    let thickness = numbers(&scene["thickness_mm"]);
    for (c, colour) in ["r", "g", "b"].into_iter().enumerate() {
        let skin = Transmission::of_skin(&usual_skin())[c];
        let (reference, error) = (numbers(&scene[colour]["exitance"]), numbers(&scene[colour]["error"]));
        for i in (0..thickness.len()).filter(|&i| error[i] < 0.1 * reference[i]) {
            let (ratio, tolerance) =
                (skin.through_slab(thickness[i]) / reference[i], 0.02 + 3.0 * error[i] / reference[i]);
            assert!((ratio - 1.0).abs() < tolerance, "{colour} {} mm: {ratio} +- {tolerance}", thickness[i]);
        }
    }
}

#[test]
fn the_rim_of_an_ear_glows_as_by_random_walk() {
    for of in agreement::wedge() {
        println!("{of:.4?}");
        assert!(of.ours < 0.01, "{of:?}");
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
