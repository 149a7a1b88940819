//! Which dispatches a substep is made of, and their recording. A frame is one compute pass in one submission; nothing is read back in it.
//!
//! | dispatches | kernels |
//! |---|---|
//! | begin, with air or memory | forces of all triangles, their sums; the same of patches and seams with memory; `predict` |
//! | each iteration | `membrane_solve` and `bending_solve` once a colour, or once for all colours of few elements, `seams` once a colour, `attachments` |
//! | with contact | `contact_kernels.rs`: after prediction, after each iteration, before the end |
//! | end | `commit`; with the next `predict` in one kernel where there are no forces |

use std::ops::Range;

use wgpu::{BindGroup, ComputePass, Device};

use super::contact::DeviceContact;
use super::contact_kernels::ContactKernels;
use super::contact_plan::Moment;
use super::gpu_types::{GpuCall, IS_FIRST, IS_LAST, uniform_bytes};
use super::kernels::{Kernel, Kernels};

/// Most workgroups in a line that every device allows.
const MOST_WORKGROUPS: usize = 65_535;

/// One dispatch.
pub(super) struct Dispatch {
    kernel: Kernel,
    /// Index into the bind groups of the cloth.
    group: usize,
    call_offset: u32,
    workgroups: u32,
}

/// The calls of all dispatches, in the layout of a uniform buffer with dynamic offsets.
pub(super) struct Calls {
    bytes: Vec<u8>,
    alignment: usize,
    workgroup: usize,
}

impl Calls {
    pub fn new(device: &Device, workgroup: u32) -> Calls {
        let alignment = device.limits().min_uniform_buffer_offset_alignment as usize;
        Calls { bytes: Vec::new(), alignment, workgroup: workgroup as usize }
    }

    /// Dispatches over `range`, as many as the device's limit asks for.
    pub fn over(
        &mut self,
        kernel: Kernel,
        group: usize,
        range: Range<usize>,
        visit: u32,
        stride: usize,
    ) -> Vec<Dispatch> {
        let most = MOST_WORKGROUPS * self.workgroup;
        let mut out = Vec::new();
        for first in range.clone().step_by(most) {
            let count = most.min(range.end - first);
            let call = GpuCall { first: first as u32, count: count as u32, visit, stride: stride as u32 };
            let call_offset = self.bytes.len() as u32;
            self.push(call);
            out.push(Dispatch { kernel, group, call_offset, workgroups: count.div_ceil(self.workgroup) as u32 });
        }
        out
    }

    /// One workgroup that walks through all colours of few elements.
    pub fn walk(&mut self, kernel: Kernel, group: usize, colours: usize, visit: u32, stride: usize) -> Vec<Dispatch> {
        let call_offset = self.bytes.len() as u32;
        self.push(GpuCall { first: 0, count: colours as u32, visit, stride: stride as u32 });
        vec![Dispatch { kernel, group, call_offset, workgroups: 1 }]
    }

    fn push(&mut self, call: GpuCall) {
        self.bytes.extend(uniform_bytes(&call));
        self.bytes.resize(self.bytes.len().next_multiple_of(self.alignment), 0);
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The dispatches of a substep.
pub(super) struct Plan {
    /// Forces and their sums; none without air and memory.
    pub forces: Vec<Dispatch>,
    pub predict: Vec<Dispatch>,
    /// First, middle and last of several iterations, or the only one, by [`visit_of`].
    pub iterations: [Vec<Dispatch>; 4],
    pub commit: Vec<Dispatch>,
    pub commit_predict: Vec<Dispatch>,
}

/// The visit of an iteration.
pub(super) fn visit_of(iteration: u32, iterations: u32) -> u32 {
    let flag = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
    flag(iteration == 0, IS_FIRST) | flag(iteration + 1 == iterations, IS_LAST)
}

/// A cloth among those that are recorded together.
#[derive(Clone, Copy)]
pub(super) struct Member<'a> {
    pub plan: &'a Plan,
    pub particles: &'a BindGroup,
    pub groups: &'a [BindGroup],
}

/// How many dispatches so many substeps and iterations are.
pub(super) fn count(members: &[Member], (substeps, iterations): (u32, u32), contact: Option<&DeviceContact>) -> usize {
    let mut count = 0;
    walk(members, substeps, iterations, |part| {
        count += match part {
            Part::Cloth(_, dispatches) => dispatches.len(),
            Part::Contact(moment) => contact.map_or(0, |contact| contact.count(moment)),
        };
    });
    count
}

/// Records so many substeps and iterations of cloths that are stepped together.
pub(super) fn record(
    pass: &mut ComputePass,
    kernels: &Kernels,
    members: &[Member],
    (substeps, iterations): (u32, u32),
    contact: Option<(&DeviceContact, &ContactKernels)>,
) {
    // The cloth, the kernel and the group that are bound.
    let mut bound = (None, None, None);
    walk(members, substeps, iterations, |part| {
        let (of, dispatches) = match (part, contact) {
            (Part::Cloth(of, dispatches), _) => (of, dispatches),
            (Part::Contact(moment), Some((contact, kernels))) => {
                contact.record(pass, kernels, moment);
                bound = (None, None, None);
                return;
            }
            (Part::Contact(_), None) => return,
        };
        for dispatch in dispatches {
            if bound.1 != Some(dispatch.kernel) {
                pass.set_pipeline(kernels.pipeline(dispatch.kernel));
            }
            pass.set_bind_group(0, members[of].particles, &[dispatch.call_offset]);
            if bound.0 != Some(of) || bound.2 != Some(dispatch.group) {
                pass.set_bind_group(1, &members[of].groups[dispatch.group], &[]);
            }
            bound = (Some(of), Some(dispatch.kernel), Some(dispatch.group));
            pass.dispatch_workgroups(dispatch.workgroups, 1, 1);
        }
    });
}

/// A part of a substep.
enum Part<'a> {
    /// Of one of the cloths.
    Cloth(usize, &'a [Dispatch]),
    Contact(Moment),
}

fn walk<'a>(members: &[Member<'a>], substeps: u32, iterations: u32, mut visit: impl FnMut(Part<'a>)) {
    for substep in 0..substeps {
        for (of, Member { plan, .. }) in members.iter().enumerate() {
            visit(Part::Cloth(of, &plan.forces));
            if substep == 0 || !plan.forces.is_empty() {
                visit(Part::Cloth(of, &plan.predict));
            }
        }
        visit(Part::Contact(Moment::Predicted));
        for iteration in 0..iterations {
            for (of, Member { plan, .. }) in members.iter().enumerate() {
                visit(Part::Cloth(of, &plan.iterations[visit_of(iteration, iterations) as usize]));
            }
            visit(Part::Contact(Moment::Iterated));
        }
        visit(Part::Contact(Moment::Finish));
        for (of, Member { plan, .. }) in members.iter().enumerate() {
            let is_end = substep + 1 == substeps || !plan.forces.is_empty();
            visit(Part::Cloth(of, if is_end { &plan.commit } else { &plan.commit_predict }));
        }
    }
}
