/* SPDX-License-Identifier: MIT */
/* ACPI tables (ACPI 6.4, chapter 5.2): what they promise is what dev_*.c does. */
#include <hw/apic.h>
#include <abi/guest.h>
#include "acpi_tables.h"
#include "aml.h"
#include "dev_ioapic.h"
#include "dev_pm.h"

#define OEM_ID "BULKHD"

/* Common table header; returns its offset. Length and checksum come with end_table(). */
static uint32_t begin_table(struct blob *blob, const char *signature, uint8_t revision)
{
    uint32_t begin;

    blob_align(blob, 64);
    begin = blob->used;
    blob_text(blob, signature, 4);
    blob_put(blob, 0, 4);
    blob_put(blob, revision, 1);
    blob_put(blob, 0, 1);
    blob_text(blob, OEM_ID, 6);
    blob_text(blob, "VIRTUALP", 8);
    blob_put(blob, 1, 4);
    blob_text(blob, "BLKH", 4);
    blob_put(blob, 1, 4);
    return begin;
}

static uint32_t end_table(struct blob *blob, uint32_t begin)
{
    blob_set(blob, begin + 4, blob->used - begin, 4);
    blob_checksum(blob, begin, blob->used, begin + 9);
    return ACPI_TABLES_GPA + begin;
}

struct cpu_name {
    char text[5];
};

static struct cpu_name cpu_name(unsigned id)
{
    return (struct cpu_name){ { 'C', 'P', (char)('0' + id / 10 % 10), (char)('0' + id % 10), 0 } };
}

/* What a CPU needs that can come and go: is it there, its entry for the MADT, and what the guest does at last. */
static void cpu_comes_and_goes(struct blob *blob, unsigned id)
{
    const uint8_t madt[8] = { 0, 8, (uint8_t)id, (uint8_t)id, 1 };
    uint32_t method = aml_method(blob, "_STA", 0), is_there = aml_if_and(blob, "CPTH", 1u << id);

    aml_return(blob, 0x0f);
    aml_end(blob, is_there);
    aml_return(blob, 0);
    aml_end(blob, method);
    aml_name_buffer(blob, "_MAT", madt, sizeof(madt));
    method = aml_method(blob, "_EJ0", 1);
    aml_store(blob, 1u << id, "CPGV");
    aml_end(blob, method);
}

static void device_cpu(struct blob *blob, unsigned id)
{
    uint32_t device = aml_device(blob, cpu_name(id).text);

    aml_name_string(blob, "_HID", "ACPI0007");
    aml_name_integer(blob, "_UID", id);
    if (id > 0)
        cpu_comes_and_goes(blob, id);
    aml_end(blob, device);
}

/* If a word has the CPU's bit: clear it, tell the system. */
static void pass_on(struct blob *blob, const char *word, unsigned id, uint8_t notice)
{
    uint32_t is_set = aml_if_and(blob, word, 1u << id);

    aml_store(blob, 1u << id, word);
    aml_notify(blob, cpu_name(id).text, notice);
    aml_end(blob, is_set);
}

/* The CPUs, and of several what looks for those that came or are wanted back (ACPI 6.4, 8.4 and 5.6.6). */
static void devices_cpu(struct blob *blob, unsigned cpus)
{
    static const char *const words[4] = { "CPTH", "CPIN", "CPBK", "CPGV" }; /* in the order of GUEST_CPUS_* */
    uint32_t method;

    if (cpus > 1)
        aml_port_words(blob, "CPRG", GUEST_PORT_CPUS, words, 4);
    for (unsigned i = 0; i < cpus; i++)
        device_cpu(blob, i);
    if (cpus == 1)
        return;
    method = aml_method(blob, "CPSC", 0);
    for (unsigned i = 1; i < cpus; i++) {
        pass_on(blob, "CPIN", i, 1); /* device check */
        pass_on(blob, "CPBK", i, 3); /* eject request */
    }
    aml_end(blob, method);
}

/* The method of general-purpose event GUEST_GPE_CPUS, by its name. */
static void cpu_event(struct blob *blob)
{
    uint32_t scope = aml_scope(blob, "\\_GPE"), method = aml_method(blob, "_E01", 0);

    _Static_assert(GUEST_GPE_CPUS == 1, "its name");
    aml_call(blob, "_SB", "CPSC");
    aml_end(blob, method);
    aml_end(blob, scope);
}

static void device_pci(struct blob *blob)
{
    uint32_t device = aml_device(blob, "PCI0"), crs;

    aml_name_eisa(blob, "_HID", "PNP0A03");
    aml_name_integer(blob, "_UID", 0);
    aml_name_integer(blob, "_BBN", 0);
    crs = aml_crs(blob);
    aml_crs_bus(blob, 0, 0);
    aml_crs_io(blob, 0xcf8, 8);
    aml_crs_io_window(blob, 0x0000, 0x0cf7);
    aml_crs_io_window(blob, 0x0d00, 0xffff);
    aml_crs_memory_window(blob, 0x000a0000, 0x000bffff);
    aml_crs_memory_window(blob, (uint32_t)MEM_HOLE_BASE, IOAPIC_BASE - 1);
    aml_crs_end(blob, crs);
    aml_end(blob, device);
}

static void device_ports(struct blob *blob, const char *name, const char *id, uint16_t port,
                         uint8_t count, int irq)
{
    uint32_t device = aml_device(blob, name), crs;

    aml_name_eisa(blob, "_HID", id);
    aml_name_integer(blob, "_UID", 0);
    crs = aml_crs(blob);
    aml_crs_io(blob, port, count);
    if (irq >= 0)
        aml_crs_irq(blob, (unsigned)irq);
    aml_crs_end(blob, crs);
    aml_end(blob, device);
}

/* What firmware keeps for itself: nobody else may place a device there. */
static void device_board(struct blob *blob)
{
    uint32_t device = aml_device(blob, "MBRD"), crs;

    aml_name_eisa(blob, "_HID", "PNP0C02");
    aml_name_integer(blob, "_UID", 0);
    crs = aml_crs(blob);
    aml_crs_io(blob, GUEST_PORT_PM, 16);
    aml_crs_io(blob, GUEST_PORT_CPUS, 16);
    aml_crs_io(blob, 0x4d0, 2);
    aml_crs_memory(blob, (uint32_t)IOAPIC_BASE, 0x1000);
    aml_crs_memory(blob, (uint32_t)APIC_DEFAULT_BASE, 0x1000);
    aml_crs_end(blob, crs);
    aml_end(blob, device);
}

static uint32_t put_dsdt(struct blob *blob, unsigned cpus)
{
    static const uint8_t s5[4] = { GUEST_S5_TYPE, GUEST_S5_TYPE, 0, 0 };
    uint32_t begin = begin_table(blob, "DSDT", 2), scope;

    aml_name_package(blob, "\\_S5", s5, 4);
    scope = aml_scope(blob, "\\_SB");
    devices_cpu(blob, cpus);
    device_pci(blob);
    device_ports(blob, "COM1", "PNP0501", 0x3f8, 8, 4);
    device_ports(blob, "RTC", "PNP0B00", 0x70, 2, 8);
    device_ports(blob, "TIMR", "PNP0100", 0x40, 4, 0);
    device_board(blob);
    aml_end(blob, scope);
    if (cpus > 1)
        cpu_event(blob);
    return end_table(blob, begin);
}

static void put_gas_io(struct blob *blob, uint16_t port, uint8_t bits, uint8_t access)
{
    blob_put(blob, 1, 1); /* system I/O */
    blob_put(blob, bits, 1);
    blob_put(blob, 0, 1);
    blob_put(blob, access, 1);
    blob_put(blob, port, 8);
}

static uint32_t put_facs(struct blob *blob)
{
    uint32_t begin;

    blob_align(blob, 64);
    begin = blob->used;
    blob_text(blob, "FACS", 4);
    blob_put(blob, 64, 4);
    blob_zeros(blob, 24);
    blob_put(blob, 1, 8); /* version 1 */
    blob_zeros(blob, 24);
    return ACPI_TABLES_GPA + begin;
}

/* FADT flags: WBINVD, C1 works, no sleep button, 32-bit PM timer, reset register. */
#define FADT_FLAGS (1u << 0 | 1u << 2 | 1u << 5 | 1u << 8 | 1u << 10)
/* Boot flags: there are ISA devices; no 8042 keyboard, VGA is there, no MSI, no ASPM, RTC is there. */
#define FADT_BOOT_FLAGS (1u << 0 | 1u << 3 | 1u << 4)

static void put_fadt_legacy(struct blob *blob, uint32_t facs, uint32_t dsdt)
{
    blob_put(blob, facs, 4);
    blob_put(blob, dsdt, 4);
    blob_put(blob, 0, 1);               /* INT_MODEL */
    blob_put(blob, 0, 1);               /* profile: unspecified */
    blob_put(blob, PM_SCI, 2);
    blob_put(blob, 0, 8);               /* no SMI: SMI_CMD, enable, disable, S4, P-states */
    blob_put(blob, GUEST_PORT_PM, 4);   /* PM1a_EVT */
    blob_put(blob, 0, 4);
    blob_put(blob, GUEST_PORT_PM + 4, 4); /* PM1a_CNT */
    blob_put(blob, 0, 8);               /* PM1b_CNT, PM2_CNT */
    blob_put(blob, GUEST_PORT_PM + 8, 4); /* PM_TMR */
    blob_put(blob, GUEST_PORT_GPE, 8);  /* GPE0, no GPE1 */
    blob_put(blob, 4, 1);
    blob_put(blob, 2, 1);
    blob_put(blob, 0, 1);
    blob_put(blob, 4, 1);
    blob_put(blob, 2, 4);               /* GPE lengths and base, CST_CNT */
    blob_put(blob, 0xffff, 2);          /* no C2 */
    blob_put(blob, 0xffff, 2);          /* no C3 */
    blob_put(blob, 0, 8);               /* flush size and stride, duty, alarm registers */
    blob_put(blob, 0x32, 1);            /* century */
    blob_put(blob, FADT_BOOT_FLAGS, 2);
    blob_put(blob, 0, 1);
    blob_put(blob, FADT_FLAGS, 4);
}

static uint32_t put_fadt(struct blob *blob, uint32_t facs, uint32_t dsdt)
{
    uint32_t begin = begin_table(blob, "FACP", 4);

    put_fadt_legacy(blob, facs, dsdt);
    put_gas_io(blob, GUEST_PORT_RESET, 8, 1);
    blob_put(blob, GUEST_RESET_VALUE, 1);
    blob_put(blob, 0, 3);
    blob_put(blob, 0, 8); /* X_FIRMWARE_CTRL: the 32-bit field holds it */
    blob_put(blob, dsdt, 8);
    put_gas_io(blob, GUEST_PORT_PM, 32, 2);
    blob_zeros(blob, 12);
    put_gas_io(blob, GUEST_PORT_PM + 4, 16, 2);
    blob_zeros(blob, 12);
    blob_zeros(blob, 12);
    put_gas_io(blob, GUEST_PORT_PM + 8, 32, 3);
    put_gas_io(blob, GUEST_PORT_GPE, 16, 1);
    blob_zeros(blob, 12);
    return end_table(blob, begin);
}

static void put_override(struct blob *blob, uint8_t irq, uint32_t gsi, uint16_t flags)
{
    blob_put(blob, 2, 1);
    blob_put(blob, 10, 1);
    blob_put(blob, 0, 1); /* ISA */
    blob_put(blob, irq, 1);
    blob_put(blob, gsi, 4);
    blob_put(blob, flags, 2);
}

/* CPUs that may come later stand there too, disabled: so systems leave room for them. */
static uint32_t put_madt(struct blob *blob, unsigned cpus, uint32_t there)
{
    uint32_t begin = begin_table(blob, "APIC", 3);

    blob_put(blob, APIC_DEFAULT_BASE, 4);
    blob_put(blob, 1, 4); /* there is an 8259 pair too */
    for (unsigned i = 0; i < cpus; i++) {
        blob_put(blob, 0, 1);
        blob_put(blob, 8, 1);
        blob_put(blob, i, 1);
        blob_put(blob, i, 1);
        blob_put(blob, there >> i & 1, 4);
    }
    blob_put(blob, 1, 1);
    blob_put(blob, 12, 1);
    blob_put(blob, IOAPIC_ID, 1);
    blob_put(blob, 0, 1);
    blob_put(blob, IOAPIC_BASE, 4);
    blob_put(blob, 0, 4);
    put_override(blob, 0, 2, 0);
    put_override(blob, PM_SCI, PM_SCI, 0x0d); /* level, active high */
    blob_put(blob, 4, 1); /* LINT1 of every CPU is NMI */
    blob_put(blob, 6, 1);
    blob_put(blob, 0xff, 1);
    blob_put(blob, 0, 2);
    blob_put(blob, 1, 1);
    return end_table(blob, begin);
}

static uint32_t put_root(struct blob *blob, const char *signature, unsigned width, uint32_t fadt,
                         uint32_t madt)
{
    uint32_t begin = begin_table(blob, signature, 1);

    blob_put(blob, fadt, width);
    blob_put(blob, madt, width);
    return end_table(blob, begin);
}

static void put_rsdp(struct blob *blob, uint32_t rsdt, uint32_t xsdt)
{
    memcpy(blob->bytes, "RSD PTR ", 8);
    memcpy(blob->bytes + 9, OEM_ID, 6);
    blob_set(blob, 15, 2, 1);
    blob_set(blob, 16, rsdt, 4);
    blob_set(blob, 20, 36, 4);
    blob_set(blob, 24, xsdt, 8);
    blob_checksum(blob, 0, 20, 8);
    blob_checksum(blob, 0, 36, 32);
}

void acpi_tables_write(const struct mem *mem, unsigned cpus, uint32_t there)
{
    struct blob blob = { mem_ptr(mem, ACPI_TABLES_GPA, ACPI_TABLES_BYTES), ACPI_TABLES_BYTES, 64 };
    uint32_t dsdt, facs, fadt, madt;

    if (blob.bytes == NULL)
        return;
    dsdt = put_dsdt(&blob, cpus);
    facs = put_facs(&blob);
    fadt = put_fadt(&blob, facs, dsdt);
    madt = put_madt(&blob, cpus, there);
    put_rsdp(&blob, put_root(&blob, "RSDT", 4, fadt, madt), put_root(&blob, "XSDT", 8, fadt, madt));
}
