use super::super::archive::tests::zip;
use super::super::manifest::tests::sample_pack;
use super::lower::tests::sample;
use super::*;

const MEAN: i32 = 40;

fn note(name: &str, of: &str, dimensions: &[&str]) -> TensorNote {
    TensorNote {
        name: name.to_owned(),
        of: of.to_owned(),
        dimensions: dimensions.iter().map(|name| (*name).to_owned()).collect(),
        colour_space: "data".to_owned(),
        mean: vec![0.5],
        std: vec![2.0],
    }
}

fn conversion() -> Conversion {
    Conversion {
        from: "sample/bundle.task".to_owned(),
        member: Some("net.tflite".to_owned()),
        to: "models/net/".to_owned(),
        about: "a \"net\"".to_owned(),
        inputs: vec![note("image", "picture", &["batch", "channel", "height", "width"])],
        outputs: vec![note("average", "mean", &["batch", "channel"])],
    }
}

#[test]
fn a_model_is_described_with_the_sizes_of_its_network() {
    let bundle = zip(&[("net.tflite", &sample(MEAN))]);
    let converted = convert(&sample_pack(), &conversion(), &bundle).expect("a model");
    let description: toml::Table = converted.description.parse().expect("TOML");
    assert_eq!(description["name"].as_str(), Some("net"));
    assert_eq!(description["about"].as_str(), Some("a \"net\""));
    assert_eq!(description["sha256"].as_str(), Some(hex(&Sha256::digest(&converted.onnx)).as_str()));
    let image = &description["input"][0];
    assert_eq!(image["name"].as_str(), Some("image"));
    assert_eq!(image["dimensions"][1].to_string(), "{ name = \"channel\", size = 2 }");
    assert_eq!(image["normalisation"]["mean"][0].as_float(), Some(0.5));
    assert_eq!(description["output"][0]["dimensions"][1]["size"].as_integer(), Some(4));
}

#[test]
fn mistakes_in_a_conversion_are_named() {
    let bundle = zip(&[("net.tflite", &sample(MEAN))]);
    let problem = |change: fn(&mut Conversion)| {
        let mut conversion = conversion();
        change(&mut conversion);
        convert(&sample_pack(), &conversion, &bundle).map(|_| ()).expect_err("a mistake")
    };
    assert_eq!(problem(|c| c.member = Some("other".to_owned())), "it holds no `other`");
    assert_eq!(problem(|c| c.member = None), "it is no TFL3 file");
    assert_eq!(problem(|c| c.inputs.clear()), "its input `picture` is not described");
    assert_eq!(problem(|c| c.outputs[0].of = "median".to_owned()), "the network has no output `median`");
    assert!(
        problem(|c| c.inputs[0].dimensions.truncate(3)).contains("has 4 dimensions, [1, 2, 5, 4], and 3 are named")
    );
}
