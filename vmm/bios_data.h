/* SPDX-License-Identifier: MIT */
/* The BIOS data area: the few words of it that systems still look at. */
#ifndef VMM_BIOS_DATA_H
#define VMM_BIOS_DATA_H

#include "mem.h"

void bios_data_write(const struct mem *mem);

#endif
