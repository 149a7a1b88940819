// Fragment stage of skin in the main pass: two specular lobes, that of the skin and that of its oily or wet film. The
// diffuse light is added by the subsurface pass (subsurface.frag.wgsl); without that pass it is drawn here.
#import bevy_pbr::{
    forward_io::{FragmentOutput, VertexOutput},
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{apply_pbr_lighting, main_pass_post_lighting_processing},
}
#import kinema_shaders::humanoid::skin::{Skin, skin_regions, skin_albedo, skin_surface, bent_normal}
#import kinema_shaders::humanoid::skin_io::SkinVertexOutput

// Written by `AsBindGroup` of `SkinSurface`.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<uniform> skin: Skin;

@fragment
fn fragment(in: SkinVertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var plain: VertexOutput;
    plain.position = in.position;
    plain.world_position = in.world_position;
    plain.world_normal = in.world_normal;
    plain.instance_index = in.instance_index;
    var pbr_input = pbr_input_from_standard_material(plain, is_front);

    let p = in.template_position.xyz;
    let dx = dpdx(p);
    let dy = dpdy(p);
    let regions = skin_regions(in.regions_a, in.regions_b);
    let footprint_m = max(length(dx), length(dy));
    let surface = skin_surface(p, footprint_m, saturate(in.template_position.w), regions, skin);
    let dx_world = dpdx(in.world_position.xyz);
    let dy_world = dpdy(in.world_position.xyz);
    let fold = vec2<f32>(dot(surface.fold, dx), dot(surface.fold, dy));
    let fine = vec2<f32>(dot(surface.relief, dx), dot(surface.relief, dy));
    pbr_input.N = bent_normal(pbr_input.N, dx_world, dy_world, fold.x + fine.x, fold.y + fine.y);
    pbr_input.material.perceptual_roughness = surface.perceptual_roughness;
    pbr_input.material.reflectance *= surface.openness;
    // At its outline a surface mirrors what lies behind it: where part of the sky is hidden, that is the body itself, such as
    // the neck behind the jaw. Our judgement.
    let grazing = 1.0 - saturate(dot(pbr_input.N, pbr_input.V));
    pbr_input.specular_occlusion = surface.openness * pow(saturate(in.template_position.w), 5.0 * grazing * grazing);
    pbr_input.diffuse_occlusion = vec3<f32>(surface.openness);
    pbr_input.material.base_color = vec4<f32>(0.0, 0.0, 0.0, 1.0);
    let deferred_diffuse = skin.flow.w > 0.5;
    if !deferred_diffuse {
        pbr_input.material.base_color = vec4<f32>(skin_albedo(p, footprint_m, regions, skin), 1.0);
    }
#ifdef STANDARD_MATERIAL_CLEARCOAT
    // The film fills part of the relief.
    let film = clamp(0.55 * skin.surface.y + skin.surface.z, 0.0, 1.0);
    pbr_input.clearcoat_N = bent_normal(normalize(pbr_input.world_normal), dx_world, dy_world, fold.x + 0.6 * fine.x, fold.y + 0.6 * fine.y);
    pbr_input.material.clearcoat = 0.75 * film * surface.openness;
    pbr_input.material.clearcoat_perceptual_roughness = clamp(surface.perceptual_roughness * mix(0.70, 0.40, skin.surface.z), 0.12, 0.6);
#endif
    var out: FragmentOutput;
    out.color = apply_pbr_lighting(pbr_input);
    // Lamps without shadow maps do not know of hollows such as nostrils.
    out.color = vec4<f32>(out.color.rgb * smoothstep(0.0, 0.6, in.template_position.w), out.color.a);
    out.color = main_pass_post_lighting_processing(pbr_input, out.color);
    return out;
}
