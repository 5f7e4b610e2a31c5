/* SPDX-License-Identifier: MIT */
/*
 * Byte ring in shared memory: one writer, one reader, on either side of a trust boundary.
 * head and tail run freely and are taken modulo the size (a power of two) by each side for
 * itself; a side trusts neither index of the other: used = min(head - tail, size).
 */
#ifndef ABI_RING_H
#define ABI_RING_H

#include <stdint.h>

struct ring {
    volatile uint32_t head; /* bytes ever written; only the writer changes it */
    uint32_t pad0[15];
    volatile uint32_t tail; /* bytes ever read; only the reader changes it */
    uint32_t pad1[15];
};

#define CONSOLE_OUT_BYTES 8192u
#define CONSOLE_IN_BYTES  1024u

/* The console of one partition, shared with root: program writes out, root writes in. */
struct console_shm {
    struct ring out;
    struct ring in;
    uint8_t in_data[CONSOLE_IN_BYTES];
    volatile uint32_t kicks; /* signs of life, counted by the program for its watchdog */
    volatile uint32_t cpus_wanted; /* VM: a bit for each vCPU that it is to have; root writes it */
    volatile uint64_t cpus_state;  /* VM: below, those that are there; above, the cpus_wanted that they answer */
    uint8_t reserved[4096 - 2 * sizeof(struct ring) - CONSOLE_IN_BYTES - 16];
    uint8_t out_data[CONSOLE_OUT_BYTES];
};
#define CONSOLE_SHM_BYTES 12288u
_Static_assert(sizeof(struct console_shm) == CONSOLE_SHM_BYTES, "three pages");

/* Event bits that root and children use on each other's event words. */
#define EVENT_CONSOLE (1ull << 0) /* in a child: console input arrived or output was drained */
#define EVENT_POWER   (1ull << 1) /* in a VMM: press the guest's power button */
#define EVENT_STOP    (1ull << 2) /* in a container: please end */
#define EVENT_CPUS    (1ull << 4) /* in a VMM: cpus_wanted changed (bit 3 is the C library's) */

#endif
