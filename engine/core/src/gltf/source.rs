//! The bytes of a glTF asset: container, JSON document, buffers and image files, read so that no
//! file can make the program panic, hang, run out of memory or read outside the asset's own folder.
//!
//! The `gltf` crate gives the JSON types and their validation; its accessor iterators are not used,
//! because they trust the offsets in the file.

use std::fs;
use std::path::{Component, Path, PathBuf};

use ::gltf::json;

/// Largest file of an asset, and largest sum of its buffers, that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// A glTF asset that cannot be used: which file, where in it, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {place}: {message}; {remedy}", .file.display())]
pub struct GltfError {
    /// The `.gltf` or `.glb` file the shot names.
    pub file: PathBuf,
    /// Where in the file, e.g. `accessors[3]`.
    pub place: String,
    /// What is wrong there.
    pub message: String,
    /// What the user can do about it.
    pub remedy: String,
}

/// A glTF asset whose document is valid and whose buffers hold at least the bytes they declare.
pub struct GltfSource {
    file: PathBuf,
    root: json::Root,
    buffers: Vec<Vec<u8>>,
}

const EXPORT_AGAIN: &str = "export the asset again";
const STAY_INSIDE: &str = "name files by a relative path inside the folder of the glTF file, or embed them (.glb)";

impl GltfSource {
    /// Reads `file` and every buffer it refers to.
    ///
    /// # Errors
    /// [`GltfError`] when the file is missing, is not glTF 2.0, is truncated, breaks the glTF schema,
    /// needs an extension that is not supported, or refers to a file outside its own folder.
    pub fn open(file: &Path) -> Result<Self, GltfError> {
        let bytes = read_regular_file(file).map_err(|message| GltfError {
            file: file.to_path_buf(),
            place: "file".into(),
            message,
            remedy: "check the path in the shot".into(),
        })?;
        Self::from_bytes(file, &bytes)
    }

    /// Reads an asset whose main file is already in memory; buffers and images named by it are looked up
    /// beside `file`.
    ///
    /// # Errors
    /// As [`GltfSource::open`].
    pub fn from_bytes(file: &Path, bytes: &[u8]) -> Result<Self, GltfError> {
        let mut source = Self { file: file.to_path_buf(), root: json::Root::default(), buffers: Vec::new() };
        let (json_bytes, mut binary_chunk) =
            if bytes.starts_with(b"glTF") { source.split_container(bytes)? } else { (bytes, None) };
        let root: json::Root = json::deserialize::from_slice(json_bytes).map_err(|error| {
            source.error("JSON document", error.to_string(), "the file is not glTF 2.0 or is damaged; export it again")
        })?;
        if !root.asset.version.starts_with("2.") {
            return Err(source.error(
                "asset.version",
                format!("version `{}` is not supported", root.asset.version),
                "export the asset as glTF 2.0",
            ));
        }
        source.check_positions(&root)?;
        let document = ::gltf::Document::from_json(root).map_err(|error| source.document_error(&error))?;
        source.root = document.into_json();
        let mut total_bytes = 0_u64;
        for index in 0..source.root.buffers.len() {
            let data = source.read_buffer(index, &mut binary_chunk)?;
            total_bytes += data.len() as u64;
            if total_bytes > MAX_FILE_BYTES {
                return Err(source.error(
                    format!("buffers[{index}]"),
                    format!("the buffers together exceed {MAX_FILE_BYTES} bytes"),
                    "reduce the asset",
                ));
            }
            source.buffers.push(data);
        }
        if !source.root.extensions_used.is_empty() {
            tracing::warn!(
                "{}: the extensions {} are not read",
                file.display(),
                source.root.extensions_used.join(", ")
            );
        }
        Ok(source)
    }

    /// The validated document.
    pub fn root(&self) -> &json::Root {
        &self.root
    }

    /// The file the asset was read from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Builds an error about this asset.
    pub fn error(&self, place: impl Into<String>, message: impl Into<String>, remedy: impl Into<String>) -> GltfError {
        GltfError { file: self.file.clone(), place: place.into(), message: message.into(), remedy: remedy.into() }
    }

    /// The bytes of a buffer view.
    ///
    /// # Errors
    /// [`GltfError`] when the view does not exist or leaves its buffer.
    pub fn view_bytes(&self, view: json::Index<json::buffer::View>) -> Result<&[u8], GltfError> {
        let place = format!("bufferViews[{}]", view.value());
        let Some(declared) = self.root.buffer_views.get(view.value()) else {
            return Err(self.error(place, "there is no such buffer view", EXPORT_AGAIN));
        };
        let start = declared.byte_offset.map_or(0, |offset| offset.0);
        let end = start.checked_add(declared.byte_length.0);
        let buffer = self.buffers.get(declared.buffer.value());
        let slice = buffer.and_then(|bytes| {
            let range = usize::try_from(start).ok()?..usize::try_from(end?).ok()?;
            bytes.get(range)
        });
        slice.ok_or_else(|| {
            self.error(
                place,
                format!(
                    "bytes {start} to {} leave buffer {} of {} bytes",
                    end.map_or_else(|| "infinity".to_string(), |end| end.to_string()),
                    declared.buffer.value(),
                    buffer.map_or(0, Vec::len),
                ),
                EXPORT_AGAIN,
            )
        })
    }

    /// The still encoded bytes of an image (PNG or JPEG).
    ///
    /// # Errors
    /// [`GltfError`] when the image has no source, its file is missing or lies outside the folder.
    pub fn image_bytes(&self, image_index: usize) -> Result<Vec<u8>, GltfError> {
        let place = format!("images[{image_index}]");
        let Some(image) = self.root.images.get(image_index) else {
            return Err(self.error(place, "there is no such image", EXPORT_AGAIN));
        };
        match (image.buffer_view, &image.uri) {
            (Some(view), _) => self.view_bytes(view).map(<[u8]>::to_vec),
            (None, Some(uri)) => self.read_uri(&place, uri),
            (None, None) => Err(self.error(place, "the image has neither `uri` nor `bufferView`", EXPORT_AGAIN)),
        }
    }

    /// Splits a GLB container into its JSON and its optional binary chunk (glTF 2.0, section 4.4).
    fn split_container<'a>(&self, bytes: &'a [u8]) -> Result<(&'a [u8], Option<&'a [u8]>), GltfError> {
        let truncated = |place: &str| self.error(place, "the file is truncated", "copy or export the asset again");
        let word = |offset: usize| -> Option<u32> {
            let word = bytes.get(offset..offset.checked_add(4)?)?;
            Some(u32::from_le_bytes(word.try_into().ok()?))
        };
        let version = word(4).ok_or_else(|| truncated("GLB header"))?;
        if version != 2 {
            return Err(self.error(
                "GLB header",
                format!("container version {version} is not 2"),
                "export the asset as glTF 2.0",
            ));
        }
        let declared = word(8).ok_or_else(|| truncated("GLB header"))? as usize;
        if declared > bytes.len() {
            return Err(truncated("GLB header"));
        }
        let mut chunks = Vec::with_capacity(2);
        let mut offset = 12_usize;
        while offset < declared && chunks.len() < 2 {
            let place = format!("GLB chunk {}", chunks.len());
            let length = word(offset).ok_or_else(|| truncated(&place))? as usize;
            let kind = word(offset + 4).ok_or_else(|| truncated(&place))?;
            let start = offset + 8;
            let data = start
                .checked_add(length)
                .filter(|end| *end <= declared)
                .and_then(|end| bytes.get(start..end))
                .ok_or_else(|| truncated(&place))?;
            chunks.push((kind, data));
            offset = start + length;
        }
        const JSON: u32 = u32::from_le_bytes(*b"JSON");
        const BIN: u32 = u32::from_le_bytes(*b"BIN\0");
        match chunks.as_slice() {
            [(JSON, document)] => Ok((document, None)),
            [(JSON, document), (BIN, binary)] => Ok((document, Some(binary))),
            [(JSON, document), _] => Ok((document, None)),
            _ => Err(self.error("GLB chunk 0", "the first chunk is not JSON", "the file is damaged; export it again")),
        }
    }

    /// The validation of the `gltf` crate looks up the accessors of positions before it checks their indices.
    fn check_positions(&self, root: &json::Root) -> Result<(), GltfError> {
        for (mesh_index, mesh) in root.meshes.iter().enumerate() {
            for (index, primitive) in mesh.primitives.iter().enumerate() {
                let accessor = primitive.attributes.get(&json::validation::Checked::Valid(::gltf::Semantic::Positions));
                if let Some(accessor) = accessor.filter(|accessor| accessor.value() >= root.accessors.len()) {
                    return Err(self.error(
                        format!("meshes[{mesh_index}].primitives[{index}].POSITION"),
                        format!("there is no accessor {}", accessor.value()),
                        EXPORT_AGAIN,
                    ));
                }
            }
        }
        Ok(())
    }

    fn document_error(&self, error: &::gltf::Error) -> GltfError {
        match error {
            ::gltf::Error::Validation(faults) => {
                let shown: Vec<String> =
                    faults.iter().take(4).map(|(path, fault)| format!("{path}: {fault}")).collect();
                let more = faults.len().saturating_sub(shown.len());
                let suffix = if more == 0 { String::new() } else { format!(" (and {more} more)") };
                let unsupported = faults.iter().any(|(_, fault)| *fault == json::validation::Error::Unsupported);
                let remedy = if unsupported {
                    "export the asset without the required extensions named above"
                } else {
                    EXPORT_AGAIN
                };
                self.error("JSON document", format!("{}{suffix}", shown.join(", ")), remedy)
            }
            other => self.error("JSON document", other.to_string(), EXPORT_AGAIN),
        }
    }

    fn read_buffer(&self, index: usize, binary_chunk: &mut Option<&[u8]>) -> Result<Vec<u8>, GltfError> {
        let place = format!("buffers[{index}]");
        let Some(buffer) = self.root.buffers.get(index) else {
            return Err(self.error(place, "there is no such buffer", EXPORT_AGAIN));
        };
        let bytes = match &buffer.uri {
            Some(uri) => self.read_uri(&place, uri)?,
            // Only the first buffer may be the container's binary chunk.
            None => match (index, binary_chunk.take()) {
                (0, Some(chunk)) => chunk.to_vec(),
                _ => return Err(self.error(place, "the buffer has no data", EXPORT_AGAIN)),
            },
        };
        if (bytes.len() as u64) < buffer.byte_length.0 {
            return Err(self.error(
                place,
                format!("declares {} bytes, but only {} are there", buffer.byte_length.0, bytes.len()),
                "the asset is truncated; copy or export it again",
            ));
        }
        Ok(bytes)
    }

    /// Reads a `data:` URI or a file inside the asset's folder. Everything else is refused: no network,
    /// no absolute path, no `..`, no symbolic link that leads outside.
    fn read_uri(&self, place: &str, uri: &str) -> Result<Vec<u8>, GltfError> {
        if let Some(data) = uri.strip_prefix("data:") {
            let encoded = data.split_once(";base64,").map(|(_, encoded)| encoded);
            return encoded
                .and_then(decode_base64)
                .ok_or_else(|| self.error(place, "the data URI is not valid base64", EXPORT_AGAIN));
        }
        let shown: String = uri.chars().take(80).collect();
        let refuse = |message: String| self.error(place, message, STAY_INSIDE);
        let decoded = decode_percent(uri).ok_or_else(|| refuse(format!("`{shown}` is not a valid file reference")))?;
        if decoded.contains(':') {
            return Err(refuse(format!("`{shown}` is an address; nothing is fetched from elsewhere")));
        }
        if decoded.contains(['\\', '\0']) {
            return Err(refuse(format!("`{shown}` holds a character that is not allowed in a reference")));
        }
        let relative = Path::new(&decoded);
        let plain = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !plain || decoded.is_empty() {
            return Err(refuse(format!("`{shown}` leaves the folder of the asset")));
        }
        let folder = match self.file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let unreadable = |error: std::io::Error| {
            self.error(place, format!("`{shown}` cannot be read: {error}"), "copy the missing file beside the asset")
        };
        let real_folder = folder.canonicalize().map_err(unreadable)?;
        let real_file = folder.join(relative).canonicalize().map_err(unreadable)?;
        if !real_file.starts_with(&real_folder) {
            return Err(refuse(format!("`{shown}` is a link that leaves the folder of the asset")));
        }
        read_regular_file(&real_file).map_err(|message| {
            self.error(place, format!("`{shown}`: {message}"), "copy the missing file beside the asset")
        })
    }
}

/// Reads a whole regular file of at most [`MAX_FILE_BYTES`]; a pipe or device would block for ever.
fn read_regular_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
    if !metadata.is_file() {
        return Err("is not a regular file".into());
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("is {} bytes long; at most {MAX_FILE_BYTES} are read", metadata.len()));
    }
    fs::read(path).map_err(|error| format!("cannot be read: {error}"))
}

/// RFC 3986 percent decoding; `None` for a broken escape or text that is not UTF-8.
fn decode_percent(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// RFC 4648 base64, padding optional; `None` for any other character or an impossible length.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            let value = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = (bits << 6) | u32::from(value);
        }
        bits <<= 6 * (4 - group.len()) as u32;
        let word = bits.to_be_bytes();
        // A group of n digits holds n - 1 bytes, behind the unused highest one.
        bytes.extend(word.iter().skip(1).take(group.len() - 1));
    }
    Some(bytes)
}
