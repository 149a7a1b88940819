//! Contract of the kernels: the processor's bits, on whatever device there is.

use std::time::Instant;

use super::opened::{ParallaxDevice, SelfTest};
use super::{ComputeOn, voted};
use crate::layers::{LayerSettings, PatchCompletion, PatchLevel, build_layers, patch_levels, patches_here};
use crate::raster::Raster;
use crate::truth::Scene;
use crate::view::View;

/// What is nearer than half of a scene's inverse depth is to be completed from the rest.
fn levels_of(scene: u64, width: usize, height: usize) -> Vec<PatchLevel> {
    let picture = Scene::numbered(scene).picture(&View::of_picture(0.9), width, height, 1);
    let (low, high) = picture.inverse_depth.range();
    let nearer = |x: usize, y: usize, share: f32| picture.inverse_depth.at(x, y) > low + share * (high - low);
    let task = PatchCompletion {
        wanted: &Raster::from_fn(width, height, |x, y| nearer(x, y, 0.5)),
        source: &Raster::from_fn(width, height, |x, y| !nearer(x, y, 0.45)),
        inverse_depth: &picture.inverse_depth.map(|q| q.min(low + 0.5 * (high - low))),
        depth_scale: 6.0 * high / (0.08 * width as f32),
        seed: 7 + scene,
    };
    patch_levels(&picture.colour, &task)
}

#[test]
fn the_device_finds_the_patches_of_the_processor() {
    let devices = [32, 64, 256].map(|workgroup| ParallaxDevice::new(workgroup, u64::MAX).unwrap());
    for (scene, width, height) in [(0, 240, 135), (2, 199, 121), (3, 121, 240)] {
        let levels = levels_of(scene, width, height);
        assert!(levels.len() > 1 && levels[0].places.len() > 1000, "scene {scene} has something to complete");
        let start = Instant::now();
        let here = patches_here(&levels, 11);
        let here_secs = start.elapsed().as_secs_f64();
        assert!(here.iter().filter(|voted| voted.is_some()).count() > here.len() / 2);
        assert_ne!(here, patches_here(&levels, 12), "scene {scene}: another seed is another search");
        for device in &devices {
            let start = Instant::now();
            let there = device.voted(&levels, 11).unwrap();
            let there_secs = start.elapsed().as_secs_f64();
            assert!(there == here, "scene {scene} on {}", device.name);
            println!("scene {scene}: processor {here_secs:.3} s, {} {there_secs:.3} s", device.name);
        }
    }
}

#[test]
fn a_device_passes_its_self_test_and_is_taken_when_it_is_asked_for() {
    assert_eq!(ParallaxDevice::open().unwrap().self_test().unwrap(), SelfTest::Same);
    let asked = ParallaxDevice::of_process(ComputeOn::Device).expect("software Vulkan at least");
    assert_eq!(ParallaxDevice::of_process(ComputeOn::Fastest).is_some(), !asked.is_software);
    assert!(ParallaxDevice::of_process(ComputeOn::Processor).is_none());
}

#[test]
fn what_a_device_does_not_hold_the_processor_completes() {
    let levels = levels_of(0, 160, 90);
    let small = ParallaxDevice::new(64, 4096).unwrap();
    let refused = small.voted(&levels, 1).unwrap_err().to_string();
    assert!(refused.contains("160 x 90") && refused.contains("4096"), "{refused}");
    assert!(voted(&levels, 1, ComputeOn::Device) == patches_here(&levels, 1));
    assert!(voted(&[], 1, ComputeOn::Device).is_empty());
}

#[test]
fn layers_have_the_same_bits_on_processor_and_device() {
    let picture = Scene::numbered(1).picture(&View::of_picture(0.9), 192, 108, 1);
    let layers = |on: ComputeOn| {
        on.choose();
        let image = build_layers(&picture.colour, &picture.inverse_depth, &LayerSettings::default()).unwrap();
        ComputeOn::default().choose();
        image.layers
    };
    let (here, there) = (layers(ComputeOn::Processor), layers(ComputeOn::Device));
    assert!(here.len() > 1);
    for (a, b) in here.iter().zip(&there) {
        assert!(a.colour == b.colour && a.inverse_depth == b.inverse_depth);
    }
}
