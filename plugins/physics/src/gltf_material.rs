//! Materials and textures of a glTF asset, decoded into plain values.

use std::io::Cursor;

use gltf::json;
use image::{ImageFormat, ImageReader, Limits};
use json::material::AlphaMode;
use json::texture::{MagFilter, WrappingMode};
use json::validation::Checked;

use kinema_core::gltf::{GltfError, GltfSource};

/// Largest width or height of a texture, pixels.
pub const MAX_TEXTURE_SIZE: u32 = 16_384;
/// Most bytes all decoded textures of one asset may take.
pub const MAX_TEXTURE_BYTES: u64 = 1 << 30;

/// How a texture is read outside `0..=1` and between its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextureSampling {
    /// Behaviour outside `0..=1` along u and v.
    pub wrap: [Wrap; 2],
    /// Pixels stay sharp when magnified.
    pub nearest: bool,
}

/// Behaviour of a texture outside `0..=1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// Tiles.
    Repeat,
    /// Tiles, every second one mirrored.
    Mirror,
    /// Repeats the border pixel.
    Clamp,
}

/// A use of a texture by a material.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextureUse {
    /// Index into the images of the document.
    pub image: usize,
    /// Texture coordinate set, 0 or 1.
    pub uv_set: usize,
    /// How it is read.
    pub sampling: TextureSampling,
}

/// How a material's alpha is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Opacity {
    /// Alpha is ignored.
    Opaque,
    /// Pixels with alpha below the threshold are not drawn.
    Mask(f32),
    /// Alpha blends.
    Blend,
}

/// A metallic-roughness material (glTF 2.0, section 3.9). Factors multiply their textures.
#[derive(Debug, Clone, PartialEq)]
pub struct GltfMaterial {
    /// Linear colour and alpha.
    pub base_color: [f32; 4],
    /// sRGB-encoded colour and linear alpha.
    pub base_color_texture: Option<TextureUse>,
    /// `0..=1`.
    pub metallic: f32,
    /// Perceptual roughness, `0..=1`.
    pub roughness: f32,
    /// Roughness in green, metallic in blue.
    pub metallic_roughness_texture: Option<TextureUse>,
    /// Tangent-space normals, +Y up, and the scale of their x and y.
    pub normal_texture: Option<(TextureUse, f32)>,
    /// Occlusion in red and its strength.
    pub occlusion_texture: Option<(TextureUse, f32)>,
    /// Linear emitted light.
    pub emissive: [f32; 3],
    /// sRGB-encoded emitted light.
    pub emissive_texture: Option<TextureUse>,
    /// How alpha is used.
    pub opacity: Opacity,
    /// Back faces are drawn.
    pub double_sided: bool,
}

/// A decoded picture: rows top first, 8 bits per channel, RGBA, encoded as in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedImage {
    /// Pixels per row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba8: Vec<u8>,
}

/// Reads material `index` of the document; `None` is glTF's default material.
///
/// # Errors
/// [`GltfError`] when the material, one of its textures or its coordinate set does not exist.
pub fn read_material(source: &GltfSource, index: Option<usize>) -> Result<GltfMaterial, GltfError> {
    let default = json::Material::default();
    let (material, place) = match index {
        None => (&default, "default material".to_string()),
        Some(index) => {
            let place = format!("materials[{index}]");
            match source.root().materials.get(index) {
                Some(material) => (material, place),
                None => return Err(source.error(place, "there is no such material", "export the asset again")),
            }
        }
    };
    let pbr = &material.pbr_metallic_roughness;
    let info = |info: &Option<json::texture::Info>, name: &str| {
        info.as_ref()
            .map(|info| texture_use(source, info.index.value(), info.tex_coord, &format!("{place}.{name}")))
            .transpose()
    };
    let normal_texture = match &material.normal_texture {
        Some(normal) => {
            let place = format!("{place}.normalTexture");
            Some((texture_use(source, normal.index.value(), normal.tex_coord, &place)?, normal.scale))
        }
        None => None,
    };
    let occlusion_texture = match &material.occlusion_texture {
        Some(occlusion) => {
            let place = format!("{place}.occlusionTexture");
            Some((texture_use(source, occlusion.index.value(), occlusion.tex_coord, &place)?, occlusion.strength.0))
        }
        None => None,
    };
    Ok(GltfMaterial {
        base_color: pbr.base_color_factor.0,
        base_color_texture: info(&pbr.base_color_texture, "baseColorTexture")?,
        metallic: pbr.metallic_factor.0,
        roughness: pbr.roughness_factor.0,
        metallic_roughness_texture: info(&pbr.metallic_roughness_texture, "metallicRoughnessTexture")?,
        normal_texture,
        occlusion_texture,
        emissive: material.emissive_factor.0,
        emissive_texture: info(&material.emissive_texture, "emissiveTexture")?,
        opacity: match material.alpha_mode {
            Checked::Valid(AlphaMode::Mask) => Opacity::Mask(material.alpha_cutoff.map_or(0.5, |cutoff| cutoff.0)),
            Checked::Valid(AlphaMode::Blend) => Opacity::Blend,
            _ => Opacity::Opaque,
        },
        double_sided: material.double_sided,
    })
}

fn texture_use(source: &GltfSource, texture: usize, uv_set: u32, place: &str) -> Result<TextureUse, GltfError> {
    let root = source.root();
    let missing = |message: String| source.error(place, message, "export the asset again");
    let declared = root.textures.get(texture).ok_or_else(|| missing(format!("there is no texture {texture}")))?;
    if uv_set > 1 {
        return Err(source.error(place, format!("texture coordinate set {uv_set} is not read"), "use set 0 or 1"));
    }
    let image = declared.source.value();
    if image >= root.images.len() {
        return Err(missing(format!("texture {texture} has no image")));
    }
    let sampler = declared.sampler.and_then(|sampler| root.samplers.get(sampler.value()));
    let wrap = |mode: Option<Checked<WrappingMode>>| match mode {
        Some(Checked::Valid(WrappingMode::ClampToEdge)) => Wrap::Clamp,
        Some(Checked::Valid(WrappingMode::MirroredRepeat)) => Wrap::Mirror,
        _ => Wrap::Repeat,
    };
    Ok(TextureUse {
        image,
        uv_set: uv_set as usize,
        sampling: TextureSampling {
            wrap: [wrap(sampler.map(|sampler| sampler.wrap_s)), wrap(sampler.map(|sampler| sampler.wrap_t))],
            nearest: sampler
                .is_some_and(|sampler| matches!(sampler.mag_filter, Some(Checked::Valid(MagFilter::Nearest)))),
        },
    })
}

/// Decodes image `index`, a PNG or JPEG. `remaining_bytes` is what all textures of the asset may still
/// take; it shrinks by what this one takes.
///
/// # Errors
/// [`GltfError`] when the image cannot be read, is damaged, has another format or is too large.
pub fn decode_image(source: &GltfSource, index: usize, remaining_bytes: &mut u64) -> Result<DecodedImage, GltfError> {
    let place = format!("images[{index}]");
    let bytes = source.image_bytes(index)?;
    let format =
        image::guess_format(&bytes).ok().filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg));
    let Some(format) = format else {
        return Err(source.error(place, "the image is neither PNG nor JPEG", "save the texture as PNG or JPEG"));
    };
    let damaged = |error: image::ImageError| {
        source.error(&place, format!("the image cannot be decoded: {error}"), "save the texture again")
    };
    let dimensions = ImageReader::with_format(Cursor::new(&bytes), format).into_dimensions().map_err(damaged)?;
    let size_bytes = u64::from(dimensions.0) * u64::from(dimensions.1) * 4;
    if dimensions.0 > MAX_TEXTURE_SIZE || dimensions.1 > MAX_TEXTURE_SIZE || size_bytes > *remaining_bytes {
        return Err(source.error(
            place,
            format!(
                "{}x{} pixels are too large; at most {MAX_TEXTURE_SIZE} each way and {MAX_TEXTURE_BYTES} bytes in all",
                dimensions.0, dimensions.1
            ),
            "shrink the texture",
        ));
    }
    *remaining_bytes -= size_bytes;
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_TEXTURE_SIZE);
    limits.max_image_height = Some(MAX_TEXTURE_SIZE);
    // A decoder may work in 16 bits per channel and needs some room beside the picture itself.
    limits.max_alloc = Some(size_bytes * 4 + (1 << 20));
    reader.limits(limits);
    let decoded = reader.decode().map_err(damaged)?.into_rgba8();
    Ok(DecodedImage { width: decoded.width(), height: decoded.height(), rgba8: decoded.into_raw() })
}
