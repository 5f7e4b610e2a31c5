/* SPDX-License-Identifier: MIT */
/* Firmware configuration items; unknown ones read as zeros. There is no DMA interface. */
#include <stdlib.h>
#include <string.h>
#include "dev_fwcfg.h"

#define PORT_SELECTOR 0x510u

enum { KEY_SIGNATURE = 0x00, KEY_ID = 0x01, KEY_NO_SCREEN = 0x04, KEY_CPUS = 0x05, KEY_MAX_CPUS = 0x0f,
       KEY_DIRECTORY = 0x19 };

struct item {
    const uint8_t *bytes;
    uint32_t size;
};

static struct item selected(const struct fwcfg *fwcfg)
{
    static const uint8_t yes[4] = { 1 };
    uint32_t file = (uint32_t)fwcfg->key - FWCFG_FILE_KEY;

    switch (fwcfg->key) {
    case KEY_SIGNATURE: return (struct item){ (const uint8_t *)"QEMU", 4 };
    case KEY_ID: return (struct item){ yes, 4 }; /* bit 0: these two ports */
    case KEY_NO_SCREEN: return (struct item){ yes, 2 };
    case KEY_CPUS:
    case KEY_MAX_CPUS: return (struct item){ fwcfg->cpus, 2 };
    case KEY_DIRECTORY: return (struct item){ fwcfg->directory, sizeof(fwcfg->directory) };
    default: break;
    }
    return file < fwcfg->file_count ? (struct item){ fwcfg->file[file], fwcfg->file_bytes[file] }
                                    : (struct item){ NULL, 0 };
}

void fwcfg_reset(struct fwcfg *fwcfg, uint16_t cpus)
{
    memset(fwcfg, 0, sizeof(*fwcfg));
    fwcfg->cpus[0] = (uint8_t)cpus;
    fwcfg->cpus[1] = (uint8_t)(cpus >> 8);
}

static void put_big_endian(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

void fwcfg_add(struct fwcfg *fwcfg, const char *name, const void *bytes, uint32_t size)
{
    uint32_t n = fwcfg->file_count++;
    uint8_t *entry = fwcfg->directory + 4 + n * FWCFG_FILE_ENTRY;

    if (n >= FWCFG_FILES || strlen(name) >= FWCFG_NAME)
        abort();
    fwcfg->file[n] = bytes;
    fwcfg->file_bytes[n] = size;
    put_big_endian(fwcfg->directory, fwcfg->file_count, 4);
    put_big_endian(entry, size, 4);
    put_big_endian(entry + 4, FWCFG_FILE_KEY + n, 2);
    strcpy((char *)entry + 8, name);
}

static uint64_t fwcfg_read(void *dev, uint64_t offset, unsigned size)
{
    struct fwcfg *fwcfg = dev;
    struct item item = selected(fwcfg);

    (void)size;
    if (offset == 0)
        return 0;
    return fwcfg->offset < item.size ? item.bytes[fwcfg->offset++] : 0;
}

static void fwcfg_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct fwcfg *fwcfg = dev;

    if (offset != 0 || size != 2)
        return;
    fwcfg->key = (uint16_t)value;
    fwcfg->offset = 0;
}

void fwcfg_attach(struct fwcfg *fwcfg, struct bus *io)
{
    bus_add(io, &(struct bus_range){ PORT_SELECTOR, 2, 2, fwcfg_read, fwcfg_write, fwcfg });
}
