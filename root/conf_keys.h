/* SPDX-License-Identifier: MIT */
/* conf.c <-> conf_keys.c, conf_value.c: the table of keys, and storing one value. */
#ifndef ROOT_CONF_KEYS_H
#define ROOT_CONF_KEYS_H

#include "conf.h"

struct conf_key {
    const char *name;
    unsigned kinds; /* CONF_VM | CONF_CONTAINER: sections that have it; 0 = the whole system */
    enum {
        KEY_FILE, KEY_TEXT, KEY_WORD, KEY_YES, KEY_ATTACH, KEY_SIZE, KEY_NUMBER, KEY_TIME, KEY_PERCENT,
        KEY_CPUS, KEY_CPU, KEY_BUDGET, KEY_RESTART, KEY_FILES, KEY_NAMES
    } type;
    unsigned offset;       /* of the field */
    unsigned size;         /* of the field; KEY_FILES, KEY_NAMES: of one element */
    uint64_t min, max;     /* KEY_SIZE, KEY_NUMBER, KEY_TIME (ms); lists: max = elements */
    const char *expected;  /* for messages; KEY_WORD: the words, separated by " or " */
    const char *otherwise; /* the value when it is not given; NULL: nothing */
    bool required;
    const char *instead;   /* the key that does as well as a required one; NULL: none */
    unsigned count_offset; /* lists */
};

extern const struct conf_key conf_keys[];
extern const unsigned conf_key_count;

/* The key of this name for sections of `kind` (0: the whole system), else of any kind, or NULL. */
const struct conf_key *conf_key_find(const char *name, unsigned kind);

/* The known key nearest to what was written, or NULL. */
const char *conf_key_nearest(const char *name, unsigned kind);

static inline bool conf_key_is_for(const struct conf_key *key, unsigned kind)
{
    return kind == 0 ? key->kinds == 0 : (key->kinds & kind) != 0;
}

/* Judge a value and store it at base + key->offset. false: why[] says what was expected. */
bool conf_key_store(const struct conf_key *key, const char *value, void *base, char *why,
                    size_t why_size);

#endif
