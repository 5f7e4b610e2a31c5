/* SPDX-License-Identifier: MIT */
/*
 * The smallest VMM, in the place of vmm.elf: what the kernel's mechanisms for VMMs cost, in TSC ticks, medians,
 * the empty loop subtracted. Its guest touches pages that are not mapped, which it then maps, and rings a doorbell
 * whose event belongs to its second thread.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <abi/syscall.h>
#include <user/start.h>
#include <user/sys.h>
#include "guest.h"

#define CPUID_VA USER_WINDOW_VA
#define PAGE_VA  (USER_WINDOW_VA + 0x1000)
#define RAM_VA   (USER_WINDOW_VA + 0x100000)
#define LOW      0x10000ull /* guest memory that is mapped from the start */
#define ALL      (MAP_READ | MAP_WRITE | MAP_EXEC)
#define FLAT(kind) {.limit = ~0u, .attr = 0xc000 | (kind), .selector = 8}

_Static_assert(DOORBELL == HYPERCALL_DOORBELL, "as the kernel knows it");
extern const uint8_t guest_code[], guest_code_end[];

static volatile int64_t doorbell; /* the second thread's event */
static struct vcpu_page *const page = (struct vcpu_page *)PAGE_VA;

void thread_main(unsigned index)
{
    (void)index;
    doorbell = sys_event_create(0, 2);
    for (;;)
        (void)sys_event_wait(~0ull, 1); /* the doorbell's bit is not among these: nobody waits for it */
}

static void must(int64_t result, const char *what)
{
    if (result >= 0)
        return;
    printf("%s: %s\n", what, sys_error(result));
    exit(1);
}

static void make_guest(void)
{
    struct cpuid_page *cpuid = (struct cpuid_page *)CPUID_VA;
    struct vcpu_state state = { 0 };

    must(sys_mem_map(0, H_MEMORY, 0, RAM_VA | MAP_READ | MAP_WRITE, LOW), "memory of the guest");
    memcpy((void *)(RAM_VA + CODE), guest_code, (size_t)(guest_code_end - guest_code));
    must(sys_vm_create(CPUID_VA), "VM");
    cpuid->max_basic = 1;
    must(sys_vm_map(H_MEMORY, 0, ALL, LOW), "low memory");
    must(sys_vcpu_create(0, PAGE_VA), "vCPU");
    must(sys_vcpu_get_state(&state), "state");
    state.rip = CODE;
    state.cr0 |= 1; /* PE */
    state.cs = (struct vcpu_segment)FLAT(0x9b);
    state.ds = state.es = state.ss = state.fs = state.gs = (struct vcpu_segment)FLAT(0x93);
    must(sys_vcpu_set_state(&state), "start of the guest");
    while (doorbell == 0)
        sys_yield();
    must(doorbell, "doorbell");
    page->doorbell = (uint64_t)doorbell;
}

static void run(void)
{
    for (;;) {
        int64_t kind = sys_vcpu_run();
        if (kind == EXIT_IO)
            return;
        if (kind == EXIT_MMIO)
            kind = sys_vm_map(H_MEMORY, page->exit.gpa & ~0xfffull, (page->exit.gpa & ~0xfffull) | ALL, 0x1000);
        else if (kind != EXIT_EVENT && kind != EXIT_NONE)
            must(-1 - (kind > 0), "an exit that was not expected");
        must(kind, "guest");
    }
}

static int order(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static uint32_t median(unsigned kind)
{
    uint32_t *ticks = (uint32_t *)(RAM_VA + RESULTS) + kind * SAMPLES;

    qsort(ticks, SAMPLES, sizeof(*ticks), order);
    return ticks[SAMPLES / 2];
}

int main(void)
{
    make_guest();
    run();
    uint32_t empty = median(0);
    printf("bench: vm.ept_map %" PRIu32 "\nbench: vm.doorbell %" PRIu32 "\n", median(1) - empty, median(2) - empty);
    return 0;
}
