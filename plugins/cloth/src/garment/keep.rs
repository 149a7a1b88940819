//! Draped garments in the store of bakes: numbers one after the other, little endian.

use bevy::math::DVec3;
use kinema_core::BakeStore;

use super::sew::{Draped, Hold};
use crate::solver::mesh::ClothMesh;

/// Version of the stored form, and of how garments are sewn: raise it when they come out differently.
pub(crate) const FORMAT_VERSION: u32 = 1;

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
    for count in [mesh.positions_m.len(), mesh.triangles.len(), draped.holds.len()] {
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
    bytes
}

fn decode(bytes: &[u8]) -> Option<Draped> {
    let words = bytes.as_chunks::<8>().0;
    let [particles, triangles, holds] = words.first_chunk::<3>()?.map(|word| u64::from_le_bytes(word) as usize);
    let numbers: Vec<f64> = words.get(3..)?.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let whole =
        particles.checked_mul(6)?.checked_add(triangles.checked_mul(9)?)?.checked_add(holds.checked_mul(10)?)?;
    if numbers.len() != whole || !numbers.iter().all(|number| number.is_finite()) {
        return None;
    }
    let (places, rest) = numbers.split_at(particles * 3);
    let (velocities, rest) = rest.split_at(particles * 3);
    let (corners, rest) = rest.split_at(triangles * 3);
    let (uv, held) = rest.split_at(triangles * 6);
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
        };
        let bytes = encode(&draped);
        let back = decode(&bytes).unwrap();
        assert_eq!((back.mesh, back.holds, back.velocities_m_s), (draped.mesh, draped.holds, draped.velocities_m_s));
        assert!(decode(&bytes[..bytes.len() - 8]).is_none());
        assert!(decode(&[0; 7]).is_none());
    }
}
