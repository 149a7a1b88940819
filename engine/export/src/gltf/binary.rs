//! The binary chunk and its views, and the container around both chunks.

use serde_json::{Value, json};

use super::GltfError;

const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const FLOAT: u32 = 5126;
const UNSIGNED_SHORT: u32 = 5123;
const UNSIGNED_INT: u32 = 5125;

/// Everything that is not JSON, gathered from the start of the file to its end.
#[derive(Default)]
pub struct Binary {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Binary {
    /// Adds raw bytes and returns the index of their view.
    pub fn view(&mut self, bytes: &[u8], target: Option<u32>) -> usize {
        // Floats must start at a multiple of their size.
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let mut view = json!({ "buffer": 0, "byteOffset": self.bytes.len(), "byteLength": bytes.len() });
        if let Some(target) = target {
            view["target"] = json!(target);
        }
        self.bytes.extend_from_slice(bytes);
        self.views.push(view);
        self.views.len() - 1
    }

    /// Adds vertex values, `N` floats each, and returns the index of their accessor. Positions need `bounds`.
    pub fn vertices<const N: usize>(&mut self, values: &[[f32; N]], bounds: bool) -> usize {
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        let kind = match N {
            2 => "VEC2",
            3 => "VEC3",
            _ => "VEC4",
        };
        let view = self.view(&bytes, Some(ARRAY_BUFFER));
        let mut accessor = json!({ "bufferView": view, "componentType": FLOAT, "count": values.len(), "type": kind });
        if bounds {
            accessor["min"] = json!(extreme(values, f32::min));
            accessor["max"] = json!(extreme(values, f32::max));
        }
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    /// Adds numbers that are no part of a mesh (times, rotations, matrices), `N` floats each, and returns the index of
    /// their accessor. Times need `bounds`.
    pub fn floats<const N: usize>(&mut self, values: &[[f32; N]], bounds: bool) -> usize {
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        let kind = match N {
            1 => "SCALAR",
            3 => "VEC3",
            4 => "VEC4",
            _ => "MAT4",
        };
        let view = self.view(&bytes, None);
        let mut accessor = json!({ "bufferView": view, "componentType": FLOAT, "count": values.len(), "type": kind });
        if bounds {
            accessor["min"] = json!(extreme(values, f32::min));
            accessor["max"] = json!(extreme(values, f32::max));
        }
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    /// Adds the joints of vertices, four each, and returns the index of their accessor.
    pub fn joints(&mut self, values: &[[u16; 4]]) -> usize {
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        let view = self.view(&bytes, Some(ARRAY_BUFFER));
        self.accessors.push(
            json!({ "bufferView": view, "componentType": UNSIGNED_SHORT, "count": values.len(), "type": "VEC4" }),
        );
        self.accessors.len() - 1
    }

    /// Adds vectors of which few are not zero, those with their indices in ascending order, and returns the index of
    /// their accessor.
    pub fn sparse(&mut self, count: usize, entries: &[(u32, [f32; 3])]) -> usize {
        // Readers expect an accessor to have data, even where it is all zero.
        let entries = if entries.is_empty() { &[(0, [0.0; 3])] } else { entries };
        let mut values: Vec<[f32; 3]> = entries.iter().map(|(_, value)| *value).collect();
        let indices: Vec<u8> = entries.iter().flat_map(|(index, _)| index.to_le_bytes()).collect();
        let bytes: Vec<u8> = values.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
        let sparse = json!({
            "count": entries.len(),
            "indices": { "bufferView": self.view(&indices, None), "componentType": UNSIGNED_INT },
            "values": { "bufferView": self.view(&bytes, None) },
        });
        if entries.len() < count {
            values.push([0.0; 3]);
        }
        self.accessors.push(json!({
            "componentType": FLOAT,
            "count": count,
            "type": "VEC3",
            "sparse": sparse,
            "min": extreme(&values, f32::min),
            "max": extreme(&values, f32::max),
        }));
        self.accessors.len() - 1
    }

    /// Adds triangle corners and returns the index of their accessor.
    pub fn indices(&mut self, indices: &[u32]) -> usize {
        let bytes: Vec<u8> = indices.iter().flat_map(|index| index.to_le_bytes()).collect();
        let view = self.view(&bytes, Some(ELEMENT_ARRAY_BUFFER));
        self.accessors.push(
            json!({ "bufferView": view, "componentType": UNSIGNED_INT, "count": indices.len(), "type": "SCALAR" }),
        );
        self.accessors.len() - 1
    }

    /// The document's arrays that describe the binary chunk; glTF forbids empty ones.
    pub fn describe(&self, document: &mut Value) {
        if self.views.is_empty() {
            return;
        }
        if !self.accessors.is_empty() {
            document["accessors"] = json!(self.accessors);
        }
        document["bufferViews"] = json!(self.views);
        document["buffers"] = json!([{ "byteLength": self.bytes.len() }]);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The least or the largest of each component.
fn extreme<const N: usize>(values: &[[f32; N]], pick: fn(f32, f32) -> f32) -> Vec<f32> {
    (0..N).map(|axis| values.iter().map(|value| value[axis]).reduce(pick).unwrap_or(0.0)).collect()
}

/// Header, JSON chunk padded with spaces, binary chunk padded with zeros.
pub fn glb(document: &Value, mut binary: Vec<u8>) -> Result<Vec<u8>, GltfError> {
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    binary.resize(binary.len().next_multiple_of(4), 0);
    let mut chunks = vec![(b"JSON", json)];
    if !binary.is_empty() {
        chunks.push((b"BIN\0", binary));
    }
    let total = 12 + chunks.iter().map(|(_, chunk)| 8 + chunk.len()).sum::<usize>();
    let length =
        |bytes: usize| u32::try_from(bytes).map(u32::to_le_bytes).map_err(|_| GltfError::TooLarge { bytes: total });

    let mut file = Vec::with_capacity(total);
    file.extend(b"glTF");
    file.extend(2u32.to_le_bytes());
    file.extend(length(total)?);
    for (kind, chunk) in chunks {
        file.extend(length(chunk.len())?);
        file.extend(kind);
        file.extend(chunk);
    }
    Ok(file)
}
