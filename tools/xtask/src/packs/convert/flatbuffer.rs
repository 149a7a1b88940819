//! Reads FlatBuffers, the container of TFLite models, by field number and with every bound checked.
//!
//! Format: <https://flatbuffers.dev/internals/>. A table begins with a signed distance back to its vtable; the vtable
//! holds, after its own and the table's length, one 16-bit offset for each field, 0 for a field that is absent.

const TOO_SHORT: &str = "it ends too early, or one of its offsets points outside";

/// One table of a buffer.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    vtable_at: usize,
    /// Bytes of the vtable, its two lengths included.
    vtable_bytes: usize,
}

/// A vector of numbers, tables or strings.
#[derive(Clone, Copy)]
pub struct Vector<'a> {
    bytes: &'a [u8],
    at: usize,
    pub len: usize,
}

impl<'a> Table<'a> {
    /// The root table of a buffer that carries this file identifier.
    pub fn root(bytes: &'a [u8], identifier: &[u8; 4]) -> Result<Self, String> {
        if bytes.get(4..8) != Some(identifier) {
            return Err(format!("it is no {} file", String::from_utf8_lossy(identifier)));
        }
        Self::at(bytes, follow(bytes, 0)?)
    }

    fn at(bytes: &'a [u8], at: usize) -> Result<Self, String> {
        let back = i64::from(i32::from_le_bytes(array(bytes, at)?));
        let vtable_at = i64::try_from(at).ok().and_then(|at| at.checked_sub(back)).ok_or(TOO_SHORT)?;
        let vtable_at = usize::try_from(vtable_at).map_err(|_| TOO_SHORT)?;
        let vtable_bytes = usize::from(u16::from_le_bytes(array(bytes, vtable_at)?));
        if vtable_bytes < 4 || vtable_at.checked_add(vtable_bytes).is_none_or(|end| end > bytes.len()) {
            return Err(TOO_SHORT.to_owned());
        }
        Ok(Self { bytes, at, vtable_at, vtable_bytes })
    }

    /// Where the field lies; none when it has its default.
    fn field(&self, field: usize) -> Result<Option<usize>, String> {
        let entry = 4 + 2 * field;
        if entry + 2 > self.vtable_bytes {
            return Ok(None);
        }
        let offset = usize::from(u16::from_le_bytes(array(self.bytes, self.vtable_at + entry)?));
        if offset == 0 { Ok(None) } else { self.at.checked_add(offset).map(Some).ok_or_else(|| TOO_SHORT.to_owned()) }
    }

    fn number<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>, String> {
        self.field(field)?.map(|at| array(self.bytes, at)).transpose()
    }

    pub fn byte(&self, field: usize, default: u8) -> Result<u8, String> {
        Ok(self.number::<1>(field)?.map_or(default, |[byte]| byte))
    }

    pub fn flag(&self, field: usize) -> Result<bool, String> {
        self.byte(field, 0).map(|byte| byte != 0)
    }

    pub fn int(&self, field: usize, default: i32) -> Result<i32, String> {
        Ok(self.number(field)?.map_or(default, i32::from_le_bytes))
    }

    pub fn float(&self, field: usize, default: f32) -> Result<f32, String> {
        Ok(self.number(field)?.map_or(default, f32::from_le_bytes))
    }

    pub fn table(&self, field: usize) -> Result<Option<Self>, String> {
        self.field(field)?.map(|at| Self::at(self.bytes, follow(self.bytes, at)?)).transpose()
    }

    /// A vector; an empty one when the field is absent.
    pub fn vector(&self, field: usize) -> Result<Vector<'a>, String> {
        match self.field(field)? {
            Some(at) => Vector::at(self.bytes, follow(self.bytes, at)?),
            None => Ok(Vector { bytes: self.bytes, at: 0, len: 0 }),
        }
    }

    pub fn string(&self, field: usize) -> Result<&'a str, String> {
        let text = self.vector(field)?.bytes(1)?;
        std::str::from_utf8(text).map_err(|_| "a name in it is not UTF-8".to_owned())
    }
}

impl<'a> Vector<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Result<Self, String> {
        let len = u32::from_le_bytes(array(bytes, at)?) as usize;
        // No element is smaller than a byte, so that a wrong length is found before anything is reserved for it.
        if len > bytes.len() - at {
            return Err(TOO_SHORT.to_owned());
        }
        Ok(Self { bytes, at: at + 4, len })
    }

    /// All elements as they are stored, `width` bytes each.
    pub fn bytes(&self, width: usize) -> Result<&'a [u8], String> {
        let end = self.len.checked_mul(width).and_then(|length| self.at.checked_add(length));
        end.and_then(|end| self.bytes.get(self.at..end)).ok_or_else(|| TOO_SHORT.to_owned())
    }

    pub fn tables(&self) -> Result<Vec<Table<'a>>, String> {
        self.bytes(4)?;
        (0..self.len).map(|n| Table::at(self.bytes, follow(self.bytes, self.at + 4 * n)?)).collect()
    }

    pub fn ints(&self) -> Result<Vec<i32>, String> {
        Ok(self.bytes(4)?.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    pub fn floats(&self) -> Result<Vec<f32>, String> {
        Ok(self.bytes(4)?.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
    }

    pub fn longs(&self) -> Result<Vec<i64>, String> {
        let long = |b: &[u8]| i64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        Ok(self.bytes(8)?.chunks_exact(8).map(long).collect())
    }
}

/// The place that the unsigned distance at `at` points to.
fn follow(bytes: &[u8], at: usize) -> Result<usize, String> {
    let distance = u32::from_le_bytes(array(bytes, at)?) as usize;
    at.checked_add(distance).filter(|target| *target < bytes.len()).ok_or_else(|| TOO_SHORT.to_owned())
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], String> {
    let slice = at.checked_add(N).and_then(|end| bytes.get(at..end));
    slice.and_then(|slice| slice.try_into().ok()).ok_or_else(|| TOO_SHORT.to_owned())
}

#[cfg(test)]
pub mod tests {
    //! A writer for the tests: the smallest that makes buffers which the reader, and TFLite itself, understand.

    /// A field's value. Vectors of numbers are given as their bytes.
    #[derive(Clone)]
    pub enum Value {
        Byte(u8),
        Int(i32),
        Table(Vec<(usize, Value)>),
        Tables(Vec<Vec<(usize, Value)>>),
        /// Number of elements, and their bytes.
        Numbers(usize, Vec<u8>),
    }

    impl Value {
        pub fn text(text: &str) -> Self {
            Self::Numbers(text.len(), text.as_bytes().to_vec())
        }

        pub fn ints(values: &[i32]) -> Self {
            Self::Numbers(values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
        }

        pub fn floats(values: &[f32]) -> Self {
            Self::Numbers(values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
        }

        pub fn longs(values: &[i64]) -> Self {
            Self::Numbers(values.len(), values.iter().flat_map(|v| v.to_le_bytes()).collect())
        }
    }

    pub fn buffer(identifier: &[u8; 4], root: &[(usize, Value)]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend(identifier);
        let at = table(&mut bytes, root);
        point(&mut bytes, 0, at);
        bytes
    }

    /// Writes vtable, then table, then what the table points to; returns the table's place.
    fn table(bytes: &mut Vec<u8>, fields: &[(usize, Value)]) -> usize {
        let count = fields.iter().map(|(field, _)| field + 1).max().unwrap_or(0);
        let vtable_at = bytes.len();
        let mut vtable = vec![(4 + 2 * count) as u16, (4 + 4 * fields.len()) as u16];
        vtable.resize(2 + count, 0);
        for (place, (field, _)) in fields.iter().enumerate() {
            vtable[2 + field] = (4 + 4 * place) as u16;
        }
        bytes.extend(vtable.iter().flat_map(|entry| entry.to_le_bytes()));
        let at = bytes.len();
        bytes.extend(((at - vtable_at) as i32).to_le_bytes());
        bytes.resize(at + 4 + 4 * fields.len(), 0);
        for (place, (_, value)) in fields.iter().enumerate() {
            let slot = at + 4 + 4 * place;
            match value {
                Value::Byte(byte) => bytes[slot] = *byte,
                Value::Int(int) => bytes[slot..slot + 4].copy_from_slice(&int.to_le_bytes()),
                Value::Table(fields) => {
                    let target = table(bytes, fields);
                    point(bytes, slot, target);
                }
                Value::Tables(tables) => {
                    let vector_at = bytes.len();
                    point(bytes, slot, vector_at);
                    bytes.extend((tables.len() as u32).to_le_bytes());
                    bytes.resize(vector_at + 4 + 4 * tables.len(), 0);
                    for (n, fields) in tables.iter().enumerate() {
                        let target = table(bytes, fields);
                        point(bytes, vector_at + 4 + 4 * n, target);
                    }
                }
                Value::Numbers(count, numbers) => {
                    let target = bytes.len();
                    point(bytes, slot, target);
                    bytes.extend((*count as u32).to_le_bytes());
                    bytes.extend(numbers);
                }
            }
        }
        at
    }

    fn point(bytes: &mut [u8], slot: usize, target: usize) {
        bytes[slot..slot + 4].copy_from_slice(&((target - slot) as u32).to_le_bytes());
    }

    #[test]
    fn what_was_written_is_read() {
        use super::Table;

        let inner = vec![(1, Value::text("name"))];
        let bytes = buffer(
            b"TEST",
            &[
                (0, Value::Int(-7)),
                (2, Value::Byte(3)),
                (3, Value::Tables(vec![inner.clone(), Vec::new()])),
                (5, Value::longs(&[1, -2])),
            ],
        );
        let root = Table::root(&bytes, b"TEST").expect("a buffer");
        assert_eq!((root.int(0, 0), root.int(1, 9), root.byte(2, 0)), (Ok(-7), Ok(9), Ok(3)));
        let tables = root.vector(3).and_then(|v| v.tables()).expect("two tables");
        assert_eq!((tables.len(), tables[0].string(1), tables[1].string(1)), (2, Ok("name"), Ok("")));
        assert_eq!(root.vector(5).and_then(|v| v.longs()), Ok(vec![1, -2]));
        assert_eq!(root.vector(77).and_then(|v| v.floats()), Ok(Vec::new()));
        assert!(Table::root(&bytes, b"ELSE").is_err());
    }
}
