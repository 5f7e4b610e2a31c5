/* SPDX-License-Identifier: MIT */
/*
 * The system calls as functions sys_NAME(), generated from <abi/syscall.def>, where each is
 * described. Each returns what the kernel returned: negative = enum status.
 */
#ifndef USER_SYS_H
#define USER_SYS_H

#include <stdint.h>
#include <abi/frames.h>
#include <abi/syscall.h>

/*
 * SYSENTER saves nothing (SDM vol. 2): the kernel returns to RDX with the stack pointer of RCX.
 * The red zone below RSP stays as it is, since neither side touches the user's stack.
 */
static inline int64_t sys_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                               uint64_t e)
{
    register uint64_t r8 __asm__("r8") = c;
    register uint64_t r9 __asm__("r9") = d;
    register uint64_t r10 __asm__("r10") = e;
    int64_t result = (int64_t)number;

    __asm__ volatile("movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:"
                     : "+a"(result), "+D"(a), "+S"(b), "+r"(r8), "+r"(r9), "+r"(r10)
                     :
                     : "rcx", "rdx", "r11", "cc", "memory");
    return result;
}

/* The short ones do not load what the kernel does not look at. */
static inline int64_t sys_call_0(uint64_t number)
{
    int64_t result = (int64_t)number;

    __asm__ volatile("movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:"
                     : "+a"(result)
                     :
                     : "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "cc", "memory");
    return result;
}

static inline int64_t sys_call_1(uint64_t number, uint64_t a)
{
    int64_t result = (int64_t)number;

    __asm__ volatile("movq %%rsp, %%rcx\n\t"
                     "leaq 1f(%%rip), %%rdx\n\t"
                     "sysenter\n"
                     "1:"
                     : "+a"(result), "+D"(a)
                     :
                     : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory");
    return result;
}

#define CALL_0(name, text)                                                                         \
    static inline int64_t sys_##name(void) { return sys_call_0(SYS_##name); }
#define CALL_1(name, t1, a1, text)                                                                 \
    static inline int64_t sys_##name(t1 a1)                                                        \
    {                                                                                              \
        return sys_call_1(SYS_##name, (uint64_t)a1);                                               \
    }
#define CALL_2(name, t1, a1, t2, a2, text)                                                         \
    static inline int64_t sys_##name(t1 a1, t2 a2)                                                 \
    {                                                                                              \
        return sys_call(SYS_##name, (uint64_t)a1, (uint64_t)a2, 0, 0, 0);                          \
    }
#define CALL_3(name, t1, a1, t2, a2, t3, a3, text)                                                 \
    static inline int64_t sys_##name(t1 a1, t2 a2, t3 a3)                                          \
    {                                                                                              \
        return sys_call(SYS_##name, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, 0, 0);               \
    }
#define CALL_4(name, t1, a1, t2, a2, t3, a3, t4, a4, text)                                         \
    static inline int64_t sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)                                   \
    {                                                                                              \
        return sys_call(SYS_##name, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, (uint64_t)a4, 0);    \
    }
#define CALL_5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, text)                                 \
    static inline int64_t sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                            \
    {                                                                                              \
        return sys_call(SYS_##name, (uint64_t)a1, (uint64_t)a2, (uint64_t)a3, (uint64_t)a4,        \
                        (uint64_t)a5);                                                             \
    }
#include <abi/syscall.def>

/* The text of a result: "success" for 0 and above. */
const char *sys_error(int64_t result);

#endif
