/* SPDX-License-Identifier: MIT */
/* One CPU, its clock and the kernel pool, for host tests of kernel/. */
#include <fake/ring0.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/log.h>

uint8_t fake_pool[FAKE_POOL_BYTES] __attribute__((aligned(1 << 21)));
uint8_t fake_window[2 * WINDOW_BYTES] __attribute__((aligned(1 << 21)));
uint64_t fake_tsc, fake_cr3;
struct cpu fake_cpu, *fake_this = &fake_cpu;
struct cpu *cpus[MAX_CPUS] = { &fake_cpu };
unsigned cpu_count = 1;
unsigned fake_panics;
uint64_t tsc_hz = 1000000000;
struct lock kernel_lock;

static jmp_buf *panic_exit;

uint64_t x86_rdtsc(void) { return fake_tsc; }
void x86_invlpg(uint64_t va) { (void)va; }
uint64_t x86_read_cr3(void) { return fake_cr3; }
void x86_write_cr3(uint64_t value) { fake_cr3 = value; }
void x86_clear_segments(void) { }
uint64_t x86_read_cr4(void) { return CR4_PGE; }
void x86_write_cr4(uint64_t value) { (void)value; }
struct cpu *this_cpu(void) { return fake_this; }

void kernel_lock_wait(uint32_t ticket)
{
    sys_panic("lock %u is taken twice", ticket);
}

void sys_log(const char *format, ...)
{
    (void)format;
}

noreturn void sys_panic(const char *format, ...)
{
    va_list args;

    fake_panics++;
    if (panic_exit)
        longjmp(*panic_exit, 1);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    abort();
}

bool fake_panicked(void (*step)(void *context), void *context)
{
    jmp_buf back;
    bool panicked = setjmp(back) != 0;

    if (!panicked) {
        panic_exit = &back;
        step(context);
    }
    panic_exit = NULL;
    return panicked;
}

void fake_pool_make(struct account *account, uint64_t quota)
{
    struct boot_info boot = { .kpool_base = FAKE_POOL_BASE, .kpool_bytes = FAKE_POOL_BYTES };

    memset(fake_pool, 0xcc, sizeof(fake_pool)); // what was there before must not matter
    kmem_init(&boot, 0);
    *account = (struct account){ .quota = quota };
}
