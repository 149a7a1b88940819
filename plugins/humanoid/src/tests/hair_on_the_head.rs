//! Hair on real heads.

use std::sync::OnceLock;

use bevy::math::Vec3;

use super::{figure, messages};
use crate::{
    figure::Figure,
    look::hair::{
        Head, ScalpMesh,
        fibres::Strands,
        grow,
        settings::{BeardStyle, Hair, HairStyle, Melanin},
    },
    look::outfit::on_template,
    settings::Human,
    wardrobe::Wardrobe,
};

fn wardrobe() -> &'static Wardrobe {
    static WARDROBE: OnceLock<Wardrobe> = OnceLock::new();
    WARDROBE.get_or_init(|| Wardrobe::load().unwrap_or_else(|error| panic!("{error}")))
}

/// The template's head, and hair on it.
fn on_head(hair: &Hair, level: u32) -> (Head, Strands) {
    let wardrobe = wardrobe();
    let mut outfit = wardrobe.outfit.clone();
    let (positions, normals) = on_template(&mut outfit.head, &wardrobe.basis);
    let (suit, suit_normals) = on_template(&mut outfit.suit, &wardrobe.basis);
    let scalp = ScalpMesh {
        indices: &outfit.head.indices,
        template: &wardrobe.head_template,
        positions: &positions,
        normals: &normals,
        ears: &wardrobe.ears,
    };
    let others: Vec<(Vec3, Vec3)> = suit.into_iter().zip(suit_normals).collect();
    let head = Head::new(&scalp, &others);
    let strands = grow(&scalp, &head, hair, level);
    (head, strands)
}

#[test]
fn every_style_covers_the_scalp_and_no_strand_enters_the_head_or_the_face() {
    for style in HairStyle::ALL {
        let hair = Hair { density: 0.12, ..Hair::styled(style) };
        let (head, strands) = on_head(&hair, 0);
        if style == HairStyle::Bald {
            assert!(strands.is_empty());
            continue;
        }
        assert!(strands.len() > 1200, "{style:?}: {} strands", strands.len());
        assert_eq!(strands.points.len(), strands.len() * strands.points_each);
        let inside =
            strands.iter().filter(|strand| strand.points[2..].iter().any(|&p| head.skull.distance(p) < -0.001));
        let inside = inside.count() as f32 / strands.len() as f32;
        assert!(inside < 0.002, "{style:?}: {inside} of the strands enter the head");
        // The middle of the face stays free.
        let face = head.from_template(Vec3::new(0.0, 0.69, 0.13));
        let size = 0.032 * head.scale();
        let hides =
            strands.iter().filter(|s| s.points.iter().any(|p| (*p - face).truncate().length() < size && p.z > face.z));
        assert!((hides.count() as f32) < 0.004 * strands.len() as f32, "{style:?} hides the face");
        assert!(strands.light.iter().all(|light| (0.0..=1.0).contains(light)));
        let dark = strands.light.iter().step_by(strands.points_each).sum::<f32>() / strands.len() as f32;
        let tips = strands.light.iter().skip(strands.points_each - 1).step_by(strands.points_each);
        let bright = tips.sum::<f32>() / strands.len() as f32;
        // What is tied lies in a bundle, where it is dark.
        let tied = matches!(style, HairStyle::Ponytail | HairStyle::Bun);
        assert!(tied || bright >= dark, "{style:?}: roots {dark}, tips {bright}");
        println!("{style:?}: {} strands, roots see {dark:.2} of the sky, tips {bright:.2}", strands.len());
    }
}

#[test]
fn hair_is_as_long_as_it_was_told_and_the_same_every_time() {
    let of = |length_m: f32| on_head(&Hair { length_m, density: 0.05, ..Hair::styled(HairStyle::Long) }, 0).1;
    let longest = |strands: &Strands| {
        let length = |points: &[Vec3]| points.array_windows().map(|[a, b]| a.distance(*b)).sum::<f32>();
        strands.iter().map(|strand| length(strand.points)).fold(0.0, f32::max)
    };
    for length_m in [0.2, 0.4, 0.6] {
        let found = longest(&of(length_m));
        assert!((0.7 * length_m..1.25 * length_m).contains(&found), "{length_m} became {found}");
    }
    assert_eq!(of(0.3), of(0.3));
}

#[test]
fn fewer_strands_are_wider_and_cover_as_much() {
    let area = |level: u32| {
        let (_, strands) = on_head(&Hair { density: 0.3, ..Hair::styled(HairStyle::Bob) }, level);
        let length = |points: &[Vec3]| points.array_windows().map(|[a, b]| a.distance(*b)).sum::<f32>();
        (strands.len(), strands.iter().map(|strand| length(strand.points) * strand.width_m).sum::<f32>())
    };
    let (full, covered) = area(0);
    for level in [1, 2, 4] {
        let (count, found) = area(level);
        assert!(count <= (full >> level) + 1, "{count} of {full} at level {level}");
        assert!((found / covered - 1.0).abs() < 0.2, "level {level} covers {found} of {covered} m2");
    }
}

#[test]
fn brows_lashes_and_beards_grow_where_they_belong_and_follow_the_face() {
    let count = |hair: Hair| {
        let mut figure = figure();
        let human = Human { hair, ..Human::default() };
        figure.set(&human, 0.0);
        figure.short_hair().len()
    };
    let none = Hair { brows: 0.0, lashes: 0.0, body: 0.0, ..Hair::default() };
    assert_eq!(count(none), 0);
    let (brows, lashes) = (count(Hair { brows: 1.0, ..none }), count(Hair { lashes: 1.0, ..none }));
    assert!((800..1600).contains(&brows) && (300..500).contains(&lashes), "{brows} {lashes}");
    for style in [BeardStyle::Stubble, BeardStyle::Moustache, BeardStyle::Goatee, BeardStyle::Full] {
        let mut hair = none;
        hair.beard.style = style;
        assert!(count(hair) > 800, "{style:?}");
    }
    let mut figure = figure();
    let mut human = Human::default();
    human.idle.sway = 0.0;
    let lowest_lash = |figure: &Figure| figure.short_hair().points.iter().map(|p| p.y).sum::<f32>();
    figure.set(&human, 0.0);
    let open = lowest_lash(&figure);
    human.blink = 1.0;
    figure.set(&human, 0.0);
    assert!(lowest_lash(&figure) < open, "lashes come down with the lids");
    assert!(figure.short_hair().points.iter().all(|p| p.is_finite()));
}

#[test]
fn colour_alone_does_not_grow_hair_anew() {
    let mut figure = figure();
    let mut human = Human::default();
    figure.set(&human, 0.0);
    let grown = figure.grown();
    human.hair.colour = [0.3, 0.2, 0.1];
    human.hair.melanin = Some(Melanin { eumelanin: 0.3, pheomelanin: 0.2 });
    human.hair.grey = 0.5;
    figure.set(&human, 0.1);
    assert_eq!(figure.grown(), grown);
    human.hair.length_m = 0.06;
    figure.set(&human, 0.1);
    assert_ne!(figure.grown(), grown);
}

#[test]
fn hair_settings_are_read_and_refused_by_name() {
    let all = "hair: (style: Wavy, length_m: 0.5, melanin: (eumelanin: 0.4, pheomelanin: 0.3), grey: 0.1, part: Centre, density: 1.1, \
        curl: 0.4, clump: 0.5, frizz: 0.2, receding: 0, brows: 1.2, lashes: 1, body: 0, beard: (style: Full, length_m: 0.02))";
    assert_eq!(messages(all), "");
    for (human, expected) in [
        ("hair: (length_m: 0.7)", "outside of 0 to 0.6"),
        ("hair: (stile: Bob)", "stile"),
        ("hair: (style: Mohawk)", "Mohawk"),
        ("hair: (melanin: (eumelanin: 9))", "outside of 0 to 8"),
        ("hair: (beard: (length_m: 0.2))", "outside of 0 to 0.06"),
        ("hair: (frizz: -1)", "outside of 0 to 1"),
    ] {
        let message = messages(human);
        assert!(message.contains(expected), "{human}: {message}");
    }
}
