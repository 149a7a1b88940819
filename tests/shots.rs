//! The shots that ship, and what every kind of part promises.

use std::path::Path;

use kinema::core::{load_shot, shot_schema, unenforced_schema_keywords};
use kinema::part_registry;

#[test]
fn every_shipped_shot_loads_without_a_warning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/shots");
    let registry = part_registry();
    let mut loaded = 0;
    for entry in std::fs::read_dir(folder).expect("assets/shots exists").flatten() {
        let shot = load_shot(&entry.path(), &registry).unwrap_or_else(|errors| panic!("{errors}"));
        assert!(shot.warnings.is_empty(), "{:?}: {:?}", entry.path(), shot.warnings);
        loaded += 1;
    }
    assert!(loaded > 0);
}

#[test]
fn the_whole_schema_is_enforced() {
    let schema = shot_schema(&part_registry());
    let unenforced = unenforced_schema_keywords(&schema);
    assert!(unenforced.is_empty(), "{unenforced:?}");
}

#[test]
fn the_registry_knows_the_parts_of_every_plugin() {
    let registry = part_registry();
    let kinds: Vec<String> = registry.kinds().map(|kind| kind.to_string()).collect();
    for kind in ["Camera", "Environment", "Sun", "AreaLight", "Ground", "Rigid", "Joint", "PhysicsWorld", "Human"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} is not among {kinds:?}");
    }
}
