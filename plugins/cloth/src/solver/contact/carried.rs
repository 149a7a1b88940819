//! What contact carries from one substep to the next, for a device that goes on with it and for the way back.

use super::pairs::Pair;
use super::solver::ContactSolver;

/// See the module. A device may bring pairs in another order; nothing depends on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Carried {
    /// Path of each vertex since detection, metres.
    pub path_m: Vec<f32>,
    /// What it may become until detection must run again, metres; null before the first detection, so that it runs.
    pub reach_m: Vec<f32>,
    /// Recorded pairs.
    pub pairs: Vec<Pair>,
}

impl ContactSolver {
    pub(crate) fn carried(&self) -> Carried {
        let reach_m = if self.is_detected { self.reach_m.clone() } else { vec![0.0; self.reach_m.len()] };
        Carried { path_m: self.path_m.clone(), reach_m, pairs: self.pairs.clone() }
    }

    pub(crate) fn set_carried(&mut self, carried: Carried) {
        self.is_recorded.fill(false);
        for v in carried.pairs.iter().flat_map(|pair| pair.vertices) {
            self.is_recorded[v as usize] = true;
        }
        self.is_detected = carried.reach_m.iter().any(|reach| *reach > 0.0);
        Carried { path_m: self.path_m, reach_m: self.reach_m, pairs: self.pairs } = carried;
    }

    /// See `LEAST_FLOOR_M`.
    pub(crate) fn floor_m(&self) -> f32 {
        self.floor_m
    }
}
