/* SPDX-License-Identifier: MIT */
/* conf.c <-> conf_keys.c: the table of keys, and storing one value. */
#ifndef ROOT_CONF_KEYS_H
#define ROOT_CONF_KEYS_H

#include "conf.h"

struct conf_key {
    const char *name;
    unsigned kinds; /* CONF_VM | CONF_CONTAINER: sections that have it; 0 = the whole system */
    enum { KEY_FILE, KEY_TEXT, KEY_SIZE, KEY_NUMBER, KEY_CPU, KEY_WORD, KEY_LIST } type;
    unsigned offset;  /* of the field */
    unsigned size;    /* of the field; KEY_LIST: of one element */
    uint64_t min, max; /* KEY_SIZE, KEY_NUMBER; KEY_LIST: max = elements */
    const char *expected; /* for messages; KEY_WORD: the words, separated by " or " */
    unsigned count_offset; /* KEY_LIST */
};

extern const struct conf_key conf_keys[];
extern const unsigned conf_key_count;

/* The key of this name for sections of `kind` (0: the whole system), else of any kind, or NULL. */
const struct conf_key *conf_key_find(const char *name, unsigned kind);

/* The known key nearest to what was written, or NULL. */
const char *conf_key_nearest(const char *name, unsigned kind);

/* Judge a value and store it at base + key->offset. false: why[] says what was expected. */
bool conf_key_store(const struct conf_key *key, const char *value, void *base, char *why,
                    size_t why_size);

#endif
