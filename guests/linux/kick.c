/* SPDX-License-Identifier: MIT */
/* kick SECONDS, for Linux guests: signs of life for the partition's watchdog, twice a second, for so long. */
#include <stdint.h>
#include <asm/unistd.h>

#define WATCHDOG_PORT 0xf8

static long call(long n, long a, long b, long c)
{
    long r;

    __asm__ volatile("syscall" : "=a"(r) : "0"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return r;
}

__attribute__((used)) static void start(long *stack)
{
    static const long half_second[2] = { 0, 500000000 };
    long seconds = 0, refused;

    for (const char *at = stack[0] > 1 ? (const char *)stack[2] : ""; *at; at++)
        seconds = 10 * seconds + *at - '0';
    refused = call(__NR_ioperm, WATCHDOG_PORT, 1, 1);
    for (long i = 0; !refused && i < 2 * seconds; i++) {
        __asm__ volatile("outb %0, %1" : : "a"((uint8_t)1), "Nd"((uint16_t)WATCHDOG_PORT));
        call(__NR_nanosleep, (long)half_second, 0, 0);
    }
    call(__NR_exit_group, refused != 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call start\n");
