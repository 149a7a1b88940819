//! The shot document from the outside: what loads, what is refused and with which words, and what plays.

mod bad_input;
mod bad_syntax;
mod bad_tracks;
mod base;
mod good_input;
mod huge_input;
mod kinds;
mod mutations;
mod round_trip;
mod scene;
mod schema;
