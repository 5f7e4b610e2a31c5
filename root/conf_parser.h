/* SPDX-License-Identifier: MIT */
/* conf.c <-> conf_after.c: a description in the making. */
#ifndef ROOT_CONF_PARSER_H
#define ROOT_CONF_PARSER_H

#include "conf.h"

struct parser {
    const char *file;
    struct conf *out;
    const struct conf_report *report;
    bool numbered;          /* messages name the line */
    unsigned line;
    struct conf_part *part; /* section that we are in, NULL above the first */
    struct conf_part scratch; /* takes the keys of a section that cannot be kept */
    uint64_t seen;            /* keys of the whole system */
};

/* One error; the section that we are in is marked. */
__attribute__((format(printf, 2, 3))) void conf_complain(struct parser *p, const char *format, ...);

/* All sections are read: does every `after` name a partition, and is there no cycle? */
void conf_judge_after(struct parser *p);

#endif
