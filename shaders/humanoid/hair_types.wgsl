// What the stages of hair share: the settings of the material, what a vertex holds and where it is drawn.
// Spaces: local positions in, world space out. Group 3 is written by the material `HairMaterial`.
#define_import_path kinema_shaders::humanoid::hair_types

#import bevy_pbr::mesh_functions
#import bevy_render::view::View
#import kinema_shaders::gpu::fibre::ribbon
#import kinema_shaders::humanoid::hair_settings::HairSettings

struct HairVertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // Normal of the mass of hair.
    @location(1) normal: vec3<f32>,
    // Direction of the fibre and half its width with the side's sign, metres.
    @location(2) tangent: vec4<f32>,
    // Root to tip, light, seed, sway.
    @location(3) fibre: vec4<f32>,
    @location(4) previous_position: vec3<f32>,
}

struct Placed {
    centre: vec3<f32>,
    position: vec3<f32>,
    tangent: vec3<f32>,
    coverage: f32,
}

fn swayed(position: vec3<f32>, sway_from_local: mat4x4<f32>, share: f32) -> vec3<f32> {
    return mix(position, (sway_from_local * vec4(position, 1.0)).xyz, share);
}

// The one place where a ribbon's corner is computed: all passes must agree to the last bit.
fn place(vertex: HairVertex, settings: HairSettings, view: View) -> Placed {
    let world_from_local = mesh_functions::get_world_from_local(vertex.instance_index);
    let local = swayed(vertex.position, settings.sway_from_local, vertex.fibre.w);
    // The end of the tangent is moved like the point: that turns it as well.
    let ahead = swayed(vertex.position + vertex.tangent.xyz * 1e-3, settings.sway_from_local, vertex.fibre.w);
    let centre = (world_from_local * vec4(local, 1.0)).xyz;
    let along = (world_from_local * vec4(ahead - local, 0.0)).xyz;
    let is_orthographic = view.clip_from_view[3].w == 1.0;
    let to_eye = select(normalize(view.world_position - centre), view.world_from_view[2].xyz, is_orthographic);
    let depth = select(-dot(vec4(view.view_from_world[0].z, view.view_from_world[1].z, view.view_from_world[2].z,
        view.view_from_world[3].z), vec4(centre, 1.0)), 1.0, is_orthographic);
    let pixel_m = 2.0 * max(depth, 1e-4) / (view.clip_from_view[1].y * view.viewport.w);
    var out: Placed;
    out.centre = centre;
    out.tangent = normalize(along);
    let scale = length(world_from_local[0].xyz);
    let corner = ribbon(centre, out.tangent, vertex.tangent.w * scale, to_eye, pixel_m);
    out.position = corner.position;
    out.coverage = corner.coverage;
    return out;
}
