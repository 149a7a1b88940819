//! Checked reading of glTF accessors: every offset is verified against the bytes that are there before
//! anything is allocated or read, so that a damaged file gives an error and nothing else.

use ::gltf::json;
use ::gltf::json::accessor::{ComponentType, Type};
use ::gltf::json::validation::Checked;

use super::source::{GltfError, GltfSource};

const EXPORT_AGAIN: &str = "export the asset again";

/// An accessor whose elements all lie inside its buffer view.
struct Elements<'a> {
    bytes: &'a [u8],
    component: ComponentType,
    stride: usize,
    count: usize,
    width: usize,
    normalized: bool,
}

impl GltfSource {
    /// Reads an accessor of `N` floats per element. Normalised integers become `0..=1` or `-1..=1`
    /// (glTF 2.0, section 3.11).
    ///
    /// # Errors
    /// [`GltfError`] for a wrong element type, elements outside the buffer or a value that is not finite.
    pub fn read_floats<const N: usize>(
        &self,
        accessor: json::Index<json::Accessor>,
        attribute: &str,
    ) -> Result<Vec<[f32; N]>, GltfError> {
        let place = format!("{attribute} (accessors[{}])", accessor.value());
        let elements = self.elements(accessor, &place)?;
        let readable = elements.component == ComponentType::F32
            || (elements.normalized && elements.component != ComponentType::U32);
        if elements.width != N || !readable {
            return Err(self.error(
                place,
                format!("expected {N} floats per element, found {} of {:?}", elements.width, elements.component),
                EXPORT_AGAIN,
            ));
        }
        let mut values = Vec::with_capacity(elements.count);
        for index in 0..elements.count {
            let mut value = [0.0; N];
            for (lane, slot) in value.iter_mut().enumerate() {
                *slot = elements.float(index, lane).filter(|number| number.is_finite()).ok_or_else(|| {
                    self.error(
                        &place,
                        format!("element {index} is not a finite number"),
                        "remove the broken vertices in the modelling program and export again",
                    )
                })?;
            }
            values.push(value);
        }
        Ok(values)
    }

    /// The number of values per element of an accessor, e.g. 3 for `VEC3`.
    pub fn accessor_width(&self, accessor: json::Index<json::Accessor>) -> Option<usize> {
        match self.root().accessors.get(accessor.value())?.type_ {
            Checked::Valid(kind) => Some(kind.multiplicity()),
            Checked::Invalid => None,
        }
    }

    /// Reads an accessor of vertex indices.
    ///
    /// # Errors
    /// [`GltfError`] for a wrong element type or elements outside the buffer.
    pub fn read_indices(&self, accessor: json::Index<json::Accessor>, attribute: &str) -> Result<Vec<u32>, GltfError> {
        let place = format!("{attribute} (accessors[{}])", accessor.value());
        let elements = self.elements(accessor, &place)?;
        let integer = matches!(elements.component, ComponentType::U8 | ComponentType::U16 | ComponentType::U32);
        let read = |index| elements.integer(index);
        let values: Option<Vec<u32>> = (0..elements.count).map(read).collect();
        match values {
            Some(values) if integer && elements.width == 1 => Ok(values),
            _ => Err(self.error(place, "vertex indices must be unsigned integers", EXPORT_AGAIN)),
        }
    }

    fn elements(&self, index: json::Index<json::Accessor>, place: &str) -> Result<Elements<'_>, GltfError> {
        let fail = |message: &str, remedy: &str| self.error(place, message, remedy);
        let accessor =
            self.root().accessors.get(index.value()).ok_or_else(|| fail("there is no such accessor", EXPORT_AGAIN))?;
        if accessor.sparse.is_some() {
            return Err(fail("sparse accessors are not read", "export the asset without sparse accessors"));
        }
        let (Checked::Valid(component), Checked::Valid(kind)) = (accessor.component_type, accessor.type_) else {
            return Err(fail("unknown element type", EXPORT_AGAIN));
        };
        if matches!(kind, Type::Mat2 | Type::Mat3 | Type::Mat4) {
            return Err(fail("matrices are not vertex data", EXPORT_AGAIN));
        }
        let component = component.0;
        let view = accessor.buffer_view.ok_or_else(|| fail("the accessor has no data", EXPORT_AGAIN))?;
        let view_bytes = self.view_bytes(view)?;
        let width = kind.multiplicity();
        let element_bytes = width * component.size();
        let stride = self
            .root()
            .buffer_views
            .get(view.value())
            .and_then(|view| view.byte_stride)
            .map_or(element_bytes, |stride| stride.0);
        let start = accessor.byte_offset.map_or(0, |offset| offset.0);
        let count = accessor.count.0;
        // One past the last byte of the last element, in 64 bits so that it cannot wrap.
        let end = count.checked_sub(1).map_or(Some(start), |last| {
            last.checked_mul(stride as u64)?.checked_add(start)?.checked_add(element_bytes as u64)
        });
        match end {
            Some(end) if end <= view_bytes.len() as u64 && stride >= element_bytes => Ok(Elements {
                bytes: view_bytes.get(start as usize..).unwrap_or_default(),
                component,
                stride,
                count: count as usize,
                width,
                normalized: accessor.normalized,
            }),
            _ => Err(self.error(
                place,
                format!(
                    "{count} elements of {element_bytes} bytes do not fit into the {} bytes of bufferViews[{}]",
                    view_bytes.len(),
                    view.value()
                ),
                "the asset is damaged or truncated; export it again",
            )),
        }
    }
}

impl Elements<'_> {
    fn raw<const B: usize>(&self, index: usize, lane: usize) -> Option<[u8; B]> {
        let start = index * self.stride + lane * B;
        self.bytes.get(start..start + B)?.try_into().ok()
    }

    fn float(&self, index: usize, lane: usize) -> Option<f32> {
        Some(match self.component {
            ComponentType::F32 => f32::from_le_bytes(self.raw(index, lane)?),
            ComponentType::U8 => f32::from(u8::from_le_bytes(self.raw(index, lane)?)) / 255.0,
            ComponentType::U16 => f32::from(u16::from_le_bytes(self.raw(index, lane)?)) / 65535.0,
            ComponentType::I8 => (f32::from(i8::from_le_bytes(self.raw(index, lane)?)) / 127.0).max(-1.0),
            ComponentType::I16 => (f32::from(i16::from_le_bytes(self.raw(index, lane)?)) / 32767.0).max(-1.0),
            ComponentType::U32 => return None,
        })
    }

    fn integer(&self, index: usize) -> Option<u32> {
        Some(match self.component {
            ComponentType::U8 => u32::from(u8::from_le_bytes(self.raw(index, 0)?)),
            ComponentType::U16 => u32::from(u16::from_le_bytes(self.raw(index, 0)?)),
            ComponentType::U32 => u32::from_le_bytes(self.raw(index, 0)?),
            ComponentType::I8 | ComponentType::I16 | ComponentType::F32 => return None,
        })
    }
}
