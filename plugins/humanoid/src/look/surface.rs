//! A drawn surface: vertices that follow body rows through stencils, with normals computed where they end up.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::math::Vec3;

use super::{
    reduce::Reduced,
    subdivide::{Patch, Stencils},
    tangents::Tangents,
};

/// A mesh over the body. Its topology is fixed; [`Surface::evaluate`] moves it.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    stencils: Stencils,
    /// Triangles over stencils, for the normals.
    triangles: Vec<[u32; 3]>,
    /// Drawn vertex -> stencil. Seams of the texture map split a stencil into several vertices.
    pub source: Vec<u32>,
    /// How far a drawn vertex stands off along the normal, metres.
    pub lift_m: Vec<f32>,
    pub uvs: Vec<[f32; 2]>,
    pub colours: Vec<[f32; 4]>,
    pub indices: Vec<u32>,
    /// Copies of border vertices that form a lip: the copy, its original, and how far it is sunk below it, metres.
    lips: Vec<(u32, u32, f32)>,
    /// How its tangents follow, where it has a texture map to speak of.
    tangents: Option<Arc<Tangents>>,
    /// The stencil vertices' positions and normals of the last evaluation.
    moved: Vec<Vec3>,
    raised: Vec<Vec3>,
}

impl Surface {
    /// A surface of the given quads over the vertices of `stencils`.
    pub fn new(stencils: Stencils, patches: &[Patch]) -> Self {
        let mut surface = Self { stencils, ..Self::default() };
        let mut vertex_of = BTreeMap::new();
        for patch in patches {
            let [a, b, c, d] = patch.corners;
            // A doubled last corner marks a triangle.
            let whole = c != d;
            surface.triangles.push([a, b, c]);
            if whole {
                surface.triangles.push([a, c, d]);
            }
            let corners = [0, 1, 2, 3].map(|i| {
                let (stencil, uv) = (patch.corners[i], patch.uvs[i]);
                *vertex_of.entry((stencil, uv.map(f32::to_bits))).or_insert_with(|| {
                    surface.source.push(stencil);
                    surface.uvs.push(uv);
                    surface.source.len() as u32 - 1
                })
            });
            let [a, b, c, d] = corners;
            surface.indices.extend([a, b, c]);
            if whole {
                surface.indices.extend([a, c, d]);
            }
        }
        surface.lift_m = vec![0.0; surface.source.len()];
        surface.colours = vec![[1.0; 4]; surface.source.len()];
        surface
    }

    /// Number of drawn vertices.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether nothing is drawn.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Appends a lip along every open border: the border is copied, its copy sunk by `depth_m`, and the gap closed, so
    /// that cloth shows a thickness.
    pub fn add_lip(&mut self, depth_m: f32) {
        let mut copies = BTreeMap::new();
        for (a, b) in self.open_edges().into_values() {
            let [low_a, low_b] = [a, b].map(|vertex| {
                *copies.entry(self.stencil_of(vertex)).or_insert_with(|| {
                    let at = vertex as usize;
                    self.source.push(self.source.get(at).copied().unwrap_or(0));
                    self.uvs.push(self.uvs.get(at).copied().unwrap_or_default());
                    self.colours.push(self.colours.get(at).copied().unwrap_or([1.0; 4]));
                    self.lift_m.push(self.lift_m.get(at).copied().unwrap_or(0.0) - depth_m);
                    let copy = self.source.len() as u32 - 1;
                    self.lips.push((copy, vertex, depth_m));
                    copy
                })
            });
            self.indices.extend([b, a, low_a, b, low_a, low_b]);
        }
    }

    /// Gives the surface tangents along its texture map. To be called when the surface is complete.
    pub fn map(&mut self) {
        self.tangents = Some(Arc::new(Tangents::of(self)));
    }

    /// How the tangents follow; none for a surface without.
    pub fn tangent_terms(&self) -> Option<&Tangents> {
        self.tangents.as_deref()
    }

    /// Places on the texture map as Bevy counts them, for a surface with tangents: the second coordinate grows downwards.
    pub fn map_coordinates(&self) -> Vec<[f32; 2]> {
        self.uvs.iter().filter(|_| self.tangents.is_some()).map(|&[u, v]| [u, 1.0 - v]).collect()
    }

    /// Tangents and handedness of the drawn vertices after [`Surface::evaluate`]; none for a surface without.
    pub fn tangents(&self, normals: &[[f32; 3]]) -> Vec<[f32; 4]> {
        self.tangents.as_ref().map_or(Vec::new(), |of| of.evaluate(&self.source, &self.moved, normals))
    }

    /// Copies of border vertices that form a lip: the copy, its original, and how far it is sunk below it, metres.
    pub fn lips(&self) -> &[(u32, u32, f32)] {
        &self.lips
    }

    /// Weights over the rows of the body.
    pub fn stencils(&self) -> &Stencils {
        &self.stencils
    }

    /// Corners of a box that holds the surface for given rows of the body, metres; `None` without any.
    pub fn bounds(&self, rows: &[Vec3]) -> Option<[Vec3; 2]> {
        // Subdivision only takes means, so that no vertex leaves the box of its rows but by its lift.
        let places = self.stencils.rows.iter().filter_map(|&row| rows.get(row as usize));
        let lift_m = self.lift_m.iter().fold(0.0, |most: f32, lift| most.max(lift.abs()));
        let [low, high] = places.fold([Vec3::MAX, Vec3::MIN], |[low, high], at| [low.min(*at), high.max(*at)]);
        (low.x <= high.x).then_some([low - lift_m, high + lift_m])
    }

    /// Triangles over the stencils.
    pub fn stencil_triangles(&self) -> &[[u32; 3]] {
        &self.triangles
    }

    /// Where the stencils are for given rows of the body.
    pub fn stencil_places(&self, rows: &[Vec3]) -> Vec<Vec3> {
        self.stencils.positions(rows)
    }

    /// The surface of the stencils and triangles in `kept`, without lips and with one vertex a stencil, and which drawn
    /// vertex of this surface each of its vertices is.
    pub fn reduced(&self, kept: &Reduced) -> (Self, Vec<u32>) {
        let mut first_of = vec![0_u32; self.stencils.len()];
        for (vertex, &stencil) in self.source.iter().enumerate().rev() {
            if let Some(first) = first_of.get_mut(stencil as usize) {
                *first = vertex as u32;
            }
        }
        let of: Vec<u32> =
            kept.vertices.iter().map(|&stencil| first_of.get(stencil as usize).copied().unwrap_or(0)).collect();
        let mut surface = Self {
            stencils: self.stencils.only(&kept.vertices),
            triangles: kept.triangles.clone(),
            source: (0..of.len() as u32).collect(),
            lift_m: gather(&self.lift_m, &of),
            uvs: gather(&self.uvs, &of),
            colours: gather(&self.colours, &of),
            indices: kept.triangles.as_flattened().to_vec(),
            ..Self::default()
        };
        if self.tangents.is_some() {
            surface.map();
        }
        (surface, of)
    }

    /// One triangle without area, at the first stencil.
    pub fn point(stencils: Stencils) -> Self {
        Self {
            stencils,
            source: vec![0; 3],
            lift_m: vec![0.0; 3],
            uvs: vec![[0.0; 2]; 3],
            colours: vec![[0.0, 0.0, 0.0, 1.0]; 3],
            indices: vec![0, 1, 2],
            ..Self::default()
        }
    }

    /// Gives every vertex its lift; lips follow their originals.
    pub fn set_lifts(&mut self, lift_of: impl Fn(u32) -> f32) {
        for (vertex, lift) in (0..).zip(&mut self.lift_m) {
            *lift = lift_of(vertex);
        }
        for &(copy, original, depth) in &self.lips {
            if let Some(lift) = self.lift_m.get_mut(copy as usize) {
                *lift = lift_of(original) - depth;
            }
        }
    }

    /// Drawn vertices on open borders.
    pub fn border(&self) -> Vec<u32> {
        let mut vertices: Vec<u32> = self.open_edges().into_values().flat_map(|(a, b)| [a, b]).collect();
        vertices.sort_unstable();
        vertices.dedup();
        vertices
    }

    /// Edges that only one triangle has, by their stencils: the drawn vertices at their ends.
    fn open_edges(&self) -> BTreeMap<(u32, u32), (u32, u32)> {
        let mut open = BTreeMap::new();
        for triangle in self.indices.as_chunks::<3>().0 {
            for i in 0..3 {
                let (a, b) = (triangle[i], triangle[(i + 1) % 3]);
                let ends = (self.stencil_of(a), self.stencil_of(b));
                if open.remove(&(ends.1, ends.0)).is_none() {
                    open.insert(ends, (a, b));
                }
            }
        }
        open
    }

    fn stencil_of(&self, vertex: u32) -> u32 {
        self.source.get(vertex as usize).copied().unwrap_or(0)
    }

    /// Moves the surface with the body and writes positions and normals of the drawn vertices.
    pub fn evaluate(&mut self, rows: &[Vec3], positions: &mut Vec<[f32; 3]>, normals: &mut Vec<[f32; 3]>) {
        let stencils = &self.stencils;
        self.moved.clear();
        self.moved.extend(stencils.start.windows(2).map(|bounds| {
            let entries = bounds[0] as usize..bounds[1] as usize;
            let rows_of = stencils.rows.get(entries.clone()).unwrap_or_default();
            let weights = stencils.weights.get(entries).unwrap_or_default();
            let terms =
                rows_of.iter().zip(weights).filter_map(|(&row, &weight)| Some(*rows.get(row as usize)? * weight));
            terms.fold(Vec3::ZERO, |sum, term| sum + term)
        }));
        self.raised.clear();
        self.raised.resize(self.moved.len(), Vec3::ZERO);
        for &corners in &self.triangles {
            let [Some(a), Some(b), Some(c)] = corners.map(|corner| self.moved.get(corner as usize).copied()) else {
                continue;
            };
            let area = (b - a).cross(c - a);
            for corner in corners {
                if let Some(sum) = self.raised.get_mut(corner as usize) {
                    *sum += area;
                }
            }
        }
        for normal in &mut self.raised {
            *normal = normal.normalize_or(Vec3::Y);
        }
        positions.clear();
        normals.clear();
        for (&source, &lift) in self.source.iter().zip(&self.lift_m) {
            let at = self.moved.get(source as usize).copied().unwrap_or(Vec3::ZERO);
            let normal = self.raised.get(source as usize).copied().unwrap_or(Vec3::Y);
            positions.push((at + normal * lift).to_array());
            normals.push(normal.to_array());
        }
    }
}

/// The entries `of` of a list; defaults where it has none.
pub fn gather<T: Copy + Default>(list: &[T], of: &[u32]) -> Vec<T> {
    of.iter().map(|&index| list.get(index as usize).copied().unwrap_or_default()).collect()
}
