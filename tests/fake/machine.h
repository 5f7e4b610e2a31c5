/* SPDX-License-Identifier: MIT */
/*
 * A machine of two CPUs under the real kernel/, for whoever makes system calls at random. The CPUs take turns: each is
 * somewhere in ring 3 or idle, and what ring 0 does at a way in runs to its next way out. Guests and user memory are
 * the test's.
 */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <fake/ring0.h>
#include <kernel/object.h>

#define MACHINE_CPUS 2u
#define USER_BYTES   8192u /* user memory: addresses 0 .. here; all partitions have the same */

extern uint8_t user_memory[USER_BYTES];
extern struct part machine_root;

/* What the fuzzer decides while ring 0 runs. */
uint8_t machine_choice(void);

/* As after start-up: root's first thread runs on CPU 0. */
void machine_start(void);
void machine_turn(unsigned cpu); /* from now on this one acts; it takes the interrupts that wait for it */
struct thread *machine_thread(void); /* in ring 3 on the CPU that acts, or NULL */
/* True: the thread has to make its last call again (syscall_restart). */
bool machine_restarts(const struct thread *thread);
void machine_call(struct thread *thread, uint64_t number, const uint64_t argument[5]);
/* All partitions but root end, all that root made goes. */
void machine_stop(void);

/* books.c: what must hold between any two calls; aborts with a line that says what does not */
void books_check(void);
void books_check_tables(void); /* the same for all mappings; slow */
void books_check_end(void);    /* after machine_stop: everything is back */
#define MACHINE_PARTS 64u
extern struct part *machine_part[MACHINE_PARTS]; /* that live, root first */
extern unsigned machine_parts;

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
