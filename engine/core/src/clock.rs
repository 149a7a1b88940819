//! Time is an integer frame and a rational rate, never a float that accumulates.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use bevy_ecs::resource::Resource;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The highest frame rate a shot may ask for, in frames per second.
pub const MAX_FPS: u32 = 1000;

/// Frames per second as a reduced fraction, such as 24/1 or 30000/1001.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

/// Why a frame rate was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameRateError {
    /// Not of the form `24/1`.
    #[error("`{0}` is not a frame rate; write two whole numbers such as \"24/1\" or \"30000/1001\"")]
    Form(String),
    /// A zero above or below the line.
    #[error("the frame rate {0}/{1} is not above zero; write for instance \"24/1\"")]
    Zero(u32, u32),
    /// Above [`MAX_FPS`].
    #[error("the frame rate {0}/{1} is above {MAX_FPS} frames a second; use timeline.substeps for finer simulation")]
    TooFast(u32, u32),
}

impl FrameRate {
    /// 24 frames a second.
    pub const FILM: FrameRate = FrameRate { num: 24, den: 1 };

    /// `num / den` frames a second, reduced. Both must be nonzero and the rate at most [`MAX_FPS`].
    pub fn new(num: u32, den: u32) -> Result<Self, FrameRateError> {
        if num == 0 || den == 0 {
            return Err(FrameRateError::Zero(num, den));
        }
        if u64::from(num) > u64::from(den) * u64::from(MAX_FPS) {
            return Err(FrameRateError::TooFast(num, den));
        }
        let divisor = greatest_common_divisor(num, den);
        Ok(Self { num: num / divisor, den: den / divisor })
    }

    /// Numerator of the reduced fraction.
    pub fn num(self) -> u32 {
        self.num
    }

    /// Denominator of the reduced fraction.
    pub fn den(self) -> u32 {
        self.den
    }

    /// Frames per second.
    pub fn fps(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Seconds per frame.
    pub fn frame_secs(self) -> f64 {
        f64::from(self.den) / f64::from(self.num)
    }

    /// The time at which `frame` starts, in seconds; one rounding, whatever the frame.
    pub fn secs_at(self, frame: f64) -> f64 {
        frame * f64::from(self.den) / f64::from(self.num)
    }
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Default for FrameRate {
    fn default() -> Self {
        Self::FILM
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

impl FromStr for FrameRate {
    type Err = FrameRateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || FrameRateError::Form(text.to_owned());
        let whole = |digits: &str| {
            let digits_only = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            digits_only.then(|| digits.parse::<u32>().ok()).flatten().ok_or_else(form)
        };
        let (num, den) = text.split_once('/').ok_or_else(form)?;
        Self::new(whole(num)?, whole(den)?)
    }
}

impl Serialize for FrameRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FrameRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for FrameRate {
    fn schema_name() -> Cow<'static, str> {
        "FrameRate".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::FrameRate").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "frame-rate",
            "description": "Frames per second as a fraction, such as \"24/1\" or \"30000/1001\".",
        })
    }
}

/// The time of the frame being made. In headless runs only the `Clock` set writes it.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTime {
    /// The frame; 0 is the shot's first, negative frames are pre-roll.
    pub frame: i64,
    /// The shot's rate.
    pub rate: FrameRate,
    /// Simulation steps per frame, at least 1.
    pub substeps: u32,
}

impl FrameTime {
    /// Seconds since the start of frame 0.
    pub fn seconds(&self) -> f64 {
        self.rate.secs_at(self.frame as f64)
    }

    /// Duration of one frame in seconds.
    pub fn dt_secs(&self) -> f64 {
        self.rate.frame_secs()
    }

    /// Duration of one simulation step in seconds.
    pub fn substep_dt_secs(&self) -> f64 {
        self.rate.frame_secs() / f64::from(self.substeps.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_reduce_and_print() {
        assert_eq!("60000/2002".parse::<FrameRate>().map(|r| r.to_string()), Ok("30000/1001".into()));
        assert_eq!(FrameRate::new(48, 2), Ok(FrameRate::FILM));
        assert_eq!(FrameRate::FILM.frame_secs(), 1.0 / 24.0);
    }

    #[test]
    fn wrong_rates_say_why() {
        let refused = |text: &str| text.parse::<FrameRate>().expect_err(text).to_string();
        let form = |text: &str| {
            format!("`{text}` is not a frame rate; write two whole numbers such as \"24/1\" or \"30000/1001\"")
        };
        for text in ["24", "", "/", "24/", "a/b", "+24/1", "24/1/1", "99999999999/1", "-24/1"] {
            assert_eq!(refused(text), form(text));
        }
        assert_eq!(refused("0/1"), "the frame rate 0/1 is not above zero; write for instance \"24/1\"");
        assert_eq!(refused("24/0"), "the frame rate 24/0 is not above zero; write for instance \"24/1\"");
        assert_eq!(
            refused("1001/1"),
            "the frame rate 1001/1 is above 1000 frames a second; use timeline.substeps for finer simulation"
        );
        assert!("1000/1".parse::<FrameRate>().is_ok());
    }

    #[test]
    fn time_does_not_drift() {
        let rate = FrameRate::new(30000, 1001).expect("a valid rate");
        let time = FrameTime { frame: 30_000_000, rate, substeps: 4 };
        assert_eq!(time.seconds(), 1_001_000.0);
        assert_eq!(time.substep_dt_secs() * 4.0, time.dt_secs());
        assert_eq!(FrameTime { frame: -24, rate: FrameRate::FILM, substeps: 1 }.seconds(), -1.0);
    }
}
