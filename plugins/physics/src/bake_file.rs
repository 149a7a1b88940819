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
//! | 4 | events |
//! | 17 × events | substep (8), kind (1: entered, 2: left, 3: joint broke), its parts in the document (4 + 4) |
//! | 32 | sha256 of everything before |

use sha2::{Digest, Sha256};

use crate::events::{PhysicsEvent, TimedEvent};
use crate::simulation::BodyPose;

/// Version of the layout; part of the key, so that an old file is never met.
pub const FORMAT_VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"KINRIGID";
const HEADER_BYTES: usize = 8 + 4 + 32 + 4 + 4;
const POSE_BYTES: usize = 7 * 4;
const EVENT_BYTES: usize = 8 + 1 + 4 + 4;
const DIGEST_BYTES: usize = 32;

/// What a bake holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// Frames, counted from frame 0.
    pub frames: u32,
    /// Frame by frame, one pose per body.
    pub poses: Vec<BodyPose>,
    /// In the order of time.
    pub events: Vec<TimedEvent>,
}

/// Writes `stored`, with `bodies` poses a frame.
pub fn encode(key: &str, bodies: u32, stored: &Stored) -> Vec<u8> {
    let payload = stored.poses.len() * POSE_BYTES + 4 + stored.events.len() * EVENT_BYTES;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + payload + DIGEST_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    bytes.extend_from_slice(&Sha256::digest(key));
    bytes.extend_from_slice(&bodies.to_le_bytes());
    bytes.extend_from_slice(&stored.frames.to_le_bytes());
    for pose in &stored.poses {
        for number in pose.position_m.iter().chain(&pose.rotation_xyzw) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    bytes.extend_from_slice(&(stored.events.len() as u32).to_le_bytes());
    for TimedEvent { substep, event } in &stored.events {
        let (kind, first, second) = match *event {
            PhysicsEvent::Entered { sensor, body } => (1_u8, sensor, body),
            PhysicsEvent::Left { sensor, body } => (2, sensor, body),
            PhysicsEvent::Broke { joint } => (3, joint, 0),
        };
        bytes.extend_from_slice(&substep.to_le_bytes());
        bytes.push(kind);
        bytes.extend_from_slice(&first.to_le_bytes());
        bytes.extend_from_slice(&second.to_le_bytes());
    }
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// Reads what [`encode`] wrote for the same key and number of bodies. `None` when anything at all is
/// unexpected: the caller simulates again.
pub fn decode(key: &str, bodies: u32, bytes: &[u8]) -> Option<Stored> {
    let (content, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST_BYTES)?)?;
    if Sha256::digest(content).as_slice() != digest {
        return None;
    }
    let (header, payload) = content.split_at_checked(HEADER_BYTES)?;
    let header = header.strip_prefix(MAGIC)?;
    let header = header.strip_prefix(&FORMAT_VERSION.to_le_bytes())?;
    let header = header.strip_prefix(Sha256::digest(key).as_slice())?;
    let header = header.strip_prefix(&bodies.to_le_bytes())?;
    let frames = u32::from_le_bytes(header.try_into().ok()?);
    let pose_bytes = u64::from(bodies) * u64::from(frames) * POSE_BYTES as u64;
    let (poses, events) = payload.split_at_checked(usize::try_from(pose_bytes).ok()?)?;
    let poses = poses.chunks_exact(POSE_BYTES).map(read_pose).collect::<Option<_>>()?;
    let (count, events) = events.split_first_chunk::<4>()?;
    if events.len() as u64 != u64::from(u32::from_le_bytes(*count)) * EVENT_BYTES as u64 {
        return None;
    }
    let events = events.chunks_exact(EVENT_BYTES).map(read_event).collect::<Option<_>>()?;
    Some(Stored { frames, poses, events })
}

fn read_pose(bytes: &[u8]) -> Option<BodyPose> {
    let mut numbers = [0.0; 7];
    for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
        *number = f32::from_le_bytes(bytes.try_into().ok()?);
    }
    let (position, rotation) = numbers.split_first_chunk::<3>()?;
    let pose = BodyPose { position_m: *position, rotation_xyzw: rotation.try_into().ok()? };
    numbers.iter().all(|number| number.is_finite()).then_some(pose)
}

fn read_event(bytes: &[u8]) -> Option<TimedEvent> {
    let (substep, rest) = bytes.split_first_chunk::<8>()?;
    let (kind, rest) = rest.split_first()?;
    let (first, rest) = rest.split_first_chunk::<4>()?;
    let first = u32::from_le_bytes(*first);
    let second = u32::from_le_bytes(rest.try_into().ok()?);
    let event = match kind {
        1 => PhysicsEvent::Entered { sensor: first, body: second },
        2 => PhysicsEvent::Left { sensor: first, body: second },
        3 => PhysicsEvent::Broke { joint: first },
        _ => return None,
    };
    Some(TimedEvent { substep: u64::from_le_bytes(*substep), event })
}
