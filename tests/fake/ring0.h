/* SPDX-License-Identifier: MIT */
/*
 * Ring 0 on the host: compiled in front of each file of kernel/ that a test links. Privileged
 * instructions become functions of tests/fake/ring0.c, and addresses of the kernel's half of the
 * address space lead to ordinary memory.
 */
#ifndef FAKE_RING0_H
#define FAKE_RING0_H

#define x86_rdtsc     hardware_rdtsc
#define x86_invlpg    hardware_invlpg
#define x86_read_cr3  hardware_read_cr3
#define x86_write_cr3 hardware_write_cr3
#define x86_clear_segments hardware_clear_segments
#define x86_read_cr4  hardware_read_cr4
#define x86_write_cr4 hardware_write_cr4
#define x86_in8       hardware_in8
#define x86_in16      hardware_in16
#define x86_in32      hardware_in32
#define x86_out8      hardware_out8
#define x86_out16     hardware_out16
#define x86_out32     hardware_out32
#include <hw/x86.h>
#undef x86_rdtsc
#undef x86_invlpg
#undef x86_read_cr3
#undef x86_write_cr3
#undef x86_clear_segments
#undef x86_read_cr4
#undef x86_write_cr4
#undef x86_in8
#undef x86_in16
#undef x86_in32
#undef x86_out8
#undef x86_out16
#undef x86_out32
uint64_t x86_rdtsc(void);
void x86_invlpg(uint64_t va);
uint64_t x86_read_cr3(void);
void x86_write_cr3(uint64_t value);
void x86_clear_segments(void);
uint64_t x86_read_cr4(void);
void x86_write_cr4(uint64_t value);
uint8_t x86_in8(uint16_t port);
uint16_t x86_in16(uint16_t port);
uint32_t x86_in32(uint16_t port);
void x86_out8(uint16_t port, uint8_t value);
void x86_out16(uint16_t port, uint16_t value);
void x86_out32(uint16_t port, uint32_t value);

#define this_cpu hardware_cpu
#include "../../kernel/cpu.h"
#undef this_cpu
struct cpu *this_cpu(void);

#include "../../kernel/memory.h"
#undef KPOOL_VA
#undef WINDOW_VA
#define FAKE_POOL_BYTES (8u << 20)
extern uint8_t fake_pool[FAKE_POOL_BYTES], fake_window[2 * WINDOW_BYTES];
#define KPOOL_VA ((uint64_t)fake_pool)
#define WINDOW_VA ((uint64_t)fake_window)

/* What tests read and set. */
#define FAKE_POOL_BASE 0x100000000ull /* physical */
extern uint64_t fake_tsc, fake_cr3;
extern struct cpu fake_cpu, *fake_this; /* the first one; the one that acts */
extern unsigned fake_panics;       /* sys_panic returns to the test through expect_panic */
/* An account that may use so many pages; makes the pool anew. */
void fake_pool_make(struct account *account, uint64_t quota);
/* True when `step` panicked. */
bool fake_panicked(void (*step)(void *context), void *context);

#endif
