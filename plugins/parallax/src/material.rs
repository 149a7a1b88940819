//! The material of a photograph that is not lit and on which shadows of the shot fall.

use bevy::asset::Asset;
use bevy::pbr::{ExtendedMaterial, MaterialExtension, StandardMaterial};
use bevy::reflect::TypePath;
use bevy::render::render_resource::AsBindGroup;
use bevy::shader::ShaderRef;

/// Bevy's physically based material, of which only the light that it receives is used.
pub type PlateMaterial = ExtendedMaterial<StandardMaterial, ShadowCatcher>;

/// Darkens a surface that shines by itself; has no settings.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug, Default)]
pub struct ShadowCatcher {}

impl MaterialExtension for ShadowCatcher {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(kinema_shaders::PLATE_FRAG.handle)
    }
}
