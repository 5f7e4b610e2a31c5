/* SPDX-License-Identifier: MIT */
/* What the guest is told: ACPI and MP tables, CPUID, MSRs; and the VM's configuration lines. */
// sources: vmm/acpi_tables.c vmm/aml.c vmm/mp_table.c vmm/bios_data.c vmm/cpuid.c vmm/msr.c vmm/vm_conf.c vmm/mem.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <hw/msr.h>
#include <hw/x86.h>
#include <abi/guest.h>
#include <vmm/acpi_tables.h>
#include <vmm/bios_data.h>
#include <vmm/cpuid.h>
#include <vmm/msr.h>
#include <vmm/vm_conf.h>

static uint8_t ram[0x200000];
static struct mem mem;

static uint64_t get(uint64_t gpa, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, ram + gpa, width);
    return value;
}

static uint8_t sum(uint64_t gpa, uint64_t bytes)
{
    uint8_t total = 0;

    for (uint64_t i = 0; i < bytes; i++)
        total += ram[gpa + i];
    return total;
}

static void check_table(uint64_t gpa, const char *signature)
{
    assert_memory_equal(ram + gpa, signature, 4);
    assert_int_equal(sum(gpa, get(gpa + 4, 4)), 0);
}

static int setup(void **state)
{
    (void)state;
    memset(ram, 0, sizeof(ram));
    mem_init(&mem, ram, sizeof(ram));
    return 0;
}

static void test_acpi_tables(void **state)
{
    uint64_t rsdt, xsdt, fadt, madt, dsdt;

    (void)state;
    acpi_tables_write(&mem, 2, 1);
    assert_memory_equal(ram + ACPI_TABLES_GPA, "RSD PTR ", 8);
    assert_int_equal(sum(ACPI_TABLES_GPA, 20), 0);
    assert_int_equal(sum(ACPI_TABLES_GPA, 36), 0);
    rsdt = get(ACPI_TABLES_GPA + 16, 4);
    xsdt = get(ACPI_TABLES_GPA + 24, 8);
    check_table(rsdt, "RSDT");
    check_table(xsdt, "XSDT");
    fadt = get(xsdt + 36, 8);
    madt = get(xsdt + 44, 8);
    assert_int_equal(get(rsdt + 36, 4), fadt);
    check_table(fadt, "FACP");
    check_table(madt, "APIC");
    assert_int_equal(get(fadt + 4, 4), 244);
    dsdt = get(fadt + 40, 4);
    assert_int_equal(get(fadt + 140, 8), dsdt);
    check_table(dsdt, "DSDT");
    assert_memory_equal(ram + get(fadt + 36, 4), "FACS", 4);
    assert_int_equal(get(fadt + 46, 2), 9);
    assert_int_equal(get(fadt + 56, 4), 0x600);
    assert_int_equal(get(fadt + 64, 4), 0x604);
    assert_int_equal(get(fadt + 76, 4), 0x608);
    assert_int_equal(get(fadt + 80, 4), GUEST_PORT_GPE);
    assert_int_equal(get(fadt + 92, 4), 2);
    assert_int_equal(get(fadt + 220, 4), 0x01001001); /* X_GPE0: 16 ports' bits, accessed by bytes */
    assert_int_equal(get(fadt + 224, 8), GUEST_PORT_GPE);
    assert_int_equal(get(fadt + 108, 1), 0x32);
    assert_int_equal(get(fadt + 120, 8), 0xcf9);
    assert_int_equal(get(fadt + 128, 1), 6);
    assert_int_equal(get(fadt + 212, 8), 0x608);
    assert_int_equal(get(madt + 44, 1), 0); /* two CPUs, then the I/O APIC */
    assert_int_equal(get(madt + 52, 1), 0);
    assert_int_equal(get(madt + 48, 4), 1); /* enabled */
    assert_int_equal(get(madt + 56, 4), 0); /* may come */
    assert_int_equal(get(madt + 60, 1), 1);
    assert_int_equal(get(madt + 64, 4), 0xfec00000);
    assert_int_equal(get(madt + 72, 4), 0x00000a02); /* IRQ 0 is pin 2 */
    assert_int_equal(get(madt + 76, 4), 2);
}

/* Package lengths nest and names are where the AML grammar wants them: a tiny walk. */
static void test_dsdt_is_well_formed(void **state)
{
    uint64_t dsdt, at, end, length;

    (void)state;
    acpi_tables_write(&mem, 1, 1);
    dsdt = get(get(get(ACPI_TABLES_GPA + 24, 8) + 36, 8) + 40, 4);
    at = dsdt + 36;
    assert_memory_equal(ram + at, "\x08\\_S5_\x12", 7);
    length = (get(at + 7, 1) & 15) | get(at + 8, 2) << 4;
    at += 7 + length;
    assert_memory_equal(ram + at, "\x10", 1);
    length = (get(at + 1, 1) & 15) | get(at + 2, 2) << 4;
    end = at + 1 + length;
    assert_int_equal(end, dsdt + get(dsdt + 4, 4));
    at += 9;
    assert_memory_equal(ram + at - 5, "\\_SB_", 5);
    while (at < end) {
        assert_int_equal(get(at, 2), 0x825b);
        length = (get(at + 2, 1) & 15) | get(at + 3, 2) << 4;
        at += 2 + length;
    }
    assert_int_equal(at, end);
}

/*
 * AML as far as the tables of CPUs that come and go have it: what a guest's interpreter does when the event comes.
 * Names are four characters; words of the region are kept here.
 */
static uint32_t words[4]; /* by GUEST_CPUS_* / 4 */
static char notices[256];

static uint64_t aml_length(uint64_t *at)
{
    uint64_t begin = *at, length = (get(begin, 1) & 15) | get(begin + 1, 2) << 4;

    assert_int_equal(get(begin, 1) >> 4, 8); /* three bytes */
    *at += 3;
    return begin + length;
}

static uint64_t aml_integer(uint64_t *at)
{
    unsigned op = ram[(*at)++], width = op == 0x0a ? 1 : op == 0x0b ? 2 : 4;
    uint64_t value = get(*at, width);

    assert_true(op >= 0x0a && op <= 0x0c);
    *at += width;
    return value;
}

static uint32_t *aml_word(uint64_t *at)
{
    static const char names[] = "CPTHCPINCPBKCPGV";

    for (unsigned i = 0; i < 4; i++)
        if (memcmp(ram + *at, names + 4 * i, 4) == 0) {
            *at += 4;
            return &words[i];
        }
    fail();
    return NULL;
}

/* Runs a list of terms; the value of its return, or -1. */
static int64_t aml_run(uint64_t at, uint64_t end)
{
    while (at < end) {
        unsigned op = ram[at++];

        if (op == 0xa0) { /* If (And (word, mask)) */
            uint64_t behind = aml_length(&at);
            uint32_t *word;
            int64_t value;

            assert_int_equal(ram[at++], 0x7b);
            word = aml_word(&at);
            value = (*word & aml_integer(&at)) != 0;
            assert_int_equal(ram[at++], 0);
            if (value && (value = aml_run(at, behind)) >= 0)
                return value;
            at = behind;
        } else if (op == 0x70) { /* Store: words are cleared by ones */
            uint64_t value = aml_integer(&at);
            uint32_t *word = aml_word(&at);

            *word = word == &words[3] ? (uint32_t)value : *word & ~(uint32_t)value;
        } else if (op == 0x86) { /* Notify */
            size_t used = strlen(notices);

            snprintf(notices + used, sizeof(notices) - used, "%.4s ", (const char *)ram + at);
            at += 4;
            used += 5;
            snprintf(notices + used, sizeof(notices) - used, "%u, ", (unsigned)aml_integer(&at));
        } else if (op == 0xa4) {
            return (int64_t)aml_integer(&at);
        } else {
            fail_msg("unknown operation 0x%x", op);
        }
    }
    return -1;
}

/* The body of the method of that name behind `from`. */
static int64_t aml_call_method(uint64_t from, const char *name)
{
    for (uint64_t at = from; at < from + 0x4000; at++)
        if (ram[at] == 0x14 && memcmp(ram + at + 4, name, 4) == 0) {
            uint64_t body = at + 1, end = aml_length(&body);

            return aml_run(body + 5, end);
        }
    fail();
    return -1;
}

static uint64_t aml_device_at(uint64_t from, const char *name)
{
    for (uint64_t at = from; at < from + 0x4000; at++)
        if (get(at, 2) == 0x825b && memcmp(ram + at + 5, name, 4) == 0)
            return at;
    fail();
    return 0;
}

static void test_cpus_come_and_go(void **state)
{
    static const uint8_t event[] = "\\_GPE\x14\x80\x01\x00_E01\x08\\._SB_CPSC";
    uint64_t dsdt, cpu31;

    (void)state;
    acpi_tables_write(&mem, 32, 3);
    dsdt = get(get(get(ACPI_TABLES_GPA + 24, 8) + 36, 8) + 40, 4);
    assert_true(dsdt + get(dsdt + 4, 4) < ACPI_TABLES_GPA + ACPI_TABLES_BYTES);
    check_table(dsdt, "DSDT");
    cpu31 = aml_device_at(dsdt, "CP31");
    words[0] = 0x80000001;
    assert_int_equal(aml_call_method(cpu31, "_STA"), 0x0f);
    words[0] = 0x7fffffff;
    assert_int_equal(aml_call_method(cpu31, "_STA"), 0);
    assert_int_equal(aml_call_method(cpu31, "_EJ0"), -1);
    assert_int_equal(words[3], 0x80000000);
    words[1] = 0x00000006;
    words[2] = 0x80000004;
    notices[0] = '\0';
    assert_int_equal(aml_call_method(dsdt, "CPSC"), -1);
    assert_string_equal(notices, "CP01 1, CP02 1, CP02 3, CP31 3, ");
    assert_true(words[1] == 0 && words[2] == 0);
    assert_memory_equal(ram + dsdt + get(dsdt + 4, 4) - (sizeof(event) - 1), event, 6);
    assert_memory_equal(ram + dsdt + get(dsdt + 4, 4) - 15, "_E01\x08\\._SB_CPSC", 15);
    mp_table_write(&mem, 32, 3);
    assert_int_equal(get(MP_TABLE_GPA + 16 + 34, 2), 2 + 2 + 15 + 2); /* CPUs, bus and I/O APIC, interrupts */
}

static void test_mp_table(void **state)
{
    uint64_t table = MP_TABLE_GPA + 16, at = table + 44;
    unsigned kinds[5] = { 0 };

    (void)state;
    mp_table_write(&mem, 1, 1);
    assert_memory_equal(ram + MP_TABLE_GPA, "_MP_", 4);
    assert_int_equal(sum(MP_TABLE_GPA, 16), 0);
    assert_int_equal(get(MP_TABLE_GPA + 4, 4), table);
    assert_memory_equal(ram + table, "PCMP", 4);
    assert_int_equal(sum(table, get(table + 4, 2)), 0);
    for (unsigned n = (unsigned)get(table + 34, 2); n > 0; n--) {
        assert_in_range(ram[at], 0, 4);
        kinds[ram[at]]++;
        at += ram[at] == 0 ? 20 : 8;
    }
    assert_int_equal(at, table + get(table + 4, 2));
    assert_int_equal(kinds[0], 1);
    assert_int_equal(kinds[1], 1);
    assert_int_equal(kinds[2], 1);
    assert_int_equal(kinds[3], 15);
    assert_int_equal(kinds[4], 2);
}

static void test_bios_data(void **state)
{
    struct mem tiny;

    (void)state;
    bios_data_write(&mem);
    assert_int_equal(get(0x400, 2), 0x3f8);
    assert_int_equal(get(0x413, 2), 639);
    assert_int_equal(get(0x463, 2), 0x3d4);
    mem_init(&tiny, ram, 0x100);
    bios_data_write(&tiny);
}

/* ---------------------------------------------------------------- CPUID */
static struct cpuid_regs everything(void *ctx, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r = { ~0u, ~0u, ~0u, ~0u };

    (void)ctx;
    if (leaf == 0)
        return (struct cpuid_regs){ 0x20, 0x756e6547, 0x6c65746e, 0x49656e69 };
    if (leaf == 7)
        r.eax = 2;
    if (leaf == 4)
        r.eax = subleaf < 4 ? 0xfc004121 + subleaf : 0;
    if (leaf == 0xd && subleaf >= 2)
        return (struct cpuid_regs){ 64, 576 + 64 * subleaf, 3, 0 };
    if (leaf == 0x80000000)
        r.eax = 0x8000001f;
    if (leaf == 0x80000008)
        r.eax = 0x3934;
    return r;
}

static struct cpuid_regs little(void *ctx, uint32_t leaf, uint32_t subleaf)
{
    (void)ctx;
    (void)subleaf;
    if (leaf == 0)
        return (struct cpuid_regs){ 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 };
    if (leaf == 1)
        return (struct cpuid_regs){ 0x306c3, 0x00100800, 0, 0x178bfbff };
    if (leaf == 0x80000000)
        return (struct cpuid_regs){ 0x80000008, 0, 0, 0 };
    if (leaf == 0x80000008)
        return (struct cpuid_regs){ 0x3024, 0, 0, 0 };
    return (struct cpuid_regs){ 0 };
}

static struct cpuid_page page;

static struct cpuid_regs sub(uint32_t leaf, uint32_t subleaf)
{
    for (unsigned i = 0; i < page.sub_count; i++)
        if (page.sub[i].leaf == leaf && page.sub[i].subleaf == subleaf)
            return page.sub[i].regs;
    return (struct cpuid_regs){ 0 };
}

static void test_cpuid_hides_what_is_not_there(void **state)
{
    struct cpuid_source source = { everything, NULL, 2100000000, 1 };

    (void)state;
    cpuid_build(&page, &source);
    assert_int_equal(page.max_basic, 0x16);
    assert_int_equal(page.basic[0].eax, 0x16);
    assert_int_equal(page.max_extended, 0x80000008);
    assert_int_equal(page.basic[1].ecx & (1u << 3 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 15 | 1u << 27), 0);
    assert_int_equal(page.basic[1].ecx & (1u << 21 | 1u << 24 | 1u << 31), 1u << 21 | 1u << 24 | 1u << 31);
    assert_int_equal(page.basic[1].edx & (1u << 21 | 1u << 22 | 1u << 28 | 1u << 29 | 1u << 31), 0);
    assert_int_equal(page.basic[1].ebx >> 16, 1);
    assert_int_equal(page.basic[5].eax | page.basic[5].edx, 0);
    assert_int_equal(page.basic[6].eax, 4);
    assert_int_equal(page.basic[0xa].eax, 0);
    assert_int_equal(sub(4, 0).eax >> 14, 0);
    assert_int_equal(sub(7, 0).eax, 1);
    assert_int_equal(sub(7, 0).ebx & (1u << 2 | 1u << 4 | 1u << 11 | 1u << 14 | 1u << 25), 0);
    assert_int_equal(sub(7, 0).ecx & (1u << 3 | 1u << 5 | 1u << 7 | 1u << 16 | 1u << 30), 0);
    assert_int_equal(sub(7, 0).edx >> 18, 0);
    assert_int_equal(sub(0xb, 1).ecx, 0x201);
    assert_int_equal(sub(0xd, 0).eax, 0xe7);
    assert_int_equal(sub(0xd, 0).ecx, 576 + 64 * 7 + 64);
    assert_int_equal(sub(0xd, 1).eax, 7);
    assert_int_equal(sub(0xd, 2).eax, 64);
    assert_int_equal(sub(0xd, 9).eax, 0);
    assert_int_equal(page.basic[0x15].ecx, 2100000000);
    assert_int_equal(page.basic[0x15].eax, page.basic[0x15].ebx);
    assert_int_equal(page.basic[0x16].eax, 2100);
    assert_int_equal(page.extended[8].eax, 0x3034);
    assert_memory_equal(&page.virtual[0].ebx, "KVMKVMKVM\0\0\0", 12);
    assert_int_equal(page.virtual[1].eax, 2);
    assert_int_equal(cpuid_phys_bits(&page), 52);
}

static void test_cpuid_of_a_small_cpu(void **state)
{
    struct cpuid_source source = { little, NULL, 5000000000ull, 6 };

    (void)state;
    cpuid_build(&page, &source);
    assert_int_equal(page.basic[1].ecx, 1u << 21 | 1u << 24 | 1u << 31);
    assert_int_equal(sub(0xd, 0).eax, 0);
    assert_int_equal(page.basic[0x15].eax, 0); /* does not fit in 32 bits: say nothing */
    assert_int_equal(page.extended[7].edx, 0);
    assert_int_equal(sub(7, 0).ebx, 1u << 1); /* TSC_ADJUST is ours */
    assert_int_equal(cpuid_phys_bits(&page), 36);
    page.extended[8].eax = 0;
    assert_int_equal(cpuid_phys_bits(&page), 36);
}

/* ---------------------------------------------------------------- MSRs */
static void test_msrs(void **state)
{
    struct msr_file msrs;
    uint64_t value;

    (void)state;
    msr_reset(&msrs, 39);
    assert_true(msr_read(&msrs, MSR_MTRR_CAP, &value));
    assert_int_equal(value, 0x508);
    assert_true(msr_read(&msrs, 0x200, &value));
    assert_int_equal(value, 0xc0000000);
    assert_true(msr_read(&msrs, 0x201, &value));
    assert_int_equal(value, 0x7fc0000800ull);
    assert_true(msr_read(&msrs, 0x259, &value));
    assert_int_equal(value, 0);
    assert_true(msr_read(&msrs, 0x26f, &value));
    assert_int_equal(value, 0x0606060606060606ull);
    assert_true(msr_read(&msrs, MSR_FEATURE_CONTROL, &value));
    assert_int_equal(value, 1);
    assert_true(msr_read(&msrs, MSR_BIOS_SIGN_ID, &value));
    assert_true(msr_read(&msrs, MSR_MTRR_DEF_TYPE, &value));
    assert_int_equal(value, 0xc06);
    assert_true(msr_read(&msrs, MSR_MCG_CAP, &value));
    assert_int_equal(value, 0);
    assert_false(msr_read(&msrs, 0x210, &value));
    assert_false(msr_read(&msrs, 0x12345, &value));
}

static void test_msr_writes_are_judged(void **state)
{
    struct msr_file msrs;
    uint64_t value;

    (void)state;
    msr_reset(&msrs, 39);
    assert_true(msr_write(&msrs, 0x202, 0x100000006ull));
    assert_true(msr_write(&msrs, 0x203, 0x7f00000800ull));
    assert_false(msr_write(&msrs, 0x202, 0x100000002ull)); /* no such type */
    assert_false(msr_write(&msrs, 0x202, 0x10006 | 1ull << 39));
    assert_false(msr_write(&msrs, 0x203, 0x7f00000900ull));
    assert_true(msr_read(&msrs, 0x202, &value));
    assert_int_equal(value, 0x100000006ull);
    assert_true(msr_write(&msrs, 0x250, 0x0000000000000001ull));
    assert_false(msr_write(&msrs, 0x258, 0x0000000000000300ull));
    assert_true(msr_write(&msrs, MSR_MTRR_DEF_TYPE, 0x800));
    assert_false(msr_write(&msrs, MSR_MTRR_DEF_TYPE, 0x1000));
    assert_false(msr_write(&msrs, MSR_MTRR_DEF_TYPE, 0x802));
    assert_true(msr_write(&msrs, MSR_BIOS_SIGN_ID, 0));
    assert_true(msr_write(&msrs, MSR_MCG_STATUS, 0));
    assert_false(msr_write(&msrs, MSR_MCG_STATUS, 8));
    assert_false(msr_write(&msrs, MSR_FEATURE_CONTROL, 5));
    assert_false(msr_write(&msrs, MSR_MTRR_CAP, 0));
    msr_read(&msrs, MSR_MISC_ENABLE, &value);
    assert_true(msr_write(&msrs, MSR_MISC_ENABLE, value & ~1ull));
    assert_false(msr_write(&msrs, MSR_MISC_ENABLE, value | 1ull << 22));
}

/* ---------------------------------------------------------------- configuration */
static struct vm_conf conf;

static bool parse(const char *text)
{
    return vm_conf_parse(&conf, text, strlen(text) + 1);
}

static void test_configuration(void **state)
{
    (void)state;
    assert_true(parse("memory = 256M\n kernel =  vmlinuz \r\ninitrd = initrd.cpio\n# remark\n\n"
                      "module = data.bin some = args\ncmdline = console=ttyS0 root=/dev/ram\n"
                      "boot = linux\non_reset = stop\nstats = yes"));
    assert_string_equal(conf.kernel, "vmlinuz");
    assert_string_equal(conf.cmdline, "console=ttyS0 root=/dev/ram");
    assert_int_equal(conf.module_count, 2);
    assert_string_equal(conf.module_file[0], "initrd.cpio");
    assert_string_equal(conf.module_file[1], "data.bin");
    assert_string_equal(conf.module_args[1], "data.bin some = args");
    assert_int_equal(conf.boot, LOAD_LINUX);
    assert_true(conf.stop_on_reset);
    assert_true(conf.stats);
    assert_true(parse("kernel = x\nboot = auto\non_reset = restart\nstats = no\n"));
    assert_string_equal(conf.cmdline, "");
    assert_int_equal(conf.boot, LOAD_AUTO);
}

static void refused(const char *text, const char *reason)
{
    assert_false(parse(text));
    if (strstr(conf.error, reason) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", conf.error, reason);
}

static void test_configuration_refused(void **state)
{
    char many[1024] = "kernel = x\n";

    (void)state;
    refused("", "no kernel");
    refused("kernel =\n", "no kernel");
    refused("kernel = x\nnonsense\n", "\"nonsense\": expected key = value");
    refused("kernel = x\nboot = grub\n", "boot = grub: expected auto, linux, pvh or multiboot");
    refused("kernel = x\non_reset = maybe\n", "expected restart or stop");
    refused("kernel = x\nstats = 1\n", "expected yes or no");
    refused("kernel = x\nmodule =\n", "expected a file name");
    for (int i = 0; i < 17; i++)
        strcat(many, "module = m\n");
    refused(many, "at most 16 modules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_acpi_tables, setup),
        cmocka_unit_test_setup(test_dsdt_is_well_formed, setup),
        cmocka_unit_test_setup(test_cpus_come_and_go, setup),
        cmocka_unit_test_setup(test_mp_table, setup),
        cmocka_unit_test_setup(test_bios_data, setup),
        cmocka_unit_test_setup(test_cpuid_hides_what_is_not_there, setup),
        cmocka_unit_test_setup(test_cpuid_of_a_small_cpu, setup),
        cmocka_unit_test_setup(test_msrs, setup),
        cmocka_unit_test_setup(test_msr_writes_are_judged, setup),
        cmocka_unit_test_setup(test_configuration, setup),
        cmocka_unit_test_setup(test_configuration_refused, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
