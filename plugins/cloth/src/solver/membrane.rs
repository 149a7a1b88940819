//! Stretch and shear: one constraint of three components for each triangle.
//!
//! Deformation gradient `F = [f_u f_v] = [e_1 e_2] D_m^-1`, Green strain `C = (E_uu, E_vv, 2 E_uv) = ((|f_u|^2 - 1)/2, (|f_v|^2 - 1)/2,
//! f_u . f_v)`, energy `A/2 C^T K C` with the orthotropic plane-stress stiffness per width K. XPBD (Macklin, Mueller, Chentanez 2016, eq. 18 and
//! 26) as a block of three, in units of force: with mobility `m_i = w_i dt^2` (metres of one substep for a newton) and the multiplier
//! `s` = -A K C (N m):
//!
//! `((1 + g) G m G^T + S/A) ds = -C - S/A s - g G d`, `dx_i = m_i G_i^T ds`
//!
//! `S = K^-1` is simply `[[1/K_u, -nu/K_u, 0], [-nu/K_u, 1/K_v, 0], [0, 0, 1/K_s]]`; `g = damping time / dt`; d is the displacement of the substep.

use crate::solver::fabric::Fabric;
use crate::solver::vec3::{Real, V3};

/// What is constant for a triangle.
#[derive(Clone, Copy, Debug, Default)]
pub struct Triangle<T = f32> {
    /// Columns of `D_m^-1`, 1/m: `f_u = e_1 shape[0] + e_2 shape[1]`, `f_v = e_1 shape[2] + e_2 shape[3]`.
    pub shape: [T; 4],
    /// `w dt^2` of the three particles, m/N.
    pub mobility: [T; 3],
    /// `sum m_i b_iu^2`, `sum m_i b_iv^2`, `sum m_i b_iu b_iv`, where `b_i` is the gradient of the particle's shape function.
    pub gram: [T; 3],
    /// 1/A, 1/m2.
    pub inverse_area: T,
}

/// What is constant for the fabric, prepared for a time step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Material {
    /// `S_uu, S_vv, S_uv, S_ss`, m/N.
    pub compliance: [f32; 4],
    /// `K_uu, K_vv, K_uv` (plane stress), N/m.
    pub stiffness: [f32; 3],
    /// Stiffness added beyond the limit along warp and weft, N/m.
    pub extra: [f32; 2],
    /// Green strain where the stiffer branch begins.
    pub limit: f32,
    /// `g` = damping time / dt.
    pub damping: f32,
}

impl Material {
    /// Preparation from SI constants.
    pub fn new(fabric: &Fabric, dt_secs: f32) -> Material {
        let (warp, weft, nu) =
            (f64::from(fabric.stretch_warp_n_m), f64::from(fabric.stretch_weft_n_m), f64::from(fabric.poisson));
        let s_uv = -nu / warp;
        let determinant = 1.0 / (warp * weft) - s_uv * s_uv;
        Material {
            compliance: [1.0 / warp, 1.0 / weft, s_uv, 1.0 / f64::from(fabric.shear_n_m)].map(|x| x as f32),
            stiffness: [1.0 / weft / determinant, 1.0 / warp / determinant, -s_uv / determinant].map(|x| x as f32),
            extra: [
                fabric.stretch_warp_n_m * fabric.limit_stiffening,
                fabric.stretch_weft_n_m * fabric.limit_stiffening,
            ],
            limit: fabric.strain_limit,
            damping: fabric.internal_damping_secs / dt_secs,
        }
    }
}

impl Triangle {
    /// Preparation from the pattern; mobilities are set by [`Triangle::set_mobility`].
    pub fn new(uv_m: [[f64; 2]; 3]) -> Triangle {
        let d = |corner: usize, axis: usize| uv_m[corner][axis] - uv_m[0][axis];
        let determinant = d(1, 0) * d(2, 1) - d(2, 0) * d(1, 1);
        let shape = [d(2, 1), -d(1, 1), -d(2, 0), d(1, 0)].map(|x| (x / determinant) as f32);
        Triangle { shape, mobility: [0.0; 3], gram: [0.0; 3], inverse_area: (2.0 / determinant) as f32 }
    }

    /// Preparation: mobilities `w dt^2` and what follows from them.
    pub fn set_mobility(&mut self, mobility: [f32; 3]) {
        let s = self.shape.map(f64::from);
        let b = [[-s[0] - s[1], -s[2] - s[3]], [s[0], s[2]], [s[1], s[3]]];
        let sum = |a: usize, c: usize| (0..3).map(|i| f64::from(mobility[i]) * b[i][a] * b[i][c]).sum::<f64>() as f32;
        self.mobility = mobility;
        self.gram = [sum(0, 0), sum(1, 1), sum(0, 1)];
    }
}

impl<T: Real> Triangle<T> {
    /// `f_u` and `f_v` (or their rates) from the edges `x_1 - x_0`, `x_2 - x_0` (or their rates).
    #[inline(always)]
    pub fn gradient(&self, e1: V3<T>, e2: V3<T>) -> [V3<T>; 2] {
        [e1.scale(self.shape[0]).add(e2.scale(self.shape[1])), e1.scale(self.shape[2]).add(e2.scale(self.shape[3]))]
    }

    /// `G_i^T s` of particles 1 and 2, N; particle 0 has minus their sum.
    #[inline(always)]
    pub fn forces(&self, [f_u, f_v]: [V3<T>; 2], s: [T; 3]) -> [V3<T>; 2] {
        let along_u = f_u.scale(s[0]).add(f_v.scale(s[2]));
        let along_v = f_v.scale(s[1]).add(f_u.scale(s[2]));
        [
            along_u.scale(self.shape[0]).add(along_v.scale(self.shape[2])),
            along_u.scale(self.shape[1]).add(along_v.scale(self.shape[3])),
        ]
    }

    /// The change `ds` of the multipliers, from the deformation gradient, its change in this substep (used only if `DAMPED`) and the multipliers.
    #[inline(always)]
    pub fn solve<const DAMPED: bool, const LIMITED: bool>(
        &self,
        material: &Material,
        [f_u, f_v]: [V3<T>; 2],
        [rate_u, rate_v]: [V3<T>; 2],
        s: [T; 3],
    ) -> [T; 3] {
        let half = T::splat(0.5);
        let (uu, vv, uv) = (f_u.dot(f_u), f_v.dot(f_v), f_u.dot(f_v));
        let strain = [half.mul(uu.sub(T::splat(1.0))), half.mul(vv.sub(T::splat(1.0))), uv];

        let mut compliance = material.compliance.map(T::splat);
        let mut target = strain;
        if LIMITED {
            [compliance[0], compliance[1], compliance[2], target[0], target[1]] = limited(material, strain);
        }
        for c in &mut compliance {
            *c = c.mul(self.inverse_area);
        }

        // Below a length of 0.7 the quadratic strain overshoots: a crushed triangle would be thrown apart by Newton's step.
        let floor = T::splat(0.5);
        let (uu, vv) = (uu.max(floor), vv.max(floor));
        let [p, q, r] = self.gram;
        let mut block = [
            p.mul(uu),
            r.mul(uv),
            r.mul(uu).add(p.mul(uv)),
            q.mul(vv),
            q.mul(uv).add(r.mul(vv)),
            q.mul(uu).add(p.mul(vv)).add(r.mul(uv.add(uv))),
        ];
        let mut right = [
            target[0].add(compliance[0].mul(s[0])).add(compliance[2].mul(s[1])),
            target[1].add(compliance[1].mul(s[1])).add(compliance[2].mul(s[0])),
            target[2].add(compliance[3].mul(s[2])),
        ];
        if DAMPED {
            let damping = T::splat(material.damping);
            let more = T::splat(crate::solver::exact::add(1.0, material.damping));
            let rate = [f_u.dot(rate_u), f_v.dot(rate_v), f_u.dot(rate_v).add(f_v.dot(rate_u))];
            for b in &mut block {
                *b = b.mul(more);
            }
            for k in 0..3 {
                right[k] = right[k].add(damping.mul(rate[k]));
            }
        }
        block[0] = block[0].add(compliance[0]);
        block[1] = block[1].add(compliance[2]);
        block[3] = block[3].add(compliance[1]);
        block[5] = block[5].add(compliance[3]);
        solve_symmetric(block, [right[0].neg(), right[1].neg(), right[2].neg()])
    }
}

/// Compliance `S_uu, S_vv, S_uv` and shifted strain of the branch in force: beyond the limit `K + diag(extra)`, such that the stress is
/// continuous: `s = -K C - extra (C - limit)+`.
#[inline(always)]
fn limited<T: Real>(material: &Material, strain: [T; 3]) -> [T; 5] {
    let limit = T::splat(material.limit);
    let [k_uu, k_vv, k_uv] = material.stiffness.map(T::splat);
    let extra_u = strain[0].select_gt(limit, T::splat(material.extra[0]), T::splat(0.0));
    let extra_v = strain[1].select_gt(limit, T::splat(material.extra[1]), T::splat(0.0));
    let (k_uu, k_vv) = (k_uu.add(extra_u), k_vv.add(extra_v));
    let inverse = k_uu.mul(k_vv).sub(k_uv.mul(k_uv)).recip();
    let (s_uu, s_vv, s_uv) = (k_vv.mul(inverse), k_uu.mul(inverse), k_uv.mul(inverse).neg());
    let (push_u, push_v) = (extra_u.mul(limit), extra_v.mul(limit));
    [
        s_uu,
        s_vv,
        s_uv,
        strain[0].sub(s_uu.mul(push_u).add(s_uv.mul(push_v))),
        strain[1].sub(s_uv.mul(push_u).add(s_vv.mul(push_v))),
    ]
}

/// Solves `[[a0 a1 a2] [a1 a3 a4] [a2 a4 a5]] x = b` for a positive matrix (Cholesky without roots); a pivot that rounding has eaten
/// is replaced by a millionth of its diagonal.
#[inline(always)]
pub fn solve_symmetric<T: Real>(a: [T; 6], b: [T; 3]) -> [T; 3] {
    let tiny = T::splat(1e-6);
    let i0 = a[0].recip();
    let (l10, l20) = (a[1].mul(i0), a[2].mul(i0));
    let i1 = a[3].sub(l10.mul(a[1])).max(a[3].mul(tiny)).recip();
    let a4 = a[4].sub(l20.mul(a[1]));
    let l21 = a4.mul(i1);
    let i2 = a[5].sub(l20.mul(a[2])).sub(l21.mul(a4)).max(a[5].mul(tiny)).recip();
    let y1 = b[1].sub(l10.mul(b[0]));
    let y2 = b[2].sub(l20.mul(b[0])).sub(l21.mul(y1));
    let x2 = y2.mul(i2);
    let x1 = y1.mul(i1).sub(l21.mul(x2));
    let x0 = b[0].mul(i0).sub(l10.mul(x1)).sub(l20.mul(x2));
    [x0, x1, x2]
}
