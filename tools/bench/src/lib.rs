//! kinema_bench
