// SPDX-License-Identifier: MIT
// b_vm: what the exits of a VM cost, in TSC ticks: median of many, empty loop subtracted.
#include <guest/apic.h>
#include <guest/boot.h>
#include <guest/pic.h>
#include <guest/print.h>
#include <guest/report.h>
#include <guest/smp.h>
#include <guest/start.h>
#include <guest/text.h>
#include <guest/time.h>
#include <guest/trap.h>

#define SAMPLES 1001
#define VEC     0x80
#define VEC_UART 0x81

extern const char skip_two[], note_time[];
extern volatile uint64_t note_tsc;

static uint64_t sample[SAMPLES], overhead;

static void sort(void)
{
    for (unsigned i = 1; i < SAMPLES; i++) {
        uint64_t v = sample[i];
        unsigned at = i;
        for (; at && sample[at - 1] > v; at--)
            sample[at] = sample[at - 1];
        sample[at] = v;
    }
}

static uint64_t median(void)
{
    sort();
    return sample[SAMPLES / 2] - overhead;
}

static inline uint64_t ticks(void)
{
    uint32_t lo, hi;
    asm volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return (uint64_t)hi << 32 | lo;
}

#define MEASURE(statement)                                                                         \
    ({                                                                                             \
        for (unsigned i_ = 0; i_ < SAMPLES; i_++) {                                                \
            uint64_t start_ = ticks();                                                             \
            statement;                                                                             \
            sample[i_] = ticks() - start_;                                                         \
        }                                                                                          \
        median();                                                                                  \
    })

static void tell(const char *key, uint64_t value)
{
    print("bench: vm.%s %lu\n", key, value);
}

static void gate(uint8_t vector, const char *handler)
{
    uint64_t at = (uint64_t)handler;
    trap_gate(vector, (at & 0xffff) | (uint64_t)SEL_CODE64 << 16 | 0x8eull << 40 | (at & 0xffff0000) << 32, at >> 32);
}

static void exits(void)
{
    uint32_t a, b, c, d;
    uint64_t value;
    tell("cpuid", MEASURE(asm volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "0"(0), "2"(0))));
    if (TRY("vmcall", "a"(0)) == VEC_NONE)
        tell("vmcall", MEASURE(asm volatile("vmcall" : "=a"(value) : "0"(0ull) : "memory", "rcx", "rdx")));
    tell("rdmsr", MEASURE(asm volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(MSR_APIC_BASE))));
    gate(VEC_GP, skip_two);
    tell("rdmsr_gp", MEASURE(asm volatile("rdmsr" : "=a"(a), "=d"(d) : "c"(0xdeadbeef))));
    tell("vmm_roundtrip", MEASURE(asm volatile("outb %%al, $0x80" ::"a"(0))));
    mmio_write(IOAPIC_BASE, 1);
    tell("mmio_read", MEASURE(asm volatile("movl (%1), %0" : "=r"(a) : "r"(IOAPIC_BASE + 0x10ull))));
}

static void apic(void)
{
    if (!(cpuid(1).ecx >> 21 & 1)) {
        report_skip("apic", "no x2APIC");
        return;
    }
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    tell("eoi", MEASURE(asm volatile("wrmsr" ::"c"(0x80b), "a"(0), "d"(0) : "memory")));
    gate(VEC, note_time);
    sti();
    for (unsigned i = 0; i < SAMPLES; i++) {
        note_tsc = 0;
        uint64_t start = ticks();
        asm volatile("wrmsr" ::"c"(0x83f), "a"(VEC), "d"(0) : "memory");
        while (!note_tsc)
            pause();
        sample[i] = note_tsc - start;
    }
    cli();
    tell("self_ipi", median());
}

static void deadline(bool halt)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        note_tsc = 0;
        uint64_t at = ticks() + 20000;
        wrmsr(MSR_TSC_DEADLINE, at);
        if (halt)
            sti_hlt_cli();
        else
            for (sti(); !note_tsc;)
                pause();
        cli();
        sample[i] = note_tsc - at;
    }
    tell(halt ? "timer_halt" : "timer_spin", median() + overhead);
}

static void timer(void)
{
    if (!(cpuid(1).ecx >> 24 & 1) || !apic_is_x2()) {
        report_skip("timer", "no TSC deadline or no x2APIC");
        return;
    }
    apic_write(APIC_LVT_TIMER, APIC_DEADLINE | VEC);
    uint64_t far = rdtsc() + 100000000000;
    uint32_t low = (uint32_t)far, high = (uint32_t)(far >> 32);
    tell("tsc_deadline", MEASURE(asm volatile("wrmsr" ::"c"(MSR_TSC_DEADLINE), "a"(low), "d"(high) : "memory")));
    wrmsr(MSR_TSC_DEADLINE, 0);
    deadline(false);
    deadline(true);
}

/* From the OUT that makes the UART raise its line to the handler; the way to the VMM included. */
static void vmm_interrupt(void)
{
    if (!apic_is_x2())
        return;
    gate(VEC_UART, note_time);
    ioapic_pin(4, VEC_UART);
    while (!(inb(0x3fd) & 0x40))
        pause();
    outb(0x3fc, 0xb);
    sti();
    for (unsigned i = 0; i < SAMPLES; i++) {
        outb(0x3f9, 0);
        inb(0x3fa);
        note_tsc = 0;
        uint64_t start = ticks();
        outb(0x3f9, 2); /* interrupt when the transmitter is empty, which it is */
        while (!note_tsc)
            pause();
        sample[i] = note_tsc - start;
    }
    cli();
    outb(0x3f9, 0);
    ioapic_pin(4, IOAPIC_MASKED);
    tell("vmm_irq", median());
}

static volatile uint64_t arrived;

static void on_arrival(struct trap_frame *frame)
{
    (void)frame;
    arrived = ticks();
    apic_eoi();
}

/* The jobs of the other CPU: it spins, or it is halted whenever nothing has arrived. */
static void spin(void)
{
    for (;;)
        asm volatile("");
}

static void halt(void)
{
    for (;;)
        asm volatile("sti; hlt");
}

static void send_to_other(const char *key, smp_job *job)
{
    smp_start(1);
    smp_run(1, job);
    for (unsigned i = 0; i < SAMPLES; i++) {
        time_spin_us(20); /* it is back at its job */
        arrived = 0;
        uint64_t start = ticks();
        apic_icr(1ull << 32 | APIC_ICR_ASSERT | VEC);
        while (!arrived)
            ;
        sample[i] = arrived - start;
    }
    tell(key, median());
}

static void ipi(void)
{
    apic_mode(APIC_BASE_ON | APIC_BASE_X2);
    apic_enable();
    trap_set(VEC, on_arrival);
    send_to_other("ipi_running", spin);
    send_to_other("ipi_halted", halt);
}

/* Two instructions a turn and no reason to exit: whoever watches counts the exits. */
static void compute(uint64_t turns)
{
    while (turns--)
        asm volatile("");
}

void guest_main(const char *cmdline)
{
    uint64_t instructions = text_value(cmdline, "compute", ~0ull);
    if (instructions != ~0ull) {
        compute(instructions / 2);
        guest_exit(0);
    }
    time_init();
    overhead = 0;
    overhead = MEASURE(asm volatile("" ::: "memory"));
    if (smp_count() > 1) {
        ipi();
        guest_exit(0);
    }
    print("empty loop: %lu\n", overhead);
    exits();
    apic();
    timer();
    vmm_interrupt();
    guest_exit(0);
}
