// SPDX-License-Identifier: MIT
// Interrupts from CPU to CPU: every vector, groups, lowest priority, NMI, and to CPUs that are halted.
#include "t_smp.h"

#define VECTOR 0x61
#define ALL      0x80000ull
#define OTHERS   0xc0000ull
#define LOGICAL  0x800ull
#define LOWEST   0x100ull

static volatile uint64_t hits[SMP_MAX], got, echoes;
static volatile uint8_t expected;

static void on_hit(struct trap_frame *frame)
{
    (void)frame;
    __atomic_fetch_add(&got, 1, __ATOMIC_SEQ_CST);
    on_counted_eoi(&hits[smp_self()]);
}

/* The other CPU sends the vector back. */
static void on_ping(struct trap_frame *frame)
{
    (void)frame;
    if (smp_self() == 0) {
        on_counted_eoi(&echoes);
        return;
    }
    apic_eoi();
    apic_icr(APIC_ICR_ASSERT | expected);
}

/* Vectors whose exceptions have an error code: as interrupts they have none, so another one's entry serves. */
static bool pushes_error(unsigned vector)
{
    return vector == 17 || vector == 21 || vector == 29 || vector == 30;
}

static bool ping(unsigned vector)
{
    uint64_t *gate = trap_gate_of((uint8_t)vector), *plain = trap_gate_of(VECTOR);
    uint64_t low = gate[0], high = gate[1];
    if (pushes_error(vector))
        trap_gate((uint8_t)vector, plain[0], plain[1]);
    else
        trap_set((uint8_t)vector, on_ping);
    expected = (uint8_t)vector;
    echoes = 0;
    apic_icr(1ull << 32 | APIC_ICR_ASSERT | vector);
    bool good = time_wait(&echoes, 1, 200);
    trap_gate((uint8_t)vector, low, high);
    trap_set((uint8_t)vector, 0);
    return good && echoes == 1;
}

void test_vectors(void)
{
    unsigned right = 0;
    for (unsigned vector = 16; vector < 256; vector++) {
        trap_set(VECTOR, on_ping);
        right += ping(vector);
    }
    check_eq(right, 240, "vectors 16 to 255 to CPU 1 and back");
    apic_write(APIC_ESR, 0);
    apic_icr(1ull << 32 | APIC_ICR_ASSERT | 15);
    apic_write(APIC_ESR, 0);
    check_eq(apic_read(APIC_ESR) & 0x20, 0x20, "vector 15 is an error of the sender");
}

static void send(uint64_t icr)
{
    for (unsigned i = 0; i < SMP_MAX; i++)
        hits[i] = 0;
    got = 0;
    apic_icr(icr | APIC_ICR_ASSERT | VECTOR);
}

/* The CPUs of the mask get it once each, nobody else. */
static void reaches(uint64_t icr, uint64_t mask, const char *name)
{
    unsigned wrong = 0, want = 0;
    for (uint64_t left = mask; left; left &= left - 1)
        want++;
    send(icr);
    time_wait(&got, want, 200);
    time_spin_us(200);
    sti_window();
    for (unsigned cpu = 0; cpu < smp_count(); cpu++)
        wrong += hits[cpu] != (mask >> cpu & 1);
    check_eq(wrong, 0, "%s", name);
}

static void logical_id(void)
{
    if (apic_is_x2())
        return;
    apic_write(APIC_DFR, 0xffffffff);
    apic_write(APIC_LDR, 1u << (24 + smp_self() % 8));
}

void test_groups(void)
{
    uint64_t all = BIT(smp_count()) - 1, broadcast = apic_is_x2() ? 0xffffffffull : 0xff;
    trap_set(VECTOR, on_hit);
    logical_id();
    smp_all(logical_id);
    reaches(ALL, all, "to all");
    reaches(OTHERS, all & ~1ull, "to all others");
    reaches(broadcast << 32, all, "broadcast, physical");
    reaches(1ull << 32, 2, "physical");
    reaches((uint64_t)smp_count() << 32, 0, "to nobody");
    reaches(3ull << 32 | LOGICAL, 3, "logical, two CPUs");
    reaches((all & 0xff & ~1ull) << 32 | LOGICAL, all & ~1ull, "logical, all others");
    reaches(0x40000, 1, "to itself");
}

static void raise_priority(void)
{
    apic_write(APIC_TPR, 0x50); /* VECTOR passes, but others have less to do */
}

static void lower_priority(void)
{
    apic_write(APIC_TPR, 0);
}

void test_lowest(void)
{
    unsigned last = smp_count() - 1;
    trap_set(VECTOR, on_hit);
    smp_all(raise_priority);
    raise_priority();
    smp_run(last, lower_priority);
    smp_join(last);
    reaches((BIT(smp_count()) - 1) << 32 | LOGICAL | LOWEST, BIT(last), "lowest priority");
    smp_all(lower_priority);
    lower_priority();
    send(3ull << 32 | LOGICAL | LOWEST);
    time_wait(&got, 1, 200);
    sti_window();
    time_spin_us(200);
    check_eq(got, 1, "among equals it is one");
}

static void halt_closed(void)
{
    asm volatile("cli; hlt; sti");
}

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    __atomic_fetch_add(&hits[smp_self()], 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&got, 1, __ATOMIC_SEQ_CST);
}

void test_nmi(void)
{
    unsigned right = 0, woken = 0;
    trap_set(VEC_NMI, on_nmi);
    reaches(OTHERS | APIC_MODE_NMI, BIT(smp_count()) - 2, "NMI to all others");
    for (unsigned i = 0; i < 50; i++) {
        send(1ull << 32 | APIC_MODE_NMI);
        right += time_wait(&got, 1, 200);
    }
    check_eq(right, 50, "NMI to a CPU that runs");
    for (unsigned i = 0; i < 50; i++) {
        smp_run(1, halt_closed);
        time_spin_us(50);
        send(1ull << 32 | APIC_MODE_NMI);
        woken += time_wait(&got, 1, 200) && smp_join(1);
    }
    check_eq(woken, 50, "NMI to a CPU that is halted with interrupts off");
    trap_set(VEC_NMI, 0);
}

static void halt_open(void)
{
    while (!got)
        asm volatile("cli; cmpq $0, %0; jne 1f; sti; hlt; 1: sti" ::"m"(got));
}

void test_halted(void)
{
    unsigned woken = 0;
    trap_set(VECTOR, on_hit);
    for (unsigned i = 0; i < 200; i++) {
        unsigned cpu = 1 + i % (smp_count() - 1);
        got = 0;
        smp_run(cpu, halt_open);
        time_spin_us(i % 8 * 7); /* it may be on its way to HLT, or there */
        send((uint64_t)cpu << 32);
        woken += time_wait(&got, 1, 500) && smp_join(cpu) && hits[cpu] == 1;
    }
    check_eq(woken, 200, "interrupts wake halted CPUs");
}
