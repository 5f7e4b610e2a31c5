/* SPDX-License-Identifier: MIT */
/*
 * Root, the first ring-3 program: reads system.conf, creates the partitions, then serves the
 * operator's console. It has the highest priority and waits for nobody but its event word.
 */
#include <stdio.h>
#include <string.h>
#include <user/clock.h>
#include <user/event.h>
#include <user/start.h>
#include <user/sys.h>
#include "console.h"
#include "job.h"
#include "life.h"
#include "power.h"
#include "serial.h"
#include "shell.h"

#define CONF_FILE_NAME "system.conf"
#define NAP_MS         1
#define NAP_MAX_MS     20
#define NAP_SHARE      8 /* a nap is so many times as long as what it follows */

struct conf conf;

void machine_end(enum power how)
{
    int64_t result;

    fflush(stdout);
    serial_drain();
    result = sys_machine_end(H_POWER, how);
    printf("bulkhead: the machine does not end: %s\n", sys_error(result));
}

static void report_line(void *context, const char *text)
{
    (void)context;
    printf("%s\n", text);
}

static void read_conf(void)
{
    static const struct conf_report report = { .line = report_line };
    const struct start_file *file = start_file_find(CONF_FILE_NAME);

    if (file == NULL) {
        printf("bulkhead: file \"" CONF_FILE_NAME "\" is missing: no partitions\n");
        return;
    }
    conf_parse(CONF_FILE_NAME, (const char *)file->va, file->bytes, &conf, &report);
    if (conf.errors != 0)
        printf("bulkhead: %u error%s in " CONF_FILE_NAME "\n", conf.errors,
               conf.errors == 1 ? "" : "s");
}

static void print_machine(void)
{
    const struct start_info *si = start_info();

    printf("\nBulkhead: %u CPU%s, %llu MiB free, %u file%s\n", (unsigned)si->cpu_count,
           si->cpu_count == 1 ? "" : "s", (unsigned long long)(si->free_pages / 256),
           (unsigned)si->file_count, si->file_count == 1 ? "" : "s");
    if ((si->flags & START_VMX) == 0)
        printf("bulkhead: VMs unavailable: %.*s\n", (int)sizeof(si->vmx_missing), si->vmx_missing);
}

/*
 * Root has the highest priority, and any child can signal it without end: after it has served the
 * children it is deaf to their signals for a while, so that most of its CPU is left to others.
 */
static uint64_t nap_end(uint64_t start)
{
    uint64_t now = clock_tsc();
    uint64_t nap = (now - start) * NAP_SHARE;
    uint64_t shortest = clock_from_ns(NAP_MS * 1000000ull);
    uint64_t longest = clock_from_ns(NAP_MAX_MS * 1000000ull);

    return now + (nap < shortest ? shortest : nap > longest ? longest : nap);
}

static uint64_t next_events(uint64_t nap, uint64_t due, bool busy)
{
    uint64_t serial = serial_deadline();
    uint64_t deadline = serial < due ? serial : due;

    if (clock_tsc() < nap) {
        uint64_t until = nap < deadline ? nap : deadline;
        uint64_t bits = event_take(EVENT_ANY & ~ROOT_CONSOLE, until);

        if (bits != 0 || until != nap)
            return bits;
    }
    return event_take(EVENT_ANY, busy ? 0 : deadline);
}

static void serve(void)
{
    uint64_t bits = ROOT_CONSOLE, nap = 0;
    bool busy = false;

    for (;;) {
        uint64_t start = clock_tsc();
        bool awake = start >= nap, more;
        uint64_t due, asked, job;

        if ((bits & ROOT_ENDS) != 0)
            life_check(bits & ROOT_ENDS);
        due = life_tick(start);
        asked = life_cpus_tick(start);
        due = asked < due ? asked : due;
        job = job_tick(start);
        due = job < due ? job : due;
        more = console_poll();
        if (awake)
            busy = console_serve();
        console_kernel_log(false);
        if (strcmp(conf.on_all_ended, "poweroff") == 0 && life_all_ended()) {
            printf("bulkhead: all partitions have ended: power off\n");
            machine_end(POWER_OFF);
            strcpy(conf.on_all_ended, "stay");
        }
        fflush(stdout);
        if (awake && (more || busy || (bits & ROOT_CONSOLE) != 0))
            nap = nap_end(start);
        bits = next_events(nap, due, more || busy);
    }
}

/* The line belongs to the shell, unless a partition that runs is `console = attached`. */
static void open_line(void)
{
    FOR_EACH_PART(part)
        if (part->conf->attach && part_alive(part)) {
            console_attach(part);
            return;
        }
    shell_start();
}

int main(void)
{
    console_kernel_log(false);
    serial_init();
    print_machine();
    read_conf();
    life_start_all();
    shell_list();
    open_line();
    serve();
    return 0;
}
