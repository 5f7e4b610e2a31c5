/* SPDX-License-Identifier: MIT */
/* Why an entry is refused: states that are good, and each of the ways in which they can be bad. */
// sources: vmm/entry_check.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <hw/emulate.h>
#include <vmm/entry_check.h>

static struct vcpu_state s;

static void flat(uint32_t code, uint64_t efer)
{
    const struct vcpu_segment data = {0, ~0u, 0xc093, 0x10, {0}};

    s = (struct vcpu_state){
        .rip = 0x1000, .rflags = RFLAGS_ONE, .cr0 = CR0_PE | CR0_PG, .cr4 = CR4_PAE, .efer = efer,
        .es = data, .ss = data, .ds = data, .fs = data, .gs = data, .cs = {0, ~0u, code, 8, {0}},
        .ldtr = {.attr = ATTR_UNUSABLE}, .tr = {0, 0x67, 0x8b, 0x18, {0}},
    };
}

static void expect(const char *what)
{
    char text[120] = "";

    entry_check(&s, text, sizeof(text));
    assert_string_equal(text, what);
}

#define BAD(change, what)                                                                          \
    do {                                                                                           \
        struct vcpu_state good = s;                                                                \
        change;                                                                                    \
        expect(what);                                                                              \
        s = good;                                                                                  \
    } while (0)

static void test_long_mode(void **state)
{
    (void)state;
    flat(0xa09b, EFER_LME | EFER_LMA);
    expect("");
    s.rip = 0xffffffff80000000;
    s.gs.base = 0xffff800000000000;
    expect("");
    BAD(s.rip = 1ull << 48, "26.3.1.4 RIP not canonical");
    BAD(s.cr4 = 0, "26.3.1.1 IA-32e mode without paging or PAE");
    BAD(s.efer = EFER_LMA, "26.3.1.1 EFER.LMA against LME");
    BAD(s.cs.attr |= ATTR_DB, "26.3.1.2 CS: L and D/B");
    BAD(s.ds.base = 1ull << 32, "26.3.1.2 DS: base above 4 GiB");
    BAD(s.tr.attr = ATTR_UNUSABLE, "26.3.1.2 TR: unusable");
    BAD(s.tr.attr = 0x89, "26.3.1.2 TR: type: not a busy TSS");
    BAD((s.ldtr.attr = 0x83), "26.3.1.2 LDTR: type: not an LDT");
    BAD(s.rflags |= RFLAGS_VM, "26.3.1.4 RFLAGS.VM in IA-32e or real mode; 26.3.1.2 ES: virtual-8086 form; "
                               "26.3.1.2 CS: virtual-8086 form; 26.3.1.2 SS:");
}

static void test_protected_mode(void **state)
{
    (void)state;
    flat(0xc09b, 0);
    expect("");
    BAD(s.cr0 = CR0_PG, "26.3.1.1 CR0.PG without PE");
    BAD(s.cr4 |= CR4_PCIDE, "26.3.1.1 CR4.PCIDE outside IA-32e mode");
    BAD(s.rip = 1ull << 32, "26.3.1.4 RIP above 4 GiB outside 64-bit mode");
    BAD(s.rflags = 0, "26.3.1.4 RFLAGS reserved bits");
    BAD(s.cs.attr = 0, "26.3.1.2 CS: not present");
    BAD(s.ss.attr = 0x83, "26.3.1.2 SS: S bit");
    BAD(s.es.attr |= 0x100, "26.3.1.2 ES: reserved access rights");
    BAD(s.fs.attr &= ~1u, "26.3.1.2 FS: type: not accessed");
    BAD(s.gs.limit = 0x12345, "26.3.1.2 GS: limit against granularity");
    BAD(s.interruptibility = BLOCKING_STI, "26.3.1.5 blocking by STI with RFLAGS.IF clear");
    s.rflags |= RFLAGS_IF;
    BAD(s.interruptibility = BLOCKING_STI | BLOCKING_MOVSS, "26.3.1.5 blocking by STI and by MOV SS");
}

static void test_virtual_8086(void **state)
{
    (void)state;
    flat(0xc09b, 0);
    s.rflags |= RFLAGS_VM;
    s.es = s.cs = s.ss = s.ds = s.fs = s.gs = (struct vcpu_segment){0x12340, 0xffff, 0xf3, 0x1234, {0}};
    expect("");
    BAD(s.ds.selector = 0, "26.3.1.2 DS: virtual-8086 form");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_mode), cmocka_unit_test(test_protected_mode), cmocka_unit_test(test_virtual_8086),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
