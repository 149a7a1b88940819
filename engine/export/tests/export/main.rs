//! The exporter as its callers see it: real folders, real threads, real ffmpeg.

mod failures;
mod kill;
mod movies;
mod movies_in;
mod pictures;
mod resume;
mod speed;
mod stills;
