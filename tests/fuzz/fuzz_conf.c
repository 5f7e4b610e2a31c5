/* SPDX-License-Identifier: MIT */
/* Any bytes as system.conf: every string ends, every value is inside its limits, and the plan gives nothing twice. */
// sources: root/conf.c root/conf_keys.c root/conf_value.c root/conf_cpus.c root/conf_after.c root/nearest.c root/plan.c root/plan_cpus.c
#include <stdlib.h>
#include <string.h>
#include <root/plan.h>

static void line(void *context, const char *text)
{
    ++*(unsigned *)context;
    if (strlen(text) >= 512 || strncmp(text, "fuzz:", 5) != 0)
        abort();
}

static void check(const struct conf_part *part)
{
    char text[1024];

    if (part->bad)
        return;
    if (part->name[0] == '\0' || part->memory < 65536 || part->memory % 4096 != 0 ||
        part->priority > 30 || part->budget < 1 || part->budget > CONF_WHOLE || part->reserve > part->budget ||
        part->period_us < 1000 || part->period_us > 1000000 || part->period_us % 100 != 0 ||
        part->cpus.count < 1 || part->cpus.count > CONF_MAX_CPUS || cpus_most(&part->cpus) > CONF_MAX_CPUS || part->restart.when > RESTART_ALWAYS ||
        part->autostart > 1 || part->attach > 1 || part->after_count > CONF_MAX_AFTER ||
        part->module_count > CONF_MAX_MODULES || part->file_count > CONF_MAX_FILES)
        abort();
    if (part->kind == CONF_VM ? part->kernel[0] == '\0' && part->firmware[0] == '\0' : part->image[0] == '\0')
        abort();
    (void)conf_vmm_text(part, text, sizeof(text));
}

/* Each is before itself in no order, and has exactly one place. */
static void check_order(const struct conf *conf)
{
    unsigned order[CONF_MAX_PARTS];
    uint64_t seen = 0;

    conf_start_order(conf, order);
    for (unsigned i = 0; i < conf->count; i++) {
        if (order[i] >= conf->count || (seen >> order[i] & 1) != 0)
            abort();
        seen |= 1ull << order[i];
    }
}

static void check_plan(const struct conf *conf, const struct plan_part *plan, const struct plan_machine *machine)
{
    unsigned users[PLAN_CPUS] = { 0 }, exclusive[PLAN_CPUS] = { 0 };
    uint32_t shares[PLAN_CPUS] = { 0 };

    for (unsigned i = 0; i < conf->count; i++)
        for (unsigned n = 0; plan[i].start && n < plan[i].cpu_count; n++) {
            unsigned cpu = plan[i].cpu[n];

            users[cpu]++;
            exclusive[cpu] += conf->part[i].cpus.exclusive;
            shares[cpu] += plan_share(&conf->part[i]);
        }
    for (unsigned cpu = 0; cpu < PLAN_CPUS; cpu++)
        if (shares[cpu] > CONF_WHOLE || (exclusive[cpu] != 0 && users[cpu] != 1) ||
            (users[cpu] != 0 && cpu >= machine->cpu_count))
            abort();
}

static void plan(const struct conf *conf, unsigned cpus)
{
    static struct plan_part out[CONF_MAX_PARTS];
    static struct plan_need need[CONF_MAX_PARTS];
    static struct plan_machine machine;

    plan_machine_init(&machine, cpus);
    for (unsigned i = 0; i < cpus; i++)
        machine.cpu[i].core = (uint16_t)(i / 2);
    machine.free_pages = 1 << 18;
    machine.kmem_pages = 1 << 14;
    machine.vmx = true;
    memset(out, 0, sizeof(out));
    for (unsigned i = 0; i < conf->count; i++)
        need[i] = (struct plan_need){ 100, 100, !conf->part[i].bad };
    plan_make(&machine, conf, need, out);
    check_plan(conf, out, &machine);
}

static void check_all(const struct conf *conf, unsigned lines, unsigned cpus)
{
    if (conf->errors != lines || conf->count > CONF_MAX_PARTS)
        abort();
    for (unsigned i = 0; i < conf->count; i++)
        check(&conf->part[i]);
    check_order(conf);
    plan(conf, cpus);
}

static void parse_inline(const uint8_t *bytes, size_t size)
{
    static struct conf conf;
    unsigned lines = 0;
    struct conf_report report = { line, &lines, NULL };
    char *text = malloc(size + 1);

    if (text == NULL)
        return;
    memcpy(text, bytes, size);
    text[size] = '\0';
    conf_parse_inline("fuzz", text, &conf, &report);
    free(text);
    check_all(&conf, lines, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct conf conf;
    unsigned lines = 0;
    struct conf_report report = { line, &lines, NULL };

    conf_parse("fuzz", (const char *)bytes, size, &conf, &report);
    check_all(&conf, lines, size % 16 + 1);
    parse_inline(bytes, size);
    return 0;
}
