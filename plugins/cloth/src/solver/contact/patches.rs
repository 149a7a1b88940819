//! Patches: primitives that are neighbours on the mesh, some tens together, so that detection rejects them together.
//!
//! Most boxes of a cloth overlap only those of neighbours in its own plane. A grid of single primitives finds those again and again; here two
//! patches compare only what lies in the common part of their boxes, a strip for neighbours and nothing for most others.

use super::grid::Aabb;

/// Most primitives in a patch.
pub const PATCH: usize = 32;
/// Boxes that are compared at once.
const LANES: usize = 8;

/// Primitives in patches. Made once, from start positions.
#[derive(Clone, Debug, Default)]
pub struct Patches {
    /// Primitives, patch by patch.
    pub order: Vec<u32>,
    /// Patch `p` is `order[starts[p] .. starts[p + 1]]`.
    pub starts: Vec<u32>,
    /// How many of them are of cloths; those of bodies follow.
    pub of_cloth: usize,
}

impl Patches {
    /// By halving along the longest side of the centres' box. The first `first_part` primitives (those of cloths) share no patch with the others.
    pub fn new(centres: &[[i32; 3]], first_part: usize) -> Patches {
        let mut patches = Patches { order: (0..centres.len() as u32).collect(), starts: vec![0], of_cloth: 0 };
        let mut order = std::mem::take(&mut patches.order);
        let (cloth, bodies) = order.split_at_mut(first_part);
        patches.halve(centres, cloth);
        patches.of_cloth = patches.len();
        patches.halve(centres, bodies);
        patches.order = order;
        patches
    }

    fn halve(&mut self, centres: &[[i32; 3]], part: &mut [u32]) {
        if part.is_empty() {
            return;
        }
        if part.len() <= PATCH {
            part.sort_unstable();
            self.starts.push(self.starts[self.starts.len() - 1] + part.len() as u32);
            return;
        }
        let extent = |k: usize| {
            let all = || part.iter().map(|i| i64::from(centres[*i as usize][k]));
            all().max().unwrap_or(0) - all().min().unwrap_or(0)
        };
        let axis = (0..3).max_by_key(|k| extent(*k)).unwrap_or(0);
        part.sort_unstable_by_key(|i| (centres[*i as usize][axis], *i));
        let (low, high) = part.split_at_mut(part.len() / 2);
        self.halve(centres, low);
        self.halve(centres, high);
    }

    /// Number of patches.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Primitives of a patch.
    #[inline(always)]
    pub fn of(&self, patch: usize) -> &[u32] {
        &self.order[self.starts[patch] as usize..self.starts[patch + 1] as usize]
    }
}

/// Some primitives of a patch with their boxes, field by field.
pub struct Selection {
    /// How many.
    pub count: usize,
    /// Which.
    pub ids: [u32; PATCH],
    /// Their places in the patch.
    pub places: [u8; PATCH],
    lo: [[i32; PATCH]; 3],
    hi: [[i32; PATCH]; 3],
}

impl Default for Selection {
    fn default() -> Self {
        Selection { count: 0, ids: [0; PATCH], places: [0; PATCH], lo: [[0; PATCH]; 3], hi: [[0; PATCH]; 3] }
    }
}

impl Selection {
    /// Those of `ids` whose boxes overlap `common`.
    #[inline]
    pub fn select(&mut self, ids: &[u32], bounds: impl Fn(u32) -> Aabb, common: &Aabb) {
        self.count = 0;
        for (place, id) in ids.iter().enumerate() {
            let b = bounds(*id);
            if b.overlaps(common) {
                (self.ids[self.count], self.places[self.count]) = (*id, place as u8);
                for k in 0..3 {
                    (self.lo[k][self.count], self.hi[k][self.count]) = (b.lo[k], b.hi[k]);
                }
                self.count += 1;
            }
        }
    }

    /// The box of the `i`-th.
    #[inline(always)]
    pub fn bounds(&self, i: usize) -> Aabb {
        Aabb { lo: [0, 1, 2].map(|k| self.lo[k][i]), hi: [0, 1, 2].map(|k| self.hi[k][i]) }
    }

    /// Which of them, as bits, overlap a box.
    #[inline(always)]
    pub fn overlapping(&self, query: &Aabb) -> u32 {
        let mut bits = 0u32;
        for at in (0..self.count).step_by(LANES) {
            // The sign of each lane says whether a bound lies beyond; differences of coordinates do not overflow, see `position::RANGE_M`.
            let mut beyond = [0i32; LANES];
            for k in 0..3 {
                for lane in 0..LANES {
                    beyond[lane] |= query.hi[k].wrapping_sub(self.lo[k][at + lane])
                        | self.hi[k][at + lane].wrapping_sub(query.lo[k]);
                }
            }
            // Mostly none overlaps, and the sign of the conjunction tells.
            if beyond.iter().fold(-1, |all, x| all & x) >= 0 {
                for (lane, x) in beyond.iter().enumerate() {
                    bits |= (!*x as u32 >> 31) << (at + lane);
                }
            }
        }
        bits & (((1u64 << self.count) - 1) as u32)
    }
}

/// The common part of two boxes; empty (and overlapping nothing) where they have none.
pub fn common(a: &Aabb, b: &Aabb) -> Aabb {
    Aabb { lo: [0, 1, 2].map(|k| a.lo[k].max(b.lo[k])), hi: [0, 1, 2].map(|k| a.hi[k].min(b.hi[k])) }
}
