//! The basis rearranged for vector units: groups of [`GROUP`] vertices that move with the same bones, x, y and z apart.

use std::collections::BTreeMap;

use super::lanes::{Eight, LANES, Whole};
use super::merge::{Cell, Factor, merge};
use crate::anny::basis::{BONE_STRIDE, BodyBasis, SparseShapes};

/// Vertices that are evaluated together.
pub const GROUP: usize = 32;
/// Vertices that are skinned together.
pub const OCTET: usize = LANES;
/// Octets of a group.
pub const GROUP_OCTETS: usize = GROUP / OCTET;
/// Places of a group, metres: `[axis * GROUP_OCTETS + octet][lane]`.
pub type GroupPlaces = [Eight; 3 * GROUP_OCTETS];
/// Offsets of a group, in [`crate::anny::target::METRES_PER_UNIT`].
pub type GroupOffsets = [Whole; 3 * GROUP_OCTETS];
/// Vertices with the same bones are gathered within this many rows, so that writing them stays near.
const WINDOW: u32 = 512;
/// Groups that one body is brought through before the next body has its turn: what they share stays in the cache.
pub const TILE: usize = 32;
/// Marks a place of the last group that no vertex has.
pub const NO_ROW: u32 = u32::MAX;
/// A merged shape that moves a smaller share of the octets is stored as octets.
const DENSE_SHARE: f64 = 0.12;
/// Bones that a difference of shapes moves by less, metres or radians, are rounding of the pack's own numbers.
const BONE_NOISE: f64 = 1e-9;

/// Offsets of eight vertices: x, y, z of each octet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SparseOctet {
    /// Which octet of its tile, `group * GROUP_OCTETS + octet`.
    pub octet: u16,
    pub offsets: [Whole; 3],
}

/// Where a merged shape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Dense(u32),
    Sparse(u32),
    /// It moves bones only, or nothing.
    Nowhere,
}

/// A merged shape: where its offsets are, and its row of the bone table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergedShape {
    pub place: Place,
    pub bone_row: u32,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Place -> row, [`NO_ROW`] where there is none. A whole number of groups.
    pub rows: Vec<u32>,
    pub template: Vec<GroupPlaces>,
    pub merged: BTreeMap<(Factor, Cell), MergedShape>,
    /// `[group][dense shape]` -> its offsets in `dense`, [`NO_ROW`] where it moves nothing.
    pub dense_row: Vec<u32>,
    pub dense: Vec<GroupOffsets>,
    pub dense_count: usize,
    /// `[tile][sparse shape]` -> first octet; the next number is where it ends. Sparse shapes are the sparse merged
    /// ones, the two directions of each local change, the facial actions.
    pub sparse_start: Vec<u32>,
    pub sparse: Vec<SparseOctet>,
    pub sparse_count: usize,
    pub first_local: u32,
    pub first_face: u32,
    /// Octet -> first of its bones.
    pub skin_start: Vec<u32>,
    pub skin_bone: Vec<u16>,
    pub skin_weight: Vec<Eight>,
    /// `[shape][BONE_STRIDE][bone]`: merged shapes, then local changes.
    pub bones: Vec<f32>,
    pub first_local_bones: u32,
    /// Whether a row of `bones` has any number.
    pub moves_bones: Vec<bool>,
}

/// A shape as a list of whole-number offsets of places.
type Entries = Vec<(u32, [i16; 3])>;

impl Layout {
    /// Rearranges the first `rows` rows of the basis. `None` when a merged offset is beyond 3.2 m, which no pack has.
    pub fn new(basis: &BodyBasis, rows: usize) -> Option<Self> {
        let rows = rows.min(basis.template.len());
        let mut layout = Self { rows: order(basis, rows), ..Self::default() };
        let mut place_of = vec![0_u32; rows];
        for (place, &row) in (0..).zip(&layout.rows) {
            if let Some(slot) = place_of.get_mut(row as usize) {
                *slot = place;
            }
        }
        layout.template = vec![GroupPlaces::default(); layout.rows.len() / GROUP];
        for (&place, position) in place_of.iter().zip(&basis.template) {
            if let Some(group) = layout.template.get_mut(place as usize / GROUP) {
                for (axis, &x) in position.iter().enumerate() {
                    group[axis * GROUP_OCTETS + octet_of(place)].0[lane_of(place)] = x;
                }
            }
        }
        layout.take_shapes(basis, rows, &place_of)?;
        layout.take_weights(basis);
        Some(layout)
    }

    pub fn groups(&self) -> usize {
        self.template.len()
    }

    fn take_shapes(&mut self, basis: &BodyBasis, rows: usize, place_of: &[u32]) -> Option<()> {
        let octets = self.rows.len() / OCTET;
        let bones = basis.skeleton.names.len();
        let (mut dense, mut sparse) = (Vec::<Entries>::new(), Vec::<Entries>::new());
        for (key, shape) in merge(basis, rows) {
            let mut entries = Entries::new();
            for (offset, &place) in shape.offsets.as_chunks::<3>().0.iter().zip(place_of) {
                if *offset != [0; 3] {
                    let [x, y, z] = offset.map(|x| i16::try_from(x).ok());
                    entries.push((place, [x?, y?, z?]));
                }
            }
            let mut touched: Vec<u32> = entries.iter().map(|(place, _)| place / OCTET as u32).collect();
            touched.sort_unstable();
            touched.dedup();
            let place = if touched.is_empty() {
                Place::Nowhere
            } else if (touched.len() as f64) < DENSE_SHARE * octets as f64 {
                sparse.push(entries);
                Place::Sparse(sparse.len() as u32 - 1)
            } else {
                dense.push(entries);
                Place::Dense(dense.len() as u32 - 1)
            };
            self.merged.insert(key, MergedShape { place, bone_row: self.moves_bones.len() as u32 });
            self.take_bones(&shape.bones, bones);
        }
        self.first_local_bones = self.moves_bones.len() as u32;
        let stride = bones * BONE_STRIDE;
        let first = basis.macro_shapes.len();
        for shape in first..first + basis.local_shapes.len() {
            let row = basis.skeleton.shapes.get(shape * stride..(shape + 1) * stride).unwrap_or_default();
            self.take_bones(&row.iter().map(|&x| f64::from(x)).collect::<Vec<_>>(), bones);
        }
        let entries_of = |shapes: &SparseShapes, index: usize| -> Entries {
            shapes.shape(index).filter_map(|(row, offset)| Some((*place_of.get(row)?, offset))).collect()
        };
        self.first_local = sparse.len() as u32;
        sparse.extend((0..basis.local_shapes.len()).map(|index| entries_of(&basis.local_shapes, index)));
        self.first_face = sparse.len() as u32;
        sparse.extend((0..basis.facial_shapes.len()).map(|index| entries_of(&basis.facial_shapes, index)));
        self.lay_dense(&dense);
        self.lay_sparse(&sparse);
        Some(())
    }

    /// Appends a row to the bone table, component by component.
    fn take_bones(&mut self, row: &[f64], bones: usize) {
        self.moves_bones.push(row.iter().any(|x| x.abs() > BONE_NOISE));
        for component in 0..BONE_STRIDE {
            self.bones
                .extend((0..bones).map(|bone| row.get(bone * BONE_STRIDE + component).map_or(0.0, |&x| x as f32)));
        }
    }

    fn lay_dense(&mut self, shapes: &[Entries]) {
        self.dense_count = shapes.len();
        let mut rows = BTreeMap::<(u32, u32), GroupOffsets>::new();
        for (shape, entries) in (0..).zip(shapes) {
            for &(place, offset) in entries {
                let offsets = rows.entry((place / GROUP as u32, shape)).or_default();
                for (axis, x) in offset.into_iter().enumerate() {
                    offsets[axis * GROUP_OCTETS + octet_of(place)].0[lane_of(place)] = x;
                }
            }
        }
        self.dense_row = vec![NO_ROW; self.groups() * shapes.len()];
        for (row, &(group, shape)) in (0..).zip(rows.keys()) {
            if let Some(slot) = self.dense_row.get_mut(group as usize * shapes.len() + shape as usize) {
                *slot = row;
            }
        }
        self.dense = rows.into_values().collect();
    }

    fn lay_sparse(&mut self, shapes: &[Entries]) {
        self.sparse_count = shapes.len();
        let mut octets = BTreeMap::<(u32, u32, u16), [Whole; 3]>::new();
        for (shape, entries) in (0..).zip(shapes) {
            for &(place, offset) in entries {
                let (tile, octet) = (place as usize / (TILE * GROUP), place as usize % (TILE * GROUP) / OCTET);
                let offsets = octets.entry((tile as u32, shape, octet as u16)).or_default();
                for (axis, x) in offset.into_iter().enumerate() {
                    offsets[axis].0[lane_of(place)] = x;
                }
            }
        }
        let slots = self.groups().div_ceil(TILE) * shapes.len();
        self.sparse_start = vec![0; slots + 1];
        for &(tile, shape, _) in octets.keys() {
            if let Some(count) = self.sparse_start.get_mut(tile as usize * shapes.len() + shape as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for count in &mut self.sparse_start {
            sum += *count;
            *count = sum;
        }
        self.sparse = octets.into_iter().map(|((_, _, octet), offsets)| SparseOctet { octet, offsets }).collect();
    }

    fn take_weights(&mut self, basis: &BodyBasis) {
        self.skin_start.push(0);
        for octet in self.rows.as_chunks::<OCTET>().0 {
            let mut bones = BTreeMap::<u16, Eight>::new();
            for (lane, &row) in octet.iter().enumerate() {
                for (bone, weight) in basis.influences(row as usize) {
                    bones.entry(bone).or_default().0[lane] += weight;
                }
            }
            for (bone, weights) in bones {
                self.skin_bone.push(bone);
                self.skin_weight.push(weights);
            }
            self.skin_start.push(self.skin_bone.len() as u32);
        }
    }
}

/// Which octet of its group a place is in.
fn octet_of(place: u32) -> usize {
    place as usize % GROUP / OCTET
}

fn lane_of(place: u32) -> usize {
    place as usize % OCTET
}

/// Rows sorted by the bones that move them, so that eight in a row mostly share them; filled up to whole groups.
fn order(basis: &BodyBasis, rows: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.sort_by_cached_key(|&row| {
        let mut bones: Vec<u16> = basis.influences(row as usize).map(|(bone, _)| bone).collect();
        bones.sort_unstable();
        (row / WINDOW, bones)
    });
    order.resize(rows.next_multiple_of(GROUP), NO_ROW);
    order
}
