//! Light within the mass of hair: how much of the sky each point sees through the hair above it, and where most of it
//! comes from. Worked out on a grid of fibre length per volume, by marching towards fixed directions.

use bevy::math::{IVec3, UVec3, Vec3};

use super::{Head, fibres::Strands};

const CELL_M: f32 = 0.006;
/// Steps of a march and their length in cells; it ends after about 4 cm.
const STEPS: i32 = 6;
const STEP_CELLS: f32 = 1.2;
/// Share of the shadow of a fibre that counts: hair is translucent, and what one fibre scatters others pass on.
const SHADOW: f32 = 0.30;

/// Directions that cover the sphere evenly: the corners and the faces of a cube.
fn directions() -> impl Iterator<Item = Vec3> {
    let corners = (0..8).map(|i| {
        let sign = |bit: i32| if i & bit != 0 { 1.0 } else { -1.0 };
        Vec3::new(sign(1), sign(2), sign(4)).normalize()
    });
    corners.chain([Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z])
}

/// Area of fibre per volume, 1/m, on a grid.
struct Grid {
    low: Vec3,
    size: UVec3,
    density: Vec<f32>,
}

impl Grid {
    fn of(strands: &Strands) -> Self {
        let low = strands.points.iter().copied().fold(Vec3::MAX, Vec3::min) - Vec3::splat(2.0 * CELL_M);
        let high = strands.points.iter().copied().fold(Vec3::MIN, Vec3::max) + Vec3::splat(2.0 * CELL_M);
        // A strand that strays far must not make the grid huge.
        let size = ((high - low) / CELL_M).ceil().clamp(Vec3::ONE, Vec3::splat(220.0)).as_uvec3();
        let mut grid = Self { low, size, density: vec![0.0; (size.x * size.y * size.z) as usize] };
        for strand in strands.iter() {
            for pair in strand.points.array_windows::<2>() {
                let area = pair[0].distance(pair[1]) * strand.width_m;
                let cell = grid.cell(pair[0].midpoint(pair[1]));
                if let Some(slot) = grid.index(cell).and_then(|i| grid.density.get_mut(i)) {
                    *slot += area / CELL_M.powi(3);
                }
            }
        }
        grid
    }

    fn cell(&self, at: Vec3) -> IVec3 {
        ((at - self.low) / CELL_M).floor().as_ivec3()
    }

    fn index(&self, cell: IVec3) -> Option<usize> {
        let inside = cell.cmpge(IVec3::ZERO).all() && cell.cmplt(self.size.as_ivec3()).all();
        inside.then(|| {
            let c = cell.as_uvec3();
            ((c.z * self.size.y + c.y) * self.size.x + c.x) as usize
        })
    }

    fn density(&self, cell: IVec3) -> f32 {
        self.index(cell).and_then(|i| self.density.get(i)).copied().unwrap_or(0.0)
    }

    /// Share of light that comes through from a direction.
    fn through(&self, at: Vec3, direction: Vec3, head: &Head) -> f32 {
        let step_m = STEP_CELLS * CELL_M;
        let mut depth = 0.0;
        for step in 1..=STEPS {
            let p = at + direction * (step as f32 - 0.4) * step_m;
            if head.skull.distance(p) < -0.002 {
                return 0.0;
            }
            depth += self.density(self.cell(p)) * step_m;
        }
        (-SHADOW * depth).exp()
    }
}

/// Gives every point of the strands its light and normal.
pub fn shade(strands: &mut Strands, head: &Head) {
    if strands.points.is_empty() {
        return;
    }
    let grid = Grid::of(strands);
    let cells = grid.density.len();
    let mut seen: Vec<Option<(f32, Vec3)>> = vec![None; cells];
    let (mut light, mut normals) = (Vec::with_capacity(strands.points.len()), Vec::new());
    for strand in strands.iter() {
        for &point in strand.points {
            let cell = grid.cell(point);
            let mut cached = grid.index(cell).and_then(|i| seen.get_mut(i));
            let found = match &mut cached {
                Some(Some(found)) => *found,
                slot => {
                    let centre = grid.low + (cell.as_vec3() + 0.5) * CELL_M;
                    // A cell that touches the skin is seen from its outside.
                    let centre = head.skull.push_out(centre, 0.003, false);
                    let (mut sum, mut towards, mut count) = (0.0, Vec3::ZERO, 0.0);
                    for direction in directions() {
                        let open = grid.through(centre, direction, head);
                        sum += open;
                        towards += direction * open;
                        count += 1.0;
                    }
                    let found = (sum / count, towards);
                    if let Some(slot) = slot {
                        **slot = Some(found);
                    }
                    found
                }
            };
            // Half of the sphere is head or hair for a point on top: that is full light.
            light.push((found.0 * 1.9).min(1.0));
            normals.push((found.1 + strand.normal * 0.35).normalize_or(strand.normal));
        }
    }
    strands.light = light;
    strands.normals = normals;
}
