// SPDX-License-Identifier: MIT
// Exceptions: a fault of a program ends its partition with the reason; one of ring 0 is a panic,
// except at the three places that work with values of a program.
#include <sys/log.h>
#include "entry.h"
#include "irq.h"
#include "panic.h"
#include "sched.h"

static bool user_range(const void *at, uint64_t bytes)
{
    return (uint64_t)at < USER_END && bytes <= USER_END - (uint64_t)at;
}

enum status copy_from_user(void *to, const void *from, uint64_t bytes)
{
    return user_range(from, bytes) ? user_copy(to, from, bytes, cpu_has_smap) : ERR_FAULT;
}

enum status copy_to_user(void *to, const void *from, uint64_t bytes)
{
    return user_range(to, bytes) ? user_copy(to, from, bytes, cpu_has_smap) : ERR_FAULT;
}

noreturn void trap_user(struct thread *t, uint64_t vector, uint64_t error)
{
    if (vector >= 32) {
        irq_dispatch((uint32_t)vector);
        sched_resume();
    }
    if (vector == X86_NM) {
        fpu_take(t);
        sched_resume();
    }
    part_end_current(&(struct part_info){ .end = END_FAULT, .vector = (uint32_t)vector, .error = (uint32_t)error,
                                          .rip = t->regs.rip, .address = vector == X86_PF ? x86_read_cr2() : 0 });
}

// Where ring 0 may fault because of what a program gave it.
static bool fix_up(struct trap_frame *f)
{
    extern const uint8_t user_copy_insn_nosmap[];

    if (f->vector == X86_PF && (f->rip == (uint64_t)user_copy_insn || f->rip == (uint64_t)user_copy_insn_nosmap)) {
        f->rip = (uint64_t)user_copy_fault;
        f->rflags &= ~RFLAGS_AC;
        return true;
    }
    if (f->vector == X86_DB) {
        f->rflags &= ~RFLAGS_TF; // SYSENTER with TF set traps on the first instruction here
        x86_write_dr6(DR6_INIT);
        return true;
    }
    return false;
}

noreturn void trap_idle(uint32_t vector)
{
    irq_dispatch(vector);
    sched_resume();
}

void trap_kernel(struct trap_frame *f)
{
    struct thread *t = this_cpu()->current;

    if (f->vector == X86_NMI) {
        panic_nmi();
        return;
    }
    if (f->vector >= 32 && f->rip == (uint64_t)entry_sysexit) {
        // STI holds interrupts back for one instruction, but not every CPU under us obeys. The
        // call is done and its result in RAX: take the way out once more, past the scheduler.
        irq_dispatch((uint32_t)f->vector);
        this_cpu()->resched = 1; // by way of sched_resume, which serves what a kick was for
        f->rip = (uint64_t)entry_sysdone;
        f->rsp = (uint64_t)this_cpu(); // as SYSENTER found it; a switch of threads left it lower
        f->rflags &= ~RFLAGS_IF;
        return;
    }
    if (fix_up(f))
        return;
    bool of_program = f->vector == X86_GP || f->vector == X86_SS || f->vector == X86_PF;
    if (of_program && (f->rip == (uint64_t)entry_iret || f->rip == (uint64_t)entry_sysexit))
        part_end_current(&(struct part_info){ .end = END_FAULT, .vector = (uint32_t)f->vector,
                                              .error = (uint32_t)f->error, .rip = t->regs.rip,
                                              .address = t->regs.rsp });
    panic_trap(f);
}
