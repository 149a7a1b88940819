//! What several readers of a shot hold together: a simulation that one plugin draws and another collides with runs once.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::cache::BakeStore;
use crate::load::LoadedShot;

type Held = BTreeMap<(TypeId, PathBuf), Weak<dyn Any + Send + Sync>>;

/// What is held of a shot at present. A copy of a shot begins with nothing.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Held>);

impl Clone for Shared {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl Shared {
    fn held<T: Any + Send + Sync>(&self, place: &Path) -> Option<Arc<T>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&(TypeId::of::<T>(), place.to_owned()))?.upgrade()?.downcast().ok()
    }
}

impl LoadedShot {
    /// The one `T` of this shot and store: made by whoever asks first, gone with the last who holds it.
    ///
    /// # Errors
    /// What `make` says.
    pub fn shared<T: Any + Send + Sync, E>(
        &self,
        store: &BakeStore,
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        if let Some(held) = self.shared.held(store.dir()) {
            return Ok(held);
        }
        // Nothing is locked meanwhile: making one thing may ask for another.
        let made = Arc::new(make()?);
        let mut held = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (TypeId::of::<T>(), store.dir().to_owned());
        if let Some(first) = held.get(&key).and_then(Weak::upgrade).and_then(|held| held.downcast().ok()) {
            return Ok(first);
        }
        let of_any: Arc<dyn Any + Send + Sync> = made.clone();
        held.insert(key, Arc::downgrade(&of_any));
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::path::Path;

    use super::*;
    use crate::{Format, PartRegistry, parse_shot};

    #[test]
    fn all_who_ask_hold_the_same_until_nobody_does() {
        let text = r#"(schema: 1, timeline: (rate: "24/1", frames: 1), output: (width: 16, height: 16))"#;
        let shot = parse_shot(text.as_bytes(), Path::new("a.shot.ron"), Format::Ron, &PartRegistry::default());
        let shot = shot.unwrap_or_else(|errors| panic!("{errors}"));
        let (store, other) = (BakeStore::new("a"), BakeStore::new("b"));
        let ask = |shot: &LoadedShot, store: &BakeStore, number: u32| match shot
            .shared(store, || Ok::<_, Infallible>(number))
        {
            Ok(held) => held,
        };
        let first = ask(&shot, &store, 1);
        assert_eq!(*ask(&shot, &store, 2), 1);
        assert_eq!(*ask(&shot, &other, 3), 3, "another store");
        assert_eq!(*ask(&shot.clone(), &store, 4), 4, "another shot");
        assert!(shot.shared(&store, || Err::<u64, _>("no")).is_err(), "another kind, which cannot be made");
        drop(first);
        assert_eq!(*ask(&shot, &store, 5), 5);
    }
}
