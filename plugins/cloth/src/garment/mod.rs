//! Garments: patterns drafted from a body's measurements, cut, laid about the body, sewn and draped.
//!
//! | room | what it holds |
//! |---|---|
//! | [`part`] | the document: the part `Garment` and files `*.garment.ron` |
//! | [`pattern`], [`curve`] | pieces, seams, outlines; what a file gives and what templates draft |
//! | [`template`], `draft`, `bodice`, `trousers`, `scarf` | garments by a few numbers |
//! | [`form`], [`measure`] | a body as a dressmaker sees it |
//! | [`cut`] | triangles with equal points along seams |
//! | [`tube`], [`lay`] | pieces about the body before they are sewn |
//! | [`sew`] | seams drawn shut, over what is worn below |
//! | [`drape`], `dresser` | all garments of a person hung, the body brought to its first pose |
//! | [`proxy`], `mitten` | the skin that cloth meets: room where skin touches skin |
//! | [`crossings`] | where garments cross |
//! | [`wear`], `keep` | a garment on a person of a shot, made once and kept by content |

mod bodice;
pub mod crossings;
pub mod curve;
pub mod cut;
mod draft;
pub mod drape;
mod dresser;
pub mod error;
pub mod form;
mod keep;
pub mod lay;
pub mod measure;
mod mitten;
pub mod part;
pub mod pattern;
pub mod proxy;
mod scarf;
pub mod sew;
pub mod template;
mod trousers;
pub mod tube;
pub mod wear;
