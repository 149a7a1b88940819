//! What a face can be told beyond the 52 facial actions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How strongly the person shows each emotion, 0..1: 0.2 a trace, 0.4 slight, 0.6 marked, 0.8 severe, 1 maximum, after
/// the intensities A to E of FACS. Several at once blend muscle by muscle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Emotion {
    pub happiness: f32,
    pub sadness: f32,
    pub surprise: f32,
    pub fear: f32,
    pub anger: f32,
    pub disgust: f32,
    pub contempt: f32,
}

impl Emotion {
    /// Its value.
    pub fn get(&self, kind: EmotionKind) -> f32 {
        let mut copy = *self;
        *copy.get_mut(kind)
    }

    /// Its place.
    pub fn get_mut(&mut self, kind: EmotionKind) -> &mut f32 {
        match kind {
            EmotionKind::Happiness => &mut self.happiness,
            EmotionKind::Sadness => &mut self.sadness,
            EmotionKind::Surprise => &mut self.surprise,
            EmotionKind::Fear => &mut self.fear,
            EmotionKind::Anger => &mut self.anger,
            EmotionKind::Disgust => &mut self.disgust,
            EmotionKind::Contempt => &mut self.contempt,
        }
    }
}

/// One of the seven emotions with a universal facial expression (Ekman and Cordaro, "What is meant by calling emotions
/// basic", Emotion Review 3, 2011).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum EmotionKind {
    #[default]
    Happiness,
    Sadness,
    Surprise,
    Fear,
    Anger,
    Disgust,
    Contempt,
}

impl EmotionKind {
    /// All of them.
    pub const ALL: [EmotionKind; 7] = [
        EmotionKind::Happiness,
        EmotionKind::Sadness,
        EmotionKind::Surprise,
        EmotionKind::Fear,
        EmotionKind::Anger,
        EmotionKind::Disgust,
        EmotionKind::Contempt,
    ];

    /// The name of its field and of its property.
    pub fn name(self) -> &'static str {
        match self {
            EmotionKind::Happiness => "happiness",
            EmotionKind::Sadness => "sadness",
            EmotionKind::Surprise => "surprise",
            EmotionKind::Fear => "fear",
            EmotionKind::Anger => "anger",
            EmotionKind::Disgust => "disgust",
            EmotionKind::Contempt => "contempt",
        }
    }
}

/// Micro-expressions: those written down, and those that leak by themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MicroExpressions {
    pub keys: Vec<MicroKey>,
    pub leak: Leak,
}

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum When {
    /// At a frame of the shot; between frames is allowed.
    Frame(f64),
    /// Seconds after the shot's first frame.
    Secs(f64),
}

impl Default for When {
    fn default() -> Self {
        When::Frame(0.0)
    }
}

impl When {
    /// Seconds after the shot's first frame, at this many seconds per frame.
    pub fn secs(self, secs_per_frame: f64) -> f64 {
        match self {
            When::Frame(frame) => frame * secs_per_frame,
            When::Secs(secs) => secs,
        }
    }
}

/// Which part of the face takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FacePart {
    #[default]
    Whole,
    /// Brows, lids and nose root.
    Upper,
    /// Cheeks, mouth and jaw.
    Lower,
}

/// One micro-expression. Onset, apex and offset together last 40..500 ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MicroKey {
    /// When it begins.
    pub at: When,
    /// What it shows; none if only `action_units` are wanted.
    pub emotion: Option<EmotionKind>,
    /// Action units by name, such as `AU14L`, 0..1, together with those of the emotion.
    pub action_units: BTreeMap<String, f32>,
    /// Scales all of it, 0..1.
    pub intensity: f32,
    /// Which part of the face takes part.
    pub part: FacePart,
    /// From nothing to all, milliseconds.
    pub onset_ms: f32,
    /// At all, milliseconds.
    pub apex_ms: f32,
    /// From all to nothing, milliseconds.
    pub offset_ms: f32,
}

impl Default for MicroKey {
    fn default() -> Self {
        Self {
            at: When::default(),
            emotion: None,
            action_units: BTreeMap::new(),
            intensity: 0.6,
            part: FacePart::Whole,
            onset_ms: 80.0,
            apex_ms: 40.0,
            offset_ms: 130.0,
        }
    }
}

impl MicroKey {
    /// From beginning to end, milliseconds.
    pub fn total_ms(&self) -> f32 {
        self.onset_ms + self.apex_ms + self.offset_ms
    }
}

/// An emotion that the person would rather not show, at moments drawn from the seed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Leak {
    pub emotion: EmotionKind,
    /// How often, 0 (never) .. 30 a minute. Another rate gives other moments, so tracks cannot drive it.
    pub per_minute: f32,
    /// How strong it would be if nothing held it back, 0..1.
    pub intensity: f32,
    /// 0: whole expressions of half a second to four seconds. From 0.5: micro-expressions. 1: the shortest and weakest,
    /// of the upper or the lower face alone.
    pub suppression: f32,
}

impl Default for Leak {
    fn default() -> Self {
        Self { emotion: EmotionKind::default(), per_minute: 0.0, intensity: 0.8, suppression: 0.8 }
    }
}

/// What the mouth says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Speech {
    pub source: Voice,
    /// When time 0 of the source is, seconds after the shot's first frame; may be negative.
    pub start_secs: f64,
    /// How far the mouth moves, 0 (not at all) .. 1.5; 1 is clear speech.
    pub strength: f32,
}

impl Default for Speech {
    fn default() -> Self {
        Self { source: Voice::Silent, start_secs: 0.0, strength: 1.0 }
    }
}

/// Where speech comes from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Voice {
    #[default]
    Silent,
    /// Phonemes with start and end in seconds, in order, without overlap: ARPAbet, with or without stress digit, and
    /// `SIL`.
    Phonemes { phonemes: Vec<(String, f64, f64)> },
    /// A WAV file beside the shot, PCM of 8, 16, 24 or 32 bits or 32 or 64 bit float. The sound is only listened to.
    Wav { file: String },
}
