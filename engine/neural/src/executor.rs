//! What runs a model. One trait, so that another executor can be compared with ONNX Runtime and take its place.

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::{DynValue, Outlet, TensorElementType, TensorRef, ValueType};

use crate::library::runtime;
use crate::manifest::{ModelManifest, TensorSpec};
use crate::model::check;
use crate::{Model, NeuralError, Tensor};

/// Runs one model.
pub trait Executor {
    /// Everything besides the inputs that decides the outputs: model, executor, version, settings.
    fn identity(&self) -> &str;

    /// Runs the network on normalised inputs, in the manifest's order, and returns its outputs, in the manifest's
    /// order, as the network gives them.
    ///
    /// # Errors
    /// [`NeuralError::Shape`] when the inputs do not fit the model; a failure of the executor.
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, NeuralError>;
}

/// How [`OrtExecutor`] computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrtSettings {
    /// Threads within one operation, at least 1. More are faster and can change the last bits of sums, so the number is
    /// the caller's and never the machine's.
    pub intra_threads: usize,
}

/// A model in ONNX Runtime on the CPU: operations one after the other, deterministic kernels.
#[derive(Debug)]
pub struct OrtExecutor {
    session: Session,
    manifest: ModelManifest,
    identity: String,
}

impl OrtExecutor {
    /// # Errors
    /// ONNX Runtime is missing or refuses the network; the network's tensors are not those of the manifest.
    pub fn new(model: &Model, settings: OrtSettings) -> Result<Self, NeuralError> {
        let manifest = model.manifest();
        Self::open(&manifest.name, model.bytes(), settings, |_, _| Ok(manifest.clone()))
    }

    /// Loads a network and lets `describe` say, from its inputs and outputs, what it is.
    pub(crate) fn open(
        name: &str,
        bytes: &[u8],
        settings: OrtSettings,
        describe: impl FnOnce(&[Outlet], &[Outlet]) -> Result<ModelManifest, NeuralError>,
    ) -> Result<Self, NeuralError> {
        let runtime = runtime()?;
        let threads = settings.intra_threads.max(1);
        let session = builder(runtime.environment(), threads)
            .and_then(|mut builder| builder.commit_from_memory(bytes))
            .map_err(|error| failure(name, "loading", error))?;
        let manifest = describe(session.inputs(), session.outputs())?;
        compare(&manifest.name, "input", &manifest.inputs, session.inputs())?;
        compare(&manifest.name, "output", &manifest.outputs, session.outputs())?;
        let identity = format!("{} onnxruntime-{} cpu threads={threads}", manifest.sha256, runtime.version());
        Ok(Self { session, manifest, identity })
    }

    pub(crate) fn manifest(&self) -> &ModelManifest {
        &self.manifest
    }
}

fn builder(environment: &ort::environment::Environment, threads: usize) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(environment)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        .with_deterministic_compute(true)?
        // Idle threads that spin would take cores from drawing, which fills them all on software Vulkan.
        .with_intra_op_spinning(false)?
        .with_optimization_level(GraphOptimizationLevel::All)?;
    Ok(builder)
}

impl Executor for OrtExecutor {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, NeuralError> {
        let name = &self.manifest.name;
        let mut sizes = check(name, &self.manifest.inputs, inputs)?;
        let mut values = Vec::with_capacity(inputs.len());
        for (spec, tensor) in self.manifest.inputs.iter().zip(inputs) {
            let value = TensorRef::from_array_view((tensor.shape().to_vec(), tensor.data()))
                .map_err(|error| failure(name, "passing an input", error))?;
            values.push((spec.name.as_str(), value));
        }
        let outputs = self.session.run(values).map_err(|error| failure(name, "running", error))?;
        let mut tensors = Vec::with_capacity(self.manifest.outputs.len());
        for spec in &self.manifest.outputs {
            let value = outputs.get(&spec.name).ok_or_else(|| NeuralError::Interface {
                model: name.clone(),
                problem: format!("a run gave no output `{}`", spec.name),
            })?;
            let tensor = copy_out(value).map_err(|error| failure(name, "taking an output", error))??;
            spec.check(tensor.shape(), &mut sizes)?;
            tensors.push(tensor);
        }
        Ok(tensors)
    }
}

fn copy_out(value: &DynValue) -> ort::Result<Result<Tensor, NeuralError>> {
    let (shape, data) = value.try_extract_tensor::<f32>()?;
    // ONNX Runtime's own sizes are never negative; `Tensor::new` refuses a shape that does not fit the data anyway.
    let shape = shape.iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect();
    Ok(Tensor::new(shape, data.to_vec()))
}

/// Compares the network's tensors with the manifest's: names, order, element type, fixed sizes.
fn compare(model: &str, kind: &str, specs: &[TensorSpec], outlets: &[Outlet]) -> Result<(), NeuralError> {
    let differs = |problem: String| Err(NeuralError::Interface { model: model.to_owned(), problem });
    if specs.len() != outlets.len() {
        return differs(format!("the network has {} {kind}s, model.toml {}", outlets.len(), specs.len()));
    }
    for (spec, outlet) in specs.iter().zip(outlets) {
        if spec.name != outlet.name() {
            return differs(format!("{kind} `{}` of the network is `{}` in model.toml", outlet.name(), spec.name));
        }
        let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = outlet.dtype() else {
            return differs(format!(
                "{kind} `{}` is {}, expected a tensor of 32-bit floats",
                spec.name,
                outlet.dtype()
            ));
        };
        // The network's free sizes are -1; the manifest may fix them, never the other way round.
        let fits = shape.len() == spec.dimensions.len()
            && shape.iter().zip(&spec.dimensions).all(|(size, dimension)| {
                *size < 0 || dimension.size.is_some_and(|expected| i64::try_from(expected) == Ok(*size))
            });
        if !fits {
            return differs(format!(
                "{kind} `{}` has shape {shape:?} in the network, expected {}",
                spec.name,
                spec.shape_text()
            ));
        }
    }
    Ok(())
}

fn failure<R>(model: &str, doing: &'static str, error: ort::Error<R>) -> NeuralError {
    NeuralError::Runtime { model: model.to_owned(), doing, problem: error.to_string() }
}

#[cfg(test)]
mod pack_models;
#[cfg(test)]
mod tests;
