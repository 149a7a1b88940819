//! Every WGSL file composes and validates with the limits of the portable tier, in every combination of its defines.
//! Files that import Bevy's shaders are composed with the sources of the Bevy that is linked.

use std::collections::BTreeMap;

use kinema::shaders::{ALL, WgslFile};
use naga::valid::Capabilities;
use naga_oil::compose::{
    ComposableModuleDescriptor, Composer, NagaModuleDescriptor, ShaderDefValue, ShaderLanguage, ShaderType,
    get_preprocessor_data,
};

use crate::support::workspace::{metadata, root};

/// Capabilities that software Vulkan and every GPU share. Bevy's lights have cube arrays of shadow maps.
fn portable() -> Capabilities {
    Capabilities::CUBE_ARRAY_TEXTURES
}

/// Import path and source of every library of Kinema and Bevy.
fn libraries() -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    let mut add = |path: String, source: String| {
        if let (Some(name), ..) = get_preprocessor_data(&source) {
            found.insert(name, (path, source));
        }
    };
    for file in ALL {
        add(file.path.to_owned(), file.source.to_owned());
    }
    for package in metadata().packages.iter().filter(|package| package.name.starts_with("bevy_")) {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder").join("src");
        let mut folders = vec![folder.into_std_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "wgsl") {
                    let source = std::fs::read_to_string(&path).expect("a registry source is readable");
                    add(path.display().to_string(), source);
                }
            }
        }
    }
    found
}

/// Adds what `source` imports, dependencies first.
fn add_imports(composer: &mut Composer, libraries: &BTreeMap<String, (String, String)>, source: &str) {
    let (_, imports, _) = get_preprocessor_data(source);
    for import in imports {
        // An import may name an item of a module: the module is the longest known prefix.
        let mut name = import.import.as_str();
        while !libraries.contains_key(name) {
            match name.rsplit_once("::") {
                Some((module, _)) => name = module,
                None => break,
            }
        }
        let Some((path, source)) = libraries.get(name) else { continue };
        if composer.contains_module(name) {
            continue;
        }
        add_imports(composer, libraries, source);
        let added = composer.add_composable_module(ComposableModuleDescriptor {
            source,
            file_path: path,
            language: ShaderLanguage::Wgsl,
            ..Default::default()
        });
        if let Err(error) = added {
            panic!("{path}: {}", error.emit_to_string(composer));
        }
    }
}

fn compose(file: &WgslFile, defines: &[&str], libraries: &BTreeMap<String, (String, String)>) -> naga::Module {
    let mut composer = Composer::non_validating();
    add_imports(&mut composer, libraries, file.source);
    let mut shader_defs: BTreeMap<String, ShaderDefValue> =
        defines.iter().map(|define| ((*define).to_owned(), ShaderDefValue::Bool(true))).collect();
    for define in always(file) {
        shader_defs.insert((*define).to_owned(), ShaderDefValue::Bool(true));
    }
    // Numbers that pipelines inject; Bevy into its own modules.
    for (name, value) in [
        ("MATERIAL_BIND_GROUP", 3),
        ("MAX_DIRECTIONAL_LIGHTS", 10),
        ("MAX_RECT_LIGHTS", 8),
        ("MAX_CASCADES_PER_LIGHT", 4),
        ("AVAILABLE_STORAGE_BUFFER_BINDINGS", 8),
        ("PER_OBJECT_BUFFER_BATCH_SIZE", 64),
        ("VISIBILITY_RANGE_UNIFORM_BUFFER_SIZE", 64),
        // Of the cloth's own pipelines.
        ("CLOTH_WORKGROUP", 64),
    ]
    .into_iter()
    .chain(kinema::parallax::device::defines(64))
    {
        shader_defs.insert(name.to_owned(), ShaderDefValue::UInt(value));
    }
    composer
        .make_naga_module(NagaModuleDescriptor {
            source: file.source,
            file_path: file.path,
            shader_type: ShaderType::Wgsl,
            shader_defs: shader_defs.into_iter().collect(),
            additional_imports: &[],
        })
        .unwrap_or_else(|error| panic!("{} with {defines:?}: {}", file.path, error.emit_to_string(&composer)))
}

/// The defines each entry file knows.
fn defines(file: &WgslFile) -> &'static [&'static str] {
    match file.path {
        "gpu/aov.vert.wgsl" => &["VERTEX_UVS", "VERTEX_COLORS", "VERTEX_PREVIOUS_POSITION", "VERTEX_FIBRE"],
        "gpu/aov.frag.wgsl" => &["VERTEX_FIBRE"],
        "gpu/deformed_prepass.vert.wgsl" => &[
            "VERTEX_UVS_A",
            "NORMAL_PREPASS_OR_DEFERRED_PREPASS",
            "VERTEX_NORMALS",
            "MOTION_VECTOR_PREPASS",
            "VERTEX_COLORS",
        ],
        "camera/temporal_aa.frag.wgsl" => &["TONEMAP"],
        "camera/motion_blur.frag.wgsl" => &["MULTISAMPLED", "SIXTEEN_BYTE_ALIGNMENT"],
        "humanoid/skin.frag.wgsl" | "humanoid/eye.frag.wgsl" => {
            &["STANDARD_MATERIAL_CLEARCOAT", "ENVIRONMENT_MAP", "AREA_LIGHT_LUTS"]
        }
        "humanoid/skin_irradiance.frag.wgsl" => &["ENVIRONMENT_MAP", "AREA_LIGHT_LUTS"],
        "humanoid/hair.frag.wgsl" => &["ENVIRONMENT_MAP", "TONEMAP_IN_SHADER"],
        "humanoid/hair_prepass.vert.wgsl" => &["MOTION_VECTOR_PREPASS", "UNCLIPPED_DEPTH_ORTHO_EMULATION"],
        "humanoid/hair_prepass.frag.wgsl" => {
            &["MOTION_VECTOR_PREPASS", "NORMAL_PREPASS", "UNCLIPPED_DEPTH_ORTHO_EMULATION"]
        }
        "cloth/fabric.frag.wgsl" => &["ENVIRONMENT_MAP", "TONEMAP_IN_SHADER"],
        "parallax/plate.frag.wgsl" => &["ENVIRONMENT_MAP", "TONEMAP_IN_SHADER", "PREMULTIPLY_ALPHA"],
        path if path.starts_with("cloth/") => &["EXACT"],
        _ => &[],
    }
}

/// The defines that Bevy's pipeline always sets for an entry file that knows them.
fn always(file: &WgslFile) -> &'static [&'static str] {
    match file.path {
        "humanoid/skin.frag.wgsl" | "humanoid/eye.frag.wgsl" => {
            &["VERTEX_OUTPUT_INSTANCE_INDEX", "VERTEX_POSITIONS", "VERTEX_NORMALS", "MESH_PIPELINE"]
        }
        "cloth/fabric.frag.wgsl" => &[
            "VERTEX_OUTPUT_INSTANCE_INDEX",
            "VERTEX_POSITIONS",
            "VERTEX_NORMALS",
            "VERTEX_UVS",
            "VERTEX_UVS_A",
            "VERTEX_TANGENTS",
            "MESH_PIPELINE",
        ],
        "parallax/plate.frag.wgsl" => &[
            // Says how, wherever `PREMULTIPLY_ALPHA` says that.
            "BLEND_PREMULTIPLIED_ALPHA",
            "VERTEX_OUTPUT_INSTANCE_INDEX",
            "VERTEX_POSITIONS",
            "VERTEX_NORMALS",
            "VERTEX_UVS",
            "VERTEX_UVS_A",
            "MESH_PIPELINE",
        ],
        _ => &[],
    }
}

fn is_entry(file: &WgslFile) -> bool {
    [".vert.wgsl", ".frag.wgsl", ".compute.wgsl"].iter().any(|end| file.path.ends_with(end))
}

#[test]
fn every_entry_point_validates_on_the_portable_tier() {
    let libraries = libraries();
    let mut validated = 0;
    for file in ALL.into_iter().filter(|file| is_entry(file)) {
        let defines = defines(file);
        for mask in 0..1_u32 << defines.len() {
            let chosen: Vec<&str> =
                (0..defines.len()).filter(|bit| mask & (1 << bit) != 0).map(|bit| defines[bit]).collect();
            let module = compose(file, &chosen, &libraries);
            // Kernels that share their buffers share a file.
            let is_compute = file.path.ends_with(".compute.wgsl");
            assert!(module.entry_points.len() == 1 || is_compute && !module.entry_points.is_empty(), "{}", file.path);
            naga::valid::Validator::new(naga::valid::ValidationFlags::all(), portable())
                .validate(&module)
                .unwrap_or_else(|error| panic!("{} with {chosen:?}: {error:?}", file.path));
            validated += 1;
        }
    }
    assert_eq!(validated, 16 + 2 + 32 + 2 + 4 + 1 + 8 + 1 + 4 + 1 + 1 + 8 + 1 + 4 + 4 + 8 + 1 + 12 * 2 + 4 + 8 + 1);
}

#[test]
fn every_wgsl_file_is_registered_and_says_what_it_is() {
    let folder = root().join("shaders");
    let mut on_disk = Vec::new();
    for owner in std::fs::read_dir(&folder).expect("shaders/ exists").flatten() {
        for entry in std::fs::read_dir(owner.path()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".wgsl") {
                on_disk.push(format!("{}/{name}", owner.file_name().to_string_lossy()));
            }
        }
    }
    on_disk.sort();
    let mut registered: Vec<String> = ALL.iter().map(|file| file.path.to_owned()).collect();
    registered.sort();
    assert_eq!(on_disk, registered);
    for file in ALL {
        assert!(file.source.starts_with("//"), "{} has no header comment", file.path);
    }
}

/// `cargo xtask shader-dump` runs this one to write the composed WGSL of every entry file to `target/shaders`.
#[test]
fn composed_shaders_are_written_out() {
    let libraries = libraries();
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("shaders");
    std::fs::create_dir_all(&folder).expect("the build folder is writable");
    for file in ALL.into_iter().filter(|file| is_entry(file)) {
        let module = compose(file, defines(file), &libraries);
        let info = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), portable())
            .validate(&module)
            .expect("validated above");
        let text = naga::back::wgsl::write_string(&module, &info, naga::back::wgsl::WriterFlags::empty())
            .expect("a valid module can be written");
        assert!(text.contains("fn "), "{}", file.path);
        std::fs::write(folder.join(file.path.replace('/', "_")), text).expect("the build folder is writable");
    }
}
