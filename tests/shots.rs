//! The shots that ship, and what every kind of part promises.

use std::path::{Path, PathBuf};

use kinema::core::{check_document, document_kind, load_shot, shot_schema, unenforced_schema_keywords};
use kinema::humanoid::Human;
use kinema::part_registry;

fn shipped(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    // Pictures that shots show lie in folders beside them.
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "ron")).collect()
}

#[test]
fn every_shipped_shot_and_person_loads_without_a_warning() {
    let registry = part_registry();
    let (mut shots, mut people) = (0, 0_usize);
    for file in [shipped("assets/shots"), shipped("assets/humans")].concat() {
        let warnings = if let Some(kind) = document_kind(&file, &registry) {
            people += usize::from(kind == "human");
            check_document(&file, &registry).unwrap_or_else(|errors| panic!("{errors}"))
        } else {
            shots += 1;
            load_shot(&file, &registry).unwrap_or_else(|errors| panic!("{errors}")).warnings
        };
        assert!(warnings.is_empty(), "{}: {warnings:?}", file.display());
    }
    assert!(shots > 2 && people == 12, "{shots} shots and {people} people");
}

#[test]
fn the_sheet_of_presets_shows_each_of_them_once() {
    let sheet = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/humans/sheet.shot.ron");
    let shot = load_shot(&sheet, &part_registry()).unwrap_or_else(|errors| panic!("{errors}"));
    let people = shot.shot.parts.iter().filter_map(|part| part.part.get::<Human>()?.character.clone());
    let mut shown: Vec<String> = people.collect();
    shown.sort();
    let names = shipped("assets/humans").into_iter().filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
    let mut presets: Vec<String> = names.filter(|name| name.ends_with(".human.ron")).collect();
    presets.sort();
    assert_eq!(shown, presets);
    // Nine frames each, see tools/xtask/src/commands/pictures.rs.
    assert_eq!(shot.shot.timeline.frames as usize, 9 * presets.len());
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
    for kind in
        ["Camera", "Environment", "Sun", "AreaLight", "Ground", "Rigid", "Joint", "PhysicsWorld", "Human", "Plate"]
    {
        assert!(kinds.iter().any(|known| known == kind), "{kind} is not among {kinds:?}");
    }
}
