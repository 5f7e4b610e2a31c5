/* SPDX-License-Identifier: MIT */
/* Parser of a VM's configuration lines. */
#include <stdio.h>
#include <string.h>
#include "vm_conf.h"

static char *trim(char *text)
{
    char *end;

    while (*text == ' ' || *text == '\t')
        text++;
    end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        *--end = 0;
    return text;
}

static bool fail(struct vm_conf *conf, const char *key, const char *value, const char *wanted)
{
    snprintf(conf->error, sizeof(conf->error), "%s = %.60s: expected %s", key, value, wanted);
    return false;
}

static bool set_boot(struct vm_conf *conf, const char *value)
{
    static const struct { const char *name; enum load_kind kind; } names[] = {
        { "auto", LOAD_AUTO }, { "linux", LOAD_LINUX }, { "pvh", LOAD_PVH }, { "multiboot", LOAD_MULTIBOOT }
    };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(value, names[i].name) == 0) {
            conf->boot = names[i].kind;
            return true;
        }
    return fail(conf, "boot", value, "auto, linux, pvh or multiboot");
}

/* "module = FILE arguments": the module's command line is the whole value. */
static bool add_module(struct vm_conf *conf, const char *key, const char *value)
{
    unsigned n = conf->module_count;
    size_t name = strcspn(value, " \t");

    if (n == LOAD_MAX_MODULES)
        return fail(conf, key, value, "at most 16 modules");
    if (name == 0 || name >= sizeof(conf->module_text[0]))
        return fail(conf, key, value, "a file name");
    memcpy(conf->module_text[n], value, name);
    conf->module_text[n][name] = 0;
    conf->module_file[n] = conf->module_text[n];
    conf->module_args[n] = value;
    conf->module_count++;
    return true;
}

static bool set_on_reset(struct vm_conf *conf, const char *value)
{
    conf->stop_on_reset = strcmp(value, "stop") == 0;
    return conf->stop_on_reset || strcmp(value, "restart") == 0 ||
           fail(conf, "on_reset", value, "restart or stop");
}

static bool set_stats(struct vm_conf *conf, const char *value)
{
    conf->stats = strcmp(value, "yes") == 0;
    return conf->stats || strcmp(value, "no") == 0 || fail(conf, "stats", value, "yes or no");
}

static bool set_key(struct vm_conf *conf, const char *key, const char *value)
{
    if (strcmp(key, "kernel") == 0) {
        conf->kernel = value;
        return true;
    }
    if (strcmp(key, "firmware") == 0) {
        conf->firmware = value;
        return true;
    }
    if (strcmp(key, "cmdline") == 0) {
        conf->cmdline = value;
        return true;
    }
    if (strcmp(key, "initrd") == 0 || strcmp(key, "module") == 0)
        return add_module(conf, key, value);
    if (strcmp(key, "boot") == 0)
        return set_boot(conf, value);
    if (strcmp(key, "on_reset") == 0)
        return set_on_reset(conf, value);
    if (strcmp(key, "stats") == 0)
        return set_stats(conf, value);
    return true; /* memory, cpus, ...: root has judged them */
}

static bool parse_line(struct vm_conf *conf, char *line)
{
    char *equals = strchr(line, '=');

    line = trim(line);
    if (*line == 0 || *line == '#')
        return true;
    if (equals == NULL) {
        snprintf(conf->error, sizeof(conf->error), "\"%.60s\": expected key = value", line);
        return false;
    }
    *equals = 0;
    return set_key(conf, trim(line), trim(equals + 1));
}

bool vm_conf_parse(struct vm_conf *conf, const char *text, uint64_t bytes)
{
    char *line, *next;

    memset(conf, 0, sizeof(*conf));
    conf->cmdline = "";
    memcpy(conf->text, text, bytes < sizeof(conf->text) - 1 ? bytes : sizeof(conf->text) - 1);
    for (line = conf->text; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = 0;
        if (!parse_line(conf, line))
            return false;
    }
    if ((conf->kernel != NULL && *conf->kernel != 0) || (conf->firmware != NULL && *conf->firmware != 0))
        return true;
    snprintf(conf->error, sizeof(conf->error), "no kernel: expected a line kernel = FILE or firmware = FILE");
    return false;
}
