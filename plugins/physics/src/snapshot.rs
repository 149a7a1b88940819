//! Snapshots of a rigid world: the whole state of the engine, bit for bit, in one checked byte string.

use rapier3d::prelude::PhysicsWorld as Engine;
use sha2::{Digest, Sha256};

use crate::error::PhysicsError;
use crate::events::Record;
use crate::person::PeopleState;
use crate::rounding::Lost;
use crate::simulation::RigidWorld;

/// First bytes of every snapshot; the last two are the version of the layout.
const MAGIC: &[u8; 8] = b"KINSNP04";
const HEADER_BYTES: usize = MAGIC.len() + 32;

impl RigidWorld {
    /// The complete state. Restored into a world of the same shot it continues with the same bits.
    ///
    /// Layout: magic, sha256 of the rest, substeps since frame 0 and length of the record of events (u64, little
    /// endian), that record with what people keep and what rounding took, and the engine's state in postcard encoding. Forces of liquids and wind follow from the
    /// place, so they need no state; joints that broke are those that the engine no longer has.
    /// Snapshots are for the build that made them, not for storage across versions.
    ///
    /// # Errors
    /// [`PhysicsError::Snapshot`] when the engine's state cannot be encoded.
    pub fn snapshot(&self) -> Result<Vec<u8>, PhysicsError> {
        let state = postcard::to_stdvec(&self.engine).map_err(|error| PhysicsError::Snapshot(error.to_string()))?;
        let record = postcard::to_stdvec(&(&self.record, &self.people.state, &self.lost))
            .map_err(|error| PhysicsError::Snapshot(error.to_string()))?;
        let mut body = self.completed_substeps.to_le_bytes().to_vec();
        body.extend_from_slice(&(record.len() as u64).to_le_bytes());
        body.extend_from_slice(&record);
        body.extend_from_slice(&state);
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&Sha256::digest(&body));
        bytes.append(&mut body);
        Ok(bytes)
    }

    /// Replaces the state by a snapshot of a world of the same shot. On error the state is unchanged.
    ///
    /// # Errors
    /// [`PhysicsError::Snapshot`] when the bytes are damaged or come from a world with other bodies.
    pub fn restore(&mut self, snapshot: &[u8]) -> Result<(), PhysicsError> {
        let fail = |reason: &str| PhysicsError::Snapshot(reason.to_string());
        let (header, body) = snapshot.split_at_checked(HEADER_BYTES).ok_or_else(|| fail("the bytes are truncated"))?;
        // The digest also guards the decoder: the engine trusts the indices inside its own state.
        if header.strip_prefix(MAGIC) != Some(Sha256::digest(body).as_slice()) {
            return Err(fail("the bytes are damaged or from another version"));
        }
        let (substeps, state) = body.split_first_chunk::<8>().ok_or_else(|| fail("the bytes are truncated"))?;
        let (record_len, rest) = state.split_first_chunk::<8>().ok_or_else(|| fail("the bytes are truncated"))?;
        let record_len = usize::try_from(u64::from_le_bytes(*record_len)).unwrap_or(usize::MAX);
        let (record, state) = rest.split_at_checked(record_len).ok_or_else(|| fail("the bytes are truncated"))?;
        let (record, people, lost): (Record, PeopleState, Lost) =
            postcard::from_bytes(record).map_err(|error| fail(&error.to_string()))?;
        let engine: Engine = postcard::from_bytes(state).map_err(|error| fail(&error.to_string()))?;
        if engine.bodies.len() != self.engine.bodies.len() || engine.colliders.len() != self.engine.colliders.len() {
            return Err(fail("the bodies are those of another shot"));
        }
        self.engine = engine;
        self.record = record;
        self.people.state = people;
        self.lost = lost;
        self.completed_substeps = u64::from_le_bytes(*substeps);
        Ok(())
    }
}
