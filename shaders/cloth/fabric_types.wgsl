// How a fabric looks, as its material binds it. Derived side: `GpuFabric` in plugins/cloth/src/look/gpu_types.rs
// (tests/layout.rs compares sizes and offsets).
#define_import_path kinema_shaders::cloth::fabric_types

struct Fabric {
    // Colour of the warp (of the yarn of a knit, of leather), linear Rec.709; a: roughness along threads, GGX alpha.
    warp: vec4<f32>,
    // Colour of the weft; a: roughness across threads, 1 for round ones.
    weft: vec4<f32>,
    // Stray fibres above the threads: their albedo; a: their optical depth.
    fuzz: vec4<f32>,
    // Threads a metre across u and across v (wales and courses, cells of grain); relief, 1 as they are; unevenness 0..1.
    threads: vec4<f32>,
    // Kind (0 woven, 1 knit, 2 grain, 3 flat); repeat of the weave, picks that the warp lies over in it, step from one end to the next.
    weave: vec4<f32>,
    // Reflectance of threads at right angles; share of light that comes through; twist of the fibres in a thread, radians; the step's
    // inverse modulo the repeat.
    light: vec4<f32>,
}
