/* SPDX-License-Identifier: MIT */
/* Register states in which boot protocols start a guest. */
#include <string.h>
#include <hw/apic.h>
#include <hw/msr.h>
#include <hw/x86.h>
#include "boot_state.h"

void boot_state_init(struct vcpu_state *state)
{
    struct vcpu_segment unusable = { .attr = STATE_UNUSABLE };

    memset(state, 0, sizeof(*state));
    state->rflags = RFLAGS_ONE;
    state->ldtr = unusable;
    state->tr = (struct vcpu_segment){ .limit = 0x67, .attr = STATE_TSS32 };
    state->dr6 = DR6_INIT;
    state->dr7 = DR7_INIT;
    state->xcr0 = XCR0_X87;
    state->pat = PAT_RESET;
    state->fpu_control = FPU_FNINIT;
    state->apic_base = APIC_DEFAULT_BASE | APIC_BASE_ENABLE | APIC_BASE_BSP;
}

static void flat_segments(struct vcpu_state *state, uint16_t code, uint32_t code_attr, uint16_t data)
{
    struct vcpu_segment flat = { .limit = UINT32_MAX, .attr = STATE_DATA32, .selector = data };

    state->es = state->ss = state->ds = state->fs = state->gs = flat;
    state->cs = (struct vcpu_segment){ .limit = UINT32_MAX, .attr = code_attr, .selector = code };
}

void boot_state_flat32(struct vcpu_state *state, uint64_t entry, uint16_t code, uint16_t data)
{
    boot_state_init(state);
    flat_segments(state, code, STATE_CODE32, data);
    state->cr0 = CR0_PE | CR0_ET | CR0_NE;
    state->rip = entry;
}

void boot_state_long(struct vcpu_state *state, uint64_t entry, uint64_t cr3, uint16_t code, uint16_t data)
{
    boot_state_init(state);
    flat_segments(state, code, STATE_CODE64, data);
    state->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_PG;
    state->cr3 = cr3;
    state->cr4 = CR4_PAE;
    state->efer = EFER_LME | EFER_LMA;
    state->rip = entry;
}
