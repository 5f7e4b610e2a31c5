/* SPDX-License-Identifier: MIT */
/*
 * smp MODE ROUNDS, for Linux guests: threads on all CPUs that interrupt each other. Its own threads,
 * without a C library.
 *   ipi    membarrier(PRIVATE_EXPEDITED): an IPI to each CPU that runs a thread of ours; Dekker's
 *          algorithm fails if one is lost
 *   flush  mremap of a new page over one that the others read: each time all CPUs must forget the old one
 * Prints "smp MODE: N CPUs, ROUNDS rounds, E errors".
 */
#include <stdint.h>
#include <linux/membarrier.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <asm/unistd.h>

#define MAX_CPUS 32
#define STACK    16384
#define PAGE     4096ul

static long call(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long r;

    __asm__ volatile("syscall" : "=a"(r) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}

static uint8_t stacks[MAX_CPUS][STACK] __attribute__((aligned(16)));
static volatile uint64_t beats[MAX_CPUS];
static volatile int stop, ready, ended;
static volatile uint64_t flag_fast, flag_slow, errors, inside;
static volatile uint64_t *volatile target;
static volatile uint64_t open_generation; /* what the page holds, once nobody may see older ones */
static unsigned cpus;
static char mode;

static void text(const char *s)
{
    long n = 0;

    while (s[n])
        n++;
    call(__NR_write, 1, (long)s, n, 0, 0, 0);
}

static void number(uint64_t n)
{
    char buffer[24], *at = buffer + 23;

    *at = 0;
    do
        *--at = (char)('0' + n % 10);
    while (n /= 10);
    text(at);
}

static void pin(unsigned cpu)
{
    uint64_t mask = 1ull << cpu;

    if (call(__NR_sched_setaffinity, 0, 8, (long)&mask, 0, 0, 0) < 0)
        __atomic_fetch_add(&errors, 1, __ATOMIC_SEQ_CST);
}

/* No fence: the other side's membarrier is the fence of both, by an IPI in the middle of this. */
static void fast_side(void)
{
    flag_fast = 1;
    __asm__ volatile("" ::: "memory");
    if (!flag_slow) {
        if (__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST) != 0)
            __atomic_fetch_add(&errors, 1, __ATOMIC_SEQ_CST);
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&flag_fast, 0, __ATOMIC_RELEASE);
}

/* Reads the page: what it shows must be what was mapped before the last shoot-down ended, or later. */
static void reader(void)
{
    uint64_t before = open_generation, seen = *target;

    if (seen < before)
        __atomic_fetch_add(&errors, 1, __ATOMIC_SEQ_CST);
}

static void worker(unsigned cpu)
{
    pin(cpu);
    __atomic_fetch_add(&ready, 1, __ATOMIC_SEQ_CST);
    while (!stop) {
        beats[cpu]++;
        if (mode == 'f')
            reader();
        else if (cpu == 1)
            fast_side();
    }
    __atomic_fetch_add(&ended, 1, __ATOMIC_SEQ_CST);
    for (;;)
        call(__NR_exit, 0, 0, 0, 0, 0, 0);
}

__attribute__((noinline)) static void start_thread(unsigned cpu)
{
    uint64_t *top = (uint64_t *)(stacks[cpu] + STACK - 64);
    long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    register long r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
    long r;

    top[0] = cpu;
    __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\t"
                     "mov (%%rsp), %%rdi\n\txor %%ebp, %%ebp\n\tcall *%[worker]\n1:"
                     : "=a"(r) : "0"(__NR_clone), "D"(flags), "S"(top), "d"(0l), "r"(r10), "r"(r8), [worker] "b"(worker)
                     : "rcx", "r11", "memory");
    if (r < 0)
        errors++;
}

static void ipi_round(void)
{
    flag_slow = 1;
    call(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0);
    if (!flag_fast) {
        if (__atomic_fetch_add(&inside, 1, __ATOMIC_SEQ_CST) != 0)
            errors++;
        __atomic_fetch_sub(&inside, 1, __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&flag_slow, 0, __ATOMIC_RELEASE);
}

/* A new page in the place of the old one: when mremap returns nobody may read the old one any more. */
static void flush_round(uint64_t generation)
{
    volatile uint64_t *fresh = (volatile uint64_t *)call(__NR_mmap, 0, PAGE, PROT_READ | PROT_WRITE,
                                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *fresh = generation;
    if (call(__NR_mremap, (long)fresh, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (long)target, 0) < 0)
        errors++;
    __atomic_store_n(&open_generation, generation, __ATOMIC_SEQ_CST);
}

static uint64_t decimal(const char *s)
{
    uint64_t n = 0;

    while (*s >= '0' && *s <= '9')
        n = n * 10 + (uint64_t)(*s++ - '0');
    return n;
}

static void run(uint64_t rounds)
{
    uint64_t mask[16] = {0};

    call(__NR_sched_getaffinity, 0, sizeof(mask), (long)mask, 0, 0, 0);
    for (unsigned i = 0; i < MAX_CPUS; i++)
        cpus += mask[0] >> i & 1;
    target = (volatile uint64_t *)call(__NR_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *target = 0;
    if (call(__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) < 0)
        errors++;
    pin(0);
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        start_thread(cpu);
    while (ready < (int)cpus - 1)
        call(__NR_sched_yield, 0, 0, 0, 0, 0, 0);
    for (uint64_t i = 1; i <= rounds; i++)
        if (mode == 'f')
            flush_round(i);
        else
            ipi_round();
    stop = 1;
    while (ended < (int)cpus - 1)
        call(__NR_sched_yield, 0, 0, 0, 0, 0, 0);
    for (unsigned cpu = 1; cpu < cpus; cpu++)
        errors += beats[cpu] == 0;
}

__attribute__((used)) static void start(long *stack)
{
    char **argv = (char **)(stack + 1);
    uint64_t rounds = stack[0] > 2 ? decimal(argv[2]) : 1000;

    mode = stack[0] > 1 ? argv[1][0] : 'i';
    run(rounds);
    text(mode == 'f' ? "smp flush: " : "smp ipi: ");
    number(cpus);
    text(" CPUs, ");
    number(rounds);
    text(" rounds, ");
    number(errors);
    text(" errors\n");
    call(__NR_exit_group, errors != 0, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
