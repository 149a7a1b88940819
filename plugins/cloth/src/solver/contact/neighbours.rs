//! Lists of neighbours (Verlet 1967): what is within somewhat more than the wanted distance is kept for each two patches, and serves
//! until they may have moved by the difference relative to each other.
//!
//! Patches are rigid enough for that: a sheet that swings, or a garment on somebody who walks, moves by many edges while neighbours on it hardly move relative
//! to each other. The lists only tell what need not be looked at, so the pairs that detection finds are the same with and without them,
//! whenever lists are made anew.

use super::grid::Aabb;
use super::patches::Patches;
use crate::solver::position::UNIT_M;

/// Motion of all patches of one kind, since the first detection.
#[derive(Default)]
pub struct Drift {
    /// Vertices of each patch, each once: those of patch `p` are `vertices[starts[p] .. starts[p + 1]]`.
    vertices: Vec<u32>,
    starts: Vec<u32>,
    /// What each patch did in common, units; differences may wrap.
    moved: Vec<[i32; 3]>,
    /// Path of the vertex that departed most from that, metres; never shrinks.
    strayed_m: Vec<f64>,
}

impl Drift {
    /// Of patches whose primitives have the vertices that `vertices_of` names.
    pub fn new<const N: usize>(patches: &Patches, vertices_of: impl Fn(u32) -> [u32; N]) -> Drift {
        let (mut vertices, mut starts) = (Vec::new(), vec![0]);
        for p in 0..patches.len() {
            let mut of_patch: Vec<u32> = patches.of(p).iter().flat_map(|i| vertices_of(*i)).collect();
            of_patch.sort_unstable();
            of_patch.dedup();
            vertices.extend(of_patch);
            starts.push(vertices.len() as u32);
        }
        Drift { vertices, starts, moved: vec![[0; 3]; patches.len()], strayed_m: vec![0.0; patches.len()] }
    }

    /// Takes the motion from positions `from` to positions `to`.
    pub fn follow(&mut self, from: &[[i32; 3]], to: &[[i32; 3]]) {
        for (p, (moved, strayed_m)) in self.moved.iter_mut().zip(&mut self.strayed_m).enumerate() {
            let vertices = &self.vertices[self.starts[p] as usize..self.starts[p + 1] as usize];
            let motion = |v: &u32| {
                let (from, to) = (from[*v as usize], to[*v as usize]);
                [0, 1, 2].map(|k| to[k].wrapping_sub(from[k]))
            };
            let all = vertices.iter().map(motion).fold(Aabb::EMPTY, |all, m| all.with(&Aabb { lo: m, hi: m }));
            let mut half_square = 0.0;
            for k in 0..3 {
                let (lo, hi) = (i64::from(all.lo[k]), i64::from(all.hi[k]));
                let middle = (lo + hi) / 2;
                moved[k] = moved[k].wrapping_add(middle as i32);
                // From the middle, which is rounded, to the farther bound.
                half_square += ((hi - middle).max(middle - lo) as f64).powi(2);
            }
            *strayed_m += half_square.sqrt() * f64::from(UNIT_M) * (1.0 + 1e-9);
        }
    }
}

/// Two primitives of a list, by their places in their patches.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour {
    /// Places in the patches.
    pub places: [u8; 2],
    /// They were no nearer than this when the list was made, metres.
    pub distance_m: f32,
}

/// What was near in two patches when the list was made.
#[derive(Default)]
pub struct Neighbours {
    /// The second patch; the first one owns the list.
    pub other: u32,
    /// In the order in which detection looks at them.
    pub list: Vec<Neighbour>,
    /// All that was nearer than this is in the list, metres.
    pub radius_m: f64,
    moved: [i32; 3],
    strayed_m: f64,
}

impl Neighbours {
    /// None yet, and so not complete.
    pub fn with(other: u32) -> Neighbours {
        Neighbours { other, ..Neighbours::default() }
    }

    /// Makes ready for a new list of all pairs within `radius_m`.
    pub fn begin(&mut self, radius_m: f64, patches: [usize; 2], drifts: [&Drift; 2]) {
        self.list.clear();
        self.radius_m = radius_m;
        self.moved = moved_apart(patches, drifts);
        self.strayed_m = drifts[0].strayed_m[patches[0]] + drifts[1].strayed_m[patches[1]];
    }

    /// By how much any two primitives of the patches can have approached since the list was made, metres.
    pub fn approach_m(&self, patches: [usize; 2], drifts: [&Drift; 2]) -> f64 {
        let now = moved_apart(patches, drifts);
        let square: f64 = (0..3).map(|k| f64::from(now[k].wrapping_sub(self.moved[k])).powi(2)).sum();
        let strayed_m = drifts[0].strayed_m[patches[0]] + drifts[1].strayed_m[patches[1]];
        // And a little for rounding.
        square.sqrt() * f64::from(UNIT_M) + (strayed_m - self.strayed_m) + 1e-7
    }

    /// Whether all that is within `wanted_m` now must be in the list.
    pub fn is_complete(&self, wanted_m: f64, approach_m: f64) -> bool {
        wanted_m + approach_m <= self.radius_m
    }
}

fn moved_apart(patches: [usize; 2], drifts: [&Drift; 2]) -> [i32; 3] {
    let (a, b) = (drifts[0].moved[patches[0]], drifts[1].moved[patches[1]]);
    [0, 1, 2].map(|k| a[k].wrapping_sub(b[k]))
}
