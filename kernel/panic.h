/* SPDX-License-Identifier: MIT */
/* The end of the machine: our own bug (panic), or what the operator asked for. */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <abi/boot_info.h>
#include "entry.h"

noreturn void panic_trap(const struct trap_frame *frame);
void panic_nmi(void); /* an NMI came: stops this CPU if another panics */
void power_init(const struct boot_info *boot);
noreturn void power_end(uint64_t how); /* 0 off, 1 reboot */

#endif
