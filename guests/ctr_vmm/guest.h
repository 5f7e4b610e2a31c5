/* SPDX-License-Identifier: MIT */
/* What ctr_vmm and its guest agree on: guest-physical addresses. */
#ifndef CTR_VMM_GUEST_H
#define CTR_VMM_GUEST_H

#define DOORBELL 1 /* HYPERCALL_DOORBELL */

#define SAMPLES 501
#define CODE    0x1000
#define RESULTS 0x2000
#define FRESH   0x100000 /* pages from here on are mapped when the guest touches them */

#endif
