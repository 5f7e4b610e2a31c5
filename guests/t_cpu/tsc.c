// SPDX-License-Identifier: MIT
// The time-stamp counter: monotonic over exits, RDTSCP, writes.
#include <guest/apic.h>
#include <guest/time.h>
#include "t_cpu.h"

void test_tsc(void)
{
    uint64_t last = rdtsc(), backwards = 0;
    for (unsigned i = 0; i < 2000; i++) {
        if (i % 4 == 0)
            cpuid(0);
        else if (i % 4 == 1)
            inb(0x71);
        else if (i % 4 == 2)
            mmio_read(IOAPIC_BASE);
        uint64_t now = rdtsc();
        backwards += now < last;
        last = now;
    }
    check_eq(backwards, 0, "steps back of the TSC");
    uint64_t start = rdtsc();
    time_sleep_ms(10);
    check_range(rdtsc() - start, tsc_hz / 100 - tsc_hz / 500, tsc_hz / 100 + tsc_hz / 50, "TSC runs on in HLT");
    if (cpuid(0x80000001).edx >> 27 & 1) {
        uint32_t lo, hi, aux;
        wrmsr(MSR_TSC_AUX, 0xabcd1234);
        asm volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
        check_eq(aux, 0xabcd1234, "RDTSCP tells TSC_AUX");
        check((uint64_t)hi << 32 | lo, "RDTSCP tells the TSC");
    }
    uint64_t old = rdtsc();
    wrmsr(MSR_TSC, 0x123400000000);
    check_range(rdtsc(), 0x123400000000, 0x123410000000, "TSC written");
    check_range(rdmsr(MSR_TSC), 0x123400000000, 0x123420000000, "TSC as MSR");
    wrmsr(MSR_TSC, old);
    check(rdtsc() < 0x123400000000, "TSC written back");
}
