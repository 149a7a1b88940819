// What the kernels of patches are told.
#define_import_path parallax::patch_types

struct PatchRound {
    // Of the level and of the coarser one, pixels; a coarser level that is not there has none.
    width: u32,
    height: u32,
    coarse_width: u32,
    coarse_height: u32,
    // Wanted pixels.
    places: u32,
    // Begins the streams of random numbers.
    salt: u32,
    // Radius of the first random try, pixels.
    reach_px: u32,
    // What a squared pixel of distance costs, in 65536ths.
    apart: u32,
}
