//! Cases of friction on fixed bodies: a strip about a cylinder, a patch on an incline.

use super::cases::{GRAVITY, Outcome, pinned, resolved_substep_secs, strip};
use super::truth;
use crate::solver::cloth::Cloth;
use crate::solver::contact::hook::Contact;
use crate::solver::contact::mesh::ContactMesh;
use crate::solver::contact::shapes::{Body, Core, axes_with_second_along};
use crate::solver::contact::solver::ContactSettings;
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

const THICKNESS_M: f64 = 5e-4;

/// Contact of a cloth with one body.
fn contact(cloth: &Cloth, body: Body) -> Result<Contact, ClothError> {
    let start: Vec<[i32; 3]> = cloth.state().particles().iter().map(|p| p.q()).collect();
    let mesh = ContactMesh::new(&cloth.mesh().triangles, &start, THICKNESS_M as f32, &[])?;
    let mut contact = Contact::new(mesh, ContactSettings::default());
    contact.bodies.push(body);
    Ok(contact)
}

/// A strip over half of a fixed cylinder, without weight, drawn over it by one end while the other is held; ratio of the tensions beside it, against Eytelwein's.
/// `cells` over the half circumference.
pub fn capstan(friction: f64, cells: usize) -> Result<Outcome, ClothError> {
    let (radius, pretension, stretch) = (0.03, 0.004, 1000.0);
    // The middle of the cloth runs half a thickness above the cylinder; so do its vertices.
    let around = radius + 0.5 * THICKNESS_M;
    let arc = std::f64::consts::PI * around;
    let cell = arc / cells as f64;
    let side_cells = cells / 2;
    let side = cell * side_cells as f64;
    let all = cells + 2 * side_cells;
    let (mut mesh, mut pins) = strip(cell * all as f64, [all, 2], 1, Diagonals::Same)?;
    pins.extend((0..3).map(|row| (row * (all + 1) + all) as u32));
    for p in &mut mesh.positions_m {
        let s = p[0] - side;
        let [x, y] = if s < 0.0 {
            [-around, s]
        } else if s < arc {
            let angle = s / around;
            [-around * angle.cos(), around * angle.sin()]
        } else {
            [around, arc - s]
        };
        *p = [x, y, p[2]];
    }
    for corner in mesh.corner_uv_m.iter_mut().flatten() {
        corner[0] /= 1.0 + pretension;
    }
    let fabric = Fabric { internal_damping_secs: 2e-4, ..Fabric::isotropic(0.2, stretch as f32, 1e-8, 0.0) };
    let settings = Settings {
        substep_secs: resolved_substep_secs(&fabric, cell),
        gravity_m_s2: V3::ZERO,
        // Without memory the stress of plain XPBD is not that of its strain, differently in each colour: 2 to 7 % here.
        memory_secs: 0.005,
        settle_damping_per_sec: 200.0,
        ..Settings::default()
    };
    let dt = f64::from(settings.substep_secs);
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let mut cylinder =
        Body::new(Core::Cylinder { radius_m: radius as f32, half_length_m: 1.0 }, 0.0, [0.0; 3], friction as f32);
    cylinder.axes = axes_with_second_along(V3::new(0.0, 0.0, 1.0));
    let mut contact = contact(&cloth, cylinder)?;
    // Twice what makes all of it slide.
    let pull = 2.0 * pretension * (truth::capstan_ratio(friction, std::f64::consts::PI) - 1.0) * (side + 0.5 * arc);
    let secs = 0.5;
    let substeps = (secs / dt) as u32;
    for row in 0..3 {
        let end = row * (all + 1) + all;
        let at = cloth.state().position_m(end);
        cloth.move_pin(end as u32, [at[0], at[1] - pull, at[2]], substeps)?;
    }
    cloth.step_with(substeps - substeps / 5, &mut contact);
    // Tension of the middle half of a side: mean of its triangles over time.
    let mut tensions = [0.0; 2];
    for _ in 0..substeps / 5 {
        cloth.step_with(1, &mut contact);
        for (tension, beyond) in tensions.iter_mut().zip([0.0, side + arc]) {
            *tension += mean_tension(&cloth, beyond / (1.0 + pretension), side / (1.0 + pretension), stretch);
        }
    }
    let truth = truth::capstan_ratio(friction, std::f64::consts::PI);
    Ok(Outcome { measured: tensions[1] / tensions[0], truth, substeps })
}

/// Force per width along the strip, between a quarter and three quarters of `length` beyond `start` in the weave, N/m.
fn mean_tension(cloth: &Cloth, start: f64, length: f64, stretch: f64) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (triangle, uv) in cloth.mesh().triangles.iter().zip(&cloth.mesh().corner_uv_m) {
        let middle = uv.iter().map(|c| c[0]).sum::<f64>() / 3.0 - start;
        if middle < 0.25 * length || middle > 0.75 * length {
            continue;
        }
        // The edge that runs along the strip.
        let along = (0..3).map(|c| (c, (c + 1) % 3)).find(|(a, b)| (uv[*a][1] - uv[*b][1]).abs() < 1e-9);
        let Some((a, b)) = along else { continue };
        let [p, q] = [a, b].map(|c| cloth.state().position_m(triangle[c] as usize));
        let ratio = (0..3).map(|axis| (p[axis] - q[axis]).powi(2)).sum::<f64>().sqrt() / (uv[a][0] - uv[b][0]).abs();
        sum += stretch * 0.5 * (ratio * ratio - 1.0) * ratio;
        count += 1.0;
    }
    sum / count
}

/// How far a patch slides down an incline from rest in 0.3 s, at `per_sec` substeps a second, m.
fn slide_m(angle_rad: f64, friction: f64, per_sec: u32) -> Result<(f64, u32), ClothError> {
    let (sin, cos) = angle_rad.sin_cos();
    let mut mesh = rectangle([0.1, 0.1], [6, 6], Diagonals::Alternating)?;
    let height = 0.5 * THICKNESS_M;
    for p in &mut mesh.positions_m {
        *p = [p[0] * cos - height * sin, p[0] * sin + height * cos, p[2]];
    }
    let settings = Settings {
        substep_secs: 1.0 / per_sec as f32,
        gravity_m_s2: V3::new(0.0, -GRAVITY as f32, 0.0),
        ..Settings::default()
    };
    let mut cloth = pinned(mesh, Fabric::isotropic(0.2, 1000.0, 1e-5, 0.0), settings, Vec::new())?;
    let mut plane = Body::new(Core::HalfSpace, 0.0, [0.0; 3], friction as f32);
    plane.axes = axes_with_second_along(V3::new(-sin as f32, cos as f32, 0.0));
    let mut contact = contact(&cloth, plane)?;
    let middle = |cloth: &Cloth| {
        let sum = |axis: usize| (0..49).map(|i| cloth.state().position_m(i)[axis]).sum::<f64>() / 49.0;
        -(sum(0) * cos + sum(1) * sin)
    };
    let start = middle(&cloth);
    let substeps = (SLIDE_SECS * f64::from(per_sec)).round() as u32;
    cloth.step_with(substeps, &mut contact);
    Ok((middle(&cloth) - start, substeps))
}

const SLIDE_SECS: f64 = 0.3;

/// A patch that slides down 35 degrees, way in 0.3 s, m.
pub fn incline_path(friction: f64, per_sec: u32) -> Result<Outcome, ClothError> {
    let angle = 35f64.to_radians();
    let (measured, substeps) = slide_m(angle, friction, per_sec)?;
    Ok(Outcome { measured, truth: truth::incline_path_m(GRAVITY, angle, friction, SLIDE_SECS), substeps })
}

/// The slope, as a tangent, at which a patch begins to slide, found by halving; Coulomb says at the coefficient of friction.
pub fn incline_limit(friction: f64, per_sec: u32) -> Result<Outcome, ClothError> {
    let (mut low, mut high) = (0.8 * friction, 1.3 * friction);
    let mut done = 0;
    while high - low > 2e-4 * friction {
        let tangent = 0.5 * (low + high);
        let (moved, substeps) = slide_m(tangent.atan(), friction, per_sec)?;
        done += substeps;
        // As far as a slope a two thousandth steeper than the limit would let it go.
        let is_sliding = moved > 5e-4 * friction * 0.5 * GRAVITY * SLIDE_SECS * SLIDE_SECS * tangent.atan().cos();
        if is_sliding { high = tangent } else { low = tangent }
    }
    Ok(Outcome { measured: 0.5 * (low + high), truth: friction, substeps: done })
}
