//! Tangents of a moving surface: the direction in which the first texture coordinate grows.
//!
//! A triangle's is linear in its corners (E. Lengyel, "Computing Tangent Space Basis Vectors for an Arbitrary Mesh", 2001), so
//! that of a vertex is a sum over the edges of its triangles with weights that the texture map fixes once. Triangles count by
//! their area on the map. Handedness is fixed, too: it is that of the map.

use bevy::math::{Vec2, Vec3};

use super::surface::Surface;

/// Set in [`TangentTerm::last`] where the map shows the surface from behind.
pub const MIRRORED: u32 = 1 << 31;

/// What one triangle adds to the tangent of one of its drawn vertices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TangentTerm {
    /// Stencils of the triangle's other corners, in its order; the last with [`MIRRORED`].
    pub next: u32,
    pub last: u32,
    /// Weights of the edges that lead there.
    pub weights: [f32; 2],
}

/// The terms of each drawn vertex of a surface.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tangents {
    /// Bounds of each vertex' terms.
    pub start: Vec<u32>,
    pub terms: Vec<TangentTerm>,
}

impl Tangents {
    /// Those of a surface whose second texture coordinate grows upwards, as the basis has it. The bitangent points that way,
    /// too, as glTF and Bevy want it.
    pub fn of(surface: &Surface) -> Self {
        let mut of_vertex = vec![Vec::new(); surface.len()];
        let stencil = |vertex: u32| surface.source.get(vertex as usize).copied().unwrap_or(0);
        let place = |vertex: u32| Vec2::from_array(surface.uvs.get(vertex as usize).copied().unwrap_or_default());
        for &[a, b, c] in surface.indices.as_chunks::<3>().0 {
            for [at, next, last] in [[a, b, c], [b, c, a], [c, a, b]] {
                let [to_next, to_last] = [next, last].map(|other| place(other) - place(at));
                let area = to_next.perp_dot(to_last);
                let Some(terms) = of_vertex.get_mut(at as usize).filter(|_| area != 0.0) else { continue };
                let mirrored = if area < 0.0 { MIRRORED } else { 0 };
                terms.push(TangentTerm {
                    next: stencil(next),
                    last: stencil(last) | mirrored,
                    weights: [to_last.y * area.signum(), -to_next.y * area.signum()],
                });
            }
        }
        // The copies that make a lip have triangles without area; they go with their originals.
        for &(copy, original, _) in surface.lips() {
            let terms = of_vertex.get(original as usize).cloned().unwrap_or_default();
            if let Some(slot) = of_vertex.get_mut(copy as usize) {
                *slot = terms;
            }
        }
        let mut start = vec![0];
        let mut bound = 0;
        start.extend(of_vertex.iter().map(|terms| {
            bound += terms.len() as u32;
            bound
        }));
        Self { start, terms: of_vertex.concat() }
    }

    /// Tangents of the drawn vertices and their handedness: the bitangent is that times the cross product of normal and
    /// tangent. `moved` is where the stencils are.
    pub fn evaluate(&self, source: &[u32], moved: &[Vec3], normals: &[[f32; 3]]) -> Vec<[f32; 4]> {
        let at = |stencil: u32| moved.get(stencil as usize).copied().unwrap_or(Vec3::ZERO);
        let bounds = self.start.windows(2).map(|bounds| bounds[0] as usize..bounds[1] as usize);
        let vertices = source.iter().zip(normals).zip(bounds);
        vertices
            .map(|((&stencil, &normal), bounds)| {
                let (here, normal) = (at(stencil), Vec3::from_array(normal));
                let terms = self.terms.get(bounds).unwrap_or_default();
                let sum: Vec3 = terms
                    .iter()
                    .map(|term| {
                        let [to_next, to_last] = [at(term.next), at(term.last & !MIRRORED)].map(|other| other - here);
                        to_next * term.weights[0] + to_last * term.weights[1]
                    })
                    .sum();
                let mirrored = terms.iter().any(|term| term.last & MIRRORED != 0);
                let tangent = (sum - normal * normal.dot(sum)).normalize_or(Vec3::ZERO);
                tangent.extend(if mirrored { -1.0 } else { 1.0 }).to_array()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use bevy::asset::RenderAssetUsages;
    use bevy::mesh::{Indices, Mesh, PrimitiveTopology, VertexAttributeValues};

    use crate::{
        agreement::basis,
        body::{Body, BodyState},
        look::outfit::Outfit,
    };
    use bevy::math::Vec3;

    #[test]
    fn tangents_of_the_suit_agree_with_those_that_bevy_makes_of_the_finished_mesh() {
        let basis = basis();
        let mut suit = Outfit::cut(&basis).suit;
        let mut body = Body::new(basis);
        body.evaluate(&BodyState::default());
        let (mut positions, mut normals) = (Vec::new(), Vec::new());
        suit.evaluate(body.positions(), &mut positions, &mut normals);
        let ours = suit.tangents(&normals);
        let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, suit.map_coordinates())
            .with_inserted_indices(Indices::U32(suit.indices.clone()))
            .with_generated_tangents()
            .expect("tangents");
        let Some(VertexAttributeValues::Float32x4(theirs)) = mesh.attribute(Mesh::ATTRIBUTE_TANGENT) else {
            panic!("no tangents");
        };
        let mut apart: Vec<f32> = Vec::new();
        for (a, b) in ours.iter().zip(theirs) {
            let [ta, tb] = [a, b].map(|t| Vec3::from_slice(&t[..3]));
            assert!((ta.length() - 1.0).abs() < 1e-4, "{a:?}");
            apart.push(ta.angle_between(tb).to_degrees());
            assert!(a[3] == b[3] || apart.last() > Some(&20.0), "{a:?} {b:?}");
        }
        apart.sort_by(f32::total_cmp);
        let [middle, most] = [50, 99].map(|percent| apart[apart.len() * percent / 100]);
        println!("{} tangents: median {middle:.2} degrees apart, 99 % within {most:.2}", apart.len());
        // Bevy's count triangles by their angle at the vertex, ours by their area on the map.
        assert!(middle < 1.0 && most < 10.0);
    }
}
