// SPDX-License-Identifier: MIT
// Single-step over instructions that a hypervisor emulates: one #DB each, at the right place.
#include "t_cpu.h"

#define MAX_STEPS 128

void step_run(void);
extern const uint64_t step_points[], step_points_end[];
static uint64_t steps[MAX_STEPS];
static volatile unsigned step_count, wrong_dr6;

static void on_step(struct trap_frame *f)
{
    if (step_count < MAX_STEPS)
        steps[step_count] = f->rip;
    step_count++;
    if ((read_dr6() & 0xe00f) != BIT(14))
        wrong_dr6++;
    write_dr6(0xffff0ff0);
}

void test_step(void)
{
    unsigned points = (unsigned)(step_points_end - step_points);
    trap_set(VEC_DB, on_step);
    write_dr6(0xffff0ff0);
    step_run();
    trap_set(VEC_DB, 0);
    check_eq(step_count, points, "single-step traps");
    check_eq(wrong_dr6, 0, "traps whose DR6 is not just BS");
    for (unsigned i = 0; i < points && i < step_count; i++)
        if (!check_eq(steps[i], step_points[i], "trap %u", i))
            break;
    check_trap(TRY("pushfq; orl $0x100, (%%rsp); popfq; rdmsr; nop", "c"(0xdeadbeef)), VEC_GP,
               "a fault under TF is the fault");
    check_eq(trap_last.rflags & (FLAG_TF | FLAG_RF), FLAG_TF | FLAG_RF, "its flags");
}
