//! The direction of dependencies (ARCHITECTURE.md, section 1), read from cargo's own metadata.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Package, PackageId};

use crate::support::workspace::{assert_none, metadata, root, source_files};

/// What a crate of the workspace is, by the folder that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Core,
    Gpu,
    Neural,
    Export,
    Shaders,
    /// `engine/deps`: no code, one feature set for every dependency.
    Deps,
    Plugin,
    Facade,
    Xtask,
    Tool,
}

fn room_of(folder: &str) -> Option<Room> {
    Some(match folder {
        "" => Room::Facade,
        "engine/core" => Room::Core,
        "engine/gpu" => Room::Gpu,
        "engine/neural" => Room::Neural,
        "engine/export" => Room::Export,
        "engine/deps" => Room::Deps,
        "shaders" => Room::Shaders,
        "tools/xtask" => Room::Xtask,
        _ if folder.starts_with("plugins/") => Room::Plugin,
        _ if folder.starts_with("tools/") => Room::Tool,
        _ => return None,
    })
}

/// The rule of the house: may a crate in room `from` depend on one in room `to`?
fn may_use(from: Room, to: Room) -> bool {
    match from {
        Room::Deps | Room::Xtask => false,
        Room::Core | Room::Shaders => to == Room::Deps,
        Room::Gpu => matches!(to, Room::Core | Room::Shaders | Room::Deps),
        Room::Neural => matches!(to, Room::Core | Room::Gpu | Room::Shaders | Room::Deps),
        Room::Export => matches!(to, Room::Core | Room::Deps),
        // Two plugins that must share data share a component, which lives in core.
        Room::Plugin => matches!(to, Room::Core | Room::Gpu | Room::Neural | Room::Export | Room::Shaders | Room::Deps),
        Room::Facade => !matches!(to, Room::Tool | Room::Xtask | Room::Facade),
        Room::Tool => to != Room::Xtask,
    }
}

fn folder_of(package: &Package) -> String {
    let folder = package.manifest_path.parent().expect("the folder of a Cargo.toml");
    folder.strip_prefix(root()).expect("workspace members lie below the root").to_string()
}

fn members() -> BTreeMap<String, (Room, &'static Package)> {
    let room =
        |package: &Package| room_of(&folder_of(package)).unwrap_or_else(|| panic!("{} lies in no room", package.name));
    metadata()
        .workspace_packages()
        .into_iter()
        .map(|package| (package.name.to_string(), (room(package), package)))
        .collect()
}

#[test]
fn dependencies_point_inwards() {
    let members = members();
    let mut problems = Vec::new();
    for (name, (from, package)) in &members {
        for dependency in &package.dependencies {
            if let Some((to, _)) = members.get(&dependency.name)
                && !may_use(*from, *to)
            {
                problems.push(format!("{name} ({from:?}) may not depend on {} ({to:?})", dependency.name));
            }
        }
    }
    assert_none("dependencies against the layers", &problems);
}

#[test]
fn the_rule_knows_what_the_design_forbids() {
    let forbidden = [
        (Room::Plugin, Room::Plugin),
        (Room::Plugin, Room::Facade),
        (Room::Core, Room::Gpu),
        (Room::Gpu, Room::Neural),
        (Room::Export, Room::Gpu),
        (Room::Shaders, Room::Core),
        (Room::Facade, Room::Tool),
        (Room::Gpu, Room::Plugin),
        (Room::Xtask, Room::Core),
    ];
    for (from, to) in forbidden {
        assert!(!may_use(from, to), "{from:?} -> {to:?}");
    }
    assert!(may_use(Room::Plugin, Room::Gpu) && may_use(Room::Facade, Room::Plugin) && may_use(Room::Tool, Room::Tool));
}

#[test]
fn a_plugin_is_named_after_its_folder_and_the_facade_has_it() {
    let members = members();
    let (_, facade) = members["kinema"];
    let mut problems = Vec::new();
    for (name, (room, package)) in &members {
        if *room != Room::Plugin {
            continue;
        }
        let folder = folder_of(package);
        if folder != name.replacen("kinema_", "plugins/", 1) {
            problems.push(format!("{name} lies in {folder}"));
        }
        if !facade.dependencies.iter().any(|dependency| dependency.name == *name) {
            problems.push(format!("{name} is not a dependency of the root package"));
        }
    }
    assert_none("plugins", &problems);
}

/// Everything that `start` brings along at run time, `engine/deps` left out: it names features, not needs.
fn brought_along(start: &str) -> BTreeSet<String> {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("a resolved graph");
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let (_, package) = members()[start];
    let (mut found, mut pending) = (BTreeSet::new(), vec![&package.id]);
    while let Some(id) = pending.pop() {
        if names[id] == "kinema_deps" || !found.insert(names[id].to_owned()) {
            continue;
        }
        let normal =
            nodes[id].deps.iter().filter(|d| d.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal));
        pending.extend(normal.map(|dependency| &dependency.pkg));
    }
    found
}

#[test]
fn core_and_export_need_no_gpu() {
    for crate_name in ["kinema_core", "kinema_export"] {
        let found = brought_along(crate_name);
        assert!(found.contains("serde"), "the graph of {crate_name} was read");
        // wgpu-types holds no GPU code: bevy_reflect brings it as soon as any crate of the build wants it reflected.
        let gpu = |name: &&String| {
            matches!(name.as_str(), "bevy" | "bevy_render" | "naga" | "wgpu" | "wgpu-core" | "wgpu-hal")
        };
        let problems: Vec<String> =
            found.iter().filter(gpu).map(|name| format!("{crate_name} brings along {name}")).collect();
        assert_none("crates without a GPU", &problems);
    }
}

#[test]
fn shaders_need_only_what_registering_needs() {
    let (_, shaders) = members()["kinema_shaders"];
    let allowed = ["bevy_app", "bevy_asset", "bevy_shader", "kinema_deps", "tracing"];
    let others = shaders.dependencies.iter().filter(|dependency| !allowed.contains(&dependency.name.as_str()));
    assert_none(
        "dependencies of kinema_shaders",
        &others.map(|dependency| dependency.name.clone()).collect::<Vec<_>>(),
    );
}

#[test]
fn xtask_builds_in_seconds() {
    let (_, xtask) = members()["xtask"];
    let allowed = ["flate2", "serde", "sha2", "tempfile", "toml"];
    let others = xtask.dependencies.iter().filter(|dependency| !allowed.contains(&dependency.name.as_str()));
    assert_none("heavy dependencies of xtask", &others.map(|dependency| dependency.name.clone()).collect::<Vec<_>>());
}

#[test]
fn foundations_are_released_versions() {
    let others = metadata()
        .packages
        .iter()
        .filter(|package| package.source.as_ref().is_some_and(|source| !source.repr.starts_with("registry+")));
    assert_none(
        "crates that are not from the registry",
        &others.map(|package| package.name.to_string()).collect::<Vec<_>>(),
    );
}

#[test]
fn examples_and_tests_use_the_facade() {
    let mut problems = Vec::new();
    for file in source_files(&["examples", "tests"], &["rs"]) {
        for (number, line) in file.text.lines().enumerate() {
            if names_an_inner_crate(line) {
                problems.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    assert_none("paths into inner crates; go through the facade, `kinema::core` and so on", &problems);
}

/// Whether code of this line has a path like `kinema_core::` in it.
fn names_an_inner_crate(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices("kinema_").any(|(at, _)| {
        let word_end =
            code[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(code.len(), |end| at + end);
        code[word_end..].starts_with("::")
    })
}

#[test]
fn a_path_into_an_inner_crate_is_noticed() {
    let crate_path = ["use kinema_", "core::Shot;"].concat();
    assert!(names_an_inner_crate(&crate_path));
    assert!(!names_an_inner_crate("use kinema::core::Shot; // like kinema_x"));
    assert!(!names_an_inner_crate("let name = \"kinema_core\";"));
}
