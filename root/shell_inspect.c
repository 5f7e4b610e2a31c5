/* SPDX-License-Identifier: MIT */
/* `ps` and `inspect`: what runs in short, and everything about one partition or image. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <user/clock.h>
#include "image.h"
#include "shell.h"
#include "stats.h"

static uint64_t up_ms(const struct part *part)
{
    return clock_to_ns(clock_tsc() - part->started) / 1000000;
}

void shell_ps(unsigned words, char **word)
{
    unsigned count = 0;
    char cpus[32];

    (void)words;
    (void)word;
    printf("%-12s %-9s %-9s %4s %9s %9s %9s %7s\n", "NAME", "KIND", "STATE", "CPUS", "UP/ms", "CPU/ms", "MEM/KiB",
           "THREADS");
    FOR_EACH_PART(part) {
        if (!part_alive(part))
            continue;
        stats_refresh(part);
        printf("%-12s %-9s %-9s %4s %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %7" PRIu32 "\n", part->conf->name,
               part->conf->kind == CONF_VM ? "vm" : "container", life_name(part->state),
               shell_cpus(part, cpus, sizeof(cpus)), up_ms(part), clock_to_ns(part->info.cpu_tsc) / 1000000,
               (part->info.mem_pages + part->info.kmem_pages) * 4, part->info.threads);
        count++;
    }
    if (count == 0)
        printf("(nothing runs)\n");
}

static void text_line(const char *what, const char *text)
{
    if (text[0] != '\0')
        printf("%-12s%s\n", what, text);
}

static void names(const char *what, char (*name)[MANIFEST_NAME], uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        text_line(what, name[i]);
}

/* "env = A=B" of the manifest's settings as "env         A=B". */
static void settings(const char *text)
{
    for (size_t line; *text != '\0'; text += line + (text[line] == '\n')) {
        size_t key = strcspn(text, " ");

        line = strcspn(text, "\n");
        if (key + 3 < line)
            printf("%-12.*s%.*s\n", (int)key, text, (int)(line - key - 3), text + key + 3);
    }
}

static bool inspect_image(const char *name)
{
    struct image_known *k = image_known(name);

    if (k == NULL)
        return false;
    printf("%-12s%s, %" PRIu64 " KiB\n", "image", k->file->name, k->file->bytes / 1024);
    if (k->why[0] != '\0') {
        text_line("refused", k->why);
        return true;
    }
    printf("%-12ssha256:%s\n", "digest", k->image.digest);
    printf("%-12s%" PRIu64 " KiB, and %" PRIu32 " files\n", "program", k->image.program_bytes / 1024,
           k->image.file_count);
    settings(k->image.manifest.settings);
    names("offers", k->image.manifest.offer, k->image.manifest.offer_count);
    names("connects", k->image.manifest.connect, k->image.manifest.connect_count);
    return true;
}

static void inspect_source(const struct conf_part *asked)
{
    if (asked->kind == CONF_CONTAINER && !inspect_image(asked->image))
        text_line("program", asked->image);
    text_line("kernel", asked->kernel);
    text_line("firmware", asked->firmware);
    text_line("initrd", asked->initrd);
    text_line("cmdline", asked->cmdline);
    text_line("args", asked->args);
    for (unsigned i = 0; i < asked->file_count; i++)
        text_line("file", asked->file[i]);
    for (unsigned i = 0; i < asked->module_count; i++)
        text_line("module", asked->module[i]);
    for (unsigned i = 0; i < asked->after_count; i++)
        text_line("after", asked->after[i]);
}

static const char *restart_text(const struct restart_policy *restart, char *text, size_t size)
{
    static const char *const when[] = { [RESTART_NEVER] = "never", [RESTART_ON_FAILURE] = "on-failure",
                                        [RESTART_ALWAYS] = "always" };
    int used = snprintf(text, size, "%s", when[restart->when]);

    if (restart->limit != 0)
        snprintf(text + used, size - (size_t)used, ", %" PRIu32 " times in a row", restart->limit);
    return text;
}

static void inspect_limits(const struct conf_part *asked)
{
    char text[64];

    printf("%-12s%" PRIu64 " KiB\n", "memory", asked->memory / 1024);
    printf("%-12s%" PRIu32 "\n", "priority", asked->priority);
    printf("%-12s%u.%02u %% of each CPU in %" PRIu32 " us", "budget", asked->budget / 100, asked->budget % 100,
           asked->period_us);
    if (asked->reserve != 0)
        printf(", at least %u.%02u %%", asked->reserve / 100, asked->reserve % 100);
    printf("\n%-12s%s\n", "restart", restart_text(&asked->restart, text, sizeof(text)));
    if (asked->watchdog_ms != 0)
        printf("%-12s%" PRIu32 " ms\n", "watchdog", asked->watchdog_ms);
}

/* A partition of this name, or else an image. */
void shell_inspect(unsigned words, char **word)
{
    struct part *part = part_find(word[0]);
    char cpus[32];

    (void)words;
    if (part == NULL && inspect_image(word[0]))
        return;
    if (part == NULL && (part = shell_named(word[0])) == NULL)
        return;
    printf("%-12s%s %s\n", part->conf->kind == CONF_VM ? "vm" : "container", part->conf->name, life_name(part->state));
    if (part_alive(part))
        printf("%-12s%" PRIu64 " ms on CPU %s\n", "up", up_ms(part), shell_cpus(part, cpus, sizeof(cpus)));
    text_line("ended", part->ended);
    inspect_source(part->conf);
    inspect_limits(part->conf);
    if (part->info.state != PART_NEW || part_alive(part)) {
        printf("\n");
        stats_print(part);
    }
}
