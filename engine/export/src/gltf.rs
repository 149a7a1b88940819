//! A frame's world as one binary glTF 2.0 file, for other programs to look at.
//!
//! The writer is pure: a [`SceneSnapshot`] in, bytes out, the same bytes every time. Space and units are glTF's own,
//! which are Kinema's: right handed, y up, metres, cameras and lights look along -z, colours linear Rec.709, light in
//! lux and candela. What glTF has no word for (environment light, exposure, picture size) lies in
//! `scenes[0].extras.kinema`.
//!
//! Format: <https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html>, with `KHR_lights_punctual`,
//! `KHR_materials_emissive_strength` and `KHR_materials_specular`.

mod binary;
mod document;
mod geometry;
mod movement;

use kinema_core::{Blame, Blamed};

pub use geometry::{SnapshotMesh, SnapshotMorph};
pub use movement::{SnapshotAnimation, SnapshotChannel, SnapshotSkin};

/// A world, frozen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneSnapshot {
    pub name: String,
    pub images: Vec<SnapshotImage>,
    pub materials: Vec<SnapshotMaterial>,
    pub meshes: Vec<SnapshotMesh>,
    pub nodes: Vec<SnapshotNode>,
    pub skins: Vec<SnapshotSkin>,
    pub animations: Vec<SnapshotAnimation>,
    pub view: SnapshotView,
}

/// Pixels of a texture, written as PNG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotImage {
    pub name: String,
    pub width: u32,
    pub height: u32,
    /// Tight rows, the top one first. Colour textures are sRGB-encoded, others linear.
    pub rgba8: Vec<u8>,
}

/// A metallic-roughness material. Textures are indices into [`SceneSnapshot::images`].
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotMaterial {
    pub name: String,
    /// Linear, each 0..=1, with opacity.
    pub base_color: [f32; 4],
    pub base_color_image: Option<usize>,
    /// 0..=1.
    pub metallic: f32,
    /// Perceptual, 0..=1.
    pub roughness: f32,
    /// Green is roughness, blue metallic.
    pub metallic_roughness_image: Option<usize>,
    /// Tangent space, y up.
    pub normal_image: Option<usize>,
    /// Linear, cd/m2.
    pub emissive_nits: [f32; 3],
    pub emissive_image: Option<usize>,
    /// Specular strength of dielectrics; 1 is a reflectance of 4 %. 0..=1.
    pub specular: f32,
    pub opacity: SnapshotOpacity,
    pub double_sided: bool,
}

impl Default for SnapshotMaterial {
    fn default() -> Self {
        Self {
            name: String::new(),
            base_color: [1.0; 4],
            base_color_image: None,
            metallic: 0.0,
            roughness: 0.5,
            metallic_roughness_image: None,
            normal_image: None,
            emissive_nits: [0.0; 3],
            emissive_image: None,
            specular: 1.0,
            opacity: SnapshotOpacity::Opaque,
            double_sided: false,
        }
    }
}

/// What the alpha of the base colour does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SnapshotOpacity {
    Opaque,
    /// Visible where alpha is at least this.
    Mask(f32),
    Blend,
}

/// Something at a place in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotNode {
    pub name: String,
    /// Index of the node that it hangs below and whose space it is in.
    pub parent: Option<usize>,
    /// Metres.
    pub translation: [f32; 3],
    /// Unit quaternion x, y, z, w.
    pub rotation: [f32; 4],
    pub scale: [f32; 3],
    pub content: NodeContent,
}

/// What stands at a node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeContent {
    /// Nothing: a joint, or a place that others hang below.
    Empty,
    /// A mesh that joints move. Indices as below, and into [`SceneSnapshot::skins`].
    Skinned {
        mesh: usize,
        material: Option<usize>,
        skin: usize,
    },
    /// Indices into [`SceneSnapshot::meshes`] and [`SceneSnapshot::materials`].
    Mesh {
        mesh: usize,
        material: Option<usize>,
    },
    /// Perspective, without a far end. The field of view is vertical.
    Camera {
        yfov_rad: f32,
        aspect: f32,
        near_m: f32,
    },
    Light {
        color: [f32; 3],
        lamp: Lamp,
        range_m: Option<f32>,
    },
}

/// Kinds of light.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lamp {
    Directional {
        lux: f32,
    },
    Point {
        candela: f32,
    },
    /// Angles from the axis, radians, inner < outer <= [`WIDEST_CONE_RAD`].
    Spot {
        candela: f32,
        inner_rad: f32,
        outer_rad: f32,
    },
}

/// Just below pi/2, glTF's limit: the float next to pi/2 lies above it.
#[expect(clippy::approx_constant, reason = "it must lie below the constant")]
pub const WIDEST_CONE_RAD: f32 = 1.570_796;

/// What the picture needs besides things and lamps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotView {
    pub frame: i64,
    pub width_px: u32,
    pub height_px: u32,
    pub exposure_ev100: f32,
    /// Mean radiance from all around, linear, cd/m2.
    pub environment_nits: [f32; 3],
}

/// Why a snapshot cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GltfError {
    /// A value that glTF does not allow.
    #[error("glTF export of {what}: {problem}; correct the part that made it")]
    Value {
        /// `mesh "body"`, `node "sun"`.
        what: String,
        /// What is wrong, what was expected.
        problem: String,
    },
    /// The file format ends at 4 GiB.
    #[error("glTF export: the scene needs {bytes} bytes, a .glb file holds 4294967295; leave some parts out")]
    TooLarge {
        /// What it would need.
        bytes: usize,
    },
}

impl Blamed for GltfError {
    fn blame(&self) -> Blame {
        Blame::User
    }
}

/// Writes a `.glb` file.
///
/// # Errors
/// [`GltfError`] for values that are not finite, indices that point nowhere, more than 4 GiB.
pub fn write_glb(snapshot: &SceneSnapshot) -> Result<Vec<u8>, GltfError> {
    let mut binary = binary::Binary::default();
    let document = document::document(snapshot, &mut binary)?;
    binary::glb(&document, binary.into_bytes())
}

pub(crate) fn value_error(what: &str, name: &str, problem: impl Into<String>) -> GltfError {
    GltfError::Value { what: format!("{what} \"{name}\""), problem: problem.into() }
}

#[cfg(test)]
mod tests;
