//! Bodies with the answers of the package `anny`: what `fixtures/make_fixtures.py` writes, which also says how the file
//! is laid out.

use bevy::math::{DQuat, DVec3, Vec3};
use serde::Deserialize;

use crate::{
    anny::{basis::BodyBasis, catalogue::FACIAL_ACTIONS},
    body::BodyState,
    phenotype::Phenotype,
};

const MAGIC: &[u8; 8] = b"KHFX\x01\0\0\0";

/// What the file says about itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Header {
    pub count: usize,
    pub vertices_per_fixture: usize,
    /// Versions of the packages that answered.
    pub anny: String,
    pub torch: String,
    phenotype_labels: Vec<String>,
    local_change_labels: Vec<String>,
    facial_action_labels: Vec<String>,
    bone_labels: Vec<String>,
    base_mesh_vertex_indices: Vec<u16>,
}

/// States of bodies, and where `anny` says that their vertices are.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    pub header: Header,
    pub states: Vec<BodyState>,
    /// `[sample][vertices_per_fixture]`: rows of the body.
    rows: Vec<u16>,
    /// The same, in `anny`'s axes, metres.
    vertices: Vec<[f32; 3]>,
}

/// From `anny`'s axes: (x, y, z) there is (x, z, -y) here.
fn turned(v: [f64; 3]) -> DVec3 {
    DVec3::new(v[0], v[2], -v[1])
}

impl Samples {
    /// Reads the bytes of an unpacked file.
    ///
    /// # Errors
    /// Says what is wrong with the file, or in what its labels differ from those of `basis`.
    pub fn read(bytes: &[u8], basis: &BodyBasis) -> Result<Self, String> {
        let cut_short = || "the file of samples is cut short".to_owned();
        let rest = bytes.strip_prefix(MAGIC).ok_or("this is no file of samples")?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut_short)?;
        let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut_short)?;
        let header: Header = serde_json::from_slice(header).map_err(|error| error.to_string())?;
        header.check(basis)?;
        let (locals, bones) = (header.local_change_labels.len(), header.bone_labels.len());
        let mut input = Input(rest);
        let (count, share) = (header.count, header.vertices_per_fixture);
        let mut doubles = |width: usize| input.take(count * width, f64::from_le_bytes).ok_or_else(cut_short);
        let phenotypes = doubles(Phenotype::sliders().len())?;
        let local_changes = doubles(locals)?;
        let faces = doubles(FACIAL_ACTIONS.len())?;
        let poses = doubles(bones * 3)?;
        let roots = doubles(3)?;
        let rows = input.take(count * share, u16::from_le_bytes).ok_or_else(cut_short)?;
        let vertices = input.take(count * share * 3, f32::from_le_bytes).ok_or_else(cut_short)?;
        let state = |sample: usize| -> BodyState {
            let of = |list: &'_ [f64], width: usize| -> Vec<f64> {
                list.get(sample * width..(sample + 1) * width).unwrap_or_default().to_vec()
            };
            let mut state = BodyState::default();
            let sliders = Phenotype::sliders();
            for ((_, _, field), value) in sliders.iter().zip(of(&phenotypes, sliders.len())) {
                *field(&mut state.phenotype) = value as f32;
            }
            let changes = (0..).zip(of(&local_changes, locals)).filter(|(_, value)| *value != 0.0);
            state.local_changes = changes.map(|(local, value)| (local, value as f32)).collect();
            for (weight, value) in state.face.iter_mut().zip(of(&faces, FACIAL_ACTIONS.len())) {
                *weight = value as f32;
            }
            let pose = of(&poses, bones * 3);
            state.deltas = pose.as_chunks::<3>().0.iter().map(|&v| DQuat::from_scaled_axis(turned(v))).collect();
            state.root = of(&roots, 3).as_chunks::<3>().0.first().map_or(DVec3::ZERO, |&v| turned(v));
            state
        };
        Ok(Self { states: (0..count).map(state).collect(), rows, vertices: vertices.as_chunks().0.to_vec(), header })
    }

    /// How far the vertices of sample `index` are from `anny`'s at most, metres; infinite when one is no number or
    /// missing.
    pub fn max_error_m(&self, index: usize, positions: &[Vec3]) -> f32 {
        self.rows_and_places(index).fold(0.0_f32, |worst, (row, place)| {
            let error = positions.get(row).map_or(f32::INFINITY, |position| position.distance(place));
            if error <= worst {
                worst
            } else if error > worst {
                error
            } else {
                f32::INFINITY
            }
        })
    }

    /// Rows of sample `index` and where they are.
    pub fn rows_and_places(&self, index: usize) -> impl Iterator<Item = (usize, Vec3)> + '_ {
        let share = self.header.vertices_per_fixture;
        let range = index * share..(index + 1) * share;
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        let places = self.vertices.get(range).unwrap_or_default();
        rows.iter().zip(places).map(|(&row, &v)| (usize::from(row), turned(v.map(f64::from)).as_vec3()))
    }
}

impl Header {
    fn check(&self, basis: &BodyBasis) -> Result<(), String> {
        let sliders: Vec<String> = Phenotype::sliders().iter().map(|(name, ..)| (*name).to_owned()).collect();
        let surface = basis.topology.base_index.get(..basis.topology.surface_count).unwrap_or_default();
        for (what, same) in [
            ("phenotypes", self.phenotype_labels == sliders),
            ("local changes", self.local_change_labels == basis.local_names),
            ("facial actions", self.facial_action_labels == FACIAL_ACTIONS),
            ("bones", self.bone_labels == basis.skeleton.names),
            ("vertices", self.base_mesh_vertex_indices == surface),
        ] {
            if !same {
                return Err(format!("anny {} has other {what} than the pack", self.anny));
            }
        }
        Ok(())
    }
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize, T>(&mut self, count: usize, convert: fn([u8; N]) -> T) -> Option<Vec<T>> {
        let (section, rest) = self.0.split_at_checked(count.checked_mul(N)?)?;
        self.0 = rest;
        Some(section.as_chunks::<N>().0.iter().map(|&bytes| convert(bytes)).collect())
    }
}
