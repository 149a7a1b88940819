//! The basis as one compact file in the user's cache, so that only the first start reads the thousand files of the
//! pack. The cache is a convenience: a file that is missing, of an older format or damaged is made again, and a cache
//! that cannot be written only costs time.

use std::path::Path;

use bevy::math::{DMat3, DVec3};
use kinema_core::BakeStore;

use super::{
    basis::{BodyBasis, MacroShape, SkeletonBasis, SparseShapes},
    catalogue::MAX_FACTORS,
    topology::{Region, Topology},
};

/// Changes whenever what is stored or how it is made changes.
const FORMAT: &str = "basis-v1";

fn key(identity: &str) -> String {
    format!("{FORMAT}-{identity}")
}

/// The basis made from the pack `identity`, if the cache has it intact.
pub fn get(cache: &Path, identity: &str) -> Option<BodyBasis> {
    let bytes = BakeStore::new(cache.to_owned()).get(&key(identity)).ok().flatten()?;
    decode(&bytes)
}

/// Leaves the basis in the cache.
pub fn put(cache: &Path, identity: &str, basis: &BodyBasis) {
    if let Err(error) = BakeStore::new(cache.to_owned()).put(&key(identity), &encode(basis)) {
        tracing::warn!(
            "the body basis could not be left in {} ({error}); the next start reads the pack again",
            cache.display()
        );
    }
}

/// The bytes of a basis: sections of a length and little-endian numbers.
pub fn encode(basis: &BodyBasis) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(basis.macro_blocks.len() * 2 + (16 << 20)));
    let topology = &basis.topology;
    out.numbers(&topology.base_index);
    out.numbers(&[topology.surface_count as u32]);
    out.numbers(topology.quads.as_flattened());
    out.numbers(topology.quad_uvs.as_flattened());
    out.numbers(&topology.regions.iter().map(|region| *region as u8).collect::<Vec<_>>());
    out.numbers(topology.uvs.as_flattened());
    out.numbers(basis.template.as_flattened());
    out.numbers(&basis.macro_shapes.iter().map(|shape| shape.block).collect::<Vec<_>>());
    out.numbers(&basis.macro_shapes.iter().flat_map(|shape| shape.factors).collect::<Vec<_>>());
    out.numbers(&basis.macro_shapes.iter().map(|shape| u8::from(shape.newborn)).collect::<Vec<_>>());
    out.numbers(&basis.macro_blocks);
    out.names(&basis.local_names);
    for shapes in [&basis.local_shapes, &basis.facial_shapes] {
        out.numbers(&shapes.start);
        out.numbers(&shapes.rows);
        out.numbers(shapes.offsets.as_flattened());
    }
    let skeleton = &basis.skeleton;
    out.names(&skeleton.names);
    out.numbers(&skeleton.parents);
    out.numbers(&skeleton.reference.iter().flat_map(DMat3::to_cols_array).collect::<Vec<_>>());
    out.numbers(&skeleton.template_heads.iter().flat_map(DVec3::to_array).collect::<Vec<_>>());
    out.numbers(&skeleton.template_orientations.iter().flat_map(DMat3::to_cols_array).collect::<Vec<_>>());
    out.numbers(&skeleton.shapes);
    out.numbers(&basis.weight_start);
    out.numbers(&basis.weight_bone);
    out.numbers(&basis.weight);
    out.0
}

/// What [`encode`] wrote; `None` for anything else.
pub fn decode(bytes: &[u8]) -> Option<BodyBasis> {
    let mut input = Reader(bytes);
    let topology = Topology {
        base_index: input.numbers()?,
        surface_count: *input.numbers::<u32>()?.first()? as usize,
        quads: chunks(&input.numbers()?)?,
        quad_uvs: chunks(&input.numbers()?)?,
        regions: input
            .numbers::<u8>()?
            .into_iter()
            .map(|region| Region::ALL.get(usize::from(region)).copied())
            .collect::<Option<_>>()?,
        uvs: chunks(&input.numbers()?)?,
    };
    let template = chunks(&input.numbers()?)?;
    let blocks: Vec<u16> = input.numbers()?;
    let factors: Vec<[u8; MAX_FACTORS]> = chunks(&input.numbers()?)?;
    let newborn: Vec<u8> = input.numbers()?;
    let macro_shapes = blocks
        .into_iter()
        .zip(factors)
        .zip(newborn)
        .map(|((block, factors), newborn)| MacroShape { block, factors, newborn: newborn != 0 })
        .collect();
    let macro_blocks = input.numbers()?;
    let local_names = input.names()?;
    let local_shapes = input.sparse()?;
    let facial_shapes = input.sparse()?;
    let skeleton = SkeletonBasis {
        names: input.names()?,
        parents: input.numbers()?,
        reference: input.matrices()?,
        template_heads: chunks::<f64, 3>(&input.numbers()?)?.into_iter().map(DVec3::from_array).collect(),
        template_orientations: input.matrices()?,
        shapes: input.numbers()?,
    };
    let basis = BodyBasis {
        topology,
        template,
        macro_shapes,
        macro_blocks,
        local_names,
        local_shapes,
        facial_shapes,
        skeleton,
        weight_start: input.numbers()?,
        weight_bone: input.numbers()?,
        weight: input.numbers()?,
    };
    (input.0.is_empty() && basis.is_consistent()).then_some(basis)
}

struct Writer(Vec<u8>);

impl Writer {
    fn numbers<T: bytemuck::NoUninit>(&mut self, values: &[T]) {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn names(&mut self, names: &[String]) {
        self.numbers(names.join("\n").as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn numbers<T: bytemuck::AnyBitPattern + bytemuck::NoUninit>(&mut self) -> Option<Vec<T>> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (section, rest) = (rest.get(..length)?, rest.get(length..)?);
        self.0 = rest;
        section.len().is_multiple_of(size_of::<T>()).then(|| bytemuck::pod_collect_to_vec(section))
    }

    fn names(&mut self) -> Option<Vec<String>> {
        let text = String::from_utf8(self.numbers()?).ok()?;
        Some(text.lines().map(str::to_owned).collect())
    }

    fn sparse(&mut self) -> Option<SparseShapes> {
        Some(SparseShapes { start: self.numbers()?, rows: self.numbers()?, offsets: chunks(&self.numbers()?)? })
    }

    fn matrices(&mut self) -> Option<Vec<DMat3>> {
        Some(chunks::<f64, 9>(&self.numbers()?)?.iter().map(DMat3::from_cols_array).collect())
    }
}

fn chunks<T: Copy, const N: usize>(values: &[T]) -> Option<Vec<[T; N]>> {
    let (whole, rest) = values.as_chunks::<N>();
    rest.is_empty().then(|| whole.to_vec())
}
