/* SPDX-License-Identifier: MIT */
/* RTC: time of day, alarm, periodic and update interrupts, update-in-progress; CMOS RAM. */
#include <string.h>
#include "dev_rtc.h"
#include "rtc_date.h"

enum { SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM, WEEKDAY, DAY, MONTH, YEAR,
       REG_A, REG_B, REG_C, REG_D, CENTURY = 0x32 };

#define A_UIP  0x80u
#define B_SET  0x80u
#define B_PIE  0x40u
#define B_AIE  0x20u
#define B_UIE  0x10u
#define B_BINARY 0x04u
#define B_24H  0x02u
#define C_IRQ  0x80u
#define C_PF   0x40u
#define C_AF   0x20u
#define C_UF   0x10u
#define D_VALID 0x80u

#define NS_PER_SECOND 1000000000ull
#define UIP_NS  (244000u + 1984000u) /* UIP is set 244 us before an update, which takes 1984 us */
#define OSC_HZ  32768u

/* UTC in seconds since 1970 at a TSC, and the nanoseconds of the second under way. */
static uint64_t utc_second(const struct rtc *rtc, uint64_t now, uint64_t *ns)
{
    uint64_t wall = clock_wall_ns_at(rtc->clock, now);

    *ns = wall % NS_PER_SECOND;
    return wall / NS_PER_SECOND;
}

static int64_t clock_seconds(const struct rtc *rtc, uint64_t now)
{
    uint64_t ns;

    return (int64_t)utc_second(rtc, now, &ns) + rtc->offset;
}

/* Periodic rate in Hz; 0 = off. Rates 1 and 2 are the same as 8 and 9 (data sheet, table 5). */
static uint32_t period_hz(const struct rtc *rtc)
{
    unsigned rate = rtc->cmos[REG_A] & 15;

    if (rate == 0)
        return 0;
    return OSC_HZ >> ((rate <= 2 ? rate + 7 : rate) - 1);
}

static uint8_t encode(const struct rtc *rtc, int value)
{
    return (uint8_t)(rtc->cmos[REG_B] & B_BINARY ? value : value / 10 << 4 | value % 10);
}

static int decode(const struct rtc *rtc, uint8_t value)
{
    return rtc->cmos[REG_B] & B_BINARY ? value : (value >> 4) * 10 + (value & 15);
}

static uint8_t encode_hour(const struct rtc *rtc, int hour)
{
    if (rtc->cmos[REG_B] & B_24H)
        return encode(rtc, hour);
    return encode(rtc, hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? 0x80 : 0);
}

static int decode_hour(const struct rtc *rtc, uint8_t value)
{
    int hour = decode(rtc, value & 0x7f);

    if (rtc->cmos[REG_B] & B_24H)
        return decode(rtc, value);
    return hour % 12 + (value & 0x80 ? 12 : 0);
}

static void fill_time(struct rtc *rtc, int64_t seconds)
{
    struct rtc_date date = rtc_date_from(seconds);

    rtc->cmos[SECONDS] = encode(rtc, date.second);
    rtc->cmos[MINUTES] = encode(rtc, date.minute);
    rtc->cmos[HOURS] = encode_hour(rtc, date.hour);
    rtc->cmos[WEEKDAY] = encode(rtc, date.weekday);
    rtc->cmos[DAY] = encode(rtc, date.day);
    rtc->cmos[MONTH] = encode(rtc, date.month);
    rtc->cmos[YEAR] = encode(rtc, date.year % 100);
    rtc->cmos[CENTURY] = (uint8_t)(date.year / 1000 % 10 << 4 | date.year / 100 % 10);
}

static int64_t read_time(const struct rtc *rtc)
{
    int century = (rtc->cmos[CENTURY] >> 4) * 10 + (rtc->cmos[CENTURY] & 15);
    struct rtc_date date = {
        .second = decode(rtc, rtc->cmos[SECONDS]),
        .minute = decode(rtc, rtc->cmos[MINUTES]),
        .hour = decode_hour(rtc, rtc->cmos[HOURS]),
        .day = decode(rtc, rtc->cmos[DAY]),
        .month = decode(rtc, rtc->cmos[MONTH]),
        .year = century * 100 + decode(rtc, rtc->cmos[YEAR]),
    };

    return rtc_date_seconds(&date);
}

static void put_kib(struct rtc *rtc, unsigned at, uint64_t value)
{
    rtc->cmos[at] = (uint8_t)value;
    rtc->cmos[at + 1] = (uint8_t)(value >> 8);
}

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void fill_memory_size(struct rtc *rtc, uint64_t ram_low, uint64_t ram_high)
{
    uint64_t above_1m = ram_low > 1u << 20 ? (ram_low - (1u << 20)) >> 10 : 0;
    uint64_t above_16m = ram_low > 16u << 20 ? (ram_low - (16u << 20)) >> 16 : 0;

    put_kib(rtc, 0x15, 640);
    put_kib(rtc, 0x17, min64(above_1m, 0xffff));
    put_kib(rtc, 0x30, min64(above_1m, 0xffff));
    put_kib(rtc, 0x34, min64(above_16m, 0xffff));
    put_kib(rtc, 0x5b, ram_high >> 16 & 0xffff);
    rtc->cmos[0x5d] = (uint8_t)(ram_high >> 32);
    rtc->cmos[0x14] = 0x06; /* equipment: FPU, 80-column display; no floppy */
}

void rtc_reset(struct rtc *rtc, uint64_t ram_low, uint64_t ram_high)
{
    uint64_t now = clock_now(rtc->clock), ns;

    memset(rtc->cmos, 0, REG_D + 1); /* the RAM behind the registers has a battery */
    rtc->index = 0;
    rtc->cmos[REG_A] = 0x26;
    rtc->cmos[REG_B] = B_24H;
    fill_memory_size(rtc, ram_low, ram_high);
    rtc->seen_second = utc_second(rtc, now, &ns);
    rtc->seen_period = 0;
    rtc->deadline = CLOCK_NEVER;
    irq_set(&rtc->irq, false);
}

/* Alarm fields from 0xc0 up match any value. */
static bool alarm_field(const struct rtc *rtc, unsigned reg, uint8_t current)
{
    return rtc->cmos[reg] >= 0xc0 || rtc->cmos[reg] == current;
}

static bool alarm_matches(const struct rtc *rtc, int64_t seconds)
{
    struct rtc_date date = rtc_date_from(seconds);

    return alarm_field(rtc, SECONDS_ALARM, encode(rtc, date.second)) &&
           alarm_field(rtc, MINUTES_ALARM, encode(rtc, date.minute)) &&
           alarm_field(rtc, HOURS_ALARM, encode_hour(rtc, date.hour));
}

/* Did the alarm match in one of the seconds since the last look? A day shows every match. */
static bool alarm_since(const struct rtc *rtc, uint64_t second)
{
    uint64_t from = rtc->seen_second + 1;

    if (second - rtc->seen_second > 86400)
        from = second - 86400;
    for (; from <= second; from++)
        if (alarm_matches(rtc, (int64_t)from + rtc->offset))
            return true;
    return false;
}

static void update_irq(struct rtc *rtc)
{
    uint8_t raised = rtc->cmos[REG_C] & rtc->cmos[REG_B] & (C_PF | C_AF | C_UF);

    rtc->cmos[REG_C] = (rtc->cmos[REG_C] & (C_PF | C_AF | C_UF)) | (raised != 0 ? C_IRQ : 0);
    irq_set(&rtc->irq, raised != 0);
}

static uint64_t next_deadline(const struct rtc *rtc)
{
    uint8_t wanted = rtc->cmos[REG_B] & (uint8_t)~rtc->cmos[REG_C];
    uint32_t hz = period_hz(rtc);
    uint64_t at = CLOCK_NEVER, next;

    if ((wanted & B_PIE) && hz != 0)
        at = clock_tsc_at(rtc->clock, rtc->seen_period + 1, hz);
    if ((wanted & (B_UIE | B_AIE)) && !(rtc->cmos[REG_B] & B_SET)) {
        next = (rtc->seen_second + 1) * NS_PER_SECOND - rtc->clock->wall_ns;
        at = min64(at, rtc->clock->wall_tsc + clock_tsc_at(rtc->clock, next, NS_PER_SECOND));
    }
    return at;
}

void rtc_update(struct rtc *rtc, uint64_t now)
{
    uint64_t ns, second = utc_second(rtc, now, &ns);
    uint32_t hz = period_hz(rtc);
    uint64_t period = hz != 0 ? clock_ticks(rtc->clock, now, hz) : 0;

    if (hz != 0 && period != rtc->seen_period)
        rtc->cmos[REG_C] |= C_PF;
    rtc->seen_period = period;
    if (second != rtc->seen_second && !(rtc->cmos[REG_B] & B_SET)) {
        rtc->cmos[REG_C] |= C_UF;
        if (alarm_since(rtc, second))
            rtc->cmos[REG_C] |= C_AF;
    }
    rtc->seen_second = second;
    update_irq(rtc);
    rtc->deadline = next_deadline(rtc);
}

static uint8_t read_a(const struct rtc *rtc, uint64_t now)
{
    uint64_t ns;

    utc_second(rtc, now, &ns);
    if ((rtc->cmos[REG_B] & B_SET) || ns < NS_PER_SECOND - UIP_NS)
        return rtc->cmos[REG_A];
    return rtc->cmos[REG_A] | A_UIP;
}

static uint8_t read_c(struct rtc *rtc)
{
    uint8_t value = rtc->cmos[REG_C];

    rtc->cmos[REG_C] = 0;
    irq_set(&rtc->irq, false);
    rtc->deadline = next_deadline(rtc);
    return value;
}

static bool is_time(unsigned reg)
{
    return reg == CENTURY ||
           (reg <= YEAR && reg != SECONDS_ALARM && reg != MINUTES_ALARM && reg != HOURS_ALARM);
}

static uint64_t rtc_read(void *dev, uint64_t offset, unsigned size)
{
    struct rtc *rtc = dev;
    uint64_t now = clock_now(rtc->clock);

    (void)size;
    if (offset == 0)
        return 0xff; /* the index cannot be read */
    rtc_update(rtc, now);
    if (is_time(rtc->index) && !(rtc->cmos[REG_B] & B_SET))
        fill_time(rtc, clock_seconds(rtc, now));
    switch (rtc->index) {
    case REG_A: return read_a(rtc, now);
    case REG_C: return read_c(rtc);
    case REG_D: return D_VALID;
    default: return rtc->cmos[rtc->index];
    }
}

/* Setting the SET bit holds the time that is now; clearing it goes on from what was written. */
static void write_b(struct rtc *rtc, uint8_t value, uint64_t now)
{
    uint8_t old = rtc->cmos[REG_B];

    if ((value & B_SET) && !(old & B_SET))
        fill_time(rtc, clock_seconds(rtc, now));
    if (value & B_SET)
        value &= (uint8_t)~B_UIE;
    rtc->cmos[REG_B] = value;
    if (!(value & B_SET) && (old & B_SET))
        rtc->offset += read_time(rtc) - clock_seconds(rtc, now);
    update_irq(rtc);
}

/* While the SET bit is set the bytes are just memory: their order of writing does not matter. */
static void write_time(struct rtc *rtc, uint8_t value, uint64_t now)
{
    if (rtc->cmos[REG_B] & B_SET) {
        rtc->cmos[rtc->index] = value;
        return;
    }
    fill_time(rtc, clock_seconds(rtc, now));
    rtc->cmos[rtc->index] = value;
    rtc->offset += read_time(rtc) - clock_seconds(rtc, now);
}

static void rtc_write(void *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct rtc *rtc = dev;
    uint64_t now = clock_now(rtc->clock);

    (void)size;
    if (offset == 0) {
        rtc->index = value & 0x7f; /* bit 7 masks NMI, which nothing here raises */
        return;
    }
    rtc_update(rtc, now);
    if (is_time(rtc->index))
        write_time(rtc, (uint8_t)value, now);
    else if (rtc->index == REG_A)
        rtc->cmos[REG_A] = value & 0x7f;
    else if (rtc->index == REG_B)
        write_b(rtc, (uint8_t)value, now);
    else if (rtc->index != REG_C && rtc->index != REG_D)
        rtc->cmos[rtc->index] = (uint8_t)value;
    rtc_update(rtc, now);
}

void rtc_attach(struct rtc *rtc, struct bus *io)
{
    bus_add(io, &(struct bus_range){ 0x70, 2, 1, rtc_read, rtc_write, rtc });
}
