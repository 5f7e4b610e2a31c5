/* SPDX-License-Identifier: MIT */
/*
 * First program of a timed Linux: says how many TSC ticks passed since the kernel was entered
 * (entry_tsc in its environment, from the kernel's command line; 0 in a VM, whose TSC starts with
 * it), and stops the machine. Needs no C library, so that nothing but the kernel is timed.
 */
#include <stdint.h>

#define SYS_WRITE  1
#define SYS_IOCTL  16
#define SYS_REBOOT 169
#define TCSBRK     0x5409 /* with 1: wait until all output is sent */

static long call(long number, long a, long b, long c, long d)
{
    register long r10 __asm__("r10") = d;
    long result;

    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}

static uint64_t entry_tsc(char **environment)
{
    const char name[] = "entry_tsc=";

    for (; *environment; environment++) {
        unsigned n = 0;
        uint64_t value = 0;
        while (name[n] && (*environment)[n] == name[n])
            n++;
        if (name[n])
            continue;
        for (const char *digit = *environment + n; *digit >= '0' && *digit <= '9'; digit++)
            value = value * 10 + (uint64_t)(*digit - '0');
        return value;
    }
    return 0;
}

__attribute__((used)) static void start(long *stack)
{
    uint32_t low, high;
    char text[48] = "\nboot-ticks: ";
    unsigned n = 13, digits = 0;
    char reversed[20];

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    uint64_t ticks = ((uint64_t)high << 32 | low) - entry_tsc((char **)(stack + *stack + 2));
    do {
        reversed[digits++] = (char)('0' + ticks % 10);
        ticks /= 10;
    } while (ticks);
    while (digits > 0)
        text[n++] = reversed[--digits];
    text[n++] = '\n';
    call(SYS_WRITE, 1, (long)text, n, 0);
    call(SYS_IOCTL, 1, TCSBRK, 1, 0);
    call(SYS_REBOOT, 0xfee1dead, 672274793, 0x4321fedc, 0); /* power off */
    for (;;)
        ;
}

__asm__(".global _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
