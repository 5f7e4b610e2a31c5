/* SPDX-License-Identifier: MIT */
/*
 * Time: how fast the TSC ticks, and what time it is. CPUID tells a TSC frequency on some CPUs,
 * but not the truth on every emulated one, so it only refines a measurement that agrees with it.
 */
#include <lib/date.h>

#include "boot.h"
#include "io.h"

#define PM_HZ  3579545ull
#define PIT_HZ 1193182ull

#define PM_SPAN    (PM_HZ / 50) /* 20 ms */
#define PIT_SPAN   (PIT_HZ / 50)
#define MANY_READS 2000000u /* of a port, before its timer counts as dead */
#define ROUNDS     3
#define STALL_USEC 20000

#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_GATE     0x61
#define GATE_ON      0x01
#define GATE_SPEAKER 0x02
#define GATE_OUT     0x20

struct sample {
    uint64_t tsc;
    uint32_t ticks;
};

/* Of some readings, the one that took the shortest time is the most exact. */
static struct sample pm_sample(uint16_t port)
{
    struct sample best = { 0, 0 };
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < 5; i++) {
        uint64_t before = read_tsc();
        uint32_t ticks = in32(port);
        uint64_t after = read_tsc();

        if (after - before < least) {
            least = after - before;
            best = (struct sample){ before + least / 2, ticks };
        }
    }
    return best;
}

static uint64_t measure_pm(uint16_t port, unsigned bits)
{
    uint32_t mask = bits == 32 ? UINT32_MAX : 0xffffff;
    struct sample start = pm_sample(port);
    unsigned reads = 0;

    while (((in32(port) - start.ticks) & mask) < PM_SPAN)
        if (++reads == MANY_READS)
            return 0;
    struct sample end = pm_sample(port);
    uint64_t ticks = (end.ticks - start.ticks) & mask;
    return (end.tsc - start.tsc) * PM_HZ / ticks;
}

/* Channel 2 counts down once, in mode 0; its output can be read back. */
static uint64_t measure_pit(void)
{
    uint8_t gate = in8(PIT_GATE);
    unsigned reads = 0;

    out8(PIT_GATE, (gate & ~GATE_SPEAKER) | GATE_ON);
    out8(PIT_COMMAND, 0xb0);
    out8(PIT_CHANNEL2, PIT_SPAN & 0xff);
    out8(PIT_CHANNEL2, PIT_SPAN >> 8);
    uint64_t start = read_tsc();
    while (!(in8(PIT_GATE) & GATE_OUT) && reads < MANY_READS)
        reads++;
    uint64_t end = read_tsc();
    out8(PIT_GATE, gate);
    return reads < 10 || reads == MANY_READS ? 0 : (end - start) * PIT_HZ / PIT_SPAN;
}

static uint64_t measure_stall(void)
{
    uint64_t start = read_tsc();

    SERVICES->Stall(STALL_USEC);
    return (read_tsc() - start) * (1000000 / STALL_USEC);
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t low = a < b ? a : b, high = a < b ? b : a;

    return c < low ? low : c > high ? high : c;
}

static uint64_t measure(const struct boot_info *info, const char **source)
{
    uint64_t hz[ROUNDS];
    EFI_TPL tpl = SERVICES->RaiseTPL(TPL_HIGH_LEVEL); /* nothing may come in between */

    *source = "PM timer";
    for (unsigned i = 0; i < ROUNDS; i++)
        hz[i] = info->pm_timer_port == 0 ? 0 : measure_pm(info->pm_timer_port, info->pm_timer_bits);
    if (median(hz[0], hz[1], hz[2]) == 0) {
        *source = "PIT";
        for (unsigned i = 0; i < ROUNDS; i++)
            hz[i] = measure_pit();
    }
    SERVICES->RestoreTPL(tpl);
    if (median(hz[0], hz[1], hz[2]) != 0)
        return median(hz[0], hz[1], hz[2]);
    *source = "firmware's delay";
    return measure_stall();
}

/* CPUID leaf 15h (SDM volume 3, 19.7.3): crystal frequency and ratio; 0 when it does not say. */
static uint64_t from_cpuid(void)
{
    if (cpuid(0, 0).eax < 0x15)
        return 0;

    struct cpuid r = cpuid(0x15, 0);
    return r.eax == 0 ? 0 : (uint64_t)r.ecx * r.ebx / r.eax;
}

static void read_wall(struct start_info *root)
{
    EFI_TIME t;
    EFI_STATUS status = boot_system->RuntimeServices->GetTime(&t, NULL);

    root->wall_tsc = read_tsc();
    if (EFI_ERROR(status)) {
        say("firmware does not tell the time: %s", say_status(status));
        return;
    }

    int64_t seconds = date_to_seconds(t.Year, t.Month, t.Day, t.Hour, t.Minute, t.Second);
    /* UEFI 2.10, 8.3: zone in minutes, local time = UTC - zone; unspecified counts as UTC */
    if (t.TimeZone >= -1440 && t.TimeZone <= 1440)
        seconds += (int64_t)t.TimeZone * 60;
    if (seconds > 0)
        root->wall_ns = (uint64_t)seconds * 1000000000ull + t.Nanosecond;
}

void clock_read(struct boot_info *info)
{
    const char *source;
    uint64_t told = from_cpuid(), measured = measure(info, &source);
    uint64_t apart = told > measured ? told - measured : measured - told;

    info->tsc_hz = measured;
    if (told != 0 && apart <= measured / 100) {
        info->tsc_hz = told;
        source = "CPUID, confirmed";
    }
    if (measured == 0)
        fail(EFI_DEVICE_ERROR, "the time stamp counter does not tick");
    if (source[0] == 'P' && source[1] == 'I')
        info->pm_timer_port = info->pm_timer_bits = 0; /* dead or absent */
    say("TSC: %lu kHz (%s)", info->tsc_hz / 1000, source);
    read_wall(memory_root_info(info));
}
