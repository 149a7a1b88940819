//! Tensors of a network by name, in the order of dimensions that is asked for.

use super::super::onnx::Attribute;
use super::super::tflite::Tensor;
use super::{Constant, Lowering, Operator};

/// From batch, height, width, channel to batch, channel, height, width; and back.
pub const PLANAR_FROM_PLAIN: [usize; 4] = [0, 3, 1, 2];
const PLAIN_FROM_PLANAR: [usize; 4] = [0, 2, 3, 1];

impl Lowering<'_> {
    pub fn tensor(&self, index: usize) -> &Tensor<'_> {
        &self.network.tensors[index]
    }

    pub fn rank(&self, index: usize) -> usize {
        self.tensor(index).shape.len()
    }

    pub fn constant(&self, index: usize) -> Option<&Constant> {
        self.network.tensors[self.source[index]].constant.as_ref()
    }

    /// The shape of an input or output.
    pub fn port_shape(&self, index: usize) -> Vec<i64> {
        let shape = &self.tensor(index).shape;
        if shape.len() == 4 { PLANAR_FROM_PLAIN.map(|axis| shape[axis]).to_vec() } else { shape.clone() }
    }

    /// An operator's input that must be there.
    pub fn operand(operator: &Operator, place: usize) -> Result<usize, String> {
        operator.inputs.get(place).copied().flatten().ok_or_else(|| format!("it has no input {place}"))
    }

    /// A constant list of integers, such as axes.
    pub fn int_list(&self, operator: &Operator, place: usize) -> Result<Vec<i64>, String> {
        match self.constant(Self::operand(operator, place)?) {
            Some(Constant::Ints(values)) => Ok(values.iter().map(|value| i64::from(*value)).collect()),
            _ => Err(format!("its input {place} is no constant of 32-bit integers")),
        }
    }

    /// A constant of floats, with its shape.
    pub fn weights(&self, index: usize) -> Result<(&[i64], &[f32]), String> {
        match self.constant(index) {
            Some(Constant::Floats(values)) => Ok((&self.network.tensors[self.source[index]].shape, values)),
            _ => Err(format!("`{}` is no constant of floats", self.tensor(index).name)),
        }
    }

    /// Appends a node and returns the name of its output.
    pub fn emit(&mut self, operation: &str, inputs: &[String], attributes: &[Attribute]) -> String {
        let output = self.graph.fresh_name("value");
        self.graph.node(operation, inputs, &output, attributes);
        output
    }

    /// Says under which name `index` has been computed.
    pub fn set(&mut self, index: usize, name: String, is_planar: bool) {
        let value = &mut self.values[index];
        value.is_planar_first = is_planar;
        if is_planar {
            (value.plain, value.planar) = (None, Some(name));
        } else {
            (value.plain, value.planar) = (Some(name), None);
        }
    }

    /// Whether the tensor was computed with its channels second.
    pub fn is_planar(&self, index: usize) -> bool {
        self.values[index].is_planar_first
    }

    /// The tensor with its dimensions as in TFLite.
    pub fn plain(&mut self, index: usize) -> Result<String, String> {
        if let Some(name) = &self.values[index].plain {
            return Ok(name.clone());
        }
        let name = if self.constant(index).is_some() {
            let (shape, values) = self.weights(index)?;
            let (shape, values) = (shape.to_vec(), values.to_vec());
            self.graph.floats(&shape, &values)
        } else {
            let Some(planar) = self.values[index].planar.clone() else { return Err(self.missing(index)) };
            self.permuted(planar, PLAIN_FROM_PLANAR)
        };
        self.values[index].plain = Some(name.clone());
        Ok(name)
    }

    /// The tensor with its channels second; a constant of fewer dimensions is given leading ones.
    pub fn planar(&mut self, index: usize) -> Result<String, String> {
        if let Some(name) = &self.values[index].planar {
            return Ok(name.clone());
        }
        let name = if self.constant(index).is_some() {
            let (shape, values) = self.weights(index)?;
            let padded = four(shape).ok_or("a constant of more than four dimensions is not supported")?;
            let (shape, values) = permute(padded, values, PLANAR_FROM_PLAIN);
            self.graph.floats(&shape, &values)
        } else {
            if self.rank(index) != 4 {
                return Err(format!("`{}` has {} dimensions instead of 4", self.tensor(index).name, self.rank(index)));
            }
            let Some(plain) = self.values[index].plain.clone() else { return Err(self.missing(index)) };
            self.permuted(plain, PLANAR_FROM_PLAIN)
        };
        self.values[index].planar = Some(name.clone());
        Ok(name)
    }

    fn permuted(&mut self, name: String, axes: [usize; 4]) -> String {
        let axes = axes.map(|axis| axis as i64);
        self.emit("Transpose", &[name], &[Attribute::Ints("perm", &axes)])
    }

    fn missing(&self, index: usize) -> String {
        format!("`{}` is used before it is computed", self.tensor(index).name)
    }
}

/// A shape with leading ones.
fn four(shape: &[i64]) -> Option<[usize; 4]> {
    let missing = 4_usize.checked_sub(shape.len())?;
    let mut padded = [1; 4];
    padded[missing..].iter_mut().zip(shape).for_each(|(to, size)| *to = *size as usize);
    Some(padded)
}

/// Reorders the dimensions of an array: dimension `n` of the result is dimension `axes[n]` of `values`.
pub fn permute(shape: [usize; 4], values: &[f32], axes: [usize; 4]) -> ([i64; 4], Vec<f32>) {
    let strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
    let [sizes, strides] = [axes.map(|axis| shape[axis]), axes.map(|axis| strides[axis])];
    let mut permuted = Vec::with_capacity(values.len());
    for a in 0..sizes[0] {
        for b in 0..sizes[1] {
            for c in 0..sizes[2] {
                let start = a * strides[0] + b * strides[1] + c * strides[2];
                permuted.extend((0..sizes[3]).map(|d| values[start + d * strides[3]]));
            }
        }
    }
    (sizes.map(|size| size as i64), permuted)
}
