//! The networks that look at a rendered face. None of them was trained on pictures of this project.

use kinema::neural::{Executor, Model, NeuralError, OrtExecutor, OrtSettings, Tensor};

use super::crop::{Border, Picture, Region};
use super::detector::{self, Detection};
use super::tables::{BLENDSHAPE_LANDMARKS, BLENDSHAPES, EXPRESSIONS, LEFT_IRIS, RIGHT_IRIS};

/// Side of the landmark network's picture, pixels.
const LANDMARK_SIDE: usize = 256;
/// Side of the expression classifier's picture, pixels.
const EXPRESSION_SIDE: usize = 64;
const MIN_PRESENCE: f32 = 0.5;
const SETTINGS: OrtSettings = OrtSettings { intra_threads: 2 };

/// The packs `face_landmarker` and `expression`, loaded.
pub struct Judge {
    detector: Network,
    landmarks: Network,
    blendshapes: Network,
    expression: Network,
}

struct Network {
    model: Model,
    executor: OrtExecutor,
}

/// A face that was found.
#[derive(Clone, Debug)]
pub struct Seen {
    /// x and y in pixels of the picture, y down.
    pub landmarks: Vec<[f32; 2]>,
    /// In the order of [`BLENDSHAPES`], 0..1.
    pub blendshapes: Vec<f32>,
}

impl Network {
    fn open(pack: &str, folder: &str) -> Result<Self, NeuralError> {
        let model = Model::open_in_pack(pack, folder)?;
        let executor = OrtExecutor::new(&model, SETTINGS)?;
        Ok(Self { model, executor })
    }

    fn run(&mut self, mut input: Tensor) -> Result<Vec<Tensor>, NeuralError> {
        self.model.normalise_inputs(std::slice::from_mut(&mut input))?;
        let mut outputs = self.executor.run(&[input])?;
        self.model.denormalise_outputs(&mut outputs)?;
        Ok(outputs)
    }

    /// The numbers of output `place`.
    fn output<'a>(&self, outputs: &'a [Tensor], place: usize) -> Result<&'a [f32], NeuralError> {
        outputs.get(place).map(Tensor::data).ok_or_else(|| NeuralError::Interface {
            model: self.model.manifest().name.clone(),
            problem: format!("it has no output {place}"),
        })
    }
}

impl Judge {
    /// # Errors
    /// A pack is not installed, or ONNX Runtime refuses a network.
    pub fn open() -> Result<Self, NeuralError> {
        Ok(Self {
            detector: Network::open("face_landmarker", "face_detector")?,
            landmarks: Network::open("face_landmarker", "face_landmarks")?,
            blendshapes: Network::open("face_landmarker", "face_blendshapes")?,
            expression: Network::open("expression", "facial_expression")?,
        })
    }

    /// What MediaPipe's face landmarker says of a still picture: the most certain face, its landmarks and blendshapes.
    /// None where there is no face.
    ///
    /// # Errors
    /// A network that fails.
    pub fn look(&mut self, picture: &Picture) -> Result<Option<Seen>, NeuralError> {
        let shown = detector::whole(picture.width, picture.height);
        let outputs = self.detector.run(picture.crop(shown, detector::SIDE, Border::Black)?)?;
        let (boxes, logits) = (self.detector.output(&outputs, 0)?, self.detector.output(&outputs, 1)?);
        let region = detector::best(boxes, logits).map(|detection: Detection| detection.region(shown));
        region.map_or(Ok(None), |region| self.look_at(picture, region))
    }

    fn look_at(&mut self, picture: &Picture, region: Region) -> Result<Option<Seen>, NeuralError> {
        let outputs = self.landmarks.run(picture.crop(region, LANDMARK_SIDE, Border::Repeated)?)?;
        let logit = self.landmarks.output(&outputs, 1)?.first().copied().unwrap_or(f32::NEG_INFINITY);
        if !(1.0 / (1.0 + (-logit).exp()) >= MIN_PRESENCE) {
            return Ok(None);
        }
        let places = self.landmarks.output(&outputs, 0)?.chunks_exact(3);
        let landmarks: Vec<[f32; 2]> =
            places.map(|p| region.to_picture([p[0], p[1]].map(|v| v / LANDMARK_SIDE as f32))).collect();
        let points: Vec<f32> =
            BLENDSHAPE_LANDMARKS.iter().filter_map(|&n| landmarks.get(n)).flatten().copied().collect();
        let outputs = self.blendshapes.run(Tensor::new(vec![1, BLENDSHAPE_LANDMARKS.len(), 2], points)?)?;
        let blendshapes = self.blendshapes.output(&outputs, 0)?.to_vec();
        Ok(Some(Seen { landmarks, blendshapes }))
    }

    /// Probabilities in the order of [`EXPRESSIONS`].
    ///
    /// # Errors
    /// A network that fails.
    pub fn expression(&mut self, picture: &Picture, seen: &Seen) -> Result<Vec<f32>, NeuralError> {
        let face = picture.grey(seen.expression_region(), EXPRESSION_SIDE)?;
        let outputs = self.expression.run(face)?;
        Ok(self.expression.output(&outputs, 0)?.to_vec())
    }
}

impl Seen {
    /// Centres of the right and of the left iris, pixels.
    pub fn irises(&self) -> [[f32; 2]; 2] {
        [RIGHT_IRIS, LEFT_IRIS].map(|place| self.landmarks.get(place).copied().unwrap_or_default())
    }

    /// The square that the classifier is shown. Its package finds faces with OpenCV's frontal Haar cascade and adds 10
    /// pixels on each side (fer/fer.py). Here landmarks stand in for the cascade: on 24 pictures of this studio its box
    /// was 2.7 distances of the eyes wide, its middle 0.18 of them below the eyes (medians).
    fn expression_region(&self) -> Region {
        let [right, left] = self.irises();
        let eye_distance = distance(right, left);
        let side = 2.7 * eye_distance + 20.0;
        let centre = [0.5 * (left[0] + right[0]), 0.5 * (left[1] + right[1]) + 0.18 * eye_distance];
        Region { centre, size: [side, side], rotation: 0.0 }
    }

    /// The score of a blendshape; 0 for a name that is none.
    pub fn score(&self, blendshape: &str) -> f32 {
        let place = BLENDSHAPES.iter().position(|name| *name == blendshape);
        place.and_then(|place| self.blendshapes.get(place)).copied().unwrap_or(0.0)
    }
}

/// Pixels between two places.
pub fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The expression with the highest probability.
pub fn most_likely(probabilities: &[f32]) -> &'static str {
    let best = EXPRESSIONS.iter().zip(probabilities).max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or("none", |(name, _)| *name)
}
