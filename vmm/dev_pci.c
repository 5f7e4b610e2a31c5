/* SPDX-License-Identifier: MIT */
/* Empty PCI bus: configuration reads of absent functions give all ones (PCI 3.0, 3.2.2.3). */
#include <abi/guest.h>
#include "dev_pci.h"

#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_KEPT   0x80fffffcu
#define ADDRESS_FUNCTION 0x00ffff00u

/* Vendor and device of the generic host bridge that other virtual machines show too. */
#define HOST_BRIDGE_ID    0x00081b36u
#define HOST_BRIDGE_CLASS 0x06000000u
#define HOST_BRIDGE_SUBSYSTEM 0x11001af4u /* by it firmware knows that it is in a virtual machine */
#define COMMAND           0x00000006u /* memory space and bus master, fixed */

#define RESET_OFFSET (GUEST_PORT_RESET - 0xcf8u)
#define RESET_NOW    0x04u

void pci_reset(struct pci *pci)
{
    pci->address = 0;
    pci->reset_control = 0;
}

static uint32_t bridge_read(unsigned reg)
{
    switch (reg) {
    case 0x00: return HOST_BRIDGE_ID;
    case 0x04: return COMMAND;
    case 0x08: return HOST_BRIDGE_CLASS;
    case 0x2c: return HOST_BRIDGE_SUBSYSTEM;
    default: return 0;
    }
}

static uint64_t data_read(void *dev, uint64_t offset, unsigned size)
{
    struct pci *pci = dev;

    (void)size;
    if (!(pci->address & ADDRESS_ENABLE) || (pci->address & ADDRESS_FUNCTION) != 0)
        return UINT32_MAX;
    return bridge_read(pci->address & 0xfc) >> (8 * offset);
}

/* A host bridge has nothing to set: bus mastering and memory space are on for good. */
static void data_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    (void)dev;
    (void)offset;
    (void)size;
    (void)value;
}

/* Only whole dwords reach CONFIG_ADDRESS; narrower accesses are ordinary port cycles to nobody. */
static uint64_t address_read(void *dev, uint64_t offset, unsigned size)
{
    struct pci *pci = dev;

    if (offset == RESET_OFFSET && size == 1)
        return pci->reset_control;
    return offset == 0 && size == 4 ? pci->address : bus_ones(size);
}

static void address_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pci *pci = dev;

    if (offset == 0 && size == 4)
        pci->address = (uint32_t)value & ADDRESS_KEPT;
    if (offset != RESET_OFFSET || size != 1)
        return;
    if ((value & RESET_NOW) && !(pci->reset_control & RESET_NOW))
        pci->reset(pci->ctx);
    pci->reset_control = value & 0x0e;
}

void pci_attach(struct pci *pci, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0xcf8, 4, 4, address_read, address_write, pci });
    bus_add(io, &(struct bus_range){ 0xcfc, 4, 4, data_read, data_write, pci });
}
