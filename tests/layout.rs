//! Rust structs that shaders read have the layout that naga computes for their WGSL twins.

use kinema::cloth::device::contact_types::{
    GpuBody, GpuContact, GpuContactVertex, GpuNear, GpuPair, GpuProgress, GpuRound,
};
use kinema::cloth::device::gpu_types::{GpuCall, GpuDetect, GpuSeam, GpuSeamStress, GpuStep};
use kinema::cloth::look::gpu_types::GpuFabric;
use kinema::gpu::aov::gpu_types::{GpuAovObject, GpuAovView};
use kinema::humanoid::deform::{GpuBodyCall, GpuBone};
use kinema::humanoid::hair_material::GpuHair;
use kinema::humanoid::materials::gpu_types::{GpuEye, GpuScatter, GpuSkin, GpuSkinObject, GpuSubsurfaceView, RINGS};
use kinema::parallax::device::gpu_types::GpuPatchRound;
use kinema::shaders::{
    AOV_TYPES, BODY_COMPUTE, CLOTH_CONTACT_TYPES, CLOTH_DETECT_TYPES, CLOTH_FABRIC_TYPES, CLOTH_LINK_TYPES,
    CLOTH_STEP_TYPES, EYE_TYPES, HAIR_SETTINGS, PATCH_TYPES, SKIN, SUBSURFACE_TYPES,
};
use naga::TypeInner;
use naga::proc::Layouter;

/// Byte offset of each member and the size of the struct, as naga lays it out.
fn wgsl_layout(source: &str, name: &str) -> (Vec<(String, u32)>, u32) {
    let without_directives: String =
        source.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let module = naga::front::wgsl::parse_str(&without_directives).expect("the types file parses alone");
    let mut layouter = Layouter::default();
    layouter.update(module.to_ctx()).expect("layouts exist");
    let (handle, ty) = module
        .types
        .iter()
        .find(|(_, ty)| ty.name.as_deref() == Some(name))
        .unwrap_or_else(|| panic!("{name} is not in {source}"));
    let TypeInner::Struct { members, span } = &ty.inner else { panic!("{name} is no struct") };
    assert_eq!(layouter[handle].to_stride(), *span);
    (members.iter().map(|member| (member.name.clone().unwrap_or_default(), member.offset)).collect(), *span)
}

/// Encodes a value whose fields are marked one at a time and finds where each mark lands.
fn encoded<
    T: bevy::render::render_resource::ShaderType + bevy::render::render_resource::encase::internal::WriteInto,
>(
    value: &T,
) -> Vec<u8> {
    let mut buffer = bevy::render::render_resource::encase::StorageBuffer::new(Vec::new());
    buffer.write(value).expect("a struct can be encoded");
    buffer.into_inner()
}

fn mark_of(bytes: &[u8], mark: f32) -> u32 {
    let wanted = mark.to_le_bytes();
    let at = bytes.chunks_exact(4).position(|chunk| chunk == wanted).expect("the mark is in the buffer");
    (at * 4) as u32
}

#[test]
fn aov_view_and_object_agree_with_their_wgsl_twins() {
    use bevy::math::{Mat4, Vec2, Vec4};
    let mark = |value: f32| Mat4::from_cols_array(&[value; 16]);

    let view = GpuAovView {
        clip_from_world: mark(1.0),
        previous_clip_from_world: mark(2.0),
        depth_from_world: Vec4::splat(3.0),
        eye_world: Vec4::splat(4.0),
        size_px: Vec2::splat(5.0),
    };
    let (members, size) = wgsl_layout(AOV_TYPES.source, "AovView");
    let bytes = encoded(&view);
    assert_eq!(bytes.len() as u32, size);
    let offsets: Vec<u32> = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| mark_of(&bytes, value)).to_vec();
    assert_eq!(members.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), offsets, "{members:?}");

    let object = GpuAovObject {
        world_from_local: mark(1.0),
        previous_world_from_local: mark(2.0),
        world_normal_from_local: mark(3.0),
        sway_from_local: mark(4.0),
        previous_sway_from_local: mark(5.0),
        base_color: Vec4::splat(6.0),
        part_index: 7.0_f32.to_bits(),
        alpha_cutoff: 8.0,
    };
    let (members, size) = wgsl_layout(AOV_TYPES.source, "AovObject");
    let bytes = encoded(&object);
    assert_eq!(bytes.len() as u32, size);
    let offsets: Vec<u32> = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0].map(|value| mark_of(&bytes, value)).to_vec();
    assert_eq!(members.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), offsets, "{members:?}");
}

/// A type of which every field is a four-vector, with field `i` filled with `i + 1`.
fn assert_vectors(source: &str, name: &str, bytes: &[u8]) {
    let (members, size) = wgsl_layout(source, name);
    assert_eq!(bytes.len() as u32, size, "{name}");
    let offsets: Vec<u32> = (1..=members.len()).map(|value| mark_of(bytes, value as f32)).collect();
    assert_eq!(members.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), offsets, "{name}: {members:?}");
}

#[test]
fn skin_and_eyes_agree_with_their_wgsl_twins() {
    use bevy::math::{Mat4, Vec2, Vec4};
    let v = |value: f32| Vec4::splat(value);
    let skin = GpuSkin {
        albedo: v(1.0),
        per_pigment: v(2.0),
        per_blood: v(3.0),
        hair: v(4.0),
        surface: v(5.0),
        marks: v(6.0),
        flow: v(7.0),
        brows: v(8.0),
        eyes: v(9.0),
        mouth: v(10.0),
    };
    assert_vectors(SKIN.source, "Skin", &encoded(&skin));
    let eye = GpuEye { iris: v(1.0), upper_lid: v(2.0), lower_lid: v(3.0), look: v(4.0) };
    assert_vectors(EYE_TYPES.source, "Eye", &encoded(&eye));
    let view = GpuSubsurfaceView {
        view_from_world: Mat4::from_cols_array(&[1.0; 16]),
        centre_px: Vec2::splat(2.0),
        pixels_per_metre: 3.0,
        is_parallel: 4.0,
        phase: 5.0_f32.to_bits(),
        spare_a: 6.0_f32.to_bits(),
        spare_b: 7.0_f32.to_bits(),
        spare_c: 8.0_f32.to_bits(),
    };
    let types = format!("{}\n{}", SKIN.source, SUBSURFACE_TYPES.source);
    assert_vectors(&types, "SubsurfaceView", &encoded(&view));
    let scatter = GpuScatter {
        distance_m: v(1.0),
        clear_albedo: v(2.0),
        decay_per_m: v(3.0),
        gain: v(4.0),
        offset_m: v(5.0),
        free_path_m: v(6.0),
        ring_radii_m: [v(7.0); RINGS],
        ring_weights: [v(8.0); RINGS],
    };
    assert_vectors(&types, "Scatter", &encoded(&scatter));
    let object = GpuSkinObject {
        world_from_local: Mat4::from_cols_array(&[21.0; 16]),
        world_normal_from_local: Mat4::from_cols_array(&[22.0; 16]),
        skin,
        scatter: GpuScatter { distance_m: v(23.0), ..scatter },
    };
    let bytes = encoded(&object);
    let (members, size) = wgsl_layout(&types, "SkinObject");
    assert_eq!(bytes.len() as u32, size);
    let offsets = [21.0, 22.0, 1.0, 23.0].map(|value| mark_of(&bytes, value));
    assert_eq!(members.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), offsets, "{members:?}");
}

#[test]
fn settings_of_hair_agree_with_their_wgsl_twin() {
    use bevy::math::{Mat4, Vec3};
    let hair = GpuHair {
        sway_from_local: Mat4::from_cols_array(&[1.0; 16]),
        previous_sway_from_local: Mat4::from_cols_array(&[2.0; 16]),
        absorption: Vec3::splat(3.0),
        roughness: 4.0,
        grey: 5.0,
    };
    let (members, size) = wgsl_layout(HAIR_SETTINGS.source, "HairSettings");
    let bytes = encoded(&hair);
    assert_eq!(bytes.len() as u32, size);
    let offsets: Vec<u32> = [1.0, 2.0, 3.0, 4.0, 5.0].map(|value| mark_of(&bytes, value)).to_vec();
    assert_eq!(members.iter().map(|(_, offset)| *offset).collect::<Vec<_>>(), offsets, "{members:?}");
}

#[test]
fn the_call_of_the_body_kernels_agrees_with_its_wgsl_twin() {
    let mark = |value: f32| value.to_bits();
    let call = GpuBodyCall {
        rows: mark(1.0),
        stencils: mark(2.0),
        vertices: mark(3.0),
        first: mark(4.0),
        stride: mark(5.0),
        position: mark(6.0),
        normal: mark(7.0),
        tangent: mark(8.0),
        previous: mark(9.0),
    };
    assert_vectors(BODY_COMPUTE.source, "BodyCall", &encoded(&call));
    let v = |value: f32| bevy::math::Vec4::splat(value);
    let bone = GpuBone { rows: [v(1.0); 3], real: v(2.0), dual: v(3.0), is_dual: 4.0 };
    assert_vectors(BODY_COMPUTE.source, "Bone", &encoded(&bone));
    let nowhere = format!("const NOWHERE: u32 = {:#x}u;", kinema::humanoid::deform::gpu_types::NOWHERE);
    assert!(BODY_COMPUTE.source.contains(&nowhere), "{nowhere}");
}

#[test]
fn the_kernels_of_cloth_agree_with_their_wgsl_twins() {
    use bevy::math::{UVec2, UVec4, Vec4};
    let v = |value: f32| Vec4::splat(value);
    let bits = |value: f32| value.to_bits();
    let step = GpuStep {
        gravity: v(1.0),
        compliance: v(2.0),
        stiffness: v(3.0),
        extra: v(4.0),
        air: v(5.0),
        flags: UVec4::splat(bits(6.0)),
    };
    assert_vectors(CLOTH_STEP_TYPES.source, "Step", &encoded(&step));
    let call = GpuCall { first: bits(1.0), count: bits(2.0), visit: bits(3.0), stride: bits(4.0) };
    assert_vectors(CLOTH_STEP_TYPES.source, "Call", &encoded(&call));
    let seam = GpuSeam {
        particles: UVec2::splat(bits(1.0)),
        rest: bits(2.0),
        compliance: bits(3.0),
        break_force: bits(4.0),
        pad_a: bits(5.0),
        pad_b: bits(6.0),
        pad_c: bits(7.0),
    };
    assert_vectors(CLOTH_LINK_TYPES.source, "Seam", &encoded(&seam));
    let stress = GpuSeamStress { stress: v(1.0), memory: v(2.0) };
    assert_vectors(CLOTH_LINK_TYPES.source, "SeamStress", &encoded(&stress));
    let detect = GpuDetect {
        cloth_vertices: bits(1.0),
        vertices: bits(2.0),
        cloth_triangles: bits(3.0),
        triangles: bits(4.0),
        cloth_edges: bits(5.0),
        edges: bits(6.0),
        vertex_patches: bits(7.0),
        triangle_patches: bits(8.0),
        edge_patches: bits(9.0),
        shift: bits(10.0),
        table: bits(11.0),
        node_room: bits(12.0),
        patch_pair_room: bits(13.0),
        pair_room: bits(14.0),
        pad_a: bits(15.0),
        pad_b: bits(16.0),
    };
    assert_vectors(CLOTH_DETECT_TYPES.source, "Detect", &encoded(&detect));
    let fabric = GpuFabric { warp: v(1.0), weft: v(2.0), fuzz: v(3.0), threads: v(4.0), weave: v(5.0), light: v(6.0) };
    assert_vectors(CLOTH_FABRIC_TYPES.source, "Fabric", &encoded(&fabric));
}

#[test]
fn what_the_kernels_of_patches_are_told_agrees_with_its_wgsl_twin() {
    let bits = |value: f32| value.to_bits();
    let round = GpuPatchRound {
        width: bits(1.0),
        height: bits(2.0),
        coarse_width: bits(3.0),
        coarse_height: bits(4.0),
        places: bits(5.0),
        salt: bits(6.0),
        reach_px: bits(7.0),
        apart: bits(8.0),
    };
    assert_vectors(PATCH_TYPES.source, "PatchRound", &encoded(&round));
}

#[test]
fn the_kernels_of_contact_agree_with_their_wgsl_twins() {
    use bevy::math::{IVec4, UVec4, Vec4};
    let v = |value: f32| Vec4::splat(value);
    let bits = |value: f32| value.to_bits();
    let source = CLOTH_CONTACT_TYPES.source;
    let contact = GpuContact {
        floor: 1.0,
        largest_margin: 2.0,
        least_reach: 3.0,
        most_reach: 4.0,
        horizon: 5.0,
        recovery: 6.0,
        friction: 7.0,
        has_own_friction: 8.0,
        substep_secs: 9.0,
        vertices: bits(10.0),
        bodies: bits(11.0),
        near_room: bits(12.0),
        iterations: bits(13.0),
        first_body: bits(14.0),
        body_vertices: bits(15.0),
        body_triangles: bits(16.0),
        body_patches: bits(17.0),
        body_recovery: 18.0,
        body_friction: 19.0,
        exit: 20.0,
        deepest_dent: 21.0,
        catch_up: 22.0,
        pad_a: bits(23.0),
        pad_b: bits(24.0),
    };
    assert_vectors(source, "Contact", &encoded(&contact));
    let vertex = GpuContactVertex {
        reach: 1.0,
        half_thickness: 2.0,
        chord: 3.0,
        friction: 4.0,
        path: 5.0,
        margin: 6.0,
        path_ahead: 7.0,
        shortened: bits(8.0),
        is_recorded: bits(9.0),
        fraction: bits(10.0),
        kind: bits(11.0),
        is_inside: bits(12.0),
        nearest: bits(13.0),
        before_x: 14.0,
        before_y: 15.0,
        before_z: 16.0,
        mass_high: 17.0,
        mass_low: 18.0,
    };
    assert_vectors(source, "ContactVertex", &encoded(&vertex));
    let signed = |value: f32| bits(value).cast_signed();
    let progress = GpuProgress {
        nodes: bits(1.0),
        patch_pairs: bits(2.0),
        pairs: bits(3.0),
        shift: bits(4.0),
        must_detect: bits(5.0),
        is_supported: bits(6.0),
        thrown: bits(7.0),
        near: bits(8.0),
        common_x: signed(9.0),
        common_y: signed(10.0),
        common_z: signed(11.0),
        common_count: bits(12.0),
        recorded_x: signed(13.0),
        recorded_y: signed(14.0),
        recorded_z: signed(15.0),
        recorded_count: bits(16.0),
        has_pins: bits(17.0),
        substep: bits(18.0),
        detections: bits(19.0),
        stopped: bits(20.0),
        most_nodes: bits(21.0),
        most_patch_pairs: bits(22.0),
        most_pairs: bits(23.0),
        most_near: bits(24.0),
        is_detected: bits(25.0),
        is_due: bits(26.0),
        carried: bits(27.0),
        inside: bits(28.0),
        near_bodies: bits(29.0),
        dropped: bits(30.0),
        path_substeps: bits(31.0),
        judging: bits(32.0),
        lightest: bits(33.0),
        failing: [bits(34.0); 16],
        handing: [bits(35.0); 32],
    };
    // What cloth gives to bodies follows it, as many words as there are.
    let without_given = source.replace("    given: array<atomic<u32>>,\n", "");
    assert_ne!(source, without_given);
    assert_vectors(&without_given, "Progress", &encoded(&progress));
    let pair =
        GpuPair { vertices: UVec4::splat(bits(1.0)), kind: bits(2.0), thickness: 3.0, budget: 4.0, pad: bits(5.0) };
    assert_vectors(source, "Pair", &encoded(&pair));
    let near = GpuNear {
        vertices: UVec4::splat(bits(1.0)),
        weights: v(2.0),
        normal_gap: v(3.0),
        wanted: 4.0,
        friction: 5.0,
        flags: bits(6.0),
        pushed: 7.0,
        rubbed: v(8.0),
        heights: v(9.0),
    };
    assert_vectors(source, "Near", &encoded(&near));
    let round = GpuRound { index: bits(1.0), when: bits(2.0), only_bodies: bits(3.0), iterations: bits(4.0) };
    assert_vectors(source, "Round", &encoded(&round));
    let body = GpuBody {
        place: IVec4::splat(signed(1.0)),
        offset: v(2.0),
        axis_u: v(3.0),
        axis_v: v(4.0),
        axis_w: v(5.0),
        velocity: v(6.0),
        spin: v(7.0),
        half_size: v(8.0),
    };
    assert_vectors(source, "Body", &encoded(&body));
}
