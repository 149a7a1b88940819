//! What a device must agree with. The oracle itself is `solver/`; here are the cases on which the kernels are compared with it.

pub mod layers;

use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::contact::exchange;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::{ContactMesh, Layer};
use crate::solver::contact::scenes::SceneError;
use crate::solver::contact::shapes::{Body, Core};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::exact;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::links::Seam;
use crate::solver::position;
use crate::solver::settings::Settings;
use crate::solver::vec3::{Real, V3};

/// A sheet of `cells` x `cells` on which everything acts at once: pins, wind, memory, strain limit, internal damping, two iterations, attachments, and
/// seams that share particles, one of which tears off.
///
/// # Errors
/// None for `cells` of 2 and more.
pub fn trial(cells: usize) -> Result<Cloth, ClothError> {
    let mut mesh = rectangle([0.4, 0.4], [cells, cells], Diagonals::Alternating)?;
    for (i, p) in mesh.positions_m.iter_mut().enumerate() {
        let wave = |k: f64| 0.002 * (k * i as f64).sin();
        *p = [p[0] + wave(1.7), p[1] + wave(2.9), p[2] + wave(0.7)];
    }
    let fabric = Fabric { limit_stiffening: 5.0, strain_limit: 0.01, internal_damping_secs: 1e-4, ..Fabric::default() };
    let settings = Settings { memory_secs: 0.5, iterations: 2, air: AirSettings::STILL, ..Settings::default() };
    let (across, last) = (cells as u32, ((cells + 1) * (cells + 1) - 1) as u32);
    let fastenings = Fastenings {
        pins: vec![0, across],
        seams: vec![
            Seam::rigid(last - across, last),
            Seam { rest_m: 0.05, compliance_m_n: 1e-3, ..Seam::rigid(last, last - across / 2) },
            Seam { break_force_n: 0.2, ..Seam::rigid(across, last) },
        ],
        has_long_range_attachments: true,
        ..Fastenings::default()
    };
    let mut cloth = Cloth::new(mesh, fabric, settings, fastenings)?;
    cloth.set_uniform_wind(V3::new(2.0, 0.5, 1.0));
    Ok(cloth)
}

/// A sheet of `2 cells` x `cells`, folded in three layers that touch, falls on a ball, then on the ground, while a capsule sweeps through below and a corner stays
/// pinned: contact of everything that a device computes of it.
///
/// # Errors
/// None for `cells` of 4 and more.
pub fn contact_trial(cells: usize) -> Result<(Cloth, Contact), SceneError> {
    const LAYER_M: f64 = 0.08;
    let mut mesh = rectangle([3.0 * LAYER_M, 0.12], [2 * cells, cells], Diagonals::Alternating)?;
    for p in &mut mesh.positions_m {
        let along = p[0] % (2.0 * LAYER_M);
        let folded = if along < LAYER_M { along } else { 2.0 * LAYER_M - along };
        *p = [folded, 0.05 + 0.01 * p[0], p[2]];
    }
    let pins = vec![2 * cells as u32];
    let fabric = Fabric { velocity_damping_per_sec: 0.2, ..Fabric::isotropic(0.15, 1000.0, 1e-5, 0.3) };
    let settings = Settings { air: AirSettings::STILL, ..Settings::default() };
    let mut cloth = Cloth::new(mesh, fabric, settings, Fastenings { pins, ..Fastenings::default() })?;
    cloth.set_uniform_wind(V3::new(0.5, -1.0, 0.3));
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
    let layer = Layer { triangles: &cloth.mesh().triangles, start: &start, thickness_m: 1e-3, friction: 0.4 };
    let mut contact = Contact::new(ContactMesh::of_layers(&[layer], &[])?, ContactSettings::default());
    let mut capsule = Body::new(Core::Segment { half_length_m: 0.05 }, 0.01, [-0.03, 0.011, -0.06], 0.3);
    (capsule.velocity_m_s, capsule.angular_velocity_rad_s) = (V3::new(0.02, 0.0, 0.0), V3::new(1.0, 0.2, 0.0));
    contact.bodies = vec![
        Body::new(Core::Point, 0.03, [0.04, 0.0172, -0.06], 0.2),
        Body::new(Core::HalfSpace, 0.0, [0.0; 3], 0.4),
        capsule,
    ];
    Ok((cloth, contact))
}

/// Six words a case: two vectors. Every pair of a list of extremes is in the first two places; then random bits, and random numbers of sizes that occur.
pub fn cases(count: usize) -> Vec<[u32; 6]> {
    const EXTREMES: [u32; 28] = [
        0x0000_0000,
        0x8000_0000,
        0x0000_0001,
        0x8000_0001,
        0x007f_ffff,
        0x0080_0000,
        0x8080_0000,
        0x0080_0001,
        0x00ff_ffff,
        0x0100_0000,
        0x3f7f_ffff,
        0x3f80_0000,
        0xbf80_0000,
        0x3f80_0001,
        0x3400_0000,
        0x3380_0000,
        0x4b7f_ffff,
        0x4e80_0000,
        0xce80_0000,
        0x4f00_0000,
        0x5f80_0000,
        0x1f80_0000,
        0x2000_0000,
        0x7f7f_ffff,
        0xff7f_ffff,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
    ];
    let mut random = random(0x9e37_79b9_7f4a_7c15);
    let extremes = EXTREMES.len();
    let mut out = Vec::with_capacity(count.max(extremes * extremes));
    for i in 0..count.max(extremes * extremes) {
        let mut case: [u32; 6] = std::array::from_fn(|_| random());
        if i < extremes * extremes {
            (case[0], case[3]) = (EXTREMES[i / extremes], EXTREMES[i % extremes]);
        } else if i % 4 == 1 {
            // Products about the least normal number: exponents that sum to it.
            let exponent = 1 + random() % 126;
            case[0] = case[0] & 0x807f_ffff | exponent << 23;
            case[3] = case[3] & 0x807f_ffff | (127 - exponent) << 23;
        } else if i % 4 != 0 {
            case = case.map(|word| word & 0x807f_ffff | (100 + random() % 36) << 23);
        }
        out.push(case);
    }
    out
}

/// Words that look random and are the same every time (Steele, Lea, Flood 2014, splitmix).
pub(crate) fn random(mut seed: u64) -> impl FnMut() -> u32 {
    move || {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as u32
    }
}

/// What `arithmetic.compute.wgsl` must find for a case, with names.
pub fn arithmetic(case: &[u32; 6]) -> Vec<(&'static str, u32)> {
    let [a, b] =
        [0, 3].map(|k| V3::new(f32::from_bits(case[k]), f32::from_bits(case[k + 1]), f32::from_bits(case[k + 2])));
    let (x, y) = (a.x, b.x);
    let parts = position::split(x);
    let mut out: Vec<(&'static str, u32)> = [
        ("add", exact::add(x, y)),
        ("sub", exact::sub(x, y)),
        ("mul", exact::mul(x, y)),
        ("recip", exact::recip(x)),
        ("div", exact::div(x, y)),
        ("rsqrt", exact::rsqrt(x)),
        ("sqrt", exact::sqrt(x)),
        ("neg", Real::neg(x)),
        ("min", Real::min(x, y)),
        ("max", Real::max(x, y)),
        ("product and sum", exact::add(exact::mul(x, y), a.y)),
        ("sum and difference", exact::sub(exact::add(x, y), y)),
        ("dot", a.dot(b)),
        ("length", a.length()),
    ]
    .map(|(name, value)| (name, value.to_bits()))
    .to_vec();
    for (name, v) in [("cross", a.cross(b)), ("add_scaled", a.add_scaled(b, x)), ("normalised_or", a.normalised_or(b))]
    {
        out.extend(v.to_array().map(|x| (name, x.to_bits())));
    }
    out.push(("rounded units", position::round_half_away(x).cast_unsigned()));
    out.push(("metres_of_units", position::metres_of_units(case[0].cast_signed()).to_bits()));
    out.push(("split units", parts.0.cast_unsigned()));
    out.push(("split rest", parts.1.to_bits()));
    let product = exchange::product_units(x, y).cast_unsigned();
    out.push(("low word of product units", product as u32));
    out.push(("high word of product units", (product >> 32) as u32));
    out.push(("clamp", Real::max(Real::min(x, 1.0), 0.0).to_bits()));
    out
}
