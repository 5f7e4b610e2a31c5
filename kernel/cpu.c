// SPDX-License-Identifier: MIT
// One CPU: its stacks, descriptor tables, control registers and MSRs.
#include <hw/cpuid.h>
#include <hw/msr.h>
#include <lib/string.h>
#include <sys/log.h>
#include "cpu.h"
#include "entry.h"
#include "memory.h"

struct cpu *cpus[MAX_CPUS];
unsigned cpu_count;
bool cpu_has_smap;
uint64_t cpu_xcr0;

static struct x86_gate idt[256];

// Access rights and L/G bits of flat 64-bit segments (SDM vol. 3, 3.4.5).
#define GDT_CODE0 0x00af9b000000ffffull
#define GDT_DATA0 0x00cf93000000ffffull
#define GDT_CODE3 0x00affb000000ffffull
#define GDT_DATA3 0x00cff3000000ffffull

static void map_stack(uint64_t slot, unsigned page)
{
    void *frame = sys_page_alloc(&kmem_root);

    if (!frame || ptab_map_kernel(slot + page * PAGE_BYTES, kmem_hpa(frame).v, PAGE_BYTES, PTE_W | PTE_NX) != OK)
        sys_panic("no kernel memory for the stacks of a CPU");
}

struct cpu *cpu_create(unsigned index, unsigned number, uint32_t apic_id)
{
    uint64_t slot = CPU_STACKS_VA + number * CPU_SLOT_STEP;
    struct cpu *cpu = (struct cpu *)(slot + CPU_SLOT_BYTES - CPU_BYTES);

    // Pages 0, 2 and 4 stay holes: an overflow faults instead of spreading.
    map_stack(slot, 1);
    map_stack(slot, 3);
    for (unsigned page = 5; page < 8; page++)
        map_stack(slot, page);
    (void)ptab_window(index);
    cpu->index = (uint16_t)index;
    cpu->apic_id = apic_id;
    cpu->timer_tsc = cpu->slice_end = ~0ull;
    cpu->tss.rsp[0] = (uint64_t)cpu;
    cpu->tss.ist[0] = slot + 2 * PAGE_BYTES; // #DF, #MC
    cpu->tss.ist[1] = slot + 4 * PAGE_BYTES; // NMI
    cpu->tss.io_map = sizeof(cpu->tss);
    cpus[index] = cpu;
    return cpu;
}

static void gdt_load(struct cpu *cpu)
{
    uint64_t tss = (uint64_t)&cpu->tss;
    struct x86_table table = { sizeof(cpu->gdt) - 1, (uint64_t)cpu->gdt };

    cpu->gdt[1] = GDT_CODE0;
    cpu->gdt[2] = GDT_DATA0;
    cpu->gdt[3] = GDT_CODE3; // never used: SYSEXIT to 64-bit mode takes the next pair
    cpu->gdt[4] = GDT_DATA3;
    cpu->gdt[5] = GDT_CODE3;
    cpu->gdt[6] = GDT_DATA3;
    cpu->gdt[7] = (sizeof(cpu->tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 | (tss >> 24 & 0xff) << 56;
    cpu->gdt[8] = tss >> 32;
    x86_lgdt(&table);
    __asm__ volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
                     "mov %1, %%ss; xor %%eax, %%eax; mov %%eax, %%ds; mov %%eax, %%es; mov %%eax, %%fs;"
                     "mov %%eax, %%gs; lldt %%ax"
                     : : "i"(SEL_KERNEL_CS), "r"(SEL_KERNEL_SS) : "rax", "memory");
    x86_ltr(SEL_TSS);
}

static void idt_fill(void)
{
    for (unsigned i = 0; i < 256; i++) {
        uint64_t stub = (uint64_t)trap_stubs + i * TRAP_STUB_BYTES;
        idt[i] = (struct x86_gate){
            .offset_low = (uint16_t)stub, .offset_mid = (uint16_t)(stub >> 16), .offset_high = (uint32_t)(stub >> 32),
            .selector = SEL_KERNEL_CS, .type = i == X86_BP ? 0xee : 0x8e,
            .ist = i == X86_DF || i == X86_MC ? 1 : i == X86_NMI ? 2 : 0,
        };
    }
}

// Bits of CPUID leaf 7, nothing where the CPU has no such leaf.
static struct x86_cpuid structured_features(void)
{
    return x86_cpuid(0, 0).a < 7 ? (struct x86_cpuid){ 0 } : x86_cpuid(7, 0);
}

static void control_registers(struct cpu *cpu)
{
    struct x86_cpuid has = structured_features();
    bool xsave = x86_cpuid(1, 0).c & CPUID_1C_XSAVE;
    uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_DE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    cpu_has_smap = has.b & CPUID_7B_SMAP;
    cr4 |= (has.b & CPUID_7B_SMEP ? CR4_SMEP : 0) | (cpu_has_smap ? CR4_SMAP : 0);
    cr4 |= (has.c & CPUID_7C_UMIP ? CR4_UMIP : 0) | (xsave ? CR4_OSXSAVE : 0);
    x86_write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG | CR0_TS);
    x86_write_cr4(cr4);
    cpu->cr0_ts = 1;
    if (!xsave)
        return;
    cpu_xcr0 = x86_cpuid(0xd, 0).a & (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512);
    if ((cpu_xcr0 & XCR0_AVX512) != XCR0_AVX512)
        cpu_xcr0 &= ~XCR0_AVX512;
    x86_xsetbv(0, cpu_xcr0);
}

void cpu_start(struct cpu *cpu)
{
    struct x86_table table = { sizeof(idt) - 1, (uint64_t)idt };

    if (!idt[0].selector)
        idt_fill();
    gdt_load(cpu);
    x86_lidt(&table);
    control_registers(cpu);
    // Without SCE: SYSCALL would enter ring 0 where a guest's LSTAR, which stays in the CPU, points.
    x86_wrmsr(MSR_EFER, EFER_LME | EFER_LMA | EFER_NXE);
    x86_wrmsr(MSR_SYSENTER_CS, SEL_KERNEL_CS);
    x86_wrmsr(MSR_SYSENTER_ESP, (uint64_t)cpu);
    x86_wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_entry);
    x86_wrmsr(MSR_PAT, (PAT_RESET & ~0xff00ull) | 0x0100); // entry 1 (PWT): write-combining, for the screen
    cpu->stats.idle_tsc -= x86_rdtsc();
    cpu->online = 1;
}

void cpu_change_ts(struct cpu *cpu, bool on)
{
    cpu->cr0_ts = on;
    x86_write_cr0(on ? x86_read_cr0() | CR0_TS : x86_read_cr0() & ~CR0_TS);
}

noreturn void cpu_switch_stack(struct cpu *cpu, void (*entry)(void))
{
    __asm__ volatile("mov %0, %%rsp; xor %%ebp, %%ebp; call *%1; ud2" : : "r"(cpu), "r"(entry) : "memory");
    __builtin_unreachable();
}

void sys_host_cpu(struct host_cpu *host)
{
    struct cpu *cpu = this_cpu();

    *host = (struct host_cpu){
        .cr0 = x86_read_cr0() | CR0_TS, .cr3 = x86_read_cr3(), .cr4 = x86_read_cr4(),
        .rsp = (uint64_t)cpu, .gdt = (uint64_t)cpu->gdt, .idt = (uint64_t)idt, .tss = (uint64_t)&cpu->tss,
        .sysenter_esp = (uint64_t)cpu, .sysenter_eip = (uint64_t)sysenter_entry,
        .cs = SEL_KERNEL_CS, .ss = SEL_KERNEL_SS, .tr = SEL_TSS, .sysenter_cs = SEL_KERNEL_CS,
    };
}
