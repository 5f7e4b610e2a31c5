// SPDX-License-Identifier: MIT
// t_pvh: the machine state and the start info that a PVH loader hands over, and the ACPI tables.
#include <guest/acpi.h>
#include <guest/boot.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/x86.h>

extern char image_start[], image_end[];

static void check_place(uint64_t at, const char *name)
{
    check(at < (uint64_t)image_start || at >= (uint64_t)image_end, "%s is outside the image: 0x%lx", name, at);
    check(at >= 4096 && at < 0x100000000, "%s is not in page 0", name);
}

static void memory(void)
{
    struct boot_memory m;
    uint64_t last_end = 0, image_inside = 0, tables = 0;
    bool sorted = true;
    unsigned n;
    for (n = 0; boot_memory(n, &m); n++) {
        print("memory 0x%lx + 0x%lx type %u\n", m.base, m.bytes, m.type);
        sorted &= m.base >= last_end && m.bytes != 0;
        last_end = m.base + m.bytes;
        if (m.type != 1) {
            tables |= m.base <= 0xe0000 && m.base + m.bytes >= 0x100000;
            continue;
        }
        image_inside |= m.base <= (uint64_t)image_start && m.base + m.bytes >= (uint64_t)image_end;
        tables |= m.base < 0x100000 && m.base + m.bytes > 0xa0000 ? 2 : 0;
    }
    check(n >= 2, "memory map with %u ranges", n);
    check(sorted, "the map is sorted, without overlap");
    check(image_inside, "the image lies in usable memory");
    check(!(tables & 2), "the adapter area is not usable memory");
}

static void tables(const struct pvh_info *info)
{
    const uint8_t *rsdp = acpi_rsdp();
    check(rsdp != 0, "root pointer in 0xe0000..0xfffff");
    check_eq(info->rsdp, (uint64_t)rsdp, "start info points to it");
    check(acpi_table("FACP") != 0, "FADT");
    check(acpi_table("APIC") != 0, "MADT");
    if (rsdp && rsdp[15] >= 2) {
        uint64_t xsdt;
        memcpy(&xsdt, rsdp + 24, 8);
        check_eq(acpi_sum(rsdp, 36), 0, "extended checksum of the root pointer");
        check(xsdt && acpi_sum((const void *)xsdt, ((const struct acpi_header *)xsdt)->length) == 0, "XSDT");
    }
    const struct acpi_header *fadt = acpi_table("FACP");
    if (fadt) {
        const struct acpi_header *dsdt = (const void *)(uint64_t)acpi_u32(fadt, 40);
        check(dsdt && memcmp(dsdt->signature, "DSDT", 4) == 0 && acpi_sum(dsdt, dsdt->length) == 0, "DSDT");
    }
}

static void modules(const struct pvh_info *info, const char *cmdline)
{
    uint64_t want = text_value(cmdline, "modules", 0);
    check_eq(info->module_count, want, "number of modules");
    if (info->module_count != want || want == 0)
        return;
    const struct pvh_module *m = (const void *)info->modules;
    for (unsigned i = 0; i < want; i++) {
        const char *text = (const char *)m[i].base;
        print("module 0x%lx + 0x%lx\n", m[i].base, m[i].bytes);
        check_eq(m[i].base % 4096, 0, "module %u is page aligned", i);
        check_place(m[i].base, "the module");
        check(text[0] == 'm' && text[1] == 'o' && text[2] == 'd' && text[3] == '0' + (char)i, "its contents");
    }
}

void guest_main(const char *cmdline)
{
    const struct pvh_info *info = (const void *)(uint64_t)boot_info;
    report_name("t_pvh");
    check_eq(info->magic, PVH_MAGIC, "EBX points to the start info");
    check(info->version >= 1, "its version is %u", info->version);
    check_eq(boot_cr0 & (CR0_PE | CR0_PG), CR0_PE, "CR0: protected mode without paging");
    check_eq(boot_eflags & (FLAG_IF | FLAG_VM), 0, "EFLAGS: interrupts off");
    check_place(boot_info, "the start info");
    check_place(info->memmap, "the memory map");
    print("command line \"%s\"\n", cmdline);
    check(text_has_word(cmdline, "word"), "the command line has the words given");
    memory();
    modules(info, cmdline);
    tables(info);
}
