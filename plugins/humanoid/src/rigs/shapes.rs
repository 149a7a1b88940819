//! How the shapes of a body move the ends of its bones: linear, because an end is a mean of vertices.
//!
//! The helper vertices that carry the ends are no rows of the body, so the targets are read once more, for all rigs
//! together, and what they do to the bones is left in the cache.

use std::path::Path;

use bevy::math::DVec3;
use kinema_core::BakeStore;

use super::{
    RigKind,
    read::{self, BaseMesh},
};
use crate::{
    anny::{
        basis::PackFiles,
        catalogue::{MacroCatalogue, list_local_changes},
        target::{METRES_PER_UNIT, read_target},
    },
    body::{NEWBORN_SCALE, NEWBORN_SHAPES},
    error::HumanoidError,
};

/// Changes whenever what is stored or how it is made changes.
const FORMAT: &str = "rig-shapes-v1";

fn key(identity: &str, kind: RigKind) -> String {
    format!("{FORMAT}-{}-{identity}", kind.name())
}

/// `[shape][point][3]` of a rig, metres for each unit of a shape.
pub fn load(kind: RigKind, mesh: &BaseMesh, pack: &Path, cache: &Path) -> Result<Vec<f32>, HumanoidError> {
    let identity = PackFiles(pack).identity()?;
    let store = BakeStore::new(cache.to_owned());
    if let Some(bytes) = store.get(&key(&identity, kind)).ok().flatten()
        && bytes.len().is_multiple_of(size_of::<f32>())
    {
        return Ok(bytemuck::pod_collect_to_vec(&bytes));
    }
    let mut found = Vec::new();
    for (made, shapes) in RigKind::ALL.into_iter().zip(make(mesh, pack)?) {
        if let Err(error) = store.put(&key(&identity, made), bytemuck::cast_slice(&shapes)) {
            let folder = cache.display();
            tracing::warn!(
                "the bones of rig {} could not be left in {folder} ({error}); they are made again next time",
                made.name()
            );
        }
        if made == kind {
            found = shapes;
        }
    }
    Ok(found)
}

/// For every rig what the shapes do to its points.
fn make(mesh: &BaseMesh, pack: &Path) -> Result<Vec<Vec<f32>>, HumanoidError> {
    let folder = pack.join("data/mpfb2/rigs/standard");
    let mut points = Vec::new();
    for kind in RigKind::ALL {
        points.push(read::bones(&folder.join(format!("rig.{}.json", kind.name())), mesh)?.points);
    }
    let targets = pack.join("data/mpfb2/targets");
    let catalogue = MacroCatalogue::list(&targets);
    let vertex_count = mesh.positions.len();
    let mut moved = vec![[0_i16; 3]; vertex_count];
    // Per rig the means of a target over the vertices of each point.
    let mut means = |file: &Path| -> Result<Vec<Vec<DVec3>>, HumanoidError> {
        let target = read_target(file, vertex_count)?;
        moved.fill([0; 3]);
        for (&vertex, &offset) in target.vertices.iter().zip(&target.offsets) {
            if let Some(slot) = moved.get_mut(usize::from(vertex)) {
                *slot = offset;
            }
        }
        let mean = |vertices: &Vec<u32>| {
            let offsets = vertices.iter().filter_map(|&vertex| moved.get(vertex as usize));
            let sum: DVec3 = offsets.map(|offset| DVec3::from_array(offset.map(f64::from))).sum();
            sum * f64::from(METRES_PER_UNIT) / vertices.len().max(1) as f64
        };
        Ok(points.iter().map(|points| points.iter().map(mean).collect()).collect())
    };
    let blocks: Vec<Vec<Vec<DVec3>>> = catalogue.files.iter().map(|file| means(file)).collect::<Result<_, _>>()?;
    let mut locals = Vec::new();
    for change in list_local_changes(&targets)? {
        locals.push(means(&change.positive)?);
        locals.push(means(&change.negative)?);
    }
    let scale = NEWBORN_SCALE.as_dvec3();
    let of_rig = |(rig, points): (usize, &Vec<Vec<u32>>)| {
        let mut shapes = Vec::with_capacity((catalogue.shapes.len() + locals.len()) * points.len() * 3);
        for shape in &catalogue.shapes {
            let offsets = blocks.get(usize::from(shape.file)).and_then(|block| block.get(rig));
            for (&offset, vertices) in offsets.into_iter().flatten().zip(points) {
                let grown = (scale - DVec3::ONE) / f64::from(NEWBORN_SHAPES) * mesh.mean(vertices);
                let offset = if shape.newborn { scale * offset + grown } else { offset };
                shapes.extend(offset.to_array().map(|x| x as f32));
            }
        }
        for offset in locals.iter().filter_map(|local| local.get(rig)).flatten() {
            shapes.extend(offset.to_array().map(|x| x as f32));
        }
        shapes
    };
    Ok(points.iter().enumerate().map(of_rig).collect())
}
