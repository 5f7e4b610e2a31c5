/* SPDX-License-Identifier: MIT */
/* The checks that a VM entry makes on the guest's state, by the sections of SDM vol. 3. */
#include "entry_check.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <hw/emulate.h>

struct list {
    char *text;
    size_t bytes;
};

void entry_add(char *text, size_t bytes, const char *where, const char *what)
{
    size_t used = strlen(text);

    snprintf(text + used, bytes - used, "%s%s%s", used > 0 ? "; " : "", where, what);
}

static void check(struct list *list, bool violated, const char *what)
{
    if (violated)
        entry_add(list->text, list->bytes, "", what);
}

/* 26.3.1.1 and 26.3.1.4 */
static void check_registers(struct list *list, const struct vcpu_state *s)
{
    bool lma = s->efer & EFER_LMA, wide = lma && s->cs.attr & ATTR_L, paging = s->cr0 & CR0_PG;

    check(list, paging && !(s->cr0 & CR0_PE), "26.3.1.1 CR0.PG without PE");
    check(list, lma && !(paging && s->cr4 & CR4_PAE), "26.3.1.1 IA-32e mode without paging or PAE");
    check(list, !lma && s->cr4 & CR4_PCIDE, "26.3.1.1 CR4.PCIDE outside IA-32e mode");
    check(list, paging && lma != !!(s->efer & EFER_LME), "26.3.1.1 EFER.LMA against LME");
    check(list, !wide && s->rip >> 32, "26.3.1.4 RIP above 4 GiB outside 64-bit mode");
    check(list, wide && !x86_canonical(s->rip), "26.3.1.4 RIP not canonical");
    check(list, !(s->rflags & RFLAGS_ONE) || s->rflags & ~RFLAGS_DEFINED, "26.3.1.4 RFLAGS reserved bits");
    check(list, s->rflags & RFLAGS_VM && (lma || !(s->cr0 & CR0_PE)), "26.3.1.4 RFLAGS.VM in IA-32e or real mode");
}

enum { ES, CS, SS, DS, FS, GS, LDTR, TR, SEGMENTS };

static const char *attributes_violated(unsigned i, uint32_t attr, uint32_t limit)
{
    if (attr & ATTR_UNUSABLE)
        return i == CS || i == TR ? "unusable" : NULL;
    if (!(attr & ATTR_P))
        return "not present";
    if (!!(attr & ATTR_S) != (i < LDTR))
        return "S bit";
    if (attr & 0xfffe0f00u)
        return "reserved access rights";
    if (i < LDTR && !(attr & 1))
        return "type: not accessed";
    if ((limit & 0xfff00000u && !(attr & ATTR_G)) || ((limit & 0xfff) != 0xfff && attr & ATTR_G))
        return "limit against granularity";
    if (i == CS && (attr & (ATTR_L | ATTR_DB)) == (ATTR_L | ATTR_DB))
        return "L and D/B";
    if (i == TR && (attr & 0xf) != 11 && (attr & 0xf) != 3)
        return "type: not a busy TSS";
    return i == LDTR && (attr & 0xf) != 2 ? "type: not an LDT" : NULL;
}

/* 26.3.1.2 */
static void check_segment(struct list *list, const struct vcpu_state *s, unsigned i, const struct vcpu_segment *seg)
{
    static const char *const names[SEGMENTS] = {"26.3.1.2 ES: ", "26.3.1.2 CS: ", "26.3.1.2 SS: ", "26.3.1.2 DS: ",
                                                "26.3.1.2 FS: ", "26.3.1.2 GS: ", "26.3.1.2 LDTR: ", "26.3.1.2 TR: "};
    const char *why = attributes_violated(i, seg->attr, seg->limit);

    if (s->rflags & RFLAGS_VM && i < LDTR)
        why = seg->attr != 0xf3 || seg->limit != 0xffff || seg->base != (uint64_t)seg->selector << 4
                  ? "virtual-8086 form" : NULL;
    else if (!why && i <= DS && !(seg->attr & ATTR_UNUSABLE) && seg->base >> 32)
        why = "base above 4 GiB";
    if (why)
        entry_add(list->text, list->bytes, names[i], why);
}

/* 26.3.1.5 */
static void check_activity(struct list *list, const struct vcpu_state *s)
{
    uint32_t held = s->interruptibility & (BLOCKING_STI | BLOCKING_MOVSS);

    check(list, held & BLOCKING_STI && !(s->rflags & RFLAGS_IF), "26.3.1.5 blocking by STI with RFLAGS.IF clear");
    check(list, held == (BLOCKING_STI | BLOCKING_MOVSS), "26.3.1.5 blocking by STI and by MOV SS");
}

void entry_check(const struct vcpu_state *s, char *text, size_t bytes)
{
    const struct vcpu_segment *const segments[SEGMENTS] = {&s->es, &s->cs, &s->ss, &s->ds,
                                                           &s->fs, &s->gs, &s->ldtr, &s->tr};
    struct list list = {text, bytes};

    check_registers(&list, s);
    for (unsigned i = 0; i < SEGMENTS; i++)
        check_segment(&list, s, i, segments[i]);
    check_activity(&list, s);
}
