//! The stored form of a bake: a short header, then poses, little endian.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `KINRIGID` |
//! | 4 | version of this layout |
//! | 32 | digest of the key the bake answers to |
//! | 4 | bodies |
//! | 4 | frames, counted from frame 0 |
//! | 28 × bodies × frames | position x y z, quaternion x y z w, frame by frame |
//! | 32 | sha256 of everything before |

use sha2::{Digest, Sha256};

use crate::simulation::BodyPose;

/// Version of the layout; part of the key, so that an old file is never met.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"KINRIGID";
const HEADER_BYTES: usize = 8 + 4 + 32 + 4 + 4;
const POSE_BYTES: usize = 7 * 4;
const DIGEST_BYTES: usize = 32;

/// Writes `poses`, frame by frame with `bodies` poses each.
pub fn encode(key: &str, bodies: u32, poses: &[BodyPose]) -> Vec<u8> {
    let frames = poses.len().checked_div(bodies as usize).unwrap_or(0);
    let mut bytes = Vec::with_capacity(HEADER_BYTES + poses.len() * POSE_BYTES + DIGEST_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&Sha256::digest(key));
    bytes.extend_from_slice(&bodies.to_le_bytes());
    bytes.extend_from_slice(&(frames as u32).to_le_bytes());
    for pose in poses {
        for number in pose.position_m.iter().chain(&pose.rotation_xyzw) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// Reads what [`encode`] wrote for the same key and number of bodies. `None` when anything at all is
/// unexpected: the caller simulates again.
pub fn decode(key: &str, bodies: u32, bytes: &[u8]) -> Option<Vec<BodyPose>> {
    let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_BYTES)?)?;
    let (header, payload) = content.split_at_checked(HEADER_BYTES)?;
    let header = header.strip_prefix(MAGIC)?;
    let header = header.strip_prefix(&FORMAT_VERSION.to_le_bytes())?;
    let header = header.strip_prefix(Sha256::digest(key).as_slice())?;
    let header = header.strip_prefix(&bodies.to_le_bytes())?;
    let frames = u32::from_le_bytes(header.try_into().ok()?);
    let expected = u64::from(bodies) * u64::from(frames) * POSE_BYTES as u64;
    if payload.len() as u64 != expected || Sha256::digest(content).as_slice() != digest {
        return None;
    }
    let numbers: Vec<f32> = payload
        .chunks_exact(4)
        .filter_map(|chunk| Some(f32::from_le_bytes(chunk.try_into().ok()?)))
        .filter(|number| number.is_finite())
        .collect();
    let poses: Vec<BodyPose> = numbers
        .chunks_exact(7)
        .filter_map(|pose| {
            let (position, rotation) = pose.split_first_chunk::<3>()?;
            Some(BodyPose { position_m: *position, rotation_xyzw: rotation.try_into().ok()? })
        })
        .collect();
    (poses.len() as u64 * POSE_BYTES as u64 == expected).then_some(poses)
}
