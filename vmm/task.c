/* SPDX-License-Identifier: MIT */
/* The task switch itself: both TSS images, busy bits, link, nested task, error code (SDM vol. 3, 7.3). */
#include <string.h>
#include <hw/emulate.h>
#include <abi/guest.h>
#include "task.h"
#include "vm_emulate.h"

enum { FROM_CALL, FROM_IRET, FROM_JMP, FROM_GATE };

#define BUSY        2u
#define TYPE_TSS16  1u
#define TYPE_TSS32  9u
#define LIMIT_TSS16 0x2bu
#define LIMIT_TSS32 0x67u
#define DR7_LOCAL   0x155u /* L0-L3 and LE */
#define DR6_BT      (1ull << 15)
#define BLOCKED_BY_STI_OR_SS 3u
#define BLOCKED_BY_NMI       8u

struct tss32 {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags, gpr[8];
    uint32_t es, cs, ss, ds, fs, gs, ldt; /* selectors in the low halves */
    uint16_t trap, io_map;
};
struct tss16 {
    uint16_t link, sp0, ss0, sp1, ss1, sp2, ss2, ip, flags, gpr[8], es, cs, ss, ds, ldt;
};
_Static_assert(sizeof(struct tss32) == 104 && sizeof(struct tss16) == 44, "layouts of the SDM");

bool task_fault(struct task *task, uint8_t vector, uint32_t error)
{
    if (!task->faulted) {
        task->faulted = true;
        task->vector = vector;
        task->error = error;
    }
    return false;
}

bool task_fault_selector(struct task *task, uint8_t vector, uint16_t selector)
{
    return task_fault(task, vector, (selector & ~3u) | (task->external ? 1 : 0));
}

/* Pointer to the part of a linear range that lies in one page of RAM. */
static void *task_page(struct task *task, uint64_t linear, unsigned access, unsigned *bytes)
{
    unsigned left = (unsigned)(MEM_PAGE - (linear & (MEM_PAGE - 1)));
    uint32_t error = 0;
    uint64_t gpa;
    void *at;

    if (*bytes > left)
        *bytes = left;
    if (!walk_translate(&task->space, linear, access, &gpa, &error)) {
        task->cr2 = linear;
        task_fault(task, X86_PF, error);
        return NULL;
    }
    at = mem_ptr(&task->vm->mem, gpa, *bytes);
    if (at == NULL)
        task_fault(task, X86_DF, 0); /* a TSS or descriptor table in no memory: nothing sane can follow */
    return at;
}

static bool task_copy(struct task *task, uint64_t linear, uint8_t *buffer, unsigned bytes, bool write)
{
    while (bytes != 0) {
        unsigned part = bytes;
        void *at = task_page(task, (uint32_t)linear, write ? WALK_WRITE : 0, &part);

        if (at == NULL)
            return false;
        if (write)
            memcpy(at, buffer, part);
        else
            memcpy(buffer, at, part);
        linear += part;
        buffer += part;
        bytes -= part;
    }
    return true;
}

bool task_read(struct task *task, uint64_t linear, void *to, unsigned bytes)
{
    return task_copy(task, linear, to, bytes, false);
}

bool task_write(struct task *task, uint64_t linear, const void *from, unsigned bytes)
{
    return task_copy(task, linear, (uint8_t *)(uintptr_t)from, bytes, true);
}

static bool is_32(uint32_t attr)
{
    return (DESC_TYPE(attr) | BUSY) == (TYPE_TSS32 | BUSY);
}

/* The new TSS's descriptor, judged (SDM vol. 3, 7.3, steps 1 to 4). */
static bool find_tss(struct task *task, uint16_t selector, bool returns, struct task_descriptor *tss)
{
    uint32_t type;

    if (selector & 4)
        return task_fault_selector(task, X86_TS, selector);
    if (!task_descriptor(task, selector, tss))
        return false;
    type = DESC_TYPE(tss->attr);
    if ((tss->attr & DESC_S) || ((type | BUSY) != (TYPE_TSS16 | BUSY) && !is_32(tss->attr)) ||
        ((type & BUSY) != 0) != returns)
        return task_fault_selector(task, returns ? X86_TS : X86_GP, selector);
    if (!(tss->attr & DESC_PRESENT))
        return task_fault_selector(task, X86_NP, selector);
    if (tss->limit < (is_32(tss->attr) ? LIMIT_TSS32 : LIMIT_TSS16))
        return task_fault_selector(task, X86_TS, selector);
    return true;
}

static bool set_busy(struct task *task, uint64_t descriptor, bool busy)
{
    uint8_t type;

    if (!task_read(task, descriptor + 5, &type, 1))
        return false;
    type = busy ? type | BUSY : (uint8_t)(type & ~BUSY);
    return task_write(task, descriptor + 5, &type, 1);
}

static bool save_old_32(struct task *task, uint64_t rip, uint64_t rflags)
{
    const struct vcpu_state *s = &task->state;
    struct tss32 tss;

    if (!task_read(task, s->tr.base, &tss, sizeof(tss)))
        return false;
    tss.eip = (uint32_t)rip;
    tss.eflags = (uint32_t)rflags;
    for (unsigned i = 0; i < 8; i++)
        tss.gpr[i] = (uint32_t)s->gpr[i];
    tss.es = s->es.selector;
    tss.cs = s->cs.selector;
    tss.ss = s->ss.selector;
    tss.ds = s->ds.selector;
    tss.fs = s->fs.selector;
    tss.gs = s->gs.selector;
    /* only the fields that change are written: EIP to GS */
    return task_write(task, s->tr.base + offsetof(struct tss32, eip), &tss.eip,
                      offsetof(struct tss32, ldt) - offsetof(struct tss32, eip));
}

static bool save_old_16(struct task *task, uint64_t rip, uint64_t rflags)
{
    const struct vcpu_state *s = &task->state;
    struct tss16 tss;

    if (!task_read(task, s->tr.base, &tss, sizeof(tss)))
        return false;
    tss.ip = (uint16_t)rip;
    tss.flags = (uint16_t)rflags;
    for (unsigned i = 0; i < 8; i++)
        tss.gpr[i] = (uint16_t)s->gpr[i];
    tss.es = s->es.selector;
    tss.cs = s->cs.selector;
    tss.ss = s->ss.selector;
    tss.ds = s->ds.selector;
    return task_write(task, s->tr.base + offsetof(struct tss16, ip), &tss.ip,
                      offsetof(struct tss16, ldt) - offsetof(struct tss16, ip));
}

static void load_cr3(struct task *task, uint32_t cr3)
{
    struct vcpu_state *s = &task->state;

    if (!(s->cr0 & CR0_PG))
        return;
    s->cr3 = cr3;
    task->space.cr3 = cr3;
    if (s->cr4 & CR4_PAE)
        (void)mem_read(&task->vm->mem, cr3 & ~31u, s->pdpte, sizeof(s->pdpte));
}

static bool load_new_32(struct task *task, uint64_t base, bool *trap)
{
    struct vcpu_state *s = &task->state;
    struct tss32 tss;

    if (!task_read(task, base, &tss, sizeof(tss)))
        return false;
    load_cr3(task, tss.cr3);
    s->rip = tss.eip;
    s->rflags = (tss.eflags & RFLAGS_DEFINED) | RFLAGS_ONE;
    for (unsigned i = 0; i < 8; i++)
        s->gpr[i] = tss.gpr[i];
    s->es.selector = (uint16_t)tss.es;
    s->cs.selector = (uint16_t)tss.cs;
    s->ss.selector = (uint16_t)tss.ss;
    s->ds.selector = (uint16_t)tss.ds;
    s->fs.selector = (uint16_t)tss.fs;
    s->gs.selector = (uint16_t)tss.gs;
    s->ldtr.selector = (uint16_t)tss.ldt;
    *trap = tss.trap & 1;
    return true;
}

static bool load_new_16(struct task *task, uint64_t base)
{
    struct vcpu_state *s = &task->state;
    struct tss16 tss;

    if (!task_read(task, base, &tss, sizeof(tss)))
        return false;
    s->rip = tss.ip;
    s->rflags = (tss.flags & RFLAGS_DEFINED) | RFLAGS_ONE;
    for (unsigned i = 0; i < 8; i++)
        s->gpr[i] = 0xffff0000u | tss.gpr[i]; /* the upper halves are undefined; ones, as CPUs have it */
    s->es.selector = tss.es;
    s->cs.selector = tss.cs;
    s->ss.selector = tss.ss;
    s->ds.selector = tss.ds;
    s->fs.selector = s->gs.selector = 0;
    s->ldtr.selector = tss.ldt;
    return true;
}

/* EFLAGS of the old task as its TSS keeps them. */
static uint64_t saved_flags(const struct task *task, const struct vcpu_exit *exit)
{
    uint64_t flags = task->state.rflags;

    if (exit->task_source == FROM_IRET)
        flags &= ~RFLAGS_NT;
    /* a fault through a task gate: the instruction is to run again */
    if (task->external && exit->vector < 32 && !(1u << exit->vector & (1u << X86_DB | 1u << X86_NMI | 1u << X86_DF)))
        flags |= RFLAGS_RF;
    return flags;
}

/* Steps up to the point of no return: what faults here faults in the old task. */
static bool leave_old(struct task *task, const struct vcpu_exit *exit)
{
    const struct vcpu_state *s = &task->state;
    bool keeps_busy = exit->task_source == FROM_CALL || exit->task_source == FROM_GATE;
    uint64_t rip = s->rip + exit->insn_len, flags = saved_flags(task, exit);

    if (!keeps_busy && !set_busy(task, s->gdt_base + (s->tr.selector & ~7u), false))
        return false;
    return is_32(s->tr.attr) ? save_old_32(task, rip, flags) : save_old_16(task, rip, flags);
}

static bool enter_new(struct task *task, const struct vcpu_exit *exit, const struct task_descriptor *tss, bool *trap)
{
    bool nests = exit->task_source == FROM_CALL || exit->task_source == FROM_GATE;
    struct vcpu_state *s = &task->state;
    uint16_t old = s->tr.selector;

    *trap = false;
    if (!(is_32(tss->attr) ? load_new_32(task, tss->base, trap) : load_new_16(task, tss->base)))
        return false;
    if (nests && !task_write(task, tss->base, &old, 2))
        return false;
    if (nests)
        s->rflags |= RFLAGS_NT;
    if (exit->task_source != FROM_IRET && !set_busy(task, tss->at, true))
        return false;
    s->tr = (struct vcpu_segment){ .base = tss->base, .limit = tss->limit, .attr = tss->attr | BUSY,
                                   .selector = exit->task_selector };
    s->cr0 |= CR0_TS;
    s->dr7 &= ~(uint64_t)DR7_LOCAL;
    s->interruptibility &= ~(exit->task_source == FROM_IRET ? BLOCKED_BY_STI_OR_SS | BLOCKED_BY_NMI
                                                            : BLOCKED_BY_STI_OR_SS);
    s->activity = 0;
    return true;
}

/* The new task's handler finds the error code on its stack, in the TSS's width. */
static bool push_error(struct task *task, const struct vcpu_exit *exit, bool wide)
{
    struct vcpu_state *s = &task->state;
    uint64_t mask = s->ss.attr & DESC_BIG ? UINT32_MAX : 0xffff;
    uint64_t top = (s->gpr[GPR_RSP] - (wide ? 4 : 2)) & mask;

    if (!task_write(task, s->ss.base + top, &exit->task_error, wide ? 4 : 2))
        return false;
    s->gpr[GPR_RSP] = (s->gpr[GPR_RSP] & ~mask) | top;
    return true;
}

static bool settle(struct task *task, const struct vcpu_exit *exit, bool wide, bool trap)
{
    if (!task_load_segments(task))
        return false;
    if (exit->task_has_error && !push_error(task, exit, wide))
        return false;
    if (task->state.rip > task->state.cs.limit)
        return task_fault(task, X86_GP, task->external ? 1 : 0);
    if (trap) {
        task->state.dr6 |= DR6_BT;
        return task_fault(task, X86_DB, 0);
    }
    return true;
}

static void raise(struct task *task)
{
    struct vcpu_page *page = task->vm->page;

    if (!task->faulted)
        return;
    if (task->vector == X86_PF) {
        vm_inject_page_fault(task->vm, task->cr2, task->error);
        return;
    }
    page->inject_vector = task->vector;
    page->inject_has_error = task->vector != X86_DB;
    page->inject_error = task->error;
    page->request |= REQ_EXCEPTION;
}

void task_switch(struct vm *vm)
{
    const struct vcpu_exit exit = vm->page->exit;
    struct task task = { .vm = vm };
    struct vcpu_state *s = &task.state;
    struct task_descriptor tss;
    bool trap;

    if (vm->kernel->get_state(s) < 0)
        return;
    task.space = (struct walk_space){ &vm->mem, s->cr0, s->cr3, s->cr4, s->efer, s->rflags, vm->phys_bits };
    task.external = exit.task_source == FROM_GATE && exit.insn_len == 0;
    if (find_tss(&task, exit.task_selector, exit.task_source == FROM_IRET, &tss) && leave_old(&task, &exit) &&
        enter_new(&task, &exit, &tss, &trap)) {
        (void)settle(&task, &exit, is_32(tss.attr), trap);
        if (vm->kernel->set_state(s) < 0) {
            vm_end(vm, VM_END_TRIPLE_FAULT, "task switch to selector 0x%x ends in a state that no CPU can be in",
                   exit.task_selector);
            return;
        }
    }
    raise(&task);
}
