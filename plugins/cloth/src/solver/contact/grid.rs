//! Broad phase: which boxes overlap, by a hash grid of integer cells and a counting sort.
//!
//! Cells are shifts of integer coordinates, so they do not depend on rounding and the result is exactly the set of overlapping boxes: each pair once,
//! in ascending order, whatever the cell size, the size of the table or the number of threads.
//! A pair that shares several cells is reported in one of them only: the cell of the lower corner of the boxes' common part.

/// An axis-parallel box in units of position, bounds inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aabb {
    /// Least coordinates.
    pub lo: [i32; 3],
    /// Greatest coordinates.
    pub hi: [i32; 3],
}

impl Aabb {
    /// The box of nothing, which overlaps nothing.
    pub const EMPTY: Self = Self { lo: [i32::MAX; 3], hi: [i32::MIN; 3] };

    /// The box of this and another.
    #[inline(always)]
    pub fn with(&self, other: &Aabb) -> Aabb {
        Aabb { lo: [0, 1, 2].map(|k| self.lo[k].min(other.lo[k])), hi: [0, 1, 2].map(|k| self.hi[k].max(other.hi[k])) }
    }

    /// The box of some points, grown on all sides.
    #[inline(always)]
    pub fn of<const N: usize>(points: [[i32; 3]; N], grown_by: i32) -> Aabb {
        let mut b = Aabb { lo: points[0], hi: points[0] };
        for p in &points[1..] {
            for k in 0..3 {
                b.lo[k] = b.lo[k].min(p[k]);
                b.hi[k] = b.hi[k].max(p[k]);
            }
        }
        for k in 0..3 {
            b.lo[k] -= grown_by;
            b.hi[k] += grown_by;
        }
        b
    }

    /// The same, larger on all sides; bounds end where coordinates do.
    #[inline(always)]
    pub fn grown(&self, by: i32) -> Aabb {
        Aabb { lo: self.lo.map(|x| x.saturating_sub(by)), hi: self.hi.map(|x| x.saturating_add(by)) }
    }

    /// Its longest side, units.
    pub fn extent(&self) -> u32 {
        (0..3).map(|k| self.hi[k].wrapping_sub(self.lo[k]) as u32).max().unwrap_or(0)
    }

    /// Whether the two have a common point.
    #[inline(always)]
    pub fn overlaps(&self, other: &Aabb) -> bool {
        // No early exit: the six comparisons vectorise, branches on them do not predict.
        (0..3).fold(true, |yes, k| yes & (self.lo[k] <= other.hi[k]) & (other.lo[k] <= self.hi[k]))
    }

    #[inline(always)]
    fn cells(&self, shift: u32) -> [[i32; 2]; 3] {
        [0, 1, 2].map(|k| [self.lo[k] >> shift, self.hi[k] >> shift])
    }

    fn cell_count(&self, shift: u32) -> u64 {
        self.cells(shift).iter().map(|[lo, hi]| (hi - lo + 1) as u64).product()
    }
}

/// Packed cell coordinates, ten bits each. Cells 1024 apart share a key, which does no harm: no box covers two of them, and boxes
/// are compared anyway.
#[inline(always)]
fn key(cell: [i32; 3]) -> u32 {
    (cell[0] as u32 & 1023) | (cell[1] as u32 & 1023) << 10 | (cell[2] as u32 & 1023) << 20
}

#[derive(Clone, Copy, Default)]
struct Entry {
    key: u32,
    id: u32,
    bounds: Aabb,
}

/// The grid; its buffers are kept from one detection to the next.
#[derive(Default)]
pub struct HashGrid {
    shift: u32,
    bits: u32,
    /// `starts[b] .. starts[b + 1]` are the entries of bucket `b`.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl HashGrid {
    /// Fills the grid with boxes. The cell is about as large as they are, and larger where single large boxes would cover too many cells.
    pub fn build(&mut self, boxes: &[Aabb]) {
        self.shift = cell_shift(boxes);
        self.bits = (2 * boxes.len().max(8)).next_power_of_two().trailing_zeros();
        self.starts.clear();
        self.starts.resize((1 << self.bits) + 1, 0);
        for b in boxes {
            for_each_cell(b, self.shift, |cell| self.starts[bucket(key(cell), self.bits) + 1] += 1);
        }
        for i in 1..self.starts.len() {
            self.starts[i] += self.starts[i - 1];
        }
        let total = self.starts[self.starts.len() - 1] as usize;
        self.entries.clear();
        self.entries.resize(total, Entry::default());
        // Filling moves each start to the next bucket's; the shift back follows.
        for (id, b) in boxes.iter().enumerate() {
            for_each_cell(b, self.shift, |cell| {
                let key = key(cell);
                let slot = &mut self.starts[bucket(key, self.bits)];
                self.entries[*slot as usize] = Entry { key, id: id as u32, bounds: *b };
                *slot += 1;
            });
        }
        self.starts.rotate_right(1);
        self.starts[0] = 0;
    }

    /// Ids above or equal to `first` of the boxes in the grid that overlap `query`, ascending.
    #[inline]
    pub fn overlapping(&self, query: &Aabb, first: u32, found: &mut Vec<u32>) {
        found.clear();
        let mut offer = |entry: &Entry, cell: u32| {
            if entry.key == cell && entry.id >= first && entry.bounds.overlaps(query) {
                let corner = [0, 1, 2].map(|k| entry.bounds.lo[k].max(query.lo[k]) >> self.shift);
                if key(corner) == cell {
                    found.push(entry.id);
                }
            }
        };
        if query.cell_count(self.shift) > self.entries.len() as u64 {
            // A box larger than the whole of the grid.
            self.entries.iter().for_each(|entry| offer(entry, entry.key));
        } else {
            for_each_cell(query, self.shift, |cell| {
                let key = key(cell);
                let b = bucket(key, self.bits);
                for entry in &self.entries[self.starts[b] as usize..self.starts[b + 1] as usize] {
                    offer(entry, key);
                }
            });
        }
        found.sort_unstable();
    }
}

#[inline(always)]
fn bucket(key: u32, bits: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

#[inline(always)]
fn for_each_cell(b: &Aabb, shift: u32, mut visit: impl FnMut([i32; 3])) {
    let [x, y, z] = b.cells(shift);
    for cz in z[0]..=z[1] {
        for cy in y[0]..=y[1] {
            for cx in x[0]..=x[1] {
                visit([cx, cy, cz]);
            }
        }
    }
}

/// Cells as large as the mean box, doubled until the boxes cover no more than eight cells each on average and none more than 512 along an axis.
fn cell_shift(boxes: &[Aabb]) -> u32 {
    let extent = |b: &Aabb| (0..3).map(|k| (b.hi[k] - b.lo[k]) as u64).max().unwrap_or(0);
    let count = boxes.len().max(1) as u64;
    let mean = boxes.iter().map(extent).sum::<u64>() / count;
    let largest = boxes.iter().map(extent).max().unwrap_or(0);
    let mut shift = (u64::BITS - mean.leading_zeros()).saturating_sub(1).clamp(4, 30);
    while shift < 30 && (largest >> shift > 512 || boxes.iter().map(|b| b.cell_count(shift)).sum::<u64>() > 8 * count) {
        shift += 1;
    }
    shift
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute(boxes: &[Aabb], query: &Aabb, first: u32) -> Vec<u32> {
        (first..boxes.len() as u32).filter(|i| boxes[*i as usize].overlaps(query)).collect()
    }

    fn any_box(spread: i32, size: i32) -> impl Strategy<Value = Aabb> {
        let p = move || prop::array::uniform3(-spread..spread);
        (p(), prop::array::uniform3(0..size)).prop_map(|(lo, s)| Aabb { lo, hi: [0, 1, 2].map(|k| lo[k] + s[k]) })
    }

    fn agrees(boxes: &[Aabb], queries: &[Aabb]) -> Result<(), TestCaseError> {
        let (mut grid, mut found) = (HashGrid::default(), Vec::new());
        grid.build(boxes);
        for (i, q) in queries.iter().enumerate() {
            for first in [0, i as u32] {
                grid.overlapping(q, first, &mut found);
                prop_assert_eq!(&found, &brute(boxes, q, first));
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(20), ..ProptestConfig::default() })]
        #[test]
        fn finds_exactly_the_overlapping_boxes(
            boxes in prop::collection::vec(any_box(1 << 20, 1 << 18), 0..80),
            queries in prop::collection::vec(any_box(1 << 20, 1 << 19), 0..20),
        ) {
            agrees(&boxes, &queries)?;
        }

        /// One huge box among small ones, all over the range of coordinates.
        #[test]
        fn sizes_may_differ_wildly(
            mut boxes in prop::collection::vec(any_box(1 << 29, 1 << 10), 0..40),
            huge in any_box(1 << 29, 1 << 29),
        ) {
            boxes.push(huge);
            agrees(&boxes, &boxes)?;
        }
    }
}
