/* SPDX-License-Identifier: MIT */
/*
 * check-system: what root would make of a system on a machine of so many CPUs and so much memory,
 * by root's own code, which this program links.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <user/start.h>
#include "conf.h"
#include "need.h"
#include "plan.h"

#define MIB         (1ull << 20)
#define POOL_SHARE  16        /* as boot/memmap.c sets the kernel pool aside */
#define POOL_LEAST  (8 * MIB)
#define POOL_MOST   (1024 * MIB)
#define HEAP_SHARE  16        /* root's heap, as in boot/load.c */
#define HEAP_MOST   (16 * MIB)
#define KEPT        (8 * MIB) /* by the emulators' firmware, the kernel's and root's programs; a board's firmware keeps more */
#define KERNEL_OWN  (124 * 1024ull) /* of the pool */
#define KERNEL_CPU  (276 * 1024ull) /* for each CPU */
#define KERNEL_PAGE 9         /* bytes for each page up to the end of RAM */
#define HOLE        (2048 * MIB) /* below 4 GiB, where there is more RAM than fits below it */
#define MAX_FILES   1024

static struct start_file files[MAX_FILES];
static unsigned file_count;
static const char *folder;   /* of system.conf */
static const char *programs; /* files that every system gets: the VMM */
static struct conf conf;
static struct plan_machine machine;
static struct plan_need need[CONF_MAX_PARTS];
static struct plan_part planned[CONF_MAX_PARTS];

static _Noreturn void usage(const char *what, const char *found)
{
    fprintf(stderr, "check-system: %s \"%s\"\n", what, found);
    exit(2);
}

/* A whole file, for good; false: there is none. */
static bool read_file(const char *path, struct start_file *out)
{
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    char *bytes = file == NULL ? NULL : malloc((size_t)info.st_size + 1);
    bool good = bytes != NULL && fread(bytes, 1, (size_t)info.st_size, file) == (size_t)info.st_size;

    if (file != NULL)
        fclose(file);
    out->va = (uint64_t)bytes;
    out->bytes = good ? (uint64_t)info.st_size : 0;
    return good;
}

/* Root asks so for the modules of the boot volume; here they are the files beside system.conf. */
const struct start_file *start_file_find(const char *name)
{
    struct start_file *file = &files[file_count];
    char path[4096];

    for (unsigned i = 0; i < file_count; i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    if (*name == '\0' || file_count == MAX_FILES)
        return NULL;
    snprintf(file->name, sizeof(file->name), "%s", name);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (!read_file(path, file)) {
        snprintf(path, sizeof(path), "%s/%s", programs == NULL ? folder : programs, name);
        if (strcmp(name, VMM_FILE) != 0 || !read_file(path, file))
            return NULL;
    }
    file_count++;
    return file;
}

static void say(void *context, const char *text)
{
    (void)context;
    printf("%s\n", text);
}

static uint64_t number(const char *what, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || n < least || n > most)
        usage(what, text);
    return n;
}

static uint64_t size(const char *text)
{
    char *end;
    uint64_t n = strtoull(text, &end, 10);

    if (n == 0 || n > 1 << 20 || (strcmp(end, "M") != 0 && strcmp(end, "G") != 0))
        usage("--memory: expected a size such as 512M or 2G, found", text);
    return n * (*end == 'G' ? 1024 : 1) * MIB;
}

static void machine_init(uint32_t cpus, uint32_t threads, uint64_t memory)
{
    uint64_t pool = memory / POOL_SHARE, heap = memory / HEAP_SHARE;
    uint64_t end = memory + (memory > HOLE ? HOLE : 0);
    uint64_t kernel = KERNEL_OWN + cpus * KERNEL_CPU + end / PLAN_PAGE * KERNEL_PAGE, own;

    pool = pool < POOL_LEAST ? POOL_LEAST : pool > POOL_MOST ? POOL_MOST : pool;
    own = KEPT + (heap < HEAP_MOST ? heap : HEAP_MOST) + pool + (RESERVE_PAGES + (uint64_t)CONSOLE_COST * conf.count) * PLAN_PAGE;
    for (unsigned i = 0; i < file_count; i++)
        own += need_pages(files[i].bytes) * PLAN_PAGE;
    plan_machine_init(&machine, cpus);
    for (unsigned i = 0; i < cpus; i++)
        machine.cpu[i].core = (uint16_t)(i / threads);
    machine.vmx = true;
    machine.free_pages = (memory > own ? memory - own : 0) / PLAN_PAGE;
    machine.kmem_pages = (pool > kernel ? pool - kernel : 0) / PLAN_PAGE;
    machine.kmem_pages -= machine.kmem_pages < RESERVE_PAGES ? machine.kmem_pages : RESERVE_PAGES;
}

static const char *cpus_of(const struct plan_part *part, char *text, size_t bytes)
{
    uint64_t set[CONF_HOST_CPUS / 64] = { 0 };

    for (unsigned i = 0; i < CONF_MAX_CPUS; i++)
        if (plan_has(part, i))
            set[part->cpu[i] / 64] |= 1ull << part->cpu[i] % 64;
    return cpus_text(set, text, bytes);
}

/* The table; how many cannot start. */
static unsigned print_parts(void)
{
    unsigned bad = 0;
    char cpus[40];

    printf("%-12s %-9s %-12s %9s %9s  %s\n", "NAME", "KIND", "CPUS", "MEMORY", "KERNEL", "REMARK");
    for (unsigned i = 0; i < conf.count; i++) {
        const struct conf_part *part = &conf.part[i];
        const struct plan_part *plan = &planned[i];
        bool later = !part->autostart && need[i].ready;

        printf("%-12s %-9s ", part->name, part->kind == CONF_VM ? "vm" : "container");
        if (plan->start)
            printf("%-12s %6" PRIu64 " KiB %5" PRIu64 " KiB  %s\n", cpus_of(plan, cpus, sizeof(cpus)),
                   plan->mem_pages * 4, plan->kmem_pages * 4, part->cpus.exclusive ? "exclusive" : "");
        else
            printf("%-12s %9s %9s  %s\n", "-", "-", "-", later ? "autostart = no" : plan->why);
        bad += !plan->start && !later;
    }
    return bad;
}

static void print_cpu(unsigned cpu)
{
    const char *between = cpu == 0 ? ", " : " ";

    printf(cpu == 0 ? "CPU %u: root" : "CPU %u:", cpu);
    for (unsigned i = 0; i < conf.count; i++)
        for (unsigned n = 0; planned[i].start && n < planned[i].cpu_count; n++)
            if (planned[i].cpu[n] == cpu) {
                printf("%s%s", between, conf.part[i].name);
                if (conf.part[i].cpus.count > 1)
                    printf(".%u", n);
                between = ", ";
            }
    if (*between == ' ')
        printf(" nobody");
    if (machine.cpu[cpu].exclusive)
        printf(" (exclusive)");
    else if (machine.cpu[cpu].shares != 0)
        printf(" (%" PRIu32 "%% promised)", machine.cpu[cpu].shares / 100);
    printf("\n");
}

static int check(const char *path, uint32_t cpus, uint32_t threads, uint64_t memory)
{
    static const struct conf_report report = { .line = say };
    struct start_file text;
    char idle[80];
    unsigned bad;

    if (!read_file(path, &text))
        usage("expected a system.conf or a folder that holds one, found", path);
    conf_parse(strrchr(path, '/') == NULL ? path : strrchr(path, '/') + 1, (const char *)text.va, text.bytes,
               &conf, &report);
    for (unsigned i = 0; i < conf.count; i++)
        need_judge(&conf.part[i], &need[i], planned[i].why, sizeof(planned[i].why));
    machine_init(cpus, threads, memory);
    plan_make(&machine, &conf, need, planned);
    bad = print_parts();
    for (unsigned cpu = 0; cpu < cpus; cpu++)
        print_cpu(cpu);
    if (plan_idle_threads(&machine, idle, sizeof(idle))[0] != '\0')
        printf("CPU %s: left idle, another hyper-thread of the core is in use\n", idle);
    printf("left: about %" PRIu64 " MiB of memory, %" PRIu64 " KiB of kernel memory\n",
           machine.free_pages / 256, machine.kmem_pages * 4);
    if (conf.errors != 0 || bad != 0)
        printf("%u error%s, %u of %u partitions cannot start\n", conf.errors, conf.errors == 1 ? "" : "s", bad,
               conf.count);
    return conf.errors != 0 || bad != 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = { { "cpus", 1, NULL, 'c' }, { "memory", 1, NULL, 'm' },
                                             { "threads-per-core", 1, NULL, 't' }, { "programs", 1, NULL, 'p' },
                                             { "help", 0, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    uint32_t cpus = 2, threads = 1;
    uint64_t memory = 1024 * MIB;
    char path[4096];
    struct stat info;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (option) {
        case 'c': cpus = (uint32_t)number("--cpus: expected 1 to 256, found", optarg, 1, PLAN_CPUS); break;
        case 't': threads = (uint32_t)number("--threads-per-core: expected 1 to 8, found", optarg, 1, 8); break;
        case 'p': programs = optarg; break;
        case 'm': memory = size(optarg); break;
        default:
            fprintf(option == 'h' ? stdout : stderr, "usage: check-system FILE-OR-FOLDER [--cpus N] [--memory SIZE] "
                    "[--threads-per-core N] [--programs FOLDER]\nWhat would run where; exit status 1 when something is wrong.\n");
            return option == 'h' ? 0 : 2;
        }
    if (optind + 1 != argc)
        usage("expected one FILE-OR-FOLDER, found", optind < argc ? argv[optind + 1] : "none");
    snprintf(path, sizeof(path), "%s", argv[optind]);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        snprintf(path, sizeof(path), "%s/system.conf", argv[optind]);
    folder = strdup(path);
    if (strrchr(folder, '/') != NULL)
        *strrchr(folder, '/') = '\0';
    else
        folder = ".";
    return check(path, cpus, threads, memory);
}
