//! One function for each kind of operator that has no window. Option fields are those of `schema.fbs`.

use super::super::flatbuffer::Table;
use super::super::onnx::Attribute;
use super::values::PLANAR_FROM_PLAIN;
use super::{Lowering, Operator};

/// `ActivationFunctionType`.
pub const ACTIVATION_NONE: u8 = 0;
const ACTIVATION_RELU: u8 = 1;

pub fn options<'a>(operator: &Operator<'a>) -> Result<Table<'a>, String> {
    operator.options.ok_or_else(|| "its options are missing".to_owned())
}

impl Lowering<'_> {
    /// Applies an operator's fused activation.
    pub fn activated(&mut self, name: String, activation: u8) -> Result<String, String> {
        match activation {
            ACTIVATION_NONE => Ok(name),
            ACTIVATION_RELU => Ok(self.emit("Relu", &[name], &[])),
            other => Err(format!("fused activation {other} is not supported")),
        }
    }

    /// Operations one after the other on one tensor, element by element.
    pub fn unary(&mut self, operator: &Operator, operations: &[&str]) -> Result<(), String> {
        let input = Self::operand(operator, 0)?;
        let is_planar = self.is_planar(input);
        let mut name = if is_planar { self.planar(input)? } else { self.plain(input)? };
        for operation in operations {
            name = self.emit(operation, &[name], &[]);
        }
        self.set(operator.output, name, is_planar);
        Ok(())
    }

    /// Both operands in one order of dimensions, and which. Planar only where both are pictures or constants: shapes
    /// of fewer dimensions are aligned at their last one, which is another in the two orders.
    fn operands(&mut self, operator: &Operator) -> Result<([String; 2], bool), String> {
        let indices = [Self::operand(operator, 0)?, Self::operand(operator, 1)?];
        let is_computed = |index: &&usize| self.constant(**index).is_none();
        let is_planar = indices.iter().filter(is_computed).all(|index| self.rank(*index) == 4)
            && indices.iter().filter(is_computed).any(|index| self.is_planar(*index))
            && indices.iter().all(|index| self.rank(*index) <= 4);
        let [first, second] = indices;
        let names = if is_planar {
            [self.planar(first)?, self.planar(second)?]
        } else {
            [self.plain(first)?, self.plain(second)?]
        };
        Ok((names, is_planar))
    }

    pub fn binary(&mut self, operator: &Operator, operation: &str) -> Result<(), String> {
        let (operands, is_planar) = self.operands(operator)?;
        let name = self.emit(operation, &operands, &[]);
        let activation = operator.options.map_or(Ok(ACTIVATION_NONE), |table| table.byte(0, ACTIVATION_NONE))?;
        let name = self.activated(name, activation)?;
        self.set(operator.output, name, is_planar);
        Ok(())
    }

    pub fn squared_difference(&mut self, operator: &Operator) -> Result<(), String> {
        let (operands, is_planar) = self.operands(operator)?;
        let difference = self.emit("Sub", &operands, &[]);
        let name = self.emit("Mul", &[difference.clone(), difference], &[]);
        self.set(operator.output, name, is_planar);
        Ok(())
    }

    pub fn prelu(&mut self, operator: &Operator) -> Result<(), String> {
        let (operands, is_planar) = self.operands(operator)?;
        let name = self.emit("PRelu", &operands, &[]);
        self.set(operator.output, name, is_planar);
        Ok(())
    }

    /// Only constants are converted: their values have been floats since they were read.
    pub fn dequantize(&mut self, operator: &Operator) -> Result<(), String> {
        let input = Self::operand(operator, 0)?;
        self.weights(input)?;
        self.source[operator.output] = self.source[input];
        Ok(())
    }

    pub fn concatenation(&mut self, operator: &Operator) -> Result<(), String> {
        let table = options(operator)?;
        let mut names = Vec::new();
        for place in 0..operator.inputs.len() {
            names.push(self.plain(Self::operand(operator, place)?)?);
        }
        let name = self.emit("Concat", &names, &[Attribute::Int("axis", i64::from(table.int(0, 0)?))]);
        let name = self.activated(name, table.byte(1, ACTIVATION_NONE)?)?;
        self.set(operator.output, name, false);
        Ok(())
    }

    pub fn reshape(&mut self, operator: &Operator) -> Result<(), String> {
        let input = self.plain(Self::operand(operator, 0)?)?;
        let shape = self.tensor(operator.output).shape.clone();
        let shape = self.graph.longs(&shape);
        let name = self.emit("Reshape", &[input, shape], &[]);
        self.set(operator.output, name, false);
        Ok(())
    }

    pub fn transpose(&mut self, operator: &Operator) -> Result<(), String> {
        let input = self.plain(Self::operand(operator, 0)?)?;
        let axes = self.int_list(operator, 1)?;
        let name = self.emit("Transpose", &[input], &[Attribute::Ints("perm", &axes)]);
        self.set(operator.output, name, false);
        Ok(())
    }

    pub fn softmax(&mut self, operator: &Operator) -> Result<(), String> {
        let beta = operator.options.map_or(Ok(0.0), |table| table.float(0, 0.0))?;
        if beta != 1.0 {
            return Err(format!("a beta of {beta} is not supported, only 1"));
        }
        let input = self.plain(Self::operand(operator, 0)?)?;
        let name = self.emit("Softmax", &[input], &[Attribute::Int("axis", -1)]);
        self.set(operator.output, name, false);
        Ok(())
    }

    pub fn reduce(&mut self, operator: &Operator, operation: &str) -> Result<(), String> {
        let keeps = i64::from(operator.options.map_or(Ok(false), |table| table.flag(0))?);
        let mut inputs = vec![self.plain(Self::operand(operator, 0)?)?];
        let axes = self.int_list(operator, 1)?;
        let mut attributes = vec![Attribute::Int("keepdims", keeps)];
        // In operator set 17 the axes of a sum are an input already, those of a mean still an attribute.
        if operation == "ReduceSum" {
            inputs.push(self.graph.longs(&axes));
        } else {
            attributes.push(Attribute::Ints("axes", &axes));
        }
        let name = self.emit(operation, &inputs, &attributes);
        self.set(operator.output, name, false);
        Ok(())
    }

    /// Zeros before and after, for each dimension.
    pub fn pad(&mut self, operator: &Operator) -> Result<(), String> {
        let input = Self::operand(operator, 0)?;
        let is_planar = self.is_planar(input);
        let amounts = self.int_list(operator, 1)?;
        let rank = self.rank(input);
        if amounts.len() != 2 * rank {
            return Err(format!("{} amounts do not fit {rank} dimensions", amounts.len()));
        }
        let order: Vec<usize> = if is_planar { PLANAR_FROM_PLAIN.to_vec() } else { (0..rank).collect() };
        let pads: Vec<i64> =
            (0..2).flat_map(|end| order.iter().map(move |axis| (axis, end))).map(|(a, e)| amounts[2 * a + e]).collect();
        let input = if is_planar { self.planar(input)? } else { self.plain(input)? };
        let pads = self.graph.longs(&pads);
        let name = self.emit("Pad", &[input, pads], &[]);
        self.set(operator.output, name, is_planar);
        Ok(())
    }

    pub fn strided_slice(&mut self, operator: &Operator) -> Result<(), String> {
        let table = options(operator)?;
        let mask = |field: usize| table.int(field, 0);
        let (begin_mask, end_mask, shrink_mask) = (mask(0)?, mask(1)?, mask(4)?);
        if mask(2)? != 0 || mask(3)? != 0 {
            return Err("ellipses and new axes are not supported".to_owned());
        }
        let input = Self::operand(operator, 0)?;
        let shape = self.tensor(input).shape.clone();
        let [mut begin, mut end, steps] = [1, 2, 3].map(|place| self.int_list(operator, place));
        let (begin, end, steps) =
            (begin.as_mut().map_err(|e| e.clone())?, end.as_mut().map_err(|e| e.clone())?, steps?);
        let rank = shape.len();
        if rank > 31 || [begin.len(), end.len(), steps.len()] != [rank; 3] || steps.iter().any(|step| *step < 1) {
            return Err("begin, end and strides do not fit, or a stride is below 1".to_owned());
        }
        let mut dropped = Vec::new();
        for (axis, size) in shape.iter().enumerate() {
            let has = |mask: i32| (mask >> axis) & 1 == 1;
            if has(begin_mask) {
                begin[axis] = 0;
            }
            if has(end_mask) {
                end[axis] = *size;
            }
            if has(shrink_mask) {
                begin[axis] += if begin[axis] < 0 { *size } else { 0 };
                end[axis] = begin[axis] + 1;
                dropped.push(axis as i64);
            }
        }
        let axes: Vec<i64> = (0..rank as i64).collect();
        let mut inputs = vec![self.plain(input)?];
        inputs.extend([&*begin, &*end, &axes, &steps].map(|list| self.graph.longs(list)));
        let mut name = self.emit("Slice", &inputs, &[]);
        if !dropped.is_empty() {
            let axes = self.graph.longs(&dropped);
            name = self.emit("Squeeze", &[name, axes], &[]);
        }
        self.set(operator.output, name, false);
        Ok(())
    }
}
