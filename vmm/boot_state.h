/* SPDX-License-Identifier: MIT */
/* Register states in which boot protocols start a guest. */
#ifndef VMM_BOOT_STATE_H
#define VMM_BOOT_STATE_H

#include <stdint.h>
#include <abi/vcpu_page.h>

#define STATE_CODE32 0xc09bu /* access rights: flat, present, accessed */
#define STATE_DATA32 0xc093u
#define STATE_CODE64 0xa09bu
#define STATE_TSS32  0x008bu
#define STATE_UNUSABLE 0x10000u

/* Everything that no protocol mentions, as after reset (SDM vol. 3, table 9-1). */
void boot_state_init(struct vcpu_state *state);

/* 32-bit protected mode without paging, flat segments with these selectors. */
void boot_state_flat32(struct vcpu_state *state, uint64_t entry, uint16_t code, uint16_t data);

/* 64-bit mode on the page tables at cr3. */
void boot_state_long(struct vcpu_state *state, uint64_t entry, uint64_t cr3, uint16_t code,
                     uint16_t data);

#endif
