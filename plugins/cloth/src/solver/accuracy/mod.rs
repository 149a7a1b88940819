//! Cases with known answers, run by the tests (coarse) and by `kinema bench cloth` (three resolutions each).

pub mod cases;
pub mod drape;
pub mod friction;
pub mod trampoline;
pub mod truth;
