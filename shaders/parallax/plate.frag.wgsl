// Fragment stage of a photograph's surface that is not lit: it shines as it was exposed, darkened where things of the shot
// keep light from it. The share is that of the light which falls on matt white there with and without their shadows, after
// the differential rendering of P. Debevec, "Rendering Synthetic Objects into Real Scenes", SIGGRAPH 1998.
#import bevy_pbr::{
    forward_io::{FragmentOutput, VertexOutput},
    mesh_types::MESH_FLAGS_SHADOW_RECEIVER_BIT,
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{alpha_discard, apply_pbr_lighting, main_pass_post_lighting_processing},
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var pbr_input = pbr_input_from_standard_material(in, is_front);
    let shown = alpha_discard(pbr_input.material, pbr_input.material.base_color);
    pbr_input.material.base_color = vec4<f32>(1.0);
    pbr_input.material.perceptual_roughness = 1.0;
    pbr_input.material.reflectance = vec3<f32>(0.0);
    let kept = apply_pbr_lighting(pbr_input).rgb;
    pbr_input.flags &= ~MESH_FLAGS_SHADOW_RECEIVER_BIT;
    let all = apply_pbr_lighting(pbr_input).rgb;
    // Exactly 1 where nothing is kept away, so that such a picture has the bytes of one without shadows.
    let share = select(vec3<f32>(1.0), kept / max(all, vec3<f32>(1e-12)), kept < all);
    var out: FragmentOutput;
    out.color = main_pass_post_lighting_processing(pbr_input, vec4<f32>(shown.rgb * share, shown.a));
    return out;
}
