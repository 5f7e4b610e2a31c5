/* SPDX-License-Identifier: MIT */
/*
 * Container that does one forbidden thing, named by its argument, and must be ended for it. When
 * it is still alive afterwards it says so and exits with code 99.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <abi/start.h>
#include <abi/syscall.h>

#define KERNEL_IMAGE 0xffffffff80000000ull
#define KERNEL_POOL  0xffff800000000000ull
#define NONCANONICAL 0x0000800000000000ull
#define OUTSIDE      0x0000600000000000ull

int main(int argc, char **argv);

static uint8_t code[16] = { 0xc3 }; /* RET, in writable memory */
static volatile uint64_t sink;

static void read_at(uint64_t va) { sink = *(volatile uint64_t *)va; }
static void write_at(uint64_t va) { *(volatile uint64_t *)va = 0x4141; }
static void run_at(uint64_t va) { ((void (*)(void))va)(); }

__attribute__((noinline)) static uint64_t overflow(uint64_t depth)
{
    volatile uint8_t frame[1024];

    frame[depth % sizeof(frame)] = 1;
    if (depth == UINT64_MAX)
        return 0;
    return overflow(depth + 1) + frame[depth % sizeof(frame)];
}

/* A system call that asks to return to, or with, an address of its choice. */
static void call_with(uint64_t rip, uint64_t rsp)
{
    __asm__ volatile("sysenter"
                     :
                     : "a"((uint64_t)SYS_null), "d"(rip), "c"(rsp)
                     : "rdi", "rsi", "r8", "r9", "r10", "r11", "cc", "memory");
}

/*
 * A VM exit sets the GDT's limit to 64 KiB. Where the table would go on 22 to 31 KiB behind its
 * beginning nothing may be mapped: a page fault ends this. Else LSL would look at ring 0's memory.
 */
static int descriptor_beyond_tss(void)
{
    for (uint32_t selector = 0x5623; selector < 0x7e00; selector += 8) {
        uint64_t limit;
        uint8_t found;
        __asm__ volatile("lslq %2, %0; setz %1" : "=r"(limit), "=q"(found) : "r"((uint64_t)selector) : "cc");
        if (found)
            return 1;
    }
    return 0;
}

#define ATTACK(tag, name, ...)                                                                     \
    static void tag(void) { __VA_ARGS__; }
#include "attacks.def"
#undef ATTACK

static const struct {
    const char *name;
    void (*run)(void);
} attacks[] = {
#define ATTACK(tag, name, ...) { name, tag },
#include "attacks.def"
#undef ATTACK
};

int main(int argc, char **argv)
{
    for (unsigned i = 0; argc > 1 && i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        if (strcmp(attacks[i].name, argv[1]) != 0)
            continue;
        printf("%s: now %s\n", argv[0], argv[1]);
        attacks[i].run();
        printf("%s: still alive after %s\n", argv[0], argv[1]);
        return 99;
    }
    printf("%s: no such attack\n", argv[0]);
    return 98;
}
