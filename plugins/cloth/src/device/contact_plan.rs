//! The dispatches of contact in a substep, with their bind groups.

use wgpu::{BindGroup, BindGroupEntry, BindingResource, Buffer, BufferBinding, ComputePass, Device};

use super::contact_kernels::{
    APPROACH, BEGIN, CARRIED, CARRIES, ContactKernels, Entry, FIND, FINISH, FORESEE, HAND_ON_ALL, HOLD_ALL_APART,
    INSIDE, LIMIT, LOOK_AHEAD, MORE_PUSHES, PUSH, PUSH_ALL, PUSH_OFF_BODIES, READ, ROUND, ROUNDS, SEND, WRITE, Work,
};
use super::contact_types::{ALWAYS, GpuRound, HANDING, WITH_BODIES};

/// The binding that is another part of its buffer for dispatches that are told different things.
pub(super) const THIS_ROUND: usize = 22;
/// Between two parts of that buffer: the largest alignment of uniforms there is.
pub(super) const ROUND_BYTES: u64 = 256;
/// Which parts there are: the rounds of truncation, then these; of the last two as many as iterations that hand on.
const PLAIN: u32 = ROUNDS;
const ONLY_BODIES: u32 = PLAIN + 1;
const CARRY: u32 = PLAIN + 2;
const HAND_ON: u32 = PLAIN + 3;
const HAND_ON_BODIES: u32 = HAND_ON + MORE_PUSHES;

/// What the dispatches are told, part by part.
pub(super) fn rounds() -> Vec<GpuRound> {
    let numbered = |count: u32, when: u32, only_bodies: u32| {
        (1..=count).map(move |index| GpuRound { index, when, only_bodies, iterations: 0 })
    };
    let mut rounds: Vec<GpuRound> = numbered(ROUNDS, ALWAYS, 0).collect();
    rounds.push(GpuRound::default());
    rounds.push(GpuRound { when: WITH_BODIES, only_bodies: 1, ..GpuRound::default() });
    rounds.push(GpuRound { when: WITH_BODIES, iterations: CARRIES, ..GpuRound::default() });
    rounds.extend(numbered(MORE_PUSHES, HANDING, 0));
    rounds.extend(numbered(MORE_PUSHES, HANDING, 1));
    rounds
}

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
    /// Of bodies of triangles.
    pub body_vertices: u32,
    pub body_patches: u32,
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
            Work::BodyVertices => groups(self.body_vertices, MOST_WORKGROUPS),
            Work::BodyPatches => groups(self.body_patches, MOST_WORKGROUPS),
            Work::NearAndBodyPatches => groups(self.near_room.max(self.body_patches), SHARING_WORKGROUPS),
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
        let once = |entry: Entry| make(entry, PLAIN);
        let all = |entries: &[Entry]| entries.iter().map(|entry| once(*entry)).collect::<Vec<_>>();
        let push = |round: u32| PUSH.map(|entry| make(entry, round));
        let are_few = sizes.near_room <= FEW_NEAR;
        let has_bodies = sizes.body_vertices > 0;
        // So many iterations, each of all pairs and then of those with bodies.
        let pushes = |count: u32, all: u32, of_bodies: u32| -> Vec<Dispatch> {
            if are_few {
                return vec![make(PUSH_ALL, all)];
            }
            let of_bodies = has_bodies.then_some(of_bodies);
            (0..count).flat_map(|_| push(all).into_iter().chain(of_bodies.into_iter().flat_map(push))).collect()
        };
        let mut predicted = vec![once(BEGIN)];
        predicted.extend(has_bodies.then(|| once(SEND)));
        predicted.push(once(APPROACH));
        if has_bodies {
            predicted.extend(all(&FIND));
            predicted.extend(all(&FORESEE));
            predicted.extend(all(&INSIDE));
            predicted.extend(pushes(CARRIES, CARRY, ONLY_BODIES));
            predicted.extend(all(&CARRIED));
            predicted.extend(all(&FORESEE));
            predicted.extend(all(&INSIDE));
            predicted.push(once(WRITE));
        } else {
            predicted.extend(all(&FORESEE));
        }
        let mut iterated = vec![once(READ)];
        iterated.extend(pushes(sizes.iterations, PLAIN, ONLY_BODIES));
        iterated.push(once(PUSH_OFF_BODIES));
        let mut finish = Vec::new();
        if has_bodies {
            finish.push(once(READ));
            if are_few {
                finish.push(once(HAND_ON_ALL));
            } else {
                for k in 0..MORE_PUSHES {
                    finish.push(make(LOOK_AHEAD, HAND_ON + k));
                    finish.extend(push(HAND_ON + k));
                    finish.extend(push(HAND_ON_BODIES + k));
                }
            }
        }
        finish.push(once(LIMIT));
        if are_few {
            finish.push(once(HOLD_ALL_APART));
        } else {
            finish.extend((0..ROUNDS).flat_map(|round| ROUND.map(|entry| make(entry, round))));
        }
        finish.extend(all(&FINISH));
        Plan { predicted, iterated, finish }
    }

    pub fn at(&self, moment: Moment) -> &[Dispatch] {
        match moment {
            Moment::Predicted => &self.predicted,
            Moment::Iterated => &self.iterated,
            Moment::Finish => &self.finish,
        }
    }
}
