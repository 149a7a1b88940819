//! From a cut to a mesh of particles.

use std::collections::{BTreeMap, BTreeSet};

use crate::shot::{Cut, Edge, Pin, Seam};
use crate::solver::error::ClothError;
use crate::solver::grids::{Diagonals, disc, rectangle};
use crate::solver::mesh::ClothMesh;

/// How many particles a cut has, about.
pub fn particles(cut: &Cut) -> f64 {
    match cut {
        Cut::Sheet { size_m, spacing_m } => {
            let [columns, rows] = cells(*size_m, *spacing_m).map(|count| count as f64 + 1.0);
            columns * rows
        }
        Cut::Disc { radius_m, spacing_m } => {
            let rings = rings(*radius_m, *spacing_m) as f64;
            1.0 + 3.0 * rings * (rings + 1.0)
        }
    }
}

fn cells(size_m: [f32; 2], spacing_m: f32) -> [usize; 2] {
    size_m.map(|size| (size / spacing_m).round().clamp(1.0, 1e5) as usize)
}

fn rings(radius_m: f32, spacing_m: f32) -> usize {
    (radius_m / spacing_m).round().clamp(1.0, 1e5) as usize
}

/// The mesh of a cut about its own origin, metres: warp along y, weft along x, front towards z.
///
/// # Errors
/// What the solver refuses.
pub fn mesh(cut: &Cut) -> Result<ClothMesh, ClothError> {
    let mut mesh = match cut {
        Cut::Sheet { size_m: [width, height], spacing_m } => {
            let [columns, rows] = cells([*width, *height], *spacing_m);
            // The solver's warp runs along its first pattern coordinate, which is our height.
            rectangle([f64::from(*height), f64::from(*width)], [rows, columns], Diagonals::Alternating)?
        }
        Cut::Disc { radius_m, spacing_m } => disc(f64::from(*radius_m), rings(*radius_m, *spacing_m))?,
    };
    let middle = match cut {
        Cut::Sheet { size_m: [width, height], .. } => [f64::from(*height) * 0.5, f64::from(*width) * 0.5],
        Cut::Disc { .. } => [0.0; 2],
    };
    // Flat, (u, v) lies at (u, 0, -v).
    for position in &mut mesh.positions_m {
        let [u, v] = [position[0] - middle[0], -position[2] - middle[1]];
        *position = [-v, u, 0.0];
    }
    Ok(mesh)
}

/// The particles of a cut's mesh that a pin holds, ascending.
pub fn pinned(mesh: &ClothMesh, pin: &Pin) -> Vec<u32> {
    if *pin == Pin::Rim {
        return rim(mesh);
    }
    let places = &mesh.positions_m;
    let most = |axis: usize| places.iter().map(|p| p[axis]).fold(f64::MIN, f64::max);
    let least = |axis: usize| places.iter().map(|p| p[axis]).fold(f64::MAX, f64::min);
    let [left, right, bottom, top] = [least(0), most(0), least(1), most(1)];
    let at = |a: f64, b: f64| (a - b).abs() < 1e-9;
    let holds = |p: &[f64; 3]| match pin {
        Pin::Rim => false,
        Pin::TopCorners => at(p[1], top) && (at(p[0], left) || at(p[0], right)),
        Pin::Top => at(p[1], top),
        Pin::Bottom => at(p[1], bottom),
        Pin::Left => at(p[0], left),
        Pin::Right => at(p[0], right),
        Pin::Around { point_m: [x, y], radius_m } => {
            (p[0] - f64::from(*x)).hypot(p[1] - f64::from(*y)) <= f64::from(*radius_m)
        }
    };
    (0..).zip(places).filter(|(_, place)| holds(place)).map(|(index, _)| index).collect()
}

/// The particles at edges of one triangle, ascending.
fn rim(mesh: &ClothMesh) -> Vec<u32> {
    let mut triangles_of: BTreeMap<[u32; 2], u32> = BTreeMap::new();
    for [a, b, c] in &mesh.triangles {
        for [from, to] in [[a, b], [b, c], [c, a]] {
            *triangles_of.entry([*from.min(to), *from.max(to)]).or_default() += 1;
        }
    }
    let outer = triangles_of.into_iter().filter(|(_, count)| *count == 1).flat_map(|(edge, _)| edge);
    outer.collect::<BTreeSet<u32>>().into_iter().collect()
}

/// The particles of an edge of a sheet, from the left or from below.
pub fn edge(mesh: &ClothMesh, edge: Edge) -> Vec<u32> {
    let places = &mesh.positions_m;
    let (axis, sign) = match edge {
        Edge::Left => (0, -1.0),
        Edge::Right => (0, 1.0),
        Edge::Bottom => (1, -1.0),
        Edge::Top => (1, 1.0),
    };
    let most = places.iter().map(|p| sign * p[axis]).fold(f64::MIN, f64::max);
    let mut found: Vec<u32> =
        (0..).zip(places).filter(|(_, p)| (sign * p[axis] - most).abs() < 1e-9).map(|(index, _)| index).collect();
    found.sort_by(|a, b| places[*a as usize][1 - axis].total_cmp(&places[*b as usize][1 - axis]));
    found
}

/// The pairs of particles that a seam holds together; one that is both ends of its pair is left out.
pub fn sewn(mesh: &ClothMesh, seam: &Seam) -> Vec<[u32; 2]> {
    let nearest = |[x, y]: [f32; 2]| {
        let away = |p: &[f64; 3]| (p[0] - f64::from(x)).hypot(p[1] - f64::from(y));
        let found = (0..).zip(&mesh.positions_m).min_by(|a: &(u32, _), b| away(a.1).total_cmp(&away(b.1)));
        found.map_or(0, |(index, _)| index)
    };
    let pairs: Vec<[u32; 2]> = match seam {
        Seam::Edges { edges: [a, b], .. } => {
            edge(mesh, *a).into_iter().zip(edge(mesh, *b)).map(|(a, b)| [a, b]).collect()
        }
        Seam::Button { points_m, .. } => vec![points_m.map(nearest)],
    };
    pairs.into_iter().filter(|[a, b]| a != b).collect()
}

/// Triangles over their own corners instead of shared particles: what a cloth that can tear is kept and drawn by, because tears change particles,
/// and never triangles.
pub fn apart(triangles: usize) -> Vec<[u32; 3]> {
    (0..triangles as u32).map(|triangle| [0, 1, 2].map(|corner| 3 * triangle + corner)).collect()
}

/// The particles of all pins.
pub fn all_pinned(mesh: &ClothMesh, pins: &[Pin]) -> Vec<u32> {
    pins.iter().flat_map(|pin| pinned(mesh, pin)).collect::<BTreeSet<u32>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_stands_upright_about_its_middle_and_its_pins_are_where_they_say() {
        let cut = Cut::Sheet { size_m: [0.4, 0.6], spacing_m: 0.1 };
        let mesh = mesh(&cut).expect("a sheet");
        assert_eq!(mesh.positions_m.len(), particles(&cut) as usize);
        let most = |axis: usize| mesh.positions_m.iter().map(|p| p[axis].abs()).fold(0.0, f64::max);
        assert!((most(0) - 0.2).abs() < 1e-6 && (most(1) - 0.3).abs() < 1e-6 && most(2) == 0.0);
        assert_eq!(pinned(&mesh, &Pin::TopCorners).len(), 2);
        assert_eq!(pinned(&mesh, &Pin::Top).len(), 5);
        assert_eq!(pinned(&mesh, &Pin::Left).len(), 7);
        assert_eq!(pinned(&mesh, &Pin::Rim).len(), 2 * (5 + 7) - 4);
        for (pin, of) in [(Pin::Right, Edge::Right), (Pin::Bottom, Edge::Bottom)] {
            let mut along = edge(&mesh, of);
            along.sort_unstable();
            assert_eq!(pinned(&mesh, &pin), along);
        }
        let place = |index: &u32| mesh.positions_m[*index as usize];
        assert!(pinned(&mesh, &Pin::Left).iter().all(|index| (place(index)[0] + 0.2).abs() < 1e-6));
        assert_eq!(pinned(&mesh, &Pin::Around { point_m: [0.0, 0.0], radius_m: 0.05 }).len(), 1);
        // Counter-clockwise seen from the front.
        let [a, b, c] = mesh.triangles[0].map(|index| mesh.positions_m[index as usize]);
        assert!((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0.0);
    }
}
