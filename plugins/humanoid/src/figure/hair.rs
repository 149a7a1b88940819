//! The hair of a figure.

use bevy::math::{Affine3A, Quat, Vec3};

use super::Figure;
use crate::{
    look::{
        hair::{self, ScalpMesh, fibres::Strands},
        surface::Surface,
    },
    settings::{Hair, HairStyle},
};

impl Figure {
    /// Grows the short hairs; those of the scalp grow when they are asked for.
    pub(super) fn grow_hair(&mut self, settings: &Hair) {
        let wardrobe = self.wardrobe.clone();
        let bare = |indices, template| ScalpMesh { indices, template, positions: &[], normals: &[], ears: &[] };
        let head = bare(&self.outfit.head.indices, &wardrobe.head_template);
        let hands = bare(&self.outfit.hands.indices, &wardrobe.hands_template);
        self.short_hair = hair::rooted::grow(&wardrobe.basis, &head, &wardrobe.lips, &hands, settings);
        let at_ease = self.body.at_ease(&self.rest_deltas);
        self.hang_from_hair = at_ease.bone(self.hang_bone).inverse() * at_ease.bone(self.head_bone);
        self.hair = None;
        self.grown = self.grown.wrapping_add(1);
    }

    /// The hair of the scalp with one in `2^level` strands, in rest space; [`Figure::head_from_rest`] puts it onto the head.
    /// It is grown when it is asked for, on the head at ease, so that it hangs over shoulders that are where they usually
    /// are. What is far away thus costs little time and memory.
    pub fn hair(&mut self, level: u32) -> &Strands {
        if self.hair.as_ref().is_none_or(|(grown, _)| *grown != level) {
            let settings = self.hair_of.as_ref().map_or(Hair::styled(HairStyle::Bald), |(.., hair)| *hair);
            let strands = self.grow_scalp_hair(&settings, level);
            self.hair = Some((level, strands));
        }
        static NONE: Strands = Strands::NONE;
        self.hair.as_ref().map_or(&NONE, |(_, strands)| strands)
    }

    fn grow_scalp_hair(&mut self, settings: &Hair, level: u32) -> Strands {
        if !settings.has_scalp_hair() {
            return Strands::NONE;
        }
        let wardrobe = self.wardrobe.clone();
        let at_ease = self.body.at_ease(&self.rest_deltas);
        let surface = |surface: &mut Surface| {
            let (mut positions, mut normals) = (Vec::new(), Vec::new());
            surface.evaluate(&at_ease.rows, &mut positions, &mut normals);
            let vectors = |list: Vec<[f32; 3]>| list.into_iter().map(Vec3::from_array).collect::<Vec<_>>();
            (vectors(positions), vectors(normals))
        };
        let (positions, normals) = surface(&mut self.outfit.head);
        let (suit, suit_normals) = surface(&mut self.outfit.suit);
        let scalp = ScalpMesh {
            indices: &self.outfit.head.indices,
            template: &wardrobe.head_template,
            positions: &positions,
            normals: &normals,
            ears: &wardrobe.ears,
        };
        let others: Vec<(Vec3, Vec3)> = suit.into_iter().zip(suit_normals).collect();
        let head = hair::Head::new(&scalp, &others);
        let mut strands = hair::grow(&scalp, &head, settings, level);
        strands.take(&at_ease.bone(self.head_bone).inverse());
        strands
    }

    /// Changes whenever hair has grown anew.
    pub fn grown(&self) -> u32 {
        self.grown
    }

    /// Brows, lashes, beard and the hair of the hands where the body is now.
    pub fn short_hair(&self) -> Strands {
        self.short_hair.pose(self.body.positions())
    }

    /// The same on rows of the body that are elsewhere, such as at rest.
    pub fn short_hair_on(&self, rows: &[Vec3]) -> Strands {
        self.short_hair.pose(rows)
    }

    /// Where hair would be that follows the shoulders alone, in the space of [`Figure::hair`], turned by `lag` about the
    /// neck in the person's space.
    pub fn hang_from_rest(&self, lag: Quat) -> Affine3A {
        let bones = self.body.bones();
        let hang = bones.skin_from_rest.get(self.hang_bone).copied().unwrap_or(Affine3A::IDENTITY);
        let pivot = self.head();
        let turn = Affine3A::from_translation(pivot) * Affine3A::from_quat(lag) * Affine3A::from_translation(-pivot);
        self.head_from_rest().inverse() * turn * hang * self.hang_from_hair
    }
}

/// The settings that decide how hair grows: colours do not.
pub(super) fn grown_by(hair: &Hair) -> Hair {
    Hair { colour: [0.0; 3], melanin: None, grey: 0.0, ..*hair }
}
