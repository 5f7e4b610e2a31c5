/* SPDX-License-Identifier: MIT */
/* What the CPU holds for this program survives system calls, sleeping and other programs. */
#include <stdint.h>
#include <unistd.h>
#include <user/sys.h>
#include "test.h"

#define ROUNDS 20

/* xmm0-15 are loaded, a call sleeps, and they are compared: all in one asm, so nothing else touches them. */
static bool sse_kept(uint64_t seed)
{
    uint64_t saved[16], expected[16];

    for (uint64_t i = 0; i < 16; i++)
        expected[i] = seed * 0x9e3779b97f4a7c15ull + i;
#define LOAD(n) "movq " #n "*8(%[in]), %%xmm" #n "\n\t"
#define SAVE(n) "movq %%xmm" #n ", " #n "*8(%[out])\n\t"
    __asm__ volatile(LOAD(0) LOAD(1) LOAD(2) LOAD(3) LOAD(4) LOAD(5) LOAD(6) LOAD(7) LOAD(8)
                     LOAD(9) LOAD(10) LOAD(11) LOAD(12) LOAD(13) LOAD(14) LOAD(15)
                     "movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:\n\t"
                     SAVE(0) SAVE(1) SAVE(2) SAVE(3) SAVE(4) SAVE(5) SAVE(6) SAVE(7) SAVE(8)
                     SAVE(9) SAVE(10) SAVE(11) SAVE(12) SAVE(13) SAVE(14) SAVE(15)
                     :
                     : "a"((uint64_t)SYS_yield), [in] "r"(expected), [out] "r"(saved)
                     : "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "cc", "memory",
                       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#undef LOAD
#undef SAVE
    for (int i = 0; i < 16; i++)
        if (saved[i] != expected[i])
            return false;
    return true;
}

static bool x87_kept(void)
{
    long double before = 1.0L / 3.0L, after;

    __asm__ volatile("fldt %1\n\t"
                     "movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:\n\t"
                     "fstpt %0"
                     : "=m"(after)
                     : "m"(before), "a"((uint64_t)SYS_yield)
                     : "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "cc", "memory", "st");
    return before == after;
}

/* Control and status words: rounding mode and masks are the program's own. */
static bool mxcsr_kept(void)
{
    uint32_t want = 0x7f80, got, normal = 0x1f80; /* round towards zero */

    __asm__ volatile("ldmxcsr %0" : : "m"(want));
    usleep(1000);
    __asm__ volatile("stmxcsr %0" : "=m"(got));
    __asm__ volatile("ldmxcsr %0" : : "m"(normal));
    return (got & 0x7fc0) == (want & 0x7fc0);
}

/* rbx, rbp, r12-r15, the red zone and the direction flag's clear state. */
static bool registers_kept(void)
{
    uint64_t sum;

    __asm__ volatile("movq $0x11, %%rbx\n\t"
                     "movq $0x22, %%r12\n\t"
                     "movq $0x44, %%r13\n\t"
                     "movq $0x88, %%r14\n\t"
                     "movq $0x100, %%r15\n\t"
                     "movq $0x200, -16(%%rsp)\n\t"
                     "movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:\n\t"
                     "movq %%rbx, %%rax\n\t"
                     "addq %%r12, %%rax\n\t"
                     "addq %%r13, %%rax\n\t"
                     "addq %%r14, %%rax\n\t"
                     "addq %%r15, %%rax\n\t"
                     "addq -16(%%rsp), %%rax"
                     : "=a"(sum)
                     : "a"((uint64_t)SYS_null)
                     : "rbx", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "cc", "memory");
    return sum == 0x3ff;
}

void test_state(void)
{
    bool sse = true, x87 = true;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        sse = sse && sse_kept(i);
        x87 = x87 && x87_kept();
        usleep(500);
    }
    CHECK(sse);
    CHECK(x87);
    CHECK(mxcsr_kept());
    CHECK(registers_kept());
}
