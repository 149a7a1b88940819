//! Rows of pictures on all cores. What a row becomes may not depend on who makes it, so results do not depend on cores.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

static MOST_THREADS: AtomicUsize = AtomicUsize::new(usize::MAX);

/// No more than so many threads from now on, in the whole process. Results do not depend on it, which a test shows.
pub fn limit_threads(most: usize) {
    MOST_THREADS.store(most.max(1), Ordering::Relaxed);
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS.load(Ordering::Relaxed))
}

/// Calls `make(y, row)` for every row of `data`, which has rows of `row_len` values, on as many threads as the machine
/// has cores. Rows are dealt out in turn, so that an expensive part of a picture is shared.
pub fn for_rows<T: Send>(data: &mut [T], row_len: usize, make: impl Fn(usize, &mut [T]) + Sync) {
    let rows = data.len() / row_len.max(1);
    let threads = threads().min(rows);
    if threads < 2 || data.len() < 1 << 12 {
        for (y, row) in data.chunks_mut(row_len.max(1)).enumerate() {
            make(y, row);
        }
        return;
    }
    let mut share: Vec<Vec<(usize, &mut [T])>> = (0..threads).map(|_| Vec::new()).collect();
    for (y, row) in data.chunks_mut(row_len).enumerate() {
        share[y % threads].push((y, row));
    }
    let make = &make;
    std::thread::scope(|scope| {
        for rows in share {
            scope.spawn(move || {
                for (y, row) in rows {
                    make(y, row);
                }
            });
        }
    });
}

/// Both at the same time.
pub fn both<A: Send, B: Send>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B + Send) -> (A, B) {
    if threads() < 2 {
        return (first(), second());
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(second);
        let first = first();
        (first, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// `make(i)` for every i below `count`, in order, worked out on all cores.
pub fn collect<T: Send + Copy + Default>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    const CHUNK: usize = 1024;
    let mut all = vec![T::default(); count];
    for_rows_uneven(&mut all, CHUNK, |first, chunk| {
        for (i, value) in chunk.iter_mut().enumerate() {
            *value = make(first + i);
        }
    });
    all
}

fn for_rows_uneven<T: Send>(data: &mut [T], chunk: usize, make: impl Fn(usize, &mut [T]) + Sync) {
    let threads = threads();
    if threads < 2 || data.len() <= chunk {
        make(0, data);
        return;
    }
    let mut share: Vec<Vec<(usize, &mut [T])>> = (0..threads).map(|_| Vec::new()).collect();
    for (i, part) in data.chunks_mut(chunk).enumerate() {
        share[i % threads].push((i * chunk, part));
    }
    let make = &make;
    std::thread::scope(|scope| {
        for parts in share {
            scope.spawn(move || {
                for (first, part) in parts {
                    make(first, part);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_and_every_item_is_made_once_and_in_its_place() {
        let mut data = vec![0usize; 70 * 100];
        for_rows(&mut data, 70, |y, row| row.iter_mut().for_each(|v| *v += y + 1));
        assert!(data.iter().enumerate().all(|(i, &v)| v == i / 70 + 1));
        let squares = collect(5000, |i| i * i);
        assert!(squares.iter().enumerate().all(|(i, &v)| v == i * i));
        assert!(collect(0, |i| i).is_empty());
        assert_eq!(both(|| 1, || "two"), (1, "two"));
    }
}
