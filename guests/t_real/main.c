// SPDX-License-Identifier: MIT
// t_real: real mode, 32-bit protected mode with task switches and VM86, and the way back.
#include <guest/apic.h>
#include <guest/pic.h>
#include <guest/report.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>
#include "t_real.h"

extern const char real_stub_start[], real_soft[], real_tick[], real_step[];

#define IN_LOW(label) ((label)-low_start + LOW_BASE)

static void descriptor(unsigned selector, uint64_t base, uint64_t limit, uint64_t type)
{
    gdt[selector / 8] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 | (limit >> 16 & 0xf) << 48 |
                        (base >> 24 & 0xff) << 56;
}

static void descriptors(void)
{
    static uint8_t small[16];
    descriptor(SEL_LOW_CODE, LOW_BASE, 0xffff, 0x9b);
    descriptor(SEL_LOW_DATA, LOW_BASE, 0xffff, 0x93);
    descriptor(SEL_TSS_A, (uint64_t)tss_a, 255, 0x89);
    descriptor(SEL_TSS_B, (uint64_t)tss_b, 103, 0x89);
    descriptor(SEL_SMALL, (uint64_t)small, 15, 0x93);
    descriptor(SEL_IOAPIC, IOAPIC_BASE, 0xfff, 0x93);
    descriptor(SEL_ABSENT, 0, 0xffff, 0x13);
    descriptor(SEL_TSS_C, (uint64_t)tss_b, 103, 0x09);
}

static void real_prepare(void)
{
    uint32_t *ivt = 0;
    asm("" : "+r"(ivt)); /* the table is at address 0; keep the compiler from seeing a null pointer */
    memcpy((void *)LOW_BASE, low_start, (uint64_t)(low_end - low_start));
    for (unsigned i = 0; i < 16; i++)
        ivt[i] = LOW_SEG << 16 | (uint32_t)(real_stub_start - low_start + 5 * i);
    ivt[1] = LOW_SEG << 16 | (uint32_t)(real_step - low_start);
    ivt[0x80] = LOW_SEG << 16 | (uint32_t)(real_soft - low_start);
    ivt[VEC_TICK] = LOW_SEG << 16 | (uint32_t)(real_tick - low_start);
    memset((void *)LOW_DATA, 0, 4096);
    memset((void *)IN_LOW(low_slots), 0, R_COUNT * 4 + V_COUNT * 4);
    apic_enable();
    pic_init(1);
    apic_write(APIC_LVT_LINT0, APIC_MODE_EXTINT);
    pit_program(0, 2, PIT_CLOCK / 1000);
    pic_mask(0xfffe);
}

static void real_slots(void)
{
    static const struct {
        const char *name;
        uint16_t vector, distance;
    } want[R_COUNT] = {
        [R_DIV] = {"DIV by zero", VEC_DE, 0},     [R_INT3] = {"INT3", VEC_BP, 1},
        [R_INTO] = {"INTO", VEC_OF, 1},           [R_BOUND] = {"BOUND", VEC_BR, 0},
        [R_UD2] = {"UD2", VEC_UD, 0},             [R_LIMIT] = {"a word at offset 0xffff", VEC_GP, 0},
        [R_RDMSR] = {"RDMSR of an absent MSR", VEC_GP, 0}, [R_VMXOFF] = {"VMXOFF", VEC_UD, 0},
        [R_CPUID] = {"CPUID", 0xff, 0},           [R_SGDT] = {"SGDT", 0xff, 0},
    };
    const struct real_slot *slot = (const void *)IN_LOW(low_slots);
    for (unsigned i = 0; i < R_COUNT; i++) {
        check_eq(slot[i].vector, want[i].vector, "real mode: %s", want[i].name);
        check_eq(slot[i].distance, want[i].distance, "its IP");
    }
}

static void test_real(void)
{
    real_prepare();
    real_run();
    pic_mask(0xffff);
    pit_stop();
    apic_write(APIC_LVT_LINT0, APIC_MASKED | APIC_MODE_EXTINT);
    real_slots();
    const uint32_t *value = (const void *)IN_LOW(low_values);
    const uint8_t *data = (const void *)LOW_DATA;
    check_eq(value[V_IN] & 0x80, 0x80, "IN in real mode");
    check_eq(value[V_INSB], 0x12340014, "REP INSB changes only DI");
    check(data[15] == 0 && data[16] == 0x6d && data[19] == 0x6d && data[20] == 0, "REP INSB with CX");
    check_eq(value[V_OUTSB], 'z', "REP OUTSB");
    check_eq(value[V_MMIO], ioapic_read(1), "MMIO read with a 32-bit address");
    check_eq(value[V_MMIO_OR] & 0x1afff, 0x10041, "MMIO OR");
    check_eq(value[V_WRAP], *(const volatile uint32_t *)0x100010, "memory above 1 MiB by 0xffff:0x20");
    check_eq(value[V_MSW] & 1, 0, "SMSW shows PE clear");
    check_eq(value[V_FAR], 0x600d, "far call");
    check_eq(value[V_STRING], 0x747a7978, "REP MOVSB");
    check_eq(value[V_SOFT], 2, "INT n");
    check_range(value[V_TICKS], 3, 4, "timer interrupts, HLT");
    check_eq(value[V_STEPS], 9, "single-steps");
    check_eq(value[V_SP], 0x6000, "the stack is as before");
    real_prepare();
    real_run();
    pic_mask(0xffff);
    pit_stop();
    apic_write(APIC_LVT_LINT0, APIC_MASKED | APIC_MODE_EXTINT);
    check_eq(value[V_SOFT], 2, "a second visit");
}

static void gate(unsigned vector, uint64_t type)
{
    uint32_t at = (uint32_t)(uint64_t)pm_stubs + 16 * vector;
    pm_idt[2 * vector] = (at & 0xffff) | SEL_CODE32 << 16;
    pm_idt[2 * vector + 1] = (at & 0xffff0000) | (uint32_t)type << 8;
}

static void tss_common(uint32_t *tss, const char *stack)
{
    tss[7] = 0; /* CR3 */
    tss[9] = 2; /* EFLAGS */
    tss[14] = (uint32_t)(uint64_t)stack;
    for (unsigned i = 18; i < 24; i++)
        tss[i] = SEL_DATA;
    tss[19] = SEL_CODE32;
}

static void pm_prepare(void)
{
    for (unsigned i = 0; i < PM_VECTORS; i++)
        gate(i, i == VEC_SOFT_3 ? 0xee : 0x8e);
    pm_idt[2 * VEC_TASK] = SEL_TSS_B << 16;
    pm_idt[2 * VEC_TASK + 1] = 0x8500;
    memset(tss_a, 0, 256);
    memset(tss_b, 0, 104);
    tss_a[1] = (uint32_t)(uint64_t)task_b_stack_top - 2048;
    tss_a[2] = SEL_DATA;
    tss_a[25] = 104 << 16;
    memset((uint8_t *)tss_a + 104, 0xff, 256 - 104);
    ((uint8_t *)tss_a)[104 + 0x71 / 8] &= (uint8_t)~(1 << (0x71 % 8));
    ((uint8_t *)tss_a)[104 + 0x3ff / 8] &= (uint8_t)~(1 << (0x3ff % 8));
    tss_common(tss_b, task_b_stack_top);
    tss_b[8] = (uint32_t)(uint64_t)task_b;
    tss_b[10] = 0x0b0b0b0b; /* EAX */
    tss_b[25] = 104 << 16;
    memset(pm_slots, 0, sizeof(struct pm_slot) * P_COUNT);
    memset(pm_values, 0, 4 * W_COUNT);
    for (unsigned i = 0; i < 4; i++)
        pae_table[i] = pae_bad[i] = ((uint64_t)page_pd + (i == 1 ? 0 : i) * 4096) | PTE_PRESENT;
    pae_bad[2] |= 0x1e0; /* reserved */
    for (unsigned i = 0; i < 1024; i++)
        pse_table[i] = ((i >= 256 && i < 512 ? i - 256 : i) << 22) | PTE_TABLE | PTE_LARGE;
    outb(0x3ff, 0x2b);
    memset((void *)LOW_DATA, 0, 4096);
}

static void pm_check_slots(void)
{
    static const struct {
        const char *name;
        uint32_t vector, error, distance;
    } want[P_COUNT] = {
        [P_LIMIT] = {"a read over the limit of a segment", VEC_GP, 0, 0},
        [P_ABSENT] = {"load of an absent segment", VEC_NP, SEL_ABSENT, 0},
        [P_SOFT] = {"INT n", VEC_SOFT, 0, 2},
        [P_RDMSR] = {"RDMSR of an absent MSR", VEC_GP, 0, 0},
        [P_UNDEFINED] = {"VMXOFF", VEC_UD, 0, 0},
        [P_TASK_ABSENT] = {"JMP to an absent task", VEC_NP, SEL_TSS_C, 0},
        [P_TASK_BUSY] = {"JMP to the busy task", VEC_GP, SEL_TSS_A, 0},
        [P_V86_INT] = {"VM86: INT n with IOPL 3", VEC_SOFT_3, 0, 2},
        [P_V86_INT_IOPL0] = {"VM86: INT n with IOPL 0", VEC_GP, 0, 0},
        [P_V86_HLT] = {"VM86: HLT", VEC_GP, 0, 0},
        [P_V86_IN] = {"VM86: IN, first allowed, then not", VEC_GP, 0, 2},
        [P_V86_CPUID] = {"VM86: CPUID", VEC_SOFT_3, 0, 7},
        [P_V86_INSB] = {"VM86: REP INSB", VEC_SOFT_3, 0, 18},
        [P_PAE_BAD] = {"CR3 with a reserved bit in a PDPTE", VEC_GP, 0, 0},
    };
    for (unsigned i = 0; i < P_COUNT; i++) {
        check_eq(pm_slots[i].vector, want[i].vector, "protected mode: %s", want[i].name);
        check_eq(pm_slots[i].error, want[i].error, "its error code");
        check_eq(pm_slots[i].distance, want[i].distance, "its EIP");
    }
    check_eq(pm_slots[P_V86_INT].eflags & FLAG_VM, FLAG_VM, "EFLAGS.VM is pushed");
    check_eq(pm_slots[P_SOFT].eflags & FLAG_VM, 0, "EFLAGS.VM is clear elsewhere");
}

static void test_protected(void)
{
    real_prepare();
    pic_mask(0xffff);
    pit_stop();
    pm_prepare();
    pm_run();
    pm_check_slots();
    const uint8_t *data = (const void *)LOW_DATA;
    uint32_t version = ioapic_read(1);
    check_eq(pm_values[W_MMIO], version, "MMIO through a segment with a base");
    check_eq(pm_values[W_INSB], 0, "REP INSB with 16-bit addresses ends");
    check(data[0x3f] == 0 && data[0x40] == 0x2b && data[0x44] == 0x2b && data[0x45] == 0, "REP INSB of VM86");
    check_eq(pm_values[W_JMP_REGS], 0x0b0b0b0b, "JMP to a task loads its registers");
    check_eq(pm_values[W_JMP_TR], SEL_TSS_B, "and TR");
    check_eq(pm_values[W_JMP_TS] & CR0_TS, CR0_TS, "and sets CR0.TS");
    check_eq(pm_values[W_JMP_FLAGS] & 0x4000, 0, "NT stays clear");
    check_eq(pm_values[W_JMP_BUSY], 0x898b, "the old task is free, the new one busy");
    check_eq(pm_values[W_BACK_REGS], 0x0a0a0a0a, "JMP back restores the registers");
    check_eq(pm_values[W_BACK_TR], SEL_TSS_A, "and TR");
    check_eq(pm_values[W_CALL_FLAGS] & 0x4000, 0x4000, "CALL to a task sets NT");
    check_eq(pm_values[W_CALL_LINK] & 0xffff, SEL_TSS_A, "and links back");
    check_eq(pm_values[W_CALL_BUSY], 0x8b8b, "both tasks are busy");
    check_eq(pm_values[W_RETURN], 0x0a0a0a0a, "IRET returns to the caller");
    check_eq(pm_values[W_INT], 1, "INT through a task gate, and IRET");
    check_eq(pm_values[W_FAULT], 0, "#GP through a task gate pushes its error code");
    check_eq(pm_values[W_PAE], 1, "PAE paging");
    check_eq(pm_values[W_PAE_MMIO], version, "MMIO under PAE paging");
    check_eq(pm_values[W_PSE], 1, "paging with 4-MiB pages");
    check_eq(pm_values[W_PSE_MMIO], version, "MMIO under it");
}

uint64_t pae_table[4] __attribute__((aligned(32)));
uint64_t pae_bad[4] __attribute__((aligned(32)));
uint32_t pse_table[1024] __attribute__((aligned(4096)));

void guest_main(const char *cmdline)
{
    static const struct test_group groups[] = {{"real", test_real}, {"protected", test_protected}};
    time_init();
    descriptors();
    run_groups("t_real", groups, 2, cmdline);
}
