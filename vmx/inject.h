/* SPDX-License-Identifier: MIT */
/* Events on their way into the guest. */
#ifndef VMX_INJECT_H
#define VMX_INJECT_H

#include "vcpu.h"

/* Raise a fault at the current instruction; a second one during delivery makes #DF or a shutdown. */
void event_fault(struct vmx_vcpu *v, unsigned vector);
void event_fault_error(struct vmx_vcpu *v, unsigned vector, uint32_t error);
/* #DB and #AC whose delivery was intercepted: RFLAGS are as they are to be saved already. */
void event_again(struct vmx_vcpu *v, unsigned vector, bool has_error, uint32_t error);
/* The exit hit the delivery of an event: queue that once more; true if so (SDM vol. 3, 27.2.4). */
bool event_requeue(struct vmx_vcpu *v);
/* True when the guest takes external interrupts at its next instruction. */
bool event_interruptible(const struct vmx_vcpu *v);
/* Does what v->pending asks for before an entry; may leave instead. */
void event_prepare(struct vmx_vcpu *v);

#endif
