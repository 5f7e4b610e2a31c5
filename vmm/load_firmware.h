/* SPDX-License-Identifier: MIT */
/* A machine that starts with firmware, at the reset vector, and the kernel that this is to boot. */
#ifndef VMM_LOAD_FIRMWARE_H
#define VMM_LOAD_FIRMWARE_H

#include "dev_fwcfg.h"
#include "load.h"

#define FIRMWARE_MAX (8ull << 20)

/* Can the file be firmware? false with the reason. */
bool firmware_usable(struct load *load);

/* Firmware into the ROM and its shadow, the kernel (if there is one) where its boot ROM expects it. */
bool load_firmware(struct load *load, struct fwcfg *fwcfg);

#endif
