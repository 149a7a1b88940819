//! The cases: each builds a cloth at a resolution, runs it, and returns what it measured beside the truth.

use super::truth;
use crate::solver::air::AirSettings;
use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::grids::{Diagonals, rectangle};
use crate::solver::mesh::ClothMesh;
use crate::solver::settings::Settings;
use crate::solver::vec3::V3;

pub(super) const GRAVITY: f64 = 9.81;
pub(super) const DENSITY: f64 = 0.2;

/// What came out.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// From the solver.
    pub measured: f64,
    /// From elsewhere.
    pub truth: f64,
    /// Substeps it took.
    pub substeps: u32,
}

impl Outcome {
    /// Relative error.
    pub fn error(&self) -> f64 {
        self.measured / self.truth - 1.0
    }
}

/// How finely a case is resolved.
#[derive(Clone, Copy, Debug)]
pub struct Resolution {
    /// Cells along the strip.
    pub cells: usize,
    /// Substep and memory, s, if not those that the case needs to come out right: to see what those of a scene make of it.
    pub pace_secs: Option<[f32; 2]>,
}

/// As fine as the case needs.
impl From<usize> for Resolution {
    fn from(cells: usize) -> Self {
        Self { cells, pace_secs: None }
    }
}

impl Resolution {
    fn paced(&self, settings: Settings) -> Settings {
        let [substep_secs, memory_secs] = self.pace_secs.unwrap_or([settings.substep_secs, settings.memory_secs]);
        Settings { substep_secs, memory_secs, ..settings }
    }
}

/// A strip along u of square cells, its first columns (up to u = 0) pinned; `length` and `cells` count what is free.
pub(super) fn strip(
    length_m: f64,
    [cells, rows]: [usize; 2],
    clamp_columns: usize,
    diagonals: Diagonals,
) -> Result<(ClothMesh, Vec<u32>), ClothError> {
    let cell = length_m / cells as f64;
    let all = cells + clamp_columns - 1;
    let mut mesh = rectangle([cell * all as f64, cell * rows as f64], [all, rows], diagonals)?;
    let back = cell * (clamp_columns - 1) as f64;
    for p in &mut mesh.positions_m {
        p[0] -= back;
    }
    let columns = all + 1;
    let pins = (0..mesh.positions_m.len()).filter(|v| v % columns < clamp_columns).map(|v| v as u32).collect();
    Ok((mesh, pins))
}

/// Mean position of the last column.
pub(super) fn tip(cloth: &Cloth) -> [f64; 3] {
    let most = cloth.mesh().corner_uv_m.iter().flatten().map(|uv| uv[0]).fold(f64::MIN, f64::max);
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    let mut seen = vec![false; cloth.state().len()];
    for (triangle, uv) in cloth.mesh().triangles.iter().zip(&cloth.mesh().corner_uv_m) {
        for c in 0..3 {
            let v = triangle[c] as usize;
            if uv[c][0] > most - 1e-9 && !seen[v] {
                seen[v] = true;
                count += 1.0;
                let p = cloth.state().position_m(v);
                sum = [0, 1, 2].map(|axis| sum[axis] + p[axis]);
            }
        }
    }
    sum.map(|s| s / count)
}

/// Memory times damping: the least with which memory is stable (DESIGN.md, "Statics"), and a tenth.
const MEMORY_OF_DAMPING: f32 = 2.2;

/// Settings in which a cloth comes to rest where it belongs. Two things matter (DESIGN.md, "Statics"): memory, without which one iteration
/// leaves it too soft; and substeps in which waves do not run through more than a few edges, or it learns its self-stress slowly.
/// Damping is critical for the slowest motion, of `slowest_rad_s`; the memory may then be nearly as fast as that.
pub fn settling(fabric: &Fabric, slowest_rad_s: f64, edge_m: f64) -> Settings {
    Settings {
        substep_secs: resolved_substep_secs(fabric, edge_m),
        gravity_m_s2: V3::new(0.0, -GRAVITY as f32, 0.0),
        memory_secs: MEMORY_OF_DAMPING / (2.0 * slowest_rad_s) as f32,
        settle_damping_per_sec: (2.0 * slowest_rad_s) as f32,
        ..Settings::default()
    }
}

/// A substep in which a stretching wave runs at most one and a half edges and a bending wave of that length three quarters, and at most 1/1200 s.
pub fn resolved_substep_secs(fabric: &Fabric, edge_m: f64) -> f32 {
    let density = f64::from(fabric.area_density_kg_m2);
    let stretch = f64::from(fabric.stretch_warp_n_m.max(fabric.stretch_weft_n_m));
    let bend = f64::from(fabric.bend_warp_n_m.max(fabric.bend_weft_n_m)).max(1e-12);
    let (membrane, bending) =
        (1.5 * edge_m / (stretch / density).sqrt(), 0.75 * edge_m * edge_m / (bend / density).sqrt());
    membrane.min(bending).min(1.0 / 1200.0) as f32
}

/// Lets a cloth come to rest that is damped as by [`settling`]: until `probe` moves by less than `tolerance` (relative) in the memory's time, or that of the one that
/// goes with the damping, three times in turn; a hundred times at most. Returns the substeps.
pub(super) fn settle(cloth: &mut Cloth, tolerance: f64, probe: impl Fn(&Cloth) -> f64) -> u32 {
    let settings = cloth.settings();
    let slow_secs = settings.memory_secs.max(MEMORY_OF_DAMPING / settings.settle_damping_per_sec);
    let round_steps = slow_secs / settings.substep_secs;
    let round = round_steps.ceil().max(50.0) as u32;
    let most = (100.0 * round_steps) as u32;
    let (mut done, mut quiet, mut last) = (0, 0, probe(cloth));
    while done < most && quiet < 3 {
        cloth.step(round);
        done += round;
        let now = probe(cloth);
        quiet = if (now - last).abs() <= tolerance * now.abs() { quiet + 1 } else { 0 };
        last = now;
    }
    done
}

/// Membrane stiffness at which a cloth of this length stretches by half a thousandth at most under its weight: as good as inextensible, and no stiffer than need be.
pub(super) fn stiff_enough_n_m(length_m: f64) -> f64 {
    DENSITY * GRAVITY * length_m / 5e-4
}

pub(super) fn pinned(mesh: ClothMesh, fabric: Fabric, settings: Settings, pins: Vec<u32>) -> Result<Cloth, ClothError> {
    Cloth::new(mesh, fabric, settings, Fastenings { pins, ..Fastenings::default() })
}

/// Strip hanging from its short edge; stretch of the tip.
pub fn hanging_strip<R: Into<Resolution>>(at: R) -> Result<Outcome, ClothError> {
    let at = at.into();
    let cells = at.cells;
    let (length, stretch) = (0.3, 1000.0);
    let (mut mesh, pins) = strip(length, [cells, 2], 1, Diagonals::Same)?;
    for p in &mut mesh.positions_m {
        *p = [0.0, -p[0], p[2]];
    }
    let fabric = Fabric::isotropic(DENSITY as f32, stretch as f32, 1e-6, 0.0);
    let slowest = std::f64::consts::FRAC_PI_2 * (stretch / DENSITY).sqrt() / length;
    let settings = at.paced(settling(&fabric, slowest, length / cells as f64));
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let substeps = settle(&mut cloth, 1e-4, |c| -tip(c)[1] - length);
    Ok(Outcome {
        measured: -tip(&cloth)[1] - length,
        truth: truth::hanging_stretch_m(DENSITY, GRAVITY, length, stretch),
        substeps,
    })
}

/// Strip of next to no bending stiffness between two supports of one height, let go as a V; sag of its middle.
pub fn catenary<R: Into<Resolution>>(at: R) -> Result<Outcome, ClothError> {
    let at = at.into();
    let cells = at.cells;
    let (length, span) = (0.4, 0.25f64);
    let (mut mesh, mut pins) = strip(length, [cells, 2], 1, Diagonals::Same)?;
    let columns = cells + 1;
    pins.extend((0..mesh.positions_m.len()).filter(|v| v % columns == cells).map(|v| v as u32));
    let depth = (0.25 * length * length - 0.25 * span * span).sqrt();
    for p in &mut mesh.positions_m {
        let s = p[0] / length;
        *p = [s * span, -depth * (1.0 - (2.0 * s - 1.0).abs()), p[2]];
    }
    let fabric = Fabric::isotropic(DENSITY as f32, stiff_enough_n_m(length) as f32, 1e-9, 0.0);
    let settings = at.paced(settling(&fabric, 1.1 * (GRAVITY / length).sqrt(), length / cells as f64));
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let middle =
        move |c: &Cloth| -(0..3).map(|row| c.state().position_m(row * columns + cells / 2)[1]).sum::<f64>() / 3.0;
    let substeps = settle(&mut cloth, 1e-4, middle);
    Ok(Outcome { measured: middle(&cloth), truth: truth::catenary_sag_m(length, span), substeps })
}

/// Strip clamped level at one end, `gamma = rho g L^3 / D`; drop of the tip and its reach in units of the length.
pub fn elastica(gamma: f64, at: impl Into<Resolution>) -> Result<[Outcome; 2], ClothError> {
    elastica_on(gamma, at, 2, Diagonals::Same)
}

/// As [`elastica`], on a mesh of other proportions.
pub fn elastica_on(
    gamma: f64,
    at: impl Into<Resolution>,
    rows: usize,
    diagonals: Diagonals,
) -> Result<[Outcome; 2], ClothError> {
    let length = 0.2;
    let bend = DENSITY * GRAVITY * f64::powi(length, 3) / gamma;
    let ([x, y], substeps) = clamped_tip(length, bend, (at.into(), rows), diagonals)?;
    let [reach, drop] = truth::elastica_tip(gamma);
    Ok([
        Outcome { measured: -y / length, truth: drop, substeps },
        Outcome { measured: x / length, truth: reach, substeps },
    ])
}

/// Small deflection of a cantilever, `w = q L^4 / 8 D` (chosen: a hundredth of the length), m.
pub fn small_cantilever<R: Into<Resolution>>(at: R) -> Result<Outcome, ClothError> {
    let at = at.into();
    let length = 0.2;
    let weight = DENSITY * GRAVITY;
    let bend = weight * f64::powi(length, 3) / 0.08;
    let ([_, y], substeps) = clamped_tip(length, bend, (at, 2), Diagonals::Same)?;
    Ok(Outcome { measured: -y, truth: truth::small_cantilever_m(weight, length, bend), substeps })
}

/// Peirce's test: a strip of a real fabric's stiffness, as long as falls to 41.5 degrees; the bending length by his formula against what the formula gives for the exact shape, m.
pub fn peirce(cells: usize) -> Result<Outcome, ClothError> {
    let bend = 1e-5;
    let angle = 41.5f64.to_radians();
    let length = (bend / (DENSITY * GRAVITY)).cbrt() * truth::peirce_length(angle);
    let ([x, y], substeps) = clamped_tip(length, bend, (cells.into(), 2), Diagonals::Same)?;
    Ok(Outcome {
        measured: truth::peirce_formula_m(length, (-y).atan2(x)),
        truth: truth::peirce_formula_m(length, angle),
        substeps,
    })
}

/// Tip of a strip that is clamped level and let go.
fn clamped_tip(
    length: f64,
    bend: f64,
    (at, rows): (Resolution, usize),
    diagonals: Diagonals,
) -> Result<([f64; 2], u32), ClothError> {
    let cells = at.cells;
    let (mesh, pins) = strip(length, [cells, rows], 2, diagonals)?;
    let fabric = Fabric::isotropic(DENSITY as f32, stiff_enough_n_m(length) as f32, bend as f32, 0.0);
    let slowest = (1.1 * (GRAVITY / length).sqrt()).max(3.5 * (bend / DENSITY).sqrt() / (length * length));
    let settings = at.paced(settling(&fabric, slowest, length / cells as f64));
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let substeps = settle(&mut cloth, 1e-4, |c| tip(c)[1]);
    let [x, y, _] = tip(&cloth);
    Ok(([x, y], substeps))
}

/// Strip that swings from its short edge in its first mode (a hanging chain); mean of three periods, s.
pub fn pendulum<R: Into<Resolution>>(at: R) -> Result<Outcome, ClothError> {
    let at = at.into();
    let cells = at.cells;
    let (length, amplitude) = (0.3, 0.004);
    let (mut mesh, pins) = strip(length, [cells, 2], 1, Diagonals::Same)?;
    for p in &mut mesh.positions_m {
        let mode = truth::bessel_j0(2.404_825_557_7 * (1.0 - p[0] / length).sqrt());
        // With the stretch of its weight from the start, so that it does not bounce.
        let stretch = DENSITY * GRAVITY * (length * p[0] - 0.5 * p[0] * p[0]) / stiff_enough_n_m(length);
        *p = [amplitude * mode, -p[0] - stretch, p[2]];
    }
    let fabric = Fabric::isotropic(DENSITY as f32, stiff_enough_n_m(length) as f32, 1e-9, 0.0);
    // Bouncing along the strip dies out in some hundredths of a second; swinging does not strain the weave and is not damped.
    let fabric = Fabric { internal_damping_secs: 1e-3, ..fabric };
    let settings = at.paced(Settings {
        memory_secs: 0.0,
        settle_damping_per_sec: 0.0,
        ..settling(&fabric, 1.1 * (GRAVITY / length).sqrt(), length / cells as f64)
    });
    let dt = f64::from(settings.substep_secs);
    let mut cloth = pinned(mesh, fabric, settings, pins)?;
    let (mut crossings, mut substeps, mut last) = (Vec::new(), 0, tip(&cloth)[0]);
    while crossings.len() < 7 && f64::from(substeps) * dt < 6.0 {
        cloth.step(1);
        substeps += 1;
        let now = tip(&cloth)[0];
        if now * last < 0.0 {
            crossings.push(dt * (f64::from(substeps) - now / (now - last)));
        }
        last = now;
    }
    let measured = if crossings.len() == 7 { (crossings[6] - crossings[0]) / 3.0 } else { f64::NAN };
    Ok(Outcome { measured, truth: truth::chain_period_s(length, GRAVITY), substeps })
}

/// Level sheet falling in still air: its speed after `secs` seconds (2 s: terminal), at `per_sec` substeps a second, m/s.
pub fn falling_sheet(secs: f64, per_sec: u32) -> Result<Outcome, ClothError> {
    let mut mesh = rectangle([0.3, 0.3], [8, 8], Diagonals::Alternating)?;
    for p in &mut mesh.positions_m {
        p[1] = 30.0;
    }
    let air = AirSettings::STILL;
    let settings = Settings {
        substep_secs: 1.0 / per_sec as f32,
        air,
        gravity_m_s2: V3::new(0.0, -GRAVITY as f32, 0.0),
        ..Settings::default()
    };
    let mut cloth = pinned(mesh, Fabric::isotropic(DENSITY as f32, 1000.0, 1e-4, 0.0), settings, Vec::new())?;
    let substeps = (secs * f64::from(per_sec)).round() as u32;
    cloth.step(substeps);
    let particles = cloth.state().particles();
    let measured = -particles.iter().map(|p| f64::from(p.velocity_m_s().y)).sum::<f64>() / particles.len() as f64;
    let limit =
        truth::terminal_velocity_m_s(DENSITY, GRAVITY, f64::from(air.density_kg_m3), f64::from(air.normal_coefficient));
    Ok(Outcome { measured, truth: limit * (GRAVITY * secs / limit).tanh(), substeps })
}
