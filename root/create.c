/* SPDX-License-Identifier: MIT */
/*
 * Creating a partition from its plan: program, stack, heap, files, console, guest memory, and
 * at last the thread. Whatever fails, the half-made partition is destroyed and the reason kept.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "elf_load.h"
#include "image.h"
#include "need.h"
#include "part.h"
#include "rings.h"
#include "shared.h"


static int64_t console_event; /* what children signal; made once */

/* Everything that a partition's first thread needs is filled in here. */
struct making {
    struct part *part;
    const struct plan_part *plan;
    struct program program;
    struct start_info info;
    int64_t own;       /* handle of its own memory while root has it, else 0 */
    uint64_t own_used; /* bytes of it that were mapped */
    char *why;
    size_t why_size;
};

static bool failed(struct making *m, const char *what, int64_t result)
{
    if (result >= 0)
        return false;
    snprintf(m->why, m->why_size, "%s: %s", what, sys_error(result));
    return true;
}

/* Modules are mapped where they lie, read-only, from root's own memory objects. */
static bool map_files(struct making *m)
{
    const struct start_info *si = start_info();
    char buffer[CONF_FILE];
    uint64_t va = FILES_VA;
    const char *name;

    for (unsigned n = 0; (name = need_file(m->part->conf, n, buffer)) != NULL; n++) {
        const struct start_file *file = *name != '\0' ? start_file_find(name) : NULL;
        struct start_file *to = &m->info.file[m->info.file_count];

        if (file == NULL || m->info.file_count == START_MAX_FILES)
            continue;
        if (failed(m, file->name,
                   file->bytes == 0 ? 0
                                    : sys_mem_map((uint64_t)m->part->handle,
                                                  H_MODULE0 + (uint64_t)(file - si->file), 0,
                                                  va | MAP_READ, need_pages(file->bytes) * PAGE)))
            return false;
        *to = *file;
        to->va = va;
        va += (need_pages(file->bytes) + 1) * PAGE;
        m->info.file_count++;
    }
    return true;
}

/* The child sees the rings only. */
static bool make_console(struct making *m)
{
    struct part *part = m->part;

    if (console_event <= 0)
        console_event = sys_event_create(0, ROOT_CONSOLE);
    return !failed(m, "console event", console_event) &&
           !failed(m, "console memory", rings_open(part)) &&
           !failed(m, "console of the partition",
                   sys_mem_map((uint64_t)part->handle, (uint64_t)part->shm, 0,
                               CONSOLE_VA | MAP_READ | MAP_WRITE, CONSOLE_SHM_BYTES)) &&
           !failed(m, "console event", sys_handle_give((uint64_t)part->handle, (uint64_t)console_event,
                                                       H_CONSOLE_EVENT, RIGHT_SIGNAL));
}

void part_drop_program(struct part *part)
{
    if (part->program != NULL)
        shared_release(part->program);
    part->program = NULL;
}

static bool make_guest_memory(struct making *m)
{
    int64_t mem, given;

    if (m->part->conf->kind != CONF_VM)
        return true;
    mem = sys_mem_create((uint64_t)m->part->handle, m->part->conf->memory, 0);
    if (failed(m, "guest memory", mem))
        return false;
    given = sys_handle_give((uint64_t)m->part->handle, (uint64_t)mem, H_MEMORY,
                            RIGHT_READ | RIGHT_WRITE | RIGHT_EXEC);
    sys_handle_close((uint64_t)mem);
    if (failed(m, "guest memory", given))
        return false;
    m->info.guest_ram_bytes = m->part->conf->memory;
    return true;
}

/* Of each thread; an unmapped page lies between two. */
static uint64_t stack_top(uint32_t thread)
{
    return USER_STACK_TOP - thread * (STACK_PAGES + 1) * PAGE;
}

/*
 * All memory that is its own is one object: start information, what its program may write, stacks, heap. Mapped as the
 * program expects it; what lies there first is filled at last.
 */
static bool own_map(struct making *m, const char *what, uint64_t va_prot, uint64_t pages)
{
    int64_t result = sys_mem_map((uint64_t)m->part->handle, (uint64_t)m->own, m->own_used, va_prot, pages * PAGE);

    m->own_used += pages * PAGE;
    return !failed(m, what, result);
}

static bool make_memory(struct making *m)
{
    uint64_t heap = need_pages(need_heap(m->part->conf));
    uint64_t pages = START_PAGES + m->program.pages + cpus_most(&m->part->conf->cpus) * STACK_PAGES + heap;

    m->info.heap_va = m->program.end + HEAP_GUARD;
    m->info.heap_bytes = need_heap(m->part->conf);
    m->own = sys_mem_create((uint64_t)m->part->handle, pages * PAGE, 0);
    if (failed(m, "memory", m->own) || !own_map(m, "start information", START_INFO_VA | MAP_READ, START_PAGES) ||
        !program_load(&m->program, m->part->handle, m->own, m->own_used, m->why, m->why_size))
        return false;
    m->own_used += m->program.pages * PAGE;
    for (uint32_t i = 0; i < cpus_most(&m->part->conf->cpus); i++)
        if (!own_map(m, "stack", (stack_top(i) - STACK_PAGES * PAGE) | MAP_READ | MAP_WRITE, STACK_PAGES))
            return false;
    return own_map(m, "heap", m->info.heap_va | MAP_READ | MAP_WRITE, heap);
}

static bool make_start_info(struct making *m)
{
    const struct start_info *si = start_info();
    const struct conf_part *part = m->part->conf;

    m->info.magic = START_MAGIC;
    m->info.bytes = sizeof(m->info);
    strcpy(m->info.name, part->name);
    m->info.flags |= si->flags;
    memcpy(m->info.vmx_cr_fixed, si->vmx_cr_fixed, sizeof(si->vmx_cr_fixed));
    m->info.tsc_hz = si->tsc_hz;
    m->info.wall_ns = si->wall_ns;
    m->info.wall_tsc = si->wall_tsc;
    m->info.cpu_count = cpus_most(&part->cpus);
    strcpy(m->info.args, part->args);
    if (part->kind == CONF_VM && !conf_vmm_text(part, m->info.conf, sizeof(m->info.conf))) {
        snprintf(m->why, m->why_size, "its settings are longer than %zu bytes",
                 sizeof(m->info.conf) - 1);
        return false;
    }
    return true;
}

static bool fill_memory(struct making *m)
{
    uint64_t bytes = (START_PAGES + m->program.pages) * PAGE;

    if (failed(m, "start information", memory_show(m->own, bytes)))
        return false;
    memcpy(MEMORY_SHOWN, &m->info, offsetof(struct start_info, file) + m->info.file_count * sizeof(m->info.file[0]));
    program_fill(&m->program, MEMORY_SHOWN + START_PAGES * PAGE);
    return !failed(m, "start information", memory_hide(bytes));
}

#define PARKED_BUDGET 10u    /* in 1/10000 */
#define PARKED_PERIOD 10000u /* 1 s */

/*
 * The thread of a vCPU that has no CPU sleeps. Its home is that of the first vCPU, where it takes nothing from others:
 * on an exclusive CPU they are among themselves, on a shared one it gets next to nothing, whatever its program does.
 */
static uint64_t parked_placement(const struct part *part)
{
    if (part->conf->cpus.exclusive)
        return PLACEMENT(part->plan.cpu[0], part->conf->priority, 0, 0, 0) | PLACE_EXCLUSIVE;
    return PLACEMENT(part->plan.cpu[0], part->conf->priority, PARKED_BUDGET, 0, PARKED_PERIOD);
}

uint64_t part_placement(const struct part *part, uint32_t thread)
{
    if (!plan_has(&part->plan, thread))
        return parked_placement(part);
    return PLACEMENT(part->plan.cpu[thread], part->conf->priority, part->conf->budget,
                     part->conf->reserve, part->conf->period_us / 100) |
           (part->conf->cpus.exclusive ? PLACE_EXCLUSIVE : 0);
}

/* The first takes the events of console and power button; the others start with their number. */
static bool start_thread(struct making *m, uint32_t number)
{
    const struct conf_part *part = m->part->conf;
    int64_t thread = sys_thread_create((uint64_t)m->part->handle, m->program.entry, stack_top(number),
                                       number, part_placement(m->part, number));

    if (failed(m, "thread", thread))
        return false;
    if (number == 0) {
        m->part->wake = sys_event_create((uint64_t)thread, EVENT_CONSOLE);
        m->part->stop = sys_event_create((uint64_t)thread, part->kind == CONF_VM ? EVENT_POWER : EVENT_STOP);
        if (cpus_most(&part->cpus) > 1)
            m->part->hot.event = sys_event_create((uint64_t)thread, EVENT_CPUS);
    }
    m->part->thread[number] = thread;
    return true; /* a thread that ended already takes no events: life_check() will see it */
}

static bool start_threads(struct making *m)
{
    for (uint32_t i = 0; i < cpus_most(&m->part->conf->cpus); i++)
        if (!start_thread(m, i))
            return false;
    return true;
}

void part_give_back(struct part *part)
{
    int64_t result = sys_part_destroy((uint64_t)part->handle);

    part->handle = 0;
    if (result < 0)
        console_notice("bulkhead: what %s held is not given back: %s", part->conf->name,
                       sys_error(result));
}

bool create_part(struct part *part)
{
    static struct making m; /* too big for the stack; zeroed for each partition */
    uint64_t rights = part->conf->kind == CONF_VM ? RIGHT_VM : 0;
    bool good;

    memset(&m, 0, sizeof(m));
    m.part = part;
    m.plan = &part->plan;
    m.why = part->ended;
    m.why_size = sizeof(part->ended);
    if (!program_judge(need_program(part->conf), &m.program, m.why, m.why_size))
        return false;
    part->handle = sys_part_create(part->conf->name, part->plan.kmem_pages, part->plan.mem_pages,
                                   part_end_bit(part), rights);
    if (failed(&m, "partition", part->handle))
        return false;
    if (part->program == NULL) {
        part->program = m.program.file;
        shared_hold(part->program);
    }
    good = make_memory(&m) && map_files(&m) && !failed(&m, "image", image_give(part->conf, part->handle, &m.info)) &&
           make_console(&m) && make_guest_memory(&m) && make_start_info(&m) && fill_memory(&m) && start_threads(&m);
    if (m.own > 0)
        sys_handle_close((uint64_t)m.own);
    if (!good)
        part_give_back(part);
    return good;
}
