/* SPDX-License-Identifier: MIT */
/*
 * The system description: system.conf as a person writes it, judged and turned into a table.
 * Pure: text in, struct conf and error lines out. All errors are reported; a partition with an
 * error is marked and the rest stays usable.
 */
#ifndef ROOT_CONF_H
#define ROOT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "conf_cpus.h"
#include "restart.h"

#define CONF_MAX_PARTS   64
#define CONF_MAX_MODULES 8
#define CONF_MAX_FILES   8
#define CONF_MAX_AFTER   8
#define CONF_NAME        32 /* with the NUL */
#define CONF_FILE        56
#define CONF_TEXT        512
#define CONF_MODULE      160
#define CONF_WORD        16
#define CONF_WHOLE       10000u /* budget and reserve: all of the period */

enum conf_kind { CONF_VM = 1, CONF_CONTAINER = 2, CONF_UNKNOWN = 3 };

struct conf_part {
    enum conf_kind kind;
    unsigned line; /* of its section header */
    bool bad;      /* an error was reported: do not start it */
    char name[CONF_NAME];
    char kernel[CONF_FILE], firmware[CONF_FILE], initrd[CONF_FILE], image[CONF_FILE];
    char cmdline[CONF_TEXT], args[CONF_TEXT];
    char boot[CONF_WORD], on_reset[CONF_WORD], stats[CONF_WORD];
    char module[CONF_MAX_MODULES][CONF_MODULE]; /* "file words for the guest" */
    char file[CONF_MAX_FILES][CONF_FILE];
    unsigned module_count, file_count;
    uint64_t memory;       /* bytes, whole pages */
    struct conf_cpus cpus; /* of a VM: its vCPUs; of a container: its thread */
    uint32_t priority;
    uint32_t budget;       /* of each CPU: at most so much of the period, in 1/CONF_WHOLE */
    uint32_t period_us;    /* a multiple of 100 */
    uint32_t reserve;      /* of each CPU: whatever others do, so much of the period; 0: none */
    struct restart_policy restart;
    uint32_t autostart, attach; /* yes: 1 */
    uint32_t watchdog_ms;  /* 0: none */
    char after[CONF_MAX_AFTER][CONF_NAME]; /* start these first */
    unsigned after_count, after_line;
    uint64_t seen;         /* which keys were given, by index */
};

struct conf {
    struct conf_part part[CONF_MAX_PARTS];
    unsigned count;
    unsigned errors;
    char on_all_ended[CONF_WORD]; /* "stay" or "poweroff" */
};

/*
 * Where error lines go: "system.conf:7: memory: found ..., expected ...", no line end. `exists`
 * (NULL: nothing does) tells of partitions from elsewhere, whose names are good for `after`.
 */
struct conf_report {
    void (*line)(void *context, const char *text);
    void *context;
    bool (*exists)(void *context, const char *name);
};

/* Fill *out from `bytes` of text. `file` is the name for the error lines. */
void conf_parse(const char *file, const char *text, size_t bytes, struct conf *out,
                const struct conf_report *report);

/*
 * The same from one line: `vm NAME key=value key="with blanks" ...`. Error lines begin with `from`
 * alone.
 */
void conf_parse_inline(const char *from, const char *text, struct conf *out,
                       const struct conf_report *report);

/* 1 to CONF_NAME - 1 letters, digits, _ or -, not beginning with -. */
bool conf_name_ok(const char *name);

/* The order in which to start them: the file's, but each behind those that it comes `after`. */
void conf_start_order(const struct conf *conf, unsigned order[CONF_MAX_PARTS]);

/* The lines that a VM's VMM gets: "key = value\n" ...; false when `size` is too small. */
bool conf_vmm_text(const struct conf_part *part, char *text, size_t size);

#endif
