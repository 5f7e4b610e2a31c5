/* SPDX-License-Identifier: MIT */
/* Two CPUs, their ways into ring 0 and out of it, and everything below kernel/ that is hardware. */
#include <fake/memory.h>
#include <fake/machine.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <kernel/init.h>
#include <kernel/irq.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/syscall.h>
#include <kernel/trace.h>

#define RAM_BYTES   0x4000000ull
#define USER_RIP    0x7000ull
#define TRACE_RING  16u

typedef int64_t handler(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern void *const syscall_table[SYS_COUNT];

uint8_t user_memory[USER_BYTES];
struct part machine_root;
struct part *machine_part[MACHINE_PARTS];
unsigned machine_parts;
bool vmx_available = true;

static struct cpu second;
static jmp_buf out;
static uint64_t armed[MACHINE_CPUS];
static bool kicked[MACHINE_CPUS];
static struct thread *first_thread;
static struct trace_record rings[MACHINE_CPUS * TRACE_RING];

/* ---------------------------------------------------------------- ways out */
noreturn void entry_to_user(struct regs *regs)
{
    struct thread *t = (struct thread *)regs;

    MUST(this_cpu()->current == t && t->state == THREAD_RUNNING);
    MUST(t->cpu == this_cpu() && !t->in_guest);
    longjmp(out, 1);
}

noreturn void entry_idle(void)
{
    MUST(this_cpu()->current == NULL);
    longjmp(out, 1);
}

noreturn void power_end(uint64_t how)
{
    (void)how;
    kernel_lock_drop();
    longjmp(out, 1);
}

/* ---------------------------------------------------------------- hardware */
void lapic_timer(uint64_t tsc) { armed[this_cpu()->index] = tsc; }
void lapic_eoi(void) {}
void lapic_ipi(uint32_t apic_id, uint32_t command) { kicked[apic_id] |= command != 0; }
void smp_kick(struct cpu *cpu) { kicked[cpu->index] = true; }
void smp_poll(void) { this_cpu()->flush = 0; }
void space_flush(struct part *part) { (void)part; }
void panic_nmi(void) {}
void ioapic_init(const struct boot_info *boot) { (void)boot; }
enum status ioapic_route(uint32_t gsi, uint32_t vector, uint32_t apic_id, bool masked)
{
    (void)vector, (void)masked;
    MUST(apic_id < MACHINE_CPUS);
    return gsi < 24 ? OK : ERR_NOT_FOUND;
}
void log_text(const char *text, size_t bytes) { (void)text, (void)bytes; }
size_t log_copy(uint64_t *position, char *to, size_t bytes)
{
    (void)position;
    memset(to, 'x', bytes);
    return bytes;
}
void console_give_away(void) {}
uint8_t x86_in8(uint16_t port) { return (uint8_t)port; }
uint16_t x86_in16(uint16_t port) { return port; }
uint32_t x86_in32(uint16_t port) { return port; }
void x86_out8(uint16_t port, uint8_t value) { MUST(port >= 0x3f8 && port < 0x400 + 0 * value); }
void x86_out16(uint16_t port, uint16_t value) { x86_out8(port, (uint8_t)value); }
void x86_out32(uint16_t port, uint32_t value) { x86_out8(port, (uint8_t)value); }

uint64_t cpu_xcr0;
void fpu_change(struct cpu *cpu, struct thread *t) { cpu->fpu_thread = t; }
void fpu_drop(struct cpu *cpu) { cpu->fpu_thread = NULL; }
void fpu_init(struct fpu *fpu, uint16_t control) { fpu->area[0] = (uint8_t)control; }
void fpu_take(struct thread *t) { t->fpu_is_guest = 0; }
void fpu_give_guest(struct thread *t) { t->fpu_is_guest = 1; }

static bool user_range(uint64_t at, uint64_t bytes)
{
    return at <= USER_BYTES && bytes <= USER_BYTES - at;
}
enum status copy_from_user(void *to, const void *from, uint64_t bytes)
{
    if (!user_range((uint64_t)from, bytes))
        return ERR_FAULT;
    memcpy(to, user_memory + (uint64_t)from, bytes);
    return OK;
}
enum status copy_to_user(void *to, const void *from, uint64_t bytes)
{
    if (!user_range((uint64_t)to, bytes))
        return ERR_FAULT;
    memcpy(user_memory + (uint64_t)to, from, bytes);
    return OK;
}

/* ---------------------------------------------------------------- a vCPU that does what the fuzzer wants */
struct vmx_vcpu {
    struct thread *owner;
    struct cpu *loaded;
    struct vmx_vcpu *next;
};

void vmx_time_exits(bool on) { (void)on; }
bool vmx_has_apic_access(void) { return true; }
void vmx_ept_flush(const struct ept *ept) { (void)ept; }
void vmx_timer_expired(struct vmx_vcpu *v) { MUST(v->owner->vcpu == v); }
bool vmx_vcpu_wakeable(struct vmx_vcpu *v) { return v->owner->vcpu == v && machine_choice() & 1; }
void vmx_vcpu_stats(const struct vmx_vcpu *v, struct part_stats *sum) { sum->injected += v->owner->vcpu == v; }
bool vmx_field(uint64_t field, uint64_t *value) { *value = field; return field < 0x8000; }
enum status ept_init(struct ept *ept, struct account *account)
{
    return tables_init(&ept->tables, account, 7, 512);
}
enum status vmx_vcpu_init(const struct vmx_vcpu_pages *pages)
{
    *pages->vcpu = (struct vmx_vcpu){ .owner = pages->owner };
    return machine_choice() == 0xff ? ERR_UNSUPPORTED : OK;
}
void vmx_vcpu_join(struct vmx_vcpu *v)
{
    v->next = v->owner->part->vm.peers.first;
    v->owner->part->vm.peers.first = v;
}
unsigned vmx_message(const struct vmx_peers *peers, uint32_t command, uint32_t destination)
{
    unsigned count = 0;

    for (struct vmx_vcpu *v = peers->first; v; v = v->next, count++)
        if ((command ^ destination) & 1)
            sys_vcpu_notify(v->owner, command & 2);
    return count;
}
void vmx_vcpu_load(struct vmx_vcpu *v, bool alone)
{
    MUST(!v->loaded && alone == v->owner->exclusive);
    v->loaded = this_cpu();
}
void vmx_vcpu_unload(struct vmx_vcpu *v)
{
    MUST(v->loaded == this_cpu());
    v->loaded = NULL;
}
enum status vmx_vcpu_request(struct vmx_vcpu *v)
{
    MUST(v->loaded == this_cpu());
    return machine_choice() == 0xff ? ERR_INVALID : OK;
}
void vmx_vcpu_get_state(struct vmx_vcpu *v, struct vcpu_state *state)
{
    MUST(v->loaded == this_cpu());
    memset(state, 0, sizeof(*state));
}
enum status vmx_vcpu_set_state(struct vmx_vcpu *v, const struct vcpu_state *state)
{
    MUST(v->loaded == this_cpu());
    return state->fpu_control == 0xff ? ERR_INVALID : OK;
}
enum status vmx_vcpu_apic(struct vmx_vcpu *v, uint32_t offset, bool write, uint32_t *value)
{
    MUST(v->loaded == this_cpu());
    *value = write ? 0 : offset;
    return OK;
}
/* The guest rings what its VMM says, which may be no event, or one that it has no right to signal. */
static void ring(struct thread *t)
{
    uint64_t slot = machine_choice() % 16;
    const struct handle *h = handle_find(t->part, slot, OBJECT_THREAD);
    const struct thread *to = h ? thread_of(h->object) : NULL;
    uint64_t before = to ? to->events : 0;

    t->page->doorbell = slot;
    sys_vcpu_doorbell(t);
    MUST(!to || h->rights & RIGHT_SIGNAL || to->events == before);
}

noreturn void vmx_vcpu_enter(struct vmx_vcpu *v)
{
    struct thread *t = v->owner;
    uint8_t what = machine_choice();

    MUST(v->loaded == this_cpu() && this_cpu()->current == t && t->part->vm.exists);
    if (what < 64)
        sys_vcpu_timer(t, fake_tsc + what * 1000u);
    ring(t);
    switch (what % 4) {
    case 0: sys_vcpu_halt(t);
    case 1: sys_vcpu_interrupt(t, what & 4 ? VECTOR_KICK : VECTOR_GSI0 + what % 16);
    case 2: sys_vcpu_nmi(t);
    default: sys_vcpu_exit(t, EXIT_IO);
    }
}

/* ---------------------------------------------------------------- the CPUs */
/* Runs ring 0 from a way in to a way out. */
#define RING0(code)                                                                                \
    do {                                                                                           \
        if (!setjmp(out)) {                                                                        \
            code;                                                                                  \
        }                                                                                          \
        MUST(kernel_lock.next == kernel_lock.owner);                                               \
        MUST(fake_this->lock.next == fake_this->lock.owner);                                       \
    } while (0)

static void cpu_make(struct cpu *cpu, unsigned index)
{
    memset(cpu, 0, sizeof(*cpu));
    cpu->index = (uint16_t)index;
    cpu->apic_id = index;
    cpu->timer_tsc = cpu->slice_end = ~0ull;
    cpu->vmx_on = true;
    armed[index] = ~0ull;
    kicked[index] = false;
    cpus[index] = cpu;
}

void machine_start(void)
{
    struct regs regs = { .rip = USER_RIP };
    struct boot_info boot;

    cpu_make(&fake_cpu, 0);
    cpu_make(&second, 1);
    cpu_count = MACHINE_CPUS;
    fake_this = &fake_cpu;
    fake_tsc = 1000000;
    trace_rings = rings;
    trace_size = TRACE_RING;
    trace_mask = 0;
    fake_memory(&boot, RAM_BYTES);
    ptab_window(1);
    for (unsigned i = 0; i < 16; i++)
        boot.isa_irq[i].gsi = i;
    irq_init(&boot);
    memset(&machine_root, 0, sizeof(machine_root));
    machine_root.object.type = OBJECT_PART;
    machine_root.state = PART_RUNNING;
    machine_root.flags = RIGHT_ALL;
    machine_root.account.quota = kmem_free_pages();
    kmem_root.quota = kmem_root.used;
    machine_root.mem_quota = frame_free_pages();
    machine_part[0] = &machine_root;
    machine_parts = 1;
    ports_object.handles = power_object.handles = NULL;
    ports_object.handle_count = power_object.handle_count = 0;
    MUST(ptab_create(&machine_root) == OK);
    MUST(handle_add(&machine_root, H_SELF_PART, &machine_root.object, RIGHT_ALL & ~RIGHT_GIVE, 0) > 0);
    MUST(handle_add(&machine_root, H_COM1, &ports_object, RIGHT_ALL, 0x3f8 | 8 << 16) > 0);
    MUST(handle_add(&machine_root, H_POWER, &power_object, RIGHT_GIVE, 0) > 0);
    MUST(thread_create(&machine_root, &regs, PLACEMENT(0, 16, 0, 0, 0), &first_thread) == OK);
    sched_unpark(first_thread);
    RING0(sched_resume());
}

static void timer_interrupt(void)
{
    sched_timer_interrupt();
    sched_resume();
}

void machine_turn(unsigned cpu)
{
    fake_this = cpus[cpu];
    fake_tsc += 100;
    if (armed[cpu] <= fake_tsc) {
        armed[cpu] = ~0ull;
        RING0(timer_interrupt());
    } else if (kicked[cpu] || fake_this->resched) {
        kicked[cpu] = false;
        RING0(sched_resume());
    }
}

struct thread *machine_thread(void)
{
    return fake_this->current;
}

bool machine_restarts(const struct thread *t)
{
    return t->full && t->regs.rip == USER_RIP - 2;
}

/* As sysenter.S does it. */
static void enter(struct thread *t, uint64_t number, const uint64_t a[5])
{
    int64_t result = ((handler *)syscall_table[number])(a[0], a[1], a[2], a[3], a[4]);

    if (!t->full)
        t->regs.rax = (uint64_t)result;
    if (fake_this->resched)
        sched_resume();
}

void machine_call(struct thread *t, uint64_t number, const uint64_t a[5])
{
    t->full = 0;
    t->regs.rip = USER_RIP;
    RING0(enter(t, number, a));
}

/* One step for one partition; CPUs let go of what they are asked for meanwhile. */
static void destroy_some(unsigned round)
{
    unsigned i = 1 + round % (machine_parts - 1);
    bool done;

    machine_turn(round / 7 % MACHINE_CPUS);
    if (part_destroy_step(machine_part[i], &done) == OK && done)
        machine_part[i] = machine_part[--machine_parts];
}

void machine_stop(void)
{
    for (unsigned round = 0; machine_parts > 1 && round < 100; round++)
        destroy_some(round); /* what others hold of them stays */
    books_check();
    while (!handle_close_some(&machine_root))
        ;
    if (first_thread->op_mem)
        mem_release_if_unused(first_thread->op_mem);
    first_thread->op_mem = NULL;
    for (unsigned round = 0; machine_parts > 1; round++) {
        MUST(round < 10000); /* something is never given back */
        destroy_some(round);
    }
    for (unsigned round = 0; !sched_take_off(first_thread, THREAD_STOPPED); round++) {
        MUST(round < 100);
        machine_turn(round % MACHINE_CPUS);
    }
    thread_destroy(first_thread);
    while (!tables_destroy(&machine_root.vm.ept.tables, mem_unmapped) || !tables_destroy(&machine_root.tables, mem_unmapped))
        ;
    sys_page_free(&machine_root.account, machine_root.vm.cpuid);
    sys_page_free(&machine_root.account, machine_root.vm.apic_access);
}
