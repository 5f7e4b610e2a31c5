/* SPDX-License-Identifier: MIT */
/* Who starts after whom: names that nobody has, cycles, and the order of the start. */
#include <stdio.h>
#include <string.h>
#include "conf_parser.h"
#include "nearest.h"

struct walk {
    const struct conf *conf;
    struct parser *report; /* tell of cycles; NULL: they are known */
    enum { UNSEEN, ON_PATH, DONE } state[CONF_MAX_PARTS];
    unsigned path[CONF_MAX_PARTS], depth;
    unsigned order[CONF_MAX_PARTS], ordered;
};

static int find(const struct conf *conf, const char *name)
{
    for (unsigned i = 0; i < conf->count; i++)
        if (strcmp(conf->part[i].name, name) == 0)
            return (int)i;
    return -1;
}

/* The path came back to `to`: everyone from there on waits for himself. */
static void cycle(struct walk *w, unsigned to)
{
    struct parser *p = w->report;
    char text[256];
    unsigned first = 0;
    size_t used = 0;

    while (w->path[first] != to)
        first++;
    for (unsigned i = first; i < w->depth && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s after ",
                                 w->conf->part[w->path[i]].name);
    if (p == NULL)
        return;
    for (unsigned i = first; i < w->depth; i++)
        p->out->part[w->path[i]].bad = true;
    p->line = w->conf->part[to].after_line;
    conf_complain(p, "after: found a cycle, expected none: %s%s", text, w->conf->part[to].name);
}

/* Those that it comes after, then itself. */
static void visit(struct walk *w, unsigned i)
{
    const struct conf_part *part = &w->conf->part[i];

    w->state[i] = ON_PATH;
    w->path[w->depth++] = i;
    for (unsigned n = 0; n < part->after_count; n++) {
        int other = find(w->conf, part->after[n]);

        if (other >= 0 && w->state[other] == ON_PATH)
            cycle(w, (unsigned)other);
        else if (other >= 0 && w->state[other] == UNSEEN)
            visit(w, (unsigned)other);
    }
    w->depth--;
    w->state[i] = DONE;
    w->order[w->ordered++] = i;
}

static void walk_all(struct walk *w)
{
    for (unsigned i = 0; i < w->conf->count; i++)
        if (w->state[i] == UNSEEN)
            visit(w, i);
}

void conf_start_order(const struct conf *conf, unsigned order[CONF_MAX_PARTS])
{
    struct walk w = { .conf = conf };

    walk_all(&w);
    memcpy(order, w.order, sizeof(w.order));
}

static void judge_name(struct parser *p, const char *name)
{
    struct nearest best = nearest_to(name);

    if (find(p->out, name) >= 0 ||
        (p->report->exists != NULL && p->report->exists(p->report->context, name)))
        return;
    for (unsigned i = 0; i < p->out->count; i++)
        nearest_try(&best, p->out->part[i].name);
    if (best.found != NULL)
        conf_complain(p, "after: found \"%s\", expected the name of a partition (did you mean %s?)",
                      name, best.found);
    else
        conf_complain(p, "after: found \"%s\", expected the name of a partition", name);
}

void conf_judge_after(struct parser *p)
{
    struct walk w = { .conf = p->out, .report = p };

    for (unsigned i = 0; i < p->out->count; i++) {
        p->part = &p->out->part[i];
        p->line = p->part->after_line;
        for (unsigned n = 0; n < p->part->after_count; n++)
            judge_name(p, p->part->after[n]);
    }
    p->part = NULL;
    walk_all(&w);
}
