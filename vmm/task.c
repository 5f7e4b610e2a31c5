/* SPDX-License-Identifier: MIT */
#include <abi/guest.h>
#include "task.h"

void task_switch(struct vm *vm)
{
    vm_end(vm, VM_END_INTERNAL, "task switch to selector 0x%x is not supported", vm->page->exit.task_selector);
}
