//! Equirectangular pictures of a place: Radiance .hdr and OpenEXR files, read and checked before anything is lit by them.

use std::f32::consts::PI;
use std::io;
use std::path::{Path, PathBuf};

use bevy::math::{Vec2, Vec3A};
use image::{ImageFormat, ImageReader};

use crate::cubemap::{CubeLevel, Cubemap};

/// Widest accepted picture, texels; half of it high. 1.5 GiB decoded.
pub const MAX_WIDTH: u32 = 16_384;
/// Largest accepted file, bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;
const SMALLEST_FACE: usize = 64;
const LARGEST_FACE: usize = 1024;

/// Why a picture cannot light a shot.
#[derive(Debug, thiserror::Error)]
pub enum EquirectError {
    #[error("{}: cannot be read: {source}; check that the file exists and may be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{}: not an environment picture; give an equirectangular .hdr or .exr file", path.display())]
    UnknownFormat { path: PathBuf },
    #[error("{}: damaged or not what its name says: {message}; export it again", path.display())]
    Damaged { path: PathBuf, message: String },
    #[error("{}: {bytes} bytes, more than the limit of {MAX_FILE_BYTES}; use a smaller picture", path.display())]
    TooLarge { path: PathBuf, bytes: u64 },
    #[error("{}: {width} x {height} texels; at most {MAX_WIDTH} x {} are read; scale it down", path.display(), MAX_WIDTH / 2)]
    TooManyTexels { path: PathBuf, width: u32, height: u32 },
    #[error("{}: {width} x {height} texels are not 2:1; an equirectangular picture is twice as wide as high", path.display())]
    WrongAspect { path: PathBuf, width: u32, height: u32 },
    #[error("{}: texel ({x}, {y}) is {value}; every value must be finite and not negative; repair the picture", path.display())]
    BadTexel { path: PathBuf, x: u32, y: u32, value: f32 },
}

/// A picture of all directions, linear RGB, rows from the top. The centre looks along -Z, the right half towards +X.
#[derive(Clone, Debug)]
pub struct Equirect {
    width: usize,
    height: usize,
    texels: Vec<[f32; 3]>,
}

impl Equirect {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, is not a sound .hdr or .exr, is too large, is not 2:1, or holds NaN, infinite or
    /// negative values.
    pub fn read(path: &Path) -> Result<Self, EquirectError> {
        let bytes =
            path.metadata().map_err(|source| EquirectError::Unreadable { path: path.to_owned(), source })?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(EquirectError::TooLarge { path: path.to_owned(), bytes });
        }
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let picture = match extension.as_deref() {
            Some("hdr") => Self::read_hdr(path)?,
            Some("exr") => Self::read_exr(path)?,
            _ => return Err(EquirectError::UnknownFormat { path: path.to_owned() }),
        };
        picture.check_texels(path)?;
        Ok(picture)
    }

    fn read_hdr(path: &Path) -> Result<Self, EquirectError> {
        let damaged = |e: image::ImageError| EquirectError::Damaged { path: path.to_owned(), message: e.to_string() };
        let open = || -> Result<_, EquirectError> {
            let mut reader = ImageReader::open(path)
                .map_err(|source| EquirectError::Unreadable { path: path.to_owned(), source })?;
            reader.set_format(ImageFormat::Hdr);
            Ok(reader)
        };
        let (width, height) = open()?.into_dimensions().map_err(damaged)?;
        check_size(path, width, height)?;
        let pixels = open()?.decode().map_err(damaged)?.into_rgb32f();
        Ok(Self { width: width as usize, height: height as usize, texels: pixels.pixels().map(|p| p.0).collect() })
    }

    fn read_exr(path: &Path) -> Result<Self, EquirectError> {
        let damaged = |e: exr::error::Error| match e {
            exr::error::Error::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                EquirectError::Unreadable { path: path.to_owned(), source }
            }
            other => EquirectError::Damaged { path: path.to_owned(), message: other.to_string() },
        };
        let meta = exr::meta::MetaData::read_from_file(path, false).map_err(damaged)?;
        for header in &meta.headers {
            let limit = |v: usize| u32::try_from(v).unwrap_or(u32::MAX);
            check_size(path, limit(header.layer_size.width()), limit(header.layer_size.height()))?;
        }
        let image = exr::prelude::read_first_rgba_layer_from_file(
            path,
            |size, _| (size.width(), vec![[0.0f32; 3]; size.area()]),
            |(width, texels): &mut (usize, Vec<[f32; 3]>), at, (r, g, b, _): (f32, f32, f32, f32)| {
                if let Some(texel) = texels.get_mut(at.y() * *width + at.x()) {
                    *texel = [r, g, b];
                }
            },
        )
        .map_err(damaged)?;
        let size = image.layer_data.size;
        let (_, texels) = image.layer_data.channel_data.pixels;
        Ok(Self { width: size.width(), height: size.height(), texels })
    }

    fn check_texels(&self, path: &Path) -> Result<(), EquirectError> {
        let bad = self.texels.iter().enumerate().find_map(|(i, texel)| {
            // Written so that NaN fails.
            texel.iter().find(|v| !(**v >= 0.0 && v.is_finite())).map(|v| (i, *v))
        });
        match bad {
            None => Ok(()),
            Some((i, value)) => Err(EquirectError::BadTexel {
                path: path.to_owned(),
                x: (i % self.width) as u32,
                y: (i / self.width) as u32,
                value,
            }),
        }
    }

    /// As a cube map with mip levels, its faces about as fine as the picture.
    pub fn to_cubemap(&self) -> Cubemap {
        let face = (self.width / 4).next_power_of_two().clamp(SMALLEST_FACE, LARGEST_FACE);
        let mut picture = std::borrow::Cow::Borrowed(self);
        while picture.width / 4 > face && picture.height.is_multiple_of(2) && picture.width.is_multiple_of(2) {
            picture = std::borrow::Cow::Owned(picture.halved());
        }
        Cubemap::with_mips(CubeLevel::from_world(face, |d| picture.sample(d)), 4)
    }

    /// Bilinear, in a unit direction of the unrotated picture.
    fn sample(&self, direction: Vec3A) -> Vec3A {
        let u = 0.5 + direction.x.atan2(-direction.z) / (2.0 * PI);
        let v = direction.y.clamp(-1.0, 1.0).acos() / PI;
        let at = Vec2::new(u * self.width as f32 - 0.5, v * self.height as f32 - 0.5);
        let low = at.floor();
        let t = at - low;
        let texel = |x: i64, y: i64| {
            let x = x.rem_euclid(self.width as i64) as usize;
            let y = y.clamp(0, self.height as i64 - 1) as usize;
            Vec3A::from(self.texels[y * self.width + x])
        };
        let (x, y) = (low.x as i64, low.y as i64);
        let top = texel(x, y).lerp(texel(x + 1, y), t.x);
        let bottom = texel(x, y + 1).lerp(texel(x + 1, y + 1), t.x);
        top.lerp(bottom, t.y)
    }

    fn halved(&self) -> Self {
        let (width, height) = (self.width / 2, self.height / 2);
        let texels = (0..width * height)
            .map(|i| {
                let (x, y) = (2 * (i % width), 2 * (i / width));
                let at = |x: usize, y: usize| Vec3A::from(self.texels[y * self.width + x]);
                ((at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) * 0.25).to_array()
            })
            .collect();
        Self { width, height, texels }
    }
}

fn check_size(path: &Path, width: u32, height: u32) -> Result<(), EquirectError> {
    let path = path.to_owned();
    if width > MAX_WIDTH || height > MAX_WIDTH / 2 {
        return Err(EquirectError::TooManyTexels { path, width, height });
    }
    if width != 2 * height || height < 2 {
        return Err(EquirectError::WrongAspect { path, width, height });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("kinema_equirect_{name}_{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn write_exr(path: &Path, width: usize, height: usize, texel: impl Fn(usize, usize) -> f32 + Sync) {
        exr::prelude::write_rgb_file(path, width, height, |x, y| (texel(x, y), 0.25f32, 0.5f32)).unwrap();
    }

    #[test]
    fn exr_round_trips_and_points_the_right_way() {
        let folder = Folder::new("round");
        let path = folder.0.join("sky.exr");
        // Red only in the right quarter of the picture, which is +X.
        write_exr(&path, 64, 32, |x, _| if (40..56).contains(&x) { 4.0 } else { 0.0 });
        let cube = Equirect::read(&path).unwrap().to_cubemap();
        assert!((cube.levels[0].sample(Vec3A::X).x - 4.0).abs() < 1e-3);
        assert!(cube.levels[0].sample(Vec3A::NEG_X).x < 1e-3);
        assert!(cube.levels[0].sample(Vec3A::NEG_Z).x < 1e-3);
        assert!((cube.levels[0].sample(Vec3A::Y).y - 0.25).abs() < 1e-3);
    }

    #[test]
    fn every_kind_of_bad_file_is_named_with_its_remedy() {
        let folder = Folder::new("bad");
        let say = |name: &str| Equirect::read(&folder.0.join(name)).unwrap_err().to_string();

        write_exr(&folder.0.join("nan.exr"), 8, 4, |x, y| if (x, y) == (3, 2) { f32::NAN } else { 1.0 });
        assert!(say("nan.exr").contains("texel (3, 2) is NaN"), "{}", say("nan.exr"));
        write_exr(&folder.0.join("square.exr"), 8, 8, |_, _| 1.0);
        assert!(say("square.exr").contains("not 2:1"), "{}", say("square.exr"));
        let sound = folder.0.join("sound.exr");
        write_exr(&sound, 64, 32, |_, _| 1.0);
        let bytes = fs::read(&sound).unwrap();
        for cut in [0, 3, 40, bytes.len() / 2, bytes.len() - 1] {
            fs::write(folder.0.join("cut.exr"), &bytes[..cut]).unwrap();
            assert!(say("cut.exr").contains("cut.exr: damaged"), "{cut}: {}", say("cut.exr"));
        }
        fs::write(folder.0.join("text.hdr"), "#?RADIANCE\nnot a picture").unwrap();
        assert!(say("text.hdr").contains("text.hdr: damaged"), "{}", say("text.hdr"));
        fs::write(folder.0.join("huge.hdr"), "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 40000 +X 80000\n").unwrap();
        assert!(say("huge.hdr").contains("80000 x 40000"), "{}", say("huge.hdr"));
        fs::write(folder.0.join("sky.png"), "x").unwrap();
        assert!(say("sky.png").contains(".hdr or .exr"), "{}", say("sky.png"));
        assert!(say("missing.hdr").contains("cannot be read"), "{}", say("missing.hdr"));
    }
}
