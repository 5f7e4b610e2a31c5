/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known word with the smallest edit distance to what was written. */
#ifndef ROOT_NEAREST_H
#define ROOT_NEAREST_H

struct nearest {
    const char *wanted;
    const char *found; /* the best so far, or NULL when none is near */
    unsigned distance;
};

/* Begin a search; then nearest_try() each candidate. */
struct nearest nearest_to(const char *wanted);
void nearest_try(struct nearest *search, const char *candidate);

#endif
