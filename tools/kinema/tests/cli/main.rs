//! The command line as its users meet it: the program is run, its exit status, words and files are looked at.
//! Needs a Vulkan device (software will do) and ffmpeg.

mod bad_input;
mod commands;
mod interrupted;
mod killed;
mod machine;
mod photographs;
mod shots;
mod support;
