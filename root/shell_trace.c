/* SPDX-License-Identifier: MIT */
/*
 * `trace`: switches the kernel's trace, and brings it out of the machine as lines of text that
 * tools/trace takes from a log. Each line stands alone, so that a damaged one costs itself only:
 *
 *   trace: begin 1 TSC_HZ CPUS          trace: part ID NAME
 *   trace: CPU POSITION SUM BASE64      SUM: FNV-1a, 32 bits, of the bytes; 32 bytes are a record
 *   trace: end RECORDS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <user/start.h>
#include <user/sys.h>
#include "job.h"
#include "serial.h"
#include "shell.h"

#define LINE_RECORDS 12u
#define LINE_ROOM    2048u /* of the serial queue: a line and what others say */
#define TRIES        4

static const char *const types[TRACE_TYPES] = {
    [TRACE_EXIT] = "exit", [TRACE_SWITCH] = "switch", [TRACE_BLOCK] = "block",
    [TRACE_WAKE] = "wake", [TRACE_IRQ] = "irq",       [TRACE_LIFE] = "life",
};
static uint64_t mask; /* as trace_control has it */

static struct {
    unsigned cpu;
    uint64_t position, limit, records;
} dump;

static void control(uint64_t wanted)
{
    int64_t result = sys_trace_control(wanted);

    if (result < 0)
        printf("trace: %s\n", sys_error(result));
    else
        mask = wanted;
}

/* The next record; its position is the result minus 1; 0: no more. */
static uint64_t read_record(unsigned cpu, uint64_t position, struct trace_record *record)
{
    int64_t result = ERR_BUSY;

    for (int i = 0; i < TRIES && result == ERR_BUSY; i++)
        result = sys_trace_read(cpu, position, record);
    return result < 0 ? 0 : (uint64_t)result;
}

static void put_base64(const uint8_t *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < count; i += 3) {
        uint32_t left = (uint32_t)(count - i);
        uint32_t v = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                     (left > 2 ? bytes[i + 2] : 0);

        putchar(digits[v >> 18]);
        putchar(digits[v >> 12 & 63]);
        putchar(left > 1 ? digits[v >> 6 & 63] : '=');
        putchar(left > 2 ? digits[v & 63] : '=');
    }
}

static void put_line(uint64_t first, const struct trace_record *record, unsigned count)
{
    const uint8_t *bytes = (const uint8_t *)record;
    uint32_t sum = 0x811c9dc5;

    for (size_t i = 0; i < count * sizeof(*record); i++)
        sum = (sum ^ bytes[i]) * 0x01000193;
    printf("trace: %u %" PRIu64 " %08" PRIx32 " ", dump.cpu, first, sum);
    put_base64(bytes, count * sizeof(*record));
    printf("\n");
}

/* A line of the dump; false: there is nothing left of this CPU. */
static bool dump_line(void)
{
    struct trace_record record[LINE_RECORDS];
    uint64_t first = 0, next;
    unsigned count = 0;

    while (count < LINE_RECORDS && dump.limit > 0 &&
           (next = read_record(dump.cpu, dump.position, &record[count])) != 0) {
        if (count == 0)
            first = next - 1;
        else if (next - 1 != first + count)
            break; /* records in between were lost: they begin a line of their own */
        dump.position = next;
        dump.limit--;
        count++;
    }
    if (count > 0)
        put_line(first, record, count);
    dump.records += count;
    return count > 0;
}

/* The newest `wanted` records of a CPU: where they begin. */
static void dump_cpu(unsigned cpu, uint64_t wanted)
{
    struct trace_record record;
    uint64_t low = 0, high = 1, next = read_record(cpu, 0, &record);

    dump.cpu = cpu;
    dump.limit = UINT64_MAX;
    dump.position = next == 0 ? 0 : next - 1;
    if (wanted == UINT64_MAX || next == 0)
        return;
    while (read_record(cpu, high, &record) != 0) {
        low = high;
        high *= 2;
    }
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;

        if (read_record(cpu, middle, &record) != 0)
            low = middle;
        else
            high = middle;
    }
    if (high - dump.position > wanted)
        dump.position = high - wanted;
}

static uint64_t wanted_records;
static uint64_t mask_after;

static bool step(void)
{
    while (serial_room() > LINE_ROOM) {
        if (dump_line())
            continue;
        if (dump.cpu + 1 >= start_info()->cpu_count)
            return false;
        dump_cpu(dump.cpu + 1, wanted_records);
    }
    return true;
}

static void over(void)
{
    printf("trace: end %" PRIu64 "\n", dump.records);
    control(mask_after);
}

/* The trace is off while it is printed: else printing would push out what is to be printed. */
static void start_dump(uint64_t records)
{
    static const struct job job = { step, over, 2 };
    const struct start_info *si = start_info();

    wanted_records = records;
    mask_after = mask;
    control(0);
    printf("trace: begin 1 %" PRIu64 " %u\ntrace: part 0 root\n", (uint64_t)si->tsc_hz, (unsigned)si->cpu_count);
    FOR_EACH_PART(part)
        if (part->info.id != 0)
            printf("trace: part %" PRIu32 " %s\n", part->info.id, part->conf->name);
    dump.records = 0;
    dump_cpu(0, records);
    job_start(&job);
}

static bool type_named(const char *word, uint64_t *wanted)
{
    for (unsigned i = 0; i < TRACE_TYPES; i++)
        if (strcmp(word, types[i]) == 0) {
            *wanted |= 1ull << i;
            return true;
        }
    printf("trace: no such type: \"%s\"; there are exit, switch, block, wake, irq, life\n", word);
    return false;
}

static void print_status(void)
{
    printf("trace: %s", mask == 0 ? "off" : "on:");
    for (unsigned i = 0; i < TRACE_TYPES; i++)
        if ((mask >> i & 1) != 0)
            printf(" %s", types[i]);
    printf("\n");
}

void shell_trace(unsigned words, char **word)
{
    uint64_t wanted = words == 1 ? (1ull << TRACE_TYPES) - 1 : 0;
    char *end = NULL;

    if (strcmp(word[0], "on") == 0) {
        for (unsigned i = 1; i < words; i++)
            if (!type_named(word[i], &wanted))
                return;
        control(wanted);
        print_status();
    } else if (strcmp(word[0], "off") == 0 && words == 1) {
        control(0);
        print_status();
    } else if (strcmp(word[0], "status") == 0 && words == 1) {
        print_status();
    } else if (strcmp(word[0], "dump") == 0 && words <= 2) {
        wanted = words == 2 ? strtoull(word[1], &end, 10) : UINT64_MAX;
        if (end != NULL && (*end != '\0' || end == word[1] || wanted == 0))
            printf("trace: expected a number of records for each CPU, found \"%s\"\n", word[1]);
        else
            start_dump(wanted);
    } else {
        printf("usage: trace on [TYPE ...] | off | status | dump [RECORDS]\n");
    }
}
