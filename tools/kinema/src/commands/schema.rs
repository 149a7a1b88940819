//! `kinema schema`: what editors complete and check shots and other documents with.

use kinema::core::{document_kinds, document_schema, nearest, shot_schema};

use crate::args::SchemaArgs;
use crate::exit::CliError;
use crate::output;

const SHOT: &str = "shot";

pub fn run(args: &SchemaArgs) -> Result<(), CliError> {
    let registry = kinema::part_registry();
    let schema = match args.kind.as_deref() {
        None | Some(SHOT) => shot_schema(&registry),
        Some(kind) => document_schema(kind, &registry).ok_or_else(|| {
            let kinds = [&[SHOT], document_kinds(&registry).as_slice()].concat();
            let near = nearest(kind, kinds.iter().copied()).map(|near| format!(" (did you mean `{near}`?)"));
            let near = near.unwrap_or_default();
            CliError::Refused(format!(
                "there is no kind of document `{kind}`{near}; the kinds are {}",
                kinds.join(", ")
            ))
        })?,
    };
    output::line(&format!("{schema:#}"))
}
