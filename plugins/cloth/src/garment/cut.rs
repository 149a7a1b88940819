//! Pieces cut into triangles, with as many points on one side of a seam as on the other.
//!
//! Boundary points lie at equal distances along each edge; the inside is a constrained Delaunay triangulation over a triangular
//! grid that is relaxed a few times, so that no direction is stiffer than another by the mesh alone.

use std::collections::{BTreeMap, BTreeSet};

use bevy::math::DVec2;
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::curve::Outline;
use super::error::GarmentError;
use super::pattern::{Pattern, Stitch};

/// Points of the inside stay this many spacings off the outline.
const CLEAR_OF_OUTLINE: f64 = 0.62;
/// Times the inside is relaxed.
const RELAXATIONS: usize = 4;

/// A pattern as triangles, all pieces one after the other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cut {
    /// Pattern space, metres.
    pub points: Vec<DVec2>,
    /// Counter-clockwise in the pattern.
    pub triangles: Vec<[u32; 3]>,
    /// The piece of each point.
    pub piece_of: Vec<usize>,
    /// Points that are sewn together, and the seam that does it; buttons count after the seams.
    pub sewn: Vec<([u32; 2], usize)>,
    /// Points that are held on the body.
    pub held: Vec<u32>,
    /// Edge by edge of each piece: its points from start to end.
    pub edges: Vec<Vec<Vec<u32>>>,
}

/// Cuts all pieces with points about `spacing_m` apart.
///
/// # Errors
/// A pattern that cannot be sewn, a piece too small for the spacing.
pub fn cut(pattern: &Pattern, spacing_m: f64) -> Result<Cut, GarmentError> {
    let outlines = pattern.outlines()?;
    let shares = edge_shares(pattern, &outlines, spacing_m)?;
    let mut cut = Cut::default();
    for (index, (piece, outline)) in pattern.pieces.iter().zip(&outlines).enumerate() {
        let first = cut.points.len() as u32;
        let mut rim = Vec::new();
        let mut edges = Vec::new();
        for (edge, polyline) in outline.edges.iter().enumerate() {
            let shares = &shares[&(index, edge)];
            edges.push((rim.len() as u32..=(rim.len() + shares.len()) as u32).map(|at| first + at).collect::<Vec<_>>());
            rim.extend(shares.iter().map(|share| polyline.at(*share)));
        }
        // The outline closes where it starts.
        if let Some(last) = edges.last_mut().and_then(|edge| edge.last_mut()) {
            *last = first;
        }
        let refuse =
            |problem| GarmentError::Triangles { piece: piece.id.clone(), spacing_mm: spacing_m * 1e3, problem };
        let (points, triangles) = triangles(&rim, spacing_m).map_err(refuse)?;
        cut.triangles.extend(triangles.iter().map(|corners| corners.map(|corner| corner + first)));
        cut.piece_of.extend(std::iter::repeat_n(index, points.len()));
        cut.points.extend(points);
        cut.edges.push(edges);
    }
    for (index, seam) in pattern.seams.iter().enumerate() {
        let [a, b] = [cut.run(pattern, &seam.a)?, cut.run(pattern, &seam.b)?];
        for (a, b) in a.into_iter().zip(b.into_iter().rev()) {
            if a[0] != b[0] {
                cut.sewn.push(([a[0], b[0]], index));
            }
            // Where two edges of a side meet there are two points, one of each piece.
            for extra in a.iter().skip(1).chain(b.iter().skip(1)) {
                cut.sewn.push(([a[0], *extra], index));
            }
        }
    }
    for (index, button) in pattern.buttons.iter().enumerate() {
        let mut ends = [0; 2];
        for (end, name) in ends.iter_mut().zip(button) {
            let (piece, edge) = pattern.edge(name)?;
            *end = cut.edges[piece][edge][0];
        }
        cut.sewn.push((ends, pattern.seams.len() + index));
    }
    let mut held = BTreeSet::new();
    for name in &pattern.held {
        let (piece, edge) = pattern.edge(name)?;
        held.extend(cut.edges[piece][edge].iter().copied());
    }
    cut.held = held.into_iter().collect();
    Ok(cut)
}

impl Cut {
    /// The points along a side of a seam; two where edges meet.
    fn run(&self, pattern: &Pattern, side: &[super::pattern::EdgeName]) -> Result<Vec<Vec<u32>>, GarmentError> {
        let mut run: Vec<Vec<u32>> = Vec::new();
        for name in side {
            let (piece, edge) = pattern.edge(name)?;
            let mut points = self.edges[piece][edge].iter();
            if let (Some(corner), Some(last)) = (points.clone().next(), run.last_mut()) {
                if !last.contains(corner) {
                    last.push(*corner);
                }
                points.next();
            }
            run.extend(points.map(|point| vec![*point]));
        }
        Ok(run)
    }
}

type Shares = BTreeMap<(usize, usize), Vec<f64>>;

/// Where the points of every edge lie, as shares of its length; its end belongs to the next edge.
fn edge_shares(pattern: &Pattern, outlines: &[Outline], spacing_m: f64) -> Result<Shares, GarmentError> {
    let steps = |length_m: f64| (length_m / spacing_m).round().max(1.0) as usize;
    let mut shares = Shares::new();
    for (piece, outline) in outlines.iter().enumerate() {
        for (edge, polyline) in outline.edges.iter().enumerate() {
            let count = steps(polyline.length_m);
            shares.insert((piece, edge), (0..count).map(|step| step as f64 / count as f64).collect());
        }
    }
    for seam in &pattern.seams {
        sew_shares(pattern, outlines, seam, spacing_m, &mut shares)?;
    }
    Ok(shares)
}

/// Gives both sides of a seam equal counts: between any two places where an edge begins on either side.
fn sew_shares(
    pattern: &Pattern,
    outlines: &[Outline],
    seam: &Stitch,
    spacing_m: f64,
    shares: &mut Shares,
) -> Result<(), GarmentError> {
    let side = |names: &[super::pattern::EdgeName]| {
        let edges = names.iter().map(|name| pattern.edge(name)).collect::<Result<Vec<_>, _>>()?;
        let lengths: Vec<f64> = edges.iter().map(|(piece, edge)| outlines[*piece].edges[*edge].length_m).collect();
        Ok::<_, GarmentError>((edges, lengths))
    };
    let ((a, a_lengths), (b, b_lengths)) = (side(&seam.a)?, side(&seam.b)?);
    let starts = |lengths: &[f64]| {
        let whole: f64 = lengths.iter().sum();
        let mut at = 0.0;
        let mut starts = vec![0.0];
        for length in lengths {
            at += length / whole;
            starts.push(at);
        }
        if let Some(last) = starts.last_mut() {
            *last = 1.0;
        }
        (starts, whole)
    };
    let (a_starts, a_whole) = starts(&a_lengths);
    // From the other end, as the seam goes.
    let (b_starts, b_whole) = starts(&b_lengths.iter().rev().copied().collect::<Vec<_>>());
    let long = a_whole.max(b_whole);
    let near = 0.5 * spacing_m / long;
    // Breaks: where they are on a and on b.
    let mut breaks: Vec<[f64; 2]> = a_starts.iter().map(|at| [*at, *at]).collect();
    for at in &b_starts {
        match breaks.iter_mut().find(|known| (known[0] - at).abs() < near) {
            Some(known) => known[1] = *at,
            None => breaks.push([*at, *at]),
        }
    }
    breaks.sort_by(|x, y| x[0].total_cmp(&y[0]));
    let mut along: [Vec<f64>; 2] = Default::default();
    for ends in breaks.windows(2) {
        let length_m = (ends[1][0] - ends[0][0]) * long;
        let count = (length_m / spacing_m).round().max(1.0) as usize;
        for (side, along) in along.iter_mut().enumerate() {
            let point = |step: usize| ends[0][side] + (ends[1][side] - ends[0][side]) * step as f64 / count as f64;
            along.extend((0..count).map(point));
        }
    }
    let [on_a, on_b] = along;
    distribute(&a, &a_starts, &on_a, shares);
    // b runs the other way: what is at share s of the seam is at 1 - s of b.
    let mut backwards: Vec<f64> = on_b.iter().skip(1).map(|at| 1.0 - at).rev().collect();
    backwards.insert(0, 0.0);
    let forward_starts: Vec<f64> = b_starts.iter().rev().map(|at| 1.0 - at).collect();
    distribute(&b, &forward_starts, &backwards, shares);
    Ok(())
}

fn distribute(edges: &[(usize, usize)], starts: &[f64], along: &[f64], shares: &mut Shares) {
    for (edge, ends) in edges.iter().zip(starts.windows(2)) {
        let inside = along.iter().filter(|at| **at >= ends[0] - 1e-9 && **at < ends[1] - 1e-9);
        let own = inside.map(|at| ((at - ends[0]) / (ends[1] - ends[0])).clamp(0.0, 1.0)).collect();
        shares.insert(*edge, own);
    }
}

type Mesh = (Vec<DVec2>, Vec<[u32; 3]>);

/// Triangles of the polygon `rim`, whose points stay first and as they are.
fn triangles(rim: &[DVec2], spacing_m: f64) -> Result<Mesh, &'static str> {
    if rim.len() < 3 {
        return Err("its outline has fewer than three points; make the spacing smaller");
    }
    let mut points = rim.to_vec();
    points.extend(grid(rim, spacing_m));
    let mut triangles = triangulate(&points, rim)?;
    for _ in 0..RELAXATIONS {
        relax(&mut points, &triangles, rim.len());
        triangles = triangulate(&points, rim)?;
    }
    Ok((points, triangles))
}

/// Points of a triangular grid well inside the polygon.
fn grid(rim: &[DVec2], spacing_m: f64) -> Vec<DVec2> {
    let (low, high) = rim.iter().fold((DVec2::MAX, DVec2::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
    let row_m = spacing_m * 0.75_f64.sqrt();
    let rows = ((high.y - low.y) / row_m) as usize + 1;
    let columns = ((high.x - low.x) / spacing_m) as usize + 2;
    let place = |row: usize, column: usize| {
        let shift = if row.is_multiple_of(2) { 0.0 } else { 0.5 };
        low + DVec2::new((column as f64 - 0.25 + shift) * spacing_m, row as f64 * row_m)
    };
    let all = (0..=rows).flat_map(|row| (0..=columns).map(move |column| place(row, column)));
    all.filter(|at| is_inside(rim, *at) && distance_to(rim, *at) > CLEAR_OF_OUTLINE * spacing_m).collect()
}

fn is_inside(rim: &[DVec2], at: DVec2) -> bool {
    let mut inside = false;
    for i in 0..rim.len() {
        let (a, b) = (rim[i], rim[(i + 1) % rim.len()]);
        if (a.y > at.y) != (b.y > at.y) && at.x < a.x + (at.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            inside = !inside;
        }
    }
    inside
}

fn distance_to(rim: &[DVec2], at: DVec2) -> f64 {
    let of = |i: usize| {
        let (a, b) = (rim[i], rim[(i + 1) % rim.len()]);
        let share = ((at - a).dot(b - a) / (b - a).length_squared().max(1e-18)).clamp(0.0, 1.0);
        at.distance(a.lerp(b, share))
    };
    (0..rim.len()).map(of).fold(f64::MAX, f64::min)
}

fn triangulate(points: &[DVec2], rim: &[DVec2]) -> Result<Vec<[u32; 3]>, &'static str> {
    let mut mesh: ConstrainedDelaunayTriangulation<Point2<f64>> = ConstrainedDelaunayTriangulation::new();
    let mut handles = Vec::with_capacity(points.len());
    for point in points {
        handles.push(mesh.insert(Point2::new(point.x, point.y)).map_err(|_| "a point is not a number")?);
    }
    if mesh.num_vertices() != points.len() {
        return Err("two of its points coincide");
    }
    for i in 0..rim.len() {
        let ends = [handles[i], handles[(i + 1) % rim.len()]];
        if !mesh.can_add_constraint(ends[0], ends[1]) {
            return Err("its outline crosses itself at this spacing");
        }
        mesh.add_constraint(ends[0], ends[1]);
    }
    let mut triangles: Vec<[u32; 3]> = Vec::new();
    for face in mesh.inner_faces() {
        let corners = face.vertices().map(|vertex| vertex.fix().index() as u32);
        let [a, b, c] = corners.map(|corner| points[corner as usize]);
        let longest = a.distance_squared(b).max(b.distance_squared(c)).max(c.distance_squared(a));
        // Points of a straight edge are not quite in line and make slivers along it.
        if is_inside(rim, (a + b + c) / 3.0) && (b - a).perp_dot(c - a).abs() > 1e-6 * longest {
            triangles.push(corners);
        }
    }
    let mut used = vec![false; points.len()];
    triangles.iter().flatten().for_each(|corner| used[*corner as usize] = true);
    if used.iter().all(|used| *used) { Ok(triangles) } else { Err("it is narrower than the spacing in places") }
}

/// Moves inner points to the mean of their neighbours.
fn relax(points: &mut [DVec2], triangles: &[[u32; 3]], rim: usize) {
    let mut sums = vec![(DVec2::ZERO, 0.0); points.len()];
    for corners in triangles {
        for (i, corner) in corners.iter().enumerate() {
            let next = points[corners[(i + 1) % 3] as usize] + points[corners[(i + 2) % 3] as usize];
            let (sum, count) = &mut sums[*corner as usize];
            *sum += next;
            *count += 2.0;
        }
    }
    for (point, (sum, count)) in points.iter_mut().zip(sums).skip(rim) {
        if count > 0.0 {
            *point = sum / count;
        }
    }
}

/// The smallest angle of any triangle, degrees.
pub fn least_angle_deg(points: &[DVec2], triangles: &[[u32; 3]]) -> f64 {
    let mut least = 180.0_f64;
    for corners in triangles {
        let [a, b, c] = corners.map(|corner| points[corner as usize]);
        for (at, first, second) in [(a, b, c), (b, c, a), (c, a, b)] {
            least = least.min((first - at).angle_to(second - at).abs().to_degrees());
        }
    }
    least
}

#[cfg(test)]
#[path = "cut_tests.rs"]
mod tests;
