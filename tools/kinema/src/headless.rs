//! Starting where there is no display.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Turns off Mesa's device-select layer.
const NO_DEVICE_SELECT: &str = "NODEVICE_SELECT";

/// On a machine without a session, Mesa's device-select layer looks for a Wayland display all the same, and its client
/// library writes lines that begin with `error:` to standard error. A program that draws into files has no use for the
/// layer. It can only be turned off by the environment that a process starts with (changing one's own is unsafe beside
/// threads), so this process starts itself once more, under the same id.
pub fn leave_out_the_display() {
    let has_session = env::var_os("XDG_RUNTIME_DIR").is_some();
    if has_session || env::var_os(NO_DEVICE_SELECT).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut again = Command::new(program);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    // Returns only if it fails; then there are more words than needed on standard error, and nothing worse.
    let _ = again.args(arguments).env(NO_DEVICE_SELECT, "1").exec();
}
