//! The coarse end of the accuracy table (the whole of it: `kinema bench cloth`): errors are small and shrink with refinement.

use crate::solver::accuracy::cases::{self, Outcome};
use crate::solver::accuracy::{drape, friction, trampoline};
use crate::solver::error::ClothError;

/// Errors at two resolutions; the finer one is below `limit`, and below the coarser one or already a tenth of the limit.
fn shrinks(case: impl Fn(usize) -> Result<Outcome, ClothError>, resolutions: [usize; 2], limit: f64) {
    let errors = resolutions.map(|n| case(n).unwrap().error().abs());
    assert!(errors[1] < limit, "{errors:?}");
    assert!(errors[1] < errors[0] || errors[1] < 0.1 * limit, "{errors:?}");
}

#[test]
fn a_hanging_strip_stretches_by_its_weight() {
    shrinks(cases::hanging_strip::<usize>, [4, 8], 0.01);
}

#[test]
fn a_slack_strip_hangs_in_a_catenary() {
    shrinks(cases::catenary::<usize>, [8, 16], 0.01);
}

#[test]
fn a_heavy_strip_bends_as_the_elastica() {
    shrinks(|n| Ok(cases::elastica(10.0, n)?[0]), [6, 12], 0.02);
    shrinks(|n| Ok(cases::elastica(100.0, n)?[0]), [6, 12], 0.02);
}

#[test]
fn peirce_finds_the_bending_length() {
    shrinks(cases::peirce, [6, 12], 0.02);
}

#[test]
fn a_strip_swings_as_a_hanging_chain() {
    shrinks(cases::pendulum::<usize>, [6, 12], 0.01);
}

#[test]
fn a_falling_sheet_follows_the_drag_law() {
    shrinks(|n| cases::falling_sheet(0.2, n as u32), [300, 1200], 0.01);
    shrinks(|n| cases::falling_sheet(2.0, n as u32), [300, 1200], 0.01);
}

#[test]
fn a_slit_disc_drapes_as_its_strips() {
    shrinks(|n| drape::slit_disc(0.02, n), [6, 12], 0.05);
    shrinks(|n| drape::slit_disc(0.04, n), [6, 12], 0.02);
}

#[test]
fn a_strip_about_a_cylinder_holds_as_eytelwein_says() {
    shrinks(|n| friction::capstan(0.3, n), [6, 12], 0.02);
}

#[test]
fn a_patch_slides_down_an_incline_as_coulomb_says() {
    shrinks(|n| friction::incline_path(0.3, n as u32), [300, 1200], 0.01);
    shrinks(|n| friction::incline_limit(0.5, n as u32), [300, 1200], 0.01);
}

#[test]
fn a_ball_on_a_trampoline_takes_the_momentum_that_the_cloth_gives() {
    let outcome = trampoline::trampoline(3.0).unwrap();
    assert!(outcome.bounces >= 1 && outcome.height_m > -0.2, "{outcome:?}");
    assert!(outcome.drift < 1e-6, "{outcome:?}");
}
