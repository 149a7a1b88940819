//! Tearing: between steps, on the processor. Cloth opens along the edges across the one that is overstretched.

use crate::solver::cloth::{Cloth, Fastenings};
use crate::solver::error::ClothError;
use crate::solver::mesh::ClothMesh;
use bevy::math::DVec3;

/// What a call of [`Cloth::tear`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Torn {
    /// For each new particle the one it was split from; new particles follow the old ones in order.
    pub split_from: Vec<u32>,
}

impl Cloth {
    /// Splits the ends of edges whose Green strain is beyond the fabric's `tear_strain`: the worst first, `most` vertices at most. A vertex
    /// is split by the plane across the edge, triangles beyond it get a new vertex. Everything else keeps its state; the remembered stress is learnt anew.
    pub fn tear(&mut self, most: usize) -> Result<Torn, ClothError> {
        let mut torn = Torn::default();
        if !self.fabric.tear_strain.is_finite() {
            return Ok(torn);
        }
        let mut mesh = self.mesh.clone();
        mesh.positions_m = (0..self.state.len()).map(|i| self.state.position_m(i)).collect();
        let old_count = mesh.positions_m.len();
        let mut is_touched = vec![false; old_count];
        for edge in overstretched(&mesh, f64::from(self.fabric.tear_strain))? {
            if torn.split_from.len() == most {
                break;
            }
            // The end that is freer is the one to open; neither may lie in a tear of this call, whose strains are not known yet.
            let split = edge.into_iter().find_map(|vertex| {
                let other = if vertex == edge[0] { edge[1] } else { edge[0] };
                let is_free = !edge.iter().any(|v| is_touched[*v as usize]) && !self.fastenings.pins.contains(&vertex);
                let beyond = if is_free { beyond(&mesh, vertex, other) } else { Vec::new() };
                (!beyond.is_empty()).then_some((vertex, beyond))
            });
            let Some((vertex, beyond)) = split else { continue };
            let new = mesh.positions_m.len() as u32;
            mesh.positions_m.push(mesh.positions_m[vertex as usize]);
            for triangle in beyond {
                for v in &mut mesh.triangles[triangle] {
                    is_touched[*v as usize % old_count] = true;
                    if *v == vertex {
                        *v = new;
                    }
                }
            }
            torn.split_from.push(vertex);
        }
        if !torn.split_from.is_empty() {
            self.rebuild(mesh, &torn)?;
        }
        Ok(torn)
    }

    fn rebuild(&mut self, mesh: ClothMesh, torn: &Torn) -> Result<(), ClothError> {
        let rest_positions = if self.fastenings.is_rest_curved { Some(self.mesh.positions_m.clone()) } else { None };
        let mut source = mesh.clone();
        if let Some(mut rest) = rest_positions {
            rest.extend(torn.split_from.iter().map(|v| self.mesh.positions_m[*v as usize]));
            source.positions_m = rest;
        }
        let fastenings = Fastenings { seams: self.seams.iter().map(|s| s.seam).collect(), ..self.fastenings.clone() };
        let next = Cloth::new(source, self.fabric.clone(), self.settings.clone(), fastenings)?;
        let old = |i: usize| if i < self.state.len() { i } else { torn.split_from[i - self.state.len()] as usize };
        for (i, particle) in next.state.particles().iter().enumerate() {
            particle.copy_motion(&self.state.particles()[old(i)]);
            next.wind[i].set(self.wind[old(i)].get());
        }
        let seams = std::mem::take(&mut self.seams);
        *self = Cloth { seams, ..next };
        Ok(())
    }
}

/// Edges beyond the strain, the worst first.
fn overstretched(mesh: &ClothMesh, tear_strain: f64) -> Result<Vec<[u32; 2]>, ClothError> {
    let mut found: Vec<(f64, [u32; 2])> = Vec::new();
    for edge in mesh.edges()? {
        let triangle = edge.triangle as usize;
        let uv =
            |v: u32| mesh.corner_uv_m[triangle][mesh.triangles[triangle].iter().position(|w| *w == v).unwrap_or(0)];
        let [a, b] = edge.vertices;
        let rest_squared = (uv(a)[0] - uv(b)[0]).powi(2) + (uv(a)[1] - uv(b)[1]).powi(2);
        let strain = 0.5 * (position(mesh, a).distance_squared(position(mesh, b)) / rest_squared - 1.0);
        if strain > tear_strain {
            found.push((strain, edge.vertices));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    Ok(found.into_iter().map(|f| f.1).collect())
}

/// The triangles about `vertex` on the side away from `other`, of the plane through `vertex` across the edge; none if all lie on one side.
fn beyond(mesh: &ClothMesh, vertex: u32, other: u32) -> Vec<usize> {
    let at = position(mesh, vertex);
    let along = position(mesh, other) - at;
    let about: Vec<usize> = (0..mesh.triangles.len()).filter(|t| mesh.triangles[*t].contains(&vertex)).collect();
    let is_beyond =
        |t: &usize| mesh.triangles[*t].iter().map(|v| (position(mesh, *v) - at).dot(along)).sum::<f64>() < 0.0;
    let far: Vec<usize> = about.iter().copied().filter(is_beyond).collect();
    if far.len() < about.len() { far } else { Vec::new() }
}

fn position(mesh: &ClothMesh, v: u32) -> DVec3 {
    DVec3::from_array(mesh.positions_m[v as usize])
}
