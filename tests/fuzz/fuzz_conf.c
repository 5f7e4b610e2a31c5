/* SPDX-License-Identifier: MIT */
/* Any bytes as system.conf: every string ends, every value is inside its limits. */
// sources: root/conf.c root/conf_keys.c root/nearest.c
#include <stdlib.h>
#include <string.h>
#include <root/conf.h>

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
        part->priority > 30 || part->budget < 1 || part->budget > 100 || part->cpus != 1 ||
        part->module_count > CONF_MAX_MODULES || part->file_count > CONF_MAX_FILES)
        abort();
    if (part->kind == CONF_VM ? part->kernel[0] == '\0' : part->image[0] == '\0')
        abort();
    (void)conf_vmm_text(part, text, sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct conf conf;
    unsigned lines = 0;
    struct conf_report report = { line, &lines };

    conf_parse("fuzz", (const char *)bytes, size, &conf, &report);
    if (conf.errors != lines || conf.count > CONF_MAX_PARTS)
        abort();
    for (unsigned i = 0; i < conf.count; i++)
        check(&conf.part[i]);
    return 0;
}
