//! The inner loops of a batch: a group of vertices of one body, mixed and skinned.
//!
//! Loops, not closures over arrays: `map` and `from_fn` are functions of their own, which are compiled without the vector
//! instructions and then not inlined.

use super::{
    bones::{SkinMatrix, add_scaled},
    lanes::Lanes,
    layout::{GROUP_OCTETS, GroupPlaces, Layout, TILE},
    recipe::Recipe,
};

/// Vectors of a group: `[axis * GROUP_OCTETS + octet]`.
const VECTORS: usize = 3 * GROUP_OCTETS;

/// Brings one body through a tile: for each group calls `done` with the posed places.
#[inline(always)]
pub fn tile<L: Lanes>(
    lanes: L,
    layout: &Layout,
    recipe: &Recipe,
    bones: &[SkinMatrix],
    tile: usize,
    mut done: impl FnMut(usize, &GroupPlaces),
) {
    let mut places = [GroupPlaces::default(); TILE];
    let first = tile * TILE;
    let groups = TILE.min(layout.groups() - first);
    let [across, up] = recipe.template;
    let factors = [lanes.splat(across), lanes.splat(up), lanes.splat(across)];
    for (places, template) in places.iter_mut().zip(&layout.template[first..first + groups]) {
        for i in 0..VECTORS {
            places[i] = lanes.store(lanes.mul(lanes.load(&template[i]), factors[i / GROUP_OCTETS]));
        }
    }
    let starts = &layout.sparse_start[tile * layout.sparse_count..(tile + 1) * layout.sparse_count + 1];
    for amount in &recipe.sparse {
        let (start, end) = (starts[amount.shape as usize], starts[amount.shape as usize + 1]);
        let factors = [lanes.splat(amount.across), lanes.splat(amount.up), lanes.splat(amount.across)];
        for octet in &layout.sparse[start as usize..end as usize] {
            let (group, at) = (usize::from(octet.octet) / GROUP_OCTETS, usize::from(octet.octet) % GROUP_OCTETS);
            let group = &mut places[group % TILE];
            for axis in 0..3 {
                let place = &mut group[axis * GROUP_OCTETS + at];
                let offset = lanes.load_whole(&octet.offsets[axis]);
                *place = lanes.store(lanes.mul_add(factors[axis], offset, lanes.load(place)));
            }
        }
    }
    for (group, places) in (first..first + groups).zip(&mut places) {
        mix(lanes, layout, recipe, group, places);
        done(group, &skin(lanes, layout, bones, group, places));
    }
}

/// Adds the dense shapes to a group.
#[inline(always)]
fn mix<L: Lanes>(lanes: L, layout: &Layout, recipe: &Recipe, group: usize, places: &mut GroupPlaces) {
    let mut sum = [lanes.splat(0.0); VECTORS];
    for i in 0..VECTORS {
        sum[i] = lanes.load(&places[i]);
    }
    let rows = &layout.dense_row[group * layout.dense_count..(group + 1) * layout.dense_count];
    for amount in &recipe.dense {
        let Some(row) = layout.dense.get(rows[amount.shape as usize] as usize) else { continue };
        let (across, up) = (lanes.splat(amount.across), lanes.splat(amount.up));
        for i in 0..GROUP_OCTETS {
            let [x, y, z] = [i, GROUP_OCTETS + i, 2 * GROUP_OCTETS + i];
            sum[x] = lanes.mul_add(across, lanes.load_whole(&row[x]), sum[x]);
            sum[y] = lanes.mul_add(up, lanes.load_whole(&row[y]), sum[y]);
            sum[z] = lanes.mul_add(across, lanes.load_whole(&row[z]), sum[z]);
        }
    }
    for i in 0..VECTORS {
        places[i] = lanes.store(sum[i]);
    }
}

/// Posed positions of a group: linear blend skinning, eight vertices at once.
#[inline(always)]
fn skin<L: Lanes>(lanes: L, layout: &Layout, bones: &[SkinMatrix], group: usize, rest: &GroupPlaces) -> GroupPlaces {
    let mut posed = GroupPlaces::default();
    for octet in 0..GROUP_OCTETS {
        let index = group * GROUP_OCTETS + octet;
        let entries = layout.skin_start[index] as usize..layout.skin_start[index + 1] as usize;
        let x = lanes.load(&rest[octet]);
        let y = lanes.load(&rest[GROUP_OCTETS + octet]);
        let z = lanes.load(&rest[2 * GROUP_OCTETS + octet]);
        let mut sums = [lanes.splat(0.0); 3];
        for (&bone, weights) in layout.skin_bone[entries.clone()].iter().zip(&layout.skin_weight[entries]) {
            let m = &bones[usize::from(bone)];
            let weights = lanes.load(weights);
            for (sum, row) in sums.iter_mut().zip(m.as_chunks::<4>().0) {
                let moved = lanes.mul_add(lanes.splat(row[2]), z, lanes.splat(row[3]));
                let moved = lanes.mul_add(lanes.splat(row[1]), y, moved);
                let moved = lanes.mul_add(lanes.splat(row[0]), x, moved);
                *sum = lanes.mul_add(weights, moved, *sum);
            }
        }
        for (axis, sum) in sums.into_iter().enumerate() {
            posed[axis * GROUP_OCTETS + octet] = lanes.store(sum);
        }
    }
    posed
}

/// What the shapes of a recipe add to bones.
#[inline(always)]
pub fn bone_sums(layout: &Layout, recipe: &Recipe, template: &[f64], sums: &mut Vec<f64>) {
    sums.clear();
    sums.extend_from_slice(template);
    let stride = template.len();
    for &(row, amount) in &recipe.bones {
        add_scaled(sums, amount, &layout.bones[row as usize * stride..(row as usize + 1) * stride]);
    }
}
