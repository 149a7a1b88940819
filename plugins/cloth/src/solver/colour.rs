//! Colouring: constraints of one colour share no particle, so they may be solved side by side in any order with equal bits.

/// Constraint indices grouped by colour: `order[starts[c]..starts[c + 1]]` are those of colour `c`, ascending, so that neighbours in
/// the author's mesh stay neighbours in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colouring {
    /// Permutation of the constraints.
    pub order: Vec<u32>,
    /// First place of each colour, and the end.
    pub starts: Vec<usize>,
}

impl Colouring {
    /// Number of colours.
    pub fn colours(&self) -> usize {
        self.starts.len() - 1
    }

    /// The constraints of a colour.
    pub fn colour(&self, colour: usize) -> &[u32] {
        &self.order[self.starts[colour]..self.starts[colour + 1]]
    }
}

/// Greedy colouring (Welsh & Powell 1967): constraints with most neighbours first, ties by index, each gets the lowest colour that is free on all
/// its particles. `particles_of(c)` lists the particles constraint `c` writes.
pub fn colour<'a>(constraints: usize, particles: usize, particles_of: impl Fn(usize) -> &'a [u32]) -> Colouring {
    let mut incident = vec![0u32; particles];
    for c in 0..constraints {
        for p in particles_of(c) {
            incident[*p as usize] += 1;
        }
    }
    let degree = |c: usize| particles_of(c).iter().map(|p| incident[*p as usize]).sum::<u32>();
    let mut by_degree: Vec<u32> = (0..constraints as u32).collect();
    by_degree.sort_by_key(|c| (std::cmp::Reverse(degree(*c as usize)), *c));

    let mut used: Vec<Vec<u64>> = vec![Vec::new(); particles];
    let mut colour_of = vec![0usize; constraints];
    let mut colours = 0;
    for c in by_degree {
        let mine = particles_of(c as usize);
        let is_free = |colour: usize| {
            mine.iter().all(|p| used[*p as usize].get(colour / 64).is_none_or(|bits| bits >> (colour % 64) & 1 == 0))
        };
        let colour = (0..).find(|colour| is_free(*colour)).unwrap_or(0);
        for p in mine {
            let words = &mut used[*p as usize];
            words.resize(words.len().max(colour / 64 + 1), 0);
            words[colour / 64] |= 1 << (colour % 64);
        }
        colour_of[c as usize] = colour;
        colours = colours.max(colour + 1);
    }

    let mut order: Vec<u32> = (0..constraints as u32).collect();
    order.sort_by_key(|c| (colour_of[*c as usize], *c));
    let mut starts = vec![0; colours + 1];
    for colour in &colour_of {
        starts[colour + 1] += 1;
    }
    for c in 0..colours {
        starts[c + 1] += starts[c];
    }
    Colouring { order, starts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_two_of_a_colour_share_a_particle(edges in prop::collection::vec((0u32..30, 0u32..30, 0u32..30), 0..80)) {
            let sets: Vec<[u32; 3]> = edges.iter().map(|e| [e.0, e.1, e.2]).collect();
            let colouring = colour(sets.len(), 30, |c| &sets[c]);
            let mut all = colouring.order.clone();
            all.sort_unstable();
            prop_assert_eq!(all, (0..sets.len() as u32).collect::<Vec<_>>());
            for c in 0..colouring.colours() {
                let mut owner = [None; 30];
                for constraint in colouring.colour(c) {
                    for p in sets[*constraint as usize] {
                        prop_assert!(owner[p as usize].is_none_or(|o| o == *constraint));
                        owner[p as usize] = Some(*constraint);
                    }
                }
            }
        }
    }

    #[test]
    fn a_fan_of_many_triangles_needs_as_many_colours() {
        let sets: Vec<[u32; 3]> = (0..150).map(|k| [0, 1 + k, 2 + k]).collect();
        assert_eq!(colour(150, 152, |c| &sets[c]).colours(), 150);
    }
}
