// What the kernel of views is told of a view and of one layer.
#define_import_path parallax::view_types

// Space: the picture's camera at the origin, looking along -z; lengths are those of its inverse depth.
struct LayerView {
    // A pixel (x, y) of the view has the ray first + x right + y down, in the picture's space.
    right: vec4<f32>,
    down: vec4<f32>,
    first: vec4<f32>,
    // Of the view; the inverse depth that its camera does not see past.
    position: vec4<f32>,
    // Of the whole layer: nearest and farthest inverse depth, most opacity, largest step from a pixel to the next.
    whole: vec4<f32>,
    // Of the view and of the picture, pixels.
    view_size: vec2<u32>,
    picture_size: vec2<u32>,
    // Of the picture, pixels.
    focal_px: f32,
    // A place steeper than this is no surface but the air between two.
    steepest: f32,
    // Squares in a row of the layer.
    tiles_across: u32,
    pad: u32,
}
