//! Draped garments in the store of bakes: numbers one after the other, little endian.

use bevy::math::DVec3;
use kinema_core::BakeStore;

use super::drape::{Draped, Hold};
use crate::solver::mesh::ClothMesh;

/// Version of the stored form, and of how garments are sewn: raise it when they come out differently.
pub(crate) const FORMAT_VERSION: u32 = 3;

/// What is stored under a key, if it is whole.
pub(crate) fn read(store: &BakeStore, key: &str) -> Option<Draped> {
    match store.get(key) {
        Ok(bytes) => decode(&bytes?),
        Err(error) => {
            tracing::warn!("the stored garment {key} cannot be read and is sewn again: {error}");
            None
        }
    }
}

/// Stores a garment; a full disk costs the next run its time and nothing else.
pub(crate) fn write(store: &BakeStore, key: &str, draped: &Draped) {
    if let Err(error) = store.put(key, &encode(draped)) {
        tracing::warn!("the garment cannot be stored: {error}");
    }
}

fn encode(draped: &Draped) -> Vec<u8> {
    let mesh = &draped.mesh;
    let mut bytes = Vec::new();
    for count in [mesh.positions_m.len(), mesh.triangles.len(), draped.holds.len(), draped.dents_m.len()] {
        bytes.extend((count as u64).to_le_bytes());
    }
    let mut put = |number: f64| bytes.extend(number.to_le_bytes());
    mesh.positions_m.iter().flatten().for_each(|x| put(*x));
    draped.velocities_m_s.iter().flatten().for_each(|x| put(f64::from(*x)));
    mesh.triangles.iter().flatten().for_each(|x| put(f64::from(*x)));
    mesh.corner_uv_m.iter().flatten().flatten().for_each(|x| put(*x));
    for hold in &draped.holds {
        put(f64::from(hold.particle));
        hold.corners.iter().for_each(|x| put(f64::from(*x)));
        hold.weights.iter().chain(&hold.offset_m.to_array()).for_each(|x| put(*x));
    }
    for (vertex, depth_m) in &draped.dents_m {
        put(f64::from(*vertex));
        put(*depth_m);
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<Draped> {
    let words = bytes.as_chunks::<8>().0;
    let [particles, triangles, holds, dents] = words.first_chunk::<4>()?.map(|word| u64::from_le_bytes(word) as usize);
    let numbers: Vec<f64> = words.get(4..)?.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let sizes = [(particles, 6), (triangles, 9), (holds, 10), (dents, 2)];
    let whole = sizes.iter().try_fold(0_usize, |sum, (count, size)| sum.checked_add(count.checked_mul(*size)?))?;
    if numbers.len() != whole || !numbers.iter().all(|number| number.is_finite()) {
        return None;
    }
    let (places, rest) = numbers.split_at(particles * 3);
    let (velocities, rest) = rest.split_at(particles * 3);
    let (corners, rest) = rest.split_at(triangles * 3);
    let (uv, rest) = rest.split_at(triangles * 6);
    let (held, dented) = rest.split_at(holds * 10);
    let corner_uv_m = uv.as_chunks::<6>().0.iter().map(|[a, b, c, d, e, f]| [[*a, *b], [*c, *d], [*e, *f]]).collect();
    let hold = |n: &[f64; 10]| Hold {
        particle: n[0] as u32,
        corners: [n[1], n[2], n[3]].map(|x| x as u32),
        weights: [n[4], n[5], n[6]],
        offset_m: DVec3::new(n[7], n[8], n[9]),
    };
    Some(Draped {
        mesh: ClothMesh {
            triangles: corners.as_chunks::<3>().0.iter().map(|corners| corners.map(|x| x as u32)).collect(),
            corner_uv_m,
            positions_m: places.as_chunks::<3>().0.to_vec(),
        },
        holds: held.as_chunks::<10>().0.iter().map(hold).collect(),
        velocities_m_s: velocities.as_chunks::<3>().0.iter().map(|v| v.map(|x| x as f32)).collect(),
        dents_m: dented.as_chunks::<2>().0.iter().map(|[vertex, depth_m]| (*vertex as u32, *depth_m)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_garment_comes_back_bit_by_bit_and_a_damaged_one_does_not() {
        let hold =
            Hold { particle: 2, corners: [5, 6, 7], weights: [0.2, 0.3, 0.5], offset_m: DVec3::new(0.1, 0.0, 0.3) };
        let draped = Draped {
            mesh: ClothMesh {
                triangles: vec![[0, 1, 2]],
                corner_uv_m: vec![[[0.0, 0.0], [0.1, 0.3], [1.0 / 3.0, 2.0]]],
                positions_m: vec![[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
            },
            holds: vec![hold],
            velocities_m_s: vec![[0.1, 0.2, 0.3]; 3],
            dents_m: vec![(7, 0.003), (9, 0.0015)],
        };
        let bytes = encode(&draped);
        let back = decode(&bytes).unwrap();
        assert_eq!((back.mesh, back.holds), (draped.mesh, draped.holds));
        assert_eq!((back.velocities_m_s, back.dents_m), (draped.velocities_m_s, draped.dents_m));
        assert!(decode(&bytes[..bytes.len() - 8]).is_none());
        assert!(decode(&[0; 7]).is_none());
    }
}
