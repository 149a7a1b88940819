//! Results by content: same input, same model, same settings are computed once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{Executor, NeuralError, Tensor};

/// How often the cache had an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// Runs answered from memory.
    pub hits: u64,
    /// Runs computed.
    pub misses: u64,
}

/// An [`Executor`] that remembers its results, in memory, up to a number of bytes; the longest unused go first.
#[derive(Debug)]
pub struct CachedExecutor<E> {
    executor: E,
    max_bytes: usize,
    held_bytes: usize,
    /// Counts runs; orders the entries by their last use.
    turn: u64,
    entries: BTreeMap<[u8; 32], Entry>,
    counts: CacheCounts,
}

#[derive(Debug)]
struct Entry {
    outputs: Vec<Tensor>,
    last_turn: u64,
}

impl<E: Executor> CachedExecutor<E> {
    /// Remembers outputs of at most `max_bytes` together. With 0 nothing is remembered.
    pub fn new(executor: E, max_bytes: usize) -> Self {
        Self { executor, max_bytes, held_bytes: 0, turn: 0, entries: BTreeMap::new(), counts: CacheCounts::default() }
    }

    /// Hits and misses so far.
    pub fn counts(&self) -> CacheCounts {
        self.counts
    }

    /// Memory of the remembered outputs, bytes.
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    fn key(&self, inputs: &[Tensor]) -> [u8; 32] {
        let mut hash = Sha256::new();
        let length = |hash: &mut Sha256, length: usize| hash.update((length as u64).to_le_bytes());
        // Lengths go before contents, so that no two lists of tensors read alike.
        length(&mut hash, self.executor.identity().len());
        hash.update(self.executor.identity());
        length(&mut hash, inputs.len());
        let mut block = Vec::with_capacity(BLOCK_VALUES * 4);
        for tensor in inputs {
            length(&mut hash, tensor.shape().len());
            tensor.shape().iter().for_each(|size| length(&mut hash, *size));
            for values in tensor.data().chunks(BLOCK_VALUES) {
                block.clear();
                block.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                hash.update(&block);
            }
        }
        hash.finalize().into()
    }

    fn remember(&mut self, key: [u8; 32], outputs: &[Tensor]) {
        let bytes = byte_len(outputs);
        if bytes > self.max_bytes {
            return;
        }
        while self.held_bytes + bytes > self.max_bytes {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.last_turn).map(|(key, _)| *key) else {
                break;
            };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.held_bytes -= byte_len(&entry.outputs);
            }
        }
        self.held_bytes += bytes;
        self.entries.insert(key, Entry { outputs: outputs.to_vec(), last_turn: self.turn });
    }
}

/// Values that are hashed at once.
const BLOCK_VALUES: usize = 4096;

fn byte_len(tensors: &[Tensor]) -> usize {
    tensors.iter().map(Tensor::byte_len).sum()
}

impl<E: Executor> Executor for CachedExecutor<E> {
    fn identity(&self) -> &str {
        self.executor.identity()
    }

    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, NeuralError> {
        self.turn += 1;
        let key = self.key(inputs);
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.last_turn = self.turn;
            self.counts.hits += 1;
            return Ok(entry.outputs.clone());
        }
        let outputs = self.executor.run(inputs)?;
        self.counts.misses += 1;
        self.remember(key, &outputs);
        Ok(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds one to every value, and counts.
    struct AddOne {
        identity: String,
        runs: u32,
    }

    impl Executor for AddOne {
        fn identity(&self) -> &str {
            &self.identity
        }

        fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, NeuralError> {
            self.runs += 1;
            inputs.iter().map(|t| Tensor::new(t.shape().to_vec(), t.data().iter().map(|v| v + 1.0).collect())).collect()
        }
    }

    fn cached(max_bytes: usize) -> CachedExecutor<AddOne> {
        CachedExecutor::new(AddOne { identity: "a".to_owned(), runs: 0 }, max_bytes)
    }

    fn tensor(shape: &[usize], value: f32) -> Tensor {
        Tensor::new(shape.to_vec(), vec![value; shape.iter().product()]).expect("a tensor")
    }

    #[test]
    fn the_same_run_is_computed_once() {
        let mut executor = cached(1000);
        let input = [tensor(&[2, 3], 4.0)];
        let first = executor.run(&input).expect("a run");
        assert_eq!(first[0].data(), [5.0; 6]);
        assert_eq!(executor.run(&input).expect("a run"), first);
        assert_eq!((executor.executor.runs, executor.counts()), (1, CacheCounts { hits: 1, misses: 1 }));
    }

    #[test]
    fn value_shape_number_and_executor_all_count() {
        let mut executor = cached(10_000);
        let runs: [&[Tensor]; 6] = [
            &[tensor(&[2, 3], 4.0)],
            &[tensor(&[3, 2], 4.0)],
            &[tensor(&[2, 3], 4.000_001)],
            &[tensor(&[1], 0.0)],
            &[tensor(&[1], -0.0)],
            &[tensor(&[1], 0.0), tensor(&[1], 0.0)],
        ];
        for inputs in runs {
            executor.run(inputs).expect("a run");
        }
        executor.executor.identity = "b".to_owned();
        executor.run(runs[0]).expect("a run");
        assert_eq!(executor.counts(), CacheCounts { hits: 0, misses: 7 });
    }

    #[test]
    fn memory_is_bounded_and_the_longest_unused_goes_first() {
        let mut executor = cached(3 * 24);
        let run =
            |executor: &mut CachedExecutor<AddOne>, value: f32| executor.run(&[tensor(&[6], value)]).expect("a run");
        for value in [1.0, 2.0, 3.0, 1.0, 4.0] {
            run(&mut executor, value);
            assert!(executor.held_bytes() <= 72);
        }
        let hits = executor.counts().hits;
        run(&mut executor, 1.0);
        assert_eq!(executor.counts().hits, hits + 1, "1 was used lately and is kept");
        run(&mut executor, 2.0);
        assert_eq!(executor.counts().hits, hits + 1, "2 made place");
        executor.run(&[tensor(&[19], 0.0)]).expect("a run larger than the whole cache");
        assert_eq!(executor.held_bytes(), 72);
    }
}
