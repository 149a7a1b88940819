//! Preparation of a cloth's constraints: done once, on the processor, in f64 where it helps; deterministic.

use crate::solver::batch::{BendingBatch, MembraneBatch};
use crate::solver::bending::{Patch, Plate, RING};
use crate::solver::colour::{Colouring, colour};
use crate::solver::error::ClothError;
use crate::solver::fabric::Fabric;
use crate::solver::lanes::LANES;
use crate::solver::membrane::Triangle;
use crate::solver::mesh::ClothMesh;
use crate::solver::ring;

/// Batches of all colours: those of colour `c` are `batches[starts[c]..starts[c + 1]]`.
#[derive(Clone, Debug)]
pub(crate) struct Coloured<B> {
    pub batches: Vec<B>,
    pub starts: Vec<usize>,
}

impl<B> Coloured<B> {
    /// No colours yet.
    pub fn empty() -> Self {
        Coloured { batches: Vec::new(), starts: vec![0] }
    }
}

/// All triangles and patches with their colouring, independent of pins and time step.
#[derive(Clone, Debug)]
pub(crate) struct Elements {
    pub vertices: Vec<[u32; 3]>,
    triangles: Vec<Triangle>,
    pub triangle_colours: Colouring,
    patches: Vec<PatchSource>,
    pub patch_colours: Colouring,
    /// Voronoi areas of each triangle's corners, m2.
    corner_areas_m2: Vec<[f64; 3]>,
    spare: u32,
}

/// A bending patch before pins are known.
#[derive(Clone, Debug)]
struct PatchSource {
    patch: Patch,
    /// The vertex and its ring.
    vertices: Vec<u32>,
    /// Offsets of the ring along the vertex' normal at rest, m.
    rest_m: [f64; RING],
    /// Triangles about the vertex, with its corner in each.
    about: Vec<(u32, usize)>,
}

impl Elements {
    pub fn new(mesh: &ClothMesh, fabric: &Fabric, is_rest_curved: bool) -> Result<Elements, ClothError> {
        let spare = mesh.positions_m.len() as u32;
        let plate = Plate::new(fabric);
        let neighbours = mesh.neighbours()?;
        let mut patches = Vec::new();
        for (vertex, about) in ring::triangles_about(mesh).iter().enumerate() {
            let Some(ring) = ring::ring(mesh, &neighbours, vertex as u32, about) else { continue };
            let corner = |t: u32| mesh.triangles[t as usize].iter().position(|v| *v as usize == vertex).unwrap_or(0);
            patches.push(PatchSource {
                patch: Patch::new(&ring.flat_m, &plate),
                rest_m: if is_rest_curved { rest_offsets_m(mesh, vertex, &ring.vertices) } else { [0.0; RING] },
                vertices: std::iter::once(vertex as u32).chain(ring.vertices).collect(),
                about: about.iter().map(|t| (*t, corner(*t))).collect(),
            });
        }
        Ok(Elements {
            triangles: mesh.corner_uv_m.iter().map(|uv| Triangle::new(*uv)).collect(),
            triangle_colours: colour(mesh.triangles.len(), spare as usize, |c| &mesh.triangles[c]),
            patch_colours: colour(patches.len(), spare as usize, |c| &patches[c].vertices),
            vertices: mesh.triangles.clone(),
            patches,
            corner_areas_m2: mesh.corner_uv_m.iter().map(|uv| ring::voronoi_areas_m2(*uv)).collect(),
            spare,
        })
    }

    /// Batches for the given mobilities `w dt^2` (the spare particle's, nought, last). Remembered stress is taken over from earlier batches.
    pub fn membrane(&self, mobility: &[f32], earlier: Option<&Coloured<MembraneBatch>>) -> Coloured<MembraneBatch> {
        let memory = remembered(&self.triangle_colours, earlier, MembraneBatch::memory);
        coloured(&self.triangle_colours, |members| {
            let triangles: Vec<Triangle> = members.iter().map(|c| self.triangle(*c as usize, mobility)).collect();
            MembraneBatch::new(&pick(&self.vertices, members), &triangles, &pick(&memory, members), self.spare)
        })
    }

    /// As [`Elements::membrane`].
    pub fn bending(
        &self,
        mobility: &[f32],
        damping: f32,
        earlier: Option<&Coloured<BendingBatch>>,
    ) -> Coloured<BendingBatch> {
        let memory = remembered(&self.patch_colours, earlier, BendingBatch::memory);
        coloured(&self.patch_colours, |members| {
            let patches: Vec<Patch> = members.iter().map(|c| self.patch(*c as usize, mobility, damping)).collect();
            let vertices: Vec<[u32; RING + 1]> = members.iter().map(|c| self.slots(*c as usize)).collect();
            BendingBatch::new(&vertices, &patches, &pick(&memory, members), self.spare)
        })
    }

    fn triangle(&self, index: usize, mobility: &[f32]) -> Triangle {
        let mut triangle = self.triangles[index];
        triangle.set_mobility(self.vertices[index].map(|v| mobility[v as usize]));
        triangle
    }

    /// The vertex, its ring, and the spare particle in unused slots.
    fn slots(&self, index: usize) -> [u32; RING + 1] {
        std::array::from_fn(|slot| self.patches[index].vertices.get(slot).copied().unwrap_or(self.spare))
    }

    fn patch(&self, index: usize, mobility: &[f32], damping: f32) -> Patch {
        let source = &self.patches[index];
        let is_clamped = |t: u32| self.vertices[t as usize].iter().all(|v| mobility[*v as usize] == 0.0);
        let area = |t: u32, corner: usize| self.corner_areas_m2[t as usize][corner];
        let all: f64 = source.about.iter().map(|(t, corner)| area(*t, *corner)).sum();
        let free: f64 = source.about.iter().filter(|(t, _)| !is_clamped(*t)).map(|(t, corner)| area(*t, *corner)).sum();
        let mut patch = source.patch;
        patch.set_mobility(all, free, self.slots(index).map(|v| mobility[v as usize]), source.rest_m, damping);
        patch
    }
}

fn pick<T: Copy>(from: &[T], members: &[u32]) -> Vec<T> {
    members.iter().map(|c| from[*c as usize]).collect()
}

fn coloured<B>(colours: &Colouring, batch: impl Fn(&[u32]) -> B) -> Coloured<B> {
    let mut out = Coloured { batches: Vec::new(), starts: vec![0] };
    for c in 0..colours.colours() {
        out.batches.extend(colours.colour(c).chunks(LANES).map(&batch));
        out.starts.push(out.batches.len());
    }
    out
}

/// Remembered multipliers in the order of the constraints.
fn remembered<B>(
    colours: &Colouring,
    earlier: Option<&Coloured<B>>,
    memory: impl Fn(&B, usize) -> [f32; 3],
) -> Vec<[f32; 3]> {
    let mut out = vec![[0.0; 3]; colours.order.len()];
    let Some(earlier) = earlier else { return out };
    for c in 0..colours.colours() {
        for (place, constraint) in colours.colour(c).iter().enumerate() {
            out[*constraint as usize] = memory(&earlier.batches[earlier.starts[c] + place / LANES], place % LANES);
        }
    }
    out
}

/// Offsets of a ring along the vertex' normal in the start positions, m.
fn rest_offsets_m(mesh: &ClothMesh, vertex: usize, ring: &[u32]) -> [f64; RING] {
    let to = |v: u32| {
        bevy::math::DVec3::from_array(mesh.positions_m[v as usize])
            - bevy::math::DVec3::from_array(mesh.positions_m[vertex])
    };
    let normal = to(ring[0]).cross(to(ring[1])).normalize_or_zero();
    std::array::from_fn(|j| ring.get(j).map_or(0.0, |v| to(*v).dot(normal)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solver::grids::{Diagonals, disc, rectangle};

    /// Bending energy at vertex positions.
    fn energy(mesh: &ClothMesh, fabric: &Fabric, place: impl Fn([f64; 2]) -> [f64; 3]) -> f64 {
        let elements = Elements::new(mesh, fabric, false).unwrap();
        let mobility = vec![1.0; mesh.positions_m.len() + 1];
        let mut uv = vec![[0.0; 2]; mesh.positions_m.len()];
        for (t, corners) in mesh.triangles.iter().enumerate() {
            for c in 0..3 {
                uv[corners[c] as usize] = mesh.corner_uv_m[t][c];
            }
        }
        let x = |v: u32| bevy::math::DVec3::from_array(place(uv[v as usize]));
        let mut sum = 0.0;
        for (index, source) in elements.patches.iter().enumerate() {
            let (patch, v) = (elements.patch(index, &mobility, 0.0), &source.vertices);
            for row in patch.rows {
                let y: bevy::math::DVec3 = (1..v.len()).map(|j| f64::from(row[j - 1]) * (x(v[j]) - x(v[0]))).sum();
                sum += 0.5 * y.length_squared();
            }
        }
        sum
    }

    #[test]
    fn a_quadratic_surface_has_its_exact_energy_away_from_borders_and_no_more_at_them() {
        let fabric = Fabric {
            bend_warp_n_m: 2.0,
            bend_weft_n_m: 1.0,
            bend_coupling_n_m: 0.3,
            bend_twist_n_m: 0.4,
            ..Fabric::default()
        };
        let bowl = |p: [f64; 2]| [p[0], 0.5 * 0.2 * p[0] * p[0] + 0.3 * p[0] * p[1] - 0.5 * 0.1 * p[1] * p[1], -p[1]];
        let density = 0.5 * (2.0 * 0.04 + 1.0 * 0.01 - 2.0 * 0.3 * 0.02 + 4.0 * 0.4 * 0.09);
        let mut shortfalls = Vec::new();
        for (diagonals, cells) in
            [(Diagonals::Same, 8), (Diagonals::Alternating, 8), (Diagonals::Same, 16), (Diagonals::Alternating, 16)]
        {
            let mesh = rectangle([1.0, 1.0], [cells, cells], diagonals).unwrap();
            let shortfall = 1.0 - energy(&mesh, &fabric, bowl) / density;
            assert!(shortfall > -1e-5, "{diagonals:?}: {shortfall}");
            shortfalls.push(shortfall);
        }
        // Only the border's patches (a share of 1/cells) are free of moments.
        assert!(shortfalls[2] < 0.6 * shortfalls[0] && shortfalls[3] < 0.6 * shortfalls[1], "{shortfalls:?}");
        assert!(shortfalls[0] < 0.5, "{shortfalls:?}");
        let round = disc(0.5, 10).unwrap();
        let ratio = energy(&round, &fabric, bowl) / (density * std::f64::consts::PI / 4.0);
        assert!((0.6..1.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_strip_bent_along_its_length_has_the_energy_of_a_beam() {
        // Without coupling the side borders must count in full, and only the ends are free.
        let fabric = Fabric {
            bend_warp_n_m: 2.0,
            bend_weft_n_m: 1.0,
            bend_coupling_n_m: 0.0,
            bend_twist_n_m: 0.4,
            ..Fabric::default()
        };
        for diagonals in [Diagonals::Same, Diagonals::Alternating] {
            let mesh = rectangle([1.0, 0.1], [20, 2], diagonals).unwrap();
            let bent = energy(&mesh, &fabric, |p| [p[0], 0.5 * p[0] * p[0], -p[1]]);
            let inner_length = 1.0 - 2.0 * 0.5 / 20.0;
            assert!((bent / (0.5 * 2.0 * 0.1 * inner_length) - 1.0).abs() < 1e-4, "{diagonals:?}: {bent}");
        }
    }

    #[test]
    fn rigid_motions_and_stretches_bend_nothing() {
        let mesh = disc(0.2, 5).unwrap();
        let bent =
            energy(&mesh, &Fabric::default(), |p| [0.6 * p[0] + 3.0, 0.9 * p[0] + 0.2 * p[1], -p[1] + 0.4 * p[0]]);
        assert!(bent < 1e-12, "{bent}");
    }
}
