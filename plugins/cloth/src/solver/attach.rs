//! Lengths of long-range attachments: how far each particle may be from its nearest pin, along the cloth (Kim, Chentanez, Mueller 2012).

use crate::solver::error::ClothError;
use crate::solver::links::Attachment;
use crate::solver::mesh::ClothMesh;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// For each particle its nearest pin along mesh edges. The length along edges is never below the true geodesic one, so an attachment
/// never pulls on cloth that is not stretched.
pub(crate) fn attachments(mesh: &ClothMesh, pins: &[u32]) -> Result<Vec<Option<Attachment>>, ClothError> {
    let mut links: BTreeMap<u32, Vec<(u32, f64)>> = BTreeMap::new();
    for edge in mesh.edges()? {
        let [a, b] = edge.vertices;
        let triangle = edge.triangle as usize;
        let uv =
            |v: u32| mesh.corner_uv_m[triangle][mesh.triangles[triangle].iter().position(|w| *w == v).unwrap_or(0)];
        let length = (uv(a)[0] - uv(b)[0]).hypot(uv(a)[1] - uv(b)[1]);
        links.entry(a).or_default().push((b, length));
        links.entry(b).or_default().push((a, length));
    }
    let mut nearest: Vec<Option<(f64, u32)>> = vec![None; mesh.positions_m.len()];
    // Lengths in 2^-40 m, so that the heap has a total order.
    let key = |length: f64| (length * f64::from(1u32 << 20) * f64::from(1u32 << 20)) as u64;
    let mut heap: BinaryHeap<Reverse<(u64, u32, u32)>> = BinaryHeap::new();
    for pin in pins {
        nearest[*pin as usize] = Some((0.0, *pin));
        heap.push(Reverse((0, *pin, *pin)));
    }
    while let Some(Reverse((_, particle, pin))) = heap.pop() {
        let Some((length, owner)) = nearest[particle as usize] else { continue };
        if owner != pin {
            continue;
        }
        for (next, step) in &links[&particle] {
            let reach = length + step;
            if nearest[*next as usize].is_none_or(|(known, _)| reach < known) {
                nearest[*next as usize] = Some((reach, pin));
                heap.push(Reverse((key(reach), *next, pin)));
            }
        }
    }
    Ok(nearest
        .iter()
        .map(|n| n.filter(|n| n.0 > 0.0).map(|(length, pin)| Attachment { anchor: pin, length_m: length as f32 }))
        .collect())
}
