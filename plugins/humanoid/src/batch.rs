//! Many bodies at once, everything changed in each of them: what [`crate::body::Body`] does for one person whose face
//! and pose change, done for people who have nothing in common with the last frame.
//!
//! Faster than `Body` by the order of the data, not by another model: shapes whose amounts always sum to a known number
//! are merged ([`merge`]), vertices lie in groups that move with the same bones, x, y and z apart ([`layout`]), and a
//! group is mixed and skinned while it is in registers ([`kernel`]). Results differ from those of `Body` by rounding.

mod bones;
mod kernel;
mod lanes;
mod layout;
mod merge;
mod recipe;

use std::sync::Arc;

use bevy::math::Vec3;

use self::{
    bones::BoneRoom,
    kernel::{bone_sums, tile},
    lanes::{Lanes, Work, run},
    layout::{GROUP, GROUP_OCTETS, GroupPlaces, Layout, OCTET, TILE},
    recipe::{Directory, Recipe},
};
use crate::{anny::basis::BodyBasis, body::BodyState};

/// Evaluates many bodies. Holds the basis in its own order: about 30 MB.
#[derive(Clone, Debug)]
pub struct Batch {
    basis: Arc<BodyBasis>,
    layout: Layout,
    directory: Directory,
    template_bones: Vec<f64>,
    rows: usize,
    threads: usize,
    rooms: Vec<Room>,
}

/// Room for one body on its way.
#[derive(Clone, Debug, Default)]
struct Room {
    recipe: Recipe,
    bones: BoneRoom,
    /// A single body's places by group, before they are put in order.
    places: Vec<GroupPlaces>,
}

impl Batch {
    /// For the first `rows` rows of the basis: [`surface_count`](crate::anny::topology::Topology::surface_count) of them
    /// are `anny`'s surface, all of them what is drawn. `threads` are used at once. `None` when merged shapes do not fit
    /// their storage, which no pack has.
    pub fn new(basis: Arc<BodyBasis>, rows: usize, threads: usize) -> Option<Self> {
        let layout = Layout::new(&basis, rows)?;
        let directory = Directory::new(&layout);
        let template_bones = bones::template_sums(&basis.skeleton);
        let rows = rows.min(basis.template.len());
        Some(Self { basis, layout, directory, template_bones, rows, threads: threads.max(1), rooms: Vec::new() })
    }

    /// Positions of the rows of each body, metres, in the part's space. `out` keeps its allocations between calls.
    pub fn evaluate(&mut self, states: &[BodyState], out: &mut Vec<Vec<Vec3>>) {
        out.resize_with(states.len(), Vec::new);
        for positions in out.iter_mut() {
            positions.resize(self.rows, Vec3::ZERO);
        }
        let rooms = self.threads.max(states.len());
        self.rooms.resize_with(rooms.max(self.rooms.len()), Room::default);
        let mut rooms = std::mem::take(&mut self.rooms);
        match (states, out.as_mut_slice()) {
            ([state], [positions]) => self.one(state, positions, &mut rooms),
            _ => self.many(states, out, &mut rooms),
        }
        self.rooms = rooms;
    }

    /// One body: threads share its groups.
    fn one(&self, state: &BodyState, positions: &mut [Vec3], rooms: &mut [Room]) {
        let Some((room, _)) = rooms.split_first_mut() else { return };
        run(Prepare { batch: self, states: std::slice::from_ref(state), rooms: std::slice::from_mut(room) });
        let groups = self.layout.groups();
        room.places.resize(groups, GroupPlaces::default());
        let (recipe, bones) = (&room.recipe, &room.bones);
        let share = groups.div_ceil(TILE).div_ceil(self.threads).max(1) * TILE;
        std::thread::scope(|scope| {
            let mut shares = (0..).step_by(share).zip(room.places.chunks_mut(share));
            let own = shares.next();
            for (first, places) in shares {
                scope.spawn(move || run(Groups { batch: self, recipe, bones, first, places }));
            }
            if let Some((first, places)) = own {
                run(Groups { batch: self, recipe, bones, first, places });
            }
        });
        for (places, rows) in room.places.iter().zip(self.layout.rows.as_chunks::<GROUP>().0) {
            put(places, rows, positions);
        }
    }

    /// Many bodies: threads share them.
    fn many(&self, states: &[BodyState], out: &mut [Vec<Vec3>], rooms: &mut [Room]) {
        let share = states.len().div_ceil(self.threads).max(1);
        let shares = states.chunks(share).zip(out.chunks_mut(share)).zip(rooms.chunks_mut(share));
        std::thread::scope(|scope| {
            let mut shares = shares.map(|((states, out), rooms)| Bodies { batch: self, states, out, rooms });
            let own = shares.next();
            for work in shares {
                scope.spawn(move || run(work));
            }
            if let Some(work) = own {
                run(work);
            }
        });
    }
}

/// Recipes and bones.
struct Prepare<'a> {
    batch: &'a Batch,
    states: &'a [BodyState],
    rooms: &'a mut [Room],
}

impl Work for Prepare<'_> {
    #[inline(always)]
    fn work(self, _: impl Lanes) {
        let batch = self.batch;
        for (state, room) in self.states.iter().zip(self.rooms) {
            room.recipe.write(&batch.layout, &batch.directory, state);
            bone_sums(&batch.layout, &room.recipe, &batch.template_bones, &mut room.bones.sums);
            room.bones.rest(&batch.basis.skeleton);
            room.bones.pose(&batch.basis.skeleton, &state.deltas, state.root);
        }
    }
}

/// Some groups of one body.
struct Groups<'a> {
    batch: &'a Batch,
    recipe: &'a Recipe,
    bones: &'a BoneRoom,
    first: usize,
    places: &'a mut [GroupPlaces],
}

impl Work for Groups<'_> {
    #[inline(always)]
    fn work(self, lanes: impl Lanes) {
        let Self { batch, recipe, bones, first, places } = self;
        for (index, places) in (first / TILE..).zip(places.chunks_mut(TILE)) {
            tile(lanes, &batch.layout, recipe, &bones.skin, index, |group, posed| places[group % TILE] = *posed);
        }
    }
}

/// Some bodies, tile by tile.
struct Bodies<'a> {
    batch: &'a Batch,
    states: &'a [BodyState],
    out: &'a mut [Vec<Vec3>],
    rooms: &'a mut [Room],
}

impl Work for Bodies<'_> {
    #[inline(always)]
    fn work(self, lanes: impl Lanes) {
        let Self { batch, states, out, rooms } = self;
        Prepare { batch, states, rooms }.work(lanes);
        let rows = batch.layout.rows.as_chunks::<GROUP>().0;
        for index in 0..batch.layout.groups().div_ceil(TILE) {
            for (room, positions) in rooms.iter().zip(out.iter_mut()) {
                tile(lanes, &batch.layout, &room.recipe, &room.bones.skin, index, |group, posed| {
                    put(posed, &rows[group], positions);
                });
            }
        }
    }
}

/// Puts a group's places where their rows are.
#[inline(always)]
fn put(places: &GroupPlaces, rows: &[u32; GROUP], positions: &mut [Vec3]) {
    for (octet, rows) in rows.as_chunks::<OCTET>().0.iter().enumerate() {
        let (x, y, z) = (&places[octet], &places[GROUP_OCTETS + octet], &places[2 * GROUP_OCTETS + octet]);
        for (lane, &row) in rows.iter().enumerate() {
            // A place without a row is beyond the last position.
            if let Some(position) = positions.get_mut(row as usize) {
                *position = Vec3::new(x.0[lane], y.0[lane], z.0[lane]);
            }
        }
    }
}
