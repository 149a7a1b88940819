//! The draw calls of the subsurface passes.

use bevy::pbr::MeshViewBindGroup;
use bevy::prelude::*;
use bevy::render::diagnostic::RecordDiagnostics;
use bevy::render::mesh::allocator::MeshAllocator;
use bevy::render::mesh::{RenderMesh, RenderMeshBufferInfo};
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_phase::TrackedRenderPass;
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderContext, ViewQuery};
use bevy::render::view::{ViewDepthTexture, ViewTarget};

use super::prepare::{SkinDraw, SubsurfaceFrame};

/// The light that falls on visible skin.
pub fn draw_irradiance(
    view: ViewQuery<(&ViewDepthTexture, &MeshViewBindGroup)>,
    frame: Res<SubsurfaceFrame>,
    cache: Res<PipelineCache>,
    meshes: Res<RenderAssets<RenderMesh>>,
    allocator: Res<MeshAllocator>,
    mut context: RenderContext,
) {
    let (Some(objects), Some(skin)) = (&frame.objects, frame.views.get(&view.entity())) else { return };
    let (depth, bind_group) = view.into_inner();
    let attachments = skin.targets.each_ref().map(|target| {
        Some(RenderPassColorAttachment {
            view: &target.drawn.default_view,
            depth_slice: None,
            resolve_target: target.resolved.as_ref().map(|texture| &*texture.default_view),
            ops: Operations { load: LoadOp::Clear(wgpu::Color::TRANSPARENT), store: StoreOp::Store },
        })
    });
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("skin_irradiance"),
        color_attachments: &attachments,
        depth_stencil_attachment: Some(depth.get_attachment(StoreOp::Store)),
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    let span = diagnostics.pass_span(&mut pass, "skin_irradiance");
    pass.set_bind_group(0, &bind_group.main, &bind_group.main_offsets);
    pass.set_bind_group(1, &bind_group.binding_array, &[]);
    pass.set_bind_group(2, objects, &[]);
    for draw in &skin.draws {
        draw_mesh(&mut pass, draw, &cache, &meshes, &allocator);
    }
    span.end(&mut pass);
}

/// Draws one mesh; what is not on the GPU yet is skipped, as Bevy's own passes do.
fn draw_mesh<'a>(
    pass: &mut TrackedRenderPass<'a>,
    draw: &SkinDraw,
    cache: &'a PipelineCache,
    meshes: &RenderAssets<RenderMesh>,
    allocator: &'a MeshAllocator,
) -> Option<()> {
    let pipeline = cache.get_render_pipeline(draw.pipeline)?;
    let mesh = meshes.get(draw.mesh)?;
    let vertices = allocator.mesh_vertex_slice(&draw.mesh)?;
    pass.set_render_pipeline(pipeline);
    pass.set_vertex_buffer(0, vertices.buffer.slice(..));
    let instances = draw.object..draw.object + 1;
    match mesh.buffer_info {
        RenderMeshBufferInfo::Indexed { count, index_format } => {
            let indices = allocator.mesh_index_slice(&draw.mesh)?;
            pass.set_index_buffer(indices.buffer.slice(..), index_format);
            let range = indices.range.start..indices.range.start + count;
            pass.draw_indexed(range, vertices.range.start as i32, instances);
        }
        RenderMeshBufferInfo::NonIndexed => pass.draw(vertices.range.clone(), instances),
    }
    Some(())
}

/// Spreads that light and adds it to the picture.
pub fn gather(
    view: ViewQuery<&ViewTarget>,
    frame: Res<SubsurfaceFrame>,
    cache: Res<PipelineCache>,
    mut context: RenderContext,
) {
    let Some(skin) = frame.views.get(&view.entity()) else { return };
    let Some(pipeline) = cache.get_render_pipeline(skin.gather) else { return };
    let target = view.into_inner();
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("subsurface_gather"),
        color_attachments: &[Some(target.get_color_attachment())],
        depth_stencil_attachment: None,
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    let span = diagnostics.pass_span(&mut pass, "subsurface_gather");
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(0, &skin.gather_bind_group, &[]);
    for place in &skin.gather_places {
        pass.set_scissor_rect(place.min.x, place.min.y, place.width(), place.height());
        pass.draw(0..3, 0..1);
    }
    span.end(&mut pass);
}
