/* SPDX-License-Identifier: MIT */
/* The VM seen from the kernel: creation, loading, the run loop. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <hw/apic.h>
#include <hw/msr.h>
#include <hw/x86.h>
#include <abi/guest.h>
#include <abi/ring.h>
#include <abi/syscall.h>
#include <user/event.h>
#include <user/mutex.h>
#include <user/start.h>
#include <user/sys.h>
#include <user/watchdog.h>
#include "cpuid.h"
#include "host.h"
#include "load_firmware.h"

#define CPUID_PAGE_VA USER_WINDOW_VA
#define VCPU_PAGE_VA(cpu) (CPUID_PAGE_VA + (1 + (cpu)) * MEM_PAGE)
#define RAM_VA        (USER_WINDOW_VA + 0x40000000ull)
#define RAM_MINIMUM   (2u << 20)

static char problem[384];
static struct load load; /* the files, found once */

/*
 * Held by the thread that handles an exit, never by one that is in its guest or asleep. A thread is woken by its
 * event (EVENT_MUTEX) for the lock and for all else: who wakes looks at everything before it enters its guest again.
 */
static struct mutex lock;
static bool created; /* the VM is there: other threads may add their vCPUs */

static inline bool alone(void)
{
    return start_info()->cpu_count == 1;
}

static __attribute__((noinline)) void lock_take_shared(struct vm *vm, unsigned index)
{
    mutex_lock(&lock, index);
    vm->current = index;
    vm->page = vm->cpu[index].page;
}

static inline void lock_take(struct vm *vm, unsigned index)
{
    if (!alone())
        lock_take_shared(vm, index);
}

static inline void lock_drop(void)
{
    if (!alone())
        mutex_unlock(&lock);
}

/* Until somebody kicks the thread, or for no reason. */
static void sleep_unlocked(struct vm *vm, unsigned index)
{
    lock_drop();
    (void)event_take(EVENT_MUTEX, EVENT_NEVER);
    lock_take(vm, index);
}

static const char *failed(const char *what, int64_t result)
{
    snprintf(problem, sizeof(problem), "%s: %s", what, sys_error(result));
    return problem;
}

static int64_t get_state(struct vcpu_state *state)
{
    return sys_vcpu_get_state(state);
}

static int64_t set_state(const struct vcpu_state *state)
{
    return sys_vcpu_set_state(state);
}

static int64_t apic(uint64_t offset_write, uint64_t value)
{
    return sys_vcpu_apic(offset_write, value);
}

static int64_t interrupt(uint64_t command, uint64_t destination)
{
    return sys_vm_interrupt(command, destination);
}

static int64_t apic_page(bool there)
{
    return there ? sys_vm_map(0, 0, APIC_DEFAULT_BASE, MEM_PAGE) : sys_vm_unmap(APIC_DEFAULT_BASE, MEM_PAGE);
}

static int64_t field(uint64_t number, uint64_t *value)
{
    return sys_vcpu_field(number, value);
}

static void kick(unsigned cpu)
{
    if (lock.event[cpu] > 0)
        (void)sys_event_signal((uint64_t)lock.event[cpu]);
}

static struct console_shm *shared_with_root(void)
{
    return (struct console_shm *)CONSOLE_VA;
}

static void cpus_are(uint32_t wanted, uint32_t there)
{
    shared_with_root()->cpus_state = (uint64_t)wanted << 32 | there;
    (void)sys_event_signal(H_CONSOLE_EVENT);
}

static uint64_t read_tsc(void *ctx)
{
    (void)ctx;
    return x86_rdtsc();
}

static struct cpuid_regs read_cpuid(void *ctx, uint32_t leaf, uint32_t subleaf)
{
    struct x86_cpuid r = x86_cpuid(leaf, subleaf);

    (void)ctx;
    return (struct cpuid_regs){ r.a, r.b, r.c, r.d };
}

static int64_t map_into_vm(uint64_t offset, uint64_t gpa, uint64_t bytes)
{
    return bytes == 0 ? 0 : sys_vm_map(H_MEMORY, offset, gpa | MAP_READ | MAP_WRITE | MAP_EXEC, bytes);
}

/* RAM: in our own address space, and in the guest's around the hole below 4 GiB, which ends in ROM. */
static const char *map_ram(struct vm *vm)
{
    uint64_t bytes = start_info()->guest_ram_bytes & ~(MEM_PAGE - 1), rom = load.firmware.size;
    int64_t result;

    if (bytes < RAM_MINIMUM + rom) {
        snprintf(problem, sizeof(problem), "memory: the VM has %llu KiB, at least %llu are needed",
                 (unsigned long long)bytes >> 10, (unsigned long long)(RAM_MINIMUM + rom) >> 10);
        return problem;
    }
    result = sys_mem_map(0, H_MEMORY, 0, RAM_VA | MAP_READ | MAP_WRITE, bytes);
    if (result < 0)
        return failed("mapping the VM's memory", result);
    mem_init(&vm->mem, (void *)RAM_VA, bytes);
    if (rom != 0)
        mem_take_rom(&vm->mem, rom);
    result = map_into_vm(0, 0, vm->mem.low_bytes);
    if (result >= 0)
        result = map_into_vm(vm->mem.low_bytes, MEM_HIGH_BASE, vm->mem.bytes - vm->mem.low_bytes);
    if (result >= 0 && rom != 0)
        result = sys_vm_map(H_MEMORY, vm->mem.bytes, (MEM_HIGH_BASE - rom) | MAP_READ | MAP_EXEC, rom);
    return result < 0 ? failed("mapping memory into the VM", result) : NULL;
}

static int64_t add_vcpu(struct vm *vm, unsigned index)
{
    int64_t result = lock.event[index] < 0 ? lock.event[index] : sys_vcpu_create(index, VCPU_PAGE_VA(index));

    if (result >= 0)
        vm->cpu[index].page = vm->page = (struct vcpu_page *)VCPU_PAGE_VA(index);
    return result;
}

/* Wakes all other threads; on return they wait, out of their guests. */
static void others_wait(struct vm *vm)
{
    for (unsigned i = 1; i < vm->cpus; i++) {
        kick(i);
        while (!vm->cpu[i].parked)
            sleep_unlocked(vm, 0);
    }
}

const char *host_create(struct vm *vm, struct be_console *console)
{
    static const struct vm_kernel kernel = { get_state, set_state, apic, interrupt, apic_page, field, kick, cpus_are };
    struct cpuid_page *cpuid = (struct cpuid_page *)CPUID_PAGE_VA;
    const struct start_info *info = start_info();
    struct cpuid_source source = { read_cpuid, NULL, info->tsc_hz, info->cpu_count };
    const char *error;
    int64_t result;

    lock.event[0] = sys_event_create(0, EVENT_MUTEX);
    lock_take(vm, 0);
    vm->verdict = VM_RESET;
    vm->cpus = info->cpu_count;
    result = sys_vm_create(CPUID_PAGE_VA);
    if (result < 0)
        return failed("creating the VM", result);
    error = map_ram(vm);
    if (error != NULL)
        return error;
    cpuid_build(cpuid, &source);
    result = add_vcpu(vm, 0);
    if (result < 0)
        return failed("creating the vCPU", result);
    vm->kernel = &kernel;
    vm->cr_fixed = info->vmx_cr_fixed;
    vm->console = be_console_open(console);
    vm->watchdog.kick = watchdog_kick;
    vm->clock = (struct clock){ .tsc_hz = info->tsc_hz, .wall_ns = info->wall_ns, .wall_tsc = info->wall_tsc,
                                .read = read_tsc };
    vm_init(vm, cpuid_phys_bits(cpuid));
    vm->hotcpu.wanted = shared_with_root()->cpus_wanted;
    created = true;
    others_wait(vm);
    return vm->verdict == VM_END ? vm->message : NULL;
}

static bool find_file(const char *name, struct load_file *file)
{
    const struct start_file *found = start_file_find(name);

    file->name = name;
    if (found == NULL) {
        snprintf(problem, sizeof(problem), "%s: the VM was not given a file of this name", name);
        return false;
    }
    file->bytes = (const uint8_t *)found->va;
    file->size = found->bytes;
    return true;
}

const char *host_files(const struct vm_conf *conf)
{
    if (conf->kernel != NULL && !find_file(conf->kernel, &load.kernel))
        return problem;
    if (conf->firmware != NULL && !find_file(conf->firmware, &load.firmware))
        return problem;
    if (conf->firmware != NULL && start_info()->cpu_count > 1)
        return "cpus: a VM with firmware has one CPU";
    for (unsigned i = 0; i < conf->module_count; i++) {
        if (!find_file(conf->module_file[i], &load.module[i].file))
            return problem;
        load.module[i].args = conf->module_args[i];
    }
    load.module_count = conf->module_count;
    load.cmdline = conf->cmdline;
    load.signature = x86_cpuid(1, 0).a;
    return conf->firmware == NULL || firmware_usable(&load) ? NULL : load.error;
}

/* A local APIC that was switched off and on again is as after reset (SDM vol. 3, 10.4.3). */
static int64_t set_start_state(const struct vcpu_state *state, bool again)
{
    struct vcpu_state off;

    if (again && sys_vcpu_get_state(&off) == 0) { /* so that it tells the TSC: ours is then another one */
        off = *state;
        off.apic_base &= ~APIC_BASE_ENABLE;
        (void)sys_vcpu_set_state(&off);
    }
    return sys_vcpu_set_state(state);
}

const char *host_start(struct vm *vm, const struct vm_conf *conf, bool again)
{
    static struct vcpu_state state;
    bool firmware = conf->firmware != NULL;
    int64_t result;

    load.mem = &vm->mem;
    load.state = &state;
    if (again)
        memset(vm->mem.ram, 0, vm->mem.bytes);
    vm_reset(vm);
    if (firmware ? !load_firmware(&load, &vm->fwcfg) : !load_image(&load, conf->boot))
        return load.error;
    memcpy(vm->page->gpr, state.gpr, sizeof(state.gpr));
    result = set_start_state(&state, again);
    if (result < 0)
        return failed("setting the vCPU's state", result);
    if (!firmware)
        vm_virtual_wire(vm);
    return NULL;
}

/* Waiting for room in the console's ring takes the bit that tells of input, too. */
static void take_events(struct vm *vm, struct be_console *console)
{
    uint64_t bits = event_take(EVENT_ANY, 0) | (console->waited ? EVENT_CONSOLE : 0);

    console->waited = false;
    if (bits & EVENT_CONSOLE)
        uart_receive(&vm->uart);
    if (bits & EVENT_POWER)
        pm_power_button(&vm->pm);
    if (bits & EVENT_CPUS)
        vm_cpus_want(vm, shared_with_root()->cpus_wanted);
}

/* The thread holds the lock except while it is in its guest or sleeps. */
static void run(struct vm *vm, unsigned index, struct be_console *console)
{
    while (vm->verdict == VM_RUN) {
        int64_t result;

        if (vm_cpu_held(&vm->cpu[index]) && !vm_cpu_runs(vm)) {
            sleep_unlocked(vm, index);
            continue;
        }
        vm_before_entry(vm);
        lock_drop();
        result = sys_vcpu_run();
        lock_take(vm, index);
        if (result < 0) {
            vm_end(vm, VM_END_INTERNAL, "running the vCPU: %s", sys_error(result));
            return;
        }
        vm_exit(vm);
        if (vm->page->exit.kind == EXIT_EVENT || console->waited)
            take_events(vm, console);
    }
}

void host_run(struct vm *vm, struct be_console *console)
{
    for (unsigned i = 1; i < vm->cpus; i++)
        kick(i);
    run(vm, 0, console);
    others_wait(vm);
}

static void park(struct vm *vm, unsigned index)
{
    vm->cpu[index].parked = true;
    kick(0);
    while (vm->verdict != VM_RUN)
        sleep_unlocked(vm, index);
    vm->cpu[index].parked = false;
}

void host_thread(struct vm *vm, unsigned index, struct be_console *console)
{
    int64_t result;

    __atomic_store_n(&lock.event[index], sys_event_create(0, EVENT_MUTEX), __ATOMIC_RELEASE);
    lock_take(vm, index);
    while (!created)
        sleep_unlocked(vm, index);
    result = add_vcpu(vm, index);
    if (result < 0)
        vm_end(vm, VM_END_RESOURCES, "creating vCPU %u: %s", index, sys_error(result));
    for (;;) {
        park(vm, index);
        run(vm, index, console);
    }
}

void host_stop(uint64_t code, const char *text)
{
    if (*text != 0)
        printf("vmm: %s\n", text);
    fflush(stdout);
    for (;;)
        (void)sys_part_exit(code);
}
