// SPDX-License-Identifier: MIT
// Counts and prints the results of checks, and ends the guest with them.
#include <guest/print.h>
#include <guest/report.h>
#include <guest/text.h>
#include <guest/trap.h>

unsigned report_passed, report_failed;
bool report_quiet;
static const char *report_guest = "guest";

static bool result(bool good, const char *name, va_list list)
{
    if (good)
        report_passed++;
    else
        report_failed++;
    if (good && report_quiet)
        return good;
    print(good ? "ok " : "not ok ");
    print_list(name, list);
    return good;
}

static void end_line(bool good)
{
    if (!good || !report_quiet)
        print("\n");
}

bool check(bool good, const char *name, ...)
{
    va_list list;
    va_start(list, name);
    result(good, name, list);
    va_end(list);
    end_line(good);
    return good;
}

bool check_eq(uint64_t got, uint64_t want, const char *name, ...)
{
    va_list list;
    va_start(list, name);
    bool good = result(got == want, name, list);
    va_end(list);
    if (!good)
        print(": got 0x%lx, wanted 0x%lx", got, want);
    end_line(good);
    return good;
}

bool check_range(uint64_t got, uint64_t low, uint64_t high, const char *name, ...)
{
    va_list list;
    va_start(list, name);
    bool good = result(got >= low && got <= high, name, list);
    va_end(list);
    if (!good)
        print(": got %lu, wanted %lu..%lu", got, low, high);
    end_line(good);
    return good;
}

static const char *vector_name(unsigned vector)
{
    static const char *const names[] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM",
                                        "#DF", "9",   "#TS", "#NP", "#SS", "#GP", "#PF", "15",
                                        "#MF", "#AC", "#MC", "#XM", "#VE", "#CP"};
    if (vector < sizeof(names) / sizeof(names[0]))
        return names[vector];
    return vector == VEC_NONE ? "no exception" : "an interrupt";
}

bool check_trap(unsigned got, unsigned want, const char *name, ...)
{
    va_list list;
    va_start(list, name);
    bool good = result(got == want, name, list);
    va_end(list);
    if (!good)
        print(": got %s, wanted %s", vector_name(got), vector_name(want));
    end_line(good);
    return good;
}

void report_skip(const char *name, const char *why)
{
    print("skip %s: %s\n", name, why);
}

void report_name(const char *guest)
{
    report_guest = guest;
}

void guest_exit(uint32_t code)
{
    print_flush();
    outl(DEBUG_EXIT_PORT, code);
    for (;;)
        asm volatile("cli; hlt");
}

void report_end(void)
{
    print("%s: %u passed, %u failed\n", report_guest, report_passed, report_failed);
    guest_exit(report_failed > 255 ? 255 : report_failed); /* an exit code is a byte */
}

static __attribute__((noinline)) void run_one(const struct test_group *group)
{
    static struct trap_point point;
    print("# %s\n", group->name);
    trap_rescue = &point;
    if (trap_save(&point) == 0)
        group->run();
    trap_resume = 0;
    print_flush();
}

void run_groups(const char *guest, const struct test_group *groups, unsigned count, const char *cmdline)
{
    bool named = false;
    report_name(guest);
    print_buffer(!text_has_word(cmdline, "unbuffered"));
    for (unsigned i = 0; i < count; i++)
        named |= text_has_word(cmdline, groups[i].name);
    for (unsigned i = 0; i < count; i++)
        if (!named || text_has_word(cmdline, groups[i].name))
            run_one(&groups[i]);
    report_end();
}
