/* SPDX-License-Identifier: MIT */
/*
 * The trace: one ring of fixed-size records a CPU, written by the kernel, read by root. Positions
 * count the records that a CPU ever wrote; the oldest are overwritten.
 *
 *   EXIT    number: exit reason | TRACE_LEFT; tsc: of the exit;
 *           duration: until the guest went on; value: its RIP then
 *   SWITCH  the scheduler chose the thread (TRACE_NONE: the CPU idles)
 *   BLOCK   the thread cannot run any more; number: enum trace_block
 *   WAKE    the thread need not wait any more; duration: since then, when its timer was late
 *   IRQ     host interrupt; number: vector
 *   LIFE    number: enum trace_life. CREATED: value and duration are the first 16 bytes of the name; STARTED
 *           (the thread): value is the CPU; ENDED: value is enum part_end, duration the exit code
 */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

enum trace_type { TRACE_EXIT, TRACE_SWITCH, TRACE_BLOCK, TRACE_WAKE, TRACE_IRQ, TRACE_LIFE, TRACE_TYPES };
enum trace_block { BLOCK_WAITING, BLOCK_HALTED, BLOCK_THROTTLED };
enum trace_life { TRACE_CREATED, TRACE_STARTED, TRACE_ENDED, TRACE_DESTROYED };
#define TRACE_LEFT 0x8000u /* the exit went through the VMM, another thread or sleep before the guest went on */
#define TRACE_NONE 0xffu   /* no thread */

struct trace_record {
    uint64_t tsc;
    uint64_t what; /* enum trace_type | thread << 8 | number << 16 | part_info.id << 32 */
    uint64_t value, duration;
};

#endif
