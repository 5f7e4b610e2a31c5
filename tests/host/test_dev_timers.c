/* SPDX-License-Identifier: MIT */
/* PIT, RTC and PM timer on a clock that the test moves. */
// sources: vmm/dev_pit.c vmm/pit_channel.c vmm/dev_rtc.c vmm/rtc_date.c vmm/dev_pm.c vmm/clock.c vmm/bus.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <vmm/dev_pit.h>
#include <vmm/dev_pm.h>
#include <vmm/dev_rtc.h>
#include <vmm/rtc_date.h>

#define HZ 2000000000ull /* TSC */

static uint64_t now;
static bool irq_level;
static unsigned irq_edges;
static bool powered_off;

static uint64_t read_now(void *ctx)
{
    (void)ctx;
    return now;
}

static void set_irq(void *ctx, unsigned line, bool level)
{
    (void)ctx;
    (void)line;
    if (level && !irq_level)
        irq_edges++;
    irq_level = level;
}

static void off(void *ctx)
{
    (void)ctx;
    powered_off = true;
}

/* 2026-11-20 12:34:56 UTC at TSC 0 */
#define START_S 1795178096ull
static const struct clock clock_ = { .tsc_hz = HZ, .wall_ns = START_S * 1000000000ull, .wall_tsc = 0, .read = read_now };
static struct bus io;
static struct pit pit;
static struct rtc rtc;
static struct pm pm;

static int setup(void **state)
{
    (void)state;
    now = 12345;
    irq_level = false;
    irq_edges = 0;
    powered_off = false;
    bus_init(&io, 0xffff);
    pit = (struct pit){ .clock = &clock_, .irq = { set_irq, NULL, 0 } };
    rtc = (struct rtc){ .clock = &clock_, .irq = { set_irq, NULL, 8 } };
    pm = (struct pm){ .clock = &clock_, .irq = { set_irq, NULL, 9 }, .power_off = off };
    pit_reset(&pit);
    rtc_reset(&rtc, 0x20000000, 0x40000000);
    pm_reset(&pm);
    pit_attach(&pit, &io);
    rtc_attach(&rtc, &io);
    pm_attach(&pm, &io);
    irq_edges = 0;
    return 0;
}

/* Moves time on by PIT ticks, a little into the tick. */
static void pass(uint64_t ticks)
{
    now = clock_tsc_at(&clock_, clock_ticks(&clock_, now, PIT_HZ) + ticks, PIT_HZ) + 5;
}

static uint16_t read16(uint16_t port)
{
    uint16_t low = (uint16_t)bus_read(&io, port, 1);

    return (uint16_t)(low | bus_read(&io, port, 1) << 8);
}

static void program(unsigned channel, uint8_t mode, uint16_t count)
{
    bus_write(&io, 0x43, 1, channel << 6 | 0x30 | mode);
    bus_write(&io, (uint16_t)(0x40 + channel), 1, count & 0xff);
    bus_write(&io, (uint16_t)(0x40 + channel), 1, count >> 8);
}

static uint16_t latch(unsigned channel)
{
    bus_write(&io, 0x43, 1, channel << 6);
    return read16((uint16_t)(0x40 + channel));
}

static bool out2(void)
{
    return bus_read(&io, 0x61, 1) & 0x20;
}

static void test_clock_is_exact(void **state)
{
    (void)state;
    for (uint64_t tick = 1; tick < 5000000000ull; tick = tick * 3 + 7) {
        uint64_t tsc = clock_tsc_at(&clock_, tick, PIT_HZ);

        assert_int_equal(clock_ticks(&clock_, tsc, PIT_HZ), tick);
        assert_int_equal(clock_ticks(&clock_, tsc - 1, PIT_HZ), tick - 1);
    }
    assert_int_equal(clock_tsc_at(&clock_, UINT64_MAX, 1), CLOCK_NEVER);
    assert_int_equal(clock_wall_ns_at(&clock_, HZ), (START_S + 1) * 1000000000ull);
}

static void test_mode0_counts_once(void **state)
{
    (void)state;
    program(0, 0, 1000);
    irq_edges = 0;
    pit_update(&pit, now);
    assert_false(irq_level);
    pass(501);
    assert_int_equal(latch(0), 500);
    pass(500);
    pit_update(&pit, now);
    assert_true(irq_level);
    assert_int_equal(irq_edges, 1);
    assert_int_equal(pit.deadline, CLOCK_NEVER);
    pass(100);
    assert_int_equal(latch(0), (uint16_t)-100); /* goes on around zero */
    program(0, 0, 10);
    assert_false(irq_level);
}

static void test_mode2_is_periodic(void **state)
{
    (void)state;
    program(0, 2 << 1, 1193);
    irq_edges = 0;
    for (int i = 1; i <= 10; i++) {
        uint64_t at = pit.deadline;

        assert_true(at > now && at - now < HZ / 900);
        now = at;
        pit_update(&pit, now);
        assert_int_equal(irq_edges, i);
    }
    /* a thousand missed periods merge into one edge */
    pass(1193 * 1000);
    pit_update(&pit, now);
    assert_int_equal(irq_edges, 11);
}

static void test_mode2_takes_a_new_count_at_the_period_s_end(void **state)
{
    (void)state;
    program(0, 2 << 1, 1000);
    pass(1);
    program(0, 2 << 1, 1000);
    pass(401);
    bus_write(&io, 0x40, 1, 200);
    bus_write(&io, 0x40, 1, 0);
    assert_in_range(latch(0), 595, 605);
    pass(605);
    assert_in_range(latch(0), 1, 200);
    now = pit.deadline;
    pit_update(&pit, now);
    assert_in_range(clock_ticks(&clock_, pit.deadline - now, PIT_HZ), 199, 200);
}

static void test_mode3_is_square(void **state)
{
    (void)state;
    bus_write(&io, 0x61, 1, 1);
    program(2, 3 << 1, 100);
    pass(11);
    assert_true(out2());
    assert_int_equal(latch(2), 80);
    pass(50);
    assert_false(out2());
    assert_int_equal(latch(2), 80);
    pass(50);
    assert_true(out2());
    program(2, 3 << 1, 101);
    pass(1 + 50);
    assert_true(out2());
    pass(1);
    assert_false(out2());
}

static void test_gate_of_channel_2(void **state)
{
    (void)state;
    bus_write(&io, 0x61, 1, 0);
    program(2, 0, 1000); /* as systems measure the TSC */
    pass(300);
    assert_false(out2());
    assert_int_equal(latch(2), 1000);
    bus_write(&io, 0x61, 1, 1);
    pass(600);
    assert_in_range(latch(2), 398, 402);
    bus_write(&io, 0x61, 1, 0);
    pass(5000);
    assert_in_range(latch(2), 398, 402);
    assert_false(out2());
    bus_write(&io, 0x61, 1, 1);
    pass(403);
    assert_true(out2());
    assert_true(bus_read(&io, 0x61, 1) & 1);
}

static void test_mode1_needs_a_trigger(void **state)
{
    (void)state;
    bus_write(&io, 0x61, 1, 0);
    program(2, 1 << 1, 100);
    pass(200);
    assert_true(out2());
    bus_write(&io, 0x61, 1, 1);
    pass(50);
    assert_false(out2());
    bus_write(&io, 0x61, 1, 0);
    pass(52);
    assert_true(out2());
}

static void test_mode4_strobes(void **state)
{
    (void)state;
    program(0, 4 << 1, 50);
    pit_update(&pit, now);
    assert_true(irq_level);
    irq_edges = 0;
    now = pit.deadline;
    pit_update(&pit, now);
    assert_int_equal(irq_edges, 1);
    assert_int_equal(pit.deadline, CLOCK_NEVER);
    bus_write(&io, 0x61, 1, 0);
    program(2, 5 << 1, 50);
    bus_write(&io, 0x61, 1, 1);
    pass(51);
    assert_false(out2());
    pass(1);
    assert_true(out2());
}

static void test_bcd_and_single_bytes(void **state)
{
    (void)state;
    program(0, 2 << 1 | 1, 0x1000); /* mode 2, BCD */
    pass(2);
    assert_int_equal(latch(0), 0x0999);
    program(0, 0 | 1, 0);
    pass(2);
    assert_int_equal(latch(0), 0x9999);
    bus_write(&io, 0x43, 1, 0x14); /* channel 0, low byte, mode 2 */
    bus_write(&io, 0x40, 1, 100);
    pass(11);
    assert_int_equal(bus_read(&io, 0x40, 1), 90);
    bus_write(&io, 0x43, 1, 0x24); /* high byte */
    bus_write(&io, 0x40, 1, 2);
    pass(2);
    assert_int_equal(bus_read(&io, 0x40, 1), 1);
    assert_int_equal(bus_read(&io, 0x43, 1), 0xff);
}

static void test_read_back(void **state)
{
    uint8_t status;

    (void)state;
    program(0, 3 << 1, 1000);
    bus_write(&io, 0x43, 1, 0xe2); /* status of channel 0 */
    status = (uint8_t)bus_read(&io, 0x40, 1);
    assert_int_equal(status & 0x3f, 0x36);
    assert_true(status & 0x40); /* not loaded yet */
    pass(3);
    bus_write(&io, 0x43, 1, 0xc2); /* count and status */
    pass(100);
    status = (uint8_t)bus_read(&io, 0x40, 1);
    assert_int_equal(status, 0xb6);
    assert_int_equal(read16(0x40), 996); /* latched before the 100 ticks */
}

static void test_refresh_bit_toggles(void **state)
{
    uint64_t first = bus_read(&io, 0x61, 1) & 0x10;

    (void)state;
    pass(18);
    assert_int_not_equal(bus_read(&io, 0x61, 1) & 0x10, first);
}

/* ---------------------------------------------------------------- RTC */
static uint8_t cmos(uint8_t index)
{
    bus_write(&io, 0x70, 1, index);
    return (uint8_t)bus_read(&io, 0x71, 1);
}

static void set_cmos(uint8_t index, uint8_t value)
{
    bus_write(&io, 0x70, 1, index);
    bus_write(&io, 0x71, 1, value);
}

static void test_cmos_ram_survives_a_reset(void **state)
{
    (void)state;
    set_cmos(0x40, 0x5a);
    set_cmos(11, 0x42);
    rtc_reset(&rtc, 0x20000000, 0x40000000);
    assert_int_equal(cmos(0x40), 0x5a);
    assert_int_equal(cmos(11), 0x02);
}

static void test_rtc_tells_the_time(void **state)
{
    (void)state;
    now = 0;
    assert_int_equal(cmos(0), 0x56);
    assert_int_equal(cmos(2), 0x34);
    assert_int_equal(cmos(4), 0x12);
    assert_int_equal(cmos(7), 0x20);
    assert_int_equal(cmos(8), 0x11);
    assert_int_equal(cmos(9), 0x26);
    assert_int_equal(cmos(0x32), 0x20);
    assert_int_equal(cmos(6), 6); /* a Friday */
    assert_int_equal(cmos(13), 0x80);
    now = 4 * HZ;
    assert_int_equal(cmos(0), 0x00);
    assert_int_equal(cmos(2), 0x35);
    set_cmos(11, 0x04); /* binary, 12 hours */
    assert_int_equal(cmos(4), 0x80 | 12);
    assert_int_equal(cmos(9), 26);
}

static void test_rtc_keeps_what_the_guest_sets(void **state)
{
    (void)state;
    set_cmos(11, 0x82);
    set_cmos(8, 0x02); /* February while the day is still 20, then 31: order must not matter */
    set_cmos(7, 0x28);
    set_cmos(9, 0x99);
    set_cmos(0x32, 0x19);
    set_cmos(4, 0x23);
    set_cmos(2, 0x59);
    set_cmos(0, 0x58);
    now += 10 * HZ;
    assert_int_equal(cmos(0), 0x58); /* held */
    set_cmos(11, 0x02);
    now += 3 * HZ;
    assert_int_equal(cmos(0), 0x01);
    assert_int_equal(cmos(4), 0x00);
    assert_int_equal(cmos(8), 0x03);
    assert_int_equal(cmos(7), 0x01);
    set_cmos(2, 0x30); /* without SET */
    assert_int_equal(cmos(2), 0x30);
    set_cmos(11, 0x00); /* 12 hours, BCD */
    set_cmos(4, 0x92);
    assert_int_equal(cmos(4), 0x92);
    set_cmos(11, 0x02);
    assert_int_equal(cmos(4), 0x12);
}

static void test_rtc_update_in_progress(void **state)
{
    (void)state;
    now = HZ / 2;
    assert_int_equal(cmos(10) & 0x80, 0);
    now = HZ - HZ / 1000;
    assert_int_equal(cmos(10) & 0x80, 0x80);
}

static void test_rtc_update_interrupt_and_alarm(void **state)
{
    (void)state;
    now = HZ / 2;
    rtc_update(&rtc, now);
    cmos(12);
    set_cmos(11, 0x12);
    assert_in_range(rtc.deadline, HZ, HZ + 2);
    now = rtc.deadline;
    rtc_update(&rtc, now);
    assert_true(irq_level);
    assert_int_equal(cmos(12) & ~0x40, 0x90);
    assert_false(irq_level);
    set_cmos(1, 0x59);
    set_cmos(3, 0xff);
    set_cmos(5, 0xff);
    set_cmos(11, 0x22);
    for (int i = 0; i < 2; i++) {
        now = rtc.deadline;
        rtc_update(&rtc, now);
    }
    assert_true(irq_level);
    assert_int_equal(cmos(12) & 0xa0, 0xa0);
}

static void test_rtc_periodic(void **state)
{
    uint64_t first;

    (void)state;
    set_cmos(10, 0x26); /* 1024 Hz */
    cmos(12);
    set_cmos(11, 0x42);
    first = now = rtc.deadline;
    for (int i = 0; i < 1024; i++) {
        rtc_update(&rtc, now);
        assert_true(irq_level);
        assert_int_equal(cmos(12) & 0xc0, 0xc0);
        now = rtc.deadline;
    }
    assert_in_range(now - first, HZ - 2, HZ + 2);
    set_cmos(11, 0x02);
    assert_int_equal(rtc.deadline, CLOCK_NEVER);
}

static void test_cmos_memory_size(void **state)
{
    (void)state;
    assert_int_equal(cmos(0x15) | cmos(0x16) << 8, 640);
    assert_int_equal(cmos(0x34) | cmos(0x35) << 8, (0x20000000 - 0x1000000) >> 16);
    assert_int_equal(cmos(0x5b) | cmos(0x5c) << 8, 0x4000);
    set_cmos(0x40, 0xa5);
    assert_int_equal(cmos(0x40), 0xa5);
    assert_int_equal(bus_read(&io, 0x70, 1), 0xff);
}

static void test_dates_there_and_back(void **state)
{
    (void)state;
    for (int64_t s = -5000000000ll; s < 20000000000ll; s += 86400 * 13 + 12345) {
        struct rtc_date date = rtc_date_from(s);

        assert_int_equal(rtc_date_seconds(&date), s);
        assert_in_range(date.month, 1, 12);
        assert_in_range(date.day, 1, 31);
        assert_in_range(date.weekday, 1, 7);
    }
}

/* ---------------------------------------------------------------- ACPI registers */
static void test_pm_timer_runs_at_its_rate(void **state)
{
    uint64_t first = bus_read(&io, 0x608, 4);

    (void)state;
    now += HZ;
    assert_in_range((uint32_t)(bus_read(&io, 0x608, 4) - first), PM_TIMER_HZ - 1, PM_TIMER_HZ + 1);
    bus_write(&io, 0x608, 4, 0);
    assert_int_equal(bus_read(&io, 0x608, 1), bus_read(&io, 0x608, 4) & 0xff);
}

static void test_pm_timer_overflow_raises_sci(void **state)
{
    (void)state;
    bus_write(&io, 0x602, 2, 1);
    now = pm.deadline;
    assert_in_range(now, 2147483648ull * HZ / PM_TIMER_HZ, 2147483648ull * HZ / PM_TIMER_HZ + HZ);
    pm_update(&pm, now);
    assert_true(irq_level);
    assert_int_equal(bus_read(&io, 0x600, 4), 0x10001);
    bus_write(&io, 0x600, 2, 1);
    assert_false(irq_level);
    assert_int_not_equal(pm.deadline, CLOCK_NEVER);
}

static void test_power_button_and_soft_off(void **state)
{
    (void)state;
    pm_power_button(&pm);
    assert_false(irq_level);
    bus_write(&io, 0x603, 1, 1); /* byte access to the upper enable byte */
    assert_true(irq_level);
    bus_write(&io, 0x600, 2, 0x100);
    assert_false(irq_level);
    assert_int_equal(bus_read(&io, 0x604, 2), 1);
    bus_write(&io, 0x604, 2, 3 << 10 | 0x2000);
    assert_false(powered_off);
    bus_write(&io, 0x604, 2, 5 << 10 | 0x2000 | 1);
    assert_true(powered_off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_clock_is_exact, setup),
        cmocka_unit_test_setup(test_mode0_counts_once, setup),
        cmocka_unit_test_setup(test_mode2_is_periodic, setup),
        cmocka_unit_test_setup(test_mode2_takes_a_new_count_at_the_period_s_end, setup),
        cmocka_unit_test_setup(test_mode3_is_square, setup),
        cmocka_unit_test_setup(test_gate_of_channel_2, setup),
        cmocka_unit_test_setup(test_mode1_needs_a_trigger, setup),
        cmocka_unit_test_setup(test_mode4_strobes, setup),
        cmocka_unit_test_setup(test_bcd_and_single_bytes, setup),
        cmocka_unit_test_setup(test_read_back, setup),
        cmocka_unit_test_setup(test_refresh_bit_toggles, setup),
        cmocka_unit_test_setup(test_cmos_ram_survives_a_reset, setup),
        cmocka_unit_test_setup(test_rtc_tells_the_time, setup),
        cmocka_unit_test_setup(test_rtc_keeps_what_the_guest_sets, setup),
        cmocka_unit_test_setup(test_rtc_update_in_progress, setup),
        cmocka_unit_test_setup(test_rtc_update_interrupt_and_alarm, setup),
        cmocka_unit_test_setup(test_rtc_periodic, setup),
        cmocka_unit_test_setup(test_cmos_memory_size, setup),
        cmocka_unit_test_setup(test_dates_there_and_back, setup),
        cmocka_unit_test_setup(test_pm_timer_runs_at_its_rate, setup),
        cmocka_unit_test_setup(test_pm_timer_overflow_raises_sci, setup),
        cmocka_unit_test_setup(test_power_button_and_soft_off, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
