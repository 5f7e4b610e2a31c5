/* SPDX-License-Identifier: MIT */
/* Hardware task switches, which VT-x always hands to software (SDM vol. 3, chapter 7). */
#ifndef VMM_TASK_H
#define VMM_TASK_H

#include "vm.h"

/* EXIT_TASK_SWITCH: do it, or raise the fault that it causes. */
void task_switch(struct vm *vm);

#endif
