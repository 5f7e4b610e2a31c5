/* SPDX-License-Identifier: MIT */
/* Start-up. */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

#include <abi/boot_info.h>
#include "object.h"

extern bool vmx_available; /* VMs can run on this machine */
noreturn void kernel_main(const struct boot_info *boot);
void init_cpu_vmx(struct cpu *cpu);
noreturn void root_start(const struct boot_info *boot);

#endif
