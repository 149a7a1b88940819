//! What contact carries from one substep to the next, for a device that goes on with it and for the way back.

use super::pairs::Pair;
use super::solver::ContactSolver;
use crate::solver::vec3::V3;

/// See the module. A device may bring pairs in another order; nothing depends on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Carried {
    /// Path of each vertex since detection, metres.
    pub path_m: Vec<f32>,
    /// What it may become until detection must run again, metres.
    pub reach_m: Vec<f32>,
    /// Recorded pairs.
    pub pairs: Vec<Pair>,
    /// False before the first detection, and after a body has jumped.
    pub is_detected: bool,
    /// Which vertices of the cloths are inside a body of triangles.
    pub is_inside: Vec<bool>,
    /// Which vertices of the bodies are not where they should be.
    pub is_dented: Vec<bool>,
    /// Whether cloth may be in bodies.
    pub may_be_inside: bool,
    /// Vertices of bodies at the start of the last substep, units, and how far they went in it, metres.
    pub body_positions: Vec<[i32; 3]>,
    /// See `body_positions`.
    pub body_displacement: Vec<V3>,
}

impl ContactSolver {
    pub(crate) fn carried(&self) -> Carried {
        Carried {
            path_m: self.path_m.clone(),
            reach_m: self.reach_m.clone(),
            pairs: self.pairs.clone(),
            is_detected: self.is_detected,
            is_inside: self.inside.is_inside().to_vec(),
            is_dented: self.is_dented.clone(),
            may_be_inside: self.may_be_inside,
            body_positions: self.positions[self.mesh.cloth_vertices..].to_vec(),
            body_displacement: self.body_displacement.clone(),
        }
    }

    pub(crate) fn set_carried(&mut self, carried: Carried) {
        self.is_recorded.fill(false);
        for v in carried.pairs.iter().flat_map(|pair| pair.vertices) {
            self.is_recorded[v as usize] = true;
        }
        self.inside.set_inside(carried.is_inside);
        (self.is_dented, self.may_be_inside) = (carried.is_dented, carried.may_be_inside);
        self.positions[self.mesh.cloth_vertices..].copy_from_slice(&carried.body_positions);
        self.is_detected = carried.is_detected;
        self.body_displacement = carried.body_displacement;
        (self.path_m, self.reach_m, self.pairs) = (carried.path_m, carried.reach_m, carried.pairs);
    }

    /// See `LEAST_FLOOR_M`.
    pub(crate) fn floor_m(&self) -> f32 {
        self.floor_m
    }
}
