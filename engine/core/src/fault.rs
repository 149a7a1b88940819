//! Failures inside systems, where there is no caller to return an error to.

use bevy_ecs::resource::Resource;

use crate::error::{Blame, Blamed};

/// A failure that makes the pictures of this shot wrong: an asset that could not be read, a bake that broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Whose mistake it is.
    pub blame: Blame,
    /// What failed, where, and the remedy.
    pub message: String,
}

impl Blamed for Fault {
    fn blame(&self) -> Blame {
        self.blame
    }
}

impl Fault {
    /// A failure with its whole chain of causes.
    pub fn of<E: std::error::Error + Blamed>(error: &E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self { blame: error.blame(), message }
    }
}

/// Failures reported by systems in this update. A headless run stops at the first, without committing the frame;
/// a live one shows them. Each failure is reported once, not every frame.
#[derive(Resource, Clone, Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Reports a failure with its whole chain of causes.
    pub fn report<E: std::error::Error + Blamed>(&mut self, error: &E) {
        let fault = Fault::of(error);
        if !self.0.contains(&fault) {
            self.0.push(fault);
        }
    }

    /// The failures so far, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Takes the oldest failure.
    pub fn take_first(&mut self) -> Option<Fault> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }
}
