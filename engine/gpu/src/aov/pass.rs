//! The draw calls of the AOV pass.

use bevy::mesh::Mesh;
use bevy::prelude::*;
use bevy::render::diagnostic::RecordDiagnostics;
use bevy::render::mesh::allocator::MeshAllocator;
use bevy::render::mesh::{RenderMesh, RenderMeshBufferInfo};
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_phase::TrackedRenderPass;
use bevy::render::render_resource::*;
use bevy::render::renderer::{RenderContext, ViewQuery};

use super::prepare::{AovDraw, AovFrame};
use crate::CaptureCamera;

pub fn draw_aov(
    _view: ViewQuery<Entity, With<CaptureCamera>>,
    frame: Res<AovFrame>,
    cache: Res<PipelineCache>,
    meshes: Res<RenderAssets<RenderMesh>>,
    allocator: Res<MeshAllocator>,
    mut context: RenderContext,
) {
    let (Some(bind_group), Some(targets)) = (&frame.bind_group, &frame.targets) else {
        return;
    };
    let attachments: Vec<_> = targets
        .color
        .iter()
        .map(|(_, texture)| {
            Some(RenderPassColorAttachment {
                view: &texture.default_view,
                depth_slice: None,
                resolve_target: None,
                ops: Operations { load: LoadOp::Clear(wgpu::Color::TRANSPARENT), store: StoreOp::Store },
            })
        })
        .collect();
    let diagnostics = context.diagnostic_recorder();
    let diagnostics = diagnostics.as_deref();
    let mut pass = context.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("kinema_aov"),
        color_attachments: &attachments,
        depth_stencil_attachment: Some(RenderPassDepthStencilAttachment {
            view: &targets.depth.default_view,
            depth_ops: Some(Operations { load: LoadOp::Clear(0.0), store: StoreOp::Discard }),
            stencil_ops: None,
        }),
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    let span = diagnostics.pass_span(&mut pass, "kinema_aov");
    pass.set_bind_group(0, bind_group, &[]);
    for (index, draw) in frame.draws.iter().enumerate() {
        if let Some(draw) = draw {
            draw_mesh(&mut pass, index as u32, draw, &cache, &meshes, &allocator);
        }
    }
    span.end(&mut pass);
}

/// Draws one object; what is not on the GPU yet is skipped, as Bevy's own passes do.
fn draw_mesh<'a>(
    pass: &mut TrackedRenderPass<'a>,
    object_index: u32,
    draw: &'a AovDraw,
    cache: &'a PipelineCache,
    meshes: &RenderAssets<RenderMesh>,
    allocator: &'a MeshAllocator,
) -> Option<()> {
    let id: AssetId<Mesh> = draw.mesh;
    let pipeline = cache.get_render_pipeline(draw.pipeline)?;
    let mesh = meshes.get(id)?;
    let vertices = allocator.mesh_vertex_slice(&id)?;
    pass.set_render_pipeline(pipeline);
    pass.set_bind_group(1, &draw.surface, &[]);
    pass.set_vertex_buffer(0, vertices.buffer.slice(..));
    let instances = object_index..object_index + 1;
    match mesh.buffer_info {
        RenderMeshBufferInfo::Indexed { count, index_format } => {
            let indices = allocator.mesh_index_slice(&id)?;
            pass.set_index_buffer(indices.buffer.slice(..), index_format);
            let range = indices.range.start..indices.range.start + count;
            pass.draw_indexed(range, vertices.range.start as i32, instances);
        }
        RenderMeshBufferInfo::NonIndexed => pass.draw(vertices.range.clone(), instances),
    }
    Some(())
}
