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

#define CONF_MAX_PARTS   32
#define CONF_MAX_MODULES 8
#define CONF_MAX_FILES   8
#define CONF_MAX_CPUS    32
#define CONF_NAME        32 /* with the NUL */
#define CONF_FILE        56
#define CONF_TEXT        512
#define CONF_MODULE      160
#define CONF_WORD        16
#define CONF_CPU_ANY     (~0u)

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
    uint64_t memory; /* bytes, whole pages */
    uint32_t cpu;    /* index or CONF_CPU_ANY */
    uint32_t cpus, priority, budget;
    uint32_t seen;   /* which keys were given, by index */
};

struct conf {
    struct conf_part part[CONF_MAX_PARTS];
    unsigned count;
    unsigned errors;
    char on_all_ended[CONF_WORD]; /* "stay" or "poweroff" */
};

/* Where error lines go: "system.conf:7: memory: found ..., expected ...", no line end. */
struct conf_report {
    void (*line)(void *context, const char *text);
    void *context;
};

/* Fill *out from `bytes` of text. `file` is the name for the error lines. */
void conf_parse(const char *file, const char *text, size_t bytes, struct conf *out,
                const struct conf_report *report);

/* 1 to CONF_NAME - 1 letters, digits, _ or -, not beginning with -. */
bool conf_name_ok(const char *name);

/* The lines that a VM's VMM gets: "key = value\n" ...; false when `size` is too small. */
bool conf_vmm_text(const struct conf_part *part, char *text, size_t size);

#endif
