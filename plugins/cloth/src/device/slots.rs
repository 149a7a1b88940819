//! Where the particles of all cloths of a group, and the vertices of bodies of triangles, stand in common buffers.
//!
//! One after the other: the particles of a cloth with its spare one, each cloth on an alignment that lets it be bound by itself; then the bodies. What stands
//! between two cloths is nothing.

use std::ops::Range;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    /// Slots of each cloth, without its spare particle.
    cloths: Vec<Range<usize>>,
    first_body: usize,
    bodies: usize,
}

impl Slots {
    /// For cloths of so many particles, each beginning at a multiple of `align` slots, and so many vertices of bodies.
    pub fn new(particles: impl IntoIterator<Item = usize>, bodies: usize, align: usize) -> Slots {
        let (mut cloths, mut next) = (Vec::new(), 0);
        for count in particles {
            cloths.push(next..next + count);
            next = (next + count + 1).next_multiple_of(align.max(1));
        }
        Slots { cloths, first_body: next, bodies }
    }

    /// For one cloth and bodies without anything in between.
    #[cfg(test)]
    pub fn dense(particles: usize, bodies: usize) -> Slots {
        Slots { cloths: std::iter::once(0..particles).collect(), first_body: particles, bodies }
    }

    /// Slots of each cloth, without its spare particle.
    pub fn cloths(&self) -> &[Range<usize>] {
        &self.cloths
    }

    /// The first slot of bodies: as many have velocities, offsets and rests.
    pub fn first_body(&self) -> u32 {
        self.first_body as u32
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        (self.first_body + self.bodies) as u32
    }

    /// The slots of the vertices of a contact mesh, in its order.
    pub fn of_mesh(&self) -> Vec<u32> {
        let bodies = self.first_body..self.first_body + self.bodies;
        self.cloths.iter().cloned().chain([bodies]).flatten().map(|slot| slot as u32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vertex_has_a_slot_of_its_own_and_cloths_begin_where_they_can_be_bound() {
        let slots = Slots::new([3, 16, 1], 2, 16);
        assert_eq!(slots.cloths(), [0..3, 16..32, 48..49]);
        assert_eq!((slots.first_body(), slots.len()), (64, 66));
        let mut of_mesh = slots.of_mesh();
        assert_eq!((of_mesh.len(), of_mesh[3], of_mesh[20]), (22, 16, 64));
        of_mesh.dedup();
        assert_eq!(of_mesh.len(), 22);
    }
}
