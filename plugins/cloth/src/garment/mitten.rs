//! Hands as cloth meets them: the convex hull of all that belongs to a hand. Between fingers cloth would be caught.

use std::collections::BTreeMap;

use bevy::math::DVec3;

/// A point that is out of a face by less is on it, metres.
const ON_FACE_M: f64 = 1e-9;

/// The convex hull of some of the points, as triangles of their indices, counter-clockwise seen from outside; empty for points in a plane.
///
/// Points are added one after the other (Preparata and Hong 1977, in the simple form that looks at every face), each a hundredth of a
/// millimetre beside its place: of points in one line or plane nobody could tell which faces they see.
pub(super) fn hull(places: &[DVec3], of: &[u32]) -> Vec<[u32; 3]> {
    let at = |vertex: u32| places[vertex as usize] + jitter(vertex);
    let Some(mut faces) = first_tetrahedron(&at, of) else { return Vec::new() };
    for &vertex in of {
        let is_seen = |face: &[u32; 3]| height(face.map(at), at(vertex)) > ON_FACE_M;
        let (seen, mut kept): (Vec<[u32; 3]>, Vec<[u32; 3]>) = faces.iter().partition(|face| is_seen(face));
        if seen.is_empty() {
            continue;
        }
        // The rim of what the point sees: edges whose other direction is not seen.
        let sides = |face: &[u32; 3]| [[face[0], face[1]], [face[1], face[2]], [face[2], face[0]]];
        let mut rim: BTreeMap<[u32; 2], bool> = BTreeMap::new();
        for [a, b] in seen.iter().flat_map(sides) {
            match rim.contains_key(&[b, a]) {
                true => rim.remove(&[b, a]),
                false => rim.insert([a, b], true),
            };
        }
        kept.extend(rim.keys().map(|[a, b]| [*a, *b, vertex]));
        faces = kept;
    }
    faces
}

/// Up to a hundredth of a millimetre, different for every vertex and linear in nothing.
fn jitter(vertex: u32) -> DVec3 {
    let part = |salt: u32| {
        let mixed = (vertex ^ salt).wrapping_mul(0x85EB_CA6B);
        let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xC2B2_AE35);
        f64::from(mixed ^ (mixed >> 16)) / f64::from(u32::MAX) - 0.5
    };
    DVec3::new(part(0x51ED_270B), part(0x9E37_79B1), part(0x27D4_EB2F)) * 2e-5
}

/// How far a point is above a triangle, metres.
fn height([a, b, c]: [DVec3; 3], point: DVec3) -> f64 {
    (b - a).cross(c - a).normalize_or_zero().dot(point - a)
}

/// Four points that are not in a plane: each the farthest from those before.
fn first_tetrahedron(at: &dyn Fn(u32) -> DVec3, of: &[u32]) -> Option<Vec<[u32; 3]>> {
    let farthest = |far: &dyn Fn(DVec3) -> f64| of.iter().copied().max_by(|a, b| far(at(*a)).total_cmp(&far(at(*b))));
    let a = farthest(&|p| p.x)?;
    let b = farthest(&|p| p.distance_squared(at(a)))?;
    let along = (at(b) - at(a)).normalize_or_zero();
    let c = farthest(&|p| (p - at(a)).cross(along).length_squared())?;
    let d = farthest(&|p| height([at(a), at(b), at(c)], p).abs())?;
    let up = height([at(a), at(b), at(c)], at(d));
    if !(up.abs() > ON_FACE_M) {
        return None;
    }
    let [b, c] = if up > 0.0 { [c, b] } else { [b, c] };
    Some(vec![[a, b, c], [a, d, b], [b, d, c], [c, d, a]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(part: impl Fn(u32, u32) -> f64) -> Vec<DVec3> {
        (0..300).map(|i| DVec3::new(part(i, 0), 0.3 * part(i, 9), 2.0 * part(i, 20))).collect()
    }

    /// Closed and of one sense: every edge once in each direction.
    fn check_closed(faces: &[[u32; 3]]) {
        assert!(faces.len() > 12 && faces.len().is_multiple_of(2), "{}", faces.len());
        let mut sides: Vec<[u32; 2]> = faces.iter().flat_map(|[a, b, c]| [[*a, *b], [*b, *c], [*c, *a]]).collect();
        sides.sort_unstable();
        assert!(sides.iter().all(|[a, b]| sides.binary_search(&[*b, *a]).is_ok()));
        sides.dedup();
        assert_eq!(sides.len(), 3 * faces.len());
    }

    #[test]
    fn the_hull_of_a_cloud_is_closed_and_holds_every_point() {
        let places = cloud(|i, k| {
            let mixed = (i + 1000 * k).wrapping_mul(0x85EB_CA6B);
            let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(0xC2B2_AE35);
            f64::from(mixed ^ (mixed >> 16)) / f64::from(u32::MAX) - 0.5
        });
        let of: Vec<u32> = (7..300).collect();
        let faces = hull(&places, &of);
        check_closed(&faces);
        for vertex in &of {
            for face in &faces {
                assert!(height(face.map(|corner| places[corner as usize]), places[*vertex as usize]) < 1e-3);
            }
        }
        assert!(hull(&places[..3], &[0, 1, 2]).is_empty());
    }

    #[test]
    fn the_hull_of_points_in_lines_and_planes_is_closed() {
        let grid = cloud(|i, k| {
            f64::from(if k == 0 {
                i % 7
            } else if k == 9 {
                i / 7 % 6
            } else {
                i / 42
            }) * 0.01
        });
        check_closed(&hull(&grid, &(0..294).collect::<Vec<u32>>()));
    }
}
