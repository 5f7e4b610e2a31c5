/* SPDX-License-Identifier: MIT */
/* Segment registers at a task switch: descriptors, their checks (SDM vol. 3, table 7-1), VM86. */
#include <hw/emulate.h>
#include "task.h"

#define SELECTOR_LDT 4u
#define SELECTOR_RPL 3u
#define TYPE_LDT      2u
#define TYPE_ACCESSED 1u
#define TYPE_WRITABLE 2u /* data: writable; code: readable */
#define TYPE_CONFORMING 4u
#define TYPE_CODE     8u
#define ATTR_VM86     0xf3u

static bool is_null(uint16_t selector)
{
    return (selector & ~SELECTOR_RPL) == 0;
}

bool task_descriptor(struct task *task, uint16_t selector, struct task_descriptor *out)
{
    const struct vcpu_state *s = &task->state;
    bool local = selector & SELECTOR_LDT;
    uint64_t table = local ? s->ldtr.base : s->gdt_base;
    uint32_t limit = local ? s->ldtr.limit : s->gdt_limit;
    uint64_t raw = 0;

    *out = (struct task_descriptor){ 0 };
    if ((local && (s->ldtr.attr & ATTR_UNUSABLE)) || (selector | 7u) > limit)
        return task_fault_selector(task, X86_TS, selector);
    out->at = table + (selector & ~7u);
    if (!task_read(task, out->at, &raw, 8))
        return false;
    out->base = (raw >> 16 & 0xffffff) | (raw >> 56 & 0xff) << 24;
    out->limit = (uint32_t)((raw & 0xffff) | (raw >> 32 & 0xf0000));
    out->attr = (uint32_t)(raw >> 40 & 0xf0ff);
    if (raw >> 55 & 1)
        out->limit = out->limit << 12 | 0xfff;
    return true;
}

static void set_segment(struct vcpu_segment *segment, const struct task_descriptor *d)
{
    segment->base = d->base;
    segment->limit = d->limit;
    segment->attr = d->attr;
}

static bool mark_accessed(struct task *task, struct task_descriptor *d)
{
    uint8_t type;

    if (d->attr & TYPE_ACCESSED)
        return true;
    d->attr |= TYPE_ACCESSED;
    type = (uint8_t)d->attr;
    return task_write(task, d->at + 5, &type, 1);
}

static bool load_ldtr(struct task *task)
{
    struct vcpu_segment *ldtr = &task->state.ldtr;
    struct task_descriptor d;

    ldtr->attr = ATTR_UNUSABLE;
    if (is_null(ldtr->selector))
        return true;
    if (ldtr->selector & SELECTOR_LDT)
        return task_fault_selector(task, X86_TS, ldtr->selector);
    if (!task_descriptor(task, ldtr->selector, &d))
        return false;
    if ((d.attr & DESC_S) || DESC_TYPE(d.attr) != TYPE_LDT || !(d.attr & DESC_PRESENT))
        return task_fault_selector(task, X86_TS, ldtr->selector);
    set_segment(ldtr, &d);
    return true;
}

static bool load_cs(struct task *task)
{
    struct vcpu_segment *cs = &task->state.cs;
    struct task_descriptor d;
    unsigned rpl = cs->selector & SELECTOR_RPL, dpl;

    if (is_null(cs->selector))
        return task_fault_selector(task, X86_TS, cs->selector);
    if (!task_descriptor(task, cs->selector, &d))
        return false;
    dpl = DESC_DPL(d.attr);
    if (!(d.attr & DESC_S) || !(d.attr & TYPE_CODE) || (d.attr & TYPE_CONFORMING ? dpl > rpl : dpl != rpl))
        return task_fault_selector(task, X86_TS, cs->selector);
    if (!(d.attr & DESC_PRESENT))
        return task_fault_selector(task, X86_NP, cs->selector);
    if (!mark_accessed(task, &d))
        return false;
    set_segment(cs, &d);
    return true;
}

static bool load_ss(struct task *task)
{
    struct vcpu_segment *ss = &task->state.ss;
    unsigned cpl = task->state.cs.selector & SELECTOR_RPL;
    struct task_descriptor d;

    if (is_null(ss->selector))
        return task_fault_selector(task, X86_TS, ss->selector);
    if (!task_descriptor(task, ss->selector, &d))
        return false;
    if (!(d.attr & DESC_S) || (d.attr & (TYPE_CODE | TYPE_WRITABLE)) != TYPE_WRITABLE || DESC_DPL(d.attr) != cpl ||
        (ss->selector & SELECTOR_RPL) != cpl)
        return task_fault_selector(task, X86_TS, ss->selector);
    if (!(d.attr & DESC_PRESENT))
        return task_fault_selector(task, X86_SS, ss->selector);
    if (!mark_accessed(task, &d))
        return false;
    set_segment(ss, &d);
    return true;
}

static bool load_data(struct task *task, struct vcpu_segment *segment)
{
    unsigned cpl = task->state.cs.selector & SELECTOR_RPL, rpl = segment->selector & SELECTOR_RPL;
    struct task_descriptor d;
    bool checked;

    segment->attr = ATTR_UNUSABLE;
    if (is_null(segment->selector))
        return true;
    if (!task_descriptor(task, segment->selector, &d))
        return false;
    checked = (d.attr & (TYPE_CODE | TYPE_CONFORMING)) != (TYPE_CODE | TYPE_CONFORMING);
    if (!(d.attr & DESC_S) || (d.attr & (TYPE_CODE | TYPE_WRITABLE)) == TYPE_CODE ||
        (checked && (DESC_DPL(d.attr) < cpl || DESC_DPL(d.attr) < rpl)))
        return task_fault_selector(task, X86_TS, segment->selector);
    if (!(d.attr & DESC_PRESENT))
        return task_fault_selector(task, X86_NP, segment->selector);
    if (!mark_accessed(task, &d))
        return false;
    set_segment(segment, &d);
    return true;
}

static void load_vm86(struct vcpu_state *s)
{
    struct vcpu_segment *all[] = { &s->es, &s->cs, &s->ss, &s->ds, &s->fs, &s->gs };

    for (unsigned i = 0; i < 6; i++) {
        all[i]->base = (uint64_t)all[i]->selector << 4;
        all[i]->limit = 0xffff;
        all[i]->attr = ATTR_VM86;
    }
}

bool task_load_segments(struct task *task)
{
    struct vcpu_state *s = &task->state;

    if (!load_ldtr(task))
        return false;
    if (s->rflags & RFLAGS_VM) {
        load_vm86(s);
        return true;
    }
    return load_cs(task) && load_ss(task) && load_data(task, &s->es) && load_data(task, &s->ds) &&
           load_data(task, &s->fs) && load_data(task, &s->gs);
}
