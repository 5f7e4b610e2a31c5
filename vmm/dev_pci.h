/* SPDX-License-Identifier: MIT */
/* PCI configuration mechanism #1: one bus with nothing on it but its host bridge. */
#ifndef VMM_DEV_PCI_H
#define VMM_DEV_PCI_H

#include <stdint.h>
#include "bus.h"

struct pci {
    uint32_t address; /* CONFIG_ADDRESS at 0xcf8 */
    uint8_t reset_control; /* byte port 0xcf9 inside it: bit 2 resets, bit 1 also power-cycles */
    void (*reset)(void *ctx);
    void *ctx;
};

void pci_reset(struct pci *pci);

/* Ports 0xcf8 (with the reset control register at 0xcf9) and 0xcfc. */
void pci_attach(struct pci *pci, struct bus *io);

#endif
