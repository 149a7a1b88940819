use super::*;
use crate::look::skin::{spectra, tone::pigments_of_tone};

/// Means of the faces (cheeks and foreheads) of the International Skin Spectra Archive whose L* lies within 2 of the
/// first number: L*, a*, b* (D65, 2 degrees, gloss included), then reflectance at 450, 550, 600 and 650 nm.
const MEASURED: [([f32; 3], [f32; 4]); 10] = [
    ([34.2, 8.9, 10.5], [0.054, 0.073, 0.101, 0.147]),
    ([38.1, 10.4, 13.9], [0.061, 0.090, 0.132, 0.189]),
    ([42.1, 11.3, 16.8], [0.070, 0.110, 0.168, 0.233]),
    ([46.3, 11.4, 18.1], [0.086, 0.135, 0.208, 0.281]),
    ([50.3, 11.9, 18.9], [0.105, 0.162, 0.254, 0.337]),
    ([54.2, 12.1, 18.2], [0.131, 0.192, 0.299, 0.390]),
    ([58.1, 12.0, 17.1], [0.166, 0.226, 0.349, 0.443]),
    ([61.9, 11.4, 16.1], [0.203, 0.265, 0.399, 0.489]),
    ([65.6, 10.1, 14.9], [0.247, 0.310, 0.447, 0.529]),
    ([68.9, 9.0, 14.0], [0.288, 0.355, 0.489, 0.565]),
];
/// What the instruments saw of the gloss: that of [`SKIN_INDEX`].
const GLOSS: f32 = 0.0278;

/// CIELAB of linear Rec.709 under D65.
fn cielab(rgb: Vec3) -> [f32; 3] {
    let luminance = Vec3::new(0.2126, 0.7152, 0.0722).dot(rgb);
    let x = Vec3::new(0.4124, 0.3576, 0.1805).dot(rgb) / 0.9505;
    let z = Vec3::new(0.0193, 0.1192, 0.9505).dot(rgb) / 1.089;
    let f = |t: f32| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    [116.0 * f(luminance) - 16.0, 500.0 * (f(x) - f(luminance)), 200.0 * (f(luminance) - f(z))]
}

fn lab_with_gloss(melanin: f32, haemoglobin: f32) -> [f32; 3] {
    cielab(skin_albedo(melanin, haemoglobin) + GLOSS)
}

/// The melanin by which skin is as light as measured.
fn melanin_for(lightness: f32, haemoglobin: f32) -> f32 {
    let (mut low, mut high) = (0.0, MOST_MELANIN);
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if lab_with_gloss(middle, haemoglobin)[0] > lightness { low = middle } else { high = middle }
    }
    low
}

#[test]
fn colours_lie_where_faces_were_measured() {
    let (mut a_squared, mut b_squared) = (0.0, 0.0);
    for ([lightness, a, b], _) in MEASURED {
        // The blood of the tone that is as light.
        let haemoglobin = (0..=40)
            .map(|i| pigments_of_tone(i as f32 / 40.0))
            .min_by(|x, y| {
                let off = |p: &(f32, f32)| (lab_with_gloss(p.0, p.1)[0] - lightness).abs();
                off(x).total_cmp(&off(y))
            })
            .unwrap()
            .1;
        let melanin = melanin_for(lightness, haemoglobin);
        let ours = lab_with_gloss(melanin, haemoglobin);
        println!(
            "L* {lightness}: melanin {melanin:.3} blood {haemoglobin:.3} a* {:+.1} b* {:+.1}",
            ours[1] - a,
            ours[2] - b
        );
        assert!((ours[1] - a).abs() < 2.0 && (ours[2] - b).abs() < 4.0, "L* {lightness}: {ours:?}");
        a_squared += (ours[1] - a).powi(2);
        b_squared += (ours[2] - b).powi(2);
    }
    let rms = [a_squared, b_squared].map(|sum: f32| (sum / MEASURED.len() as f32).sqrt());
    println!("rms a* {:.2} b* {:.2}", rms[0], rms[1]);
    // People of one lightness differ by 1.1 to 2.7 in either.
    assert!(rms[0] < 1.0 && rms[1] < 2.2, "{rms:?}");
}

#[test]
fn spectra_lie_where_faces_were_measured() {
    let mut squares = 0.0;
    let mut worst = 0.0f32;
    for (_, spectrum) in MEASURED {
        // Best pigments for this spectrum.
        let mut best = f32::MAX;
        for melanin in (1..=60).map(|i| 0.4 * (i as f32 / 60.0).powi(2)) {
            for haemoglobin in (0..=12).map(|i| 0.003 * i as f32) {
                let ours = reflectance_spectrum(&Pigments { melanin, haemoglobin, ..Pigments::default() });
                let off: f32 = [450.0, 550.0, 600.0, 650.0]
                    .iter()
                    .zip(spectrum)
                    .map(|(nm, seen): (&f32, f32)| {
                        let i = ((nm - spectra::FIRST_NM) / spectra::STEP_NM) as usize;
                        ((ours[i] + GLOSS) / seen).ln().powi(2)
                    })
                    .sum();
                best = best.min(off / 4.0);
            }
        }
        squares += best;
        worst = worst.max(best.sqrt());
    }
    let rms = (squares / MEASURED.len() as f32).sqrt();
    println!("relative rms {rms:.3}, worst group {worst:.3}");
    assert!(rms < 0.045 && worst < 0.07, "{rms} {worst}");
}

#[test]
fn published_means_of_peoples_skin_are_reached() {
    // Alaluf et al. 2002 (forearms, 10 degrees) and Xiao et al. 2017 (faces): L*, a*, b*.
    let published = [
        ("African, sun-exposed", [38.1, 12.7, 15.0]),
        ("African, protected", [49.2, 10.2, 18.4]),
        ("Indian, sun-exposed", [43.7, 12.9, 17.2]),
        ("Chinese face", [57.6, 11.5, 15.2]),
        ("Thai face", [58.8, 11.0, 17.4]),
        ("Caucasian face", [59.4, 11.7, 14.8]),
        ("European, protected", [65.0, 7.1, 13.3]),
    ];
    for (who, [lightness, a, b]) in published {
        let off = |haemoglobin: f32| {
            let ours = lab_with_gloss(melanin_for(lightness, haemoglobin), haemoglobin);
            ((ours[1] - a).powi(2) + (ours[2] - b).powi(2)).sqrt()
        };
        let nearest = (1..=25).map(|i| off(0.002 * i as f32)).fold(f32::MAX, f32::min);
        println!("{who}: {nearest:.1}");
        assert!(nearest < 4.0, "{who}: {nearest}");
    }
}

#[test]
fn more_melanin_is_darker_at_every_wavelength_and_everything_stays_within_0_and_1() {
    for haemoglobin in [0.0, 0.01, 0.03, 0.1] {
        let mut before = vec![1.0; COUNT];
        let mut rgb_before = Vec3::ONE;
        for i in 0..=50 {
            let melanin = 0.01 * i as f32;
            let spectrum = reflectance_spectrum(&Pigments { melanin, haemoglobin, ..Pigments::default() });
            assert!(spectrum.iter().zip(&before).all(|(now, before)| now <= before && *now > 0.0), "{melanin}");
            // Very dark skin is out of Rec.709's gamut for its gloomy red part alone: blue may stand still.
            let albedo = skin_albedo(melanin, haemoglobin);
            assert!((albedo - rgb_before).max_element() < 5e-4, "{melanin}: {albedo} after {rgb_before}");
            assert!(albedo.x < rgb_before.x && albedo.y < rgb_before.y && albedo.cmpgt(Vec3::ZERO).all(), "{albedo}");
            (before, rgb_before) = (spectrum, albedo);
        }
    }
}

#[test]
fn blood_reddens_and_its_oxygen_brightens_the_red() {
    for melanin in [0.01, 0.05, 0.15] {
        let mut before = 0.0;
        for i in 0..=10 {
            let c = skin_albedo(melanin, 0.004 * i as f32);
            assert!(c.x / c.y > before, "{melanin} {i}");
            before = c.x / c.y;
        }
    }
    let blue = skin_optics(&Pigments { oxygenation: 0.3, haemoglobin: 0.05, ..Pigments::default() }).albedo;
    let red = skin_optics(&Pigments { oxygenation: 0.98, haemoglobin: 0.05, ..Pigments::default() }).albedo;
    assert!(red.x > 1.08 * blue.x && red.y / red.x < blue.y / blue.x, "{red} {blue}");
}

#[test]
fn pheomelanin_and_carotene_are_warmer() {
    let plain = Pigments { melanin: 0.05, ..Pigments::default() };
    let of = |p: &Pigments| skin_optics(p).albedo;
    let red_kind = of(&Pigments { eumelanin: 0.3, ..plain });
    assert!(red_kind.z / red_kind.x < of(&plain).z / of(&plain).x);
    let carrots = of(&Pigments { carotene_g_per_l: 2e-3, ..plain });
    assert!(carrots.z < 0.95 * of(&plain).z && carrots.x > 0.97 * of(&plain).x, "{carrots} {}", of(&plain));
}

#[test]
fn red_light_goes_deepest() {
    let optics = skin_optics(&Pigments::default());
    let free = optics.mean_free_path_mm();
    assert!(free.x > free.y && free.y > free.z, "{free}");
    assert!((0.15..0.4).contains(&free.y), "{free}");
    assert!(optics.dermis_albedo.x > optics.dermis_albedo.y && optics.dermis_albedo.y > optics.dermis_albedo.z);
    // Melanin lies above the dermis: it hardly changes how far light spreads in it.
    let dark = skin_optics(&Pigments { melanin: 0.3, ..Pigments::default() });
    assert!((dark.mean_free_path_mm() / free - 1.0).abs().max_element() < 0.15, "{}", dark.mean_free_path_mm());
}

#[test]
fn deep_reflectance_is_inverted() {
    for i in 0..=100 {
        let albedo = 0.01 * i as f32;
        assert!((deep_reflectance(single_scattering_albedo(albedo)) - albedo).abs() < 1e-4, "{albedo}");
    }
}

#[test]
fn the_table_agrees_with_the_model_between_its_texels_and_is_quick() {
    const SIZE: usize = 32;
    let started = std::time::Instant::now();
    let table = SkinTable::new(SIZE, &Pigments::default());
    let took = started.elapsed();
    println!("{SIZE} x {SIZE} in {took:?}");
    let mut worst = 0.0f32;
    for (melanin, haemoglobin) in [(0.004, 0.013), (0.02, 0.02), (0.07, 0.031), (0.17, 0.055), (0.41, 0.004)] {
        let place = lut_coordinates(melanin, haemoglobin, SIZE) * SIZE as f32 - 0.5;
        let (lower, share) = (place.floor(), place.fract());
        let texel =
            |x: usize, y: usize| Vec3::from_slice(&table.albedo[(lower.y as usize + y) * SIZE + lower.x as usize + x]);
        let row = |y| texel(0, y).lerp(texel(1, y), share.x);
        let ours = row(0).lerp(row(1), share.y);
        worst = worst.max((ours / skin_albedo(melanin, haemoglobin) - 1.0).abs().max_element());
    }
    println!("bilinear look-up at most {:.2} % off", 100.0 * worst);
    assert!(worst < 0.015, "{worst}");
    assert_eq!(lut_coordinates(-1.0, 9.0, SIZE), Vec2::new(0.5, 31.5) / 32.0);
}

#[test]
fn values_out_of_range_are_clamped() {
    let optics =
        skin_optics(&Pigments { melanin: f32::NAN, haemoglobin: 9.0, epidermis_mm: -1.0, ..Pigments::default() });
    assert!(optics.albedo.is_finite() && optics.mean_free_path_mm().is_finite(), "{optics:?}");
    assert_eq!(skin_albedo(9.0, 0.02), skin_albedo(MOST_MELANIN, 0.02));
}
