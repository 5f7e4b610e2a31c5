// SPDX-License-Identifier: MIT
// x_vmx: every VMX and SMX instruction, many times, with valid-looking and with wild operands, rings 0 and 3.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/trap.h>

extern const char vmx_snippets[], vmx_snippets_end[];

#define SNIPPET 16

static uint64_t other[4];

static void count(unsigned vector)
{
    other[vector == VEC_UD ? 0 : vector == VEC_GP ? 1 : vector == VEC_NONE ? 2 : 3]++;
}

static void ring0(void)
{
    static uint8_t region[4096] __attribute__((aligned(4096)));
    static const uint64_t operands[] = {0, 0x1000, 0xdeadbeef, 0x8000000000000000, ~0ull, 0x7ffffffff000};
    region[0] = 4;
    for (const char *at = vmx_snippets; at < vmx_snippets_end; at += SNIPPET) {
        count(TRY("call *%0", "a"(at), "c"(region), "d"(region)));
        for (unsigned i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
            count(TRY("call *%0", "a"(at), "c"(&operands[i]), "d"(operands[i])));
    }
}

static void ring3(void)
{
    static uint8_t stack[4096];
    for (const char *at = vmx_snippets; at < vmx_snippets_end; at += SNIPPET) {
        trap_user(USER_ALIAS + (uint64_t)at, USER_ALIAS + (uint64_t)stack + 2048);
        count(trap_taken());
    }
}

static void hypercalls(void)
{
    for (uint64_t n = 0; n < 4096; n++)
        TRY("vmcall", "a"(n * 0x1001), "b"(~n), "c"(n << 40), "d"(n));
    for (unsigned bit = 0; bit < 64; bit++)
        TRY("vmcall", "a"(BIT(bit)), "b"(~0ull), "c"(~0ull), "d"(~0ull));
}

void guest_main(const char *cmdline)
{
    (void)cmdline;
    report_name("x_vmx");
    for (unsigned i = 0; i < 100; i++)
        ring0();
    print("ring 0: %lu #UD, %lu #GP, %lu none, %lu other\n", other[0], other[1], other[2], other[3]);
    check_eq(other[2], 0, "VMX instructions that did not fault");
    write_cr4(read_cr4()); /* and CR4.VMXE stays away */
    check_trap(try_cr4(read_cr4() | CR4_VMXE), VEC_GP, "CR4.VMXE");
    memset(other, 0, sizeof(other));
    for (unsigned i = 0; i < 100; i++)
        ring3();
    print("ring 3: %lu #UD, %lu #GP, %lu none, %lu other\n", other[0], other[1], other[2], other[3]);
    hypercalls();
    check(true, "alive behind it");
}
