/* SPDX-License-Identifier: MIT */
/* Why a CPU refuses to enter a guest: the checks of SDM vol. 3, 26.3.1, on what a VMM can see. */
#ifndef VMM_ENTRY_CHECK_H
#define VMM_ENTRY_CHECK_H

#include <stddef.h>
#include <abi/vcpu_page.h>

/* Puts what the state violates into text, separated by "; "; "" = nothing of what is checked here. */
void entry_check(const struct vcpu_state *state, char *text, size_t bytes);

#endif
