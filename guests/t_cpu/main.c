// SPDX-License-Identifier: MIT
// t_cpu: what a virtual CPU must do as the SDM says, from CPUID to exceptions.
#include <guest/time.h>
#include "t_cpu.h"

unsigned in_ring3(const char *snippet)
{
    static uint8_t stack[4096] __attribute__((aligned(16)));
    trap_user(USER_ALIAS + (uint64_t)snippet, USER_ALIAS + (uint64_t)stack + sizeof(stack) - 64);
    return trap_taken();
}

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {
        {"cpuid", test_cpuid},         {"msr", test_msr},           {"cr", test_cr},
        {"xcr", test_xcr},             {"fputrap", test_fputrap},   {"debug", test_debug},
        {"exception", test_exception}, {"delivery", test_delivery}, {"step", test_step},
        {"shadow", test_shadow},       {"fpu", test_fpu},           {"stringio", test_stringio},
        {"tsc", test_tsc},
    };
    time_init();
    run_groups("t_cpu", groups, sizeof(groups) / sizeof(groups[0]), cmdline);
}
