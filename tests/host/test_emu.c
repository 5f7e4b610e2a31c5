/* SPDX-License-Identifier: MIT */
/* The emulator against the CPU that the test runs on: same instruction, same registers, flags and memory. */
// sources: vmm/insn.c vmm/insn_alu.c vmm/emu.c vmm/emu_mem.c vmm/emu_string.c vmm/walk.c vmm/mem.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include <hw/emulate.h>
#include <vmm/emu.h>

#define DEVICE 0xd0000000ull /* not RAM: reads and writes go to device[] */
#define STATUS 0x8d5ull

static uint8_t ram[0x10000], device[0x2000];
static struct mem mem;
static struct vcpu_page page;
static uint16_t last_port;
static uint64_t last_out;

static uint64_t mmio_read(void *ctx, uint64_t gpa, unsigned size)
{
    uint64_t value = 0;

    (void)ctx;
    assert_in_range(gpa, DEVICE, DEVICE + sizeof(device) - size);
    memcpy(&value, device + (gpa - DEVICE), size);
    return value;
}

static void mmio_write(void *ctx, uint64_t gpa, unsigned size, uint64_t value)
{
    (void)ctx;
    assert_in_range(gpa, DEVICE, DEVICE + sizeof(device) - size);
    memcpy(device + (gpa - DEVICE), &value, size);
}

static uint64_t io_read(void *ctx, uint16_t port, unsigned size)
{
    (void)ctx;
    (void)size;
    last_port = port;
    return 0x11223344;
}

static void io_write(void *ctx, uint16_t port, unsigned size, uint64_t value)
{
    (void)ctx;
    (void)size;
    last_port = port;
    last_out = last_out << 8 | (value & 0xff);
}

static const struct emu_bus bus = { mmio_read, mmio_write, io_read, io_write, NULL };

/* 64-bit code on identity-mapped pages; flat segments. */
static struct emu start(const uint8_t *code, unsigned bytes)
{
    uint64_t *pml4 = (uint64_t *)(ram + 0x1000), *pdpt = (uint64_t *)(ram + 0x2000);

    memset(&page, 0, sizeof(page));
    memset(ram, 0, sizeof(ram));
    mem_init(&mem, ram, sizeof(ram));
    pml4[0] = 0x2000 | PTE_P | PTE_W | PTE_U;
    for (uint64_t i = 0; i < 4; i++)
        pdpt[i] = i << 30 | PTE_P | PTE_W | PTE_U | PTE_PS;
    page.context = (struct vcpu_context){ .rip = 0x4000, .rflags = 2, .cr0 = CR0_PE | CR0_PG, .cr3 = 0x1000,
                                          .cr4 = CR4_PAE, .efer = EFER_LMA | EFER_LME, .cs_attr = 0xa09b,
                                          .ss_attr = 0xc093 };
    memcpy(ram + 0x4000, code, bytes);
    return (struct emu){ .page = &page, .mem = &mem, .phys_bits = 40, .bus = &bus };
}

/* ---------------------------------------------------------------- the real CPU */
struct native {
    uint64_t gpr[16], rflags;
};
static uint8_t *code_page;

/* Loads all registers but RSP from the struct, runs the instruction, stores them back. */
static void run_native(struct native *n, const uint8_t *code, unsigned bytes)
{
    static const uint8_t ret = 0xc3;
    void (*call)(void) = (void (*)(void))(uintptr_t)code_page;

    memcpy(code_page, code, bytes);
    code_page[bytes] = ret;
    /* R15 holds the struct, R14 the target; the instructions under test use neither. */
    __asm__ volatile("mov %%rdi, %%r15\n mov %%rsi, %%r14\n"
                     "sub $128, %%rsp\n push %%rbp\n push %%rbx\n"
                     "pushfq\n pop %%rax\n and $~0x8d5, %%rax\n or 128(%%r15), %%rax\n push %%rax\n popfq\n"
                     "mov 0(%%r15), %%rax\n mov 8(%%r15), %%rcx\n mov 16(%%r15), %%rdx\n mov 24(%%r15), %%rbx\n"
                     "mov 48(%%r15), %%rsi\n mov 56(%%r15), %%rdi\n mov 64(%%r15), %%r8\n mov 72(%%r15), %%r9\n"
                     "call *%%r14\n"
                     "mov %%rax, 0(%%r15)\n mov %%rcx, 8(%%r15)\n mov %%rdx, 16(%%r15)\n mov %%rbx, 24(%%r15)\n"
                     "mov %%rsi, 48(%%r15)\n mov %%rdi, 56(%%r15)\n mov %%r8, 64(%%r15)\n mov %%r9, 72(%%r15)\n"
                     "pushfq\n pop %%rax\n mov %%rax, 128(%%r15)\n"
                     "cld\n pop %%rbx\n pop %%rbp\n add $128, %%rsp\n"
                     : "+D"(n), "+S"(call)
                     :
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
}

static uint64_t random64(void)
{
    uint64_t value = 0;

    for (int i = 0; i < 5; i++)
        value = value << 15 ^ (uint64_t)rand();
    switch (rand() % 6) {
    case 0: return value & 0xff;
    case 1: return ~0ull;
    case 2: return 0x8000000080008080ull;
    case 3: return 0;
    default: return value;
    }
}

/* The same bytes, the same operand at [rdi], natively and emulated. */
static void compare(const uint8_t *code, unsigned bytes, uint64_t undefined_flags)
{
    static uint8_t area[64] __attribute__((aligned(64)));
    struct native n = { .rflags = random64() & STATUS };
    struct emu emu = start(code, bytes);
    uint64_t flags;

    for (int i = 0; i < 10; i++)
        n.gpr[i] = random64();
    for (int i = 0; i < 32; i++)
        area[i] = device[i] = (uint8_t)rand();
    if (rand() % 3 == 0)
        n.gpr[GPR_RAX] = *(uint32_t *)area; /* CMPXCHG: equal now and then */
    memcpy(page.gpr, n.gpr, sizeof(n.gpr));
    page.gpr[GPR_RSP] = page.gpr[GPR_RBP] = 0;
    page.gpr[GPR_RDI] = DEVICE;
    page.context.rflags = n.rflags | 2;
    n.gpr[GPR_RDI] = (uint64_t)(uintptr_t)area;
    run_native(&n, code, bytes);
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(emu.length, bytes);
    flags = STATUS & ~undefined_flags;
    if ((page.context.rflags & flags) != (n.rflags & flags) || memcmp(area, device, 32) != 0) {
        for (unsigned i = 0; i < bytes; i++)
            printf("%02x ", code[i]);
        fail_msg("flags %lx, CPU %lx", page.context.rflags & flags, n.rflags & flags);
    }
    for (int i = 0; i < 10; i++)
        if (i != GPR_RDI && i != GPR_RSP && i != GPR_RBP && page.gpr[i] != n.gpr[i]) {
            for (unsigned k = 0; k < bytes; k++)
                printf("%02x ", code[k]);
            fail_msg("register %d: %lx, CPU %lx", i, page.gpr[i], n.gpr[i]);
        }
}

/* prefix, opcode, [rdi] with register or extension `reg`, immediate bytes */
static void try_form(unsigned prefixes, const uint8_t *opcode, unsigned opcode_bytes, unsigned reg, unsigned imm,
                     uint64_t undefined)
{
    uint8_t code[16];
    unsigned n = 0;

    if (prefixes & 1)
        code[n++] = 0x66;
    if (prefixes & 2)
        code[n++] = 0x48;
    memcpy(code + n, opcode, opcode_bytes);
    n += opcode_bytes;
    code[n++] = (uint8_t)(reg << 3 | 7);
    for (unsigned i = 0; i < imm; i++)
        code[n++] = (uint8_t)rand();
    for (int i = 0; i < 20; i++)
        compare(code, n, undefined);
}

static const uint8_t some_regs[] = { 0, 1, 2, 3, 6 };

static void try_register_forms(const uint8_t *opcode, unsigned bytes, uint64_t undefined)
{
    for (unsigned prefixes = 0; prefixes < 4; prefixes++)
        for (unsigned r = 0; r < sizeof(some_regs); r++)
            try_form(prefixes, opcode, bytes, some_regs[r], 0, undefined);
}

static void test_alu_like_the_cpu(void **state)
{
    (void)state;
    for (unsigned op = 0; op < 8; op++) {
        for (unsigned form = 0; form < 4; form++) {
            uint8_t opcode = (uint8_t)(op << 3 | form);
            uint64_t undefined = op == 1 || op == 4 || op == 6 ? RFLAGS_AF : 0;

            try_register_forms(&opcode, 1, undefined);
        }
        for (unsigned prefixes = 0; prefixes < 4; prefixes++) {
            uint64_t undefined = op == 1 || op == 4 || op == 6 ? RFLAGS_AF : 0;

            try_form(prefixes, (const uint8_t[]){ 0x80 }, 1, op, 1, undefined);
            try_form(prefixes, (const uint8_t[]){ 0x83 }, 1, op, 1, undefined);
            try_form(prefixes, (const uint8_t[]){ 0x81 }, 1, op, (prefixes & 2) ? 4 : (prefixes & 1) ? 2 : 4, undefined);
        }
    }
}

static void test_moves_like_the_cpu(void **state)
{
    static const uint8_t one[] = { 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x63 };
    static const uint8_t two[] = { 0xb6, 0xb7, 0xbe, 0xbf, 0xb0, 0xb1, 0xc0, 0xc1 };

    (void)state;
    for (unsigned i = 0; i < sizeof(one); i++)
        try_register_forms(&one[i], 1, i < 2 ? RFLAGS_AF : 0);
    for (unsigned i = 0; i < sizeof(two); i++)
        try_register_forms((const uint8_t[]){ 0x0f, two[i] }, 2, 0);
    for (uint8_t cc = 0; cc < 16; cc++) {
        try_register_forms((const uint8_t[]){ 0x0f, (uint8_t)(0x40 + cc) }, 2, 0);
        try_form(0, (const uint8_t[]){ 0x0f, (uint8_t)(0x90 + cc) }, 2, 0, 0, 0);
    }
    try_form(0, (const uint8_t[]){ 0x0f, 0xc3 }, 2, 1, 0, 0);
    try_form(2, (const uint8_t[]){ 0x0f, 0xc3 }, 2, 1, 0, 0);
    try_form(0, (const uint8_t[]){ 0x0f, 0xc7 }, 2, 1, 0, 0);
    for (unsigned prefixes = 0; prefixes < 4; prefixes++) {
        try_form(prefixes, (const uint8_t[]){ 0xc6 }, 1, 0, 1, 0);
        try_form(prefixes, (const uint8_t[]){ 0xc7 }, 1, 0, (prefixes & 2) ? 4 : (prefixes & 1) ? 2 : 4, 0);
        try_register_forms((const uint8_t[]){ 0x0f, 0x38, 0xf0 }, 3, 0);
        try_register_forms((const uint8_t[]){ 0x0f, 0x38, 0xf1 }, 3, 0);
    }
}

static void test_groups_like_the_cpu(void **state)
{
    (void)state;
    for (unsigned prefixes = 0; prefixes < 4; prefixes++) {
        unsigned imm = (prefixes & 2) ? 4 : (prefixes & 1) ? 2 : 4;

        try_form(prefixes, (const uint8_t[]){ 0xf6 }, 1, 0, 1, RFLAGS_AF);
        try_form(prefixes, (const uint8_t[]){ 0xf7 }, 1, 0, imm, RFLAGS_AF);
        for (unsigned byte = 0; byte < 2; byte++) {
            try_form(prefixes, (const uint8_t[]){ (uint8_t)(0xf6 + byte) }, 1, 2, 0, 0);
            try_form(prefixes, (const uint8_t[]){ (uint8_t)(0xf6 + byte) }, 1, 3, 0, 0);
            try_form(prefixes, (const uint8_t[]){ (uint8_t)(0xfe + byte) }, 1, 0, 0, 0);
            try_form(prefixes, (const uint8_t[]){ (uint8_t)(0xfe + byte) }, 1, 1, 0, 0);
        }
        for (unsigned op = 4; op < 8; op++)
            try_form(prefixes, (const uint8_t[]){ 0x0f, 0xba }, 2, op, 1, RFLAGS_OF | RFLAGS_SF | RFLAGS_AF | RFLAGS_PF);
    }
}

/* ---------------------------------------------------------------- what the CPU cannot show here */
static void test_bit_register_reaches_beyond_the_operand(void **state)
{
    static const uint8_t code[] = { 0x0f, 0xab, 0x0f }; /* bts [rdi], ecx */
    struct emu emu = start(code, sizeof(code));

    (void)state;
    memset(device, 0, sizeof(device));
    page.gpr[GPR_RDI] = DEVICE + 16;
    page.gpr[GPR_RCX] = (uint32_t)-33;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(device[16 - 8 + 3], 0x80);
    page.gpr[GPR_RCX] = 32 * 3 + 1;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(device[16 + 12], 2);
}

static void test_repeated_moves_between_ram_and_device(void **state)
{
    static const uint8_t code[] = { 0xf3, 0xa5 }; /* rep movsd */
    struct emu emu = start(code, sizeof(code));

    (void)state;
    memset(device, 0, sizeof(device));
    memcpy(ram + 0x8000, "0123456789abcdef", 16);
    page.gpr[GPR_RSI] = 0x8000;
    page.gpr[GPR_RDI] = DEVICE;
    page.gpr[GPR_RCX] = 4;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_memory_equal(device, "0123456789abcdef", 16);
    assert_int_equal(page.gpr[GPR_RCX], 0);
    assert_int_equal(page.gpr[GPR_RDI], DEVICE + 16);

    page.gpr[GPR_RSI] = DEVICE + 12;
    page.gpr[GPR_RDI] = 0x900c;
    page.gpr[GPR_RCX] = 4;
    page.context.rflags |= RFLAGS_DF;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_memory_equal(ram + 0x9000, "0123456789abcdef", 16);
    assert_int_equal(page.gpr[GPR_RSI], DEVICE - 4);
}

static void test_long_repeats_come_back_in_between(void **state)
{
    static const uint8_t code[] = { 0xf3, 0xaa }; /* rep stosb */
    struct emu emu = start(code, sizeof(code));

    (void)state;
    page.gpr[GPR_RDI] = DEVICE;
    page.gpr[GPR_RCX] = EMU_MAX_REPEAT + 5;
    page.gpr[GPR_RAX] = 0x5a;
    assert_int_equal(emu_instruction(&emu), EMU_AGAIN);
    assert_int_equal(page.gpr[GPR_RCX], 5);
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(device[EMU_MAX_REPEAT + 4], 0x5a);
    page.gpr[GPR_RDI] = DEVICE;
    page.gpr[GPR_RCX] = 3;
    page.context.rflags |= RFLAGS_TF;
    assert_int_equal(emu_instruction(&emu), EMU_AGAIN);
    assert_int_equal(page.gpr[GPR_RCX], 2);
}

static void test_compare_scan_and_load(void **state)
{
    static const uint8_t scan[] = { 0xf2, 0xae }, compare_bytes[] = { 0xf3, 0xa6 }, load[] = { 0xac };
    struct emu emu = start(scan, sizeof(scan));

    (void)state;
    memcpy(device, "abcXabcY", 8);
    page.gpr[GPR_RDI] = DEVICE;
    page.gpr[GPR_RCX] = 8;
    page.gpr[GPR_RAX] = 'X';
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RCX], 4);
    assert_true(page.context.rflags & RFLAGS_ZF);

    emu = start(compare_bytes, sizeof(compare_bytes));
    page.gpr[GPR_RSI] = DEVICE;
    page.gpr[GPR_RDI] = DEVICE + 4;
    page.gpr[GPR_RCX] = 8;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RCX], 4);
    assert_true(page.context.rflags & RFLAGS_CF);

    emu = start(load, sizeof(load));
    page.gpr[GPR_RSI] = DEVICE + 3;
    page.gpr[GPR_RAX] = 0x1100;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RAX], 0x1100 | 'X');
}

static void test_push_and_pop(void **state)
{
    static const uint8_t push[] = { 0xff, 0x37 }, pop[] = { 0x8f, 0x07 };
    struct emu emu = start(push, sizeof(push));
    uint64_t value = 0x1122334455667788ull;

    (void)state;
    memcpy(device, &value, 8);
    page.gpr[GPR_RDI] = DEVICE;
    page.gpr[GPR_RSP] = 0x9000;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RSP], 0x8ff8);
    assert_memory_equal(ram + 0x8ff8, &value, 8);

    emu = start(pop, sizeof(pop));
    value = 0xa5a5;
    memcpy(ram + 0x8000, &value, 8);
    page.gpr[GPR_RDI] = DEVICE + 8;
    page.gpr[GPR_RSP] = 0x8000;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RSP], 0x8008);
    assert_memory_equal(device + 8, &value, 8);
}

static void test_addressing_forms(void **state)
{
    /* mov eax, [rip + d32]; mov eax, [rsi + rcx * 4 + 8]; movabs eax; fs: */
    static const uint8_t rip[] = { 0x8b, 0x05, 0xfa, 0xbf, 0xff, 0xcf };
    static const uint8_t sib[] = { 0x8b, 0x44, 0x8e, 0x08 };
    static const uint8_t moffs[] = { 0xa1, 0x10, 0, 0, 0xd0, 0, 0, 0, 0 };
    static const uint8_t fs[] = { 0x64, 0x8b, 0x04, 0x25, 0x10, 0, 0, 0 };
    uint32_t value = 0xcafe1234;
    struct emu emu = start(rip, sizeof(rip));

    (void)state;
    memcpy(device, &value, 4);
    memcpy(device + 16, &value, 4);
    /* rip + 6 + disp = 0x4006 - 0x30004006 + ...: sign-extended, lands at 2^64 - ...; not canonical here */
    assert_int_not_equal(emu_instruction(&emu), EMU_UNKNOWN);

    emu = start(sib, sizeof(sib));
    page.gpr[GPR_RSI] = DEVICE;
    page.gpr[GPR_RCX] = 2;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RAX], value);

    emu = start(moffs, sizeof(moffs));
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RAX], value);

    emu = start(fs, sizeof(fs));
    page.context.seg_base[4] = DEVICE;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RAX], value);
}

static void test_sixteen_bit_addressing(void **state)
{
    static const uint8_t code[] = { 0x8a, 0x47, 0x02 }; /* mov al, [bx + 2] */
    struct emu emu = start(code, sizeof(code));

    (void)state;
    page.context.cr0 = CR0_PE;
    page.context.efer = 0;
    page.context.cs_attr = 0x9b;
    page.context.seg_base[3] = DEVICE;
    page.gpr[GPR_RBX] = 0xffff0000 | 6;
    device[8] = 0x77;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RAX], 0x77);
    assert_int_equal(emu.length, 3);
}

static void test_faults(void **state)
{
    static const uint8_t code[] = { 0xa4 }; /* movsb */
    static const uint8_t store[] = { 0x89, 0x04, 0x24 }; /* mov [rsp], eax */
    struct emu emu = start(code, sizeof(code));
    uint64_t *pdpt = (uint64_t *)(ram + 0x2000);

    (void)state;
    pdpt[1] = 0;
    page.gpr[GPR_RSI] = DEVICE;
    page.gpr[GPR_RDI] = 0x40000123;
    assert_int_equal(emu_instruction(&emu), EMU_FAULT);
    assert_int_equal(emu.fault.vector, X86_PF);
    assert_int_equal(emu.fault.cr2, 0x40000123);
    assert_int_equal(emu.fault.error, 2);
    assert_int_equal(page.gpr[GPR_RSI], DEVICE);

    emu = start(store, sizeof(store));
    page.gpr[GPR_RSP] = 0x800000000000ull;
    assert_int_equal(emu_instruction(&emu), EMU_FAULT);
    assert_int_equal(emu.fault.vector, X86_SS);

    emu = start(store, sizeof(store));
    page.context.rip = 0x40000000000ull;
    assert_int_equal(emu_instruction(&emu), EMU_FAULT);
    assert_int_equal(emu.fault.vector, X86_PF);
}

static void test_page_crossing(void **state)
{
    static const uint8_t code[] = { 0x48, 0x89, 0x07 }; /* mov [rdi], rax */
    struct emu emu = start(code, sizeof(code));

    (void)state;
    memset(device, 0, sizeof(device));
    page.gpr[GPR_RDI] = DEVICE + 0xffd;
    page.gpr[GPR_RAX] = 0x8877665544332211ull;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_memory_equal(device + 0xffd, "\x11\x22\x33\x44\x55\x66\x77\x88", 8);
    /* the instruction itself crosses from a mapped page into none */
    emu = start(code, sizeof(code));
    memcpy(ram + 0xfffe, code, 2);
    page.context.rip = 0xfffe;
    page.gpr[GPR_RDI] = DEVICE;
    assert_int_equal(emu_instruction(&emu), EMU_UNKNOWN); /* next byte reads 0xff: lea-like nonsense */
}

/* The decoded instruction is kept from one exit to the next, but never past a change of what it came from. */
static void test_changed_code_is_seen(void **state)
{
    static const uint8_t store[] = { 0x88, 0x07 }, load[] = { 0x8a, 0x1f }; /* mov [rdi], al; mov bl, [rdi] */
    struct emu emu = start(store, sizeof(store));
    uint64_t *pdpt = (uint64_t *)(ram + 0x2000), *directory = (uint64_t *)(ram + 0x3000);

    (void)state;
    page.gpr[GPR_RDI] = DEVICE;
    for (uint8_t i = 1; i < 4; i++) {
        page.gpr[GPR_RAX] = i;
        assert_int_equal(emu_instruction(&emu), EMU_DONE);
        assert_int_equal(device[0], i);
    }
    memcpy(ram + 0x4000, load, sizeof(load)); /* other code */
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RBX], 3);
    assert_int_equal(emu_instruction(&emu), EMU_DONE);

    memcpy(ram + 0x4000, store, sizeof(store)); /* other page tables: address 0x4000 is memory at 0x6000 */
    memcpy(ram + 0x6000, load, sizeof(load));
    page.gpr[GPR_RAX] = 9;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(device[0], 9);
    directory[0] = 0x5000 | PTE_P | PTE_W | PTE_U;
    ((uint64_t *)(ram + 0x5000))[4] = 0x6000 | PTE_P | PTE_W | PTE_U;
    pdpt[0] = 0x3000 | PTE_P | PTE_W | PTE_U;
    page.gpr[GPR_RAX] = 1;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
    assert_int_equal(device[0], 9);
    assert_int_equal(page.gpr[GPR_RBX], 9);
    ((uint64_t *)(ram + 0x5000))[4] = 0; /* and none */
    assert_int_equal(emu_instruction(&emu), EMU_FAULT);
    assert_int_equal(emu.fault.cr2, 0x4000);
}

static void test_string_io(void **state)
{
    static const uint8_t outs[] = { 0xf3, 0x6e };
    struct vcpu_exit exit = { .port = 0x3f8, .size = 1, .addr_size = 8, .seg = 3, .insn_len = 2,
                              .flags = IO_STRING | IO_REP };
    struct emu emu = start(outs, sizeof(outs));

    (void)state;
    memcpy(ram + 0x8000, "abcd", 4);
    page.gpr[GPR_RSI] = 0x8000;
    page.gpr[GPR_RCX] = 4;
    assert_int_equal(emu_string_io(&emu, &exit), EMU_DONE);
    assert_int_equal(last_out & 0xffffffff, 0x61626364);
    assert_int_equal(last_port, 0x3f8);
    assert_int_equal(page.gpr[GPR_RSI], 0x8004);

    exit.addr_size = 0; /* the CPU does not tell: decode the prefixes */
    page.gpr[GPR_RSI] = 0x8000;
    page.gpr[GPR_RCX] = 2;
    assert_int_equal(emu_string_io(&emu, &exit), EMU_DONE);
    assert_int_equal(page.gpr[GPR_RSI], 0x8002);

    exit = (struct vcpu_exit){ .port = 0x1f0, .size = 4, .addr_size = 8, .insn_len = 1, .flags = IO_STRING | IO_IN };
    page.gpr[GPR_RDI] = 0x9000;
    assert_int_equal(emu_string_io(&emu, &exit), EMU_DONE);
    assert_memory_equal(ram + 0x9000, "\x44\x33\x22\x11", 4);
    assert_int_equal(page.gpr[GPR_RDI], 0x9004);
    page.gpr[GPR_RDI] = 0x20000000000ull;
    ((uint64_t *)(ram + 0x1000))[4] = 0;
    assert_int_equal(emu_string_io(&emu, &exit), EMU_FAULT);
}

static void test_unknown_instructions(void **state)
{
    static const uint8_t sse[] = { 0x0f, 0x11, 0x07 }, registers[] = { 0x89, 0xc8 }, shift[] = { 0xd1, 0x27 };
    static const uint8_t flush[] = { 0x0f, 0xae, 0x3f }, outs[] = { 0x6e };
    struct emu emu = start(sse, sizeof(sse));

    (void)state;
    page.gpr[GPR_RDI] = DEVICE;
    assert_int_equal(emu_instruction(&emu), EMU_UNKNOWN);
    emu = start(registers, sizeof(registers));
    assert_int_equal(emu_instruction(&emu), EMU_UNKNOWN);
    emu = start(shift, sizeof(shift));
    assert_int_equal(emu_instruction(&emu), EMU_UNKNOWN);
    emu = start(outs, sizeof(outs));
    assert_int_equal(emu_instruction(&emu), EMU_UNKNOWN);
    emu = start(flush, sizeof(flush));
    page.gpr[GPR_RDI] = DEVICE;
    assert_int_equal(emu_instruction(&emu), EMU_DONE);
}

static int setup(void **state)
{
    (void)state;
    srand(7);
    code_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return code_page == MAP_FAILED;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alu_like_the_cpu),
        cmocka_unit_test(test_moves_like_the_cpu),
        cmocka_unit_test(test_groups_like_the_cpu),
        cmocka_unit_test(test_bit_register_reaches_beyond_the_operand),
        cmocka_unit_test(test_repeated_moves_between_ram_and_device),
        cmocka_unit_test(test_long_repeats_come_back_in_between),
        cmocka_unit_test(test_compare_scan_and_load),
        cmocka_unit_test(test_push_and_pop),
        cmocka_unit_test(test_addressing_forms),
        cmocka_unit_test(test_sixteen_bit_addressing),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_page_crossing),
        cmocka_unit_test(test_changed_code_is_seen),
        cmocka_unit_test(test_string_io),
        cmocka_unit_test(test_unknown_instructions),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
