//! Threads that walk through the phases of a step together. What each does is fixed by its number, so no result depends on their speed.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A barrier for threads that wait for microseconds: it spins, and yields when another process holds the core.
#[derive(Debug, Default)]
pub struct Barrier {
    arrived: AtomicUsize,
    generation: AtomicUsize,
}

/// One thread of a team.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    barrier: &'a Barrier,
    /// Its number.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl<'a> Member<'a> {
    /// A member of a team of `count`.
    pub fn new(barrier: &'a Barrier, index: usize, count: usize) -> Self {
        Member { barrier, index, count }
    }

    /// Waits for all others; what they wrote before is visible after.
    pub fn wait(&self) {
        if self.count == 1 {
            return;
        }
        let generation = self.barrier.generation.load(Ordering::Acquire);
        if self.barrier.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.count {
            self.barrier.arrived.store(0, Ordering::Relaxed);
            self.barrier.generation.store(generation.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut spins = 0u32;
        while self.barrier.generation.load(Ordering::Acquire) == generation {
            spins += 1;
            if spins < 2000 { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }

    /// This member's part of `0..length`.
    pub fn part(&self, length: usize) -> Range<usize> {
        length * self.index / self.count..length * (self.index + 1) / self.count
    }
}

/// Cuts a slice into one part for each member, as [`Member::part`] does.
pub fn parts<T>(mut slice: &mut [T], count: usize) -> Vec<&mut [T]> {
    let length = slice.len();
    (0..count)
        .map(|index| {
            let size = length * (index + 1) / count - length * index / count;
            let (head, tail) = std::mem::take(&mut slice).split_at_mut(size);
            slice = tail;
            head
        })
        .collect()
}
