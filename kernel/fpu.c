// SPDX-License-Identifier: MIT
// Floating-point and vector state. The registers always belong to one thread: to its program or to
// its guest. A change of thread swaps them at once (a stale owner could be read by speculation);
// within one VM they stay the guest's until the VMM itself uses them (#NM).
#include <lib/string.h>
#include "sched.h"

void fpu_init(struct fpu *fpu, uint16_t control)
{
    memset(fpu, 0, sizeof(*fpu));
    fpu->area[0] = (uint8_t)control;
    fpu->area[1] = (uint8_t)(control >> 8);
    fpu->area[4] = control == FPU_RESET ? 0xff : 0; // tags: registers hold 0.0, or are empty
    fpu->area[24] = 0x80; // MXCSR = 0x1f80
    fpu->area[25] = 0x1f;
    if (cpu_xcr0)
        fpu->area[512] = XCR0_X87 | XCR0_SSE; // XSTATE_BV: take those two from here
}

static struct fpu *area_of(struct thread *t)
{
    return t->fpu_is_guest ? t->guest_fpu : &t->fpu;
}

static void save(struct thread *t)
{
    if (!cpu_xcr0) {
        x86_fxsave(area_of(t));
        return;
    }
    if (t->fpu_is_guest)
        x86_xsetbv(0, cpu_xcr0); // the guest may have switched components off that still hold state
    x86_xsave(area_of(t), cpu_xcr0);
}

static void load(struct thread *t)
{
    if (!cpu_xcr0) {
        x86_fxrstor(area_of(t));
        return;
    }
    x86_xrstor(area_of(t), cpu_xcr0);
    if (t->fpu_is_guest)
        x86_xsetbv(0, vmx_vcpu_xcr0(t->vcpu));
}

static void swap(struct cpu *cpu, struct thread *t)
{
    cpu_set_ts(cpu, false);
    if (cpu->fpu_thread)
        save(cpu->fpu_thread);
    else if (cpu_xcr0)
        x86_xsetbv(0, cpu_xcr0);
    load(t);
    cpu->fpu_thread = t;
}

void fpu_change(struct cpu *cpu, struct thread *t)
{
    if (cpu->fpu_thread != t)
        swap(cpu, t);
    cpu_set_ts(cpu, t->fpu_is_guest);
}

void fpu_drop(struct cpu *cpu)
{
    cpu_set_ts(cpu, false);
    save(cpu->fpu_thread);
    cpu->fpu_thread = NULL;
}

static void change_side(struct thread *t, bool guest)
{
    struct cpu *cpu = this_cpu();

    fpu_load(cpu, t);
    if (t->fpu_is_guest == guest)
        return;
    cpu_set_ts(cpu, false);
    save(t);
    t->fpu_is_guest = guest;
    load(t);
    cpu_set_ts(cpu, guest);
}

void fpu_take(struct thread *t)
{
    change_side(t, false);
}

void fpu_give_guest(struct thread *t)
{
    change_side(t, true);
}
