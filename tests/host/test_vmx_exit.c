// sources: vmx/apicv.c vmx/bitmap.c boot/vtx_caps.c vmx/cpu.c vmx/ept.c vmx/exit.c vmx/exit_cpuid.c vmx/exit_cr.c vmx/exit_ept.c vmx/exit_event.c vmx/exit_io.c vmx/exit_msr.c vmx/inject.c vmx/request.c vmx/state.c vmx/vcpu.c vmx/vlapic.c vmx/vlapic_ipi.c vmx/vlapic_reg.c vmx/vlapic_timer.c vmx/vmcs_ctrl.c vmx/vmcs_guest.c vmx/vmcs_host.c vmx/vpid.c lib/fmt.c kernel/tables.c tests/fake/kernel.c tests/fake/x86.c
// flags: -include tests/fake/x86.h
/* SPDX-License-Identifier: MIT */
/* VM exits, event injection, what the VMM may ask for, and the state in and out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <hw/cpuid.h>
#include <hw/emulate.h>
#include <hw/msr.h>
#include <stdlib.h>
#include <string.h>
#include <fake/kernel.h>
#include <vmx/exit.h>
#include <vmx/vlapic.h>

#define PROTECTED_CODE 0xc09bu

static struct vmx_vcpu *v;
static uint64_t *gpr;
static struct cpuid_page *cpuid;

/* A protected-mode guest at 0x1000, interrupts off. */
static int setup(void **state)
{
    (void)state;
    cpuid = fake_vm_cpuid();
    v = fake_vm(false);
    gpr = v->page->gpr;
    fake.vmcs[VMCS_GUEST_RIP] = 0x1000;
    fake.vmcs[VMCS_GUEST_CS_ATTR] = PROTECTED_CODE;
    cr_set_cr0(v, CR0_PE | CR0_ET | CR0_NE);
    v->pending = 0;
    return 0;
}

static int teardown(void **state) { (void)state; fake_vm_free(v); return 0; }

static void expect_fault(unsigned vector, bool has_error)
{
    assert_int_equal(fake_kernel.why, -1);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000300u | vector | (has_error ? 0x800 : 0));
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x1000);
    assert_true(fake.vmcs[VMCS_GUEST_RFLAGS] & RFLAGS_RF);
    fake.vmcs[VMCS_GUEST_RFLAGS] &= ~RFLAGS_RF;
}

static void expect_done(void)
{
    assert_int_equal(fake_kernel.why, -1);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x1002);
    assert_false(fake.vmcs[VMCS_ENTRY_INTR_INFO] & INTR_VALID);
    fake.vmcs[VMCS_GUEST_RIP] = 0x1000;
}

/* An exit that is timed does the same, and the kernel hears of it when the guest goes on. */
static void test_timed(void **state)
{
    (void)state;
    fake_exit(v, REASON_INVD);
    assert_int_equal(fake_kernel.timed, 0);
    expect_done();
    vmx_time_exits(true);
    fake_exit(v, REASON_INVD);
    assert_int_equal(fake_kernel.timed, REASON_INVD);
    assert_int_equal(fake_kernel.timed_rip, 0x1002);
    expect_done();
    fake_exit(v, REASON_VMREAD);
    assert_int_equal(fake_kernel.timed, REASON_VMREAD);
    expect_fault(X86_UD, false);
    fake_kernel.timed = 0;
    fake_exit(v, REASON_IO);
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(fake_kernel.timed, 0);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.timed, REASON_IO | TRACE_LEFT);
    vmx_time_exits(false);
    fake_kernel.timed = 0;
    fake_exit(v, REASON_INVD);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.timed, 0);
}

static void do_cpuid(uint32_t leaf, uint32_t subleaf)
{
    gpr[GPR_RAX] = leaf;
    gpr[GPR_RCX] = subleaf;
    fake_exit(v, REASON_CPUID);
    expect_done();
}

static void test_cpuid(void **state)
{
    (void)state;
    cpuid->basic[0].ebx = 0x756e6547;
    cpuid->basic[0x16].eax = 0x1616;
    cpuid->virtual[0].ebx = 0x4b4d564b;
    do_cpuid(0, 7);
    assert_int_equal(gpr[GPR_RBX], 0x756e6547);
    do_cpuid(1, 0);
    assert_false(gpr[GPR_RCX] & CPUID_1C_OSXSAVE);
    assert_true(gpr[GPR_RDX] & CPUID_1D_APIC);
    cr_set_cr4(v, CR4_OSXSAVE);
    assert_true(vlapic_set_base(v, APIC_DEFAULT_BASE));
    do_cpuid(1, 0);
    assert_true(gpr[GPR_RCX] & CPUID_1C_OSXSAVE);
    assert_false(gpr[GPR_RDX] & CPUID_1D_APIC);
    do_cpuid(7, 1);
    assert_int_equal(gpr[GPR_RBX], 0);
    do_cpuid(0xb, 5);
    assert_int_equal(gpr[GPR_RCX], 5);
    do_cpuid(0xd, 0);
    assert_int_equal(gpr[GPR_RBX], 0x340);
    do_cpuid(0xd, 1);
    assert_int_equal(gpr[GPR_RBX], 0x240);
    do_cpuid(0x40000000, 0);
    assert_int_equal(gpr[GPR_RBX], 0x4b4d564b);
    do_cpuid(0x40000002, 0);
    assert_int_equal(gpr[GPR_RAX], 0x1616);
    do_cpuid(0x12345678, 0);
    assert_int_equal(gpr[GPR_RAX], 0x1616);
    cpuid->max_basic = cpuid->max_extended = cpuid->max_virtual = cpuid->sub_count = ~0u; /* a lying table */
    cpuid->has_sub = ~0u;
    for (uint32_t leaf = 0; leaf < 0x40; leaf++) {
        do_cpuid(leaf, 0x77);
        do_cpuid(0x40000000 + leaf, 0);
        do_cpuid(0x80000000 + leaf, 0);
    }
}

static void test_hypercall(void **state)
{
    (void)state;
    gpr[GPR_RAX] = 0;
    fake_exit(v, REASON_VMCALL);
    expect_done();
    gpr[GPR_RAX] = HYPERCALL_DOORBELL;
    fake_exit(v, REASON_VMCALL);
    assert_int_equal(gpr[GPR_RAX], 0);
    assert_int_equal(fake_kernel.rung, 1);
    fake.vmcs[VMCS_GUEST_RIP] = 0x1000;
    gpr[GPR_RAX] = 5;
    fake_exit(v, REASON_VMCALL);
    assert_int_equal(fake_kernel.rung, 1);
    assert_int_equal(v->page->exit.kind, EXIT_HYPERCALL);
    assert_int_equal(v->page->exit.insn_len, 2);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x1000);
}

static uint64_t do_rdmsr(uint32_t msr)
{
    gpr[GPR_RCX] = msr;
    fake_exit(v, REASON_RDMSR);
    return gpr[GPR_RDX] << 32 | gpr[GPR_RAX];
}

static void do_wrmsr(uint32_t msr, uint64_t value)
{
    gpr[GPR_RCX] = msr;
    gpr[GPR_RAX] = (uint32_t)value;
    gpr[GPR_RDX] = value >> 32;
    fake_exit(v, REASON_WRMSR);
}

static void test_msrs(void **state)
{
    static const uint32_t absent[] = {0, 1, 0xc0000000, 0xc0000110, 0x840, 0x1ff, 0xffffffff, 0x480, 0x7fffffff};

    (void)state;
    for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        do_rdmsr(absent[i]);
        expect_fault(X86_GP, true);
        do_wrmsr(absent[i], 0);
        expect_fault(X86_GP, true);
    }
    assert_int_equal(v->stats.unknown_msr, 2 * sizeof(absent) / sizeof(absent[0]));
    assert_int_equal(do_rdmsr(MSR_PAT), PAT_RESET);
    expect_done();
    do_wrmsr(MSR_PAT, 0x0000000000000002);
    expect_fault(X86_GP, true);
    do_wrmsr(MSR_PAT, 0x0606060606060606);
    expect_done();
    do_wrmsr(MSR_EFER, EFER_SCE | EFER_NXE | EFER_LMA);
    expect_done();
    assert_int_equal(do_rdmsr(MSR_EFER), EFER_SCE | EFER_NXE);
    expect_done();
    do_wrmsr(MSR_EFER, 2);
    expect_fault(X86_GP, true);
    do_rdmsr(0x802); /* not in x2APIC mode */
    expect_fault(X86_GP, true);
    assert_int_equal(do_rdmsr(MSR_APIC_BASE), APIC_DEFAULT_BASE | APIC_BASE_ENABLE | APIC_BASE_BSP);
    expect_done();
    assert_true(vlapic_set_base(v, APIC_DEFAULT_BASE | APIC_BASE_ENABLE | APIC_BASE_X2APIC | APIC_BASE_BSP));
    assert_int_equal(do_rdmsr(0x803), 0x50014);
    expect_done();
    do_wrmsr(0x80b, 0);
    expect_done();
    do_wrmsr(MSR_DEBUGCTL, 3);
    expect_done();
    assert_int_equal(do_rdmsr(MSR_DEBUGCTL), 2);
    expect_done();
    do_wrmsr(MSR_DEBUGCTL, 4);
    expect_fault(X86_GP, true);
}

static void test_vmm_msrs(void **state)
{
    (void)state;
    do_rdmsr(MSR_MTRR_FIX_4K + 7);
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(v->page->exit.kind, EXIT_RDMSR);
    assert_int_equal(v->page->exit.msr, 0x26f);
    do_wrmsr(MSR_MISC_ENABLE, 1);
    assert_int_equal(v->page->exit.kind, EXIT_WRMSR);
    do_wrmsr(MSR_APIC_BASE, 0); /* the VMM knows the steps between modes */
    assert_int_equal(v->page->exit.kind, EXIT_WRMSR);
    assert_int_equal(v->page->exit.msr, MSR_APIC_BASE);
    assert_int_equal(v->stats.to_vmm[EXIT_WRMSR], 2);
}

static void test_tsc(void **state)
{
    (void)state;
    fake.tsc += 500;
    assert_int_equal(do_rdmsr(MSR_TSC), 500);
    expect_done();
    do_wrmsr(MSR_TSC_ADJUST, 1000);
    expect_done();
    assert_int_equal(do_rdmsr(MSR_TSC), 1500);
    expect_done();
    assert_int_equal(fake.vmcs[VMCS_TSC_OFFSET], 1000 - 1000000ull);
    cpuid->sub[0].regs.ebx = 0; /* a VM without TSC_ADJUST and deadline timer */
    do_rdmsr(MSR_TSC_ADJUST);
    expect_fault(X86_GP, true);
    cpuid->basic[1].ecx = 0;
    do_wrmsr(MSR_TSC_DEADLINE, 1);
    expect_fault(X86_GP, true);
}

static void mov_cr(unsigned cr, uint64_t value)
{
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = cr | GPR_RBX << 8;
    gpr[GPR_RBX] = value;
    fake_exit(v, REASON_CR);
}

/* Host-owned bits go to the shadow and the instruction runs again; invalid values fault. */
static void test_cr(void **state)
{
    (void)state;
    mov_cr(0, CR0_PE | CR0_CD | CR0_ET);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x1000);
    assert_int_equal(fake.vmcs[VMCS_CR0_SHADOW] & (CR0_CD | CR0_NE), CR0_CD);
    assert_true(fake.vmcs[VMCS_GUEST_CR0] & CR0_NE);
    assert_int_equal(cr_guest_cr0(v), CR0_PE | CR0_CD | CR0_ET);
    mov_cr(0, CR0_PG);
    expect_fault(X86_GP, true);
    mov_cr(0, CR0_PE | CR0_NW);
    expect_fault(X86_GP, true);
    mov_cr(4, CR4_VMXE);
    expect_fault(X86_GP, true);
    mov_cr(4, CR4_MCE | CR4_PAE);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x1000);
    assert_int_equal(fake.vmcs[VMCS_CR4_SHADOW], CR4_MCE);
    assert_int_equal(cr_guest_cr4(v), CR4_MCE);
    assert_true(fake.vmcs[VMCS_GUEST_RFLAGS] & RFLAGS_RF); /* its code breakpoint was reported already */
    mov_cr(4, CR4_SMAP); /* the CPU has it, the VM's CPUID does not show it */
    expect_fault(X86_GP, true);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x20; /* CLTS never exits */
    fake_exit(v, REASON_CR);
    expect_fault(X86_UD, false);
    mov_cr(8, 16);
    expect_fault(X86_GP, true);
    mov_cr(8, 9);
    expect_done();
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x18 | GPR_RDI << 8;
    fake_exit(v, REASON_CR);
    expect_done();
    assert_int_equal(gpr[GPR_RDI], 9);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x18 | GPR_RSP << 8;
    fake_exit(v, REASON_CR);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RSP], 9);
}

static void test_long_mode(void **state)
{
    (void)state;
    do_wrmsr(MSR_EFER, EFER_LME);
    expect_done();
    assert_true(fake.vmcs[VMCS_CR0_MASK] & CR0_PG);
    mov_cr(0, CR0_PG | CR0_PE | CR0_ET | CR0_NE); /* without PAE */
    expect_fault(X86_GP, true);
    cr_set_cr4(v, CR4_PAE);
    mov_cr(0, CR0_PG | CR0_PE | CR0_ET | CR0_NE);
    expect_done();
    assert_int_equal(v->efer, EFER_LME | EFER_LMA);
    assert_true(fake.vmcs[VMCS_ENTRY_CONTROLS] & ENTRY_IA32E);
    assert_true(fake.vmcs[VMCS_GUEST_CR0] & CR0_PG);
    do_wrmsr(MSR_EFER, 0); /* LME under paging */
    expect_fault(X86_GP, true);
    fake.vmcs[VMCS_GUEST_CS_ATTR] |= ATTR_L;
    mov_cr(0, CR0_PE);
    expect_fault(X86_GP, true);
    fake.vmcs[VMCS_GUEST_CS_ATTR] &= ~(uint64_t)ATTR_L;
    mov_cr(0, CR0_PE);
    expect_done();
    assert_int_equal(v->efer, EFER_LME);
    assert_false(fake.vmcs[VMCS_ENTRY_CONTROLS] & ENTRY_IA32E);
    do_wrmsr(MSR_EFER, 0);
    expect_done();
    assert_false(fake.vmcs[VMCS_CR0_MASK] & CR0_PG);
}

static void do_xsetbv(uint64_t value, unsigned index)
{
    gpr[GPR_RAX] = (uint32_t)value;
    gpr[GPR_RDX] = value >> 32;
    gpr[GPR_RCX] = index;
    fake_exit(v, REASON_XSETBV);
}

static void test_xsetbv(void **state)
{
    static const uint64_t bad[] = {0, 2, 5, 0x27, 0xe3, 0x208, 1 | 8, 0x200 | 7, 1ull << 63 | 7};

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        do_xsetbv(bad[i], 0);
        expect_fault(X86_GP, true);
    }
    do_xsetbv(7, 1);
    expect_fault(X86_GP, true);
    do_xsetbv(0xe7, 0);
    expect_done();
    assert_int_equal(fake.xcr0, 0xe7);
    assert_int_equal(vmx_vcpu_xcr0(v), 0xe7);
    fake.vmcs[VMCS_GUEST_SS_ATTR] |= ATTR_DPL;
    do_xsetbv(7, 0);
    expect_fault(X86_GP, true);
}

static void test_refused_instructions(void **state)
{
    static const uint32_t ud[] = {REASON_VMXON, REASON_VMLAUNCH, REASON_VMREAD, REASON_INVEPT, REASON_MWAIT, REASON_GETSEC};

    (void)state;
    for (unsigned i = 0; i < sizeof(ud) / sizeof(ud[0]); i++) {
        fake_exit(v, ud[i]);
        expect_fault(X86_UD, false);
    }
    fake_exit(v, REASON_RDPMC);
    expect_fault(X86_GP, true);
    fake_exit(v, REASON_WBINVD);
    expect_done();
    fake_exit(v, REASON_INIT);
    cr_set_cr0(v, 0); /* real mode has no error codes */
    fake_exit(v, REASON_RDPMC);
    expect_fault(X86_GP, false);
}

static void test_advance(void **state)
{
    (void)state;
    fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_STI;
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_RF | RFLAGS_TF;
    fake_exit(v, REASON_WBINVD);
    expect_done();
    assert_int_equal(fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
    assert_false(fake.vmcs[VMCS_GUEST_RFLAGS] & RFLAGS_RF);
    assert_int_equal(fake.vmcs[VMCS_GUEST_PENDING_DEBUG], PENDING_DEBUG_BS);
    fake.vmcs[VMCS_GUEST_RIP] = 0xffffffff;
    fake_exit(v, REASON_WBINVD);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 1);
    v->efer = EFER_LME | EFER_LMA;
    fake.vmcs[VMCS_GUEST_CS_ATTR] |= ATTR_L;
    fake.vmcs[VMCS_GUEST_RIP] = 0xffffffff;
    fake_exit(v, REASON_WBINVD);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x100000001);
}

static void test_io(void **state)
{
    struct vcpu_exit *x = &v->page->exit;

    (void)state;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x3f80000u | 8 | 1;
    fake_exit(v, REASON_IO);
    assert_int_equal(x->kind, EXIT_IO);
    assert_int_equal(x->port, 0x3f8);
    assert_int_equal(x->size, 2);
    assert_int_equal(x->flags, IO_IN);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x600000u | 0x30 | 3;
    fake.vmcs[VMCS_EXIT_INSN_INFO] = 1u << 7 | 4u << 15; /* 32-bit addresses, FS */
    fake.vmcs[VMCS_GUEST_LINEAR_ADDRESS] = 0x1234;
    fake.vmcs[VMCS_GUEST_RSP] = 0x8000;
    fake_exit(v, REASON_IO);
    assert_int_equal(x->flags, IO_STRING | IO_REP);
    assert_int_equal(x->addr_size, 4);
    assert_int_equal(x->seg, 4);
    assert_int_equal(x->gla, 0x1234);
    assert_int_equal(gpr[GPR_RSP], 0x8000);
    assert_int_equal(v->page->context.rip, 0x1000);
}

static void test_io_breakpoint(void **state)
{
    (void)state;
    fake_exit(v, REASON_DR);
    assert_true(v->dr_live);
    assert_false(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_MOV_DR_EXIT);
    cr_set_cr4(v, CR4_DE);
    fake.dr[1] = 0x61;
    fake.vmcs[VMCS_GUEST_DR7] = 0x400 | 8 | 2u << 20;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x600000u | 1; /* OUT 16 bits at 0x60: touches 0x61 */
    fake_exit(v, REASON_IO);
    v->page->request = REQ_ADVANCE;
    v->page->insn_len = 1;
    assert_int_equal(vmx_vcpu_request(v), OK);
    assert_int_equal(fake.vmcs[VMCS_GUEST_PENDING_DEBUG], 2 | PENDING_DEBUG_ENABLED);
    fake.vmcs[VMCS_GUEST_PENDING_DEBUG] = 0;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x620000u;
    fake_exit(v, REASON_IO);
    v->page->request = REQ_ADVANCE;
    assert_int_equal(vmx_vcpu_request(v), OK);
    assert_int_equal(fake.vmcs[VMCS_GUEST_PENDING_DEBUG], 0);
}

static void test_ept_violation(void **state)
{
    struct vcpu_exit *x = &v->page->exit;

    (void)state;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x182;
    fake.vmcs[VMCS_GUEST_PHYSICAL_ADDRESS] = 0xd0000123;
    fake.vmcs[VMCS_GUEST_LINEAR_ADDRESS] = 0x777;
    fake_exit(v, REASON_EPT_VIOLATION);
    assert_int_equal(x->kind, EXIT_MMIO);
    assert_int_equal(x->flags, IO_WRITE | IO_GLA);
    assert_int_equal(x->gpa, 0xd0000123);
    fake.vmcs[VMCS_GUEST_PHYSICAL_ADDRESS] = 0xfee00020;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x1084; /* a fetch by IRET's NMI unblocking, paging structure */
    fake_exit(v, REASON_EPT_VIOLATION);
    assert_int_equal(x->kind, EXIT_MMIO);
    assert_int_equal(x->flags, IO_FETCH | IO_GLA | IO_WALK);
    assert_true(fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] & BLOCKING_NMI);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 1 << 12 | 0x80;
    fake_exit(v, REASON_APIC_ACCESS);
    assert_int_equal(x->gpa, 0xfee00080);
    assert_int_equal(x->flags, IO_WRITE);
    fake_exit(v, REASON_EPT_MISCONFIG);
    assert_int_equal(x->kind, EXIT_ENTRY_FAIL);
    assert_int_equal(x->detail, REASON_EPT_MISCONFIG);
}

/* An exit during delivery: the event comes again, with its error code or length. */
static void test_redelivery(void **state)
{
    (void)state;
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000b0e; /* #PF with error code */
    fake.vmcs[VMCS_IDT_VECTORING_ERROR] = 2;
    fake_exit(v, REASON_EPT_VIOLATION);
    assert_true(v->page->exit.flags & IO_IDT);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000b0e);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_ERROR], 2);
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000480; /* INT 0x80 */
    fake_exit(v, REASON_EPT_VIOLATION);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000480);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INSN_LEN], 2);
    fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_NMI;
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000202;
    fake_exit(v, REASON_EPT_VIOLATION);
    assert_int_equal(fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000202);
}

static void raise_by_vmm(unsigned vector, bool has_error)
{
    v->page->inject_vector = (uint8_t)vector;
    v->page->inject_has_error = has_error;
    v->page->inject_error = has_error ? 4 : 0;
    v->page->request = REQ_EXCEPTION;
    assert_int_equal(vmx_vcpu_request(v), OK);
    FAKE_RUN(vmx_prepare(v));
}

static void test_double_fault(void **state)
{
    static const struct { uint32_t first, second, result; } cases[] = {
        {0x80000b0d, X86_PF, 0x80000b0e}, /* #GP then #PF: serial */
        {0x80000b0e, X86_PF, 0x80000b08},
        {0x80000b0e, X86_GP, 0x80000b08},
        {0x80000300, X86_NP, 0x80000b08}, /* #DE then #NP */
        {0x80000031, X86_PF, 0x80000b0e}, /* external interrupt then #PF */
        {0x80000303, X86_GP, 0x80000b0d},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake.vmcs[VMCS_IDT_VECTORING_INFO] = cases[i].first;
        fake_exit(v, REASON_EPT_VIOLATION);
        raise_by_vmm(cases[i].second, true);
        assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], cases[i].result);
    }
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000b08; /* and a fault while delivering #DF ends it */
    fake_exit(v, REASON_EPT_VIOLATION);
    raise_by_vmm(X86_GP, true);
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(v->page->exit.kind, EXIT_SHUTDOWN);
}

static void test_exceptions(void **state)
{
    (void)state;
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000301; /* single step behind STI */
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = DR6_BS;
    fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_STI;
    fake.vmcs[VMCS_GUEST_DR7] = DR7_INIT | DR7_GD;
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000301);
    assert_int_equal(fake.dr[6], DR6_INIT | DR6_BS);
    assert_int_equal(fake.vmcs[VMCS_GUEST_DR7], DR7_INIT);
    assert_int_equal(fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY], 0);
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000501; /* INT1 */
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000501);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INSN_LEN], 2);
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80001b11; /* #AC by an IRET from an NMI handler */
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000b11);
    assert_true(fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] & BLOCKING_NMI);
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000202;
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake_kernel.why, LEAVE_NMI);
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000033;
    fake_exit(v, REASON_EXTINT);
    assert_int_equal(fake_kernel.why, LEAVE_INTERRUPT);
    assert_int_equal(fake_kernel.arg, 0x33);
    fake_exit(v, REASON_TRIPLE_FAULT);
    assert_int_equal(v->page->exit.kind, EXIT_SHUTDOWN);
}

/* Exceptions that come round without an instruction between go by way of ring 3, where interrupts are open. */
static void test_endless_exceptions(void **state)
{
    (void)state;
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000b11; /* #AC while #AC is delivered */
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000b11;
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    assert_int_equal(v->page->exit.kind, EXIT_NONE);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000b11);
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0;
    fake.vmcs[VMCS_EXIT_INTR_INFO] = 0x80000301; /* a watchpoint */
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 1;
    fake_exit(v, REASON_EXCEPTION);
    assert_int_equal(fake_kernel.why, LEAVE_VMM);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000301);
}

static void test_task_switch(void **state)
{
    struct vcpu_exit *x = &v->page->exit;

    (void)state;
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 3ull << 30 | 0x48;
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0x80000b0a;
    fake.vmcs[VMCS_IDT_VECTORING_ERROR] = 0x50;
    fake_exit(v, REASON_TASK_SWITCH);
    assert_int_equal(x->kind, EXIT_TASK_SWITCH);
    assert_int_equal(x->task_selector, 0x48);
    assert_int_equal(x->task_source, 3);
    assert_int_equal(x->task_has_error, 1);
    assert_int_equal(x->task_error, 0x50);
    assert_int_equal(x->insn_len, 0);
    fake.vmcs[VMCS_EXIT_QUALIFICATION] = 0x50;
    fake.vmcs[VMCS_IDT_VECTORING_INFO] = 0;
    fake_exit(v, REASON_TASK_SWITCH);
    assert_int_equal(x->insn_len, 2);
    assert_int_equal(x->task_has_error, 0);
}

static void test_halt(void **state)
{
    (void)state;
    assert_true(vlapic_write(v, APIC_SVR, 0x1ff));
    fake_exit(v, REASON_HLT);
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    assert_false(vmx_vcpu_wakeable(v));
    vlapic_irq(v, 0x40, false);
    assert_false(vmx_vcpu_wakeable(v)); /* IF is clear */
    v->page->request = REQ_NMI;
    assert_int_equal(vmx_vcpu_request(v), OK);
    assert_true(vmx_vcpu_wakeable(v));
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000202);
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    fake_exit(v, REASON_HLT); /* with a request pending: no sleep */
    assert_int_equal(fake_kernel.why, -1);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000040);
    fake_exit(v, REASON_HLT);
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    vlapic_irq(v, 0x50, false);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000050);
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_TF;
    fake_exit(v, REASON_HLT);
    assert_int_equal(fake_kernel.why, -1);
}

static void test_nmi_window(void **state)
{
    (void)state;
    fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] = BLOCKING_NMI;
    v->page->request = REQ_NMI;
    assert_int_equal(vmx_vcpu_request(v), OK);
    FAKE_RUN(vmx_prepare(v));
    assert_true(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_NMI_WINDOW);
    fake.vmcs[VMCS_GUEST_INTERRUPTIBILITY] = 0;
    fake_exit(v, REASON_NMI_WINDOW);
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000202);
    assert_false(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_NMI_WINDOW);
}

static void test_extint(void **state)
{
    (void)state;
    assert_true(vlapic_set_base(v, APIC_DEFAULT_BASE));
    v->page->request = REQ_EXTINT;
    v->page->inject_vector = 8;
    assert_int_equal(vmx_vcpu_request(v), ERR_STATE);
    v->page->want_extint = 1;
    assert_int_equal(vmx_vcpu_request(v), OK);
    FAKE_RUN(vmx_prepare(v));
    assert_true(fake.vmcs[VMCS_PROC_CONTROLS] & PROC_INTR_WINDOW);
    fake.vmcs[VMCS_GUEST_RFLAGS] |= RFLAGS_IF;
    fake_exit(v, REASON_INTR_WINDOW);
    assert_int_equal(v->page->exit.kind, EXIT_INTR_WINDOW);
    v->page->want_extint = 0;
    v->page->request = REQ_EXTINT;
    assert_int_equal(vmx_vcpu_request(v), OK);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], 0x80000008);
    fake_exit(v, REASON_HLT);
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    v->page->want_extint = 1;
    assert_int_equal(vmx_vcpu_request(v), OK);
    assert_true(vmx_vcpu_wakeable(v));
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(v->page->exit.kind, EXIT_INTR_WINDOW);
}

static void test_requests(void **state)
{
    struct vcpu_page *p = v->page;

    (void)state;
#define ASK(req) ((p->request = (req)), vmx_vcpu_request(v))
    assert_int_equal(ASK(0x1000), ERR_INVALID);
    p->insn_len = 0;
    assert_int_equal(ASK(REQ_ADVANCE), ERR_INVALID);
    p->insn_len = 16;
    assert_int_equal(ASK(REQ_ADVANCE), ERR_INVALID);
    p->inject_has_error = 0;
    for (unsigned vector = 0; vector < 256; vector++) {
        bool error = vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
        bool valid = vector < 20 && vector != 2 && vector != 9 && vector != 15 && !error;
        p->inject_vector = (uint8_t)vector;
        assert_int_equal(ASK(REQ_EXCEPTION), valid ? OK : ERR_INVALID);
        v->pending = 0;
    }
    p->inject_vector = X86_PF;
    p->inject_has_error = 1;
    p->inject_error = 0x10000;
    assert_int_equal(ASK(REQ_EXCEPTION), ERR_INVALID);
    p->context.rip = 1ull << 32;
    assert_int_equal(ASK(REQ_RIP), ERR_INVALID);
    p->context.rip = 0x2000;
    p->context.rflags = ~0ull;
    assert_int_equal(ASK(REQ_RIP), OK);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RFLAGS], RFLAGS_DEFINED & ~RFLAGS_VM);
    assert_int_equal(fake.vmcs[VMCS_GUEST_RIP], 0x2000);
    assert_int_equal(ASK(REQ_RIP | REQ_EXTINT), ERR_INVALID);
    assert_true(vlapic_write(v, APIC_SVR, 0x1ff));
    p->irr[1] = 1ull << 5;
    p->tmr[1] = 1ull << 5;
    assert_int_equal(ASK(REQ_IRQ), OK);
    assert_int_equal(vlapic_requested(v), 0x45);
    assert_int_equal(p->irr[1], 0);
    assert_int_equal(p->request, 0);
}

static void test_state(void **state)
{
    struct vcpu_state s, t;

    (void)state;
    vmx_vcpu_get_state(v, &s);
    assert_int_equal(s.rip, 0x1000);
    assert_int_equal(s.cs.attr, PROTECTED_CODE);
    fake.tsc += 100;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    assert_int_equal(v->tsc_offset, 0 - 1000000ull); /* the TSC ran on */
    s.tsc = 5;
    s.rip = 0x3000;
    s.gpr[GPR_RSP] = 0x9000;
    s.lstar = 0xffffffff81000000;
    s.dr7 = 0x401;
    s.dr[0] = 0x1234;
    s.cr8 = 3;
    s.debugctl = DEBUGCTL_BTF;
    s.tsc_adjust = 0x77;
    s.activity = ACTIVITY_HLT;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    vmx_vcpu_get_state(v, &t);
    assert_int_equal(t.tsc, 5);
    assert_memory_equal(&s, &t, sizeof(s));
    assert_int_equal(fake.dr[0], 0x1234);
    assert_int_equal(*fake_msr(MSR_LSTAR), 0xffffffff81000000);
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake_kernel.why, LEAVE_HALT);
    assert_int_equal(fake.vmcs[VMCS_GUEST_DEBUGCTL], DEBUGCTL_BTF);
    assert_int_equal(v->tsc_adjust, 0x77);
}

/* fpu_control marks a reset: no NMI and no message of before comes through it. */
static void test_reset_drops_messages(void **state)
{
    struct vcpu_state s;

    (void)state;
    assert_true(vlapic_write(v, APIC_SVR, 0x1ff));
    v->pending |= PENDING_NMI;
    v->waiting |= PENDING_NMI;
    assert_int_equal(vmx_message(v->peers, 0x60, 0), 1);
    assert_int_equal(vmx_message(v->peers, APIC_MODE_NMI, 0), 1);
    vmx_vcpu_get_state(v, &s);
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK); /* any other change of state leaves them */
    assert_true(v->pending & v->waiting & PENDING_NMI);
    assert_true(v->mail.on);
    s.apic_base &= ~APIC_BASE_ENABLE;
    s.fpu_control = FPU_RESET;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    assert_false((v->pending | v->waiting) & PENDING_NMI);
    assert_false(v->mail.on | v->mail.other);
    assert_int_equal(vlapic_requested(v), -1);
}

static void test_bad_state(void **state)
{
    static const struct { size_t offset; uint64_t value; } bad[] = {
#define BAD(member, value) {offsetof(struct vcpu_state, member), value}
        BAD(lstar, 1ull << 63), BAD(cstar, 1ull << 47), BAD(kernel_gs_base, 1ull << 50), BAD(sysenter_eip, 1ull << 62),
        BAD(fmask, 1ull << 32), BAD(tsc_aux, 1ull << 32), BAD(dr6, 1ull << 32), BAD(dr7, 1ull << 33), BAD(cr8, 16),
        BAD(cr3, 1ull << 40), BAD(pat, 2), BAD(debugctl, 1), BAD(xcr0, 0), BAD(xcr0, 5), BAD(cr0, CR0_PG), BAD(cr0, CR0_NW), BAD(cr0, 1ull << 32),
        BAD(cr4, CR4_VMXE), BAD(cr4, CR4_PCIDE), BAD(efer, 2), BAD(efer, EFER_LMA | EFER_LME), BAD(rip, 1ull << 32),
        BAD(rflags, 0), BAD(rflags, 1ull << 40 | 2), BAD(interruptibility, 1), BAD(interruptibility, 0x10),
        BAD(apic_base, 0x123), BAD(apic_base, APIC_DEFAULT_BASE | APIC_BASE_X2APIC), BAD(gdt_base, 1ull << 55),
    };
    struct vcpu_state good, s;

    (void)state;
    vmx_vcpu_get_state(v, &good);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = good;
        memcpy((char *)&s + bad[i].offset, &bad[i].value,
               bad[i].offset == offsetof(struct vcpu_state, interruptibility) ? 4 : 8);
        assert_int_equal(vmx_vcpu_set_state(v, &s), ERR_INVALID);
    }
    s = good;
    s.activity = 4;
    assert_int_equal(vmx_vcpu_set_state(v, &s), ERR_INVALID);
    s = good;
    s.apic_base |= APIC_BASE_X2APIC;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
    assert_int_equal(vmx_vcpu_set_state(v, &good), OK); /* back, through "off" */
    s.apic_base = APIC_DEFAULT_BASE;
    assert_int_equal(vmx_vcpu_set_state(v, &s), OK);
}

/* The VMM is told and may ask why; nothing is logged, so that nobody can flood the log. */
static void test_failed_entry(void **state)
{
    (void)state;
    fake_exit(v, REASON_ENTRY_FAILED | REASON_BAD_STATE);
    assert_int_equal(v->page->exit.kind, EXIT_ENTRY_FAIL);
    assert_int_equal(v->page->exit.detail, REASON_ENTRY_FAILED | 33);
    assert_false(v->launched);
    fake_exit(v, 5);
    assert_int_equal(v->page->exit.detail, 5);
    fake.vmcs[VMCS_INSN_ERROR] = 7;
    fake.vmcs[VMCS_ENTRY_INTR_INFO] = INTR_VALID | 0x30;
    FAKE_RUN(vmx_entry_refused(v));
    assert_int_equal(fake.vmcs[VMCS_ENTRY_INTR_INFO], INTR_VALID | 0x30);
    assert_int_equal(v->page->exit.kind, EXIT_ENTRY_FAIL);
    assert_int_equal(v->page->exit.detail, REASON_ENTRY_FAILED | 7 << 16);
    assert_int_equal(fake_kernel.log_lines, 0);
}

/* A VMM reads its vCPU's VMCS, but no physical address of the kernel's. */
static void test_field(void **state)
{
    static const uint16_t hidden[] = {VMCS_IO_BITMAP_A, VMCS_MSR_BITMAP, VMCS_VIRTUAL_APIC, VMCS_APIC_ACCESS,
                                      VMCS_POSTED_DESC, VMCS_EPT_POINTER, VMCS_HOST_CR3};
    uint64_t value;

    (void)state;
    fake.vmcs[VMCS_GUEST_RIP] = 0x1234567890ull;
    fake.vmcs[VMCS_HOST_CS] = 8;
    assert_true(vmx_field(VMCS_GUEST_RIP, &value));
    assert_int_equal(value, 0x1234567890ull);
    assert_true(vmx_field(VMCS_HOST_CS, &value));
    assert_int_equal(value, 8);
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        assert_false(vmx_field(hidden[i], &value));
    assert_false(vmx_field(VMCS_EPT_POINTER + 1, &value)); /* its upper half */
    assert_false(vmx_field(VMCS_VPID, &value));            /* this CPU has none */
    assert_false(vmx_field(0x8000, &value));
    assert_false(vmx_field(1ull << 32 | VMCS_GUEST_RIP, &value));
}

static void test_stats_and_registers(void **state)
{
    struct part_stats sum = {0};

    (void)state;
    do_cpuid(0, 0);
    do_rdmsr(0);
    vmx_vcpu_stats(v, &sum);
    assert_int_equal(sum.exits[REASON_CPUID], 1);
    assert_int_equal(sum.unknown_msr, 1);
    assert_int_equal(sum.injected, 1);
    fake.cr2 = 0x55;
    fake_exit(v, REASON_TRIPLE_FAULT);
    fake.cr2 = 0x66; /* the host faulted meanwhile */
    FAKE_RUN(vmx_prepare(v));
    assert_int_equal(fake.cr2, 0x55);
    *fake_msr(MSR_STAR) = 0x77;
    vmx_vcpu_unload(v);
    *fake_msr(MSR_STAR) = 0;
    vmx_vcpu_load(v, false);
    assert_int_equal(*fake_msr(MSR_STAR), 0x77);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_timed), TEST(test_reset_drops_messages), TEST(test_cpuid), TEST(test_hypercall), TEST(test_msrs), TEST(test_vmm_msrs), TEST(test_tsc), TEST(test_cr),
        TEST(test_long_mode), TEST(test_xsetbv), TEST(test_refused_instructions), TEST(test_advance), TEST(test_io),
        TEST(test_io_breakpoint), TEST(test_ept_violation), TEST(test_redelivery), TEST(test_double_fault),
        TEST(test_exceptions), TEST(test_endless_exceptions), TEST(test_task_switch), TEST(test_halt), TEST(test_nmi_window), TEST(test_extint),
        TEST(test_requests), TEST(test_state), TEST(test_bad_state), TEST(test_failed_entry), TEST(test_field), TEST(test_stats_and_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
