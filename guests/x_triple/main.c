// SPDX-License-Identifier: MIT
// x_triple: faults with no way to handle it: the CPU shuts down.
#include <guest/print.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

void guest_main(const char *cmdline)
{
    print("x_triple: now\n");
    trap_idt_load(0, 0);
    if (text_has_word(cmdline, "stack"))
        asm volatile("movq %0, %%rsp; ud2" ::"r"(0x8000000000000000));
    asm volatile("ud2");
}
