//! kinema_lighting
