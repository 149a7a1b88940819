//! kinema_neural
