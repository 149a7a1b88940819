//! Nothing crosses when people of the shot format put on what templates cut, and in the first frames after: neither cloth and what it meets
//! of the skin, nor cloth and cloth, nor layers.

use std::path::Path;
use std::sync::Arc;

use kinema::cloth::simulation::ClothWorld;
use kinema::cloth::solver::contact::referee;
use kinema::core::{BakeStore, Format, parse_shot};
use kinema::part_registry;

const FRAMES: usize = 2;

/// How many pairs of an edge and a triangle meet in each of the first frames when somebody wears this, cut coarsely.
fn crossings(phenotype: &str, cuts: &[&str]) -> Vec<usize> {
    let garments = cuts.iter().enumerate().map(|(layer, cut)| {
        format!(
            "(id: \"layer_{layer}\", part: Garment(wearer: \"ada\", cut: {cut}, spacing_m: 0.04, steps_per_sec: 600)),"
        )
    });
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 4), output: (width: 64, height: 36), parts: [\
         (id: \"ada\", part: Human(phenotype: {phenotype})), {}])",
        garments.collect::<String>()
    );
    let shot = parse_shot(text.as_bytes(), Path::new("garments.shot.ron"), Format::Ron, &part_registry());
    let shot = Arc::new(shot.unwrap_or_else(|errors| panic!("{errors}")));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = ClothWorld::open(&shot, &BakeStore::new(folder.path()), 2);
    let mut world = world.unwrap_or_else(|error| panic!("{cuts:?}: {error}")).expect("cloth");
    let mut counts = vec![count(&world)];
    for _ in 0..FRAMES {
        world.step_frame().expect("a step");
        counts.push(count(&world));
    }
    counts
}

/// By the referee, all garments and what they meet together; skin that meets skin is left out.
fn count(world: &ClothWorld) -> usize {
    let (mut triangles, mut vertices): (Vec<[u32; 3]>, usize) = (Vec::new(), 0);
    for mesh in world.meshes() {
        triangles.extend(mesh.triangles.iter().map(|corners| corners.map(|corner| corner + vertices as u32)));
        vertices += mesh.positions_m.len();
    }
    let (skin, of_skin) = world.bodies();
    triangles.extend(of_skin.iter().map(|corners| corners.map(|corner| corner + vertices as u32)));
    let cloth = world.positions().into_iter().map(|place| place.map(f64::from));
    let places: Vec<[f64; 3]> = cloth.chain(skin).collect();
    let sides = |[a, b, c]: &[u32; 3]| [[*a, *b], [*b, *c], [*c, *a]].map(|[a, b]| [a.min(b), a.max(b)]);
    let mut edges: Vec<[u32; 2]> = triangles.iter().flat_map(sides).collect();
    edges.sort_unstable();
    edges.dedup();
    let is_skin = |of: &[u32]| of.iter().all(|vertex| *vertex as usize >= vertices);
    let met = referee::intersections(&places, &edges, &triangles);
    met.iter().filter(|(edge, triangle)| !(is_skin(&edges[*edge]) && is_skin(&triangles[*triangle]))).count()
}

const WOMAN: &str = "(gender: 1.0, age: 0.62, weight: 0.42, height: 0.5)";
const HEAVY_MAN: &str = "(gender: 0.0, age: 0.65, weight: 0.85, height: 0.55)";
const CHILD: &str = "(gender: 0.5, age: 0.25, weight: 0.5, height: 0.5)";

#[test]
fn a_t_shirt_and_a_scarf_cross_nothing_where_arms_hang_against_the_trunk() {
    assert_eq!(crossings(WOMAN, &["TShirt(())"]), [0; FRAMES + 1]);
    assert_eq!(crossings(HEAVY_MAN, &["TShirt(())"]), [0; FRAMES + 1]);
    assert_eq!(crossings(WOMAN, &["Scarf(())"]), [0; FRAMES + 1]);
    assert_eq!(crossings(CHILD, &["Cowl(())"]), [0; FRAMES + 1]);
}

#[test]
fn dress_and_skirt_cross_nothing_where_hands_lie_on_them() {
    assert_eq!(crossings(CHILD, &["Dress(())"]), [0; FRAMES + 1]);
    assert_eq!(crossings(WOMAN, &["Skirt((length: 0.4))"]), [0; FRAMES + 1]);
}

#[test]
fn layers_cross_neither_each_other_nor_the_skin() {
    assert_eq!(crossings(WOMAN, &["Trousers((length: 0.5))", "TShirt(())", "Cape((length: 0.35))"]), [0; FRAMES + 1]);
}

#[test]
fn a_t_shirt_is_worn_under_trousers() {
    assert_eq!(crossings(WOMAN, &["TShirt(())", "Trousers((length: 0.5))"]), [0; FRAMES + 1]);
}
