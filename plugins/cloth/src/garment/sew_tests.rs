//! A body of round limbs, dressed.

use std::f64::consts::TAU;

use super::*;
use crate::fabrics::Material;
use crate::garment::crossings::crossings_of_all;
use crate::garment::drape::dress;
use crate::garment::form::Joints;
use crate::garment::measure::measure;
use crate::garment::pattern::{Around, Chart, PatternEdge, Piece, Place, Stitch};
use crate::garment::proxy::SkinProxy;
use crate::garment::template::{Cape, Cowl, Dress, Scarf, Skirt, TShirt, Trousers};

const AROUND: usize = 20;

/// A limb along a way: at each point half its width and half its depth.
fn limb(form: &mut DressForm, member: Member, way: &[(DVec3, [f64; 2])]) {
    let first = form.places_m.len() as u32;
    let along = (way[way.len() - 1].0 - way[0].0).normalize();
    let wide = along.cross(DVec3::Z).normalize();
    for (at, [half_width, half_depth]) in way {
        for step in 0..AROUND {
            let (sin, cos) = (TAU * step as f64 / AROUND as f64).sin_cos();
            form.places_m.push(*at + wide * (half_width * cos) + DVec3::Z * (half_depth * sin));
        }
    }
    let count = AROUND as u32;
    let rings = way.len() as u32;
    for ring in 0..rings - 1 {
        for step in 0..count {
            let (a, b) = (first + ring * count + step, first + ring * count + (step + 1) % count);
            form.triangles.extend([[a, b + count, b], [a, a + count, b + count]]);
        }
    }
    for (ring, at) in [(0, way[0].0), (rings - 1, way[way.len() - 1].0)] {
        let middle = form.places_m.len() as u32;
        form.places_m.push(at);
        for step in 0..count {
            let (a, b) = (first + ring * count + step, first + ring * count + (step + 1) % count);
            form.triangles.push(if ring == 0 { [middle, a, b] } else { [middle, b, a] });
        }
    }
    form.member_of.resize(form.places_m.len(), member);
}

/// Somebody 1.75 m tall, `stout` times as wide and deep as slim.
fn somebody(stout: f64, legs_deg: f64) -> DressForm {
    let mut form = DressForm::default();
    let trunk = [
        (0.80, 0.15, 0.10),
        (0.90, 0.175, 0.125),
        (1.06, 0.13, 0.095),
        (1.22, 0.155, 0.12),
        (1.36, 0.15, 0.09),
        (1.40, 0.09, 0.07),
    ];
    let at = |y: f64| {
        let next = trunk.iter().position(|row| row.0 >= y).unwrap_or(trunk.len() - 1).max(1);
        let (a, b) = (trunk[next - 1], trunk[next]);
        let share = ((y - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
        [(a.1 + (b.1 - a.1) * share) * stout, (a.2 + (b.2 - a.2) * share) * stout]
    };
    let heights: Vec<f64> = (0..=30).map(|step| 0.80 + 0.02 * f64::from(step)).collect();
    limb(&mut form, Member::Trunk, &heights.iter().map(|y| (DVec3::Y * *y, at(*y))).collect::<Vec<_>>());
    let upright = |low: f64, count: u32, half: f64| {
        (0..=count).map(|step| (DVec3::Y * (low + 0.02 * f64::from(step)), [half, half])).collect::<Vec<_>>()
    };
    limb(&mut form, Member::Neck, &upright(1.36, 10, 0.052));
    limb(&mut form, Member::Head, &upright(1.51, 11, 0.08));
    let mut joints = Joints { neck: DVec3::Y * 1.40, head: DVec3::Y * 1.52, ..Joints::default() };
    let leg = legs_deg.to_radians();
    for (index, side) in [1.0, -1.0].into_iter().enumerate() {
        let arm = DVec3::new(side * 20_f64.to_radians().cos(), -20_f64.to_radians().sin(), 0.0);
        let shoulder = DVec3::new(side * 0.16 * stout, 1.34, 0.0);
        let way = |from: f64, count: u32, half: f64| {
            (0..=count).map(|step| (shoulder + arm * (from + 0.03 * f64::from(step)), [half, half])).collect::<Vec<_>>()
        };
        let [arms, hands] = [[Member::LeftArm, Member::RightArm], [Member::LeftHand, Member::RightHand]];
        limb(&mut form, arms[index], &way(-0.04, 19, 0.045));
        limb(&mut form, hands[index], &way(0.53, 5, 0.03));
        let hip = DVec3::new(side * 0.095 * stout, 0.86, 0.0);
        let down = DVec3::new(side * leg.sin(), -leg.cos(), 0.0);
        let thin = |t: f64| 0.086 * stout.min(1.08) - 0.055 * t;
        let leg_way = (0..=27).rev().map(|step| 0.03 * f64::from(step)).map(|t| (hip + down * t, [thin(t), thin(t)]));
        limb(&mut form, [Member::LeftLeg, Member::RightLeg][index], &leg_way.collect::<Vec<_>>());
        joints.shoulders[index] = shoulder;
        joints.elbows[index] = shoulder + arm * 0.26;
        joints.wrists[index] = shoulder + arm * 0.53;
        joints.hips[index] = hip;
        joints.knees[index] = hip + down * 0.42;
    }
    form.joints = joints;
    form
}

fn all() -> [Cutting; 7] {
    [
        Cutting::TShirt(TShirt::default()),
        Cutting::Skirt(Skirt::default()),
        Cutting::Dress(Dress::default()),
        Cutting::Trousers(Trousers::default()),
        Cutting::Cape(Cape::default()),
        Cutting::Scarf(Scarf::default()),
        Cutting::Cowl(Cowl::default()),
    ]
}

#[test]
fn girths_and_heights_are_those_that_the_body_was_made_with() {
    let body = measure(&somebody(1.0, 2.0)).unwrap();
    // Circumference of the ellipse of the waist, 0.13 by 0.095, as a polygon of 20 corners.
    assert!((body.waist_m - 0.710).abs() < 0.01, "{body:?}");
    assert!((body.waist_y_m - 1.06).abs() < 0.012 && (body.seat_y_m - 0.90).abs() < 0.012, "{body:?}");
    assert!((body.biceps_m - 0.2816).abs() < 0.002 && (body.shoulder_to_wrist_m - 0.53).abs() < 1e-9, "{body:?}");
    assert!((1.26..1.31).contains(&body.armpit_y_m) && (body.crotch_y_m - 0.80).abs() < 0.01, "{body:?}");
}

#[test]
fn every_garment_is_laid_about_slim_and_stout_bodies_without_a_crossing() {
    for stout in [0.85, 1.0, 1.3] {
        for cutting in all() {
            let form = somebody(stout, f64::from(cutting.legs_deg()));
            let body = measure(&form).unwrap();
            let pattern = cutting.pattern(&body).unwrap();
            let cut = cut(&pattern, 0.04).unwrap();
            let least = super::super::cut::least_angle_deg(&cut.points, &cut.triangles);
            assert!(least > 12.0, "{cutting:?}: an angle of {least} degrees");
            laid(&pattern, &cut, &form, &form, &body).unwrap_or_else(|error| panic!("{stout} {cutting:?}: {error}"));
        }
    }
}

#[test]
fn a_skirt_is_sewn_shut_hangs_from_the_waist_and_crosses_nothing() {
    let form = somebody(1.0, 2.0);
    let skin = form.places_m.clone();
    let cutting = Cutting::Skirt(Skirt { length: 0.4, ..Skirt::default() });
    let order = Order { cutting: &cutting, fabric: Material::Cotton.fabric(), spacing_m: 0.06 };
    let proxy = SkinProxy::new(&form, &skin);
    let all = dress(&[order], &form, &proxy, 1, &mut |_| skin.clone()).unwrap();
    assert_eq!(crossings_of_all(&all, &proxy.of(&form)), [0, 0]);
    let draped = &all[0];
    let places: Vec<DVec3> = draped.mesh.positions_m.iter().map(|place| DVec3::from_array(*place)).collect();
    // A tube: every edge has two triangles but those of waist and hem.
    let rims = draped.mesh.edges().unwrap().iter().filter(|edge| edge.other.is_none()).count();
    assert!((20..80).contains(&rims), "{rims}");
    assert!(!draped.holds.is_empty());
    let [low, high] = places.iter().fold([f64::MAX, f64::MIN], |[low, high], at| [low.min(at.y), high.max(at.y)]);
    assert!((1.02..1.08).contains(&high) && (0.6..0.75).contains(&low), "{low} {high}");
}

/// Half a skirt, as wide as the seat everywhere but where two darts take it in at the waist.
fn darted(id: &str, turn: f64) -> Piece {
    let (half, hem_y, [at, apex_y, taken]) = (0.255, -0.35, [0.11, -0.1, 0.06]);
    let dart = |x: f64| [[x + 0.5 * taken, 0.0], [x, apex_y], [x - 0.5 * taken, 0.0]];
    let corners = [vec![[half, hem_y], [half, 0.0]], dart(at).to_vec(), dart(-at).to_vec(), vec![[-half, 0.0]]];
    let start = [-half, hem_y];
    let edges = corners.concat().into_iter().chain([start]).map(PatternEdge::Line).collect();
    let place = Place { around: Around::Trunk, turn, middle_m: 0.0, raise_m: 0.0, chart: Chart::Straight };
    Piece { id: id.to_owned(), start, edges, place }
}

#[test]
fn darts_take_the_width_of_the_seat_off_the_waist() {
    let edge = |piece: &str, edge: usize| vec![EdgeName::new(piece, edge)];
    let mut seams = Vec::new();
    for (piece, other) in [("front", "back"), ("back", "front")] {
        for (a, b) in
            [(edge(piece, 3), edge(piece, 4)), (edge(piece, 6), edge(piece, 7)), (edge(piece, 1), edge(other, 9))]
        {
            seams.push(Stitch { a, b, gathers: 1.0 });
        }
    }
    let held = ["front", "back"].iter().flat_map(|piece| [2, 5, 8].map(|edge| EdgeName::new(piece, edge))).collect();
    let pieces = vec![darted("front", 0.0), darted("back", 0.5)];
    let cutting = Cutting::Pieces(Pattern { pieces, seams, held, ..Pattern::default() });
    let form = somebody(1.0, 2.0);
    let skin = form.places_m.clone();
    let order = Order { cutting: &cutting, fabric: Material::Cotton.fabric(), spacing_m: 0.05 };
    let proxy = SkinProxy::new(&form, &skin);
    let all = dress(&[order], &form, &proxy, 1, &mut |_| skin.clone()).unwrap();
    assert_eq!(crossings_of_all(&all, &proxy.of(&form)), [0, 0]);
    let mesh = &all[0].mesh;
    let place = |particle: u32| DVec3::from_array(mesh.positions_m[particle as usize]);
    let rims: Vec<[DVec3; 2]> =
        mesh.edges().unwrap().iter().filter(|edge| edge.other.is_none()).map(|edge| edge.vertices.map(place)).collect();
    let girth =
        |is_top: bool| -> f64 { rims.iter().filter(|[a, _]| (a.y > 0.9) == is_top).map(|[a, b]| a.distance(*b)).sum() };
    // Nothing but waist and hem is open.
    assert!((girth(true) - 0.78).abs() < 0.03, "{}", girth(true));
    assert!((girth(false) - 1.02).abs() < 0.03, "{}", girth(false));
}

#[test]
fn a_body_without_arms_is_not_measured() {
    let mut form = somebody(1.0, 2.0);
    form.member_of.iter_mut().filter(|member| member.is_arm()).for_each(|member| *member = Member::Head);
    assert!(matches!(measure(&form), Err(GarmentError::Measure { .. })));
}
