//! One harness for all measurements: `kinema bench AREA [--peer NAME] [--json]`.
//!
//! Figures are medians of wall time on the machine that the report names. A peer runs beside Kinema in the same run,
//! in turns, each idle while the other works, so that both see the same machine; the ratio is what counts.
//!
//! | area | measures | peers |
//! |---|---|---|
//! | `cloth` | sheets: errors against closed formulas, milliseconds of a step and how they grow, momentum | `newton` (XPBD, VBD), `blender` |
//! | `contact` | cloth in hard scenes: pairs that meet in any frame | `ipctk` (IPC Toolkit, which counts), `blender`, `newton` (VBD, XPBD) |
//! | `face` | rendered faces: actions and emotions as networks from outside read them | |
//! | `humanoid` | bodies: milliseconds per evaluation, distance from the peer's vertices | `anny` (PyTorch) |
//! | `parallax` | views of pictures with exact depth: what lies behind things, time of layers and frames | `depthflow` |
//! | `physics` | rigid bodies: errors against the formulas of mechanics, snapshots, milliseconds of a step | `mujoco` |
//! | `render` | the shot `first_light`: seconds, cost of capture, share of each frame set | `blender` (EEVEE), `cycles` |
//!
//! A new area is a file with a function and a line in [`AREAS`].

mod cloth;
mod contact;
mod error;
mod face;
mod humanoid;
mod machine;
mod parallax;
mod peer;
mod physics;
mod render;
mod report;
mod stats;

use std::path::PathBuf;

use kinema_core::nearest;

pub use error::BenchError;
pub use machine::Machine;
pub use report::BenchReport;
pub use stats::{median, ratio_of_medians};

/// What to measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchArgs {
    /// Name of one of [`AREAS`].
    pub area: String,
    /// Whom to measure beside Kinema: one of the area's peers; areas that measure several at once take them separated by commas.
    pub peer: Option<String>,
    /// Few samples, for a first look; figures that need all of them are left out.
    pub quick: bool,
    /// Folder that receives the scene and the pictures that were compared; they are thrown away if absent.
    pub keep_dir: Option<PathBuf>,
    /// Folder of photographs: the area `parallax` measures its moves through them instead of made-up scenes.
    pub photographs_dir: Option<PathBuf>,
    /// Views of each set of area `parallax`; all, if `None`.
    pub views: Option<usize>,
}

/// A subject of measurement.
#[derive(Debug)]
pub struct Area {
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    pub peers: &'static [&'static str],
    run: fn(&BenchArgs, &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError>,
}

/// Every area.
pub const AREAS: &[Area] = &[
    Area {
        name: "cloth",
        summary: "sheets: errors against closed formulas at three resolutions, time of a step and how it grows, momentum",
        peers: &["newton", "blender"],
        run: cloth::run,
    },
    Area {
        name: "contact",
        summary: "cloth twisted, piled up, trodden on, and on a walking person: pairs that meet in any frame",
        peers: &["ipctk", "blender", "newton"],
        run: contact::run,
    },
    Area {
        name: "face",
        summary: "rendered faces, judged by networks: facial actions read back, emotions recognised",
        peers: &[],
        run: face::run,
    },
    Area {
        name: "humanoid",
        summary: "bodies: milliseconds per evaluation, largest distance of a vertex from the peer's",
        peers: &["anny"],
        run: humanoid::run,
    },
    Area {
        name: "parallax",
        summary: "views of pictures with exact depth: PSNR and FLIP of what was hidden, time of layers and frames",
        peers: &["depthflow"],
        run: parallax::run,
    },
    Area {
        name: "physics",
        summary: "rigid bodies: errors against the formulas of mechanics at three steps, snapshots, time of a step",
        peers: &["mujoco"],
        run: physics::run,
    },
    Area {
        name: "render",
        summary: "the shot first_light: seconds, cost of capture, share of each frame set, frames/s against a peer",
        peers: &["blender", "cycles"],
        run: render::run,
    },
];

/// Measures. `tell` hears, in words, what is being done.
///
/// # Errors
/// An area or peer that does not exist, a peer that is not installed or fails, anything that rendering can fail with.
pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let names = || AREAS.iter().map(|area| area.name);
    let Some(area) = AREAS.iter().find(|area| area.name == args.area) else {
        return Err(BenchError::UnknownArea {
            area: args.area.clone(),
            nearest: nearest(&args.area, names()),
            known: names().collect::<Vec<_>>().join(", "),
        });
    };
    let mut asked = args.peer.as_deref().into_iter().flat_map(|peers| peers.split(','));
    if let Some(peer) = asked.find(|peer| !area.peers.contains(peer)) {
        return Err(BenchError::UnknownPeer { area: area.name, peer: peer.to_owned(), known: area.peers.join(", ") });
    }
    (area.run)(args, tell)
}

#[cfg(test)]
mod tests {
    use kinema_core::{Blame, Blamed};

    use super::*;

    fn refused(area: &str, peer: Option<&str>) -> String {
        let args = BenchArgs { area: area.to_owned(), peer: peer.map(str::to_owned), ..BenchArgs::default() };
        let error = run(&args, &mut |_| {}).expect_err("refused");
        assert_eq!(error.blame(), Blame::User);
        error.to_string()
    }

    #[test]
    fn unknown_names_are_refused_with_the_known_ones() {
        assert_eq!(
            refused("rendr", None),
            "there is no area `rendr` (did you mean `render`?); choose from cloth, contact, face, humanoid, parallax, physics, render"
        );
        assert_eq!(
            refused("cloth", Some("newton,maya")),
            "area `cloth` has no peer `maya`; choose from newton, blender"
        );
        assert_eq!(refused("render", Some("maya")), "area `render` has no peer `maya`; choose from blender, cycles");
    }
}
