//! Turns a TFLite network into an ONNX graph.
//!
//! TFLite keeps channels last, ONNX's convolutions want them second. Every tensor of four dimensions may exist in both
//! orders, "plain" as in TFLite and "planar"; an operator asks for the order that it needs, and a transposition is
//! inserted where it does not exist yet. What works element by element keeps the order of its input. Inputs and outputs
//! of four dimensions are planar.

mod enlarging;
mod operators;
mod values;
mod windows;

use super::onnx::Graph;
use super::tflite::{CUSTOM, Constant, Network, Operator, operator_name};

/// An input or output of the converted network.
pub struct Port {
    pub name: String,
    /// Pictures are batch, channel, height, width.
    pub shape: Vec<i64>,
}

/// The converted network.
pub struct Lowered {
    pub onnx: Vec<u8>,
    pub inputs: Vec<Port>,
    pub outputs: Vec<Port>,
}

/// The names under which a tensor exists in the graph.
#[derive(Default)]
struct Value {
    plain: Option<String>,
    planar: Option<String>,
    /// In which order it was computed.
    is_planar_first: bool,
}

struct Lowering<'a> {
    network: &'a Network<'a>,
    graph: Graph,
    values: Vec<Value>,
    /// Which tensor holds the values of each: itself, or the constant that it is converted from.
    source: Vec<usize>,
}

/// Converts `network`. `name_of` says what an input or output is called from now on; outputs without a name are left
/// out.
pub fn lower(network: &Network, model: &str, name_of: impl Fn(&str) -> Option<String>) -> Result<Lowered, String> {
    let mut values = Vec::new();
    values.resize_with(network.tensors.len(), Value::default);
    let source = (0..network.tensors.len()).collect();
    let mut lowering = Lowering { network, graph: Graph::default(), values, source };
    let mut inputs = Vec::new();
    for &index in &network.inputs {
        let tensor = &network.tensors[index];
        let name = name_of(tensor.name).ok_or_else(|| format!("its input `{}` is not described", tensor.name))?;
        if !tensor.is_float() {
            return Err(format!("its input `{}` is not of 32-bit floats", tensor.name));
        }
        let shape = lowering.port_shape(index);
        lowering.graph.input(&name, &shape);
        lowering.set(index, name.clone(), shape.len() == 4);
        inputs.push(Port { name, shape });
    }
    for (place, operator) in network.operators.iter().enumerate() {
        lowering
            .operator(operator)
            .map_err(|problem| format!("operator {place}, {}: {problem}", operator_name(operator)))?;
    }
    let mut outputs = Vec::new();
    for &index in &network.outputs {
        let Some(name) = name_of(network.tensors[index].name) else { continue };
        let shape = lowering.port_shape(index);
        let value = if shape.len() == 4 { lowering.planar(index)? } else { lowering.plain(index)? };
        lowering.graph.node("Identity", &[value], &name, &[]);
        lowering.graph.output(&name, &shape);
        outputs.push(Port { name, shape });
    }
    Ok(Lowered { onnx: lowering.graph.finish(model), inputs, outputs })
}

impl Lowering<'_> {
    fn operator(&mut self, operator: &Operator) -> Result<(), String> {
        match operator.code {
            0 => self.binary(operator, "Add"),
            1 => self.pool(operator, "AveragePool"),
            2 => self.concatenation(operator),
            3 => self.convolution(operator, false),
            4 => self.convolution(operator, true),
            6 => self.dequantize(operator),
            14 => self.unary(operator, &["Sigmoid"]),
            17 => self.pool(operator, "MaxPool"),
            18 => self.binary(operator, "Mul"),
            19 => self.unary(operator, &["Relu"]),
            22 => self.reshape(operator),
            23 => self.resize_bilinear(operator),
            25 => self.softmax(operator),
            CUSTOM if operator.custom.name == "Convolution2DTransposeBias" => self.transposed_convolution(operator),
            34 => self.pad(operator),
            39 => self.transpose(operator),
            40 => self.reduce(operator, "ReduceMean"),
            41 => self.binary(operator, "Sub"),
            42 => self.binary(operator, "Div"),
            45 => self.strided_slice(operator),
            54 => self.prelu(operator),
            59 => self.unary(operator, &["Neg"]),
            74 => self.reduce(operator, "ReduceSum"),
            75 => self.unary(operator, &["Sqrt"]),
            76 => self.unary(operator, &["Sqrt", "Reciprocal"]),
            99 => self.squared_difference(operator),
            117 => self.unary(operator, &["HardSwish"]),
            _ => Err("it is not among the operators that are converted".to_owned()),
        }
    }
}

#[cfg(test)]
pub mod tests;
