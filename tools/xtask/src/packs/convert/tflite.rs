//! Reads TFLite models into plain structures. Field numbers are those of TensorFlow Lite's `schema.fbs`, version 3.

use super::flatbuffer::{Table, Vector};

/// Element types of `TensorType`.
const FLOAT32: u8 = 0;
const FLOAT16: u8 = 1;
const INT32: u8 = 2;
const INT8: u8 = 9;

/// One network: the first subgraph of a model.
pub struct Network<'a> {
    pub tensors: Vec<Tensor<'a>>,
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    pub operators: Vec<Operator<'a>>,
}

pub struct Tensor<'a> {
    pub name: &'a str,
    /// Outermost first; pictures are batch, height, width, channel.
    pub shape: Vec<i64>,
    /// Weights and other constants; none for what is computed.
    pub constant: Option<Constant>,
    element: u8,
}

/// The values of a constant, in row-major order.
#[derive(Clone)]
pub enum Constant {
    Floats(Vec<f32>),
    Ints(Vec<i32>),
}

pub struct Operator<'a> {
    /// `BuiltinOperator`.
    pub code: i32,
    /// Indices of tensors; none where an optional one is left out.
    pub inputs: Vec<Option<usize>>,
    pub output: usize,
    /// What the operator's own options table says; none when all is default.
    pub options: Option<Table<'a>>,
    /// Name and options of an operator that TFLite itself does not know (code [`CUSTOM`]); else empty.
    pub custom: Custom<'a>,
}

/// What the makers of a network added to TFLite.
#[derive(Clone, Copy, Default)]
pub struct Custom<'a> {
    pub name: &'a str,
    /// In a form that only its makers know.
    pub options: &'a [u8],
}

/// `BuiltinOperator` of what is no builtin operator.
pub const CUSTOM: i32 = 32;

impl Tensor<'_> {
    pub fn is_float(&self) -> bool {
        self.element == FLOAT32
    }
}

impl<'a> Network<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let model = Table::root(bytes, b"TFL3")?;
        let codes: Vec<(i32, &str)> =
            model.vector(1)?.tables()?.iter().map(operator_code).collect::<Result<_, String>>()?;
        let graphs = model.vector(2)?.tables()?;
        let [graph] = graphs.as_slice() else {
            return Err(format!("it has {} subgraphs, only 1 is supported", graphs.len()));
        };
        let buffers = model.vector(4)?.tables()?;
        let buffers: Vec<Vector> = buffers.iter().map(|buffer| buffer.vector(0)).collect::<Result<_, String>>()?;
        let tensors: Vec<Tensor> = graph
            .vector(0)?
            .tables()?
            .iter()
            .map(|table| read_tensor(table, &buffers))
            .collect::<Result<_, String>>()?;
        let known = |index: i32| {
            usize::try_from(index)
                .ok()
                .filter(|index| *index < tensors.len())
                .ok_or_else(|| format!("there is no tensor {index}"))
        };
        let all_known = |list: Vec<i32>| list.into_iter().map(known).collect::<Result<Vec<usize>, String>>();
        let (inputs, outputs) = (all_known(graph.vector(1)?.ints()?)?, all_known(graph.vector(2)?.ints()?)?);
        let mut operators = Vec::new();
        for table in graph.vector(3)?.tables()? {
            let code = usize::try_from(table.int(0, 0)?).ok().and_then(|index| codes.get(index));
            let inputs = table.vector(1)?.ints()?.into_iter();
            let inputs = inputs.map(|index| if index == -1 { Ok(None) } else { known(index).map(Some) });
            let outputs = all_known(table.vector(2)?.ints()?)?;
            let [output] = outputs.as_slice() else {
                return Err(format!("an operator has {} outputs, only 1 is supported", outputs.len()));
            };
            let (code, custom_name) = *code.ok_or("an operator has no code")?;
            operators.push(Operator {
                code,
                inputs: inputs.collect::<Result<_, String>>()?,
                output: *output,
                options: table.table(4)?,
                custom: Custom { name: custom_name, options: table.vector(5)?.bytes(1)? },
            });
        }
        Ok(Self { tensors, inputs, outputs, operators })
    }
}

/// Codes above 127 stand in a later field, with 127 in the old one. The name is that of a custom operator.
fn operator_code<'a>(table: &Table<'a>) -> Result<(i32, &'a str), String> {
    Ok((i32::from(table.byte(0, 0)?).max(table.int(3, 0)?), table.string(1)?))
}

fn read_tensor<'a>(table: &Table<'a>, buffers: &[Vector<'a>]) -> Result<Tensor<'a>, String> {
    let name = table.string(3)?;
    let wrong = |problem: &str| format!("tensor `{name}`: {problem}");
    if table.table(6)?.is_some() {
        return Err(wrong("sparse weights are not supported"));
    }
    let shape: Vec<i64> = table.vector(0)?.ints()?.into_iter().map(i64::from).collect();
    let count = shape
        .iter()
        .try_fold(1_usize, |count, &size| usize::try_from(size).ok().filter(|s| *s > 0)?.checked_mul(count))
        .ok_or_else(|| wrong("a size is not fixed, 0 or too large"))?;
    let element = table.byte(1, 0)?;
    let buffer = usize::try_from(table.int(2, 0)?).ok().and_then(|index| buffers.get(index));
    let buffer = buffer.ok_or_else(|| wrong("its buffer does not exist"))?;
    let constant = match buffer.len {
        0 => None,
        length => {
            let width = match element {
                FLOAT32 | INT32 => 4,
                FLOAT16 => 2,
                INT8 => 1,
                other => return Err(wrong(&format!("a constant of element type {other} is not supported"))),
            };
            if count.checked_mul(width) != Some(length) {
                return Err(wrong("its buffer has another length than its shape asks for"));
            }
            let bytes = buffer.bytes(1)?;
            let words = || bytes.chunks_exact(4).map(|b| [b[0], b[1], b[2], b[3]]);
            Some(match element {
                FLOAT32 => Constant::Floats(words().map(f32::from_le_bytes).collect()),
                INT32 => Constant::Ints(words().map(i32::from_le_bytes).collect()),
                FLOAT16 => {
                    Constant::Floats(bytes.chunks_exact(2).map(|b| half(u16::from_le_bytes([b[0], b[1]]))).collect())
                }
                _ => Constant::Floats(dequantise(bytes, &shape, table).map_err(|problem| wrong(&problem))?),
            })
        }
    };
    // Constants are floats from here on, whatever they were stored as.
    let element = if matches!(constant, Some(Constant::Floats(_))) { FLOAT32 } else { element };
    Ok(Tensor { name, shape, constant, element })
}

/// `(stored - zero point) * scale`, with one scale for all or one for each index of one dimension.
fn dequantise(bytes: &[u8], shape: &[i64], tensor: &Table) -> Result<Vec<f32>, String> {
    let quantisation = tensor.table(4)?.ok_or("8-bit integers without a scale are not supported")?;
    let (scales, zeros) = (quantisation.vector(2)?.floats()?, quantisation.vector(3)?.longs()?);
    let axis = usize::try_from(quantisation.int(6, 0)?).map_err(|_| "its quantised dimension is negative")?;
    let size = shape.get(axis).map_or(1, |size| *size as usize);
    if (scales.len() != 1 && scales.len() != size) || (!zeros.is_empty() && zeros.len() != scales.len()) {
        return Err("scales and zero points do not fit its shape".to_owned());
    }
    // Elements from one index of the quantised dimension to the next.
    let stride: usize = shape.iter().skip(axis + 1).map(|size| *size as usize).product();
    let value = |(place, byte): (usize, &u8)| {
        let index = if scales.len() == 1 { 0 } else { place / stride % size };
        (f32::from(*byte as i8) - zeros.get(index).copied().unwrap_or(0) as f32) * scales[index]
    };
    Ok(bytes.iter().enumerate().map(value).collect())
}

/// From IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from((bits >> 10) & 0x1f), f32::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2_f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2_f32.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// What `BuiltinOperator` calls a code, as far as there are names for it here; a custom operator by its own name.
pub fn operator_name(operator: &Operator) -> String {
    if operator.code == CUSTOM {
        return format!("CUSTOM `{}`", operator.custom.name);
    }
    builtin_name(operator.code)
}

fn builtin_name(code: i32) -> String {
    let name = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
    name.map_or_else(|| format!("number {code}"), |name| (*name).to_owned())
}

#[rustfmt::skip]
const NAMES: [&str; 100] = [
    "ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEPTH_TO_SPACE", "DEQUANTIZE",
    "EMBEDDING_LOOKUP", "FLOOR", "FULLY_CONNECTED", "HASHTABLE_LOOKUP", "L2_NORMALIZATION", "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION", "LOGISTIC", "LSH_PROJECTION", "LSTM", "MAX_POOL_2D", "MUL", "RELU", "RELU_N1_TO_1",
    "RELU6", "RESHAPE", "RESIZE_BILINEAR", "RNN", "SOFTMAX", "SPACE_TO_DEPTH", "SVDF", "TANH", "CONCAT_EMBEDDINGS",
    "SKIP_GRAM", "CALL", "CUSTOM", "EMBEDDING_LOOKUP_SPARSE", "PAD", "UNIDIRECTIONAL_SEQUENCE_RNN", "GATHER",
    "BATCH_TO_SPACE_ND", "SPACE_TO_BATCH_ND", "TRANSPOSE", "MEAN", "SUB", "DIV", "SQUEEZE",
    "UNIDIRECTIONAL_SEQUENCE_LSTM", "STRIDED_SLICE", "BIDIRECTIONAL_SEQUENCE_RNN", "EXP", "TOPK_V2", "SPLIT",
    "LOG_SOFTMAX", "DELEGATE", "BIDIRECTIONAL_SEQUENCE_LSTM", "CAST", "PRELU", "MAXIMUM", "ARG_MAX", "MINIMUM", "LESS",
    "NEG", "PADV2", "GREATER", "GREATER_EQUAL", "LESS_EQUAL", "SELECT", "SLICE", "SIN", "TRANSPOSE_CONV",
    "SPARSE_TO_DENSE", "TILE", "EXPAND_DIMS", "EQUAL", "NOT_EQUAL", "LOG", "SUM", "SQRT", "RSQRT", "SHAPE", "POW",
    "ARG_MIN", "FAKE_QUANT", "REDUCE_PROD", "REDUCE_MAX", "PACK", "LOGICAL_OR", "ONE_HOT", "LOGICAL_AND",
    "LOGICAL_NOT", "UNPACK", "REDUCE_MIN", "FLOOR_DIV", "REDUCE_ANY", "SQUARE", "ZEROS_LIKE", "FILL", "FLOOR_MOD",
    "RANGE", "RESIZE_NEAREST_NEIGHBOR", "LEAKY_RELU", "SQUARED_DIFFERENCE",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_read_exactly() {
        let cases =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0), (0x3555, 0.333_251_95)];
        for (bits, value) in cases {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
    }

    #[test]
    fn operators_are_named_by_their_codes() {
        for (code, name) in
            [(3, "CONV_2D"), (54, "PRELU"), (76, "RSQRT"), (99, "SQUARED_DIFFERENCE"), (-1, "number -1")]
        {
            assert_eq!(builtin_name(code), name);
        }
    }
}
