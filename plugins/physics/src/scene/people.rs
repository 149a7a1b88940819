//! The people of a shot and what their hands hold.

use std::collections::BTreeMap;

use kinema_core::Shot;

use super::{Misfit, PhysicsScene, SceneGrip, ScenePerson};
use crate::shot::{Body, Grip, Ragdoll};

/// Reads all `Ragdoll` and `Grip` parts into `scene`, and says what does not fit.
pub(super) fn read(shot: &Shot, scene: &mut PhysicsScene, body_of_id: &BTreeMap<&str, usize>) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    let part_of_id: BTreeMap<&str, usize> = shot.parts.iter().map(|part| part.id.as_str()).zip(0..).collect();
    for (part_index, part) in shot.parts.iter().enumerate() {
        let Some(ragdoll) = part.part.get::<Ragdoll>() else { continue };
        let misfit = |message, remedy| Misfit { part_index, field: "part.Ragdoll.person", message, remedy };
        let Some(person_part_index) = part_of_id.get(ragdoll.person.as_str()).copied() else {
            let message = format!("there is no part `{}`", ragdoll.person);
            misfits.push(misfit(message, "name an existing Human part"));
            continue;
        };
        if let Some(other) = scene.people.iter().find(|other| other.person_part_index == person_part_index) {
            let message = format!("`{}` already gives `{}` a body", other.id, ragdoll.person);
            misfits.push(misfit(message, "keep one Ragdoll for each person"));
            continue;
        }
        let (id, ragdoll) = (part.id.clone(), ragdoll.clone());
        scene.people.push(ScenePerson { part_index, id, person_part_index, ragdoll });
    }
    for (part_index, part) in shot.parts.iter().enumerate() {
        let Some(grip) = part.part.get::<Grip>() else { continue };
        let misfit = |field, message, remedy| Misfit { part_index, field, message, remedy };
        let person = scene.people.iter().position(|person| person.id == grip.ragdoll);
        let body = body_of_id.get(grip.body.as_str()).copied();
        let dynamic = body.and_then(|body| scene.bodies.get(body)).is_some_and(|body| body.rigid.body == Body::Dynamic);
        match (person, body) {
            (None, _) => {
                let message = format!("there is no Ragdoll part `{}` that gives a person a body", grip.ragdoll);
                misfits.push(misfit("part.Grip.ragdoll", message, "name an existing Ragdoll part"));
            }
            (_, None) => {
                let message = format!("there is no Rigid part `{}`", grip.body);
                misfits.push(misfit("part.Grip.body", message, "name an existing Rigid part"));
            }
            (Some(_), Some(_)) if !dynamic => {
                let message = format!("`{}` is not dynamic: a hand cannot carry it", grip.body);
                misfits.push(misfit("part.Grip.body", message, "set `body: Dynamic` on it"));
            }
            (Some(person), Some(body)) => {
                scene.grips.push(SceneGrip { part_index, person, body, grip: grip.clone() });
            }
        }
    }
    misfits
}
