/* SPDX-License-Identifier: MIT */
/* Partitions, threads and handles; kernel_lock is held around all of it. */
#ifndef KERNEL_PART_H
#define KERNEL_PART_H

#include "object.h"

extern struct object ports_object, power_object; /* what handles to I/O ports and power name */

/* ---- handle.c ---- */
/* A new handle in part's table; slot 0 = any free one. Negative = status, else the slot. */
int64_t handle_add(struct part *part, uint64_t slot, struct object *object, uint32_t rights, uint64_t data) must_check;
struct handle *handle_find(struct part *part, uint64_t slot, enum object_type type);
void handle_remove(struct handle *handle);
uint32_t handle_count(struct part *part);
void handle_revoke_all(struct object *object); /* every handle to it, in all partitions */
bool handle_close_some(struct part *part);     /* bounded; true = none left */

/* ---- part.c ---- */
enum status part_create(struct part *parent, uint64_t kmem_pages, uint64_t mem_pages, struct part **part) must_check;
void part_kill(struct part *part, enum part_end end);
/* True when it is so; false: ask again, a CPU was told. */
bool part_pause(struct part *part, bool on) must_check;
/* One bounded step; OK with *done, or ERR_BUSY when others use what it owns. */
enum status part_destroy_step(struct part *part, bool *done) must_check;
void part_get_info(struct part *part, struct part_info *info);

/* ---- thread.c ---- */
/* A new thread, parked. */
enum status thread_create(struct part *part, const struct regs *regs, uint64_t placement,
                          struct thread **thread) must_check;
/* CPU, priority, budget of a thread that is parked and away; an error changes nothing. */
enum status thread_place(struct thread *thread, uint64_t placement) must_check;
void thread_destroy(struct thread *thread); /* stopped for good */

#endif
