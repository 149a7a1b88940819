//! Settings, checked and with everything implied made explicit.

use std::collections::BTreeMap;

use kinema_core::Aov;
use serde::Serialize;

use crate::error::ExportError;
use crate::journal::FrameRecord;
use crate::settings::{ExportSettings, MovieFormat};

const SIZE_LIMIT_PX: u32 = 16_384;
/// File names may have 255 bytes; frame number, extension and the temporary suffix need their share.
const BASE_NAME_LIMIT_BYTES: usize = 120;
const THREAD_LIMIT: usize = 64;

/// One kind of still picture. One folder each, so that asking for a second kind later never changes the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StillKind {
    Png8,
    Png16,
    ExrHalf,
    ExrFloat,
}

impl StillKind {
    pub const ALL: [Self; 4] = [Self::Png8, Self::Png16, Self::ExrHalf, Self::ExrFloat];

    pub fn folder(self) -> &'static str {
        match self {
            Self::Png8 => "frames",
            Self::Png16 => "frames16",
            Self::ExrHalf => "exr",
            Self::ExrFloat => "exr32",
        }
    }

    pub fn is_exr(self) -> bool {
        matches!(self, Self::ExrHalf | Self::ExrFloat)
    }

    fn extension(self) -> &'static str {
        if self.is_exr() { "exr" } else { "png" }
    }
}

/// What one export does.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub settings: ExportSettings,
    /// Sorted, without repetition, never empty.
    pub stills: Vec<StillKind>,
    /// Sorted, without repetition.
    pub movies: Vec<MovieFormat>,
    /// Planes of the EXR files, in the order of [`Aov::ALL`]; empty if there are none.
    pub exr_planes: Vec<Aov>,
}

impl Plan {
    pub fn resolve(settings: ExportSettings) -> Result<Self, ExportError> {
        check(&settings)?;
        let mut exr_planes: Vec<Aov> =
            Aov::ALL.into_iter().filter(|&aov| aov != Aov::Display && settings.aovs.contains(&aov)).collect();
        let still = settings.still;
        let any_exr = still.exr_half || still.exr_float;
        if any_exr && exr_planes.is_empty() {
            exr_planes.push(Aov::Beauty);
        }
        let any_png = still.png8 || still.png16;
        let wanted = [
            (StillKind::Png8, still.png8 || (!any_png && !settings.movies.is_empty())),
            (StillKind::Png16, still.png16),
            (StillKind::ExrHalf, still.exr_half || (!any_exr && !exr_planes.is_empty())),
            (StillKind::ExrFloat, still.exr_float),
        ];
        let stills: Vec<StillKind> = wanted.into_iter().filter(|(_, on)| *on).map(|(kind, _)| kind).collect();
        if stills.is_empty() {
            return Err(refuse("format", "is empty", "ask for png, exr or a movie"));
        }
        let mut movies = settings.movies.clone();
        movies.sort_unstable();
        movies.dedup();
        Ok(Self { settings, stills, movies, exr_planes })
    }

    /// See [`ExportSettings::required_planes`].
    pub fn required_planes(&self) -> Vec<Aov> {
        let display = self.stills.iter().any(|kind| !kind.is_exr()).then_some(Aov::Display);
        display.into_iter().chain(self.exr_planes.iter().copied()).collect()
    }

    /// Names of the planes in a still, as the journal keeps them: only EXR has a choice.
    pub fn planes_of(&self, kind: StillKind) -> Vec<String> {
        let planes = if kind.is_exr() { self.exr_planes.as_slice() } else { &[] };
        planes.iter().map(Aov::to_string).collect()
    }

    /// How many frames the range has.
    pub fn frame_count(&self) -> usize {
        self.settings.frames.clone().count()
    }

    /// File name of a still, without its folder. Four digits or more: `shot.0007.png`, `shot.12345.png`.
    pub fn still_name(&self, kind: StillKind, frame: i64) -> String {
        format!("{}.{frame:04}.{}", self.settings.base_name, kind.extension())
    }

    /// Path of a still relative to the output folder, with `/`.
    pub fn still_path(&self, kind: StillKind, frame: i64) -> String {
        format!("{}/{}", kind.folder(), self.still_name(kind, frame))
    }

    pub fn movie_name(&self, format: MovieFormat) -> String {
        format!("{}.{}", self.settings.base_name, format.extension())
    }

    /// Whether a committed frame holds everything this plan asks for.
    pub fn is_satisfied_by(&self, record: &FrameRecord) -> bool {
        self.stills.iter().all(|&kind| {
            let (path, planes) = (self.still_path(kind, record.frame), self.planes_of(kind));
            record.files.iter().any(|file| file.path == path && file.planes == planes)
        })
    }

    /// Frames of the range that `committed` does not satisfy, ascending.
    pub fn missing(&self, committed: &BTreeMap<i64, FrameRecord>) -> Vec<i64> {
        self.settings
            .frames
            .clone()
            .filter(|frame| committed.get(frame).is_none_or(|record| !self.is_satisfied_by(record)))
            .collect()
    }

    /// The PNG kind that a movie or the contact sheet reads, `None` if this export writes no PNG.
    pub fn png_source(&self, prefer_16_bit: bool) -> Option<StillKind> {
        let order =
            if prefer_16_bit { [StillKind::Png16, StillKind::Png8] } else { [StillKind::Png8, StillKind::Png16] };
        order.into_iter().find(|kind| self.stills.contains(kind))
    }
}

fn refuse(field: &'static str, problem: impl Into<String>, remedy: impl Into<String>) -> ExportError {
    ExportError::Settings { field, problem: problem.into(), remedy: remedy.into() }
}

fn check(settings: &ExportSettings) -> Result<(), ExportError> {
    for (field, value) in [("width", settings.width), ("height", settings.height)] {
        if !(1..=SIZE_LIMIT_PX).contains(&value) {
            return Err(refuse(field, format!("is {value}"), format!("use 1 to {SIZE_LIMIT_PX} pixels")));
        }
    }
    let frames = &settings.frames;
    if frames.start >= frames.end {
        return Err(refuse("frames", format!("{}..{} holds no frame", frames.start, frames.end), "use FIRST..END"));
    }
    if frames.start < 0 {
        let problem = format!("starts at {}", frames.start);
        return Err(refuse("frames", problem, "start at 0 or later; negative frames are pre-roll and never exported"));
    }
    if !(1..=THREAD_LIMIT).contains(&settings.encoder_threads) {
        let problem = format!("is {}", settings.encoder_threads);
        return Err(refuse("encoder_threads", problem, format!("use 1 to {THREAD_LIMIT}")));
    }
    check_base_name(&settings.base_name)
}

fn check_base_name(name: &str) -> Result<(), ExportError> {
    let wrong = if name.is_empty() {
        "is empty"
    } else if name.len() > BASE_NAME_LIMIT_BYTES {
        "is longer than 120 bytes"
    } else if name.starts_with('.') {
        "starts with a dot"
    } else if name.contains(['/', '\\']) || name.chars().any(char::is_control) {
        "holds a slash or a control character"
    } else {
        return Ok(());
    };
    Err(refuse("base_name", wrong, "use a plain file name such as `first_light`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;
    use crate::settings::StillFormats;

    fn settings() -> ExportSettings {
        ExportSettings {
            out_dir: "out".into(),
            base_name: "shot".into(),
            still: StillFormats { png8: true, ..Default::default() },
            movies: vec![],
            aovs: vec![],
            encoder_threads: 1,
            rate: "24/1".parse().expect("a rate"),
            width: 4,
            height: 2,
            frames: 0..3,
            identity: Identity {
                shot_sha256: String::new(),
                shot_name: String::new(),
                build: String::new(),
                driver: String::new(),
                settings: serde_json::Value::Null,
            },
            overwrite: false,
            ffmpeg: None,
        }
    }

    #[test]
    fn any_scene_plane_brings_an_exr_and_any_movie_brings_png() {
        let depth = Plan::resolve(ExportSettings { aovs: vec![Aov::Depth, Aov::Display, Aov::Depth], ..settings() });
        let depth = depth.expect("valid");
        assert_eq!(depth.stills, [StillKind::Png8, StillKind::ExrHalf]);
        assert_eq!(depth.required_planes(), [Aov::Display, Aov::Depth]);

        let still = StillFormats { exr_float: true, ..Default::default() };
        let beauty = Plan::resolve(ExportSettings { still, ..settings() }).expect("valid");
        assert_eq!(beauty.required_planes(), [Aov::Beauty]);
        assert_eq!(beauty.png_source(false), None);

        let movies = vec![MovieFormat::Gif, MovieFormat::Mp4H264, MovieFormat::Gif];
        let movie = Plan::resolve(ExportSettings { still: StillFormats::default(), movies, ..settings() });
        let movie = movie.expect("valid");
        assert_eq!(movie.stills, [StillKind::Png8]);
        assert_eq!(movie.movies, [MovieFormat::Mp4H264, MovieFormat::Gif]);
    }

    #[test]
    fn frame_numbers_have_four_digits_or_more() {
        let plan = Plan::resolve(settings()).expect("valid");
        assert_eq!(plan.still_path(StillKind::Png8, 7), "frames/shot.0007.png");
        assert_eq!(plan.still_path(StillKind::ExrFloat, 123_456), "exr32/shot.123456.exr");
    }

    #[test]
    fn impossible_settings_name_the_field_and_the_remedy() {
        let cases: [(&str, ExportSettings); 9] = [
            ("width", ExportSettings { width: 0, ..settings() }),
            ("height", ExportSettings { height: 16_385, ..settings() }),
            ("frames", ExportSettings { frames: 5..5, ..settings() }),
            ("frames", ExportSettings { frames: -2..5, ..settings() }),
            ("encoder_threads", ExportSettings { encoder_threads: 0, ..settings() }),
            ("base_name", ExportSettings { base_name: "../up".into(), ..settings() }),
            ("base_name", ExportSettings { base_name: String::new(), ..settings() }),
            ("base_name", ExportSettings { base_name: ".hidden".into(), ..settings() }),
            ("format", ExportSettings { still: StillFormats::default(), ..settings() }),
        ];
        for (field, settings) in cases {
            let error = Plan::resolve(settings).expect_err(field);
            assert!(error.to_string().contains(&format!("`{field}`")), "{error}");
        }
    }
}
