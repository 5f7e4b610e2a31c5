/* SPDX-License-Identifier: MIT */
/*
 * CPUs that come and go: the words of GUEST_PORT_CPUS (abi/guest.h), through which the guest's ACPI tables learn which
 * CPUs are there, which came, and which the system wants back. Nobody takes one from a guest: it gives it.
 */
#ifndef VMM_DEV_HOTCPU_H
#define VMM_DEV_HOTCPU_H

#include <stdbool.h>
#include <stdint.h>
#include "bus.h"

struct hotcpu {
    uint32_t all;    /* a bit for each vCPU that can be; CPU 0 is always there */
    uint32_t wanted; /* the system wants the guest to have these */
    uint32_t there;
    uint32_t came;   /* and the guest did not take notice yet */
    uint32_t back;   /* are asked for, and the guest did not take notice yet */
    void (*changed)(void *ctx);             /* came or back has new bits */
    void (*gave)(void *ctx, uint32_t cpus); /* the guest gave these back */
    void *ctx;
};

/* After a reset of the VM those that are wanted are there. */
void hotcpu_reset(struct hotcpu *hotcpu, unsigned cpus);

/* From now on it is to have these: what is missing comes at once, what is too much is asked for. */
void hotcpu_want(struct hotcpu *hotcpu, uint32_t wanted);

static inline bool hotcpu_has(const struct hotcpu *hotcpu, unsigned cpu)
{
    return (hotcpu->there >> cpu & 1) != 0;
}

void hotcpu_attach(struct hotcpu *hotcpu, struct bus *io);

#endif
