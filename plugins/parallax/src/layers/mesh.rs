//! Layers as triangles in space, for lights, shadows, bodies and other programs.

use bevy_math::{Vec2, Vec3};

use super::build::Layer;
use crate::view::unprojected;

/// A layer's surface. Space as in [`View`](crate::view::View): the picture's camera at the origin looking along -z,
/// y up. Triangles are counter-clockwise seen from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerMesh {
    pub positions: Vec<[f32; 3]>,
    /// Unit length, towards the camera.
    pub normals: Vec<[f32; 3]>,
    /// Of the layer's picture, (0, 0) its upper left corner.
    pub uvs: Vec<[f32; 2]>,
    /// Of squares that are wholly opaque first.
    pub indices: Vec<u32>,
    /// Where in `indices` the squares begin that are not.
    pub rim_start: usize,
}

/// What is less opaque belongs to a rim.
pub const OPAQUE: f32 = 0.98;

/// Triangles of a layer over a grid of `step_px` pixels. Squares where the layer is wholly clear are left out, and so are
/// squares steeper than `most_per_px` inverse depth a pixel ([`LayeredImage::steepest`](super::LayeredImage::steepest)),
/// which only rims are, so no triangle stretches more than four times. `farthest` bounds the inverse depth from below, because infinity has no vertex.
pub fn layer_mesh(
    layer: &Layer,
    picture_focal_widths: f32,
    step_px: usize,
    most_per_px: f32,
    farthest: f32,
) -> LayerMesh {
    let (width, height) = layer.colour.size();
    let step = step_px.max(1);
    let columns = grid(width, step);
    let rows = grid(height, step);
    let point = |x: usize, y: usize| {
        let depth = layer.inverse_depth.at(x, y).max(farthest.max(1e-9));
        unprojected(Vec2::new(x as f32, y as f32), depth, picture_focal_widths, width, height)
    };
    let mut mesh = LayerMesh::default();
    let mut rim = Vec::new();
    let none = u32::MAX;
    let mut number = vec![none; columns.len() * rows.len()];
    for row in 0..rows.len().saturating_sub(1) {
        for column in 0..columns.len().saturating_sub(1) {
            let (x0, x1, y0, y1) = (columns[column], columns[column + 1], rows[row], rows[row + 1]);
            let opacities = || (y0..=y1).flat_map(|y| (x0..=x1).map(move |x| layer.colour.at(x, y)[3]));
            let shown = opacities().any(|a| a > 0.0);
            let q = |x: usize, y: usize| layer.inverse_depth.at(x, y);
            let sides = [
                (q(x0, y0) - q(x1, y0), x1 - x0),
                (q(x0, y1) - q(x1, y1), x1 - x0),
                (q(x0, y0) - q(x0, y1), y1 - y0),
                (q(x1, y0) - q(x1, y1), y1 - y0),
            ];
            // A rounding more than the layer itself was held to.
            let steep = sides.iter().any(|&(rise, run)| rise.abs() > 1.001 * most_per_px * run as f32);
            if !shown || steep {
                continue;
            }
            let mut corner = |c: usize, r: usize| {
                let slot = &mut number[r * columns.len() + c];
                if *slot == none {
                    *slot = mesh.positions.len() as u32;
                    let (x, y) = (columns[c], rows[r]);
                    let here = point(x, y);
                    let (left, right) = (point(x.saturating_sub(step), y), point((x + step).min(width - 1), y));
                    let (above, below) = (point(x, y.saturating_sub(step)), point(x, (y + step).min(height - 1)));
                    let normal = (right - left).cross(above - below).normalize_or(Vec3::Z);
                    mesh.positions.push(here.to_array());
                    mesh.normals.push(normal.to_array());
                    mesh.uvs.push([(x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32]);
                }
                *slot
            };
            let (a, b) = (corner(column, row), corner(column + 1, row));
            let (c, d) = (corner(column, row + 1), corner(column + 1, row + 1));
            let indices = if opacities().all(|a| a >= OPAQUE) { &mut mesh.indices } else { &mut rim };
            // The diagonal whose ends are closer in depth folds less.
            if (q(x0, y0) - q(x1, y1)).abs() < (q(x1, y0) - q(x0, y1)).abs() {
                indices.extend([a, c, d, a, d, b]);
            } else {
                indices.extend([a, c, b, b, c, d]);
            }
        }
    }
    mesh.rim_start = mesh.indices.len();
    mesh.indices.extend(rim);
    mesh
}

/// 0, step, 2 step, ... and the last pixel.
fn grid(length: usize, step: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length - 1).step_by(step).collect();
    places.push(length - 1);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{LayerSettings, build_layers};
    use crate::stereo::{point_cloud_ply, scene_of_layers};
    use crate::truth::Scene;
    use crate::view::View;

    /// At the camera's limit, pixels.
    fn most_stretch(mesh: &LayerMesh, shift: Vec3, width: usize, height: usize) -> f32 {
        let view = View { position: shift, ..View::of_picture(0.9) };
        let before = View::of_picture(0.9);
        let at = |view: &View, i: u32| {
            view.project(Vec3::from_array(mesh.positions[i as usize]), width, height).map(|(pixel, _)| pixel)
        };
        let mut worst = 0.0f32;
        for triangle in mesh.indices.chunks(3) {
            for (a, b) in [(0, 1), (1, 2), (2, 0)] {
                let (i, j) = (triangle[a], triangle[b]);
                let length = |view: &View| (at(view, i).unwrap() - at(view, j).unwrap()).length();
                worst = worst.max(length(&view) / length(&before));
            }
        }
        worst
    }

    #[test]
    fn no_triangle_stretches_more_than_four_times_and_files_hold_them_all() {
        for number in 0..4 {
            let picture = Scene::numbered(number).picture(&View::of_picture(0.9), 160, 90, 1);
            let settings = LayerSettings { patches: false, ..LayerSettings::default() };
            let image = build_layers(&picture.colour, &picture.inverse_depth, &settings).unwrap();
            let limit = image.most_shift_widths / (0.9 * image.nearest);
            for layer in &image.layers {
                let mesh = layer_mesh(layer, 0.9, 1, image.steepest(), image.nearest / 1000.0);
                assert!(!mesh.indices.is_empty());
                for shift in [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y] {
                    let worst = most_stretch(&mesh, shift * limit, 160, 90);
                    assert!(worst <= 4.01, "scene {number}: {worst}");
                }
            }
            let ply = point_cloud_ply(&image, 0.9);
            let end = ply.windows(11).position(|w| w == b"end_header\n").unwrap() + 11;
            assert_eq!((ply.len() - end) % 15, 0);
            assert!((ply.len() - end) / 15 >= 160 * 90);
            let glb = kinema_export::gltf::write_glb(&scene_of_layers(&image, 0.9, 2)).unwrap();
            assert!(glb.starts_with(b"glTF"));
        }
    }
}
