/* SPDX-License-Identifier: MIT */
/* Names of CPU exceptions and of VM exits, as the SDM has them. */
#ifndef ROOT_TRAP_NAMES_H
#define ROOT_TRAP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define TRAP_PAGE_FAULT 14u

/* SDM vol. 3, table "Protected-Mode Exceptions and Interrupts". */
const char *trap_name(uint32_t vector);
bool trap_has_error(uint32_t vector);

/* Basic exit reason, SDM vol. 3 appendix C; NULL = none of that number. */
const char *exit_reason_name(uint32_t reason);

/* Exits that were handed to the VMM, enum exit_kind. */
const char *exit_kind_name(uint32_t kind);

#endif
