//! Where garments cross themselves, each other and the skin.

use bevy::math::DVec3;

use super::drape::Draped;
use super::form::DressForm;
use crate::solver::contact::referee::intersections;

/// A place where cloth crosses something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Vertices of the cloth that cross: those of an edge first if it has passed a triangle.
    pub cloth: Vec<u32>,
    /// A vertex of the cloth that is crossed; none for the skin.
    pub other: Option<u32>,
    /// Vertices of the skin that is crossed; none for cloth.
    pub skin: Vec<u32>,
}

/// Where triangles of cloth cross others or the skin.
pub fn crossings(places: &[DVec3], triangles: &[[u32; 3]], form: &DressForm) -> Vec<Crossing> {
    let first = places.len() as u32;
    let x: Vec<[f64; 3]> = places.iter().chain(&form.places_m).map(|place| place.to_array()).collect();
    let skin: Vec<[u32; 3]> = form.triangles.iter().map(|corners| corners.map(|corner| corner + first)).collect();
    let (cloth_edges, skin_edges) = (edges(triangles), edges(&skin));
    let within = intersections(&x, &cloth_edges, triangles).into_iter().map(|(edge, triangle)| Crossing {
        cloth: [&cloth_edges[edge][..], &triangles[triangle]].concat(),
        other: Some(triangles[triangle][0]),
        skin: Vec::new(),
    });
    let through_skin = intersections(&x, &cloth_edges, &skin).into_iter().map(|(edge, triangle)| Crossing {
        cloth: cloth_edges[edge].to_vec(),
        other: None,
        skin: form.triangles[triangle].to_vec(),
    });
    let by_skin = intersections(&x, &skin_edges, triangles).into_iter().map(|(edge, triangle)| Crossing {
        cloth: triangles[triangle].to_vec(),
        other: None,
        skin: skin_edges[edge].map(|vertex| vertex - first).to_vec(),
    });
    within.chain(through_skin).chain(by_skin).collect()
}

/// How often cloth crosses itself, and how often cloth and skin cross.
pub fn count_crossings(places: &[DVec3], triangles: &[[u32; 3]], form: &DressForm) -> [usize; 2] {
    let met = crossings(places, triangles, form);
    let on_skin = met.iter().filter(|crossing| crossing.other.is_none()).count();
    [met.len() - on_skin, on_skin]
}

/// The same of everything that somebody wears together: how often it crosses itself or another garment, and how often the skin.
pub fn crossings_of_all(worn: &[Draped], form: &DressForm) -> [usize; 2] {
    let (mut places, mut triangles) = (Vec::new(), Vec::new());
    for mesh in worn.iter().map(|draped| &draped.mesh) {
        let first = places.len() as u32;
        places.extend(mesh.positions_m.iter().map(|place| DVec3::from_array(*place)));
        triangles.extend(mesh.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    }
    count_crossings(&places, &triangles, form)
}

/// Every side of triangles once, the smaller vertex first, ascending.
pub fn edges(triangles: &[[u32; 3]]) -> Vec<[u32; 2]> {
    let sides = |t: &[u32; 3]| [[t[0], t[1]], [t[1], t[2]], [t[2], t[0]]].map(|[a, b]| [a.min(b), a.max(b)]);
    let mut edges: Vec<[u32; 2]> = triangles.iter().flat_map(sides).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}
