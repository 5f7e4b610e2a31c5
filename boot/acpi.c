/* SPDX-License-Identifier: MIT */
/*
 * What ACPI tells: CPUs, I/O APICs, how to end the machine, the PM timer. Without ACPI the chip
 * set is taken for the PIIX4 of the classic PC emulators when it is there, and the rest for what
 * every PC has.
 */
#include <lib/acpi_tables.h>

#include "boot.h"
#include "io.h"

#define TABLE_MOST (16u << 20) /* larger than any sane table */

#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc
#define PIIX4_PM    0x71138086u /* Intel 82371AB power management, function 3 */
#define PIIX4_PMBA  0x40
#define PIIX4_PMREG 0x80 /* bit 0: the ports at PMBA answer */

static struct acpi_fadt fadt;
struct acpi_srat acpi_srat;

static void *config_table(EFI_GUID want)
{
    const uint8_t *a = (const uint8_t *)&want;

    for (UINTN i = 0; i < boot_system->NumberOfTableEntries; i++) {
        EFI_CONFIGURATION_TABLE *t = &boot_system->ConfigurationTable[i];
        const uint8_t *b = (const uint8_t *)&t->VendorGuid;
        unsigned same = 0;

        while (same < sizeof(EFI_GUID) && a[same] == b[same])
            same++;
        if (same == sizeof(EFI_GUID))
            return t->VendorTable;
    }
    return NULL;
}

static const void *rsdp_find(void)
{
    EFI_GUID acpi2 = ACPI_20_TABLE_GUID, acpi1 = ACPI_TABLE_GUID;
    const void *rsdp = config_table(acpi2);

    return rsdp != NULL ? rsdp : config_table(acpi1);
}

static const void *checked(uint64_t address, const char *what)
{
    const void *table = (const void *)address;

    if (address != 0 && acpi_table_good(table, TABLE_MOST))
        return table;
    say("ACPI: %s at 0x%lx is damaged and left out", what, address);
    return NULL;
}

static void take_madt(struct boot_info *info, const void *table)
{
    static struct acpi_madt madt;

    acpi_madt_read(table, &madt);
    for (uint32_t i = 0; i < madt.cpu_count; i++)
        info->cpu[i].apic_id = madt.cpu[i];
    info->cpu_count = madt.cpu_count;
    for (uint32_t i = 0; i < madt.ioapic_count; i++)
        info->ioapic[i] = (struct boot_ioapic){ .base = madt.ioapic[i].base,
                                                .gsi_base = madt.ioapic[i].gsi_base };
    info->ioapic_count = madt.ioapic_count;
    for (uint32_t i = 0; i < 16; i++)
        info->isa_irq[i] = (struct boot_isa_irq){ madt.isa[i].gsi, madt.isa[i].flags };
    if (madt.cpus_left_out != 0)
        say("more than %u CPUs: %u are not used", BOOT_MAX_CPUS, madt.cpus_left_out);
}

static BOOLEAN take_s5(struct boot_info *info, const void *table)
{
    return table != NULL && acpi_s5_find(table, &info->power.slp_typa, &info->power.slp_typb);
}

static void take_fadt(struct boot_info *info, const void *table)
{
    acpi_fadt_read(table, &fadt);
    info->power.pm1a_cnt = fadt.pm1a_cnt;
    info->power.pm1b_cnt = fadt.pm1b_cnt;
    info->power.reset_space = fadt.reset_space;
    info->power.reset_value = fadt.reset_value;
    info->power.reset_address = fadt.reset_address;
    info->pm_timer_port = fadt.pm_timer;
    info->pm_timer_bits = fadt.pm_timer == 0 ? 0 : fadt.pm_timer_bits;
}

static void take_tables(struct boot_info *info, const void *root, uint32_t entry_bytes)
{
    BOOLEAN s5 = FALSE;
    uint32_t count = acpi_root_count(root, entry_bytes);

    for (uint32_t i = 0; i < count; i++) {
        const void *table = checked(acpi_root_entry(root, entry_bytes, i), "a table");

        if (table == NULL)
            continue;
        if (acpi_table_is(table, "APIC"))
            take_madt(info, table);
        else if (acpi_table_is(table, "FACP"))
            take_fadt(info, table);
        else if (acpi_table_is(table, "SRAT"))
            acpi_srat_read(table, &acpi_srat);
        else if (acpi_table_is(table, "SSDT") && !s5)
            s5 = take_s5(info, table);
    }
    if (!s5 && fadt.dsdt != 0)
        s5 = take_s5(info, checked(fadt.dsdt, "DSDT"));
    if (!s5) {
        info->power.pm1a_cnt = info->power.pm1b_cnt = 0;
        say("ACPI: no \\_S5: the machine cannot be switched off by software");
    }
}

static uint32_t piix4_read(unsigned device, unsigned offset)
{
    out32(PCI_ADDRESS, 0x80000000u | device << 11 | 3u << 8 | offset);
    return in32(PCI_DATA);
}

/* Intel 82371AB data sheet, 7.1 and 7.2: the ACPI registers of the PIIX4. */
static void take_piix4(struct boot_info *info)
{
    if (piix4_read(1, 0) != PIIX4_PM || !(piix4_read(1, PIIX4_PMREG) & 1))
        return;

    uint16_t base = piix4_read(1, PIIX4_PMBA) & 0xffc0;
    if (base == 0)
        return;
    info->power.pm1a_cnt = base + 4;
    info->pm_timer_port = base + 8;
    info->pm_timer_bits = 24;
}

/* A PC without tables: ISA interrupts one to one, but the timer, which is wired to input 2. */
static void take_defaults(struct boot_info *info)
{
    if (info->ioapic_count == 0) {
        info->ioapic[0] = (struct boot_ioapic){ .base = 0xfec00000 };
        info->ioapic_count = 1;
    }
    if (info->acpi_rsdp != 0)
        return;
    for (uint32_t i = 0; i < 16; i++)
        info->isa_irq[i].gsi = i == 0 ? 2 : i;
    info->power.reset_space = 1;
    info->power.reset_address = 0xcf9;
    info->power.reset_value = 0x06;
    take_piix4(info);
}

void acpi_read(struct boot_info *info)
{
    const void *rsdp = rsdp_find();
    uint64_t address;
    uint32_t entry_bytes;

    for (uint32_t i = 0; i < 16; i++)
        info->isa_irq[i].gsi = i;
    if (rsdp != NULL && acpi_rsdp_root(rsdp, &address, &entry_bytes)) {
        const void *root = checked(address, "RSDT");

        info->acpi_rsdp = (uint64_t)rsdp;
        if (root != NULL)
            take_tables(info, root, entry_bytes);
    } else {
        say("firmware has no ACPI: taking what every PC has");
    }
    take_defaults(info);
}

/*
 * ACPI 16.3.1: a machine that starts in legacy mode must be asked to switch its power management
 * over, else the sleep registers may be ignored. Called when firmware no longer uses them.
 */
void acpi_enable(void)
{
    if (fadt.smi_cmd == 0 || fadt.acpi_enable == 0 || fadt.pm1a_cnt == 0 ||
        (in16(fadt.pm1a_cnt) & 1))
        return;
    out8(fadt.smi_cmd, fadt.acpi_enable);
    for (unsigned i = 0; i < 100000 && !(in16(fadt.pm1a_cnt) & 1); i++)
        ;
}
