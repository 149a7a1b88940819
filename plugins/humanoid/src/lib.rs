//! kinema_humanoid
