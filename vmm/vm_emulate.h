/* SPDX-License-Identifier: MIT */
/* Exits that need the instruction emulator. */
#ifndef VMM_VM_EMULATE_H
#define VMM_VM_EMULATE_H

#include "vm.h"

void vm_emulate_init(struct vm *vm);
void vm_emulate_mmio(struct vm *vm);
void vm_emulate_string_io(struct vm *vm);

/* #PF needs CR2 as well: set it and raise the exception. */
void vm_inject_page_fault(struct vm *vm, uint64_t cr2, uint32_t error);

#endif
