// SPDX-License-Identifier: MIT
// Local APIC and IOAPIC access.
#include <guest/apic.h>
#include <guest/time.h>

uint64_t apic_hz;

bool apic_is_x2(void)
{
    return rdmsr(MSR_APIC_BASE) & APIC_BASE_X2;
}

uint32_t apic_read(unsigned reg)
{
    if (apic_is_x2())
        return (uint32_t)rdmsr(MSR_X2APIC + reg / 16);
    return mmio_read(APIC_BASE_ADDRESS + reg);
}

void apic_write(unsigned reg, uint32_t value)
{
    if (apic_is_x2())
        wrmsr(MSR_X2APIC + reg / 16, value);
    else
        mmio_write(APIC_BASE_ADDRESS + reg, value);
}

void apic_icr(uint64_t value)
{
    if (apic_is_x2()) {
        wrmsr(MSR_X2APIC + APIC_ICR / 16, value);
        return;
    }
    mmio_write(APIC_BASE_ADDRESS + APIC_ICR_HIGH, (uint32_t)(value >> 32) << 24);
    mmio_write(APIC_BASE_ADDRESS + APIC_ICR, (uint32_t)value);
    while (mmio_read(APIC_BASE_ADDRESS + APIC_ICR) & 0x1000)
        pause();
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

void apic_mode(uint64_t bits)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    uint64_t now = base & (APIC_BASE_ON | APIC_BASE_X2);
    if (now == bits)
        return;
    base &= ~(APIC_BASE_ON | APIC_BASE_X2);
    if (now & APIC_BASE_X2)
        wrmsr(MSR_APIC_BASE, base); /* x2APIC leaves only to disabled */
    if (bits & APIC_BASE_X2)
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_ON);
    wrmsr(MSR_APIC_BASE, base | bits);
}

void apic_enable(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    if (!(base & APIC_BASE_ON))
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_ON);
    apic_write(APIC_TPR, 0);
    apic_write(APIC_SVR, APIC_SVR_ON | 0xff);
}

void apic_timer_rate(void)
{
    if (apic_hz)
        return;
    apic_write(APIC_TIMER_DIVIDE, 0x3); /* by 16 */
    apic_write(APIC_LVT_TIMER, APIC_MASKED | VEC_SLEEP);
    apic_write(APIC_TIMER_INIT, 0xffffffff);
    uint64_t start = rdtsc();
    uint64_t first = apic_read(APIC_TIMER_NOW);
    time_spin_us(5000);
    uint64_t last = apic_read(APIC_TIMER_NOW);
    uint64_t ticks = rdtsc() - start;
    apic_write(APIC_TIMER_INIT, 0);
    apic_hz = (first - last) * 16 * tsc_hz / ticks;
}

void apic_timer_stop(void)
{
    apic_write(APIC_LVT_TIMER, APIC_MASKED | VEC_SLEEP);
    apic_write(APIC_TIMER_INIT, 0);
}

bool apic_bit(unsigned reg, uint8_t vector)
{
    return apic_read(reg + vector / 32u * 16u) >> (vector % 32) & 1;
}

uint32_t ioapic_read(uint8_t reg)
{
    mmio_write(IOAPIC_BASE, reg);
    return mmio_read(IOAPIC_BASE + 0x10);
}

void ioapic_write(uint8_t reg, uint32_t value)
{
    mmio_write(IOAPIC_BASE, reg);
    mmio_write(IOAPIC_BASE + 0x10, value);
}

void ioapic_pin(unsigned pin, uint32_t low)
{
    uint8_t reg = (uint8_t)(0x10 + pin * 2);
    uint32_t id = apic_is_x2() ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
    ioapic_write(reg, IOAPIC_MASKED);
    ioapic_write(reg + 1, id << 24);
    ioapic_write(reg, low);
}

void ioapic_mask_all(void)
{
    unsigned pins = (ioapic_read(1) >> 16 & 0xff) + 1;
    for (unsigned i = 0; i < pins; i++)
        ioapic_write((uint8_t)(0x10 + i * 2), IOAPIC_MASKED);
}
