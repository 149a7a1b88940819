//! The dispatches of contact in a substep, with their bind groups.

use wgpu::{BindGroup, BindGroupEntry, BindingResource, Buffer, BufferBinding, ComputePass, Device};

use super::contact_kernels::{
    ContactKernels, Entry, FINISH, HOLD_ALL_APART, LIMIT, PREDICTED, PUSH, PUSH_ALL, PUSH_OFF_BODIES, READ, ROUND,
    ROUNDS, Work,
};

/// The binding that is another part of its buffer in each round of truncation.
pub(super) const THIS_ROUND: usize = 22;
/// Between two rounds in their buffer: the largest alignment of uniforms there is.
pub(super) const ROUND_BYTES: u64 = 256;
/// So many near pairs, at most, are the work of one workgroup that walks through all rounds: on small cloths a device waits more than it computes.
const FEW_NEAR: u32 = 4096;
/// Most workgroups that share a list of unknown length.
const SHARING_WORKGROUPS: u32 = 256;
/// Most workgroups in a line that every device allows.
const MOST_WORKGROUPS: u32 = 65_535;
/// Primitives of two patches that are compared.
pub(super) const PATCH: u32 = 32;

/// A dispatch in the order of a substep.
pub(super) struct Dispatch {
    pub entry: &'static str,
    pub group: BindGroup,
    pub workgroups: u32,
}

/// The dispatches of a substep.
#[derive(Default)]
pub(super) struct Plan {
    pub predicted: Vec<Dispatch>,
    pub iterated: Vec<Dispatch>,
    pub finish: Vec<Dispatch>,
}

/// A moment of the substep in which contact takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Displacements are predicted.
    Predicted,
    /// An iteration of elasticity is done.
    Iterated,
    /// All of them are.
    Finish,
}

/// How much work there is.
pub(super) struct Sizes {
    /// Invocations of a workgroup.
    pub workgroup: u32,
    /// Of the push.
    pub iterations: u32,
    pub vertices: u32,
    pub buckets: u32,
    pub primitives: u32,
    pub patches: u32,
    pub patch_pair_room: u32,
    pub pair_room: u32,
    pub near_room: u32,
}

impl Sizes {
    fn workgroups(&self, work: Work) -> u32 {
        let groups = |invocations: u32, most: u32| invocations.div_ceil(self.workgroup).clamp(1, most);
        match work {
            Work::Once => 1,
            Work::Vertices => groups(self.vertices, MOST_WORKGROUPS),
            Work::VerticesAndBuckets => groups(self.vertices.max(self.buckets), MOST_WORKGROUPS),
            Work::Primitives => groups(self.primitives, MOST_WORKGROUPS),
            Work::Patches => groups(self.patches, MOST_WORKGROUPS),
            Work::PairsOfPatches => groups(self.patch_pair_room.saturating_mul(PATCH), SHARING_WORKGROUPS),
            Work::Pairs => groups(self.pair_room, SHARING_WORKGROUPS),
            Work::Near => groups(self.near_room, SHARING_WORKGROUPS),
        }
    }
}

impl Dispatch {
    fn new(
        device: &Device,
        kernels: &ContactKernels,
        buffers: &[Buffer],
        sizes: &Sizes,
        (entry, work): Entry,
        round: u32,
    ) -> Dispatch {
        let stage = kernels.stage(entry);
        let resource = |at: u32| match at as usize {
            THIS_ROUND => BindingResource::Buffer(BufferBinding {
                buffer: &buffers[THIS_ROUND],
                offset: ROUND_BYTES * u64::from(round),
                size: wgpu::BufferSize::new(16),
            }),
            at => buffers[at].as_entire_binding(),
        };
        let entries: Vec<BindGroupEntry> =
            stage.bindings.iter().map(|at| BindGroupEntry { binding: *at, resource: resource(*at) }).collect();
        let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(entry),
            layout: &stage.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        Dispatch { entry, group, workgroups: sizes.workgroups(work) }
    }

    pub fn record(&self, pass: &mut ComputePass, kernels: &ContactKernels) {
        pass.set_pipeline(&kernels.stage(self.entry).pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.dispatch_workgroups(self.workgroups, 1, 1);
    }
}

impl Plan {
    /// Over buffers by binding.
    pub fn new(device: &Device, kernels: &ContactKernels, buffers: &[Buffer], sizes: &Sizes) -> Plan {
        let make = |entry: Entry, round: u32| Dispatch::new(device, kernels, buffers, sizes, entry, round);
        let once = |entry: Entry| make(entry, 0);
        let are_few = sizes.near_room <= FEW_NEAR;
        let pushes: Vec<Entry> =
            if are_few { vec![PUSH_ALL] } else { (0..sizes.iterations).flat_map(|_| PUSH).collect() };
        let rounds: Vec<Dispatch> = if are_few {
            vec![once(HOLD_ALL_APART)]
        } else {
            (0..ROUNDS).flat_map(|round| ROUND.map(|entry| make(entry, round))).collect()
        };
        Plan {
            predicted: PREDICTED.map(once).into(),
            iterated: [READ].into_iter().chain(pushes).chain([PUSH_OFF_BODIES]).map(once).collect(),
            finish: [once(LIMIT)].into_iter().chain(rounds).chain(FINISH.map(once)).collect(),
        }
    }

    pub fn at(&self, moment: Moment) -> &[Dispatch] {
        match moment {
            Moment::Predicted => &self.predicted,
            Moment::Iterated => &self.iterated,
            Moment::Finish => &self.finish,
        }
    }
}
