/* SPDX-License-Identifier: MIT */
/* The system calls for host tests of ring-3 code: functions that the test makes. */
#ifndef USER_SYS_H
#define USER_SYS_H

#include <stdint.h>
#include <abi/frames.h>
#include <abi/syscall.h>

#define CALL_0(name, text) int64_t sys_##name(void);
#define CALL_1(name, t1, a1, text) int64_t sys_##name(t1 a1);
#define CALL_2(name, t1, a1, t2, a2, text) int64_t sys_##name(t1 a1, t2 a2);
#define CALL_3(name, t1, a1, t2, a2, t3, a3, text) int64_t sys_##name(t1 a1, t2 a2, t3 a3);
#define CALL_4(name, t1, a1, t2, a2, t3, a3, t4, a4, text) int64_t sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);
#define CALL_5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, text)                                 \
    int64_t sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);
#include <abi/syscall.def>

#endif
