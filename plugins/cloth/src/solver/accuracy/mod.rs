//! Cases with known answers, run by the tests (coarse) and by `src/bin/accuracy.rs` (three resolutions each).

pub mod cases;
pub mod truth;
