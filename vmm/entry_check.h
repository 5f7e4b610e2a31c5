/* SPDX-License-Identifier: MIT */
/* Why a CPU refuses to enter a guest: the checks of SDM vol. 3, 26.3.1, on what a VMM can see. */
#ifndef VMM_ENTRY_CHECK_H
#define VMM_ENTRY_CHECK_H

#include <stddef.h>
#include <abi/vcpu_page.h>

/* Adds what the state violates to text, separated by "; "; nothing = nothing of what is checked here. */
void entry_check(const struct vcpu_state *state, char *text, size_t bytes);

/* Adds one more to such a list. */
void entry_add(char *text, size_t bytes, const char *where, const char *what);

#endif
