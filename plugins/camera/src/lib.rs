//! kinema_camera
