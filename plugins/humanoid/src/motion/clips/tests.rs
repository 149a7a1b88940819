//! Clips made by the tests themselves: skeletons of every convention, in files of every unit and axis.

mod bad_files;
mod blending;
mod figures;
mod gltf_files;
mod people;
mod recognition;
mod retargeting;
