/* SPDX-License-Identifier: MIT */
/* The multiboot information block with what it points to, outside the image and not in page 0. */
#ifndef VMM_MULTIBOOT_INFO_H
#define VMM_MULTIBOOT_INFO_H

#include "load.h"

bool multiboot_info_write(struct load *load, uint64_t *at);

#endif
