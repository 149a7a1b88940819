//! `kinema assets`: what does not come with Kinema, whose it is, and whether it is here.

use kinema::core::{Pack, PackSource, pack_dir, pack_manifest};
use serde_json::json;

use crate::args::AssetsArgs;
use crate::exit::CliError;
use crate::output;

pub fn run(args: &AssetsArgs) -> Result<(), CliError> {
    for (index, pack) in pack_manifest().packs.iter().enumerate() {
        let place = pack_dir(&pack.name);
        if args.json {
            output::json(&json!({
                "kind": "pack",
                "name": pack.name,
                "version": pack.version,
                "purpose": pack.purpose,
                "licence": pack.licence,
                "licence_note": pack.licence_note,
                "source": origin(pack),
                "installed": place.is_ok(),
                "path": place.as_ref().ok(),
                "problem": place.as_ref().err().map(ToString::to_string),
            }))?;
            continue;
        }
        if index > 0 {
            output::line("")?;
        }
        let state = place.map_or_else(|error| error.to_string(), |path| format!("installed in {}", path.display()));
        let rows = [
            ("", format!("{} {}: {}", pack.name, pack.version, pack.purpose)),
            ("licence", format!("{}; {}", pack.licence, pack.licence_note)),
            ("source", origin(pack)),
            ("state", state),
        ];
        for (what, text) in rows {
            output::line(&if what.is_empty() { text } else { format!("  {what:<8} {text}") })?;
        }
    }
    Ok(())
}

fn origin(pack: &Pack) -> String {
    let client = match pack.source {
        PackSource::Pypi => "PyPI",
        PackSource::Debian => "Debian",
        PackSource::Npm => "npm",
    };
    format!("{} {} from {client}, sha256 {}", pack.package, pack.version, pack.sha256)
}
