//! What touching bodies do to each other: numbers and rules of materials, as the engine wants them.

use std::collections::BTreeMap;

use kinema_core::Segment;
use rapier3d::prelude::{
    ActiveHooks, CoefficientCombineRule, Collider, ColliderBuilder, ContactModificationContext, PairFilterContext,
    PhysicsHooks, SolverFlags,
};

use crate::person::anatomy::{SEGMENTS, pushes};
use crate::shot::{CombineRule, PhysicsMaterial, Rigid};

/// The materials of a shot, numbered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Materials {
    by_id: BTreeMap<String, (u32, PhysicsMaterial)>,
    /// Friction and restitution of pairs that were measured against each other; the lower number comes first.
    pairs: BTreeMap<(u32, u32), (f32, f32)>,
}

impl Materials {
    /// Numbers `materials`. Of two different values for one pair, that of the material named first by the alphabet counts;
    /// the check of a shot refuses them.
    pub(crate) fn new(materials: &BTreeMap<String, PhysicsMaterial>) -> Self {
        let numbered =
            materials.iter().zip(1..).map(|((id, material), number)| (id.clone(), (number, material.clone())));
        let by_id: BTreeMap<String, (u32, PhysicsMaterial)> = numbered.collect();
        let mut pairs = BTreeMap::new();
        for (number, material) in by_id.values() {
            for pair in &material.pairs {
                if let Some((other, _)) = by_id.get(&pair.with) {
                    let key = (*number.min(other), *number.max(other));
                    pairs.entry(key).or_insert((pair.friction, pair.restitution));
                }
            }
        }
        Self { by_id, pairs }
    }

    /// Number and material of `rigid`; 0 and the defaults for one that names none.
    fn of(&self, rigid: &Rigid) -> (u32, PhysicsMaterial) {
        let named = rigid.material.as_ref().and_then(|id| self.by_id.get(id));
        named.cloned().unwrap_or_default()
    }

    /// The friction of `rigid` by itself.
    pub(crate) fn friction(&self, rigid: &Rigid) -> f32 {
        rigid.friction.unwrap_or_else(|| self.of(rigid).1.friction)
    }

    /// Gives `collider` the surface of `rigid`; its user data hold the material's number and the part's place.
    pub(crate) fn apply(&self, rigid: &Rigid, part_index: usize, collider: ColliderBuilder) -> ColliderBuilder {
        let (number, material) = self.of(rigid);
        let collider = collider
            .friction(self.friction(rigid))
            .restitution(rigid.restitution.unwrap_or(material.restitution))
            .friction_combine_rule(engine_rule(material.friction_rule))
            .restitution_combine_rule(engine_rule(material.restitution_rule))
            .user_data(u128::from(number) | ((part_index as u128) << 32));
        let paired = self.pairs.keys().any(|(first, second)| *first == number || *second == number);
        if paired { collider.active_hooks(ActiveHooks::MODIFY_SOLVER_CONTACTS) } else { collider }
    }
}

fn engine_rule(rule: CombineRule) -> CoefficientCombineRule {
    match rule {
        CombineRule::Mean => CoefficientCombineRule::Average,
        CombineRule::Min => CoefficientCombineRule::Min,
        CombineRule::Product => CoefficientCombineRule::Multiply,
        CombineRule::Max => CoefficientCombineRule::Max,
        CombineRule::GeometricMean => CoefficientCombineRule::GeometricMean,
    }
}

/// The part in the user data of a collider.
pub(crate) fn part_of(collider: &Collider) -> u32 {
    (collider.user_data >> 32) as u32
}

/// The user data of a hull of person number `number` (from 0) whose part is `part_index`.
pub(crate) fn person_data(part_index: usize, number: u16, segment: Segment) -> u128 {
    let place = SEGMENTS.iter().position(|other| *other == segment).unwrap_or(0);
    ((part_index as u128) << 32) | (u128::from(number) + 1) << 64 | (place as u128) << 80
}

/// Whose hull a collider is, and which; `None` for anything else.
fn person_of(collider: &Collider) -> Option<(u16, Segment)> {
    let number = (collider.user_data >> 64) as u16;
    let segment = SEGMENTS.get((collider.user_data >> 80) as usize)?;
    (number > 0).then_some((number, *segment))
}

impl PhysicsHooks for Materials {
    fn filter_contact_pair(&self, context: &PairFilterContext) -> Option<SolverFlags> {
        let person = |handle| context.colliders.get(handle).and_then(person_of);
        match (person(context.collider1), person(context.collider2)) {
            (Some((one, a)), Some((other, b))) if one == other && !pushes(a, b) => None,
            _ => Some(SolverFlags::COMPUTE_IMPULSES),
        }
    }

    fn modify_solver_contacts(&self, context: &mut ContactModificationContext) {
        let number = |handle| context.colliders.get(handle).map_or(0, |collider| collider.user_data as u32);
        let (first, second) = (number(context.collider1), number(context.collider2));
        if let Some((friction, restitution)) = self.pairs.get(&(first.min(second), first.max(second))) {
            *context.friction = *friction;
            *context.restitution = *restitution;
        }
    }
}
