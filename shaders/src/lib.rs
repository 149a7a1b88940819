//! All WGSL of Kinema. One folder per owner, with the same name as the owner's crate folder.
//!
//! Sources are compiled into the binary and inserted under fixed handles, synchronously: a headless
//! run must not depend on when an asset task happens to finish.

// size: one table of every WGSL file, which grows by a row a file.

use bevy_app::{App, Plugin};
use bevy_asset::{Assets, Handle, uuid_handle};
use bevy_shader::Shader;

/// One WGSL file of this crate.
pub struct WgslFile {
    /// Path below `shaders/`, also how errors name it.
    pub path: &'static str,
    pub source: &'static str,
    pub handle: Handle<Shader>,
}

/// Vertex stage of the depth, normal and motion prepass for meshes whose vertices are rewritten every frame.
pub const DEFORMED_PREPASS_VERT: WgslFile = WgslFile {
    path: "gpu/deformed_prepass.vert.wgsl",
    source: include_str!("../gpu/deformed_prepass.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a01"),
};

/// Types shared by the two stages of the AOV pass.
pub const AOV_TYPES: WgslFile = WgslFile {
    path: "gpu/aov_types.wgsl",
    source: include_str!("../gpu/aov_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a02"),
};

/// Vertex stage of the AOV pass.
pub const AOV_VERT: WgslFile = WgslFile {
    path: "gpu/aov.vert.wgsl",
    source: include_str!("../gpu/aov.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a03"),
};

/// Fragment stage of the AOV pass.
pub const AOV_FRAG: WgslFile = WgslFile {
    path: "gpu/aov.frag.wgsl",
    source: include_str!("../gpu/aov.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a04"),
};

/// Temporal anti-aliasing: takes the place of Bevy's own shader, whose bindings it keeps.
pub const TEMPORAL_AA_FRAG: WgslFile = WgslFile {
    path: "camera/temporal_aa.frag.wgsl",
    source: include_str!("../camera/temporal_aa.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a05"),
};

/// Motion blur: takes the place of Bevy's own shader, whose bindings it keeps.
pub const MOTION_BLUR_FRAG: WgslFile = WgslFile {
    path: "camera/motion_blur.frag.wgsl",
    source: include_str!("../camera/motion_blur.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a06"),
};

/// The look of skin at a point.
pub const SKIN: WgslFile = WgslFile {
    path: "humanoid/skin.wgsl",
    source: include_str!("../humanoid/skin.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a20"),
};

/// What the skin's stages pass on.
pub const SKIN_IO: WgslFile = WgslFile {
    path: "humanoid/skin_io.wgsl",
    source: include_str!("../humanoid/skin_io.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a21"),
};

/// Vertex stage of skin in the main pass.
pub const SKIN_VERT: WgslFile = WgslFile {
    path: "humanoid/skin.vert.wgsl",
    source: include_str!("../humanoid/skin.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a22"),
};

/// Fragment stage of skin in the main pass.
pub const SKIN_FRAG: WgslFile = WgslFile {
    path: "humanoid/skin.frag.wgsl",
    source: include_str!("../humanoid/skin.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a23"),
};

/// Types of the subsurface pass.
pub const SUBSURFACE_TYPES: WgslFile = WgslFile {
    path: "humanoid/subsurface_types.wgsl",
    source: include_str!("../humanoid/subsurface_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a24"),
};

/// Light through a slab of skin.
pub const SLAB: WgslFile = WgslFile {
    path: "humanoid/slab.wgsl",
    source: include_str!("../humanoid/slab.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a25"),
};

/// Vertex stage of the light that falls on skin.
pub const SKIN_IRRADIANCE_VERT: WgslFile = WgslFile {
    path: "humanoid/skin_irradiance.vert.wgsl",
    source: include_str!("../humanoid/skin_irradiance.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a26"),
};

/// Fragment stage of the light that falls on skin.
pub const SKIN_IRRADIANCE_FRAG: WgslFile = WgslFile {
    path: "humanoid/skin_irradiance.frag.wgsl",
    source: include_str!("../humanoid/skin_irradiance.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a27"),
};

/// Spreads that light below the skin and adds it to the picture.
pub const SUBSURFACE_FRAG: WgslFile = WgslFile {
    path: "humanoid/subsurface.frag.wgsl",
    source: include_str!("../humanoid/subsurface.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a28"),
};

/// Morphs, skinning, stencils and normals of a person.
pub const BODY_COMPUTE: WgslFile = WgslFile {
    path: "humanoid/body.compute.wgsl",
    source: include_str!("../humanoid/body.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a40"),
};

/// What an eye's stages pass on.
pub const EYE_IO: WgslFile = WgslFile {
    path: "humanoid/eye_io.wgsl",
    source: include_str!("../humanoid/eye_io.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a29"),
};

/// What the shader of an eye reads.
pub const EYE_TYPES: WgslFile = WgslFile {
    path: "humanoid/eye_types.wgsl",
    source: include_str!("../humanoid/eye_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a2a"),
};

/// Vertex stage of an eyeball.
pub const EYE_VERT: WgslFile = WgslFile {
    path: "humanoid/eye.vert.wgsl",
    source: include_str!("../humanoid/eye.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a2b"),
};

/// Fragment stage of an eyeball.
pub const EYE_FRAG: WgslFile = WgslFile {
    path: "humanoid/eye.frag.wgsl",
    source: include_str!("../humanoid/eye.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1a2c"),
};

/// Fibres as ribbons, imported by the AOV pass and by the materials of fibres.
pub const FIBRE: WgslFile = WgslFile {
    path: "gpu/fibre.wgsl",
    source: include_str!("../gpu/fibre.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b01"),
};

/// Scattering of light by hair.
pub const HAIR_BSDF: WgslFile = WgslFile {
    path: "humanoid/hair_bsdf.wgsl",
    source: include_str!("../humanoid/hair_bsdf.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b02"),
};

/// Settings of the material of hair.
pub const HAIR_SETTINGS: WgslFile = WgslFile {
    path: "humanoid/hair_settings.wgsl",
    source: include_str!("../humanoid/hair_settings.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b08"),
};

/// What the stages of hair share.
pub const HAIR_TYPES: WgslFile = WgslFile {
    path: "humanoid/hair_types.wgsl",
    source: include_str!("../humanoid/hair_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b03"),
};

/// Vertex stage of hair.
pub const HAIR_VERT: WgslFile = WgslFile {
    path: "humanoid/hair.vert.wgsl",
    source: include_str!("../humanoid/hair.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b04"),
};

/// Fragment stage of hair.
pub const HAIR_FRAG: WgslFile = WgslFile {
    path: "humanoid/hair.frag.wgsl",
    source: include_str!("../humanoid/hair.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b05"),
};

/// Vertex stage of hair in the prepass and in shadow maps.
pub const HAIR_PREPASS_VERT: WgslFile = WgslFile {
    path: "humanoid/hair_prepass.vert.wgsl",
    source: include_str!("../humanoid/hair_prepass.vert.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b06"),
};

/// Fragment stage of hair in the prepass and in shadow maps.
pub const HAIR_PREPASS_FRAG: WgslFile = WgslFile {
    path: "humanoid/hair_prepass.frag.wgsl",
    source: include_str!("../humanoid/hair_prepass.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1b07"),
};

/// Arithmetic that every device does alike.
pub const CLOTH_EXACT: WgslFile = WgslFile {
    path: "cloth/exact.wgsl",
    source: include_str!("../cloth/exact.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c01"),
};

/// Positions of cloth in integers and offsets.
pub const CLOTH_POSITION: WgslFile = WgslFile {
    path: "cloth/position.wgsl",
    source: include_str!("../cloth/position.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c02"),
};

/// What the kernels of cloth are told.
pub const CLOTH_STEP_TYPES: WgslFile = WgslFile {
    path: "cloth/step_types.wgsl",
    source: include_str!("../cloth/step_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c03"),
};

/// Seams as the kernels of cloth read them.
pub const CLOTH_LINK_TYPES: WgslFile = WgslFile {
    path: "cloth/link_types.wgsl",
    source: include_str!("../cloth/link_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0a"),
};

/// The particles of a cloth as its kernels bind them.
pub const CLOTH_PARTICLES: WgslFile = WgslFile {
    path: "cloth/particles.wgsl",
    source: include_str!("../cloth/particles.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c04"),
};

/// The arithmetic of cloth on given bits, for tests of a device.
pub const CLOTH_ARITHMETIC_COMPUTE: WgslFile = WgslFile {
    path: "cloth/arithmetic.compute.wgsl",
    source: include_str!("../cloth/arithmetic.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c05"),
};

/// Stretch, shear and air of triangles.
pub const CLOTH_MEMBRANE_COMPUTE: WgslFile = WgslFile {
    path: "cloth/membrane.compute.wgsl",
    source: include_str!("../cloth/membrane.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c06"),
};

/// Bending of vertices with their rings.
pub const CLOTH_BENDING_COMPUTE: WgslFile = WgslFile {
    path: "cloth/bending.compute.wgsl",
    source: include_str!("../cloth/bending.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c07"),
};

/// Seams and long-range attachments.
pub const CLOTH_LINKS_COMPUTE: WgslFile = WgslFile {
    path: "cloth/links.compute.wgsl",
    source: include_str!("../cloth/links.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c08"),
};

/// Start and end of a substep of cloth.
pub const CLOTH_MOTION_COMPUTE: WgslFile = WgslFile {
    path: "cloth/motion.compute.wgsl",
    source: include_str!("../cloth/motion.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c09"),
};

/// Closest points of primitives of cloth.
pub const CLOTH_CLOSEST: WgslFile = WgslFile {
    path: "cloth/closest.wgsl",
    source: include_str!("../cloth/closest.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0b"),
};

/// Narrow phase of contact of cloth.
pub const CLOTH_NARROW_COMPUTE: WgslFile = WgslFile {
    path: "cloth/narrow.compute.wgsl",
    source: include_str!("../cloth/narrow.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0c"),
};

/// What the kernels of detection are told.
pub const CLOTH_DETECT_TYPES: WgslFile = WgslFile {
    path: "cloth/detect_types.wgsl",
    source: include_str!("../cloth/detect_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0d"),
};

/// Detection of contact of cloth.
pub const CLOTH_DETECT_COMPUTE: WgslFile = WgslFile {
    path: "cloth/detect.compute.wgsl",
    source: include_str!("../cloth/detect.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0e"),
};

/// Thickness and friction of cloth.
pub const CLOTH_PUSH_COMPUTE: WgslFile = WgslFile {
    path: "cloth/push.compute.wgsl",
    source: include_str!("../cloth/push.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c0f"),
};

/// Thickness and friction of near pairs of cloth.
pub const CLOTH_PUSH: WgslFile = WgslFile {
    path: "cloth/push.wgsl",
    source: include_str!("../cloth/push.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c40"),
};

/// Integers of 64 bits in the arithmetic of cloth.
pub const CLOTH_WIDE: WgslFile = WgslFile {
    path: "cloth/wide.wgsl",
    source: include_str!("../cloth/wide.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c44"),
};

/// What cloth gives to the bodies it touches.
pub const CLOTH_EXCHANGE: WgslFile = WgslFile {
    path: "cloth/exchange.wgsl",
    source: include_str!("../cloth/exchange.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c43"),
};

/// Surfaces of bodies of triangles that cloth touches.
pub const CLOTH_SURFACE: WgslFile = WgslFile {
    path: "cloth/surface.wgsl",
    source: include_str!("../cloth/surface.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c41"),
};

/// Bodies of triangles that cloth touches: where they are, and what is inside.
pub const CLOTH_BODIES_COMPUTE: WgslFile = WgslFile {
    path: "cloth/bodies.compute.wgsl",
    source: include_str!("../cloth/bodies.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c42"),
};

/// What the kernels of contact of cloth share.
pub const CLOTH_CONTACT_TYPES: WgslFile = WgslFile {
    path: "cloth/contact_types.wgsl",
    source: include_str!("../cloth/contact_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c10"),
};

/// What the kernels of contact of cloth bind, and the common motion.
pub const CLOTH_CONTACT_STATE: WgslFile = WgslFile {
    path: "cloth/contact_state.wgsl",
    source: include_str!("../cloth/contact_state.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c11"),
};

/// Bodies of simple shape.
pub const CLOTH_SHAPES: WgslFile = WgslFile {
    path: "cloth/shapes.wgsl",
    source: include_str!("../cloth/shapes.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c12"),
};

/// Room between primitives of cloth.
pub const CLOTH_PLANES: WgslFile = WgslFile {
    path: "cloth/planes.wgsl",
    source: include_str!("../cloth/planes.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c13"),
};

/// What a substep foresees of contact of cloth.
pub const CLOTH_FORESEE_COMPUTE: WgslFile = WgslFile {
    path: "cloth/foresee.compute.wgsl",
    source: include_str!("../cloth/foresee.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c14"),
};

/// Which pairs of cloth are near.
pub const CLOTH_NEAR_COMPUTE: WgslFile = WgslFile {
    path: "cloth/near.compute.wgsl",
    source: include_str!("../cloth/near.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c15"),
};

/// Displacements of cloth cut so that nothing passes through anything.
pub const CLOTH_TRUNCATE_COMPUTE: WgslFile = WgslFile {
    path: "cloth/truncate.compute.wgsl",
    source: include_str!("../cloth/truncate.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c16"),
};

/// How a fabric looks.
pub const CLOTH_FABRIC_TYPES: WgslFile = WgslFile {
    path: "cloth/fabric_types.wgsl",
    source: include_str!("../cloth/fabric_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c20"),
};

/// Scattering of light by fabric.
pub const CLOTH_FABRIC_BSDF: WgslFile = WgslFile {
    path: "cloth/fabric_bsdf.wgsl",
    source: include_str!("../cloth/fabric_bsdf.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c21"),
};

/// Where the threads of a fabric lie.
pub const CLOTH_FABRIC_WEAVE: WgslFile = WgslFile {
    path: "cloth/fabric_weave.wgsl",
    source: include_str!("../cloth/fabric_weave.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c22"),
};

/// Fragment stage of fabric.
pub const CLOTH_FABRIC_FRAG: WgslFile = WgslFile {
    path: "cloth/fabric.frag.wgsl",
    source: include_str!("../cloth/fabric.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1c23"),
};

/// Fragment stage of a photograph on which shadows fall.
pub const PLATE_FRAG: WgslFile = WgslFile {
    path: "parallax/plate.frag.wgsl",
    source: include_str!("../parallax/plate.frag.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1d01"),
};

/// What the kernels of patches are told.
pub const PATCH_TYPES: WgslFile = WgslFile {
    path: "parallax/patch_types.wgsl",
    source: include_str!("../parallax/patch_types.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1d03"),
};

/// Patches for what is hidden in a photograph.
pub const PATCHES_COMPUTE: WgslFile = WgslFile {
    path: "parallax/patches.compute.wgsl",
    source: include_str!("../parallax/patches.compute.wgsl"),
    handle: uuid_handle!("5e1f9b04-3f0e-4b9c-9d0a-6b5c0d7f1d02"),
};

/// Every WGSL file, libraries before the entry files that import them.
pub const ALL: [&WgslFile; 62] = [
    &FIBRE,
    &AOV_TYPES,
    &AOV_VERT,
    &AOV_FRAG,
    &DEFORMED_PREPASS_VERT,
    &TEMPORAL_AA_FRAG,
    &MOTION_BLUR_FRAG,
    &SKIN,
    &SKIN_IO,
    &SUBSURFACE_TYPES,
    &SLAB,
    &SKIN_VERT,
    &SKIN_FRAG,
    &SKIN_IRRADIANCE_VERT,
    &SKIN_IRRADIANCE_FRAG,
    &SUBSURFACE_FRAG,
    &EYE_IO,
    &EYE_TYPES,
    &EYE_VERT,
    &EYE_FRAG,
    &HAIR_BSDF,
    &HAIR_SETTINGS,
    &HAIR_TYPES,
    &HAIR_VERT,
    &HAIR_FRAG,
    &HAIR_PREPASS_VERT,
    &HAIR_PREPASS_FRAG,
    &BODY_COMPUTE,
    &CLOTH_EXACT,
    &CLOTH_POSITION,
    &CLOTH_STEP_TYPES,
    &CLOTH_LINK_TYPES,
    &CLOTH_PARTICLES,
    &CLOTH_CLOSEST,
    &CLOTH_DETECT_TYPES,
    &CLOTH_CONTACT_TYPES,
    &CLOTH_CONTACT_STATE,
    &CLOTH_SHAPES,
    &CLOTH_PLANES,
    &CLOTH_WIDE,
    &CLOTH_EXCHANGE,
    &CLOTH_SURFACE,
    &CLOTH_PUSH,
    &CLOTH_ARITHMETIC_COMPUTE,
    &CLOTH_NARROW_COMPUTE,
    &CLOTH_DETECT_COMPUTE,
    &CLOTH_FORESEE_COMPUTE,
    &CLOTH_NEAR_COMPUTE,
    &CLOTH_PUSH_COMPUTE,
    &CLOTH_BODIES_COMPUTE,
    &CLOTH_TRUNCATE_COMPUTE,
    &CLOTH_MEMBRANE_COMPUTE,
    &CLOTH_BENDING_COMPUTE,
    &CLOTH_LINKS_COMPUTE,
    &CLOTH_MOTION_COMPUTE,
    &CLOTH_FABRIC_TYPES,
    &CLOTH_FABRIC_BSDF,
    &CLOTH_FABRIC_WEAVE,
    &CLOTH_FABRIC_FRAG,
    &PLATE_FRAG,
    &PATCH_TYPES,
    &PATCHES_COMPUTE,
];

/// Inserts [`ALL`] into `Assets<Shader>`. Does nothing in an app without rendering.
pub struct ShadersPlugin;

impl Plugin for ShadersPlugin {
    fn build(&self, app: &mut App) {
        let Some(mut shaders) = app.world_mut().get_resource_mut::<Assets<Shader>>() else {
            return;
        };
        for file in ALL {
            let shader = Shader::from_wgsl(file.source, file.path);
            if let Err(error) = shaders.insert(file.handle.id(), shader) {
                tracing::error!("shader {} could not be registered: {error}", file.path);
            }
        }
    }
}
