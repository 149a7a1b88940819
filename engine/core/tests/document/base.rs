//! Parts that start from a document of their own: what wins, what is told where.

use std::collections::BTreeMap;
use std::path::Path;

use bevy_ecs::component::Component;
use kinema_core::{
    Base, Format, PartRegistry, PartReport, ShotDocument, ShotPart, check_document, document_kind, document_kinds,
    document_schema, document_to_ron, load_document, parse_shot,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Puppet {
    from: Option<String>,
    body: Body,
    strings: BTreeMap<String, f32>,
    path: Vec<f32>,
    head: Head,
    /// Only a part has it.
    dances: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct PuppetFile {
    /// Only a file has it.
    maker: String,
    body: Body,
    strings: BTreeMap<String, f32>,
    path: Vec<f32>,
    head: Head,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Body {
    height: f32,
    width: f32,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
enum Head {
    #[default]
    None,
    Round {
        radius: f32,
        #[serde(default)]
        hat: bool,
    },
}

impl ShotPart for Puppet {
    const KIND: &'static str = "Puppet";

    fn base() -> Option<Base> {
        Some(Base::new::<PuppetFile>("from"))
    }

    fn check(&self, report: &mut PartReport<'_>) {
        if self.body.height > 9.0 {
            report.error("body.height", "too high", "");
        }
    }
}

impl ShotDocument for PuppetFile {
    const KIND: &'static str = "puppet";

    fn check(&self, report: &mut PartReport<'_>) {
        if self.body.width > 9.0 {
            report.error("body.width", "too wide", "");
        }
        if self.maker == "unknown" {
            report.warning("maker", "nobody knows who made it", "");
        }
    }
}

fn registry() -> PartRegistry {
    let mut registry = PartRegistry::default();
    registry.register::<Puppet>();
    registry
}

const HANS: &str = "PuppetFile(maker: \"x\", body: (height: 2, width: 1), strings: {\"l\": 1, \"r\": 2}, path: [1, 2, 3], head: Round(radius: 0.5, hat: true))";

/// The puppets of a shot beside `hans.puppet.ron`, or the messages.
fn puppets(hans: &str, parts: &[&str]) -> Result<Vec<Puppet>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("hans.puppet.ron"), hans).expect("written");
    let parts: Vec<String> =
        parts.iter().enumerate().map(|(n, part)| format!("(id: \"p{n}\", part: Puppet({part}))")).collect();
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 8, height: 8), parts: [\n{}])",
        parts.join(",\n")
    );
    let loaded = parse_shot(text.as_bytes(), &folder.path().join("a.shot.ron"), Format::Ron, &registry());
    let loaded = loaded.map_err(|e| e.to_string().replace(&format!("{}/", folder.path().display()), ""))?;
    Ok(loaded.shot.parts.iter().map(|part| part.part.get::<Puppet>().expect("a puppet").clone()).collect())
}

#[test]
fn groups_and_maps_are_joined_and_everything_else_is_taken_whole() {
    let over = "from: \"hans.puppet.ron\", body: (width: 0), strings: {\"r\": 7, \"m\": 3}, path: [9], head: Round(radius: 1), dances: true";
    let puppet = puppets(HANS, &[over]).expect("loads").remove(0);
    assert_eq!(puppet.body, Body { height: 2.0, width: 0.0 });
    assert_eq!(puppet.strings, BTreeMap::from([("l".into(), 1.0), ("r".into(), 7.0), ("m".into(), 3.0)]));
    assert_eq!(puppet.path, [9.0]);
    assert_eq!(puppet.head, Head::Round { radius: 1.0, hat: false }, "a choice is one thing");
    assert!(puppet.dances);
    let plain =
        puppets(HANS, &["from: Some(\"hans.puppet.ron\"), body: Body(width: 4)", "", "from: None"]).expect("loads");
    assert_eq!((plain[0].body.height, plain[0].body.width, plain[0].path.len()), (2.0, 4.0, 3));
    assert_eq!((&plain[1], &plain[2]), (&Puppet::default(), &Puppet::default()));
}

#[test]
fn mistakes_are_told_once_and_where_they_stand() {
    let from = "from: \"hans.puppet.ron\"";
    let wrong = puppets("(body: (hight: 1))", &[from, from]).expect_err("refused");
    assert!(wrong.starts_with("hans.puppet.ron:1:9: error: body") && wrong.ends_with("1 error"), "{wrong}");
    let wrong = puppets("(body: (width: 10))", &[from]).expect_err("refused");
    assert!(wrong.starts_with("hans.puppet.ron:1:16: error: body.width: too wide"), "{wrong}");
    let over = "from: \"hans.puppet.ron\", body: (height: 10)";
    let wrong = puppets(HANS, &[over]).expect_err("refused");
    assert!(wrong.starts_with("a.shot.ron:2:65: error: parts[0].part.Puppet.body.height: too high"), "{wrong}");
    let wrong = puppets("(dances: true)", &[from]).expect_err("refused");
    assert!(wrong.contains("hans.puppet.ron:1:2") && wrong.contains("dances"), "{wrong}");
    let wrong = puppets(HANS, &["from: \"../hans.puppet.ron\"", "from: 3"]).expect_err("refused");
    assert!(wrong.contains("leads out of") && wrong.contains("parts[1].part.Puppet.from"), "{wrong}");
}

#[test]
fn documents_are_known_by_their_names_and_checked_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hans.puppet.ron");
    let registry = registry();
    assert_eq!(document_kinds(&registry), ["puppet"]);
    assert_eq!(document_kind(&file, &registry), Some("puppet"));
    for other in ["hans.ron", "hans.shot.ron", "puppet.ron", "puppet", "hans.puppets.ron"] {
        assert_eq!(document_kind(Path::new(other), &registry), None, "{other}");
    }
    assert!(check_document(&file, &registry).expect_err("missing").to_string().contains("there is no such file"));
    let hans = PuppetFile { maker: "unknown".into(), path: vec![1.5], ..PuppetFile::default() };
    std::fs::write(&file, document_to_ron(&hans, "PuppetFile").expect("written")).expect("written");
    assert_eq!(check_document(&file, &registry).expect("whole").len(), 1, "one warning");
    assert_eq!(load_document::<PuppetFile>(&file).expect("whole").0, hans);
    let schema = document_schema("puppet", &registry).expect("a schema");
    assert!(schema["properties"]["maker"].is_object() && document_schema("pupet", &registry).is_none());
}
