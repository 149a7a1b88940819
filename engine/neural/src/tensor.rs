//! Float arrays.

use crate::NeuralError;

/// An array of 32-bit floats, row-major: the last dimension is contiguous. Pictures are NCHW.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// # Errors
    /// [`NeuralError::Shape`] when `data` has another length than the product of `shape`.
    pub fn new(shape: Vec<usize>, data: Vec<f32>) -> Result<Self, NeuralError> {
        let expected = element_count(&shape);
        if expected != Some(data.len()) {
            let wanted = expected.map_or_else(|| "too many values to count".to_owned(), |n| format!("{n} values"));
            return Err(NeuralError::Shape {
                tensor: "new".to_owned(),
                problem: format!("shape {shape:?} needs {wanted}, there are {}", data.len()),
            });
        }
        Ok(Self { shape, data })
    }

    /// Sizes, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The values, in row-major order.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The values, in row-major order.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Memory of the values, bytes.
    pub fn byte_len(&self) -> usize {
        size_of_val(self.data.as_slice())
    }

    /// Batch, channels, height and width, if this is a picture.
    pub fn nchw(&self) -> Option<[usize; 4]> {
        self.shape.as_slice().try_into().ok()
    }
}

/// Product of a shape; none where it overflows.
pub(crate) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |count, size| count.checked_mul(*size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_that_does_not_fit_the_data_is_refused() {
        let error = Tensor::new(vec![1, 2, 3], vec![0.0; 5]).expect_err("too few");
        assert_eq!(error.to_string(), "tensor `new`: shape [1, 2, 3] needs 6 values, there are 5");
        assert!(Tensor::new(vec![usize::MAX, 2], Vec::new()).is_err());
        assert!(Tensor::new(vec![0, 7], Vec::new()).is_ok());
    }
}
