// SPDX-License-Identifier: MIT
// The table of system calls, and what their handlers share.
#include "syscall.h"

typedef int64_t handler(void);
extern handler *const syscall_table[SYS_COUNT];
#define ENTRY(name) [SYS_##name] = (handler *)(void *)call_##name,
handler *const syscall_table[SYS_COUNT] = {
#define CALL_0(name, ...) ENTRY(name)
#define CALL_1(name, ...) ENTRY(name)
#define CALL_2(name, ...) ENTRY(name)
#define CALL_3(name, ...) ENTRY(name)
#define CALL_4(name, ...) ENTRY(name)
#define CALL_5(name, ...) ENTRY(name)
#include <abi/syscall.def>
};

// Long work goes on as a new call of the same thread, so that others and interrupts get in between.
void syscall_restart(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
    struct thread *t = current();

    if (t->full)
        return;
    t->regs.rcx = t->regs.rsp;
    t->regs.rdx = t->regs.rip;
    t->regs.rip -= 2; // the SYSENTER instruction itself
    t->regs.rax = number;
    t->regs.rdi = a0;
    t->regs.rsi = a1;
    t->regs.r8 = a2;
    t->regs.r9 = a3;
    t->regs.r10 = a4;
    t->regs.r11 = 0;
    t->regs.rflags = RFLAGS_ONE | RFLAGS_IF;
    t->full = 1;
    t->cpu->resched = 1;
}

struct part *part_argument(uint64_t handle, enum status *status)
{
    struct part *self = current()->part;

    *status = OK;
    if (handle == 0)
        return self;
    struct handle *h = handle_find(self, handle, OBJECT_PART);
    if (!h)
        *status = ERR_HANDLE;
    else if (!(h->rights & RIGHT_MANAGE))
        *status = ERR_RIGHTS;
    return *status == OK ? (struct part *)h->object : NULL;
}
