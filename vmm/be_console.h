/* SPDX-License-Identifier: MIT */
/* The console of the partition as the other end of the guest's serial line. */
#ifndef VMM_BE_CONSOLE_H
#define VMM_BE_CONSOLE_H

#include "vm.h"

struct be_console {
    bool waited; /* a full ring made us wait, which took EVENT_CONSOLE: there may be input */
};

struct vm_console be_console_open(struct be_console *console);

#endif
