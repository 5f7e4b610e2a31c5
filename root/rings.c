/* SPDX-License-Identifier: MIT */
/* The memory of a partition's console in root: its rings and, behind them, the scrollback. */
#include <stddef.h>
#include <string.h>
#include <abi/start.h>
#include <user/sys.h>
#include "rings.h"

#define STRIDE      (1ull << 17) /* of address space for each slot */
#define TABLE_BYTES (1ull << 21) /* what one page table maps */
_Static_assert(CONSOLE_SHM_BYTES + SCROLL_BYTES <= STRIDE, "room for both");

static uint64_t slot_va(unsigned slot)
{
    return USER_WINDOW_VA + slot * STRIDE;
}

void rings_prepare(void)
{
    int64_t mem = sys_mem_create(H_SELF_PART, 4096, 0);

    for (uint64_t va = slot_va(0); mem > 0 && va < slot_va(PART_MAX); va += TABLE_BYTES) {
        (void)sys_mem_map(0, (uint64_t)mem, 0, va | MAP_READ, 4096);
        (void)sys_mem_unmap(0, va, 4096);
    }
    if (mem > 0)
        sys_handle_close((uint64_t)mem);
}

static int64_t make(struct part *part)
{
    uint64_t va = slot_va(part->slot);
    int64_t mem = sys_mem_create(H_SELF_PART, CONSOLE_SHM_BYTES, 0);
    int64_t result;

    if (mem < 0)
        return mem;
    result = sys_mem_map(0, (uint64_t)mem, 0, va | MAP_READ | MAP_WRITE, CONSOLE_SHM_BYTES);
    if (result < 0) {
        sys_handle_close((uint64_t)mem);
        return result;
    }
    part->shm = mem;
    part->scroll = (struct scrollback){ .text = (char *)va + CONSOLE_SHM_BYTES };
    return 0;
}

/* What it wrote in its life before stays, told apart. */
static void begin_again(struct scrollback *scroll)
{
    static const char line[] = "\r\n-- started again --\r\n";

    if (scroll->written != 0)
        scroll_add(scroll, line, sizeof(line) - 1);
}

int64_t rings_open(struct part *part)
{
    struct console_shm *shm = (struct console_shm *)slot_va(part->slot);
    int64_t result = part->shm > 0 ? 0 : make(part);

    if (result < 0)
        return result;
    begin_again(&part->scroll);
    memset(shm, 0, offsetof(struct console_shm, in_data));
    part->watch.kicks = &shm->kicks;
    part->hot = (struct hot_cpus){ .word = &shm->cpus_wanted, .state = &shm->cpus_state, .wanted = part->plan.given };
    shm->cpus_wanted = part->plan.given;
    shm->cpus_state = 0; /* no answer yet */
    ring_reader_init(&part->out, &shm->out, shm->out_data, sizeof(shm->out_data));
    ring_writer_init(&part->in, &shm->in, shm->in_data, sizeof(shm->in_data));
    return 0;
}

void rings_close(struct part *part)
{
    if (part->shm <= 0)
        return;
    sys_mem_unmap(0, slot_va(part->slot), CONSOLE_SHM_BYTES + SCROLL_BYTES);
    sys_handle_close((uint64_t)part->shm);
    part->shm = 0;
    part->watch.kicks = NULL;
    part->scroll = (struct scrollback){ 0 };
}
