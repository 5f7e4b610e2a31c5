/* SPDX-License-Identifier: MIT */
/*
 * Firmware configuration: what PC firmware for virtual machines asks its machine by two ports
 * (QEMU, docs/specs/fw_cfg): a selector chooses an item, the data port gives its bytes in turn.
 */
#ifndef VMM_DEV_FWCFG_H
#define VMM_DEV_FWCFG_H

#include <stdint.h>
#include "bus.h"

#define FWCFG_FILES      2u
#define FWCFG_FILE_KEY   0x20u /* of the first file; the others follow */
#define FWCFG_NAME       56u
#define FWCFG_FILE_ENTRY (8u + FWCFG_NAME)

struct fwcfg {
    const uint8_t *file[FWCFG_FILES];
    uint32_t file_bytes[FWCFG_FILES];
    uint32_t file_count;
    uint8_t directory[4 + FWCFG_FILES * FWCFG_FILE_ENTRY]; /* as firmware reads it */
    uint8_t cpus[2];
    uint16_t key;
    uint32_t offset;
};

/* No files, nothing selected; what is told: the number of CPUs, and that there is no screen. */
void fwcfg_reset(struct fwcfg *fwcfg, uint16_t cpus);

/* A file under the next key. The bytes stay the caller's. */
void fwcfg_add(struct fwcfg *fwcfg, const char *name, const void *bytes, uint32_t size);

void fwcfg_attach(struct fwcfg *fwcfg, struct bus *io);

#endif
